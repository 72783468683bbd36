"""The command that writes a model in another checker's language: export."""

from __future__ import annotations

import argparse
import shlex
import textwrap
from collections.abc import Sequence
from pathlib import Path

from checker.cli import request, values
from checker.cli.exits import OK
from checker.cli.show import system_of
from checker.decide import Setting, search_network
from checker.export.names import spelling
from checker.export.promela import promela
from checker.export.tla import configuration, tla
from checker.host import writing
from checker.simulation.relating import relations_of
from model.notation.expr import TRUE
from model.notation.interpreter import Interpreter, evaluate
from model.notation.sorts import NotationError
from properties.claim import Claim, Kind, monitored
from properties.observe import Monitored
from properties.specification import Specification

NONE, ALL = "none", "all"


def export(arguments: argparse.Namespace) -> int:
    """Write a model, with the claims asked for, as Promela or TLA+."""
    spec: Specification = arguments.model
    setting = request.setting(arguments, spec)
    output = None if arguments.output is None else Path(arguments.output)
    if output is not None:
        writing.check(output)
    claims = _claims(arguments.claims, spec)
    watched = monitored(system_of(spec, setting), claims)
    _check_liveness(claims, watched, arguments.to)
    network = search_network(watched, setting)
    if setting.reduction and not network.kept_everything:
        why = network.reason.rpartition("because ")[2] if watched.system.network is not None else "it has no network"
        raise values.UsageError(f"{spec.name} cannot be exported with --reduction: {why}")
    _check_start(watched)
    connected = network.connected(watched)
    heading = _heading(spec, setting, claims, watched, kept_everything=network.kept_everything)
    try:
        texts = {"promela": _promela, "tla": _tla}[arguments.to](connected, heading, output)
    except NotationError as error:
        raise values.UsageError(str(error)) from error
    if output is None:
        print(texts[0], end="")
        return OK
    written = dict(zip((output, output.with_suffix(".cfg")), texts, strict=False))
    writing.write(written)
    for path, text in written.items():
        print(f"{path}: {text.count(chr(10))} lines")
    return OK


def _claims(names: Sequence[str], spec: Specification) -> list[Claim]:
    """Return the claims of those names; ``none`` and ``all`` are no names but stand alone."""
    alone: dict[str, list[Claim]] = {NONE: [], ALL: list(spec.asserted)}
    if len(names) == 1 and names[0] in alone and names[0] not in spec.claim:
        return alone[names[0]]
    for name in alone:
        if name in names and name not in spec.claim:
            raise values.UsageError(f"--claims {name} stands alone: leave out {name}, or the others")
    for name in set(names) & relations_of(spec).keys():
        decides = f"'synproof check {spec.reference} {name}' decides it"
        raise values.UsageError(f"{name} compares two systems, which cannot be exported: {decides}")
    return [request.claim(name, spec) for name in dict.fromkeys(names)]


def _check_liveness(claims: Sequence[Claim], watched: Monitored, language: str) -> None:
    """Refuse claims of liveness that cannot be said there, or assume what the other checker does not."""
    for claim in claims:
        if claim.kind is not Kind.LIVENESS:
            continue
        if watched.system.constraint is not TRUE:
            raise values.UsageError(
                f"{claim.name} is a claim of liveness, and a constraint cuts runs off: leave one of them out"
            )
        if language != "promela":
            raise values.UsageError(f"{claim.name} is a claim of liveness, which is exported to Promela only: leave it out")
        if len(claim.fairness) != 1 or not claim.fairness[0].is_progress(watched.exact):
            only = "that some step is taken as long as one is possible"
            raise values.UsageError(f"{claim.name} cannot be exported: all that SPIN assumes is {only}; 'check' decides it")


def _check_start(watched: Monitored) -> None:
    """Refuse a claim that needs no step to be decided: what an export looks at are steps."""
    initial = Interpreter(watched.system).initial()
    for check in watched.checks:
        if evaluate(check.at_start, initial) is True:
            raise values.UsageError(f"{check.name} is decided by the initial state, before any step: leave it out")


def _heading(
    spec: Specification, setting: Setting, claims: Sequence[Claim], watched: Monitored, *, kept_everything: bool
) -> list[str]:
    lines = [f"{spec.name}: {spec.summary}" if spec.summary else spec.name]
    if spec.composition is not None:
        lines.append(f"scope: {setting.scope.within(spec.composition)}")
        lines += textwrap.wrap(f"assumptions: {setting.assumptions}", 118, subsequent_indent="  ")
        lines.append(f"network: {'every segment stays for ever' if kept_everything else 'each loss, each copy kept is a step'}")
    if watched.system.constraint is not TRUE:
        lines.append(f"constraint, a part of every guard: {watched.system.constraint}")
    if claims:
        lines.append("claims:")
    for claim in claims:
        found = "reached, so that it holds" if claim.kind is Kind.REACHABILITY else "violated"
        lines.append(f"  {claim.name}: {claim.brief}; an error reported means that it is {found}")
    return [*lines, "", "Written by synproof. Do not change it by hand: it is as correct as the model it was written from."]


def _promela(watched: Monitored, heading: Sequence[str], output: Path | None) -> tuple[str, ...]:
    if output is not None and output.suffix in (".tla", ".cfg"):
        wanted = output.with_suffix(".pml")
        raise values.UsageError(f"{output} is a name for TLC, and --to promela writes for SPIN: write {wanted}")
    liveness = any(check.obligation is not None for check in watched.checks)
    how = (_SPIN_LTL if liveness else _SPIN).format(file=shlex.quote(output.name) if output else "FILE")
    return (promela(watched, [*heading, "", *how.splitlines()]),)


def _tla(watched: Monitored, heading: Sequence[str], output: Path | None) -> tuple[str, ...]:
    module = spelling(watched.system.name)
    if output is not None:
        module = output.stem
        if output.suffix != ".tla" or spelling(module) != module:
            wanted = f"{spelling(module)}.tla"
            raise values.UsageError(f"{output} is no name for TLC, which has a module in a file of its name: write {wanted}")
    settings = configuration(watched)
    run = _TLC.format(module=module, configuration="".join(f"  {line}\n" for line in settings.splitlines())).splitlines()
    return tla(watched, module, [*heading, "", *run]), settings


_SPIN = """\
How to run it:
  spin -o2 -a {file}
  gcc -O3 -w -DSAFETY -DNOREDUCE -o pan pan.c
  ./pan -c0 -m1000000 -w26
With -DBFS for gcc the search is breadth first, so that "depth reached" is the largest number of steps that a state needs,
and the first error, without -c0, is one that needs the fewest: the step after that depth.
SPIN counts the initial state as one transition more. With -c0 it goes on after an error, and counts all."""

_SPIN_LTL = """\
How to run it:
  spin -a {file}
  gcc -O3 -w -DNOREDUCE -o pan pan.c
  ./pan -a -f -m1000000
-N NAME chooses one of several claims of liveness."""

_TLC = """\
How to run it:
  java -cp tla2tools.jar tlc2.TLC -deadlock {module}.tla
{module}.cfg is
{configuration}-deadlock says that it is no error when no step is possible. TLC counts the initial state as one state generated
more, and as depth 1. With -continue it goes on after an error, and counts all."""
