"""Breadth-first search by machine code, on as many threads as wanted, for state spaces that take Python too long.

It goes on where Python has begun (:mod:`checker.explicit.search`). The states of a level are expanded in pieces, each by one
call of the kernel (:mod:`checker.explicit.kernels`), which is over in some hundredths of a second: so limits, progress and
Ctrl-C are seen to in between, and threads, which work on one table of states, share a level evenly. New states come in blocks,
which are the pieces of the next level and are used again once they are expanded.

A kernel that meets a control with rows that its steps are not known for stops, and the explorer computes them. That is also
when checks are decided, so the kernel has nothing to do for the claims. No state knows where it came from: a run that decides a
check is found by a second search, in which one thread keeps all levels, and which is followed backwards. So it is the first
shortest run in the order in which one thread searches, which is also Python's, however many threads have noticed it.

What goes beyond the memory is in :mod:`checker.explicit.spilling`, which does something else at the end of a level, and where
there is no room.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np

from checker.explicit import kernels
from checker.explicit.explorer import Explorer, Node, Successor
from checker.explicit.levels import Block
from checker.explicit.packing import Packing, StepTable, Words
from checker.explicit.table import StateTable
from checker.host.limits import LimitReachedError, out_of_depth, out_of_memory

BLOCK = 2**15
"""How many states a block has room for, unless controls have so many steps that a batch needs more."""
_SLICES = 8
"""In how many pieces for each thread a level is cut, so that none waits long for another at its end."""
_SMALLEST_PIECE = 512
"""How many states a piece has at least, unless a block has no more."""

Decide = Callable[[int, Node, Successor], None]
"""Called with the checks that a step decides, as a set of bits, with the state that it leaves, and with the step."""


@dataclass(frozen=True, slots=True)
class Machine:
    """How a compiled search works.

    ``workers`` are threads, ``memory`` bounds the bytes of its tables and frontiers. A state has ``words`` words at least, for
    tests. With ``compaction`` the table has only a hash of 64 bits of each state.
    """

    workers: int
    memory: int
    words: int = 1
    compaction: bool = False


class Worker:
    """What a thread has of its own: room for a batch of successors, and the blocks that it fills."""

    def __init__(self, words: int) -> None:
        self.words = words
        self.recent = np.zeros(words << kernels.RECENT_BITS, np.uint64)
        self.counters = np.zeros(4, np.int64)
        self.filled: list[Block] = []
        self.fit(0)

    def fit(self, headroom: int) -> None:
        """Make room for the steps of a state that has as many as ``headroom``."""
        self.headroom = headroom
        self.hashes = np.empty(kernels.BATCH + headroom, np.uint64)
        self.batch = np.empty((kernels.BATCH + headroom) * self.words, np.uint64)


class CompiledSearch:
    """A search of the states of an explorer, whose results are its attributes.

    Parameters
    ----------
    explorer : Explorer
        The steps of controls. It is asked for more while the search goes on.
    machine : Machine
        Threads, memory, and how states are packed.
    decide : Decide
        Called for each step that decides a check, when the step is computed: once for a control, not once for a state.
    keep : bool
        Whether all levels are kept, so that :meth:`path` can be asked. Then ``machine.workers`` has to be 1, so that states are
        met in order.
    packing : Packing or None
        How states are packed, where that is known; the explorer has met nothing for which there is no room.

    Attributes
    ----------
    states, transitions : int
        How many were met, with those that the search was given.
    depth : int
        How many steps the states of the present level are from the initial one.
    most_bytes : int
        The most memory that was in use, in bytes.
    complete : bool
        Whether there is no state left to expand.
    reason : str
        Why it stopped early, "" where it did not.
    """

    def __init__(  # three that it needs, and how it works
        self,
        explorer: Explorer,
        machine: Machine,
        decide: Decide,
        *,
        keep: bool = False,
        packing: Packing | None = None,
    ) -> None:
        self.explorer = explorer
        self.machine = machine
        self.keep = keep
        self.states = self.transitions = self.depth = self.most_bytes = 0
        self.complete = False
        self.levels: list[list[Block]] = []
        self.sizes: list[int] = []
        """How many states each level has that came to its end here."""
        self._decide = decide
        self._lock = threading.Lock()
        self._pieces: deque[tuple[Block, int, int]] = deque()
        self._spare: list[Words] = []
        self._block_bytes = 0
        self._promised = 0
        self._halt = False
        self._full = False
        self._outgrown = False
        self.reason = ""
        self.workers = 1 + _startable(machine.workers - 1)
        """How many threads work: fewer than were asked for where the system gives no more."""
        words = max(machine.words, 2 if machine.compaction else 1)
        self._pack(packing or Packing.of(len(explorer.moves), explorer.rows, words))

    @property
    def frontier(self) -> int:
        """How many states of the next level there are."""
        return sum(block.count for worker in self._workers for block in worker.filled)

    @property
    def waiting(self) -> int:
        """How many states of the present level wait to be expanded; those at which a thread is do not count."""
        return sum(end - at for _, at, end in list(self._pieces))

    @property
    def packing(self) -> Packing:
        """How states are packed, those that are kept as well."""
        return self._packing

    @property
    def nbytes(self) -> int:
        """The bytes of memory in use."""
        return self._table.nbytes + self._block_bytes + self._step_bytes

    @property
    def spills(self) -> bool:
        """Whether it goes on on disk where its memory is full."""
        return False

    @property
    def disk(self) -> int | None:
        """The bytes of disk in use, None where it uses none."""
        return None

    @property
    def most_disk(self) -> int:
        """The most bytes of disk that were in use."""
        return 0

    def begin(self, seen: Mapping[int, Iterable[int]], frontier: Iterable[Node], following: Iterable[Node], depth: int) -> bool:
        """Take over a search that Python has begun.

        Parameters
        ----------
        seen : Mapping[int, Iterable[int]]
            The pools of all states met, by control.
        frontier : Iterable[Node]
            The states of the present level that are still to be expanded.
        following : Iterable[Node]
            The states of the next level that were found.
        depth : int
            How many steps those of the present level are from the initial state.

        Returns
        -------
        bool
            False where the states are too many for the memory; ``reason`` says so.
        """
        packed = self._packing.packed
        states = self._packing.split(packed(control, pool) for control, pools in seen.items() for pool in pools)
        self.states, self.depth = len(states) // self._packing.words, depth
        if not self._table.insert(states):
            self.reason = out_of_memory(self.machine.memory)
            return False
        self._cut(self._blocks_of(frontier))
        self._workers[0].filled = self._blocks_of(following)
        return True

    def explore(self, watch: Callable[[], str], deepest: int | None) -> str:
        """Explore until there is nothing more, or a reason to stop.

        Parameters
        ----------
        watch : Callable[[], str]
            Called between pieces, in the thread of the caller. It gives a reason to stop, "" to go on, and "enough" when
            nothing more is wanted.
        deepest : int or None
            How many steps from the initial state the last level may be; None for any number.

        Returns
        -------
        str
            The reason, or "" where all states were expanded. A limit of memory or of depth is a reason too.
        """
        with ThreadPoolExecutor(max(1, len(self._workers) - 1)) as threads:
            while True:
                if self.depth == deepest:
                    return out_of_depth(deepest)
                while self._pieces:
                    self._round(threads, watch)
                    if self.reason:
                        return self.reason
                following = self._found(threads, watch)
                if self.reason:
                    return self.reason
                if not following:
                    break
                self.sizes.append(sum(block.count for block in following))
                self.depth += 1
                for worker in self._workers:
                    worker.filled = []
                self._begin_level(following)
        self.complete = True
        return ""

    def _found(self, _threads: ThreadPoolExecutor, _watch: Callable[[], str]) -> list[Block]:
        """Return the next level."""
        return [block for worker in self._workers for block in worker.filled if block.count]

    def _begin_level(self, blocks: list[Block]) -> None:
        self._cut(blocks)

    def _round(self, threads: ThreadPoolExecutor, watch: Callable[[], str]) -> None:
        """Let all threads expand pieces until none is left, or until all have to stop for what one of them needs."""
        self._halt = self._full = self._outgrown = False
        while self._is_full and not self._halt:
            self._grow_table()
        if not self._halt:
            self._expand_all(threads, watch)
        if self._outgrown and not self.reason:
            self._repack()
        if self._full and not self.reason:
            self._grow_table()

    def _expand_all(self, threads: ThreadPoolExecutor, watch: Callable[[], str]) -> None:
        others = [threads.submit(self._work, worker, None) for worker in self._workers[1:]] if len(self._pieces) > 1 else []
        try:
            self._work(self._workers[0], watch)
        except BaseException:
            self._halt = True
            raise
        finally:
            wait(others)
        for other in others:
            other.result()  # raises what it raised

    def _work(self, worker: Worker, watch: Callable[[], str] | None) -> None:
        while not self._halt:
            try:
                piece = self._pieces.popleft()
            except IndexError:
                return
            try:
                self._expand(worker, *piece)
            except BaseException:  # the others need not go on
                self._halt = True
                raise
            reason = watch() if watch is not None else ""
            if reason:
                self._stop(reason)

    def _stop(self, reason: str = "") -> None:
        self.reason = self.reason or reason
        self._halt = True

    def _expand(self, worker: Worker, block: Block, position: int, end: int) -> None:
        """Expand the states of a block from ``position`` to ``end``; put back what is left of them where all have to stop."""
        counters, states = worker.counters, block.states
        counters[kernels.POSITION] = position
        if states is None:
            block.states = states = self.words_of(block)
            block.lent = True
        while True:
            with self._lock:
                steps, table = self._steps, self._table
                places, masks = (steps.spans, steps.known, steps.steps, steps.idle), steps.masks
                room = max(0, (table.room - self._promised) // len(self._workers))
                self._promised += room
                headroom = steps.headroom
                out = self._room_for(worker, kernels.BATCH + headroom)
            if out is None:
                status = kernels.FULL
            else:
                if headroom != worker.headroom:
                    worker.fit(headroom)
                counters[kernels.FOUND], counters[kernels.NEW], counters[kernels.TRANSITIONS] = out.count, 0, 0
                status = kernels.expand(
                    states, end, out.states, table.array, table.shift, worker.recent, worker.batch, worker.hashes,
                    *places, counters, self._packing.control_mask, room, table.words, table.slots, masks,
                )  # fmt: skip
            with self._lock:
                self._promised -= room
                if out is not None:
                    new = int(counters[kernels.NEW])
                    out.count = int(counters[kernels.FOUND])
                    table.used += new
                    self._count(new)
                    self.transitions += int(counters[kernels.TRANSITIONS])
                if status == kernels.STALLED:
                    self._learn(block, int(counters[kernels.POSITION]))
                elif status == kernels.DONE:
                    block.pieces -= 1
                    if not block.pieces:
                        self._leave(block)
                    return
                elif out is not None and (status == kernels.CROWDED or new + len(worker.hashes) > room):
                    table.crowded |= status == kernels.CROWDED
                    self._full = True
                    self._halt = True
                if self._halt:
                    self._pieces.appendleft((block, int(counters[kernels.POSITION]), end))
                    return

    def _learn(self, block: Block, position: int) -> None:
        """Have the steps computed that a state needs."""
        width = self._packing.words
        assert block.states is not None
        control, pool = node = self._packing.node(block.states[position * width : (position + 1) * width].tolist())
        for checks, step in self.explorer.grow(control, pool):
            self._decide(checks, node, step)
        if self._packing.holds(len(self.explorer.moves), self.explorer.rows):
            self._steps.copy(control)
        else:
            self._outgrown = self._halt = True

    def _room_for(self, worker: Worker, states: int) -> Block | None:
        """Return a block of the worker's with room for more states, or None where the memory does not allow for it."""
        width = self._packing.words
        last = worker.filled[-1] if worker.filled else None
        if last is not None and last.states is not None and len(last.states) >= (last.count + states) * width:
            return last
        block = self._new_block(max(BLOCK, 2 * states) * width)
        if block is not None:
            worker.filled.append(block)
        return block

    def _new_block(self, size: int) -> Block | None:
        while self._spare:
            states = self._spare.pop()
            if len(states) >= size:
                return Block(states)
            self._block_bytes -= states.nbytes
        if self.nbytes + 8 * size > self.machine.memory:
            self._crowd()
            return None
        self._block_bytes += 8 * size
        self.most_bytes = max(self.most_bytes, self.nbytes)
        return Block(np.empty(size, np.uint64))

    def _blocks_of(self, nodes: Iterable[Node]) -> list[Block]:
        states = self._packing.split(self._packing.packed(*node) for node in nodes)
        self._block_bytes += states.nbytes
        return [Block(states, len(states) // self._packing.words)] if len(states) else []

    def _cut(self, blocks: list[Block]) -> None:
        """Make blocks the level to be expanded, in pieces."""
        if self.keep:
            self.levels.append(blocks)
        total, workers = sum(block.count for block in blocks), len(self._workers)
        size = BLOCK if workers == 1 else max(_SMALLEST_PIECE, min(BLOCK, total // (workers * _SLICES)))
        for block in blocks:
            pieces = [(block, at, min(at + size, block.count)) for at in range(0, block.count, size)]
            block.pieces = len(pieces)
            self._pieces.extend(pieces)

    @property
    def _is_full(self) -> bool:
        """Whether the table has no room for a batch or two of each thread."""
        return self._table.room < 2 * (kernels.BATCH + self._steps.headroom) * len(self._workers)

    @property
    def _room_for_table(self) -> int:
        """How many bytes may be in use where the table has grown."""
        return self.machine.memory

    def _grow_table(self) -> None:
        if self.nbytes + self._table.growth > self._room_for_table or not self._table.grow():
            self._table.fill(spills=self.spills)
            if self._is_full:
                self._crowd()
        self.most_bytes = max(self.most_bytes, self.nbytes)

    def _pack(self, packing: Packing) -> None:
        self._packing = packing
        self._workers = [Worker(packing.words) for _ in range(self.workers)]
        self._table = self._new_table()
        self._step_bytes = 0
        self._steps = StepTable(self.explorer, packing, self._take)

    def _take(self, count: int) -> None:
        """Count bytes that the steps of controls take; raise where the memory does not allow for them."""
        if self.nbytes + count > self.machine.memory:
            self._crowd()
            if self.reason:
                raise LimitReachedError(self.reason)
        self._step_bytes += count
        self.most_bytes = max(self.most_bytes, self.nbytes)

    def _repack(self) -> None:
        """Pack all states anew, because there are more controls or rows than there was room for."""
        old, table, workers = self._packing, self._table, self._workers
        if self.machine.compaction:
            self._stop("hashes cannot be kept of states that have outgrown their packing")
            return
        self._pack(Packing.of(len(self.explorer.moves), self.explorer.rows, old.words))
        if not table.move_to(self._table, self._packing, old):
            self._stop(out_of_memory(self.machine.memory))
        self._spare.clear()
        self._block_bytes = 0
        blocks = dict.fromkeys(block for block, _, _ in self._pieces)
        for block in [*blocks, *(block for level in self.levels for block in level if block not in blocks)]:
            self._repack_block(block, old)
        for worker, before in zip(self._workers, workers, strict=True):
            worker.filled = before.filled
            for block in worker.filled:
                self._repack_block(block, old)

    def _repack_block(self, block: Block, old: Packing) -> None:
        if block.lent or block.states is None:
            block.states, block.lent = None, False  # it is read anew, and packed anew then
            return
        block.states = self._packing.repacked(block.states[: block.count * old.words], old)
        self._block_bytes += block.states.nbytes

    def _crowd(self) -> None:
        """Have all threads stop where the memory is full."""
        self._stop(out_of_memory(self.machine.memory))

    def _count(self, new: int) -> None:
        """Count states that were not in the table."""
        self.states += new

    def _new_table(self) -> StateTable:
        return StateTable(self._packing, self.machine.memory, compaction=self.machine.compaction)

    def words_of(self, block: Block) -> Words:
        """Return the states of a block."""
        assert block.states is not None
        return block.states

    def _leave(self, block: Block) -> None:
        """Have the memory of a block that is expanded, unless levels are kept in it."""
        if block.lent or not self.keep:
            if not block.lent and block.states is not None:
                self._spare.append(block.states)
            block.states, block.lent = None, False

    def release(self) -> None:
        """Give all memory back; nothing but the results can be asked for then."""
        self._pieces.clear()
        self._spare.clear()
        self._workers.clear()
        self.levels.clear()
        del self._table

    def path(self, node: Node, depth: int | None = None) -> list[Successor]:
        """Return the steps of the first shortest run to a state, the first step first. Only where levels are kept.

        The state is of the present level, or of the one that is ``depth`` levels after the first that is kept.
        """
        steps: list[Successor] = []
        packing = self._packing
        for level in reversed(self.levels[: -1 if depth is None else depth]):
            target = packing.split([packing.packed(*node)])
            for block in level:
                places = self._steps.spans, self._steps.steps
                states = self.words_of(block)
                how = packing.control_mask, self._table.words, self._steps.masks
                at, number = kernels.step_into(states, block.count, target, *places, *how)
                if at >= 0:
                    break
            else:
                raise AssertionError("a state that was found is reached by no step")
            node = packing.node(states[at * packing.words : (at + 1) * packing.words].tolist())
            steps.append(self.explorer.moves[node[0]][number])
        return steps[::-1]


def _startable(wanted: int) -> int:
    """Return how many threads can be started beside this one, ``wanted`` at most."""
    done, threads = threading.Event(), list[threading.Thread]()
    try:
        for _ in range(wanted):
            thread = threading.Thread(target=done.wait)
            thread.start()
            threads.append(thread)
    except RuntimeError:
        pass
    done.set()
    for thread in threads:
        thread.join()
    return len(threads)
