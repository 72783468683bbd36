"""The table of the states met: whole states, in memory that grows in place."""

from __future__ import annotations

import numpy as np

from checker.explicit import kernels
from checker.explicit.packing import Packing, Words

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

    Raises
    ------
    MemoryError
        Where the system has no room for the smallest table.
    """

    def __init__(self, packing: Packing, memory: int, *, compaction: bool = False) -> None:
        self.words = (0,) * packing.words
        self.slots = (0,) if compaction else self.words
        self.size = _SMALLEST
        self.used = 0
        self._filled = _FILLED
        self._most = _SMALLEST
        while 2 * self._most * self._slot_bytes <= memory:
            self._most *= 2
        while True:
            try:
                whole: Words = np.zeros(self._most * len(self.slots) + kernels.LINE, np.uint64)
            except MemoryError:
                if self._most == _SMALLEST:
                    raise
                self._most //= 2
            else:
                break
        first = -(whole.ctypes.data // 8) % kernels.LINE
        self.array = whole[first : first + self._most * len(self.slots)]

    @staticmethod
    def bytes_for(states: int, packing: Packing) -> int:
        """Return how many bytes a table of so many whole states takes."""
        size = _SMALLEST
        while int(_FILLED * size) < states + _CHUNK:
            size *= 2
        return 8 * packing.words * size

    @property
    def _slot_bytes(self) -> int:
        return 8 * len(self.slots)

    @property
    def nbytes(self) -> int:
        """The bytes of memory in use."""
        return self.size * self._slot_bytes

    @property
    def shift(self) -> np.uint64:
        """By how many bits a hash is shifted to the right to be a slot."""
        return np.uint64(64 - (self.size.bit_length() - 1))

    @property
    def room(self) -> int:
        """How many states it takes before it has to grow."""
        return int(self._filled * self.size) - self.used

    def grow(self) -> bool:
        """Become twice as large; return whether that was possible."""
        if self.size == self._most:
            return False
        aside = np.empty(_ASIDE * len(self.slots), np.uint64)
        if not kernels.spread(self.array, self.shift, aside, self.words, self.slots):
            raise AssertionError("the hashes of states are not spread over the table")
        self.size *= 2
        return True

    def fill(self) -> None:
        """Become as full as is sensible, because there is no way to grow."""
        self._filled = _FILLED_AT_MOST

    def insert(self, states: Words) -> bool:
        """Put states into it, all of them new and packed as its own are; return whether there was room."""
        width = len(self.words)
        for at in range(0, len(states), _CHUNK * width):
            chunk = states[at : at + _CHUNK * width]
            count = len(chunk) // width
            while self.room < count:
                if not self.grow():
                    return False
            kernels.insert(chunk, count, self.array, self.shift, self.words, self.slots)
            self.used += count
        return True

    def move_to(self, other: StateTable, new: Packing, old: Packing) -> bool:
        """Put the states, packed as ``old`` says, into another table that packs them as ``new``; return whether there was room.

        Only a table of whole states can do so.
        """
        width = len(self.words)
        for at in range(0, self.size * width, _CHUNK * width):
            rows = self.array[at : min(at + _CHUNK * width, self.size * width)].reshape(-1, width)
            if not other.insert(new.repacked(rows[rows[:, 0] != 0].ravel(), old)):
                return False
        return True
