"""How a claim watches a system: what it sees of each step.

A claim is about steps. For each action it is shown a :class:`Step`: the state before and after, the segment received, the
segments sent, the events. From these it says when it is violated (or, for reachability, when its goal is reached) and when
its trigger is met, and what it remembers (:mod:`properties.observe`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from model.notation.analysis import substitute
from model.notation.expr import FALSE, Expr, Op, Row, lift, variable
from model.notation.sorts import NotationError, check_is, nearest
from model.notation.system import Action, Event, Happening, TransitionSystem, Variable, View
from model.tcp.endpoint import TCB, EventKind
from model.tcp.segment import TCP, Segment
from properties.observe import Check, Seen, observer_name


class Step:
    """One action as a claim sees it.

    What is below :meth:`event` is for claims about TCP, or about whoever says the same events.
    """

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

    def event(self, kind: Happening, role: str) -> Event | None:
        """Return the event of that kind in that role, if the step is one."""
        return self.action.event(kind, role)

    def does(self, kind: Happening, role: str) -> bool:
        """Return whether the step is an event of that kind in that role."""
        return self.action.does(kind, role)

    def of(self, role: str, name: str) -> Expr:
        """The variable ``name`` of the TCB of the endpoint in ``role``, before the step."""
        return variable(f"{role}.{name}", TCB[name])

    def view(self, role: str) -> View:
        """Return what can be seen of the endpoint in ``role``, before the step."""
        return self.system.views[role]

    def opens(self, role: str) -> bool:
        """Whether the step begins a new attempt."""
        return self.does(EventKind.OPENS, role)

    def answers(self, role: str) -> bool:
        """Whether the step creates a connection for a SYN."""
        return self.does(EventKind.ANSWERS, role)

    def accepts(self, role: str) -> bool:
        """Whether the step takes the segment received into the connection."""
        return self.does(EventKind.ACCEPTS, role)

    def establishes(self, role: str) -> bool:
        """Whether the endpoint enters ESTABLISHED."""
        return self.does(EventKind.ESTABLISHES, role)

    def ends(self, role: str) -> bool:
        """Whether the endpoint's TCB is deleted."""
        return self.does(EventKind.ENDS, role)

    def numbers(self, role: str) -> tuple[Expr, Expr]:
        """Return the ISN that the endpoint in ``role`` has of its own, and the one of the other, after the step.

        They are those of its events where these say what they are about, as a listener does that keeps no TCB; else its view's.
        """
        view = self.view(role)
        said = next((event for event in self.action.events if event.role == role and event.formulas), None)
        x, y = (said.x, said.y) if said is not None else (None, None)
        return (self.after(view.iss) if x is None else x, self.after(view.irs) if y is None else y)

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
        if self.system.segments is None or self.system.segments.format.name != TCP.name:
            rows = "step.received_row and step.sent_rows"
            raise NotationError(f"the segments of {self.system.name} are not TCP's: read their columns with {rows}")
        return Segment.of(row)


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
