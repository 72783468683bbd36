"""What judges the tasks of each kind: which share of its points what was handed in earns, and what to look at next."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from checker.decide import check_spacing, decide
from checker.engine import Setting
from checker.files.mistakes import read_bytes
from checker.grading import hints
from checker.grading.assignment import Assignment, Task
from checker.grading.handed import Handed, NotGradedError, RefusedError
from checker.grading.local import check_alike
from checker.proof import certificate
from checker.proof.prove import by_invariant, first_fault
from checker.proof.subject import Subject
from checker.proof.terms import BITS
from checker.runs.trace import Trace
from checker.scenarios import scenario as scenarios
from checker.scenarios.player import NotPossibleError, play
from checker.studies.lockstep import anything, compared
from checker.verdict import Outcome, Verdict
from model.notation.expr import FALSE, TRUE, negate
from model.notation.said import said
from model.notation.system import TransitionSystem
from properties.catalogue import CLAIMS
from properties.claim import Claim, invariant
from properties.kind import Kind as ClaimKind
from properties.specification import Specification

_PAIR = 2
"""As many ends as a segment has."""


class Share(NamedTuple):
    """The share of a task's points, for what points were lost, what to look at next, and what fell (:class:`Mark`).

    ``hints`` are looked for when they are asked for.
    """

    share: Fraction
    lost: tuple[str, ...] = ()
    hints: Iterable[str] = ()
    fell: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of task: the keys that an assignment has for it, beside name, points and file, and what judges it."""

    keys: tuple[str, ...]
    judge: Callable[[Assignment, Task, Handed], Share]


def _decided(assignment: Assignment, spec: Specification, claims: Sequence[Claim]) -> list[Verdict]:
    """Decide claims; raise :class:`NotGradedError` where something but the number of states ended a search."""
    verdicts = decide(spec, claims, assignment.setting)
    for verdict in verdicts:
        if verdict.outcome is Outcome.UNKNOWN and (verdict.counts.states or 0) < assignment.states:
            raise NotGradedError(said("{claim}: {why}", claim=verdict.question.claim.name, why=verdict.reason))
    return verdicts


def _handshake(assignment: Assignment, task: Task, handed: Handed) -> Share:
    """Return the share of the claims that a handshake holds, each with its trigger having happened."""
    (like,), spec = (assignment.models[name] for name in task.models), handed.model()
    own = assignment.built(spec)
    check_alike(own, assignment.built(like))
    asked = [assignment.claim(task, name) for name in (*task.claims, *task.hidden)]
    verdicts = _on(assignment, spec, asked)
    good = [v.outcome is Outcome.HOLDS and not v.vacuous for v in verdicts]
    failed = [v for v, passed in zip(verdicts, good, strict=True) if not passed]
    lost = tuple(_failure(v, hidden=v.question.claim.name in task.hidden) for v in failed)
    named = [v for v in failed if v.question.claim.name not in task.hidden]
    fell = tuple(v.question.claim.name for v in failed)
    return Share(Fraction(sum(good), len(good)), lost, _of_claims(assignment, own, named, like), fell)


def _of_claims(
    assignment: Assignment, own: TransitionSystem, failed: Sequence[Verdict], reference: Specification | None
) -> Iterator[str]:
    """Yield what there is to say of the first claim that fails by a run, or else of the first that fails for want of one.

    A ``reference`` is a model that does otherwise, of which is told where an assignment has that told.
    """
    reference = reference if assignment.rules else None
    shown = next((verdict for verdict in failed if verdict.trace is not None), None)
    if shown is not None:
        yield from hints.of_failure(shown)
        if reference is not None:
            yield from hints.of_rule(shown, assignment.built(reference))
    elif failed and reference is not None:
        (verdict,) = decide(reference, [failed[0].question.claim], assignment.setting)
        yield from hints.of_lack(verdict, own)


def _failure(verdict: Verdict, *, hidden: bool) -> str:
    if hidden:
        return said("a claim that is not named here does not hold")
    if verdict.vacuous:
        return said("{claim} holds only because it is never put to the test", claim=verdict.question.claim.name)
    unknown = verdict.outcome is Outcome.UNKNOWN
    return said("{claim} is unknown" if unknown else "{claim} is violated", claim=verdict.question.claim.name)


def _fix(assignment: Assignment, task: Task, handed: Handed) -> Share:
    """Return the share of the claims that a faulty model violates and this one holds, less those that it holds no more."""
    (faulty,), spec = (assignment.models[name] for name in task.models), handed.model()
    own = assignment.built(spec)
    check_alike(own, assignment.built(faulty))
    wanted = [assignment.claim(task, name) for name in task.claims]
    others = [claim for claim in faulty.asserted if claim.name not in task.claims and claim.kind is not ClaimKind.LIVENESS]
    before = {v.question.claim.name for v in _on(assignment, faulty, others) if v.outcome is Outcome.HOLDS and not v.vacuous}
    verdicts = _on(assignment, spec, [*wanted, *(claim for claim in others if claim.name in before)])
    failed = [v for v in verdicts if v.outcome is not Outcome.HOLDS or v.vacuous]
    lost = tuple(
        _failure(v, hidden=False)
        if v.question.claim.name in task.claims
        else said("{claim} held before, and holds no more", claim=v.question.claim.name)
        for v in failed
    )
    good = len(wanted) - len(failed)
    fell = tuple(v.question.claim.name for v in failed)
    return Share(Fraction(max(0, good), len(wanted)), lost, _of_claims(assignment, own, failed, hints.base(faulty)), fell)


def _equivalent(assignment: Assignment, task: Task, handed: Handed) -> Share:
    """Return all points where a model does the same as another, step by step in the assignment's scope, and else none."""
    (like,) = (assignment.models[name] for name in task.models)
    own, its = (assignment.built(of) for of in (handed.model(), like))
    check_alike(own, its)
    given = anything(its, assignment.scope, assignment.assumptions) if like.scoped and len(its.views) == _PAIR else ()
    found = compared(own, its, assignment.setting.limits, given)
    if found.apart is not None:
        lost = said("it does not do the same as {model}: they part at step {step}", model=like.name, step=found.apart.steps + 1)
        return Share(Fraction(0), (lost,), hints.of_parting(found.apart, hints.YOURS, like.name, rules=assignment.rules))
    if not found.reason:
        return Share(Fraction(1))
    if found.states < assignment.states:
        raise NotGradedError(found.reason)
    return Share(Fraction(0), (said("whether it does the same is unknown: {why}", why=found.reason),))


def _run(assignment: Assignment, task: Task, handed: Handed) -> Share:
    """Return all points for a scenario that violates a claim, or reaches its goal, and half where it takes too many steps."""
    (about,), name = (assignment.models[model] for model in task.models), task.claims[0]
    claim = assignment.claim(task, name)
    scenario = scenarios.read(handed.path, {}, None)
    if any(entry.kind == "inject" for entry in scenario.entries):
        raise RefusedError(said("the run injects segments: write one in which only the endpoints send"))
    check_spacing(Setting(scenario.scope, assignment.assumptions))
    try:
        played = play(scenario, about, assignment.assumptions, [claim])
    except NotPossibleError as error:
        way = said(
            "what is possible there: synproof explain {model} --after {file}", model=about.name, file=task.file or "FILE"
        )
        return Share(Fraction(0), (str(error).replace(handed.path, Path(handed.path).name),), (way,))
    reaches = claim.kind is ClaimKind.REACHABILITY
    if name not in played.violated:
        lost = said("the run does not reach {claim}" if reaches else "the run does not violate {claim}", claim=name)
        return Share(Fraction(0), (lost,), _of_run(assignment, about, claim, played.trace))
    taken = played.violated[name][0]
    if task.steps is not None and taken > task.steps:
        pattern = (
            "the run reaches {claim} in {taken} steps, and {steps} are enough"
            if reaches
            else "the run violates {claim} in {taken} steps, and {steps} are enough"
        )
        lost = said(pattern, claim=name, taken=taken, steps=task.steps)
        return Share(Fraction(1, 2), (lost,), _of_run(assignment, about, claim, played.trace))
    return Share(Fraction(1))


def _of_run(assignment: Assignment, about: Specification, claim: Claim, run: Trace) -> Iterator[str]:
    (verdict,) = decide(about, [claim], assignment.setting)
    yield from hints.of_run(run, verdict)


def _proof(assignment: Assignment, task: Task, handed: Handed) -> Share:
    """Return all points for formulas, one to a line, that prove a claim at every width."""
    (about,) = (assignment.models[model] for model in task.models)
    claim = assignment.claim(task, task.claims[0])
    lines = read_bytes(handed.path, "*.txt").decode("utf-8", "replace").splitlines()
    subject = certificate.speaking_of(Subject(about, claim, (), Setting(assignment.scope, assignment.assumptions)), lines)
    conjuncts = list(certificate.read_invariant(lines, subject, task.file or handed.path))
    fault = first_fault(subject, conjuncts, BITS)
    if fault is not None:
        return Share(Fraction(0), (said("it does not prove {claim}", claim=claim.name),), hints.of_proof(fault, subject))
    found = by_invariant(subject, conjuncts, time.monotonic() + assignment.seconds)
    if not found.conclusive:
        raise NotGradedError(
            next(iter(found.reasons.values()), said("it is not known whether it proves {claim}", claim=claim.name))
        )
    return Share(Fraction(1))


def _claim(assignment: Assignment, task: Task, handed: Handed) -> Share:
    """Return the share of the chaffs that a claim fails on, nothing where it fails on a wheat."""
    claim = _invariant(handed.model(), task.claims[0])
    for name in task.models:
        (verdict,) = _on(assignment, assignment.models[name], [claim])
        if verdict.outcome is not Outcome.HOLDS:
            lost = said("it does not hold of {model}, which is correct", model=name)
            unknown = (said("whether it holds there is unknown"),)
            return Share(Fraction(0), (lost,), unknown if verdict.trace is None else hints.of_failure(verdict))
    passed = [
        name for name in task.chaffs if _on(assignment, assignment.models[name], [claim])[0].outcome is not Outcome.VIOLATED
    ]
    if not passed:
        return Share(Fraction(1))
    lost = said("it does not notice {missed} of {all} faulty models", missed=len(passed), all=len(task.chaffs))
    share = Fraction(len(task.chaffs) - len(passed), len(task.chaffs))
    return Share(share, (lost,), _of_chaff(assignment, task, passed[0]), tuple(passed))


def _of_chaff(assignment: Assignment, task: Task, name: str) -> Iterator[str]:
    """Yield which faulty model went unnoticed, and what it does otherwise than a correct one."""
    shown = name.rpartition(":")[2]
    yield said("it holds of the faulty model {model}", model=shown)
    if not assignment.rules:
        return
    correct = task.models[0]
    faulty, sound = (assignment.built(assignment.models[one]) for one in (name, correct))
    apart = compared(faulty, sound, assignment.setting.limits).apart
    if apart is not None:
        yield from hints.of_parting(apart, shown, correct)


def _invariant(spec: Specification, name: str) -> Claim:
    """Return the claim that was handed in, made anew of its formula: nothing else of it is taken over."""
    if name not in spec.claim:
        raise RefusedError(
            said(
                "there is no claim {claim} of its own: write claims = (invariant({quoted}, ...),)",
                claim=name,
                quoted=repr(name),
            )
        )
    handed = spec.claim[name]
    if name in CLAIMS or handed.kind is not ClaimKind.SAFETY or handed.at_start is FALSE:
        raise RefusedError(
            said(
                "{claim} is not an invariant that can be false: write invariant({quoted}, ...) about the variables",
                claim=name,
                quoted=repr(name),
            )
        )
    return invariant(name, negate(handed.at_start), trigger=TRUE, when="a step was taken")


def _on(assignment: Assignment, spec: Specification, claims: Sequence[Claim]) -> list[Verdict]:
    return _decided(assignment, replace(spec, claims=tuple(claims), liveness=()), claims) if claims else []


KINDS: Mapping[str, Kind] = {
    "handshake": Kind(("like", "claims", "hidden"), _handshake),
    "fix": Kind(("like", "claims"), _fix),
    "claim": Kind(("claim", "wheats", "chaffs"), _claim),
    "run": Kind(("model", "claim", "steps"), _run),
    "invariant": Kind(("model", "claim"), _proof),
    "equivalent": Kind(("like",), _equivalent),
}
"""The kinds of task. A ``run`` and an ``invariant`` are data: no code of who hands them in runs."""
