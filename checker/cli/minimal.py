"""The command that asks how many messages a handshake needs: minimal."""

from __future__ import annotations

import argparse

from checker.cli import answers, progress, values
from checker.cli.exits import OK, UNKNOWN
from checker.host.forks import Parent, within
from checker.host.limits import LimitReachedError, Limits, out_of_time
from checker.studies.minimal.decision import decide_minimal
from checker.studies.minimal.synthesis import ATTACKED, DEFAULT
from model.notation.sorts import nearest
from model.tcp.scope import scope_named
from properties.catalogue import CLAIMS
from reports import minimal as report
from reports.language.catalogue import language


def minimal(arguments: argparse.Namespace) -> int:
    """Decide the family of handshakes of so many messages."""
    names = tuple(dict.fromkeys(arguments.claims)) or DEFAULT
    for name in names:
        if name not in ATTACKED:
            why = "is not about ISNs alone" if name in CLAIMS else "does not exist"
            raise values.UsageError(f"claim {name!r} {why}; {nearest(name, ATTACKED)}")
    scope = scope_named(arguments.scope)

    def decided(parent: Parent) -> tuple[str | answers.Record, bool]:
        limits = Limits(depth=arguments.max_depth)
        found = decide_minimal(arguments.messages, scope, names, limits, each=arguments.exhaustive, told=parent.tell)
        return found.as_record() if arguments.json else report.decision(found, language(arguments.lang)), found.decided

    with progress.waiting("minimal") as say:
        answer = within(arguments.timeout, decided, say)
    if answer is None:
        raise LimitReachedError(f"{out_of_time(arguments.timeout)}: the family is not decided")
    said, whole = answer
    print(said if isinstance(said, str) else answers.written(answers.signed(said, arguments)))
    return OK if whole else UNKNOWN
