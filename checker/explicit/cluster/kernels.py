"""The inner loops of owners of states: what :mod:`checker.explicit.kernels` does with one table, cut in two.

Successors go to whoever owns them (:func:`produce`), and who owns them takes them into its table (:func:`absorb`). Who owns a
state say the lower bits of its hash; the upper ones are its home in the table, and would leave most of a table empty. A cache
of states met lately, which is larger than that of one table, keeps most of what was sent before from being sent again.

Parameters that are not explained are as in :func:`checker.explicit.kernels.expand`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from checker.explicit import quotients
from checker.explicit.caching import kernel
from checker.explicit.intrinsics import bits, prefetch
from checker.explicit.kernels import (
    _ALL_MASKS,
    _COUNT,
    _COUNTED,
    _ONE,
    _ZERO,
    BATCH,
    DONE,
    FULL,
    LINE,
    POSITION,
    STALLED,
    TRANSITIONS,
    _after,
    _hash,
    _home,
    _insert,
    _missing,
    _same,
)

_AHEAD = 32
"""How many states ahead a line of the table is asked for by :func:`absorb`; as many as a processor waits for at once."""
SHARES = 2**12
"""Into how many shares states are cut, each of which one owner has."""
STEP_BITS = 24
"""A key is the rank of the state before, and in these bits below the number of the step; it orders the states of a level."""


@kernel
def produce(
    states, end, ranks, out, counts, recent, recent_shift, batch, keys, owners, spans, known, steps, idle, counters,
    control_mask, words, ordered, masks,
):  # fmt: skip
    """Write the successors of ``states`` from ``counters[POSITION]`` to ``end`` to where their owners' are.

    Parameters
    ----------
    ranks : uint64[:]
        Where the search is ``ordered`` the rank of each state; else nobody looks.
    out : uint64[owners, rows * (n + len(ordered))]
        For each owner rows of a state and, where the search is ``ordered``, its key.
    counts : int64[owners]
        How many rows each owner has; counted on.
    recent, recent_shift : uint64[:], uint64
        A cache of states, and by how many bits a hash is shifted to the right to be a place in it.
    batch, keys : uint64[:]
        Room for a batch of successors and their keys: as many as :data:`BATCH` and the steps of the control that has most.
    owners : int64[SHARES]
        Who owns each share.
    ordered : tuple
        One element where states have keys, else none.

    Returns
    -------
    int
        :data:`DONE`; :data:`FULL` where an owner's rows are not sure to be enough for another batch; or :data:`STALLED` where
        a state has steps that are not known, which nobody may leave so (:func:`lacking`).
    """
    n = np.uint64(len(words))
    row = len(words) + len(ordered)
    most = out.shape[1] // row - len(batch) // len(words)
    shares = np.uint64(SHARES - 1)
    position, transitions = counters[POSITION], np.uint64(counters[TRANSITIONS])
    status = DONE
    while position < end and status == DONE:
        if counts.max() > most:
            status = FULL
            break
        collected = _ZERO
        while position < end and collected < BATCH and status == DONE:
            at = np.uint64(position) * n
            control = (states[at] & control_mask) - _ONE
            for w in range(len(words)):
                if states[at + np.uint64(w)] & ~known[control * n + np.uint64(w)] != _ZERO:
                    status = STALLED
            span = spans[np.uint64(2) * control]
            step = (span >> _COUNT) * np.uint64(len(masks)) * n
            for k in range(span & _COUNTED):
                missing = _ZERO
                changed = _ZERO
                for w in range(len(words)):
                    word = states[at + np.uint64(w)]
                    missing |= _missing(word, steps, step + np.uint64(len(masks) * w), masks)
                    after = _after(word, steps, step + np.uint64(len(masks) * w))
                    changed |= after ^ word
                    batch[collected * n + np.uint64(w)] = after
                if len(ordered):
                    keys[collected] = (ranks[position] << np.uint64(STEP_BITS)) | np.uint64(k)
                step += np.uint64(len(masks)) * n
                enabled = np.uint64(missing == _ZERO)
                if len(masks) == _ALL_MASKS and enabled != _ZERO and batch[collected * n] & control_mask == _ZERO:
                    status = STALLED
                    break
                transitions += enabled
                collected += enabled & np.uint64(changed != _ZERO)
            span = spans[np.uint64(2) * control + _ONE]
            mask = (span >> _COUNT) * n
            for _ in range(span & _COUNTED):
                for w in range(len(words)):
                    transitions += bits(idle[mask + np.uint64(w)] & states[at + np.uint64(w)])
                mask += n
            position += 1
        for i in range(collected):
            at = np.uint64(i) * n
            h = _hash(batch, at, words)
            line = (h >> recent_shift) * n
            owner = owners[h & shares]
            place = counts[owner] * row
            differs = _ZERO
            for w in range(len(words)):
                word = batch[at + np.uint64(w)]
                differs |= recent[line + np.uint64(w)] ^ word
                recent[line + np.uint64(w)] = word
                out[owner, place + w] = word
            if len(ordered):
                out[owner, place + len(words)] = keys[i]
            counts[owner] += np.int64(differs != _ZERO)
    counters[POSITION], counters[TRANSITIONS] = position, np.int64(transitions)
    return status


@njit(inline="always")
def _at_home(table, shift, h, states, at, slots):
    """Return 1 where the state at ``states[at]``, whose hash is ``h``, is in the line that is its home, else 0."""
    if len(slots) == 0:
        return np.int64(quotients.at_home(table, shift, h))
    line = _home(h, shift, slots) * np.uint64(len(slots))
    there = _ZERO
    for k in range(max(1, LINE // len(slots))):
        differs = _ZERO
        for w in range(len(slots)):
            differs |= table[line + np.uint64(k * len(slots) + w)] ^ states[at + np.uint64(w)]
        there |= np.uint64(differs == _ZERO)
    return np.int64(there)


@kernel
def absorb(states, first, count, out, table, shift, words, slots):
    """Put ``states`` from ``first`` to ``count`` into the table, which has room for them; copy those new there to ``out``.

    Return how many that are, and the first that was not put in: ``count``, or one that found no line that was not full.
    """
    n = np.uint64(len(words))
    mask = (_ONE << (np.uint64(64) - shift)) - _ONE
    hashes, absent, missed = np.empty(2 * _AHEAD, np.uint64), np.empty(BATCH, np.int64), np.empty(BATCH, np.uint64)
    found, left = _ZERO, 0
    for next_ in range(first, count + _AHEAD):
        if next_ < count:
            h = _hash(states, np.uint64(next_) * n, words)
            hashes[next_ % (2 * _AHEAD)] = h
            if len(slots) == 0:
                prefetch(table, quotients.place(h, shift))
            else:
                prefetch(table, _home(h, shift, slots) * n)
        i = next_ - _AHEAD
        if i < first:
            continue
        h = hashes[i % (2 * _AHEAD)]
        absent[left], missed[left] = i, h
        left += _at_home(table, shift, h, states, np.uint64(i) * n, slots) ^ 1  # which most are, and need not be put in
        if left < BATCH and i < count - 1:
            continue
        for k in range(left):
            at = np.uint64(absent[k]) * n
            added = _insert(table, mask, shift, missed[k], states, at, slots)
            if added == quotients.CROWDED:
                return np.int64(found), absent[k]
            if added:
                for w in range(len(words)):
                    out[found * n + np.uint64(w)] = states[at + np.uint64(w)]
                found += _ONE
        left = 0
    return np.int64(found), np.int64(count)


@kernel
def absent(rows, count, out, table, shift, words, slots):
    """Copy those of ``count`` rows, of a state and its key, whose state is not in the table; return how many that are."""
    n = np.uint64(len(words))
    mask = (_ONE << (np.uint64(64) - shift)) - _ONE
    found = _ZERO
    for i in range(count):
        at = np.uint64(i) * (n + _ONE)
        if len(slots) == 0:
            there = quotients.holds(table, shift, _hash(rows, at, words))
        else:
            slot = _home(_hash(rows, at, words), shift, words)
            while table[slot * n] != _ZERO and not _same(table, slot * n, rows, at, words):
                slot = (slot + _ONE) & mask
            there = table[slot * n] != _ZERO
        if not there:
            for w in range(len(words) + 1):
                out[found * (n + _ONE) + np.uint64(w)] = rows[at + np.uint64(w)]
            found += _ONE
    return np.int64(found)


@njit
def _in_gap(states, at, spans, steps, control_mask, words, masks):
    """Return whether the state at ``states[at]`` lies in a gap: there are steps without a control that are for it."""
    n = np.uint64(len(words))
    span = spans[np.uint64(2) * ((states[at] & control_mask) - _ONE)]
    step = (span >> _COUNT) * np.uint64(len(masks)) * n
    for _ in range(span & _COUNTED):
        if steps[step + np.uint64(2)] & control_mask == _ZERO:
            missing = _ZERO
            for w in range(len(words)):
                missing |= _missing(states[at + np.uint64(w)], steps, step + np.uint64(len(masks) * w), masks)
            if missing == _ZERO:
                return True
        step += np.uint64(len(masks)) * n
    return False


@kernel
def lacking(states, count, known, spans, steps, control_mask, words, masks):
    """Return the numbers of the states with steps that are not known, and may not be when those before have theirs: int64[:].

    ``known`` is a copy, which is written to. Where steps look at more than they need, that is each state with rows for which no
    step is known, or in a gap. Whoever has all steps goes on to have them, whatever is computed for others.
    """
    n = np.uint64(len(words))
    found = [np.int64(0) for _ in range(0)]
    for i in range(count):
        at = np.uint64(i) * n
        control = ((states[at] & control_mask) - _ONE) * n
        unknown = _ZERO
        for w in range(len(words)):
            unknown |= states[at + np.uint64(w)] & ~known[control + np.uint64(w)]
        if len(masks) == _ALL_MASKS:
            if unknown != _ZERO or _in_gap(states, at, spans, steps, control_mask, words, masks):
                found.append(np.int64(i))
        elif unknown != _ZERO:
            for w in range(len(words)):
                known[control + np.uint64(w)] |= states[at + np.uint64(w)]
            found.append(np.int64(i))
    return np.array(found)


@kernel
def shared(states, count, owners, words):
    """Return who owns each of the first ``count`` states: int64[count]."""
    n = np.uint64(len(words))
    whose = np.empty(count, np.int64)
    for i in range(count):
        whose[i] = owners[_hash(states, np.uint64(i) * n, words) & np.uint64(SHARES - 1)]
    return whose
