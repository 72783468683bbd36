"""The commands that decide claims: compare, check, trace."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from checker.cli import exits, progress, rendering, request, rows, values
from checker.cli.exits import INTERRUPTED, NOTHING_TO_SHOW, OK, UNKNOWN
from checker.decide import InterruptedSearchError, Setting, decide, several_traces, state_space
from checker.engine import Option
from checker.engines import deciding, refusal
from checker.host.limits import Progress
from checker.scenarios.scenario import as_record
from checker.simulation.relating import Related, relate, relations_of
from checker.studies.cutoff import CUTOFF, cutoff
from checker.studies.parallel import decide_each
from checker.verdict import Outcome, Verdict
from model.tcp.composition import CLIENT_SERVER
from properties.claim import Claim
from properties.relations import Relation
from properties.specification import SPECIFICATIONS, Specification
from reports import text
from reports.language.catalogue import language
from reports.traces import terminal
from reports.traces.account import Account, of_verdict, told
from reports.traces.terminal import Paint

PICTURE = "no-stale-establishment"
"""The claim whose trace stands under the table of all handshakes."""
_PAIR = 2


def compare(arguments: argparse.Namespace) -> int:
    """Decide every claim about several models; show a table, and between two models what differs."""
    models: list[Specification] = list(dict.fromkeys(arguments.models)) or [
        language(arguments.lang).specification(spec) for spec in SPECIFICATIONS.values() if spec.composition is CLIENT_SERVER
    ]
    if len({spec.name for spec in models}) < len(models):
        raise values.UsageError("two of these models have the same name: give one of them another")
    setting = request.setting(arguments, *models)
    rendering.files(arguments)
    try:
        with progress.shown() as show:
            asked = rows.questions(models, setting, liveness=arguments.liveness)
            without = next((spec for spec, of in asked if not of), None)
            if without is not None:
                raise values.UsageError(f"{without.name} makes no claims{' of liveness' if arguments.liveness else ''}")
            results = decide_each(asked, _reporting(setting, show))
    except InterruptedSearchError as interrupted:
        return _interrupted(interrupted, as_json=arguments.json)
    every = [verdict for verdicts in results for verdict in verdicts]
    if arguments.json:
        _print_json(every)
    else:
        print(text.comparison(results))
        if len(models) == _PAIR:
            print("\n" + text.differences(*results))
        else:
            pictured = [v for v in every if v.question.claim.name == PICTURE and v.outcome is Outcome.VIOLATED]
            if pictured:
                print("\n" + text.counterexample(pictured[0]))
    _write_runs(arguments, [(spec, verdicts) for (spec, _), verdicts in zip(asked, results, strict=True)], setting)
    return exits.declared(every)


def check(arguments: argparse.Namespace) -> int:
    """Decide claims about one model."""
    spec: Specification = arguments.model
    if arguments.claims_none:
        return _state_space(spec, arguments)
    asked = list(dict.fromkeys(arguments.claims))
    relations = [relation for name, relation in relations_of(spec).items() if name in asked]
    names = [name for name in asked if name not in {relation.name for relation in relations}]
    claims = [request.claim(name, spec) for name in names] or ([] if relations else _by_default(spec))
    claims = request.assuming(claims, arguments)
    if not claims and not relations:
        raise values.UsageError(f"{spec.name} makes no claims: give specify() some, or name one")
    if getattr(arguments, "scope", None) == CUTOFF:
        return _cutoff(spec, claims, relations, arguments)
    setting = request.setting(arguments, spec)
    rendering.files(arguments)
    related = _related(spec, relations, setting)
    try:
        with progress.shown() as show:
            verdicts = decide(spec, claims, _reporting(setting, show)) if claims else []
    except InterruptedSearchError as interrupted:
        return _interrupted(interrupted, as_json=arguments.json)
    if arguments.json:
        _print_json([*verdicts, *related])
    else:
        print("\n\n".join([*([text.verdicts(verdicts)] if verdicts else []), *map(text.related, related)]))
        if any(v.trace is not None for v in verdicts):
            again = "".join(f" --unfair {name}" for name in arguments.unfair)
            again += text.asked_again(spec, setting)
            print(f"\nThe traces: {text.command('trace', spec.reference)} CLAIM{again}")
    _write_runs(arguments, [(spec, verdicts)], setting, related)
    return exits.of_verdicts([*verdicts, *related])


def _cutoff(spec: Specification, claims: Sequence[Claim], relations: Sequence[Relation], arguments: argparse.Namespace) -> int:
    """Decide claims in larger and larger scopes, and say with which of them something new was seen last."""
    whole = [*(relation.name for relation in relations), *(claim.name for claim in claims if claim.leads_to is not None)]
    if whole or not spec.scoped:
        what = f"{whole[0]} asks for the whole state graph" if spec.scoped else f"{spec.name} has its bounds in its file"
        raise values.UsageError(f"--scope {CUTOFF} is for claims of safety and reachability about handshakes: {what}")
    arguments.scope = "default"
    setting = request.setting(arguments, spec)
    rendering.files(arguments)
    try:
        with progress.shown() as show:
            found = cutoff(spec, claims, _reporting(setting, show))
    except InterruptedSearchError as interrupted:
        return _interrupted(interrupted, as_json=arguments.json)
    *_, last = found.rounds
    if arguments.json:
        _print_json([verdict for verdicts in found.rounds for verdict in verdicts])
    else:
        print(text.verdicts(last) + "\n\n" + text.cutoff(found))
    _write_runs(arguments, [(spec, last)], setting)
    return exits.smallest([exits.of_verdicts(last), OK if found.settled else UNKNOWN])


def _by_default(spec: Specification) -> list[Claim]:
    """Return the claims that ``check`` decides unless told which: of a handshake not those of liveness, which take longer."""
    return [*spec.asserted, *(() if spec.scoped else (claim for claim in spec.liveness if claim.asserted))]


def _related(spec: Specification, relations: Sequence[Relation], setting: Setting) -> list[Related]:
    """Decide relations, by comparing whole graphs: what only a search knows is refused."""
    if not relations:
        return []
    limits, strategy = setting.limits, setting.strategy
    searching = {
        f"engine {setting.engine}": setting.engine,
        "max-depth": limits.depth,
        "memory": limits.memory,
        "hash-compaction": strategy.compaction,
        "symmetry": strategy.symmetry,
    }
    for option, given in searching.items():
        if given:
            hint = "limit it by --max-states or --timeout"
            raise values.UsageError(f"--{option} is for searches: {relations[0].name} compares whole graphs; {hint}")
    return [relate(spec, relation, setting) for relation in relations]


def trace(arguments: argparse.Namespace) -> int:
    """Show a shortest counterexample or witness, or several that differ in what is done in them."""
    spec: Specification = arguments.model
    setting = request.setting(arguments, spec)
    rendering.format_asked(arguments)
    if arguments.claim in relations_of(spec):
        return _telling_apart(spec, relations_of(spec)[arguments.claim], setting, arguments)
    (claim,) = request.assuming([request.claim(arguments.claim, spec)], arguments)
    refused = refusal(deciding(claim, setting), Option.TRACES) if arguments.traces > 1 else ""
    if refused:
        raise values.UsageError(f"{claim.name} is a claim of {claim.kind.value}, and {refused}")
    try:
        with progress.shown() as show:
            (verdict,) = decide(spec, [claim], _reporting(setting, show))
    except InterruptedSearchError as interrupted:
        return _interrupted(interrupted, as_json=False)
    if verdict.trace is None:
        print(f"synproof: {text.counterexample(verdict)}", file=sys.stderr)
        return exits.of_verdicts([verdict]) or NOTHING_TO_SHOW
    found, every = [verdict.trace], False
    if arguments.traces > 1:
        found, every = several_traces(spec, claim, setting, verdict, arguments.traces)
    if arguments.json:
        records = [as_record(t, spec.reference, f"{spec.name}: {claim.name} {verdict.outcome.value}") for t in found]
        print(json.dumps(records[0] if arguments.traces == 1 else records, indent=2, ensure_ascii=False))
        return OK

    runs = [of_verdict(verdict, t, language(arguments.lang)) for t in found]

    def plain(width: int, paint: Paint) -> str:
        drawn = [terminal.rendered(run, width, paint, number=n, of=len(runs)) for n, run in enumerate(runs)]
        few = ["", text.no_more_traces(len(found), every=every)] if len(found) < arguments.traces else []
        return "\n".join([*drawn, *few, "", *text.setting_lines(verdict, width)])

    return rendering.show(arguments, [_told(spec, setting, run) for run in runs], plain, several=arguments.traces > 1)


def _told(spec: Specification, setting: Setting, account: Account) -> Account:
    return told(account, spec, spec.build(setting.scope, setting.assumptions), spec.claims)


def _write_runs(
    arguments: argparse.Namespace,
    decided: Sequence[tuple[Specification, Sequence[Verdict]]],
    setting: Setting,
    related: Sequence[Related] = (),
) -> None:
    """Write the run of each verdict that has one to a file, where that is asked for."""
    made = rendering.files(arguments)
    if made is None:
        return
    spoken = language(arguments.lang)
    shown = [(spec, v) for spec, verdicts in decided for v in verdicts if v.trace is not None]
    accounts = [_told(spec, setting, of_verdict(v, spoken=spoken)) for spec, v in shown]
    rendering.write_each(arguments.output, made, [*accounts, *(text.account(r) for r in related if r.run is not None)])


def _telling_apart(spec: Specification, relation: Relation, setting: Setting, arguments: argparse.Namespace) -> int:
    """Show the run that tells two systems apart."""
    if arguments.traces > 1 or arguments.json:
        raise values.UsageError(f"{relation.name} has one run, of another system: leave out --traces and --json")
    (result,) = _related(spec, [relation], setting)
    if result.run is None:
        print(text.related(result), file=sys.stderr)
        return exits.of_verdicts([result]) or NOTHING_TO_SHOW
    return rendering.show(arguments, [text.account(result)], lambda *_: text.related(result))


def _state_space(spec: Specification, arguments: argparse.Namespace) -> int:
    """Count the states of a model, about which nothing is asked."""
    if arguments.claims:
        raise values.UsageError(f"--claims none asks nothing, and {arguments.claims[0]!r} is a claim: write one or the other")
    setting = request.setting(arguments, spec)
    with progress.shown() as show:
        space = state_space(spec, _reporting(setting, show))
    print(json.dumps(space.as_record(), indent=2, ensure_ascii=False) if arguments.json else text.state_space(space))
    return INTERRUPTED if space.interrupted else UNKNOWN if space.reason else OK


def _reporting(setting: Setting, show: Callable[[Progress], None] | None) -> Setting:
    return replace(setting, limits=replace(setting.limits, progress=show))


def _interrupted(interrupted: InterruptedSearchError, *, as_json: bool) -> int:
    if as_json:
        _print_json(interrupted.verdicts)
    else:
        by_handshake: dict[str, list[Verdict]] = {}
        for verdict in interrupted.verdicts:
            by_handshake.setdefault(verdict.question.handshake, []).append(verdict)
        for verdicts in by_handshake.values():
            print(text.verdicts(verdicts) + "\n")
    print("synproof: interrupted; what had been found so far is above", file=sys.stderr)
    return INTERRUPTED


def _print_json(verdicts: Sequence[Verdict | Related]) -> None:
    print(json.dumps([verdict.as_record() for verdict in verdicts], indent=2, ensure_ascii=False))
