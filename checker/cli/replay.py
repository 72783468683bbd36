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
from checker.stacks.playing import Verdict, ports
from checker.stacks.replaying import Found, replayed
from checker.stacks.runs import TABLE, Run, of_run, of_table
from checker.stacks.stack import Stack
from model.notation.sorts import nearest
from model.tcp.handshakes.facing import FACING, NONE, FacingAssumptions
from properties.claim import Kind
from properties.specification import SPECIFICATIONS
from reports import replays
from reports.language.catalogue import Language, language
from reports.width import line_width

_MODEL = "three-way"


def replay(arguments: argparse.Namespace) -> int:
    """Play runs on stacks, and say of each what came out."""
    spoken = language(arguments.lang)
    if arguments.all == bool(arguments.runs):
        raise UsageError(f"write what to play: a scenario, HANDSHAKE:CLAIM, {TABLE}; or --all, and nothing else")
    if arguments.output is not None:
        writing.directory(arguments.output)
    names = [*scenarios.names(), *non_properties(), TABLE] if arguments.all else arguments.runs
    traces: dict[str, Trace | None] = {}
    with progress.waiting("the runs to play") as say:
        for name in dict.fromkeys(names):
            say(name)
            traces[name] = None if name == TABLE else _trace(arguments, name)
    every: list[replays.Played] = []
    for name in dict.fromkeys(arguments.on or [next(iter(ADAPTERS))]):
        with ADAPTERS[name].running() as stack:
            every.append(_on(arguments, ADAPTERS[name], stack, traces, spoken))
    if arguments.json:
        answers.show([answers.signed(record, arguments) for of in every for record in replays.records(of)])
    if arguments.output is not None:
        folder = Path(arguments.output)
        writing.write({folder / name: content for name, content in replays.pages(every, spoken).items()})
        print(spoken.tell("wrote {file}", file=arguments.output), file=sys.stderr)
    return _code([one for of in every for one in of.found])


def _on(
    arguments: argparse.Namespace, adapter: Adapter, stack: Stack, traces: Mapping[str, Trace | None], spoken: Language
) -> replays.Played:
    """Play all runs on one stack, and print what comes out as it does."""
    at, assumed, found = ports(), _assumed(arguments), list[Found]()

    def runs() -> Iterator[Run]:
        for name, trace in traces.items():
            if trace is None:
                yield from of_table(stack, assumed, at)
            else:
                yield from of_run(name, trace, [arguments.side] if arguments.side is not None else trace.roles)

    if not arguments.json:
        print(replays.title(adapter, stack.version, spoken))
    with progress.waiting(adapter.name) as say:
        for one in replayed(stack, adapter, runs(), at, assumed):
            found.append(one)
            say(str(len(found)))
            if not arguments.json and one.run.name != TABLE:
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


def _trace(arguments: argparse.Namespace, name: str) -> Trace:
    """Return the run that a name stands for."""
    handshake, colon, claim = name.partition(":")
    trace = _decided(arguments, handshake, claim) if colon else _played(arguments, name)
    if arguments.side is not None and arguments.side not in trace.roles:
        raise UsageError(f"{name} has no endpoint {arguments.side!r}: write --as {' or --as '.join(trace.roles)}")
    return trace


def _played(arguments: argparse.Namespace, name: str) -> Trace:
    """Return a scenario as it goes on its model: by RFC 9293's check of SEG.SEQ, or else by the exact one."""
    asked = scenario_named(name, {}, TABLE)
    of = next((model for model in asked.models if model.partition("/")[0] == _MODEL), next(iter(asked.models), _MODEL))
    if model_file.is_path(of):
        raise UsageError(f"{name} is about a model in a file: a stack has the three-way handshake")
    spec = request.model(of)
    assumptions = request.setting(arguments, spec).assumptions
    if not hasattr(arguments, "seq_check"):
        with contextlib.suppress(NotPossibleError):
            return play(asked, spec, assumptions.otherwise("seq_check", "window")).trace
    return play(asked, spec, assumptions).trace


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
