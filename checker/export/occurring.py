"""What can occur: the values that each variable may have, and the rows that each relation may contain.

Promela has neither sets nor 32-bit sequence numbers that wrap, so an export to it writes relations as bits, and numbers as
positions in a table. Both must be known beforehand, and need not be known exactly: what cannot occur only costs space.

Where the system has a pool (:mod:`model.notation.pool`), every combination of the other variables is made to meet every row
that was ever added to the pool, also those that it would never meet, until nothing new comes of it. That takes a few hundred
combinations where the states are hundreds of thousands. Where it does not come to an end (a sum over rows that are drawn once),
and where there is no pool, the states are visited one by one.

Nothing but the tables is taken from here. An export computes every step from the formulas anew and has an assertion wherever a
value might lie outside the tables, so that a mistake made here is an error there, and not a smaller state space.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checker.explicit.explorer import Explorer
from checker.explicit.search import explore
from checker.host.limits import INTERRUPTED, Limits
from model.notation.interpreter import State
from model.notation.sorts import Enum, NotationError, Relation, Sort, Value
from properties.observe import Monitored

Row = tuple[Value, ...]

MOST_COMBINATIONS = 50_000
"""How many combinations of the variables but the pool are made to meet every row."""
MOST_STATES = 300_000
"""How many states are visited where that did not come to an end."""


@dataclass(frozen=True, slots=True)
class Occurring:
    """By the name of a variable, the values that it may have; of a relation, the rows that it may contain. Both in order."""

    values: Mapping[str, tuple[Value, ...]]
    rows: Mapping[str, tuple[Row, ...]]


def occurring(monitored: Monitored) -> Occurring:
    """Return what can occur in a system whose network is written out.

    Raises :class:`~model.notation.sorts.NotationError` for a system with more combinations, and more states, than are looked
    at.
    """
    system = monitored.system
    found: dict[str, set[Value]] = {name: set() for name in system.sorts}
    for state in _met(Explorer(monitored)) or _visited(monitored):
        for name, value in state.items():
            found[name].add(value)
    values: dict[str, tuple[Value, ...]] = {}
    rows: dict[str, tuple[Row, ...]] = {}
    for name, sort in system.sorts.items():
        if isinstance(sort, Relation):
            union = {row for value in found[name] if isinstance(value, frozenset) for row in value}
            rows[name] = tuple(sorted(union, key=lambda row: _position(sort, row)))
        else:
            values[name] = tuple(sorted(found[name], key=lambda value: _place(sort, value)))
    return Occurring(values, rows)


def _met(explorer: Explorer) -> Iterator[State] | None:
    """Return all combinations, each with a pool of all rows; None where there are too many.

    Where there is no pool, the combinations are the states.
    """
    _, pool = explorer.initial
    size = 0, 0
    while size != (len(explorer.moves), pool):
        size = len(explorer.moves), pool
        control = 0
        while control < len(explorer.moves):
            if explorer.lacks(control, pool):
                explorer.grow(control, pool)
                for step in explorer.moves[control]:
                    pool |= step.add
            if len(explorer.moves) > MOST_COMBINATIONS:
                return None
            control += 1
    return (explorer.state(control, pool) for control in range(len(explorer.moves)))


def _visited(monitored: Monitored) -> Iterator[State]:
    """Yield every state."""
    found, explorer, seen = explore(monitored, Limits(states=MOST_STATES))
    if found.reason == INTERRUPTED:
        raise KeyboardInterrupt
    if not found.complete:
        raise NotationError(
            f"{monitored.system.name} cannot be exported to Promela: its variables take too many values together, and it has "
            f"more than {MOST_STATES} states; choose a smaller scope, fewer claims, or TLA+, which needs no tables"
        )
    for control, pools in seen.items():
        for pool in pools:
            yield explorer.state(control, pool)


def _position(sort: Relation, row: Row) -> tuple[object, ...]:
    return tuple(_place(column, cell) for (_, column), cell in zip(sort.columns, row, strict=True))


def _place(sort: Sort, value: Value) -> int:
    """Return where a value stands among those of its sort: names in the order of their sort, numbers by size."""
    if isinstance(sort, Enum):
        return sort.members.index(str(value))
    assert isinstance(value, int)
    return value
