"""Whether a model changes only rules, and an endpoint goes by what it can know: its own memory, and what arrives.

A formula may read any variable, since claims have to. A rule that reads the other end's memory, or looks into the network for
what has not arrived, is no rule of a protocol; who hands one in has not done the task.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from checker.grading.handed import RefusedError
from model.notation.analysis import mentions
from model.notation.expr import Expr, Op
from model.notation.said import said
from model.notation.system import Action, TransitionSystem


def check_alike(own: TransitionSystem, like: TransitionSystem) -> None:
    """Raise where a model changes what a task leaves alone: who takes part, the variables, the network, what is assumed."""
    if own.network != like.network or own.assumptions != like.assumptions or own.constraint is not like.constraint:
        raise RefusedError(
            said("the network, the assumptions or the bounds are not those of {model}: change only rules", model=like.name)
        )
    for name, sort in like.sorts.items():
        if own.sorts.get(name) != sort:
            raise RefusedError(
                said("there is no variable {name} as {model} has it: change only rules", name=name, model=like.name)
            )
    begins = {v.name: v.initial for v in own.variables}
    if own.chosen or any(begins[v.name] != v.initial for v in like.variables):
        raise RefusedError(said("it does not begin as {model} does: change only rules", model=like.name))
    seen = [
        {
            role: [(name, e.key) for name, e in (("state", view.state), *view.parts.items())]
            for role, view in system.views.items()
        }
        for system in (own, like)
    ]
    if seen[0] != seen[1]:
        raise RefusedError(
            said("what is seen of the endpoints is not what is seen of those of {model}: change only rules", model=like.name)
        )
    _check_local(own, like)


def _check_local(own: TransitionSystem, like: TransitionSystem) -> None:
    """Raise where an endpoint of ``own`` reads or writes what is not its own, and what no step of its own in ``like`` does.

    A step that no endpoint takes may read all there is, so that it has to be one of those of ``like``.
    """
    known: dict[str, set[str]] = {}
    for action in like.actions:
        known.setdefault(action.by, set()).update(_foreign(like, action))
    shared = {action.name: _meaning(action) for action in like.actions if action.by not in like.views}
    for action in own.actions:
        if action.by not in own.views:
            if shared.get(action.name) != _meaning(action):
                pattern = "{action} is a step of neither endpoint, and none of {model}'s: change only rules"
                raise RefusedError(said(pattern, action=action.name, model=like.name))
        elif foreign := _foreign(own, action) - known.get(action.by, set()):
            pattern = "{action} goes by {foreign}, of which the {who} knows nothing: use what is its own, and what it receives"
            raise RefusedError(said(pattern, action=action.name, foreign=min(foreign), who=action.by))


def _foreign(system: TransitionSystem, action: Action) -> set[str]:
    """Return the variables of others, and the network, that an action reads or writes otherwise than by its segments."""
    others = tuple(f"{role}." for role in system.views if role != action.by)
    network = "" if system.network is None else system.network.variable
    read = (name for e in _formulas(action) for op, name in mentions(e) if op is Op.VARIABLE)
    return {name for name in (*read, *action.updates) if name.startswith(others) or name == network}


def _formulas(action: Action) -> tuple[Expr, ...]:
    return (action.guard, *action.updates.values(), *(cell for segment in action.sends for cell in segment))


def _meaning(action: Action) -> tuple[Hashable, Mapping[str, Hashable]]:
    return action.guard.key, {name: e.key for name, e in action.updates.items()}
