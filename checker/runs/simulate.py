"""Random runs of a system, by the reference semantics.

In each state an action is drawn from those that are enabled, and then its arguments: so an action that can be taken in many
ways is not taken more often for it. The same seed gives the same runs.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from checker.host.limits import Schedule
from checker.runs.trace import role_states
from model.notation.interpreter import Arguments, Interpreter, State, Transition, key
from model.notation.network import connect
from model.notation.system import TransitionSystem


@dataclass(frozen=True, slots=True)
class RandomRuns:
    """Random runs: the schedule of each, and over all of them how often each action was taken and each state pair was seen.

    A state pair is the state of each role, in the order of the roles. ``stuck`` counts the runs that ended early, in a state
    without a step. ``interrupted`` says that there are fewer runs than were asked for.
    """

    runs: tuple[Schedule, ...]
    taken: Mapping[str, int]
    pairs: Mapping[tuple[str, ...], int]
    stuck: int
    interrupted: bool = False


class _StoppedError(Exception):
    """No more runs are wanted."""


@dataclass
class _Walker:
    """Remembers the steps of states, since runs begin alike."""

    interpreter: Interpreter
    known: dict[object, dict[str, list[Transition]]] = field(default_factory=dict)

    def steps(self, state: State) -> dict[str, list[Transition]]:
        """Return the steps of a state by action."""
        state_key = key(state)
        if state_key not in self.known:
            by_action: dict[str, list[Transition]] = {}
            for step in self.interpreter.steps(state):
                by_action.setdefault(step.action, []).append(step)
            self.known[state_key] = by_action
        return self.known[state_key]


def simulate(
    system: TransitionSystem, *, seed: int, steps: int, runs: int, goes_on: Callable[[], bool] = lambda: True
) -> RandomRuns:
    """Return ``runs`` random runs of at most ``steps`` steps of a system whose network is not written out yet."""

    def look() -> None:
        if not goes_on():
            raise _StoppedError

    walker = _Walker(Interpreter(connect(system), look))
    schedules: list[Schedule] = []
    taken = Counter({action.name: 0 for action in walker.interpreter.system.actions})
    pairs: Counter[tuple[str, ...]] = Counter()
    stuck = 0
    for number in range(runs):
        if not goes_on():
            break
        # its number seeds a run too, so that the first of many runs are the same as of few
        choose = random.Random(f"{seed}/{number}")  # noqa: S311  # chance, not secrecy
        state = walker.interpreter.initial()
        schedule: list[tuple[str, Arguments]] = []
        pairs[_pair(system, state)] += 1
        for _ in range(steps):
            try:
                look()
                by_action = walker.steps(state)
            except _StoppedError:
                return RandomRuns(tuple(schedules), taken, pairs, stuck, interrupted=True)
            if not by_action:
                stuck += 1
                break
            step = choose.choice(by_action[choose.choice(list(by_action))])
            schedule.append((step.action, step.arguments))
            taken[step.action] += 1
            state = step.state
            pairs[_pair(system, state)] += 1
        schedules.append(tuple(schedule))
    return RandomRuns(tuple(schedules), taken, pairs, stuck, len(schedules) < runs)


def _pair(system: TransitionSystem, state: State) -> tuple[str, ...]:
    return tuple(role_states(system, state).values())
