"""What claims make of a system: a system with observers woven in, and what to look for in it.

What a claim must remember it keeps in *observers*, variables of its own that no guard reads: so they cannot change what the
system does, and a system that is asked nothing carries none. This is all that engines see of claims (:mod:`properties.step`
says how they come to it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from model.notation.expr import FALSE, Expr
from model.notation.network import connect, keeping_everything
from model.notation.system import TransitionSystem
from properties.fairness import Fairness


@dataclass(frozen=True, slots=True)
class Seen:
    """What a claim makes of a step: whether it stops the search there, and whether its trigger is met."""

    stop: Expr = FALSE
    trigger: Expr = FALSE


@dataclass(frozen=True)
class Obligation:
    """What a claim of liveness asks for: a state that meets ``premise``, or one after it, meets ``goal`` in each fair run."""

    premise: Expr
    goal: Expr
    fairness: tuple[Fairness, ...]


@dataclass(frozen=True)
class Check:
    """What to look for on behalf of one claim.

    ``stop`` and ``trigger`` give, by the name of an action, formulas over the state before its step and its parameters. An
    action that is not named never decides the claim and never is its trigger. ``at_start`` decides it in the initial state. A
    check that only ``guards`` a search is looked for as long as the search lasts, and does not make it last.
    """

    name: str
    stop: Mapping[str, Expr] = field(default_factory=dict)
    trigger: Mapping[str, Expr] = field(default_factory=dict)
    at_start: Expr = FALSE
    guards: bool = False
    obligation: Obligation | None = None
    """What a claim of liveness asks for; no step decides one."""
    observers: tuple[str, ...] = ()
    """The variables of the system in which the claim remembers."""

    @property
    def formulas(self) -> tuple[Expr, ...]:
        """Return every formula that is watched."""
        return (*self.stop.values(), *self.trigger.values(), *self.of_states)

    @property
    def of_states(self) -> tuple[Expr, ...]:
        """Return every formula that is asked of states, and not of steps."""
        asked = self.obligation
        return () if asked is None else (asked.premise, asked.goal, *(assumed.when for assumed in asked.fairness))


@dataclass(frozen=True)
class Monitored:
    """A system with the observers of some claims woven in, and what to look for in it."""

    system: TransitionSystem
    checks: tuple[Check, ...] = ()

    @property
    def formulas(self) -> tuple[Expr, ...]:
        """Return every formula that is watched."""
        return tuple(formula for check in self.checks for formula in check.formulas)

    @cached_property
    def exact(self) -> TransitionSystem:
        """The system with its network written out."""
        return connect(self.system)

    @cached_property
    def kept(self) -> TransitionSystem:
        """The system with a network written out that keeps every segment."""
        return keeping_everything(self.system)


def observer_name(claim: str, observer: str) -> str:
    """Return the name of the variable that an observer of a claim is in the system that the claim watches."""
    return f"{claim}.{observer}"
