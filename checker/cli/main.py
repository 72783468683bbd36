"""Running a command: how it ends when something is wrong, and how it exits."""

from __future__ import annotations

import errno
import importlib
import io
import os
import signal
import sys
from collections.abc import Sequence

from checker.cli import commands
from checker.cli.exits import BAD_FILE, INTERRUPTED, NOTHING_TO_SHOW, OK, UNKNOWN, USAGE
from checker.host.interrupt import noticing, saying_what_ends_it
from checker.host.machine import room

CODES: dict[tuple[str, str], int] = {
    ("checker.cli.values", "UsageError"): USAGE,
    ("model.tcp.scope", "ScopeError"): USAGE,
    ("checker.host.limits", "NotSymmetricError"): USAGE,
    ("checker.engine", "CannotDecideError"): USAGE,
    ("checker.host.limits", "ConstrainedError"): USAGE,
    ("checker.files.mistakes", "ModelFileError"): BAD_FILE,
    ("model.notation.sorts", "NotationError"): BAD_FILE,
    ("checker.scenarios.player", "NotPossibleError"): NOTHING_TO_SHOW,
    ("builtins", "ChildProcessError"): UNKNOWN,
    ("checker.files.mistakes", "CertificateError"): NOTHING_TO_SHOW,
    ("checker.files.mistakes", "UncheckedError"): UNKNOWN,
}
"""How a command exits for what may go wrong in it, by the module and name of the exception; its message is for the user."""


def _codes() -> dict[type[Exception], int]:
    """Return how a command exits, by the exceptions that there are: a module that is not loaded has raised none."""
    known = ((sys.modules.get(module), name, code) for (module, name), code in CODES.items())
    return {getattr(module, name): code for module, name, code in known if module is not None}


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
    try:
        return _run(words)
    except tuple(_codes()) as error:
        if "--debug" in words:
            _show_traceback(error.__cause__ or error)
        print(f"synproof: {error}", file=sys.stderr)
        return next(code for kind, code in _codes().items() if isinstance(error, kind))
    except KeyboardInterrupt:
        print("synproof: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: say no more, and do not complain
        return OK
    except Exception as error:
        why = _means_missing(error)
        if not why:
            raise
        if "--debug" in words:
            _show_traceback(error)
        print(f"synproof: {why}", file=sys.stderr)
        return UNKNOWN


def _show_traceback(error: BaseException) -> None:
    import traceback

    traceback.print_exception(error)


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
    from checker.host.forks import Parent, Processes

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


def _run(words: Sequence[str]) -> int:
    arguments = commands.parse(words)
    module, _, function = commands.COMMANDS[arguments.command].run.partition(".")
    code: int = getattr(importlib.import_module(f"checker.cli.{module}"), function)(arguments)
    sys.stdout.flush()  # here, where a closed pipe is met in order, and not when Python ends
    return code
