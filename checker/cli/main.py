"""Running a command: how it ends when something is wrong, and how it exits."""

from __future__ import annotations

import errno
import importlib
import io
import os
import signal
import sys
import traceback
from argparse import Namespace
from collections.abc import Sequence

from checker.cli import options, values
from checker.cli.exits import BAD_FILE, INTERRUPTED, NOTHING_TO_SHOW, OK, UNKNOWN, USAGE
from checker.engine import CannotDecideError
from checker.files.mistakes import CertificateError, ModelFileError, UncheckedError
from checker.host.forks import Parent, Processes
from checker.host.interrupt import noticing, saying_what_ends_it
from checker.host.limits import ConstrainedError, LimitReachedError, NotSymmetricError
from checker.host.machine import room
from checker.scenarios.player import NotPossibleError
from model.notation.sorts import NotationError
from model.tcp import scope

_CODES: dict[type[Exception], int] = {
    values.UsageError: USAGE,
    scope.ScopeError: USAGE,
    NotSymmetricError: USAGE,
    CannotDecideError: USAGE,
    ConstrainedError: USAGE,
    ModelFileError: BAD_FILE,
    NotationError: BAD_FILE,
    NotPossibleError: NOTHING_TO_SHOW,
    ChildProcessError: UNKNOWN,
    CertificateError: NOTHING_TO_SHOW,
    UncheckedError: UNKNOWN,
    LimitReachedError: UNKNOWN,
}
"""How a command exits for what may go wrong in it; the message is for the user as it is."""


_NO_MEMORY = "there is not enough memory for this: allow this process more (ulimit -v), or ask for less"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show a sign gets a question mark, not a traceback
    words = list(sys.argv[1:] if argv is None else argv)
    with saying_what_ends_it():
        return _answered(words) if room() is None else _confined(words)


def _answered(words: Sequence[str]) -> int:
    """Run the command line and return the exit code, whatever happens."""
    arguments: Namespace | None = None
    try:
        arguments = options.parse(words)
        return _run(arguments, words)
    except tuple(_CODES) as error:
        if "--debug" in words:
            traceback.print_exception(error.__cause__ or error)
        code = next(code for kind, code in _CODES.items() if isinstance(error, kind))
        return _failed(str(error), code, words, arguments)
    except KeyboardInterrupt:
        return _failed("interrupted", INTERRUPTED, words, arguments)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: say no more, and do not complain
        return OK
    except Exception as error:
        why = _means_missing(error)
        if not why:
            raise
        if "--debug" in words:
            traceback.print_exc()
        return _failed(why, UNKNOWN, words, arguments)


def _failed(reason: str, code: int, words: Sequence[str], arguments: Namespace | None) -> int:
    """Say why there is no answer, to people and where they asked for it to programs; return the exit code."""
    print(f"synproof: {reason}", file=sys.stderr)
    if "--json" in words:
        importlib.import_module("checker.cli.answers").show_mistake(reason, code, words, arguments)
    return code


def _means_missing(error: Exception) -> str:
    """Return what the machine does not give, where that is why an error was raised; or ""."""
    if isinstance(error, MemoryError):
        return _NO_MEMORY
    if isinstance(error, OSError) and error.errno in {errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOSPC}:
        return f"the system does not give what is needed: {error.strerror}"
    if isinstance(error, RuntimeError) and str(error) == "can't start new thread":
        return "the system gives no more threads: allow this user more processes (ulimit -u), or more memory"
    if room() is not None:  # libraries that are not loaded for want of memory say so in many ways
        return f"{_NO_MEMORY} (it ended by {type(error).__name__}: {next(iter(str(error).splitlines()), '')})"
    return ""


def _confined(words: Sequence[str]) -> int:
    """Run a command in a process of its own, where memory is limited: libraries end their process when they get none."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy's algebra is not used, and its threads want much

    def task(_: Parent) -> int:
        os.setpgid(0, 0)  # Ctrl-C at a terminal goes to the parent alone, which passes it on
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return _answered(words)

    with Processes([task]) as processes, noticing(processes.interrupt):
        ((_, code),) = processes.said()
    if not isinstance(code, Exception):
        return int(code)
    print(f"synproof: {_NO_MEMORY} ({code})", file=sys.stderr)
    return UNKNOWN


def _run(arguments: Namespace, words: Sequence[str]) -> int:
    arguments.words = tuple(words)  # what a record says that it was found by
    module, _, function = _COMMANDS[arguments.command].partition(".")
    code: int = getattr(importlib.import_module(f"checker.cli.{module}"), function)(arguments)
    sys.stdout.flush()  # here, where a closed pipe is met in order, and not when Python ends
    return code


_COMMANDS = {
    "compare": "check.compare",
    "check": "check.check",
    "trace": "check.trace",
    "assumptions": "assumptions.assumptions",
    "scenario": "scenario.scenario",
    "simulate": "simulate.simulate",
    "explain": "explain.explain",
    "show": "show.show",
    "graph": "graph.graph",
    "export": "export.export",
    "prove": "prove.prove",
    "recheck": "prove.recheck",
    "minimal": "minimal.minimal",
    "waste": "waste.waste",
    "report": "report.report",
    "list": "list.listing",
}
"""The function of each command, in the modules beside this one. A module is loaded when it is needed."""
