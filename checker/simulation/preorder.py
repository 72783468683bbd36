"""Simulation: whether all that one system does can be done by another, as far as both can be seen.

A *behaviour* is a graph whose states each show something. A state t simulates a state s where both show the same, and
whatever step s takes, t can answer it, so that the states after that are again so related (Milner, "An algebraic definition of
simulation between programs", 1971). Answering is *weak* unless asked otherwise (Milner, "Communication and Concurrency", 1989):
a step that changes nothing that can be seen is answered by any number of such steps, also by none, and one that changes it by
a step that changes it alike, with steps before and after that cannot be seen.

The largest such relation is a greatest fixpoint: begin with all pairs that show the same, and take out what cannot answer,
until nothing changes. As Henzinger, Henzinger and Kopke do ("Computing simulations on finite and infinite graphs", 1995), the
states that simulate s are kept as one set, here the bits of a number, and s is looked at again only when the set of one of its
successors has shrunk. That two systems simulate each other is less than that they are bisimilar; it is what preserves every
claim about all runs.

Where a weak simulation is meant, two facts save most of the work: the sets are closed under steps that cannot be seen, taken
backwards, so that such a step of s asks for nothing but a set that is no larger than its successor's; and what precedes a set
under one change is the union of what precedes its members.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

Node = TypeVar("Node")
How = TypeVar("How")


@dataclass(frozen=True)
class Behaviour:
    """A graph: what each state shows, and which states a step leads to from there. States are numbers from 0."""

    shows: Sequence[Hashable]
    successors: Sequence[Iterable[int]]
    initial: int = 0

    @property
    def steps(self) -> int:
        """How many pairs of states a step leads from and to."""
        return sum(len(set(after)) for after in self.successors)

    @cached_property
    def predecessors(self) -> list[list[int]]:
        """From which states a step leads to each."""
        result: list[list[int]] = [[] for _ in self.shows]
        for state, after in enumerate(self.successors):
            for successor in set(after):
                result[successor].append(state)
        return result

    @cached_property
    def alike(self) -> dict[Hashable, list[int]]:
        """The states that show each of the things that are shown."""
        result: dict[Hashable, list[int]] = {}
        for state, shown in enumerate(self.shows):
            result.setdefault(shown, []).append(state)
        return result

    def unseen(self, states: Iterable[int]) -> frozenset[int]:
        """Return where steps that cannot be seen lead from any of ``states``, which are among them."""
        found = set(states)
        waiting = list(found)
        while waiting:
            state = waiting.pop()
            for successor in self.successors[state]:
                if successor not in found and self.shows[successor] == self.shows[state]:
                    found.add(successor)
                    waiting.append(successor)
        return frozenset(found)

    def showing(self, states: Iterable[int], shown: Hashable) -> frozenset[int]:
        """Return where one change, to what is ``shown``, leads from ``states``, with unseen steps before and after."""
        before = self.unseen(states)
        return self.unseen({after for state in before for after in self.successors[state] if self.shows[after] == shown})


class CutShortError(Exception):
    """The relation was not computed to the end."""


@dataclass
class Simulation:
    """The largest simulation of ``left`` by ``right``.

    ``simulators`` has, for each state on the left, those on the right that simulate it, as bits in the order of
    ``right.alike``. ``refuted`` says how pairs were taken out, in that order: when, which bits, by which step of the left.
    """

    left: Behaviour
    right: Behaviour
    weak: bool
    simulators: list[int]
    refuted: list[list[tuple[int, int, int]]] = field(default_factory=list)

    @cached_property
    def bit(self) -> list[int]:
        """The bit of each state on the right."""
        return _bits(self.right)

    def has(self, left: int, right: int) -> bool:
        """Return whether the state on the right simulates that on the left."""
        return self.left.shows[left] == self.right.shows[right] and bool(self.simulators[left] & self.bit[right])

    @property
    def holds(self) -> bool:
        """Whether the right simulates the left from the beginning."""
        return self.has(self.left.initial, self.right.initial)

    def __len__(self) -> int:
        return sum(bits.bit_count() for bits in self.simulators)

    def play(self) -> Iterator[tuple[int, int | None]]:
        """Yield a play that the left wins: the state that its step leads to, and the answer that holds out longest, or None."""
        left, right = self.left.initial, self.right.initial
        if self.left.shows[left] != self.right.shows[right]:
            return
        while True:
            left = next(step for _, bits, step in self.refuted[left] if bits & self.bit[right])
            answers = self._answers(right, left)
            if not answers:
                yield left, None
                return
            right = max(answers, key=lambda t: next(time for time, bits, _ in self.refuted[left] if bits & self.bit[t]))
            yield left, right

    def _answers(self, right: int, left: int) -> list[int]:
        shown = self.left.shows[left]
        if not self.weak:
            return [t for t in self.right.successors[right] if self.right.shows[t] == shown]
        if shown == self.right.shows[right]:
            return sorted(self.right.unseen([right]))
        return sorted(self.right.showing([right], shown))


def simulation(
    left: Behaviour, right: Behaviour, *, weak: bool = True, goes_on: Callable[[], bool] = lambda: True
) -> Simulation:
    """Return the largest simulation of ``left`` by ``right``. Raises :class:`CutShortError` when told not to go on."""
    every = {shown: (1 << len(states)) - 1 for shown, states in right.alike.items()}
    result = Simulation(left, right, weak, [every.get(shown, 0) for shown in left.shows], [[] for _ in left.shows])
    answering, simulators = _Answering(right, weak=weak), result.simulators
    waiting = deque(sorted(range(len(left.shows)), key=_distances(left).__getitem__, reverse=True))
    queued, time = [True] * len(left.shows), 0
    while waiting:
        if not goes_on():
            raise CutShortError
        state = waiting.popleft()
        queued[state] = False
        before = simulators[state]
        for successor in left.successors[state]:
            can = answering.before(simulators[successor], left.shows[state], left.shows[successor])
            lost = simulators[state] & ~can
            if lost:
                time += 1
                result.refuted[state].append((time, lost, successor))
                simulators[state] &= can
        if simulators[state] != before:
            for predecessor in left.predecessors[state]:
                if not queued[predecessor]:
                    queued[predecessor] = True
                    waiting.append(predecessor)
    return result


class _Answering:
    """What precedes a set of states on the right, under a step of the left that changes what is shown, or does not."""

    def __init__(self, right: Behaviour, *, weak: bool) -> None:
        self.right, self.weak = right, weak
        self.bit = _bits(right)
        self._earlier = self._unseen_before() if weak else self.bit
        self._tables: dict[tuple[Hashable, Hashable], list[int]] = {}
        self._known: dict[tuple[Hashable, Hashable, int], int] = {}

    def before(self, states: int, shown: Hashable, after: Hashable) -> int:
        """Return the states showing ``shown`` that answer a step after which ``after`` is shown, by one into ``states``."""
        if self.weak and shown == after:
            return states
        asked = shown, after, states
        if asked not in self._known:
            table = self._table(shown, after)
            union, left = 0, states
            while left:
                lowest = left & -left
                union |= table[lowest.bit_length() - 1]
                left ^= lowest
            self._known[asked] = union
        return self._known[asked]

    def _table(self, shown: Hashable, after: Hashable) -> list[int]:
        if (shown, after) not in self._tables:
            self._tables[shown, after] = [
                _union(self._earlier[p] for p in self.right.predecessors[state] if self.right.shows[p] == shown)
                for state in self.right.alike.get(after, ())
            ]
        return self._tables[shown, after]

    def _unseen_before(self) -> list[int]:
        """Return, for each state, those from which steps that cannot be seen lead to it, it itself among them."""
        earlier = list(self.bit)
        waiting = deque(range(len(earlier)))
        while waiting:
            state = waiting.popleft()
            for successor in self.right.successors[state]:
                if self.right.shows[successor] == self.right.shows[state] and earlier[state] & ~earlier[successor]:
                    earlier[successor] |= earlier[state]
                    waiting.append(successor)
        return earlier


def unanswered(
    initial: Node,
    steps: Callable[[Node], Iterable[tuple[Node, How]]],
    shows: Callable[[Node], Hashable],
    right: Behaviour,
    goes_on: Callable[[], bool] = lambda: True,
) -> list[How] | None:
    """Return a shortest run of a system after which all that could be seen is something that ``right`` cannot show.

    None where there is no such run: whatever the system shows, in the order in which it shows it, ``right`` can show too. That
    does not yet say that it simulates the system, since its choices may come too early.
    """
    followers = right.unseen([right.initial]) if right.shows[right.initial] == shows(initial) else frozenset[int]()
    if not followers:
        return []
    following: dict[tuple[frozenset[int], Hashable], frozenset[int]] = {}
    search: _Search[tuple[Node, frozenset[int]], How] = _Search((initial, followers))
    while search.waiting:
        if not goes_on():
            raise CutShortError
        state, followers = here = search.waiting.popleft()
        for successor, how in steps(state):
            shown, still = shows(successor), followers
            if shown != shows(state):
                if (followers, shown) not in following:
                    following[followers, shown] = right.showing(followers, shown)
                still = following[followers, shown]
            search.meet((successor, still), here, how)
            if not still:
                return search.run((successor, still))
    return None


class _Search(Generic[Node, How]):
    """A breadth-first search that knows how it came to each node."""

    def __init__(self, initial: Node) -> None:
        self._origin: dict[Node, tuple[Node, How] | None] = {initial: None}
        self.waiting = deque([initial])

    def meet(self, node: Node, origin: Node, how: How) -> None:
        """Remember a node, where it is a new one."""
        if node not in self._origin:
            self._origin[node] = origin, how
            self.waiting.append(node)

    def run(self, node: Node) -> list[How]:
        """Return how the search came to a node."""
        taken: list[How] = []
        while (origin := self._origin[node]) is not None:
            node = origin[0]
            taken.append(origin[1])
        return taken[::-1]


def _bits(behaviour: Behaviour) -> list[int]:
    bit = [0] * len(behaviour.shows)
    for states in behaviour.alike.values():
        for position, state in enumerate(states):
            bit[state] = 1 << position
    return bit


def _union(sets: Iterable[int]) -> int:
    union = 0
    for bits in sets:
        union |= bits
    return union


def _distances(behaviour: Behaviour) -> list[int]:
    distances = [0] * len(behaviour.shows)
    waiting, met = deque([behaviour.initial]), {behaviour.initial}
    while waiting:
        state = waiting.popleft()
        for successor in behaviour.successors[state]:
            if successor not in met:
                met.add(successor)
                distances[successor] = distances[state] + 1
                waiting.append(successor)
    return distances
