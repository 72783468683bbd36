"""Two systems side by side, step by step: the first step that only one of them takes, or that there is none in a scope.

Claims say what matters, and each of them misses something. Here nothing is claimed: from each state that both can come
to, both are asked what they do with each segment that can be there, and what without one. What is compared of a step is the
segment that is received, those that are sent, the events that it is, with the numbers that they say, and afterwards the
variables that both systems have. Two systems that are not told apart do the same, whatever is claimed of them within the scope.
A step of which nothing is seen, as where only a variable of one's own changes, one of them takes alone.

The network keeps every segment (:mod:`model.notation.network`): what an endpoint does with a segment does not depend on what
else is in flight, so that each pair of a state of the endpoints and a segment that can ever meet it is looked at.

What nobody sends arrives as well: from a host that has crashed, from somebody who guesses, from another stack. Where two
systems do the same with all that they send each other, each of their endpoints is given :func:`anything` in each of its states
as well, and it is looked at what both do with that, once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from checker.explicit.explorer import Explorer, Node, Successor
from checker.host.limits import Limits, Schedule, clock, out_of_states, out_of_time
from checker.runs.trace import Trace, run
from checker.scenarios.injecting import INJECTS, with_injection
from model.notation.expr import Expr
from model.notation.interpreter import cells, evaluate
from model.notation.network import keeping_everything, why_not_kept
from model.notation.sorts import MODULUS, Value
from model.notation.system import Happening, TransitionSystem
from model.tcp.assumptions import Assumptions
from model.tcp.scope import Scope
from model.tcp.segment import bits_of
from properties.observe import Monitored

MOST = 100_000
"""How many states are looked at where no limit says otherwise."""
_ALL = -1
"""What a step keeps of a pool that loses nothing by it: every bit."""
_SLICE = 512
"""How many states are looked at between two looks at the clock."""
Row = tuple[Value, ...]


_Events = frozenset[tuple[str, Happening, Value | None, Value | None]]
"""Events: of whom, of which kind, and the numbers that are said."""


class _Seen(NamedTuple):
    """What is seen of a step: what is received, by whom, what is sent, the events, and the variables of both after it."""

    received: Hashable
    by: str
    sent: frozenset[Hashable]
    keeps: bool
    """Whether what was in flight stays there: two steps of one look are taken for each other."""
    events: _Events
    after: int


@dataclass(frozen=True, slots=True)
class Apart:
    """Where two systems part: the run of each to the step that only it takes; None for one that takes no other there."""

    one: Trace | None
    other: Trace | None
    anybody: bool = False
    """Whether it takes a segment that neither of the two ends sends."""

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
        self._said: dict[int, _Events | None] = {}
        self._looks: dict[int, list[tuple[_Seen | None, Successor]]] = {}

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

    def pool(self, rows: frozenset[Row]) -> int:
        """Return a set of segments as bits."""
        return self.explorer.node({**self.explorer.state(0, 0), self.network: rows})[1]

    def local(self, control: int, role: str) -> tuple[tuple[str, Value], ...]:
        """Return what an endpoint sees of a state: all but what belongs to another."""
        others = tuple(f"{other}." for other in self.system.views if other != role)
        state = self.explorer.state(control, 0)
        return tuple((name, value) for name, value in state.items() if not name.startswith(others))

    def by_look(self, control: int, pool: int) -> tuple[_Steps, list[Successor]]:
        """Return what can be done in a state, by how it looks, and the steps of which nothing is seen."""
        found: _Steps = {}
        unseen: list[Successor] = []
        for look, step in self.steps(control, pool):
            if look is None:
                unseen.append(step)
            else:
                found.setdefault(look, []).append(step)
        return found, unseen

    def steps(self, control: int, pool: int) -> Iterator[tuple[_Seen | None, Successor]]:
        """Yield what can be done in a state, and how it looks, None where nothing is seen of it.

        What changes nothing, and is no event, is left out.
        """
        if self.explorer.lacks(control, pool):
            self.explorer.grow(control, pool)
            self._looks.pop(control, None)
        if control not in self._looks:
            idlers = self.explorer.idlers[control]
            same = (Successor(need, need, _ALL, 0, control, action, arguments) for need, action, arguments in idlers)
            steps = (*self.explorer.moves[control], *(step for step in same if self._events(control, step)))
            self._looks[control] = [(self._look(control, step), step) for step in steps]
        for look, step in self._looks[control]:
            if step.possible(pool):
                yield look, step

    def _look(self, control: int, step: Successor) -> _Seen | None:
        events, after = self._events(control, step), self.name(step.control)
        if step.keep == _ALL and not (step.add or events or after != self.name(control)):
            return None
        by = self.system.actions[step.action].by if step.action < len(self.system.actions) else ""
        return _Seen(self.rows(step.need), by, frozenset(self.rows(step.add)), step.keep == _ALL, events, after)

    def _events(self, control: int, step: Successor) -> _Events:
        """Return the events of a step: of whom, of which kind, and the numbers that are said."""
        action = self.explorer.system.actions[step.action]
        if step.action not in self._said:
            numbered = any(event.formulas for event in action.events)
            said = None if numbered else frozenset((event.role, event.kind, None, None) for event in action.events)
            self._said[step.action] = said
        known = self._said[step.action]
        if known is not None:
            return known
        state, given = self.explorer.state(control, 0), cells(action, self.explorer.decode(action, step.arguments))

        def value(e: Expr | None) -> Value | None:
            return None if e is None else evaluate(e, state, given)

        return frozenset((event.role, event.kind, value(event.x), value(event.y)) for event in action.events)


_State = tuple[int, int, int, int]
"""A state of both: control and pool of the one, and of the other."""


def compared(
    one: TransitionSystem, other: TransitionSystem, limits: Limits | None = None, given: Iterable[Row] = ()
) -> Compared:
    """Compare two systems step by step, as far as the limits allow; and by what each endpoint does with what is ``given``."""
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
    came: _Came = {first: None}
    ahead = deque([first])
    most = limits.states or MOST
    while ahead:
        state = ahead.popleft()
        if len(came) > most:
            return Compared(None, len(came), out_of_states(most))
        if not len(came) % _SLICE and over():
            return Compared(None, len(came), out_of_time(limits.seconds or 0))
        (ours, alone), (theirs, by_itself) = left.by_look(*state[:2]), right.by_look(*state[2:])
        if ours.keys() != theirs.keys():
            return Compared(_parting(left, right, came, state, ours, theirs), len(came))
        pairs: list[_Pair] = [(a, b) for look, steps in ours.items() for a in steps for b in theirs[look]]
        for a, b in [*pairs, *((step, None) for step in alone), *((None, step) for step in by_itself)]:
            after = (*_after(state[:2], a), *_after(state[2:], b))
            if after not in came:
                came[after] = (state, (a, b))
                ahead.append(after)
    apart = next(_apart_by_what_is_given(left, right, came, tuple(given)), None)
    return Compared(apart, len(came))


def anything(system: TransitionSystem, scope: Scope, assumptions: Assumptions) -> Iterator[Row]:
    """Yield segments of all kinds to each endpoint, with numbers below, at and above all that it compares them with.

    SEG.SEQ is compared with RCV.NXT and the window, SEG.ACK with SND.UNA, SND.NXT and how far back an ACK may lie
    (RFC 5961 §5).
    """
    sort = system.segments
    assert sort is not None
    left, right = system.views
    wide = (0, assumptions.rcv_wnd - 1, assumptions.rcv_wnd)
    for role, peer, own, its in (
        (left, right, scope.client_isns, scope.server_isns),
        (right, left, scope.server_isns, scope.client_isns),
    ):
        seqs = {0, *(isn + n for isn in its for n in (-1, 0, 1, 2, *(1 + w for w in wide), MODULUS // 2))}
        back = (-assumptions.max_snd_wnd - 1, -assumptions.max_snd_wnd)
        acks = {0, *(isn + n for isn in own for n in (*back, -1, 0, 1, 2, 3, MODULUS // 2))}
        for ctl in dict(sort.columns)["ctl"].values():
            bits = bits_of(str(ctl))
            for seq in sorted(seqs):
                for ack in sorted(acks) if "ACK" in bits else (0,):
                    for data in (0, 1) if bits == ("ACK",) else (0,):
                        yield (peer, role, seq % MODULUS, ack % MODULUS, ctl, data)


def _apart_by_what_is_given(left: Side, right: Side, came: _Came, given: tuple[Row, ...]) -> Iterator[Apart]:
    """Yield where two systems that are alike otherwise part with a segment that they are given, after few steps first."""
    met: set[object] = set()
    for role in left.system.views if given else ():
        to_it = frozenset(row for row in given if row[1] == role)
        pools = (left.pool(to_it), right.pool(to_it))
        for state in came:
            met_here = (role, left.local(state[0], role), right.local(state[2], role))
            if met_here in met:
                continue
            met.add(met_here)
            (ours, _), (theirs, _) = left.by_look(state[0], pools[0]), right.by_look(state[2], pools[1])
            if ours.keys() != theirs.keys():
                yield _parting(left, right, came, state, ours, theirs, anybody=True)


_Steps = dict[_Seen, list[Successor]]
_Pair = tuple[Successor | None, Successor | None]
"""A step of each, or None for one that takes none."""
_Came = dict[_State, tuple[_State, _Pair] | None]


def _after(state: Node, step: Successor | None) -> Node:
    return state if step is None else (step.control, state[1] & step.keep | step.add)


def _parting(  # noqa: PLR0913, PLR0917  # both systems, and both steps
    left: Side,
    right: Side,
    came: _Came,
    state: _State,
    ours: _Steps,
    theirs: _Steps,
    *,
    anybody: bool = False,
) -> Apart:
    """Return the runs to a step that only one takes, with what the other does at the same segment, or call, instead."""
    way: list[_Pair] = []
    at = state
    while (before := came[at]) is not None:
        at, pair = before
        way.append(pair)
    way.reverse()
    mine = [look for look in ours if look not in theirs]
    its = [look for look in theirs if look not in ours]
    met = [(look.received, look.by) for look in (*mine, *its)]
    where = next((m for m in met if sum(m == (look.received, look.by) for look in (*mine, *its)) > 1), met[0])

    def trace(side: Side, steps: _Steps, looks: list[_Seen], number: int) -> Trace | None:
        last = next((steps[look][0] for look in looks if (look.received, look.by) == where), None)
        if last is None:
            return None
        schedule: Schedule = tuple(side.explorer.named(step) for step in (pair[number] for pair in way) if step is not None)
        system = side.system
        if anybody:
            assert isinstance(where[0], tuple)
            assert system.segments is not None
            cells = dict(zip(system.segments.names, where[0][0], strict=True))
            system, schedule = with_injection(system, cells), (*schedule, (INJECTS, cells))
        return run(Monitored(system, ()), (*schedule, side.explorer.named(last)), kept_everything=True)

    return Apart(trace(left, ours, mine, 0), trace(right, theirs, its, 1), anybody)
