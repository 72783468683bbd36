"""Random systems that choose ISNs, with numbers around these: before, after, between, and growing.

What is added and what is written is chosen near the edges of what may be renamed with an ISN, where a condition that is wrong
by one, or forgotten, tells ISNs apart. Each step is counted, so that there are few.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from model.notation.expr import FALSE, Expr, disj, ite, literal
from model.notation.sorts import BOOL, MODULUS, SEQ, Nat, Relation
from model.notation.system import Action, TransitionSystem, Variable, choose, draw
from properties.observe import Check, Monitored

GROUPS: tuple[tuple[tuple[int, ...], ...], ...] = (
    ((100, 200),),
    ((200, 100),),
    ((130, 100, 160),),
    ((MODULUS - 20, 40),),
    ((100, 200), (400, 500)),
    ((100, 200), (200, 100)),
)
"""ISNs to choose among."""
OVERLAPPING: tuple[tuple[tuple[int, ...], ...], ...] = (((100, 200), (100,)), ((100, 200), (200, 300)))
SMALL, LARGE = (1, 1, 1, 2, 3, 4), (8, 20, 99, 100)
T = TypeVar("T")

WIRE = Relation((("seq", SEQ),))
STEPS, GOALS = 4, 10
SLIPS = ("nothing", "nothing", "groups", "numbers", "numbers", "amounts", "windows")
"""What one system may be careless with."""


def renamed_system(seed: int) -> Monitored:
    """Return a system that chooses ISNs, with checks of what it does; another for each seed."""
    random = Random(seed)  # noqa: S311  # nothing is kept secret by it

    def pick(options: Sequence[T]) -> T:
        return random.choice(options)

    slip = pick(SLIPS)
    groups = pick(OVERLAPPING if slip == "groups" else GROUPS)

    everyone = sorted({isn for group in groups for isn in group})
    reach = min((a - b) % MODULUS for a in everyone for b in everyone if a != b) // 3
    amounts = (*SMALL, *LARGE, reach - 1, reach // 2, reach, 2 * reach) if slip == "amounts" else SMALL
    strides = (1, 2, reach // 2, reach - 1)
    edges = [*range(-reach - 4, 4), *range(reach - 2, reach + 2), *range(2 * reach - 2, 2 * reach + 3)]
    near: list[int] = sorted({(isn + edge) % MODULUS for isn in everyone for edge in edges})
    clear: list[int] = [n for n in near if not any((n - isn + reach) % MODULUS < 3 * reach for isn in everyone)]

    def number() -> int:
        return pick(near if slip == "numbers" and pick((True, False)) else (10_000, *clear))

    x, z = Variable("x", SEQ, 10_000), Variable("z", SEQ, number())
    wire = Variable("wire", WIRE, frozenset((number(),) for _ in range(pick((0, 0, 0, 1)))))
    clock, slow = (
        Variable("clock", Nat(STEPS), 0),
        Variable("slow", Nat(pick((2, 3, reach // 2, reach) if slip == "amounts" else (2, 3))), 1),
    )
    values = (x.value, z.value)

    def term(read: Sequence[Expr], depth: int) -> Expr:
        """Return a number: one that is read, or something added to it."""
        if depth == 0:
            return pick(read)
        below = depth - 1
        makers: tuple[Callable[[], Expr], ...] = (
            lambda: term(read, below) + pick(amounts),
            lambda: term(read, below) + pick(amounts),
            lambda: term(read, below) + slow.value,
            lambda: ite(truth(read), term(read, below), term(read, below)) + pick(amounts),
        )
        return pick(makers)()

    def hits(left: Expr, right: Expr) -> Expr:
        """Return whether two numbers lie near each other, in one of some ways."""
        return disj(*(left + n == right for n in random.sample(range(reach // 2), pick((1, 3, reach // 2)))))

    def truth(read: Sequence[Expr]) -> Expr:
        one, other, written = pick(read), pick(read), literal(number(), SEQ)
        makers: tuple[Callable[[], Expr], ...] = (
            lambda: hits(one, other),
            lambda: hits(one, written),
            lambda: hits(term((one,), 1), other),
            lambda: term((one,), pick((1, 2, 3))) == written,
            lambda: term((one,), pick((0, 1, 2))) == term((other,), pick((0, 1, 2))),
            lambda: wire.value.has(term((one,), pick((0, 1)))),
            lambda: wire.value.add(term((one,), 1)).exists(lambda row: hits(row.seq + pick(amounts), other)),
            lambda: wire.value.add(term((one,), 1)).exists(lambda row: row.seq + pick(amounts) == written),
            lambda: one.in_window(written, pick((50, 100))) if slip == "windows" else one == written,
        )
        return pick(makers)()

    def does(name: str) -> Action:
        """Return an action that lets a number grow, copies one, takes one from the wire, or chooses under a condition."""
        row = draw("row", pick((wire.value, wire.value.add(term(values, 1)))))
        whether = choose("whether", BOOL, among=(truth(values), FALSE))
        also = {"wire": wire.value.add(term(values, 1))} if pick((True, False, False)) else {}
        return pick((
            Action(name, updates={"z": z.value + pick(strides), **also}),
            Action(name, updates={"z": z.value + pick(strides), **also}),
            Action(name, updates={"x": x.value + pick(strides), **also}),
            Action(name, updates={"z": term(values, pick((0, 1, 2))), "slow": slow.value + pick((1, reach // 3))}),
            Action(name, updates={pick(("x", "z")): row.row.seq + pick((0, *amounts)), **also}, parameters=(row,)),
            Action(name, whether.value, {"z": z.value + pick(strides), **also}, (whether,)),
            Action(name, truth(values), {"z": pick((x.value, literal(number(), SEQ)))}),
        ))  # fmt: skip

    actions: list[Action] = []
    for name, group in zip(("opens", "opens also"), groups, strict=False):
        isn = choose(f"isn of {name}", SEQ, among=group)
        sent = {"wire": wire.value.add(isn.value + pick(amounts))} if pick((True, False)) else {}
        actions.append(
            Action(name, updates={"x": pick((isn.value, isn.value, isn.value + pick(amounts))), **sent}, parameters=(isn,))
        )
    actions += [does(name) for name in ("does", "makes", "goes")[: pick((1, 1, 2, 3))]]

    def read_in(action: Action) -> tuple[Expr, ...]:
        return (*values, *(cell for p in action.parameters for cell in p.row if cell.sort == SEQ))

    def goal(number: int) -> Check:
        stop = {a.name: truth(read_in(a)) & (clock.value >= pick((1, 2, 3))) for a in actions}
        return Check(f"goal {number}", stop, {a.name: truth(values) for a in actions if pick((True, False, False))})

    counted = tuple(
        Action(a.name, a.guard & (clock.value < STEPS), {**a.updates, "clock": clock.value + 1}, a.parameters) for a in actions
    )
    return Monitored(TransitionSystem("renamed", (x, z, wire, clock, slow), counted), tuple(map(goal, range(GOALS))))
