"""The command that counts what stale SYNs cost a server: waste."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from checker.cli import answers, exits, progress, request, values
from checker.cli.exits import INTERRUPTED
from checker.decide import InterruptedSearchError
from checker.studies.waste import SCOPE
from checker.studies.waste import waste as counted
from model.tcp.composition import CLIENT_SERVER, LIFECYCLE, MOST_PORTS
from properties.specification import SPECIFICATIONS, Specification
from reports import waste_table as report
from reports.language.catalogue import language


def waste(arguments: argparse.Namespace) -> int:
    """Count dead and half-open connections for 1, 2, ... old SYNs, and show them as a table."""
    given: list[Specification] = arguments.models
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
