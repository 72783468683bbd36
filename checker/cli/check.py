"""The commands that decide claims: compare, check, trace."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from checker.cli import answers, battery, exits, keeping, progress, rendering, request, rows, values
from checker.cli.exits import BAD_FILE, INTERRUPTED, NOTHING_TO_SHOW, OK, UNKNOWN
from checker.decide import InterruptedSearchError, Setting, decide, several_traces, state_space
from checker.engine import Option
from checker.engines import deciding, refusal
from checker.files.mistakes import ModelFileError
from checker.host.limits import Progress
from checker.records import mistake
from checker.scenarios.scenario import as_record
from checker.simulation.relating import Related, relate, relations_of
from checker.studies.cutoff import CUTOFF, cutoff
from checker.studies.nearest import Nearest, nearest
from checker.studies.parallel import decide_apart, decide_each
from checker.studies.untaken import dropped
from checker.studies.weakest import weakest
from checker.verdict import Outcome, Verdict
from model.notation.sorts import NotationError
from model.tcp.attackers import FLOODS, WEAKEST
from model.tcp.composition import CLIENT_SERVER, INFERENCE_FULL, TWO_RUNS
from model.tcp.handshakes import BACKLOGS, DEFENCES, LIMITING, WITHOUT, Cookies
from properties.claim import Claim
from properties.relations import Relation
from properties.specification import SPECIFICATIONS, Specification, built_in
from reports import nearness, tables, text
from reports import weakest as degrees
from reports.explorer.subject import Subject
from reports.language.catalogue import Language, language
from reports.traces import terminal
from reports.traces.account import Account, of_verdict, told
from reports.traces.terminal import Paint

PICTURE = "no-stale-establishment"
"""The claim whose trace stands under the table of all handshakes."""
_PAIR = 2


def compare(arguments: argparse.Namespace) -> int:
    """Decide every claim about several models; show a table, and between two models what differs."""
    given: list[Specification] = arguments.models
    left_out: list[request.Mistaken] = arguments.mistaken
    if left_out and not given:
        return _shown(arguments, [], left_out)
    spoken, attacker = language(arguments.lang), arguments.attacker
    usual = [spec for spec in SPECIFICATIONS.values() if spec.composition is CLIENT_SERVER]
    beside = {WEAKEST: {**WITHOUT, **DEFENCES}} | {flood: {**DEFENCES, **BACKLOGS} for flood in FLOODS}
    beside |= dict.fromkeys(TWO_RUNS, LIMITING) | {INFERENCE_FULL.name: {**BACKLOGS, Cookies.name: Cookies}}
    against = beside.get(attacker, DEFENCES)
    defences = [built_in(name) for name in against] if attacker else []
    models = request.told_apart(given) or [spoken.specification(spec) for spec in (*usual, *defences)]
    for spec in given if attacker else ():
        if spec.composition not in (None, CLIENT_SERVER):
            between = f"--attacker stands between a client and a server, and {spec.reference} is a composition already"
            raise values.UsageError(f"{between}: leave out --attacker, or write the handshake alone")
    if attacker == WEAKEST:
        return _by_degrees(models, arguments)
    if attacker:
        models = [request.attacked(spec, attacker) for spec in models]
    setting = request.setting(arguments, *models)
    if arguments.json and (arguments.csv or arguments.latex):
        raise values.UsageError("--json prints records: leave it out, or --csv and --latex")
    if not left_out and not attacker and battery.is_for(models, arguments):
        with suppress(ModelFileError, NotationError):  # one that is wrong in itself is said below, beside what the other is
            code = battery.compare(models, setting, arguments)
            _tell_dropped(models, setting, arguments)
            return code
    rendering.files(arguments)
    try:
        with progress.shown(log=arguments.log) as show:
            asked = rows.questions(models, setting, liveness=arguments.liveness)
            if attacker:
                asked = [(spec, request.of_attack(spec)) for spec in models]

            def leave_out(number: int, error: Exception) -> list[Verdict]:
                if not isinstance(error, ModelFileError | NotationError):
                    raise error
                left_out.append(request.Mistaken(asked[number][0].reference, str(error)))
                return []

            results = decide_each(asked, _reporting(setting, show), leave_out)
    except InterruptedSearchError as interrupted:
        return _interrupted(interrupted, arguments, *models)
    decided = [(spec, verdicts) for (spec, _), verdicts in zip(asked, results, strict=True) if verdicts]
    code = _shown(arguments, decided, left_out)
    _write_runs(arguments, decided, setting)
    _tell_dropped([spec for spec, _ in decided], setting, arguments)
    return code


def _by_degrees(models: Sequence[Specification], arguments: argparse.Namespace) -> int:
    """Show the weakest attacker that breaks each claim; each is searched for in a scope of its own."""
    refused = {"scope": "scope", "guesses": "guesses", "liveness": "liveness", "json": "json", "csv": "csv", "latex": "latex"}
    for name, option in refused.items():
        if getattr(arguments, name, False):
            raise values.UsageError(f"--attacker {WEAKEST} has its own scopes and says a table: leave out --{option}")
    wrong = next((spec for spec in models if spec.composition is not CLIENT_SERVER or spec.composed is None), None)
    if wrong is not None:
        raise values.UsageError(f"--attacker is for handshakes of a client and a server: {wrong.name} is another model")
    setting = request.setting(arguments, *models)
    try:
        with progress.shown(log=arguments.log) as show:
            found = weakest(models, _reporting(setting, show))
    except InterruptedSearchError as interrupted:
        return _interrupted(interrupted, arguments, *models)
    print(degrees.table(found, language(arguments.lang)))
    return UNKNOWN if any(one.unknown for of in found for one in of) else OK


def _tell_dropped(models: Sequence[Specification], setting: Setting, arguments: argparse.Namespace) -> None:
    """Say on standard error of each handshake from a file which segments no case of its rules takes.

    What comes out of the walls of ``--isolated`` is of one scope, which is another than the one for this: it is not asked.
    """
    if getattr(arguments, "isolated", False):
        return
    for spec in models:
        found = dropped(spec, setting) if spec.file and spec.composition else []
        for line in text.dropped(spec.name, found, language(arguments.lang)):
            print(f"synproof: {line}", file=sys.stderr)


Decided = Sequence[tuple[Specification, Sequence[Verdict]]]
"""Models, each with its verdicts."""


def _shown(arguments: argparse.Namespace, decided: Decided, left_out: Sequence[request.Mistaken]) -> int:
    """Show what was found about several models, and which were left out and why; return the exit code.

    That one was left out counts more than any verdict about the others: what was asked is not all that was answered.
    """
    spoken = language(arguments.lang)
    results = [verdicts for _, verdicts in decided]
    every = [verdict for verdicts in results for verdict in verdicts]
    for mistaken in left_out:
        print(f"synproof: {mistaken.why}", file=sys.stderr)
    if arguments.json or arguments.csv:
        records: list[answers.Record] = [
            *(answers.signed(verdict.as_record(), arguments, spec) for spec, verdicts in decided for verdict in verdicts),
            *(answers.signed(mistake(m.why, handshake=m.name, code=BAD_FILE), arguments) for m in left_out),
        ]
        print(answers.written(records) if arguments.json else tables.csv(records))
    elif arguments.latex and results:
        print(tables.latex(results, answers.found_by(arguments, *(spec for spec, _ in decided))))
    elif results:
        print(text.comparison(results, spoken, verbose=arguments.verbose))
        if len(results) == _PAIR:
            print("\n" + text.differences(results[0], results[1], spoken))
        else:
            pictured = [v for v in every if v.question.claim.name == PICTURE and v.outcome is Outcome.VIOLATED]
            if pictured:
                print("\n" + text.counterexample(pictured[0], spoken, verbose=arguments.verbose))
    return BAD_FILE if left_out else exits.declared(every) or _differing(decided)


def _differing(decided: Decided) -> int:
    """Return how ``compare`` of two exits where one comes from a file: not with 0 where a verdict differs.

    Of two that come with synproof it is declared in what they differ.
    """
    if len(decided) != _PAIR or not any(spec.file for spec, _ in decided):
        return OK
    of_other = {verdict.question.claim.name: verdict for verdict in decided[1][1]}
    pairs = [(v, of_other[v.question.claim.name]) for v in decided[0][1] if v.question.claim.name in of_other]
    return exits.differing((one, other) for one, other in pairs if one.outcome is not other.outcome)


def check(arguments: argparse.Namespace) -> int:
    """Decide claims about one model, or without one what a file here expects."""
    if arguments.model is None and arguments.resume is not None:
        return check(keeping.resumed(arguments))
    if arguments.model is None:
        from checker.cli import wanted

        return wanted.check(arguments)
    spec: Specification = arguments.model
    if arguments.claims_none:
        return _state_space(spec, arguments)
    claims, relations = asked_about(spec, arguments.claims)
    claims = request.assuming(claims, arguments)
    if getattr(arguments, "scope", None) == CUTOFF:
        return _cutoff(spec, claims, relations, arguments)
    setting = request.setting(arguments, spec)
    rendering.files(arguments)
    compared = related(spec, relations, setting)
    try:
        with progress.shown(log=arguments.log) as show:
            verdicts = decide_apart(spec, claims, _reporting(setting, show)) if claims else []
            near = [] if arguments.json else _nearest(spec, verdicts, setting)
    except InterruptedSearchError as interrupted:
        return _interrupted(interrupted, arguments, spec)
    if arguments.json:
        results: list[Verdict | Related] = [*verdicts, *compared]
        answers.show([answers.signed(result.as_record(), arguments, spec) for result in results])
    else:
        spoken, verbose = language(arguments.lang), arguments.verbose
        said = {v.question.claim.name: nearness.sentences(n, v, spoken) for v, n in near}
        parts = [text.verdicts(verdicts, spoken, verbose=verbose, near=said)] if verdicts else []
        print("\n\n".join([*parts, *(text.related(one, spoken, verbose=verbose) for one in compared)]))
        if any(v.trace is not None for v in verdicts):
            print("\n" + spoken.tell("The traces: {command}", command=_shows_one(spec, setting, arguments)))
    _write_runs(arguments, [(spec, verdicts)], setting, compared)
    _tell_dropped([spec], setting, arguments)
    if any(verdict.outcome is Outcome.UNKNOWN for verdict in verdicts):
        keeping.tell_how_to_go_on(arguments)
    return exits.of_verdicts([*verdicts, *compared])


def _nearest(spec: Specification, verdicts: Sequence[Verdict], setting: Setting) -> list[tuple[Verdict, Nearest]]:
    """Return how near a run comes to each goal that none reaches; of several not where nobody wonders.

    That is where it is declared so, or a larger scope may have one.
    """
    one = len(verdicts) == 1
    asked = [v for v in verdicts if one or not (v.not_reached or v.question.expected is Outcome.VIOLATED)]
    setting = replace(setting, strategy=replace(setting.strategy, keep=None))
    try:
        return [(verdict, near) for verdict in asked if (near := nearest(spec, verdict, setting)) is not None]
    except InterruptedSearchError as interrupted:
        raise InterruptedSearchError(list(verdicts)) from interrupted


def asked_about(spec: Specification, names: Sequence[str]) -> tuple[list[Claim], list[Relation]]:
    """Return the claims of a model, and the relations, that are named; without any, the claims that are decided by default."""
    asked = list(dict.fromkeys(names))
    relations = [relation for name, relation in relations_of(spec).items() if name in asked]
    others = [name for name in asked if name not in {relation.name for relation in relations}]
    claims = [request.claim(name, spec) for name in others] or ([] if relations else request.by_default(spec))
    if not claims and not relations:
        raise values.UsageError(f"{spec.name} makes no claims: give specify() some, or name one")
    return claims, relations


def _shows_one(spec: Specification, setting: Setting, arguments: argparse.Namespace) -> str:
    """Return the command that shows the run of one of several verdicts."""
    again = "".join(f" --unfair {shlex.quote(name)}" for name in arguments.unfair) + text.asked_again(spec, setting)
    walls = " --isolated" if arguments.isolated else ""
    return f"{text.command('trace', spec.reference)} CLAIM{walls}{again}"


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
        with progress.shown(log=arguments.log) as show:
            found = cutoff(spec, claims, _reporting(setting, show))
    except InterruptedSearchError as interrupted:
        return _interrupted(interrupted, arguments, spec)
    *_, last = found.rounds
    if arguments.json:
        every = (verdict for verdicts in found.rounds for verdict in verdicts)
        answers.show([answers.signed(verdict.as_record(), arguments, spec) for verdict in every])
    else:
        spoken = language(arguments.lang)
        print(text.verdicts(last, spoken, verbose=arguments.verbose) + "\n\n" + text.cutoff(found, spoken))
    _write_runs(arguments, [(spec, last)], setting)
    return exits.smallest([exits.of_verdicts(last), OK if found.settled else UNKNOWN])


def related(spec: Specification, relations: Sequence[Relation], setting: Setting) -> list[Related]:
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
        "checkpoint": strategy.keep is not None and strategy.keep.saves,
        "resume": strategy.keep is not None and strategy.keep.resumes,
        "spill": strategy.keep is not None and strategy.keep.spills,
        "cluster": strategy.cluster,
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
    if arguments.claim is None:
        return _failing(spec, setting, arguments)
    rendering.prepared(arguments, several=arguments.traces > 1)
    if arguments.claim in relations_of(spec):
        return _telling_apart(spec, relations_of(spec)[arguments.claim], setting, arguments)
    spoken, verbose = language(arguments.lang), arguments.verbose
    (claim,) = request.assuming([request.claim(arguments.claim, spec)], arguments)
    refused = refusal(deciding(claim, setting), Option.TRACES) if arguments.traces > 1 else ""
    if refused:
        raise values.UsageError(f"{claim.name} is a claim of {claim.kind.value}, and {refused}")
    try:
        with progress.shown(log=arguments.log) as show:
            (verdict,) = decide(spec, [claim], _reporting(setting, show))
            near = _nearest(spec, [verdict], setting)
    except InterruptedSearchError as interrupted:
        return _interrupted(interrupted, arguments, spec)
    if verdict.trace is None:
        print(f"synproof: {text.counterexample(verdict, spoken)}", file=sys.stderr)
        if arguments.json:
            answers.show(answers.signed(verdict.as_record(), arguments, spec))
        else:
            for _, one in near:
                print(nearness.run(one, verdict, spoken) or "\n".join(nearness.sentences(one, verdict, spoken)))
        return exits.of_verdicts([verdict]) or NOTHING_TO_SHOW
    found, every = [verdict.trace], False
    if arguments.traces > 1:
        found, every = several_traces(spec, claim, setting, verdict, arguments.traces)
    if arguments.json:
        summary = f"{spec.name}: {claim.name} {verdict.outcome.value}"
        records = [answers.signed(as_record(t, spec.reference, summary), arguments, spec) for t in found]
        answers.show(records[0] if arguments.traces == 1 else records)
        return OK

    runs = [of_verdict(verdict, t, spoken, verbose=verbose) for t in found]

    def plain(width: int, paint: Paint) -> str:
        drawn = [terminal.rendered(run, width, paint, number=n, of=len(runs)) for n, run in enumerate(runs)]
        few = ["", text.no_more_traces(len(found), spoken, every=every)] if len(found) < arguments.traces else []
        setting_lines = text.setting_lines(verdict, width, spoken, verbose=verbose)
        return "\n".join([*drawn, *few, *(["", *setting_lines] if setting_lines else [])])

    subject = _subject(spec, setting)
    return rendering.show(arguments, [told(run, subject) for run in runs], plain, several=arguments.traces > 1)


def _failing(spec: Specification, setting: Setting, arguments: argparse.Namespace) -> int:
    """List which claims of a model fail, each with its reason: what ``trace`` says where none is named."""
    named = {"--traces": arguments.traces > 1, "--json": arguments.json, "--format": arguments.format, "-o": arguments.output}
    for option, given in named.items():
        if given:
            raise values.UsageError(f"{option} is for the run of one claim: name it after {spec.reference}")
    claims, _ = asked_about(spec, ())
    claims = request.assuming(claims, arguments)
    try:
        with progress.shown(log=arguments.log) as show:
            verdicts = decide(spec, claims, _reporting(setting, show))
    except InterruptedSearchError as interrupted:
        return _interrupted(interrupted, arguments)
    print(text.failing(verdicts, _shows_one(spec, setting, arguments), language(arguments.lang)))
    return exits.of_verdicts(verdicts)


def _subject(spec: Specification, setting: Setting) -> Subject:
    return Subject(spec, spec.build(setting.scope, setting.assumptions), octets=setting.scope.octets)


def _told_of_relation(result: Related, spec: Specification, setting: Setting, spoken: Language) -> Account:
    """Return the account of the run that tells a model and another apart, with the model whose run it is."""
    own = result.mover == result.sides[0].name
    of = spec if own else SPECIFICATIONS[result.mover]
    subject = _subject(of, setting)
    subject = replace(subject, system=result.relation.left(subject.system)) if own else subject
    return told(text.account(result, spoken), subject)


def _write_runs(
    arguments: argparse.Namespace,
    decided: Decided,
    setting: Setting,
    compared: Sequence[Related] = (),
) -> None:
    """Write the run of each verdict that has one to a file, where that is asked for."""
    made = rendering.files(arguments)
    if made is None:
        return
    spoken = language(arguments.lang)
    shown = [(spec, v) for spec, verdicts in decided for v in verdicts if v.trace is not None]
    subjects = {spec.reference: _subject(spec, setting) for spec, _ in shown}
    accounts = [told(of_verdict(v, spoken=spoken), subjects[spec.reference]) for spec, v in shown]
    specs = {spec.name: spec for spec, _ in decided}
    accounts += [_told_of_relation(r, specs[r.handshake], setting, spoken) for r in compared if r.run is not None]
    rendering.write_each(arguments, made, answers.accounted(arguments, accounts))


def _telling_apart(spec: Specification, relation: Relation, setting: Setting, arguments: argparse.Namespace) -> int:
    """Show the run that tells two systems apart."""
    if arguments.traces > 1 or arguments.json:
        raise values.UsageError(f"{relation.name} has one run, of another system: leave out --traces and --json")
    (result,) = related(spec, [relation], setting)
    shown = text.related(result, language(arguments.lang), verbose=arguments.verbose)
    if result.run is None:
        print(shown, file=sys.stderr)
        return exits.of_verdicts([result]) or NOTHING_TO_SHOW
    return rendering.show(arguments, [_told_of_relation(result, spec, setting, language(arguments.lang))], lambda *_: shown)


def _state_space(spec: Specification, arguments: argparse.Namespace) -> int:
    """Count the states of a model, about which nothing is asked."""
    if arguments.claims:
        raise values.UsageError(f"--claims none asks nothing, and {arguments.claims[0]!r} is a claim: write one or the other")
    setting = request.setting(arguments, spec)
    with progress.shown(log=arguments.log) as show:
        space = state_space(spec, _reporting(setting, show))
    if arguments.json:
        answers.show(answers.signed(space.as_record(), arguments, spec))
    else:
        print(text.state_space(space, language(arguments.lang), verbose=arguments.verbose))
    if space.reason:
        keeping.tell_how_to_go_on(arguments)
    return INTERRUPTED if space.interrupted else UNKNOWN if space.reason else OK


def _reporting(setting: Setting, show: Callable[[Progress], None] | None) -> Setting:
    return replace(setting, limits=replace(setting.limits, progress=show))


def _interrupted(interrupted: InterruptedSearchError, arguments: argparse.Namespace, *models: Specification) -> int:
    spoken = language(arguments.lang)
    keeping.tell_how_to_go_on(arguments)
    if arguments.json or getattr(arguments, "csv", False):
        records = [answers.signed(verdict.as_record(), arguments, *models) for verdict in interrupted.verdicts]
        print(answers.written(records) if arguments.json else tables.csv(records))
    else:
        by_handshake: dict[str, list[Verdict]] = {}
        for verdict in interrupted.verdicts:
            by_handshake.setdefault(verdict.question.handshake, []).append(verdict)
        for verdicts in by_handshake.values():
            print(text.verdicts(verdicts, spoken, verbose=arguments.verbose) + "\n")
    print(f"synproof: {spoken.tell('interrupted; what had been found so far is above')}", file=sys.stderr)
    return INTERRUPTED
