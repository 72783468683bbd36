"""Several counterexamples to one claim that differ in what is done in them, and not only in numbers or order.

Two runs are told apart by how often each action is taken in them. One in which everything is done that is done in another, and
more, shows nothing new and is left out. So what is found is few: the ways in which the claim can fail. The search is that of
:mod:`checker.explicit.search`, nearest states first; each state is reached by its shortest runs, those that differ in this
sense, and a run beyond a counterexample is not followed further.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from checker.explicit.search import Explorer, Node, Step
from checker.limits import Limits, Schedule, clock
from properties.observe import Monitored


@dataclass(frozen=True, slots=True)
class _Run:
    """A run that ends in ``node``: the run before its last step, that step, and how often each action was taken."""

    node: Node
    before: _Run | None
    step: Step | None
    taken: Counter[int]


def counterexamples(monitored: Monitored, limits: Limits | None = None) -> Iterator[Schedule]:
    """Yield runs that end in a step which decides the one check of ``monitored``, shortest first, each unlike the others.

    Ends without a word when a limit is reached.
    """
    bounds = limits or Limits()
    expired = clock(bounds)
    explorer = Explorer(monitored)
    found: list[Counter[int]] = []
    frontier = [_Run(explorer.initial, None, None, Counter())]
    seen = {explorer.initial: 0}
    depth = 0
    while frontier and (bounds.depth is None or depth < bounds.depth):
        following: dict[tuple[Node, frozenset[tuple[int, int]]], _Run] = {}
        for run in frontier:
            control, pool = run.node
            if any(taken <= run.taken for taken in found):
                continue
            if explorer.lacks(control, pool):
                explorer.grow(control, pool)
            for _, step in explorer.decisive[control]:
                taken = run.taken + Counter([step.action])
                if pool & step.need == step.need and not any(known <= taken for known in found):
                    found.append(taken)
                    yield _schedule(explorer, _Run(run.node, run, step, taken))
            for step in explorer.moves[control]:
                node = (step.control, pool & step.keep | step.add)
                if pool & step.need == step.need and seen.setdefault(node, depth + 1) == depth + 1:
                    taken = run.taken + Counter([step.action])
                    following.setdefault((node, frozenset(taken.items())), _Run(node, run, step, taken))
            if expired() or (bounds.states is not None and len(seen) >= bounds.states):
                return
        frontier, depth = list(following.values()), depth + 1


def _schedule(explorer: Explorer, run: _Run) -> Schedule:
    steps: list[Step] = []
    at: _Run | None = run
    while at is not None and at.step is not None:
        steps.append(at.step)
        at = at.before
    return tuple(explorer.named(step) for step in reversed(steps))
