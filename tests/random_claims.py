"""Hypothesis strategies for claims that look at whatever a step shows, about random systems with a network.

Half of what they look at is what any claim does: the state before and after, the segment received and those sent, who acts,
what it remembers. The other half is the network's: steps in which nothing is received or sent, how many steps there were,
losses, copies, what an action updates, how many actions there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from hypothesis import strategies as st

from model.notation.expr import FALSE, TRUE, Expr, disj, ite, literal
from model.notation.network import KEPT, LOSES
from model.notation.sorts import BOOL, Nat, Relation
from model.notation.system import Event, TransitionSystem, Variable
from model.tcp.endpoint import EventKind
from properties import Claim, Kind, Seen, Step, invariant, reachable
from tests.random_systems import WIRE, Formulas, networked_systems, values_of

T = TypeVar("T")
Look = Callable[[Step], Expr]
"""What a claim makes of a step."""

ROLES = ("a", "b")


class Pick(Protocol):
    """Chooses one of several things."""

    def __call__(self, options: Sequence[T], /) -> T:
        """Return one of them."""
        ...


def said(truth: object) -> Expr:
    """Return a truth value as a formula."""
    return literal(bool(truth), BOOL)


def looks(pick: Pick, system: TransitionSystem) -> Look:
    """Return one way to look at a step, chosen beforehand, so that a claim says the same whenever it is shown the same."""
    variables = tuple(v for v in system.variables if v.name != WIRE)
    columns = system.sorts[WIRE]
    assert isinstance(columns, Relation)
    state = Formulas(pick, tuple(v.value for v in variables), ()).truth(pick((0, 1, 1)))
    v, (column, sort) = pick(variables), pick(columns.columns)
    cell = literal(pick(values_of(sort)), sort)
    row = tuple(literal(pick(values_of(sort)), sort) for _, sort in columns.columns)
    number, name, role = pick((0, 1, 2)), pick([a.name for a in system.actions]), pick(ROLES)
    wire = Variable(WIRE, columns, frozenset()).value

    def received(step: Step) -> Expr:
        got = step.received_row
        return FALSE if got is None else getattr(got, column) == cell

    def sent(step: Step) -> Expr:
        return disj(*(getattr(one, column) == cell for one in step.sent_rows))

    def idle(step: Step) -> Expr:
        return said(step.received_row is None and not step.sent_rows)

    def chosen(step: Step) -> Expr:
        """Look at the first thing that is chosen, whatever it is: of a loss, the segment lost."""
        first = step.action.parameters[:1]
        return disj(*(one == cell for p in first if p.source is not None for one in p.row if one.sort == sort))

    return pick((
        lambda _: state,
        lambda step: step.after(state),
        lambda step: step.after(state) & ~state,
        lambda step: step.after(v.value) != v.value,
        received,
        sent,
        lambda step: said(step.action.by == role),
        lambda step: said(step.opens(role)),
        lambda step: said(step.action.name == name),
        lambda step: said(step.action.name != name),
        idle,
        idle,
        lambda step: idle(step) & step.after(state),
        lambda step: said(not step.action.by),
        lambda step: said(step.action.name == LOSES),
        lambda step: disj(*(p.value for p in step.action.parameters if p.name == KEPT)),
        lambda step: said(WIRE in step.action.updates),
        lambda step: said(len(step.action.updates) == number),
        lambda step: said(len(step.action.parameters) == number),
        lambda step: said(len(step.system.variables) > len(system.variables) + number),
        lambda step: said(len(step.system.actions) > len(system.actions)),
        lambda step: step.action.guard if not step.action.parameters else FALSE,
        lambda _: wire.has(*row),
        lambda step: step.after(wire.exists(lambda r: getattr(r, column) == cell)),
        chosen,
        lambda _: TRUE,
    ))  # fmt: skip


def claim(pick: Pick, name: str, system: TransitionSystem) -> Claim:
    """Return a claim of one of the kinds, most often one with a ``watch`` of its own, that may count or remember."""
    look, also, trigger = looks(pick, system), looks(pick, system), looks(pick, system)
    limit, remembers = pick((1, 2, 3)), pick(("nothing", "nothing", "steps", "idle steps", "that it was"))
    atoms = tuple(v.value for v in system.variables if v.name != WIRE)
    state, other = (Formulas(pick, atoms, ()).truth(1) for _ in range(2))
    kind = pick((Kind.SAFETY, Kind.REACHABILITY))
    if pick((True, False, False, False)):
        plain = (invariant(name, state, trigger=other, when="it was"), reachable(name, state))
        return pick(plain)

    ignores = pick(("", "", LOSES))

    def watch(step: Step) -> Seen:
        if step.action.name == ignores:
            return Seen()
        seen = look(step)
        if remembers == "steps":
            step.set("count", step["count"] + 1)
            seen &= step.after(step["count"]) == limit
        elif remembers == "idle steps":
            step.set("count", ite(also(step), step["count"] + 1, step["count"]))
            seen &= step.after(step["count"]) == limit
        elif remembers == "that it was":
            step.set("was", step["was"] | also(step))
            seen &= step.after(step["was"])
        return Seen(seen, trigger(step))

    observers = (Variable("count", Nat(3), 0), Variable("was", BOOL, False))
    return replace(invariant(name, TRUE, trigger=TRUE, when="it was"), kind=kind, watch=watch, observers=observers)


@st.composite
def questions(draw_from: st.DrawFn) -> tuple[TransitionSystem, tuple[Claim, ...]]:
    """Return systems with a network, some of whose actions are taken by somebody, and four claims about each."""

    def pick(options: Sequence[T]) -> T:
        return options[draw_from(st.integers(0, len(options) - 1))]

    system = draw_from(networked_systems()).system
    actions = (
        replace(a, by=pick(("", *ROLES)), events=(Event(EventKind.OPENS, pick(ROLES)),) * pick((0, 1))) for a in system.actions
    )
    system = replace(system, actions=tuple(actions))
    return system, tuple(claim(pick, f"claim{i}", system) for i in range(4))
