"""Work in processes of its own: each is a fork, so that nothing need be sent to it; what it finds comes back through a pipe.

A process may be killed at any time, by the system for want of memory, or by somebody. Nobody waits for ever then:

- The other end of a pipe closes when a process ends, whatever ended it. The parent finds nothing more in the pipe, and asks the
  system what happened; the answer is a :class:`ChildProcessError` in place of the result.
- Where the parent ends first, Linux kills its children. Elsewhere they find that nobody hears them, at the latest when they
  hand over their result. Each keeps only its own end of its own pipe, so no other process can hold one open.
- Whoever stops listening ends those that are still at work, and takes their exit codes off the system's hands.

Where a process cannot be started (there is no ``fork``, or the user may not have more processes or open files), its work is
done here.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any, Self, TypeVar

from checker.host.interrupt import noticing

Thing = TypeVar("Thing")
Result = TypeVar("Result")

Deadline = Callable[[], float | None]
"""Returns until when something may last, a time of :func:`time.monotonic`, or None for ever."""

_SET_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of Linux's prctl(2)."""


@dataclass(frozen=True, slots=True)
class Parent:
    """What a task in a process of its own has of its parent: where to tell it how far it has come, and whether to stop."""

    tell: Callable[[Any], None]
    stopped: Callable[[], bool]
    """Whether the parent has asked to stop, or is gone."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a task sends to its parent before it has ended."""

    message: Any


@dataclass(frozen=True, slots=True)
class _Child:
    process: int
    end: Connection

    def received(self) -> Any:  # noqa: ANN401  # a task's result is its own
        """Return what the child says next, :class:`Message` or its result; raise EOFError where it has ended without one."""
        try:
            said = self.end.recv_bytes()
        except OSError as error:  # it ended in the middle
            raise EOFError from error
        try:
            return pickle.loads(said)  # noqa: S301  # from a fork of this process
        except Exception as error:  # noqa: BLE001  # whatever a class does when it is made anew
            return ChildProcessError(f"what a process found cannot be read: {error}")

    def ask_to_stop(self) -> None:
        """Let the task's :attr:`Parent.stopped` be true."""
        with suppress(OSError):  # it has ended
            self.end.send_bytes(b"")

    def interrupt(self) -> None:
        """Ask the task to stop, and send Ctrl-C to its process."""
        self.ask_to_stop()
        self._send(signal.SIGINT)

    def end_now(self) -> None:
        """End the process, and let whoever listens to it notice that."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.process, number)

    def finished(self) -> int:
        """Wait until the process has ended, and return its exit code: that of a signal is negative."""
        self.end.close()
        try:
            return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        except ChildProcessError:  # somebody else has asked already
            return 0

    def kill(self) -> None:
        """End the process, if it has not ended."""
        self.end_now()
        self.finished()


class Processes:
    """Tasks that are done at once, each in a process of its own. Leaving the context ends those that have not ended.

    At most ``at_once`` are there at a time; None is all. One that has not begun when they are asked to stop does not begin.
    """

    def __init__(self, tasks: Sequence[Callable[[Parent], Any]], at_once: int | None = None) -> None:
        self._tasks = tasks
        self._at_once = len(tasks) if at_once is None else max(1, at_once)
        self._children: dict[int, _Child] = {}
        self._told: Callable[[_Child], None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children.values():
            child.kill()

    @property
    def stopping(self) -> bool:
        """Whether the tasks were told to stop, in whatever way."""
        return self._told is not None

    def ask_to_stop(self) -> None:
        """Ask all tasks to stop, which each notices when it asks its :class:`Parent`. A signal's handler may do so."""
        self._tell(_Child.ask_to_stop)

    def interrupt(self) -> None:
        """Ask all tasks to stop, and send Ctrl-C to them, which those ignore that do not do otherwise."""
        self._tell(_Child.interrupt)

    def end(self) -> None:
        """End all processes: what each would have said is then a :class:`ChildProcessError`."""
        self._tell(_Child.end_now)

    def _tell(self, how: Callable[[_Child], None]) -> None:
        self._told = how
        for child in list(self._children.values()):
            how(child)

    def said(self, deadline: Deadline | None = None) -> Iterator[tuple[int, Any]]:
        """Start the tasks, and yield what each says and its number: all that is :class:`Message`, and in the end its result.

        A task that raises yields its exception, one that is killed a :class:`ChildProcessError`. After the ``deadline``, which
        is asked for anew each time, nothing more is yielded. Tasks for which there is no process are done here, one after
        another, and no deadline interrupts one of them.
        """
        waiting = deque(enumerate(self._tasks))
        while waiting or self._children:
            alone: list[int] = []
            if self.stopping:
                waiting.clear()
            while waiting and len(self._children) < self._at_once:
                number, task = waiting.popleft()
                if not self._start(number, task):
                    alone.append(number)
            for number in alone:
                if _late(deadline):
                    return
                yield from ((number, answer) for answer in self._done_here(self._tasks[number]))
            ends = [child.end for child in self._children.values()]
            for end in wait(ends, _left(deadline)) if ends else ():
                number = next(number for number, child in self._children.items() if child.end is end)
                try:
                    answer = self._children[number].received()
                except EOFError:
                    answer = _ended(self._children.pop(number).finished())
                else:
                    if not isinstance(answer, Message):
                        self._children.pop(number).kill()
                yield number, answer
            if _late(deadline):
                return

    def _done_here(self, task: Callable[[Parent], Any]) -> list[Any]:
        said: list[Any] = []
        answer = _done(task, Parent(lambda message: said.append(Message(message)), lambda: self.stopping))
        return [*said, answer]

    def _start(self, number: int, task: Callable[[Parent], Any]) -> bool:
        child = _forked(task, [other.end for other in self._children.values()])
        if child is not None:
            self._children[number] = child
            if self._told is not None:
                self._told(child)
        return child is not None


def race(
    tasks: Sequence[Callable[[], Result]], deadline: Deadline | None = None
) -> Generator[tuple[int, Result | Exception], None, None]:
    """Do tasks at once; yield the number and the result of each as it ends, the quickest first.

    It is as :meth:`Processes.said` says. Closing the generator ends the tasks that have not ended: where not all results are
    wanted, and where an exception may come in between, as by Ctrl-C, use :func:`contextlib.closing`.
    """
    with Processes([partial(_deaf, task) for task in tasks]) as processes:
        yield from processes.said(deadline)


def within(
    seconds: float | None, task: Callable[[Parent], Result], told: Callable[[Any], None] = lambda _: None
) -> Result | None:
    """Return what a task comes to, or None where it has not ended after so many seconds: it is ended then, whatever it does.

    ``told`` hears what the task tells its parent meanwhile. Raises what the task raises, and KeyboardInterrupt where Ctrl-C has
    ended it.
    """
    until = None if seconds is None else time.monotonic() + seconds
    with Processes([task]) as processes, noticing(processes.end):
        for _, answer in processes.said(lambda: until):
            if isinstance(answer, Message):
                told(answer.message)
            elif processes.stopping:
                break
            elif isinstance(answer, Exception):
                raise answer
            else:
                result: Result = answer
                return result
        if processes.stopping:
            raise KeyboardInterrupt
    return None


def _deaf(task: Callable[[], Result], _: Parent) -> Result:
    return task()


def _left(deadline: Deadline | None) -> float | None:
    until = None if deadline is None else deadline()
    return None if until is None else max(0.0, until - time.monotonic())


def _late(deadline: Deadline | None) -> bool:
    return _left(deadline) == 0


def shared(work: Callable[[Sequence[Thing]], list[Result]], things: Sequence[Thing]) -> list[Result]:
    """Return what ``work`` makes of ``things``, all results in their order; each process gets a run of them.

    There is a process also where there is one processor: this one has to hear Ctrl-C while a solver is at work. Where no
    process can be had the work is done here. Raises what ``work`` raises, and :class:`ChildProcessError` where a process was
    killed.
    """
    processors = min(os.cpu_count() or 1, len(things))
    parts = [things[i * len(things) // processors : (i + 1) * len(things) // processors] for i in range(processors)]
    results: dict[int, list[Result]] = {}
    with closing(race([partial(work, part) for part in parts])) as ended:
        for number, answer in ended:
            if isinstance(answer, Exception):
                raise answer
            results[number] = answer
    return [result for number in sorted(results) for result in results[number]]


def _forked(task: Callable[[Parent], Result], others: Sequence[Connection]) -> _Child | None:
    """Start a process for a task, which has no use for the ends of ``others``; None where there can be none."""
    if not hasattr(os, "fork"):
        return None
    try:
        mine, theirs = Pipe()
    except OSError:
        return None
    parent = os.getpid()
    signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # a child is known, or has its own ways, before it meets one
    try:
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, ValueError, OSError):  # what is closed has nothing that could be written twice
                stream.flush()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Python's other threads here wait, and hold no lock
            process = os.fork()
        if process == 0:
            _child(task, parent, theirs, [mine, *others], before)
    except OSError:
        mine.close()
        return None
    finally:
        theirs.close()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return _Child(process, mine)


def _child(
    task: Callable[[Parent], Result], parent: int, end: Connection, others: Iterable[Connection], mask: Iterable[int]
) -> None:
    """Do a task, hand over what came of it, and end the process, without what Python does at the end of its main program."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the parent ends this process
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for other in others:
            other.close()
        _die_with(parent)
        answer = _done(task, Parent(lambda message: end.send_bytes(pickle.dumps(Message(message))), end.poll))
        end.send_bytes(_pickled(answer))
    finally:
        os._exit(0)


def _die_with(parent: int) -> None:
    """Let Linux kill this process when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before that was said
            os._exit(0)


def _done(task: Callable[[Parent], Result], parent: Parent) -> Result | Exception:
    try:
        return task(parent)
    except Exception as error:  # noqa: BLE001  # it is raised by who asked for the task
        return error


def _pickled(answer: object) -> bytes:
    try:
        return pickle.dumps(answer)
    except Exception as error:  # noqa: BLE001  # whatever a class does when it is pickled
        return pickle.dumps(ChildProcessError(f"a process cannot hand over what it found: {error}"))


def _ended(code: int) -> ChildProcessError:
    """Return the error that says how a process ended that has handed over nothing."""
    if code >= 0:
        return ChildProcessError(f"a process ended with code {code} before it had a result")
    name = signal.Signals(-code).name if -code in {*signal.Signals} else f"signal {-code}"
    return ChildProcessError(f"a process was ended from outside ({name}), perhaps for want of memory")
