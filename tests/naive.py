"""Breadth-first search over the reference semantics, as a textbook writes it: what every engine is compared with.

It keeps whole states of the interpreter and forgets nothing, so that there is no representation to get wrong. It neither stops
where a claim is decided: the numbers it gives are those of the whole space, or of all that lies within some number of steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.host.limits import Schedule
from model.notation.expr import FALSE, Expr
from model.notation.interpreter import Interpreter, State, Transition, cells, evaluate, key
from model.notation.sorts import Value
from model.notation.system import TransitionSystem
from properties.observe import Check, Monitored


@dataclass(frozen=True)
class Explored:
    """What there is within some number of steps.

    ``found`` maps each state, as a tuple of values, to how many steps it needs. ``shortest`` has, for each check that some
    step decides, the length of a shortest run that ends in such a step. ``complete`` says that there are no further states.
    """

    variables: tuple[str, ...]
    found: Mapping[tuple[Value, ...], int]
    transitions: int
    shortest: Mapping[str, int]
    triggered: frozenset[str]
    complete: bool

    @property
    def states(self) -> int:
        """How many states there are."""
        return len(self.found)

    @property
    def depth(self) -> int:
        """How many steps the state furthest from the initial one needs."""
        return max(self.found.values())

    def without(self, hidden: str) -> dict[tuple[Value, ...], int]:
        """Return the values that the variables but ``hidden`` take together, each with the fewest steps to it."""
        nearest: dict[tuple[Value, ...], int] = {}
        for values, steps in sorted(self.found.items(), key=lambda item: item[1]):
            rest = tuple(v for name, v in zip(self.variables, values, strict=True) if name != hidden)
            nearest.setdefault(rest, steps)
        return nearest


MANY = 20_000
"""More states than any system of the tests has: a faulty semantics must not keep a test from ending."""


def explore(monitored: Monitored, depth: int | None = None) -> Explored:
    """Explore all states, or those that at most ``depth`` steps lead to."""
    interpreter = Interpreter(monitored.system)
    initial = interpreter.initial()
    found = {key(initial): 0}
    shortest: dict[str, int] = {}
    triggered: set[str] = set()
    transitions = steps = 0
    frontier: list[State] = [initial]
    while frontier and (depth is None or steps < depth):
        steps += 1
        after: list[State] = []
        for state in frontier:
            for step in interpreter.steps(state):
                transitions += 1
                for check in monitored.checks:
                    if seen_in(monitored.system, check.stop, state, step):
                        shortest.setdefault(check.name, steps)
                    if seen_in(monitored.system, check.trigger, state, step):
                        triggered.add(check.name)
                if key(step.state) not in found:
                    assert len(found) < MANY, f"{monitored.system.name} has no end"
                    found[key(step.state)] = steps
                    after.append(step.state)
        frontier = after
    variables = tuple(monitored.system.sorts)
    return Explored(variables, found, transitions, shortest, frozenset(triggered), complete=not frontier)


def seen_in(system: TransitionSystem, formulas: Mapping[str, Expr], state: State, step: Transition) -> bool:
    """Return whether a formula watched in the step's action is true of it; ``state`` is the one before the step."""
    watched = formulas.get(step.action, FALSE)
    return evaluate(watched, state, cells(system.named(step.action), step.arguments)) is True


def replay(monitored: Monitored, schedule: Schedule, check: Check) -> State:
    """Take the steps of a schedule; fail unless each is possible and the last one, and no other, decides ``check``.

    Return the state after them.
    """
    interpreter = Interpreter(monitored.system)
    state = interpreter.initial()
    for i, (action, arguments) in enumerate(schedule, start=1):
        step = interpreter.take(state, action, arguments)
        assert seen_in(monitored.system, check.stop, state, step) == (i == len(schedule)), f"step {i} of {len(schedule)}"
        state = step.state
    return state
