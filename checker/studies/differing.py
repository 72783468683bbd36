"""In what two models differ, by what each answers to a question of the battery.

Evidence counts: where a verdict is the same, another length, another lasso, a claim that is not exercised any more, a step that
only one of them takes, and an action that only one of them never takes are differences too.

That two runs are told apart does not depend on how actions are called, nor on their order: the run of one is followed in the
other by what is seen of it (:mod:`checker.studies.following`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from checker.runs.trace import Trace
from checker.studies.battery import Answered, Asks, Question, Shown
from checker.studies.following import Departure, alike, departure
from checker.studies.lockstep import Apart
from checker.verdict import Outcome, Verdict
from model.tcp.assumptions import Assumptions
from properties.specification import Specification


class What(Enum):
    """In what two answers differ, the gravest first."""

    VERDICT = "verdict"
    LINE = "line"
    LENGTH = "length"
    LASSO = "lasso"
    STEP = "step"
    OTHERWISE = "otherwise"
    TRIGGER = "trigger"
    NEVER_TAKEN = "never taken"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which two answers to a question differ. ``subject`` is the claim, the figure or the action.

    ``one`` and ``other`` are the verdicts about a claim, or how a schedule was played. ``departed`` says where the run of one
    is none of the other: ``of_one`` is whether it is the run of the first.
    """

    question: Question
    subject: str
    what: What
    one: Verdict | Shown | None = None
    other: Verdict | Shown | None = None
    departed: Departure | None = None
    of_one: bool = False
    apart: Apart | None = None

    @property
    def trace(self) -> Trace | None:
        """The run that shows it, of the first model where there is one."""
        if self.apart is not None:
            return self.apart.one or self.apart.other
        for side in (self.one, self.other):
            if isinstance(side, Verdict) and side.trace is not None:
                return side.trace
            if isinstance(side, Shown) and side.played is not None:
                return side.played.trace
        return None


def differences(one: Answered, other: Answered) -> tuple[Difference, ...]:
    """Return in what two models differ, by their answers to one question, the gravest first."""
    found = [*_of_verdicts(one, other), *_of_figures(one, other)]
    order = list(What)
    return tuple(sorted(found, key=lambda difference: order.index(difference.what)))


def _of_verdicts(one: Answered, other: Answered) -> Iterator[Difference]:
    question = one.question
    of_other = {verdict.question.claim.name: verdict for verdict in other.verdicts}
    for mine in one.verdicts:
        its = of_other.get(mine.question.claim.name)
        if its is not None:
            yield from _of_claim(question, (one.model, mine), (other.model, its))
    searched = question.asks is not Asks.LIVENESS and not question.claims  # a few claims may be decided before all is searched
    if one.verdicts and other.verdicts and searched and not cut_short(one) and not cut_short(other):
        yield from _of_actions(one, other)


def cut_short(answered: Answered) -> str:
    """Return why a claim is not decided, "" where all are."""
    return next((verdict.reason for verdict in answered.verdicts if verdict.outcome is Outcome.UNKNOWN), "")


def _of_claim(
    question: Question, one: tuple[Specification, Verdict], other: tuple[Specification, Verdict]
) -> Iterator[Difference]:
    mine, its = one[1], other[1]
    name = mine.question.claim.name
    if Outcome.UNKNOWN in {mine.outcome, its.outcome}:
        return
    if mine.outcome is not its.outcome:
        yield Difference(question, name, What.VERDICT, mine, its)
    elif mine.trace is not None and its.trace is not None:
        if mine.lasso is not None and its.lasso is not None and mine.lasso.stem != its.lasso.stem:
            yield Difference(question, name, What.LASSO, mine, its)
        elif mine.lasso is None and len(mine.trace) != len(its.trace):
            yield Difference(question, name, What.LENGTH, mine, its)
        elif not alike(mine.trace, its.trace):
            setting = question.setting()
            away = departure(its.trace, one[0].build(setting.scope, found_under(mine)))
            if away is not None:
                yield Difference(question, name, What.STEP, mine, its, away, of_one=False)
                return
            away = departure(mine.trace, other[0].build(setting.scope, found_under(its)))
            if away is not None:
                yield Difference(question, name, What.STEP, mine, its, away, of_one=True)
    elif mine.exercised != its.exercised and None not in (mine.exercised, its.exercised):
        yield Difference(question, name, What.TRIGGER, mine, its)


def found_under(verdict: Verdict) -> Assumptions:
    """Return the assumptions about TCP under which a verdict was found."""
    declared = Assumptions.declared()
    return Assumptions.of({name: value for name, value in verdict.question.assumptions.items() if name in declared})


def _of_actions(one: Answered, other: Answered) -> Iterator[Difference]:
    """Yield the actions that both have, and that only one of them never takes."""
    known = [_actions(answered) for answered in (one, other)]
    never = [set(answered.verdicts[0].counts.never_taken) for answered in (one, other)]
    for name in known[0]:
        if name in known[1] and (name in never[0]) != (name in never[1]):
            yield Difference(one.question, name, What.NEVER_TAKEN, of_one=name in never[0])


def _actions(answered: Answered) -> Sequence[str]:
    setting, verdict = answered.question.setting(), answered.verdicts[0]
    return tuple(answered.model.build(setting.scope, found_under(verdict)).action)


def _of_figures(one: Answered, other: Answered) -> Iterator[Difference]:
    of_other = {shown.name: shown for shown in other.figures}
    for mine in one.figures:
        its = of_other[mine.name]
        if bool(mine.why_not) != bool(its.why_not):
            yield Difference(one.question, mine.name, What.LINE, mine, its)
