"""How far a search has come, on one line of the terminal that is gone when the search is over; nothing where there is none."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from checker.host.limits import Progress
from checker.host.machine import in_bytes

_PATIENCE = 1.0
"""After how many seconds a search is long enough to be reported on."""
_USUAL = 80
"""The columns of a terminal that does not say how many it has."""
_IMPORTANCE = (0, 5, 2, 1, 3, 4)
"""The order in which parts of the line are kept where there is no room for all."""


def line(progress: Progress, columns: int = _USUAL) -> str:
    """Return what there is to say, as far as it fits into one line of a terminal that has so many columns."""
    rate = progress.states / max(progress.seconds, 0.001)
    parts = [
        f"{progress.states:,} states",
        f"{progress.frontier:,} to explore",
        f"depth {progress.depth}",
        f"{rate / 1e6:.1f} M/s" if rate >= 1e6 else f"{rate:,.0f}/s",  # noqa: PLR2004  # a million
        in_bytes(progress.memory),
        f"{progress.seconds:.0f} s",
    ]
    for number in range(len(parts), 0, -1):
        said = ", ".join(parts[i] for i in sorted(_IMPORTANCE[:number]))
        if len(said) < columns:
            return said
    return ""


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
            print(f"\r{line(progress, _columns())}\x1b[K", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        if written:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL
    except OSError:
        return _USUAL
