"""What is left to be decided, and only the variables that it depends on.

Each claim brings variables in which it remembers, and each multiplies the controls. When a claim is decided these are of no use
any more. Kept are the variables that guards, choices, the network and what is still looked for read, and those that their new
values are made of: the others change nothing of these. So the smaller system takes the same steps, and decides the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from model.notation.analysis import mentions
from model.notation.expr import Expr, Op
from model.notation.system import TransitionSystem
from properties.observe import Check, Monitored


def left_over(monitored: Monitored, decided: Callable[[str], bool], triggered: Callable[[str], bool]) -> Monitored:
    """Return a system with what is still to be found out about it: who is not ``decided``, and whose trigger was not met."""
    left = (
        replace(check, stop={} if decided(check.name) else check.stop, trigger={} if triggered(check.name) else check.trigger)
        for check in monitored.checks
    )
    checks = tuple(check for check in left if check.stop or check.trigger)
    return Monitored(_confined(monitored.system, checks), checks)


def _confined(system: TransitionSystem, checks: Iterable[Check]) -> TransitionSystem:
    """Return a system without the variables that neither its steps nor the checks depend on."""
    needed = {system.network.variable} if system.network is not None else set()
    needed |= _read(_always(system))
    needed |= _read(e for check in checks for e in check.formulas)
    before = set[str]()
    while before != needed:
        before = set(needed)
        needed |= _read(e for action in system.actions for name, e in action.updates.items() if name in before)
    actions = tuple(
        replace(a, updates={name: e for name, e in a.updates.items() if name in needed}, events=()) for a in system.actions
    )
    return replace(system, variables=tuple(v for v in system.variables if v.name in needed), actions=actions, views={})


def _always(system: TransitionSystem) -> Iterator[Expr]:
    """Yield the formulas that say which steps there are."""
    yield system.constraint
    for action in system.actions:
        yield action.guard
        yield from (cell for sent in action.sends for cell in sent)
        for p in action.parameters:
            yield from (*p.candidates, *(() if p.source is None else (p.source,)))


def _read(formulas: Iterable[Expr]) -> set[str]:
    return {name for e in formulas for op, name in mentions(e) if op is Op.VARIABLE}
