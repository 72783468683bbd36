"""How far a command has come, on one line of the terminal that is gone when it is done; nothing where there is no terminal."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from checker.host.limits import Progress
from checker.host.machine import in_bytes

_PATIENCE = 1.0
"""After how many seconds a search is long enough to be reported on."""
_SILENT = 2.0
"""After how many seconds in which nothing was said it is said that there is somebody at work."""
_LOGGED = 60.0
"""After how many seconds there is another line of a log."""
_WIDE = 1000
"""The columns of a line of a log."""
_BAR = 40
"""How many columns a bar has where there is room."""
_USUAL = 80
"""The columns of a terminal that does not say how many it has."""


def line(progress: Progress, columns: int = _USUAL) -> str:
    """Return what there is to say, as far as it fits into one line of a terminal that has so many columns."""
    rate = progress.states / max(progress.seconds, 0.001)
    parts = [  # each with how soon it is left out where there is no room for all
        (0, f"{progress.states:,} states"),
        (3, f"{progress.frontier:,} to explore"),
        *([] if progress.depth is None else [(2, f"depth {progress.depth}")]),
        (4, f"{rate / 1e6:.1f} M/s" if rate >= 1e6 else f"{rate:,.0f}/s"),  # noqa: PLR2004  # a million
        (6, in_bytes(progress.memory)),
        *([(5, f"{in_bytes(progress.disk)} on disk")] if progress.disk else []),
        (1, f"{progress.seconds:.0f} s"),
        *([] if progress.left is None else [(7, f"at most {progress.left:.0f} s to go")]),
    ]
    for most in range(7, -1, -1):
        said = ", ".join(part for soon, part in parts if soon <= most)
        if len(said) < columns:
            return said
    return ""


@contextmanager
def shown(*, log: bool = False) -> Iterator[Callable[[Progress], None] | None]:
    """Yield what to call with the progress of a search, or None where standard error is no terminal.

    Where nothing is said for two seconds, as by a solver, it is said for how long it works. Where there is no terminal and a
    ``log`` is wanted, a line is written each minute.
    """
    if not sys.stderr.isatty():
        with _logged() if log else nullcontext() as logged:
            yield logged
        return
    started = last = time.monotonic()
    written = False

    def show(progress: Progress) -> None:
        nonlocal written, last
        if progress.seconds >= _PATIENCE:
            written, last = True, time.monotonic()
            print(f"\r{line(progress, _columns())}\x1b[K", end="", file=sys.stderr, flush=True)

    def tick() -> None:
        nonlocal written
        now = time.monotonic()
        if now - last >= _SILENT:
            written = True
            _draw(f"at work, {now - started:.0f} s")

    try:
        with _each_second(tick):
            yield show
    finally:
        if written:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@contextmanager
def _logged() -> Iterator[Callable[[Progress], None]]:
    """Yield what to call with the progress of a search, which writes a line of a log where it is time for one."""
    due, started = _LOGGED, time.monotonic()

    def write(words: str, seconds: float) -> None:
        nonlocal due
        if seconds >= due:
            due = seconds + _LOGGED
            print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)

    def tick() -> None:
        seconds = time.monotonic() - started
        if seconds >= due + _SILENT:  # nobody has said anything
            write(f"at work, {seconds:.0f} s", seconds)

    with _each_second(tick):
        yield lambda progress: write(line(progress, _WIDE), progress.seconds)


@contextmanager
def waiting(what: str, *, log: bool = False) -> Iterator[Callable[[str], None]]:
    """Say each second for how long something has been waited for, with what the last call of what is yielded said of it.

    Where there is no terminal and a ``log`` is wanted, that is said each minute.
    """
    started, said = time.monotonic(), [what]

    def say(more: str) -> None:
        said[1:] = [more]

    if not sys.stderr.isatty():
        with _each_minute(lambda: ", ".join(said)) if log else nullcontext():
            yield say
        return
    try:
        with _each_second(lambda: _draw(f"{', '.join(said)}, {time.monotonic() - started:.0f} s")):
            yield say
    finally:
        if time.monotonic() - started >= _PATIENCE:
            clear()


@contextmanager
def _each_minute(words: Callable[[], str]) -> Iterator[None]:
    """Write a line of a log each minute, with these words and how long it has taken."""
    due, started = _LOGGED, time.monotonic()

    def tick() -> None:
        nonlocal due
        seconds = time.monotonic() - started
        if seconds >= due:
            due = seconds + _LOGGED
            print(f"{time.strftime('%H:%M:%S')} {words()}, {seconds:.0f} s", file=sys.stderr, flush=True)

    with _each_second(tick):
        yield


@contextmanager
def _each_second(tick: Callable[[], None]) -> Iterator[None]:
    """Call ``tick`` each second, where there is a signal for that.

    The system's clock interrupts whatever waits: there is no thread, which a process that is forked meanwhile would lack.
    """
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, lambda *_: tick())
    timer = signal.setitimer(signal.ITIMER_REAL, _PATIENCE, _PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)  # of those around
        signal.signal(signal.SIGALRM, before)


def _draw(words: str) -> None:
    """Draw a line past Python's buffer, in the middle of which the signal may have come."""
    os.write(sys.stderr.fileno(), f"\r{words[: _columns() - 1]}\x1b[K".encode())


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL
    except OSError:
        return _USUAL


def clear() -> None:
    """Take what is drawn away, where standard error is a terminal: something is printed next."""
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@contextmanager
def bar(what: str, *, log: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Yield what to call with how many of how many are done: it draws a bar where standard error is a terminal.

    Where it is none and a ``log`` is wanted, a line is written each minute.
    """
    terminal, come = sys.stderr.isatty(), (0, 0)

    def ends() -> str:
        return f"{come[0]}/{come[1]} {what}"

    def show(done: int, every: int) -> None:
        nonlocal come
        come = done, every
        if terminal:
            room = max(0, min(_BAR, _columns() - len(ends()) - 4))
            filled = room * done // max(every, 1)
            print(f"\r[{'#' * filled}{'.' * (room - filled)}] {ends()}\x1b[K", end="", file=sys.stderr, flush=True)

    try:
        with _each_minute(ends) if log and not terminal else nullcontext():
            yield show
    finally:
        if terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
