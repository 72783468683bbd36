"""Yours: stop-and-wait, to be given a bit.

The channel keeps the order of packets, one at a time each way, and may lose or duplicate them. A packet has room for one bit,
which is not used yet.
"""

from model import BOOL, FALSE, TRUE, Action, Enum, Nat, Network, Relation, TransitionSystem, Variable, View, draw
from properties import Claim, Kind, Seen, invariant, reachable, specify

MOST = 3
HOST = Enum("Host", ("sender", "receiver"))
NUMBER = Nat(MOST)
PACKETS = Relation((("source", HOST), ("destination", HOST), ("bit", BOOL)))

confirmed = Variable("sender.confirmed", NUMBER, 0)
delivered = Variable("receiver.delivered", NUMBER, 0)
packets = Variable("network", PACKETS, frozenset())
arriving = draw("packet", packets.value)
packet = arriving.row


def free(host):
    """The channel of ``host`` is empty, so that what it sends overtakes nothing."""
    return packets.value.forall(lambda row: row.source != host)


sender_sends = Action(
    "sender_sends",
    guard=(confirmed.value < MOST) & free("sender"),
    sends=(("sender", "receiver", False),),
    by="sender",
    doc="The sender sends its message, for the first time or again.",
)
sender_takes_acknowledgment = Action(
    "sender_takes_acknowledgment",
    guard=(packet.destination == "sender") & (confirmed.value < MOST),
    updates={"sender.confirmed": confirmed.value + 1},
    parameters=(arriving,),
    receives="packet",
    by="sender",
    doc="The sender turns to its next message.",
)
receiver_takes_message = Action(
    "receiver_takes_message",
    guard=(packet.destination == "receiver") & (delivered.value == confirmed.value) & free("receiver"),
    updates={"receiver.delivered": delivered.value + 1},
    parameters=(arriving,),
    receives="packet",
    sends=(("receiver", "sender", False),),
    by="receiver",
    doc="The receiver delivers the message and acknowledges it.",
)


NOTHING_TWICE = invariant(
    "nothing-twice",
    delivered.value <= confirmed.value + 1,
    trigger=delivered.value > 1,
    when="a second message was delivered",
    statement="Each message is delivered once: the receiver is never more than one message ahead of the sender.",
)
NOTHING_LOST = invariant(
    "nothing-lost",
    confirmed.value <= delivered.value,
    trigger=confirmed.value > 1,
    when="a second message was confirmed",
    statement="What is confirmed was delivered: the sender is never ahead of the receiver.",
)


def watch_answers(step):
    """What is looked at in each step: does the receiver take a packet, and send nothing?"""
    takes = step.by == "receiver" and step.received_row is not None
    return Seen(stop=TRUE if takes and not step.sent_rows else FALSE, trigger=TRUE if takes else FALSE)


EACH_IS_ANSWERED = Claim(
    "each-is-answered",
    Kind.SAFETY,
    brief="the receiver answers each packet",
    statement="Whatever packet arrives at the receiver, it sends one: what it sent before may be lost.",
    formula="G (the receiver takes a packet => it sends one)",
    why="A sender that hears nothing sends the same again for ever.",
    when_stopped="the receiver took a packet and sent nothing",
    trigger="a packet arrived at the receiver",
    roles=(),
    watch=watch_answers,
)

PROTOCOL = specify(
    TransitionSystem(
        "mine",
        variables=(confirmed, delivered, packets),
        actions=(sender_sends, sender_takes_acknowledgment, receiver_takes_message),
        views={"sender": View(confirmed.value), "receiver": View(delivered.value)},
        network=Network("network"),
    ),
    claims=(
        NOTHING_TWICE,
        NOTHING_LOST,
        EACH_IS_ANSWERED,
        reachable("all-delivered", confirmed.value == MOST, statement="All messages can be delivered and confirmed."),
    ),
    summary="stop-and-wait with a bit",
)
