"""The command that plays a schedule which somebody wrote."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from checker.cli import answers, rendering, request, values
from checker.cli.exits import OK
from checker.decide import Setting, check_spacing
from checker.files import model_file
from checker.scenarios import scenario as scenarios
from checker.scenarios.player import NotPossibleError, Played, play
from checker.scenarios.scenario import as_record
from model.notation.sorts import nearest
from model.tcp.composition import CLIENT_SERVER
from properties.specification import Specification, built_in
from reports import figure, text
from reports.explorer.subject import Subject
from reports.language.catalogue import Language, language
from reports.traces.account import Account, of_play, of_scenario, told


def scenario(arguments: argparse.Namespace) -> int:
    """Play a scenario on each of the models asked for."""
    spoken = language(arguments.lang)
    written = scenario_named(arguments.scenario, dict(arguments.settings), isns=request.renumbering(arguments))
    asked = spoken.scenario(written)
    models: list[Specification] = list(arguments.models) or [_model(name, asked) for name in asked.models]
    if not models:
        raise values.UsageError(f"{asked.name} does not say which model it is for: {_asked_of(asked, 'HANDSHAKE')}")
    check_composition(asked, models)
    setting = request.setting(arguments, *models)
    check_spacing(replace(setting, scope=asked.scope))
    rendering.prepared(arguments, several=len(models) > 1)
    runs: list[Played] = []
    failed: NotPossibleError | None = None
    for spec in models:
        try:
            runs.append(play(asked, spec, setting.assumptions, spec.safety))
        except NotPossibleError as error:
            if arguments.json or arguments.format is not None or arguments.output is not None or error.played is None:
                raise
            failed = error
            runs.append(error.played)
            break
    if arguments.json:
        records = [
            answers.signed(as_record(r.trace, r.spec.reference, asked.summary, asked.scope.octets), arguments, r.spec)
            for r in runs
        ]
        answers.show(records[0] if len(records) == 1 else records)
        return OK
    accounts = [
        replace(played(asked, r, setting, spoken), retold=partial(of_scenario, written, spec, setting.assumptions))
        for spec, r in zip(models, runs, strict=False)  # the last may have been refused
    ]
    code = rendering.show(arguments, accounts, lambda width, _: figure.played(asked, runs, width, spoken))
    if failed is not None:  # after the run up to there
        sys.stdout.flush()
        raise failed
    return code


def played(asked: scenarios.Scenario, of: Played, setting: Setting, spoken: Language) -> Account:
    """Return the account of a scenario as it went on a model."""
    system = of.spec.build(asked.scope, setting.assumptions)
    return told(of_play(of, asked.name, asked.summary, spoken), Subject(of.spec, system, octets=asked.scope.octets))


def _model(name: str, asked: scenarios.Scenario) -> Specification:
    """Return a handshake that a scenario is about. A file is run only where the command line names it: it is code."""
    if model_file.is_path(name):
        raise values.UsageError(
            f"{asked.name} is about a model in a file, which is code: name it if you trust it: {_asked_of(asked, name)}"
        )
    return request.model(name)


def _asked_of(asked: scenarios.Scenario, model: str) -> str:
    return text.command("scenario", asked.name, model)


def scenario_named(
    name: str, settings: Mapping[str, int], *others: str, isns: Mapping[str, tuple[int, ...]] | None = None
) -> scenarios.Scenario:
    """Return the scenario of that name or in that file; ``others`` are names that would have done as well."""
    if name not in scenarios.names() and not name.endswith(".json"):
        what = "scenario or claim" if others else "scenario"
        known = (*scenarios.names(), *others)
        raise values.UsageError(f"there is no {what} {name!r}, and it is no FILE.json; {nearest(name, known)}")
    try:
        return scenarios.read(name, settings, isns)
    except scenarios.RenumberingError as error:
        raise values.UsageError(str(error)) from error


def check_composition(asked: scenarios.Scenario, models: Sequence[Specification]) -> None:
    """Raise where a figure of some composition is asked of a model that is put together otherwise."""
    meant = [built_in(name) for name in asked.models if request.comes_with_synproof(name)]
    if not meant or meant[0].composition is CLIENT_SERVER:
        return
    for spec in models:
        if spec.composition != meant[0].composition:
            raise values.UsageError(f"{asked.name} is for {meant[0].name}, and {spec.name} has other endpoints")
