"""The covering search: a beginning of the plain search, then the richest networks forwards, and back from what decides a claim.

The argument for it, and where it may be used, is in :mod:`checker.covering`.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace

from checker.covering.backwards import Backwards
from checker.covering.cone import left_over
from checker.covering.forwards import Forwards
from checker.covering.steps import SharedSteps
from checker.engine import Answer, Counts
from checker.explicit import search as plain
from checker.host.limits import INTERRUPTED, LimitReachedError, Limits, Schedule, Strategy, out_of_states
from properties.observe import Monitored

BEGINNING = 2**14
"""With how many states the plain search begins. So what a few steps violate is found at once, in an endless model too."""
TURN = 2**17
"""After how many states forwards the plain search has its first turn, with so many times as many; each later turn is longer."""
_QUICKER, _LONGER = 4, 4


def search(  # noqa: PLR0913  # as it is asked, and two figures for tests
    monitored: Monitored,
    limits: Limits | None = None,
    *,
    exhaust: bool = False,
    strategy: Strategy | None = None,
    beginning: int = BEGINNING,
    turn: int = TURN,
) -> Answer:
    """Decide the checks of a system with a network that keeps everything, as :func:`checker.explicit.search.search` does.

    What the plain search decides within its ``beginning``, so many states, is its answer. All else is decided when the search
    forwards has come to its end; so is what was exercised, and what is never taken. That may never be, or be late: so after
    ``turn`` states the plain search goes further, then the search forwards, and so on. A limit of states counts all that are
    explored. Ctrl-C and the other limits leave what was decided until then.
    """
    limits, strategy = limits or Limits(), strategy or Strategy()
    run = _Run(monitored, limits, exhaust=exhaust)
    begun = run.plainly(beginning, limits.seconds, replace(strategy, handover=None))
    more = begun.reason == out_of_states(beginning) and limits.states != beginning
    return run.found(strategy, turn) if more else begun


class _Run:
    """A search: what was found so far, and how many states were explored one by one."""

    def __init__(self, monitored: Monitored, limits: Limits, *, exhaust: bool) -> None:
        self.monitored = monitored
        self.limits = limits
        self.exhaust = exhaust
        self.watch = plain.watching(limits)
        self.end = None if limits.seconds is None else time.monotonic() + limits.seconds
        self.schedules: dict[str, Schedule] = {}
        self.triggered = frozenset[str]()
        self.one_by_one = 0
        self.shared: SharedSteps | None = None
        self.forwards: Forwards | None = None
        self.backwards: Backwards | None = None

    def plainly(self, most: int, seconds: float | None, strategy: Strategy) -> Answer:
        """Search plainly, so many states and seconds at most, and return what was found, in this search and in others."""
        states = most if self.limits.states is None else min(most, self.limits.states - self.explored)
        limits = replace(self.limits, states=states, seconds=seconds)
        found = plain.search(self.monitored, limits, exhaust=self.exhaust, strategy=strategy)
        self.schedules = {**found.schedules, **self.schedules}
        self.triggered |= found.triggered
        self.one_by_one += found.counts.states or 0
        return replace(found, schedules=self.schedules, triggered=self.triggered)

    def found(self, strategy: Strategy, turn: int) -> Answer:
        """Search forwards and backwards, and return what is found."""
        reason = ""
        try:
            answer = self._search(strategy, turn)
            if answer is not None:
                return answer
        except KeyboardInterrupt:
            reason = INTERRUPTED
        except LimitReachedError as limit:
            reason = limit.reason
        except MemoryError:
            if self.forwards is not None:
                self.forwards.reached.clear()  # what is said next needs some
            reason = "the system gave no more memory"
        forwards, shared = self.forwards, self.shared
        counts = Counts(
            states=0 if forwards is None else forwards.states,
            transitions=0 if forwards is None else forwards.steps,
            depth=None,
            richest=True,
            never_taken=() if reason or shared is None else shared.never_taken,
        )
        triggered = self.triggered if shared is None else self.triggered | shared.triggered_checks
        ground = "" if reason else plain.saw_all(self.monitored.system)
        return Answer(
            schedules=self.schedules, triggered=triggered, complete=not reason, ground=ground, reason=reason, counts=counts
        )

    @property
    def explored(self) -> int:
        """How many states were explored, in whatever way."""
        return self.one_by_one + sum(search.states for search in (self.forwards, self.backwards) if search is not None)

    def _search(self, strategy: Strategy, turn: int) -> Answer | None:
        """Search to the end, forwards in turns with the plain search; return what that answers, if it is the first to end."""
        left = left_over(self.monitored, self.schedules.__contains__, self.triggered.__contains__)
        self.shared = SharedSteps(left, self._look)
        self.forwards = Forwards(self.shared)
        self.forwards.explore(self._look, turn)
        while not self.forwards.finished:
            answer = self.plainly(_QUICKER * turn, None if self.end is None else self.end - time.monotonic(), strategy)
            if not answer.reason:
                return answer
            if answer.reason == INTERRUPTED:
                raise KeyboardInterrupt
            more = answer.reason == out_of_states(_QUICKER * turn)  # else there was no memory for more, or no time
            turn *= _LONGER
            self.forwards.explore(self._look, turn if more else math.inf)
        self.backwards = Backwards(self.forwards)
        for number, check in enumerate(left.checks):
            if check.name not in self.schedules and (run := self.backwards.shortest(number, self._look)) is not None:
                self.schedules[check.name] = run
        return None

    def _look(self) -> None:
        """Look up now and then; raise where the search has to end."""
        latest = self.backwards or self.forwards
        reason = self.watch(self.explored, 0 if latest is None else latest.waiting, None, None)
        if reason:
            raise LimitReachedError(reason)
