"""Deciding a claim of liveness: every state that the scope reaches, the region of the obligation, and a fair cycle in it.

The search begins in Python. A system with a pool of segments, whose states turn out to be many, is searched again by machine
code.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checker.engine import Answer, Counts
from checker.explicit.explorer import Explorer
from checker.explicit.search import UnlikeError, explore, saw_all, watching
from checker.host.limits import INTERRUPTED, LimitReachedError, Limits, Strategy
from checker.host.machine import sensible
from checker.liveness.components import Decomposition, decompose, fair_components
from checker.liveness.cycle import lasso, stems
from checker.liveness.listed import Listed
from model.notation.said import said
from properties.observe import Monitored, Obligation

if TYPE_CHECKING:
    from checker.liveness.packed import PackedStates

MOST = 5 * 10**6
"""The most states of a region. Each takes some hundred bytes and more, with its steps."""


def find_lasso(
    monitored: Monitored, limits: Limits | None = None, strategy: Strategy | None = None, decomposed: Decomposition = decompose
) -> Answer:
    """Look for a run that leaves the obligation of the one check open for ever.

    ``monitored`` has its network written out: what is lost, and what is kept, decides whether something ever arrives. Ctrl-C
    raises, since half of a graph says nothing.
    """
    (check,) = monitored.checks
    assert check.obligation is not None
    reached, found = _reached(monitored, check.obligation, limits or Limits(), strategy or Strategy())
    named = reached.explorer.named
    nearest = reached.nearest()
    trigger = None if nearest is None else tuple(map(named, nearest))
    found = replace(found, trigger=trigger, triggered=frozenset() if trigger is None else frozenset({check.name}))
    if reached.outside > MOST:
        many = said(
            "{outside:,} states do not meet its goal, and {most:,} are the most that are compared: try a smaller scope",
            outside=reached.outside,
            most=MOST,
        )
        return replace(found, complete=False, ground="", reason=found.reason or many)
    region = reached.region()
    stem = stems(region)
    opened = int(stem.reached.sum())
    none_fair = said(
        "{all}; of {opened:,} in which it is open, none is in a fair cycle", all=saw_all(monitored.system), opened=opened
    )
    found = replace(found, ground=none_fair if found.complete else "", counts=replace(found.counts, open_states=opened))
    fair = fair_components(region, stem.reached, decomposed)
    if (fair >= 0).any():
        steps, loop = lasso(region, stem, fair, reached.run_to)
        return replace(found, schedules={check.name: tuple(map(named, steps))}, loop=loop)
    return found


def _reached(
    monitored: Monitored, obligation: Obligation, limits: Limits, strategy: Strategy
) -> tuple[Listed | PackedStates, Answer]:
    """Explore all states, or as many as the limits allow; return also what the search says of them, in which no check is."""
    handover = strategy.handover if Explorer(monitored, looking=True).has_pool else None
    first = limits if handover is None else replace(limits, states=min(handover, limits.states or handover))
    try:
        found, explorer, seen = explore(monitored, first, looking=True)
    except UnlikeError:
        handover = strategy.handover if Explorer(monitored).has_pool else None
        first = limits if handover is None else first
        found, explorer, seen = explore(monitored, first)
    if found.reason == INTERRUPTED:
        raise KeyboardInterrupt
    if found.complete or handover is None or (found.counts.states or 0) < handover:
        below = None if found.complete else found.counts.depth
        return Listed(explorer, seen, obligation, below), found
    return _by_machine_code(monitored, obligation, limits, strategy, looking=explorer.looking)


def _by_machine_code(
    monitored: Monitored, obligation: Obligation, limits: Limits, strategy: Strategy, *, looking: bool
) -> tuple[PackedStates, Answer]:
    from checker.explicit.compiled import CompiledSearch, Machine
    from checker.liveness.packed import PackedStates

    watch = watching(limits)

    def look() -> None:
        if reason := seen_to():
            raise LimitReachedError(reason)

    def seen_to() -> str:
        return watch(compiled.states, compiled.frontier, compiled.depth, compiled.nbytes)

    explorer = Explorer(monitored, look, looking=looking)
    machine = Machine(1, sensible(limits.memory), strategy.words)
    compiled = CompiledSearch(explorer, machine, lambda *_: None, keep=True)  # one thread, so that runs are the same each time
    control, pool = explorer.initial
    compiled.begin({control: [pool]}, [explorer.initial], [], 0)
    try:
        reason = compiled.explore(seen_to, limits.depth)
    except LimitReachedError as limit:
        reason = limit.reason
    actions, complete = monitored.system.actions, compiled.complete
    never = tuple(a.name for a, taken in zip(actions, explorer.taken, strict=True) if complete and not taken)
    counts = Counts(
        states=compiled.states,
        transitions=compiled.transitions,
        depth=compiled.depth,
        never_taken=never,
        workers=1,
        memory=compiled.most_bytes,
    )
    return PackedStates(compiled, obligation), Answer(complete=complete, reason=reason, counts=counts)
