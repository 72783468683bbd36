"""From formulas to Z3 terms in which nothing is bounded: relations are predicates, and sequence numbers have one of two widths.

Bounded model checking knows how many rows a relation can have (:mod:`checker.symbolic.lower`). A proof does not. Here a
relation is an uninterpreted predicate, and what is asked of it as a whole, ``exists`` and ``forall``, is turned into
questions about single rows: what exists gets a name, and what is true of all rows is said of those that are mentioned. Saying
less than all of a hypothesis can only make a proof harder, so what is proved in this way is proved; and no quantifier is left
that a solver might give up on.

Widths. With 32 bits (or as many as its sort has) a number is a vector and wraps. ``UNBOUNDED`` reads the same formulas over the
integers, as if the circle of sequence numbers had no end: a distance backwards is then larger than every distance forwards, and
half the circle is all that lies ahead. Circles that are smaller than TCP's go round there as well: a protocol with an
alternating bit lives on its wrapping.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from checker.host.solving import z3
from checker.proof.symbols import Kind, symbol
from checker.symbolic.lower import apart, converted, shifted
from model.notation.expr import Binder, Expr, Key, Op
from model.notation.sorts import BOOL, MODULUS, Distance, Enum, Nat, NotationError, Relation, Seq, Sort, Value

Term = z3.ExprRef
"""A Z3 Boolean, bit-vector or integer."""
Cells = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Width:
    """How numbers are read: as 32 bits, or without bound."""

    name: str
    title: str
    vectors: bool

    def sort(self, sort: Sort) -> z3.SortRef:
        """Return Z3's sort for the values of a sort that is no relation."""
        if sort == BOOL:
            return z3.BoolSort()
        if not self.vectors:
            return z3.IntSort()
        return z3.BitVecSort(_bits(sort))

    def constant(self, called: str, sort: Sort) -> Term:
        """Return the unknown of a sort that a symbol stands for."""
        return z3.Const(called, self.sort(sort))

    def literal(self, value: Value, sort: Sort) -> Term:
        """Return the term for a value."""
        if isinstance(value, bool):
            return z3.BoolVal(value)
        number = sort.members.index(str(value)) if isinstance(sort, Enum) else value
        assert isinstance(number, int)
        if self.vectors:
            return z3.BitVecVal(number, _bits(sort))
        if _endless(sort) and number > _half(sort):
            number -= _last(sort) + 1  # a number before 0, as in "one less"
        return z3.IntVal(number)

    def value(self, term: Term, sort: Sort) -> Value:
        """Return the value that a literal term stands for; a number outside of its sort wraps."""
        if sort == BOOL:
            return z3.is_true(term)
        assert isinstance(term, z3.BitVecNumRef | z3.IntNumRef)
        number = term.as_long()
        if isinstance(sort, Enum):
            return sort.members[number]
        return number % (_last(sort) + 1)

    def in_range(self, term: Term, sort: Sort) -> Term:
        """Return that a term has a value of its sort: not every bit pattern, nor every integer, stands for one."""
        if sort == BOOL or _endless(sort):
            return z3.BoolVal(True)
        if isinstance(term, z3.ArithRef):
            return z3.And(term >= 0, term <= _last(sort))
        return z3.ULE(term, _last(sort)) if _last(sort) + 1 < 1 << _bits(sort) else z3.BoolVal(True)

    def shift(self, point: Term, by: Term, e: Expr) -> Term:
        """Return the number that lies so far ahead; a counter may count further than to the end of the circle."""
        if self.vectors:
            return shifted(point, by, e.sort)
        assert isinstance(point, z3.ArithRef)
        assert isinstance(by, z3.ArithRef)
        return point + by if _endless(e.sort) else self._round(point + by, _last(e.sort) + _last(e.args[1].sort), e)

    def difference(self, left: Term, right: Term, sort: Sort) -> Term:
        """Return how far one number lies ahead of another."""
        if self.vectors:
            return apart(left, right, sort)
        assert isinstance(left, z3.ArithRef)
        assert isinstance(right, z3.ArithRef)
        return left - right if _endless(sort) else z3.If(left < right, left - right + _last(sort) + 1, left - right)

    def converted(self, number: Term, e: Expr) -> Term:
        """Return a number in another sort: a counter stops at its limit, what is on a circle goes round."""
        if self.vectors:
            return converted(number, e.sort)
        assert isinstance(number, z3.ArithRef)
        if isinstance(e.sort, Nat):
            return z3.If(number > e.sort.limit, z3.IntVal(e.sort.limit), number)
        return number if _endless(e.sort) else self._round(number, _last(e.args[0].sort), e)

    @staticmethod
    def _round(number: z3.ArithRef, most: int, e: Expr) -> Term:
        """Return an integer from 0 to ``most`` as what it is on the circle of a formula's sort.

        One part for each time that it goes round: no logic of linear arithmetic has remainders.
        """
        modulus = _last(e.sort) + 1
        if most // modulus > _MOST_ROUNDS:
            raise NotationError(f"{e} goes round more than {_MOST_ROUNDS} times, and no proof follows it: count less far")
        result: Term = number
        for so_often in range(1, most // modulus + 1):
            result = z3.If(number >= so_often * modulus, number - so_often * modulus, result)
        return result

    def less(self, left: Term, right: Term, sort: Sort) -> Term:
        """Return whether one distance, or counter, is less than another. A counter is what it counts, however far."""
        if self.vectors:
            return z3.ULT(left, right)
        assert isinstance(left, z3.ArithRef)
        assert isinstance(right, z3.ArithRef)
        if not _endless(sort):
            return left < right
        ahead = left >= 0
        if isinstance(right, z3.IntNumRef):
            return z3.And(ahead, left < right) if 0 <= right.as_long() < _half(sort) else ahead
        return z3.If(right < 0, z3.Or(ahead, left < right), z3.And(ahead, left < right))

    def counted(self, term: Term, e: Expr) -> Term:
        """Return a counter after counting, which stops at the ends of its sort."""
        assert isinstance(e.sort, Nat)
        assert isinstance(e.data, int)
        assert isinstance(term, z3.ArithRef | z3.BitVecRef)
        limit, by = e.sort.limit, e.data

        def at_most(n: int) -> Term:
            return term <= n if isinstance(term, z3.ArithRef) else z3.ULE(term, n)

        if by >= 0:
            return (
                z3.If(at_most(limit - by), term + by, self.literal(limit, e.sort))
                if by <= limit
                else self.literal(limit, e.sort)
            )
        return z3.If(at_most(-by), self.literal(0, e.sort), term + by) if -by <= limit else self.literal(0, e.sort)


BITS = Width("32", "32-bit numbers, which wrap", vectors=True)
UNBOUNDED = Width("unbounded", "unbounded integers, without wrap", vectors=False)
WIDTHS = {width.name: width for width in (BITS, UNBOUNDED)}


def _bits(sort: Sort) -> int:
    return max(1, _last(sort).bit_length())


_MOST_ROUNDS = 64
"""How often a number goes round at most in one addition of a proof over integers."""


def _last(sort: Sort) -> int:
    """Return the largest number that stands for a value."""
    if isinstance(sort, Enum):
        return len(sort.members) - 1
    if isinstance(sort, Nat):
        return sort.limit
    assert isinstance(sort, Seq | Distance)
    return sort.modulus - 1


def _endless(sort: Sort) -> bool:
    """Return whether the numbers of a sort have no end where they are read as integers."""
    return isinstance(sort, Seq | Distance) and sort.modulus >= MODULUS


def _half(sort: Sort) -> int:
    return _last(sort) // 2


@dataclass
class _Universal:
    """Something that is false of each row of a relation, unless ``flag``."""

    relation: str
    flag: Term
    body: Callable[[Cells], Term]
    done: int = 0


@dataclass
class Evaluation:
    """Formulas over one state and the parameters of one step, as terms.

    ``constants`` are the unknowns for variables and parameters by kind, name and sort, made when they are first met. Parameters
    of one name and sort of different actions share theirs, since one action is taken in a step. :meth:`assume` returns
    what makes a formula true; :meth:`instances` then what is still to be said of rows that were mentioned since.
    """

    width: Width
    sorts: Mapping[str, Sort]
    constants: dict[tuple[Kind, str], dict[Sort, Term]] = field(default_factory=dict)
    functions: dict[str, z3.FuncDeclRef] = field(default_factory=dict)
    rows: dict[str, list[Cells]] = field(default_factory=dict)
    """By relation, the rows that were mentioned."""
    _universals: list[_Universal] = field(default_factory=list)
    _seen: dict[str, set[tuple[int, ...]]] = field(default_factory=dict)
    _side: list[Term] = field(default_factory=list)
    _memo: dict[Key, Term] = field(default_factory=dict)
    _number: int = 0
    _witnesses: dict[tuple[str, str], Cells] = field(default_factory=dict)
    _used: dict[str, int] = field(default_factory=dict)
    _group: str = ""

    def afresh(self, group: str) -> None:
        """Let what is assumed from here on call its rows by the same names as what was assumed of this group before.

        For alternatives of which no more than one is asked about at a time. Formulas of different groups share no names.
        """
        self._used, self._group = {}, group

    def variable(self, name: str, sort: Sort) -> Term:
        """Return the unknown for a variable that is no relation; that it is in range is said with the next formula."""
        return self._unknown(Kind.VARIABLE, name, sort)

    def parameter(self, name: str, sort: Sort) -> Term:
        """Return the unknown for a parameter, or a cell of one, by the name that formulas use; as for a variable."""
        return self._unknown(Kind.PARAMETER, name, sort)

    def _unknown(self, kind: Kind, name: str, sort: Sort) -> Term:
        alike = self.constants.setdefault((kind, name), {})
        if sort not in alike:
            alike[sort] = self.width.constant(symbol(kind, name, *([len(alike) + 1] if alike else [])), sort)
            self._ranged(alike[sort], sort)
        return alike[sort]

    def _ranged(self, term: Term, sort: Sort) -> None:
        condition = self.width.in_range(term, sort)
        if not z3.is_true(condition):
            self._side.append(condition)

    def assume(self, e: Expr) -> Iterator[Term]:
        """Yield terms that together say that ``e`` is true."""
        yield self._polar(e, {}, positive=True)
        yield from self._said()

    def term(self, e: Expr) -> Term:
        """Return the term for ``e``, which may stand anywhere."""
        return self._plain(e, {})

    def _said(self) -> Iterator[Term]:
        side, self._side = self._side, []
        yield from side

    def instances(self, rounds: int = 4) -> Iterator[Term]:
        """Yield what is to be said of rows mentioned since the last time, and of those that this mentions, and so on."""
        for _ in range(rounds):
            todo = [(u, row) for u in self._universals for row in self.rows.get(u.relation, [])[u.done :]]
            for universal in self._universals:
                universal.done = len(self.rows.get(universal.relation, []))
            if not todo:
                break
            for universal, row in todo:
                body = universal.body(row)
                yield from self._said()
                yield z3.Implies(z3.And(self._held(universal.relation, row), body), universal.flag)
        yield from self._said()

    # -- formulas ----------------------------------------------------------------------------------------------------------

    def _polar(self, e: Expr, rows: Mapping[Binder, Cells], *, positive: bool) -> Term:
        """Return a term that may stand where only its being ``positive`` (or not) matters: half of a quantifier is enough."""
        match e.op:
            case Op.NOT:
                return z3.Not(self._polar(e.args[0], rows, positive=not positive))
            case Op.AND | Op.OR:
                parts = self._parts(e.args, rows, positive=positive, alternatives=(e.op is Op.OR) == positive)
                return z3.And(parts) if e.op is Op.AND else z3.Or(parts)
            case Op.EXISTS:
                return self._exists(e.args[0], e, rows, (), named=positive, general=not positive)
            case _:
                return self._plain(e, rows)

    def _parts(self, parts: Iterable[Expr], rows: Mapping[Binder, Cells], *, positive: bool, alternatives: bool) -> list[Term]:
        """Return the terms of parts; the rows that ``alternatives`` speak of share their names, since one is enough.

        That is so where a quantifier is a claim that a row exists and nothing else: of alternatives that are not needed it can
        be called false. One that stands in a plain place is what it is, and has a name of its own.
        """
        before, most = dict(self._used), dict(self._used)
        terms = []
        for part in parts:
            if alternatives:
                self._used = dict(before)
            terms.append(self._polar(part, rows, positive=positive))
            most = {name: max(number, most.get(name, 0)) for name, number in self._used.items()} | {
                name: number for name, number in most.items() if name not in self._used
            }
        self._used = most
        return terms

    def _plain(self, e: Expr, rows: Mapping[Binder, Cells]) -> Term:
        if not rows and e.key in self._memo:
            return self._memo[e.key]
        term = self._lowered(e, rows)
        if not rows:
            self._memo[e.key] = term
        return term

    def _lowered(self, e: Expr, rows: Mapping[Binder, Cells]) -> Term:
        def of(child: Expr) -> Term:
            return self._plain(child, rows)

        match e.op:
            case Op.LITERAL:
                return self.width.literal(e.value, e.sort)
            case Op.VARIABLE:
                return self.variable(e.name, e.sort)
            case Op.PARAMETER:
                return self.parameter(e.name, e.sort)
            case Op.BOUND:
                return rows[e.scope][e.column]
            case Op.HAS:
                return self._has(e.args[0], tuple(map(of, e.args[1:])), rows)
            case Op.EXISTS:
                return self._exists(e.args[0], e, rows, (), named=True, general=True)
            case Op.SHIFT:
                return self.width.shift(of(e.args[0]), of(e.args[1]), e)
            case Op.DIFFERENCE:
                return self.width.difference(of(e.args[0]), of(e.args[1]), e.sort)
            case Op.LESS:
                left, right = e.args
                return self.width.less(of(left), of(right), left.sort)
            case Op.CONVERT:
                return self.width.converted(of(e.args[0]), e)
            case Op.COUNT:
                return self.width.counted(of(e.args[0]), e)
            case Op.ADD | Op.REMOVE:
                raise NotationError(f"a relation stands where a proof cannot take it: {e}")
            case _:
                return _PLAIN[e.op](*map(of, e.args))

    def _has(self, relation: Expr, cells: Cells, rows: Mapping[Binder, Cells]) -> Term:
        match relation.op:
            case Op.VARIABLE:
                return self._held(relation.name, cells)
            case Op.LITERAL:
                return _or([_equal(cells, row) for row in self._constant_rows(relation)])
            case Op.ITE:
                condition, yes, no = relation.args
                return z3.If(self._plain(condition, rows), self._has(yes, cells, rows), self._has(no, cells, rows))
        same = _equal(cells, tuple(self._plain(cell, rows) for cell in relation.args[1:]))
        before = self._has(relation.args[0], cells, rows)
        return z3.Or(same, before) if relation.op is Op.ADD else z3.And(before, z3.Not(same))

    def _held(self, name: str, cells: Cells) -> Term:
        """Return whether a relation has a row before the step, and remember that the row was mentioned."""
        identity = tuple(cell.get_id() for cell in cells)
        if identity not in self._seen.setdefault(name, set()):
            self._seen[name].add(identity)
            self.rows.setdefault(name, []).append(cells)
        return self.function(name)(*cells)

    def function(self, name: str) -> z3.FuncDeclRef:
        """Return the predicate that a relation is."""
        if name not in self.functions:
            sort = self.sorts[name]
            assert isinstance(sort, Relation)
            domain = [self.width.sort(column) for _, column in sort.columns]
            self.functions[name] = z3.Function(symbol(Kind.VARIABLE, name), *domain, z3.BoolSort())
        return self.functions[name]

    def _constant_rows(self, relation: Expr) -> list[Cells]:
        assert isinstance(relation.sort, Relation)
        assert isinstance(relation.value, frozenset)
        sorts = [sort for _, sort in relation.sort.columns]
        return [
            tuple(self.width.literal(cell, sort) for cell, sort in zip(row, sorts, strict=True))
            for row in sorted(relation.value)
        ]

    def _exists(  # noqa: PLR0913  # where, what, and which half of it is needed
        self, relation: Expr, e: Expr, rows: Mapping[Binder, Cells], but: tuple[Cells, ...], *, named: bool, general: bool
    ) -> Term:
        """Return whether a row of ``relation``, ``but`` for some, meets the body of the quantifier ``e``."""

        def among(relation: Expr, *more: Cells) -> Term:
            return self._exists(relation, e, rows, (*but, *more), named=named, general=general)

        def body(cells: Cells) -> Term:
            within = {**rows, e.scope: cells}
            met = self._plain(e.args[1], within) if general else self._polar(e.args[1], within, positive=True)
            return z3.And(met, *(z3.Not(_equal(cells, other)) for other in but))

        match relation.op:
            case Op.LITERAL:
                return _or([body(row) for row in self._constant_rows(relation)])
            case Op.ITE:
                condition, yes, no = relation.args
                return z3.If(self._plain(condition, rows), among(yes), among(no))
            case Op.ADD | Op.REMOVE:
                cells = tuple(self._plain(cell, rows) for cell in relation.args[1:])
                if relation.op is Op.REMOVE:
                    return among(relation.args[0], cells)
                return z3.Or(body(cells), among(relation.args[0]))
        assert isinstance(relation.sort, Relation)
        self._number += 1
        flag = z3.Bool(symbol(Kind.EXISTS, relation.name, self._number))
        if named:
            witness = self._witness(relation, own=general)
            self._side.append(z3.Implies(flag, z3.And(self._held(relation.name, witness), body(witness))))
        if general:
            self._universals.append(_Universal(relation.name, flag, body))
        return flag

    def _witness(self, relation: Expr, *, own: bool) -> Cells:
        """Return names for the cells of a row that exists: ``own`` ones, or such as alternatives share."""
        assert isinstance(relation.sort, Relation)
        name = relation.name
        if own:
            which = f"{self._number}!"
        else:
            self._used[name] = self._used.get(name, 0) + 1
            which = f"{self._group}{self._used[name]}"
        if (row := (name, which)) not in self._witnesses:
            cells = tuple(self.width.constant(symbol(Kind.CELL, name, c, which), sort) for c, sort in relation.sort.columns)
            for cell, (_, sort) in zip(cells, relation.sort.columns, strict=True):
                self._ranged(cell, sort)
            self._witnesses[row] = cells
        return self._witnesses[row]


def _or(terms: list[Term]) -> Term:
    return z3.Or(terms) if terms else z3.BoolVal(val=False)


def _equal(left: Iterable[Term], right: Iterable[Term]) -> Term:
    return z3.And([a == b for a, b in zip(left, right, strict=True)])


_PLAIN: dict[Op, Callable[..., Term]] = {
    Op.EQUAL: lambda a, b: a == b,
    Op.NOT: z3.Not,
    Op.AND: z3.And,
    Op.OR: z3.Or,
    Op.ITE: z3.If,
}
