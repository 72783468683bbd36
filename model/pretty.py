"""Formulas as text, with as few parentheses as their meaning allows."""

from __future__ import annotations

from collections.abc import Mapping

from model.expr import Expr, Op, Scope
from model.sorts import MODULUS, Value

_LOOSENESS = {Op.OR: 5, Op.AND: 4, Op.NOT: 3, Op.EQUAL: 2, Op.LESS: 2, Op.SHIFT: 1, Op.DIFFERENCE: 1, Op.COUNT: 1}
_NEGATED = {Op.EQUAL: "!=", Op.LESS: ">="}


def pretty(e: Expr) -> str:
    """Return ``e`` in the notation it was written in."""
    return _text(e, {}, 0)


def value_text(value: Value) -> str:
    """Return a value as a reader expects it: names bare, truth values as true and false, rows in angle brackets."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(f"⟨{', '.join(map(value_text, row))}⟩" for row in value)) + "}"
    return str(value)


def _inside(op: Op, child: Expr, rows: Mapping[Scope, str], depth: int, *, strict: bool = True) -> str:
    """Return an argument of ``op``, in parentheses where it binds less than ``op`` does (``strict``: or as much)."""
    loose, here = _LOOSENESS.get(child.op, 0), _LOOSENESS.get(op, 9)
    text = _text(child, rows, depth)
    return f"({text})" if loose > here or (strict and loose == here) else text


def _text(e: Expr, rows: Mapping[Scope, str], depth: int) -> str:
    def inner(child: Expr, *, strict: bool = False) -> str:
        return _inside(e.op, child, rows, depth, strict=strict)

    def cells(args: tuple[Expr, ...]) -> str:
        return ", ".join(_text(a, rows, depth) for a in args)

    match e.op:
        case Op.LITERAL:
            return value_text(e.value)
        case Op.VARIABLE | Op.PARAMETER:
            return e.name
        case Op.BOUND:
            row = rows.get(e.scope, "row")  # a cell printed by itself, as in an error about it, has no quantifier around it
            return f"{row}.{e.scope.names[e.column]}"
        case Op.NOT:
            (a,) = e.args
            if a.op in _NEGATED:
                return f" {_NEGATED[a.op]} ".join(_inside(a.op, child, rows, depth) for child in a.args)
            return f"~{inner(a)}"
        case Op.AND | Op.OR:
            return f" {e.op.value} ".join(inner(a) for a in e.args)
        case Op.EQUAL | Op.LESS | Op.DIFFERENCE:
            return f"{inner(e.args[0])} {e.op.value} {inner(e.args[1], strict=True)}"
        case Op.SHIFT:
            base, by = e.args
            if by.op is Op.LITERAL and isinstance(by.data, int) and by.data > MODULUS // 2:
                return f"{inner(base)} - {MODULUS - by.data}"
            return f"{inner(base)} + {inner(by, strict=True)}"
        case Op.COUNT:
            n = e.data
            assert isinstance(n, int)
            return f"{inner(e.args[0])} {'+' if n >= 0 else '-'} {abs(n)}"
        case Op.ITE:
            return f"ite({cells(e.args)})"
        case Op.HAS | Op.ADD | Op.REMOVE:
            return f"{inner(e.args[0])}.{e.op.value}({cells(e.args[1:])})"
        case Op.EXISTS:
            relation, body = e.args
            name = "row" + "'" * depth
            return f"{inner(relation)}.exists({name}: {_text(body, {**rows, e.scope: name}, depth + 1)})"
    raise AssertionError(e.op)
