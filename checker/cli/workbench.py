"""The commands that show what there is and what it does: list, show, scenario, simulate, explain."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from checker.cli import rendering, request, values
from checker.cli.exits import INTERRUPTED, OK
from checker.decide import Setting, check_spacing, decide
from checker.engines import ENGINES
from checker.host.interrupt import noticing
from checker.runs.declared import check_events, watched
from checker.runs.simulate import simulate as simulated
from checker.runs.trace import Trace, decisive_steps, run
from checker.scenarios import scenario as scenarios
from checker.scenarios.player import play
from checker.scenarios.scenario import as_record
from model.notation.network import LOSES, connect
from model.notation.sorts import nearest
from model.notation.system import Action, TransitionSystem
from model.tcp import scope
from model.tcp.assumptions import MEANINGS
from model.tcp.composition import CLIENT_SERVER, COMPOSITIONS, LIMITED, PORTS
from properties import CLAIMS
from properties.claim import Claim, monitored
from properties.relations import RELATIONS
from properties.specification import SPECIFICATIONS, Specification
from reports import document, explanation, figure, text
from reports.language.catalogue import language
from reports.traces import terminal
from reports.traces.account import of_play, of_random, told
from reports.traces.terminal import Paint


def scenario(arguments: argparse.Namespace) -> int:
    """Play a scenario on each of the models asked for."""
    asked = _scenario(arguments.scenario, dict(arguments.settings), isns=request.renumbering(arguments))
    models: list[Specification] = list(arguments.models) or [request.model(name) for name in asked.models]
    if not models:
        raise values.UsageError(f"{asked.name} does not say which model it is for: synproof scenario {asked.name} HANDSHAKE")
    _check_composition(asked, models)
    setting = request.setting(arguments, *models)
    check_spacing(replace(setting, scope=asked.scope))
    rendering.asked(arguments)
    runs = [play(asked, spec, setting.assumptions, spec.safety) for spec in models]
    if arguments.json:
        records = [as_record(r.trace, r.spec.reference, asked.summary, asked.scope.octets) for r in runs]
        print(json.dumps(records[0] if len(records) == 1 else records, indent=2, ensure_ascii=False))
        return OK
    accounts = [
        told(of_play(r, asked.name, asked.summary), r.spec, r.spec.build(asked.scope, setting.assumptions), r.spec.claims)
        for r in runs
    ]
    return rendering.show(arguments, accounts, lambda width, _: figure.played(asked, runs, width))


def _scenario(
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


def _check_composition(asked: scenarios.Scenario, models: Sequence[Specification]) -> None:
    """Raise where a figure of some composition is asked of a model that is put together otherwise."""
    meant = [SPECIFICATIONS[name] for name in asked.models if name in SPECIFICATIONS]
    if not meant or meant[0].composition is CLIENT_SERVER:
        return
    for spec in models:
        if spec.composition is not meant[0].composition:
            raise values.UsageError(f"{asked.name} is for {meant[0].name}, and {spec.name} has other endpoints")


def simulate(arguments: argparse.Namespace) -> int:
    """Take random runs; show the one, or what happened in many."""
    spec: Specification = arguments.model
    system = system_of(spec, request.setting(arguments, spec))
    made = rendering.asked(arguments)
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
        print(json.dumps(as_record(traces[0], spec.reference, f"a random run, seed {arguments.seed}"), indent=2))
        return OK

    def plain(width: int, paint: Paint) -> str:
        if arguments.runs == 1 and accounts:
            return terminal.alone(accounts[0], width, paint)
        violated = Counter(name for steps in decisive for name in steps)
        return text.simulation(system, done, violated, arguments.seed, arguments.steps)

    decisive = [decisive_steps(seen, trace) for trace in traces]
    several = arguments.runs > 1
    accounts = [
        of_random(trace, steps, arguments.seed, number if several else None)
        for number, (trace, steps) in enumerate(zip(traces, decisive, strict=True), 1)
    ]
    if made is not None:
        accounts = [told(account, spec, system, spec.claims) for account in accounts]
    code = rendering.show(arguments, accounts, plain, several=several)
    return INTERRUPTED if done.interrupted else code


def explain(arguments: argparse.Namespace) -> int:
    """Say what can happen after a run, and why the rest cannot."""
    spec: Specification = arguments.model
    setting = request.setting(arguments, spec)
    claims = list(spec.safety)
    if arguments.after in spec.claim and spec.claim[arguments.after] not in claims:
        claims = [*claims, spec.claim[arguments.after]]
    trace, system = _run_named(arguments, spec, setting, claims)
    watched = monitored(system, claims)
    action = None if arguments.action is None else _action(watched.exact, arguments.action)
    print(explanation.explanation(watched, claims, trace, action))
    return OK


def _run_named(
    arguments: argparse.Namespace, spec: Specification, setting: Setting, claims: list[Claim]
) -> tuple[Trace, TransitionSystem]:
    """Return the run that ``--after`` names, and the system that it is a run of."""
    name: str | None = arguments.after
    if name is not None and name not in spec.claim:
        asked = _scenario(name, dict(arguments.settings), *spec.claim)
        _check_composition(asked, [spec])
        if hasattr(arguments, "scope"):
            raise values.UsageError(f"--scope is for runs that are searched: {name} has its own ISNs")
        return play(asked, spec, setting.assumptions, claims).trace, spec.build(asked.scope, setting.assumptions)
    system = system_of(spec, setting)
    watched = monitored(system, claims)
    if name is None:
        return run(watched, ()), system
    (verdict,) = decide(spec, [spec.claim[name]], setting)
    if verdict.trace is None:
        raise values.UsageError(f"{spec.name}: {name} {verdict.outcome.value}, so it has no trace to stand after")
    return run(watched, verdict.trace.schedule), system


def show(arguments: argparse.Namespace) -> int:
    """Show the model as text, or one of its actions."""
    spec: Specification = arguments.model
    system = system_of(spec, request.setting(arguments, spec))
    if arguments.action is None:
        print(document.document(spec, system))
    else:
        system = connect(system) if arguments.action == LOSES else system
        print(document.one_action(system, _action(system, arguments.action)))
    return OK


def _action(system: TransitionSystem, name: str) -> Action:
    if name not in system.action:
        raise values.UsageError(f"{system.name} has no action {name!r}; {nearest(name, tuple(system.action))}")
    return system.action[name]


def system_of(spec: Specification, setting: Setting) -> TransitionSystem:
    """Return the system of a model under a setting."""
    check_spacing(setting)
    return spec.build(setting.scope, setting.assumptions)


_MORE_COMPOSITIONS = {
    f"HANDSHAKE/{PORTS}-N": "a client on each of N ports, a server that goes on listening",
}


def listing(arguments: argparse.Namespace) -> int:
    """List the names of everything that comes with synproof."""
    spoken = language(arguments.lang)
    told = {name: spoken.specification(spec) for name, spec in SPECIFICATIONS.items()}
    claims = map(spoken.claim, CLAIMS.values())
    composed = (*COMPOSITIONS.values(), LIMITED)
    compositions = {c: spoken.text("compositions", c.name, "summary", c.summary) for c in composed}
    parts: list[tuple[str, dict[str, str]]] = [
        ("handshakes", {name: spec.summary for name, spec in told.items() if spec.composition is CLIENT_SERVER}),
        ("compositions", {f"HANDSHAKE{c.of('')}": summary for c, summary in compositions.items()} | _MORE_COMPOSITIONS),
        ("claims", {c.name: c.brief + ("" if c.asserted else spoken.word("listed-not-asserted")) for c in claims}),
        ("relations", {name: r.brief + ("" if r.asserted else " (not asserted)") for name, r in RELATIONS.items()}),
        ("scenarios", {name: spoken.scenario(scenarios.read(name)).summary for name in scenarios.names()}),
        ("engines", {name: f"{engine.title}: {engine.summary}" for name, engine in ENGINES.items()}),
        ("scopes", {name: spoken.text("scopes", name, "meaning", said) for name, said in scope.MEANINGS.items()}),
        ("assumptions", {name: spoken.text("assumptions", name, "meaning", said) for name, said in MEANINGS.items()}),
    ]
    print(text.listing(parts))
    return OK
