"""The command that counts what stale SYNs cost a server: waste."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from itertools import product

from checker.cli import answers, exits, progress, request, values
from checker.cli.exits import INTERRUPTED, OK
from checker.decide import InterruptedSearchError
from checker.host.interrupt import noticing
from checker.studies.siege import DEFENDED, PLACES, RATES, Siege, besiege
from checker.studies.waste import SCOPE
from checker.studies.waste import waste as counted
from model.notation.sorts import nearest
from model.tcp.composition import CLIENT_SERVER, LIFECYCLE, MOST_PORTS
from properties.specification import SPECIFICATIONS, Specification
from reports import siege_table
from reports import waste_table as report
from reports.language.catalogue import language


def waste(arguments: argparse.Namespace) -> int:
    """Count dead and half-open connections for 1, 2, ... old SYNs, and show them as a table."""
    given: list[Specification] = arguments.models
    if arguments.defence:
        return _besieged(arguments)
    specs = request.told_apart(given) or [spec for spec in SPECIFICATIONS.values() if spec.composition is CLIENT_SERVER]
    for spec in specs:
        if spec.composition not in (CLIENT_SERVER, LIFECYCLE):
            raise values.UsageError(
                f"waste is for handshakes of clients and a server, HANDSHAKE or HANDSHAKE/{LIFECYCLE.name}: "
                f"{spec.name} is another model"
            )
    if arguments.syns > MOST_PORTS:
        raise values.UsageError(f"--syns {arguments.syns} is more than can be searched: write one from 1 to {MOST_PORTS}")
    if hasattr(arguments, "scope"):
        raise values.UsageError("--scope is what is varied here: leave it out, and write --syns N")
    arguments.scope = SCOPE
    setting = request.setting(arguments, *specs)
    try:
        with progress.shown(log=arguments.log) as show:
            limits = replace(setting.limits, progress=show)
            costs = counted(specs, arguments.syns, replace(setting, limits=limits))
    except InterruptedSearchError:
        print("synproof: interrupted", file=sys.stderr)
        return INTERRUPTED
    if arguments.json:
        record = {
            "syns": arguments.syns,
            "assumptions": setting.assumptions.as_dict(),
            "handshakes": [cost.as_record() for cost in costs],
        }
        answers.show(answers.signed(record, arguments, *specs))
    else:
        spoken, verbose = language(arguments.lang), arguments.verbose
        print(report.table(costs, arguments.syns, setting, spoken, verbose=verbose))
        if arguments.trace:
            print("\n" + report.runs(costs, spoken, verbose=verbose))
    return exits.declared(verdict for cost in costs for verdict in cost.verdicts)


def _besieged(arguments: argparse.Namespace) -> int:
    """Let clients try to get in under floods, and show how many do."""
    names = list(DEFENDED) if "all" in arguments.defence else list(dict.fromkeys(arguments.defence))
    for name in names:
        if name not in DEFENDED:
            raise values.UsageError(f"there is no defence {name!r}; {nearest(name, ('all', *DEFENDED))}")
    for there, what in (
        (arguments.models, "the model"),
        (arguments.trace, "--trace"),
        (hasattr(arguments, "scope"), "--scope"),
    ):
        if there:
            raise values.UsageError(f"--defence is a question of its own, with bounds of its own: leave out {what}")
    stop: list[bool] = []
    found: list[Siege] = []
    with noticing(lambda: stop.append(True)):
        for name, places, rate in product(names, PLACES, RATES):
            siege = besiege(name, places, rate, runs=arguments.runs, seed=arguments.seed, goes_on=lambda: not stop)
            if siege is None:
                print("synproof: interrupted", file=sys.stderr)
                return INTERRUPTED
            found.append(siege)
    if arguments.json:
        record = {"runs": arguments.runs, "seed": arguments.seed, "sieges": [siege.as_record() for siege in found]}
        answers.show(answers.signed(record, arguments))
    else:
        print(siege_table.table(found, language(arguments.lang)))
    return OK
