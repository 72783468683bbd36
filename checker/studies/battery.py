"""The battery: what is asked of two handshakes to find out in what they differ, the cheapest questions first.

A question is a composition, a scope, assumptions, and what is asked there: the claims that a step decides, those of liveness,
or the RFC's figures, played. :data:`BATTERY` has them as data. :func:`answer` asks one of a model; they are asked of two in
:mod:`checker.studies.asking`, and what each answers is held against the other in :mod:`checker.studies.differing`.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from checker.decide import Setting, decide
from checker.engine import CannotDecideError
from checker.files.mistakes import ModelFileError
from checker.host.limits import Limits, Strategy
from checker.scenarios import scenario as scenarios
from checker.scenarios.player import NotPossibleError, Played, play
from checker.verdict import Verdict
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
    Question("r2", Asks.SAFETY, "a SYN that is sent again R2 times", "r2", SMALL, claims=("half-open-gives-up",), quick=True),
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
