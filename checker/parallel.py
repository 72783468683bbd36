"""Several specifications at once, a process for each.

Workers are forked, so that a model file is read once and its claims, which are functions, need not be sent; what comes back
names claims by their number. They ignore Ctrl-C, which a terminal sends to them as well; the parent tells them through an
event, so that each ends its search in order and hands over what it has. Where processes cannot be forked the searches take
turns.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext
from multiprocessing.synchronize import Event
from typing import Any

from checker.decide import InterruptedSearchError, Setting, decide
from checker.interrupt import noticing
from checker.limits import Progress
from checker.machine import sensible
from checker.verdict import Verdict
from properties.claim import Claim
from properties.specification import Specification

Asked = tuple[Specification, Sequence[Claim]]
"""A specification, and the claims to be decided about it."""


Task = tuple[Callable[[Setting], list[Verdict]], Sequence[Claim]]
"""What is to be decided in one process, and which claim each of its verdicts is about."""


def decide_each(asked: Sequence[Asked], setting: Setting) -> list[list[Verdict]]:
    """Decide claims about several specifications, and return the verdicts of each in order.

    Raises :class:`~checker.decide.InterruptedSearchError`, with the verdicts of all, when Ctrl-C ends the searches.
    """
    return at_once([(partial(decide, spec, claims), claims) for spec, claims in asked], setting)


def at_once(tasks: Sequence[Task], setting: Setting) -> list[list[Verdict]]:
    """Do several tasks at once, and return the verdicts of each in order; :func:`decide_each` says what Ctrl-C does."""
    if len(tasks) == 1 or (os.cpu_count() or 1) == 1 or "fork" not in multiprocessing.get_all_start_methods():
        return _one_by_one(tasks, setting)
    context = multiprocessing.get_context("fork")
    stop = context.Event()
    share = _share(setting, len(tasks))
    with noticing(stop.set):  # not raised while a worker starts, nor while one is heard
        ends = [_start(context, task, share, stop) for task in tasks]
        results = _gather(ends, setting.limits.progress)
    verdicts = [
        [_of_claim(verdict, claim) for verdict, claim in zip(found, claims, strict=False)]
        for found, (_, claims) in zip(results, tasks, strict=True)
    ]
    if stop.is_set():
        raise InterruptedSearchError([verdict for found in verdicts for verdict in found])
    return verdicts


def _share(setting: Setting, searches: int) -> Setting:
    """Return the setting of each of several searches at once: its part of the threads and of the memory."""
    memory = (setting.limits.memory or sensible()) // searches
    means = replace(setting.means, workers=max(1, setting.means.workers // searches))
    return replace(setting, limits=replace(setting.limits, memory=memory), means=means)


def _of_claim(verdict: Verdict, claim: Any) -> Verdict:  # noqa: ANN401  # None while it is sent
    return replace(verdict, question=replace(verdict.question, claim=claim))


def _start(context: ForkContext, task: Task, setting: Setting, stop: Event) -> Connection:
    mine, theirs = context.Pipe(duplex=False)
    context.Process(target=_work, args=(task, setting, stop, theirs), daemon=True).start()
    theirs.close()
    return mine


def _gather(ends: Sequence[Connection], show: Callable[[Progress], None] | None) -> list[list[Verdict]]:
    """Hear from all workers: how far they have come, and in the end their results, in the order of the workers."""
    results: dict[Connection, list[Verdict]] = {}
    progress: dict[Connection, Progress] = {}
    while len(results) < len(ends):
        for end in wait([end for end in ends if end not in results]):
            assert isinstance(end, Connection)
            try:
                answer = end.recv()
            except EOFError:
                raise ChildProcessError("a search was ended from outside, perhaps for want of memory: try --memory") from None
            if isinstance(answer, Exception):
                raise answer
            if not isinstance(answer, Progress):
                results[end] = answer
            elif show is not None:
                progress[end] = answer
                show(_together(progress.values()))
    return [results[end] for end in ends]


def _together(searches: Collection[Progress]) -> Progress:
    return Progress(
        states=sum(p.states for p in searches),
        frontier=sum(p.frontier for p in searches),
        depth=max(p.depth for p in searches),
        seconds=max(p.seconds for p in searches),
        memory=sum(p.memory for p in searches),
    )


def _one_by_one(tasks: Sequence[Task], setting: Setting) -> list[list[Verdict]]:
    results: list[list[Verdict]] = []
    for decided, _ in tasks:
        try:
            results.append(decided(setting))
        except InterruptedSearchError as interrupted:
            before = [verdict for verdicts in results for verdict in verdicts]
            raise InterruptedSearchError([*before, *interrupted.verdicts]) from None
    return results


def _work(task: Task, setting: Setting, stop: Event, end: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None
    limits = replace(
        setting.limits,
        interrupted=lambda: stop.is_set() or not parent.is_alive(),
        progress=None if setting.limits.progress is None else end.send,
    )
    try:
        verdicts = task[0](replace(setting, limits=limits))
    except InterruptedSearchError as interrupted:
        verdicts = interrupted.verdicts
    except Exception as error:  # noqa: BLE001  # whatever it is, the parent raises it
        if parent.is_alive():
            end.send(error)
        return
    if parent.is_alive():
        end.send([_of_claim(verdict, None) for verdict in verdicts])
