"""Several counterexamples to one claim that differ in what is done in them, and not only in numbers or order.

Two runs are told apart by how often each action is taken in them. One in which everything is done that is done in another, and
more, shows nothing new and is left out. What is found is then every way in which the claim can fail, the shortest first, if the
search comes to its end: a run that reaches a state by doing more than another run that reaches it need not be followed, since
whatever it comes to, the other comes to by doing less.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from checker.engine import Several
from checker.explicit.explorer import Explorer, Node, Successor
from checker.host.limits import LimitReachedError, Limits, Schedule, clock
from properties.observe import Monitored

MOST_RUNS = 100_000
"""How many runs are looked at where no other limit is set: some seconds, some hundred megabytes."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A run that ends in ``node``: the run before its last step, that step, and how often each action was taken."""

    node: Node
    before: _Run | None
    step: Successor | None
    taken: Counter[int]


def counterexamples(monitored: Monitored, number: int, limits: Limits | None = None) -> Several:
    """Return ``number`` runs at most that end in a step which decides the one check of ``monitored``, each unlike the others.

    Ctrl-C ends the search like a limit does.
    """
    search = _Search(monitored, number, limits or Limits())
    try:
        every = search.run()
    except (KeyboardInterrupt, LimitReachedError):
        every = False
    return Several(tuple(search.found), every)


class _Search:
    def __init__(self, monitored: Monitored, number: int, limits: Limits) -> None:
        self.explorer = Explorer(monitored, self._look_up)
        self._expired = clock(limits)
        self.number = number
        self.limits = limits
        self.most = limits.states or MOST_RUNS
        self.found: list[Schedule] = []
        self.ways: list[Counter[int]] = []
        self.looked_at: dict[Node, list[Counter[int]]] = {}
        self.count = 0

    def run(self) -> bool:
        """Search, and return whether it came to its end."""
        frontier = [_Run(self.explorer.initial, None, None, Counter())]
        depth = 0
        while frontier:
            if self.limits.depth is not None and depth >= self.limits.depth:
                return False
            following: list[_Run] = []
            for run in frontier:
                self._look(run, following)
                if len(self.found) == self.number or self.count > self.most or self._over():
                    return False
            frontier, depth = following, depth + 1
        return True

    def _look_up(self) -> None:
        if self._over():
            raise LimitReachedError

    def _over(self) -> bool:
        return self._expired() or (self.limits.interrupted is not None and self.limits.interrupted())

    def _look(self, run: _Run, following: list[_Run]) -> None:
        """Note the counterexamples that end in a step from here, and add the runs that are one step longer."""
        (control, pool), explorer = run.node, self.explorer
        if any(way <= run.taken for way in self.ways):
            return
        if explorer.lacks(control, pool):
            explorer.grow(control, pool)
        for _, step in explorer.decisive[control]:
            taken = run.taken + Counter([step.action])
            if step.possible(pool) and not any(way <= taken for way in self.ways):
                self.ways.append(taken)
                self.found.append(self._schedule(_Run(run.node, run, step, taken)))
                if len(self.found) == self.number:
                    return
        for step in explorer.moves[control]:
            node = (step.control, pool & step.keep | step.add)
            if step.possible(pool) and node != run.node:
                taken = run.taken + Counter([step.action])
                known = self.looked_at.setdefault(node, [])
                if not any(less <= taken for less in known):
                    known.append(taken)
                    self.count += 1
                    following.append(_Run(node, run, step, taken))

    def _schedule(self, run: _Run) -> Schedule:
        steps: list[Successor] = []
        at: _Run | None = run
        while at is not None and at.step is not None:
            steps.append(at.step)
            at = at.before
        return tuple(self.explorer.named(step) for step in reversed(steps))
