"""Strongly connected components in machine code, for regions of millions of states.

R. E. Tarjan, "Depth-first search and linear graph algorithms", SIAM Journal on Computing 1(2), 1972; without recursion, since
a path may be as long as there are states.
"""

from __future__ import annotations

import numpy as np

from checker.explicit.caching import kernel


@kernel
def components(first, target, among):
    """Return the strongly connected component of each state, by number.

    Parameters
    ----------
    first : int64[states + 1]
        Where the edges of each state begin: those of state i lead to ``target[first[i]:first[i + 1]]``.
    target : int32[edges]
        The state that each edge leads to.
    among : bool[states]
        Which states are looked at. Edges to and from others count for nothing.

    Returns
    -------
    int64[states]
        The number of each state's component, from 0 on; -1 for states that are not looked at.
    """
    count = len(among)
    of = np.full(count, -1, np.int64)
    met = np.full(count, -1, np.int64)  # in which order states are met
    low = np.zeros(count, np.int64)
    following = first[:-1].copy()
    waiting = np.empty(count, np.int64)  # met, and in no component yet
    path = np.empty(count, np.int64)
    time = found = waits = np.int64(0)
    for root in range(count):
        if not among[root] or met[root] >= 0:
            continue
        length = np.int64(1)
        path[0] = root
        while length:
            state = path[length - 1]
            if met[state] < 0:
                met[state] = low[state] = time
                time += 1
                waiting[waits] = state
                waits += 1
            descends = False
            while following[state] < first[state + 1]:
                successor = target[following[state]]
                if among[successor]:
                    if met[successor] < 0:
                        path[length] = successor
                        length += 1
                        descends = True
                        break
                    if of[successor] < 0:
                        low[state] = min(low[state], low[successor])
                following[state] += 1
            if descends:
                continue
            length -= 1
            if low[state] == met[state]:
                while True:
                    waits -= 1
                    of[waiting[waits]] = found
                    if waiting[waits] == state:
                        break
                found += 1
    return of
