"""Whether two systems take the same steps in every state, as a solver shows it: a changed rule need not be another rule.

Formulas are compared as formulas about any state at all, also about one that nobody comes to. What is read of a relation is an
unknown of its own wherever it is read, the same one for the same formula; so what is said to be the same is, and what is the
same for the sake of a relation's rows may not be found to be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from checker.host.solving import z3
from checker.studies.lockstep import Side
from checker.symbolic.lower import Lowering, constant, in_range
from model.notation.expr import FALSE, Expr, Key
from model.notation.network import why_not_kept
from model.notation.sorts import Relation, Sort, Value
from model.notation.system import Action, TransitionSystem

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
        """Return whether nothing can ever take the action, or nothing comes of it: then it may be missing as well."""
        comes = action.updates or action.sends or action.events
        return not comes or action.guard is FALSE or self._never(self(action.guard))

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


MOST = 20_000
"""How many states of the endpoints are looked at before two systems are said to differ."""


class Doings:
    """What endpoints do in every state that they may come to, with every segment that may ever be in flight.

    States and segments are taken apart: each segment that is sent in some state is taken to meet each state. So more may be
    looked at than happens, and nothing that happens is left out; where two systems do the same in all of it they do the same.
    """

    def __init__(self, system: TransitionSystem) -> None:
        self._system = system
        self._states: list[Mapping[str, Value]] | None = None
        self._names: dict[Hashable, int] = {}
        if not why_not_kept(system, ()):
            self._states = self._closed(_Doing(system, self._names))

    @staticmethod
    def _closed(doing: _Doing) -> list[Mapping[str, Value]] | None:
        """Return every state that is come to, each with all segments, the initial one first; None where there are too many."""
        control, pool = doing.explorer.initial
        controls, grown = {control: None}, True
        while grown:
            grown = False
            for known in list(controls):
                for _, step in doing.steps(known, pool):
                    more = step.control not in controls or step.add & ~pool
                    grown = grown or bool(more)
                    controls.setdefault(step.control)
                    pool |= step.add
            if len(controls) > MOST:
                return None
        return [doing.explorer.state(known, pool) for known in controls]

    def same(self, other: TransitionSystem) -> bool:
        """Return whether another system certainly does the same.

        Where it does the same in each of the states of this one, it comes to no others: only actions that one of them lacks
        have to be looked at there.
        """
        if self._states is None or other.sorts != self._system.sorts:
            return False
        mine, its = ({_what(action): action for action in system.actions} for system in (self._system, other))
        ours = _Doing(self._system, self._names, [mine[what] for what in mine.keys() - its.keys()])
        theirs = _Doing(other, self._names, [its[what] for what in its.keys() - mine.keys()])
        if ours.begun != theirs.begun:
            return False
        both: _Doing | None = None
        for state in self._states:
            one, another = ours.looks(state), theirs.looks(state)
            if one != another:
                both = both or _Doing(other, self._names, [its[what] for what in its.keys() & mine.keys()])
                if not one ^ another <= both.looks(state):
                    return False
        return True


class _Doing(Side):
    """Some of the actions of a system, all of whose variables are looked at."""

    def __init__(self, system: TransitionSystem, names: dict[Hashable, int], actions: Collection[Action] | None = None) -> None:
        if actions is not None:
            met = (replace(action, name="(receives)", guard=FALSE) for action in system.actions if action.receives)
            system = replace(system, actions=(*actions, *islice(met, 1)))  # without one, the network is no pool
        super().__init__(system, tuple(system.sorts), names)

    @property
    def begun(self) -> Mapping[str, Value]:
        """The state that it begins with."""
        return self.explorer.state(*self.explorer.initial)

    def looks(self, state: Mapping[str, Value]) -> frozenset[object]:
        """Return how what is done in a state looks."""
        control, pool = self.explorer.node(state)
        return frozenset(look for look, _ in self.steps(control, pool))


def _what(action: Action) -> Hashable:
    """Return what an action does: two for which it is the same take the same steps."""

    def cells(of: Iterable[object]) -> Hashable:
        return tuple(cell.key if isinstance(cell, Expr) else cell for cell in of)

    drawn = tuple((p.name, p.columns, _key(p.source), cells(p.candidates)) for p in action.parameters)
    updates = frozenset((name, cells([value])) for name, value in action.updates.items())
    events = frozenset((event.role, event.kind, _key(event.x), _key(event.y)) for event in action.events)
    return action.by, action.receives, drawn, action.guard.key, updates, tuple(map(cells, action.sends)), events
