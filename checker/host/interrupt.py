"""Signals that end a run.

Ctrl-C ends the process at once, with a sentence, unless somebody is :func:`noticing` it who has something to hand over or to
put in order. An exception would do so too, until it meets a callback or a library that loses it; and what comes of a solver
that is stopped in the middle would be taken for its answer. The signals by which the system or another program ends a process
end it the same way.

This module is loaded before all others, so that it hears what happens while they are: it imports little.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ENDING = (signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
"""The signals by which the system, another program or a terminal that is closed ends a process."""
_PATIENCE = 30.0
"""How many seconds whoever notices Ctrl-C has to come to an end; it takes less than one where the machine has time."""
_SILENCE = 1.0
"""After how many of them it is said that one need not wait."""
_BUSY = 0.5
"""How many seconds Python may take to call a handler; a solver at work may keep it from that for minutes."""


class _Notice:
    """What is called for Ctrl-C instead of an end, by whoever notices it and by those around."""

    def __init__(self, notice: Callable[[], None], around: object) -> None:
        self._notice = notice
        self._around = around

    def __call__(self, *_: object) -> None:
        if isinstance(self._around, _Notice):
            self._around()
        self._notice()


@contextmanager
def noticing(notice: Callable[[], None], number: int = signal.SIGINT) -> Iterator[None]:
    """Call ``notice`` for Ctrl-C, and not more than that: an exception at any moment would leave something half done.

    Only the main thread is ever told of Ctrl-C. A process that ignores it, as a job in the background does, still does.
    ``number`` is that of another signal, if it is that which is to be noticed.
    """
    before = signal.getsignal(number)
    if threading.current_thread() is not threading.main_thread() or before is signal.SIG_IGN:
        yield
        return
    signal.signal(number, _Notice(notice, before))
    try:
        yield
    finally:
        signal.signal(number, before)


@contextmanager
def giving_up() -> Iterator[None]:
    """Raise KeyboardInterrupt for Ctrl-C where nobody looks up for long, as in a compiler; those around notice it as well.

    So nothing is lost where the exception is, in a callback.
    """

    def give_up() -> None:
        raise KeyboardInterrupt

    with noticing(give_up):
        yield


@contextmanager
def ending_at_signals() -> Iterator[None]:
    """Let a signal that ends this process do so with a sentence and the exit code that shells give such an end.

    The children of the process end with it (:mod:`checker.host.forks`). A signal that was to be ignored, as by nohup, still is.
    What comes afterwards is the end of the process, which Ctrl-C does not disturb.
    """
    ending = [
        number
        for number in (signal.SIGINT, *ENDING)
        if signal.getsignal(number) in {signal.SIG_DFL, signal.default_int_handler}
    ]
    for number in ending:
        signal.signal(number, lambda number, _: _end(number))
    sys.unraisablehook = _unraisable
    try:
        yield
    finally:
        for number in ending:
            signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)


class TimeIsOverError(BaseException):
    """The time is over in which something had to end that does not look up, such as a file of the user's that is run."""


@contextmanager
def raising_after(seconds: float | None) -> Iterator[None]:
    """Raise :class:`TimeIsOverError` in what runs here after so many seconds; None is no limit.

    It is raised by a signal, so only in the main thread and where there is such a signal, and again every second: somebody may
    catch everything.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def over(*_: object) -> None:
        raise TimeIsOverError

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """Say nothing of a KeyboardInterrupt that a callback has lost: it was noticed."""
    if lost.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(lost)


@contextmanager
def listening() -> Iterator[None]:
    """Have a thread wait for signals too: Python calls a handler between two of its own instructions.

    These may be minutes apart where a solver is at work. The thread ends the process also where Ctrl-C is noticed and nothing
    comes of that, and where it is pressed again. Where no thread is to be had, what Python calls has to do.
    """
    if os.name != "posix":
        yield
        return
    try:
        reads, writes = os.pipe()
        watch = threading.Thread(target=_watch, args=(reads,), daemon=True)
        watch.start()
    except (OSError, RuntimeError):
        yield
        return
    os.set_blocking(writes, False)
    before = signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.write(writes, b"\0")
        watch.join()
        os.close(reads)
        os.close(writes)


def _watch(pipe: int) -> None:
    """Read numbers of signals from a pipe up to 0; end the process where the handler of one has not done so in its time."""
    heard: tuple[int, object] | None = None
    until = end = 0.0
    while True:
        ready, _, _ = select.select([pipe], [], [], None if heard is None else max(0.0, until - time.monotonic()))
        if not ready:
            assert heard is not None
            if signal.getsignal(heard[0]) is not heard[1]:  # it came to its end
                heard = None
            elif time.monotonic() >= end:
                _end(heard[0])
            else:
                until = end
                if os.isatty(2):
                    os.write(2, b"\r\x1b[Ksynproof: coming to an end; press Ctrl-C again to end at once\n")
            continue
        number = os.read(pipe, 1)[0]
        if number == 0:
            return
        if number not in (signal.SIGINT, *ENDING):
            continue
        handler = signal.getsignal(number)
        if (number, handler) == heard:  # it is told a second time
            _end(number)
        if callable(handler):
            now, noticed = time.monotonic(), isinstance(handler, _Notice)
            heard, end = (number, handler), now + (_PATIENCE if noticed else _BUSY)
            until = now + _SILENCE if noticed else end


def _end(number: int) -> None:
    """End the process as a signal ends it, and say so; what progress has left on the line of a terminal is taken away."""
    clear = "\r\x1b[K" if os.isatty(2) else ""
    said = "interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}"
    try:
        os.write(2, f"{clear}synproof: {said}\n".encode())
    finally:
        os._exit(128 + number)
