"""``compare`` of a file with a handshake: the whole battery is asked, and what differs is shown, the consequence first."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from checker.cli import answers, exits, rows, values
from checker.cli.exits import INTERRUPTED, NOT_LIVE, OK, UNKNOWN, VIOLATED
from checker.decide import Setting
from checker.studies.asking import Asked, ask_each
from checker.studies.battery import WHOLE, Question, Shown, named
from checker.studies.differing import Difference, What
from checker.studies.following import departure
from checker.studies.nearest import nearest
from checker.verdict import Verdict
from model.notation.sorts import NotationError
from model.tcp.composition import CLIENT_SERVER
from model.tcp.handshakes.handshake import Handshake
from properties.claim import Kind
from properties.specification import Specification
from reports import differences, tables
from reports.language.catalogue import language

_PAIR = 2


def is_for(models: Sequence[Specification], arguments: argparse.Namespace) -> bool:
    """Return whether the battery is asked: of two handshakes of a client and a server, where one comes from a file.

    ``--quick`` and ``--only`` ask it of any two; ``--liveness`` and ``--latex`` ask for one table.
    """
    wanted = arguments.quick or bool(arguments.only)
    able = len(models) == _PAIR and all(spec.composition is CLIENT_SERVER for spec in models)
    if wanted and (not able or arguments.liveness or arguments.latex):
        raise values.UsageError(
            "--quick and --only are for two handshakes of a client and a server: name FILE.py and three-way"
        )
    return able and not (arguments.liveness or arguments.latex) and (wanted or any(spec.file for spec in models))


def compare(models: Sequence[Specification], setting: Setting, arguments: argparse.Namespace) -> int:
    """Ask the battery of two models, show what differs, and return the exit code."""
    spoken = language(arguments.lang)
    one, other = (replace(spec, claims=tuple(claims)) for spec, claims in rows.questions(models, setting))
    found: list[Asked] = []
    interrupted = False
    with _shown(arguments, (one.name, other.name)) as show:

        def heard(asked: Asked) -> None:
            found.append(asked)
            if asked.asks_something:
                show(asked)

        questions = _questions(arguments)
        try:
            ask_each(questions, one, other, setting.limits, heard)
        except KeyboardInterrupt:
            interrupted = True
    found.sort(key=lambda asked: questions.index(asked.question))
    found = [asked for asked in found if asked.asks_something]
    if arguments.json or arguments.csv:
        records = [answers.signed(record, arguments, *models) for asked in found for record in _records(asked)]
        print(answers.written(records) if arguments.json else tables.csv(records))
    else:
        near = None if interrupted else _near(found, setting)
        print(differences.answer(found, (one, other), spoken, near=near, verbose=arguments.verbose))
    if interrupted:
        print(f"synproof: {spoken.tell('interrupted; what had been found so far is above')}", file=sys.stderr)
        return INTERRUPTED
    return code(found)


def _near(found: Sequence[Asked], setting: Setting) -> differences.Unreached | None:
    """Return how near a run comes, where the answer begins with what one of the two cannot do."""
    first = differences.headline(found)
    asked = next((asked for asked in found if first in asked.differences), None)
    if first is None or asked is None:
        return None
    own = asked.question.setting(limits=setting.limits)
    sides = ((first.one, asked.one.model), (first.other, asked.other.model))
    for (side, model), (opposite, _) in zip(sides, reversed(sides), strict=True):
        near = nearest(model, side, own) if isinstance(side, Verdict) else None
        if near is not None and isinstance(side, Verdict):
            shown = opposite.trace if isinstance(opposite, Verdict) else None
            system = model.build(own.scope, own.assumptions)
            return differences.Unreached(side, near, None if shown is None else departure(shown, system))
    return None


def code(found: Sequence[Asked]) -> int:
    """Return how the command exits: 0 only where nothing differs, and all was asked to its end."""
    every = differences.differing(found)
    grave = [difference for difference in every if difference.what in differences.GRAVE]
    codes = [_code(difference) for difference in grave or every]
    codes += [UNKNOWN for asked in found if asked.unanswered]
    codes += [UNKNOWN for asked in found for v in (*asked.one.verdicts, *asked.other.verdicts) if v.outcome.value == "unknown"]
    own = [v for asked in found for v in asked.one.verdicts if v.question.claim.name not in asked.other.model.claim]
    own += [v for asked in found for v in asked.other.verdicts if v.question.claim.name not in asked.one.model.claim]
    return exits.smallest([*codes, exits.declared(own), *([UNKNOWN] if not found else [])]) or OK


def _code(difference: Difference) -> int:
    liveness = isinstance(difference.one, Verdict) and difference.one.question.claim.kind is Kind.LIVENESS
    return NOT_LIVE if liveness else VIOLATED


def _questions(arguments: argparse.Namespace) -> list[Question]:
    """Return what is asked: a scope and assumptions that were typed take the place of those of each question."""
    try:
        names = [name for given in arguments.only for name in given.split(",")]
        asked = named(names) if names else WHOLE
    except NotationError as error:
        raise values.UsageError(str(error)) from error
    given = {name: getattr(arguments, name) for name in Handshake.assumes.declared() if hasattr(arguments, name)}
    found: list[Question] = []
    for question in asked:
        if arguments.quick and not question.quick:
            continue
        scope = getattr(arguments, "scope", question.scope)
        changed = replace(question, scope=scope, assumptions={**question.assumptions, **given})
        alike = (changed.asks, changed.composition, changed.scope, changed.assumptions)
        if alike not in [(q.asks, q.composition, q.scope, q.assumptions) for q in found]:
            found.append(changed)
    return found


@contextmanager
def _shown(arguments: argparse.Namespace, names: tuple[str, str]) -> Iterator[Callable[[Asked], None]]:
    """Yield what to call with each part as it comes: what it comes to is said on standard error, where that is a terminal."""
    spoken = language(arguments.lang)
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    yield lambda asked: print(differences.progress(asked, names, spoken), file=sys.stderr, flush=True)


def _records(asked: Asked) -> Iterator[dict[str, Any]]:
    """Yield the record of each verdict, each schedule and each comparison, with the part and in what it differs."""
    part = asked.question.name
    differ: dict[str, list[str]] = {}
    for difference in asked.differences:
        differ.setdefault(difference.subject, []).append(difference.what.value)
    for answered in (asked.one, asked.other):
        for verdict in answered.verdicts:
            yield {**verdict.as_record(), "part": part, "differs": differ.get(verdict.question.claim.name, [])}
        for figure in answered.figures:
            yield _of_figure(figure, answered.model, part, differ.get(figure.name, []))
        if not answered.verdicts and not answered.figures:
            yield _of_part(asked, answered.model)


def _of_figure(figure: Shown, model: Specification, part: str, differ: list[str]) -> dict[str, Any]:
    trace = None if figure.played is None else figure.played.trace
    return {
        "handshake": model.name,
        "part": part,
        "kind": "schedule",
        "schedule": figure.name,
        "possible": not figure.why_not,
        "reason": figure.why_not,
        "trace_length": None if trace is None else len(trace),
        "trace": None if trace is None else [step.action for step in trace.steps],
        "differs": differ,
    }


def _of_part(asked: Asked, model: Specification) -> dict[str, Any]:
    apart = next((difference.apart for difference in asked.differences if difference.apart is not None), None)
    trace = None if apart is None else apart.one if model is asked.one.model else apart.other
    return {
        "handshake": model.name,
        "part": asked.question.name,
        "kind": "steps",
        "states": asked.states,
        "reason": asked.unanswered,
        "trace_length": None if trace is None else len(trace),
        "trace": None if trace is None else [step.action for step in trace.steps],
        "differs": [What.OTHERWISE.value] if apart is not None else [],
    }
