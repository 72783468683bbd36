"""The command that changes the rules of a handshake one at a time, and says who notices: mutants."""

from __future__ import annotations

import argparse
import csv
import random
import sys

from checker.cli import answers, progress, values
from checker.cli.exits import INTERRUPTED
from checker.decide import InterruptedSearchError
from checker.studies.battery import BATTERY
from checker.studies.mutants import mutants as made
from checker.studies.survivors import reference, survivors
from model.notation.sorts import NotationError
from model.tcp.composition import CLIENT_SERVER
from properties import mutants as known
from properties.specification import Specification
from reports import mutants as report
from reports.language import ENGLISH
from reports.language.catalogue import language


def mutants(arguments: argparse.Namespace) -> int:
    """Make the mutants of a handshake, ask the battery of each, and show who noticed which."""
    spec: Specification = arguments.model
    if spec.handshake is None or spec.composition is not CLIENT_SERVER:
        raise values.UsageError(f"mutants is for handshakes of a client and a server: {spec.name} is another model")
    if arguments.csv and arguments.json:
        raise values.UsageError("--csv and --json are two forms of one answer: write one of them")
    try:
        chosen = list(made(spec.handshake, arguments.only))
    except NotationError as error:
        if not set(error.about) & set(arguments.only):  # a mistake in the file
            raise
        raise values.UsageError(str(error)) from error
    if arguments.sample is not None and arguments.sample < len(chosen):
        numbers = random.Random(arguments.seed).sample(range(len(chosen)), arguments.sample)  # noqa: S311  # not for secrets
        chosen = [chosen[number] for number in sorted(numbers)]
    questions = [question for question in BATTERY if question.quick or not arguments.quick]
    try:
        with progress.bar("mutants", log=arguments.log) as show:
            show(0, len(chosen))
            found = survivors(reference(spec, questions), chosen, show)
    except InterruptedSearchError:
        print("synproof: interrupted", file=sys.stderr)
        return INTERRUPTED
    why = {} if spec.file else known.reasons(spec.name)  # what is written of three-way need not be so of a user's own
    if arguments.json:
        english = {name: reason.of(ENGLISH) for name, reason in why.items()}
        record = {
            "handshake": spec.name,
            "questions": [question.name for question in questions],
            "mutants": [one.as_record(english.get(one.mutant.name)) for one in found],
        }
        answers.show(answers.signed(record, arguments, spec))
    elif arguments.csv:
        writer = csv.DictWriter(sys.stdout, known.COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(one.as_record() for one in found)
    else:
        told = {name: reason.of(arguments.lang) for name, reason in why.items()}
        print(report.table(spec, found, language(arguments.lang), quick=arguments.quick, reasons=told))
    return 0
