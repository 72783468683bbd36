"""What is handed in, and why it may not be judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checker.grading.assignment import Task
from properties.specification import Specification


class NotGradedError(Exception):
    """The clock ended what would have decided a mark; the message says what it was."""


class RefusedError(Exception):
    """What was handed in is not what was asked for. The message can be told in another language."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What was handed in: ``reads`` runs a model file by its path, and ``path`` finds the file of a task.

    A handshake is put together for the endpoints of what it has to be like: ``reads`` is told their composition, by name. It
    raises why a file is no model.
    """

    path: Callable[[Task], str]
    reads: Callable[[str, str], Specification]


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed in for a task: the ``path`` of its file, and the ``model`` that it defines, for which its code runs."""

    path: str
    model: Callable[[], Specification]
