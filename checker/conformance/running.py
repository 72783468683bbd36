"""The explanation of a capture as a run of the model, which every rendering draws: the packets, and what nobody saw.

The run is not told, it is played: the actions of the explanation are taken by the interpreter on the watched endpoint's own
system (:mod:`model.tcp.handshakes.watched`), with the numbers of the capture. What is there besides are the things that no
endpoint of the model does and a capture has, as actions:

- the peer sends any segment, and nobody knows what it does with those that come to it;
- where the endpoint sends something, it announces a window, which is what was seen;
- it may take a segment and what it would send then is not seen: put off, or left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

from checker.conformance.connections import Judging
from checker.conformance.seen import RECORDED, Entry, Seen
from checker.conformance.steps import HOST, PEER, Row, Steps
from checker.runs.trace import ReplayError, Trace, run
from model.notation.analysis import replaced, substitute
from model.notation.expr import Expr, Op, literal
from model.notation.interpreter import Argument, Arguments, Interpreter, State, cells, evaluate
from model.notation.network import KEPT, LOSES, SEGMENT
from model.notation.said import said
from model.notation.sorts import BOOL, SEQ, Enum, Nat, Relation, Value
from model.notation.system import Action, Parameter, TransitionSystem, View, anything, draw
from model.tcp.handshakes.watched import ANNOUNCED, LAST_ACK, STAMPED, TSVAL, WINDOW
from model.tcp.segment import ANY_CTL, COLUMNS, bits_of
from properties.observe import Monitored

_SENDS = f"{PEER}_sends"
_UNSEEN = "_unseen"
_NOBODY_KNOWS = Enum("Unknown", ("not judged",))
"""The state of the peer: what it is in is not looked at."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a ``system`` that explains a capture: its ``trace``, which is ``whole`` where all that was seen is in it."""

    system: TransitionSystem
    trace: Trace
    whole: bool

    def listed(self) -> Run:
        """Return the run on a system whose choices can be listed, for who explores it: those that were made in the run.

        What an action chose in one step is a row of a relation then. An action that chose nothing in the run, and has to,
        is not there.
        """
        made: dict[str, set[tuple[Value, ...]]] = {}
        free_of = {action.name: _free(action) for action in self.system.actions}
        for name, arguments in self.trace.schedule:
            made.setdefault(name, set()).add(_row(arguments, free_of.get(name, ())))
        there = (action for action in self.system.actions if action.name in made or not free_of[action.name])
        actions = [_listing(action, frozenset(made.get(action.name, ()))) for action in there]
        system = replace(self.system, actions=tuple(actions))
        schedule = []
        for name, arguments in self.trace.schedule:
            free = free_of.get(name, ())  # the network's actions are not among the system's
            rest = {key: value for key, value in arguments.items() if key not in {p.name for p in free}}
            schedule.append((name, {_PACKET: _row(arguments, free), **rest} if free else rest))
        return Run(system, run(Monitored(system), tuple(schedule)), self.whole)


@dataclass(frozen=True, slots=True)
class _Move:
    """Something that happens: an action (the network's are by name), and the packets that it takes and shows."""

    action: str
    took: Seen | None = None
    shown: Seen | None = None


def run_of(judging: Judging) -> Run:
    """Return the run that explains what was seen of an endpoint, up to the first packet that nothing explains."""
    watch = judging.watch
    entries = watch.explanation()
    whole = len(entries) < RECORDED
    known = {one.number: one for one in (*watch.remembered, *watch.seen)}
    moves = list(_moves(watch.steps, entries[:RECORDED], known, judging, whole=whole))
    player = _Player(watch.steps, judging, stamped=any(one.stamp >= 0 for one in known.values()))
    schedule = player.schedule(moves)
    return Run(player.system, run(player.monitored, schedule), whole and not watch.forgot)


def _moves(steps: Steps, entries: list[Entry], known: Mapping[int, Seen], judging: Judging, *, whole: bool) -> Iterator[_Move]:
    """Yield what happens, in its order: what the peer sends passes the tap before all that comes after it there."""
    coming = iter([one for one in known.values() if not one.sent])
    waiting = next(coming, None)
    failed = judging.watch.failed
    ends = failed.number if failed is not None else max(known, default=0) + 1
    last = [ends] if whole else []
    for number, entry in [*((entry.packet, entry) for entry in entries), *((number, None) for number in last)]:
        while waiting is not None and (waiting.number < number or (entry is not None and waiting.number <= entry.about)):
            yield _Move(_SENDS, shown=waiting)
            waiting = next(coming, None)
        if entry is not None:
            took = known[entry.about] if entry.about else None
            name = steps.actions[entry.action].name if entry.action >= 0 else LOSES
            unseen = entry.action >= 0 and bool(steps.actions[entry.action].sends) and not entry.shown
            yield _Move(name + _UNSEEN if unseen else name, took, known[entry.packet] if entry.shown else None)


class _Player:
    """Finds the arguments of each step: the numbers that an endpoint chooses itself stand in what it is seen to send."""

    def __init__(self, steps: Steps, judging: Judging, *, stamped: bool) -> None:
        self.judging = judging
        self.system = _system(steps, stamped)
        self.monitored = Monitored(self.system)
        self.interpreter = Interpreter(self.monitored.exact)
        self.none_left: set[int] = set()

    def left_out(self, move: _Move) -> bool:
        """Return whether a loss is none, since a copy of the same segment is still on its way."""
        return id(move) in self.none_left

    def schedule(self, moves: list[_Move]) -> tuple[tuple[str, Arguments], ...]:
        """Return the actions with their arguments."""
        kept, needed = set[int](), set[Row]()
        for move in reversed(moves):
            if move.action == _SENDS and move.shown is not None:
                needed.discard(move.shown.readings[0])
            elif move.took is not None:
                row = move.took.readings[0]
                if row in needed:
                    (self.none_left if move.action == LOSES else kept).add(id(move))
                needed.add(row)
        state, schedule = self.interpreter.initial(), []
        for move in moves:
            if not self.left_out(move):
                arguments = self._arguments(move, state, kept=id(move) in kept)
                step = self.interpreter.take(state, move.action, arguments)
                state = step.state
                schedule.append((move.action, arguments))
        return tuple(schedule)

    def _cells(self, row: Row, *, sent: bool) -> tuple[Value, ...]:
        """Return a segment as the capture has it."""
        seq, ack = self.judging.real(row, sent=sent)
        return (*((HOST, PEER) if sent else (PEER, HOST)), seq, ack, ANY_CTL.members[row[2]], row[3])

    def _arguments(self, move: _Move, state: State, *, kept: bool) -> Arguments:
        action = self.monitored.exact.named(move.action)
        fixed: dict[str, Argument] = {KEPT: kept}
        if move.took is not None:
            arrived = self._cells(move.took.readings[0], sent=False)
            fixed |= {action.receives or SEGMENT: arrived, _STAMPED: move.took.stamp >= 0, _TSVAL: max(0, move.took.stamp)}
        rows: list[tuple[Value, ...] | None] = [None]
        if move.shown is not None:
            fixed[_PACKET] = move.shown.number
            rows = [self._cells(row, sent=move.shown.sent) for row in move.shown.readings]
            announced = move.shown.window
            fixed[_ANNOUNCED] = announced if announced >= 0 else _number(state[f"{HOST}.{WINDOW}"])
        found = next((given for row in rows for given in self._fitting(action, state, fixed, row)), None)
        if found is None:
            raise ReplayError(f"the explanation has {move.action}, and the model does not: a fault of the search")
        return found

    def _fitting(
        self, action: Action, state: State, fixed: Mapping[str, Argument], row: tuple[Value, ...] | None
    ) -> Iterator[Arguments]:
        """Yield the arguments with which an action may happen and sends what was seen; where nothing was, the least."""
        numbers = [cell for cell in row or () if isinstance(cell, int)]
        tried = [(fixed[p.name],) if p.name in fixed else _candidates(p, numbers, row) for p in action.parameters]
        for chosen in product(*tried):
            arguments = {p.name: value for p, value in zip(action.parameters, chosen, strict=True)}
            if self.interpreter.enabled(action, state, arguments):
                values = cells(action, arguments)
                sent = [tuple(evaluate(cell, state, values) for cell in segment) for segment in action.sends]
                if row is None or row in sent:
                    yield arguments


def _number(value: Value) -> int:
    assert isinstance(value, int)
    return value


def _candidates(p: Parameter, numbers: list[int], row: tuple[Value, ...] | None) -> tuple[Argument, ...]:
    """Return what a choice may be: a number of the segment that is sent, or the least value."""
    ((_, sort),) = p.columns
    if isinstance(sort, Enum):
        return (row[-2],) if row is not None else sort.members[:1]
    if sort == BOOL:
        return (False, True)
    return tuple(dict.fromkeys((*reversed(numbers), 0)))


_ACK, _CTL = COLUMNS.index("ack"), COLUMNS.index("ctl")
_STAMPED, _TSVAL, _ANNOUNCED, _PACKET = "stamped", "tsval", "announces", "packet"
"""The choices of what a capture shows besides segments: a timestamp that is used, the window, and which packet it is."""
_NUMBERS = Nat(2**63 - 1)


@lru_cache(8)
def _system(steps: Steps, stamped: bool) -> TransitionSystem:
    """Return the watched endpoint with what a capture shows besides."""
    system = steps.system
    sort = system.segments
    assert sort is not None
    own = tuple(action for made in steps.actions for action in _variants(made, stamped=stamped))
    chosen = tuple(anything(column, kind) for column, kind in sort.columns[2:])
    packet = anything(_PACKET, _NUMBERS)
    ends = (literal(PEER, dict(sort.columns)["source"]), literal(HOST, dict(sort.columns)["destination"]))
    sends = Action(
        _SENDS,
        parameters=(packet, *chosen),
        sends=((*ends, *(p.value for p in chosen)),),
        by=PEER,
        doc="The peer sends a segment, whatever it is.",
    )
    return replace(
        system,
        variables=tuple(v for v in system.variables if not v.name.startswith(f"{PEER}.")),
        actions=(*own, sends),
        views={HOST: system.views[HOST], PEER: View(literal(_NOBODY_KNOWS.members[0], _NOBODY_KNOWS))},
    )


def _variants(action: Action, *, stamped: bool) -> Iterator[Action]:
    """Yield an action as a capture shows it, and where it answers something also as one of which nothing is seen."""
    if action.receives and stamped:
        action = _with_timestamp(action)
    if not action.sends:
        yield action
        return
    if action.receives:
        it = f"It {action.doc.removeprefix(f'The {action.by} ')}"
        doc = said("{it} What it sends then is not seen.", it=it)
        yield replace(action, name=action.name + _UNSEEN, sends=(), doc=doc)
    packet, window = anything(_PACKET, _NUMBERS), anything(_ANNOUNCED, ANNOUNCED)
    updates = {**action.updates, f"{HOST}.{WINDOW}": window.value}
    if stamped and not {"SYN", "RST"} & {*bits_of(str(action.sends[0][_CTL].data))}:
        updates[f"{HOST}.{LAST_ACK}"] = action.sends[0][_ACK]
    yield replace(action, parameters=(packet, *action.parameters, window), updates=updates)


def _with_timestamp(action: Action) -> Action:
    """Return an action in which the timestamp of the segment that arrives is a choice, and not what a variable says."""
    choices = (anything(_STAMPED, BOOL), anything(_TSVAL, SEQ))
    chosen = dict(zip((f"{HOST}.{STAMPED}", f"{HOST}.{TSVAL}"), (p.value for p in choices), strict=True))

    def after(e: Expr) -> Expr:
        return substitute(e, chosen)

    return replace(
        action,
        guard=after(action.guard),
        updates={name: after(e) for name, e in action.updates.items()},
        parameters=(*action.parameters, *choices),
        sends=tuple(tuple(map(after, segment)) for segment in action.sends),
    )


def _free(action: Action) -> tuple[Parameter, ...]:
    """Return the choices that no search can list."""
    return tuple(p for p in action.parameters if p.source is None and not p.candidates and p.columns[0][1] != BOOL)


def _row(arguments: Arguments, free: tuple[Parameter, ...]) -> tuple[Value, ...]:
    return tuple(value for p in free if not isinstance(value := arguments[p.name], tuple))


def _listing(action: Action, rows: frozenset[tuple[Value, ...]]) -> Action:
    """Return an action in which the choices that no search can list are a row of those that there were."""
    free = _free(action)
    if not free:
        return action
    columns = tuple(("number" if p.name == _PACKET else p.name, p.columns[0][1]) for p in free)
    drawn = draw(_PACKET, literal(rows, Relation(columns)))
    cells_of = dict(zip((p.name for p in free), (drawn.row[name] for name, _ in columns), strict=True))

    def chosen(e: Expr) -> Expr:
        return replaced(e, lambda part: cells_of.get(str(part.data)) if part.op is Op.PARAMETER else None)

    events = (replace(e, x=e.x and chosen(e.x), y=e.y and chosen(e.y)) for e in action.events)
    return replace(
        action,
        guard=chosen(action.guard),
        updates={name: chosen(e) for name, e in action.updates.items()},
        parameters=(drawn, *(p for p in action.parameters if p not in free)),
        sends=tuple(tuple(map(chosen, segment)) for segment in action.sends),
        events=tuple(events),
    )
