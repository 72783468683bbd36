"""Small systems whose network may keep every segment, drawn at random: what the covering search has to be right about.

Before the network they may have relations that grow, shrink or are drawn from, so that a search which takes another relation
for the network is found out. Actions send, receive, do both and change other variables, do nothing, or, now and then, assign
the network, which is more than sending.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from model.notation.expr import TRUE, Expr, conj, literal
from model.notation.sorts import BOOL, Nat, Relation
from model.notation.system import SEGMENT, Action, Network, TransitionSystem, Variable, draw, one_of
from properties.observe import Check, Monitored
from tests.random_systems import COLOUR, GOALS, NEVER, TOKEN, WIRE, Formulas, checks, plain_parameter, seen, values_of

T = TypeVar("T")

_SHUFFLED = 0.5
"""How often the network is declared anywhere among the variables."""

ROWS: tuple[Relation, ...] = (
    *(Relation((("c", sort),)) for sort in (BOOL, COLOUR, Nat(2))),
    Relation((("a", BOOL), ("b", COLOUR))),
)
"""The sorts of relations: of few rows, and few sorts, so that one relation often has the sort of another."""


def monotone_system(seed: int) -> Monitored:
    """Return the system of a seed, with checks of its steps, the last of which decides nothing."""
    chance = random.Random(seed)  # noqa: S311  # chance, not secrecy

    def pick(options: Sequence[T]) -> T:
        return chance.choice(options)

    nothing = Formulas(pick, (), ())
    variables = []
    for number in range(pick((2, 2, 3))):
        sort = pick((BOOL, COLOUR, Nat(2), Nat(3), TOKEN))
        begins = [pick(values_of(sort)) for _ in range(pick((1, 1, 1, 2)))]
        variables.append(Variable(f"v{number}", sort, one_of(*begins) if len(begins) > 1 else begins[0]))
    bags = [_relation(nothing, f"r{number}", pick(ROWS)) for number in range(pick((0, 1, 1, 2)))]
    wire = _relation(nothing, WIRE, pick(ROWS))
    values = tuple(v.value for v in variables)
    actions: list[Action] = []
    reading: dict[str, Formulas] = {}
    for name in ("acts", "does", "makes", "goes", "comes")[: pick((3, 3, 4, 5))]:
        parameters, confined = [], TRUE
        receives = pick(("", SEGMENT, SEGMENT))
        if receives:
            parameters.append(draw(receives, wire.value))
        if bool(bags) and pick((True, False)):
            parameters.append(draw("d", pick(bags).value))
        if pick((True, False, False)):
            chosen, confined = plain_parameter(Formulas(pick, values, ()), "p")
            parameters.append(chosen)
        read = tuple(bag.value for bag in bags) if pick((True, False)) else ()
        formulas = Formulas(pick, (*values, *(e for p in parameters for e in seen(p))), read)
        updates: dict[str, Expr] = {v.name: formulas.updated(v) for v in variables if pick((True, False))}
        for bag in bags:
            if pick((True, False)):
                updates[bag.name] = formulas.edited(bag.value, pick(("add", "remove")))
        sends = tuple(_row(formulas, wire) for _ in range(pick((0, 1, 1, 2))))
        if not receives and not sends and pick((True, False, False)):
            assert isinstance(wire.sort, Relation)
            updates[WIRE] = formulas.constant_relation(wire.sort)
        actions.append(Action(name, confined & formulas.guard(), updates, tuple(parameters), receives, sends))
        reading[name] = formulas
    v = pick(variables)
    constraint = v.value != literal(pick(values_of(v.sort)), v.sort) if pick((True, *(False,) * 7)) else TRUE
    places = [*variables, *bags, wire]
    if chance.random() < _SHUFFLED:
        chance.shuffle(places)
    system = TransitionSystem("random", tuple(places), tuple(actions), network=Network(WIRE), constraint=constraint)
    return Monitored(system, _checks(variables, reading))


def _relation(formulas: Formulas, name: str, sort: Relation) -> Variable:
    return Variable(name, sort, frozenset(formulas.row(sort) for _ in range(formulas.pick((0, 1, 1, 2)))))


def _row(formulas: Formulas, relation: Variable) -> tuple[Expr, ...]:
    assert isinstance(relation.sort, Relation)
    return tuple(formulas.stored(column, 1) for _, column in relation.sort.columns)


def _checks(variables: Sequence[Variable], reading: dict[str, Formulas]) -> tuple[Check, ...]:
    """Return checks as other random systems have, and one of certain values at once, which takes some steps to come to."""
    some = next(iter(reading.values()))
    at = conj(*(v.value == literal(some.pick(values_of(v.sort)), v.sort) for v in variables))
    *others, never = checks(variables, reading)
    assert {check.name for check in others} == {*GOALS}
    assert never.name == NEVER
    return (*others, Check("farthest", {some.pick(tuple(reading)): at}), never)
