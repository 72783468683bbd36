"""Two systems side by side, step by step: the first step that only one of them takes, or that there is none in a scope.

Claims say what matters, and each of them misses something. Here nothing is claimed: from each state that both can come
to, both are asked what they do with each segment that can be there, and what without one. What is compared of a step is the
segment that is received, those that are sent, the events that it is, with the numbers that they say, and afterwards the
variables that both systems have. Two systems that are not told apart do the same, whatever is claimed of them within the scope.

The network keeps every segment (:mod:`model.notation.network`): what an endpoint does with a segment does not depend on what
else is in flight, so that each pair of a state of the endpoints and a segment that can ever meet it is looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from checker.explicit.explorer import Explorer, Successor
from checker.host.limits import Limits, Schedule, clock, out_of_states, out_of_time
from checker.runs.trace import Trace, run
from model.notation.expr import Expr
from model.notation.interpreter import cells, evaluate
from model.notation.network import keeping_everything, why_not_kept
from model.notation.sorts import Value
from model.notation.system import Happening, TransitionSystem
from properties.observe import Monitored

MOST = 100_000
"""How many states are looked at where no limit says otherwise."""
_SLICE = 512
"""How many states are looked at between two looks at the clock."""


class _Seen(NamedTuple):
    """What is seen of a step: what is received, by whom, what is sent, the events, and the variables of both after it."""

    received: Hashable
    by: str
    sent: frozenset[Hashable]
    events: frozenset[tuple[str, Happening, Value | None, Value | None]]
    after: int


@dataclass(frozen=True, slots=True)
class Apart:
    """Where two systems part: the run of each to the step that only it takes; None for one that takes no other there."""

    one: Trace | None
    other: Trace | None

    @property
    def steps(self) -> int:
        """How many steps both take before."""
        return max(len(trace) for trace in (self.one, self.other) if trace is not None) - 1


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of comparing: where they part, or, where they do not, how many states were looked at and what was not."""

    apart: Apart | None
    states: int
    reason: str = ""
    """Why not all of them were looked at, "" where all were."""


class Side:
    """One of the systems: its states by number, and what is seen of their steps."""

    def __init__(self, system: TransitionSystem, shared: tuple[str, ...], names: dict[Hashable, int]) -> None:
        self.system = system
        self.explorer = Explorer(Monitored(keeping_everything(system), ()))
        self.network = "" if system.network is None else system.network.variable
        self.shared = tuple(name for name in shared if name != self.network)
        self._names = names
        self._after: dict[int, int] = {}
        self._rows: dict[int, tuple[Hashable, ...]] = {}

    def name(self, control: int) -> int:
        """Return the number of what both systems have of a state."""
        if control not in self._after:
            state = self.explorer.state(control, 0)
            key = tuple(state[name] for name in self.shared)
            self._after[control] = self._names.setdefault(key, len(self._names))
        return self._after[control]

    def rows(self, mask: int) -> tuple[Hashable, ...]:
        """Return the segments of a set of bits."""
        if mask not in self._rows:
            rows = self.explorer.state(0, mask)[self.network] if mask else frozenset()
            assert isinstance(rows, frozenset)
            self._rows[mask] = tuple(sorted(rows))
        return self._rows[mask]

    def steps(self, control: int, pool: int) -> Iterator[tuple[_Seen, Successor]]:
        """Yield what can be done in a state, and how it looks; what changes nothing, and is no event, is left out."""
        if self.explorer.lacks(control, pool):
            self.explorer.grow(control, pool)
        idlers = self.explorer.idlers[control]
        same = (Successor(need, -1, 0, control, action, arguments) for need, action, arguments in idlers)
        for step in (*self.explorer.moves[control], *(step for step in same if self._events(control, step))):
            if pool & step.need == step.need:
                by = self.system.actions[step.action].by if step.action < len(self.system.actions) else ""
                sent, events = frozenset(self.rows(step.add)), self._events(control, step)
                yield _Seen(self.rows(step.need), by, sent, events, self.name(step.control)), step

    def _events(self, control: int, step: Successor) -> frozenset[tuple[str, Happening, Value | None, Value | None]]:
        """Return the events of a step: of whom, of which kind, and the numbers that are said."""
        events = self.explorer.system.actions[step.action].events
        if not any(event.formulas for event in events):
            return frozenset((event.role, event.kind, None, None) for event in events)
        action = self.explorer.system.actions[step.action]
        state, given = self.explorer.state(control, 0), cells(action, self.explorer.decode(action, step.arguments))

        def value(e: Expr | None) -> Value | None:
            return None if e is None else evaluate(e, state, given)

        return frozenset((event.role, event.kind, value(event.x), value(event.y)) for event in events)


_State = tuple[int, int, int, int]
"""A state of both: control and pool of the one, and of the other."""


def compared(one: TransitionSystem, other: TransitionSystem, limits: Limits | None = None) -> Compared:
    """Compare two systems step by step, as far as the limits allow."""
    limits = limits or Limits()
    for system in (one, other):
        why_not = why_not_kept(system, ()) if system.network is not None else "it has no network"
        if why_not:
            return Compared(None, 0, why_not)
    over = clock(limits)
    shared = tuple(name for name in one.sorts if other.sorts.get(name) == one.sorts[name])
    names: dict[Hashable, int] = {}
    left, right = (Side(system, shared, names) for system in (one, other))
    first: _State = (*left.explorer.initial, *right.explorer.initial)
    came: dict[_State, tuple[_State, Successor, Successor] | None] = {first: None}
    ahead = deque([first])
    most = limits.states or MOST
    while ahead:
        state = ahead.popleft()
        if len(came) > most:
            return Compared(None, len(came), out_of_states(most))
        if not len(came) % _SLICE and over():
            return Compared(None, len(came), out_of_time(limits.seconds or 0))
        ours, theirs = _by_look(left.steps(*state[:2])), _by_look(right.steps(*state[2:]))
        if ours.keys() != theirs.keys():
            return Compared(_parting(left, right, came, state, ours, theirs), len(came))
        for look, steps in ours.items():
            for a in steps:
                for b in theirs[look]:
                    after = (a.control, state[1] & a.keep | a.add, b.control, state[3] & b.keep | b.add)
                    if after not in came:
                        came[after] = (state, a, b)
                        ahead.append(after)
    return Compared(None, len(came))


_Steps = dict[_Seen, list[Successor]]


def _by_look(steps: Iterator[tuple[_Seen, Successor]]) -> _Steps:
    found: _Steps = {}
    for look, step in steps:
        found.setdefault(look, []).append(step)
    return found


def _parting(  # noqa: PLR0913, PLR0917  # both systems, and both steps
    left: Side,
    right: Side,
    came: dict[_State, tuple[_State, Successor, Successor] | None],
    state: _State,
    ours: _Steps,
    theirs: _Steps,
) -> Apart:
    """Return the runs to a step that only one takes, with what the other does at the same segment, or call, instead."""
    way: list[tuple[Successor, Successor]] = []
    at = state
    while (before := came[at]) is not None:
        at, *steps = before
        way.append((steps[0], steps[1]))
    way.reverse()
    mine = [look for look in ours if look not in theirs]
    its = [look for look in theirs if look not in ours]
    met = [(look.received, look.by) for look in (*mine, *its)]
    where = next((m for m in met if sum(m == (look.received, look.by) for look in (*mine, *its)) > 1), met[0])

    def trace(side: Side, steps: _Steps, looks: list[_Seen], number: int) -> Trace | None:
        last = next((steps[look][0] for look in looks if (look.received, look.by) == where), None)
        if last is None:
            return None
        schedule: Schedule = tuple(side.explorer.named(step) for step in (*(pair[number] for pair in way), last))
        return run(Monitored(side.system, ()), schedule, kept_everything=True)

    return Apart(trace(left, ours, mine, 0), trace(right, theirs, its, 1))
