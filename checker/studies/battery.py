"""The battery: what is asked of two handshakes to find out in what they differ, the cheapest questions first.

A question is a composition, a scope, assumptions, and what is asked there: the claims that a step decides, those of liveness,
or the RFC's figures, played. :data:`BATTERY` has them as data. :func:`answer` asks one of a model, and :func:`differences`
holds two answers to one question against each other. Evidence counts: where a verdict is the same, another length, another
lasso, a claim that is not exercised any more, a step that only one of them takes, and an action that only one of them never
takes are differences too.

That two runs are told apart does not depend on how actions are called, nor on their order: the run of one is followed in the
other by what is seen of it (:mod:`checker.studies.following`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from checker.decide import Setting, decide
from checker.engine import CannotDecideError
from checker.files.mistakes import ModelFileError
from checker.host.forks import Message, Parent, Processes, taken_in_turn
from checker.host.interrupt import noticing
from checker.host.limits import Limits, Strategy
from checker.host.machine import processors
from checker.runs.trace import Trace
from checker.scenarios import scenario as scenarios
from checker.scenarios.player import NotPossibleError, Played, play
from checker.studies.following import Departure, alike, departure
from checker.studies.lockstep import Apart, anything, compared
from checker.verdict import Outcome, Verdict
from model.notation.assumed import Choice
from model.notation.sorts import NotationError, nearest
from model.tcp.assumptions import Assumptions
from model.tcp.composition import composition_named
from model.tcp.scope import scope_named
from properties.specification import SPECIFICATIONS, Specification, built_in


class Asks(Enum):
    """What a question asks in its setting."""

    SAFETY = "safety"
    LIVENESS = "liveness"
    FIGURES = "figures"
    STEPS = "steps"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the battery. ``title`` says it in words; ``composition``, ``scope`` and ``assumptions`` are as typed.

    ``claims`` are the names of those that are asked, all that concern the composition where there are none. A question that is
    ``quick`` takes a fraction of a second. With ``anybody`` segments arrive that neither end sends.
    """

    name: str
    asks: Asks
    title: str
    composition: str = ""
    scope: str = "default"
    assumptions: Mapping[str, Choice] = field(default_factory=dict)
    claims: tuple[str, ...] = ()
    quick: bool = False
    anybody: bool = False

    def setting(self, given: Mapping[str, Choice] | None = None, limits: Limits | None = None) -> Setting:
        """Return the setting that it is asked in; assumptions that are ``given`` count more than its own."""
        assumptions = Assumptions.of({**self.assumptions, **(given or {})})
        return Setting(scope_named(self.scope), assumptions, limits=limits or Limits(), strategy=Strategy(workers=1))

    def of(self, spec: Specification) -> Specification:
        """Return a handshake put together as the question wants it."""
        if spec.composed is None or not self.composition:
            return spec
        composed = spec.composed(composition_named(self.composition))
        return replace(
            composed, name=f"{spec.name}/{self.composition}", file=f"{spec.file}/{self.composition}" if spec.file else ""
        )


SMALL, NO_TEXT, BACK, WRAP = "small", "default,data=0", "backwards,data=0", "wrap,attempts=1,answers=1"
_CONNECTING, _POSSIBLE = ("handshake-completes",), ("connection-possible", "figure-6")
WINDOW: Mapping[str, Choice] = {"seq_check": "window"}

BATTERY: tuple[Question, ...] = (
    Question("ports-1", Asks.SAFETY, "a server that goes on listening", "ports-1", NO_TEXT, quick=True),
    Question("textbook", Asks.SAFETY, "the textbook's claims", quick=True),
    Question("figures", Asks.FIGURES, "the figures of RFC 9293 and other schedules, played", quick=True),
    Question("liveness-ports-1-small", Asks.LIVENESS, "a server that goes on, in the end", "ports-1", SMALL, quick=True),
    Question("liveness-small", Asks.LIVENESS, "a client and a server, in the end", scope=SMALL, quick=True),
    Question("simultaneous", Asks.SAFETY, "two that open at once", "simultaneous", NO_TEXT, quick=True),
    Question("liveness-simultaneous", Asks.LIVENESS, "two that open at once, in the end", "simultaneous", SMALL, quick=True),
    Question("liveness-listeners", Asks.LIVENESS, "two that listen and open themselves, in the end", "listeners", SMALL),
    Question("server-crash", Asks.SAFETY, "a server that crashes", "server-crash"),
    Question("crash", Asks.SAFETY, "a client that crashes", "crash"),
    Question("window", Asks.SAFETY, "the window check, ISNs that go back", "", "backwards", WINDOW),
    Question("crossed-window", Asks.SAFETY, "the window check, old text in the window", "", "crossed", WINDOW),
    Question("simultaneous-window", Asks.SAFETY, "the window check, two that open at once", "simultaneous", BACK, WINDOW),
    Question("listeners", Asks.SAFETY, "two that listen and open themselves", "listeners", NO_TEXT),
    Question("ports-1-window", Asks.SAFETY, "the window check, a server that goes on", "ports-1", "backwards", WINDOW),
    Question(
        "liveness-ports-1",
        Asks.LIVENESS,
        "a server that goes on, two attempts, in the end",
        "ports-1",
        NO_TEXT,
        claims=_CONNECTING,
    ),
    Question("wrap", Asks.SAFETY, "numbers that go round 2^32", scope=WRAP, claims=_POSSIBLE, quick=True),
)
"""What is asked of a handshake, by claims and by schedules, the cheapest questions first."""

STEPS: tuple[Question, ...] = tuple(
    Question(
        f"steps{'-' if name else ''}{name}{suffix}", Asks.STEPS, title, name, scope, assumptions, quick=quick, anybody=anybody
    )
    for name, exact, by_window, anybody in (
        ("", NO_TEXT, BACK, False),
        ("ports-1", NO_TEXT, BACK, False),
        ("simultaneous", SMALL, SMALL, False),
        ("listeners", SMALL, WRAP, True),
        ("crash", NO_TEXT, BACK, False),
        ("server-crash", NO_TEXT, BACK, False),
    )
    for suffix, scope, assumptions, title, quick in (
        ("", exact, {}, "step by step, whatever arrives" if anybody else "step by step", True),
        ("-window", by_window, WINDOW, "the same with the window check", False),
    )
)
"""What is asked of two at once: whether they do the same, whatever is claimed of it (:mod:`checker.studies.lockstep`).
A mutant that no claim notices differs there, or does the same. Of peers that listen and open themselves it is asked as well
what they do with what neither sends, once with numbers that go round 2^32."""

WHOLE: tuple[Question, ...] = (*BATTERY, *STEPS)
"""All that ``compare`` asks of a file and a handshake."""


def named(names: Iterable[str]) -> tuple[Question, ...]:
    """Return the questions of these names, in the order of the battery; raise for a name that none has."""
    known = {question.name: question for question in WHOLE}
    asked = set(names)
    for name in sorted(asked):
        if name not in known:
            raise NotationError(f"there is no part {name!r} of the battery; {nearest(name, tuple(known))}")
    return tuple(question for question in WHOLE if question.name in asked)


@dataclass(frozen=True, slots=True)
class Shown:
    """How far a schedule came on a model: to its end where ``why_not`` is "", else that says what was not possible.

    ``composition`` is the one that the schedule is about.
    """

    name: str
    played: Played | None
    why_not: str = ""
    composition: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model answers to a question: verdicts, or figures as they were played.

    ``unanswered`` says why it could not be asked, "" where it was.
    """

    question: Question
    model: Specification
    verdicts: tuple[Verdict, ...] = ()
    figures: tuple[Shown, ...] = ()
    seconds: float = 0.0
    unanswered: str = ""


def answer(
    question: Question,
    spec: Specification,
    *,
    given: Mapping[str, Choice] | None = None,
    limits: Limits | None = None,
    claims: Collection[str] = (),
) -> Answered:
    """Ask a question of a handshake, which is put together as the question wants it.

    ``given`` are assumptions that count more than the question's, ``limits`` bound each search, and ``claims`` are the only
    ones that are asked where there are some.
    """
    started = time.monotonic()
    setting = question.setting(given, limits)
    model = spec
    try:
        if question.asks is Asks.FIGURES:
            figures = tuple(_played(spec, setting))
            return Answered(question, spec, figures=figures, seconds=time.monotonic() - started)
        model = question.of(spec)
        wanted = set(question.claims) & set(claims) if question.claims and claims else set(question.claims or claims)
        every = model.liveness if question.asks is Asks.LIVENESS else model.claims
        asked = [claim for claim in every if not wanted or claim.name in wanted]
        verdicts = tuple(decide(model, asked, setting)) if asked else ()
    except (NotationError, ModelFileError, CannotDecideError) as error:
        if not question.composition:  # then it is wrong in itself, and not only put together so
            raise
        return Answered(question, model, seconds=time.monotonic() - started, unanswered=str(error))
    return Answered(question, model, verdicts, seconds=time.monotonic() - started)


def _played(spec: Specification, setting: Setting) -> Iterator[Shown]:
    """Yield how each scenario goes on a handshake that comes with synproof, in the composition that it is about."""
    for name in scenarios.names():
        scenario = scenarios.read(name, {}, None)
        about = built_in(scenario.models[0]).composition
        assert about is not None
        model = spec if spec.composed is None or spec.composition is about else spec.composed(about)
        try:
            yield Shown(name, play(scenario, model, setting.assumptions), composition=about.name)
        except NotPossibleError as error:
            yield Shown(name, error.played, str(error), about.name)
        except ModelFileError as error:  # it has no action of that name: then the schedule is not possible in it either
            if any(spec is one for one in SPECIFICATIONS.values()):
                raise
            yield Shown(name, None, str(error), about.name)


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
    if one.verdicts and other.verdicts and searched and not _cut_short(one) and not _cut_short(other):
        yield from _of_actions(one, other)


def _cut_short(answered: Answered) -> str:
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
            away = departure(its.trace, one[0].build(setting.scope, mine_assumptions(mine)))
            if away is not None:
                yield Difference(question, name, What.STEP, mine, its, away, of_one=False)
                return
            away = departure(mine.trace, other[0].build(setting.scope, mine_assumptions(its)))
            if away is not None:
                yield Difference(question, name, What.STEP, mine, its, away, of_one=True)
    elif mine.exercised != its.exercised and None not in (mine.exercised, its.exercised):
        yield Difference(question, name, What.TRIGGER, mine, its)


def mine_assumptions(verdict: Verdict) -> Assumptions:
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
    return tuple(answered.model.build(setting.scope, mine_assumptions(verdict)).action)


def _of_figures(one: Answered, other: Answered) -> Iterator[Difference]:
    of_other = {shown.name: shown for shown in other.figures}
    for mine in one.figures:
        its = of_other[mine.name]
        if bool(mine.why_not) != bool(its.why_not):
            yield Difference(one.question, mine.name, What.LINE, mine, its)


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
    first, second = (replace(a, unanswered=a.unanswered or _cut_short(a)) for a in (first, second))
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
    limits = limits or Limits()
    found: dict[int, Asked] = {}

    def work(parent: Parent) -> None:
        own = replace(limits, interrupted=parent.stopped)
        while not parent.stopped() and (place := next(places, None)) is not None:
            parent.tell((place, _sent(ask(questions[place], one, other, own))))

    number = max(1, min(processors(), len(questions)))
    with taken_in_turn(len(questions)) as places, Processes([work] * number) as processes, noticing(processes.ask_to_stop):
        for _, said in processes.said():
            if isinstance(said, Exception):
                raise said
            if isinstance(said, Message):
                place, asked = said.message
                found[place] = _received(asked, one, other)
                heard(found[place])
        if processes.stopping:
            raise KeyboardInterrupt
    return [found[place] for place in sorted(found)]


def _sent(asked: Asked) -> Asked:
    """Return what was asked without what does not travel between processes: models and claims, which are functions."""
    return _with(asked, None, lambda _, verdict: replace(verdict, question=replace(verdict.question, claim=_Name(verdict))))  # type: ignore[arg-type]


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

    def __init__(self, verdict: Verdict) -> None:
        object.__setattr__(self, "name", verdict.question.claim.name)


def _with(asked: Asked, models: tuple[Specification, Specification] | None, of: Callable[[int, Verdict], Verdict]) -> Asked:
    def shown(number: int, figure: Shown) -> Shown:
        spec = None if models is None else models[number]
        played = None if figure.played is None else replace(figure.played, spec=spec)  # type: ignore[arg-type]
        return replace(figure, played=played)

    def side(number: int, thing: Verdict | Shown | None) -> Verdict | Shown | None:
        return of(number, thing) if isinstance(thing, Verdict) else shown(number, thing) if thing is not None else None

    def answered(number: int, answer: Answered) -> Answered:
        return replace(
            answer,
            model=None if models is None else models[number],  # type: ignore[arg-type]
            verdicts=tuple(of(number, verdict) for verdict in answer.verdicts),
            figures=tuple(shown(number, figure) for figure in answer.figures),
        )

    return replace(
        asked,
        one=answered(0, asked.one),
        other=answered(1, asked.other),
        differences=tuple(replace(d, one=side(0, d.one), other=side(1, d.other)) for d in asked.differences),
    )
