"""Verdicts: what was decided about a claim, how, and under which assumptions.

A verdict is built by one of the factories, which ask for what earns it: :func:`exhausted` for a search that saw every state,
:func:`proved` for a proof, :func:`shown` and :func:`left_open` for a trace that the interpreter replayed, :func:`unknown` for
everything that was cut short.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from checker.engine import Counts
from checker.runs.display import Displayed
from checker.runs.lasso import Lasso
from checker.runs.trace import Trace
from model.notation.said import counted, said
from properties.claim import Claim, Kind


class Outcome(Enum):
    """What a claim turned out to be."""

    HOLDS = "holds"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: a claim about a handshake, in a scope, under assumptions, of an engine."""

    handshake: str
    claim: Claim
    engine: str
    scope: str
    assumptions: Mapping[str, str | bool | int]
    expected: Outcome | None
    fairness: Mapping[str, str] = field(default_factory=dict)
    """What a claim of liveness assumes, by name, in symbols."""
    constraint: str = ""
    """What is true of the states that a search goes on from, "" where it goes on from all."""
    unusual: tuple[str, ...] = ()
    """The assumptions that are not what they are by default, by name."""
    too_small: bool = False
    """Whether the scope is smaller than those of which verdicts are declared, and none is declared of it: what it cannot reach,
    a larger one may."""

    @property
    def searched(self) -> str:
        """What an exhausted search has seen, as the subject of a sentence goes on."""
        return "that the scope can reach" + (" within the constraint" if self.constraint else "")


@dataclass(frozen=True, slots=True, repr=False)
class Verdict(Displayed):
    """An answer. ``trace`` is the counterexample of a violated safety claim or the witness of a reachability claim that holds.

    Of a claim of liveness it is that of the ``lasso`` which violates it, or, where it holds, a witness of its trigger.
    ``exercised`` says whether the claim's trigger happened in what was searched; None where that is not known.
    """

    question: Question
    outcome: Outcome
    reason: str
    counts: Counts
    exercised: bool | None
    trace: Trace | None = None
    lasso: Lasso | None = None

    @property
    def in_brief(self) -> str:
        """What was decided of what, and how long the run is that shows it."""
        steps = "" if self.trace is None else f" ({len(self.trace)} step{'' if len(self.trace) == 1 else 's'})"
        return f"{self.question.handshake}: {self.question.claim.name} {self.outcome.value}{steps}"

    @property
    def as_declared(self) -> bool:
        """Whether the claim was decided, and as the handshake declares (or it declares nothing)."""
        return self.outcome is not Outcome.UNKNOWN and self.question.expected in (None, self.outcome)

    @property
    def surprising(self) -> bool:
        """Whether the claim was decided, and not as the handshake declares."""
        return self.outcome is not Outcome.UNKNOWN and not self.as_declared

    @property
    def not_reached(self) -> bool:
        """Whether the goal of a claim is out of the reach of a scope that is too small to say more than that."""
        reachability = self.question.claim.kind is Kind.REACHABILITY
        return reachability and self.outcome is Outcome.VIOLATED and self.question.too_small

    @property
    def within(self) -> str:
        """What is said after an outcome that a constraint bounds; a run that was found is one without the constraint too."""
        bounded = self.question.constraint and self.outcome is not Outcome.UNKNOWN and self.trace is None
        return " within the constraint" if bounded else ""

    @property
    def vacuous(self) -> bool:
        """Whether the claim holds without its trigger ever happening."""
        return self.outcome is Outcome.HOLDS and self.exercised is False

    def as_record(self) -> dict[str, Any]:
        """Return the verdict as the record that ``--json`` prints (see JSON.md)."""
        question = self.question
        return {
            "handshake": question.handshake,
            "claim": question.claim.name,
            "kind": question.claim.kind.value,
            "verdict": self.outcome.value,
            "expected": None if question.expected is None else question.expected.value,
            "engine": question.engine,
            "scope": question.scope,
            "assumptions": dict(question.assumptions),
            "fairness": dict(question.fairness),
            **({"constraint": question.constraint} if question.constraint else {}),
            "trace_length": None if self.trace is None else len(self.trace),
            "loop": None if self.trace is None else self.trace.loop,
            "exercised": self.exercised,
            "reason": self.reason,
            **self.counts.as_record(),
            "trace": None if self.trace is None else [step.action for step in self.trace.steps],
        }


def shown(question: Question, counts: Counts, trace: Trace, *, exercised: bool | None, shortest: bool = True) -> Verdict:
    """Return the verdict that a replayed trace earns: a safety claim is violated by it, a reachability claim holds."""
    outcome = Outcome.HOLDS if question.claim.kind is Kind.REACHABILITY else Outcome.VIOLATED
    what = "A witness" if outcome is Outcome.HOLDS else "A counterexample"
    reason = counted(len(trace), f"{what} of 1 step", f"{what} of {{number}} steps")
    reason = said("{reason}; none is shorter", reason=reason) if shortest else reason
    return Verdict(question, outcome, reason, counts, exercised, trace)


def left_open(question: Question, counts: Counts, lasso: Lasso, *, whole: bool) -> Verdict:
    """Return the verdict that a replayed lasso earns: a claim of liveness is violated by it.

    Its stem is a shortest one where the ``whole`` scope was searched.
    """
    cycle = said("a cycle of {number} for ever", number=lasso.cycle)
    ends = cycle if lasso.cycle else "no step is possible" if lasso.deadlock else "nothing for ever"
    reason = said(
        "A deadlock: {steps}, and then {ends}" if lasso.deadlock else "A lasso: {steps}, and then {ends}",
        steps=counted(lasso.stem, "1 step", "{number} steps"),
        ends=ends,
    )
    reason = said("{reason}; no stem is shorter", reason=reason) if whole else reason
    return Verdict(question, Outcome.VIOLATED, reason, counts, exercised=True, trace=lasso.trace, lasso=lasso)


def exhausted(
    question: Question, counts: Counts, ground: str, *, exercised: bool | None, trigger: Trace | None = None
) -> Verdict:
    """Return what a search earns that saw all there is, as ``ground`` says: a claim holds, one of reachability is violated.

    ``trigger`` is a run to the premise of a claim of liveness.
    """
    if question.claim.kind is Kind.REACHABILITY:
        none = f"No state {question.searched} is like that"
        reason = said("{none}; a larger scope may have one", none=none) if question.too_small else none
        return Verdict(question, Outcome.VIOLATED, reason, counts, exercised)
    return Verdict(question, Outcome.HOLDS, ground, counts, exercised, trigger)


def proved(question: Question, counts: Counts, ground: str) -> Verdict:
    """Return what a proof earns: a claim of safety holds. Whether its trigger ever happens is not known by that."""
    return Verdict(question, Outcome.HOLDS, ground, counts, exercised=None)


def unknown(question: Question, counts: Counts, reason: str, *, exercised: bool | None) -> Verdict:
    """Return the verdict of a search that was cut short."""
    return Verdict(question, Outcome.UNKNOWN, reason, counts, exercised)
