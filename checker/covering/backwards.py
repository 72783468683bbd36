"""Backwards: from the steps that decide a check to the initial state, with the fewest segments that are needed.

A state is a control and the rows that the network has to have in it. Going back over a step takes away the rows that it adds,
and asks for the one that it needs. What asks for more than another state of the same control did, no later, need not be looked
at; nor what asks for more than any state has that can be reached. The search is breadth first, so where the initial state has
what is asked for, the number of steps back is the length of a shortest run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from checker.covering.forwards import Forwards
from checker.covering.steps import Step, Steps
from checker.host.limits import Schedule

_SLICE = 256
"""How many states are explored between two looks at the clock."""


class Backwards:
    """The ways to what decides checks, in a system that was searched forwards to the end."""

    def __init__(self, forwards: Forwards) -> None:
        if not forwards.finished:
            raise AssertionError("what is not known to be reachable is known not to be only when the search has finished")
        self._forwards = forwards
        self._table = forwards.table
        self.states = 0
        """How many states were explored."""
        self.waiting = 0
        """How many of them are a step further from the end, and wait."""
        self._into: list[tuple[int, dict[int, list[Step]]]] = []
        """For each action, the bits of a control that matter to it, and by these after a step, the steps."""
        self._decided = 0
        """The checks that some step decides, as a set of bits."""
        for taking in self._table.takings.values():
            into: defaultdict[int, list[Step]] = defaultdict(list)
            for steps in taking.known.values():
                for checks, _ in steps.decisive:
                    self._decided |= checks
                for step in (*steps.senders, *steps.changers):
                    into[steps.control ^ step.turn].append(step)
            if into:
                self._into.append((taking.mask, dict(into)))

    def shortest(self, check: int, look: Callable[[], None]) -> Schedule | None:
        """Return a shortest run to a step that decides a check, by its number; None where there is none.

        ``look`` is called now and then, and raises to end the search.
        """
        if not self._decided >> check & 1:
            return None
        wanted: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        first, start = self._table.initial
        level: list[tuple[int, int]] = []
        for control, at in self._forwards.reached.items():
            for _, step in _deciding(at.steps, check):
                self._ask(control, step.need, 1, wanted, level)
        left = 1
        while level:
            if any(control == first and not rows & ~start for control, rows in level):
                return self._followed(check, left, wanted)
            earlier: list[tuple[int, int]] = []
            for number, (control, rows) in enumerate(level):
                self.states += 1
                if number % _SLICE == 0:
                    self.waiting = len(earlier)
                    look()
                for mask, into in self._into:
                    for step in into.get(control & mask, ()):
                        if (step.turn or step.add & rows) and not rows & ~(step.keep | step.add):
                            self._ask(control ^ step.turn, rows & ~step.add | step.need, left + 1, wanted, earlier)
            level, left = earlier, left + 1
        return None

    def _ask(
        self, control: int, rows: int, left: int, wanted: dict[int, list[tuple[int, int]]], level: list[tuple[int, int]]
    ) -> None:
        """Note what is asked for in a control so many steps before the end, unless less is, or nothing there can have it."""
        at = self._forwards.reached.get(control)
        if at is None or not at.covers(rows):
            return
        known = wanted[control]
        if any(rows & fewer == fewer for fewer, _ in known):
            return
        known.append((rows, left))
        level.append((control, rows))

    def _followed(self, check: int, left: int, wanted: dict[int, list[tuple[int, int]]]) -> Schedule:
        """Return the run of so many steps that takes, of those that lead on, always the first."""
        control, pool = self._table.initial
        run: list[tuple[int, Step]] = []
        while left > 1:
            left -= 1
            number, step = next(
                (number, step)
                for number, step in self._possible(control, pool)
                if any(
                    after <= left and not rows & ~(pool & step.keep | step.add)
                    for rows, after in wanted.get(control ^ step.turn, ())
                )
            )
            run.append((number, step))
            control, pool = control ^ step.turn, pool & step.keep | step.add
        steps = self._forwards.reached[control].steps
        run.append(next((number, step) for number, step in _deciding(steps, check) if pool & step.need == step.need))
        return tuple(self._table.named(number, step) for number, step in run)

    def _possible(self, control: int, pool: int) -> Iterator[tuple[int, Step]]:
        for steps in self._forwards.reached[control].steps:
            for step in (*steps.senders, *steps.changers):
                if pool & step.need == step.need:
                    yield steps.taking.number, step


def _deciding(actions: list[Steps], check: int) -> Iterator[tuple[int, Step]]:
    for steps in actions:
        for checks, step in steps.decisive:
            if checks >> check & 1:
                yield steps.taking.number, step
