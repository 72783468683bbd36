"""Formulas about what can occur: arithmetic, quantifiers and rows are worked out beforehand, so that only tests remain.

Where the values that variables may have are known (:mod:`checker.export.occurring`), ``iss + 1`` is a choice among a few
numbers, and "the acknowledgment is new" is a condition on the values of two variables. Whatever is worked out is worked out by
the reference interpreter, so the meaning of an operator is not written down here again. After folding there remain

- LITERAL, VARIABLE, ITE, NOT, AND, OR;
- EQUAL, of terms without arithmetic on sequence numbers;
- LESS and COUNT, on counters only;
- HAS, of a variable and a row of literals that it may contain.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import prod

from checker.export.conditions import Conditions
from checker.export.occurring import Row
from model.notation.analysis import subformulas
from model.notation.expr import FALSE, TRUE, Binder, Expr, Key, Op, literal, variable
from model.notation.interpreter import evaluate
from model.notation.sorts import BOOL, Distance, NotationError, Relation, Sort, Value

Cells = Mapping[str, Expr]
"""The literals that parameters stand for, by name."""

MOST = 50_000
"""How many combinations of values are tried to work out one formula."""
QUICKLY = 2_000
"""How many are tried to find out that a condition says nothing, or contradicts itself."""

_Tree = Value | tuple[str, tuple[tuple[frozenset[Value], "_Tree"], ...]]
"""A value, or for sets of values of a variable what comes of each."""


@dataclass
class Folder(Conditions):
    """Folds the formulas of one system. It remembers what it folded, because actions share much of their guards."""

    _folded: dict[Hashable, Expr] = field(default_factory=dict)
    _parameters: dict[Key, tuple[str, ...]] = field(default_factory=dict)
    _members: dict[Hashable, Expr] = field(default_factory=dict)

    def fold(self, e: Expr, cells: Cells | None = None) -> Expr:
        """Return ``e`` folded, the literals ``cells`` standing for its parameters.

        Raises :class:`~model.notation.sorts.NotationError` where it computes with too many combinations of values.
        """
        return self._fold(e, cells or {}, {})

    def _fold(self, e: Expr, cells: Cells, rows: Mapping[Binder, Row]) -> Expr:
        if e.op is Op.LITERAL:
            return e
        if e.key not in self._parameters:
            self._parameters[e.key] = tuple(sorted({n.name for n in subformulas(e) if n.op is Op.PARAMETER}))
        key = (e.key, tuple(cells[name].data for name in self._parameters[e.key]), tuple(rows.items()))
        if key not in self._folded:
            self._folded[key] = self._new(e, cells, rows)
        return self._folded[key]

    def _new(self, e: Expr, cells: Cells, rows: Mapping[Binder, Row]) -> Expr:
        def of(child: Expr) -> Expr:
            return self._fold(child, cells, rows)

        match e.op:
            case Op.VARIABLE:
                return self._variable(e)
            case Op.PARAMETER:
                return cells[e.name]
            case Op.BOUND:
                return literal(rows[e.scope][e.column], e.sort)
            case Op.NOT:
                return self.opposite(of(e.args[0]))
            case Op.AND:
                return self.both(*_until(FALSE, map(of, e.args)))
            case Op.OR:
                return self.either(*_until(TRUE, map(of, e.args)))
            case Op.ITE:
                test = of(e.args[0])
                if test.op is Op.LITERAL:
                    return of(e.args[1] if test.data else e.args[2])
                return self._choice(test, of(e.args[1]), of(e.args[2]))
            case Op.HAS:
                wanted = tuple(map(of, e.args[1:]))
                met = ((row, self._alike(wanted, row, e.args[0].sort)) for row in self.possible(e.args[0], cells, rows))
                return self.either(
                    *(self.both(alike, self.contains(e.args[0], row, cells, rows)) for row, alike in met if alike is not FALSE)
                )
            case Op.EXISTS:
                relation, body = e.args
                found: list[Expr] = []
                for row in self.possible(relation, cells, rows):
                    there = self.contains(relation, row, cells, rows)
                    if there is not FALSE:
                        found.append(self.both(there, self._fold(body, cells, {**rows, e.scope: row})))
                return self.either(*found)
            case _:
                return self._computed(Expr(e.op, e.sort, tuple(map(of, e.args)), e.data))

    def _variable(self, e: Expr) -> Expr:
        if isinstance(e.sort, Relation):
            return e
        values = self.occurring.values[e.name]
        if len(values) == 1:
            return literal(values[0], e.sort)
        return self.among(e.name, frozenset({True})) if e.sort == BOOL else variable(e.name, e.sort)

    # -- truth -------------------------------------------------------------------------------------------------------------
    def equal(self, a: Expr, b: Expr) -> Expr:
        """Return the equation of two folded formulas of one sort, folded."""
        if a.sort == BOOL:
            return self.either(self.both(a, b), self.both(self.opposite(a), self.opposite(b)))
        return self._computed(Expr(Op.EQUAL, BOOL, (a, b)))

    def _choice(self, test: Expr, then: Expr, otherwise: Expr) -> Expr:
        if test.op is Op.LITERAL:
            return then if test.data else otherwise
        if then.sort == BOOL:
            return self.either(self.both(test, then), self.both(self.opposite(test), otherwise))
        if then is otherwise or (then.op is otherwise.op is Op.LITERAL and then.data == otherwise.data):
            return then
        return Expr(Op.ITE, then.sort, (test, then, otherwise))

    # -- numbers -----------------------------------------------------------------------------------------------------------
    def _computed(self, e: Expr) -> Expr:
        """Fold an equation, a comparison or a computation whose arguments are folded."""
        if e.op is Op.EQUAL and e.args[0].sort == BOOL:
            return self.equal(*e.args)
        read = {n.name: self.sorts[n.name] for n in subformulas(e) if n.op is Op.VARIABLE}
        combinations = prod(len(self.occurring.values[name]) for name in read if name in self.occurring.values)
        if combinations > MOST or any(isinstance(sort, Relation) for sort in read.values()):
            return self._lifted(e)
        if e.op in (Op.EQUAL, Op.LESS) and len(read) > 1 and _without_arithmetic(e):
            found = {bool(evaluate(e, state)) for state in self._states(tuple(read))}
            return e if len(found) > 1 else TRUE if True in found else FALSE
        if e.op is Op.COUNT and read:
            return e
        return self._grown(self._tree(e, tuple(read), {}), e.sort)

    def _lifted(self, e: Expr) -> Expr:
        """Work out a formula for each branch of a choice in it: what is chosen by a relation, or by too much, has no table."""
        at = next((i for i, a in enumerate(e.args) if a.op is Op.ITE), None)
        if at is None:
            if _without_arithmetic(e):
                return e
            raise NotationError(f"a formula computes with more than {MOST} combinations of values, too many for a table: {e}")
        test, *branches = e.args[at].args
        then, otherwise = (
            self._computed(Expr(e.op, e.sort, (*e.args[:at], branch, *e.args[at + 1 :]), e.data)) for branch in branches
        )
        return self._choice(test, then, otherwise)

    def _states(self, names: tuple[str, ...]) -> Iterator[dict[str, Value]]:
        for values in product(*(self.occurring.values[name] for name in names)):
            yield dict(zip(names, values, strict=True))

    def _tree(self, e: Expr, names: tuple[str, ...], state: Mapping[str, Value]) -> _Tree:
        if not names:
            return evaluate(e, state)
        name, *further = names
        branches: dict[_Tree, set[Value]] = {}
        for value in self.occurring.values[name]:
            branches.setdefault(self._tree(e, tuple(further), {**state, name: value}), set()).add(value)
        if len(branches) == 1:
            return next(iter(branches))
        return name, tuple((frozenset(values), branch) for branch, values in branches.items())

    def _grown(self, tree: _Tree, sort: Sort) -> Expr:
        if not isinstance(tree, tuple):
            return (TRUE if tree else FALSE) if sort == BOOL else literal(tree, sort)
        name, branches = tree
        if sort == BOOL:
            return self.either(*(self.both(self.among(name, values), self._grown(below, sort)) for values, below in branches))
        *first, (_, last) = branches
        grown = self._grown(last, sort)
        for values, below in reversed(first):
            grown = self._choice(self.among(name, values), self._grown(below, sort), grown)
        return grown

    def settled(self, e: Expr) -> Expr:
        """Return TRUE or FALSE for a folded condition that is so whatever the values are, if that is found out quickly."""
        read = {n.name: self.sorts[n.name] for n in subformulas(e) if n.op is Op.VARIABLE}
        if any(isinstance(sort, Relation) for sort in read.values()):
            return e
        if prod(len(self.occurring.values[name]) for name in read) > QUICKLY:
            return e
        met: set[bool] = set()
        for state in self._states(tuple(read)):
            met.add(bool(evaluate(e, state)))
            if len(met) > 1:
                return e
        return TRUE if True in met else FALSE

    def outcomes(self, e: Expr) -> frozenset[Value]:
        """Return the values that a folded term may have, and perhaps others."""
        match e.op:
            case Op.LITERAL:
                return frozenset({e.value})
            case Op.ITE:
                return self.outcomes(e.args[1]) | self.outcomes(e.args[2])
            case Op.COUNT:
                return frozenset(
                    evaluate(Expr(e.op, e.sort, (literal(v, e.sort),), e.data), {}) for v in self.outcomes(e.args[0])
                )
            case Op.VARIABLE:
                return frozenset(self.occurring.values[e.name])
        return frozenset({False, True})

    # -- relations ---------------------------------------------------------------------------------------------------------
    def possible(self, relation: Expr, cells: Cells, rows: Mapping[Binder, Row] | None = None) -> tuple[Row, ...]:
        """Return the rows that a formula for a relation may have in it, and perhaps others.

        ``cells`` are literals for its parameters, ``rows`` the rows that quantifiers around it have bound.
        """
        bound = rows or {}
        match relation.op:
            case Op.VARIABLE:
                return self.occurring.rows[relation.name]
            case Op.LITERAL:
                assert isinstance(relation.data, frozenset)
                return tuple(sorted(relation.data))
            case Op.REMOVE:
                return self.possible(relation.args[0], cells, bound)
            case Op.ADD:
                added = [sorted(self.outcomes(self._fold(cell, cells, bound))) for cell in relation.args[1:]]
                return tuple(dict.fromkeys((*self.possible(relation.args[0], cells, bound), *product(*added))))
            case Op.ITE:
                test, *branches = relation.args
                known = self._fold(test, cells, bound)
                kept = branches if known.op is not Op.LITERAL else branches[:1] if known.data else branches[1:]
                return tuple(dict.fromkeys(row for branch in kept for row in self.possible(branch, cells, bound)))
        raise AssertionError(relation.op)

    def named(self, edit: Expr, cells: Cells) -> dict[Row, Expr]:
        """Return the rows that an ADD or REMOVE may name, each with the folded condition under which it is the one."""
        named = tuple(self.fold(cell, cells) for cell in edit.args[1:])
        rows = product(*(sorted(self.outcomes(cell)) for cell in named))
        alike = ((row, self._alike(named, row, edit.sort)) for row in rows)
        return {row: condition for row, condition in alike if condition is not FALSE}

    def contains(self, relation: Expr, row: Row, cells: Cells, rows: Mapping[Binder, Row] | None = None) -> Expr:
        """Return, folded, whether a formula for a relation has a row in it; ``cells`` and ``rows`` as in :meth:`possible`."""
        bound = rows or {}

        def below(branch: Expr) -> Expr:
            return self.contains(branch, row, cells, bound)

        match relation.op:
            case Op.VARIABLE:
                return self._member(relation, row)
            case Op.LITERAL:
                assert isinstance(relation.data, frozenset)
                return TRUE if row in relation.data else FALSE
            case Op.ITE:
                return self._choice(self._fold(relation.args[0], cells, bound), *map(below, relation.args[1:]))
        alike = self._alike(tuple(self._fold(c, cells, bound) for c in relation.args[1:]), row, relation.sort)
        if relation.op is Op.ADD:
            return self.either(alike, below(relation.args[0]))
        return self.both(self.opposite(alike), below(relation.args[0]))

    def _member(self, relation: Expr, row: Row) -> Expr:
        assert isinstance(relation.sort, Relation)
        if row not in self.occurring.rows[relation.name]:
            return FALSE
        if (relation.name, row) not in self._members:
            columns = zip(row, relation.sort.columns, strict=True)
            cells = tuple(literal(value, sort) for value, (_, sort) in columns)
            self._members[relation.name, row] = Expr(Op.HAS, BOOL, (relation, *cells))
        return self._members[relation.name, row]

    def _alike(self, cells: tuple[Expr, ...], row: Row, relation: Sort) -> Expr:
        assert isinstance(relation, Relation)
        columns = zip(cells, row, relation.columns, strict=True)
        return self.both(*_until(FALSE, (self.equal(cell, literal(value, sort)) for cell, value, (_, sort) in columns)))


def _until(end: Expr, parts: Iterator[Expr]) -> Iterator[Expr]:
    """Yield formulas up to the first that decides the whole."""
    for part in parts:
        yield part
        if part is end:
            return


def _without_arithmetic(e: Expr) -> bool:
    """Return whether nothing is computed on sequence numbers: equality, counters and choices remain as they are."""
    return not any(
        n.op in (Op.SHIFT, Op.DIFFERENCE, Op.CONVERT) or (n.op is Op.LESS and isinstance(n.args[0].sort, Distance))
        for n in subformulas(e)
    )
