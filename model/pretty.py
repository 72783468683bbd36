"""Formulas as text, with as few parentheses as their meaning allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from model.expr import Expr, Op, Scope
from model.sorts import MODULUS, Value

_LOOSENESS = {Op.OR: 5, Op.AND: 4, Op.NOT: 3, Op.EQUAL: 2, Op.LESS: 2, Op.SHIFT: 1, Op.DIFFERENCE: 1, Op.COUNT: 1}
_PHRASE = 5

Words = Callable[[Expr], str | None]
"""A vocabulary: what to write for a formula (a formula of any kind), or None to write it in the notation."""


def pretty(e: Expr, words: Words = lambda _: None) -> str:
    """Return ``e`` in the notation it was written in, or as far as ``words`` has them, in those."""
    return _Printer(words).text(e, {})


def value_text(value: Value) -> str:
    """Return a value as a reader expects it: names bare, truth values as true and false, rows in angle brackets."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, frozenset):
        return "{" + ", ".join(map(row_text, sorted(value))) + "}"
    return str(value)


def row_text(row: tuple[Value, ...]) -> str:
    """Return a row of a relation in angle brackets."""
    return f"⟨{', '.join(map(value_text, row))}⟩"


class _Printer:
    def __init__(self, words: Words) -> None:
        self.words = words

    def text(self, e: Expr, rows: Mapping[Scope, str]) -> str:
        return self._said(e, rows)[0]

    def _said(self, e: Expr, rows: Mapping[Scope, str]) -> tuple[str, int]:
        """Return the text of a formula and how loosely it binds."""
        words = self.words(e)
        if words is not None:
            return words, _PHRASE if " " in words else 0
        forall = e.op is Op.NOT and e.args[0].op is Op.EXISTS and e.args[0].args[1].op is Op.NOT
        return self._written(e, rows), 0 if forall else _LOOSENESS.get(e.op, 0)

    def _inside(self, op: Op, child: Expr, rows: Mapping[Scope, str], *, strict: bool) -> str:
        """Return an argument of ``op``, in parentheses where it binds less than ``op`` does (``strict``: or as much)."""
        text, loose = self._said(child, rows)
        here = _LOOSENESS.get(op, 9)
        return f"({text})" if loose > here or (strict and loose == here) else text

    def _written(self, e: Expr, rows: Mapping[Scope, str]) -> str:
        def inner(child: Expr, *, strict: bool = False) -> str:
            return self._inside(e.op, child, rows, strict=strict)

        def cells(args: tuple[Expr, ...]) -> str:
            return ", ".join(self.text(a, rows) for a in args)

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
                if a.op is Op.EXISTS and a.args[1].op is Op.NOT:
                    return self._quantified(a, "forall", a.args[1].args[0], rows)
                if a.op is Op.LESS and self.words(a) is None:
                    return self._compared(a, ">=", "<=", rows)
                if a.op is Op.EQUAL and self.words(a) is None:
                    return " != ".join(self._inside(a.op, child, rows, strict=True) for child in a.args)
                return f"~{inner(a)}"
            case Op.AND | Op.OR:
                return f" {e.op.value} ".join(inner(a) for a in e.args)
            case Op.LESS:
                return self._compared(e, "<", ">", rows)
            case Op.EQUAL | Op.DIFFERENCE:
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
                return self._quantified(e, "exists", e.args[1], rows)
        raise AssertionError(e.op)

    def _compared(self, e: Expr, sign: str, mirrored: str, rows: Mapping[Scope, str]) -> str:
        """Return a comparison of sizes, a constant on its right."""
        left, right = (self._inside(e.op, child, rows, strict=True) for child in e.args)
        constant_first = e.args[0].op is Op.LITERAL and e.args[1].op is not Op.LITERAL
        return f"{right} {mirrored} {left}" if constant_first else f"{left} {sign} {right}"

    def _quantified(self, e: Expr, quantifier: str, body: Expr, rows: Mapping[Scope, str]) -> str:
        name = "row" + "'" * len(rows)
        relation = self._inside(e.op, e.args[0], rows, strict=False)
        return f"{relation}.{quantifier}({name}: {self.text(body, {**rows, e.scope: name})})"
