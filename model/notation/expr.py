"""The notation: typed formulas over the variables of a transition system.

A formula is an :class:`Expr`: an operator, its arguments and a sort. It is built with Python's operators, and every mistake
that Python would let pass (``and`` for ``&``, a chained comparison, two sorts compared, a state that does not exist) raises
:class:`~model.notation.sorts.NotationError` where it is written. Each engine gives the operators one meaning of its own kind (a
Python value, a line of generated code, a Z3 term); the list of them in :class:`Op` is the whole language. Everything else
(``~``-less inequality, implication, "for all", windows) is spelt with these.

Formulas that are written alike are one object: ``(a & b) is (a & b)``. So they are compared by ``is``, and what was found out
about one is kept under its :attr:`Expr.key`. Which row a quantifier speaks of shows in what it says (:class:`Scope`).

>>> from model.notation.sorts import SEQ
>>> rcv_nxt, seq = variable("rcv_nxt", SEQ), variable("seq", SEQ)
>>> print(seq.in_window(rcv_nxt, 65535))
seq - rcv_nxt < 65535
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum as PythonEnum
from functools import partial
from itertools import combinations, count
from threading import RLock
from typing import NoReturn
from weakref import WeakKeyDictionary, WeakValueDictionary

from model.notation.sorts import (
    BOOL,
    MODULUS,
    Distance,
    Modulo,
    Nat,
    NotationError,
    Relation,
    Seq,
    Sort,
    Token,
    Value,
    brief,
    nearest,
)


class Op(PythonEnum):
    """The operators. The comment gives the arguments, then what ``data`` holds."""

    LITERAL = "literal"  # (); the value
    VARIABLE = "variable"  # (); the name
    PARAMETER = "parameter"  # (); the name
    BOUND = "bound"  # (); (Binder, column index)
    EQUAL = "=="  # (a, b)
    NOT = "~"  # (a,)
    AND = "&"  # (a, ...), two or more
    OR = "|"  # (a, ...), two or more
    ITE = "ite"  # (condition, then, else)
    SHIFT = "+"  # (Seq, Distance of its width or Nat): the point that lies so far ahead, going round
    DIFFERENCE = "-"  # (Seq a, Seq b), of one width: how far a lies ahead of b, going round
    LESS = "<"  # (a, b): two Distances or two Nats
    CONVERT = (
        "to"  # (number,): the same number in another sort: a Nat, where it stops at the limit, or a Seq, where it goes round
    )
    COUNT = "count"  # (Nat,); a whole number to add, stopping at the ends of the sort
    HAS = "has"  # (relation, cell, ...)
    ADD = "add"  # (relation, cell, ...)
    REMOVE = "remove"  # (relation, cell, ...)
    EXISTS = "exists"  # (relation, body); the Binder that binds a row's cells in the body

    __hash__ = object.__hash__  # each is one object; hashing its name takes Python many times as long


_WRAPPING = (
    "a sequence number wraps by itself, and a counter that wraps has the sort Modulo(n), which n.to(Modulo(4)) makes of any"
)
"""What stands for a remainder."""


@dataclass(frozen=True, slots=True)
class Binder:
    """The row that a quantifier binds, by the names of its columns and its ``level``.

    The level is one more than that of every quantifier in what is said of the row. So quantifiers that are written alike bind
    the same row, and no quantifier binds that of another one around it. Below 0 it is the number of a row that no quantifier
    binds yet, or any more: its formula is being written, or taken apart (:func:`opened`).
    """

    names: tuple[str, ...]
    level: int


class Key:
    """Which formula a formula is, for a set or a dictionary; it lives as long as the formula does."""

    __slots__ = ("__weakref__",)


def _unknown(sign: str, instead: str) -> Callable[..., NoReturn]:
    """Return what an operator of Python does that has no meaning here: it raises, and says what to write instead."""

    def refuse(*_: object) -> NoReturn:
        raise NotationError(f"{sign} is no operator of formulas: {instead}")

    return refuse


class Expr:
    """A formula. Immutable; built by the functions and operators of this module only.

    ``key`` stands for it where something is looked up: formulas that are written alike are one, and have one key. ``depth`` is
    how deep it is nested, and ``level`` how deep quantifiers are in it; ``free`` are the rows of which it reads cells and that
    no quantifier in it binds. ``variables`` are the names of the state variables that it reads.
    """

    __slots__ = ("__weakref__", "args", "data", "depth", "free", "key", "level", "op", "sort", "variables")
    op: Op
    sort: Sort
    args: tuple[Expr, ...]
    data: object
    key: Key
    depth: int
    level: int
    free: frozenset[Binder]
    variables: frozenset[str]

    def __new__(cls, op: Op, sort: Sort, args: tuple[Expr, ...] = (), data: object = None) -> Expr:  # noqa: PYI034  # there may be one
        """Return the formula that is written so, a new one only where there is none.

        What is looked up has the keys of the arguments, and not these: ``==`` of formulas is a formula. It has the type of the
        data, since ``1 == True``, and the sort, since there is a 1 of several sorts.
        """
        written = (op, None if sort is BOOL else sort, type(data), data, *[a.key for a in args])
        known = _WRITTEN.get(written)
        if known is None:
            with _WRITING:  # two threads may write the same
                known = _WRITTEN.get(written)
                if known is None:
                    known = _WRITTEN[written] = cls._new(op, sort, args, data)
        return known

    @classmethod
    def _new(cls, op: Op, sort: Sort, args: tuple[Expr, ...], data: object) -> Expr:
        self = object.__new__(cls)
        free = frozenset[Binder]().union(*(a.free for a in args))
        level = max((a.level for a in args), default=0)
        if op is Op.BOUND and isinstance(data, tuple):
            free = frozenset({data[0]})
        elif op is Op.EXISTS and isinstance(data, Binder):
            free, level = args[0].free | (args[1].free - {data}), max(args[0].level, data.level)
        put = partial(object.__setattr__, self)
        put("op", op)
        put("sort", sort)
        put("args", args)
        put("data", data)
        put("key", Key())
        put("depth", 1 + max((a.depth for a in args), default=0))
        put("level", level)
        put("free", free)
        put("variables", frozenset({data}) if op is Op.VARIABLE else frozenset().union(*(a.variables for a in args)))
        return self

    @property
    def name(self) -> str:
        """The name of a variable or parameter."""
        return str(self.data)

    @property
    def value(self) -> Value:
        """The value of a literal."""
        return self.sort.check(self.data)

    @property
    def scope(self) -> Binder:
        """The quantifier that an EXISTS is, or that binds a BOUND cell."""
        scope = self.data[0] if isinstance(self.data, tuple) else self.data
        assert isinstance(scope, Binder)
        return scope

    @property
    def column(self) -> int:
        """Which cell of the row a BOUND cell is."""
        assert isinstance(self.data, tuple)
        return int(self.data[1])

    def __setattr__(self, name: str, value: object) -> None:
        raise NotationError(f"a formula cannot be changed; build a new one instead of setting {name!r}")

    def __delattr__(self, name: str) -> None:
        raise NotationError(f"a formula cannot be changed; build a new one instead of deleting {name!r}")

    def __bool__(self) -> bool:
        raise NotationError(
            "a formula has no truth value while the model is being written: use & | ~ >> instead of and, or, not, and "
            "ite(...) instead of if; put each comparison in parentheses instead of chaining them; use .has(...) instead of in"
        )

    def __hash__(self) -> int:
        raise NotationError(
            "a formula cannot be in a set or be a key, where it would not be compared: use (x == a) | (x == b) instead of "
            "x in {a, b}, and formula.key for a key"
        )

    def __reduce__(self) -> tuple[Callable[..., Expr], tuple[object, ...]]:
        return Expr, (self.op, self.sort, self.args, self.data)

    # -- truth -------------------------------------------------------------------------------------------------------------
    def __and__(self, other: object) -> Expr:
        return conj(self, _truth(other))

    __rand__ = __and__

    def __or__(self, other: object) -> Expr:
        return disj(self, _truth(other))

    __ror__ = __or__
    __xor__ = __rxor__ = _unknown("^", "write a != b where exactly one of two conditions is true")

    def __invert__(self) -> Expr:
        return negate(self)

    def __rshift__(self, other: object) -> Expr:
        return disj(negate(self), _truth(other))

    def __rrshift__(self, other: object) -> Expr:
        return disj(negate(_truth(other)), self)

    __lshift__ = __rlshift__ = _unknown("<<", "write a >> b for 'if a then b'")

    # -- equality and order ------------------------------------------------------------------------------------------------
    def __eq__(self, other: object) -> Expr:  # type: ignore[override]  # an equation is a formula here, as in Z3 and SymPy
        right = lift(other, self.sort)
        if isinstance(self.sort, Relation):
            raise NotationError("relations cannot be compared as wholes: ask .has(...), .exists(...) or .forall(...)")
        if self is right:
            return TRUE
        if self.op is Op.LITERAL and right.op is Op.LITERAL:
            return TRUE if self.data == right.data else FALSE
        if self.sort == BOOL:
            for side, known in ((self, right), (right, self)):
                if known.op is Op.LITERAL:
                    return side if known.data else negate(side)
        return Expr(Op.EQUAL, BOOL, (self, right))

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]  # as for __eq__
        return negate(self == other)

    def __lt__(self, other: object) -> Expr:
        return _less(self, lift(other, self.sort))

    def __gt__(self, other: object) -> Expr:
        return _less(lift(other, self.sort), self)

    def __le__(self, other: object) -> Expr:
        return negate(_less(lift(other, self.sort), self))

    def __ge__(self, other: object) -> Expr:
        return negate(_less(self, lift(other, self.sort)))

    # -- numbers -----------------------------------------------------------------------------------------------------------
    def __add__(self, other: object) -> Expr:
        if isinstance(self.sort, Nat):
            return self._count(other, 1)
        if not isinstance(self.sort, Seq):
            raise NotationError(f"nothing can be added to a {self.sort}: + is for sequence numbers and counters")
        if isinstance(other, Expr):
            if not (isinstance(other.sort, Nat) or other.sort == self.sort.distance):
                fits = f"add a whole number, {self.sort.distance} or Nat to a {self.sort}"
                raise NotationError(f"a {other.sort} cannot be added to a sequence number: {fits}")
            return Expr(Op.SHIFT, self.sort, (self, other))
        distance = _whole(other)
        if self.op is Op.SHIFT and isinstance(self.args[1].data, int) and self.args[1].op is Op.LITERAL:
            return self.args[0] + (self.args[1].data + distance)  # x + 1 + 1 is x + 2
        return Expr(Op.SHIFT, self.sort, (self, literal(distance % self.sort.modulus, self.sort.distance)))

    def __sub__(self, other: object) -> Expr:
        if isinstance(self.sort, Nat):
            return self._count(other, -1)
        if not isinstance(self.sort, Seq):
            raise NotationError(f"nothing can be taken from a {self.sort}: - is for sequence numbers and counters")
        if isinstance(other, Expr):
            return Expr(Op.DIFFERENCE, self.sort.distance, (self, lift(other, self.sort)))
        return self + -_whole(other)

    def __radd__(self, other: object) -> Expr:
        return self + _whole(other)

    def __rsub__(self, other: object) -> Expr:
        raise NotationError(
            f"a formula cannot be taken from {brief(other)}, which has no sort: "
            f"write literal({brief(other)}, SEQ) for a sequence number, and compare a counter instead"
        )

    __mod__ = __rmod__ = __divmod__ = __rdivmod__ = _unknown("%", _WRAPPING)
    __neg__ = _unknown("-", "no number is below 0: write a - 1 with what it is taken from before the sign")
    __pos__ = _unknown("+", "write the number alone")
    __abs__ = _unknown("abs", "no number is below 0; how far two sequence numbers lie apart is a - b or b - a")
    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __pow__ = __rpow__ = __matmul__ = _unknown(
        "*, / or **", "numbers are only added to, taken from and compared; of a few values write ite(a == 1, 2, ...)"
    )
    __int__ = __index__ = __float__ = __round__ = _unknown(
        "int", "a formula has no value while the model is being written; for each value of a sort use forall_in or exists_in"
    )

    def _count(self, other: object, sign: int) -> Expr:
        return Expr(Op.COUNT, self.sort, (self,), sign * _whole(other))

    def in_window(self, left: Expr, size: Expr | int) -> Expr:
        """Whether this number is one of the ``size`` numbers that begin with ``left`` (RFC 9293 §3.4), across the wrap too."""
        return (self - left) < size

    def is_after(self, other: Expr) -> Expr:
        """Whether this number is later than ``other``: ahead of it by less than half the circle (RFC 9293 §3.4)."""
        if not isinstance(self.sort, Seq) or self.sort.modulus == 2:  # noqa: PLR2004  # each is as far ahead as the other
            raise NotationError(
                f"of two {self.sort}s neither is after the other: that is for sequence numbers, of three or more"
            )
        return (self - (other + 1)) < (self.sort.modulus + 1) // 2 - 1

    def to(self, sort: Sort) -> Expr:
        """Return this number as one of another sort: in a :class:`Nat` it stops at the limit, on a circle it goes round."""
        if not (isinstance(self.sort, Nat) or (isinstance(self.sort, Seq | Distance) and self.sort.modulus < MODULUS)):
            far = "compare it" if isinstance(self.sort, Distance) else "take a distance and compare it"
            why = far if isinstance(self.sort, Seq | Distance) else "that is for numbers"
            raise NotationError(f"a {self.sort} cannot be converted: {why}")
        if not isinstance(sort, Nat | Seq):
            raise NotationError(f"a {self.sort} cannot become {brief(sort)}: write a Nat, Modulo or Seq, as in n.to(Nat(3))")
        if self.op is Op.LITERAL:
            number = int(str(self.data))
            return literal(min(number, sort.limit) if isinstance(sort, Nat) else number % sort.modulus, sort)
        return self if sort == self.sort else Expr(Op.CONVERT, sort, (self,))

    # -- relations ---------------------------------------------------------------------------------------------------------
    def has(self, *cells: object) -> Expr:
        """Whether the relation contains this row."""
        return Expr(Op.HAS, BOOL, self._row(cells))

    def add(self, *cells: object) -> Expr:
        """Return the relation with this row."""
        return Expr(Op.ADD, self.sort, self._row(cells))

    def remove(self, *cells: object) -> Expr:
        """Return the relation without this row."""
        return Expr(Op.REMOVE, self.sort, self._row(cells))

    def exists(self, condition: Callable[[Row], object]) -> Expr:
        """Whether some row of the relation meets ``condition``, a function from a :class:`Row` to a formula."""
        scope = Binder(tuple(name for name, _ in self._columns()), -next(_ROWS))
        return closed(self, scope, _truth(condition(Row(dict(zip(scope.names, _cells(self, scope), strict=True))))))

    def forall(self, condition: Callable[[Row], object]) -> Expr:
        """Whether every row of the relation meets ``condition``."""
        return negate(self.exists(lambda row: negate(_truth(condition(row)))))

    def _columns(self) -> tuple[tuple[str, Sort], ...]:
        if not isinstance(self.sort, Relation):
            raise NotationError(f"a {self.sort} has no rows: has, add, remove, exists and forall are for relations")
        return self.sort.columns

    def _row(self, cells: tuple[object, ...]) -> tuple[Expr, ...]:
        columns = self._columns()
        if len(cells) != len(columns):
            names = ", ".join(name for name, _ in columns)
            raise NotationError(f"a row of this relation has {len(columns)} cells ({names}), not {len(cells)}: write as many")
        return (self, *(lift(cell, sort) for cell, (_, sort) in zip(cells, columns, strict=True)))

    def __contains__(self, item: object) -> bool:
        raise NotationError("use relation.has(...) instead of in")

    __iter__ = _unknown("for", "write relation.exists(lambda row: ...) or relation.forall(...) for the rows of a relation")
    __len__ = _unknown("len", "how many rows a relation has is no formula: keep a counter beside it")
    __getitem__ = _unknown("[...]", "write family[key] for a variable of a family, and row.column for a cell")

    def __str__(self) -> str:
        from model.notation.pretty import pretty  # the printer reads formulas, so it comes after them

        return pretty(self)

    __repr__ = __str__


class Row:
    """The cells of one row, by column name: ``row.ctl``, or ``row["a name"]``. Iterating yields them in column order.

    Every attribute is a column, whatever that is called.
    """

    __slots__ = ("_cells",)

    def __init__(self, cells: Mapping[str, Expr]) -> None:
        object.__setattr__(self, "_cells", dict(cells))

    def __getitem__(self, name: str) -> Expr:
        cells = _cells_of(self)
        if name not in cells:
            raise NotationError(f"a row has no column {name!r}; {nearest(name, tuple(cells))}")
        return cells[name]

    def __getattribute__(self, name: str) -> Expr:
        if name.startswith("__"):
            return object.__getattribute__(self, name)  # type: ignore[no-any-return]  # what Python asks of every object
        return self[name]

    def __iter__(self) -> Iterator[Expr]:
        return iter(_cells_of(self).values())


def _cells_of(row: Row) -> dict[str, Expr]:
    cells: dict[str, Expr] = object.__getattribute__(row, "_cells")
    return cells


class Readable:
    """Something that formulas read by its ``value``. To write it where that value is meant is a mistake, which is noticed."""

    __slots__ = ()
    name: str

    def unread(self, *_: object) -> NoReturn:
        """Raise :class:`NotationError`: what every operator does."""
        raise NotationError(f"{self.name!r} is a {type(self).__name__} and no formula: write .value after it to read it")

    def __eq__(self, other: object) -> bool:
        return self is other if isinstance(other, type(self)) else self.unread()

    __hash__ = object.__hash__
    __bool__ = __lt__ = __gt__ = __le__ = __ge__ = __add__ = __sub__ = __contains__ = unread
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __invert__ = __rshift__ = __rrshift__ = __lshift__ = unread
    __radd__ = __rsub__ = __mod__ = __rmod__ = __mul__ = __rmul__ = __floordiv__ = __truediv__ = __pow__ = __neg__ = unread
    to = __abs__ = __int__ = __index__ = __len__ = __iter__ = __getitem__ = unread


# -- one formula for each that is written ------------------------------------------------------------------------------

_WRITTEN: WeakValueDictionary[tuple[object, ...], Expr] = WeakValueDictionary()
"""The formulas there are, by how they are written; one that nobody has any more is forgotten."""
_WRITING = RLock()
_ROWS = count(1)
"""Numbers of rows that no quantifier binds yet."""
_OPENED: WeakKeyDictionary[Key, tuple[Binder, Expr]] = WeakKeyDictionary()


def opened(quantifier: Expr) -> tuple[Binder, Expr]:
    """Return a row that nothing binds, and what a quantifier says of it: what a formula is put into without its being bound."""
    if quantifier.key not in _OPENED:
        relation, body = quantifier.args
        scope = Binder(quantifier.scope.names, -next(_ROWS))
        _OPENED[quantifier.key] = scope, _moved(body, quantifier.scope, _cells(relation, scope))
    return _OPENED[quantifier.key]


def closed(relation: Expr, scope: Binder, body: Expr) -> Expr:
    """Return the quantifier that says of a row of ``relation`` what ``body`` says of the row ``scope``, which nothing binds."""
    bound = Binder(scope.names, body.level + 1)
    if bound in body.free:
        raise NotationError("a cell of a row stands in another quantifier than its own: write what is said of the row within")
    return Expr(Op.EXISTS, BOOL, (relation, _moved(body, scope, _cells(relation, bound))), bound)


def _cells(relation: Expr, scope: Binder) -> tuple[Expr, ...]:
    return tuple(Expr(Op.BOUND, sort, (), (scope, i)) for i, (_, sort) in enumerate(relation._columns()))  # noqa: SLF001  # its own module


def _moved(e: Expr, scope: Binder, cells: Sequence[Expr]) -> Expr:
    """Return what says of another row, given by its ``cells``, what ``e`` says of one; it is written alike but for these."""
    known: dict[Key, Expr] = {}

    def moved(node: Expr) -> Expr:
        if scope not in node.free:
            return node
        if node.op is Op.BOUND:
            return cells[node.column]
        if node.key not in known:
            known[node.key] = Expr(node.op, node.sort, tuple(map(moved, node.args)), node.data)
        return known[node.key]

    return moved(e)


# -- building formulas -------------------------------------------------------------------------------------------------


def literal(value: object, sort: Sort) -> Expr:
    """Return the constant ``value`` of ``sort``."""
    return Expr(Op.LITERAL, sort, (), sort.check(value))


TRUE = literal(True, BOOL)
FALSE = literal(False, BOOL)


def variable(name: str, sort: Sort) -> Expr:
    """Return the value of a state variable before the step."""
    return Expr(Op.VARIABLE, sort, (), name)


def parameter(name: str, sort: Sort) -> Expr:
    """Return the value of a parameter of the action (see :class:`model.notation.system.Parameter`)."""
    return Expr(Op.PARAMETER, sort, (), name)


def lift(value: object, sort: Sort) -> Expr:
    """Return ``value`` as a formula of ``sort``; a formula is returned as it is when its sort is the same."""
    if isinstance(value, Expr):
        if value.sort is sort or value.sort == sort:
            return value
        raise NotationError(f"a {value.sort} stands where a {sort} is needed: {value}")
    if isinstance(value, Readable):
        value.unread()
    if isinstance(sort, Token):
        sort.check_written(value)
    return literal(value, sort)


def _truth(value: object) -> Expr:
    if isinstance(value, Expr) and value.sort is BOOL:
        return value
    if not isinstance(value, (Expr, Readable, bool)):
        parentheses = "put each comparison in parentheses, as in (x == 1) & (y == 2)"
        raise NotationError(f"{brief(value)} is not a truth value: write True or False, and {parentheses}")
    return lift(value, BOOL)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotationError(f"{brief(value)} is not a whole number: write one, such as 1")
    return value


def _less(left: Expr, right: Expr) -> Expr:
    if isinstance(left.sort, Seq):
        raise NotationError(
            "sequence numbers have no order, because they wrap: compare a distance (a - b < n), "
            "or write a.in_window(left, size) or a.is_after(b)"
            + (f"; as counts they have one: {left}.to(Nat({left.sort.modulus - 1}))" if isinstance(left.sort, Modulo) else "")
        )
    if not isinstance(left.sort, Nat | Distance):
        raise NotationError(f"< is for counters and distances, not for {left.sort}: write == for each value that is meant")
    return Expr(Op.LESS, BOOL, (left, right))


def negate(a: Expr) -> Expr:
    """Return "not a"."""
    a = _truth(a)
    if a.op is Op.LITERAL:
        return FALSE if a.data else TRUE
    return a.args[0] if a.op is Op.NOT else Expr(Op.NOT, BOOL, (a,))


def _join(op: Op, parts: tuple[Expr | bool, ...], unit: Expr, zero: Expr) -> Expr:
    flat: list[Expr] = []
    for part in map(_truth, parts):
        if part.op is Op.LITERAL and part.data == zero.data:
            return zero
        if part.op is not Op.LITERAL:
            flat.extend(part.args if part.op is op else (part,))
    if not flat:
        return unit
    return flat[0] if len(flat) == 1 else Expr(op, BOOL, tuple(flat))


def conj(*parts: Expr | bool) -> Expr:
    """Return the conjunction of ``parts``, true when there are none."""
    return _join(Op.AND, parts, TRUE, FALSE)


def disj(*parts: Expr | bool) -> Expr:
    """Return the disjunction of ``parts``, false when there are none."""
    return _join(Op.OR, parts, FALSE, TRUE)


def ite(condition: Expr | bool, then: object, otherwise: object) -> Expr:
    """Return ``then`` where ``condition`` is true and ``otherwise`` where it is not; one of them may be a constant."""
    if not isinstance(then, Expr):
        if not isinstance(otherwise, Expr):
            raise NotationError("ite(...) between two constants has no sort: write one of them as literal(value, SORT)")
        then = lift(then, otherwise.sort)
    test, no = _truth(condition), lift(otherwise, then.sort)
    if test.op is Op.LITERAL:
        return then if test.data else no
    return then if then is no else Expr(Op.ITE, then.sort, (test, then, no))


def at_least(number: int, conditions: Sequence[Expr]) -> Expr:
    """Return whether so many of some conditions are true."""
    return disj(*(conj(*some) for some in combinations(conditions, number)))


def conjuncts(e: Expr) -> tuple[Expr, ...]:
    """Return the parts of a conjunction; a formula that is none is its own only part."""
    return e.args if e.op is Op.AND else () if e is TRUE else (e,)


def disjuncts(e: Expr) -> tuple[Expr, ...]:
    """Return the parts of a disjunction; a formula that is none is its own only part, and what is never true has none."""
    return e.args if e.op is Op.OR else () if e.op is Op.LITERAL and not e.data else (e,)


def forall_in(sort: Sort, condition: Callable[[Expr], Expr]) -> Expr:
    """Return whether ``condition`` is true of every value of a finite ``sort``."""
    return conj(*(condition(literal(value, sort)) for value in sort.listed()))


def exists_in(sort: Sort, condition: Callable[[Expr], Expr]) -> Expr:
    """Return whether ``condition`` is true of some value of a finite ``sort``."""
    return disj(*(condition(literal(value, sort)) for value in sort.listed()))
