"""What comes of what a repository wants of its models (:mod:`checker.files.expectations`).

``synproof check`` without a model asks all of it, and so does pytest (:mod:`checker.pytest_plugin`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from checker.cli import answers, exits, progress, request, rows
from checker.cli.answering import codes as mistakes
from checker.cli.exits import OK, UNKNOWN, VIOLATED
from checker.cli.values import UsageError
from checker.decide import Setting, decide
from checker.files.expectations import FILE, Expectation, Kind, read, there
from checker.records import mistake
from checker.verdict import Outcome, Verdict
from model.notation.pretty import value_text
from model.notation.said import said
from model.notation.sorts import nearest
from properties.claim import Claim
from properties.specification import Specification
from reports import text
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.width import line_width
from reports.wrapping import wrapped

_ENGLISH = language(ENGLISH)
_TAKEN = ("--json", "--lang", "-v", "--verbose", "--debug")
"""The options of ``check`` that mean something where the file says the rest."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether an expectation about one claim is met, None where that is unknown; ``why`` says what was found, with its run."""

    title: str
    claim: str
    met: bool | None
    why: str
    verdicts: tuple[tuple[Specification, Verdict], ...]


# -- what comes out ----------------------------------------------------------------------------------------------------


def judged(expected: Expectation, spoken: Language = _ENGLISH) -> tuple[Judgement, ...]:
    """Return what is found of an expectation, for each claim that it is about."""
    models, setting = _asked(expected)
    if expected.kind is Kind.SAME:
        return tuple(_alike(expected, models, setting, spoken))
    (spec,) = models
    if not expected.claims:
        asked: Sequence[Claim] = request.by_default(spec)
        if not asked:
            raise UsageError(f"{spec.name} makes no claims: name one")
    else:
        asked = [request.claim(name, spec) for name in expected.claims]
    return tuple(_one(expected, spec, verdict, spoken) for verdict in decide(spec, asked, setting))


def _asked(expected: Expectation) -> tuple[list[Specification], Setting]:
    models = [request.model(model) if isinstance(model, str) else model for model in expected.models]
    options = dict(expected.options)
    assumed = [(name, value_text(value)) for name, value in (options.pop("assume", None) or {}).items()]
    arguments = argparse.Namespace(models=models, assumed=assumed, **options)
    request.assume(arguments)
    return arguments.models, request.setting(arguments, *arguments.models)


def _one(expected: Expectation, spec: Specification, verdict: Verdict, spoken: Language) -> Judgement:
    claim, why = verdict.question.claim.name, text.counterexample(verdict, spoken)
    if verdict.trace is None:
        why = "\n".join(wrapped(why, line_width()))
    pattern = "{model}: {claim} holds" if expected.kind is Kind.HOLDS else "{model}: {claim} is violated"
    pattern += "" if expected.steps is None else " in {steps} steps"
    title = said(pattern, model=spec.reference, claim=claim, steps=expected.steps)
    by = ((spec, verdict),)
    if expected.kind is Kind.HOLDS and not expected.claims and verdict.question.expected is not None:
        return Judgement(title, claim, _known(verdict, verdict.as_declared), why, by)
    if verdict.outcome is Outcome.UNKNOWN or verdict.not_reached:
        return Judgement(title, claim, None, why, by)
    if expected.kind is Kind.HOLDS:
        if verdict.outcome is Outcome.HOLDS and verdict.vacuous and expected.claims:
            never = spoken.tell(
                "It holds only because it is never put to the test: it never happens that {trigger}.",
                trigger=spoken.claim(verdict.question.claim).trigger,
            )
            return Judgement(title, claim, False, never, by)
        return Judgement(title, claim, verdict.outcome is Outcome.HOLDS, why, by)
    length = None if verdict.trace is None else len(verdict.trace)
    met = verdict.outcome is Outcome.VIOLATED and expected.steps in {None, length}
    return Judgement(title, claim, met, why, by)


def _known(verdict: Verdict, met: bool) -> bool | None:
    return None if verdict.outcome is Outcome.UNKNOWN else met


def _alike(expected: Expectation, models: Sequence[Specification], setting: Setting, spoken: Language) -> Iterator[Judgement]:
    asked = rows.questions(request.told_apart(list(models)), setting, liveness=False)
    found = [{v.question.claim.name: v for v in decide(spec, claims, setting)} for spec, claims in asked]
    both = [name for name in found[0] if name in found[1] and name in (expected.claims or found[0])]
    for name in expected.claims:
        if name not in both:
            raise UsageError(f"{name!r} is no claim about both; {nearest(name, tuple(set(found[0]) & set(found[1])))}")
    for name in both:
        pair = [of[name] for of in found]
        outcomes = [verdict.outcome for verdict in pair]
        met = None if Outcome.UNKNOWN in outcomes else outcomes[0] is outcomes[1]
        why = text.differences([pair[0]], [pair[1]], spoken)
        names = {"one": models[0].reference, "other": models[1].reference}
        title = said("{claim}: the same verdict for {one} and {other}", claim=name, **names)
        yield Judgement(title, name, met, why, tuple(zip(models, pair, strict=True)))


# -- check without a model ---------------------------------------------------------------------------------------------


def check(arguments: argparse.Namespace) -> int:
    """Ask what the file in this folder expects, and say what is not met, with the runs."""
    path = there(Path())
    if path is None:
        raise UsageError(
            f"synproof check needs HANDSHAKE: write synproof check HANDSHAKE [CLAIM ...] [OPTION ...], "
            f"or a {FILE} here that says what is expected; synproof check --help says more"
        )
    for word in arguments.words[1:]:
        if word.startswith("-") and word.partition("=")[0] not in _TAKEN:
            raise UsageError(f"{word} is for a model that is named: {path} says in which scope, and under which assumptions")
    spoken, records, codes = language(arguments.lang), list[answers.Record](), list[int]()
    with progress.shown():
        for expected in read(path):
            try:
                found = judged(expected, spoken)
            except tuple(known := mistakes()) as error:
                codes.append(next(code for kind, code in known.items() if isinstance(error, kind)))
                records.append(answers.signed(mistake(str(error), code=codes[-1]), arguments))
                print(f"synproof: {path}, {expected}: {error}", file=sys.stderr)
                continue
            for one in found:
                codes.append({True: OK, None: UNKNOWN, False: VIOLATED}[one.met])
                records += [_record(one, spec, verdict, arguments) for spec, verdict in one.verdicts]
                if not arguments.json:
                    print(_line(one, spoken))
    if arguments.json:
        answers.show(records)
    else:
        met = sum(code == OK for code in codes)
        print("\n" + spoken.tell("{met} of {all} expectations are met.", met=met, all=len(codes)))
    return exits.smallest(codes)


def _record(one: Judgement, spec: Specification, verdict: Verdict, arguments: argparse.Namespace) -> answers.Record:
    return answers.signed({**verdict.as_record(), "met": one.met}, arguments, spec)


def _line(one: Judgement, spoken: Language) -> str:
    mark = {True: "met", None: "unknown", False: "not met"}[one.met]
    line = "\n".join(wrapped(spoken.word("colon").join((spoken.tell(mark), spoken.tell(one.title))), line_width(), hanging=2))
    return line if one.met else f"{line}\n\n{one.why}\n"
