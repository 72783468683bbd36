"""Ctrl-C as something that is noticed, where an exception at any moment would be lost or would leave something half done."""

from __future__ import annotations

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
