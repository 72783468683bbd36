"""What a shortest run cannot contain. Said to the solver, it saves most of the search.

Take the shortest runs that decide a check with their last step, and among them the one whose sequence of action numbers is
smallest. In that run:

- **No state comes twice** before the last step: what lies between could be left out.
- **Independent neighbours are in order.** Two actions are independent when neither writes what the other reads or writes (its
  guard, its updates, what is watched in it). Taken in either order they lead to the same state; so if the later one had the
  smaller number, changing places would give a smaller run that still decides the check. (If the last step could change
  places, there would be a shorter run.)
- **What is sent is used.** A step before the last that only adds rows to the network adds one that a later step draws. It
  could be left out otherwise.

The last needs a relation that actions only add rows to and draw rows from: a network that keeps everything. Such a relation
is also a case of its own for independence: steps that add to it are independent, and a step that draws a row is independent of
one that adds rows if the row was there before, which is part of the formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checker.host.solving import z3
from checker.symbolic.lower import Lowering, Slots, Term, equal_rows, has
from model.notation.analysis import mentions
from model.notation.expr import Op
from model.notation.pool import drawn_from, is_pool
from model.notation.sorts import Relation
from model.notation.system import Action, Parameter
from properties.observe import Monitored


@dataclass(frozen=True)
class UnrolledStep:
    """One step of the unrolled formula: which action it takes, its formulas, and the state before it."""

    actions: list[Term]
    lower: Lowering
    before: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Footprint:
    reads: frozenset[str]
    writes: frozenset[str]

    def independent_of(self, other: _Footprint) -> bool:
        return not (self.writes & (other.reads | other.writes)) and not (other.writes & self.reads)


class Pruning:
    """The constraints, for one system and its checks."""

    def __init__(self, monitored: Monitored) -> None:
        self._system = system = monitored.system
        relations = [v.name for v in system.variables if isinstance(v.sort, Relation)]
        self._grows = next((r for r in relations if is_pool(r, system.actions, monitored.formulas, growing=True)), "")
        feet = [self._footprint(action, monitored) for action in system.actions]
        self._sooner = [[j for j in range(i + 1, len(feet)) if feet[i].independent_of(feet[j])] for i in range(len(feet))]
        self._steps: list[UnrolledStep] = []

    def step(self, step: UnrolledStep) -> list[Term]:
        """Return the constraints that come with one more step."""
        constraints = self._in_order(self._steps[-1], step) if self._steps else []
        constraints += [self._differ(earlier.before, step.before) for earlier in self._steps]
        self._steps.append(step)
        return constraints

    def end(self, after: dict[str, Any]) -> list[Term]:
        """Return the constraints that hold if the run ends with the last step given, in the state ``after``."""
        if not self._grows:
            return []
        states = [*(step.before for step in self._steps), after]
        return [
            z3.Or(
                self._control_differs(states[i], states[i + 1]),
                *(
                    self._draws(later, slot.cells)
                    for slot in states[i + 1][self._grows][len(states[i][self._grows]) :]
                    for later in self._steps[i + 1 :]
                ),
            )
            for i in range(len(self._steps) - 1)
        ]

    def _in_order(self, previous: UnrolledStep, step: UnrolledStep) -> list[Term]:
        constraints: list[Term] = []
        for action, this, sooner in zip(self._system.actions, step.actions, self._sooner, strict=True):
            if sooner:
                drawn = drawn_from(action, self._grows)
                older: Slots = previous.before[self._grows] if drawn is not None else ()
                here = has(older, tuple(map(step.lower, drawn.row))) if drawn is not None else z3.BoolVal(True)
                constraints.append(z3.Implies(z3.And(this, here), z3.Not(z3.Or([previous.actions[i] for i in sooner]))))
        return constraints

    def _draws(self, step: UnrolledStep, row: tuple[Term, ...]) -> Term:
        """Return that the step draws this row from the relation that only grows."""
        by_name: dict[tuple[str, ...], tuple[Parameter, list[Term]]] = {}
        for action, this in zip(self._system.actions, step.actions, strict=True):
            drawn = drawn_from(action, self._grows)
            if drawn is not None:
                by_name.setdefault(drawn.names, (drawn, []))[1].append(this)
        return z3.Or([z3.And(z3.Or(taken), equal_rows(tuple(map(step.lower, p.row)), row)) for p, taken in by_name.values()])

    def _control_differs(self, one: dict[str, Any], other: dict[str, Any]) -> Term:
        return z3.Or([_differs(one[name], other[name]) for name in one if name != self._grows])

    def _differ(self, one: dict[str, Any], other: dict[str, Any]) -> Term:
        return z3.Or([_differs(one[name], other[name]) for name in one])

    def _footprint(self, action: Action, monitored: Monitored) -> _Footprint:
        formulas = [action.guard, *action.updates.values(), *(p.source for p in action.parameters if p.source is not None)]
        for check in monitored.checks:
            formulas += [by_action[action.name] for by_action in (check.stop, check.trigger) if action.name in by_action]
        reads = {name for e in formulas for op, name in mentions(e) if op is Op.VARIABLE}
        return _Footprint(frozenset(reads - {self._grows}), frozenset(action.updates.keys() - {self._grows}))


def _differs(before: Any, after: Any) -> Term:
    """Return that the values of a variable differ in two states of a run. Later slots continue earlier ones."""
    if not isinstance(before, tuple):
        return z3.BoolVal(False) if before is after else before != after
    changed = [old.present != new.present for old, new in zip(before, after, strict=False) if old.present is not new.present]
    added = [z3.And(new.present, z3.Not(has(before, new.cells))) for new in after[len(before) :]]
    return z3.Or([*changed, *added])
