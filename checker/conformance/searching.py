"""The search for the ways in which what was seen can have come about: of one segment that an endpoint sent, cheapest first.

Who watches an endpoint (:mod:`checker.conformance.watching`) asks it for each segment that was seen, and keeps what it finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from checker.conformance.seen import LEVELS, RECORDED, Entry, Indices, Link, Node, Seen
from checker.conformance.steps import Row, State, Step
from model.notation.sorts import MODULUS
from model.tcp.handshakes.watched import LAST_ACK, RECENT, STAMPED, TSVAL, WINDOW
from model.tcp.segment import ANY_CTL, COLUMNS, bits_of

if TYPE_CHECKING:
    from checker.conformance.watching import Watch

_CTL = COLUMNS.index("ctl")
_LOSS, _SILENCE, _CALL, _TIMEOUT, _UNSENT, _CRASH, _DEVIATION = 3, 4, 1, 1, 1, 8, 40
"""The prices of what nobody sees: a loss, a time-out or an ABORT that ends a connection, a call, a time-out after which
something is sent again, a RST that does not come to the tap, a crash; and what a profile says a stack does otherwise."""
_TWICE = 1
"""The price of having captured a segment twice that can also have been sent twice."""
_TAKEN_TIME = ("§3.10.8", "§3.10.5", "§3.5.1")
"""The sections of what ends a connection silently. Each takes time: see :data:`PAUSE`."""
_WHEN_IDLE = "§3.8.4"
"""The section of what is sent only where nothing has been seen for some time: see :data:`REST`."""
_HELD = 64
"""The most segments that wait for text before them."""
_FIRST = 60
"""How much dearer than the cheapest possibility a way is looked for where none was found yet."""


class _Stamps(NamedTuple):
    """Where a state has RFC 7323's variables.

    The model is asked with TS.Recent = 0, so that only what is older or newer counts. States that are kept have TS.Recent
    itself.
    """

    stamped: int
    tsval: int
    recent: int

    def compared(self, state: State, stamp: int) -> State:
        """Return a state for a segment that arrives with a timestamp: 0 like TS.Recent, 1 newer, -1 older."""
        ahead = (stamp - state[self.recent]) % MODULUS
        changed = [*state]
        changed[self.stamped], changed[self.recent] = 1, 0
        changed[self.tsval] = 0 if not ahead else 1 if ahead < MODULUS // 2 else MODULUS - 1
        return tuple(changed)

    def of_held(self, state: State, one: Seen) -> int:
        """Return the timestamp of a segment that was held: it was compared when it came, and what fills the gap is newer."""
        return state[self.recent] if one.stamp >= 0 else one.stamp

    def noted(self, before: State, stamp: int, steps: Iterable[Step]) -> list[Step]:
        """Return steps with TS.Recent itself in the states after them."""
        found = []
        for step in steps:
            changed = [*step.state]
            changed[self.recent] = stamp if changed[self.recent] else before[self.recent]
            changed[self.stamped] = changed[self.tsval] = 0
            found.append(replace(step, state=tuple(changed)))
        return found


class Search:
    """The ways in which what was seen can have come about: of one segment that the host sent, cheapest first.

    Where ``until`` is given nothing is sent, and so many segments are taken or lost.
    """

    def __init__(self, watch: Watch, one: Seen, until: int = -1) -> None:
        self.watch, self.one, self.until = watch, one, until
        self.steps = watch.steps
        self.level = LEVELS[watch.level]
        self.arrived = watch.arrived
        self.queue: list[tuple[int, int, int, Node, Link, int]] = []
        self.order = count()
        self.known: dict[Node, int] = {}
        self.found: dict[Node, tuple[int, Link, int]] = {}
        self.limit = MODULUS
        self.window_at = self.steps.place(WINDOW)
        self.next_at = self.steps.place("rcv_nxt")
        self.last_ack_at = self.steps.place(LAST_ACK)
        self.stamps = _Stamps(*map(self.steps.place, (STAMPED, TSVAL, RECENT)))

    def run(self) -> dict[Node, tuple[int, Link, int]]:
        """Return the possibilities after it, each with its price, what explains it, and how many steps of that are kept."""
        self.limit = min(price for price, _, _ in self.watch.nodes.values()) + self.level.budget + _FIRST
        for node, (price, link, length) in self.watch.nodes.items():
            self._push(price, node, link, length)
        while self.queue:
            price, _, _, node, link, length = heappop(self.queue)
            if price > self.limit:
                break
            if self.known[node] < price:
                continue
            if len(self.known) > self.level.states * 8 and self.level.budget:
                self.watch.narrowed = True
                break
            if self.until >= 0:
                if node[1] >= self.until:
                    self._find(price, node, link, length)
                    continue
            else:
                if self.one.again:
                    self._find(price + _TWICE, node, link, length)
                if node[1] >= self.watch.settled_at:
                    self._emits(price, node, link, length)
            self._takes(price, node, link, length)
            self._rests(price, node, link, length)
        if not self.found:
            self.watch.last = tuple(sorted(self.known, key=lambda node: (self.known[node], -node[1])))
        return self._best()

    def _best(self) -> dict[Node, tuple[int, Link, int]]:
        if len(self.found) <= self.level.states:
            return self.found
        if self.level.budget:
            self.watch.narrowed = True
        best = sorted(self.found.items(), key=lambda pair: (pair[1][0], -pair[0][1]))
        return dict(best[: self.level.states])

    def _push(self, price: int, node: Node, link: Link, length: int) -> None:
        if price <= self.limit and price < self.known.get(node, MODULUS):
            self.known[node] = price
            heappush(self.queue, (price, -node[1], next(self.order), node, link, length))

    def _find(self, price: int, node: Node, link: Link, length: int) -> None:
        known = self.found.get(node)
        if known is None or price < known[0]:
            self.found[node] = (price, link, length)
            self.limit = min(self.limit, price + self.level.budget)

    def _emits(self, price: int, node: Node, link: Link, length: int) -> None:
        state, had, held = node
        for reading in self.one.readings:
            for step in self.steps.sends(state, reading):
                action = self.steps.actions[step.action]
                if action.section == _WHEN_IDLE and not self.one.rested:
                    continue
                after = price + (_TIMEOUT if action.section == "§3.10.8" else 0) + self._deviation(step)
                noted = self._noted(link, length, 0, step.action, hidden=after > price, shown=True)
                self._reach(after, step, (had, held), noted)

    def _takes(self, price: int, node: Node, link: Link, length: int) -> None:
        """Go on with the next segment that passed the tap: it arrives, or is lost."""
        state, had, held = node
        if had == len(self.arrived):
            return
        one = self.arrived[had]
        if one.bad:
            noted = self._noted(link, length, one.number, -1, hidden=True)
            self._push(price, (state, had + 1, held), *noted)
            return
        alike = True
        for segment in one.readings:
            for step in self.takes_unseen(state, one.stamp, segment):
                alike &= step.state == state
                self._taken(price, (had + 1, self._holding(step, had, held, segment)), (link, length), step)
            if self.until < 0 and had >= self.watch.settled_at:
                for reading in self.one.readings:
                    for step in self.takes(state, one.stamp, segment, reading):
                        noted = self._noted(link, length, one.number, step.action, hidden=False, shown=True)
                        where = (had + 1, self._holding(step, had, held, segment))
                        self._reach(price + self._deviation(step), step, where, noted)
        if alike and self.takes_unseen(state, one.stamp, one.readings[0]):
            return  # to lose what changes nothing is as good; what is held may be lost when it is next
        lost = (link, length) if one.again else self._noted(link, length, one.number, -1, hidden=True)
        self._push(price + (0 if one.again else _LOSS), (state, had + 1, held), *lost)

    def _taken(self, price: int, where: tuple[int, Indices], so_far: tuple[Link, int], step: Step) -> None:
        """Go on from a segment that was taken; what is held before it may come after it now."""
        had, kept = where
        unsent = step.unseen and not self._acknowledges(step)
        price += (_UNSENT if unsent else 0) + self._deviation(step)
        link, length = self._noted(*so_far, self.arrived[had - 1].number, step.action, hidden=unsent)
        state = step.state
        while again := next(((i, found) for i in kept for found in self._again(state, i)), None):
            index, step = again
            rest = tuple(i for i in kept if i != index)
            self._push(
                price + _LOSS, (state, had, rest), *self._noted(link, length, self.arrived[index].number, -1, hidden=True)
            )
            if self.until < 0:
                self._seen_again(price, state, index, (had, rest), (link, length))
            state, kept = step.state, rest
            link, length = self._noted(link, length, self.arrived[index].number, step.action, hidden=False)
        self._push(price, (state, had, kept), link, length)

    def _again(self, state: State, index: int) -> Iterator[Step]:
        """Yield what is done with a segment that was held, where it is next now."""
        held = self.arrived[index]
        stamp = self.stamps.of_held(state, held)
        for segment in held.readings:
            for step in self.takes_unseen(state, stamp, segment):
                if step.state[self.next_at] != state[self.next_at]:
                    yield step

    def _seen_again(self, price: int, state: State, index: int, where: tuple[int, Indices], so_far: tuple[Link, int]) -> None:
        held = self.arrived[index]
        stamp = self.stamps.of_held(state, held)
        for segment in held.readings:
            for reading in self.one.readings:
                for step in self.takes(state, stamp, segment, reading):
                    if step.state[self.next_at] != state[self.next_at]:
                        noted = self._noted(*so_far, held.number, step.action, hidden=False, shown=True)
                        self._reach(price, step, where, noted)

    def takes(self, state: State, stamp: int, segment: Row, reading: Row) -> Iterable[Step]:
        """Return the ways in which one that arrived is taken, and what was seen is sent; -1 is no timestamp."""
        if stamp < 0:
            return self.steps.takes(state, segment, reading)
        return self.stamps.noted(state, stamp, self.steps.takes(self.stamps.compared(state, stamp), segment, reading))

    def takes_unseen(self, state: State, stamp: int, segment: Row) -> Sequence[Step]:
        """Return the ways in which one that arrived is taken, and nothing is seen of it; -1 is no timestamp."""
        if stamp < 0:
            return self._may_be_unseen(self.steps.takes_unseen(state, segment))
        found = self._may_be_unseen(self.steps.takes_unseen(self.stamps.compared(state, stamp), segment))
        return self.stamps.noted(state, stamp, found)

    def _may_be_unseen(self, steps: Sequence[Step]) -> Sequence[Step]:
        """Return the steps without those that send a SYN: nothing puts one off or limits it, and it passes the tap."""
        if any(step.unseen for step in steps):
            return [step for step in steps if not step.unseen or "SYN" not in self._sent(step)]
        return steps

    def _sent(self, step: Step) -> str:
        return ",".join(str(sent[_CTL].data) for sent in self.steps.actions[step.action].sends)

    def _holding(self, step: Step, index: int, held: Indices, segment: Row) -> Indices:
        """Return which segments are held after one was taken: that one too where what it has is not next."""
        seq, _, ctl, octets = segment
        bits = bits_of(ANY_CTL.members[ctl])
        length = octets + ("FIN" in bits)
        after = step.state[self.next_at]
        ahead = (seq + length - after) % MODULUS
        beyond = length and 0 < ahead < MODULUS // 2 and not {"SYN", "RST"} & {*bits}
        if not beyond or not after or self.steps.actions[step.action].check.startswith("First, check sequence"):
            return held
        return (*held, index)[-_HELD:]

    def _rests(self, price: int, node: Node, link: Link, length: int) -> None:
        state, had, held = node
        paused: bool | None = None
        for step in self.steps.rests(state):
            action = self.steps.actions[step.action]
            cost = _CALL
            if action.section in _TAKEN_TIME:
                if paused is None:
                    paused = self.one.paused or any(one.paused for one in self.arrived[had:])
                if not paused:
                    continue
                cost = _CRASH if action.section == "§3.5.1" else _SILENCE
            noted = self._noted(link, length, 0, step.action, hidden=True)
            self._push(price + cost + self._deviation(step), (step.state, had, held), *noted)

    def _reach(self, price: int, step: Step, where: tuple[int, Indices], noted: tuple[Link, int]) -> None:
        """Note that what was seen is explained; it may announce another window."""
        state = step.state
        if self.one.window >= 0:
            state = (*state[: self.window_at], self.one.window, *state[self.window_at + 1 :])
        if self.one.stamp >= 0 and self.one.window >= 0 and self.one.readings[0][1]:
            state = (*state[: self.last_ack_at], self.one.readings[0][1], *state[self.last_ack_at + 1 :])
        self._find(price, (state, *where), *noted)

    def _noted(  # noqa: PLR0913  # the parts of an entry
        self, link: Link, length: int, about: int, action: int, *, hidden: bool, shown: bool = False
    ) -> tuple[Link, int]:
        if length >= RECORDED and not hidden:
            return link, length
        return (link, Entry(self.one.number, about, action, hidden, shown)), length + 1

    def _deviation(self, step: Step) -> int:
        return _DEVIATION if self.watch.deviations and self.steps.actions[step.action].name in self.watch.deviations else 0

    def _acknowledges(self, step: Step) -> bool:
        """Return whether what is not seen is an ACK, which may be put off."""
        return self._sent(step) == "ACK"
