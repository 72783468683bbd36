"""Wrapping text to the columns of a terminal: a Chinese character takes two, and a line may end between any two of them."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from itertools import pairwise

_OPENING = "（《“‘「『【"  # noqa: RUF001 these are the signs of Chinese that are meant
_CLOSING = "，。、；：！？）》”’」』】"  # noqa: RUF001
"""Signs that no line ends with, and those that none begins with."""
_UNITS = re.compile(rf"\s+|[{_OPENING}]*(?:[^\s\u2e80-\u9fff\uff00-\uffef]+|.)[{_CLOSING}]*")
"""What no line is broken in: a word, or a Chinese character, with the signs that belong to it."""


_HARMLESS = "\n\t\u200c\u200d"
"""Ends of lines; and what joins letters, without which some languages cannot be written."""


CONTROLS = re.compile(r"\x1b\[(?:0|1|2|1;32|3[1-6])m|\r|\x1b\[K")
"""The control sequences that may go to a terminal: colours of a trace, and what takes a line of progress away."""


def visible(text: str, allowed: re.Pattern[str] | None = None) -> str:
    """Return text without signs that do something to a terminal, or to the order of others: each as JSON escapes it.

    What ``allowed`` matches stays as it is.
    """
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    if allowed is None:
        return "".join(map(_seen, text))
    kept = [*allowed.finditer(text)]
    edges = [0, *(edge for found in kept for edge in found.span()), len(text)]
    pieces = [text[begin:end] for begin, end in pairwise(edges)]
    return "".join(piece if number % 2 else visible(piece) for number, piece in enumerate(pieces))


def _seen(sign: str) -> str:
    if unicodedata.category(sign) not in _UNSEEN or sign in _HARMLESS:
        return sign
    units = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""The categories of Unicode of which nothing is seen, or only what it does to the signs around."""


def one_line(text: str) -> str:
    """Return text as :func:`visible` has it, on one line."""
    return visible(_ENDS.sub(" ", text))


_ENDS = re.compile(r"[\n\r\t\v\f\x1c-\x1e\x85\u2028\u2029]+")
"""What ends a line, or moves within one."""


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def padded(text: str, width: int, how: str = "<", fill: str = " ") -> str:
    """Return text on one line, filled up to so many columns, aligned as :func:`format` has it."""
    text = one_line(text)
    return format(text, f"{fill}{how}{max(0, width - columns(text) + len(text))}")


def wrapped(text: str, width: int, indent: str = "", hanging: int = 0) -> list[str]:
    """Return text as lines of at most so many columns, each after ``indent``, all but the first ``hanging`` further in."""
    text = one_line(text)
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
