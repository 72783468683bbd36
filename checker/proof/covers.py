"""Which other assumptions a proof covers: what endpoints do with a segment often decides nothing that the proof rests on."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

from checker.proof.subject import Subject
from checker.proof.terms import BITS
from checker.proof.verifying import answered
from model.notation.expr import Expr
from model.notation.system import Action


def covered(subject: Subject, invariants: Mapping[str, Sequence[Expr]], deadline: float) -> tuple[tuple[str, str | bool], ...]:
    """Return which other assumptions the same invariants prove the claim under, and what it rests on; by part of the subject.

    What actions have in common is shown once.
    """
    assumed = subject.setting.assumptions
    known = _all_written(subject)
    found = []
    for name, value, varied in subject.spec.alternatives(assumed):
        other = replace(subject, setting=replace(subject.setting, assumptions=varied))
        if all(_shown(part, invariants[key], known, deadline) for key, part in other.parts.items()):
            found.append((name, value))
            known |= _all_written(other)
    return tuple(found)


def _shown(subject: Subject, conjuncts: Sequence[Expr], known: Mapping[Hashable, Subject], deadline: float) -> bool:
    """Return whether an invariant stands where some actions are others than those that it is ``known`` to stand for."""
    changed = {action.name for action in _actions(subject) if _written(action, subject) not in known}
    return all(answered(o.smt2(), deadline) for o in subject.proof(conjuncts, BITS).obligations(changed))


def _all_written(subject: Subject) -> dict[Hashable, Subject]:
    """Return what the actions of a subject are known by, each with its part, so that the formulas stay what they are."""
    return {_written(action, part): part for part in subject.parts.values() for action in _actions(part)}


def _actions(subject: Subject) -> tuple[Action, ...]:
    return subject.exact.system.actions


def _written(action: Action, subject: Subject) -> Hashable:
    """Return what an action and what is watched in it share with another where they are written alike."""
    stop = subject.check(subject.exact).stop.get(action.name)
    updates = tuple((name, e.key) for name, e in sorted(action.updates.items()))
    drawn = tuple((p.names, None if p.source is None else p.source.key) for p in action.parameters)
    return subject.claim.name, action.guard.key, drawn, updates, None if stop is None else stop.key
