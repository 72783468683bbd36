"""What a repository wants of its models: ``synproof.toml``, or ``[tool.synproof]`` in ``pyproject.toml``.

Each expectation names a model and what is expected of it: that claims hold, that one is violated, or that two models have the
same verdicts. Reading them reads no model, and loads nothing of the model.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from checker.files.mistakes import ModelFileError, read_bytes
from model.notation.sorts import nearest

FILE, TABLE = "synproof.toml", "pyproject.toml"


class Kind(Enum):
    """What is expected, by the name of its table."""

    HOLDS = "holds"
    VIOLATES = "violates"
    SAME = "same-verdicts"


_BOTH = ("scope", "assume")
_KEYS: Mapping[Kind, tuple[str, ...]] = {
    Kind.HOLDS: ("model", "claims", *_BOTH),
    Kind.VIOLATES: ("model", "claim", "steps", *_BOTH),
    Kind.SAME: ("models", "claims", *_BOTH),
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of models, each a name or what was read.

    Without ``claims`` all are meant, and then what a model declares of one is as good.

    ``steps`` is how long the shortest run is to be that violates the claim; None where that does not matter.
    """

    kind: Kind
    models: tuple[Any, ...]
    claims: tuple[str, ...] = ()
    steps: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        names = map(str, self.models)
        whole = f"{self.kind.value} {' '.join(names)}" + (f" {', '.join(self.claims)}" if self.claims else "")
        return whole + (f" in {self.steps}" if self.steps is not None else "")


def there(folder: Path) -> Path | None:
    """Return the file in a folder that has expectations, or None."""
    if (folder / FILE).is_file():
        return folder / FILE
    table = folder / TABLE
    return table if table.is_file() and _table(table) is not None else None


def _table(path: Path) -> Mapping[str, Any] | None:
    try:
        content = tomllib.loads(read_bytes(str(path), "*.toml").decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelFileError(f"{path}: this is not TOML: {error}") from error
    if path.name != TABLE:
        return content
    found = content.get("tool", {}).get("synproof") if isinstance(content.get("tool", {}), dict) else None
    return found if isinstance(found, dict) else None


def read(path: Path) -> tuple[Expectation, ...]:
    """Return the expectations in a file; raise :class:`~checker.files.mistakes.ModelFileError` for what is wrong in it.

    Models are named from the folder of the file. None is read or run yet.
    """
    content = dict(_table(path) or {})
    reader = _Reader(path)
    usual = {key: content.pop(key) for key in _BOTH if key in content}
    reader.only(content, tuple(kind.value for kind in Kind), "the file")
    found = [
        reader.expectation(kind, number, {**usual, **reader.table(kind, number, one)})
        for kind in Kind
        for number, one in enumerate(reader.listed(content, kind), 1)
    ]
    if not found:
        raise ModelFileError(f"{path} expects nothing: write [[holds]], with a model and claims")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Reader:
    path: Path

    def only(self, content: Mapping[str, Any], known: tuple[str, ...], what: str) -> None:
        for key in content:
            if key not in known:
                raise ModelFileError(f"{self.path}: {what} has no {key!r}; {nearest(key, known)}")

    def listed(self, content: Mapping[str, Any], kind: Kind) -> list[Any]:
        entries = content.get(kind.value, [])
        if not isinstance(entries, list):
            raise ModelFileError(f"{self.path}: write [[{kind.value}]] with two brackets, since there may be several")
        return entries

    def table(self, kind: Kind, number: int, entry: object) -> Mapping[str, Any]:
        if not isinstance(entry, dict):
            raise ModelFileError(f"{self.path}: {kind.value} {number} is {entry!r}: write [[{kind.value}]], and lines below it")
        return entry

    def expectation(self, kind: Kind, number: int, entry: Mapping[str, Any]) -> Expectation:
        what = f"{kind.value} {number}"
        self.only(entry, _KEYS[kind], what)
        one = kind is not Kind.SAME
        models = (self.text(entry, "model", what),) if one else self.names(entry, "models", what)
        claims = (self.text(entry, "claim", what),) if kind is Kind.VIOLATES else self.names(entry, "claims", what)
        if not one and len(models) != 2:  # noqa: PLR2004  # a pair
            raise ModelFileError(f"{self.path}: {what} compares two models: write models = [ONE, OTHER]")
        steps = entry.get("steps")
        if steps is not None and (isinstance(steps, bool) or not isinstance(steps, int) or steps < 0):
            raise ModelFileError(f"{self.path}: steps of {what} is {steps!r}: write a whole number")
        assume = entry.get("assume", {})
        if not isinstance(assume, dict) or not all(isinstance(value, str | bool | int) for value in assume.values()):
            raise ModelFileError(f'{self.path}: assume of {what} is {assume!r}: write assume = {{ seq_check = "window" }}')
        options = {"scope": self.text(entry, "scope", what)} if "scope" in entry else {}
        return Expectation(kind, tuple(map(self.placed, models)), claims, steps, {**options, "assume": assume})

    def placed(self, model: str) -> str:
        """Return the name of a model as it is found from where the program runs."""
        return os.path.relpath(self.path.parent / model) if ".py" in model else model

    def text(self, entry: Mapping[str, Any], key: str, what: str) -> str:
        value = entry.get(key)
        if not isinstance(value, str) or not value:
            raise ModelFileError(f'{self.path}: {what} needs {key}: write {key} = "..."')
        return value

    def names(self, entry: Mapping[str, Any], key: str, what: str) -> tuple[str, ...]:
        value = entry.get(key, [])
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise ModelFileError(f"{self.path}: {key} of {what} is {value!r}: write a list of names")
        return tuple(dict.fromkeys(value))
