"""From formulas to Z3 terms over bit-vectors.

Truth values become Booleans, sequence numbers and distances vectors of their width, names and counters vectors as narrow as
they fit. A relation becomes a list of *slots*, each a row that may be present: bounded model checking knows how many rows can
have been added after so many steps, so membership is a disjunction and a quantifier a conjunction, and no theory of arrays is
needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.host.solving import z3
from model.notation.expr import Binder, Expr, Key, Op
from model.notation.sorts import BOOL, Distance, Enum, Nat, Relation, Seq, Sort, Value

Term = z3.ExprRef
"""A Z3 Boolean or bit-vector."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A row that a relation may contain: whether it does, and its cells."""

    present: Term
    cells: tuple[Term, ...]


Slots = tuple[Slot, ...]


def width(sort: Sort) -> int:
    """Return how many bits a value of ``sort`` takes."""
    if isinstance(sort, Enum):
        return max(1, (len(sort.members) - 1).bit_length())
    if isinstance(sort, Nat):
        return max(1, sort.limit.bit_length())
    assert isinstance(sort, Seq | Distance)
    return sort.bits


def constant(name: str, sort: Sort) -> Term:
    """Return an unknown of ``sort``, which is not a relation."""
    return z3.Bool(name) if sort == BOOL else z3.BitVec(name, width(sort))


def in_range(term: Term, sort: Sort) -> Term:
    """Return that an unknown has a value of its sort: not every bit pattern stands for one."""
    if isinstance(sort, Enum | Nat):
        return z3.ULE(term, sort.limit if isinstance(sort, Nat) else len(sort.members) - 1)
    if isinstance(sort, Seq | Distance) and sort.modulus < 1 << width(sort):
        return z3.ULE(term, sort.modulus - 1)
    return z3.BoolVal(True)


def lowered_value(value: Value, sort: Sort) -> Term | Slots:
    """Return the term for a constant."""
    if isinstance(sort, Relation):
        assert isinstance(value, frozenset)
        rows = (tuple(_lowered_cell(c, s) for c, (_, s) in zip(row, sort.columns, strict=True)) for row in sorted(value))
        return tuple(Slot(z3.BoolVal(True), cells) for cells in rows)
    return _lowered_cell(value, sort)


def _lowered_cell(value: Value, sort: Sort) -> Term:
    if isinstance(value, bool):
        return z3.BoolVal(value)
    number = sort.members.index(str(value)) if isinstance(sort, Enum) else value
    assert isinstance(number, int)
    return z3.BitVecVal(number, width(sort))


def raised_value(model: z3.ModelRef, term: Term, sort: Sort) -> Value:
    """Return the value that a Z3 model gives to a term."""
    value = model.eval(term, model_completion=True)
    if sort == BOOL:
        return z3.is_true(value)
    assert isinstance(value, z3.BitVecNumRef)
    return sort.members[value.as_long()] if isinstance(sort, Enum) else value.as_long()


def equal_rows(left: Sequence[Term], right: Sequence[Term]) -> Term:
    """Return whether two rows agree in every cell."""
    return z3.And([a == b for a, b in zip(left, right, strict=True)])


def choice(condition: Term, yes: Slots, no: Slots) -> Slots:
    """Return the slots of ``yes`` where the condition is true, else those of ``no``. A row that both have stays one slot."""
    common = 0
    while common < min(len(yes), len(no)) and yes[common].cells is no[common].cells:
        common += 1
    shared = (
        a if a.present is b.present else Slot(z3.If(condition, a.present, b.present), a.cells)
        for a, b in zip(yes[:common], no[:common], strict=True)
    )
    only_yes = (Slot(z3.And(condition, s.present), s.cells) for s in yes[common:])
    only_no = (Slot(z3.And(z3.Not(condition), s.present), s.cells) for s in no[common:])
    return (*shared, *only_yes, *only_no)


class Lowering:
    """Formulas as terms, in one state.

    ``variables`` gives the term of each variable, ``parameters`` of each parameter by name and sort: parameters of the same
    name and sort of different actions share one, since only one action is taken in a step.
    """

    def __init__(self, variables: Mapping[str, Term | Slots], parameters: Mapping[tuple[str, Sort], Term]) -> None:
        self._variables = variables
        self._parameters = parameters
        self._memo: dict[Key, Term | Slots] = {}

    def __call__(self, e: Expr) -> Any:
        """Return the term for ``e``, or its slots where it is a relation."""
        if e.key not in self._memo:
            self._memo[e.key] = self._lower(e, {})
        return self._memo[e.key]

    def _lower(self, e: Expr, rows: Mapping[Binder, tuple[Term, ...]]) -> Any:
        def of(child: Expr) -> Any:
            return self._lower(child, rows) if rows else self(child)

        match e.op:
            case Op.LITERAL:
                return lowered_value(e.value, e.sort)
            case Op.VARIABLE:
                return self._variables[e.name]
            case Op.PARAMETER:
                return self._parameters[e.name, e.sort]
            case Op.BOUND:
                return rows[e.scope][e.column]
            case Op.HAS | Op.ADD | Op.REMOVE:
                return _EDITS[e.op](of(e.args[0]), tuple(map(of, e.args[1:])))
            case Op.EXISTS:
                return z3.Or([z3.And(s.present, self._lower(e.args[1], {**rows, e.scope: s.cells})) for s in of(e.args[0])])
            case Op.ITE if isinstance(e.sort, Relation):
                return choice(*map(of, e.args))
            case Op.COUNT:
                return _count(of(e.args[0]), e)
            case Op.SHIFT:
                return shifted(of(e.args[0]), of(e.args[1]), e.sort)
            case Op.DIFFERENCE:
                return apart(of(e.args[0]), of(e.args[1]), e.sort)
            case Op.CONVERT:
                return converted(of(e.args[0]), e.sort)
            case _:
                return _PLAIN[e.op](*map(of, e.args))


def resized(term: z3.BitVecRef, bits: int) -> z3.BitVecRef:
    """Return a number in so many bits: of one that has more, what is left of it modulo two to their number."""
    more = bits - term.size()
    return z3.ZeroExt(more, term) if more > 0 else term if not more else z3.Extract(bits - 1, 0, term)


def shifted(point: Term, by: Term, circle: Sort) -> Term:
    """Return the number that lies so far ahead on a circle; a counter may count further than once round."""
    assert isinstance(circle, Seq)
    assert isinstance(point, z3.BitVecRef)
    assert isinstance(by, z3.BitVecRef)
    bits = point.size()
    if circle.modulus == 1 << bits:
        return point + resized(by, bits)
    enough = max(bits, by.size()) + 1
    return resized(z3.URem(resized(point, enough) + resized(by, enough), z3.BitVecVal(circle.modulus, enough)), bits)


def apart(left: Term, right: Term, distance: Sort) -> Term:
    """Return how far one number lies ahead of another on a circle."""
    assert isinstance(distance, Distance)
    assert isinstance(left, z3.BitVecRef)
    assert isinstance(right, z3.BitVecRef)
    if distance.modulus == 1 << left.size():
        return left - right
    return z3.If(z3.ULT(left, right), left - right + z3.BitVecVal(distance.modulus, left.size()), left - right)


def converted(number: Term, sort: Sort) -> Term:
    """Return a number in another sort: a counter stops at its limit, what is on a circle goes round."""
    assert isinstance(number, z3.BitVecRef)
    enough = max(number.size(), width(sort)) + 1
    whole = resized(number, enough)
    if isinstance(sort, Nat):
        limit = z3.BitVecVal(sort.limit, enough)
        return resized(z3.If(z3.UGE(whole, limit), limit, whole), width(sort))
    assert isinstance(sort, Seq)
    return resized(z3.URem(whole, z3.BitVecVal(sort.modulus, enough)), width(sort))


def has(slots: Slots, cells: tuple[Term, ...]) -> Term:
    """Return whether one of the slots is this row and present."""
    return z3.Or([z3.And(s.present, equal_rows(s.cells, cells)) for s in slots])


def _add(slots: Slots, cells: tuple[Term, ...]) -> Slots:
    return (*slots, Slot(z3.BoolVal(True), cells))


def _remove(slots: Slots, cells: tuple[Term, ...]) -> Slots:
    return tuple(Slot(z3.And(s.present, z3.Not(equal_rows(s.cells, cells))), s.cells) for s in slots)


def _count(term: z3.BitVecRef, e: Expr) -> Term:
    assert isinstance(e.sort, Nat)
    assert isinstance(e.data, int)
    limit, by = e.sort.limit, e.data
    if by >= 0:
        return z3.If(z3.UGE(term, max(limit - by, 0)), z3.BitVecVal(limit, term.size()), term + by)
    return z3.If(z3.ULE(term, min(-by, limit)), z3.BitVecVal(0, term.size()), term + by)


_EDITS: dict[Op, Callable[..., Any]] = {Op.HAS: has, Op.ADD: _add, Op.REMOVE: _remove}
_PLAIN: dict[Op, Callable[..., Any]] = {
    Op.EQUAL: lambda a, b: a == b,
    Op.NOT: z3.Not,
    Op.AND: z3.And,
    Op.OR: z3.Or,
    Op.ITE: z3.If,
    Op.LESS: z3.ULT,
}
