"""Wrapping text to the columns of a terminal: a Chinese character takes two, and a line may end between any two of them."""

from __future__ import annotations

import re
import textwrap
import unicodedata

_OPENING = "（《“‘「『【"  # noqa: RUF001 these are the signs of Chinese that are meant
_CLOSING = "，。、；：！？）》”’」』】"  # noqa: RUF001
"""Signs that no line ends with, and those that none begins with."""
_UNITS = re.compile(rf"\s+|[{_OPENING}]*(?:[^\s\u2e80-\u9fff\uff00-\uffef]+|.)[{_CLOSING}]*")
"""What no line is broken in: a word, or a Chinese character, with the signs that belong to it."""


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def padded(text: str, width: int, how: str = "<", fill: str = " ") -> str:
    """Return text filled up to so many columns, aligned as :func:`format` has it."""
    return format(text, f"{fill}{how}{max(0, width - columns(text) + len(text))}")


def wrapped(text: str, width: int, indent: str = "", hanging: int = 0) -> list[str]:
    """Return text as lines of at most so many columns, each after ``indent``, all but the first ``hanging`` further in."""
    following = indent + " " * hanging
    if columns(text) == len(text):
        return textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=following, break_on_hyphens=False)
    lines, line = [], indent
    for unit in _UNITS.findall(text):
        if columns(line) + columns(unit.rstrip()) > width and line.strip():
            lines.append(line.rstrip())
            line = following
        if line.strip() or not unit.isspace():
            line += unit
    return [*lines, line.rstrip()]
