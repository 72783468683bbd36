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
    names = [claim.name for claim in claims]
    ends: list[Connection] = []
    for handshake in handshakes:
        mine, theirs = multiprocessing.Pipe(duplex=False)
        worker = multiprocessing.Process(target=_work, args=(handshake, names, setting, stop, theirs), daemon=True)
        worker.start()
        theirs.close()
        ends.append(mine)
    results: list[list[Verdict]] = []
    while len(results) < len(ends):
        try:
            answer = ends[len(results)].recv()
        except KeyboardInterrupt:
            stop.set()
            continue
        if isinstance(answer, Exception):
            raise answer
        results.append(answer)
    if stop.is_set():
        raise InterruptedSearchError([verdict for verdicts in results for verdict in verdicts])
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
    limits = replace(setting.limits, interrupted=stop.is_set)
    try:
        answer: list[Verdict] | Exception = decide(
            handshake, [CLAIMS[name] for name in claims], replace(setting, limits=limits)
        )
    except InterruptedSearchError as interrupted:
        answer = interrupted.verdicts
    except Exception as error:  # noqa: BLE001  # whatever it is, the parent raises it
        answer = error
    end.send(answer)
