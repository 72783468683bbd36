"""Random systems at the edges of the notation.

There are sorts of one value, and of more than a machine word has; relations of many columns; rows added and removed in one
step, and relations that change places; choices that are none; systems with little in them. The formulas are those of
:mod:`tests.random_systems`, over other sorts and other constants.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from model.notation.expr import FALSE, TRUE, Expr, disj, exists_in, forall_in, ite, literal
from model.notation.network import connect
from model.notation.sorts import BOOL, DISTANCE, SEQ, Enum, Nat, Relation, Sort, Value
from model.notation.system import Action, Network, Parameter, TransitionSystem, Variable, choose, draw
from properties.observe import Check, Monitored
from tests.random_systems import NEVER, POINTS, WIRE, Formulas, columns_of, seen

T = TypeVar("T")

ONE = Enum("One", ("only",))
MANY = Enum("Many", tuple(f"m{i}" for i in range(300)))
ENDS = (0, 1, 2, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**40, 2**63, 2**64)
COUNTERS = tuple(map(Nat, ENDS))
SORTS: tuple[Sort, ...] = (BOOL, ONE, MANY, SEQ, *COUNTERS)
COLUMNS: tuple[tuple[Sort, ...], ...] = (
    (Nat(0),), (ONE,), (Nat(2**40),), (SEQ,), (BOOL,), (MANY,), (Nat(2**64), ONE), (SEQ, Nat(2**32)),
    (BOOL, ONE, Nat(0), Nat(2**40), SEQ, MANY),
)  # fmt: skip
WRITTEN: tuple[Sort, ...] = (BOOL, ONE, MANY, SEQ, Nat(0), Nat(1), Nat(2), Nat(2**31 - 1))
WRITTEN_COLUMNS: tuple[tuple[Sort, ...], ...] = (
    (Nat(0),), (ONE,), (Nat(1),), (BOOL,), (SEQ,), (MANY,), (Nat(2**31 - 1),), (BOOL, ONE), (BOOL, Nat(1)),
    (BOOL, ONE, Nat(0), Nat(1), SEQ, MANY),
)  # fmt: skip
"""What the other checkers can count as well."""
SMALL = 4
"""As many values of a sort as a quantifier, or a choice without candidates, ranges over."""


def edges_of(sort: Sort) -> tuple[Value, ...]:
    """Return constants of a sort: those at its ends, and where words end within it."""
    if sort in (SEQ, DISTANCE):
        return POINTS
    if isinstance(sort, Nat):
        known = {number for end in ENDS for number in (end - 1, end, end + 1)}
        inside = sorted(number for number in known if 0 < number < sort.limit)
        return tuple(dict.fromkeys((0, sort.limit, *inside[-1:], *inside[:1])))
    values = tuple(sort.values())
    return values if len(values) <= SMALL else (values[0], values[255], values[-1])


@dataclass(frozen=True)
class Edges(Formulas):
    """Formulas whose constants are those at the edges; ``sorts`` are those that nothing which is read has to have."""

    sorts: tuple[Sort, ...] = SORTS

    def constant(self, sort: Sort) -> Expr:
        """Return some constant."""
        if isinstance(sort, Relation):
            return literal(frozenset(self.row(sort) for _ in range(self.pick((0, 1, 2)))), sort)
        return literal(self.pick(edges_of(sort)), sort)

    def row(self, sort: Relation) -> tuple[Value, ...]:
        """Return the values of some row."""
        return tuple(self.pick(edges_of(column)) for _, column in sort.columns)

    def value(self, sort: Sort, depth: int, bound: tuple[Expr, ...] = ()) -> Expr:
        """Return a value to be compared; numbers are counted, and points shifted, by as much as there is."""
        if depth > 0 and isinstance(sort, Nat) and self.pick((True, False)):
            by = self.pick((1, -1, 2**31, -(2**31), 2**40, -(2**40), 2**64, -(2**64), sort.limit, -sort.limit))
            return self.value(sort, depth - 1, bound) + by
        if depth > 0 and sort == SEQ and self.pick((True, False)):
            counters = [e for e in (*self.atoms, *bound) if isinstance(e.sort, Nat)]
            by_it = (
                self.pick(counters)
                if counters
                else self.constant(self.pick([sort for sort in self.sorts if isinstance(sort, Nat)]))
            )
            return self.value(SEQ, depth - 1, bound) + self.value(by_it.sort, depth - 1, bound)
        if depth > 0 and sort != BOOL and not isinstance(sort, Nat) and sort not in (SEQ, DISTANCE):
            return ite(self.truth(depth - 1, bound), self.atom(sort, bound), self.atom(sort, bound))
        return super().value(sort, depth, bound)

    def truth(self, depth: int, bound: tuple[Expr, ...] = ()) -> Expr:
        """Return a condition."""
        small = [e.sort for e in (*self.atoms, *bound) if e.sort == ONE or (isinstance(e.sort, Nat) and e.sort.limit < SMALL)]
        if depth > 0 and small and self.pick((True, False, False, False)):
            quantifier = self.pick((forall_in, exists_in))
            return quantifier(self.pick(small), lambda e: self.truth(depth - 1, (*bound, e)))
        readable = [e for e in (*self.atoms, *bound) if not isinstance(e.sort, Relation)]
        if not readable and not self.relations:
            return self.constant(BOOL)
        makers: list[Callable[[], Expr]] = [lambda: self.equation(depth, bound)]
        if depth > 0:
            makers += [
                lambda: ~self.truth(depth - 1, bound),
                lambda: self.truth(depth - 1, bound) & self.truth(depth - 1, bound),
                lambda: self.truth(depth - 1, bound) | self.truth(depth - 1, bound),
                lambda: self.truth(depth - 1, bound) == self.truth(depth - 1, bound),
                lambda: self.order(depth, bound),
                lambda: self.order(depth, bound),
            ]
        if self.relations:
            makers += [lambda: self.membership(depth - 1, bound)]
            if depth > 0:
                makers += [lambda: self.quantified(depth, bound)]
        return self.choice(*makers)

    def equation(self, depth: int, bound: tuple[Expr, ...]) -> Expr:
        """Return that two values are the same."""
        sort = self.pick([e.sort for e in (*self.atoms, *bound) if not isinstance(e.sort, Relation)] or [BOOL])
        return self.atom(sort, bound) == (
            self.atom(sort, bound) if sort == BOOL else self.value(sort, max(depth - 1, 0), bound)
        )

    def order(self, depth: int, bound: tuple[Expr, ...]) -> Expr:
        """Return which of two numbers is less."""
        sort = self.pick([e.sort for e in (*self.atoms, *bound) if isinstance(e.sort, Nat)] or [DISTANCE])
        left, right = self.value(sort, depth - 1, bound), self.value(sort, depth - 1, bound)
        return self.choice(lambda: left < right, lambda: left <= right, lambda: left > right)

    def nested(self, of: Sequence[Expr], depth: int) -> Expr:
        """Return a relation made from one of several, or from a constant, by adding and removing rows and by choices."""
        if depth <= 0:
            return self.pick((*of, *of, *of, self.constant(of[0].sort)))
        inner = self.nested(of, depth - 1)
        edited = self.edited(inner, self.pick(("add", "remove")))
        return self.choice(
            lambda: edited,
            lambda: edited,
            lambda: self.both_ways(inner),
            lambda: ite(self.truth(1), edited, self.nested(of, depth - 1)),
        )

    def both_ways(self, of: Expr) -> Expr:
        """Return a relation with one row added and the same, or another, removed, in one order or the other."""
        row = tuple(self.atom(sort) for _, sort in columns_of(of))
        other = self.pick((row, tuple(self.atom(sort) for _, sort in columns_of(of))))
        return of.add(*row).remove(*other) if self.pick((True, False)) else of.remove(*row).add(*other)

    def kept(self, v: Variable) -> Expr:
        """Return a new value for a variable: of points and counters only such that they stay few."""
        others = [e for e in self.atoms if e.sort == v.sort]
        moved = self.constant(v.sort)
        if isinstance(v.sort, Nat):
            by = self.pick((v.sort.limit, -v.sort.limit, 2**64, -(2**64), v.sort.limit // 2 + 1))
            moved = self.pick((moved, v.value + by))
        read = self.pick(others) if others else moved
        return self.pick((moved, read, ite(self.truth(1), moved, read), ite(self.truth(2), read, moved)))


def parameter(formulas: Edges, name: str) -> tuple[Parameter, Expr]:
    """Return a choice, of one candidate, of the same ones again, or of a whole sort that is small, and what confines it."""
    sort = formulas.pick(formulas.sorts)
    small = sort in (BOOL, ONE) or (isinstance(sort, Nat) and sort.limit < SMALL)
    if small and formulas.pick((True, False)):
        return choose(name, sort), TRUE
    among = [formulas.atom(sort) for _ in range(formulas.pick((1, 1, 2)))]
    among += formulas.pick(([], among))
    p = choose(name, sort, tuple(among))
    return p, disj(*(p.value == candidate for candidate in among))


def extreme_system(seed: int, sorts: tuple[Sort, ...] = SORTS, columns: tuple[tuple[Sort, ...], ...] = COLUMNS) -> Monitored:
    """Return a system at the edges, the same for the same ``seed``; some have a network, which is written out.

    Chance is plain here, and not Hypothesis's, which prefers what is simple: of its examples most do nothing.
    """
    chance = random.Random(seed)  # noqa: S311  # chance, not secrecy

    def pick(options: Sequence[T]) -> T:
        return chance.choice(options)

    def begin(sort: Sort) -> Value:
        return pick(edges_of(sort))

    networked = pick((True, False, False))
    variables = tuple(
        Variable(f"v{i}", sort, begin(sort)) for i, sort in enumerate(pick(sorts) for _ in range(pick((0, 1, 2, 2, 3))))
    )
    sort = Relation(tuple((f"c{i}", column) for i, column in enumerate(pick(columns))))
    anything = Edges(pick, (), (), sorts)
    names = (WIRE,) if networked else (("r", "s"), ("r",), ("r", "s", "t"))[pick((0, 0, 1, 2))]
    relations = tuple(Variable(name, sort, frozenset(anything.row(sort) for _ in range(pick((0, 1, 2))))) for name in names)
    values, bags = tuple(v.value for v in variables), tuple(r.value for r in relations)
    actions: list[Action] = []
    reading: dict[str, Formulas] = {}
    for name in ("acts", "does", "makes")[: pick((0, 1, *(2, 3) * 6))]:
        readable = () if networked else bags
        before = Edges(pick, values, readable, sorts)
        parameters: list[Parameter] = []
        confined = TRUE
        receives = "s" if networked and pick((True, False)) else ""
        if receives:
            parameters.append(draw(receives, bags[0]))
        for called in ("p", "q")[: pick((0, 1, 1, 2))]:
            if not networked and pick((True, False)):
                parameters.append(draw(called, before.nested(bags, pick((0, 0, 1)))))
            else:
                chosen, candidate = parameter(before, called)
                parameters.append(chosen)
                confined = confined & candidate
        formulas = Edges(pick, (*values, *(e for p in parameters for e in seen(p))), readable, sorts)
        updates: dict[str, Expr] = {v.name: formulas.kept(v) for v in variables if pick((True, True, False))}
        sends: tuple[tuple[Expr, ...], ...] = ()
        if networked:
            sends = tuple(tuple(formulas.atom(column) for _, column in sort.columns) for _ in range(pick((0, 1, 2))))
        elif pick((True, False, False, False)):
            updates |= dict(zip(names, (*bags[1:], bags[0]), strict=True))  # each becomes what the next one was
        else:
            updates |= {r.name: formulas.nested(pick(((r.value,), bags)), pick((0, 1, 2, 3))) for r in relations}
        guard = confined & pick((*(TRUE,) * 8, *(formulas.truth(1),) * 4, formulas.truth(2), FALSE))
        actions.append(Action(name, guard, updates, tuple(parameters), receives, sends))
        reading[name] = formulas
    network = Network(WIRE) if networked else None
    system = TransitionSystem("extreme", (*variables, *relations), tuple(actions), network=network)
    goals = tuple(
        Check(f"goal{i}", {name: f.goal(n) for name, f in reading.items() if pick((True, False))})
        for i, n in enumerate((1, 1, 2))
    )
    return Monitored(connect(system), (*goals, Check(NEVER, trigger={name: f.goal(2) for name, f in reading.items()})))
