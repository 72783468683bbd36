"""Lassos: a shortest run to a fair component, and a short cycle in it that meets what fairness asks for.

The stem is as short as any to a state from which the obligation can be left open for ever. The cycle is put together piece by
piece: the nearest step that meets a demand not met yet, or the nearest state in which a weak demand is not possible; and in the
end the way back. Then detours that nothing asks for are taken out. The shortest would be hard to find (E. M. Clarke,
O. Grumberg, K. L. McMillan and X. Zhao, "Efficient generation of counterexamples and witnesses in symbolic model checking",
DAC 1995).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from checker.explicit.explorer import Successor
from checker.liveness.region import Numbers, Region, RunTo

Edge = tuple[int, int, int]
"""The state that is left, where the edge leads, and its number among the steps."""


@dataclass(frozen=True)
class Stems:
    """How far each state is from the initial one, by a run that from some time on stays in the region with an open obligation.

    ``distance``, int64[states], is -1 where there is no such run. ``by``, int64[states], is the number of the edge by which a
    state is reached, -1 where the obligation can begin there.
    """

    distance: Numbers
    by: Numbers

    @property
    def reached(self) -> NDArray[np.bool_]:
        """The states in which the obligation can be open: bool[states]."""
        return self.distance >= 0


def stems(region: Region) -> Stems:
    """Return the shortest runs to the states of a region, breadth first from all states in which the obligation can begin."""
    distance, by = (np.full(len(region), -1, np.int64) for _ in range(2))
    begins = np.flatnonzero(region.begins)
    begins = begins[np.argsort(region.depth[begins], kind="stable")]
    depths = region.depth[begins]
    frontier, at, passed = np.zeros(0, np.int64), 0, 0
    while len(frontier) or passed < len(begins):
        if not len(frontier):
            at = int(depths[passed])
        upto = int(np.searchsorted(depths, at, side="right"))
        beginning = begins[passed:upto]
        beginning = beginning[distance[beginning] < 0]
        passed = upto
        distance[beginning] = at
        edges = _leaving(region, np.concatenate([frontier, beginning]))
        edges = edges[distance[region.target[edges]] < 0]
        frontier, which = np.unique(region.target[edges], return_index=True)
        frontier = frontier.astype(np.int64)
        at += 1
        distance[frontier] = at
        by[frontier] = edges[which]
    return Stems(distance, by)


def _leaving(region: Region, states: Numbers) -> Numbers:
    """Return the numbers of the edges that leave some states, state by state."""
    first, count = region.first[states], region.first[states + 1] - region.first[states]
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    edges: Numbers = np.arange(total, dtype=np.int64) + np.repeat(first - (ends - count), count)
    return edges


def lasso(region: Region, found: Stems, fair: Numbers, run_to: RunTo) -> tuple[list[Successor], int]:
    """Return a run to a fair component and once round a fair cycle in it.

    Parameters
    ----------
    region : Region
        The states in which the obligation is open.
    found : Stems
        How far each is, and by which edge.
    fair : int64[states]
        The fair component that each is in, -1 for none; some state has to be in one.
    run_to : RunTo
        A shortest run to a state in which the obligation begins.

    Returns
    -------
    tuple of list[Successor] and int
        The steps of the run, and after how many of them the cycle begins. A run that ends there stutters for ever.
    """
    candidates = np.flatnonzero(fair >= 0)
    least = found.distance[candidates].min()
    nearest = candidates[found.distance[candidates] == least]
    rests = (~(region.enabled[nearest] & (region.weak | region.strong)).any(axis=1)).nonzero()[0]
    start = int(nearest[rests[0]] if len(rests) else nearest[0])
    stem: list[Successor] = []
    at = start
    while (edge := int(found.by[at])) >= 0:
        stem.append(region.steps[region.step[edge]])
        at = int(region.source[edge])
    stem = [*run_to(at), *reversed(stem)]
    cycle = [] if len(rests) else _Cycle(region, fair).around(start)
    return [*stem, *(region.steps[number] for _, _, number in cycle)], len(stem)


class _Cycle:
    """The search for a cycle in a component."""

    def __init__(self, region: Region, fair: Numbers) -> None:
        self.region = region
        self.fair = fair
        self.weak, self.strong = (_number(bits) for bits in (region.weak, region.strong))

    def around(self, start: int) -> list[Edge]:
        """Return a fair cycle from a state back to it."""
        cycle: list[Edge] = []
        while True:
            at = cycle[-1][1] if cycle else start
            if owed := self._owed(start, cycle):
                cycle += self._way(at, partial(self._helps, *owed))
            elif at != start:
                cycle += self._way(at, lambda edge: edge[1] == start)
            else:
                return self._without_detours(start, cycle)

    def _without_detours(self, start: int, cycle: list[Edge]) -> list[Edge]:
        """Return a cycle without those parts of it that lead back to where they begin, as far as it stays fair."""
        for begin in range(len(cycle)):
            for end in range(len(cycle), begin, -1):
                shorter = cycle[:begin] + cycle[end:]
                if shorter and cycle[begin][0] == cycle[end - 1][1] and self._owed(start, shorter) is None:
                    return self._without_detours(start, shorter)
        return cycle

    def _owed(self, start: int, cycle: list[Edge]) -> tuple[int, int] | None:
        """Return the weak and the strong demands that going round would not meet, None where it meets all."""
        enabled = [self._enabled(state) for state in dict.fromkeys([start, *(target for _, target, _ in cycle)])]
        always, ever, met = ~0, 0, 0
        for some in enabled:
            always, ever = always & some, ever | some
        for _, _, number in cycle:
            met |= _number(self.region.met[number])
        weak, strong = always & ~met & self.weak, ever & ~met & self.strong
        return (weak, strong) if weak | strong else None

    def _helps(self, weak: int, strong: int, edge: Edge) -> bool:
        return bool(_number(self.region.met[edge[2]]) & (weak | strong) or weak & ~self._enabled(edge[1]))

    def _enabled(self, state: int) -> int:
        return _number(self.region.enabled[state])

    def _way(self, start: int, there: Callable[[Edge], bool]) -> list[Edge]:
        """Return a shortest way from a state, in its component, whose last edge is such a one."""
        by: dict[int, Edge] = {}
        waiting = deque([start])
        while waiting:
            state = waiting.popleft()
            for target, number in self.region.edges(state):
                edge = state, target, number
                if self.fair[target] != self.fair[start]:
                    continue
                if there(edge):
                    way = [edge]
                    while way[-1][0] != start:
                        way.append(by[way[-1][0]])
                    return way[::-1]
                if target not in by and target != start:
                    by[target] = edge
                    waiting.append(target)
        raise AssertionError("a fair component lacks what it was found to have")


def _number(bits: NDArray[np.uint64]) -> int:
    return int.from_bytes(bits.astype("<u8").tobytes(), "little")
