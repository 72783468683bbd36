"""The inner loops of the explicit search, compiled to machine code by Numba.

Nothing here knows a model. A state is a row of 64-bit words (:mod:`checker.explicit.packing`): its control in the low bits of
the first word, its pool in the bits above and in the words that follow. What a control can do is a list of steps, each of which
needs some bits, keeps some and adds some, so that a successor is ``state & keep | add``: two operations a word. The same
machine code therefore serves every model, and is compiled once for each number of words a state takes, not once for a model;
and once more for models whose steps ask for rows that are not there, and so look at more bits than they need.

The number of words is passed as ``words``, a tuple of that length: its length is known when the code is compiled, so that the
loops over the words of a state are unrolled. ``slots`` is such a tuple too, for the words of a slot: those of a state, one
where the table has only hashes, or none where it is a table of lines (:mod:`checker.explicit.quotients`), whose number then
stands for the shift. All arrays are flat: state i of n words is ``states[n * i : n * (i + 1)]``. The table of states
is open addressing with linear probing over whole states. The first word of an empty slot is 0, which no state has. A slot is
claimed by a compare-and-swap on its first word, which is what lets several threads work on one table; in a state of several
words that word is :data:`_CLAIMED` until the others are written.

Successors are collected in batches, whose slots are prefetched before they are looked at; a small cache of states met lately
saves about every second look into the table. The home of a state are the upper bits of its hash, so that a table of twice the
size has the states in the same order and can be made where the old one is (:func:`spread`).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from checker.explicit import quotients
from checker.explicit.caching import kernel
from checker.explicit.intrinsics import bits, compare_and_swap, load, prefetch, store

BATCH = 256
"""How many successors are collected before the table is asked for them."""

DONE, STALLED, FULL, CROWDED = 0, 1, 2, 3
"""How :func:`expand` ends: the states are expanded; a control must be grown first; there is no room for successors; or
all lines are full that one may be in, though the table is not, and some are to be expanded once more when it has grown."""

POSITION, FOUND, NEW, TRANSITIONS = 0, 1, 2, 3
"""Where in its counters :func:`expand` has the next state to expand, the states in ``out``, those new, and the transitions."""

RECENT_BITS = 14
"""The size of the cache of states met lately, as a power of two: it fits into the second-level cache."""

LINE = 8
"""How many words a cache line has. The table begins at one, so that slots which share a line are looked at together."""

COUNT_BITS = 24
"""A list of steps is one word, so that it is replaced at once: how many there are in these bits, the first in those above."""

_ALL_MASKS = 4
"""How many words a step has for each word of a state where it looks at more than it needs."""

_AHEAD = 16
"""How many states ahead a slot is asked for by :func:`left` and :func:`strike`."""

_COUNT, _COUNTED = np.uint64(COUNT_BITS), np.uint64(2**COUNT_BITS - 1)
_ZERO, _ONE = np.uint64(0), np.uint64(1)
_CLAIMED = np.uint64(2**64 - 1)
"""The first word of a slot that is being written; and, where nobody writes, of one that was struck out."""


@njit(inline="always")
def _hash(flat, at, words):
    """Return a hash of 64 bits of the state whose first word is ``flat[at]``."""
    h = quotients.mixed(flat[at])
    for w in range(1, len(words)):
        h = quotients.mixed(h ^ (h >> np.uint64(31)) ^ flat[at + np.uint64(w)])
    return h


@njit(inline="always")
def _same(one, at, other, there, words):
    """Return whether the state at ``one[at]`` is the state at ``other[there]``."""
    differs = _ZERO
    for w in range(len(words)):
        differs |= one[at + np.uint64(w)] ^ other[there + np.uint64(w)]
    return differs == _ZERO


@njit(inline="always")
def _missing(word, steps, at, masks):
    """Return 0 where a word of a state is what the step at ``steps[at]`` needs."""
    if len(masks) == _ALL_MASKS:
        return word & steps[at] ^ steps[at + np.uint64(3)]
    return steps[at] & ~word


@njit(inline="always")
def _after(word, steps, at):
    """Return what the step at ``steps[at]`` makes of a word of a state."""
    return word & steps[at + np.uint64(1)] | steps[at + np.uint64(2)]


@njit(inline="always")
def _home(h, shift, slots):
    """Return the slot from which a state with hash ``h`` is looked for: the first in its cache line."""
    return (h >> shift) & ~np.uint64(max(1, LINE // len(slots)) - 1)


@njit(inline="always")
def _insert(table, mask, shift, h, state, at, slots):
    """Put the state at ``state[at]``, whose hash is ``h``, into the table; return what :func:`quotients.put` does.

    ``mask`` is the number of slots less one, ``shift`` as in :func:`expand`. Several threads may call it for one table.
    """
    if len(slots) == 0:
        return quotients.put(table, shift, h)
    n = np.uint64(len(slots))
    first = state[at]
    slot = _home(h, shift, slots)
    while True:
        there = load(table, slot * n)
        if there == _ZERO:
            there = compare_and_swap(table, slot * n, _ZERO, first if len(slots) == 1 else _CLAIMED)
            if there == _ZERO:
                if len(slots) > 1:
                    for w in range(1, len(slots)):
                        table[slot * n + np.uint64(w)] = state[at + np.uint64(w)]
                    store(table, slot * n, first)
                return quotients.ADDED
        if len(slots) > 1:
            while there == _CLAIMED:
                there = load(table, slot * n)
        if there == first and (len(slots) == 1 or _same(table, slot * n, state, at, slots)):
            return quotients.THERE
        slot = (slot + _ONE) & mask


@kernel
def expand(
    states, end, out, table, shift, recent, batch, hashes, spans, known, steps, idle, counters, control_mask, room,
    words, slots, masks,
):  # fmt: skip
    """Expand ``states`` from ``counters[POSITION]`` to ``end``: their successors go to the table, and the new ones to ``out``.

    ``spans`` has for each control where its steps and its idle masks begin and end, ``known`` which rows they are about. It
    stops early where a state has rows that are not known, where ``out`` or the ``room`` in the table is not sure to be enough
    for another batch, or where a line of the table is too full.

    Parameters
    ----------
    states : uint64[:]
        The states to expand, n words each; n is ``len(words)``.
    end : int
        The number of the state to stop before.
    out : uint64[:]
        Where new states are written, n words each, from state ``counters[FOUND]`` on.
    table : uint64[:]
        The table of states: 2**(64 - shift) slots of ``len(slots)`` words, or more, which are not used. It begins at a cache
        line. Written to. A table of lines is uint32[:].
    shift : uint64
        By how many bits a hash is shifted to the right to be a slot; of a table of lines, how many it has.
    recent : uint64[n << RECENT_BITS]
        A cache of states met lately, of this thread alone. Written to.
    batch : uint64[n * len(hashes)]
        Room for a batch of successors. What it holds before and after does not matter.
    hashes : uint64[:]
        Room for their hashes: as many as :data:`BATCH` and the steps of the control that has most.
    spans : uint64[2 * controls]
        For each control the place of its steps in ``steps``, and that of its masks in ``idle``: the number of the first,
        shifted to the left by :data:`COUNT_BITS`, and how many there are.
    known : uint64[n * controls]
        For each control the bits of a state that its steps are known for.
    steps : uint64[:]
        For each step and each of n words what the step looks at, keeps and adds: three words; and a fourth, what it needs of
        what it looks at, where ``masks`` says so. A state that a step without a control is for has to be grown first.
    idle : uint64[:]
        Masks of n words. Each bit that a state has in one is a step that is possible and changes nothing.
    counters : int64[4]
        In: :data:`POSITION` and :data:`FOUND`; :data:`NEW` and :data:`TRANSITIONS` are counted on from what they are. Out: how
        far it came.
    control_mask : uint64
        The bits of a state's first word that are the number of its control, plus one.
    room : int
        How large ``counters[NEW]`` may become.
    words, slots, masks : tuple of int
        Tuples as long as a state and as a slot of the table have words, and a step for each word of a state. Their elements do
        not matter.

    Returns
    -------
    int
        :data:`DONE`, :data:`STALLED` (at state ``counters[POSITION]``), :data:`FULL` or :data:`CROWDED`.
    """
    n = np.uint64(len(words))
    mask = (_ONE << (np.uint64(64) - shift)) - _ONE
    recent_shift = np.uint64(64 - RECENT_BITS)
    capacity = len(out) // len(words)
    most = len(hashes)
    position, found, new, transitions = counters[POSITION], counters[FOUND], counters[NEW], np.uint64(counters[TRANSITIONS])
    status = DONE
    while position < end and status == DONE:
        if found + most > capacity or new + most > room:
            status = FULL
            break
        collected = _ZERO
        begun, counted = position, transitions
        while position < end and collected < BATCH:
            at = np.uint64(position) * n
            control = (states[at] & control_mask) - _ONE
            unknown = _ZERO
            for w in range(len(words)):
                unknown |= states[at + np.uint64(w)] & ~known[control * n + np.uint64(w)]
            if unknown != _ZERO:
                status = STALLED
                break
            span = spans[np.uint64(2) * control]
            step = (span >> _COUNT) * np.uint64(len(masks)) * n
            collected_before, transitions_before = collected, transitions
            for _ in range(span & _COUNTED):
                missing = _ZERO
                changed = _ZERO
                for w in range(len(words)):
                    word = states[at + np.uint64(w)]
                    missing |= _missing(word, steps, step + np.uint64(len(masks) * w), masks)
                    after = _after(word, steps, step + np.uint64(len(masks) * w))
                    changed |= after ^ word
                    batch[collected * n + np.uint64(w)] = after
                step += np.uint64(len(masks)) * n
                enabled = np.uint64(missing == _ZERO)
                if len(masks) == _ALL_MASKS and enabled != _ZERO and batch[collected * n] & control_mask == _ZERO:
                    unknown = _ONE
                    break
                transitions += enabled
                collected += enabled & np.uint64(changed != _ZERO)
            if len(masks) == _ALL_MASKS and unknown != _ZERO:
                collected, transitions = collected_before, transitions_before
                status = STALLED
                break
            span = spans[np.uint64(2) * control + _ONE]
            row = (span >> _COUNT) * n
            for _ in range(span & _COUNTED):
                for w in range(len(words)):
                    transitions += bits(idle[row + np.uint64(w)] & states[at + np.uint64(w)])
                row += n
            position += 1
        fresh = _ZERO
        for i in range(collected):
            at = np.uint64(i) * n
            h = _hash(batch, at, words)
            line = (h >> recent_shift) * n
            differs = _ZERO
            for w in range(len(words)):
                word = batch[at + np.uint64(w)]
                differs |= recent[line + np.uint64(w)] ^ word
                recent[line + np.uint64(w)] = word
                batch[fresh * n + np.uint64(w)] = word
            hashes[fresh] = h
            fresh += np.uint64(differs != _ZERO)
        for i in range(fresh):
            if len(slots) == 0:
                prefetch(table, quotients.place(hashes[i], shift))
            else:
                prefetch(table, _home(hashes[i], shift, slots) * np.uint64(len(slots)))
        absent = _ZERO
        for i in range(fresh):
            at, h = np.uint64(i) * n, hashes[i]
            there = _ZERO
            if len(slots) == 0:
                there = np.uint64(quotients.at_home(table, shift, h))
            else:
                if len(slots) < len(words):
                    h |= _ONE
                line = _home(h, shift, slots) * np.uint64(len(slots))
                for k in range(max(1, LINE // len(slots))):
                    slot = line + np.uint64(k * len(slots))
                    if len(slots) < len(words):
                        differs = h ^ table[slot]
                    else:
                        differs = _ZERO
                        for w in range(len(words)):
                            differs |= table[slot + np.uint64(w)] ^ batch[at + np.uint64(w)]
                    there |= np.uint64(differs == _ZERO)
            for w in range(len(words)):
                batch[absent * n + np.uint64(w)] = batch[at + np.uint64(w)]
            hashes[absent] = h
            absent += there ^ _ONE
        for i in range(absent):
            at = np.uint64(i) * n
            if len(slots) == len(words):
                added = _insert(table, mask, shift, hashes[i], batch, at, slots)
            else:
                added = _insert(table, mask, shift, hashes[i], hashes, np.uint64(i), slots)
            if added == quotients.CROWDED:
                # What is there already is found there when these states are expanded once more; the rest was not met yet.
                position, transitions, status = begun, counted, CROWDED
                recent[:] = 0
                break
            if added:
                for w in range(len(words)):
                    out[np.uint64(found) * n + np.uint64(w)] = batch[at + np.uint64(w)]
                found += 1
                new += 1
    counters[POSITION], counters[FOUND], counters[NEW], counters[TRANSITIONS] = position, found, new, np.int64(transitions)
    return status


@kernel
def insert(states, count, table, shift, words, slots):
    """Put the first ``count`` of ``states`` into the table, which has room for them. Parameters are as in :func:`expand`.

    Return how many are there: fewer where all lines are full that the next may be in.
    """
    mask = (_ONE << (np.uint64(64) - shift)) - _ONE
    n = np.uint64(len(words))
    compact = np.empty(1, np.uint64)
    for i in range(count):
        at = np.uint64(i) * n
        h = _hash(states, at, words)
        if len(slots) == 0:
            if quotients.put(table, shift, h) == quotients.CROWDED:
                return i
        elif len(slots) == len(words):
            _insert(table, mask, shift, h, states, at, slots)
        else:
            compact[0] = h | _ONE
            _insert(table, mask, shift, compact[0], compact, _ZERO, slots)
    return count


@kernel
def spread(table, shift, aside, words, slots):
    """Make a table with homes ``hash >> shift`` one of twice the size, in place; the second half of it is empty.

    The homes of states are in the order of their hashes, so with the last state moved first, each goes to where all states have
    left already. Only close to the beginning there may be states in the way: these are put ``aside`` first, and back at the
    end. Return whether that was enough room for them, which any good hash leaves.

    Parameters
    ----------
    table : uint64[:]
        The table, with slots for twice as many states as it has now; those of the second half are 0.
    shift : uint64
        The shift of the table as it is; afterwards it is one less.
    aside : uint64[:]
        Room for states, ``len(slots)`` words each. The states of the first slots are put there, of half as many
        slots as it has room for.
    words, slots : tuple of int
        As in :func:`expand`.

    Returns
    -------
    bool
        Whether the table is whole again. Where it is not, some states are lost.
    """
    n = np.uint64(len(slots))
    half = _ONE << (np.uint64(64) - shift)
    mask = (half << _ONE) - _ONE
    least = np.uint64(len(aside)) // n // np.uint64(2)
    kept = _ZERO
    border = _ZERO
    # A run of full slots at the beginning may have begun at the end of the table: its states come last in the order of hashes.
    while border < half and (border < least or table[border * n] != _ZERO):
        if table[border * n] != _ZERO:
            if kept == np.uint64(len(aside)) // n:
                return False
            for w in range(len(slots)):
                aside[kept * n + np.uint64(w)] = table[border * n + np.uint64(w)]
            table[border * n] = _ZERO
            kept += _ONE
        border += _ONE
    slot = half
    while slot > border:
        slot -= _ONE
        at = slot * n
        if table[at] != _ZERO:
            home = _home(_hash(table, at, words) if len(slots) == len(words) else table[at], shift - _ONE, slots)
            if home < slot:
                return False
            first = table[at]
            table[at] = _ZERO
            while table[home * n] != _ZERO:
                home = (home + _ONE) & mask
            for w in range(1, len(slots)):
                table[home * n + np.uint64(w)] = table[at + np.uint64(w)]
            table[home * n] = first
    for i in range(kept):
        at = np.uint64(i) * n
        h = _hash(aside, at, words) if len(slots) == len(words) else aside[at]
        _insert(table, mask, shift - _ONE, h, aside, at, slots)
    return True


@kernel
def widen(table, lines, more, aside):
    """Make a table of lines one of ``more`` (:func:`checker.explicit.quotients.widen`)."""
    return quotients.widen(table, lines, more, aside)


@kernel
def age(table, lines, most):
    """Have all that is in a table of lines as old (:func:`checker.explicit.quotients.age`)."""
    return quotients.age(table, lines, most)


@kernel
def step_into(states, count, target, spans, steps, control_mask, words, masks):
    """Find a state that a step leads from to ``target``.

    Parameters
    ----------
    states : uint64[:]
        States, n words each; the first ``count`` are looked at.
    count : int
        How many there are.
    target : uint64[n]
        The state to be reached.
    spans, steps, control_mask, words, masks
        As in :func:`expand`.

    Returns
    -------
    tuple of int64
        The number of the first state with such a step, and the number of the first such step among those of its control; -1
        and -1 where no state has one.
    """
    n = np.uint64(len(words))
    for i in range(count):
        at = np.uint64(i) * n
        span = spans[np.uint64(2) * ((states[at] & control_mask) - _ONE)]
        step = (span >> _COUNT) * np.uint64(len(masks)) * n
        for k in range(span & _COUNTED):
            missing = _ZERO
            for w in range(len(words)):
                word, place = states[at + np.uint64(w)], step + np.uint64(len(masks) * w)
                missing |= _missing(word, steps, place, masks) | (_after(word, steps, place) ^ target[w])
            if missing == _ZERO:
                return i, np.int64(k)
            step += np.uint64(len(masks)) * n
    return np.int64(-1), np.int64(-1)


@kernel
def strike(states, count, table, shift, words, slots):
    """Strike out of the table what is among the first ``count`` of ``states``: nobody finds it again, and its slot stays full.

    A table of lines has it as old: who puts it in finds it. Several threads may do so with different states, but none may put
    states in. Parameters are as in :func:`expand`; a table of
    hashes has no states. Return how many were struck out.
    """
    n = np.uint64(len(words))
    mask = (_ONE << (np.uint64(64) - shift)) - _ONE
    struck = 0
    for i in range(count):
        at = np.uint64(i) * n
        ahead = np.uint64(min(i + _AHEAD, count - 1)) * n
        if len(slots) == 0:
            prefetch(table, quotients.place(_hash(states, ahead, words), shift))
            struck += quotients.strike_out(table, shift, _hash(states, at, words))
            continue
        prefetch(table, _home(_hash(states, ahead, words), shift, words) * n)
        slot = _home(_hash(states, at, words), shift, words)
        while table[slot * n] != _ZERO:
            if _same(table, slot * n, states, at, words):
                table[slot * n] = _CLAIMED
                struck += 1
                break
            slot = (slot + _ONE) & mask
    return struck


@kernel
def gather(table, shift, slot, end, out, words, slots):
    """Copy what was not struck out of the table from ``slot`` on, up to slot ``end``, as far as there is room in ``out``.

    The states come in the order of the table, which is that of their hashes but for a few places. Return the slot that comes
    next, and how many were copied. Of a table of lines it is lines that are counted.
    """
    n = np.uint64(len(words))
    found = _ZERO
    most = np.uint64(len(out)) // n
    slot, end = np.uint64(slot), np.uint64(end)
    if len(slots) == 0:
        while slot < end and found + np.uint64(quotients.SLOTS) <= most:
            last = quotients.hashes_of(table, shift, slot, out, found, old=False)
            while found < last:
                out[found] = quotients.unmixed(out[found])
                found += _ONE
            slot += _ONE
        return np.int64(slot), np.int64(found)
    while slot < end and found < most:
        first = table[slot * n]
        if first not in (_ZERO, _CLAIMED):
            for w in range(len(words)):
                out[found * n + np.uint64(w)] = table[slot * n + np.uint64(w)]
            found += _ONE
        slot += _ONE
    return np.int64(slot), np.int64(found)


@kernel
def left(states, count, table, shift, words, slots):
    """Move those of the first ``count`` states that were not struck out of the table to the front, in their order.

    All of them were put into it, so a state that is not found was struck out. Return how many are left.
    """
    n = np.uint64(len(words))
    mask = (_ONE << (np.uint64(64) - shift)) - _ONE
    kept = _ZERO
    for i in range(count):
        at = np.uint64(i) * n
        if len(slots) == 0:
            there = quotients.holds(table, shift, _hash(states, at, words))
        else:
            if i + _AHEAD < count:
                ahead = np.uint64(i + _AHEAD) * n
                prefetch(table, _home(_hash(states, ahead, words), shift, words) * n)
            slot = _home(_hash(states, at, words), shift, words)
            while table[slot * n] != _ZERO and not _same(table, slot * n, states, at, words):
                slot = (slot + _ONE) & mask
            there = table[slot * n] != _ZERO
        if there:
            for w in range(len(words)):
                states[kept * n + np.uint64(w)] = states[at + np.uint64(w)]
            kept += _ONE
    return np.int64(kept)


@kernel
def hashed(states, count, words):
    """Return the hashes of the first ``count`` states: uint64[count]."""
    n = np.uint64(len(words))
    hashes = np.empty(count, np.uint64)
    for i in range(count):
        hashes[i] = _hash(states, np.uint64(i) * n, words)
    return hashes
