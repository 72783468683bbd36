"""The command that counts which numbers a blind attacker has to guess from: guesses."""

from __future__ import annotations

import argparse

from checker.cli import answers, request, values
from checker.cli.exits import OK
from checker.studies.guessing import guesses as counted
from checker.studies.guessing import serves
from model.tcp.composition import CLIENT_SERVER
from properties.specification import SPECIFICATIONS, Specification
from reports import guesses as report
from reports.language.catalogue import language


def guesses(arguments: argparse.Namespace) -> int:
    """Count, for each forged segment, of how many numbers the server takes it."""
    given: list[Specification] = arguments.models
    specs = request.told_apart(given) or [spec for spec in SPECIFICATIONS.values() if spec.composition is CLIENT_SERVER]
    for spec in specs:
        if not serves(spec):
            raise values.UsageError(f"guesses is for handshakes of a client and a server: {spec.name} is another model")
    setting = request.setting(arguments, *specs)
    found = {spec: counted(spec, setting) for spec in specs}
    if arguments.json:
        counts = [{"handshake": spec.name, "forgeries": [one.as_record() for one in of]} for spec, of in found.items()]
        assumed = dict(specs[0].assumed(setting.assumptions))
        record = {"scope": setting.scope.name, "assumptions": assumed, "handshakes": counts}
        answers.show(answers.signed(record, arguments, *specs))
        return OK
    print(report.listed(found, setting, language(arguments.lang), verbose=arguments.verbose))
    return OK
