"""The states of a system, in two parts, and the steps between them, computed when they are first needed.

A state is kept as two numbers: which pool it has (a bit mask of segments, see :mod:`checker.explicit.source`) and which of the
combinations of all other variables, called its *control*. There are few controls and many pools, so the steps of a control are
computed once and then applied to each pool by two bit operations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from checker.explicit.looking import Asked, Cube, Looking, Looks, translated
from checker.explicit.pace import Pace
from checker.explicit.source import Packed, compiled
from model.notation.interpreter import Argument, Arguments, Interpreter
from model.notation.sorts import SEQ, Relation, Sort, Value
from model.notation.system import Action
from properties.observe import Monitored

Node = tuple[int, int]
"""A state: the number of its control, and its pool."""


class Successor(NamedTuple):
    """A step of a control: what it looks at and needs in the pool, what it makes of it, the control after it, how it is called.

    It is possible where the pool has those of the rows looked at that it needs, and no others of them. Most steps look at what
    they need alone (see :mod:`checker.explicit.looking`). A plain tuple, because the innermost loop unpacks it millions of
    times.
    """

    looks: int
    need: int
    keep: int
    add: int
    control: int
    action: int
    arguments: Packed

    def possible(self, pool: int) -> bool:
        """Return whether the step can be taken with a pool."""
        return pool & self.looks == self.need


@dataclass(frozen=True, slots=True)
class Learnt:
    """What an explorer has met, in the order of its numbers: what states that are packed mean.

    ``rows`` are those of each relation, ``controls`` the combinations of values, and ``pools`` those that the steps of each
    control were computed for.
    """

    rows: tuple[tuple[Packed, ...], ...]
    controls: tuple[Packed, ...]
    pools: tuple[tuple[int, ...], ...]


class Growth(NamedTuple):
    """A control, a pool that its steps were computed for, and how many rows had numbers then."""

    control: int
    pool: int
    rows: int


_CONTROL = 64
"""As how many values tried a new control counts: with a relation over a large sort each is a large number."""


class Explorer:
    """The states of one system, found as they are asked for.

    ``look`` is called now and then while the steps of a state are computed, and raises to end that. Who asks with ``looking``
    takes steps that look at more rows than they need, and asks for those of a state, not for those of rows.
    """

    def __init__(self, monitored: Monitored, look: Callable[[], None] = lambda: None, *, looking: bool = False) -> None:
        self.pace = Pace(look)
        self.system = system = monitored.system
        self._lowering = translated(monitored, looking=looking)
        self._looks = self._lowering.looks if isinstance(self._lowering, Looking) else None
        self.looking = self._looks is not None
        self.computed = 0
        """For how many states all steps were computed, where steps look at more rows than they need."""
        self._unasked = Asked()
        self._source = self._lowering.steps()
        initial = dict(zip(system.sorts, self._lowering.pack(Interpreter(system).initial()), strict=True))
        self._pool_position = tuple(system.sorts).index(self._lowering.pool) if self._lowering.pool else None
        self.has_pool = self._pool_position is not None
        pool = initial.pop(self._lowering.pool, 0)
        environment = compiled(self._source, system.name, self._lowering, self.pace)
        self._steps_of = environment["steps"]
        self._numbers: dict[Packed, int] = {}
        self._controls: list[Packed] = []
        self._known: list[int] = []
        self._asked: list[Asked] = []
        self.gaps: list[set[Cube]] = []
        self.moves: list[list[Successor]] = []
        self.idle: list[dict[int, int]] = []
        self.idlers: list[set[tuple[int, int, Packed]]] = []
        self.decisive: list[list[tuple[int, Successor]]] = []
        self.grown: list[Growth] = []
        """What steps were computed for, in order: who does the same numbers all alike."""
        self.taken = [False] * len(system.actions)
        self.triggered = 0
        self.initial = (self._number(tuple(initial.values())), pool)

    def grow(self, control: int, pool: int, rows: int | None = None) -> list[tuple[int, Successor]]:
        """Compute the steps of ``control`` with a pool that were not met there before.

        They go to ``moves``, but for those that change nothing whatever the pool: these are only counted, in ``idle``, by
        the bit they need, and ``idlers`` has that bit, their action and their arguments. Return the steps that decide
        checks, each with the checks as a set of bits; they go to ``decisive`` as well. Who knows more rows than there were
        when another explorer computed them says how many those were.
        """
        rows = self.rows if rows is None else rows
        self.grown.append(Growth(control, pool, rows))
        known = max(self._known[control], 0)
        if self._looks is None:
            found = self._computed(control, pool & ~known, begin=self._known[control] < 0)
        elif self.lacks(control, pool):
            found = self._asked_anew(control, pool, rows, self._looks)
        else:
            return []
        self._known[control] = known | pool  # all of them: nobody was told to stop before
        return found

    def _asked_anew(self, control: int, pool: int, rows: int, looks: Looks) -> list[tuple[int, Successor]]:
        """Compute the steps of a control with a pool unlike those before in what steps look at; return as above."""
        asked = self._asked[control]
        self.computed += 1
        if pool & ~asked.numbered:
            asked.forget((1 << rows) - 1)
            self.moves[control], self.idle[control], self.idlers[control], self.decisive[control] = [], {}, set(), []
            for witness in asked.pools:
                looks.begin(witness, asked)
                self._computed(control, witness, begin=True)
        looks.begin(pool, asked)
        found = self._computed(control, pool, begin=True)
        asked.end(pool)
        return found

    def _computed(self, control: int, mask: int, *, begin: bool) -> list[tuple[int, Successor]]:
        """Compute the steps that draw the rows of a mask, and where they ``begin`` those that draw none; return as above."""
        decisive: list[tuple[int, Successor]] = []
        moves: list[Successor] = []
        idle = self.idle[control]
        rows, asked = self._rows(mask), self._asked[control]
        for looks, need, keep, add, action, successor, arguments, stops, triggers in self._steps_of(
            self._controls[control], rows, begin
        ):
            step = Successor(looks, need, keep, add, self._number(successor), action, arguments)
            if self._looks is not None and not asked.is_new(looks, need, action, arguments):
                continue
            if keep == -1 and not add and step.control == control and action not in self._lowering.asking:
                idle[need] = idle.get(need, 0) + 1
                self.idlers[control].add((need, action, arguments))
            else:
                moves.append(step)
            self.taken[action] = True
            self.triggered |= triggers
            if stops:
                decisive.append((stops, step))
        self.moves[control] += moves
        self.decisive[control] += decisive
        return decisive

    def learnt(self) -> Learnt:
        """Return what was met so far."""
        rows = tuple(tuple(rows.members.order) for rows in self._lowering.rows)
        pools = (tuple(asked.pools) for asked in self._asked) if self._looks else ((k,) if k >= 0 else () for k in self._known)
        return Learnt(rows, tuple(self._controls), tuple(pools))

    def learn(
        self, learnt: Learnt, grown: Iterable[Growth] | None = None
    ) -> Iterator[tuple[Node, list[tuple[int, Successor]]]]:
        """Meet what another explorer of the same system has met, and number it as that one does.

        Yield for each control a state that its steps are computed for, and those of them that decide checks. Where it is said
        what the other has ``grown`` since, steps are numbered as there too. Raise ValueError where it
        cannot have been met.
        """
        if len(learnt.rows) != len(self._lowering.rows) or len(learnt.pools) != len(learnt.controls):
            raise ValueError
        for rows, order in zip(self._lowering.rows, learnt.rows, strict=True):
            if any(rows[row] != 1 << i for i, row in enumerate(order)):
                raise ValueError
        if any(self._number(control) != i for i, control in enumerate(learnt.controls)):
            raise ValueError
        met = (Growth(control, pool, self.rows) for control, pools in enumerate(learnt.pools) for pool in pools)
        for growth in met if grown is None else grown:
            yield growth[:2], self.grow(*growth)
        if len(self._controls) != len(learnt.controls):
            raise ValueError

    @property
    def rows(self) -> int:
        """How many different rows pools were seen to contain."""
        return len(self._lowering.rows[self._lowering.table(self.system.sorts[self._lowering.pool])]) if self.has_pool else 0

    def known(self, control: int) -> int:
        """Return the rows that the steps of a control are known for, or -1 where not even its other steps are."""
        return self._known[control]

    def lacks(self, control: int, pool: int) -> bool:
        """Return whether :meth:`grow` has anything to do."""
        known = self._known[control]
        if known < 0 or pool & ~known:
            return True
        gaps = self.gaps[control]
        return bool(gaps) and any(pool & looks == need for looks, need in gaps)

    def renamed(self, node: Node, rename: Callable[[int], int]) -> Node:
        """Return what a state becomes when its sequence numbers are renamed."""
        number, pool = node
        control = list(self._controls[number])
        if self._pool_position is not None:
            control.insert(self._pool_position, pool)
        after = [self._renamed(sort, value, rename) for sort, value in zip(self.system.sorts.values(), control, strict=True)]
        pool = 0 if self._pool_position is None else after.pop(self._pool_position)
        return self._number(tuple(after)), pool

    def _renamed(self, sort: Sort, packed: int, rename: Callable[[int], int]) -> int:
        if sort == SEQ:
            return rename(packed)
        if not isinstance(sort, Relation):
            return packed
        rows = self._lowering.rows[self._lowering.table(sort)]
        sorts = [column for _, column in sort.columns]
        return sum(
            rows[tuple(self._renamed(s, cell, rename) for s, cell in zip(sorts, row, strict=True))]
            for row in rows.members[packed]
        )

    def decode(self, action: Action, packed: Packed) -> Arguments:
        """Return the arguments of a step as the interpreter has them."""
        values = iter(packed)
        decoded: dict[str, Argument] = {}
        for p in action.parameters:
            cells = tuple(self._lowering.value(sort, next(values)) for _, sort in p.columns)
            decoded[p.name] = cells if p.source is not None else cells[0]
        return decoded

    def state(self, control: int, pool: int) -> dict[str, Value]:
        """Return a state as the interpreter has it."""
        packed = list(self._controls[control])
        if self._pool_position is not None:
            packed.insert(self._pool_position, pool)
        return self._lowering.unpack(tuple(packed))

    def node(self, state: Mapping[str, Value]) -> Node:
        """Return the control and the pool of a state as the interpreter has it."""
        packed = list(self._lowering.pack(state))
        pool = 0 if self._pool_position is None else packed.pop(self._pool_position)
        return self._number(tuple(packed)), pool

    def named(self, step: Successor) -> tuple[str, Arguments]:
        """Return a step's action and its arguments, as a schedule has them."""
        action = self.system.actions[step.action]
        return action.name, self.decode(action, step.arguments)

    def _number(self, control: Packed) -> int:
        if control not in self._numbers:
            self.pace.spend(_CONTROL)
            self._numbers[control] = len(self._controls)
            self._controls.append(control)
            self._known.append(-1)
            asked = self._unasked if self._looks is None else Asked()
            self._asked.append(asked)
            self.gaps.append(asked.gaps)
            self.moves.append([])
            self.idle.append({})
            self.idlers.append(set())
            self.decisive.append([])
        return self._numbers[control]

    def _rows(self, mask: int) -> list[tuple[int, ...]]:
        if not mask:
            return []
        rows = self._lowering.rows[self._lowering.table(self.system.sorts[self._lowering.pool])]
        return [(rows[row], *row) for row in rows.members[mask]]
