"""A compiled search whose states are on disk as well: where its memory is full, or so that it can be gone on with.

*Where memory is full* the blocks go to a file first, which leaves what they took to the table. Where the table is full as well,
what was found is settled: the states of the table that no run has become a run (:mod:`checker.explicit.visited`), and room is
made in the table. A table of lines keeps half of what it had, which is not found once more then; others are empty again. From
then on a level is settled at its end as well, and what it has is no longer noted in blocks beside the table: the next level is
what became runs, sorted, since neighbours have successors in common. Only where levels are kept the blocks are too, and keep
their order, so a run that is followed backwards is the same as in memory.

*So that it can be gone on with* each level is written to a file at its end, once. All files together are all states that were
met, which is what a search in memory goes on from; one that has spilled goes on from its runs. A snapshot says which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import numpy as np

from checker.explicit.compiled import BLOCK, CompiledSearch, Decide, Machine, Worker
from checker.explicit.explorer import Explorer, Node
from checker.explicit.levels import Block, Snapshot
from checker.explicit.packing import Packing, Words
from checker.explicit.shelf import Part, Run, Shelf
from checker.explicit.table import StateTable
from checker.explicit.visited import Visited
from checker.host.limits import LimitReachedError, out_of_memory

_ASIDE = 16
"""Blocks go to a file where they take more than this part of the memory, and in as much states are sorted."""
_TWO_TABLES = 3
"""How many times as much as a table takes it takes with another beside it, of which each state has a word more."""


class Saver(Protocol):
    """What keeps snapshots, so that a search can be gone on with."""

    @property
    def failed(self) -> bool:
        """Whether it could not, and wants no more."""

    def take(self, snapshot: Snapshot) -> None:
        """Keep a snapshot in place of the one before, now or when the next comes."""

    def fail(self, reason: str) -> None:
        """Hear that states could not be written, so that there will be no other snapshot."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where a search keeps states beside its memory.

    ``shelf`` is where; ``spills`` says whether it goes on there when its memory is full. The ``saver`` is given a snapshot at
    the end of each level, and each time that states were spilled; None is for a search that nobody goes on with.
    """

    shelf: Shelf
    spills: bool
    saver: Saver | None = None


class SpillingSearch(CompiledSearch):
    """A search that keeps states as ``keeping`` says; of whole states, so not with ``machine.compaction``.

    Its ``states`` are those known to be new: what was found since states were settled does not count yet.
    """

    def __init__(  # noqa: PLR0913  # as the search that it is
        self,
        explorer: Explorer,
        machine: Machine,
        decide: Decide,
        keeping: Keeping,
        *,
        keep: bool = False,
        packing: Packing | None = None,
    ) -> None:
        self._keeping = keeping
        self._shelf = keeping.shelf
        self._visited = Visited(keeping.shelf)
        self._saved: list[Part] = []
        """Where the states are on disk that are in memory as well."""
        self._following: list[Block] = []
        """Of the next level, the states that are on disk."""
        self._crowded = False
        super().__init__(explorer, machine, decide, keep=keep, packing=packing)

    @property
    def spills(self) -> bool:
        """Whether it goes on on disk where its memory is full."""
        return self._keeping.spills

    @property
    def disk(self) -> int:
        """The bytes of disk in use."""
        return self._shelf.used

    @property
    def most_disk(self) -> int:
        """The most bytes of disk that were in use."""
        return self._shelf.most_used

    @property
    def frontier(self) -> int:
        """How many states of the next level there are; what was found since states were settled may count in vain."""
        here = self._table.new if self._unordered else super().frontier
        return here + sum(block.count for block in self._following)

    def begin(self, seen: Mapping[int, Iterable[int]], frontier: Iterable[Node], following: Iterable[Node], depth: int) -> bool:
        """Take over a search that Python has begun; parameters and what is returned are those of the search without a disk."""
        following = list(following)
        if self._saves:
            waiting, packed = set(following), self._packing.packed
            earlier = (packed(c, pool) for c, pools in seen.items() for pool in pools if (c, pool) not in waiting)
            states = self._packing.split(earlier)
            self._save([Block(states, len(states) // self._packing.words)])
        return super().begin(seen, frontier, following, depth)

    def resume(self, snapshot: Snapshot) -> bool:
        """Go on from where another search of the same system was; return False where the memory is too small for that.

        The explorer has learnt what the snapshot says. What fits into memory is there afterwards.
        """
        self.states, self.transitions, self.depth = snapshot.states, snapshot.transitions, snapshot.depth
        self.sizes = list(snapshot.sizes)
        waiting = sum(part.count for part in (*snapshot.frontier, *snapshot.following))
        needed = StateTable.bytes_for(snapshot.states, self._packing) + 8 * self._packing.words * waiting
        fits = self.nbytes + needed <= self.machine.memory
        if not fits and not self.spills:
            self.reason = out_of_memory(self.machine.memory)
            return False
        frontier, following = (
            [Block(None, part.count, part=part) for part in parts] for parts in (snapshot.frontier, snapshot.following)
        )
        if fits:
            self._table.expect(snapshot.states)
            for states in chain.from_iterable(self._shelf.chunks(part.run, self._packing) for part in snapshot.visited):
                if not self._table.insert(states):
                    raise AssertionError("the table is larger than was computed")
            for block in (*frontier, *following):
                block.states = self.words_of(block)
                self._block_bytes += block.states.nbytes
            self._saved = list(snapshot.visited)
            self._workers[0].filled = following
        else:
            self._visited.runs = [part.run for part in snapshot.visited]
            self._following = following
        self._cut(frontier)
        return True

    def words_of(self, block: Block) -> Words:
        """Return the states of a block, from wherever they are."""
        if block.states is not None:
            return block.states
        assert block.part is not None
        return self._shelf.read(block.part, self._packing)

    def release(self) -> None:
        """Give all memory back, and the disk where nobody goes on from it."""
        super().release()
        if self._keeping.saver is None:
            self._shelf.sweep((), self._shelf.next)

    @property
    def _saves(self) -> bool:
        """Whether snapshots are wanted."""
        return self._keeping.saver is not None and not self._keeping.saver.failed

    @property
    def _spilled(self) -> bool:
        """Whether there are states that are on disk alone."""
        return bool(self._visited.runs)

    @property
    def _unordered(self) -> bool:
        """Whether the table has what was found of the next level, and no block has."""
        return self._spilled and not self.keep

    @property
    def _room_for_table(self) -> int:
        lines = not self._table.slots  # which stays as large as it is
        return super()._room_for_table - (self._room_for_blocks if self.spills and lines else 0)

    @property
    def _room_for_blocks(self) -> int:
        """How many bytes are left to blocks where the table stays as large as it is."""
        return 8 * self._packing.words * 2 * BLOCK * self.workers

    # --- what the search does where there is no room, and at the end of a level

    def _crowd(self) -> None:
        if self.spills and self._table.used:
            self._crowded = self._halt = True
        else:
            super()._crowd()

    def _count(self, new: int) -> None:
        if not self._spilled:
            super()._count(new)

    def _round(self, threads: ThreadPoolExecutor, watch: Callable[[], str]) -> None:
        super()._round(threads, watch)
        if self._crowded and not self.reason:
            if self._has_only_blocks_to_spill:
                self._lay_aside(super()._found(threads, watch))
            else:
                self._settle(threads, watch)
            self._mark()

    @property
    def _has_only_blocks_to_spill(self) -> bool:
        """Whether the table may stay in memory, where the blocks do not."""
        many = not self._spilled and _ASIDE * self._block_bytes >= self.machine.memory
        return many and (not self._is_full or self._grows_without_blocks)

    @property
    def _grows_without_blocks(self) -> bool:
        return self.nbytes - self._block_bytes + self._table.growth <= self._room_for_table

    def _grow_table(self) -> None:
        fits = self.nbytes + self._table.growth <= self._room_for_table
        if self.spills and not fits and self._grows_without_blocks and self._has_only_blocks_to_spill:
            self._crowd()
        else:
            super()._grow_table()

    def _room_for(self, worker: Worker, states: int) -> Block | None:
        if self._unordered:
            for block in worker.filled:
                block.count = 0
        return super()._room_for(worker, states)

    def _expand_all(self, threads: ThreadPoolExecutor, watch: Callable[[], str]) -> None:
        super()._expand_all(threads, watch)
        crowded = self._spilled or (self.spills and _TWO_TABLES * self._table.nbytes > self.machine.memory)
        if self._outgrown and crowded and not self.reason:
            self._settle(threads, watch)

    def _found(self, threads: ThreadPoolExecutor, watch: Callable[[], str]) -> list[Block]:
        if self._spilled:
            self._settle(threads, watch)
        return [*self._following, *([] if self._unordered else super()._found(threads, watch))]

    def _begin_level(self, blocks: list[Block]) -> None:
        self._following = []
        if self._saves and not self._spilled:
            self._save(blocks)
        super()._begin_level(blocks)
        self._mark()

    def _settle(self, threads: ThreadPoolExecutor, watch: Callable[[], str]) -> None:
        """Tell the states of the table that are new from those on disk, and put them there, with all blocks.

        Nothing but steps, and what the table has as old, is in memory then. Where ``watch`` gives a reason, they are not told.
        """
        table, struck, unordered = self._table, 0, self._unordered
        found = [] if unordered else super()._found(threads, watch)
        if self._spilled:

            def look() -> bool:
                self._stop(watch())
                return not self.reason

            struck = self._visited.strike(table, self._packing, threads, self.workers, look)
            if self.reason:
                return
            self._leave_only_new(found, struck)
            self.states += table.new - struck
        made = self._visited.add(table, self._packing, table.new - struck)
        self._lay_aside(found)
        self._saved.clear()
        if self.nbytes + self._room_for_blocks > self.machine.memory:
            self._table = self._new_table()
        else:
            table.age()
        for run in made if unordered else []:
            self._following += self._sorted(run)

    def _sorted(self, run: Run) -> Iterator[Block]:
        """Yield the states of a run by their values, of as many at a time as a part of the memory has room for."""
        width = self._packing.words
        most = max(BLOCK, self.machine.memory // (8 * width * _ASIDE))
        pieces = (Part(run, first, min(most, run.count - first)) for first in range(0, run.count, most))
        rows = (self._shelf.read(piece, self._packing).reshape(-1, width) for piece in pieces)
        ordered = self._shelf.write((some[np.lexsort(some.T)].ravel() for some in rows), run.count, self._packing)
        for first in range(0, run.count, BLOCK):
            count = min(BLOCK, run.count - first)
            yield Block(None, count, part=Part(ordered, first, count))

    def _lay_aside(self, found: list[Block]) -> None:
        """Have the states of all blocks on disk alone; those that were ``found`` are of the next level."""
        saves = self._saves and not self._spilled
        run = self._put_away(found)
        if run is not None and saves:
            self._saved.append(Part(run, 0, run.count))
        self._following += [block for block in found if block.count]
        for level in (*self.levels, [block for block, _, _ in self._pieces]):
            self._put_away(dict.fromkeys(block for block in level if not block.lent))
        for block, _, _ in self._pieces:
            block.states, block.lent = None, False
        for worker in self._workers:
            worker.filled = []
        self._spare.clear()
        self._block_bytes = 0
        self._crowded = False

    def _leave_only_new(self, blocks: list[Block], struck: int) -> None:
        """Leave out of blocks what was struck out of the table."""
        table = self._table
        for block in blocks if struck else []:
            assert block.states is not None
            block.count = table.left(block.states, block.count)

    def _put_away(self, blocks: Iterable[Block]) -> Run | None:
        """Have the states of blocks on disk alone; return the file of those that were not there."""
        blocks = list(blocks)
        run = self._write([block for block in blocks if block.states is not None and block.part is None and block.count])
        for block in blocks:
            block.states = None
        return run

    def _write(self, blocks: list[Block]) -> Run | None:
        """Write the states of blocks to a file, in their order, and note where they are."""
        if not blocks:
            return None
        states = (self.words_of(block)[: block.count * self._packing.words] for block in blocks)
        run = self._shelf.write(states, sum(block.count for block in blocks), self._packing)
        first = 0
        for block in blocks:
            block.part = Part(run, first, block.count)
            first += block.count
        return run

    def _save(self, blocks: list[Block]) -> None:
        """Write states that stay in memory, so that they are in the next snapshot; where that fails, the search goes on."""
        assert self._keeping.saver is not None
        try:
            run = self._write([block for block in blocks if block.count and block.part is None])
        except LimitReachedError as limit:
            self._keeping.saver.fail(limit.reason)
        else:
            self._saved += [] if run is None else [Part(run, 0, run.count)]

    def _mark(self) -> None:
        """Hand out a snapshot where all states are on disk; where nobody wants any, delete what is of no use any more."""
        saver = self._keeping.saver
        if self.reason or not (self._saves or (saver is None and self.disk)):
            return
        visited = (*(Part(run, 0, run.count) for run in self._visited.runs), *self._saved)
        waiting = ((block.part, at, end) for block, at, end in self._pieces)
        frontier = tuple(Part(part.run, part.first + at, end - at) for part, at, end in waiting if part is not None)
        following = tuple(block.part for block in self._following if block.part is not None)
        if saver is not None:
            done = self.transitions, self.depth, tuple(self.sizes), self._packing, self.explorer.learnt()
            saver.take(Snapshot(visited, frontier, following, *done, self._shelf.next))
        else:
            kept = (block.part for level in self.levels for block in level if block.part is not None)
            self._shelf.sweep((part.run.name for part in chain(visited, frontier, following, kept)), self._shelf.next)
