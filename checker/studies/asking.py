"""Questions of the battery asked of two models: each what it answers, and in what these answers differ.

Several are shared out among processes; what was asked travels between them without models and claims, which are functions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from checker.files.mistakes import ModelFileError
from checker.host.crew import answers
from checker.host.forks import Parent
from checker.host.interrupt import noticing
from checker.host.limits import Limits
from checker.scenarios import scenario as scenarios
from checker.studies.battery import Answered, Asks, Question, Shown, answer
from checker.studies.differing import Difference, What, cut_short, differences
from checker.studies.following import departure
from checker.studies.lockstep import anything, compared
from checker.verdict import Verdict
from model.notation.sorts import NotationError
from model.tcp.composition import composition_named
from properties.specification import Specification


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was asked of two models: what each answers, and in what these answers differ.

    ``states`` is how many states were compared step by step; it is 0 where that was not asked.
    """

    question: Question
    one: Answered
    other: Answered
    differences: tuple[Difference, ...] = ()
    states: int = 0

    @property
    def seconds(self) -> float:
        """How long both took."""
        return self.one.seconds + self.other.seconds

    @property
    def unanswered(self) -> str:
        """Why it could not be asked of both, or not to its end; "" where it was."""
        return self.one.unanswered or self.other.unanswered

    @property
    def asks_something(self) -> bool:
        """Whether there is anything to ask: some compositions have no claims of a kind."""
        return bool(self.unanswered or self.states or self.differences or self.one.figures or self.one.verdicts)


_LEAST, _PATIENCE = 15.0, 4.0
"""How many seconds a part may take at least, and how many times longer than of the model that it is held against: one whose
numbers grow without end has states without end."""


def ask(question: Question, one: Specification, other: Specification, limits: Limits | None = None) -> Asked:
    """Ask a question of two models. Where no limit says otherwise, the first is given some times what the second took."""
    limits = limits or Limits()
    if question.asks is Asks.STEPS:
        return _step_by_step(question, one, other, limits)
    second = answer(question, other, limits=limits)
    given = limits if limits.seconds else replace(limits, seconds=max(_LEAST, _PATIENCE * second.seconds))
    first = answer(question, one, limits=given)
    first, second = followed(first, second), followed(second, first)
    first, second = (replace(a, unanswered=a.unanswered or cut_short(a)) for a in (first, second))
    return Asked(question, first, second, differences(first, second))


def followed(one: Answered, other: Answered) -> Answered:
    """Return how schedules go on the first, where one that names an action it does not have is played by what is seen of it.

    A schedule calls actions by their names, and a handshake may have others. One that has the action, and cannot take it where
    the schedule does, goes another way: a time-out and a CLOSE look alike, and are not the same.
    """
    played = {its.name: its.played for its in other.figures if its.played is not None and not its.why_not}

    def anew(mine: Shown) -> Shown:
        if not mine.why_not or mine.played is not None or mine.name not in played:
            return mine
        about = composition_named(mine.composition)
        spec = one.model if one.model.composed is None else one.model.composed(about)
        assumptions = one.question.setting().assumptions
        system = spec.build(scenarios.read(mine.name, {}, None).scope, assumptions)
        away = departure(played[mine.name].trace, system)
        return mine if away is not None else Shown(mine.name, None, composition=mine.composition)

    return replace(one, figures=tuple(map(anew, one.figures)))


def _step_by_step(question: Question, one: Specification, other: Specification, limits: Limits | None) -> Asked:
    started, setting = time.monotonic(), question.setting(limits=limits)
    models = (question.of(one), question.of(other))
    try:
        systems = [model.build(setting.scope, setting.assumptions) for model in models]
        given = anything(systems[0], setting.scope, setting.assumptions) if question.anybody else ()
        found = compared(systems[0], systems[1], setting.limits, given)
    except (NotationError, ModelFileError) as error:
        if not question.composition:
            raise
        answers = [Answered(question, model, unanswered=str(error)) for model in models]
        return Asked(question, answers[0], answers[1])
    answers = [Answered(question, model, unanswered=found.reason) for model in models]
    answers[0] = replace(answers[0], seconds=time.monotonic() - started)
    apart = found.apart
    differ = () if apart is None else (Difference(question, "", What.OTHERWISE, apart=apart, of_one=apart.one is not None),)
    return Asked(question, answers[0], answers[1], differ, found.states)


def ask_each(
    questions: Sequence[Question],
    one: Specification,
    other: Specification,
    limits: Limits | None = None,
    heard: Callable[[Asked], None] = lambda _: None,
) -> list[Asked]:
    """Ask several questions of two models, in as many processes as the machine has processors; return them in their order.

    ``heard`` is called with each as it comes. Raises :class:`KeyboardInterrupt` after Ctrl-C; what had been heard until then is
    all that there is.
    """
    limits = replace(limits or Limits(), progress=None)  # what is heard is each answer
    found: dict[int, Asked] = {}

    def asked_one(question: Question, parent: Parent) -> Asked:
        return _sent(ask(question, one, other, replace(limits, interrupted=parent.stopped)))

    tasks = [partial(asked_one, question) for question in questions]
    with answers(tasks) as asked, noticing(asked.ask_to_stop):
        for place, answer in asked.said():
            if isinstance(answer, Exception):
                raise answer
            found[place] = _received(answer, one, other)
            heard(found[place])
        if asked.stopping:
            raise KeyboardInterrupt
    return [found[place] for place in sorted(found)]


def _sent(asked: Asked) -> Asked:
    """Return what was asked without what does not travel between processes: models and claims, which are functions."""

    def named(_: int, verdict: Verdict) -> Verdict:
        name = _Name(verdict.question.claim.name)
        return replace(verdict, question=replace(verdict.question, claim=name))  # type: ignore[arg-type]  # on the way only

    return _with(asked, None, named)


def _received(asked: Asked, one: Specification, other: Specification) -> Asked:
    """Return what was asked with its models, and with their claims."""
    models = (asked.question.of(one), asked.question.of(other))

    def known(number: int, verdict: Verdict) -> Verdict:
        claim = models[number].claim[verdict.question.claim.name]
        return replace(verdict, question=replace(verdict.question, claim=claim))

    return _with(asked, models, known)


@dataclass(frozen=True, slots=True)
class _Name:
    """What travels in place of a claim."""

    name: str


def _with(asked: Asked, models: tuple[Specification, Specification] | None, of: Callable[[int, Verdict], Verdict]) -> Asked:
    def shown(number: int, figure: Shown) -> Shown:
        spec = None if models is None else models[number]
        played = None if figure.played is None else replace(figure.played, spec=spec)  # type: ignore[arg-type]  # None on the way only
        return replace(figure, played=played)

    def side(number: int, thing: Verdict | Shown | None) -> Verdict | Shown | None:
        return of(number, thing) if isinstance(thing, Verdict) else shown(number, thing) if thing is not None else None

    def answered(number: int, answer: Answered) -> Answered:
        return replace(
            answer,
            model=None if models is None else models[number],  # type: ignore[arg-type]  # the same
            verdicts=tuple(of(number, verdict) for verdict in answer.verdicts),
            figures=tuple(shown(number, figure) for figure in answer.figures),
        )

    return replace(
        asked,
        one=answered(0, asked.one),
        other=answered(1, asked.other),
        differences=tuple(replace(d, one=side(0, d.one), other=side(1, d.other)) for d in asked.differences),
    )
