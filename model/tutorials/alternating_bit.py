"""Tutorial 2: the alternating-bit protocol, and what it asks of the network. Not a handshake.

A sender numbers its messages with one bit, and sends each again until the receiver has acknowledged that bit. This is enough
where a channel loses and duplicates messages but keeps their order. Where it does not, a message that was held up may arrive
when its bit has come round again, and is taken for a new one: the old duplicate of this project, without any handshake.
(K. A. Bartlett, R. A. Scantlebury, P. T. Wilkinson, CACM 12(5), 1969.)

    synproof check model/tutorials/alternating_bit.py:in-order
    synproof trace model/tutorials/alternating_bit.py:reordering delivered-in-order
    synproof simulate model/tutorials/alternating_bit.py:in-order --runs 200

A system is written from variables and actions. An action has a guard, and gives variables new values; it may receive a segment
from the network and send others. Reordering, loss and duplication belong to the network and need not be written.

Exercise: two bits instead of one. How many messages does the reordering network need now?
"""

from __future__ import annotations

from model import BOOL, TRUE, Action, Enum, Expr, Nat, Network, Relation, TransitionSystem, Variable, View, draw
from properties import Specification, invariant, reachable, specify

MESSAGES = 3
HOST = Enum("Host", ("sender", "receiver"))
NUMBER = Nat(MESSAGES)
PACKETS = Relation((("source", HOST), ("destination", HOST), ("bit", BOOL), ("message", NUMBER)))


def alternating_bit(name: str, *, keeps_order: bool) -> Specification:
    """Return the protocol over a network that keeps messages in order, having one at a time each way, or over any."""
    bit = Variable("sender.bit", BOOL, False)
    sending = Variable("sender.message", NUMBER, 0)
    expected = Variable("receiver.bit", BOOL, False)
    delivered = Variable("receiver.delivered", NUMBER, 0)
    in_order = Variable("receiver.in_order", BOOL, True)
    packets = Variable("network", PACKETS, frozenset())
    arriving = draw("packet", packets.value)
    packet = arriving.row

    def free(host: str) -> Expr:
        """Return whether ``host`` may send: always, or when nothing that it sent before is on the way."""
        return packets.value.forall(lambda row: row.source != host) if keeps_order else TRUE

    actions = (
        Action(
            "sender_sends",
            guard=(sending.value < MESSAGES) & free("sender"),
            sends=(("sender", "receiver", bit.value, sending.value),),
            by="sender",
            doc="The sender sends its message, for the first time or again.",
        ),
        Action(
            "receiver_takes_message",
            guard=(packet.destination == "receiver") & (packet.bit == expected.value) & free("receiver"),
            updates={
                "receiver.bit": ~expected.value,
                "receiver.delivered": delivered.value + 1,
                "receiver.in_order": in_order.value & (packet.message == delivered.value),
            },
            parameters=(arriving,),
            receives="packet",
            sends=(("receiver", "sender", packet.bit, 0),),
            by="receiver",
            doc="The receiver takes a message with the bit it expects, and acknowledges it.",
        ),
        Action(
            "receiver_acknowledges_again",
            guard=(packet.destination == "receiver") & (packet.bit != expected.value) & free("receiver"),
            parameters=(arriving,),
            receives="packet",
            sends=(("receiver", "sender", packet.bit, 0),),
            by="receiver",
            doc="The receiver takes it for a duplicate and acknowledges it again.",
        ),
        Action(
            "sender_takes_acknowledgment",
            guard=(packet.destination == "sender") & (packet.bit == bit.value) & (sending.value < MESSAGES),
            updates={"sender.bit": ~bit.value, "sender.message": sending.value + 1},
            parameters=(arriving,),
            receives="packet",
            by="sender",
            doc="The sender turns to its next message.",
        ),
        Action(
            "sender_drops_acknowledgment",
            guard=(packet.destination == "sender") & (packet.bit != bit.value),
            parameters=(arriving,),
            receives="packet",
            by="sender",
            doc="The sender drops an acknowledgment of its message before.",
        ),
    )
    system = TransitionSystem(
        name,
        variables=(bit, sending, expected, delivered, in_order, packets),
        actions=actions,
        views={"sender": View(sending.value), "receiver": View(delivered.value)},
        network=Network("network"),
    )
    claims = (
        invariant(
            "delivered-in-order",
            in_order.value,
            trigger=delivered.value > 1,
            when="a second message was delivered",
            statement="Messages are delivered in the order in which they were sent, each once.",
        ),
        reachable("all-delivered", in_order.value & (delivered.value == MESSAGES), statement="All messages can be delivered."),
    )
    order = "holds" if keeps_order else "violated"
    return specify(
        system,
        claims,
        expects={"delivered-in-order": order, "all-delivered": "holds"},
        summary=f"the alternating-bit protocol over {'channels that keep the order' if keeps_order else 'any network'}",
    )


IN_ORDER = alternating_bit("in-order", keeps_order=True)
REORDERING = alternating_bit("reordering", keeps_order=False)
