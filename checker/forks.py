"""The same work for many things, on all processors: a process for each, which is a fork, so that nothing need be sent to it."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from typing import TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")


def shared(work: Callable[[Sequence[Thing]], list[Result]], things: Sequence[Thing]) -> list[Result]:
    """Return what ``work`` makes of ``things``, all results in their order; each process gets a run of them.

    Where there is one processor, or processes cannot be forked, or a process is not allowed any, the work is done here. Ctrl-C
    ends the other processes. Raises what ``work`` raises.
    """
    processors = min(os.cpu_count() or 1, len(things))
    alone = multiprocessing.current_process().daemon or "fork" not in multiprocessing.get_all_start_methods()
    if processors < 2 or alone:  # noqa: PLR2004
        return work(things)
    context = multiprocessing.get_context("fork")
    first, *others = _parts(things, processors)
    started = []
    try:
        for part in others:
            mine, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_child, args=(work, part, theirs), daemon=True)
            process.start()
            theirs.close()
            started.append((process, mine))
        results = work(first)
        for process, mine in started:
            answer = mine.recv()
            process.join()
            if isinstance(answer, BaseException):
                raise answer
            results += answer
    finally:
        for process, _ in started:
            process.terminate()
    return results


def _parts(things: Sequence[Thing], number: int) -> Iterator[Sequence[Thing]]:
    """Yield ``number`` runs of things, none of which has two more than another."""
    for i in range(number):
        yield things[i * len(things) // number : (i + 1) * len(things) // number]


def _child(work: Callable[[Sequence[Thing]], list[Result]], part: Sequence[Thing], end: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the parent ends this process
    try:
        answer: object = work(part)
    except Exception as error:  # noqa: BLE001  # it is raised again by the parent
        answer = error
    end.send(answer)
