"""Lassos: runs that go round for ever, replayed by the interpreter, and held against what they are said to be.

An engine reports a schedule and where its cycle begins. Here every step is taken again, and everything else is looked at
anew, in the reference semantics and without the engine's graph: that the cycle closes, that the obligation begins and is not
met after that, and that going round for ever meets each fairness assumption.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from checker.host.limits import Schedule
from checker.runs.trace import ReplayError, Trace, run
from model.notation.expr import Expr
from model.notation.interpreter import Interpreter, State, evaluate
from model.notation.sorts import Value
from model.notation.system import Action, TransitionSystem
from properties.fairness import Fairness, Per, Strength
from properties.observe import Check, Monitored

Part = tuple[tuple[Action, ...], tuple[Value, ...] | None]
"""What is treated fairly: some actions, any of them; only as far as they receive a segment, where there is one."""


class Met(Enum):
    """How a cycle meets a fairness assumption."""

    TAKEN = "taken"
    NOT_ALWAYS = "not-always"
    """What it is about is possible now and then, which weak fairness allows."""
    NOT_POSSIBLE = "not-possible"


@dataclass(frozen=True, slots=True)
class Lasso:
    """A run that leaves an obligation open for ever.

    The obligation is open from the state after step ``since`` on. ``fair`` says of each fairness assumption, by its name, how
    the cycle meets it. ``deadlock`` says that the run stops where no step is possible at all.
    """

    trace: Trace
    since: int
    fair: tuple[tuple[str, Met], ...]
    deadlock: bool

    @property
    def stem(self) -> int:
        """How many steps come before the cycle."""
        assert self.trace.loop is not None
        return self.trace.loop

    @property
    def cycle(self) -> int:
        """How many steps the cycle has; none where nothing happens any more."""
        return len(self.trace) - self.stem


def replay_lasso(monitored: Monitored, check: Check, schedule: Schedule, loop: int) -> Lasso:
    """Replay a run whose steps from ``loop`` on are a cycle.

    Raises :class:`~checker.runs.trace.ReplayError` for what is not so.
    """
    obligation = check.obligation
    assert obligation is not None
    if not 0 <= loop <= len(schedule):
        raise ReplayError(f"the cycle of the run reported for {check.name} begins where there is no step")
    trace = replace(run(monitored, schedule), loop=loop)
    if trace.end != trace.before(loop):
        raise ReplayError(f"the cycle of the run reported for {check.name} does not lead back to where it begins")
    since = _since(trace, obligation.premise, obligation.goal)
    if since is None or since > loop:
        raise ReplayError(f"the run reported for {check.name} does not leave its obligation open")
    system = monitored.exact
    fair: list[tuple[str, Met]] = []
    for assumption in obligation.fairness:
        how = _met(system, trace, assumption)
        if how is None:
            raise ReplayError(f"the run reported for {check.name} is not fair: {assumption.name}")
        fair.append((assumption.name, how))
    deadlock = loop == len(trace) and not _may_go_on(system, trace.end)
    return Lasso(trace, since, tuple(fair), deadlock)


_LOOKS = 500
"""How often it is looked up while choices are tried, which is every thousand of them, until no more are."""


class _EnoughError(Exception):
    """So many choices were tried that no more are."""


def _may_go_on(system: TransitionSystem, state: State) -> bool:
    """Return whether a step is possible, or may be: it is not for nothing that a run is called a deadlock."""
    looks = iter(range(_LOOKS))

    def look() -> None:
        if next(looks, None) is None:
            raise _EnoughError

    try:
        return next(Interpreter(system, look).steps(state), None) is not None
    except _EnoughError:
        return True


def replay_trigger(monitored: Monitored, check: Check, schedule: Schedule) -> Trace:
    """Replay a run that ends where the obligation of a check begins."""
    trace = run(monitored, schedule)
    if check.obligation is None or evaluate(check.obligation.premise, trace.end) is not True:
        raise ReplayError(f"the run reported for {check.name} does not end where its premise is true")
    return trace


def _since(trace: Trace, premise: Expr, goal: Expr) -> int | None:
    """Return after how many steps the obligation begins that is open at the end, None where none is."""
    since = None
    for number in range(len(trace) + 1):
        state = trace.before(number)
        if evaluate(goal, state) is True:
            since = None
        elif since is None and evaluate(premise, state) is True:
            since = number
    return since


def _met(system: TransitionSystem, trace: Trace, fairness: Fairness) -> Met | None:
    """Return how going round the cycle for ever meets an assumption; None where it does not."""
    assert trace.loop is not None
    states = [trace.before(number) for number in range(trace.loop, max(trace.loop + 1, len(trace)))]
    taken = possible = False
    for part in _parts(system, states, fairness):
        can = [_can(system, state, part, fairness.when) for state in states]
        does = any(_does(trace, number, part, fairness.when) for number in range(trace.loop, len(trace)))
        owed = all(can) if fairness.strength is Strength.WEAK else any(can)
        if owed and not does:
            return None
        taken, possible = taken or does, possible or any(can)
    return Met.TAKEN if taken else Met.NOT_ALWAYS if possible else Met.NOT_POSSIBLE


def _parts(system: TransitionSystem, states: list[State], fairness: Fairness) -> Iterator[Part]:
    covered = tuple(action for action in system.actions if fairness.covers(action))
    if fairness.per is Per.TOGETHER:
        yield covered, None
    elif fairness.per is Per.ACTION:
        yield from (((action,), None) for action in covered)
    elif system.network is not None:
        in_flight = [state[system.network.variable] for state in states]
        for row in sorted(set().union(*(segments for segments in in_flight if isinstance(segments, frozenset)))):
            yield covered, row


def _can(system: TransitionSystem, state: State, part: Part, when: Expr) -> bool:
    """Return whether a step of the part is possible in a state."""
    actions, row = part
    if evaluate(when, state) is not True:
        return False
    interpreter = Interpreter(system)
    if row is not None and system.network is not None:
        in_flight = state[system.network.variable]
        if not (isinstance(in_flight, frozenset) and row in in_flight):
            return False
    return any(
        interpreter.enabled(action, state, arguments)
        for action in actions
        for arguments in interpreter.choices(action, state, None if row is None else {action.receives: row})
    )


def _does(trace: Trace, number: int, part: Part, when: Expr) -> bool:
    """Return whether a step of a run is one of the part."""
    actions, row = part
    step = trace.steps[number]
    action = next((action for action in actions if action.name == step.action), None)
    if action is None or evaluate(when, trace.before(number)) is not True:
        return False
    return row is None or step.arguments[action.receives] == row
