"""Hypothesis strategies for small systems: every feature of the notation, in combinations that nobody thought of.

The systems are kept small. Variables and rows have few values; sequence numbers that a step stores are constants, or values
that some variable or parameter has already, so that they stay few although they wrap at 2**32. (In conditions they are added
to and compared freely.) Where a parameter is a sequence number, the guard confines it to its candidates: a symbolic engine
would otherwise range over all 2**32, which is another question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from hypothesis import strategies as st

from model.notation.expr import TRUE, Expr, conj, disj, exists_in, forall_in, ite, literal
from model.notation.queue import queue
from model.notation.sorts import BOOL, DISTANCE, MODULUS, SEQ, Distance, Enum, Modulo, Nat, Relation, Seq, Sort, Token, Value
from model.notation.system import SEGMENT, Action, Network, Parameter, TransitionSystem, Variable, choose, draw, one_of
from properties.observe import Check, Monitored

T = TypeVar("T")

COLOUR = Enum("Colour", ("red", "green", "blue"))
POINTS = (0, 1, MODULUS // 2, MODULUS - 1)
NARROW, ROUND, TOKEN = Seq(2), Modulo(3), Token("Token", 2, ("none",))
SORTS: tuple[Sort, ...] = (BOOL, COLOUR, Nat(2), Nat(3), SEQ, NARROW, ROUND, TOKEN)
COLUMNS: tuple[tuple[Sort, ...], ...] = (
    (BOOL,), (COLOUR,), (Nat(2),), (SEQ,), (BOOL, BOOL), (COLOUR, BOOL), (BOOL, Nat(2)), (Nat(1), COLOUR), (SEQ, BOOL),
    (NARROW,), (ROUND, BOOL), (TOKEN, BOOL),
)  # fmt: skip
"""The columns that a relation may have: so few that all of its rows are at most eight."""

WIRE = "wire"
GOALS = ("near", "nearby", "far", "farther")
NEVER = "never"


def values_of(sort: Sort) -> Sequence[Value]:
    """Return the constants of a sort that are used."""
    return POINTS if sort in (SEQ, DISTANCE) else sort.values()


@dataclass(frozen=True)
class Formulas:
    """Formulas that read some variables and parameters (``atoms``) and some relations.

    ``pick`` chooses one of several things. A formula has at most as many operators above each other as its ``depth`` says,
    give or take one. ``bound`` are the cells of the quantifiers around it.
    """

    pick: Callable[[Sequence[T]], T]
    atoms: tuple[Expr, ...]
    relations: tuple[Expr, ...]

    def choice(self, *makers: Callable[[], Expr]) -> Expr:
        """Return what one of several functions makes."""
        return self.pick(makers)()

    def constant(self, sort: Sort) -> Expr:
        """Return some constant."""
        return literal(self.pick(values_of(sort)), sort)

    def atom(self, sort: Sort, bound: tuple[Expr, ...] = ()) -> Expr:
        """Return something that is read, where there is something of the sort, or a constant."""
        read = [e for e in (*self.atoms, *bound) if e.sort == sort]
        return self.pick([*read, *read, self.constant(sort)]) if read else self.constant(sort)

    def truth(self, depth: int, bound: tuple[Expr, ...] = ()) -> Expr:
        """Return a condition."""
        readable = tuple({e.sort: None for e in (*self.atoms, *bound) if not isinstance(e.sort, Relation)})
        numbers = [sort for sort in readable if isinstance(sort, Nat)]

        def equation(below: int) -> Expr:
            sort = self.pick(readable)
            return self.atom(sort, bound) == self.value(sort, below, bound)

        leaves = [lambda: self.atom(BOOL, bound)] + [lambda: equation(0)] * 2 * bool(readable)
        leaves += [lambda: self.membership(0, bound)] * bool(self.relations)
        if depth == 0:
            return self.choice(*leaves)

        def operand() -> Expr:
            return self.truth(depth - 1, bound)

        def order(sort: Sort) -> Expr:
            left, right = self.value(sort, depth - 1, bound), self.value(sort, depth - 1, bound)
            return self.choice(lambda: left < right, lambda: left <= right, lambda: left > right, lambda: left >= right)

        circles = [sort for sort in readable if isinstance(sort, Seq)]

        def points(compare: Callable[[Expr, Expr, Seq], Expr]) -> Expr:
            circle = self.pick(circles)
            return compare(self.value(circle, depth - 1, bound), self.value(circle, depth - 1, bound), circle)

        def over_sort(quantifier: Callable[[Sort, Callable[[Expr], Expr]], Expr]) -> Expr:
            sort = self.pick([s for s in readable if not isinstance(s, Seq)] or [BOOL])
            return quantifier(sort, lambda e: self.truth(depth - 1, (*bound, e)))

        makers = [
            *leaves,
            lambda: ~operand(),
            lambda: operand() & operand(),
            lambda: operand() | operand(),
            lambda: operand() >> operand(),
            lambda: operand() == operand(),
            lambda: operand() != operand(),
            lambda: equation(depth - 1),
            lambda: ite(operand(), operand(), operand()),
            lambda: over_sort(self.pick((forall_in, exists_in))),
        ]
        makers += [lambda: order(self.pick(numbers))] * 2 * bool(numbers)
        if circles:
            makers += [
                lambda: order(self.pick(circles).distance),
                lambda: points(lambda one, other, circle: one.in_window(other, self.constant(circle.distance))),
                lambda: points(lambda one, other, _: one.is_after(other)),
            ]
        if self.relations:
            makers += [lambda: self.membership(depth - 1, bound), lambda: self.quantified(depth, bound)] * 2
        return self.choice(*makers)

    def membership(self, depth: int, bound: tuple[Expr, ...]) -> Expr:
        """Return whether a relation has some row."""
        relation = self.relation(self.pick(self.relations), depth, bound)
        return relation.has(*(self.atom(sort, bound) for _, sort in columns_of(relation)))

    def quantified(self, depth: int, bound: tuple[Expr, ...]) -> Expr:
        """Return whether some row, or every one, meets a condition that may read it."""
        relation = self.relation(self.pick(self.relations), depth - 1, bound)
        quantifier = self.pick((relation.exists, relation.forall))
        return quantifier(lambda row: self.truth(depth - 1, (*bound, *row)))

    def value(self, sort: Sort, depth: int, bound: tuple[Expr, ...] = ()) -> Expr:
        """Return a value to be compared."""
        if sort == BOOL:
            return self.truth(depth, bound)
        if isinstance(sort, Distance):
            circle, less = next(s for s in SORTS if isinstance(s, Seq) and s.distance == sort), max(depth - 1, 0)
            return self.choice(
                lambda: self.constant(sort),
                lambda: self.value(circle, less, bound) - self.value(circle, less, bound),
            )
        if depth == 0:
            return self.atom(sort, bound)
        makers = [
            lambda: self.atom(sort, bound),
            lambda: ite(self.truth(depth - 1, bound), self.value(sort, depth - 1, bound), self.value(sort, depth - 1, bound)),
        ]
        by = self.pick((-5, -2, -1, 1, 2, 5))
        convertible = [s for s in (Nat(2), Nat(3), NARROW, ROUND) if s != sort and isinstance(sort, Nat | Seq)]
        if convertible:
            makers += [lambda: self.value(self.pick(convertible), depth - 1, bound).to(sort)]
        if isinstance(sort, Nat):
            makers += [lambda: self.value(sort, depth - 1, bound) + by, lambda: self.value(sort, depth - 1, bound) - by]
        if isinstance(sort, Seq):
            distance = sort.distance
            makers += [
                lambda: self.value(sort, depth - 1, bound) + by,
                lambda: self.value(sort, depth - 1, bound) + self.atom(Nat(2), bound),
                lambda: self.value(sort, depth - 1, bound) + self.value(distance, depth - 1, bound),
            ]
        return self.choice(*makers)

    def stored(self, sort: Sort, depth: int) -> Expr:
        """Return a value to be kept: of sequence numbers only those that are there already, or constants."""
        if sort != SEQ:
            return self.value(sort, depth)
        return self.choice(lambda: self.atom(SEQ), lambda: ite(self.truth(depth), self.atom(SEQ), self.atom(SEQ)))

    def updated(self, v: Variable) -> Expr:
        """Return a new value for a variable, most often another one than it has."""
        if self.pick((True, False, False)):
            return self.stored(v.sort, self.pick((0, 1, 2)))
        if isinstance(v.sort, Nat):
            by = self.pick((1, 1, 2, -1))
            return self.choice(lambda: v.value + by, lambda: ite(self.truth(1), v.value + by, v.value - 1))
        one, *others = self.pick((values_of(v.sort), values_of(v.sort)[::-1]))
        moved = literal(one, v.sort)
        for this, following in zip(others, (*others[1:], one), strict=True):
            moved = ite(v.value == literal(this, v.sort), literal(following, v.sort), moved)
        moved = ite(v.value == literal(one, v.sort), literal(others[0], v.sort), moved)
        return self.choice(lambda: moved, lambda: moved, lambda: ite(self.truth(1), moved, self.atom(v.sort)))

    def guard(self) -> Expr:
        """Return a condition that is often true."""
        return self.choice(
            lambda: TRUE,
            lambda: TRUE,
            lambda: self.truth(1),
            lambda: self.truth(1) | self.truth(1),
            lambda: self.truth(2),
            lambda: ~(self.truth(1) & self.truth(2)),
        )

    def goal(self, parts: int) -> Expr:
        """Return a condition that is not often true."""
        return conj(*(self.truth(self.pick((1, 1, 2))) for _ in range(parts)))

    def relation(self, of: Expr, depth: int, bound: tuple[Expr, ...] = ()) -> Expr:
        """Return a relation made from ``of`` by adding and removing rows, under conditions or not."""
        if depth <= 0:
            return of
        changed = self.edited(of, self.pick(("add", "remove")), bound)
        return self.choice(
            lambda: of,
            lambda: changed,
            lambda: self.edited(changed, self.pick(("add", "remove")), bound),
            lambda: ite(self.truth(depth - 1, bound), changed, of),
            lambda: ite(self.truth(depth - 1, bound), of, self.edited(changed, "add", bound)),
            lambda: ite(self.truth(depth - 1, bound), changed, self.edited(of, self.pick(("add", "remove")), bound)),
        )

    def edited(self, of: Expr, how: str, bound: tuple[Expr, ...] = ()) -> Expr:
        """Return ``of`` with a row added or removed."""
        row = tuple(self.atom(sort, bound) for _, sort in columns_of(of))
        return of.add(*row) if how == "add" else of.remove(*row)

    def constant_relation(self, sort: Relation) -> Expr:
        """Return a constant with up to two rows."""
        return literal(frozenset(tuple(self.row(sort) for _ in range(self.pick((0, 1, 2))))), sort)

    def row(self, sort: Relation) -> tuple[Value, ...]:
        """Return the values of some row."""
        return tuple(self.pick(values_of(column)) for _, column in sort.columns)


def columns_of(relation: Expr) -> tuple[tuple[str, Sort], ...]:
    """Return the columns of a formula that is a relation."""
    assert isinstance(relation.sort, Relation)
    return relation.sort.columns


def plain_parameter(formulas: Formulas, name: str) -> tuple[Parameter, Expr]:
    """Return the choice of a value, and the condition that confines it to its candidates where it has any."""
    sort = formulas.pick((BOOL, COLOUR, Nat(2), SEQ, SEQ))
    if sort != SEQ and formulas.pick((True, True, False)):
        return choose(name, sort), TRUE
    among = tuple(formulas.atom(sort) for _ in range(formulas.pick((1, 2, 3))))
    p = choose(name, sort, among)
    return p, disj(*(p.value == candidate for candidate in among))


def seen(p: Parameter) -> tuple[Expr, ...]:
    """Return how formulas read a parameter."""
    return (p.value,) if p.source is None else tuple(p.row)


def checks(variables: Sequence[Variable], formulas: Mapping[str, Formulas]) -> tuple[Check, ...]:
    """Return checks of some actions, with conditions of any kind or on the values of variables; the last decides nothing."""
    pick = next(iter(formulas.values())).pick

    def some(parts: int) -> dict[str, Expr]:
        return {name: f.goal(parts) for name, f in formulas.items() if pick((True, False))}

    def at_some_values() -> Expr:
        return conj(*(v.value == literal(pick(values_of(v.sort)), v.sort) for v in variables if pick((True, True, False))))

    far = {name: at_some_values() for name in formulas if pick((True, True, False))}
    farther = {name: at_some_values() & f.truth(1) for name, f in formulas.items() if pick((True, True, False))}
    goals = (some(2), some(3), far, farther)
    return *(Check(name, stop) for name, stop in zip(GOALS, goals, strict=True)), Check(NEVER, trigger=some(2))


@st.composite
def plain_systems(draw_from: st.DrawFn) -> Monitored:
    """Return systems without a network. Their relations are read, or only drawn from, or only added to as well, or replaced."""

    def pick(options: Sequence[T]) -> T:
        return options[draw_from(st.integers(0, len(options) - 1))]

    anything = Formulas(pick, (), ())

    def beginning(sort: Sort) -> Value:
        one, *others = (pick(values_of(sort)) for _ in range(pick((1, 1, 1, 1, 1, 2))))
        return one_of(one, *others) if others else one

    variables = tuple(
        Variable(f"v{i}", sort, beginning(sort)) for i, sort in enumerate(pick(SORTS) for _ in range(pick((2, 2, 3))))
    )
    sort = Relation(tuple((f"c{i}", column) for i, column in enumerate(pick(COLUMNS))))
    relations = tuple(
        Variable(f"r{i}", sort, frozenset(anything.row(sort) for _ in range(pick((0, 1, 2, 2)))))
        for i in range(pick((1, 1, 1, 2)))
    )
    line, waits = queue("line", pick((BOOL, COLOUR, Nat(2), TOKEN)), 2), pick((True, False, False))
    values, bags = tuple(v.value for v in variables), tuple(r.value for r in relations)
    if waits:
        values += (line.value.head, line.value.length)
    read, grows = pick((True, False)), pick((True, False, False))
    readable = bags if read else ()
    actions: list[Action] = []
    reading: dict[str, Formulas] = {}
    for name in ("acts", "does", "makes", "goes")[: pick((2, 2, 3, 4))]:
        before = Formulas(pick, values, readable)
        parameters: list[Parameter] = []
        confined = TRUE
        for called in ("p", "q")[: pick((0, 1, 1, 2))]:
            if pick((True, False)):
                source = pick(bags)
                taken = draw(called, before.relation(source, 1) if read and pick((False, False, True)) else source)
            else:
                taken, candidate = plain_parameter(before, called)
                confined = confined & candidate
            if read or taken.source is None or not any(p.source is not None for p in parameters):
                parameters.append(taken)
        formulas = Formulas(pick, (*values, *(e for p in parameters for e in seen(p))), readable)
        updates = {v.name: formulas.updated(v) for v in variables if pick((True, True, True, False))}
        for r in relations:
            if grows:
                edited = pick((r.value, formulas.edited(r.value, "add")))
            elif pick((False, False, True)):
                edited = pick((formulas.constant_relation(sort), formulas.edited(pick(bags), "add"), pick(bags)))
            else:
                edited = formulas.relation(r.value, pick((0, 1, 2)))
            if edited is not r.value:
                updates[r.name] = edited
        if waits:
            sign = line.value.head.sort
            longer, shorter = line.value.append(formulas.atom(sign)), line.value.tail()
            updates |= line.set(pick((line.value, longer, shorter, shorter.append(formulas.value(sign, 1)))))
        guard = confined & formulas.guard()
        actions.append(Action(name, guard, updates, tuple(parameters)))
        reading[name] = formulas
    lines = line.variables() if waits else ()
    v = pick(variables)
    constraint = v.value != literal(pick(values_of(v.sort)), v.sort) if pick((True, False, False, False)) else TRUE
    system = TransitionSystem("random", (*variables, *relations, *lines), tuple(actions), constraint=constraint)
    return Monitored(system, checks(variables, reading))


@st.composite
def networked_systems(draw_from: st.DrawFn, *, careless: bool = False) -> Monitored:
    """Return systems with a network that loses, duplicates and is never looked at: most of them, or, if ``careless``, few."""

    def pick(options: Sequence[T]) -> T:
        return options[draw_from(st.integers(0, len(options) - 1))]

    exceptional = (False, True) if careless else (False,) * 11 + (True,)
    anything = Formulas(pick, (), ())

    def beginning(sort: Sort) -> Value:
        one, *others = (pick(values_of(sort)) for _ in range(pick((1, 1, 1, 1, 1, 2))))
        return one_of(one, *others) if others else one

    variables = tuple(
        Variable(f"v{i}", sort, beginning(sort)) for i, sort in enumerate(pick(SORTS) for _ in range(pick((2, 2, 3))))
    )
    sort = Relation(tuple((f"c{i}", column) for i, column in enumerate(pick(COLUMNS))))
    wire = Variable(WIRE, sort, frozenset(anything.row(sort) for _ in range(pick((0, 1, 1, 2)))))
    values = tuple(v.value for v in variables)
    actions: list[Action] = []
    reading: dict[str, Formulas] = {}
    for name in ("acts", "does", "makes", "goes")[: pick((2, 2, 3, 4))]:
        parameters: list[Parameter] = []
        confined = TRUE
        receives = pick(("", SEGMENT, SEGMENT))
        if receives:
            parameters.append(draw(receives, wire.value))
        if pick((True, False, False)):
            p, confined = plain_parameter(Formulas(pick, values, ()), "p")
            parameters.append(p)
        looks = (wire.value,) if pick(exceptional) else ()
        formulas = Formulas(pick, (*values, *(e for p in parameters for e in seen(p))), looks)
        updates = {v.name: formulas.updated(v) for v in variables if pick((True, True, True, False))}
        sends = tuple(tuple(formulas.stored(column, 1) for _, column in sort.columns) for _ in range(pick((0, 1, 1, 2))))
        guard = confined & formulas.guard()
        actions.append(Action(name, guard, updates, tuple(parameters), receives, sends))
        reading[name] = replace(formulas, relations=(wire.value,) if pick(exceptional) else ())
    network = Network(WIRE, loss=not pick(exceptional), duplication=not pick(exceptional))
    system = TransitionSystem("random network", (*variables, wire), tuple(actions), network=network)
    return Monitored(system, checks(variables, reading))
