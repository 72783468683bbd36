"""Steps that exclude each other, put together: of each group at most one can happen in any state.

SPIN tries every option of a loop in every state. As the rules of an endpoint are ordered cases, most steps that receive the
same segment exclude each other; one option can stand for all of them, and tell them apart when one of them is known to be
possible. That changes no count, since an option is still one step at most; and SPIN is a quarter faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from checker.export.folding import Folder
from checker.export.steps import Instance
from model.notation.expr import FALSE, TRUE, Expr, Key, Op, conjuncts
from model.notation.sorts import Value

Choices = Mapping[str, frozenset[Value]]


@dataclass(frozen=True, slots=True)
class _Guard:
    """A guard in parts: rows that have to be there, values that single variables may have, and the rest."""

    rows: tuple[Expr, ...]
    choices: Choices
    rest: tuple[Expr, ...]


@dataclass(slots=True)
class Alternatives:
    """Steps of which at most one can happen. The folded conditions ``shared`` and ``some`` together say that one can."""

    shared: Expr
    members: list[Instance] = field(default_factory=list)
    guards: list[_Guard] = field(default_factory=list)
    some: Expr = FALSE


def alternatives(steps: Iterable[Instance], folder: Folder) -> list[Alternatives]:
    """Return the steps in groups, in the order of the first of each group.

    The steps of a group need the same rows, and no two of them can happen in one state. ``folder`` has folded their guards.
    """
    groups: dict[tuple[Key, ...], list[Alternatives]] = {}
    for step in steps:
        guard = _parts(step.guard, folder)
        alike = groups.setdefault(tuple(row.key for row in guard.rows), [])
        group = next((g for g in alike if all(_exclude(guard, other, folder) for other in g.guards)), None)
        if group is None:
            group = Alternatives(folder.both(*guard.rows))
            alike.append(group)
        group.members.append(step)
        group.guards.append(guard)
    found = [group for alike in groups.values() for group in alike]
    for group in found:
        group.some = _union(group.guards, folder)
    return found


def _parts(guard: Expr, folder: Folder) -> _Guard:
    parts = conjuncts(guard)
    choices = dict(filter(None, map(folder.about, parts)))
    rows = tuple(part for part in parts if part.op is Op.HAS)
    return _Guard(rows, choices, tuple(p for p in parts if p.op is not Op.HAS and folder.about(p) is None))


def _exclude(one: _Guard, other: _Guard, folder: Folder) -> bool:
    """Return whether two guards are known never to be true in the same state."""
    if any(name in other.choices and not values & other.choices[name] for name, values in one.choices.items()):
        return True
    if not (one.rest or other.rest) or {e.key for e in one.rest} == {e.key for e in other.rest}:
        return False
    chosen = [folder.among(name, values) for guard in (one, other) for name, values in guard.choices.items()]
    return folder.settled(folder.both(*chosen, *one.rest, *other.rest)) is FALSE


def _union(guards: Sequence[_Guard], folder: Folder) -> Expr:
    """Return whether some guard is true, apart from the rows; a case distinction that leaves nothing out is no condition."""
    if any(not guard.choices and not guard.rest for guard in guards):
        return TRUE
    names = [name for guard in guards for name in guard.choices]
    if not names:
        return folder.settled(folder.either(*(folder.both(*guard.rest) for guard in guards)))
    name = max(names, key=names.count)
    cases: dict[tuple[bool, ...], set[Value]] = {}
    for value in folder.occurring.values[name]:
        cases.setdefault(tuple(value in guard.choices.get(name, {value}) for guard in guards), set()).add(value)
    conditions: dict[Key, tuple[Expr, set[Value]]] = {}
    for allowed, values in cases.items():
        below = [
            _Guard((), {n: v for n, v in guard.choices.items() if n != name}, guard.rest)
            for guard, allows in zip(guards, allowed, strict=True)
            if allows
        ]
        condition = _union(below, folder) if below else FALSE
        conditions.setdefault(condition.key, (condition, set()))[1].update(values)
    return folder.either(*(folder.both(folder.among(name, frozenset(values)), c) for c, values in conditions.values()))
