"""Grading a class: each submission by itself, so that none stops the next, and none can tell who came before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from checker.files import model_file
from checker.files.mistakes import ModelFileError
from checker.grading.assignment import Assignment, Task
from checker.grading.handed import RefusedError, Submission
from checker.grading.marks import NOT_GRADED, Mark, marks, not_graded
from checker.host.crew import answers
from checker.host.forks import Parent, within
from checker.isolation import sandbox
from model.notation.said import said
from properties.specification import Specification

_SEVERAL = 2
"""From so many files on, a submission is a folder."""


@dataclass(frozen=True, slots=True)
class Graded:
    """What one submission earned: a mark for each task."""

    name: str
    marks: tuple[Mark, ...]

    @property
    def earned(self) -> Fraction:
        """All points."""
        return sum((mark.earned for mark in self.marks), Fraction(0))

    @property
    def complete(self) -> bool:
        """Whether every task was graded."""
        return all(mark.status != NOT_GRADED for mark in self.marks)

    def as_record(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {
            "submission": self.name,
            "points": str(self.earned),
            "complete": self.complete,
            "tasks": [mark.as_record() for mark in self.marks],
        }


def handed_in(path: str, files: Sequence[str] = ()) -> list[str]:
    """Return what to grade, by name: a file, or those of a folder; raise where there is nothing.

    Where a submission consists of ``files`` it is a folder with some of them, and a class is a folder of such folders. Where it
    is one file, a class may be a folder of files of that kind too, under any names.
    """
    folder = Path(path)
    kinds = {Path(file).suffix for file in files} if files else {".py"}
    alone = [f"a file that ends in {min(kinds)}"] if len(files) < _SEVERAL else []
    what = " or ".join([*([f"a folder with {' and '.join(files)}"] if files else []), *alone])
    if not folder.exists() or (folder.is_file() and not alone):
        raise ModelFileError(f"{path} is no submission: name {what}, or a folder of them")
    if folder.is_file() or any((folder / file).exists() for file in files):
        return [path]
    inside = sorted(folder.iterdir())
    found = [str(one) for one in inside if (bool(files) if one.is_dir() else bool(alone) and one.suffix in kinds)]
    if not found:
        raise ModelFileError(f"{path} has no submissions: a submission is {what}")
    return found


def graded(
    assignment: Assignment, files: Sequence[str], *, trust: bool = False, told: Callable[[int], None] = lambda _: None
) -> list[Graded]:
    """Return what each submission earned, in their order; ``told`` hears how many are done.

    Raises :class:`~checker.isolation.sandbox.IsolationError` where files cannot be isolated here and are not to be trusted.
    """
    if not trust:
        sandbox.check_can()
    assignment.check()  # mistakes of the teacher's are not the students'
    found: dict[int, Graded] = {}
    with answers([partial(_one, assignment, file, trust) for file in files]) as asked:
        for number, answer in asked.said():
            if not isinstance(answer, Exception):
                found[number] = answer
                told(len(found))
    broken = said("what graded it was ended from outside: grade it again")
    return [found.get(n) or _not_graded(assignment, file, broken) for n, file in enumerate(files)]


def _one(assignment: Assignment, file: str, trust: bool, _: Parent) -> Graded:
    """Grade a submission in a process of its own, which is ended when it takes far longer than its searches may."""
    seconds = sandbox.USUAL.seconds + 2 * assignment.seconds * len(assignment.tasks)

    def task(_: Parent) -> tuple[Mark, ...]:
        handed = Submission(partial(_path, file), partial(_read, assignment, trust=trust))
        return tuple(marks(assignment, handed))

    try:
        found = within(seconds, task)
    except Exception as error:  # noqa: BLE001  # whatever one submission does, the others are graded
        return _not_graded(assignment, file, said("grading it failed: {error}", error=str(error)))
    return _not_graded(assignment, file, said("grading it took too long")) if found is None else Graded(_name(file), found)


def _not_graded(assignment: Assignment, file: str, why: str) -> Graded:
    return Graded(_name(file), tuple(not_graded(task, why) for task in assignment.tasks))


def _name(handed: str) -> str:
    """Return what a submission is called: as its folder is, or as its file without its end."""
    path = Path(handed).absolute()
    return path.name if path.is_dir() else path.stem


def _path(handed: str, task: Task) -> str:
    """Return the file of a task; raise where it was not handed in, or is elsewhere."""
    whole = Path(handed)
    path = whole / task.file if whole.is_dir() else whole
    if whole.is_symlink() or path.is_symlink() or (task.file and not path.is_file()):
        raise RefusedError(said("{file} was not handed in", file=task.file or path.name))
    return str(path)


def _read(assignment: Assignment, file: str, composition: str, *, trust: bool) -> Specification:
    if trust:
        return model_file.composed(model_file.read(file), composition)
    file = f"{file}/{composition}" if composition else file
    return sandbox.isolated(file, assignment.scope, assignment.assumptions)
