"""The command that writes a model as a page that computes every step of it by itself."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from checker.cli import request, values
from checker.cli.exits import OK
from checker.cli.explain import run_named
from checker.cli.scenario import scenario_named
from checker.cli.show import system_of
from checker.decide import Setting, decide
from checker.host import writing
from properties.specification import Specification
from reports.explorer.page import Opened, challenges, page
from reports.explorer.subject import Subject
from reports.language import CODES
from reports.language.catalogue import language
from reports.traces.account import of_scenario, of_verdict

_SECONDS = 10.0
"""How long the shortest runs are searched for that a reader is challenged to find."""


def explore(arguments: argparse.Namespace) -> int:
    """Write the page of a model, opened at a run where one is named."""
    spec: Specification = arguments.model
    other: Specification | None = arguments.beside
    setting = request.setting(arguments, *([spec] if other is None else [spec, other]))
    name = spec.name.replace("/", "-")
    output = Path(arguments.output or f"{name}.explorer.html")
    if output.suffix != ".html":
        raise values.UsageError(f"{output} is no page: write -o FILE.html")
    writing.check(str(output))
    opened, octets = Opened(), 1
    if arguments.after is None:
        system = system_of(spec, setting)
    else:
        trace, system = run_named(arguments, spec, setting, list(spec.safety))
        opened = Opened(trace.schedule, trace.loop, at_end=True)
        if arguments.after not in spec.claim:
            asked = scenario_named(arguments.after, dict(arguments.settings), *spec.claim)
            octets = asked.scope.octets
            setting = replace(setting, scope=asked.scope)
            opened = replace(
                opened, accounts={code: of_scenario(asked, spec, setting.assumptions, language(code)) for code in CODES}
            )
    subject = Subject(spec, system, _scope(spec, setting), octets)
    beside = None if other is None else Subject(other, system_of(other, setting))
    limits = replace(setting.limits, seconds=setting.limits.seconds or _SECONDS)
    verdicts = decide(spec, spec.claims, replace(setting, limits=limits)) if spec.claims else ()
    found = {v.question.claim.name: v for v in verdicts}
    shown = found.get(arguments.after)
    if shown is not None and shown.trace is not None and shown.trace.schedule == opened.schedule:
        opened = replace(opened, accounts={code: of_verdict(shown, spoken=language(code)) for code in CODES})
    text = page(subject, beside=beside, opened=opened, known=challenges(verdicts), spoken=language(arguments.lang))
    writing.write({output: text})
    print(language(arguments.lang).word("explorer-written", file=output, size=-(-len(text.encode()) // 1000)))
    return OK


def _scope(spec: Specification, setting: Setting) -> str:
    return str(setting.scope.within(spec.composition)) if spec.composition is not None else ""
