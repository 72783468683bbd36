"""The states of a system by the states of its two endpoints, as a grid: the left endpoint's across, the right one's down.

A place in the grid says which states these are, so that what the left endpoint does alone is a horizontal arrow, what the right
one does a vertical one, and what both do together a slanted one. A layout by Graphviz was the alternative: there a place means
nothing, and each version of the program chooses other places.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from checker.runs.graph import Graph
from model.tcp.endpoint import STATE

ORDER = STATE.members
"""The states of an endpoint in the order of a connection's life."""
_PITCH_X, _PITCH_Y = 150, 104
_HALF_X, _HALF_Y = 44, 20
_LEFT, _TOP = 132, 92
_APART = 9
"""How far apart the arrows there and back run."""
_BEND_X, _BEND_Y = 24, 22
"""How far an arrow along a row, or along a column, bends away for each place it goes."""
_SLANT = 84
"""How far a slanted arrow bends away."""


@dataclass(frozen=True, slots=True)
class Node:
    """How many states have these states of the endpoints. ``violates``: a violation leads there."""

    x: int
    y: int
    size: int
    first: bool
    violates: bool


@dataclass(frozen=True, slots=True)
class GridArrow:
    """An arrow from one place to another: the actions that lead there, and the path that it is drawn along."""

    path: str
    actions: tuple[str, ...]
    violates: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """A picture's parts and its size."""

    columns: tuple[tuple[int, str], ...]
    rows: tuple[tuple[int, str], ...]
    nodes: tuple[Node, ...]
    moves: tuple[GridArrow, ...]
    width: int
    height: int
    left: int = _LEFT
    top: int = _TOP

    @property
    def middle(self) -> int:
        """The middle of all columns."""
        return (self.columns[0][0] + self.columns[-1][0]) // 2


def grid(quotient: Graph) -> Grid:
    """Lay out a quotient by the states of two endpoints. Steps that leave both as they are have no arrow."""
    columns = {s: _LEFT + _HALF_X + 14 + _PITCH_X * i for i, s in enumerate(_occurring(quotient, 0))}
    rows = {s: _TOP + _PITCH_Y * i for i, s in enumerate(_occurring(quotient, 1))}
    at: dict[Any, tuple[int, int]] = {node: (columns[node[0]], rows[node[1]]) for node in map(_pair, quotient)}
    nodes = tuple(
        Node(*at[_pair(node)], data["size"], node == quotient.graph["initial"], bool(data.get("violates")))
        for node, data in quotient.nodes(data=True)
    )
    lanes = [{s: i for i, s in enumerate(side)} for side in (columns, rows)]
    moves = tuple(
        GridArrow(
            _path(at[a], at[b], tuple(lane[t] - lane[s] for lane, s, t in zip(lanes, a, b, strict=True))), actions, violates
        )
        for a, b, actions, violates in steps(quotient)
        if a != b
    )
    right, bottom = max(columns.values()) + _HALF_X + 60, max(rows.values()) + _HALF_Y + 40
    return Grid(tuple((x, s) for s, x in columns.items()), tuple((y, s) for s, y in rows.items()), nodes, moves, right, bottom)


def steps(quotient: Graph) -> list[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], bool]]:
    """Return from where to where steps lead, by which actions, and whether one of them violates the claim that is marked."""
    edges = sorted((_pair(a), _pair(b), data["action"], bool(data.get("violates"))) for a, b, data in quotient.edges(data=True))
    found = []
    for (a, b), some in groupby(edges, key=lambda edge: edge[:2]):
        same = list(some)
        found.append((a, b, tuple(action for _, _, action, _ in same), any(violates for *_, violates in same)))
    return found


def _pair(node: object) -> tuple[str, ...]:
    assert isinstance(node, tuple)
    return node


def _occurring(quotient: Graph, side: int) -> list[str]:
    """Return the states of one endpoint that occur."""
    return sorted({_pair(node)[side] for node in quotient}, key=ORDER.index)


def _path(start: tuple[int, int], end: tuple[int, int], places: tuple[int, ...]) -> str:
    """Return the path of an arrow that goes so many places across and down, from the edge of one box to that of the other."""
    (x, y), (u, v) = start, end
    across, down = places
    if across and down:  # slanted: bent away from the boxes that a straight line would cross
        x, y = x + _sign(across) * _HALF_X // 2, y + _sign(down) * _HALF_Y
        u, v = u - _sign(across) * _HALF_X, v - _sign(down) * _HALF_Y // 2
        bent = (x + u) / 2 - _sign(across) * _SLANT, (y + v) / 2 + _sign(down) * _SLANT
        return f"M{x:g} {y:g} Q{bent[0]:g} {bent[1]:g} {u:g} {v:g}"
    if down:
        return _straight((y, x), (v, u), down, flip=True)
    return _straight((x, y), (u, v), across, flip=False)


def _straight(start: tuple[int, int], end: tuple[int, int], places: int, *, flip: bool) -> str:
    """Return an arrow along a row, or along a column with both coordinates exchanged (``flip``)."""
    (a, b), (c, _), way = start, end, _sign(places)
    long, wide = (_HALF_Y, _HALF_X) if flip else (_HALF_X, _HALF_Y)
    side = b - way * _APART
    if abs(places) == 1:
        points = [(a + way * long, side), (c - way * long, side)]
    else:
        edge = b - way * wide
        away = edge - way * (_BEND_Y if flip else _BEND_X) * abs(places)
        points = [(a + way * long // 2, edge), ((a + c) // 2, away), (c - way * long // 2, edge)]
    first, *rest = [f"{q:g} {p:g}" if flip else f"{p:g} {q:g}" for p, q in points]
    return f"M{first} {'L' if len(rest) == 1 else 'Q'}{' '.join(rest)}"


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)
