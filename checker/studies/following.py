"""Following the run of one system in another, by what is seen of it: whether the other could have done the same.

What is seen of a step is the segment that is received, those that are sent, the one that is lost, and afterwards the variables
that both systems have. How actions are called, into how many a rule is divided, in which order they stand, and what a system
remembers besides are its own business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checker.runs.explain import enabled
from checker.runs.trace import Trace, TraceStep, run_from
from model.notation.interpreter import Arguments, Interpreter, State, cells, evaluate
from model.notation.network import LOSES, SEGMENT, connect
from model.notation.sorts import Value
from model.notation.system import Action, TransitionSystem
from properties.observe import Monitored

Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a run of one system is none of another: after ``number`` steps that both can take. ``step`` is the next one.

    ``instead`` says what the other does with the same segment: a step of each action that takes it.
    """

    number: int
    step: TraceStep
    instead: tuple[TraceStep, ...]


def alike(one: Trace, other: Trace) -> bool:
    """Return whether two runs look the same, step by step."""
    shared = tuple(name for name in one.initial if name in other.initial and name not in one.observers)
    return len(one) == len(other) and all(
        (a.by, _row(a), {h.row for h in a.sent}, _seen(a.state, shared))
        == (b.by, _row(b), {h.row for h in b.sent}, _seen(b.state, shared))
        for a, b in zip(one.steps, other.steps, strict=True)
    )


def _row(step: TraceStep) -> Row | None:
    return step.received.row if step.received is not None else step.lost.row if step.lost is not None else None


def departure(trace: Trace, system: TransitionSystem) -> Departure | None:
    """Return where the run is no run of ``system`` any more, None where it is one to its end."""
    exact = connect(system)
    interpreter = Interpreter(exact)
    shared = tuple(name for name in trace.initial if name in exact.sorts)
    first = interpreter.initial()
    states = [first] if _seen(first, shared) == _seen(trace.initial, shared) else []
    for number, step in enumerate(trace.steps):
        after = _seen(step.state, shared)
        row = _row(step)
        reached: dict[tuple[tuple[str, Value], ...], State] = {}
        instead: dict[str, TraceStep] = {}
        for state in states:
            for action, arguments, sent in _steps(interpreter, exact, state, step, row):
                then = interpreter.take(state, action.name, arguments).state
                if sent == {header.row for header in step.sent} and _seen(then, shared) == after:
                    reached[tuple(sorted(then.items(), key=lambda item: item[0]))] = then
                elif row is not None and action.receives:
                    (done,) = run_from(Monitored(system, ()), state, ((action.name, arguments),)).steps
                    instead.setdefault(action.name, done)
        if not reached:
            return Departure(number, step, tuple(instead.values()))
        states = list(reached.values())
    return None


def _steps(
    interpreter: Interpreter, system: TransitionSystem, state: State, step: TraceStep, row: Row | None
) -> Iterator[tuple[Action, Arguments, set[Row]]]:
    """Yield what the system can do with the segment of a step, or without one where the step has none."""
    for action in system.actions:
        loses = action.name == LOSES
        if loses != (step.lost is not None) or bool(action.receives) != (step.received is not None):
            continue
        if not loses and action.by != step.by:
            continue
        given: Mapping[str, object] = {} if row is None else {SEGMENT if loses else action.receives: row}
        for arguments in enabled(interpreter, action, state, given):  # type: ignore[arg-type]
            values = cells(action, arguments)
            yield action, arguments, {tuple(evaluate(cell, state, values) for cell in segment) for segment in action.sends}


def _seen(state: State, shared: tuple[str, ...]) -> tuple[Value, ...]:
    return tuple(state[name] for name in shared)
