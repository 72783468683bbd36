"""Sentences that are put together where they are known and told somewhere else, maybe in another language.

What an engine says of a search is a sentence with numbers in it. Who shows it to a reader may want it in another language, and
would have to take it apart again. So it is a string that still knows its pattern, and what was put in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self


class Said(str):
    """A text that was put together: ``pattern`` with ``values`` by name, some of which may be such texts again."""

    __slots__ = ("pattern", "values")

    pattern: str
    values: Mapping[str, object]

    def __new__(cls, pattern: str, values: Mapping[str, object]) -> Self:
        """Put ``values`` into ``pattern``, as :meth:`str.format` does."""
        made = super().__new__(cls, pattern.format(**values))
        made.pattern, made.values = pattern, values
        return made

    def __getnewargs__(self) -> tuple[str, Mapping[str, object]]:  # type: ignore[override]  # str's own are the text
        """Return what makes it again: it travels between processes."""
        return self.pattern, self.values


def said(pattern: str, **values: object) -> str:
    """Return a pattern with values put in, which can be told in another language."""
    return Said(pattern, values)


def counted(number: int, one: str, many: str, **values: object) -> str:
    """Return a number of things: ``one`` says it where it is one, ``many`` says it of ``{number}``."""
    return Said(one if number == 1 else many, {"number": number, **values})
