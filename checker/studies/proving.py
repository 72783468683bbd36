"""Proving a claim or refuting it: a proof, and beside it the engines that find counterexamples.

So what is violated is said with a run, and nobody waits for a proof of it. Each engine that finds runs works in a process of
its own, and so does the proof. The explicit search is quick in a scope, and its runs are the shortest there. Bounded model
checking ranges over all 2^32 numbers: it finds what only some of them show, such as an ISN of 2^32-1. Which of them ends first
may differ from run to run. Of two runs the one is told whose engine is registered first, and that of another only when that one
has ended without any. Where there is no proof, how deep the others look depends on the time they have: a claim may be *unknown*
on a slow machine that a quick one refutes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeVar

from checker.decide import decide
from checker.engine import Engine, Option, Setting
from checker.engines import ENGINES
from checker.host.forks import race
from checker.host.limits import Limits, out_of_time
from checker.proof.engine import PATIENCE
from checker.proof.kinduction import by_k_induction
from checker.proof.prove import Broken, Findings, by_finding, by_invariant, sought
from checker.proof.subject import Attempt, Subject
from checker.proof.terms import WIDTHS
from checker.runs.trace import Trace
from checker.verdict import Outcome, Verdict
from model.notation.expr import Expr
from properties.claim import Claim, Kind
from properties.specification import Specification

Log = Callable[[str], None]
Result = TypeVar("Result")
STATES, SECONDS = 300_000, 20.0
"""How many states a search explores at most, and for how long. An engine that counts none has all the time there is."""


@dataclass(frozen=True, slots=True)
class _Proof(Generic[Result]):
    """What came of the proof."""

    result: Result


def prove(  # noqa: PLR0913  # what is asked, for how long, and what else is wanted
    spec: Specification, claim: Claim, setting: Setting, seconds: float, log: Log = lambda _: None, *, cover: bool = False
) -> Attempt:
    """Refute a safety claim, or prove it at both widths within so many seconds.

    With ``cover`` it is also found out which other assumptions the proof covers.
    """
    subject = sought(spec, claim, setting)
    return attempted(subject, lambda deadline: by_finding(subject, deadline, log, cover=cover), seconds, log)[0]


def check_invariant(
    subject: Subject, conjuncts: Sequence[Expr], seconds: float, log: Log = lambda _: None
) -> tuple[Attempt, Broken | Trace | None]:
    """Return what an invariant that was given proves, and where it proves nothing at 32 bits why; or the claim's violation."""
    return attempted(subject, lambda deadline: by_invariant(subject, conjuncts, deadline, log), seconds, log)


def prove_by_k_induction(  # what is asked, by which conjuncts, how far, for how long
    subject: Subject, conjuncts: Sequence[Expr], most: int, seconds: float, log: Log = lambda _: None
) -> tuple[Attempt, Trace | None]:
    """Try to prove a claim by k-induction for k up to ``most``, from states that meet ``conjuncts``.

    These have to be inductive by themselves. Return also, where it is not proved, a path that stands in the way: ``most``
    steps from a state, which need not be one that is reached.
    """
    proof = partial(by_k_induction, subject, conjuncts, most, log=log)
    attempt, fault = attempted(subject, proof, seconds, log)
    assert not isinstance(fault, Broken)
    return attempt, fault


def attempted(
    subject: Subject, proof: Callable[[float], Findings], seconds: float, log: Log
) -> tuple[Attempt, Broken | Trace | None]:
    """Return what comes of a ``proof``, which gets its deadline, with counterexamples looked for beside it."""
    started = time.monotonic()
    found = refuted_or(subject, lambda: proof(started + seconds), lambda findings: findings.conclusive, seconds, log)
    took = time.monotonic() - started
    if isinstance(found, Verdict):
        return Attempt(subject, took, found), None
    if found is None:
        return Attempt(subject, took, reasons=dict.fromkeys(WIDTHS, out_of_time(seconds))), None
    said = [conjunct for shown in found.shown.values() for conjunct in shown.invariants[""]]
    return Attempt(subject.trimmed(said), took, None, found.shown, found.reasons, found.covers, found.ks), found.fault


def refuted_or(
    subject: Subject,
    proof: Callable[[], Result],
    conclusive: Callable[[Result], bool],
    seconds: float,
    log: Log = lambda _: None,
) -> Verdict | Result | None:
    """Return the verdict of an engine that refutes the claim, or what ``proof`` returns; None where that is not done in time.

    A ``conclusive`` proof ends the others. After one that is not the first engine goes on to its end, and others for as long
    again as the proof took, within so many ``seconds`` in all. Soon after these every process is ended. Raises what the first
    raises, and where nothing is refuted what the proof raises: :class:`ChildProcessError` where that was ended from outside.
    Where there are no processes the proof comes after the first engine and before the others.
    """
    able = [engine for engine in ENGINES.values() if engine.finds_runs and Kind.SAFETY in engine.kinds]
    first, *others = (engine for engine in able if engine.name not in {other.stand_in for other in able})
    names = (first.title, "the proof", *(engine.title for engine in others))
    started = time.monotonic()
    others_until, end = started + seconds, started + seconds + 2 * PATIENCE  # it has to say what it lacks, beside others

    def prove() -> _Proof[Result]:
        return _Proof(proof())

    def search(engine: Engine) -> Verdict:
        remaining = max(0.0, started + seconds - time.monotonic())
        counts = Option.STATES in engine.options
        limits = Limits(states=STATES, seconds=min(SECONDS, remaining)) if counts else Limits(seconds=remaining)
        (verdict,) = decide(subject.spec, [subject.claim], replace(subject.setting, engine=engine.name, limits=limits))
        return replace(verdict, question=replace(verdict.question, claim=None))  # type: ignore[arg-type]  # it has functions

    proved: _Proof[Result] | Exception | None = None
    refuted: dict[int, Verdict] = {}
    searched = False
    tasks: list[Callable[[], Verdict | _Proof[Result]]] = [
        partial(search, first),
        prove,
        *(partial(search, engine) for engine in others),
    ]
    with closing(race(tasks, lambda: others_until if searched and proved is not None else end)) as ended:
        for task, answer in ended:
            searched = searched or task == 0
            if task == 1:
                if isinstance(answer, _Proof) and conclusive(answer.result):
                    return answer.result
                proved = answer  # type: ignore[assignment]  # what a task returns
                others_until = min(others_until, 2 * time.monotonic() - started)
            elif isinstance(answer, Exception):
                if task == 0 and not isinstance(answer, ChildProcessError):
                    raise answer
                log(f"{names[task]}: {answer}")  # the others may decide it without
            elif isinstance(answer, Verdict) and answer.outcome is Outcome.VIOLATED:
                refuted[task] = answer
            if searched and refuted:
                break
    if refuted:
        told = refuted[min(refuted)]
        return replace(told, question=replace(told.question, claim=subject.claim))
    if isinstance(proved, Exception):
        raise proved
    return None if proved is None else proved.result
