"""Verdicts: what was decided about a claim, how, and under which assumptions.

A verdict is built by one of the three factories, which ask for what earns it: :func:`exhausted` for a search that saw every
state, :func:`shown` for a trace that the interpreter replayed, :func:`unknown` for everything that was cut short.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from checker.display import Displayed
from checker.lasso import Lasso
from checker.trace import Trace
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

    @property
    def searched(self) -> str:
        """What an exhausted search has seen, as the subject of a sentence goes on."""
        return "that the scope can reach" + (" within the constraint" if self.constraint else "")


@dataclass(frozen=True, slots=True)
class Effort:
    """What the answer took. ``states`` and ``transitions`` are None for an engine that counts none.

    ``depth`` is how many steps from the initial state were looked at. Claims that were asked together were decided by one
    search; each of their verdicts carries the counts of that search.
    """

    states: int | None
    transitions: int | None
    depth: int
    seconds: float
    never_taken: tuple[str, ...] = ()
    network: str = ""
    """How the network was searched, and why so."""
    workers: int = 0
    """How many threads ran machine code; 0 where the search was too short for it."""
    memory: int = 0
    """How many bytes their tables took."""
    levels: tuple[int, ...] = ()
    """How many states need 0, 1, 2 and so on steps; a level that was cut short is left out."""

    def as_record(self) -> dict[str, Any]:
        """Return what the answer took as fields of a record."""
        return {
            "states": self.states,
            "transitions": self.transitions,
            "depth": self.depth,
            "seconds": round(self.seconds, 3),
            "network": self.network,
            "workers": self.workers,
            "memory": self.memory,
            "never_taken": list(self.never_taken),
        }


@dataclass(frozen=True, slots=True)
class Verdict(Displayed):
    """An answer. ``trace`` is the counterexample of a violated safety claim or the witness of a reachability claim that holds.

    Of a claim of liveness it is that of the ``lasso`` which violates it, or, where it holds, a witness of its trigger.
    ``exercised`` says whether the claim's trigger happened in what was searched; None where that is not known.
    """

    question: Question
    outcome: Outcome
    reason: str
    effort: Effort
    exercised: bool | None
    trace: Trace | None = None
    lasso: Lasso | None = None

    @property
    def as_declared(self) -> bool:
        """Whether the claim was decided, and as the handshake declares (or it declares nothing)."""
        return self.outcome is not Outcome.UNKNOWN and self.question.expected in (None, self.outcome)

    @property
    def surprising(self) -> bool:
        """Whether the claim was decided, and not as the handshake declares."""
        return self.outcome is not Outcome.UNKNOWN and not self.as_declared

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
        """Return the verdict as the record that ``--json`` prints (see the README)."""
        question, effort = self.question, self.effort
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
            **effort.as_record(),
            "trace": None if self.trace is None else [step.action for step in self.trace.steps],
        }


def shown(question: Question, effort: Effort, trace: Trace, *, exercised: bool | None) -> Verdict:
    """Return the verdict that a replayed trace earns: a safety claim is violated by it, a reachability claim holds."""
    outcome = Outcome.HOLDS if question.claim.kind is Kind.REACHABILITY else Outcome.VIOLATED
    what = "A witness" if outcome is Outcome.HOLDS else "A counterexample"
    return Verdict(
        question,
        outcome,
        f"{what} of {len(trace)} step{'' if len(trace) == 1 else 's'}; none is shorter",
        effort,
        exercised,
        trace,
    )


def left_open(question: Question, effort: Effort, lasso: Lasso, *, whole: bool) -> Verdict:
    """Return the verdict that a replayed lasso earns: a claim of liveness is violated by it.

    Its stem is a shortest one where the ``whole`` scope was searched.
    """
    steps = f"{lasso.stem} step{'' if lasso.stem == 1 else 's'}"
    ends = (
        f"a cycle of {lasso.cycle} for ever" if lasso.cycle else "no step is possible" if lasso.deadlock else "nothing for ever"
    )
    least = "; no stem is shorter" if whole else ""
    reason = f"A deadlock: {steps}, and then {ends}{least}" if lasso.deadlock else f"A lasso: {steps}, and then {ends}{least}"
    return Verdict(question, Outcome.VIOLATED, reason, effort, exercised=True, trace=lasso.trace, lasso=lasso)


def met(question: Question, effort: Effort, trigger: Trace | None, open_states: int) -> Verdict:
    """Return what an exhausted search without a fair lasso earns: a claim of liveness holds within the scope."""
    reason = (
        f"Every state that the scope can reach was searched; of {open_states:,} in which it is open, none is in a fair cycle"
    )
    return Verdict(question, Outcome.HOLDS, reason, effort, exercised=trigger is not None, trace=trigger)


def exhausted(question: Question, effort: Effort, *, exercised: bool | None) -> Verdict:
    """Return what an exhausted search earns: a safety claim holds within the scope, a reachability claim is violated."""
    if question.claim.kind is Kind.REACHABILITY:
        return Verdict(question, Outcome.VIOLATED, f"No state {question.searched} is like that", effort, exercised)
    return Verdict(question, Outcome.HOLDS, f"Every state {question.searched} was searched", effort, exercised)


def unknown(question: Question, effort: Effort, reason: str, *, exercised: bool | None) -> Verdict:
    """Return the verdict of a search that was cut short."""
    return Verdict(question, Outcome.UNKNOWN, reason, effort, exercised)
