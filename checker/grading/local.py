"""Whether an endpoint goes by what it can know: its own memory, and what arrives.

A formula may read any variable, since claims have to. A rule that reads the other end's memory, or looks into the network for
what has not arrived, is no rule of a protocol; who hands one in has not done the task.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from model.notation.analysis import mentions
from model.notation.expr import Expr, Op
from model.notation.sorts import NotationError
from model.notation.system import Action, TransitionSystem


def check_local(own: TransitionSystem, like: TransitionSystem) -> None:
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
                raise NotationError(
                    f"{action.name} is a step of neither endpoint, and none of {like.name}'s: change only rules"
                )
        elif foreign := _foreign(own, action) - known.get(action.by, set()):
            raise NotationError(
                f"{action.name} goes by {min(foreign)}, of which the {action.by} knows nothing: "
                "use what is its own, and what it receives"
            )


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
