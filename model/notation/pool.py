"""Relations that formulas look at only by drawing a row: a network is one, and much can be had from knowing it.

Whether a relation is a *pool* is decided from the formulas alone. Nothing reads it but parameters that draw from it, at
most one in an action, and nothing changes it but adding and removing rows, or emptying it. What a row drawn from it does then
depends on the row and on the other variables, and not on which other rows there are.

A relation into which formulas *look* is less: they may ask whether it has a row, and whether it has one that meets a condition.
What a step does then depends on some rows that are there, and on some that are not.
"""

from __future__ import annotations

from collections.abc import Iterable

from model.notation.analysis import mentions, subformulas
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


def is_looked_into(name: str, actions: Iterable[Action], others: Iterable[Expr] = ()) -> bool:
    """Return whether these actions and ``others`` ask ``name`` for rows, draw rows from it and edit it, and no more.

    So nothing takes it as a whole, as a step does that copies it to another variable.
    """
    formulas: list[Expr] = list(others)
    for action in actions:
        own, sources = action.updates.get(name), (p.source for p in action.parameters if p.source is not None)
        rows = [e for e in (own, *sources) if e is not None]
        if any(_takes_whole(e, name) for e in rows):
            return False
        formulas += [action.guard, *(value for updated, value in action.updates.items() if updated != name)]
        formulas += [candidate for p in action.parameters for candidate in p.candidates]
    return not any(has_rows_of(e, name) or _takes_whole(e, name) for e in formulas)


def has_rows_of(e: Expr, name: str) -> bool:
    """Return whether a formula is a relation that has rows because ``name`` has them."""
    if name not in e.variables:
        return False
    match e.op:
        case Op.VARIABLE:
            return True
        case Op.ADD | Op.REMOVE:
            return has_rows_of(e.args[0], name)
        case Op.ITE:
            return any(has_rows_of(branch, name) for branch in e.args[1:])
    return False


_ASKED = {Op.HAS: 1, Op.EXISTS: 1, Op.ADD: 1, Op.REMOVE: 1}
"""How many arguments of an operator, the first ones, are a relation that is asked or edited."""


def _takes_whole(e: Expr, name: str) -> bool:
    """Return whether a part of a formula takes ``name`` as a whole, and does not only ask or edit it."""
    return any(
        has_rows_of(arg, name)
        for part in subformulas(e)
        for arg in (() if part.op is Op.ITE else part.args[_ASKED.get(part.op, 0) :])
    )
