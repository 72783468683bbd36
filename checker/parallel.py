"""Several handshakes at once, a process for each.

Workers ignore Ctrl-C, which a terminal sends to them as well; the parent tells them through an event, so that each ends its
search in order and hands over what it has.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event

from checker.decide import InterruptedSearchError, Setting, decide
from checker.interrupt import noticing
from checker.verdict import Verdict
from model.handshakes.handshake import Handshake
from properties import CLAIMS
from properties.claim import Claim


def decide_each(handshakes: Sequence[type[Handshake]], claims: Sequence[Claim], setting: Setting) -> list[list[Verdict]]:
    """Decide the same claims about several handshakes, and return the verdicts of each in order.

    Raises :class:`~checker.decide.InterruptedSearchError`, with the verdicts of all, when Ctrl-C ends the searches.
    """
    if len(handshakes) == 1 or (os.cpu_count() or 1) == 1:
        return _one_by_one(handshakes, claims, setting)
    stop = multiprocessing.Event()
    with noticing(stop.set):  # not raised while a worker starts, nor while one is heard
        results = _gather([_start(handshake, claims, setting, stop) for handshake in handshakes])
    if stop.is_set():
        raise InterruptedSearchError([verdict for verdicts in results for verdict in verdicts])
    return results


def _start(handshake: type[Handshake], claims: Sequence[Claim], setting: Setting, stop: Event) -> Connection:
    mine, theirs = multiprocessing.Pipe(duplex=False)
    names = [claim.name for claim in claims]
    multiprocessing.Process(target=_work, args=(handshake, names, setting, stop, theirs), daemon=True).start()
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


def _one_by_one(handshakes: Sequence[type[Handshake]], claims: Sequence[Claim], setting: Setting) -> list[list[Verdict]]:
    results: list[list[Verdict]] = []
    for handshake in handshakes:
        try:
            results.append(decide(handshake, claims, setting))
        except InterruptedSearchError as interrupted:
            before = [verdict for verdicts in results for verdict in verdicts]
            raise InterruptedSearchError([*before, *interrupted.verdicts]) from None
    return results


def _work(handshake: type[Handshake], claims: list[str], setting: Setting, stop: Event, end: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None
    limits = replace(setting.limits, interrupted=lambda: stop.is_set() or not parent.is_alive())
    try:
        answer: list[Verdict] | Exception = decide(
            handshake, [CLAIMS[name] for name in claims], replace(setting, limits=limits)
        )
    except InterruptedSearchError as interrupted:
        answer = interrupted.verdicts
    except Exception as error:  # noqa: BLE001  # whatever it is, the parent raises it
        answer = error
    if parent.is_alive():
        end.send(answer)
