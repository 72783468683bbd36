"""What a submission earns: for each task points out of points, why not more, and what to look at next.

Marks depend on the submission and the assignment alone. What decides them counts states; where the clock or a process that
broke off is the reason that nothing is known, a task is *not graded*, and that is not zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from checker.files.mistakes import CertificateError, ModelFileError
from checker.grading.assignment import Assignment, Task
from checker.grading.handed import Handed, NotGradedError, RefusedError, Submission
from checker.grading.judges import KINDS
from model.notation.sorts import NotationError
from model.tcp.scope import ScopeError
from properties.specification import Specification

GRADED, NOT_GRADED = "graded", "not graded"


@dataclass(frozen=True, slots=True)
class Mark:
    """What one task earned. ``lost`` says for what points were not given, and ``hints`` what to look at next.

    ``fell`` names what was lost, for the teacher alone: claims, hidden ones too, or faulty models that went unnoticed.
    """

    task: str
    points: str
    of: str
    status: str = GRADED
    lost: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    fell: tuple[str, ...] = ()

    @property
    def earned(self) -> Fraction:
        """The points."""
        return Fraction(self.points)

    def as_record(self) -> dict[str, Any]:
        """Return the mark for ``--json``: points are fractions, as texts. A hidden claim stays hidden."""
        shown = {name: value for name, value in asdict(self).items() if name != "fell"}
        return {**shown, "lost": list(self.lost), "hints": list(self.hints)}


def marks(assignment: Assignment, handed: Submission) -> list[Mark]:
    """Return what a submission earns in each task. A model file is run once for each composition."""
    models: dict[tuple[str, str], Specification | ModelFileError] = {}

    def model(path: str, composition: str) -> Specification:
        asked = path, composition
        if asked not in models:
            try:
                models[asked] = handed.reads(path, composition)
            except ModelFileError as error:
                models[asked] = error
        found = models[asked]
        if isinstance(found, ModelFileError):
            raise found
        return found

    return [_mark(assignment, task, partial(handed.path, task), model) for task in assignment.tasks]


def not_graded(task: Task, why: str) -> Mark:
    """Return that nothing is known of a task."""
    return Mark(task.name, "0", str(task.points), NOT_GRADED, (why,))


def _mark(assignment: Assignment, task: Task, path: Callable[[], str], model: Callable[[str, str], Specification]) -> Mark:
    from checker.isolation.sandbox import StoppedError  # noqa: PLC0415  # only where walls are used

    try:
        file, about = path(), assignment.models[task.models[0]].composition
        read = partial(model, file, "" if about is None else about.name)
        judged = KINDS[task.kind].judge(assignment, task, Handed(file, read))
    except (NotGradedError, StoppedError) as error:
        return not_graded(task, error.args[0])
    except (RefusedError, NotationError, ModelFileError, CertificateError, ScopeError) as error:
        return Mark(task.name, "0", str(task.points), lost=(error.args[0],))
    hints = tuple(judged.hints) if assignment.hints else ()
    return Mark(task.name, str(task.points * judged.share), str(task.points), GRADED, judged.lost, hints, judged.fell)
