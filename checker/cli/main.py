"""Running a command: how it ends when something is wrong, and how it exits."""

from __future__ import annotations

import importlib
import io
import os
import sys
import traceback
from collections.abc import Sequence

from checker.cli import options, values
from checker.cli.exits import BAD_FILE, INTERRUPTED, NOTHING_TO_SHOW, OK, UNKNOWN, USAGE
from checker.interrupt import saying_what_ends_it
from checker.limits import NotForLivenessError, NotSymmetricError
from checker.mistakes import CertificateError, ModelFileError
from checker.playing import NotPossibleError
from model import scope
from model.sorts import NotationError

_CODES: dict[type[Exception], int] = {
    values.UsageError: USAGE,
    scope.ScopeError: USAGE,
    NotSymmetricError: USAGE,
    NotForLivenessError: USAGE,
    ModelFileError: BAD_FILE,
    NotationError: BAD_FILE,
    NotPossibleError: NOTHING_TO_SHOW,
    ChildProcessError: UNKNOWN,
    CertificateError: NOTHING_TO_SHOW,
}
"""How a command exits for what may go wrong in it; the message is for the user as it is."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show a sign gets a question mark, not a traceback
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        with saying_what_ends_it():
            return _run(words)
    except tuple(_CODES) as error:
        if "--debug" in words:
            traceback.print_exception(error.__cause__ or error)
        print(f"synproof: {error}", file=sys.stderr)
        return next(code for kind, code in _CODES.items() if isinstance(error, kind))
    except KeyboardInterrupt:
        print("synproof: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: say no more, and do not complain
        return OK


def _run(words: Sequence[str]) -> int:
    arguments = options.parse(words)
    module, _, function = _COMMANDS[arguments.command].partition(".")
    code: int = getattr(importlib.import_module(f"checker.cli.{module}"), function)(arguments)
    sys.stdout.flush()  # here, where a closed pipe is met in order, and not when Python ends
    return code


_COMMANDS = {
    "compare": "deciding.compare",
    "check": "deciding.check",
    "trace": "deciding.trace",
    "assumptions": "varying.assumptions",
    "scenario": "workbench.scenario",
    "simulate": "workbench.simulate",
    "explain": "workbench.explain",
    "show": "workbench.show",
    "graph": "drawing.graph",
    "export": "exporting.export",
    "prove": "proving.prove",
    "recheck": "proving.recheck",
    "minimal": "minimality.minimal",
    "waste": "wasting.waste",
    "report": "reporting.report",
    "list": "workbench.listing",
}
"""The function of each command, in the modules beside this one. A module is loaded when it is needed."""
