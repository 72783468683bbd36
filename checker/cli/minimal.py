"""The command that asks how many messages a handshake needs: minimal."""

from __future__ import annotations

import argparse
import json

from checker.cli import values
from checker.cli.exits import OK, UNKNOWN
from checker.host.limits import Limits
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
    found = decide_minimal(arguments.messages, scope, names, Limits(depth=arguments.max_depth), each=arguments.exhaustive)
    if arguments.json:
        print(json.dumps(found.as_record(), indent=2, ensure_ascii=False))
    else:
        print(report.decision(found, language(arguments.lang)))
    return OK if found.decided else UNKNOWN
