"""Fair cycles: strongly connected components in which every demand of fairness can be met.

A run that stays in a region for ever visits some set of states again and again, and these are strongly connected. With strong
fairness among the demands, looking at the maximal components once is not enough: one in which a demand is possible somewhere,
and met nowhere, may still hold a fair cycle that avoids the states where it is possible. So these states are taken out and what
is left is decomposed again, until a component meets all its demands or nothing is left. (E. A. Emerson and C.-L. Lei,
"Modalities for model checking: branching time logic strikes back", Science of Computer Programming 8, 1987; O. Lichtenstein and
A. Pnueli, "Checking that finite state concurrent programs satisfy their linear specification", POPL 1985.)

Runs may stutter, so a state alone is a component with a cycle, on which nothing is done. Whether that is fair is decided as for
any other: by what is possible there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from checker.liveness.region import Bits, Numbers, Region

FEW = 20_000
"""Up to how many states networkx decomposes a region; machine code takes a while to load."""

Decomposition = Callable[[Region, NDArray[np.bool_]], Numbers]
"""Gives each of some states of a region, bool[states], the number of its strongly connected component; -1 to all others."""


def by_networkx(region: Region, among: NDArray[np.bool_]) -> Numbers:
    """Decompose a part of a region with networkx."""
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(np.flatnonzero(among).tolist())
    inside = among[region.source] & among[region.target]
    graph.add_edges_from(zip(region.source[inside].tolist(), region.target[inside].tolist(), strict=True))
    of = np.full(len(region), -1, np.int64)
    for number, component in enumerate(nx.strongly_connected_components(graph)):
        of[list(component)] = number
    return of


def by_machine_code(region: Region, among: NDArray[np.bool_]) -> Numbers:
    """Decompose a part of a region with Tarjan's algorithm, compiled."""
    from checker.liveness.kernels import components

    return np.asarray(components(region.first, region.target, among))


def decompose(region: Region, among: NDArray[np.bool_]) -> Numbers:
    """Decompose a part of a region, by whichever is quicker."""
    return (by_networkx if len(region) <= FEW else by_machine_code)(region, among)


def fair_components(region: Region, among: NDArray[np.bool_], decomposed: Decomposition = decompose) -> Numbers:
    """Return the fair component that each state of a region is in, by number.

    Parameters
    ----------
    region : Region
        The states, their edges, and the demands of fairness.
    among : bool[states]
        Which states may be in a component.
    decomposed : Decomposition
        What decomposes a part of a region into its maximal strongly connected components.

    Returns
    -------
    int64[states]
        The number of each state's component, from 0 on; -1 where it is in none that is fair.
    """
    fair, found = np.full(len(region), -1, np.int64), 0
    active = among.copy()
    while active.any():
        of = decomposed(region, active)
        possible, always, met = _summary(region, of)
        wanting_weak = _some(always & ~met & region.weak)
        missing = possible & ~met & region.strong
        wanting_strong = _some(missing)
        states = np.flatnonzero(active)
        component = of[states]
        done = ~wanting_weak[component] & ~wanting_strong[component]
        numbers, renumbered = np.unique(component[done], return_inverse=True)
        fair[states[done]] = found + renumbered
        found += len(numbers)
        # Where a weak demand is possible everywhere and met nowhere, so it is in every part.
        avoids = ~_some(region.enabled[states] & missing[component])
        again = ~done & ~wanting_weak[component] & avoids
        active = np.zeros(len(region), np.bool_)
        active[states[again]] = True
    return fair


def _some(sets: Bits) -> NDArray[np.bool_]:
    """Return which sets of demands are not empty."""
    return np.asarray(sets.any(axis=1))


def _summary(region: Region, of: Numbers) -> tuple[Bits, Bits, Bits]:
    """Return, for each component, the demands that are possible in some state, in every state, and met by some edge inside.

    ``of`` has the component of each state, numbered from 0 without gaps, or -1. Each result is uint64[components, words].
    """
    states = np.flatnonzero(of >= 0)
    states = states[np.argsort(of[states], kind="stable")]
    first = np.flatnonzero(np.diff(of[states], prepend=-1))
    enabled = region.enabled[states]
    possible, always = np.bitwise_or.reduceat(enabled, first), np.bitwise_and.reduceat(enabled, first)
    met = np.zeros_like(possible)
    source, target = of[region.source], of[region.target]
    inside = np.flatnonzero((source >= 0) & (source == target) & region.met[region.step].any(axis=1))
    inside = inside[np.argsort(source[inside], kind="stable")]
    if len(inside):
        begins = np.flatnonzero(np.diff(source[inside], prepend=-1))
        met[source[inside][begins]] = np.bitwise_or.reduceat(region.met[region.step[inside]], begins)
    return possible, always, met
