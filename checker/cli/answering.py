"""Running a command: how it ends when something is wrong, and how it exits."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from checker.cli import commands, printing
from checker.cli.exits import (
    BAD_CHECKPOINT,
    BAD_FILE,
    FAULT,
    INPUT_OUTPUT,
    INTERRUPTED,
    NOBODY_READS,
    NOTHING_TO_SHOW,
    UNKNOWN,
    USAGE,
)
from checker.host.interrupt import TimeIsOverError, ending_at_signals, listening, noticing
from checker.host.machine import room
from reports.width import printing_on

CODES: dict[tuple[str, str], int] = {
    ("checker.cli.values", "UsageError"): USAGE,
    ("model.tcp.scope", "ScopeError"): USAGE,
    ("checker.host.limits", "NotSymmetricError"): USAGE,
    ("checker.engine", "CannotDecideError"): USAGE,
    ("checker.host.limits", "ConstrainedError"): USAGE,
    ("checker.host.limits", "LimitReachedError"): UNKNOWN,
    ("checker.explicit.checkpoint", "UnwritableError"): INPUT_OUTPUT,  # a CheckpointError too, so before it
    ("checker.explicit.checkpoint", "CheckpointError"): BAD_CHECKPOINT,
    ("checker.host.cluster", "AddressError"): USAGE,  # a ClusterError too, so before it
    ("checker.host.cluster", "ClusterError"): INPUT_OUTPUT,
    ("checker.explicit.shelf", "DamagedError"): BAD_CHECKPOINT,
    ("checker.host.writing", "CannotWriteError"): INPUT_OUTPUT,
    ("checker.files.mistakes", "UnreadableError"): INPUT_OUTPUT,
    ("checker.files.mistakes", "UnfinishedError"): UNKNOWN,
    ("checker.stacks.stack", "StackError"): UNKNOWN,
    ("checker.isolation.sandbox", "StoppedError"): UNKNOWN,
    ("checker.isolation.sandbox", "IsolationError"): INPUT_OUTPUT,
    ("checker.files.mistakes", "ModelFileError"): BAD_FILE,
    ("model.notation.sorts", "NotationError"): BAD_FILE,
    ("checker.scenarios.player", "NotPossibleError"): NOTHING_TO_SHOW,
    ("builtins", "ChildProcessError"): UNKNOWN,
    ("checker.files.mistakes", "CertificateError"): NOTHING_TO_SHOW,
    ("checker.files.mistakes", "UncheckedError"): UNKNOWN,
}
"""How a command exits for what may go wrong in it, by the module and name of the exception; its message is for the user."""


def codes() -> dict[type[Exception], int]:
    """Return how a command exits, by the exceptions that there are: a module that is not loaded has raised none."""
    known = ((sys.modules.get(module), name, code) for (module, name), code in CODES.items())
    return {getattr(module, name): code for module, name, code in known if module is not None}


_NO_MEMORY = "there is not enough memory for this: allow this process more (ulimit -v), or ask for less"


def answer(words: Sequence[str]) -> int:
    """Run the command line of this process and return the exit code."""
    if sys.stdout is None:
        print("synproof: standard output is closed: let it go somewhere, as in > FILE or > /dev/null", file=sys.stderr)
        return INPUT_OUTPUT
    try:
        with listening():
            return answered(words) if room() is None else _confined(words)
    except BrokenPipeError:  # nobody reads on, not even why there is no answer
        return NOBODY_READS
    except Exception as error:  # noqa: BLE001  # whatever it is, it is no answer
        if "--debug" in words:
            _show_traceback(error)
        said = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"synproof: this is a fault of synproof's own, please report it ({said}); --debug says where", file=sys.stderr)
        return FAULT


def answered(words: Sequence[str]) -> int:
    """Run a command line and return the exit code, whatever happens."""
    with printing.safe_streams(), printing_on(printing.columns()):
        return _answered(words)


def _answered(words: Sequence[str]) -> int:
    """Run the command line and return the exit code, whatever happens."""
    arguments: Namespace | None = None
    try:
        arguments = commands.parse(words)
        return _run(arguments, words)
    except tuple(codes()) as error:
        if "--debug" in words:
            _show_traceback(error.__cause__ or error)
        code = next(code for kind, code in codes().items() if isinstance(error, kind))
        return _failed(" ".join(str(error).splitlines()), code, words, arguments)
    except TimeIsOverError:
        return _failed("the time was over before the models were read: write a longer --timeout", UNKNOWN, words, arguments)
    except KeyboardInterrupt:
        return _failed("interrupted", INTERRUPTED, words, arguments)
    except BrokenPipeError:  # nobody reads on: say no more, and do not complain
        return NOBODY_READS
    except Exception as error:
        why, code = _means_missing(error), UNKNOWN
        if not why and isinstance(error, OSError) and error.filename is not None:
            why, code = f"{error.filename}: {error.strerror}", INPUT_OUTPUT
        if not why:
            raise
        if "--debug" in words:
            _show_traceback(error)
        return _failed(why, code, words, arguments)


def _failed(reason: str, code: int, words: Sequence[str], arguments: Namespace | None) -> int:
    """Say why there is no answer, to people and where they asked for it to programs; return the exit code."""
    print(f"synproof: {reason}", file=sys.stderr)
    if "--json" in words:
        from checker.cli import answers

        answers.show_mistake(reason, code, words, arguments)
    return code


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

    def task(parent: Parent) -> int:
        os.setpgid(0, 0)  # Ctrl-C at a terminal goes to the parent alone, which passes it on
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with ending_at_signals(), listening():
            return INTERRUPTED if parent.stopped() else answered(words)

    with Processes([task]) as processes, noticing(processes.interrupt):
        ((_, code),) = processes.said()
    if not isinstance(code, Exception):
        return int(code)
    if processes.stopping:
        return INTERRUPTED
    print(f"synproof: {_NO_MEMORY} ({code})", file=sys.stderr)
    return UNKNOWN


@contextmanager
def _portfolio(address: str | None) -> Iterator[None]:
    """Have a cluster answer what a command asks, where it names one."""
    if address is None:
        yield
        return
    from checker.host.cluster import connected
    from checker.host.crew import answered_by

    with connected(address) as cluster, answered_by(cluster):
        yield


def _run(arguments: Namespace, words: Sequence[str]) -> int:
    arguments.words = tuple(words)  # what a record says that it was found by
    module, _, function = commands.COMMANDS[arguments.command].run.partition(".")
    with _portfolio(getattr(arguments, "portfolio", None)):
        code: int = getattr(importlib.import_module(f"checker.cli.{module}"), function)(arguments)
    sys.stdout.flush()  # here, where a closed pipe is met in order, and not when Python ends
    return code
