"""Questions that do not depend on each other, answered at once: here, each in a process, or wherever a cluster has a processor.

Who asks them need not know which. On a cluster each question is a task of Ray, which finds it a place, and another one where a
machine is lost. All questions travel together, once to each process there; what they need of a model file travels with them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, Self

from checker.host.forks import Message, Parent, Processes
from checker.host.machine import processors

if TYPE_CHECKING:
    from checker.host.cluster import Cluster

Task = Callable[[Parent], Any]
"""A question: what it returns and tells its parent has to be such that it can be sent."""

_cluster: ContextVar[Cluster | None] = ContextVar("cluster", default=None)
_LISTENING = 0.2
"""How many seconds may pass before what a task tells is heard."""
_LOOKING_UP = 1.0
"""How many seconds may pass before a task on a cluster notices that it was asked to stop."""


class Answers(Protocol):
    """Questions at work. Leaving the context ends those that are not answered."""

    def __enter__(self) -> Self:
        """Return the same."""

    def __exit__(self, *_: object) -> None:
        """End what is still at work."""

    @property
    def stopping(self) -> bool:
        """Whether the tasks were asked to stop."""

    def ask_to_stop(self) -> None:
        """Ask all tasks to stop. A signal's handler may do so.

        One that has not begun does not begin here; on a cluster it notices as soon as it looks up.
        """

    def said(self) -> Iterator[tuple[int, Any]]:
        """Yield what each says and its number: all that is :class:`Message`, and in the end its result, or what it raised.

        One whose process was ended from outside yields a :class:`ChildProcessError`.
        """


@contextmanager
def answered_by(cluster: Cluster) -> Iterator[None]:
    """Have a cluster answer the questions that are asked meanwhile."""
    token = _cluster.set(cluster)
    try:
        yield
    finally:
        _cluster.reset(token)


def far_away() -> bool:
    """Return whether a cluster answers: its processes share neither memory nor processors with this one."""
    return _cluster.get() is not None


def answers(tasks: Sequence[Task], at_once: int | None = None) -> Answers:
    """Return tasks to be done: enter it, and hear what is said.

    As many are done at once as there are processors, or here ``at_once``.
    """
    return _Sent(tasks) if far_away() else Processes(tasks, at_once or processors())


class _Sent:
    """Tasks that a cluster does."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._stopping = False
        self._running: dict[Any, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        import ray  # noqa: PLC0415  # takes a second to load, and is an extra

        for task in self._running:
            ray.cancel(task, force=True)

    @property
    def stopping(self) -> bool:
        return self._stopping

    def ask_to_stop(self) -> None:
        self._stopping = True

    def said(self) -> Iterator[tuple[int, Any]]:
        import ray  # noqa: PLC0415  # takes a second to load, and is an extra

        from checker.host.cluster import sending  # noqa: PLC0415  # as above

        between = ray.remote(num_cpus=0)(_Between).remote()
        with sending("what is asked"):
            packed = ray.put(list(self._tasks))
        do = ray.remote(num_cpus=1, max_retries=1)(_done_there)
        self._running = {do.remote([packed], number, between): number for number in range(len(self._tasks))}
        told_to_stop = False
        while self._running:
            ended, _ = ray.wait([*self._running], timeout=_LISTENING)
            if self._stopping and not told_to_stop:
                told_to_stop = True
                between.stop.remote()
            for number, message in ray.get(between.heard.remote()):
                yield number, Message(message)
            for task in ended:
                yield self._running.pop(task), _answer(ray, task)


class _Between:
    """An actor that tasks tell how far they have come, and who knows whether they are to stop."""

    def __init__(self) -> None:
        self._said: list[tuple[int, Any]] = []
        self._stopped = False

    def tell(self, number: int, message: Any) -> None:  # noqa: ANN401  # whatever a task tells
        self._said.append((number, message))

    def heard(self) -> list[tuple[int, Any]]:
        said, self._said = self._said, []
        return said

    def stop(self) -> None:
        self._stopped = True

    def stopped(self) -> bool:
        return self._stopped


@lru_cache(maxsize=1)
def _unpacked(packed: Any) -> list[Task]:  # noqa: ANN401  # a reference of Ray's
    """Return tasks that have arrived: once for all that one process does of them."""
    import ray  # noqa: PLC0415  # it is there, where this runs

    tasks: list[Task] = ray.get(packed)
    return tasks


def _done_there(packed: Sequence[Any], number: int, between: Any) -> Any:  # noqa: ANN401  # references of Ray's, and a result
    """Do one task in a process of a cluster, and return its result or what it raised."""
    import ray  # noqa: PLC0415  # it is there, where this runs

    asked, stopped = -_LOOKING_UP, False

    def is_stopped() -> bool:
        nonlocal asked, stopped
        now = time.monotonic()
        if not stopped and now >= asked + _LOOKING_UP:
            stopped, asked = bool(ray.get(between.stopped.remote())), now
        return stopped

    try:
        return _unpacked(packed[0])[number](Parent(lambda message: between.tell.remote(number, message), is_stopped))
    except Exception as error:  # noqa: BLE001  # it is raised by who asked
        return error


def _answer(ray: Any, task: Any) -> Any:  # noqa: ANN401  # of Ray's, and a result
    try:
        return ray.get(task)
    except ray.exceptions.RayError as error:
        return ChildProcessError(f"a process of the cluster was ended from outside: {error}")
