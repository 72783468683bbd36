"""Traces: runs that the interpreter has replayed, with all that a reader needs to see in them.

No engine makes a trace. An engine reports a schedule, the actions and arguments of a run; :func:`replay` takes every step of
it again in the reference semantics and raises :class:`ReplayError` where one is not possible, or where the last step does not
do what the engine said. What is reported to a user has been through this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.limits import Schedule
from model.expr import FALSE, Expr
from model.interpreter import Arguments, Interpreter, NotEnabledError, State, Step, cells, evaluate
from model.network import KEPT, connect, keeping_everything
from model.sorts import Value
from model.system import Action, EventKind, TransitionSystem
from properties.observe import Check, Monitored


class ReplayError(Exception):
    """An engine reported a run that the reference semantics does not have: a fault in the engine, never in the model."""


@dataclass(frozen=True, slots=True)
class Header:
    """A segment in a trace. ``old`` says that the connection of its sender had ended when it arrived."""

    source: str
    destination: str
    seq: int
    ack: int
    ctl: str
    data: int
    old: bool = False


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step: what was done by whom, and the state after it.

    ``kept`` says that the network kept a copy of the segment received. ``states`` has the state of each role's endpoint.
    """

    action: str
    by: str
    doc: str
    section: str
    arguments: Arguments
    received: Header | None
    kept: bool
    sent: tuple[Header, ...]
    lost: Header | None
    states: Mapping[str, str]
    state: State


@dataclass(frozen=True, slots=True)
class Trace:
    """A run from the initial state. ``roles`` are its endpoints, left to right; ``observers`` what claims remember."""

    system: str
    roles: tuple[str, ...]
    initial_states: Mapping[str, str]
    initial: State
    steps: tuple[TraceStep, ...]
    observers: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.steps)


def replay(monitored: Monitored, check: Check, schedule: Schedule, *, kept_everything: bool) -> Trace:
    """Replay a schedule in the interpreter and return it as a trace whose last step decides ``check``.

    ``monitored`` has its network not written out yet. A schedule of a search in which the network ``kept_everything`` is first
    turned into one of the exact network, in which a segment is kept only where it arrives again later.
    """
    if kept_everything and monitored.system.network is not None:
        schedule = _kept_where_needed(monitored, schedule)
    trace = run(monitored, schedule)
    if not trace.steps or not _meets(monitored, check.stop, trace, len(trace) - 1):
        raise ReplayError(f"the run reported for {check.name} does not end in a step that decides it")
    return trace


def run(monitored: Monitored, schedule: Schedule) -> Trace:
    """Run a schedule on the exact network in the interpreter and return the trace.

    Raises :class:`ReplayError` for a step that is not possible.
    """
    states = [Interpreter(connect(monitored.system)).initial()]
    taken = _run(connect(monitored.system), schedule, states)
    return _trace(monitored, taken, states)


def _meets(monitored: Monitored, formulas: Mapping[str, Expr], trace: Trace, number: int) -> bool:
    step = trace.steps[number]
    before = trace.steps[number - 1].state if number else trace.initial
    action = connect(monitored.system).named(step.action)
    return evaluate(formulas.get(step.action, FALSE), before, cells(action, step.arguments)) is True


def _run(system: TransitionSystem, schedule: Schedule, states: list[State]) -> list[Step]:
    interpreter = Interpreter(system)
    taken: list[Step] = []
    for number, (action, arguments) in enumerate(schedule, 1):
        try:
            step = interpreter.take(states[-1], action, arguments)
        except NotEnabledError as error:
            raise ReplayError(f"step {number} of the run reported is not possible: {error}") from error
        taken.append(step)
        states.append(step.state)
    return taken


def _kept_where_needed(monitored: Monitored, schedule: Schedule) -> Schedule:
    """Say for each arrival whether a copy stays: where the same segment arrives again before it is sent again."""
    system = keeping_everything(monitored.system)
    states = [Interpreter(system).initial()]
    taken = _run(system, schedule, states)
    exact = connect(monitored.system)
    needed: set[tuple[Value, ...]] = set()
    result: list[tuple[str, Arguments]] = []
    for step, before in reversed(list(zip(taken, states, strict=False))):
        action = system.named(step.action)
        needed -= set(_sent(action, step, before))
        arguments = dict(step.arguments)
        if action.receives:
            segment = step.arguments[action.receives]
            assert isinstance(segment, tuple)
            if any(p.name == KEPT for p in exact.named(step.action).parameters):
                arguments[KEPT] = segment in needed
            needed.add(segment)
        result.append((step.action, arguments))
    return tuple(reversed(result))


def _sent(action: Action, step: Step, before: State) -> list[tuple[Value, ...]]:
    values = cells(action, step.arguments)
    return [tuple(evaluate(cell, before, values) for cell in segment) for segment in action.sends]


def _trace(monitored: Monitored, taken: list[Step], states: list[State]) -> Trace:
    system, network = connect(monitored.system), monitored.system.network
    outdated: set[tuple[Value, ...]] = set()
    steps: list[TraceStep] = []

    def endpoint_states(state: State) -> dict[str, str]:
        return {role: str(evaluate(view.state, state)) for role, view in system.views.items()}

    for step, before in zip(taken, states, strict=False):
        action = system.named(step.action)
        travelling = step.arguments.get(action.receives or "segment") if network else None
        header = _header(travelling, old=travelling in outdated)
        sent = _sent(action, step, before)
        outdated -= set(sent)
        ended = {event.role for event in action.events if event.kind is EventKind.ENDS}
        if network and ended:
            in_flight = step.state[network.variable]
            assert isinstance(in_flight, frozenset)
            outdated |= {segment for segment in in_flight if segment[0] in ended and segment not in sent}
        steps.append(
            TraceStep(
                action=step.action,
                by=action.by,
                doc=action.doc,
                section=action.section,
                arguments=step.arguments,
                received=header if action.receives else None,
                kept=step.arguments.get(KEPT) is True,
                sent=tuple(header for header in map(_header, sent) if header is not None),
                lost=None if action.receives else header,
                states=endpoint_states(step.state),
                state=step.state,
            )
        )
    observers = tuple(name for name in system.sorts if name.partition(".")[0] in {check.name for check in monitored.checks})
    return Trace(system.name, tuple(system.views), endpoint_states(states[0]), states[0], tuple(steps), observers)


def _header(segment: object, *, old: bool = False) -> Header | None:
    if not isinstance(segment, tuple):
        return None
    source, destination, seq, ack, ctl, data = segment
    return Header(str(source), str(destination), int(seq), int(ack), str(ctl), int(data), old)
