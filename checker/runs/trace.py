"""Traces: runs that the interpreter has replayed, with all that a reader needs to see in them.

No engine makes a trace. An engine reports a schedule, the actions and arguments of a run; :func:`replay` takes every step of
it again in the reference semantics and raises :class:`ReplayError` where one is not possible, or where the last step does not
do what the engine said. What is reported to a user has been through this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from checker.host.limits import Schedule
from checker.runs.display import Displayed
from model.notation.expr import FALSE, Expr, literal, variable
from model.notation.interpreter import Arguments, Interpreter, NotEnabledError, State, Transition, cells, evaluate
from model.notation.network import KEPT, LOSES, SEGMENT
from model.notation.pretty import segment_text, value_text
from model.notation.reasons import Reason, reasons
from model.notation.sorts import BOOL, PLAIN, Format, Value
from model.notation.system import Action, TransitionSystem
from properties.observe import Check, Monitored


class ReplayError(Exception):
    """An engine reported a run that the reference semantics does not have: a fault in the engine, never in the model."""


@dataclass(frozen=True, slots=True)
class Header:
    """A segment in a trace: its cells by column, and how they are read.

    ``old`` says that the connection of its sender had ended when it arrived. ``sender`` and ``receiver`` are who sent and who
    receives it in the run, which counts where the segment itself does not say it.
    """

    cells: Mapping[str, Value]
    old: bool = False
    format: Format = PLAIN
    sender: str = ""
    receiver: str = ""

    @property
    def source(self) -> str:
        """The role that sent it, "" where neither the segment nor the run says."""
        return str(self.cells.get(self.format.source, self.sender))

    @property
    def destination(self) -> str:
        """The role that it is for, "" where neither the segment nor the run says."""
        return str(self.cells.get(self.format.destination, self.receiver))

    @property
    def row(self) -> tuple[Value, ...]:
        """The cells in the order of the columns."""
        return tuple(self.cells.values())

    def __str__(self) -> str:
        return segment_text(self.cells, self.format)


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
    seen: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    """What else can be seen of each role after it: the parts of its view, by name."""
    passed: tuple[Header, ...] = ()
    """What was sent and arrived in this step, and was in no network."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A :class:`~model.notation.reasons.Reason` in writing: traces travel between processes, and formulas do not."""

    formula: str
    holds: bool
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a step decides a claim: the parts of what the claim looks for, and the values that make each true or false.

    They are about the state before the step and its arguments, or about the state ``after`` it.
    """

    facts: tuple[Fact, ...]
    after: bool


@dataclass(frozen=True, slots=True, repr=False)
class Trace(Displayed):
    """A run from the initial state. ``roles`` are its endpoints, left to right.

    ``observers`` are the variables in which claims remember something, each with the name of the claim.
    """

    system: str
    roles: tuple[str, ...]
    initial_states: Mapping[str, str]
    initial: State
    steps: tuple[TraceStep, ...]
    observers: Mapping[str, str] = field(default_factory=dict)
    network: str = ""
    """The variable that holds the segments in flight, "" in a system without a network."""
    columns: tuple[str, ...] = ()
    """The columns of a segment."""
    format: Format = PLAIN
    """How segments are read."""
    loop: int | None = None
    """How many steps come before the cycle of a lasso, which the other steps are: with none left nothing happens any more, for
    ever. None in a run that ends."""
    seen_first: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    """What can be seen of each role in the initial state besides its state."""
    ground: Ground | None = None
    """Why the last step decides the claim that the run was replayed for; None where it was run for none."""

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def in_brief(self) -> str:
        """Of what it is a run, and how long it is."""
        return f"a run of {self.system}: {len(self)} step{'' if len(self) == 1 else 's'}"

    @property
    def schedule(self) -> Schedule:
        """The actions and their arguments, which is all that is needed to replay it."""
        return tuple((step.action, step.arguments) for step in self.steps)

    def before(self, number: int) -> State:
        """Return the state before step ``number``, counted from 0."""
        return self.steps[number - 1].state if number else self.initial

    @property
    def end(self) -> State:
        """The last state."""
        return self.before(len(self.steps))


def role_states(system: TransitionSystem, state: State) -> dict[str, str]:
    """Return the state of each role in a state of the system, as a reader is shown it."""
    return {role: value_text(evaluate(view.state, state)) for role, view in system.views.items()}


def _seen(system: TransitionSystem, state: State) -> dict[str, dict[str, Value]]:
    """Return what the view of each role shows of a state besides that of the endpoint."""
    return {role: {name: evaluate(part, state) for name, part in view.parts.items()} for role, view in system.views.items()}


def replay(monitored: Monitored, check: Check, schedule: Schedule, *, kept_everything: bool) -> Trace:
    """Replay a schedule in the interpreter and return it as a trace whose last step decides ``check``.

    ``monitored`` has its network not written out yet. A schedule of a search in which the network ``kept_everything`` is first
    turned into one of the exact network, in which a segment is kept only where it arrives again later.
    """
    trace = run(monitored, schedule, kept_everything=kept_everything)
    at_start = evaluate(check.at_start, trace.initial) is True
    if not (at_start if not trace.steps else _meets(monitored, check.stop, trace, len(trace) - 1)):
        raise ReplayError(f"the run reported for {check.name} does not end in a step that decides it")
    return replace(trace, ground=ground(monitored, check, trace, len(trace)))


def run(monitored: Monitored, schedule: Schedule, *, kept_everything: bool = False) -> Trace:
    """Run a schedule on the exact network in the interpreter and return the trace.

    One of a network that ``kept_everything`` is turned into one of the exact network first, as :func:`replay` does.
    Raises :class:`ReplayError` for a step that is not possible.
    """
    if kept_everything and monitored.system.network is not None:
        schedule = _kept_where_needed(monitored, schedule)
    states = [Interpreter(monitored.exact).initial()]
    taken = _run(monitored.exact, schedule, states)
    return _trace(monitored, taken, states)


def run_from(monitored: Monitored, state: State, schedule: Schedule) -> Trace:
    """Run a schedule on the exact network from a state, which need not be one that is reached."""
    states = [state]
    taken = _run(monitored.exact, schedule, states)
    return _trace(monitored, taken, states)


def _meets(monitored: Monitored, formulas: Mapping[str, Expr], trace: Trace, number: int) -> bool:
    formula = formulas.get(trace.steps[number].action, FALSE)
    return evaluate(formula, trace.before(number), arguments(monitored, trace, number)) is True


def arguments(monitored: Monitored, trace: Trace, number: int) -> Mapping[str, Value]:
    """Return what the parameters of a step stand for, by the names that formulas use."""
    step = trace.steps[number]
    return cells(monitored.exact.named(step.action), step.arguments)


def ground(monitored: Monitored, check: Check, trace: Trace, number: int) -> Ground:
    """Return why step ``number``, counted from 1, decides a check; 0 stands for the initial state."""
    if check.at_start is not FALSE:  # a claim about states: what there is to say of the one that the step led to
        return Ground(_facts(reasons(check.at_start, trace.before(number))), after=True)
    if not number:
        return Ground((), after=True)
    action = trace.steps[number - 1].action
    found = reasons(check.stop[action], trace.before(number - 1), arguments(monitored, trace, number - 1))
    if not found:  # the step decides it by what it has the claim remember, whatever was before
        return Ground(tuple(_remembered(monitored, check, action, trace.before(number))), after=True)
    return Ground(_facts(found), after=False)


def _remembered(monitored: Monitored, check: Check, action: str, after: State) -> Iterator[Fact]:
    """Yield, as what is true after a step, each observer that the step gives a value."""
    for name in check.observers:
        if name in monitored.exact.named(action).updates:
            v = variable(name, monitored.system.sorts[name])
            yield from _facts(reasons(v if v.sort == BOOL else v == literal(after[name], v.sort), after))


def _facts(found: Iterable[Reason]) -> tuple[Fact, ...]:
    return tuple(Fact(reason.text, reason.holds, reason.values) for reason in found)


def decided(monitored: Monitored, trace: Trace) -> dict[str, tuple[bool, ...]]:
    """Return, for each check, whether the initial state decides it, and then for each step whether that does."""
    return {
        check.name: (
            evaluate(check.at_start, trace.initial) is True,
            *(_meets(monitored, check.stop, trace, n) for n in range(len(trace))),
        )
        for check in monitored.checks
    }


def decisive_steps(monitored: Monitored, trace: Trace) -> dict[str, tuple[int, ...]]:
    """Return, for each check that a run decides, the numbers of the steps that do, from 1; 0 stands for the initial state.

    Where it is decided and stays so for some steps, only the first of these counts.
    """
    found: dict[str, tuple[int, ...]] = {}
    for name, decides in decided(monitored, trace).items():
        steps = tuple(n for n, now in enumerate(decides) if now and not (n and decides[n - 1]))
        if steps:
            found[name] = steps
    return found


def _run(system: TransitionSystem, schedule: Schedule, states: list[State]) -> list[Transition]:
    interpreter = Interpreter(system)
    taken: list[Transition] = []
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
    system = monitored.kept
    states = [Interpreter(system).initial()]
    taken = _run(system, schedule, states)
    needed: set[tuple[Value, ...]] = set()
    result: list[tuple[str, Arguments]] = []
    for step, before in reversed(list(zip(taken, states, strict=False))):
        action = system.named(step.action)
        needed -= set(_sent(action, step, before))
        arguments = dict(step.arguments)
        if action.receives:
            segment = step.arguments[action.receives]
            assert isinstance(segment, tuple)
            if any(p.name == KEPT for p in monitored.exact.named(step.action).parameters):
                arguments[KEPT] = segment in needed
            needed.add(segment)
        result.append((step.action, arguments))
    return tuple(reversed(result))


def _sent(action: Action, step: Transition, before: State, *, shown: bool = False) -> list[tuple[Value, ...]]:
    values = cells(action, step.arguments)
    return [tuple(evaluate(cell, before, values) for cell in segment) for segment in (action.shown if shown else action.sends)]


_PAIR = 2


def _facing(roles: tuple[str, ...], role: str) -> str:
    """Return the other of two roles, "" where there are not two."""
    return next((other for other in roles if other != role), "") if len(roles) == _PAIR and role in roles else ""


def _trace(monitored: Monitored, taken: list[Transition], states: list[State]) -> Trace:
    system, network = monitored.exact, monitored.system.network
    segments = system.segments
    columns, reads = ((), PLAIN) if segments is None else (segments.names, segments.format)
    outdated: set[tuple[Value, ...]] = set()
    steps: list[TraceStep] = []
    senders: dict[tuple[Value, ...], str] = {}
    roles = tuple(system.views)

    def header(segment: object, sender: str = "", receiver: str = "") -> Header | None:
        if not (columns and isinstance(segment, tuple)):
            return None
        sender = sender or senders.get(segment, "") or _facing(roles, receiver)
        cells = dict(zip(columns, segment, strict=True))
        return Header(cells, segment in outdated, reads, sender, receiver or _facing(roles, sender))

    for step, before in zip(taken, states, strict=False):
        action = system.named(step.action)
        received = header(step.arguments.get(action.receives), receiver=action.by)
        lost = header(step.arguments.get(SEGMENT)) if network and step.action == LOSES else None
        sent = _sent(action, step, before)
        outdated -= set(sent)
        senders |= dict.fromkeys(sent, action.by)
        ended = {event.role for event in action.events if event.kind.leaves}
        if network and ended and reads.source in columns:
            in_flight, column = step.state[network.variable], columns.index(reads.source)
            assert isinstance(in_flight, frozenset)
            outdated |= {segment for segment in in_flight if segment[column] in ended and segment not in sent}
        steps.append(
            TraceStep(
                action=step.action,
                by=action.by,
                doc=action.doc,
                section=action.section,
                arguments=step.arguments,
                received=received,
                kept=step.arguments.get(KEPT) is True,
                sent=tuple(h for segment in sent if (h := header(segment, sender=action.by)) is not None),
                lost=lost,
                passed=tuple(h for row in _sent(action, step, before, shown=True) if (h := header(row, action.by)) is not None),
                states=role_states(system, step.state),
                state=step.state,
                seen=_seen(system, step.state),
            )
        )
    owners = {name: check.name for check in monitored.checks for name in check.observers}
    observers = {name: owners[name] for name in system.sorts if name in owners}
    variable = "" if network is None else network.variable
    return Trace(
        system.name,
        tuple(system.views),
        role_states(system, states[0]),
        states[0],
        tuple(steps),
        observers,
        variable,
        columns,
        reads,
        seen_first=_seen(system, states[0]),
    )
