"""What an endpoint may be in, given all that was seen of it: a set of possible worlds, of which what is seen rules some out.

An endpoint is not determined by what it receives. When it sends text, sends something again or acknowledges is its own affair,
and some of what it does nobody sees. A :class:`World` is one way in which it may have gone. What it has sent and nobody has
seen yet is due. A bare acknowledgment need not be seen at all where a later segment says the same (RFC 9293 §3.8.6.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from checker.conformance.host import HOST, ISNS, Answer, Host, Sent
from model.notation.interpreter import State
from model.notation.sorts import MODULUS
from model.notation.system import Action
from model.tcp.endpoint import HAS_RECEIVED_FIN, HAS_SENT_FIN, EventKind

MOST = 64
"""How many worlds are followed at once."""
UNOPENED = ("CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED")
"""The states in which the user has no connection yet, or none any more."""
OF_USER = (
    "listens",
    "opens",
    "closes",
    "aborts",
    "closes_in_syn_received",
    "closes_first",
    "closes_after_the_other",
    "sends_data",
)
"""What its user has it do. (``aborts_when_closed`` is what aborting is in the last states.)"""
SILENT = ("times_out", "has_waited", "aborts_when_closed", "crashes")
"""What it does without a segment that would show it."""
_HALF = MODULUS // 2


REFUSED, RESET, TIMED_OUT = "refused", "reset", "timed out"
ERRNO: Mapping[str, tuple[str, ...]] = {
    "ECONNREFUSED": (REFUSED,),
    "ECONNRESET": (RESET, REFUSED),
    "EPIPE": (RESET,),
    "ETIMEDOUT": (TIMED_OUT,),
}
"""How a connection may have ended, by what its user is told of it.

A RST before the connection is established is "connection refused" or "connection reset" (RFC 9293 §3.10.7.3, §3.10.7.4), after
that only a reset. ``EPIPE`` is what Linux says of a reset in CLOSE-WAIT.
"""


def after(x: int, y: int) -> int:
    """Return how far x lies ahead of y on the circle, below 0 where it lies behind."""
    return (x - y + _HALF) % MODULUS - _HALF


@dataclass(frozen=True, slots=True)
class Due:
    """A segment that was sent and not seen yet, and the action that sent it.

    ``may_wait`` says that it need not be seen where a later one acknowledges as much.
    """

    segment: Sent
    action: Action
    may_wait: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """One way in which it may have gone.

    ``iss`` is the last of its ISNs that was seen in a segment, and ``named`` the number that it was seen as, None as long as no
    SYN was. ``error`` says how its connection ended: "refused", "reset", "timed out" or "". ``last`` is the action that it took
    last, ``held`` are segments out of order that it may have kept (SHLD-31), and ``hidden`` what nobody saw it do.
    """

    variables: State
    due: tuple[Due, ...] = ()
    iss: int = ISNS[0]
    named: int | None = None
    error: str = ""
    last: Action | None = None
    held: tuple[Sent, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """The state of the RFC that it is in."""
        return str(self.variables[f"{HOST}.state"])

    def number(self, name: str) -> int:
        """Return one of the sequence variables of its TCB."""
        value = self.variables[f"{HOST}.{name}"]
        assert isinstance(value, int)
        return value

    @property
    def unseen(self) -> bool:
        """Whether it has an ISS that nobody has seen yet."""
        return (self.state not in ("CLOSED", "LISTEN") and self.number("iss") != self.iss) or self.named is None

    @property
    def text_sent(self) -> int:
        """How many octets of text it has sent in this connection."""
        if self.state in ("CLOSED", "LISTEN"):
            return 0
        return max(0, after(self.number("snd_nxt"), self.number("iss")) - 1 - (self.state in HAS_SENT_FIN))

    @property
    def text_received(self) -> int:
        """How many octets of text it has taken in this connection."""
        if self.state in ("CLOSED", "LISTEN", "SYN-SENT"):
            return 0
        return max(0, after(self.number("rcv_nxt"), self.number("irs")) - 1 - (self.state in HAS_RECEIVED_FIN))

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it another world than others."""
        due = tuple((one.segment, one.may_wait) for one in self.due)
        return (frozenset(self.variables.items()), due, self.iss, self.named, self.error, self.held)


def distinct(worlds: Iterable[World]) -> list[World]:
    """Return worlds without those that are there already, those with the fewest hidden steps first."""
    found: dict[tuple[object, ...], World] = {}
    for world in sorted(worlds, key=lambda world: len(world.hidden)):
        found.setdefault(world.key, world)
    return list(found.values())[:MOST]


def followed(world: World, answer: Answer, hidden: str = "") -> World:
    """Return the world after an answer: what it sends is due."""
    assert answer.action is not None
    action, took = answer.action, answer.took
    accepted = action.does(EventKind.ACCEPTS, HOST)
    due = tuple(Due(sent, action, may_wait=accepted and sent.ctl == "ACK" and not sent.data) for sent in answer.sent)
    ended = world.state not in ("CLOSED", "LISTEN") and answer.state in ("CLOSED", "LISTEN")
    by_peer = took is not None and ({"RST", "SYN"} & {*took.ctl.split(",")})
    error = "" if not ended and answer.state != "CLOSED" else world.error
    if ended:
        by_reset = REFUSED if world.state in UNOPENED else RESET
        error = by_reset if by_peer else TIMED_OUT if action.name.endswith("times_out") else ""
    return replace(
        world,
        variables=_unbounded(answer.after),
        due=(*world.due, *due),
        error=error,
        last=action,
        held=() if ended else world.held,
        hidden=(*world.hidden, hidden) if hidden else world.hidden,
    )


def _unbounded(variables: State) -> State:
    """Return variables with nothing counted of how often text was sent: a scope bounds that, and nobody here."""
    counter = f"{HOST}.texts_sent"
    return {**variables, counter: 0} if variables.get(counter) else variables


def ways(host: Host, world: World, *calls: str, hidden: str = "") -> Iterator[World]:
    """Yield the worlds after each of some calls that is possible, with each choice it has."""
    for call in calls:
        for answer in host.ways(call, world.variables):
            yield followed(world, answer, hidden)


def received(host: Host, world: World, segment: Sent) -> tuple[World | None, str]:
    """Return the world after a segment has arrived; None where the model does not speak of it, and why not."""
    answer = host.receives(segment, world.variables)
    if answer.cannot:
        return None, answer.cannot
    beyond = after(segment.seq, world.number("rcv_nxt"))
    out_of_order = 0 < beyond < host.assumptions.rcv_wnd and (segment.data or "FIN" in segment.ctl)
    refused = {"SYN", "RST"} & {*segment.ctl.split(",")}
    later = followed(world, answer)
    if out_of_order and not refused and later.state == world.state and world.state not in ("CLOSED", "LISTEN", "SYN-SENT"):
        later = replace(later, held=(*world.held, segment))
    return later, ""


def filled(host: Host, world: World) -> Iterator[World]:
    """Yield the world, and each in which what it may have held is taken as far as it is next now (§3.10.7.4, SHLD-31)."""
    yield world
    while True:
        nxt = world.number("rcv_nxt")
        held = tuple(one for one in world.held if after(one.seq + one.data + ("FIN" in one.ctl), nxt) > 0)
        fitting = next((one for one in held if after(one.seq, nxt) <= 0), None)
        if fitting is None:
            return
        again = replace(fitting, ctl="FIN,ACK" if "FIN" in fitting.ctl else "ACK", ack=world.number("snd_una"))
        answer = host.receives(again, world.variables)
        if answer.cannot or answer.after == world.variables:
            return
        world = replace(followed(world, answer), held=tuple(one for one in held if one is not fitting))
        yield world


Seen = Callable[[World, Sent], World | None]
"""Returns the world in which a segment is the one that was seen, by that world's numbers; None where it is another."""
Own = Callable[[World], Iterator[World]]
"""Yields what an endpoint may do by itself now."""


def shown(world: World, seen: Seen, own: Own) -> Iterator[World]:
    """Yield the worlds in which the segment that is seen now was sent: it is due, or sent just now."""
    for number, due in enumerate(world.due):
        if all(_said(waiting, due.segment) for waiting in world.due[:number]):
            found = seen(replace(world, due=world.due[number + 1 :]), due.segment)
            yield from [found] if found is not None else []
        if not due.may_wait:
            return
    for later in own(replace(world, due=())):
        if later.due and all(_said(waiting, later.due[0].segment) for waiting in world.due):
            found = seen(replace(later, due=later.due[1:]), later.due[0].segment)
            yield from [found] if found is not None else []


def _said(waiting: Due, later: Sent) -> bool:
    """Return whether a later segment says what an acknowledgment says that nobody saw."""
    return waiting.may_wait and later.has_ack and after(later.ack, waiting.segment.ack) >= 0


def expected(world: World, own: Own) -> list[Due]:
    """Return what might have been seen now: what is due, or else what it may do by itself."""
    heads = []
    for due in world.due:
        heads.append(due)
        if not due.may_wait:
            return heads
    return heads + [later.due[0] for later in own(replace(world, due=())) if later.due]
