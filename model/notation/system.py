"""Transition systems: variables with initial values, and actions that are atomic steps.

A system begins in one state. Where variables may begin with several values (:func:`one_of`), that is the first of the states
which these allow, and a first step, :data:`BEGINS`, goes to any of them: so every engine and exporter has it, and each run says
where it began.

An action may happen in a state when some choice of its parameters makes its guard true; it then gives every variable it
updates a new value, all at once, and leaves the others as they are. What a step *means* is said beside its formulas: the
segment it receives, the segments it sends (:mod:`model.notation.network` turns both into updates of the network), and the
events that claims are written about. Nothing an engine decides depends on the events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from enum import Enum as PythonEnum
from functools import cached_property
from itertools import islice, product
from typing import Any, Self, cast

from model.notation.analysis import references, substitute
from model.notation.expr import (
    TRUE,
    Expr,
    Op,
    Readable,
    Row,
    conj,
    conjuncts,
    disj,
    ite,
    lift,
    literal,
    negate,
    parameter,
    variable,
)
from model.notation.sorts import (
    BOOL,
    MOST_LISTED,
    PLAIN,
    Distance,
    Format,
    Nat,
    NotationError,
    Relation,
    Seq,
    Sort,
    Value,
    brief,
    check_is,
    check_name,
    check_tuple,
    nearest,
)

_SHOWN = 6
DEEPEST = 100
"""How deep a formula may be nested: far more than anybody reads, and no more than Python and Z3 can take."""


@dataclass(frozen=True, slots=True)
class _OneOf:
    """Values with which a variable may begin."""

    values: tuple[Value, ...]


def one_of(*values: Value) -> Value:
    """Return what stands for the initial value of a variable that may begin with any of several values."""
    return cast("Value", _OneOf(values))  # a variable takes it apart, so that its initial value is one


@dataclass(frozen=True, slots=True, eq=False)
class Variable(Readable):
    """A state variable and the value it starts with; ``among`` are all that it may start with, where :func:`one_of` says so."""

    name: str
    sort: Sort
    initial: Value
    among: tuple[Value, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        check_name("the name of a variable", self.name)
        check_is(f"the sort of variable {self.name!r}", self.sort, Sort, "a sort, such as BOOL or Nat(3)")
        begins: object = self.initial
        among = begins.values if isinstance(begins, _OneOf) else (self.initial,)
        if not among:
            raise NotationError(
                f"variable {self.name!r} cannot begin so: one_of() of nothing; give the values, as in one_of(0, 1)"
            )
        try:
            for value in among:
                self.sort.check(value)
        except NotationError as error:
            several = isinstance(begins, (tuple, list, set, frozenset)) and not isinstance(self.sort, Relation)
            why = f"{brief(begins)} is not one value; write one_of(...) for several" if several else str(error)
            raise NotationError(f"variable {self.name!r} cannot begin so: {why}") from None
        if isinstance(begins, _OneOf):
            object.__setattr__(self, "initial", among[0])
            object.__setattr__(self, "among", tuple(dict.fromkeys(among)))

    @property
    def value(self) -> Expr:
        """The formula that reads the variable."""
        return variable(self.name, self.sort)


@dataclass(frozen=True, eq=False)
class Parameter(Readable):
    """A nondeterministic choice that an action makes.

    Built by :func:`choose` (one value) or :func:`draw` (a row of a relation). ``source`` is the relation drawn from.
    ``candidates`` are the values among which an explicit search chooses: a symbolic engine ranges over the whole sort, so they
    bound a search and are no part of the meaning. Without ``source`` and ``candidates`` the choice is among all values.
    """

    name: str
    columns: tuple[tuple[str, Sort], ...]
    source: Expr | None = None
    candidates: tuple[Expr, ...] = ()

    def __post_init__(self) -> None:
        check_name("the name of a parameter", self.name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which formulas read the choice: one, or ``name.column`` for each column of a row."""
        return tuple(f"{self.name}.{column}" if self.source is not None else self.name for column, _ in self.columns)

    @property
    def format(self) -> Format:
        """How the row drawn is read where it is a segment."""
        return self.source.sort.format if self.source is not None and isinstance(self.source.sort, Relation) else PLAIN

    @property
    def value(self) -> Expr:
        """The formula that reads the one value chosen."""
        (name,), ((_, sort),) = self.names, self.columns
        return parameter(name, sort)

    @property
    def row(self) -> Row:
        """The formulas that read the cells of the row drawn."""
        return Row({column: parameter(name, sort) for name, (column, sort) in zip(self.names, self.columns, strict=True)})


def choose(name: str, sort: Sort, among: tuple[object, ...] = ()) -> Parameter:
    """Return the choice of one value of ``sort``; ``among`` are the candidates, constants or formulas over the state."""
    check_is(f"the sort of parameter {name!r}", sort, Sort, "a sort, such as BOOL or Nat(3)")
    check_tuple(f"what parameter {name!r} is chosen among", among, object)
    endless = isinstance(sort, Relation) or (isinstance(sort, Seq | Distance) and sort.modulus > MOST_LISTED)
    if not among and endless:
        among_hint = "give the candidates of a search: choose(name, SEQ, among=(100, 200))"
        raise NotationError(f"parameter {name!r} ranges over every {sort}, which no search can list; {among_hint}")
    return Parameter(name, ((name, sort),), None, tuple(lift(a, sort) for a in among))


def anything(name: str, sort: Sort) -> Parameter:
    """Return the choice of any value of ``sort``, also of one that no search can list: only symbolic engines take it."""
    return Parameter(name, ((name, sort),))


def chosen_in_sequence(
    first: tuple[Parameter, ...], second: tuple[Parameter, ...], after: Callable[[Expr], Expr], who: str
) -> tuple[Parameter, ...]:
    """Return what is chosen where one step follows another in one: ``after`` gives formulas as the first step leaves them.

    A parameter that both have by one name is one choice, and has to be the same kind of choice: of the segment that both
    receive, for instance. Raise :class:`NotationError` where it is not; ``who`` says which steps these are.
    """
    own = {p.name: p for p in first}
    parameters = list(first)
    for p in second:
        if p.name not in own:
            source = None if p.source is None else after(p.source)
            parameters.append(replace(p, source=source, candidates=tuple(map(after, p.candidates))))
        elif not _alike(own[p.name], p):
            raise NotationError(f"{who} choose {p.name!r} differently: rename it in one of them", p.name)
    return tuple(parameters)


def _alike(one: Parameter, other: Parameter) -> bool:
    def written(p: Parameter) -> object:
        return p.columns, None if p.source is None else p.source.key, tuple(candidate.key for candidate in p.candidates)

    return written(one) == written(other)


def draw(name: str, relation: Expr) -> Parameter:
    """Return the choice of one row of ``relation``."""
    check_is(f"what parameter {name!r} is drawn from", relation, Expr, "a relation, such as the .value of its variable")
    if not isinstance(relation.sort, Relation):
        raise NotationError(f"parameter {name!r} is drawn from a {relation.sort}: draw from a relation")
    return Parameter(name, relation.sort.columns, relation)


class Happening(PythonEnum):
    """What can happen to an endpoint: a protocol derives from this the enumeration of its own kinds of events.

    A kind is a word; after it may stand which part of a view becomes true where it happens (``enters``), and which becomes
    false (``leaves``): then the endpoint's connection is over, and what it sent before is old.
    """

    enters: str
    leaves: str

    def __new__(cls, word: str, enters: str = "", leaves: str = "") -> Self:
        """Return a kind, whose value is its word."""
        kind = object.__new__(cls)
        kind._value_ = word
        kind.enters, kind.leaves = enters, leaves
        return kind


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """Something that an action does to the endpoint in ``role``: of which ``kind``, a protocol declares in an enumeration.

    ``x`` and ``y`` say what it is about, as formulas over the state before the step and its parameters: ``x`` is the number
    that the endpoint has of its own, ``y`` the one it has of the other. So a listener that keeps nothing can still say what it
    answers, and with what. Where they are None, what its view shows after the step is meant.
    """

    kind: Happening
    role: str
    x: Expr | None = None
    y: Expr | None = None

    def __post_init__(self) -> None:
        write = "a member of the enumeration of events that the protocol derives from Happening"
        check_is("the kind of an event", self.kind, Happening, write)
        check_name("the role of an event", self.role)
        for name, about in (("x", self.x), ("y", self.y)):
            check_is(f"the {name} of an event", about, Expr | None, "a formula over the state before the step")

    @property
    def formulas(self) -> tuple[Expr, ...]:
        """What it is said to be about, as far as that is said."""
        return tuple(e for e in (self.x, self.y) if e is not None)


@dataclass(frozen=True)
class Action:
    """An atomic step.

    ``receives`` names the row parameter that is the segment received (``""`` when none is), ``sends`` holds the cells of each
    segment sent, ``shown`` those of each that arrives in the step in which it is sent, so that no network has it: it is drawn,
    and nothing else reads it. ``by`` is the role that acts. ``section`` cites the RFC, ``check`` names the one of its checks
    that this follows from, ``doc`` says in a sentence what happens. In ``updates``, ``sends`` and ``shown`` a constant may
    stand for the formula; the system that the action is given to makes one of it.
    """

    name: str
    guard: Expr = TRUE
    updates: Mapping[str, Any] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    receives: str = ""
    sends: tuple[tuple[Any, ...], ...] = ()
    events: tuple[Event, ...] = ()
    by: str = ""
    section: str = ""
    doc: str = ""
    check: str = ""
    shown: tuple[tuple[Any, ...], ...] = ()

    def __post_init__(self) -> None:
        check_name("the name of an action", self.name)
        for part in ("receives", "by", "section", "doc", "check"):
            check_is(f"the {part} of action {self.name!r}", getattr(self, part), str, "a text")
        if self.by:
            check_name(f"who takes action {self.name!r}", self.by, self.name)
        check_is(f"what action {self.name!r} has as its updates", self.updates, Mapping, "a dictionary, such as {'x': 1}")
        for name in self.updates:
            check_is(f"what action {self.name!r} updates", name, str, "the name of a variable, as in {'x': 1}")
        for part, kind in (("parameters", Parameter), ("sends", tuple), ("shown", tuple), ("events", Event)):
            check_tuple(f"what action {self.name!r} has as its {part}", getattr(self, part), kind)

    def does(self, kind: Happening, role: str) -> bool:
        """Return whether the action is such an event."""
        return self.event(kind, role) is not None

    def event(self, kind: Happening, role: str) -> Event | None:
        """Return the event of that kind in that role, if the action is one."""
        return next((event for event in self.events if event.kind is kind and event.role == role), None)

    @property
    def segment(self) -> Parameter | None:
        """The parameter that is the segment received, if one is."""
        return next((p for p in self.parameters if p.name == self.receives), None)


@dataclass(frozen=True, slots=True)
class Omission:
    """What a section has for segments in some state and the model has not: its ``title`` there, and ``why``. For readers."""

    by: str
    section: str
    state: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Untaken:
    """Where no case of a rule takes a segment: ``by`` is in a ``state``, and the segment drawn as "segment" meets ``when``.

    Such a segment stays where it is, or is lost, for nobody receives it.
    """

    by: str
    state: str
    when: Expr


@dataclass(frozen=True, eq=False, init=False)
class View:
    """How claims and traces see what plays a role: formulas over the state.

    ``state`` stands beside each step of a trace. What else can be seen a protocol declares, by name, as in
    ``View(state, established=state == "ESTABLISHED")``; a claim says in its ``needs`` what it asks for.
    """

    state: Expr
    parts: Mapping[str, Expr]

    def __init__(self, state: Expr | None = None, /, *others: object, **parts: Expr) -> None:
        given = parts.pop("state", None) if state is None else state
        if given is None:
            word = next(iter(parts), "")
            hint = nearest(word, ("state",)) if word else "write View(state)"
            raise NotationError(f"View() got {f'an argument {word!r}' if word else 'no state'}; {hint}")
        if others:
            raise NotationError("View() takes one formula, the state: name the others, as in View(state, established=...)")
        object.__setattr__(self, "state", given)
        object.__setattr__(self, "parts", parts)

    def __getattr__(self, name: str) -> Expr:
        if name.startswith("_") or name == "parts":  # as when one is copied
            raise AttributeError(name)
        if name not in self.parts:
            raise NotationError(f"the view has no part {name!r}; {nearest(name, ('state', *self.parts))}", name)
        return self.parts[name]

    def part(self, name: str, otherwise: Expr) -> Expr:
        """Return a part, or what stands for it where the view has none of that name."""
        return self.parts.get(name, otherwise)

    def showing(self, **parts: Expr) -> View:
        """Return the view with other parts, or more."""
        return View(self.state, **{**self.parts, **parts})

    @property
    def formulas(self) -> tuple[Expr, ...]:
        """All that it reads the state by."""
        return self.state, *self.parts.values()


KEPT = "kept"
"""The parameter with which the network keeps a copy of the segment that it delivers."""
LOSES = "network_loses"
"""The action in which the network loses a segment."""
SEGMENT = "segment"
"""The parameter of :data:`LOSES` that says which."""
BEGINS, BEGUN = "begins", "begun"
"""The first action of a system that may begin in several states, and the variable that says that it was taken."""
_TRIED = 100_000
"""Among how many initial states one is looked for that may be."""


@dataclass(frozen=True)
class Network:
    """The variable that holds the segments in flight, and what the network may do to them (:mod:`model.notation.network`).

    ``written_out`` says that the actions do all of this themselves, as :func:`model.notation.network.connect` makes them.
    """

    variable: str
    loss: bool = True
    duplication: bool = True
    written_out: bool = False


@dataclass(frozen=True)
class TransitionSystem:
    """Variables and actions. Immutable; every reference is checked when it is built, and constants become formulas.

    ``views`` tell claims about the roles that the system has; ``network`` says how segments travel, and is None for a system
    whose actions do all there is themselves. ``assumptions`` are those it was built under, by name. ``initially`` is what is
    true of every initial state where variables may begin with several values; it becomes a condition of the first step, and
    ``chosen`` says that there is one. A state that breaks the ``constraint`` is not gone on from: it bounds a search, and is a
    part of every guard but that of the first step. ``omitted`` is for readers: what the actions leave out on purpose; and
    ``untaken`` is what rules leave out without a word. ``outsiders`` act and have no view, as an attacker does.
    """

    name: str
    variables: tuple[Variable, ...]
    actions: tuple[Action, ...]
    views: Mapping[str, View] = field(default_factory=dict)
    network: Network | None = None
    assumptions: Mapping[str, str | bool | int] = field(default_factory=dict)
    initially: Expr = TRUE
    chosen: bool = False
    constraint: Expr = TRUE
    omitted: tuple[Omission, ...] = ()
    untaken: tuple[Untaken, ...] = ()
    outsiders: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_name("the name of a system", self.name)
        for part, kind in (("variables", Variable), ("actions", Action)):
            check_tuple(f"what {self.name} has as its {part}", getattr(self, part), kind)
        check_is(f"what {self.name} has as its views", self.views, Mapping, "a dictionary, such as {'client': View(state)}")
        check_is(f"the network of {self.name}", self.network, Network | None, "Network('NAME') with the name of a relation")
        self.check_names()
        with about(f"what is initially true of {self.name}", self.name):
            object.__setattr__(self, "initially", _fitting(self.initially, BOOL, "has"))
        if self.initially is not TRUE or any(v.among for v in self.variables):
            self._begin()
        with about(f"the constraint of {self.name}", self.name):
            object.__setattr__(self, "constraint", _fitting(self.constraint, BOOL, "has"))
            self.check_reads((self.constraint,))
        object.__setattr__(self, "actions", tuple(map(self.constrained, self.actions)))
        if self.network is not None and self.segments is None:
            relations = tuple(v.name for v in self.variables if isinstance(v.sort, Relation))
            wrong = f"the network {self.network.variable!r} of {self.name} is none of its relations"
            raise NotationError(f"{wrong}; {nearest(self.network.variable, relations)}", self.network.variable)
        object.__setattr__(self, "actions", tuple(map(self._checked, self.actions)))
        for role, view in self.views.items():
            check_name(f"a role of {self.name}", role)
            check_is(f"the view of {role!r}", view, View, "View(state)")
            with about(f"the view of {role!r}", role):
                self.check_reads(view.formulas)

    @cached_property
    def sorts(self) -> Mapping[str, Sort]:
        """The sort of each variable, in the order of the variables."""
        return {v.name: v.sort for v in self.variables}

    @property
    def segments(self) -> Relation | None:
        """The sort of the network, whose rows are segments; None in a system without a network."""
        sort = None if self.network is None else self.sorts.get(self.network.variable)
        return sort if isinstance(sort, Relation) else None

    @cached_property
    def action(self) -> Mapping[str, Action]:
        """The actions by name."""
        return {a.name: a for a in self.actions}

    def named(self, name: str) -> Action:
        """Return the action called ``name``, or raise :class:`NotationError` with the nearest name."""
        if name not in self.action:
            raise NotationError(f"{self.name} has no action {name!r}; {nearest(name, tuple(self.action))}")
        return self.action[name]

    def extended(self, variables: tuple[Variable, ...], updates: Mapping[str, Mapping[str, Expr]]) -> TransitionSystem:
        """Return the system with more variables, updated as said for each action name; guards stay as they are."""
        if not variables and not any(updates.values()):
            return self
        wider = self.assembled(variables=self.variables + variables)
        wider.check_names()
        actions = tuple(wider.updating(a, updates[a.name]) if updates.get(a.name) else a for a in self.actions)
        return wider.assembled(actions=actions)

    def assembled(self, **parts: object) -> TransitionSystem:
        """Return the system with other parts, which are not looked at again: who puts them together has checked what is new."""
        made = object.__new__(type(self))
        made.__dict__.update({f.name: getattr(self, f.name) for f in fields(self)} | parts)
        return made

    def check_names(self) -> None:
        """Raise :class:`NotationError` where two variables or two actions are called the same."""
        for what, names in (("variable", [v.name for v in self.variables]), ("action", [a.name for a in self.actions])):
            if len({*names}) < len(names):
                twice = min(name for name, times in Counter(names).items() if times > 1)
                raise NotationError(f"{what} {twice!r} is defined twice in {self.name}: give each its own name", twice)

    def updating(self, action: Action, updates: Mapping[str, Expr]) -> Action:
        """Return an action that updates more; raise where that does not fit."""
        with about(f"action {action.name!r} of {self.name}", action.name):
            fitting = self._fitted(updates)
            self.check_reads(fitting.values(), action)
        return replace(action, updates={**action.updates, **fitting})

    def _begin(self) -> None:
        """Begin in the first of several states, with a first step that goes to any of them."""
        several = tuple(v for v in self.variables if v.among)
        if not several:
            raise NotationError(
                f"{self.name} says what is true initially, and has one initial state: write one_of(...) in a variable"
            )
        for what, name, names in (("variable", BEGUN, self.variables), ("action", BEGINS, self.actions)):
            if name in {item.name for item in names}:
                raise NotationError(
                    f"{what} {name!r} of {self.name} is called like that by which it begins: choose another name", name
                )
        with about(f"what is initially true of {self.name}", self.name):
            self.check_reads((self.initially,))
        first = self._first(several)
        begun = Variable(BEGUN, BOOL, False)
        parameters, values, confined = zip(*map(_beginning, several), strict=True)
        chosen = {v.name: value for v, value in zip(several, values, strict=True)}
        begins = Action(
            BEGINS,
            guard=conj(negate(begun.value), *confined, substitute(self.initially, chosen)),
            updates={**chosen, BEGUN: TRUE},
            parameters=parameters,
            doc="The run begins in one of the initial states.",
        )
        others = []
        for action in self.actions:
            with about(f"action {action.name!r} of {self.name}", action.name):
                others.append(replace(action, guard=conj(begun.value, _fitting(action.guard, BOOL, "has as its guard"))))
        variables = (*(Variable(v.name, v.sort, first[v.name]) for v in self.variables), begun)
        for part, value in (("variables", variables), ("actions", (begins, *others)), ("initially", TRUE), ("chosen", True)):
            object.__setattr__(self, part, value)
        del self.__dict__["sorts"]  # they were those of before

    def _first(self, several: tuple[Variable, ...]) -> Mapping[str, Value]:
        """Return the first of the initial states."""
        from model.notation.interpreter import evaluate  # noqa: PLC0415  # which reads systems, so it comes after them

        state = {v.name: v.initial for v in self.variables}
        for values in islice(product(*(v.among for v in several)), _TRIED):
            state.update(zip((v.name for v in several), values, strict=True))
            if evaluate(self.initially, state) is True:
                return state
        raise NotationError(f"{self.name} begins in no state: {self.initially} is true of none of the first {_TRIED:,}")

    def constrained(self, action: Action) -> Action:
        """Return an action that goes on from no state which breaks the constraint."""
        with about(f"action {action.name!r} of {self.name}", action.name):
            guard = _fitting(action.guard, BOOL, "has as its guard")
        own = conjuncts(guard)
        if (self.chosen and action.name == BEGINS) or all(any(part is o for o in own) for part in conjuncts(self.constraint)):
            return action
        return replace(action, guard=conj(self.constraint, guard))

    def _checked(self, action: Action) -> Action:
        """Return the action with constants made formulas of the sort they stand for; raise where something does not fit."""
        with about(f"action {action.name!r} of {self.name}", action.name):
            lifted = self._lifted(action)
            self._check_parameters(lifted)
        return lifted

    def _lifted(self, action: Action) -> Action:
        updates = self._fitted(action.updates)
        sends, shown, segments = action.sends, action.shown, self.segments
        if segments is None and not all(isinstance(cell, Expr) for cells in sends for cell in cells):
            raise NotationError("sends segments, and the system has no network: give it network=Network('NAME')")
        if segments is not None:
            sends, shown = (tuple(_segment(cells, segments) for cells in each) for each in (sends, shown))
        guard = _fitting(action.guard, BOOL, "has as its guard")
        return replace(action, guard=guard, updates=updates, sends=sends, shown=shown)

    def _fitted(self, updates: Mapping[str, object]) -> dict[str, Expr]:
        fitting: dict[str, Expr] = {}
        for name, value in updates.items():
            if name not in self.sorts:
                raise NotationError(f"updates {name!r}, which is no variable; {nearest(name, tuple(self.sorts))}", name)
            with about("", name):
                fitting[name] = _fitting(value, self.sorts[name], f"gives {name!r}")
        return fitting

    def _check_parameters(self, action: Action) -> None:
        names = tuple(p.name for p in action.parameters)
        for p in action.parameters:
            self.check_reads((*p.candidates, *(() if p.source is None else (p.source,))))
            if names.count(p.name) > 1:
                raise NotationError(f"has two parameters called {p.name!r}: give each its own name")
            if alike := sorted(set(p.names) & {name for other in action.parameters if other is not p for name in other.names}):
                raise NotationError(f"has two parameters of which formulas read {alike[0]!r}: give one another name")
        if action.receives and action.segment is None:
            known = nearest(action.receives, names) if names else "give it parameters=(draw(...),)"
            raise NotationError(f"receives {action.receives!r}, which is none of its parameters; {known}", action.receives)
        if self.network is not None and not self.network.written_out:
            self._check_traffic(action, self.network)
        for role in (*(event.role for event in action.events), *([action.by] if action.by else [])):
            if self.views and role not in self.views and not (role == action.by and role in self.outsiders):
                raise NotationError(f"is about {role!r}, which has no view; {nearest(role, tuple(self.views))}", role)
        sent = tuple(cell for segment in action.sends for cell in segment)
        told = tuple(e for event in action.events for e in event.formulas)
        self.check_reads((action.guard, *action.updates.values(), *sent, *told), action)

    def _check_traffic(self, action: Action, network: Network) -> None:
        if network.variable in action.updates and (action.receives or action.sends):
            raise NotationError("changes the network itself and also sends or receives: do one or the other")
        if action.segment is not None:
            source = action.segment.source
            if source is None or source.sort != self.segments:
                drawn = f"draw({action.receives!r}, ...) from {network.variable!r}"
                raise NotationError(f"receives {action.receives!r}, which is not from the network: {drawn}", action.receives)
        taken = {KEPT} & {p.name for p in action.parameters} | {LOSES} & {action.name}
        if taken:
            raise NotationError(f"uses the name {taken.pop()!r}, which is the network's own: choose another")

    def check_reads(self, formulas: Iterable[object], action: Action | None = None) -> None:
        """Raise :class:`NotationError` for what reads what does not exist, in the state or among an action's parameters."""
        columns = [(p.names, p.columns) for p in (action.parameters if action else ())]
        own = {name: sort for names, cells in columns for name, (_, sort) in zip(names, cells, strict=True)}
        known: dict[Op, Mapping[str, Sort]] = {Op.VARIABLE: self.sorts, Op.PARAMETER: own}
        for formula in formulas:
            if not isinstance(formula, Expr):
                raise NotationError(
                    f"has {brief(formula)} where a formula is needed: write one, such as the .value of a variable"
                )
            if formula.depth > DEEPEST:
                deep = f"has a formula that is nested {formula.depth} deep, and {DEEPEST} is the most"
                raise NotationError(f"{deep}: give parts of it to several actions or variables")
            if formula.free:
                cells = ", ".join(sorted({name for row in formula.free for name in row.names}))
                within = "write what is said of a row within .exists(lambda row: ...) or .forall(lambda row: ...)"
                raise NotationError(f"has a formula with a cell of a row ({cells}) outside of its quantifier: {within}")
            found = sorted(references(formula), key=lambda reference: (reference[0].value, reference[1]))
            unknown = [f"{name!r}" for op, name, _ in found if name not in known[op]]
            for op, name, sort in found:
                if name not in known[op]:
                    if len(unknown) > 1:
                        listed = ", ".join(unknown)
                        raise NotationError(f"reads what {self.name} does not have: {listed}; it has {_some(known[op])}", name)
                    there = nearest(name, tuple(known[op])) if known[op] else "there is none"
                    raise NotationError(f"reads the {op.value} {name!r}, which does not exist; {there}", name)
                if known[op][name] != sort:
                    raise NotationError(f"reads the {op.value} {name!r} as a {sort}, and it is a {known[op][name]}")


def _some(names: Iterable[str]) -> str:
    """Return the first few of some names in their order, and that there are more."""
    every = tuple(names)
    return ", ".join(every[:_SHOWN]) + (", and so on" if len(every) > _SHOWN else "")


def _beginning(v: Variable) -> tuple[Parameter, Expr, Expr]:
    """Return the choice of a value to begin with, that value, and the condition that confines the choice to those there are.

    Of a relation the choice is a number, since a relation is nothing that is chosen.
    """
    if isinstance(v.sort, Relation):
        which = choose(v.name, Nat(len(v.among) - 1))
        value = literal(v.among[-1], v.sort)
        for number, begins in reversed(list(enumerate(v.among[:-1]))):
            value = ite(which.value == number, literal(begins, v.sort), value)
        return which, value, TRUE
    listed = not isinstance(v.sort, Seq | Distance) or v.sort.modulus <= MOST_LISTED
    if listed and {*v.among} == {*v.sort.values()[: len(v.among) + 1]}:
        chosen = choose(v.name, v.sort)
        return chosen, chosen.value, TRUE
    among = tuple(literal(begins, v.sort) for begins in v.among)
    chosen = choose(v.name, v.sort, among)
    return chosen, chosen.value, disj(*(chosen.value == begins for begins in among))


def _segment(cells: tuple[object, ...], relation: Relation) -> tuple[Expr, ...]:
    if len(cells) != len(relation.columns):
        row = f"a segment has {len(relation.columns)} cells ({', '.join(relation.names)})"
        raise NotationError(f"sends what is no segment of its network: {row}, not {len(cells)}")
    return tuple(_fitting(c, sort, f"sends as {name!r}") for c, (name, sort) in zip(cells, relation.columns, strict=True))


def _fitting(value: object, sort: Sort, where: str) -> Expr:
    try:
        return lift(value, sort)
    except NotationError as error:
        raise NotationError(f"{where} what does not fit: {error}") from None


@contextmanager
def about(what: str, name: str) -> Iterator[None]:
    """Put what is wrong before the message of a :class:`NotationError`, and its name before the names that it is about."""
    try:
        yield
    except NotationError as error:
        raise NotationError(f"{what} {error}".lstrip(), name, *error.about) from None
