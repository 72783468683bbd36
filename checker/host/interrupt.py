"""Signals that end a run.

Ctrl-C is something that is noticed, where an exception at any moment would be lost or would leave something half done. The
signals by which the system or another program ends a process end it with a sentence.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def noticing(notice: Callable[[], None]) -> Iterator[None]:
    """Call ``notice`` for Ctrl-C instead of raising KeyboardInterrupt. Only the main thread is ever told of Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: notice())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def saying_what_ends_it() -> Iterator[None]:
    """Let a signal that ends this process do so with a sentence and the exit code that shells give such an end.

    Python calls a handler between two of its own instructions, which may be minutes apart where a solver is at work; so a
    thread waits for the signal and ends the process. Its children end with it (:mod:`checker.host.forks`). A signal that was to
    be ignored, as by nohup, still is.
    """
    if threading.current_thread() is not threading.main_thread() or os.name != "posix":
        yield
        return
    ending = {number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL}
    try:
        reads, writes = os.pipe()
        waits = threading.Thread(target=_end_by, args=(reads, ending), daemon=True)
        waits.start()
    except (OSError, RuntimeError):  # there are no more pipes or threads to be had: the signals end it without a sentence
        yield
        return
    os.set_blocking(writes, False)
    before = signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    for number in ending:
        signal.signal(number, lambda *_: None)  # its number goes into the pipe
    try:
        yield
    finally:
        for number in ending:
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(before)
        os.write(writes, b"\0")
        waits.join()
        os.close(reads)
        os.close(writes)


def _end_by(pipe: int, ending: set[signal.Signals]) -> None:
    """Read numbers of signals from a pipe up to 0; end the process for one that is to end it."""
    while (number := os.read(pipe, 1)[0]) != 0:
        if number in ending:
            os.write(2, f"synproof: ended by {signal.Signals(number).name}\n".encode())
            os._exit(128 + number)
