"""What a submission earns: for each task points out of points, why not more, and what to look at next.

Marks depend on the submission and the assignment alone. What decides them counts states; where the clock or a process that
broke off is the reason that nothing is known, a task is *not graded*, and that is not zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

from checker.decide import Setting, check_spacing, decide
from checker.files.mistakes import CertificateError, ModelFileError, read_bytes
from checker.grading.assignment import OF_DATA, Assignment, Task
from checker.grading.local import check_local
from checker.host.limits import Limits
from checker.proof import certificate
from checker.proof.prove import Broken
from checker.proof.subject import Subject
from checker.scenarios import scenario as scenarios
from checker.scenarios.player import NotPossibleError, play
from checker.studies.lockstep import anything, compared
from checker.studies.proving import check_invariant
from checker.verdict import Outcome, Verdict
from model.notation.expr import FALSE, TRUE, negate
from model.notation.pretty import pretty
from model.notation.said import said
from model.notation.sorts import NotationError
from model.notation.system import TransitionSystem
from model.tcp.scope import ScopeError
from properties.catalogue import CLAIMS
from properties.claim import Claim, Kind, invariant
from properties.specification import Specification

GRADED, NOT_GRADED = "graded", "not graded"
PAIR = 2


class NotGradedError(Exception):
    """The clock ended what would have decided a mark; the message says what it was."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What one task earned. ``lost`` says for what points were not given, and ``hint`` what to look at next.

    ``fell`` names what was lost, for the teacher alone: claims, hidden ones too, or faulty models that went unnoticed.
    """

    task: str
    points: str
    of: str
    status: str = GRADED
    lost: tuple[str, ...] = ()
    hint: str = ""
    fell: tuple[str, ...] = ()

    @property
    def earned(self) -> Fraction:
        """The points."""
        return Fraction(self.points)

    def as_record(self) -> dict[str, Any]:
        """Return the mark for ``--json``: points are fractions, as texts. A hidden claim stays hidden."""
        shown = {name: value for name, value in asdict(self).items() if name != "fell"}
        return {**shown, "lost": list(self.lost)}


@dataclass(frozen=True, slots=True)
class Submission:
    """What was handed in: ``reads`` runs a model file by its path, and ``path`` finds the file of a task.

    A handshake is put together for the endpoints of what it has to be like: ``reads`` is told their composition, by name. It
    raises why a file is no model.
    """

    path: Callable[[Task], str]
    reads: Callable[[str, str], Specification]


def marks(assignment: Assignment, handed: Submission) -> list[Mark]:
    """Return what a submission earns in each task. A model file is run once for each composition."""
    models: dict[tuple[str, str], Specification | ModelFileError] = {}

    def model(path: str, composition: str) -> Specification:
        asked = path, composition
        if asked not in models:
            try:
                models[asked] = handed.reads(path, composition)
            except ModelFileError as error:
                models[asked] = error
        found = models[asked]
        if isinstance(found, ModelFileError):
            raise found
        return found

    return [_mark(assignment, task, replace(handed, reads=model)) for task in assignment.tasks]


def not_graded(task: Task, why: str) -> Mark:
    """Return that nothing is known of a task."""
    return Mark(task.name, "0", str(task.points), NOT_GRADED, (why,))


def _mark(assignment: Assignment, task: Task, handed: Submission) -> Mark:
    from checker.isolation.sandbox import StoppedError  # noqa: PLC0415  # only where walls are used

    try:
        path = handed.path(task)
        if task.kind in OF_DATA:
            judged = _OF_DATA[task.kind](assignment, task, path)
        else:
            composition = assignment.models[task.models[0]].composition
            spec = handed.reads(path, "" if composition is None else composition.name)
            judged = _OF_MODELS[task.kind](assignment, task, spec)
    except NotGradedError as error:
        return not_graded(task, error.args[0])
    except StoppedError as error:
        return not_graded(task, str(error))
    except (NotationError, ModelFileError, CertificateError, ScopeError) as error:
        judged = Share(Fraction(0), (str(error),))
    hint = judged.hint if assignment.hints else ""
    return Mark(task.name, str(task.points * judged.share), str(task.points), GRADED, judged.lost, hint, judged.fell)


class Share(NamedTuple):
    """The share of a task's points, for what points were lost, what to look at next, and what fell (:class:`Mark`)."""

    share: Fraction
    lost: tuple[str, ...] = ()
    hint: str = ""
    fell: tuple[str, ...] = ()


def _decided(assignment: Assignment, spec: Specification, claims: Sequence[Claim]) -> list[Verdict]:
    """Decide claims; raise :class:`NotGradedError` where something but the number of states ended a search."""
    limits = Limits(states=assignment.states, seconds=assignment.seconds)
    setting = Setting(assignment.scope, assignment.assumptions, limits=limits)
    verdicts = decide(spec, claims, setting)
    for verdict in verdicts:
        if verdict.outcome is Outcome.UNKNOWN and (verdict.counts.states or 0) < assignment.states:
            raise NotGradedError(said("{claim}: {why}", claim=verdict.question.claim.name, why=verdict.reason))
    return verdicts


def _handshake(assignment: Assignment, task: Task, spec: Specification) -> Share:
    """Return the share of the claims that a handshake holds, each with its trigger having happened."""
    (like,) = (assignment.models[name] for name in task.models)
    own = spec.build(assignment.scope, assignment.assumptions)
    _check_alike(own, like.build(assignment.scope, assignment.assumptions))
    asked = [assignment.claim(task, name) for name in (*task.claims, *task.hidden)]
    verdicts = _on(assignment, spec, asked)
    good = [v.outcome is Outcome.HOLDS and not v.vacuous for v in verdicts]
    failed = [v for v, passed in zip(verdicts, good, strict=True) if not passed]
    lost = tuple(_failure(v, hidden=v.question.claim.name in task.hidden) for v in failed)
    shown = next((v for v in failed if v.trace is not None and v.question.claim.name not in task.hidden), None)
    fell = tuple(v.question.claim.name for v in failed)
    return Share(Fraction(sum(good), len(good)), lost, "" if shown is None else _run_of(shown), fell)


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
    if not actions:
        return said("{claim} is false before any step is taken", claim=verdict.question.claim.name)
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
    check_local(own, like)


def _fix(assignment: Assignment, task: Task, spec: Specification) -> Share:
    """Return the share of the claims that a faulty model violates and this one holds, less those that it holds no more."""
    (faulty,) = (assignment.models[name] for name in task.models)
    setting = assignment.scope, assignment.assumptions
    _check_alike(spec.build(*setting), faulty.build(*setting))
    wanted = [assignment.claim(task, name) for name in task.claims]
    others = [claim for claim in faulty.asserted if claim.name not in task.claims and claim.kind is not Kind.LIVENESS]
    before = {v.question.claim.name for v in _on(assignment, faulty, others) if v.outcome is Outcome.HOLDS and not v.vacuous}
    verdicts = _on(assignment, spec, [*wanted, *(claim for claim in others if claim.name in before)])
    failed = [v for v in verdicts if v.outcome is not Outcome.HOLDS or v.vacuous]
    lost = tuple(
        _failure(v, hidden=False)
        if v.question.claim.name in task.claims
        else said("{claim} held before, and holds no more", claim=v.question.claim.name)
        for v in failed
    )
    shown = next((v for v in failed if v.trace is not None), None)
    good = len(wanted) - len(failed)
    fell = tuple(v.question.claim.name for v in failed)
    return Share(Fraction(max(0, good), len(wanted)), lost, "" if shown is None else _run_of(shown), fell)


def _equivalent(assignment: Assignment, task: Task, spec: Specification) -> Share:
    """Return all points where a model does the same as another, step by step in the assignment's scope, and else none."""
    (like,) = (assignment.models[name] for name in task.models)
    own, its = (of.build(assignment.scope, assignment.assumptions) for of in (spec, like))
    _check_alike(own, its)
    given = anything(its, assignment.scope, assignment.assumptions) if like.scoped and len(its.views) == PAIR else ()
    found = compared(own, its, Limits(states=assignment.states, seconds=assignment.seconds), given)
    if found.apart is None and not found.reason:
        return Share(Fraction(1))
    if found.apart is None:
        if found.states < assignment.states:
            raise NotGradedError(found.reason)
        return Share(Fraction(0), (said("whether it does the same is unknown: {why}", why=found.reason),), "")
    lost = said("it does not do the same as {model}: they part after {steps} steps", model=like.name, steps=found.apart.steps)
    trace = found.apart.one or found.apart.other
    assert trace is not None
    actions = ", ".join(step.action for step in trace.steps)
    pattern = (
        "{model} takes the last step of this run, and yours does not: {actions}"
        if found.apart.one is None
        else "yours takes the last step of this run, and {model} does not: {actions}"
    )
    return Share(Fraction(0), (lost,), said(pattern, model=like.name, actions=actions))


def _run(assignment: Assignment, task: Task, path: str) -> Share:
    """Return all points for a scenario that violates a claim, or reaches its goal, and half where it takes too many steps."""
    (about,), name = (assignment.models[model] for model in task.models), task.claims[0]
    claim = assignment.claim(task, name)
    scenario = scenarios.read(path, {}, None)
    if any(entry.kind == "inject" for entry in scenario.entries):
        raise ModelFileError(f"{path} injects segments: write a run in which only the endpoints send")
    check_spacing(Setting(scenario.scope, assignment.assumptions))
    try:
        played = play(scenario, about, assignment.assumptions, [claim])
    except NotPossibleError as error:
        return Share(
            Fraction(0),
            (str(error),),
            said("what is possible there: synproof explain {model} --after FILE", model=about.name),
        )
    reaches = claim.kind is Kind.REACHABILITY
    if name not in played.violated:
        lost = said("the run does not reach {claim}" if reaches else "the run does not violate {claim}", claim=name)
        return Share(Fraction(0), (lost,), "")
    taken = played.violated[name][0]
    if task.steps is not None and taken > task.steps:
        pattern = (
            "the run reaches {claim} in {taken} steps, and {steps} are enough"
            if reaches
            else "the run violates {claim} in {taken} steps, and {steps} are enough"
        )
        lost = said(pattern, claim=name, taken=taken, steps=task.steps)
        return Share(Fraction(1, 2), (lost,), "")
    return Share(Fraction(1))


def _proof(assignment: Assignment, task: Task, path: str) -> Share:
    """Return all points for formulas, one to a line, that prove a claim at every width."""
    (about,) = (assignment.models[model] for model in task.models)
    claim = assignment.claim(task, task.claims[0])
    lines = read_bytes(path, "*.txt").decode("utf-8", "replace").splitlines()
    subject = certificate.speaking_of(Subject(about, claim, (), Setting(assignment.scope, assignment.assumptions)), lines)
    conjuncts = list(certificate.read_invariant(lines, subject, path))
    attempt, fault = check_invariant(subject, conjuncts, assignment.seconds)
    if attempt.outcome is Outcome.HOLDS:
        return Share(Fraction(1))
    if attempt.outcome is Outcome.VIOLATED:
        raise ModelFileError(f"{claim.name} does not hold of {about.name}, so that nothing proves it: tell your teacher")
    if not isinstance(fault, Broken):
        raise NotGradedError(
            next(iter(attempt.reasons.values()), said("it is not known whether it proves {claim}", claim=claim.name))
        )
    lost = said("it does not prove {claim}", claim=claim.name)
    if fault.trace is None:
        return Share(Fraction(0), (lost,), said("this is not true at the start: {formula}", formula=_formula(fault)))
    action = fault.trace.steps[-1].action
    if fault.conjunct is None:
        return Share(
            Fraction(0),
            (lost,),
            said("from a state that meets all of it, {action} violates {claim}", action=action, claim=claim.name),
        )
    return Share(Fraction(0), (lost,), said("{action} breaks this: {formula}", action=action, formula=_formula(fault)))


def _formula(fault: Broken) -> str:
    assert fault.conjunct is not None
    return pretty(fault.conjunct)


def _claim(assignment: Assignment, task: Task, spec: Specification) -> Share:
    """Return the share of the chaffs that a claim fails on, nothing where it fails on a wheat."""
    handed = _invariant(spec, task.claims[0])
    for name in task.models:
        (verdict,) = _on(assignment, assignment.models[name], [handed])
        if verdict.outcome is not Outcome.HOLDS:
            return Share(Fraction(0), (said("it does not hold of {model}, which is correct", model=name),), _hint_of(verdict))
    passed = [
        name for name in task.chaffs if _on(assignment, assignment.models[name], [handed])[0].outcome is not Outcome.VIOLATED
    ]
    lost = (
        (said("it does not notice {missed} of {all} faulty models", missed=len(passed), all=len(task.chaffs)),)
        if passed
        else ()
    )
    hint = said("it holds of the faulty model {model}", model=passed[0].rpartition(":")[2]) if passed else ""
    return Share(Fraction(len(task.chaffs) - len(passed), len(task.chaffs)), lost, hint, tuple(passed))


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


def _on(assignment: Assignment, spec: Specification, claims: Sequence[Claim]) -> list[Verdict]:
    return _decided(assignment, replace(spec, claims=tuple(claims), liveness=()), claims) if claims else []


_OF_MODELS: Mapping[str, Callable[[Assignment, Task, Specification], Share]] = {
    "handshake": _handshake,
    "fix": _fix,
    "claim": _claim,
    "equivalent": _equivalent,
}
_OF_DATA: Mapping[str, Callable[[Assignment, Task, str], Share]] = {"run": _run, "invariant": _proof}
"""What judges each kind of task."""
