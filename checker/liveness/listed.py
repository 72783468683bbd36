"""The region of an obligation where Python has searched: states as pairs of numbers, found in a dictionary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from checker.explicit.explorer import Explorer, Node, Successor
from checker.liveness.region import Marks, Region, Tables
from properties.observe import Obligation


class Listed:
    """States that Python found, ``seen`` by control and pool, each with the one that it was found from.

    Those that need ``below`` steps or more are left out, since not all of their steps are known; None leaves out none.
    """

    def __init__(
        self, explorer: Explorer, seen: Mapping[int, Mapping[int, Node | None]], obligation: Obligation, below: int | None
    ) -> None:
        self.explorer = explorer
        self._seen = seen
        self._obligation = obligation
        self._below = below
        self._depths: dict[Node, int] = {}
        self.marks = Marks(explorer, obligation)

    def nearest(self) -> list[Successor] | None:
        """Return a shortest run to a state that meets the premise, or None where none does."""
        nodes = [(control, pool) for control, pools in self._seen.items() if self.marks.premise[control] for pool in pools]
        return self._run_to(min(nodes, key=self._depth)) if nodes else None

    @property
    def outside(self) -> int:
        """How many states do not meet the goal."""
        return len(self._nodes)

    @cached_property
    def _nodes(self) -> Sequence[Node]:
        nodes = [(control, pool) for control, pools in self._seen.items() if self.marks.open[control] for pool in pools]
        return nodes if self._below is None else [node for node in nodes if self._depth(node) < self._below]

    def region(self) -> Region:
        """Return the region of the obligation."""
        nodes, tables = self._nodes, Tables(self.explorer, self._obligation, self.marks)
        index = {node: number for number, node in enumerate(nodes)}
        enabled, source, target, step = [0] * len(nodes), list[int](), list[int](), list[int]()
        for number, (control, pool) in enumerate(nodes):
            for row in tables.rows[control]:
                if pool & row.looks == row.need:
                    enabled[number] |= row.demands
                    there = index.get((row.control, pool & row.keep | row.add)) if row.stays else None
                    if there is not None:
                        source.append(number)
                        target.append(there)
                        step.append(row.number)
        begins: NDArray[np.bool_] = np.array([self.marks.premise[control] for control, _ in nodes], np.bool_)
        depth = [self._depth(node) if first else -1 for node, first in zip(nodes, begins, strict=True)]
        edges = np.array(source, np.int64), np.array(target, np.int32), np.array(step, np.int32)
        return tables.region(begins, np.array(depth, np.int64), tables.demands.bits(enabled), edges)

    def run_to(self, number: int) -> list[Successor]:
        """Return a shortest run to a state of the region."""
        return self._run_to(self._nodes[number])

    def _parent(self, node: Node) -> Node | None:
        return self._seen[node[0]][node[1]]

    def _depth(self, node: Node) -> int:
        known, way = self._depths, [node]
        while way[-1] not in known and (parent := self._parent(way[-1])) is not None:
            way.append(parent)
        depth = known.get(way[-1], 0)
        for i, passed in enumerate(reversed(way)):
            known[passed] = depth + i
        return known[node]

    def _run_to(self, node: Node) -> list[Successor]:
        steps: list[Successor] = []
        while (parent := self._parent(node)) is not None:
            steps.append(self._step(parent, node))
            node = parent
        return steps[::-1]

    def _step(self, before: Node, after: Node) -> Successor:
        control, pool = before
        return next(
            step
            for step in self.explorer.moves[control]
            if step.possible(pool) and (step.control, pool & step.keep | step.add) == after
        )
