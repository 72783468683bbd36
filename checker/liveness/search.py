"""Deciding a claim of liveness: every state that the scope reaches, the region of the obligation, and a fair cycle in it.

The search begins in Python. A system with a pool of segments, whose states turn out to be many, is searched again by machine
code.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from checker.explicit.explorer import Explorer
from checker.explicit.search import explore, watching
from checker.limits import LimitReachedError, Limits, Means, Schedule
from checker.liveness.components import Decomposition, decompose, fair_components
from checker.liveness.lasso import lasso, stems
from checker.liveness.listed import Listed
from checker.machine import sensible
from properties.observe import Monitored, Obligation

if TYPE_CHECKING:
    from checker.liveness.packed import Packed

MOST = 5 * 10**6
"""The most states of a region. Each takes some hundred bytes and more, with its steps."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """What was found of an obligation.

    ``schedule`` is a run that leaves it open, and goes round from its step ``loop`` on for ever; None where there is none.
    ``trigger`` is a shortest run to a state that meets the premise, None where none was met. The rest is as in
    :class:`checker.explicit.search.Search`; ``region`` counts the states in which the obligation can be open.
    """

    schedule: Schedule | None
    loop: int
    trigger: Schedule | None
    states: int
    transitions: int
    depth: int
    region: int
    complete: bool
    reason: str
    never_taken: tuple[str, ...]
    seconds: float
    workers: int = 0
    memory: int = 0


@dataclass(frozen=True, slots=True)
class _Counts:
    states: int
    transitions: int
    depth: int
    complete: bool
    reason: str
    never_taken: tuple[str, ...]
    workers: int = 0
    memory: int = 0


def recurrence(
    monitored: Monitored, limits: Limits | None = None, means: Means | None = None, decomposed: Decomposition = decompose
) -> Recurrence:
    """Look for a run that leaves the obligation of the one check open for ever.

    ``monitored`` has its network written out: what is lost, and what is kept, decides whether something ever arrives.
    """
    started = time.perf_counter()
    (check,) = monitored.checks
    assert check.obligation is not None
    reached, counts = _reached(monitored, check.obligation, limits or Limits(), means or Means())
    named = reached.explorer.named
    trigger = reached.nearest()
    schedule, loop, opened = None, 0, 0
    if reached.outside > MOST:
        many = (
            f"{reached.outside:,} states do not meet its goal, and {MOST:,} are the most that are compared: try a smaller scope"
        )
        counts = replace(counts, complete=False, reason=counts.reason or many)
    else:
        region = reached.region()
        found = stems(region)
        opened = int(found.reached.sum())
        fair = fair_components(region, found.reached, decomposed)
        if (fair >= 0).any():
            steps, loop = lasso(region, found, fair, reached.run_to)
            schedule = tuple(map(named, steps))
    return Recurrence(
        schedule,
        loop,
        None if trigger is None else tuple(map(named, trigger)),
        counts.states,
        counts.transitions,
        counts.depth,
        opened,
        counts.complete,
        counts.reason,
        counts.never_taken,
        time.perf_counter() - started,
        counts.workers,
        counts.memory,
    )


def _reached(monitored: Monitored, obligation: Obligation, limits: Limits, means: Means) -> tuple[Listed | Packed, _Counts]:
    """Explore all states, or as many as the limits allow."""
    handover = means.handover if Explorer(monitored).has_pool else None
    first = limits if handover is None else replace(limits, states=min(handover, limits.states or handover))
    found, explorer, seen = explore(monitored, first)
    if found.reason == "interrupted":
        raise KeyboardInterrupt
    if found.complete or handover is None or found.states < handover:
        below = None if found.complete else found.depth
        counts = _Counts(found.states, found.transitions, found.depth, found.complete, found.reason, found.never_taken)
        return Listed(explorer, seen, obligation, below), counts
    return _by_machine_code(monitored, obligation, limits, means)


def _by_machine_code(monitored: Monitored, obligation: Obligation, limits: Limits, means: Means) -> tuple[Packed, _Counts]:
    from checker.explicit.compiled import CompiledSearch, Machine
    from checker.liveness.packed import Packed

    watch = watching(limits)

    def look() -> None:
        if reason := seen_to():
            raise LimitReachedError(reason)

    def seen_to() -> str:
        return watch(compiled.states, compiled.frontier, compiled.depth, compiled.nbytes)

    explorer = Explorer(monitored, look)
    machine = Machine(1, sensible(limits.memory), means.words)
    compiled = CompiledSearch(explorer, machine, lambda *_: None, keep=True)  # one thread, so that runs are the same each time
    control, pool = explorer.initial
    compiled.begin({control: [pool]}, [explorer.initial], [], 0)
    try:
        reason = compiled.explore(seen_to, limits.depth)
    except LimitReachedError as limit:
        reason = str(limit)
    actions, complete = monitored.system.actions, compiled.complete
    never = tuple(a.name for a, taken in zip(actions, explorer.taken, strict=True) if complete and not taken)
    counts = _Counts(compiled.states, compiled.transitions, compiled.depth, complete, reason, never, 1, compiled.most_bytes)
    return Packed(compiled, obligation), counts
