"""Forwards: the richest states that a system can reach, those with all the segments that a control is ever reached with.

A state is completed by all steps that only send, and dropped where one with the same control and all of its segments is known.
Controls wait in the order in which they were first met, so that what leads to a control is mostly finished before the control
is gone on from: few states are explored that a richer one takes the place of.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable

from checker.covering.steps import SharedSteps, Steps

_SLICE = 256
"""How many states are explored between two looks at the clock."""


class Reached:
    """A control that was reached: its ``number``, the steps of its actions, and the pools of its richest states.

    Those that still have to be gone on from are ``waiting``. Pools that are ``known`` to be covered stay so: they are met again
    and again, above all where a guess may be spent in many ways, none of which is richer than another.
    """

    __slots__ = "known", "number", "pools", "steps", "waiting"

    def __init__(self, number: int, steps: list[Steps]) -> None:
        self.number = number
        self.steps = steps
        self.known: set[int] = set()
        self.pools: list[int] = []
        self.waiting: list[int] = []

    def covers(self, pool: int) -> bool:
        """Return whether a state was reached that has all segments of a pool."""
        if pool in self.known:
            return True
        for richer in self.pools:  # the innermost loop: any() takes twice as long
            if pool & richer == pool:
                self.known.add(pool)
                return True
        return False

    def take(self, pool: int) -> None:
        """Take in a pool that is not covered; those with fewer segments need not be gone on from."""
        poorer = [other for other in self.pools if other & pool == other]
        for other in poorer:
            self.pools.remove(other)
            if other in self.waiting:
                self.waiting.remove(other)
        self.pools.append(pool)
        self.waiting.append(pool)


class Forwards:
    """The search: ``reached`` has what was reached, by control. It is ``finished`` when there is nothing more to reach."""

    def __init__(self, table: SharedSteps) -> None:
        self.table = table
        self.reached: dict[int, Reached] = {}
        self.states = 0
        """How many states were explored."""
        self.steps = 0
        """How many steps were taken that change more than the network."""
        self.finished = False
        self._waiting: list[tuple[int, int]] = []
        control, pool = table.initial
        self._reach(control, pool)

    @property
    def waiting(self) -> int:
        """How many controls have states that were not gone on from."""
        return len(self._waiting)

    def explore(self, look: Callable[[], None], most: float = math.inf) -> None:
        """Explore to the end, or ``most`` states in all, unless ``look``, called now and then, raises to end it."""
        reached, waiting = self.reached, self._waiting
        following = _SLICE
        while waiting and self.states < most:
            _, control = heapq.heappop(waiting)
            at = reached[control]
            while at.waiting:
                self._go_on(control, at, at.waiting.pop())
            if self.states >= following:
                following = self.states + _SLICE
                look()
                self.table.pace.begin()
        self.finished = not waiting

    def _go_on(self, control: int, at: Reached, pool: int) -> None:
        reach, reached = self._reach, self.reached
        self.states += 1
        taken = 0
        for steps in at.steps:
            for need, keep, add, turn, _ in steps.changers:
                if pool & need == need:
                    taken += 1
                    after = reached.get(control ^ turn)
                    richer = pool & keep | add
                    if after is None or not after.covers(richer):
                        reach(control ^ turn, richer)
        self.steps += taken
        self.table.pace.spend(taken)

    def _reach(self, control: int, pool: int) -> None:
        """Take in a state that is not covered, after all steps that only send."""
        at = self.reached.get(control)
        if at is None:
            at = self.reached[control] = Reached(len(self.reached), self.table.of(control))
        at.known.add(pool)
        if not at.waiting:
            heapq.heappush(self._waiting, (at.number, control))
        at.take(self._completed(at.steps, pool))  # which nothing covers, since nothing covers less

    def _completed(self, actions: list[Steps], pool: int) -> int:
        grow = self.table.grow
        before = -1
        while before != pool:
            before = pool
            for steps in actions:
                if pool & ~steps.known:
                    grow(steps, pool)
                for need, _, add, _, _ in steps.senders:
                    if pool & need == need:
                        pool |= add
        return pool
