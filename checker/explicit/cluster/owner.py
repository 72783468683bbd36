"""An owner of states: the table, the frontier and the steps of one process of many, which all do the same at a time.

An owner has an explorer of its own that numbers controls and rows as the driver's does, since it is told what that one has met.
Between two levels it says which of its states have steps that nobody knows yet, so that no step is missing within a level.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import ray
from numpy.typing import NDArray

from checker.explicit import kernels
from checker.explicit.cluster import kernels as own
from checker.explicit.explorer import Explorer, Growth, Learnt, Node
from checker.explicit.packing import Packing, StepTable, Words
from checker.explicit.shelf import Part, Run, Shelf
from checker.explicit.table import StateTable
from checker.host.limits import LimitReachedError, out_of_memory
from checker.host.machine import sensible
from properties.observe import Monitored

CACHE_BITS = 15
"""The size of the cache of states met lately, as a power of two."""
_ROUND = 2**20
"""For how many successors, of all owners together, there is room in a round."""
_LEAST = 2**14
"""For how many of each owner at least: smaller messages would go by way of the driver."""

_CHUNK = 2**18
"""How many states are read at once."""

Owners = NDArray[np.int64]
"""Who owns each share of the states (:data:`checker.explicit.cluster.kernels.SHARES`)."""


@dataclass(frozen=True, slots=True)
class Met:
    """What the driver's explorer has met: all numbers, what it has ``grown`` since, and how states are packed."""

    learnt: Learnt
    grown: tuple[Growth, ...]
    packing: Packing


@dataclass(frozen=True, slots=True)
class Figures:
    """How far an owner has come: its states, those that wait in this level and in the next, and the steps from them so far.

    ``nbytes`` are the bytes of memory in use, ``sent`` those of the states that it has sent to others. ``reason`` says why it
    cannot go on, "" where it can.
    """

    states: int
    waiting: int
    following: int
    transitions: int
    nbytes: int
    sent: int
    reason: str


class Owner:
    """What one process does for the driver, which asks for one thing after another.

    Parameters
    ----------
    monitored : Monitored
        What is searched.
    number : int
        Which of the owners it is, from 0.
    met : Met
        What the driver's explorer has met so far, from the beginning.
    """

    ordered: tuple[int, ...] = ()
    """One element where successors have keys (:mod:`checker.explicit.cluster.ordered`)."""

    def __init__(self, monitored: Monitored, number: int, met: Met) -> None:
        self.explorer = Explorer(monitored, looking=True)
        self.number = number
        self.memory = 0
        self._transitions = self._sent = 0
        self._reason = ""
        self._frontier: list[Words] = []
        self._following: list[Words] = []
        self._given = 0
        """How many blocks of the next level it was given: these are saved where anything is."""
        self._position = 0
        self._new = np.empty(0, np.uint64)
        self._ranks = np.empty(0, np.uint64)
        self._owners: Owners = np.zeros(own.SHARES, np.int64)
        self.packing = met.packing
        self._learn(met)

    def _learn(self, met: Met) -> None:
        for _ in self.explorer.learn(met.learnt, met.grown):
            pass

    def _pack(self, packing: Packing) -> None:
        """Have room for states that are packed in some way."""
        self.packing = packing
        self._words = (0,) * packing.words
        self._table = StateTable(packing, self.memory)
        self._steps = StepTable(self.explorer, packing, lambda _: None)
        self._recent = np.zeros(packing.words << CACHE_BITS, np.uint64)
        self._make_room()

    def _make_room(self) -> None:
        """Have room for the successors of a round, whoever owns them, and for a batch."""
        batch, owners = kernels.BATCH + self._steps.headroom, int(self._owners.max()) + 1
        rows = max(_LEAST, _ROUND // owners, 2 * batch)
        self._batch = np.empty(batch * self.packing.words, np.uint64)
        self._keys = np.empty(batch if self.ordered else 0, np.uint64)
        self._out = np.empty((owners, rows * self._row), np.uint64)
        self._counts = np.zeros(owners, np.int64)

    def begin(self, owners: Owners, memory: int | None, peers: int) -> Figures:
        """Hear who owns which states.

        The ``peers`` on this machine may take ``memory`` bytes together, which are most of what is free where it is None.
        """
        self._owners, self.memory = owners, sensible(memory) // peers
        self._pack(self.packing)
        return self.figures()

    def figures(self) -> Figures:
        """Return how far it has come."""
        if self._nbytes > self.memory:
            self._reason = self._reason or out_of_memory(self.memory)
        waiting = sum(map(len, self._frontier)) // self.packing.words - self._position
        following = sum(map(len, self._following)) // self._row
        return Figures(self._table.used, waiting, following, self._transitions, self._nbytes, self._sent, self._reason)

    @property
    def _row(self) -> int:
        """How many words are sent for a state: its own, and its key where it has one."""
        return self.packing.words + len(self.ordered)

    @property
    def _nbytes(self) -> int:
        steps = self._steps
        blocks = (*self._frontier, *self._following, self._out, self._recent, steps.spans, steps.known, steps.steps, steps.idle)
        return self._table.nbytes + sum(block.nbytes for block in blocks)

    # --- states that it is given

    def load(self, states: Words, packing: Packing, level: int | None) -> Figures:
        """Take those of some states that it owns: into its table, or those that wait in this ``level`` (0) or the next (1).

        Whoever waits is given to the table as well, and no state twice.
        """
        self._load(states if packing == self.packing else self.packing.repacked(states, packing), level)
        return self.figures()

    def read(self, directory: Path, parts: Sequence[tuple[Part, int | None]]) -> Figures:
        """Take what it owns of parts of files, each with its level."""
        shelf = Shelf(directory)
        for part, level in parts:
            for first in range(0, part.count, _CHUNK):
                some = Part(part.run, part.first + first, min(_CHUNK, part.count - first))
                self._load(shelf.read(some, self.packing), level)
        return self.figures()

    def _load(self, states: Words, level: int | None) -> None:
        mine = self._of(states, self.number)
        if level is not None:
            self._wait(mine, level)
        elif not self._table.insert(mine):
            self._reason = self._reason or out_of_memory(self.memory)

    def _wait(self, states: Words, level: int) -> None:
        if len(states):
            (self._following if level else self._frontier).append(states)
            self._given = len(self._following)

    def _of(self, states: Words, owner: int) -> Words:
        """Return those of some states that an owner has."""
        whose = own.shared(states, len(states) // self.packing.words, self._owners, self._words)
        mine: Words = states.reshape(-1, self.packing.words)[whose == owner].ravel()
        return mine

    def leave(self, owners: Owners, others: Sequence[int]) -> list[object]:
        """Hear who owns which states from now on; return figures, and what others have of its states.

        These are three arrays for each: all of its states, those that wait in this level, and those that wait in the next.
        """
        every = [states.copy() for states in self._table.states()]
        everything = (_joined(every), *map(_joined, (self._frontier, self._following)))
        self._owners = owners
        self._table, self._frontier, self._following = StateTable(self.packing, self.memory), [], []
        for states, level in zip(everything, (None, 0, 1), strict=True):
            self._load(states, level)
        self._make_room()
        return [self.figures(), *(self._of(s, to) for to in others for s in everything)]

    # --- a level

    def lacking(self) -> list[tuple[int, Node]]:
        """Return states of this level that have steps which nobody knows, each with its rank where states have one."""
        width, steps, asked = self.packing.words, self._steps, list[tuple[int, Node]]()
        how = steps.known.copy(), steps.spans, steps.steps, self.packing.control_mask, self._words, steps.masks
        for block in self._frontier:
            found = own.lacking(block, len(block) // width, *how)
            for at in found.tolist():
                node = self.packing.node(block[at * width : (at + 1) * width].tolist())
                asked.append((int(self._ranks[at]) if self.ordered else 0, node))
        return asked

    def learn(self, met: Met) -> Figures:
        """Hear what was met since, and pack states anew where that is how it is done now."""
        self._learn(met)
        if met.packing == self.packing:
            for control in dict.fromkeys(growth.control for growth in met.grown):
                self._steps.copy(control)
            if kernels.BATCH + self._steps.headroom > len(self._batch) // self.packing.words:
                self._make_room()
            return self.figures()
        old, table = self.packing, self._table
        self._pack(met.packing)
        if not table.move_to(self._table, self.packing, old):
            self._reason = self._reason or out_of_memory(self.memory)
        self._repack(old)
        return self.figures()

    def _repack(self, old: Packing) -> None:
        for blocks in (self._frontier, self._following):
            blocks[:] = [self.packing.repacked(block, old) for block in blocks]

    def expand(self) -> list[object]:
        """Expand states of this level until none is left, or no room for their successors; return what is to be sent.

        That is its figures, and an array for each owner, of which its own is empty: what it has for itself it takes at once.
        """
        width, steps = self.packing.words, self._steps
        counters = np.zeros(4, np.int64)
        self._counts[:] = 0
        shift = np.uint64(64 - CACHE_BITS)
        while self._frontier:
            block = self._frontier[0]
            counters[kernels.POSITION] = self._position
            status = own.produce(
                block, len(block) // width, self._ranks, self._out, self._counts, self._recent, shift, self._batch, self._keys,
                self._owners, steps.spans, steps.known, steps.steps, steps.idle, counters,
                self.packing.control_mask, self._words, self.ordered, steps.masks,
            )  # fmt: skip
            if status == kernels.STALLED:
                raise AssertionError("a state is expanded whose steps nobody has computed")
            self._position = int(counters[kernels.POSITION])
            if status == kernels.FULL:
                break
            self._frontier.pop(0)
            self._position = 0
        self._transitions += int(counters[kernels.TRANSITIONS])
        sent = [self._out[i, : int(count) * self._row] for i, count in enumerate(self._counts)]
        self._accept(sent[self.number])
        sent[self.number] = np.empty(0, np.uint64)
        self._sent += sum(rows.nbytes for rows in sent)
        return [self.figures(), *sent]

    def take(self, *sent: Words) -> Figures:
        """Take states that others have found."""
        for rows in sent:
            self._accept(rows)
        return self.figures()

    def _accept(self, states: Words) -> None:
        width, count = self.packing.words, len(states) // self.packing.words
        if not count or self._reason:
            return
        if len(self._new) < len(states):
            self._new = np.empty(len(states), np.uint64)
        table, first = self._table, 0
        while first < count and self._has_room(count - first):
            place = table.array, table.shift, table.words, table.slots
            found, first = own.absorb(states, first, count, self._new, *place)
            table.used += found
            table.crowded = first < count
            if found:
                self._following.append(self._new[: found * width].copy())

    def _has_room(self, count: int) -> bool:
        """Have room in the table for so many more, or say why not."""
        while self._table.room < count:
            if self._nbytes + self._table.growth > self.memory or not self._table.grow():
                self._table.fill()
                if self._table.room < count:
                    self._reason = out_of_memory(self.memory)
                    return False
        return True

    def save(self, directory: Path, number: int) -> Run | str | None:
        """Write what it found of the next level to file ``number`` of a directory; return it, or why that cannot be done."""
        found = self._following[self._given :]
        count = sum(map(len, found)) // self.packing.words
        if not count:
            return None
        shelf = Shelf(directory)
        shelf.next = number
        try:
            return shelf.write(iter(found), count, self.packing)
        except LimitReachedError as limit:
            return limit.reason

    def next_level(self) -> Figures:
        """Begin the next level."""
        self._frontier, self._following, self._position, self._given = self._following, [], 0, 0
        return self.figures()


class Post:
    """A process of the cluster, which holds an owner for one search after another.

    What is asked of an owner has the ``token`` under which it is held: what somebody asked of the one before is not done.
    """

    def __init__(self) -> None:
        self._owner: Owner | None = None
        self._token = ""

    def place(self) -> str:
        """Return which machine it is on."""
        return str(ray.get_runtime_context().get_node_id())

    def process(self) -> int:
        """Return the number of its process."""
        return os.getpid()

    def hold(self, token: str, kind: type[Owner], *how: Any) -> Figures:  # noqa: ANN401  # what an owner is made with
        """Hold another owner, which begins."""
        self._owner, self._token = None, token  # before there is another
        monitored, number, met, *begin = how
        self._owner = kind(monitored, number, met)
        return self._owner.begin(*begin)

    def ask(self, token: str, what: str, *how: Any) -> Any:  # noqa: ANN401  # as the owner has it
        """Have the owner do something, and return what it returns."""
        if token != self._token:
            raise KeyError(token)
        return getattr(self._owner, what)(*how)

    def leave(self, token: str) -> None:
        """Hold no owner any more, if it is still that one."""
        if token == self._token:
            self._owner = None


def _joined(blocks: Sequence[Words]) -> Words:
    return np.concatenate([np.empty(0, np.uint64), *blocks])
