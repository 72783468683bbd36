"""The covering search: a beginning of the plain search, then the richest networks forwards, and back from what decides a claim.

The argument for it, and where it may be used, is in :mod:`checker.covering`.
"""

from __future__ import annotations

from dataclasses import replace

from checker.covering.backwards import Backwards
from checker.covering.cone import left_over
from checker.covering.forwards import Forwards
from checker.covering.steps import SharedSteps
from checker.engine import Answer, Counts
from checker.explicit import search as plain
from checker.host.limits import INTERRUPTED, LimitReachedError, Limits, Schedule, Strategy
from properties.observe import Monitored

BEGINNING = 2**14
"""With how many states the plain search begins. So what a few steps violate is found at once, in an endless model too."""


def search(monitored: Monitored, limits: Limits | None = None, *, exhaust: bool = False, beginning: int = BEGINNING) -> Answer:
    """Decide the checks of a system with a network that keeps everything, as :func:`checker.explicit.search.search` does.

    What the plain search decides within its ``beginning``, so many states, is its answer. All else is decided when the search
    forwards has come to its end; so is what was exercised, and what is never taken. A limit of states counts all that are
    explored, one by one, forwards and backwards. Ctrl-C and the other limits leave what was decided until then.
    """
    limits = limits or Limits()
    watch = plain.watching(limits)
    if limits.states is not None and limits.states <= beginning:
        return plain.search(monitored, limits, exhaust=exhaust, strategy=Strategy(handover=None))
    begun = plain.search(monitored, replace(limits, states=beginning), exhaust=exhaust, strategy=Strategy(handover=None))
    if begun.reason != plain.out_of_states(beginning):
        return begun
    return _Run(monitored, begun, watch).found()


class _Run:
    """A search from where the plain one has ended."""

    def __init__(self, monitored: Monitored, begun: Answer, watch: plain.Watch) -> None:
        self.system = monitored.system
        self.begun = begun
        self.left = left_over(monitored, begun.schedules.__contains__, begun.triggered.__contains__)
        self.watch = watch
        self.schedules: dict[str, Schedule] = dict(begun.schedules)
        self.shared = SharedSteps(self.left, self._look)
        self.forwards: Forwards | None = None
        self.backwards: Backwards | None = None

    def found(self) -> Answer:
        """Search, and return what is found."""
        reason = ""
        try:
            self._search()
        except KeyboardInterrupt:
            reason = INTERRUPTED
        except LimitReachedError as limit:
            reason = str(limit)
        except MemoryError:
            reason = "the system gave no more memory"
        forwards, system, taken = self.forwards, self.system, self.shared.taken
        met = {check.name for i, check in enumerate(self.left.checks) if self.shared.triggered >> i & 1}
        return Answer(
            schedules=self.schedules,
            triggered=self.begun.triggered | met,
            complete=not reason,
            ground="" if reason else plain.saw_all(system),
            reason=reason,
            counts=Counts(
                states=0 if forwards is None else forwards.states,
                transitions=0 if forwards is None else forwards.steps,
                depth=None,
                richest=True,
                never_taken=() if reason else tuple(a.name for a, was in zip(system.actions, taken, strict=True) if not was),
            ),
        )

    def _search(self) -> None:
        """Search to the end; raise where something forbids to go on."""
        self.forwards = Forwards(self.shared)
        self.forwards.explore(self._look)
        self.backwards = Backwards(self.forwards)
        for number, check in enumerate(self.left.checks):
            run = self.backwards.shortest(number, self._look)
            if run is not None:
                self.schedules[check.name] = run

    def _look(self) -> None:
        """Look up now and then; raise where the search has to end."""
        states, waiting = self.begun.counts.states or 0, 0
        if self.forwards is not None:
            states, waiting = states + self.forwards.states, self.forwards.waiting
        if self.backwards is not None:
            states, waiting = states + self.backwards.states, self.backwards.waiting
        reason = self.watch(states, waiting, 0, None)
        if reason:
            raise LimitReachedError(reason)
