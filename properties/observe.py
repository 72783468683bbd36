"""How a claim watches a system: observers, and what to look for in each step.

A claim is about steps. For each action it is shown a :class:`Step`: the state before and after, the segment received, the
segments sent, the events. From these it says when it is violated (or, for reachability, when its goal is reached) and when
its trigger is met. What it must remember it keeps in *observers*, variables of its own that no guard reads: so they cannot
change what the system does, and a system that is asked nothing carries none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from model.analysis import substitute
from model.endpoint import TCB
from model.expr import FALSE, Expr, Op, Row, lift, variable
from model.network import connect
from model.segment import COLUMNS, Segment
from model.sorts import NotationError, check_is, nearest
from model.system import Action, EventKind, TransitionSystem, Variable, View
from properties.fairness import Fairness


@dataclass(frozen=True, slots=True)
class Seen:
    """What a claim makes of a step: whether it stops the search there, and whether its trigger is met."""

    stop: Expr = FALSE
    trigger: Expr = FALSE


@dataclass(frozen=True)
class Obligation:
    """What a claim of liveness asks for: a state that meets ``premise``, or one after it, meets ``goal`` in each fair run."""

    premise: Expr
    goal: Expr
    fairness: tuple[Fairness, ...]


@dataclass(frozen=True)
class Check:
    """What to look for on behalf of one claim.

    ``stop`` and ``trigger`` give, by the name of an action, formulas over the state before its step and its parameters. An
    action that is not named never decides the claim and never is its trigger. ``at_start`` decides it in the initial state. A
    check that only ``guards`` a search is looked for as long as the search lasts, and does not make it last.
    """

    name: str
    stop: Mapping[str, Expr] = field(default_factory=dict)
    trigger: Mapping[str, Expr] = field(default_factory=dict)
    at_start: Expr = FALSE
    guards: bool = False
    obligation: Obligation | None = None
    """What a claim of liveness asks for; no step decides one."""
    observers: tuple[str, ...] = ()
    """The variables of the system in which the claim remembers."""

    @property
    def formulas(self) -> tuple[Expr, ...]:
        """Return every formula that is watched."""
        asked = self.obligation
        whole = () if asked is None else (asked.premise, asked.goal, *(assumed.when for assumed in asked.fairness))
        return (*self.stop.values(), *self.trigger.values(), *whole)


@dataclass(frozen=True)
class Monitored:
    """A system with the observers of some claims woven in, and what to look for in it."""

    system: TransitionSystem
    checks: tuple[Check, ...] = ()

    @property
    def formulas(self) -> tuple[Expr, ...]:
        """Return every formula that is watched."""
        return tuple(formula for check in self.checks for formula in check.formulas)

    @cached_property
    def exact(self) -> TransitionSystem:
        """The system with its network written out."""
        return connect(self.system)


class Step:
    """One action as a claim sees it."""

    def __init__(self, system: TransitionSystem, action: Action, observers: Mapping[str, Variable]) -> None:
        self.system = system
        self.action = action
        self._observers = observers
        self.updates: dict[str, Expr] = {}

    def __getitem__(self, observer: str) -> Expr:
        """The value of an observer before the step."""
        return self._observer(observer).value

    def set(self, observer: str, value: object) -> None:
        """Give an observer a new value; the last value given in a step counts."""
        v = self._observer(observer)
        new = lift(value, v.sort)
        self.updates.pop(v.name, None)
        if not (new.op is Op.VARIABLE and new.data == v.name):
            self.updates[v.name] = new

    def _observer(self, name: str) -> Variable:
        if name not in self._observers:
            raise NotationError(f"the claim has no observer {name!r}; {nearest(name, tuple(self._observers))}")
        return self._observers[name]

    def after(self, e: Expr) -> Expr:
        """Return the value of ``e`` after the step, with the observers as set so far."""
        return substitute(e, {**self.action.updates, **self.updates})

    @property
    def roles(self) -> tuple[str, ...]:
        """The endpoints, from left to right."""
        return tuple(self.system.views)

    def of(self, role: str, name: str) -> Expr:
        """The variable ``name`` of the TCB of the endpoint in ``role``, before the step."""
        return variable(f"{role}.{name}", TCB[name])

    def view(self, role: str) -> View:
        """Return what can be seen of the endpoint in ``role``, before the step."""
        return self.system.views[role]

    def opens(self, role: str) -> bool:
        """Whether the step begins a new attempt."""
        return self.action.does(EventKind.OPENS, role)

    def answers(self, role: str) -> bool:
        """Whether the step creates a connection for a SYN."""
        return self.action.does(EventKind.ANSWERS, role)

    def accepts(self, role: str) -> bool:
        """Whether the step takes the segment received into the connection."""
        return self.action.does(EventKind.ACCEPTS, role)

    def establishes(self, role: str) -> bool:
        """Whether the endpoint enters ESTABLISHED."""
        return self.action.does(EventKind.ESTABLISHES, role)

    def ends(self, role: str) -> bool:
        """Whether the endpoint's TCB is deleted."""
        return self.action.does(EventKind.ENDS, role)

    @property
    def received(self) -> Segment | None:
        """The TCP segment received, if one is."""
        row = self.received_row
        return None if row is None else self._segment(row)

    @property
    def sent(self) -> tuple[Segment, ...]:
        """The TCP segments sent."""
        return tuple(map(self._segment, self.sent_rows))

    @property
    def received_row(self) -> Row | None:
        """The segment received, if one is, by the columns of the network."""
        arriving = self.action.segment
        return None if arriving is None else arriving.row

    @property
    def sent_rows(self) -> tuple[Row, ...]:
        """The segments sent, by the columns of the network."""
        return tuple(Row(dict(zip(self._columns, cells, strict=True))) for cells in self.action.sends)

    @property
    def _columns(self) -> tuple[str, ...]:
        segments = self.system.segments
        return () if segments is None else segments.names

    def _segment(self, row: Row) -> Segment:
        if self._columns != COLUMNS:
            rows = "step.received_row and step.sent_rows"
            raise NotationError(f"the segments of {self.system.name} are not TCP's: read their columns with {rows}")
        return Segment.of(row)


def observer_name(claim: str, observer: str) -> str:
    """Return the name of the variable that an observer of a claim is in the system that the claim watches."""
    return f"{claim}.{observer}"


def monitor(
    system: TransitionSystem, name: str, observers: Iterable[Variable], watch: Callable[[Step], Seen]
) -> tuple[TransitionSystem, Check]:
    """Weave the observers of the claim ``name`` into ``system`` and collect what ``watch`` makes of each action.

    An observer is a variable of the system from then on, called by the claim's name and its own.
    """
    own = {v.name: replace(v, name=observer_name(name, v.name)) for v in observers}
    stop: dict[str, Expr] = {}
    trigger: dict[str, Expr] = {}
    updates: dict[str, Mapping[str, Expr]] = {}
    for action in system.actions:
        step = Step(system, action, own)
        seen = watch(step)
        check_is(f"what claim {name!r} sees in {action.name}", seen, Seen, "return Seen(stop=..., trigger=...)", name)
        updates[action.name] = step.updates
        if seen.stop is not FALSE:
            stop[action.name] = seen.stop
        if seen.trigger is not FALSE:
            trigger[action.name] = seen.trigger
    return system.extended(tuple(own.values()), updates), Check(
        name, stop, trigger, observers=tuple(v.name for v in own.values())
    )
