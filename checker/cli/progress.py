"""How far a search has come, on one line of the terminal that is gone when the search is over; nothing where there is none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from checker.host.limits import Progress
from checker.host.machine import in_bytes

_PATIENCE = 1.0
"""After how many seconds a search is long enough to be reported on."""
_WIDTH = 79


def line(progress: Progress) -> str:
    """Return what there is to say, for a terminal of 80 columns."""
    rate = progress.states / max(progress.seconds, 0.001)
    parts = [
        f"{progress.states:,} states",
        f"{progress.frontier:,} to explore",
        *([] if progress.depth is None else [f"depth {progress.depth}"]),
        f"{rate / 1e6:.1f} M/s" if rate >= 1e6 else f"{rate:,.0f}/s",  # noqa: PLR2004  # a million
        in_bytes(progress.memory),
        f"{progress.seconds:.0f} s",
    ]
    return ", ".join(parts)[:_WIDTH]


@contextmanager
def shown() -> Iterator[Callable[[Progress], None] | None]:
    """Yield what to call with the progress of a search, or None where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    written = False

    def show(progress: Progress) -> None:
        nonlocal written
        if progress.seconds >= _PATIENCE:
            written = True
            print(f"\r{line(progress)}\x1b[K", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        if written:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
