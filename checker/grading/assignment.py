"""An assignment: a folder with ``assignment.toml`` and the model files that it names.

Its tasks are of several kinds. For a *handshake* points are shared among claims that it has to hold, some of them hidden from
who hands in. A *fix* is one that holds the claims that a faulty model does not, and loses none that it holds. For a *claim*,
which has to be an invariant, points are shared among faulty models that it has to fail on (chaffs), and there are none where it
fails on a correct one (wheats). A *run* is a scenario that violates a claim about a model. An *invariant* proves a claim. What
is *equivalent* does the same as a model, step by step.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from checker.files import model_file
from checker.files.mistakes import ModelFileError, read_bytes
from checker.studies.mutants import mutants
from model.notation.sorts import NotationError, nearest
from model.tcp.assumptions import Assumptions
from model.tcp.composition import CLIENT_SERVER
from model.tcp.scope import Scope, ScopeError, scope_named
from properties.catalogue import CLAIMS
from properties.claim import Claim
from properties.specification import SPECIFICATIONS, Specification, built_in, specification

FILE = "assignment.toml"
MUTANT = "~"
"""What stands between a handshake and the name of its mutant."""
_KEYS = ("title", "scope", "assume", "states", "seconds", "hints", "task")
_ALL = ("name", "kind", "points", "file")
_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "handshake": ("like", "claims", "hidden"),
    "fix": ("like", "claims"),
    "claim": ("claim", "wheats", "chaffs"),
    "run": ("model", "claim", "steps"),
    "invariant": ("model", "claim"),
    "equivalent": ("like",),
}
"""What a task of each kind says, beside its name, its points and its file."""
OF_DATA = ("run", "invariant")
"""The kinds for which no model is handed in: a scenario, or a list of formulas, which nothing runs."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked. ``models`` are the model that it is about or like, or wheats; ``chaffs`` are faulty models, by name.

    ``file`` is what is looked for in a submission that is a folder, "" where a submission is one file. ``steps`` is how long a
    run may be, None for any length.
    """

    name: str
    kind: str
    points: Fraction
    claims: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    chaffs: tuple[str, ...] = ()
    file: str = ""
    steps: int | None = None


@dataclass(frozen=True)
class Assignment:
    """Tasks, and the setting in which submissions are judged: ``states`` and ``seconds`` limit each search."""

    folder: str
    title: str
    tasks: tuple[Task, ...]
    scope: Scope
    assumptions: Assumptions
    states: int
    seconds: float
    hints: bool

    @property
    def points(self) -> Fraction:
        """How much there is to earn."""
        return sum((task.points for task in self.tasks), Fraction(0))

    @property
    def files(self) -> tuple[str, ...]:
        """The files that a submission consists of; none where it is one file by any name."""
        return tuple(dict.fromkeys(task.file for task in self.tasks if task.file))

    @cached_property
    def models(self) -> Mapping[str, Specification]:
        """The models that tasks name, by name."""
        names = dict.fromkeys(name for task in self.tasks for name in (*task.models, *task.chaffs))
        return {name: self._model(name) for name in names}

    def check(self) -> None:
        """Raise what is wrong in what it names: models and claims."""
        for task in self.tasks:
            for name in (*task.claims, *task.hidden) if task.kind != "claim" else ():
                self.claim(task, name)
        _ = self.models

    def _model(self, name: str) -> Specification:
        name, _, mutant = name.partition(MUTANT)
        if mutant:
            return self._mutant(self._model(name), mutant)
        if name.partition("/")[0] in SPECIFICATIONS:
            return built_in(name)
        whole, _, composition = name.rpartition("/")
        file = whole if model_file.is_path(whole) else name
        if not model_file.is_path(file):
            raise ModelFileError(
                f"{self.folder}/{FILE}: there is no handshake {name!r}, and it is no FILE.py; "
                f"{nearest(name, tuple(SPECIFICATIONS))}"
            )
        return model_file.composed(model_file.read(f"{self.folder}/{file}"), composition if file == whole else "")

    def _mutant(self, of: Specification, name: str) -> Specification:
        """Return a handshake with one branch changed, as ``mutants`` names it."""
        if of.handshake is None:
            raise ModelFileError(f"{self.folder}/{FILE}: {of.name} is no handshake: only of those are there mutants")
        found = {mutant.name: mutant for mutant in mutants(of.handshake)}
        if name not in found:
            raise ModelFileError(f"{self.folder}/{FILE}: {of.name} has no mutant {name!r}; {nearest(name, tuple(found))}")
        return specification(found[name].handshake, of.composition or CLIENT_SERVER)

    def claim(self, task: Task, name: str) -> Claim:
        """Return a claim that a task names: one about handshakes, or one that the model brings that the task is about."""
        if name in CLAIMS:
            return CLAIMS[name]
        known = {claim.name: claim for model in task.models for claim in self.models[model].claims}
        if name not in known:
            hint = nearest(name, (*CLAIMS, *known))
            raise ModelFileError(f"{self.folder}/{FILE}: task {task.name!r}: there is no claim {name!r}; {hint}")
        return known[name]


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
        if kind not in _OF_KIND:
            raise ModelFileError(f"{self.path}: there are no tasks of the kind {kind!r}; {nearest(kind, tuple(_OF_KIND))}")
        self.only(said, (*_ALL, *_OF_KIND[kind]), f"task {number}")
        name, points = self.get(said, "name", str), Fraction(self.get(said, "points", int))
        task = Task(name, kind, points, file=self.file(said, name))
        if kind == "claim":
            wheats, chaffs = self.names(said, "wheats"), self.names(said, "chaffs")
            if not wheats or not chaffs:
                raise ModelFileError(f"{self.path}: task {name!r} needs wheats and chaffs: name models for both")
            return replace(task, claims=(self.get(said, "claim", str),), models=wheats, chaffs=chaffs)
        if kind in OF_DATA:
            steps = self.get(said, "steps", int) if "steps" in said else None
            claims: tuple[str, ...] = (self.get(said, "claim", str),)
            return replace(task, claims=claims, models=(self.get(said, "model", str),), steps=steps)
        task = replace(task, models=(self.get(said, "like", str),))
        if kind == "equivalent":
            return task
        claims, hidden = self.names(said, "claims"), self.names(said, "hidden")
        if not claims and not hidden:
            raise ModelFileError(f"{self.path}: task {name!r} asks for no claims: write claims = [...]")
        return replace(task, claims=claims, hidden=hidden)

    def file(self, said: Mapping[str, Any], name: str) -> str:
        file = str(self.get(said, "file", str, ""))
        if file and Path(file).name != file:
            raise ModelFileError(f"{self.path}: the file of task {name!r} is {file!r}: write a name without a folder")
        return file
