"""Which claims notice a mutant, and which mutants none: rules that could be otherwise, and nobody would find out.

Each mutant (:mod:`checker.studies.mutants`) is asked the questions of the battery, the cheapest first, until one is answered
otherwise: a claim has another verdict, or a figure of the RFC is not possible any more. Where a mutant takes the same steps as
the handshake, in whatever state, it is *equivalent*, and no fault. Where it does the same with every segment that can be there
a question is not asked; one for which that is so of all questions differs in what is *never met*. One that does otherwise and
is answered as the handshake is throughout is a *survivor*.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any, NamedTuple

from checker.decide import InterruptedSearchError
from checker.host.crew import answers
from checker.host.forks import Parent
from checker.host.interrupt import noticing
from checker.studies.battery import BATTERY, Answered, Asks, Question, answer
from checker.studies.mutants import Mutant
from checker.studies.unchanged import Doings, unchanged
from checker.verdict import Outcome
from model.notation.assumed import Choice
from model.notation.sorts import NotationError
from model.notation.system import TransitionSystem
from model.tcp.composition import CLIENT_SERVER
from properties.specification import Specification, specification


class Fate(Enum):
    """What became of a mutant. One that is ``REFUSED`` is no model, and whoever writes it is told so."""

    NOTICED = "noticed"
    SURVIVES = "survives"
    UNMET = "never met"
    EQUIVALENT = "equivalent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Noticed:
    """What notices a mutant: a claim, or a figure, at a question."""

    question: str
    subject: str


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a mutant, ``by`` what it was noticed, and which questions were ``asked``; ``why`` it was refused."""

    mutant: Mutant
    fate: Fate
    by: tuple[Noticed, ...] = ()
    asked: tuple[str, ...] = ()
    why: str = ""

    @property
    def first(self) -> Noticed | None:
        """What noticed it first."""
        return self.by[0] if self.by else None

    def as_record(self, reason: str | None = None) -> dict[str, Any]:
        """Return it as part of the record that ``--json`` prints; ``reason`` is why it is harmless, where that is known."""
        mutant = self.mutant
        return {
            "name": mutant.name,
            "state": mutant.state,
            "branch": mutant.branch,
            "section": mutant.section,
            "check": mutant.check,
            "sentence": mutant.sentence,
            "kind": mutant.how.value,
            "change": str(mutant.words),
            "fate": self.fate.value,
            "question": self.first.question if self.first else None,
            "noticed_by": self.first.subject if self.first else None,
            "asked": list(self.asked),
            "reason": reason,
            "why": self.why,
        }


class _Result(NamedTuple):
    """What a process sends of a mutant: what :class:`Found` has beside it."""

    fate: Fate
    by: tuple[Noticed, ...]
    asked: tuple[str, ...]
    why: str


_Setting = tuple[str, str, tuple[tuple[str, Choice], ...]]


def setting_of(question: Question) -> _Setting:
    """Return what questions share that are about one system: composition, scope and assumptions."""
    return question.composition, question.scope, tuple(question.assumptions.items())


@dataclass(frozen=True, slots=True)
class Reference:
    """A handshake, and what it answers: what mutants are held against."""

    spec: Specification
    questions: tuple[Question, ...]
    answers: Mapping[str, Answered]
    settings: Mapping[_Setting, Question]
    systems: Mapping[_Setting, TransitionSystem]
    doings: Mapping[_Setting, Doings]


def reference(spec: Specification, questions: Sequence[Question] = BATTERY) -> Reference:
    """Answer the questions for a handshake of a client and a server."""
    if spec.handshake is None or spec.composition is not CLIENT_SERVER:
        raise NotationError(f"{spec.name} is no handshake of a client and a server, whose rules are read here")
    settings = {setting_of(question): question for question in questions if question.asks is not Asks.FIGURES}
    systems = {key: _system(question, spec) for key, question in settings.items()}
    doings = {key: Doings(system) for key, system in systems.items()}
    answers = {question.name: answer(question, spec) for question in questions}
    return Reference(spec, tuple(questions), answers, settings, systems, doings)


def _system(question: Question, spec: Specification) -> TransitionSystem:
    """Return the system that a question is about, made of a handshake or of a mutant."""
    setting = question.setting()
    return question.of(spec).build(setting.scope, setting.assumptions)


def look(reference: Reference, mutant: Mutant, *, every: bool = False) -> Found:
    """Ask the battery of one mutant until somebody notices; or ``every`` question, for all that notice."""
    spec = specification(mutant.handshake, given=reference.spec.own)
    asked: list[str] = []
    by: dict[Noticed, None] = {}
    systems: dict[_Setting, TransitionSystem] = {}
    met: dict[_Setting, bool] = {}

    def is_met(key: _Setting) -> bool:
        if key not in met:
            systems[key] = _system(reference.settings[key], spec)
            met[key] = not reference.doings[key].same(systems[key])
        return met[key]

    try:
        for question in reference.questions:
            key = setting_of(question)
            about = [key] if question.asks is not Asks.FIGURES else [one for one in reference.settings if one[2] == key[2]]
            if not any(map(is_met, about)):
                continue
            asked.append(question.name)
            by.update(dict.fromkeys(_noticing(reference.answers[question.name], answer(question, spec))))
            if by and not every:
                break
    except NotationError as error:
        return Found(mutant, Fate.REFUSED, why=str(error))
    if not any(met.values()) and all(unchanged(reference.systems[key], system) for key, system in systems.items()):
        return Found(mutant, Fate.EQUIVALENT)
    fate = Fate.NOTICED if by else Fate.SURVIVES if any(met.values()) else Fate.UNMET
    return Found(mutant, fate, tuple(by), tuple(asked))


def _noticing(was: Answered, is_now: Answered) -> Iterator[Noticed]:
    """Yield what answers otherwise: a verdict that is another, or a figure that is not possible where it was."""
    name = was.question.name
    before = {verdict.question.claim.name: verdict.outcome for verdict in was.verdicts}
    for verdict in is_now.verdicts:
        outcome = before.get(verdict.question.claim.name, verdict.outcome)
        if outcome is not verdict.outcome and Outcome.UNKNOWN not in (outcome, verdict.outcome):
            yield Noticed(name, verdict.question.claim.name)
    played = {shown.name: shown.why_not for shown in was.figures}
    for shown in is_now.figures:
        if bool(shown.why_not) != bool(played.get(shown.name, shown.why_not)):
            yield Noticed(name, shown.name)


def survivors(
    reference: Reference,
    of: Sequence[Mutant],
    told: Callable[[int, int], None] = lambda _done, _all: None,
    *,
    every: bool = False,
) -> list[Found]:
    """Return what becomes of each mutant, in order, by as many processes at once as there are processors.

    ``told`` is told of how many the fate is known, and of how many there are. Raises
    :class:`~checker.decide.InterruptedSearchError` when Ctrl-C ends it.
    """
    found: dict[int, Found] = {}

    with answers([partial(_result, reference, mutant, every) for mutant in of]) as asked, noticing(asked.ask_to_stop):
        for number, answer in asked.said():
            if isinstance(answer, Exception):
                raise answer
            found[number] = Found(of[number], *answer)
            told(len(found), len(of))
        if asked.stopping:
            raise InterruptedSearchError([])
    return [found[number] for number in range(len(of))]


def _result(reference: Reference, mutant: Mutant, every: bool, _: Parent) -> _Result:
    one = look(reference, mutant, every=every)
    return _Result(one.fate, one.by, one.asked, one.why)


def about(found: Collection[Found]) -> Mapping[tuple[str, str], list[Found]]:
    """Return what was found by branch: the state and the name."""
    by_branch: dict[tuple[str, str], list[Found]] = {}
    for one in found:
        by_branch.setdefault((one.mutant.state, one.mutant.branch), []).append(one)
    return by_branch
