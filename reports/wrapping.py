"""Wrapping text to the columns of a terminal: a Chinese character takes two, and a line may end between any two of them."""

from __future__ import annotations

import re
import textwrap
import unicodedata

_NEVER_FIRST = ("Po", "Pe", "Pf")
"""The categories of signs that no line begins with: stops, and what closes brackets and quotations."""
_PIECES = re.compile(r"\s+|[^\s\u2e80-\u9fff\uff00-\uffef]+|.")


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
    pieces = _PIECES.findall(text)
    for number, piece in enumerate(pieces):
        sticks = sum(columns(after) for after in pieces[number + 1 : number + 2] if _sticks(after))
        if columns(line) + columns(piece) + sticks > width and line.strip() and not _sticks(piece):
            lines.append(line.rstrip())
            line = following
            if piece.isspace():
                continue
        line += piece
    return [*lines, line.rstrip()]


def _sticks(piece: str) -> bool:
    return unicodedata.category(piece[0]) in _NEVER_FIRST
