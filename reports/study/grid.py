"""The states of a system by the states of its two endpoints, as a grid: the left endpoint's across, the right one's down.

A place in the grid says which states these are, so that what the left endpoint does alone is a horizontal arrow, what the right
one does a vertical one, and what both do together a slanted one. A layout by Graphviz was the alternative: there a place means
nothing, and each version of the program chooses other places.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from checker.runs.graph import Graph
from model.tcp.endpoint import STATE
from reports.language.catalogue import Language
from reports.study.pictures import drawn
from reports.wrapping import columns as wide

ORDER = STATE.members
"""The states of an endpoint of TCP in the order of a connection's life."""
_CHARACTER = 8
"""How wide a character of a state's name is, at most."""
_PITCH_X, _PITCH_Y = 150, 104
_HALF_X, _HALF_Y = 44, 20
_LEFT, _TOP = 132, 92
_MARGIN, _CAPTION = 12, 28
"""Room beside the caption, and its height."""
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
    left: int
    top: int = _TOP

    @property
    def middle(self) -> int:
        """The middle of all columns."""
        return (self.columns[0][0] + self.columns[-1][0]) // 2


def picture(quotient: Graph, title: str, roles: tuple[str, str], language: Language, *, captioned: bool = False) -> str:
    """Return a quotient by the states of two endpoints, called ``roles``, as SVG.

    ``title`` is for whoever does not see it; where it is ``captioned``, it stands below it as well.
    """
    words = {name: language.word("grid-" + name) for name in ("start", "unit")}
    across, down = roles
    laid_out = grid(quotient)
    if captioned:
        width = max(laid_out.width, _CHARACTER * wide(title) + 2 * _MARGIN)
        laid_out = replace(laid_out, width=width, height=laid_out.height + _CAPTION)
    return drawn("grid.svg.j2", grid=laid_out, title=title, across=across, down=down, captioned=captioned, **words)


def grid(quotient: Graph) -> Grid:
    """Lay out a quotient by the states of two endpoints. Steps that leave both as they are have no arrow."""
    sides = [_occurring(quotient, side) for side in (0, 1)]
    widest, left = (max(least, _CHARACTER * max(map(len, side)) + room) for least, side, room in _rooms(*sides))
    columns = {s: left + _HALF_X + 14 + widest * i for i, s in enumerate(sides[0])}
    rows = {s: _TOP + _PITCH_Y * i for i, s in enumerate(sides[1])}
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
    return Grid(
        tuple((x, s) for s, x in columns.items()), tuple((y, s) for s, y in rows.items()), nodes, moves, right, bottom, left
    )


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
    """Return the states of one endpoint that occur, in the order of TCP's, or else in that in which they are reached."""
    states = dict.fromkeys(_pair(node)[side] for node in quotient)
    return sorted(states, key=lambda state: ORDER.index(state) if state in ORDER else len(ORDER))


def _rooms(across: list[str], down: list[str]) -> tuple[tuple[int, list[str], int], ...]:
    """Return for columns, and left of the rows, the least room, the names that stand there, and what is left beside these."""
    return (_PITCH_X, across, 14), (_LEFT, down, 28)


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
