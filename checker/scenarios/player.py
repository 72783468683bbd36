"""Playing a scenario on a model, by the reference semantics.

What a scenario leaves open is chosen so that as little as possible happens: no copy stays, nothing is sent along. A copy of a
segment that does stay behind is held back, until a line of the scenario delivers that very segment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from checker.files.mistakes import ModelFileError, Place
from checker.host.limits import Schedule
from checker.runs.declared import check_events, watched
from checker.runs.explain import enabled, refusals
from checker.runs.trace import Trace, decisive_steps, run
from checker.scenarios.figure_lines import DifferentLineError, Line, renamed, shown
from checker.scenarios.injecting import INJECTS, injected
from checker.scenarios.scenario import Entry, Scenario
from model.notation.interpreter import Argument, Arguments, Interpreter, State, evaluate
from model.notation.network import KEPT, LOSES, SEGMENT, connect
from model.notation.pretty import segment_text
from model.notation.sorts import NotationError, Relation, Sort, Value, brief, nearest
from model.notation.system import Action, Parameter, TransitionSystem
from model.tcp.assumptions import Assumptions
from properties.claim import Claim
from properties.specification import Specification

_SIDES = 2
_MOST = 100
"""How many segments ``"deliver": "all"`` delivers before it is taken to go on for ever."""


class NotPossibleError(Exception):
    """A step of a scenario is not possible where it stands; the message says why.

    ``played`` is the run up to there, None where nothing was played.
    """

    def __init__(self, message: str, played: Played | None = None) -> None:
        super().__init__(message)
        self.played = played


@dataclass(frozen=True)
class Phase:
    """Part of a run under one sentence: its steps from ``begin`` up to ``end``, counted from 0."""

    says: str
    begin: int
    end: int


@dataclass(frozen=True)
class Played:
    """A scenario as it went on one model. ``violated`` has for each claim the steps that violate it, from 1.

    ``lines`` are those of a figure of the RFC, each with the number of its phase; a scenario of another kind has none.
    """

    spec: Specification
    trace: Trace
    phases: tuple[Phase, ...]
    violated: Mapping[str, tuple[int, ...]]
    lines: tuple[tuple[int, Line], ...] = ()
    whole: bool = True
    """Whether it was played to its end, and every line of a figure was as it should be."""


def play(scenario: Scenario, spec: Specification, assumptions: Assumptions, claims: Sequence[Claim] = ()) -> Played:
    """Play a scenario on a model, and see which of the claims its steps violate.

    Raises :class:`NotPossibleError` for a step that is not possible, and for a line that is not what the run shows;
    :class:`~checker.files.model_file.ModelFileError` for a step that the model does not know.
    """
    spec = injected(scenario, spec)
    system = spec.build(scenario.scope, assumptions)
    seen = watched(spec, system, claims)
    player = _Player(scenario, spec, connect(system))
    phases: list[Phase] = []
    expected: list[tuple[int, Line]] = []
    of_phase: list[int] = []

    def played(lines: Sequence[Line] = ()) -> Played:
        trace = run(seen, player.taken)
        with spec.reporting():
            check_events(seen, trace)
        return Played(spec, trace, tuple(phases), decisive_steps(seen, trace), tuple(zip(of_phase, lines, strict=False)))

    for entry in scenario.entries:
        if entry.kind == "says":
            phases.append(Phase(entry.what, len(player.taken), len(player.taken)))
            continue
        if not phases:
            phases.append(Phase("", 0, 0))
        if entry.kind == "line":
            expected.append((len(player.taken), entry.what))
            of_phase.append(len(phases) - 1)
            continue
        try:
            player.play(entry)
        except NotPossibleError as error:
            phases[-1] = Phase(phases[-1].says, phases[-1].begin, len(player.taken))
            so_far = played()
            lines = _lines(scenario, so_far, expected, whole=False)  # one that differs before is what went wrong first
            raise NotPossibleError(
                str(error), replace(so_far, lines=tuple(zip(of_phase, lines, strict=False)), whole=False)
            ) from None
        phases[-1] = Phase(phases[-1].says, phases[-1].begin, len(player.taken))
    whole = played()
    return replace(whole, lines=tuple(zip(of_phase, _lines(scenario, whole, expected), strict=True)))


def _lines(scenario: Scenario, played: Played, expected: Sequence[tuple[int, Line]], *, whole: bool = True) -> list[Line]:
    """Return the lines of a figure as the run shows them, which has to be as the RFC has them; ``whole`` is its whole run."""
    trace, name = played.trace, played.spec.name
    if expected and len(trace.roles) != _SIDES:
        raise NotPossibleError(f"{scenario.name} draws lines between two endpoints, and {name} has {len(trace.roles)}", played)
    found: list[Line] = []
    try:
        for line in shown(trace, expected, whole=whole):
            found.append(line)  # noqa: PERF402  # the lines before the one that differs count
    except DifferentLineError as error:
        where = f"line {len(found) + 1} of {scenario.name} comes out differently in {name}"
        lines = [renamed(line, scenario.names) for line in found]
        of_phase = [
            next(n for n, phase in reversed(list(enumerate(played.phases))) if phase.begin <= taken) for taken, _ in expected
        ]
        raise NotPossibleError(
            f"{where}: {error}", replace(played, lines=tuple(zip(of_phase, lines, strict=False)), whole=False)
        ) from None
    return [renamed(line, scenario.names) for line in found]


class _Player:
    def __init__(self, scenario: Scenario, spec: Specification, system: TransitionSystem) -> None:
        self.scenario = scenario
        self.spec = spec
        self.system = system
        self.network = "" if system.network is None else system.network.variable
        self.interpreter = Interpreter(system)
        self.state: State = self.interpreter.initial()
        self.schedule: list[tuple[str, Arguments]] = []
        self.in_flight: list[tuple[Value, ...]] = []
        self.held: set[tuple[Value, ...]] = set()

    @property
    def taken(self) -> Schedule:
        return tuple(self.schedule)

    def play(self, entry: Entry) -> None:
        try:
            getattr(self, f"_{entry.kind}")(entry)
        except NotPossibleError as error:
            if not entry.if_possible:
                where = f"step {entry.number} of {self.scenario.name} is not possible in {self.spec.name}"
                raise NotPossibleError(f"{where}: {error}") from None
        except NotationError as error:
            raise ModelFileError(f"{Place(self.scenario.name, entry.line)}: step {entry.number}: {error}") from error

    def _action(self, entry: Entry) -> None:
        if entry.if_possible and entry.what not in self.system.action:
            return
        action = self.system.named(entry.what)
        given = self._given(action, entry.given, strict=True)
        self._take(next(enabled(self.interpreter, action, self.state, given), None), action, given)

    def _take(self, arguments: Arguments | None, action: Action, given: Arguments) -> None:
        for p in action.parameters:
            if p.source is not None and p.name in given and given[p.name] not in self._rows(p):
                raise NotPossibleError(f"{action.name} cannot take {given[p.name]}, which is not in {p.source}")
        if arguments is None:
            raise NotPossibleError(str(refusals(self.interpreter, action, self.state, given)[0]))
        step = self.interpreter.take(self.state, action.name, arguments)
        self.schedule.append((step.action, step.arguments))
        self.state = step.state
        if self.network:
            now = self._segments()
            self.in_flight = [row for row in self.in_flight if row in now]
            self.in_flight += sorted(now - set(self.in_flight))
            self.held &= now
            received = step.arguments.get(action.receives)
            if received in now:
                self.held.add(received)  # a copy that stays behind is held back

    def _rows(self, p: Parameter) -> frozenset[tuple[Value, ...]]:
        assert p.source is not None
        rows = evaluate(p.source, self.state)
        assert isinstance(rows, frozenset)
        return rows

    def _segments(self) -> frozenset[tuple[Value, ...]]:
        rows = self.state[self.network]
        assert isinstance(rows, frozenset)
        return rows

    def _deliver(self, entry: Entry) -> None:
        known = {p.name for action in self.system.actions if action.receives for p in action.parameters} | {KEPT}
        for name in entry.given:
            if name not in known:
                raise NotationError(f"nothing that receives a segment has a parameter {name!r}; {nearest(name, tuple(known))}")
        if entry.what != "all":
            self._arrive(self._find(entry.what), entry.given)
            return
        met: dict[tuple[object, ...], int] = {}
        for number in range(_MOST):
            waiting = [row for row in self.in_flight if row not in self.held]
            if not waiting:
                return
            before = met.setdefault((*self.state.values(), *waiting), number)
            if before < number:
                raise NotPossibleError(f"this never ends: after {number} deliveries all is as it was after {before}")
            self._arrive(waiting[0], entry.given)
        raise NotPossibleError(f"after {_MOST} deliveries there are still segments in flight")

    def _arrive(self, row: tuple[Value, ...], given: Mapping[str, Any]) -> None:
        receiving = [
            (action, {**self._given(action, given, strict=False), action.receives: row})
            for action in self.system.actions
            if action.receives
        ]
        for action, fixed in receiving:
            arguments = next(enabled(self.interpreter, action, self.state, fixed), None)
            if arguments is not None:
                self._take(arguments, action, fixed)
                return
        lacking = [r for action, fixed in receiving for r in refusals(self.interpreter, action, self.state, fixed)[:1]]
        least = min(lacking, key=lambda refusal: len(refusal.reasons), default="no action receives anything")
        raise NotPossibleError(f"nobody takes {self._text(row)}; {least}")

    def _inject(self, entry: Entry) -> None:
        sort = self.system.segments
        assert sort is not None  # or there would be no such action
        ends = (sort.format.source, sort.format.destination)
        given = {"ack": 0, "data": 0, **entry.what}
        hosts = dict(sort.columns)[ends[0]].values()
        if ends[1] not in given and len(hosts) == len(ends) and given.get(ends[0]) in hosts:
            (given[ends[1]],) = (host for host in hosts if host != given[ends[0]])
        for column in given:
            if column not in sort.names:
                raise NotationError(f"a segment has no {column!r}; {nearest(column, sort.names)}")
        lacking = next((column for column in sort.names if column not in given), None)
        if lacking is not None:
            write = '"inject": {"source": "client", "ctl": "RST", "seq": 105}'
            raise NotationError(f"a segment that is injected says its {lacking}, as in {write}")
        cells = {column: cell.check(given[column]) for column, cell in sort.columns}
        self._take(cells, self.system.named(INJECTS), cells)

    def _lose(self, entry: Entry) -> None:
        row = self._find(entry.what)
        action = next((a for a in self.system.actions if a.name == LOSES), None)
        if action is None:
            raise NotPossibleError("its network loses nothing")
        self._take({SEGMENT: row}, action, {SEGMENT: row})

    def _hold(self, entry: Entry) -> None:
        self._find(entry.what)
        self.held.update(self._matching(entry.what))

    def _absent(self, entry: Entry) -> None:
        found = self._matching(entry.what)
        if found:
            raise NotPossibleError(f"{self._text(found[0])} is in flight, and should not be")

    def _find(self, pattern: Mapping[str, Any]) -> tuple[Value, ...]:
        found = self._matching(pattern)
        if found:
            return found[0]
        if not pattern:
            raise NotPossibleError("no segment is in flight")
        wanted = ", ".join(f"{column} {value}" for column, value in pattern.items())
        there = ", ".join(map(self._text, self.in_flight)) or "none"
        raise NotPossibleError(f"no segment in flight has {wanted}; in flight: {there}")

    def _matching(self, pattern: Mapping[str, Any]) -> list[tuple[Value, ...]]:
        """Return the segments in flight whose cells are as given, the oldest first."""
        sort = self.system.segments
        if sort is None:
            raise NotPossibleError("it has no network")
        cells = dict(sort.columns)
        for column, value in pattern.items():
            if column not in cells:
                raise NotationError(f"a segment has no {column!r}; {nearest(column, sort.names)}")
            cells[column].check(value)
        wanted = [(sort.names.index(column), value) for column, value in pattern.items()]
        return [row for row in self.in_flight if all(row[i] == value for i, value in wanted)]

    def _text(self, row: tuple[Value, ...]) -> str:
        assert self.system.segments is not None
        return segment_text(dict(zip(self.system.segments.names, row, strict=True)), self.system.segments.format)

    def _given(self, action: Action, given: Mapping[str, Any], *, strict: bool) -> Arguments:
        own = {p.name: p for p in action.parameters}
        for name in given:
            if strict and name not in own:
                has = nearest(name, tuple(own)) if own else "it has none"
                raise NotationError(f"{action.name} has no parameter {name!r}; {has}")
        return {name: _argument(own[name], value) for name, value in given.items() if name in own}


def _argument(p: Parameter, value: object) -> Argument:
    """Return what JSON says as an argument: a list as the row that it is."""
    sorts = [sort for _, sort in p.columns]
    if p.source is None:
        return _value(sorts[0], value)
    if not isinstance(value, list) or len(value) != len(sorts):
        raise NotationError(f"{p.name} is a row of {len(sorts)} cells, and not {json.dumps(value)}")
    return tuple(_value(sort, cell) for sort, cell in zip(sorts, value, strict=True))


def _value(sort: Sort, value: object) -> Value:
    if isinstance(sort, Relation) and isinstance(value, list):
        if not all(isinstance(row, list) and all(isinstance(cell, bool | int | str) for cell in row) for row in value):
            raise NotationError(f"{brief(value)} is not a set of rows: write a list of lists, such as [[1, true]]")
        return sort.check(frozenset(tuple(row) for row in value))
    return sort.check(value)
