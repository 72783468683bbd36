"""The command that plays runs on running stacks: replay."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from checker.cli import answers, progress, request
from checker.cli.exits import OK, UNKNOWN, VIOLATED
from checker.cli.scenario import scenario_named
from checker.cli.values import UsageError
from checker.decide import decide
from checker.files import model_file
from checker.host import writing
from checker.runs.trace import Trace
from checker.scenarios import scenario as scenarios
from checker.scenarios.player import NotPossibleError, play
from checker.stacks.adapters import ADAPTERS, Adapter
from checker.stacks.alone import RULES, alone, is_alone
from checker.stacks.playing import Verdict, ports
from checker.stacks.replaying import Found, replayed
from checker.stacks.runs import TABLE, Run, of_run, of_table
from checker.stacks.stack import Stack, StackError
from checker.stacks.walking import Walker
from model.notation.sorts import nearest
from model.tcp.handshakes import ThreeWay
from model.tcp.handshakes.facing import FACING, NONE, FacingAssumptions
from properties.claim import Kind
from properties.specification import SPECIFICATIONS
from reports import replays
from reports.language.catalogue import Language, language
from reports.width import line_width

_MODEL = ThreeWay.name
_Run = tuple[Trace, type[ThreeWay]]
"""A run, and the rules that what a stack does otherwise is held against."""


def replay(arguments: argparse.Namespace) -> int:
    """Play runs on stacks, and say of each what came out."""
    spoken = language(arguments.lang)
    _see_that_it_fits(arguments)
    if arguments.output is not None:
        writing.directory(arguments.output)
    names = [*scenarios.names(), *non_properties(), TABLE] if arguments.all else arguments.runs
    runs: dict[str, _Run | None] = {}
    with progress.waiting("the runs to play", log=arguments.log) as say:
        for name in dict.fromkeys(names):
            say(name)
            runs[name] = None if name == TABLE else _run(arguments, name)
    every: list[replays.Played] = []
    with contextlib.ExitStack() as held:  # none plays before all of them run
        stacks, absent = _had(arguments, held)
        if absent and not arguments.json:
            print(replays.left_out(absent, line_width(), spoken))
        for name, stack in stacks.items():
            every.append(_on(arguments, ADAPTERS[name], stack, runs, spoken))
            if arguments.output is not None:
                pages = {**replays.pages(every[-1], spoken), "README.md": replays.table(every, absent, spoken)}
                writing.write({Path(arguments.output) / name: content for name, content in pages.items()})
    if arguments.json:
        records = [*(record for of in every for record in replays.records(of)), *replays.absences(absent)]
        answers.show([answers.signed(record, arguments) for record in records])
    if arguments.output is not None:
        print(spoken.tell("wrote {file}", file=arguments.output), file=sys.stderr)
    return _code([one for of in every for one in of.found])


def _see_that_it_fits(arguments: argparse.Namespace) -> None:
    """Raise :class:`UsageError` where options do not go together; give walks their seed."""
    walks, table = arguments.walk is not None, arguments.all or TABLE in arguments.runs
    if (arguments.all, bool(arguments.runs), walks).count(True) != 1:
        raise UsageError(f"write what to play: a scenario, HANDSHAKE:CLAIM, {TABLE}; or --all, or --walk N, and nothing else")
    misfits = {
        f"{TABLE if table else '--walk'} has the stack open in both ways: leave out --as": (table or walks)
        and arguments.side is not None,
        "--seed is of walks: write --walk N as well": not walks and arguments.seed is not None,
        "--against is of walks: write --walk N as well": not walks and arguments.against is not None,
    }
    for told, wrong in misfits.items():
        if wrong:
            raise UsageError(told)
    if walks and arguments.seed is None:
        arguments.seed = 1


def _had(arguments: argparse.Namespace, held: contextlib.ExitStack) -> tuple[Mapping[str, Stack], Mapping[str, str]]:
    """Return the stacks that are asked for, all of them running, and why others are left out, where that is asked for too."""
    stacks: dict[str, Stack] = {}
    absent: dict[str, str] = {}
    with progress.waiting("the stacks") as say:
        for name in dict.fromkeys(arguments.on or [next(iter(ADAPTERS))]):
            say(name)
            try:
                stacks[name] = held.enter_context(ADAPTERS[name].running())
            except StackError as error:
                absent[name] = error.args[0]
    if absent and not (arguments.skip_absent and stacks):
        others = ["or leave out what is absent by --skip-absent"] if stacks else []
        raise StackError("; ".join([*absent.values(), *others]))
    return stacks, absent


def _on(
    arguments: argparse.Namespace, adapter: Adapter, stack: Stack, runs: Mapping[str, _Run | None], spoken: Language
) -> replays.Played:
    """Play all runs on one stack, and print what comes out as it does."""
    at, assumed, found = ports(), _assumed(arguments), list[Found]()

    def each() -> Iterator[Run]:
        for name, asked in runs.items():
            if asked is None:
                yield from of_table(stack, assumed, at)
            else:
                trace, rules = asked
                yield from of_run(name, trace, [arguments.side] if arguments.side is not None else trace.roles, rules)

    def come_out() -> Iterator[Found]:
        if arguments.walk is None:
            return replayed(stack, adapter, each(), at, assumed)
        rules = RULES[arguments.against or (adapter.name if adapter.name in RULES else _MODEL)]
        return Walker(stack, adapter, at, rules, assumed).walks(arguments.walk, arguments.seed)

    if not arguments.json:
        print(replays.title(adapter, stack.version, spoken))
    with progress.waiting(adapter.name, log=arguments.log) as say:
        for one in come_out():
            found.append(one)
            say(str(len(found)))
            if not arguments.json and one.told_alone:
                progress.clear()
                print(replays.line(one, line_width(), spoken), flush=True)
    played = replays.Played(adapter, stack.version, tuple(found))
    if not arguments.json:
        print(replays.text(played, line_width(), spoken, verbose=arguments.verbose), flush=True)
    return played


def _code(found: list[Found]) -> int:
    """Return how the command exits: what has a name is as declared, as a verdict that is expected is."""
    if any(one.played.verdict is Verdict.LOST or not one.named for one in found):
        return VIOLATED
    return UNKNOWN if any(one.played.verdict is Verdict.UNPLAYED for one in found) else OK


def _assumed(arguments: argparse.Namespace) -> FacingAssumptions:
    """Return what an endpoint by RFC 9293 is assumed to do, of which the rest is asked."""
    given = {name: getattr(arguments, name) for name in FACING if hasattr(arguments, name)}
    if getattr(arguments, "rfc5961", True) is False:
        given["mechanisms"] = NONE
    return FacingAssumptions.of(given)


def _run(arguments: argparse.Namespace, name: str) -> _Run:
    """Return the run that a name stands for."""
    handshake, colon, claim = name.partition(":")
    run = (_decided(arguments, handshake, claim), ThreeWay) if colon else _played(arguments, name)
    roles = run[0].roles
    if arguments.side is not None and arguments.side not in roles:
        raise UsageError(f"{name} has no endpoint {arguments.side!r}: write --as {' or --as '.join(roles)}")
    return run


def _played(arguments: argparse.Namespace, name: str) -> _Run:
    """Return a scenario as it goes on its model: by RFC 9293's check of SEG.SEQ, or else by the exact one.

    One that was kept with its assumptions goes under these, but for what options say otherwise.
    """
    asked = scenario_named(name, {}, TABLE)
    of = next((model for model in asked.models if model.partition("/")[0] == _MODEL), next(iter(asked.models), _MODEL))
    if model_file.is_path(of):
        raise UsageError(f"{name} is about a model in a file: a stack has the three-way handshake")
    if is_alone(of):
        spec = alone(of)
        return play(asked, spec, _assumed(arguments)).trace, RULES[of.partition("/")[0]]
    spec = request.model(of)
    assumptions = request.setting(arguments, spec).assumptions
    for assumption, value in asked.assumed.items():
        if assumption in assumptions.declared() and not hasattr(arguments, assumption):
            assumptions = assumptions.otherwise(assumption, value)
    spec = spec.under({name: value for name, value in asked.assumed.items() if name in spec.own})
    if not hasattr(arguments, "seq_check"):
        with contextlib.suppress(NotPossibleError):
            return play(asked, spec, assumptions.otherwise("seq_check", "window")).trace, ThreeWay
    return play(asked, spec, assumptions).trace, ThreeWay


def _decided(arguments: argparse.Namespace, handshake: str, name: str) -> Trace:
    """Return the shortest run that decides a claim about a handshake."""
    spec = request.model(handshake)
    if name not in spec.claim:
        raise UsageError(f"{handshake} has no claim {name!r}; {nearest(name, tuple(spec.claim))}")
    (verdict,) = decide(spec, [spec.claim[name]], request.setting(arguments, spec))
    if verdict.trace is None:
        raise UsageError(
            f"{handshake}: {name} {verdict.outcome.value}, so that there is no run of it to play: name another claim"
        )
    return verdict.trace


def non_properties() -> Iterator[str]:
    """Yield the claims about three-way that are not asserted, and violated: each has a counterexample."""
    spec = SPECIFICATIONS[_MODEL]
    yield from (f"{_MODEL}:{claim.name}" for claim in spec.claims if not claim.asserted and claim.kind is Kind.SAFETY)
