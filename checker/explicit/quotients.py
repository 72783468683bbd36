"""The inner loops of a table of one-word states that keeps six bytes of each: what a state's place says is not kept.

The hash of such a state can be undone (:func:`mixed`, :func:`unmixed`), so who has the hash has the state. A hash is multiplied
by the number of lines: the upper word of the product is the line that is its home. Of the lower word the upper bits are kept,
the *rest*. Products of different hashes differ by the number of lines at least, so all but the bits below that tell those of
one line apart. This is quotienting [1, 2], for any number of lines: a table can grow by a quarter.

A line is a cache line, 16 half-words of 32 bits: the head, which says how many slots are in use, whether somebody writes, and
which slots are old; the lower half-words of ten codes; and their upper 16 bits, two in a half-word. A code is the rest of a
state, and in the bits above it how many lines were full before this one: they were tried at distances that grow by one each
time, so that those who are turned away from one line are spread over many. What is old is known to be elsewhere as well: it is
there for whoever puts it in, and for nobody else. A slot that was filled before another has the lower number.

Who puts something in holds the line by its head; who looks reads how many slots are in use first, and slots do not change.

References
----------
.. [1] Knuth, "The Art of Computer Programming", volume 3, exercise 6.4-13.
.. [2] Cleary, "Compact hash tables using bidirectional linear probing", IEEE Transactions on Computers, 1984.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from checker.explicit.intrinsics import compare_and_swap, equal_among_16, load, log2, store, upper_product

SLOTS = 10
"""How many slots a line has."""
WIDTH = 16
"""How many half-words a line has."""
LEAST = 2**18
"""How many lines a table has at least: with fewer there are no bits for how many lines were full."""
ASIDE = 2**14
"""How many lines are put aside while it grows. No state is so far from its home that it could be in the way of others."""
THERE, ADDED, CROWDED = 0, 1, 2
"""How :func:`put` ends: the state was there; it is now; all lines were full that it may be in."""

_CODE_BITS = 48
_MOST_TRIES = 62
_USED, _HELD, _OLD = np.uint64(0xFF), np.uint64(0x100), np.uint64(16)
"""The bits of a head: how many slots are in use, that somebody writes, and from which bit on they say that a slot is old."""
_ZERO, _ONE, _TWO, _FOUR = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(4)
_HALF, _HALF_MASK = np.uint64(32), np.uint64(2**32 - 1)
_UPPER_MASK = np.uint64(2**16 - 1)
_UPPERS = np.uint64(1 + SLOTS)
"""Where in a line the upper bits of codes begin."""
_FULL = np.uint64(SLOTS)
_NOWHERE = np.uint64(64)
_FACTORS = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
_FIRST, _SECOND = map(np.uint64, _FACTORS)
_UNDO_FIRST, _UNDO_SECOND = (np.uint64(pow(factor, -1, 2**64)) for factor in _FACTORS)


@njit(inline="always")
def mixed(x):
    """Return a word with its bits mixed; different words give different ones."""
    x ^= x >> np.uint64(32)
    x *= _FIRST
    x ^= x >> np.uint64(29)
    return x * _SECOND


@njit(inline="always")
def unmixed(x):
    """Return the word of which ``x`` is what :func:`mixed` gives."""
    x *= _UNDO_SECOND
    x ^= x >> np.uint64(29) ^ x >> np.uint64(58)
    x *= _UNDO_FIRST
    return x ^ x >> np.uint64(32)


@njit(inline="always")
def place(h, lines):
    """Return where in the table the home of a hash begins."""
    return upper_product(h, lines) << _FOUR


@njit(inline="always")
def _code(h, lines):
    """Return the code of a hash in its home."""
    return (h * lines) >> log2(lines)


@njit(inline="always")
def _tries(lines):
    """Return how many lines may be full before the one that a state is in: what codes have bits for."""
    bits = log2(lines) - np.uint64(64 - _CODE_BITS)
    return min(np.uint64(_MOST_TRIES), (_ONE << bits) - _TWO)


@njit
def _slot_of(table, at, used, code):
    """Return the slot of a code in the line at ``table[at]``, with ``used`` slots in use, or :data:`_NOWHERE`."""
    equal = equal_among_16(table, at, code) >> _ONE & ((_ONE << used) - _ONE)
    while equal != _ZERO:
        slot = log2(equal)
        if _read(table, at, slot) == code:
            return slot
        equal ^= _ONE << slot
    return _NOWHERE


@njit
def at_home(table, lines, h):
    """Return whether a hash is in the line that is its home."""
    at = place(h, lines)
    return _slot_of(table, at, load(table, at) & _USED, _code(h, lines)) != _NOWHERE


@njit(inline="always")
def _write(table, at, slot, code):
    """Write a code into a slot of a line that the caller holds."""
    upper, shift = at + _UPPERS + (slot >> _ONE), (slot & _ONE) << _FOUR
    table[at + _ONE + slot] = code & _HALF_MASK
    table[upper] = np.uint64(table[upper]) & ~(_UPPER_MASK << shift) | (code >> _HALF) << shift


@njit
def _read(table, at, slot):
    upper = np.uint64(table[at + _UPPERS + (slot >> _ONE)]) >> ((slot & _ONE) << _FOUR)
    return np.uint64(table[at + _ONE + slot]) | (upper & _UPPER_MASK) << _HALF


@njit
def put(table, lines, h):
    """Put a hash into the table; return :data:`THERE`, :data:`ADDED` or :data:`CROWDED`. Several threads may do so at once.

    Parameters
    ----------
    table : uint32[:]
        The table, which begins at a cache line.
    lines : uint64
        How many lines of it are in use.
    h : uint64
        The hash of a state.
    """
    line, code = upper_product(h, lines), _code(h, lines)
    for tried in range(_tries(lines) + _ONE):
        at = line << _FOUR
        while True:
            head = load(table, at)
            used = head & _USED
            if _slot_of(table, at, used, code) != _NOWHERE:
                return THERE
            if used == _FULL:
                break
            if head & _HELD == _ZERO and compare_and_swap(table, at, head, head | _HELD) == head:
                _write(table, at, used, code)
                store(table, at, head + _ONE)
                return ADDED
        line += np.uint64(tried) + _ONE
        line -= lines if line >= lines else _ZERO
        code += _ONE << (np.uint64(64) - log2(lines))
    return CROWDED


@njit
def _found(table, lines, h):
    """Return the line and the slot of a hash, and whether it is there."""
    line, code = upper_product(h, lines), _code(h, lines)
    for tried in range(_tries(lines) + _ONE):
        at = line << _FOUR
        used = load(table, at) & _USED
        slot = _slot_of(table, at, used, code)
        if slot != _NOWHERE:
            return at, slot, True
        if used < _FULL:
            break
        line += np.uint64(tried) + _ONE
        line -= lines if line >= lines else _ZERO
        code += _ONE << (np.uint64(64) - log2(lines))
    return _ZERO, _ZERO, False


@njit(inline="always")
def holds(table, lines, h):
    """Return whether a hash is in the table and is not old. Nobody may put anything in."""
    at, slot, found = _found(table, lines, h)
    return found and load(table, at) >> (_OLD + slot) & _ONE == _ZERO


@njit(inline="always")
def strike_out(table, lines, h):
    """Have a hash in the table as old; return whether it was there and was not.

    Several threads may do so; nobody may put anything in.
    """
    at, slot, found = _found(table, lines, h)
    if not found:
        return False
    old = _ONE << (_OLD + slot)
    head = load(table, at)
    while head & old == _ZERO:
        before = compare_and_swap(table, at, head, head | old)
        if before == head:
            return True
        head = before
    return False


@njit
def hashes_of(table, lines, line, out, found, old):
    """Write the hashes in a line, those that are ``old`` as well or only the others, to ``out[found]`` and behind.

    Return where they end.
    """
    at = line << _FOUR
    rest_bits = np.uint64(64) - log2(lines)
    # Of a number of lines c * 2**q with c below 8 a quotient by c is all that has to be computed: by a product, since what is
    # divided has less than 61 bits.
    q = log2(lines) - _TWO
    c = lines >> q
    inverse = ~_ZERO // c + _ONE
    head = np.uint64(table[at])
    for slot in range(head & _USED):
        if not old and head >> (_OLD + np.uint64(slot)) & _ONE != _ZERO:
            continue
        code = _read(table, at, np.uint64(slot))
        tried = code >> rest_bits
        back = tried * (tried + _ONE) >> _ONE
        home = line - back if line >= back else line + lines - back
        # The hash is the least one whose product is home * 2**64 + rest * 2**log2(lines) or more.
        whole = upper_product(home, inverse)
        part = home - whole * c
        rest = (code & ((_ONE << rest_bits) - _ONE)) << _TWO
        above = (part << (np.uint64(64) - q)) + rest
        out[found] = (whole << (np.uint64(64) - q)) + upper_product(above + c - _ONE, inverse)
        found += _ONE
    return found


@njit
def widen(table, lines, more, aside):
    """Make a table of so many lines one of ``more``, in place, which the array has room for; nothing is old afterwards.

    The home of a hash is never before what it was, and moves the farther the greater it is. So with the last line first, all go
    to where nobody waits; the first lines, for which that is not so, are put ``aside``, uint64[2 * ASIDE * SLOTS], and go back
    at the end. Return how many found no place, which is none but in the smallest tables: ``aside`` has those hashes then. It is
    -1 where there is no room aside for them.
    """
    some = np.empty(SLOTS, np.uint64)
    kept, border = _ZERO, min(lines, np.uint64(ASIDE))
    for line in range(border):
        kept = hashes_of(table, lines, np.uint64(line), aside, kept, old=True)
    for line in range(border):
        table[np.uint64(line) << _FOUR] = 0
    line = lines
    while line > border:
        line -= _ONE
        count = hashes_of(table, lines, line, some, _ZERO, old=True)
        table[line << _FOUR] = 0
        for i in range(count):
            if put(table, more, some[i]) == CROWDED:
                if kept == np.uint64(len(aside)):
                    return -1
                aside[kept] = some[i]
                kept += _ONE
    homeless = 0
    for i in range(kept):
        h = aside[i]
        if put(table, more, h) == CROWDED:
            aside[homeless] = h
            homeless += 1
    return homeless


@njit
def age(table, lines, most):
    """Have all that is in the table as old, and forget all but the ``most`` youngest of a line that are in their home.

    Nothing is forgotten where ``most`` is as many as there are slots. No line may be full else, so that nobody has to look
    further than home for what stays. Return how many are left.
    """
    rest_bits = np.uint64(64) - log2(lines)
    left = _ZERO
    for line in range(lines):
        at = np.uint64(line) << _FOUR
        used = np.uint64(table[at]) & _USED
        if most < SLOTS:
            first, kept = used, _ZERO
            while first > _ZERO and kept < most:
                first -= _ONE
                kept += np.uint64(_read(table, at, first) >> rest_bits == _ZERO)
            kept = _ZERO
            while first < used:
                code = _read(table, at, first)
                if code >> rest_bits == _ZERO:
                    _write(table, at, kept, code)
                    kept += _ONE
                first += _ONE
            used = kept
        table[at] = used | ((_ONE << used) - _ONE) << _OLD
        left += used
    return np.int64(left)
