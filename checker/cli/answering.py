"""Running a command: how it ends when something is wrong, and how it exits."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Sequence

from checker.cli import options, printing, values
from checker.cli.exits import BAD_FILE, FAULT, INPUT_OUTPUT, INTERRUPTED, NOBODY_READS, NOTHING_TO_SHOW, UNKNOWN, USAGE
from checker.engine import CannotDecideError
from checker.files.mistakes import CertificateError, ModelFileError, UncheckedError, UnfinishedError, UnreadableError
from checker.host.forks import Parent, Processes
from checker.host.interrupt import TimeIsOverError, ending_at_signals, noticing, watched
from checker.host.limits import ConstrainedError, NotSymmetricError
from checker.host.machine import room
from checker.host.writing import CannotWriteError
from checker.scenarios.player import NotPossibleError
from model.notation.sorts import NotationError
from model.tcp import scope
from reports.width import printing_on

_CODES: dict[type[Exception], int] = {
    values.UsageError: USAGE,
    scope.ScopeError: USAGE,
    NotSymmetricError: USAGE,
    CannotDecideError: USAGE,
    ConstrainedError: USAGE,
    CannotWriteError: INPUT_OUTPUT,
    UnreadableError: INPUT_OUTPUT,
    UnfinishedError: UNKNOWN,
    ModelFileError: BAD_FILE,
    NotationError: BAD_FILE,
    NotPossibleError: NOTHING_TO_SHOW,
    ChildProcessError: UNKNOWN,
    CertificateError: NOTHING_TO_SHOW,
    UncheckedError: UNKNOWN,
}
"""How a command exits for what may go wrong in it; the message is for the user as it is."""


_NO_MEMORY = "there is not enough memory for this: allow this process more (ulimit -v), or ask for less"


def answer(words: Sequence[str]) -> int:
    """Run the command line of this process and return the exit code."""
    if sys.stdout is None:
        print("synproof: standard output is closed: let it go somewhere, as in > FILE or > /dev/null", file=sys.stderr)
        return INPUT_OUTPUT
    try:
        with watched():
            return answered(words) if room() is None else _confined(words)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is no answer
        if "--debug" in words:
            traceback.print_exc()
        said = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"synproof: this is a fault of synproof's own, please report it ({said}); --debug says where", file=sys.stderr)
        return FAULT


def answered(words: Sequence[str]) -> int:
    """Run a command line and return the exit code, whatever happens."""
    with printing.safe_streams(), printing_on(printing.columns()):
        return _answered(words)


def _answered(words: Sequence[str]) -> int:
    """Run the command line and return the exit code, whatever happens."""
    try:
        return _run(words)
    except tuple(_CODES) as error:
        if "--debug" in words:
            traceback.print_exception(error.__cause__ or error)
        print(f"synproof: {' '.join(str(error).splitlines())}", file=sys.stderr)
        return next(code for kind, code in _CODES.items() if isinstance(error, kind))
    except TimeIsOverError:
        print("synproof: the time was over before the models were read: write a longer --timeout", file=sys.stderr)
        return UNKNOWN
    except KeyboardInterrupt:
        print("synproof: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # nobody reads on: say no more, and do not complain
        return NOBODY_READS
    except Exception as error:
        why, code = _means_missing(error), UNKNOWN
        if not why and isinstance(error, OSError) and error.filename is not None:
            why, code = f"{error.filename}: {error.strerror}", INPUT_OUTPUT
        if not why:
            raise
        if "--debug" in words:
            traceback.print_exc()
        print(f"synproof: {why}", file=sys.stderr)
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

    def task(parent: Parent) -> int:
        os.setpgid(0, 0)  # Ctrl-C at a terminal goes to the parent alone, which passes it on
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with ending_at_signals(), watched():
            return INTERRUPTED if parent.stopped() else answered(words)

    with Processes([task]) as processes, noticing(processes.interrupt):
        ((_, code),) = processes.said()
    if not isinstance(code, Exception):
        return int(code)
    if processes.stopping:
        return INTERRUPTED
    print(f"synproof: {_NO_MEMORY} ({code})", file=sys.stderr)
    return UNKNOWN


def _run(words: Sequence[str]) -> int:
    arguments = options.parse(words)
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
