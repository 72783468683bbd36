"""In which words an invariant is put: what can be said of a state and of one segment in the network.

The *atoms* are read off the system. An endpoint is in a state; an observer is true; a number lies so many ahead of another
one; a counter is less than another; a relation has a row made of numbers. They are about the variables and about one row of the
network, whichever it is: a conjunct is a disjunction of atoms and their contraries, said of every row. How far apart numbers
are compared is the largest distance that the formulas of the system mention, since x+2 is as far as one connection goes.

States that can be reached (:mod:`checker.proof.samples`) are turned into vectors of truth values, one for each atom.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, permutations, product
from typing import Any

import numpy as np

from model.notation.analysis import subformulas
from model.notation.expr import Expr, Op, Row, literal, variable
from model.notation.interpreter import State
from model.notation.pool import is_pool
from model.notation.sorts import BOOL, Enum, Nat, Relation, Seq, Sort, Token, Value
from properties.observe import Monitored

Cube = frozenset[tuple[int, bool]]
"""Atoms, by number, and their truth."""
Rows = Sequence[tuple[Value, ...] | None]
Column = tuple[str, int]
"""A number, name or truth value that atoms are about: a variable's name, or the network's and the number of a cell."""

_WIDE = 2**63
"""From which number on NumPy's integers do not do."""
_FEW = 8
"""Up to how many values of a counter, or points of a circle, are told apart."""


@dataclass(frozen=True, slots=True)
class Atom:
    """One thing that can be said. ``test`` is what it asks, ``columns`` of what, ``data`` is a value, a distance or distances.

    ``cost`` is how much it takes to believe in its being true, and in its being false, as part of a lemma: that two numbers
    are equal says more than that they differ.
    """

    test: str
    columns: tuple[Column, ...]
    data: Any
    costs: tuple[float, float]
    relation: str = ""


class Atoms:
    """The atoms of a system whose network keeps everything."""

    def __init__(self, monitored: Monitored) -> None:
        self.system = system = monitored.system
        drawn = {
            p.source.name for a in system.actions for p in a.parameters if p.source is not None and p.source.op is Op.VARIABLE
        }
        pools = (v for v in system.variables if v.name in drawn and is_pool(v.name, system.actions, monitored.formulas))
        self.network = next(pools, None)
        read = _read(monitored)
        self.scalars = [v for v in system.variables if not isinstance(v.sort, Relation) and v.name in read]
        self.relations = [
            v
            for v in system.variables
            if isinstance(v.sort, Relation)
            and v is not self.network
            and v.name in read
            and all(isinstance(column, Seq) for _, column in v.sort.columns)
        ]
        self.cells: tuple[tuple[str, Sort], ...] = ()
        if self.network is not None:
            assert isinstance(self.network.sort, Relation)
            self.cells = self.network.sort.columns
        self.reach = _reach(monitored)
        self.said: dict[Cube, Expr] = {}
        self._use(tuple(self._atoms()))

    def _use(self, atoms: tuple[Atom, ...]) -> None:
        self.atoms = atoms
        self.of_row = np.array([any(self._in_row(column) for column in atom.columns) for atom in atoms], dtype=bool)
        self.costs = np.array([atom.costs for atom in atoms])
        self._kind = [i for i, a in enumerate(atoms) if self.of_row[i] and isinstance(self.sort(a.columns[0]), Enum)]
        self._related: dict[bytes, np.ndarray] = {}

    def keep_related(self, states: Sequence[State], rows: Sequence[Rows]) -> None:
        """Leave out what numbers have to do with each other only by chance.

        In ``states`` the ISNs lie far apart. Numbers that are never so many ahead of each other there, but for numbers
        of no connection, which are 0, have nothing to do with each other, and neither has a relation with a number that is
        never in it. Some have to do with each other only in some kinds of segments: SEG.SEQ is a number of its sender's.
        """
        pairs = [(state, row) for state, of in zip(states, rows, strict=True) for row in of]
        vectors = self.vectors(states, rows)
        table = {column: self._values(column, pairs) != 0 for column in self.columns if isinstance(self.sort(column), Seq)}
        compared = np.array([atom.test in {"ahead", "has"} for atom in self.atoms])
        for i, atom in enumerate(self.atoms):
            if compared[i]:
                vectors[:, i] = np.logical_and.reduce([vectors[:, i], *(table[column] for column in atom.columns)])
        keep = ~compared | vectors.any(axis=0)
        self._use(tuple(atom for i, atom in enumerate(self.atoms) if keep[i]))
        vectors = vectors[:, keep]
        kinds = vectors[:, self._kind]
        self._related = {kind.tobytes(): vectors[(kinds == kind).all(axis=1)].any(axis=0) for kind in np.unique(kinds, axis=0)}

    def related(self, vector: np.ndarray) -> np.ndarray:
        """Return of which atoms the numbers have to do with each other in a segment of the kind that a vector is about."""
        anything = np.ones(len(self.atoms), dtype=bool)
        related: np.ndarray = self._related.get(vector[self._kind].tobytes(), anything) | ~self.of_row
        return related

    def _in_row(self, column: Column) -> bool:
        return self.network is not None and column[0] == self.network.name

    def sort(self, column: Column) -> Sort:
        """Return the sort of a column."""
        return self.cells[column[1]][1] if self._in_row(column) else self.system.sorts[column[0]]

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All that atoms are about: the variables, then the cells of a row."""
        row = [] if self.network is None else [(self.network.name, i) for i in range(len(self.cells))]
        return (*((v.name, -1) for v in self.scalars), *row)

    def _atoms(self) -> Iterable[Atom]:
        numbers = [c for c in self.columns if isinstance(self.sort(c), Seq)]
        for column in self.columns:
            sort = self.sort(column)
            if sort == BOOL:
                yield Atom("is", (column,), True, (1.0, 1.0))
            elif isinstance(sort, Enum):
                for member in sort.named if isinstance(sort, Token) else sort.members:
                    yield Atom("is", (column,), member, (1.0, 2.5))
            elif isinstance(sort, Seq):
                for number in range(sort.modulus if sort.modulus <= _FEW else 1):
                    yield Atom("is", (column,), number, (1.5, 2.0))
            elif isinstance(sort, Nat):
                for value in self._sent(column[1]) if self._in_row(column) else range(min(sort.limit, _FEW) + 1):
                    yield Atom("is", (column,), value, (1.0, 1.5))
        counters = [c for c in self.columns if isinstance(self.sort(c), Nat) and not self._in_row(c)]
        for one, other in permutations(counters, 2):
            if self.sort(one) == self.sort(other):
                yield Atom("less", (one, other), None, (1.0, 1.2))
        tokens = [c for c in self.columns if isinstance(self.sort(c), Token)]
        yield from (Atom("same", pair, None, (1.0, 1.5)) for pair in combinations(tokens, 2) if self._of_one_sort(*pair))
        for one, other in combinations(numbers, 2):
            for distance in range(-self.reach, self.reach + 1) if self._of_one_sort(one, other) else ():
                yield Atom("ahead", (one, other), distance, (1.0 + 0.1 * abs(distance), 2.0))
        for relation in self.relations:
            assert isinstance(relation.sort, Relation)
            width = len(relation.sort.columns)
            back = range(-self.reach, 1) if width == 1 else (-1, 0)
            for columns in product(numbers, repeat=width):
                fit = (self.sort(c) == sort for c, (_, sort) in zip(columns, relation.sort.columns, strict=True))
                if len(set(columns)) == width and all(fit):
                    for distances in product(back, repeat=width):
                        yield Atom("has", columns, distances, (1.5, 1.2), relation.name)

    def _of_one_sort(self, one: Column, other: Column) -> bool:
        return self.sort(one) == self.sort(other)

    def _modulus(self, column: Column) -> int:
        sort = self.sort(column)
        assert isinstance(sort, Seq)
        return sort.modulus

    def within_one_endpoint(self, atom: Atom) -> bool:
        """Return whether an atom says how far an endpoint has got: how far one of its numbers is ahead of another."""
        owners = {name.rpartition(".")[0] for name, cell in atom.columns if cell < 0}
        return atom.test == "ahead" and len(owners) == 1 and "" not in owners and all(c < 0 for _, c in atom.columns)

    def _sent(self, cell: int) -> list[int]:
        """Return 0 and the counts that are written out where something is sent in a cell, the smallest few."""
        nodes = (node for a in self.system.actions for segment in a.sends for node in subformulas(segment[cell]))
        counts = {int(node.data) for node in nodes if node.op is Op.LITERAL and isinstance(node.sort, Nat)}  # type: ignore[call-overload]
        return sorted({0, *counts})[:_FEW]

    # -- truth -------------------------------------------------------------------------------------------------------------

    def vectors(self, states: Sequence[State], rows: Sequence[Rows]) -> np.ndarray:
        """Return the truth of each atom in each state with each of its ``rows`` of the network, one after the other.

        A row that is None stands for no row: atoms about it are false.
        """
        pairs = [(state, row) for state, of in zip(states, rows, strict=True) for row in of]
        table = {column: self._values(column, pairs) for column in self.columns}
        result = np.zeros((len(pairs), len(self.atoms)), dtype=bool)
        without = np.array([row is None for _, row in pairs], dtype=bool)
        members: dict[str, list[frozenset[Any]]] = {r.name: [state[r.name] for state, _ in pairs] for r in self.relations}  # type: ignore[misc]
        for i, atom in enumerate(self.atoms):
            values = [table[column] for column in atom.columns]
            if atom.test == "is":
                sort = self.sort(atom.columns[0])
                result[:, i] = values[0] == (sort.members.index(atom.data) if isinstance(sort, Enum) else int(atom.data))
            elif atom.test == "less":
                result[:, i] = values[0] < values[1]
            elif atom.test == "same":
                result[:, i] = values[0] == values[1]
            elif atom.test == "ahead":
                modulus = self._modulus(atom.columns[0])
                result[:, i] = (values[0] - values[1]) % modulus == atom.data % modulus
            else:
                moduli = map(self._modulus, atom.columns)
                shifted = [((v + d) % m).tolist() for v, d, m in zip(values, atom.data, moduli, strict=True)]
                result[:, i] = [row in of for row, of in zip(zip(*shifted, strict=True), members[atom.relation], strict=True)]
            if self.of_row[i]:
                result[without, i] = False
        return result

    def _values(self, column: Column, pairs: Sequence[tuple[State, tuple[Value, ...] | None]]) -> np.ndarray:
        sort = self.sort(column)
        name, cell = column
        found = (
            (0 if row is None else row[cell] for _, row in pairs)
            if self._in_row(column)
            else (state[name] for state, _ in pairs)
        )
        if isinstance(sort, Enum):
            number = {member: i for i, member in enumerate(sort.members)} | {0: -1}
            return np.array([number[value] for value in found], dtype=np.int64)  # type: ignore[index]
        wide = (isinstance(sort, Nat) and sort.limit >= _WIDE) or (isinstance(sort, Seq) and sort.modulus > _WIDE // 2)
        return np.array([int(value) for value in found], dtype=object if wide else np.int64)  # type: ignore[arg-type]

    # -- formulas ----------------------------------------------------------------------------------------------------------

    def excludes(self, cube: Cube) -> Expr:
        """Return that no row of the network, or no state, makes atoms true and false as in ``cube``."""
        self.said[cube] = self._excluding(dict(sorted(cube)))
        return self.said[cube]

    def _excluding(self, cube: Mapping[int, bool]) -> Expr:
        about_row = any(self.of_row[i] for i in cube)
        if not about_row:
            return _none(self._literal(i, truth, ()) for i, truth in cube.items())
        assert self.network is not None

        def said(row: Row) -> Expr:
            return _all(self._literal(i, truth, tuple(row)) for i, truth in cube.items() if self.of_row[i])

        others = [self._literal(i, truth, ()) for i, truth in cube.items() if not self.of_row[i]]
        return _none([*others, self.network.value.exists(said)])

    def _literal(self, number: int, truth: bool, row: Sequence[Expr]) -> Expr:  # as it stands in a cube
        atom = self.atoms[number]
        terms = [self._read(column, row) for column in atom.columns]
        if atom.test == "is":
            said = terms[0] if atom.data is True else terms[0] == atom.data
        elif atom.test == "same":
            said = terms[0] == terms[1]
        elif atom.test == "less":
            said = terms[0] < terms[1]
        elif atom.test == "ahead":
            one, other = terms if atom.data >= 0 else reversed(terms)
            said = one == (other + abs(atom.data) if atom.data else other)
        else:
            cells = [t + d if d else t for t, d in zip(terms, atom.data, strict=True)]
            said = variable(atom.relation, self.system.sorts[atom.relation]).has(*cells)
        return said if truth else ~said

    def _read(self, column: Column, row: Sequence[Expr]) -> Expr:
        return row[column[1]] if self._in_row(column) else variable(column[0], self.sort(column))


def _all(parts: Iterable[Expr]) -> Expr:
    result = literal(True, BOOL)
    for part in parts:
        result &= part
    return result


def _none(parts: Iterable[Expr]) -> Expr:
    return ~_all(parts)


def _read(monitored: Monitored) -> set[str]:
    """Return the variables that something else than their own update reads."""
    read: set[str] = set()
    for action in monitored.system.actions:
        formulas = [(action.guard, ""), *((e, name) for name, e in action.updates.items())]
        formulas += [(p.source, "") for p in action.parameters if p.source is not None]
        formulas += [(check.stop[action.name], "") for check in monitored.checks if action.name in check.stop]
        for e, but in formulas:
            read |= {node.name for node in subformulas(e) if node.op is Op.VARIABLE} - {but}
    return read


def _reach(monitored: Monitored) -> int:
    """Return the largest distance that is added to a number anywhere, and at least 2."""
    found = [
        int(node.args[1].data)  # type: ignore[call-overload]
        for action in monitored.system.actions
        for e in (action.guard, *action.updates.values(), *(c for s in action.sends for c in s))
        for node in subformulas(e)
        if node.op is Op.SHIFT and node.args[1].op is Op.LITERAL
    ]
    largest: int = max([2, *(d for d in found if d <= _FEW)])
    return largest
