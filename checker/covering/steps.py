"""The steps of a system whose network keeps everything, computed once for all states that an action cannot tell apart.

A state is two whole numbers. Its *pool* is the set of segments in the network, as a mask of bits. Its *control* is the values
of all other variables: each has a field of bits, and in it the number of its value among those met.

An action reads few of the variables, and writes few. Its steps are the same in all controls that agree in these, so they are
looked up by them: by one operation on the control. A step is then what it needs in the pool, what it adds, and which bits of
the control it turns; so one operation takes the control to the one after, and the same one back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from checker.covering.source import Piecewise
from checker.explicit.pace import Pace
from checker.explicit.source import Packed, compiled
from checker.host.limits import LimitReachedError
from model.notation.interpreter import Argument, Arguments, Interpreter
from model.notation.pool import drawn_from
from model.notation.said import said
from model.notation.sorts import Distance, Nat, Relation, Seq, Sort
from model.notation.system import Action
from properties.observe import Monitored

_WIDEST = 24
"""How many bits a field has at most. A variable that takes more values has more states than there is memory for."""

_NEW = 64
"""As how many values tried it counts to compute the steps of an action in a control of a new kind."""


Rows = list[tuple[int, ...]]
"""Rows of the pool, each after its bit."""


class Step(NamedTuple):
    """A step: the bit it needs in the pool (0 for none), those it keeps and adds, the bits of the control it turns, arguments.

    All bits are kept (-1), or where the network is emptied none (0).
    """

    need: int
    keep: int
    add: int
    turn: int
    arguments: Packed


class Steps:
    """The steps of one action in all controls with the same bits ``control`` in its fields, for the rows ``known`` so far.

    ``senders`` leave the control as it is, and ``changers`` do not. Steps that change nothing are in neither. ``decisive`` are
    those that decide checks, with the checks as a set of bits. ``state`` has the values of such a control.
    """

    __slots__ = "changers", "control", "decisive", "known", "senders", "state", "taking"

    def __init__(self, taking: _Taking, control: int, state: Packed, known: int) -> None:
        self.taking = taking
        self.control = control
        self.state = state
        self.known = known
        self.senders: list[Step] = []
        self.changers: list[Step] = []
        self.decisive: list[tuple[int, Step]] = []


class _Field(NamedTuple):
    """Where a control has the value of a variable, and which value has which number there."""

    offset: int
    ones: int
    values: list[int]
    numbers: dict[int, int]

    @property
    def mask(self) -> int:
        """The bits of the field."""
        return self.ones << self.offset

    def number(self, value: int) -> int:
        """Return the number of a value, in its place."""
        found = self.numbers.setdefault(value, len(self.values))
        if found == len(self.values):
            if found > self.ones:
                raise LimitReachedError(said("a variable took more than {number:,} values", number=self.ones + 1))
            self.values.append(value)
        return found << self.offset


class _Taking:
    """One action: the ``mask`` of what it reads and writes, what it ``writes``, how its steps are computed, and those known.

    It is made when the action is first possible: much of a model never is.
    """

    def __init__(  # noqa: PLR0913  # what it is made of
        self, number: int, action: Action, mask: int, writes: list[_Field], functions: dict[str, Any], *, draws: bool
    ) -> None:
        self.number = number
        self.action = action
        self.mask = mask
        self.writes = [(field.number, field.mask) for field in writes]
        self.steps_of: Callable[[Packed, Rows], Iterator[tuple[Any, ...]]] = functions["steps"]
        self.wanted: Callable[[Packed], bool] = functions["wanted"]
        self.draws = draws
        self.drawn = self.judged = 0
        """The rows that are wanted, of those that were asked about."""
        self.known: dict[int, Steps] = {}
        """By those bits of a control that matter."""


class _Gate:
    """Actions that are possible or not by the same variables, as far as pool and parameters leave it open."""

    def __init__(self, mask: int, possible: Callable[[Packed], list[int]]) -> None:
        self.mask = mask
        self.possible = possible
        self.known: dict[int, list[_Taking]] = {}


class SharedSteps:
    """The steps of one system, found as they are asked for. ``look`` is called now and then meanwhile, and raises to end that.

    ``taken`` says of each action whether a step of it was found, and ``triggered`` has the checks whose trigger one met. They
    speak of steps that are possible in states that were asked about.
    """

    def __init__(self, monitored: Monitored, look: Callable[[], None] = lambda: None) -> None:
        self.system = system = monitored.system
        self.pace = Pace(look)
        self._checks = monitored.checks
        self._lowering = lowering = Piecewise(monitored)
        self.taken = [False] * len(system.actions)
        self.triggered = 0
        packed = dict(zip(system.sorts, lowering.pack(Interpreter(system).initial()), strict=True))
        pool = packed.pop(lowering.pool)
        self._rows = lowering.rows[lowering.table(system.sorts[lowering.pool])]
        self._fields: dict[str, _Field] = {}
        offset = 0
        for name in packed:
            width = _width(system.sorts[name])
            self._fields[name] = _Field(offset, (1 << width) - 1, [], {})
            offset += width
        self.initial = sum(self._fields[name].number(value) for name, value in packed.items()), pool
        self.takings: dict[int, _Taking] = {}
        self._gates = list(self._gates_of(system.actions))

    @property
    def never_taken(self) -> tuple[str, ...]:
        """The actions of which no step was found."""
        return tuple(action.name for action, taken in zip(self.system.actions, self.taken, strict=True) if not taken)

    @property
    def triggered_checks(self) -> frozenset[str]:
        """The checks whose trigger a step met that was found."""
        return frozenset(check.name for i, check in enumerate(self._checks) if self.triggered >> i & 1)

    def of(self, control: int) -> list[Steps]:
        """Return the steps of each action that is possible in a control, with whatever pool."""
        found: list[Steps] = []
        state: Packed = ()
        for gate in self._gates:
            among = gate.known.get(control & gate.mask)
            if among is None:
                state = state or self._state(control)
                among = gate.known[control & gate.mask] = [self._taking(n) for n in gate.possible(state)]
            for taking in among:
                steps = taking.known.get(control & taking.mask)
                if steps is None:
                    state = state or self._state(control)
                    steps = self._begin(taking, control & taking.mask, state)
                found.append(steps)
        return found

    def grow(self, steps: Steps, pool: int) -> None:
        """Compute the steps for those rows of a pool that are not known yet."""
        taking, order = steps.taking, self._rows.members.order
        for bit in _bits(pool & ~taking.judged):
            taking.judged |= bit
            if taking.wanted(order[bit.bit_length() - 1]):
                taking.drawn |= bit
        new = pool & ~steps.known & taking.drawn
        steps.known |= pool
        if new:
            self._compute(steps, [(bit, *order[bit.bit_length() - 1]) for bit in _bits(new)])

    def named(self, number: int, step: Step) -> tuple[str, Arguments]:
        """Return the name of an action and the arguments of a step of it, as a schedule has them."""
        action = self.system.actions[number]
        values = iter(step.arguments)
        decoded: dict[str, Argument] = {}
        for p in action.parameters:
            cells = tuple(self._lowering.value(sort, next(values)) for _, sort in p.columns)
            decoded[p.name] = cells if p.source is not None else cells[0]
        return action.name, decoded

    def _state(self, control: int) -> Packed:
        return tuple([field.values[control >> field.offset & field.ones] for field in self._fields.values()])

    def _begin(self, taking: _Taking, control: int, state: Packed) -> Steps:
        self.pace.spend(_NEW)
        steps = taking.known[control] = Steps(taking, control, state, 0 if taking.draws else -1)
        if not taking.draws:
            self._compute(steps, [])
        return steps

    def _compute(self, steps: Steps, rows: Rows) -> None:
        taking, control = steps.taking, steps.control
        for need, keep, add, values, arguments, stops, triggers in taking.steps_of(steps.state, rows):
            if keep not in (-1, 0):
                raise AssertionError(f"{taking.action.name} takes some segments out of a network that keeps all")
            turn = 0
            for (number, mask), value in zip(taking.writes, values, strict=True):
                turn |= number(value) ^ control & mask
            step = Step(need, keep, add, turn, arguments)
            if turn:
                steps.changers.append(step)
            elif keep and add & ~need:
                steps.senders.append(step)
            if stops:
                steps.decisive.append((stops, step))
            self.taken[taking.number] = True
            self.triggered |= triggers

    def _taking(self, number: int) -> _Taking:
        if number not in self.takings:
            action = self.system.actions[number]
            source, reads = self._lowering.alone(action)
            written = [name for name in action.updates if name in self._fields]
            functions = compiled(source, self.system.name, self._lowering, self.pace)
            mask, writes = self._mask({*reads, *written}), [self._fields[name] for name in written]
            draws = drawn_from(action, self._lowering.pool) is not None
            self.takings[number] = _Taking(number, action, mask, writes, functions, draws=draws)
        return self.takings[number]

    def _gates_of(self, actions: Iterable[Action]) -> Iterator[_Gate]:
        groups: defaultdict[frozenset[str], dict[int, Action]] = defaultdict(dict)
        for number, action in enumerate(actions):
            groups[self._lowering.depends(action)][number] = action
        for reads, among in groups.items():
            environment = compiled(self._lowering.possible(among), self.system.name, self._lowering, self.pace)
            yield _Gate(self._mask(reads), environment["possible"])

    def _mask(self, names: Iterable[str]) -> int:
        return sum(self._fields[name].mask for name in names)


def _bits(mask: int) -> Iterator[int]:
    """Yield the bits of a mask, the lowest first."""
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit


def _width(sort: Sort) -> int:
    """Return how many bits the number of a value takes."""
    if isinstance(sort, Relation):
        return _WIDEST
    size = sort.modulus if isinstance(sort, Seq | Distance) else sort.limit + 1 if isinstance(sort, Nat) else len(sort.values())
    return min(_WIDEST, max(1, (size - 1).bit_length()))
