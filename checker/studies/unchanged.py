"""Whether two systems take the same steps in every state, as a solver shows it: a changed rule need not be another rule.

Formulas are compared as formulas about any state at all, also about one that nobody comes to. What is read of a relation is an
unknown of its own wherever it is read, the same one for the same formula; so what is said to be the same is, and what is the
same for the sake of a relation's rows may not be found to be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from checker.host.solving import z3
from checker.studies.lockstep import Side
from checker.symbolic.lower import Lowering, constant, in_range
from model.notation.expr import FALSE, Expr, Key, literal
from model.notation.network import why_not_kept
from model.notation.sorts import Nat, Relation, Sort
from model.notation.system import Action, Happening, TransitionSystem, Variable
from model.tcp.endpoint import EventKind

_MILLISECONDS = 2_000
"""How long the solver may take for an action; what it does not find out is said to differ."""


def unchanged(one: TransitionSystem, other: TransitionSystem) -> bool:
    """Return whether both certainly take the same steps, with the same events, in whatever state they are."""
    if one.sorts != other.sorts:
        return False
    formulas = _Formulas(one.sorts)
    actions = [_by_name(system) for system in (one, other)]
    for name in dict.fromkeys((*actions[0], *actions[1])):
        mine, its = (of.get(name, []) for of in actions)
        if len(mine) != len(its):
            if not all(formulas.impossible(action) for action in (*mine, *its)):
                return False
        elif not all(formulas.alike(a, b) for a, b in zip(mine, its, strict=True)):
            return False
    return True


def _by_name(system: TransitionSystem) -> Mapping[str, list[Action]]:
    found: defaultdict[str, list[Action]] = defaultdict(list)
    for action in system.actions:
        found[action.name].append(action)
    return found


def _key(e: Expr | None) -> Key | None:
    return None if e is None else e.key


def _parts(action: Action) -> tuple[object, ...]:
    """Return what of an action is not a formula on values."""
    drawn = tuple((p.name, p.columns, _key(p.source), len(p.candidates)) for p in action.parameters)
    kinds = tuple((event.kind, event.role) for event in action.events)
    return action.by, action.receives, drawn, kinds, len(action.sends)


class _Formulas(Lowering):
    """Formulas as terms about an unknown state."""

    def __init__(self, sorts: Mapping[str, Sort]) -> None:
        super().__init__({}, {})
        self._unknowns: dict[object, Any] = {}
        self._ranges: list[Any] = []
        self._sorts = sorts

    def __call__(self, e: Expr) -> Any:  # noqa: ANN401  # as it is of what it derives from
        if e.op.name in {"VARIABLE", "PARAMETER"} or any(isinstance(arg.sort, Relation) for arg in e.args):
            return self._unknown(e.key, e.sort)
        return super().__call__(e)

    def _unknown(self, key: Key, sort: Sort) -> Any:  # noqa: ANN401  # a term
        if key not in self._unknowns:
            self._unknowns[key] = constant(f"u{len(self._unknowns)}", sort)
            self._ranges.append(in_range(self._unknowns[key], sort))
        return self._unknowns[key]

    def impossible(self, action: Action) -> bool:
        """Return whether nothing can ever take the action."""
        return action.guard is FALSE or self._never(self(action.guard))

    def alike(self, one: Action, other: Action) -> bool:
        """Return whether both are possible at the same times, and do the same then."""
        if _parts(one) != _parts(other):
            return self.impossible(one) and self.impossible(other)
        guards = self(one.guard), self(other.guard)
        chosen = tuple(zip(one.parameters, other.parameters, strict=True))
        pairs = [
            *((one.updates.get(name), other.updates.get(name)) for name in {**one.updates, **other.updates}),
            *((a, b) for mine, its in zip(one.sends, other.sends, strict=True) for a, b in zip(mine, its, strict=True)),
            *((a, b) for p, q in chosen for a, b in zip(p.candidates, q.candidates, strict=True)),
            *((a, b) for e, f in zip(one.events, other.events, strict=True) for a, b in ((e.x, f.x), (e.y, f.y))),
        ]
        differs = [guards[0] != guards[1]] if one.guard.key != other.guard.key else []
        for a, b in pairs:
            if a is b:
                continue
            if not isinstance(a, Expr) or not isinstance(b, Expr) or isinstance(a.sort, Relation) or a.sort != b.sort:
                return self.impossible(one) and self.impossible(other)
            differs.append(z3.And(guards[0], self(a) != self(b)))
        return not differs or self._never(z3.Or(differs))

    def _never(self, term: Any) -> bool:  # noqa: ANN401  # a term
        solver = z3.Solver()
        solver.set("timeout", _MILLISECONDS)
        solver.add(*self._ranges, term)
        return bool(solver.check() == z3.unsat)


def _telling_events(system: TransitionSystem) -> TransitionSystem:
    """Return the system with a variable that tells which events the last step was: claims see them."""
    bits: dict[tuple[str, Happening], int] = {pair: 1 << number for number, pair in enumerate(product(system.views, EventKind))}
    last = Variable("(events)", Nat((1 << len(bits)) - 1), 0)

    def told(action: Action) -> Action:
        were = sum(bits[event.role, event.kind] for event in action.events)
        return replace(action, updates={**action.updates, last.name: literal(were, last.sort)})

    return replace(system, variables=(*system.variables, last), actions=tuple(map(told, system.actions)))


MOST = 20_000
"""How many states of the endpoints are looked at before two systems are said to differ."""


class Doings:
    """What endpoints do in every state that they may come to, with every segment that may ever be in flight.

    States and segments are taken apart: each segment that is sent in some state is taken to meet each state. So more may be
    looked at than happens, and nothing that happens is left out; where two systems do the same in all of it they do the same.
    """

    def __init__(self, system: TransitionSystem, names: dict[Hashable, int] | None = None) -> None:
        self.names: dict[Hashable, int] = {} if names is None else names
        self.done: dict[int, frozenset[object]] | None = None
        if not why_not_kept(system, ()):
            told = _telling_events(system)
            self.done = self._closed(Side(told, tuple(told.sorts), self.names))

    def _closed(self, side: Side) -> dict[int, frozenset[object]] | None:
        control, pool = side.explorer.initial
        controls, grown = {control: None}, True
        while grown:
            grown = False
            for known in list(controls):
                for _, step in side.steps(known, pool):
                    more = step.control not in controls or step.add & ~pool
                    grown = grown or bool(more)
                    controls.setdefault(step.control)
                    pool |= step.add
            if len(controls) > MOST:
                return None
        return {side.name(known): frozenset(look for look, _ in side.steps(known, pool)) for known in controls}

    def same(self, other: TransitionSystem) -> bool:
        """Return whether another system certainly does the same."""
        return self.done is not None and Doings(other, self.names).done == self.done
