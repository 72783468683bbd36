"""Toy systems with a network, and their known answers: what the network may do, and several segments sent in one step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from model.notation.expr import TRUE, ite, lift
from model.notation.network import connect, keeping_everything
from model.notation.sorts import BOOL, Nat, Relation
from model.notation.system import Action, Network, TransitionSystem, draw
from properties.observe import Check, Monitored
from tests.toys import NONE, NUMBER, NUMBERS, Toy, start


def wire(*, loss: bool, duplication: bool) -> Monitored:
    """Return a sender that sends segments 0 and 1 in one step, and a receiver that counts receipts, up to 3.

    The goal is to receive when two receipts are counted already, the trigger to receive 0 when one is.
    """
    (a, sent), (b, got), (c, segments) = start("sent", BOOL, False), start("got", Nat(3), 0), start("wire", NUMBERS, NONE)
    s = draw("s", segments)
    actions = (
        Action("sends", guard=~sent, updates={"sent": TRUE}, sends=((lift(0, NUMBER),), (lift(1, NUMBER),))),
        Action("receives", updates={"got": got + 1}, parameters=(s,), receives="s"),
    )
    system = TransitionSystem("wire", (a, b, c), actions, network=Network("wire", loss, duplication))
    return Monitored(system, (Check("goal", {"receives": got == 2}, {"receives": (got == 1) & (s.row.n == 0)}),))


def connected(monitored: Monitored, written_out: Callable[[TransitionSystem], TransitionSystem] = connect) -> Monitored:
    """Return the same with the network written out as guards and updates."""
    return replace(monitored, system=written_out(monitored.system))


def harsh_network() -> Toy:
    """Loss and duplication, and two segments sent in one step."""
    # After sending, g receipts are counted (0 to 3) and any subset W of {0, 1} is in flight, since receiving may keep or
    # remove, and losing only removes: 4 * 4 + 1 = 17 states. From each, receiving (kept or not) and losing each segment of W:
    # 3|W|; the four W have 4 segments between them, so 4 * 3 * 4 = 48, and sending: 49. (3, {}) needs sending and 3 receipts.
    # The third receipt is the fourth step.
    return Toy("harsh_network", connected(wire(loss=True, duplication=True)), 17, 49, 4, 4, triggered=True)


def network_without_loss() -> Toy:
    """Duplication only."""
    # W shrinks by receipts only: with g = 0 it is {0, 1}; with 1 at least one is left, so 3 W; with 2 and with 3 any, so 4
    # each. 12 + 1 states. Transitions 2|W|: 4 + 8 + 8 + 8, and sending: 29. The fourth step is the third receipt; (3, {}) is 4
    # away.
    return Toy("network_without_loss", connected(wire(loss=False, duplication=True)), 13, 29, 4, 4, triggered=True)


def network_without_duplication() -> Toy:
    """Loss only."""
    # g + |W| is at most 2: g = 0 with 4 W, 1 with 3, 2 with 1: 8 + 1 states. Transitions 2|W|: 8 + 4 + 0, and sending: 13. A
    # third receipt is impossible; all is over after 3 steps.
    kept = connected(wire(loss=True, duplication=False))
    return Toy("network_without_duplication", kept, 9, 13, 3, None, triggered=True)


def kind_network() -> Toy:
    """Neither loss nor duplication."""
    # g = 2 - |W|: 4 + 1 states; transitions |W|: 4, and sending: 5; over after 3 steps.
    return Toy("kind_network", connected(wire(loss=False, duplication=False)), 5, 5, 3, None, triggered=True)


def network_keeping_everything() -> Toy:
    """The network that never lets go of a segment."""
    # g = 0 to 3 with both in flight, and the beginning: 5 states; two receipts from each of four, and sending: 9. As in the
    # harsh network the fourth step is the third receipt.
    kept = connected(wire(loss=True, duplication=True), keeping_everything)
    return Toy("network_keeping_everything", kept, 5, 9, 4, 4, triggered=True)


def answered(loss: bool, duplication: bool) -> Monitored:
    """Return a receiver of numbers up to 3 that remembers the largest and answers n with n + 1 and n + 2; 0 is in flight."""
    number = Nat(3)
    (a, largest), (b, segments) = start("largest", number, 0), start("wire", Relation((("n", number),)), frozenset({(0,)}))
    s = draw("s", segments)
    n = s.row.n
    answers = Action(
        "answers",
        updates={"largest": ite(largest < n, n, largest)},
        parameters=(s,),
        receives="s",
        sends=((n + 1,), (n + 2,)),
    )
    system = TransitionSystem("echo", (a, b), (answers,), network=Network("wire", loss, duplication))
    return Monitored(system, (Check("goal", {"answers": largest == 3}),))


def echo_keeping_everything() -> Toy:
    """A step that receives one segment and sends two, where all are kept."""
    # In flight are {0}; {0, 1, 2} after 0 was received; {0, 1, 2, 3} after 1 or 2 was, since adding stops at 3. The largest
    # received is 0 with the first two, and 1, 2 or 3 with the third: 5 states. Each segment in flight can be received: 1 + 3 +
    # 3 * 4 = 16. 3 needs 0, then 1 or 2, then 3: depth 3, and the fourth step is the first with it.
    kept = connected(answered(loss=True, duplication=True), keeping_everything)
    return Toy("echo_keeping_everything", kept, 5, 16, 3, 4)


def echo_once() -> Toy:
    """A step that receives one segment, for good, and sends two, the received one again among them."""
    # {0} becomes {1, 2} (largest 0). From there 1 gives {2, 3} (1) and 2 gives {1, 3} (2). {2, 3}: 2 gives {3} (2), 3 gives {2,
    # 3} (3), since 3 is removed and sent again. {1, 3} (2): 1 gives {2, 3} (2), 3 gives {1, 3} (3). {3} (2): gives {3} (3),
    # which stays. {2, 3} (3): 2 gives {3} (3), 3 changes nothing. {1, 3} (3): 1 gives {2, 3} (3), 3 changes nothing. {2, 3}
    # (2): 2 gives {3} (2), 3 gives {2, 3} (3). So {0}, {1,2}, {2,3} with 1, 2, 3, {1,3} with 2, 3, {3} with 2, 3: 9 states, 1 +
    # 2 + 3 * 2 + 2 * 2 + 2 = 15 transitions. {3} with 3 is 4 away, by 0, 1, 2, 3, and no other is farther. The goal needs 0, 1
    # or 2, 3, and a fourth.
    return Toy("echo_once", connected(answered(loss=False, duplication=False)), 9, 15, 4, 4)


TOYS: tuple[Toy, ...] = tuple(
    make()
    for make in (
        harsh_network,
        network_without_loss,
        network_without_duplication,
        kind_network,
        network_keeping_everything,
        echo_keeping_everything,
        echo_once,
    )
)
