"""The reference semantics: what a formula is worth in a state, and what steps a state has. Slow and obvious on purpose.

Every trace that an engine reports is run again here before anybody sees it. A state is a mapping from variable names to values,
the arguments of a step a mapping from parameter names to values (to tuples, for a row).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from model.notation.expr import Binder, Expr, Op
from model.notation.sorts import Distance, Nat, NotationError, Seq, Value
from model.notation.system import Action, Parameter, TransitionSystem

_TRIED = 2**10
"""After how many choices somebody looks up; each takes some microseconds."""

State = Mapping[str, Value]
Argument = Value | tuple[Value, ...]
Arguments = Mapping[str, Argument]


class NotEnabledError(Exception):
    """A step was asked for that its state does not allow."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One step: the action, what it chose, and the state after."""

    action: str
    arguments: Arguments
    state: State


def key(state: State) -> tuple[Value, ...]:
    """Return the state as something that can be put into a set."""
    return tuple(state.values())


def evaluate(e: Expr, state: State, cells: Mapping[str, Value] | None = None) -> Value:
    """Return the value of ``e`` in ``state``, its parameters standing for ``cells`` (see :func:`cells`)."""
    return _value(e, state, cells or {}, {})


def _value(e: Expr, state: State, cells: Mapping[str, Value], rows: Mapping[Binder, tuple[Value, ...]]) -> Value:
    def of(child: Expr) -> Value:
        return _value(child, state, cells, rows)

    def number(child: Expr) -> int:
        value = of(child)
        assert isinstance(value, int)
        return value

    def relation(child: Expr) -> frozenset[tuple[Value, ...]]:
        value = of(child)
        assert isinstance(value, frozenset)
        return value

    match e.op:
        case Op.LITERAL:
            return e.value
        case Op.VARIABLE:
            return state[e.name]
        case Op.PARAMETER:
            return cells[e.name]
        case Op.BOUND:
            return rows[e.scope][e.column]
        case Op.EQUAL:
            return of(e.args[0]) == of(e.args[1])
        case Op.NOT:
            return not of(e.args[0])
        case Op.AND:
            return all(of(a) for a in e.args)
        case Op.OR:
            return any(of(a) for a in e.args)
        case Op.ITE:
            return of(e.args[1]) if of(e.args[0]) else of(e.args[2])
        case Op.SHIFT:
            assert isinstance(e.sort, Seq)
            return (number(e.args[0]) + number(e.args[1])) % e.sort.modulus
        case Op.DIFFERENCE:
            assert isinstance(e.sort, Distance)
            return (number(e.args[0]) - number(e.args[1])) % e.sort.modulus
        case Op.LESS:
            return number(e.args[0]) < number(e.args[1])
        case Op.CONVERT:
            if isinstance(e.sort, Nat):
                return min(number(e.args[0]), e.sort.limit)
            assert isinstance(e.sort, Seq)
            return number(e.args[0]) % e.sort.modulus
        case Op.COUNT:
            assert isinstance(e.sort, Nat)
            assert isinstance(e.data, int)
            return min(max(number(e.args[0]) + e.data, 0), e.sort.limit)
        case Op.HAS:
            return tuple(map(of, e.args[1:])) in relation(e.args[0])
        case Op.ADD:
            return relation(e.args[0]) | {tuple(map(of, e.args[1:]))}
        case Op.REMOVE:
            return relation(e.args[0]) - {tuple(map(of, e.args[1:]))}
        case Op.EXISTS:
            return any(_value(e.args[1], state, cells, {**rows, e.scope: row}) is True for row in relation(e.args[0]))
    raise AssertionError(e.op)


class Interpreter:
    """The steps of one system. ``look`` is called now and then while choices are tried, and raises to end that."""

    def __init__(self, system: TransitionSystem, look: Callable[[], None] = lambda: None) -> None:
        self.system = system
        self._look = look

    def initial(self) -> State:
        """Return the one initial state."""
        return {v.name: v.initial for v in self.system.variables}

    def steps(self, state: State) -> Iterator[Transition]:
        """Yield every step from ``state``, in the order of the actions and of their choices."""
        for action in self.system.actions:
            for arguments in self.choices(action, state):
                if self.enabled(action, state, arguments):
                    yield self.after(action, state, arguments)

    def choices(self, action: Action, state: State, given: Arguments | None = None) -> Iterator[Arguments]:
        """Yield every choice of the action's arguments, enabled or not; those ``given`` are not chosen."""
        fixed = given or {}
        choices = [(fixed[p.name],) if p.name in fixed else self._choices(p, state) for p in action.parameters]
        for number, chosen in enumerate(_each(choices), 1):
            if number % _TRIED == 0:
                self._look()
            yield {p.name: c for p, c in zip(action.parameters, chosen, strict=True)}

    def enabled(self, action: Action, state: State, arguments: Arguments) -> bool:
        """Return whether the action may happen with these arguments."""
        return evaluate(action.guard, state, cells(action, arguments)) is True

    def take(self, state: State, action_name: str, arguments: Arguments) -> Transition:
        """Return the step, or raise :class:`NotEnabledError`. Candidates do not matter: any value of the sort is allowed."""
        action = self.system.named(action_name)
        unknown = arguments.keys() ^ {p.name for p in action.parameters}
        if unknown:
            takes = f"arguments for {', '.join(p.name for p in action.parameters)}" if action.parameters else "no arguments"
            raise NotationError(f"action {action_name!r} takes {takes}: give it these and no others")
        for p in action.parameters:
            if p.source is not None and arguments[p.name] not in _rows(evaluate(p.source, state)):
                raise NotEnabledError(
                    f"{action_name} cannot be taken: {arguments[p.name]}, as its {p.name}, is not in {p.source}"
                )
        for name, sort in ((n, s) for p in action.parameters for n, (_, s) in zip(p.names, p.columns, strict=True)):
            sort.check(cells(action, arguments)[name])
        if not self.enabled(action, state, arguments):
            raise NotEnabledError(f"{action_name} cannot be taken: its guard is false with {dict(arguments)}")
        return self.after(action, state, arguments)

    def after(self, action: Action, state: State, arguments: Arguments) -> Transition:
        """Return the step, for whoever has found that it may be taken."""
        values = cells(action, arguments)
        new = {name: evaluate(value, state, values) for name, value in action.updates.items()}
        return Transition(action.name, arguments, {**state, **new})

    def _choices(self, p: Parameter, state: State) -> Sequence[Argument]:
        if p.source is not None:
            return tuple(sorted(_rows(evaluate(p.source, state))))
        if p.candidates:
            return tuple(dict.fromkeys(evaluate(c, state) for c in p.candidates))
        ((_, sort),) = p.columns
        return sort.values()


def _each(choices: Sequence[Sequence[Argument]]) -> Iterator[tuple[Argument, ...]]:
    """Yield one of each, the last changing first: as itertools.product does, which would put all of them into memory."""
    if not choices:
        yield ()
        return
    for first in choices[0]:
        for others in _each(choices[1:]):
            yield first, *others


def _rows(value: Value) -> frozenset[tuple[Value, ...]]:
    assert isinstance(value, frozenset)
    return value


def cells(action: Action, arguments: Arguments) -> Mapping[str, Value]:
    """Return the arguments by the names that formulas use: a row's cells each under a name of their own."""
    result: dict[str, Value] = {}
    for p in action.parameters:
        chosen = arguments[p.name]
        result.update(zip(p.names, chosen if isinstance(chosen, tuple) else (chosen,), strict=True))
    return result
