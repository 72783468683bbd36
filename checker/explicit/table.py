"""The table of the states met: whole states, in memory that grows in place.

A large table of states of one word becomes a table of lines (:mod:`checker.explicit.quotients`), which needs six bytes where a
word has eight, may be fuller, and grows by a quarter and not twofold. It is as exact: a hash that
is kept with its place is a state.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy

import numpy as np

from checker.explicit import kernels, quotients
from checker.explicit.packing import HalfWords, Packing, Words

_SMALLEST = 2**16
"""How many slots it has at first."""
_FILLED = 0.75
"""How full it may become before it grows."""
_FILLED_AT_MOST = 0.95
"""How full it may become where it cannot grow."""
_ASIDE = 2**14
"""For how many states there is room aside while it grows."""
_CHUNK = 2**18
"""How many states are put into it at once."""
_LARGE = 2**23
"""From how many slots on it becomes a table of lines in place of growing: as many bytes are 2**20 lines then."""
_AT_ONCE = 2**16
"""How many states are given at once."""
_LINE_BYTES = 64
_LINES_FILLED = {18: 0.5, 19: 0.65}
"""How full a table of lines may become with few bits in codes for how many lines were full, by the logarithm of the lines."""
_LINES_KEPT = 5
"""How many slots of a line stay full at most where a table of lines forgets: half of them."""
_LINES_FILLED_ELSE = 0.8
"""How full it may become else. With nine tenths it costs twice the processor time that it costs with eight."""


class StateTable:
    """A hash table of states that are packed in one way.

    Memory is asked for as much as ``memory`` allows at once; the operating system gives it when it is written to, and only as
    much as the table has grown to is. With ``compaction`` a slot has a hash of 64 bits in place of the state.

    Parameters
    ----------
    packing : Packing
        How states are packed.
    memory : int
        How many bytes it may take, at most.
    compaction : bool
        Whether hashes are kept in place of states. Then a state whose hash another has is taken for that one.

    Attributes
    ----------
    array : uint64[:] or uint32[:]
        The table; of half-words where it is one of lines.
    words, slots : tuple of int
        As kernels are told of it: ``slots`` is empty where it is a table of lines.
    size, used : int
        How many slots it has, and how many of them are in use.
    old : int
        How many of those in use are known to be elsewhere too, which only a table of lines has.
    crowded : bool
        Whether a state found no place though there are slots left, so that it has to grow.

    Raises
    ------
    MemoryError
        Where the system has no room for the smallest table.
    """

    def __init__(self, packing: Packing, memory: int, *, compaction: bool = False) -> None:
        self.words = (0,) * packing.words
        self.slots: tuple[int, ...] = (0,) if compaction else self.words
        self.size = _SMALLEST
        self.used = self.old = 0
        self.crowded = False
        self._lines = 0
        self._memory = memory
        self._filled = _FILLED
        self._most = _SMALLEST
        while 2 * self._most * self._slot_bytes <= memory:
            self._most *= 2
        while True:
            try:
                self.array: Words | HalfWords = _zeros(self._most * len(self.slots))
            except MemoryError:
                if self._most == _SMALLEST:
                    raise
                self._most //= 2
            else:
                break

    @staticmethod
    def bytes_for(states: int, packing: Packing) -> int:
        """Return how many bytes a table of so many whole states takes."""
        size = _size_for(states)
        if packing.words == 1 and size > _LARGE:
            return _LINE_BYTES * _lines_for(states)
        return 8 * packing.words * size

    @property
    def _slot_bytes(self) -> int:
        return 8 * len(self.slots)

    @property
    def _divisible(self) -> bool:
        """Whether it can become a table of lines: it has whole states of one word."""
        return len(self.words) == len(self.slots) == 1

    @property
    def nbytes(self) -> int:
        """The bytes of memory in use."""
        return self._lines * _LINE_BYTES or self.size * self._slot_bytes

    @property
    def growth(self) -> int:
        """How many bytes more it takes to grow, while it does."""
        return _LINE_BYTES * (_next(self._lines) - self._lines) if self._lines else self.nbytes

    @property
    def shift(self) -> np.uint64:
        """By how many bits a hash is shifted to the right to be a slot; of a table of lines, how many these are."""
        return np.uint64(self._lines or 64 - (self.size.bit_length() - 1))

    @property
    def new(self) -> int:
        """How many states it has that are not old; those that were struck out of a table of slots count."""
        return self.used - self.old

    @property
    def room(self) -> int:
        """How many states it takes before it has to grow."""
        return 0 if self.crowded else int(self._filled * self.size) - self.used

    def expect(self, states: int) -> None:
        """Become large enough for so many states, as far as memory allows; it is empty.

        States that come in the order of their hashes would fill the beginning of a small table, and nothing behind it.
        """
        size = _size_for(states)
        if not (self._divisible and size > _LARGE and self._have_lines(_lines_for(states))):
            self.size = min(self._most, size)

    def grow(self) -> bool:
        """Become larger; return whether that was possible."""
        if self._lines:
            return self._widen()
        if self._divisible and self.size >= _LARGE:
            old = copy(self)
            if self._have_lines(_lines_for(self.used)):
                self.used = 0
                if not all(map(self.insert, old.states())):
                    raise AssertionError("a table of lines has no room for what it is made for")
                return True
        if self.size == self._most:
            return False
        aside = np.empty(_ASIDE * len(self.slots), np.uint64)
        if not kernels.spread(self.array, self.shift, aside, self.words, self.slots):
            raise AssertionError("the hashes of states are not spread over the table")
        self.size *= 2
        return True

    def _have_lines(self, lines: int) -> bool:
        """Become an empty table of so many lines; return whether there is the memory."""
        most = lines if _LINE_BYTES * lines <= self._memory else 0
        while most and _LINE_BYTES * _next(most) <= self._memory:
            most = _next(most)
        while most >= lines:
            try:
                self.array = _zeros(8 * most).view(np.uint32)
            except MemoryError:
                most //= 2
            else:
                self.slots, self._most = (), most
                self._resize(lines)
                return True
        return False

    def _widen(self) -> bool:
        more = _next(self._lines)
        if more > self._most:
            return False
        aside = np.empty(2 * quotients.ASIDE * quotients.SLOTS, np.uint64)
        homeless = kernels.widen(self.array, self.shift, np.uint64(more), aside)
        if homeless < 0:
            raise AssertionError("the hashes of states are not spread over the table")
        self._resize(more)
        self.old = 0
        if homeless:
            self.used -= homeless
            states = np.array([quotients.unmixed(h) for h in aside[:homeless]], np.uint64)
            if not (self._widen() and self.insert(states)):
                raise MemoryError
        return True

    def _resize(self, lines: int) -> None:
        self._lines, self.size, self.crowded = lines, lines * quotients.SLOTS, False
        self._filled = _lines_filled(lines)

    def fill(self, *, spills: bool = False) -> None:
        """Become as full as is sensible, because there is no way to grow.

        In a table of slots that is nearly full, who looks for what is not there looks far: so not where it ``spills``, and what
        runs have is looked for.
        """
        if self._lines or not spills:
            self._filled = _FILLED_AT_MOST

    def insert(self, states: Words) -> bool:
        """Put states into it, all of them new and packed as its own are; return whether there was room."""
        width = len(self.words)
        for at in range(0, len(states), _CHUNK * width):
            chunk = states[at : at + _CHUNK * width]
            while len(chunk):
                count = len(chunk) // width
                while self.room < count:
                    if not self.grow():
                        return False
                done = kernels.insert(chunk, count, self.array, self.shift, self.words, self.slots)
                self.used += done
                self.crowded = done < count
                chunk = chunk[done * width :]
        return True

    def strike(self, states: Words, count: int) -> int:
        """Strike out what is among the first ``count`` of ``states``; return how many that were."""
        return int(kernels.strike(states, count, self.array, self.shift, self.words, self.slots))

    def age(self) -> None:
        """Have all as old, and forget some where that is much; a table of slots forgets all."""
        if self._lines:
            many = self.crowded or self.used > _LINES_KEPT * self._lines
            self.used = kernels.age(self.array, self.shift, np.uint64(_LINES_KEPT if many else quotients.SLOTS))
        else:
            self.array[: self.size * len(self.slots)] = self.used = 0
        self.old, self.crowded = self.used, False

    def left(self, states: Words, count: int) -> int:
        """Move what was not struck out of the first ``count`` states to the front, in order; return how many are left."""
        return int(kernels.left(states, count, self.array, self.shift, self.words, self.slots))

    def states(self) -> Iterator[Words]:
        """Yield the states that were not struck out and are not old, some at a time, in an array that is used again.

        They come in the order of their hashes but for a few. Those of the first run of full slots come last: they may have come
        from the end, where there was no room for them any more.
        """
        width, out = len(self.words), np.empty(_AT_ONCE * len(self.words), np.uint64)
        end, begin = self._lines or self.size, 0
        while not self._lines and self.array[begin * width]:
            begin += 1
        for first, last in ((begin, end), (0, begin)):
            slot = first
            while slot < last:
                slot, found = kernels.gather(self.array, self.shift, slot, last, out, self.words, self.slots)
                yield out[: found * width]

    def move_to(self, other: StateTable, new: Packing, old: Packing) -> bool:
        """Put the states, packed as ``old`` says, into another table that packs them as ``new``; return whether there was room.

        Only a table of whole states can do so.
        """
        return all(other.insert(new.repacked(states, old)) for states in self.states())


def _zeros(words: int) -> Words:
    """Return so many words that begin at a cache line."""
    whole: Words = np.zeros(words + kernels.LINE, np.uint64)
    first = -(whole.ctypes.data // 8) % kernels.LINE
    return whole[first : first + words]


def _size_for(states: int) -> int:
    """Return how many slots a table of so many states has, which is not one of lines."""
    size = _SMALLEST
    while int(_FILLED * size) < states + _CHUNK:
        size *= 2
    return size


def _lines_for(states: int) -> int:
    """Return how many lines a table of so many states has."""
    lines = quotients.LEAST
    while int(_lines_filled(lines) * lines * quotients.SLOTS) < states + _CHUNK:
        lines = _next(lines)
    return lines


def _next(lines: int) -> int:
    """Return how many lines a table has that has grown: a quarter of a power of two more."""
    return lines + (1 << lines.bit_length() - 3)


def _lines_filled(lines: int) -> float:
    return _LINES_FILLED.get(lines.bit_length() - 1, _LINES_FILLED_ELSE)
