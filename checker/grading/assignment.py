"""An assignment: tasks, and the models and claims that they name.

The tasks are of several kinds. For a *handshake* points are shared among claims that it has to hold, some of them hidden from
who hands in. A *fix* is one that holds the claims that a faulty model does not, and loses none that it holds. For a *claim*,
which has to be an invariant, points are shared among faulty models that it has to fail on (chaffs), and there are none where it
fails on a correct one (wheats). A *run* is a scenario that violates a claim about a model. An *invariant* proves a claim. What
is *equivalent* does the same as a model, step by step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from checker.engine import Setting
from checker.files import model_file
from checker.files.mistakes import ModelFileError
from checker.host.limits import Limits
from checker.studies.mutants import mutants
from model.notation.sorts import nearest
from model.notation.system import TransitionSystem
from model.tcp.assumptions import Assumptions
from model.tcp.composition import CLIENT_SERVER
from model.tcp.scope import Scope
from properties.catalogue import CLAIMS
from properties.claim import Claim
from properties.specification import SPECIFICATIONS, Specification, built_in, specification

FILE = "assignment.toml"
MUTANT = "~"
"""What stands between a handshake and the name of its mutant."""


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
    """Tasks, and the setting in which submissions are judged: ``states`` and ``seconds`` limit each search.

    ``hints`` says whether there are any, and ``rules`` whether they say what a correct model does instead.
    """

    folder: str
    title: str
    tasks: tuple[Task, ...]
    scope: Scope
    assumptions: Assumptions
    states: int
    seconds: float
    hints: bool
    rules: bool

    @property
    def points(self) -> Fraction:
        """How much there is to earn."""
        return sum((task.points for task in self.tasks), Fraction(0))

    @property
    def files(self) -> tuple[str, ...]:
        """The files that a submission consists of; none where it is one file by any name."""
        return tuple(dict.fromkeys(task.file for task in self.tasks if task.file))

    @property
    def setting(self) -> Setting:
        """What is asked in, and how far."""
        return Setting(self.scope, self.assumptions, limits=Limits(states=self.states, seconds=self.seconds))

    def built(self, spec: Specification) -> TransitionSystem:
        """Return the system of a model, as it is judged."""
        return spec.build(self.scope, self.assumptions)

    @cached_property
    def models(self) -> Mapping[str, Specification]:
        """The models that tasks name, by name."""
        names = dict.fromkeys(name for task in self.tasks for name in (*task.models, *task.chaffs))
        return {name: self._model(name) for name in names}

    def check(self) -> None:
        """Raise what is wrong in what it names: models and claims."""
        for task in self.tasks:
            for name in () if task.chaffs else (*task.claims, *task.hidden):  # where there are chaffs a claim is handed in
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
