"""Several specifications at once, a process for each (:mod:`checker.host.crew`).

Here workers are forked, so that a model file is read once and its claims, which are functions, need not be sent; what comes
back names claims by their number. They ignore Ctrl-C, which a terminal sends to them as well; the parent asks them to stop, so
that each ends its search in order and hands over what it has. Where processes cannot be forked the searches take turns. Of a
cluster each has a processor, and that one's part of the memory of its machine.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from checker.decide import InterruptedSearchError, Setting, decide, interruptible
from checker.engines import shared_out
from checker.host.crew import Answers, answers, far_away
from checker.host.forks import Message, Parent
from checker.host.interrupt import noticing
from checker.host.limits import Progress
from checker.host.machine import processors, sensible
from checker.verdict import Outcome, Verdict
from properties.claim import Claim
from properties.specification import Specification

Asked = tuple[Specification, Sequence[Claim]]
"""A specification, and the claims to be decided about it."""


Task = tuple[Callable[[Setting], list[Verdict]], Sequence[Claim]]
"""What is to be decided in one process, and which claim each of its verdicts is about."""


_SEVERAL = 2
Failed = Callable[[int, Exception], list[Verdict]]
"""What is asked for verdicts in place of those of a task that raised something: it may raise that as well."""


def _raised(_: int, error: Exception) -> list[Verdict]:
    raise error


def decide_each(asked: Sequence[Asked], setting: Setting, failed: Failed = _raised) -> list[list[Verdict]]:
    """Decide claims about several specifications, and return the verdicts of each in order.

    Raises :class:`~checker.decide.InterruptedSearchError`, with the verdicts of all, when Ctrl-C ends the searches, and
    whatever one of them raises unless ``failed`` has verdicts for that.
    """
    return at_once([(partial(decide, spec, claims), claims) for spec, claims in asked], setting, failed)


def decide_apart(spec: Specification, claims: Sequence[Claim], setting: Setting) -> list[Verdict]:
    """Decide claims about one specification; where each has a search of its own, several of these at once.

    So it is where an attacker forges segments. Whoever is done takes the next search: one may be as long as all the others.
    They have the seconds of the setting together. A search that is kept on disk, or has a cluster, is done here.
    """
    groups = [together for _, together in shared_out(claims, setting, apart=True)] if spec.asks_apart else []
    parts = min(len(groups), setting.strategy.workers)
    if parts < _SEVERAL or setting.strategy.keep is not None or setting.strategy.cluster is not None:
        return decide(spec, claims, setting)
    seconds = setting.limits.seconds
    end = None if seconds is None else time.time() + seconds  # the clock of the day: another machine has it too
    try:
        found = at_once([(partial(_decide_until, end, spec, group), group) for group in groups], setting, most=parts)
    except InterruptedSearchError as interrupted:
        raise InterruptedSearchError(_in_order(claims, interrupted.verdicts)) from None
    return _in_order(claims, [verdict for verdicts in found for verdict in verdicts])


def _decide_until(end: float | None, spec: Specification, claims: Sequence[Claim], setting: Setting) -> list[Verdict]:
    """Decide claims with the seconds of the setting, or those that are left until ``end`` by the clock of the day."""
    seconds = setting.limits.seconds
    left = seconds if seconds is None or end is None else max(0.0, min(seconds, end - time.time()))
    return decide(spec, claims, replace(setting, limits=replace(setting.limits, seconds=left)))


def _in_order(claims: Sequence[Claim], verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return verdicts in the order of their claims, as far as there are any."""
    of = {verdict.question.claim.name: verdict for verdict in verdicts}
    return [of[claim.name] for claim in claims if claim.name in of]


def at_once(tasks: Sequence[Task], setting: Setting, failed: Failed = _raised, most: int | None = None) -> list[list[Verdict]]:
    """Do several tasks, all at once or the ``most``, and return the verdicts of each in order.

    :func:`decide_each` says what Ctrl-C does.
    """
    far, most = far_away(), most or len(tasks)
    if not far and (len(tasks) == 1 or (os.cpu_count() or 1) == 1 or not hasattr(os, "fork")):
        with interruptible(setting) as (own, _):
            return _one_by_one(tasks, own, failed)
    share = _sent(setting) if far else _share(setting, most)
    work = _work_there if far else _work
    with answers([partial(work, decided, share) for decided, _ in tasks], at_once=most) as asked:
        with noticing(asked.ask_to_stop):  # not raised while a worker starts, nor while one is heard
            results = _gather(asked, len(tasks), setting.limits.progress, failed)
        interrupted = asked.stopping
    verdicts = [
        _glance(task, share, found) if isinstance(found, ChildProcessError) else _of_claims(found, task[1])
        for task, found in zip(tasks, results, strict=True)
    ]
    if interrupted:
        raise InterruptedSearchError([verdict for found in verdicts for verdict in found])
    return verdicts


def _glance(task: Task, setting: Setting, killed: ChildProcessError) -> list[Verdict]:
    """Return verdicts in place of a search that was killed: what is not decided at a glance is unknown, and why.

    That is done in a process of its own again, since it may end as the search has ended. Raises ``killed`` then.
    """
    at_once = replace(setting, limits=replace(setting.limits, seconds=0.0, progress=None))
    with answers([partial(_work, task[0], at_once)]) as asked:
        ((_, found),) = asked.said()
    if isinstance(found, Exception):
        raise killed
    return [
        replace(verdict, reason=str(killed)) if verdict.outcome is Outcome.UNKNOWN else verdict
        for verdict in _of_claims(found, task[1])
    ]


def _share(setting: Setting, searches: int) -> Setting:
    """Return the setting of each of several searches at once: its part of the threads and of the memory."""
    memory = sensible(setting.limits.memory) // searches
    strategy = replace(setting.strategy, workers=max(1, setting.strategy.workers // searches))
    return replace(setting, limits=replace(setting.limits, memory=memory), strategy=strategy)


def _of_claim(verdict: Verdict, claim: Any) -> Verdict:  # noqa: ANN401  # None while it is sent
    return replace(verdict, question=replace(verdict.question, claim=claim))


def _of_claims(verdicts: Sequence[Verdict], claims: Sequence[Claim]) -> list[Verdict]:
    return [_of_claim(verdict, claim) for verdict, claim in zip(verdicts, claims, strict=False)]


def _gather(
    asked: Answers, number: int, show: Callable[[Progress], None] | None, failed: Failed
) -> list[list[Verdict] | ChildProcessError]:
    """Hear from all workers: how far they have come, and in the end their results, in the order of the workers."""
    results: dict[int, list[Verdict] | ChildProcessError] = {}
    progress: dict[int, Progress] = {}
    for worker, answer in asked.said():
        if isinstance(answer, Exception) and not isinstance(answer, ChildProcessError):
            results[worker] = failed(worker, answer)
        elif not isinstance(answer, Message):
            results[worker] = answer
        elif show is not None:
            progress[worker] = answer.message
            show(_together(progress.values()))
    return [results[worker] for worker in range(number)]


def _together(searches: Collection[Progress]) -> Progress:
    return Progress(
        states=sum(p.states for p in searches),
        frontier=sum(p.frontier for p in searches),
        depth=max((p.depth for p in searches if p.depth is not None), default=None),
        seconds=max(p.seconds for p in searches),
        memory=sum(p.memory for p in searches),
        disk=sum(p.disk for p in searches),
    )


def _one_by_one(tasks: Sequence[Task], setting: Setting, failed: Failed) -> list[list[Verdict]]:
    results: list[list[Verdict]] = []
    for number, (decided, _) in enumerate(tasks):
        try:
            results.append(decided(setting))
        except Exception as error:  # noqa: BLE001  # what is not meant is raised again
            results.append(failed(number, error))
        except InterruptedSearchError as interrupted:
            before = [verdict for verdicts in results for verdict in verdicts]
            raise InterruptedSearchError([*before, *interrupted.verdicts]) from None
    return results


def _sent(setting: Setting) -> Setting:
    """Return a setting as it travels: what shows progress stays here, and there is told that somebody listens."""
    return replace(setting, limits=replace(setting.limits, progress=setting.limits.progress and _heard))


def _heard(_: Progress) -> None:
    """Stand for somebody who listens, while a setting travels."""


def _work_there(decided: Callable[[Setting], list[Verdict]], setting: Setting, parent: Parent) -> list[Verdict]:
    """Do a task on a processor of another machine, with that one's part of its machine's memory."""
    return _work(decided, _share(setting, processors()), parent)


def _work(decided: Callable[[Setting], list[Verdict]], setting: Setting, parent: Parent) -> list[Verdict]:
    limits = replace(
        setting.limits,
        interrupted=parent.stopped,
        progress=None if setting.limits.progress is None else parent.tell,
    )
    try:
        verdicts = decided(replace(setting, limits=limits))
    except InterruptedSearchError as interrupted:
        verdicts = interrupted.verdicts
    return [_of_claim(verdict, None) for verdict in verdicts]
