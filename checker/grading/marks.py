"""What a submission earns: for each task points out of points, why not more, and what to look at next.

Marks depend on the submission and the assignment alone. What decides them counts states; where the clock or a process that
broke off is the reason that nothing is known, a task is *not graded*, and that is not zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any

from checker.decide import Setting, decide
from checker.files.mistakes import ModelFileError
from checker.grading.assignment import Assignment, Task
from checker.host.limits import Limits
from checker.verdict import Outcome, Verdict
from model.notation.expr import FALSE, TRUE, negate
from model.notation.said import said
from model.notation.sorts import NotationError
from model.notation.system import TransitionSystem
from properties.catalogue import CLAIMS
from properties.claim import Claim, Kind, invariant
from properties.specification import Specification

GRADED, NOT_GRADED = "graded", "not graded"


class NotGradedError(Exception):
    """The clock ended what would have decided a mark; the message says what it was."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What one task earned. ``lost`` says for what points were not given, and ``hint`` what to look at next."""

    task: str
    points: str
    of: str
    status: str = GRADED
    lost: tuple[str, ...] = ()
    hint: str = ""

    @property
    def earned(self) -> Fraction:
        """The points."""
        return Fraction(self.points)

    def as_record(self) -> dict[str, Any]:
        """Return the mark for ``--json``: points are fractions, as texts."""
        return {**asdict(self), "lost": list(self.lost)}


Reads = Callable[[], Specification]
"""What runs the file of a submission, or raises why it is no model."""


def marks(assignment: Assignment, reads: Reads) -> list[Mark]:
    """Return what a submission earns in each task."""
    try:
        spec = reads()
    except ModelFileError as error:
        return [_of_mistake(task, error) for task in assignment.tasks]
    return [_mark(assignment, task, spec) for task in assignment.tasks]


def not_graded(task: Task, why: str) -> Mark:
    """Return that nothing is known of a task."""
    return Mark(task.name, "0", str(task.points), NOT_GRADED, (why,))


def _of_mistake(task: Task, error: ModelFileError) -> Mark:
    from checker.isolation.sandbox import StoppedError  # noqa: PLC0415  # only where walls are used

    return (
        not_graded(task, str(error))
        if isinstance(error, StoppedError)
        else Mark(task.name, "0", str(task.points), lost=(str(error),))
    )


def _mark(assignment: Assignment, task: Task, spec: Specification) -> Mark:
    judge = {"handshake": _handshake, "claim": _claim}[task.kind]
    try:
        share, lost, hint = judge(assignment, task, spec)
    except NotGradedError as error:
        return not_graded(task, error.args[0])
    except (NotationError, ModelFileError) as error:
        share, lost, hint = Fraction(0), (str(error),), ""
    return Mark(task.name, str(task.points * share), str(task.points), GRADED, lost, hint if assignment.hints else "")


def _decided(assignment: Assignment, spec: Specification, claims: Sequence[Claim]) -> list[Verdict]:
    """Decide claims; raise :class:`NotGradedError` where something but the number of states ended a search."""
    limits = Limits(states=assignment.states, seconds=assignment.seconds)
    setting = Setting(assignment.scope, assignment.assumptions, limits=limits)
    verdicts = decide(spec, claims, setting)
    for verdict in verdicts:
        if verdict.outcome is Outcome.UNKNOWN and (verdict.counts.states or 0) < assignment.states:
            raise NotGradedError(said("{claim}: {why}", claim=verdict.question.claim.name, why=verdict.reason))
    return verdicts


def _handshake(assignment: Assignment, task: Task, spec: Specification) -> tuple[Fraction, tuple[str, ...], str]:
    """Return the share of the claims that a handshake holds, each with its trigger having happened."""
    (like,) = (assignment.models[name] for name in task.models)
    own = spec.build(assignment.scope, assignment.assumptions)
    _check_alike(own, like.build(assignment.scope, assignment.assumptions))
    asked = [CLAIMS[name] for name in (*task.claims, *task.hidden)]
    verdicts = _decided(assignment, replace(spec, claims=tuple(asked), liveness=()), asked)
    good = [v.outcome is Outcome.HOLDS and not v.vacuous for v in verdicts]
    failed = [v for v, passed in zip(verdicts, good, strict=True) if not passed]
    lost = tuple(_failure(v, hidden=v.question.claim.name in task.hidden) for v in failed)
    shown = next((v for v in failed if v.trace is not None and v.question.claim.name not in task.hidden), None)
    return Fraction(sum(good), len(good)), lost, "" if shown is None else _run_of(shown)


def _failure(verdict: Verdict, *, hidden: bool) -> str:
    if hidden:
        return said("a claim that is not named here does not hold")
    if verdict.vacuous:
        return said("{claim} holds only because it is never put to the test", claim=verdict.question.claim.name)
    unknown = verdict.outcome is Outcome.UNKNOWN
    return said("{claim} is unknown" if unknown else "{claim} is violated", claim=verdict.question.claim.name)


def _run_of(verdict: Verdict) -> str:
    """Return the hint for a claim that does not hold: what the shortest run does, and that its last step is the one."""
    assert verdict.trace is not None
    actions = ", ".join(step.action for step in verdict.trace.steps)
    return said("{claim} fails at the end of this shortest run: {actions}", claim=verdict.question.claim.name, actions=actions)


def _check_alike(own: TransitionSystem, like: TransitionSystem) -> None:
    """Raise where a model changes what a task leaves alone: who takes part, the variables, the network, what is assumed."""
    if own.network != like.network or own.assumptions != like.assumptions or own.constraint is not like.constraint:
        raise NotationError(f"the network, the assumptions or the bounds are not those of {like.name}: change only rules")
    for name, sort in like.sorts.items():
        if own.sorts.get(name) != sort:
            raise NotationError(f"there is no variable {name!r} as {like.name} has it: change only rules")
    begins = {v.name: v.initial for v in own.variables}
    if own.chosen or any(begins[v.name] != v.initial for v in like.variables):
        raise NotationError(f"it does not begin as {like.name} does: change only rules")
    seen = [
        {
            role: [(name, e.key) for name, e in (("state", view.state), *view.parts.items())]
            for role, view in system.views.items()
        }
        for system in (own, like)
    ]
    if seen[0] != seen[1]:
        raise NotationError(f"what is seen of the endpoints is not what is seen of those of {like.name}: change only rules")


def _claim(assignment: Assignment, task: Task, spec: Specification) -> tuple[Fraction, tuple[str, ...], str]:
    """Return the share of the chaffs that a claim fails on, nothing where it fails on a wheat."""
    handed = _invariant(spec, task.claims[0])
    for name in task.models:
        (verdict,) = _on(assignment, name, handed)
        if verdict.outcome is not Outcome.HOLDS:
            return Fraction(0), (said("it does not hold of {model}, which is correct", model=name),), _hint_of(verdict)
    passed = [name for name in task.chaffs if _on(assignment, name, handed)[0].outcome is not Outcome.VIOLATED]
    lost = (
        (said("it does not notice {missed} of {all} faulty models", missed=len(passed), all=len(task.chaffs)),)
        if passed
        else ()
    )
    hint = said("it holds of the faulty model {model}", model=passed[0].rpartition(":")[2]) if passed else ""
    return Fraction(len(task.chaffs) - len(passed), len(task.chaffs)), lost, hint


def _hint_of(verdict: Verdict) -> str:
    return _run_of(verdict) if verdict.trace is not None else said("whether it holds there is unknown")


def _invariant(spec: Specification, name: str) -> Claim:
    """Return the claim that was handed in, made anew of its formula: nothing else of it is taken over."""
    if name not in spec.claim:
        raise NotationError(f"there is no claim {name!r} of its own: write claims = (invariant({name!r}, ...),)")
    handed = spec.claim[name]
    if name in CLAIMS or handed.kind is not Kind.SAFETY or handed.at_start is FALSE:
        raise NotationError(
            f"{name!r} is not an invariant that can be false: write invariant({name!r}, ...) about the variables"
        )
    return invariant(name, negate(handed.at_start), trigger=TRUE, when="a step was taken")


def _on(assignment: Assignment, name: str, claim: Claim) -> list[Verdict]:
    of = assignment.models[name]
    return _decided(assignment, replace(of, claims=(claim,), liveness=()), [claim])
