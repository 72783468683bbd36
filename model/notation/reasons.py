"""Why a condition is true or false in a state: the parts of it that make it so, and the values that they read.

Of a quantifier the row that decides it is shown, where one does; of a choice between terms, the term chosen, or, where that
leaves nothing to read, why it is chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from model.notation.analysis import references, replaced, subformulas
from model.notation.expr import Expr, Op, conjuncts, literal, negate
from model.notation.interpreter import State, evaluate
from model.notation.pretty import name_text, parameter_text, pretty, value_text
from model.notation.sorts import BOOL, Value


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of a condition that cannot be taken apart further, its text, whether it is true, and what it reads, by name.

    What an action chooses is called so that it is told apart from variables (:func:`model.notation.pretty.parameter_text`).
    """

    formula: Expr
    text: str
    holds: bool
    values: Mapping[str, Value]

    def __str__(self) -> str:
        read = ", ".join(f"{name} = {value_text(value)}" for name, value in self.values.items())
        return f"{self.text} is {'true' if self.holds else 'false'}" + (f" ({read})" if read else "")


def reasons(e: Expr, state: State, cells: Mapping[str, Value] | None = None) -> tuple[Reason, ...]:
    """Return what makes ``e`` true or false in ``state``, its parameters standing for ``cells``.

    For a false conjunction these are its false parts, for a true one all of its parts; for a disjunction the other way round.
    """
    found = list(_reasons(e, state, cells or {}))
    return tuple(r for i, r in enumerate(found) if all(str(r) != str(earlier) for earlier in found[:i]))


def _reasons(e: Expr, state: State, cells: Mapping[str, Value], *, negated: bool = False) -> Iterator[Reason]:
    holds = evaluate(e, state, cells) is True
    match e.op:
        case Op.NOT:
            yield from _reasons(e.args[0], state, cells, negated=not negated)
        case Op.AND | Op.OR:
            decides = e.op is Op.OR  # one true part makes a disjunction true, one false part a conjunction false
            for part in e.args:
                if holds is not decides or (evaluate(part, state, cells) is True) is decides:
                    yield from _reasons(part, state, cells, negated=negated)
        case Op.EXISTS if holds:
            yield from _reasons(_with_row(e, state, cells), state, cells, negated=negated)
        case Op.ITE if e.sort == BOOL:
            condition, then, otherwise = e.args
            yield from _reasons(condition, state, cells)
            chosen = then if evaluate(condition, state, cells) is True else otherwise
            yield from _reasons(chosen, state, cells, negated=negated)
        case Op.LITERAL:
            return  # true or false whatever the state
        case _:
            shown = replaced(e, lambda node: _chosen(node, state, cells))
            if shown.op is Op.LITERAL:  # the terms chosen decide it, whatever the state: so why they are chosen is said
                for condition in _conditions(e, state, cells):
                    yield from _reasons(condition, state, cells)
                return
            read = sorted((name, op is Op.VARIABLE) for op, name, _ in references(shown))
            values = {
                name_text(name) if stored else parameter_text(name, state): state[name] if stored else cells[name]
                for name, stored in read
            }
            part = negate(shown) if negated else shown
            yield Reason(part, pretty(part, variables=state), holds is not negated, values)


def _with_row(e: Expr, state: State, cells: Mapping[str, Value]) -> Expr:
    """Return what a true quantifier says of the first row that makes it true."""
    relation, body = e.args
    rows = evaluate(relation, state, cells)
    assert isinstance(rows, frozenset)

    def of(row: tuple[Value, ...]) -> Expr:
        def cell(node: Expr) -> Expr | None:
            return literal(row[node.column], node.sort) if node.op is Op.BOUND and node.scope == e.scope else None

        return replaced(body, cell)

    return next(of(row) for row in sorted(rows) if evaluate(of(row), state, cells) is True)


def _conditions(e: Expr, state: State, cells: Mapping[str, Value]) -> Iterator[Expr]:
    """Yield the conditions by which the choices between terms in ``e`` come to what they come to, from the outside in."""
    if e.op is Op.ITE:
        condition, then, otherwise = e.args
        yield condition
        yield from _conditions(then if evaluate(condition, state, cells) is True else otherwise, state, cells)
    else:
        for part in e.args:
            yield from _conditions(part, state, cells)


def _chosen(e: Expr, state: State, cells: Mapping[str, Value]) -> Expr | None:
    """Return the term that a choice between terms comes to."""
    if e.op is not Op.ITE or any(node.op is Op.BOUND for node in subformulas(e)):
        return None
    condition, then, otherwise = e.args
    taken = then if evaluate(condition, state, cells) is True else otherwise
    return replaced(taken, lambda node: _chosen(node, state, cells))


def contradicts_itself(guard: Expr) -> bool:
    """Return whether a condition cannot be met, as far as that shows in how it is written."""
    parts = conjuncts(guard)
    written = {part.key for part in parts}
    if any(negate(part).key in written or (not references(part) and evaluate(part, {}) is False) for part in parts):
        return True
    equations = [part.args for part in parts if part.op is Op.EQUAL and part.args[1].op is Op.LITERAL]
    return len({what.key for what, _ in equations}) < len({(what.key, value.key) for what, value in equations})
