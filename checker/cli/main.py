"""Running a command: what it prints and how it exits."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Sequence

from checker.cli import options
from checker.decide import ENGINES, InterruptedSearchError, decide
from checker.parallel import decide_each
from checker.verdict import Outcome, Verdict
from model import assumptions, scope
from model.handshakes import HANDSHAKES
from properties import CLAIMS
from reports import text

OK, USAGE, VIOLATED, UNKNOWN, INTERRUPTED = 0, 2, 12, 20, 130
PICTURE = "no-stale-establishment"
"""The claim whose trace stands under the table."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show a sign gets a question mark, not a traceback
    try:
        return _run(argv)
    except (options.UsageError, scope.ScopeError) as error:
        print(f"synproof: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("synproof: interrupted", file=sys.stderr)
        return INTERRUPTED
    except ChildProcessError as error:
        print(f"synproof: {error}", file=sys.stderr)
        return UNKNOWN
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: say no more, and do not complain
        return OK


def _run(argv: Sequence[str] | None) -> int:
    arguments = options.parse(argv)
    code = _COMMANDS[arguments.command](arguments)
    sys.stdout.flush()  # here, where a closed pipe is met in order, and not when Python ends
    return code


def _compare(arguments: argparse.Namespace) -> int:
    handshakes = list(dict.fromkeys(arguments.handshakes)) or list(HANDSHAKES.values())
    setting = options.setting(arguments)
    try:
        results = decide_each(handshakes, tuple(CLAIMS.values()), setting)
    except InterruptedSearchError as interrupted:
        return _interrupted(interrupted, as_json=arguments.json)
    every = [verdict for verdicts in results for verdict in verdicts]
    if arguments.json:
        _print_json(every)
    else:
        print(text.comparison(results))
        pictured = [v for v in every if v.question.claim.name == PICTURE and v.outcome is Outcome.VIOLATED]
        if pictured:
            print("\n" + text.counterexample(pictured[0]))
    undeclared = [verdict for verdict in every if not verdict.as_declared]
    return (_exit_code(undeclared) or VIOLATED) if undeclared else OK  # that a declared violation is gone is no success


def _check(arguments: argparse.Namespace) -> int:
    claims = list(dict.fromkeys(arguments.claims)) or [c for c in CLAIMS.values() if c.asserted]
    try:
        verdicts = decide(arguments.handshake, claims, options.setting(arguments))
    except InterruptedSearchError as interrupted:
        return _interrupted(interrupted, as_json=arguments.json)
    if arguments.json:
        _print_json(verdicts)
    else:
        print(text.verdicts(verdicts))
        if any(v.trace is not None for v in verdicts):
            print(f"\nThe traces: synproof trace {arguments.handshake.name} CLAIM")
    return _exit_code(verdicts)


def _trace(arguments: argparse.Namespace) -> int:
    try:
        (verdict,) = decide(arguments.handshake, [arguments.claim], options.setting(arguments))
    except InterruptedSearchError as interrupted:
        return _interrupted(interrupted, as_json=False)
    if verdict.trace is None:
        print(f"synproof: {text.counterexample(verdict)}", file=sys.stderr)
        return UNKNOWN if verdict.outcome is Outcome.UNKNOWN else VIOLATED if verdict.outcome is Outcome.VIOLATED else 1
    print(text.counterexample(verdict))
    print("\n" + "\n".join(text.setting_lines(verdict)))
    return OK


def _list(_: argparse.Namespace) -> int:
    parts: list[tuple[str, dict[str, str]]] = [
        ("handshakes", {name: h.summary for name, h in HANDSHAKES.items()}),
        ("claims", {name: c.brief + ("" if c.asserted else " (not asserted)") for name, c in CLAIMS.items()}),
        ("engines", ENGINES),
        ("scopes", scope.MEANINGS),
        ("assumptions", {name: assumptions.MEANINGS[name] for name in assumptions.Assumptions().as_dict()}),
    ]
    print(text.listing(parts))
    return OK


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "compare": _compare,
    "check": _check,
    "trace": _trace,
    "list": _list,
}


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


def _print_json(verdicts: Sequence[Verdict]) -> None:
    print(json.dumps([verdict.as_record() for verdict in verdicts], indent=2, ensure_ascii=False))


def _exit_code(verdicts: Sequence[Verdict]) -> int:
    if any(v.outcome is Outcome.VIOLATED for v in verdicts):
        return VIOLATED
    return UNKNOWN if any(v.outcome is Outcome.UNKNOWN for v in verdicts) else OK
