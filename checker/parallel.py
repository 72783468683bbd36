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
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext
from multiprocessing.synchronize import Event
from typing import Any

from checker.decide import InterruptedSearchError, Setting, decide
from checker.interrupt import noticing
from checker.verdict import Verdict
from properties.claim import Claim
from properties.specification import Specification

Asked = tuple[Specification, Sequence[Claim]]
"""A specification, and the claims to be decided about it."""


def decide_each(asked: Sequence[Asked], setting: Setting) -> list[list[Verdict]]:
    """Decide claims about several specifications, and return the verdicts of each in order.

    Raises :class:`~checker.decide.InterruptedSearchError`, with the verdicts of all, when Ctrl-C ends the searches.
    """
    if len(asked) == 1 or (os.cpu_count() or 1) == 1 or "fork" not in multiprocessing.get_all_start_methods():
        return _one_by_one(asked, setting)
    context = multiprocessing.get_context("fork")
    stop = context.Event()
    with noticing(stop.set):  # not raised while a worker starts, nor while one is heard
        results = _gather([_start(context, spec, claims, setting, stop) for spec, claims in asked])
    verdicts = [
        [_of_claim(verdict, claim) for verdict, claim in zip(found, claims, strict=False)]
        for found, (_, claims) in zip(results, asked, strict=True)
    ]
    if stop.is_set():
        raise InterruptedSearchError([verdict for found in verdicts for verdict in found])
    return verdicts


def _of_claim(verdict: Verdict, claim: Any) -> Verdict:  # noqa: ANN401  # None while it is sent
    return replace(verdict, question=replace(verdict.question, claim=claim))


def _start(context: ForkContext, spec: Specification, claims: Sequence[Claim], setting: Setting, stop: Event) -> Connection:
    mine, theirs = context.Pipe(duplex=False)
    context.Process(target=_work, args=(spec, claims, setting, stop, theirs), daemon=True).start()
    theirs.close()
    return mine


def _gather(ends: Sequence[Connection]) -> list[list[Verdict]]:
    results: list[list[Verdict]] = []
    for end in ends:
        try:
            answer = end.recv()
        except EOFError:
            raise ChildProcessError("a search was ended from outside, perhaps for want of memory: try --max-states") from None
        if isinstance(answer, Exception):
            raise answer
        results.append(answer)
    return results


def _one_by_one(asked: Sequence[Asked], setting: Setting) -> list[list[Verdict]]:
    results: list[list[Verdict]] = []
    for spec, claims in asked:
        try:
            results.append(decide(spec, claims, setting))
        except InterruptedSearchError as interrupted:
            before = [verdict for verdicts in results for verdict in verdicts]
            raise InterruptedSearchError([*before, *interrupted.verdicts]) from None
    return results


def _work(spec: Specification, claims: Sequence[Claim], setting: Setting, stop: Event, end: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None
    limits = replace(setting.limits, interrupted=lambda: stop.is_set() or not parent.is_alive())
    try:
        verdicts = decide(spec, claims, replace(setting, limits=limits))
    except InterruptedSearchError as interrupted:
        verdicts = interrupted.verdicts
    except Exception as error:  # noqa: BLE001  # whatever it is, the parent raises it
        if parent.is_alive():
            end.send(error)
        return
    if parent.is_alive():
        end.send([_of_claim(verdict, None) for verdict in verdicts])
