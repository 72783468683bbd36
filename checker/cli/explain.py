"""The command that says what can happen after a run, and why the rest cannot."""

from __future__ import annotations

import argparse

from checker.cli import request, values
from checker.cli.exits import OK
from checker.cli.scenario import check_composition, scenario_named
from checker.cli.show import action_named, show_claim, system_of
from checker.decide import Setting, decide
from checker.runs.trace import Trace, run
from checker.scenarios.player import play
from model.notation.system import TransitionSystem
from properties.claim import Claim, monitored
from properties.specification import Specification
from reports import explanation
from reports.language.catalogue import language


def explain(arguments: argparse.Namespace) -> int:
    """Say what can happen after a run, and why the rest cannot."""
    if isinstance(arguments.model, Claim):
        return show_claim(arguments, arguments.model, verbose=True)
    spec: Specification = arguments.model
    if arguments.action in spec.claim:
        return show_claim(arguments, spec.claim[arguments.action], spec, verbose=True)
    setting = request.setting(arguments, spec)
    claims = list(spec.safety)
    if arguments.after in spec.claim and spec.claim[arguments.after] not in claims:
        claims = [*claims, spec.claim[arguments.after]]
    trace, system = run_named(arguments, spec, setting, claims)
    watched = monitored(system, claims)
    action = None if arguments.action is None else action_named(watched.exact, arguments.action, spec, setting)
    print(explanation.explanation(watched, claims, trace, action, language(arguments.lang)))
    return OK


def run_named(
    arguments: argparse.Namespace, spec: Specification, setting: Setting, claims: list[Claim]
) -> tuple[Trace, TransitionSystem]:
    """Return the run that ``--after`` names, and the system that it is a run of."""
    name: str | None = arguments.after
    if name is not None and name not in spec.claim:
        asked = scenario_named(name, dict(arguments.settings), *spec.claim)
        check_composition(asked, [spec])
        if hasattr(arguments, "scope"):
            raise values.UsageError(f"--scope is for runs that are searched: {name} has its own ISNs")
        played = play(asked, spec, setting.assumptions, claims)
        return played.trace, played.spec.build(asked.scope, setting.assumptions)
    system = system_of(spec, setting)
    watched = monitored(system, claims)
    if name is None:
        return run(watched, ()), system
    (verdict,) = decide(spec, [spec.claim[name]], setting)
    if verdict.trace is None:
        raise values.UsageError(
            f"{spec.name}: {name} {verdict.outcome.value}, so that there is no run to go on from: name another claim"
        )
    return run(watched, verdict.trace.schedule), system
