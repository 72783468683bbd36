"""Formulas as text, with as few parentheses as their meaning allows.

A name stands as it is where nothing else can be meant, as in ``client.state == SYN-SENT``. Any other is quoted: a name of a
variable or a column in backquotes, and a value in quotation marks, as in ```a + b` == "two words"``. Where the variables are
known, a value that is called like one is quoted too, and so is told apart from it; and of what an action chooses, whatever is
called like a variable begins with a question mark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from model.notation.expr import Binder, Expr, Op
from model.notation.sorts import Enum, Format, Relation, Seq, Sort, Value

Cell = TypeVar("Cell")

_LOOSENESS = {
    Op.OR: 5,
    Op.AND: 4,
    Op.NOT: 3,
    Op.EQUAL: 2,
    Op.LESS: 2,
    Op.SHIFT: 1,
    Op.DIFFERENCE: 1,
    Op.COUNT: 1,
    Op.CONVERT: 0,
}
_PHRASE = 5

Words = Callable[[Expr], str | None]
"""A vocabulary: what to write for a formula (a formula of any kind), or None to write it in the notation."""


def pretty(e: Expr, words: Words = lambda _: None, variables: Collection[str] = ()) -> str:
    """Return ``e`` in the notation it was written in, or as far as ``words`` has them, in those.

    ``variables`` are the names that mean variables to the reader.
    """
    return _Printer(words, variables).text(e, {})


ROW = "row"
"""What a row is called that a quantifier speaks of; one within it has a prime more."""
NAME, VALUE = "`", '"'
"""What stands around a name of a variable or a column, and around a value, that cannot stand as it is."""
_BARE = re.compile(r"\w+(?:[-./,]\w+|\[\w+(?:-\w+)*\])*")
_MISLEADS = re.compile(r"^$|^\s|\s$|[=;<>⟨⟩{}\"\n]|, ")
"""What a value has that cannot stand as it is beside others: nothing at all, or signs that part them."""
_MEANS = re.compile(rf"(?:true|false|ite)|{ROW}(?!\w).*|.*\.(?:has|exists|forall|add|remove)(?!\w).*")
"""What means something else in a formula, or begins or goes on like what does."""


def stands_bare(name: str) -> bool:
    """Return whether a name needs no quotes in a formula: a word, or several joined by single signs without spaces."""
    words = re.split(r"[-./,\[\]]", name)
    spelt = words[0].isidentifier() and all(f"_{word}".isidentifier() for word in words)
    return spelt and _BARE.fullmatch(name) is not None and _MEANS.fullmatch(name) is None


def quoted(name: str, sign: str) -> str:
    """Return a name between two signs; they and the backslash have a backslash before them within it."""
    escaped = name.replace("\\", "\\\\").replace(sign, f"\\{sign}")
    return f"{sign}{escaped}{sign}"


def name_text(name: str) -> str:
    """Return the name of a variable as it stands in a formula."""
    return name if stands_bare(name) else quoted(name, NAME)


def parameter_text(name: str, variables: Collection[str]) -> str:
    """Return the name of a parameter as it stands in a formula about some variables."""
    return ("?" if name in variables else "") + name_text(name)


def column_text(name: str) -> str:
    """Return the name of a column as it stands after a row."""
    return name if name.isidentifier() else quoted(name, NAME)


def value_text(value: Value) -> str:
    """Return a value as a reader expects it: names bare, truth values as true and false, rows in angle brackets.

    A name that would vanish, or pass for several, among others is quoted.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, frozenset):
        return "{" + ", ".join(map(row_text, sorted(value))) + "}"
    if isinstance(value, str) and ("," in value or _MISLEADS.search(value)):
        return quoted(value, VALUE)
    return str(value)


def cell_text(value: Value) -> str:
    """Return a value as it stands in a segment, whose cells have brackets around them: SYN,ACK is one there."""
    if isinstance(value, str):
        return quoted(value, VALUE) if _MISLEADS.search(value) else value
    return value_text(value)


def row_text(row: tuple[Value, ...]) -> str:
    """Return a row of a relation in angle brackets."""
    return f"⟨{', '.join(map(value_text, row))}⟩"


def segment_text(
    cells: Mapping[str, Cell],
    reads: Format,
    text: Callable[[Cell], str] = cell_text,  # type: ignore[assignment]  # for cells that are values
) -> str:
    """Return a segment, given by its columns, in the notation of RFC 9293 §3.5, as ``<SEQ=300><ACK=101><CTL=SYN,ACK>``.

    Each cell is told but where the segment comes from and goes to, and what says nothing by the format ``reads``. ``text``
    writes a cell, which is a value unless it says otherwise.
    """
    told = {name: text(cell) for name, cell in cells.items() if name not in (reads.source, reads.destination)}
    silent = reads.silent(told)
    return "".join(f"<{name.upper()}={said}>" for name, said in told.items() if name not in silent)


class _Printer:
    def __init__(self, words: Words, variables: Collection[str]) -> None:
        self.words = words
        self.variables = variables

    def _constant(self, sort: Sort, value: Value) -> str:
        if isinstance(sort, Enum):
            name = str(value)
            return name if stands_bare(name) and name not in self.variables else quoted(name, VALUE)
        if isinstance(sort, Relation):
            assert isinstance(value, frozenset)
            rows = (zip(sort.columns, row, strict=True) for row in sorted(value))
            return "{" + ", ".join(f"⟨{', '.join(self._constant(s, cell) for (_, s), cell in row)}⟩" for row in rows) + "}"
        return value_text(value)

    def text(self, e: Expr, rows: Mapping[Binder, str]) -> str:
        return self._said(e, rows)[0]

    def _said(self, e: Expr, rows: Mapping[Binder, str]) -> tuple[str, int]:
        """Return the text of a formula and how loosely it binds."""
        words = self.words(e)
        if words is not None:
            return words, _PHRASE if " " in words else 0
        forall = e.op is Op.NOT and e.args[0].op is Op.EXISTS and e.args[0].args[1].op is Op.NOT
        return self._written(e, rows), 0 if forall else _LOOSENESS.get(e.op, 0)

    def _inside(self, op: Op, child: Expr, rows: Mapping[Binder, str], *, strict: bool) -> str:
        """Return an argument of ``op``, in parentheses where it binds less than ``op`` does (``strict``: or as much)."""
        text, loose = self._said(child, rows)
        here = _LOOSENESS.get(op, 9)
        return f"({text})" if loose > here or (strict and loose == here) else text

    def _written(self, e: Expr, rows: Mapping[Binder, str]) -> str:
        def inner(child: Expr, *, strict: bool = False) -> str:
            return self._inside(e.op, child, rows, strict=strict)

        def cells(args: tuple[Expr, ...]) -> str:
            return ", ".join(self.text(a, rows) for a in args)

        match e.op:
            case Op.LITERAL:
                return self._constant(e.sort, e.value)
            case Op.VARIABLE:
                return name_text(e.name)
            case Op.PARAMETER:
                return parameter_text(e.name, self.variables)
            case Op.BOUND:
                row = rows.get(e.scope, ROW)  # a cell printed by itself, as in an error about it, has no quantifier around it
                return f"{row}.{column_text(e.scope.names[e.column])}"
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
                assert isinstance(e.sort, Seq)
                if by.op is Op.LITERAL and isinstance(by.data, int) and by.data > e.sort.modulus // 2:
                    return f"{inner(base)} - {e.sort.modulus - by.data}"
                return f"{inner(base)} + {inner(by, strict=True)}"
            case Op.CONVERT:
                return f"{inner(e.args[0])}.to({e.sort})"
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

    def _compared(self, e: Expr, sign: str, mirrored: str, rows: Mapping[Binder, str]) -> str:
        """Return a comparison of sizes, a constant on its right."""
        left, right = (self._inside(e.op, child, rows, strict=True) for child in e.args)
        constant_first = e.args[0].op is Op.LITERAL and e.args[1].op is not Op.LITERAL
        return f"{right} {mirrored} {left}" if constant_first else f"{left} {sign} {right}"

    def _quantified(self, e: Expr, quantifier: str, body: Expr, rows: Mapping[Binder, str]) -> str:
        name = ROW + "'" * len(rows)
        relation = self._inside(e.op, e.args[0], rows, strict=False)
        return f"{relation}.{quantifier}({name}: {self.text(body, {**rows, e.scope: name})})"
