"""Relations that formulas look at only by drawing a row: a network is one, and much can be had from knowing it.

Whether a relation is a *pool* is decided from the formulas alone. Nothing reads it but parameters that draw from it, at
most one in an action, and nothing changes it but adding and removing rows, or emptying it. What a row drawn from it does then
depends on the row and on the other variables, and not on which other rows there are.
"""

from __future__ import annotations

from collections.abc import Iterable

from model.notation.analysis import mentions
from model.notation.expr import Expr, Op
from model.notation.system import Action, Parameter


def reads(e: Expr, name: str) -> bool:
    """Return whether a formula reads the variable ``name``."""
    return (Op.VARIABLE, name) in mentions(e)


def drawn_from(action: Action, name: str) -> Parameter | None:
    """Return the first parameter of an action that is drawn from ``name``, if one is."""
    return next((p for p in action.parameters if p.source is not None and reads(p.source, name)), None)


def is_pool(
    name: str, actions: Iterable[Action], others: Iterable[Expr] = (), *, growing: bool = False, emptied: bool = False
) -> bool:
    """Return whether ``name`` is a pool of these actions, and ``others`` (formulas watched) do not read it either.

    A ``growing`` pool is one from which no row is ever removed, unless it may be ``emptied``: of all rows at once.
    """
    allowed = {Op.ADD} if growing else {Op.ADD, Op.REMOVE, Op.ITE}
    if emptied or not growing:
        allowed.add(Op.LITERAL)
    return all(_only_draws(a, name, allowed) for a in actions) and not any(reads(e, name) for e in others)


def _only_draws(action: Action, name: str, allowed: set[Op]) -> bool:
    sources = [p.source for p in action.parameters if p.source is not None and reads(p.source, name)]
    formulas = [action.guard, *(value for updated, value in action.updates.items() if updated != name)]
    formulas += [candidate for p in action.parameters for candidate in p.candidates]
    own = action.updates.get(name)
    return (
        len(sources) <= 1
        and all(source.op is Op.VARIABLE for source in sources)
        and not any(reads(e, name) for e in formulas)
        and (own is None or _only_edits(own, name, allowed))
    )


def _only_edits(e: Expr, name: str, allowed: set[Op]) -> bool:
    if e.op is Op.VARIABLE:
        return e.name == name
    if e.op is Op.LITERAL:
        return e.op in allowed and not e.data
    if e.op not in allowed:
        return False
    if e.op is Op.ITE:
        condition, *branches = e.args
        return not reads(condition, name) and all(_only_edits(branch, name, allowed) for branch in branches)
    relation, *cells = e.args
    return _only_edits(relation, name, allowed) and not any(reads(cell, name) for cell in cells)
