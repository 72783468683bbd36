"""How wide plain text is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

WIDTH = 80
"""In columns, where no terminal says otherwise; wider lines are hard to read."""
_LEAST = 20
"""In fewer columns nothing is readable."""
_columns: ContextVar[int] = ContextVar("columns", default=WIDTH)


def line_width() -> int:
    """Return how many columns what is printed here may take."""
    return _columns.get()


@contextmanager
def printing_on(columns: int) -> Iterator[None]:
    """Let what is printed here be as wide as a terminal of so many columns, and no wider than is easy to read."""
    before = _columns.set(min(WIDTH, max(_LEAST, columns)))
    try:
        yield
    finally:
        _columns.reset(before)
