"""Mutants of a handshake as they were found: what notices each, and why nobody needs to notice those that nobody does.

``HANDSHAKE.csv`` is what ``synproof mutants HANDSHAKE --csv`` prints (``make mutants`` writes it anew). ``HANDSHAKE.toml`` is
written by hand: of each mutant that survives, why that is harmless; of each claim that is asserted, a mutant that no other
claim notices, or what the claim is there for. Tests hold both against the handshake (tests/test_rule_mutants.py).
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SURVIVES = "survives"
"""What became of a mutant that no claim notices, as the table has it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A mutant, and what became of it. ``state`` is "" for a call; ``noticed_by`` is "" where nothing noticed it."""

    name: str
    state: str
    branch: str
    section: str
    check: str
    kind: str
    change: str
    fate: str
    question: str
    noticed_by: str


COLUMNS = tuple(field.name for field in fields(Row))


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason, in each language: by the language's code."""

    said: Mapping[str, str]

    def of(self, code: str) -> str:
        """Return the reason in a language, in English where it is not said in that."""
        return self.said.get(code, self.said["en"])


@dataclass(frozen=True, slots=True)
class Alone:
    """Why a claim is there: the ``mutant`` that only it notices, or else what is said."""

    mutant: str
    why: Reason | None


def table(handshake: str) -> tuple[Row, ...]:
    """Return the mutants of a handshake, in the order of its rules; none where nobody has looked for them."""
    path = HERE / f"{handshake}.csv"
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as text:
        return tuple(Row(**row) for row in csv.DictReader(text))


def reasons(handshake: str) -> Mapping[str, Reason]:
    """Return, by the name of each mutant that survives, why that is harmless."""
    return {name: Reason(said) for name, said in _written(handshake).get(SURVIVES, {}).items()}


def alone(handshake: str) -> Mapping[str, Alone]:
    """Return, by claim, the mutant that only this claim notices, or why the claim is there without one."""
    found = _written(handshake).get("alone", {})
    return {claim: Alone(said, None) if isinstance(said, str) else Alone("", Reason(said)) for claim, said in found.items()}


def _written(handshake: str) -> Mapping[str, Any]:
    path = HERE / f"{handshake}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
