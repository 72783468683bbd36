"""What is said in English where the command line and relations are defined, in Chinese, for the pages that are made of them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from model.tcp.assumptions import Assumptions
from reports.language import ENGLISH
from reports.language.catalogue import language


def told(english: str, code: str) -> str:
    """Return a text in a language; as it is where there is no translation. What assumptions mean is in the catalogue."""
    if code == ENGLISH:
        return english
    if english in _texts():
        return _texts()[english]
    name = next((name for name, assumption in Assumptions.declared().items() if assumption.meaning == english), "")
    return language(code).text("assumptions", name, "meaning", english)


def untranslated(said: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return what has no Chinese of all that is said, and the Chinese of what is not said any more."""
    english = list(dict.fromkeys(said))
    has_none = [text for text in english if told(text, "zh") == text and any(sign.islower() for sign in text)]
    return has_none, [text for text in _texts() if text not in english]


@cache
def _texts() -> Mapping[str, str]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
