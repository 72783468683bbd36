"""The file ``assignment.toml``, which says what an assignment asks for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from checker.files.mistakes import ModelFileError, read_bytes
from checker.grading.assignment import FILE, Assignment, Task
from checker.grading.judges import KINDS
from model.notation.sorts import NotationError, nearest
from model.tcp.assumptions import Assumptions
from model.tcp.scope import ScopeError, scope_named

_KEYS = ("title", "scope", "assume", "states", "seconds", "hints", "rules", "task")
_ALL = ("name", "kind", "points", "file")


def read(folder: str) -> Assignment:
    """Return the assignment in a folder; raise :class:`~checker.files.mistakes.ModelFileError` for what is wrong in it."""
    path = f"{folder.rstrip('/')}/{FILE}"
    try:
        said = tomllib.loads(read_bytes(path, "*.toml").decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelFileError(f"{path}: this is not TOML: {error}") from error
    reads = _Reader(path)
    reads.only(said, _KEYS, "an assignment")
    try:
        scope = scope_named(reads.get(said, "scope", str, "small"))
        assumptions = Assumptions.of(reads.get(said, "assume", dict, {}))
    except (ScopeError, NotationError) as error:
        raise ModelFileError(f"{path}: {error}") from error
    tasks = tuple(reads.task(number, one) for number, one in enumerate(reads.get(said, "task", list, []), 1))
    names = [task.name for task in tasks]
    if len({bool(task.file) for task in tasks}) > 1:
        raise ModelFileError(f"{path}: some tasks name a file and some do not: give each a file, or none")
    if not tasks or len(set(names)) < len(names):
        raise ModelFileError(f"{path}: write at least one [[task]], each with a name of its own")
    return Assignment(
        folder.rstrip("/"),
        reads.get(said, "title", str, Path(folder).name),
        tasks,
        scope,
        assumptions,
        reads.get(said, "states", int, 1_000_000),
        float(reads.get(said, "seconds", int, 60)),
        reads.get(said, "hints", bool, True),
        reads.get(said, "rules", bool, True),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    path: str

    def get(self, said: Mapping[str, Any], key: str, kind: type[Any], default: Any = None) -> Any:  # noqa: ANN401  # of that kind
        value = said.get(key, default)
        if not isinstance(value, kind) or (kind is int and (isinstance(value, bool) or value < 1)):
            words = {str: "a text", int: "a whole number from 1", bool: "true or false", list: "a list", dict: "a table"}
            raise ModelFileError(f"{self.path}: {key} is {value!r}: write {words[kind]}")
        return value

    def only(self, said: Mapping[str, Any], known: tuple[str, ...], what: str) -> None:
        for key in said:
            if key not in known:
                raise ModelFileError(f"{self.path}: {what} has no {key!r}; {nearest(key, known)}")

    def names(self, said: Mapping[str, Any], key: str) -> tuple[str, ...]:
        found = self.get(said, key, list, [])
        if not all(isinstance(name, str) for name in found):
            raise ModelFileError(f"{self.path}: {key} is {found!r}: write a list of names")
        return tuple(dict.fromkeys(found))

    def task(self, number: int, said: Mapping[str, Any]) -> Task:
        kind = self.get(said, "kind", str)
        if kind not in KINDS:
            raise ModelFileError(f"{self.path}: there are no tasks of the kind {kind!r}; {nearest(kind, tuple(KINDS))}")
        keys = KINDS[kind].keys
        self.only(said, (*_ALL, *keys), f"task {number}")
        name, points = self.get(said, "name", str), Fraction(self.get(said, "points", int))
        one = {key: self.get(said, key, str) for key in ("like", "model", "claim") if key in keys}
        some = {key: self.names(said, key) for key in ("claims", "hidden", "wheats", "chaffs") if key in keys}
        if "chaffs" in keys and not (some["wheats"] and some["chaffs"]):
            raise ModelFileError(f"{self.path}: task {name!r} needs wheats and chaffs: name models for both")
        if "claims" in keys and not any(some.values()):
            raise ModelFileError(f"{self.path}: task {name!r} asks for no claims: write claims = [...]")
        return Task(
            name,
            kind,
            points,
            claims=(one["claim"],) if "claim" in keys else some.get("claims", ()),
            hidden=some.get("hidden", ()),
            models=some.get("wheats") or tuple(one[key] for key in ("like", "model") if key in keys),
            chaffs=some.get("chaffs", ()),
            file=self.file(said, name),
            steps=self.get(said, "steps", int) if "steps" in said else None,
        )

    def file(self, said: Mapping[str, Any], name: str) -> str:
        file = str(self.get(said, "file", str, ""))
        if file and Path(file).name != file:
            raise ModelFileError(f"{self.path}: the file of task {name!r} is {file!r}: write a name without a folder")
        return file
