"""States in machine words, and the steps of controls as operations on such words.

A state is one row of 64-bit words: the number of its control, plus one, in the low bits of the first word, and above it one
bit for each row that its pool may contain. So nothing but what is met costs bits: a segment that no rule ever sends has no
bit, a value that no variable takes belongs to no control, and a variable that is a function of others, as SND.NXT is, adds
nothing to the number of controls. None of this has to be known before the search. Controls and rows are numbered as they are
met, and where they outgrow the words, states are packed anew.

A step of a control (:class:`checker.explicit.explorer.Step`) needs some bits of a state, keeps some and adds some. Steps that
change nothing are only counted: masks collect the rows that such steps need, and a state has as many as it has bits in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checker.explicit.explorer import Explorer, Node
from checker.explicit.kernels import COUNT_BITS

Words = NDArray[np.uint64]
"""Words of states or of masks, those of one after those of another."""
HalfWords = NDArray[np.uint32]

_WORD = 64
_MOST_CONTROL_BITS = 32
_MORE = 8
"""How many times as many controls as are known a new packing has room for."""


@dataclass(frozen=True, slots=True)
class Packing:
    """How states are packed: how many bits are the control's, and how many words there are."""

    control_bits: int
    words: int

    @classmethod
    def of(cls, controls: int, rows: int, words: int = 1) -> Packing:
        """Return the packing in the fewest words that leaves room for more than so many ``controls`` and ``rows`` of the pool.

        It has ``words`` words at least, since states are never packed anew in fewer.
        """
        least = (_MORE * (controls + 1)).bit_length()
        words = max(words, -(-(least + rows + 1) // _WORD))
        spare = _WORD * words - least - rows
        return cls(min(least + spare // 2, _MOST_CONTROL_BITS), words)

    @property
    def rows(self) -> int:
        """How many rows of the pool have a bit."""
        return _WORD * self.words - self.control_bits

    @property
    def control_mask(self) -> np.uint64:
        """The bits of the first word that are the control's."""
        return np.uint64((1 << self.control_bits) - 1)

    def holds(self, controls: int, rows: int) -> bool:
        """Return whether there is room for so many; no state is all ones, which has a meaning of its own."""
        return controls + 1 < 1 << self.control_bits and rows <= self.rows

    def packed(self, control: int, pool: int) -> int:
        """Return a state as one number, whose low 64 bits are its first word; ``pool`` has bit i where it contains row i."""
        return control + 1 | pool << self.control_bits

    def node(self, words: Iterable[int]) -> Node:
        """Return the control and the pool of the state that consists of these ``words`` words, the first one first."""
        number = sum(int(word) << _WORD * i for i, word in enumerate(words))
        return (number & (1 << self.control_bits) - 1) - 1, number >> self.control_bits

    def split(self, numbers: Iterable[int]) -> Words:
        """Return numbers, each as ``words`` words, one after the other: uint64[words * count]."""
        size = 8 * self.words
        return np.frombuffer(b"".join(n.to_bytes(size, "little") for n in numbers), dtype="<u8").astype(np.uint64)

    def repacked(self, states: Words, old: Packing) -> Words:
        """Return states that are packed as ``old`` says, uint64[old.words * count], packed anew: uint64[words * count].

        A state must not get fewer words than it had.
        """
        rows = states.reshape(-1, old.words)
        control, shift = rows[:, 0] & old.control_mask, self.control_bits - old.control_bits
        packed = np.zeros((len(rows), self.words), np.uint64)
        packed[:, : old.words] = rows
        packed[:, 0] ^= control
        if shift > 0:
            carried = packed[:, :-1] >> np.uint64(_WORD - shift)
            packed <<= np.uint64(shift)
            packed[:, 1:] |= carried
        elif shift < 0:
            carried = packed[:, 1:] << np.uint64(_WORD + shift)
            packed >>= np.uint64(-shift)
            packed[:, :-1] |= carried
        packed[:, 0] |= control
        return packed.ravel()


class StepTable:
    """What the kernels know of the controls: copies of an explorer's steps as masks.

    A thread may read while another adds. The list of a control is written as a whole behind all others before its place is, in
    one store; and where an array or ``headroom``, the most steps of a control that readers allow for, is not enough, the places
    are copied first, so that who has the old ones sees nothing change.

    Parameters
    ----------
    explorer : Explorer
        What knows the steps of controls.
    packing : Packing
        How states are packed.
    take : Callable[[int], None]
        Called with the bytes of memory that are about to be taken; it raises where there are not so many.

    Attributes
    ----------
    spans : uint64[2 * controls]
        For each control where its steps and its idle masks are (:func:`checker.explicit.kernels.expand`).
    known : uint64[words * controls]
        For each control the bits of a state that its steps are known for; all 0 where nothing is.
    steps : uint64[:]
        Three words (looks at, keeps, adds) for each step and each word of a state, and a fourth (needs) where steps look at
        more than they need. Behind the steps of a control are its gaps, each as a step that leads to no control.
    masks : tuple of int
        A tuple as long as a step has words for each word of a state. Its elements do not matter.
    idle : uint64[:]
        Masks, ``words`` words each.
    headroom : int
        How many steps a control has, at most.

    All arrays may be longer than is said here: what is behind is 0 and not used yet.
    """

    def __init__(self, explorer: Explorer, packing: Packing, take: Callable[[int], None]) -> None:
        self.explorer = explorer
        self.packing = packing
        self.masks = (0,) * (4 if explorer.looking else 3)
        self._take = take
        self._pool_mask = (1 << packing.rows) - 1 << packing.control_bits
        controls, steps = len(explorer.moves), sum(map(len, explorer.moves))
        self.spans = np.zeros(2 * (2 * controls + 64), np.uint64)
        self.known = np.zeros((2 * controls + 64) * packing.words, np.uint64)
        self.steps = np.zeros(len(self.masks) * (2 * steps + 1024) * packing.words, np.uint64)
        self.idle = np.zeros((2 * steps + 1024) * packing.words, np.uint64)
        self.headroom = 2 * max(map(len, explorer.moves)) + 64
        self._used = {"steps": 0, "idle": 0}
        take(self.spans.nbytes + self.known.nbytes + self.steps.nbytes + self.idle.nbytes)
        for control in range(controls):
            self.copy(control)

    def copy(self, control: int) -> None:
        """Copy what the explorer knows of the control with that number. The control has to fit into the packing."""
        explorer, packing = self.explorer, self.packing
        while 2 * len(explorer.moves) > len(self.spans):
            self.spans = self._doubled(self.spans)
            self.known = self._doubled(self.known)
        known = explorer.known(control)
        if known < 0:
            return
        masks: list[int] = []
        moves, shift, width = explorer.moves[control], packing.control_bits, len(self.masks) * packing.words
        first, count = divmod(int(self.spans[2 * control]), 1 << COUNT_BITS)
        if explorer.looking:  # what steps look at may have changed
            count = 0
        for looks, need, keep, add, after, _, _ in moves[count:]:
            step = (looks << shift, keep << shift & self._pool_mask, packing.packed(after, add), need << shift)
            masks += step[: len(self.masks)]
        for looks, need in explorer.gaps[control]:
            masks += [looks << shift, 0, 0, need << shift]
        if len(moves) > self.headroom:
            self.headroom = 2 * len(moves)
            self._renew_places()
        by_word = packing.split(masks).reshape(-1, len(self.masks), packing.words).swapaxes(1, 2).ravel()
        before = self.steps[first * width : (first + count) * width]
        steps = self._append("steps", np.concatenate([before, by_word]), width)
        idle = self._append("idle", packing.split(self._idle_masks(control)), packing.words)
        self.spans[2 * control] = steps
        self.spans[2 * control + 1] = idle
        whole = packing.packed(0, known) | int(packing.control_mask)
        self.known[control * packing.words : (control + 1) * packing.words] = packing.split([whole])

    def _idle_masks(self, control: int) -> list[int]:
        """Return masks in which each row has as many bits as there are steps that need it and change nothing.

        Steps that need no row are counted by a bit that each state with this control has: the lowest of the control's own.
        """
        own = control + 1 & -(control + 1)
        counts = {need << self.packing.control_bits or own: count for need, count in self.explorer.idle[control].items()}
        return [sum(bit for bit, count in counts.items() if count > level) for level in range(max(counts.values(), default=0))]

    def _append(self, which: str, masks: Words, width: int) -> int:
        """Write masks behind all others of their kind; return where they are and how many, as one word of ``spans``.

        ``which`` is "steps" or "idle". ``masks`` are uint64[width * count], where one takes ``width`` words.
        """
        array: Words = getattr(self, which)
        first, count = self._used[which], len(masks) // width
        while (first + count) * width > len(array):
            array = self._doubled(array)
        if array is not getattr(self, which):
            setattr(self, which, array)
            self._renew_places()
        array[first * width : (first + count) * width] = masks
        self._used[which] += count
        return first << COUNT_BITS | count

    def _doubled(self, array: Words) -> Words:
        self._take(array.nbytes)
        return np.concatenate([array, np.zeros_like(array)])

    def _renew_places(self) -> None:
        self.spans, self.known = self.spans.copy(), self.known.copy()
