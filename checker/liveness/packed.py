"""The region of an obligation where machine code has searched: states in machine words, found by binary search.

It is the region that :mod:`checker.liveness.listed` makes, for state spaces that would be too many objects. Whatever can be
done for all states of a control at once is done at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from checker.explicit.compiled import CompiledSearch
from checker.explicit.explorer import Successor
from checker.explicit.packing import Packing, Words
from checker.liveness.region import Bits, Marks, Numbers, Region, RegionStep, Tables
from properties.observe import Obligation


class PackedStates:
    """The states of a compiled search, which kept them level by level, and the region of an obligation among them.

    Where the search was cut short, the states of its last level are left out: their steps are not known.
    """

    def __init__(self, search: CompiledSearch, obligation: Obligation) -> None:
        self.explorer = search.explorer
        self._search = search
        self._obligation = obligation
        self._packing = search.packing
        self.marks = Marks(search.explorer, obligation)
        self._states: Words = np.zeros((0, self._packing.words), np.uint64)
        self._depth: Numbers = np.zeros(0, np.int64)

    def nearest(self) -> list[Successor] | None:
        """Return a shortest run to a state that meets the premise, or None where none does."""
        for depth, states in self._levels():
            here = np.flatnonzero(self.marks.premise[self._controls(states)])
            if len(here):
                return self._search.path(self._packing.node(states[here[0]].tolist()), depth)
        return None

    @property
    def outside(self) -> int:
        """How many states do not meet the goal."""
        return sum(int(self.marks.open[self._controls(states)].sum()) for _, states in self._levels())

    def _levels(self) -> Iterator[tuple[int, Words]]:
        width, levels = self._packing.words, self._search.levels
        for depth, blocks in enumerate(levels if self._search.complete else levels[:-1]):
            for block in blocks:
                yield depth, self._search.words_of(block)[: block.count * width].reshape(-1, width)

    def _controls(self, states: Words) -> Numbers:
        return (states[:, 0] & self._packing.control_mask).astype(np.int64) - 1

    def region(self) -> Region:
        """Return the region of the obligation."""
        tables = Tables(self.explorer, self._obligation, self.marks)
        kept = [(depth, states[self.marks.open[self._controls(states)]]) for depth, states in self._levels()]
        index = _Index(np.concatenate([self._states, *(states for _, states in kept)]))
        depths = np.concatenate([self._depth, *(np.full(len(states), depth, np.int64) for depth, states in kept)])
        self._states, self._depth = index.states, depths[index.order]
        enabled: Bits = np.zeros((len(index.states), tables.demands.width), np.uint64)
        controls = self._controls(self._states)
        parts = list(self._edges(index, controls, tables, enabled))
        empty = np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32)
        source, target, step = (np.concatenate(column) for column in zip(empty, *parts, strict=True))
        return tables.region(self.marks.premise[controls], self._depth, enabled, (source, target, step))

    def _edges(
        self, index: _Index, controls: Numbers, tables: Tables, enabled: Bits
    ) -> Iterator[tuple[Numbers, NDArray[np.int32], NDArray[np.int32]]]:
        """Yield the edges of all states, control by control, and set what is enabled there.

        Parameters
        ----------
        index : _Index
            The states of the region, which are numbered as they stand there.
        controls : int64[states]
            The control of each of them.
        tables : Tables
            The steps of each control.
        enabled : uint64[states, words]
            The demands that steps from each state would meet, as bits. Written to.

        Yields
        ------
        tuple of int64[edges], int32[edges], int32[edges]
            For each edge the state that it leaves, the state that it leads to, and the number of its step.
        """
        by_control = np.argsort(controls, kind="stable")
        bounds = np.flatnonzero(np.diff(controls[by_control], prepend=-1, append=-1))
        for begin, end in pairwise(bounds):
            numbers = by_control[begin:end]
            states = index.states[numbers]
            for row in tables.rows[controls[numbers[0]]]:
                looks, need, keep, add = _masks(row, self._packing)
                there = ((states & looks) == need).all(axis=1)
                enabled[numbers[there]] |= tables.demands.bits([row.demands])[0]
                if row.stays:
                    target, known = index.find(states[there] & keep | add)
                    yield (
                        numbers[there][known],
                        target[known].astype(np.int32),
                        np.full(int(known.sum()), row.number, np.int32),
                    )

    def run_to(self, number: int) -> list[Successor]:
        """Return a shortest run to a state of the region."""
        return self._search.path(self._packing.node(self._states[number].tolist()), int(self._depth[number]))


def _masks(row: RegionStep, packing: Packing) -> tuple[Words, Words, Words, Words]:
    """Return what a step looks at, needs, keeps and adds, each as the words of a whole state: uint64[words]."""
    pool = (1 << packing.rows) - 1 << packing.control_bits
    asked = (row.looks << packing.control_bits, row.need << packing.control_bits)
    masks = (*asked, row.keep << packing.control_bits & pool, packing.packed(row.control, row.add))
    looks, need, keep, add = packing.split(masks).reshape(4, -1)
    return looks, need, keep, add


class _Index:
    """States, uint64[states, words], in the order of a key of 64 bits that no two of them share, to be found by it.

    ``order`` has for each place in that order the place that the state had before.
    """

    def __init__(self, states: Words) -> None:
        self._mixer = 0
        while True:
            keys = self._keys(states)
            self.order = np.argsort(keys)
            self._sorted = keys[self.order]
            if not (self._sorted[1:] == self._sorted[:-1]).any():
                break
            self._mixer += 1  # two states had one key: mix them otherwise
        self.states = states[self.order]

    def _keys(self, states: Words) -> Words:
        """Return the key of each state, uint64[states]: the state itself where it is one word, or its words mixed."""
        key = states[:, 0].copy()
        for i in range(1, states.shape[1]):
            key = (key ^ key >> np.uint64(31)) * np.uint64(0x9E3779B97F4A7C15 + 2 * self._mixer)
            key ^= (states[:, i] ^ states[:, i] >> np.uint64(29)) * np.uint64(0xD6E8FEB86659FD93)
        return key

    def find(self, states: Words) -> tuple[Numbers, NDArray[np.bool_]]:
        """Return the number of each state, int64[states], and whether it is there, bool[states].

        The number of a state that is not there means nothing.
        """
        if not len(self.states):
            return np.zeros(len(states), np.int64), np.zeros(len(states), np.bool_)
        numbers = np.minimum(np.searchsorted(self._sorted, self._keys(states)), len(self.states) - 1)
        return numbers, (self.states[numbers] == states).all(axis=1)
