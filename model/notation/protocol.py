"""Protocols: how rules for an endpoint become a transition system. Nothing here is of any protocol in particular.

A protocol says which endpoints there are and which variables each has, what an endpoint does with a segment that arrives in
each of its states (:meth:`Protocol.rules`), what it does by itself (:meth:`Protocol.calls`), and what others do to the segments
in flight (:meth:`Protocol.environment`). :meth:`Protocol.system` puts that together. TCP is one protocol
(:mod:`model.tcp.handshakes.handshake`), SCTP another (``model/tutorials/sctp.py``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Generic, Self, TypeVar

from model.notation.analysis import mentions
from model.notation.assumed import Assumed, Choice, Scopes
from model.notation.cases import Cases
from model.notation.expr import FALSE, Expr, Op, Row, conj, lift, literal, variable
from model.notation.reasons import contradicts_itself
from model.notation.sorts import Enum, NotationError, Relation, Sort, Value, brief, check_is, check_name, check_tuple, nearest
from model.notation.system import (
    Action,
    Event,
    Happening,
    Network,
    Omission,
    Parameter,
    TransitionSystem,
    Untaken,
    Variable,
    View,
    draw,
)

NETWORK = "network"
STATE = "state"
"""The variable of an endpoint that says in which of its states it is; rules are given by its values."""


@dataclass(frozen=True, slots=True)
class Field:
    """A variable of an endpoint or of a host, of any sort: also a relation. It begins with ``initial``.

    With the connection it goes back to that value (:meth:`Reaction.forget`), unless it ``outlives`` connections.
    """

    name: str
    sort: Sort
    initial: Value
    outlives: bool = False

    def __post_init__(self) -> None:
        check_name("the name of a Field", self.name)
        check_is(f"the sort of field {self.name!r}", self.sort, Sort, "a sort, such as BOOL or Nat(3)", self.name)

    def of(self, owner: str) -> Variable:
        """Return the variable that it is of an owner."""
        return Variable(f"{owner}.{self.name}", self.sort, self.initial)


@dataclass(frozen=True)
class Endpoint:
    """Who plays a role: the variables are formulas over the state before the step.

    ``fields`` are its own variables, ``shared`` those that all endpoints of its ``host`` have together.
    """

    role: str
    peer: str
    fields: tuple[Field, ...] = ()
    host: str = ""
    shared: tuple[Field, ...] = ()

    def __post_init__(self) -> None:
        check_tuple(f"what endpoint {self.role!r} has as its fields", self.fields, Field)
        check_tuple(f"what endpoint {self.role!r} has as shared ones", self.shared, Field)

    @property
    def declared(self) -> tuple[Field, ...]:
        """All variables of its own."""
        return self.fields

    @cached_property
    def sorts(self) -> Mapping[str, Sort]:
        """The sort of each variable of its own."""
        return {own.name: own.sort for own in self.declared}

    def variable_name(self, name: str) -> str:
        """Return what a variable is called in the system: one of its own, or one that it shares; raise with the nearest."""
        if name in self.sorts:
            return f"{self.role}.{name}"
        if any(one.name == name for one in self.shared):
            return f"{self.host}.{name}"
        known = (*self.sorts, *(one.name for one in self.shared))
        raise NotationError(f"an endpoint has no variable {name!r}; {nearest(name, known)}")

    def read(self, name: str) -> Expr:
        """Return the variable of that name, its own or one that it shares."""
        called = self.variable_name(name)
        return variable(called, self.sorts[name] if name in self.sorts else next(s.sort for s in self.shared if s.name == name))

    @property
    def state(self) -> Expr:
        """In which of its states it is."""
        return self.read(STATE)

    @property
    def subject(self) -> str:
        """How a sentence about it begins: "The client", or the name of a peer that has no part of its own."""
        return f"The {self.role}" if self.role.islower() else self.role

    def variables(self) -> tuple[Variable, ...]:
        """Return its own variables."""
        return tuple(own.of(self.role) for own in self.declared)

    def view(self) -> View:
        """Return what claims and traces see of it."""
        return View(self.state)


@dataclass(frozen=True)
class Reaction:
    """What an endpoint does in one atomic step. ``name`` is a verb phrase whose subject is the endpoint; ``doc`` ends it.

    A reaction begins as one that does nothing, which is what dropping a segment is. The methods return one that does more.
    """

    name: str
    doc: str
    when: Expr | bool = True
    updates: Mapping[str, Expr] = field(default_factory=dict)
    sends: tuple[Iterable[object], ...] = ()
    events: tuple[Happening, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    check: str = ""
    """Which of the checks of its section it belongs to, as "Second, the RST bit"; only for readers."""
    about: Mapping[Happening, tuple[Expr, Expr]] = field(default_factory=dict)
    """By kind the numbers that an event is about, the endpoint's own and the other's, where its variables do not have them."""

    def __post_init__(self) -> None:
        check_name("the name of a response", self.name)
        for part in ("doc", "check"):
            check_is(f"the {part} of response {self.name!r}", getattr(self, part), str, "a text")
        check_is(f"what {self.name!r} has as its updates", self.updates, Mapping, "a dictionary, or .set(tcb, ...)")
        for part, kind in (("sends", Iterable), ("events", Happening), ("parameters", Parameter)):
            check_tuple(f"what response {self.name!r} has as its {part}", getattr(self, part), kind)

    def set(self, end: Endpoint, **values: object) -> Self:
        """Give variables of the endpoint, or of its host, new values."""
        new = {end.variable_name(name): lift(value, end.read(name).sort) for name, value in values.items()}
        return replace(self, updates={**self.updates, **new})

    def send(self, *segments: Iterable[object]) -> Self:
        """Send segments."""
        return replace(self, sends=(*self.sends, *segments))

    def event(self, *kinds: Happening, about: tuple[Expr, Expr] | None = None) -> Self:
        """Count as events for claims, ``about`` the endpoint's own number and the other's where it does not keep them."""
        said = {} if about is None else dict.fromkeys(kinds, about)
        return replace(self, events=(*self.events, *kinds), about={**self.about, **said})

    def choosing(self, *parameters: Parameter, when: Expr | bool = True) -> Self:
        """Make a nondeterministic choice, limited by ``when``."""
        return replace(self, parameters=(*self.parameters, *parameters), when=conj(self.when, when))

    def forget(self, end: Endpoint) -> Self:
        """Give back every variable of the endpoint, but its state, the value that it began with, unless it outlives."""
        lost = [own for own in end.declared if own.name != STATE and not own.outlives]
        return self.set(end, **{own.name: literal(own.initial, own.sort) for own in lost})

    def events_of(self, end: Endpoint) -> tuple[Event, ...]:
        """Return the events as they concern the endpoint."""
        return tuple(Event(kind, end.role, *self.about.get(kind, ())) for kind in self.events)


End = TypeVar("End", bound=Endpoint)
Arriving = TypeVar("Arriving")
Does = TypeVar("Does", bound=Reaction)
Rule = Callable[[End, Arriving], Cases[Does]]


class Protocol(ABC, Generic[End, Arriving, Does]):
    """Rules for endpoints, which an instance fixes; :meth:`system` makes a transition system of them.

    ``assumes`` is the class that declares what is assumed; ``assumptions`` are one choice for each, the defaults unless given.
    ``scopes`` are the bounds in which it can be searched, where it has them in no assumption.
    """

    name: ClassVar[str]
    assumes: ClassVar[type[Assumed]] = Assumed
    scopes: ClassVar[Scopes[Any] | None] = None
    endpoints: tuple[End, ...]
    """Everybody who plays a role, from left to right."""

    assumptions: Assumed = Assumed()

    def __init__(self, assumptions: Assumed | None = None) -> None:
        self.assumptions = self.assumes() if assumptions is None else assumptions

    @property
    @abstractmethod
    def segments(self) -> Relation:
        """The sort of the segments in flight; its format says by which columns they come and go."""

    @abstractmethod
    def arriving(self, row: Row) -> Arriving:
        """Return a segment that arrives, as rules see it."""

    @abstractmethod
    def rules(self, end: End) -> Mapping[str, tuple[str, Rule[End, Arriving, Does]]]:
        """Return, for each state that an endpoint can be in, the section that says what a segment does there, and the rule."""

    def calls(self, end: End) -> Iterable[tuple[str, Expr, Does]]:  # noqa: ARG002  # for who has calls
        """Yield what an endpoint may do without a segment: the section, the condition, the response."""
        return ()

    def together(self) -> Iterable[Action]:
        """Yield what endpoints do in one step of them all."""
        return ()

    def environment(self) -> Iterable[Action]:
        """Yield what nobody does who plays a role: an attacker, or a middlebox on the way. Losses are the network's."""
        return ()

    def surroundings(self) -> Iterable[Variable]:
        """Yield the variables of nobody who plays a role, which :meth:`environment` reads and writes."""
        return ()

    def amended(self, end: End, cases: Cases[Does]) -> Cases[Does]:  # noqa: ARG002  # for who amends
        """Return what an endpoint does in a state where something besides the rule has a say."""
        return cases

    def seen(self, end: End) -> View:
        """Return what claims and traces see of an endpoint."""
        return end.view()

    def check_response(self, state: str, response: Does) -> None:
        """Raise :class:`~model.notation.sorts.NotationError` for a response that the protocol does not allow in a state."""

    @property
    def network(self) -> Expr:
        """The segments in flight. A rule that reads them, beyond the one that arrives, takes a reduction from the search."""
        return variable(NETWORK, self.segments)

    @property
    def travel(self) -> Network:
        """What the network may do to segments."""
        return Network(NETWORK)

    @property
    def assumed(self) -> Mapping[str, Choice]:
        """What is assumed, by name."""
        return self.assumptions.as_dict()

    @property
    def title(self) -> str:
        """What the system is called."""
        return self.name

    @property
    def acting(self) -> Iterable[End]:
        """The endpoints in the order in which their actions are tried."""
        return self.endpoints

    def system(self) -> TransitionSystem:
        """Return the protocol between its endpoints, nobody having done anything yet, as a transition system."""
        network = Variable(NETWORK, self.segments, frozenset())
        drawn = draw("segment", network.value)
        arrivals = {end.role: tuple(self._by_state(end, self.arriving(drawn.row))) for end in self.acting}
        actions = [
            action for end in self.acting for action in (*self._calls(end), *self._arrivals(end, drawn, arrivals[end.role]))
        ]
        omitted = (
            Omission(role, section, state, *one)
            for role, rules in arrivals.items()
            for state, section, cases in rules
            for one in dict(cases.omitted).items()
        )
        untaken = (
            Untaken(role, state, cases.untaken)
            for role, rules in arrivals.items()
            for state, _, cases in rules
            if not contradicts_itself(cases.untaken)
        )
        environment = tuple(self.environment())
        shared = {v.name: v for end in self.endpoints for v in (one.of(end.host) for one in end.shared)}
        return TransitionSystem(
            self.title,
            variables=(
                *(v for end in self.endpoints for v in end.variables()),
                *shared.values(),
                *self.surroundings(),
                network,
            ),
            actions=(*actions, *self.together(), *environment),
            views={end.role: self.seen(end) for end in self.endpoints},
            network=self.travel,
            assumptions=self.assumed,
            omitted=tuple(omitted),
            untaken=tuple(untaken),
            outsiders=tuple(dict.fromkeys(action.by for action in environment if action.by)),
        )

    def _calls(self, end: End) -> Iterator[Action]:
        for section, condition, response in _triples(self.name, self.calls(end)):
            guard = conj(condition, response.when)
            if guard is not FALSE:  # a call that this endpoint has not
                yield self._action(end, section, guard, response)

    def _by_state(self, end: End, segment: Arriving) -> Iterator[tuple[str, str, Cases[Does]]]:
        """Yield each state in which a segment may meet an endpoint, the section about it, and what the endpoint does."""
        rules = self.rules(end)
        write = "a dictionary from states to pairs of section and rule"
        check_is(f"what rules() of {self.name} returns", rules, Mapping, write, "rules")
        states = end.sorts[STATE]
        assert isinstance(states, Enum)
        for state, rule in rules.items():
            if state not in states.members:
                raise NotationError(f"rules() of {self.name} has one for {state!r}; {nearest(state, states.members)}", state)
            section, cases = _cases(rule, state, end, segment)
            yield state, section, self.amended(end, cases)

    def _arrivals(self, end: End, drawn: Parameter, rules: Iterable[tuple[str, str, Cases[Does]]]) -> Iterator[Action]:
        for state, section, cases in rules:
            _check_conditions(cases, drawn)
            for condition, response in cases.disjoint():
                self.check_response(state, response)
                arrives = drawn.row[self.segments.format.destination] == end.role
                guard = conj(end.state == state, arrives, condition, response.when)
                if not contradicts_itself(guard):  # as a branch does that is for other endpoints, or for other assumptions
                    yield self._action(end, section, guard, response, drawn)

    def _action(self, end: End, section: str, guard: Expr, response: Reaction, *drawn: Parameter) -> Action:
        return Action(
            f"{end.role}_{response.name}",
            guard=guard,
            updates=response.updates,
            parameters=(*drawn, *response.parameters),
            receives="segment" if drawn else "",
            sends=tuple(map(tuple, response.sends)),
            events=response.events_of(end),
            by=end.role,
            section=section,
            doc=f"{end.subject} {response.doc}",
            check=response.check,
        )


def _check_conditions(cases: Cases[Does], drawn: Parameter) -> None:
    """Raise where a condition reads a choice: the cases after it would depend on what another chooses."""
    for when, response in cases.branches:
        for op, name in sorted(mentions(when), key=str):
            if op is Op.PARAMETER and name not in drawn.names:
                instead = f"limit it in .choosing({name}, when=...), or keep it in a variable"
                raise NotationError(
                    f"the condition of {response.name!r} reads the choice {name!r}, and what is done is found by the state and "
                    f"the segment alone: {instead}",
                    response.name,
                )


def _triples(name: str, calls: Iterable[tuple[str, Expr, Does]]) -> Iterator[tuple[str, Expr, Does]]:
    """Yield the calls of an endpoint, each of them being what it has to be."""
    write = "triples of section, condition and response, with yield"
    check_is(f"what calls() of {name} returns", calls, Iterable, write, "calls")
    for call in calls:
        given: object = call
        parts = zip(given, (str, Expr | bool, Reaction), strict=False) if isinstance(given, tuple) else ()
        if [isinstance(part, kind) for part, kind in parts] != [True] * 3:
            raise NotationError(f"calls() of {name} yields {brief(call)}: write {write}", "calls")
        yield call


def _cases(rule: tuple[str, Rule[End, Arriving, Does]], state: str, end: End, segment: Arriving) -> tuple[str, Cases[Does]]:
    """Return the section of a rule and what it says about a segment, each of them being what it has to be."""
    given: object = rule
    if not (isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], str) and callable(given[1])):  # noqa: PLR2004
        raise NotationError(f"the rule for {state} is {brief(rule)}: write a pair, as in ('§3.10.7.2', self.listen)", state)
    section, function = rule
    cases: object = function(end, segment)
    if not (isinstance(cases, Cases) and all(isinstance(response, Reaction) for _, response in cases.branches)):
        write = "return first(condition, Response(...)), and .otherwise(condition, Response(...)) after it"
        raise NotationError(f"the rule for {state} returns {brief(cases)}: {write}", getattr(function, "__name__", state))
    return section, cases
