"""The command that takes random runs."""

from __future__ import annotations

import argparse
from collections import Counter

from checker.cli import answers, rendering, request, values
from checker.cli.exits import INTERRUPTED, OK
from checker.cli.show import system_of
from checker.host.interrupt import noticing
from checker.runs.declared import check_events, watched
from checker.runs.simulate import simulate as simulated
from checker.runs.trace import decisive_steps, run
from checker.scenarios.scenario import as_record
from properties.specification import Specification
from reports import text
from reports.explorer.subject import Subject
from reports.language.catalogue import language
from reports.traces import terminal
from reports.traces.account import of_random, told
from reports.traces.terminal import Paint


def simulate(arguments: argparse.Namespace) -> int:
    """Take random runs; show the one, or what happened in many."""
    spec: Specification = arguments.model
    setting = request.setting(arguments, spec)
    system = system_of(spec, setting)
    made = rendering.prepared(arguments, several=arguments.runs > 1)
    stop: list[bool] = []
    with noticing(lambda: stop.append(True)):
        done = simulated(system, seed=arguments.seed, steps=arguments.steps, runs=arguments.runs, goes_on=lambda: not stop)
    seen = watched(spec, system, spec.safety)
    traces = [run(seen, schedule) for schedule in done.runs]
    with spec.reporting():
        for trace in traces:
            check_events(seen, trace)
    if arguments.json and arguments.runs > 1:
        raise values.UsageError("--json is for one run: leave out --runs")
    if arguments.json and traces:
        record = as_record(traces[0], spec.reference, f"a random run, seed {arguments.seed}")
        answers.show(answers.signed(record, arguments, spec))
        return OK

    def plain(width: int, paint: Paint) -> str:
        if arguments.runs == 1 and accounts:
            return terminal.alone(accounts[0], width, paint)
        violated = Counter(name for steps in decisive for name in steps)
        return text.simulation(system, done, violated, arguments.seed, arguments.steps, spoken)

    spoken = language(arguments.lang)
    decisive = [decisive_steps(seen, trace) for trace in traces]
    several = arguments.runs > 1
    accounts = [
        of_random(trace, steps, arguments.seed, number if several else None, spoken)
        for number, (trace, steps) in enumerate(zip(traces, decisive, strict=True), 1)
    ]
    if made is not None:
        subject = Subject(spec, system, octets=setting.scope.octets)
        accounts = [told(account, subject) for account in accounts]
    code = rendering.show(arguments, accounts, plain, several=several)
    return INTERRUPTED if done.interrupted else code
