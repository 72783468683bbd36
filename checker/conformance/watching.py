"""What an endpoint may be doing, given what was seen of it: the set of states that are possible, packet by packet.

The tap stands at the host. What arrives passes it before the host has it, so a segment that was seen may wait still, and it may
be lost on the way; what the host sends passes the tap in the order in which it was sent. So nothing need be decided when a
segment arrives. When one is seen that the host has sent, each possible state is asked how it comes to send that: by itself, or
in answer to one of those that wait, after having taken or lost those before. What nobody sees has a price, and what costs least
is the explanation. States that cannot send it are no longer possible; where none is left, the endpoint deviates.

Segments with text or a FIN that is not next are held and looked at again (RFC 9293 §3.10.7.4, SHLD-31). An ACK that is not seen
where the rules send one was put off, or its limit was reached (§3.8.6.3, RFC 5961 §7), and costs nothing.

Almost every connection is explained at once by the cheapest way at each packet, which is tried first. Where that ends in
nothing, the connection is looked at again from its beginning with more possibilities, and at last with all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from checker.conformance.profiles import Profile
from checker.conformance.searching import Search
from checker.conformance.seen import LEVELS, Entry, Link, Node, Seen
from checker.conformance.steps import HOST, Steps, steps_under
from model.tcp.handshakes.facing import FacingAssumptions
from model.tcp.handshakes.watched import Watched

_LONG = 4000
"""After how many packets what was seen before is forgotten."""


@dataclass(slots=True)
class Watch:
    """An endpoint in one connection, and what it may be doing. ``failed`` is the segment that nothing explains.

    ``deviations`` are the actions that a profile has by name, ``otherwise`` which of the choices that it leaves is another than
    the usual one. ``remembered`` is what was seen first, of all. ``narrowed`` says that there were more possibilities than were
    looked at, ``spoke`` that it sent something, ``settled_at`` how many had passed the tap before the last pause, all of which
    have arrived or are lost, and ``forgot`` that not all that was seen is remembered.
    """

    steps: Steps
    deviations: frozenset[str] = frozenset()
    otherwise: str = ""
    level: int = 0
    seen: list[Seen] = field(default_factory=list)
    arrived: list[Seen] = field(default_factory=list)
    nodes: dict[Node, tuple[int, Link, int]] = field(default_factory=dict)
    failed: Seen | None = None
    narrowed: bool = False
    last: tuple[Node, ...] = ()
    settled_at: int = 0
    spoke: bool = False
    forgot: bool = False
    remembered: list[Seen] = field(default_factory=list)
    _begin: dict[Node, tuple[int, Link, int]] = field(default_factory=dict)
    _had: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.nodes = {(self.steps.initial, 0, ()): (0, None, 0)}
        self._begin = self.nodes

    def settled(self) -> set[str]:
        """Return the states that it may be in when all that was seen has arrived, by the cheapest ways."""
        if not self.seen:
            return {*possible(self.nodes, self.steps)}
        nodes = Search(self, self.seen[-1], until=len(self.arrived)).run()
        return {*possible(nodes, self.steps)}

    def stuck(self) -> bool:
        """Whether nothing explains what was seen."""
        return self.failed is not None

    def see(self, one: Seen) -> None:
        """Take notice of a segment."""
        if self.stuck():
            return
        self.seen.append(one)
        self.spoke = self.spoke or one.sent
        self._follow(one)
        while self.stuck() and self.level + 1 < len(LEVELS):
            self._again(self.level + 1)
        if len(self.seen) >= _LONG and not self.stuck():
            self._forget()

    def explained_by(self, other: Watch) -> bool:
        """Return whether another, of which nothing was seen yet, explains what this one has seen."""
        for one in self.seen:
            other.see(one)
        return not other.stuck()

    def spoil(self, numbers: Collection[int]) -> None:
        """Look at all again, now that it is known that nobody takes some packets."""
        if not self.stuck() and not self.forgot:
            self.seen = [one._replace(bad=one.number in numbers and not one.sent) for one in self.seen]
            self._again(self.level)
            while self.stuck() and self.level + 1 < len(LEVELS):
                self._again(self.level + 1)

    def _again(self, level: int) -> None:
        """Look at all from the beginning, at more possibilities."""
        self.level, self.failed, self.narrowed, self.settled_at = level, None, False, 0
        self.nodes, self.arrived = self._begin, list(self._had)
        for one in self.seen:
            self._follow(one)
            if self.stuck():
                return

    def _forget(self) -> None:
        """Forget what was seen, after having looked at all possibilities."""
        if self.level + 1 < len(LEVELS):
            self._again(len(LEVELS) - 1)
        self.remembered = self.remembered or self.seen
        begins = min(min((had, *held)) for _, had, held in self.nodes)
        self.arrived = self.arrived[begins:]
        self.nodes = {
            (state, had - begins, tuple(i - begins for i in held)): known for (state, had, held), known in self.nodes.items()
        }
        self.forgot, self.settled_at = True, max(0, self.settled_at - begins)
        self._begin, self._had, self.seen = self.nodes, list(self.arrived), []

    def _follow(self, one: Seen) -> None:
        if one.paused:
            self.settled_at = len(self.arrived)
        if not one.sent:
            self.arrived.append(one)
            if len(self.arrived) - LEVELS[self.level].waiting > min(had for _, had, _ in self.nodes):
                self._hurry(one)
            return
        found = Search(self, one).run()
        if found:
            self.nodes = found
        else:
            self.failed = one

    def _hurry(self, one: Seen) -> None:
        """Let no more segments wait than may: those before are taken or lost."""
        self.nodes = Search(self, one, until=len(self.arrived) - LEVELS[self.level].waiting // 2).run() or self.nodes

    def explanation(self) -> list[Entry]:
        """Return the cheapest explanation of all that was seen.

        What arrived last is taken in it, where nothing that nobody saw is needed for that.
        """
        cheapest = min(self.nodes.values(), key=lambda known: known[0])
        if self.seen:
            nodes = Search(self, self.seen[-1], until=len(self.arrived)).run() or self.nodes
            taken = min(nodes.values(), key=lambda known: known[0])
            cheapest = taken if taken[0] == cheapest[0] else cheapest
        _, link, _ = cheapest
        entries = []
        while link is not None:
            link, entry = link
            entries.append(entry)
        return entries[::-1]


@dataclass(frozen=True, slots=True)
class Kind:
    """What an endpoint is held against, under one of the choices that a profile leaves."""

    assumptions: FacingAssumptions
    endpoint: type[Watched]
    deviations: frozenset[str]
    otherwise: str

    def watch(self) -> Watch:
        """Return such an endpoint, of which nothing was seen yet."""
        return Watch(steps_under(self.assumptions, self.endpoint), self.deviations, self.otherwise)


def kinds(profile: Profile) -> tuple[Kind, ...]:
    """Return the kinds of endpoints that conform to a profile, the usual one first."""
    named = frozenset(f"{HOST}_{action}" for deviation in profile.deviations for action in deviation.actions)
    choices = [(assumptions, assumptions.as_dict()) for assumptions in profile.choices]
    usual = choices[0][1]
    return tuple(
        Kind(
            assumptions,
            profile.endpoint,
            named,
            ", ".join(f"{name}={value}" for name, value in chosen.items() if usual[name] != value),
        )
        for assumptions, chosen in choices
    )


def possible(nodes: Iterable[Node], steps: Steps) -> tuple[str, ...]:
    """Return the states that an endpoint may be in, by name."""
    at = steps.place("state")
    return tuple(dict.fromkeys(steps.states[state[at]] for state, *_ in nodes))
