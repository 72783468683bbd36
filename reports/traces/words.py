"""The words that a reader of a trace sees, by id: ``words.toml`` has each in every language, so that none is in two places."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ENGLISH = "en"
CATALOGUE = Path(__file__).with_name("words.toml")


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return for each id what it is in each language."""
    return tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))


def said(key: str, language: str = ENGLISH, **values: object) -> str:
    """Return the words of an id, with ``values`` in the places that they name. An id that does not exist is a mistake."""
    return catalogue()[key][language].format(**values)


def counted(key: str, number: int, language: str = ENGLISH) -> str:
    """Return a number of things; the id ``KEY-one`` has the words for a single one."""
    return said(f"{key}-one" if number == 1 else key, language, number=number)
