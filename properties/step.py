"""How a claim watches a system: what it sees of each step.

A claim is about steps. For each action it is shown a :class:`Step`: the state before and after, the segment received, the
segments sent, the events. From these it says when it is violated (or, for reachability, when its goal is reached) and when
its trigger is met, and what it remembers (:mod:`properties.observe`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from model.notation.analysis import mentions, substitute
from model.notation.expr import FALSE, Expr, Key, Op, Row, lift, variable
from model.notation.sorts import NotationError, check_is, nearest
from model.notation.system import Action, Event, Happening, TransitionSystem, Variable, View
from model.tcp.endpoint import TCB, EventKind
from model.tcp.segment import TCP, Segment
from properties.observe import Check, Seen, observer_name


class Step:
    """One action as a claim sees it.

    What is below :meth:`event` is for claims about TCP, or about whoever says the same events.

    ``beyond`` says whether the claim looked at something that may be otherwise where the network is written out: the action or
    the system as a whole, or what becomes of the network. ``known`` keeps what formulas become by the action, for all claims.
    """

    def __init__(
        self,
        system: TransitionSystem,
        action: Action,
        observers: Mapping[str, Variable],
        known: dict[Key, Expr] | None = None,
    ) -> None:
        self._system = system
        self._action = action
        self._observers = observers
        self._known = known
        self.updates: dict[str, Expr] = {}
        self.beyond = False

    @property
    def system(self) -> TransitionSystem:
        """The system that the claim watches."""
        self.beyond = True
        return self._system

    @property
    def action(self) -> Action:
        """The action."""
        self.beyond = True
        return self._action

    @property
    def by(self) -> str:
        """The role that acts, "" where none is named."""
        return self._action.by

    @property
    def assumptions(self) -> Mapping[str, str | bool | int]:
        """The assumptions that the system was built under, by name."""
        return self._system.assumptions

    def __getitem__(self, observer: str) -> Expr:
        """The value of an observer before the step."""
        return self._observer(observer).value

    def remembers(self, observer: str) -> bool:
        """Return whether the claim has that observer in this system."""
        return observer in self._observers

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
        network = self._system.network
        self.beyond |= network is not None and (Op.VARIABLE, network.variable) in mentions(e)
        if self.updates:
            return substitute(e, {**self._action.updates, **self.updates})
        return substitute(e, self._action.updates, self._known)

    @property
    def roles(self) -> tuple[str, ...]:
        """The endpoints, from left to right."""
        return tuple(self._system.views)

    def event(self, kind: Happening, role: str) -> Event | None:
        """Return the event of that kind in that role, if the step is one."""
        return self._action.event(kind, role)

    def does(self, kind: Happening, role: str) -> bool:
        """Return whether the step is an event of that kind in that role."""
        return self._action.does(kind, role)

    def of(self, role: str, name: str) -> Expr:
        """The variable ``name`` of the TCB of the endpoint in ``role``, before the step."""
        return variable(f"{role}.{name}", self._system.sorts.get(f"{role}.{name}", TCB[name]))

    def view(self, role: str) -> View:
        """Return what can be seen of the endpoint in ``role``, before the step."""
        return self._system.views[role]

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
        said = next((event for event in self._action.events if event.role == role and event.formulas), None)
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
        arriving = self._action.segment
        return None if arriving is None else arriving.row

    @property
    def sent_rows(self) -> tuple[Row, ...]:
        """The segments sent, by the columns of the network."""
        return tuple(Row(dict(zip(self._columns, cells, strict=True))) for cells in self._action.sends)

    @property
    def _columns(self) -> tuple[str, ...]:
        segments = self._system.segments
        return () if segments is None else segments.names

    def _segment(self, row: Row) -> Segment:
        segments = self._system.segments
        if segments is None or segments.format.name != TCP.name:
            rows = "step.received_row and step.sent_rows"
            raise NotationError(f"the segments of {self._system.name} are not TCP's: read their columns with {rows}")
        return Segment.of(row)


@dataclass(frozen=True, slots=True)
class Told:
    """What a claim says of the actions of a system, by their names; its ``observers`` have the names that they have there.

    ``beyond`` says whether it might say otherwise where the network is written out.
    """

    name: str
    observers: tuple[Variable, ...]
    updates: Mapping[str, Mapping[str, Expr]]
    stop: Mapping[str, Expr]
    trigger: Mapping[str, Expr]
    beyond: bool

    @property
    def check(self) -> Check:
        """What to look for on behalf of the claim."""
        return Check(self.name, self.stop, self.trigger, observers=tuple(v.name for v in self.observers))


@dataclass(frozen=True, slots=True)
class Effect:
    """What claims are shown of an action, whatever its guard: ``written`` is the same where they are shown the same.

    ``become`` keeps what formulas become by the action, for all claims.
    """

    written: tuple[object, ...]
    become: dict[Key, Expr]


def effects(system: TransitionSystem) -> dict[str, Effect]:
    """Return what claims are shown of each action of a system, by its name."""
    return {action.name: Effect(_written(action), {}) for action in system.actions}


def _written(action: Action) -> tuple[object, ...]:
    return (
        *(action.name, action.by, action.receives),
        tuple((name, e.key) for name, e in action.updates.items()),
        tuple(tuple(cell.key for cell in segment) for segment in action.sends),
        tuple((event.kind, event.role, *(None if e is None else e.key for e in (event.x, event.y))) for event in action.events),
        tuple((p.name, p.columns, None if p.source is None else p.source.key) for p in action.parameters),
    )


def _surroundings(system: TransitionSystem) -> tuple[object, ...]:
    """Return what claims are shown of a system beside its actions, as far as they do not look beyond (:class:`Step`)."""
    return (
        tuple((role, view.state.key, *((n, e.key) for n, e in view.parts.items())) for role, view in system.views.items()),
        tuple(system.sorts.get(f"{role}.{name}") for role in system.views for name in TCB),
        tuple(system.assumptions.items()),
        system.segments,
        "" if system.network is None else system.network.variable,
    )


_SAID: dict[tuple[object, ...], tuple[Mapping[str, Expr], Seen]] = {}
"""What claims made of steps, and remembered of them: two handshakes that are held against each other share most actions."""
_KEPT = 1 << 16
"""How many of these are kept."""


def told(  # noqa: PLR0913, PLR0917  # what is shown to whom, and what two that ask share
    system: TransitionSystem,
    name: str,
    observers: Iterable[Variable],
    watch: Callable[[Step], Seen],
    known: Mapping[str, Effect] | None = None,
    before: Told | None = None,
) -> Told:
    """Show the actions of ``system`` to the claim ``name``, and return what it says of each.

    ``before`` is what it said of the same system whose network is not written out. Where it did not look beyond what is the
    same there, it says the same, and is shown only what is new.
    """
    own = {v.name: replace(v, name=observer_name(name, v.name)) for v in observers}
    same = None if before is None or before.beyond or before.observers != tuple(own.values()) else before
    stop, trigger = ({}, {}) if same is None else (dict(same.stop), dict(same.trigger))
    updates: dict[str, Mapping[str, Expr]] = {} if same is None else dict(same.updates)
    beyond, shown = False, effects(system) if known is None else known
    asked = (watch, *((own_name, v.name, v.sort) for own_name, v in own.items()), *_surroundings(system))
    for action in system.actions:
        if action.name in updates:
            continue
        step = Step(system, action, own, shown[action.name].become)
        there = (*asked, shown[action.name].written)
        if there not in _SAID:
            seen = watch(step)
            check_is(f"what claim {name!r} sees in {action.name}", seen, Seen, "return Seen(stop=..., trigger=...)", name)
            beyond |= step.beyond
            remembered: Mapping[str, Expr] = step.updates
            if not step.beyond:
                if len(_SAID) == _KEPT:
                    _SAID.clear()
                _SAID[there] = remembered, seen
        else:
            remembered, seen = _SAID[there]
        updates[action.name] = remembered
        if seen.stop is not FALSE:
            stop[action.name] = seen.stop
        if seen.trigger is not FALSE:
            trigger[action.name] = seen.trigger
    return Told(name, tuple(own.values()), updates, stop, trigger, beyond)


def monitor(
    system: TransitionSystem, name: str, observers: Iterable[Variable], watch: Callable[[Step], Seen]
) -> tuple[TransitionSystem, Check]:
    """Weave the observers of the claim ``name`` into ``system`` and collect what ``watch`` makes of each action.

    An observer is a variable of the system from then on, called by the claim's name and its own.
    """
    said = told(system, name, observers, watch)
    return system.extended(said.observers, said.updates), said.check
