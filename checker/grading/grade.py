"""Grading a class: each submission by itself, so that none stops the next, and none can tell who came before it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from checker.files import model_file
from checker.files.mistakes import ModelFileError
from checker.grading.assignment import Assignment, Task
from checker.grading.marks import NOT_GRADED, Mark, Submission, marks, not_graded
from checker.host.forks import Message, Parent, Processes, within
from checker.isolation import sandbox
from model.notation.said import said
from properties.specification import Specification


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

    Where a submission consists of several ``files`` it is a folder with some of them, and a class is a folder of such folders.
    """
    folder = Path(path)
    if not folder.is_dir():
        return [path]
    if files and any((folder / file).exists() for file in files):
        return [path]
    found = sorted(str(one) for one in folder.iterdir() if (one.is_dir() if files else one.suffix == ".py"))
    if not found:
        what = f"a folder with {' and '.join(files)}" if files else "a file that ends in .py"
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
    workers = min(os.cpu_count() or 1, len(files))
    found: dict[int, Graded] = {}
    numbers = [range(worker, len(files), workers) for worker in range(workers)]
    tasks = [partial(_several, assignment, files, some, trust) for some in numbers]
    with Processes(tasks) as processes:
        for _, message in processes.said():
            if isinstance(message, Message):
                number, one = message.message
                found[number] = one
                told(len(found))
    broken = said("what graded it was ended from outside: grade it again")
    return [found.get(n) or _not_graded(assignment, file, broken) for n, file in enumerate(files)]


def _several(assignment: Assignment, files: Sequence[str], numbers: Sequence[int], trust: bool, parent: Parent) -> None:
    for number in numbers:
        parent.tell((number, _one(assignment, files[number], trust=trust)))


def _one(assignment: Assignment, file: str, *, trust: bool) -> Graded:
    """Grade a submission in a process of its own, which is ended when it takes far longer than its searches may."""
    seconds = sandbox.USUAL.seconds + 2 * assignment.seconds * len(assignment.tasks)

    def task(_: Parent) -> tuple[Mark, ...]:
        handed = Submission(partial(_path, file), partial(_read, assignment, trust=trust))
        return tuple(marks(assignment, handed))

    try:
        found = within(seconds, task)
    except Exception as error:  # noqa: BLE001  # whatever one submission does, the others are graded
        return _not_graded(assignment, file, said("grading it failed: {error}", error=str(error)))
    return _not_graded(assignment, file, said("grading it took too long")) if found is None else Graded(Path(file).stem, found)


def _not_graded(assignment: Assignment, file: str, why: str) -> Graded:
    return Graded(Path(file).stem, tuple(not_graded(task, why) for task in assignment.tasks))


def _path(handed: str, task: Task) -> str:
    """Return the file of a task; raise where it was not handed in, or is elsewhere."""
    if not task.file:
        return handed
    path = Path(handed) / task.file
    if path.is_symlink() or not path.is_file():
        raise ModelFileError(f"{task.file} was not handed in")
    return str(path)


def _read(assignment: Assignment, file: str, composition: str, *, trust: bool) -> Specification:
    if trust:
        return model_file.composed(model_file.read(file), composition)
    file = f"{file}/{composition}" if composition else file
    return sandbox.isolated(file, assignment.scope, assignment.assumptions)
