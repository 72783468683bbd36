"""Z3 terms as SMT-LIB 2.6 text that is the same wherever and whenever it is written, and that a reader can follow.

Z3's own printer gives names to what terms share, and what they share depends on everything else that Z3 was asked before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from checker.host.solving import z3

Said = tuple[str, z3.ExprRef]
"""A term that is asserted, and what it says in the notation, "" where that is not to be told."""

_SIMPLE = re.compile(r"[A-Za-z~!$%^&*_+=<>?/-][0-9A-Za-z~!@$%^&*_+=<>.?/-]*")
"""A symbol that needs no bars around it. Those that begin with @ or . belong to solvers."""


def script(said: Iterable[Said], head: Iterable[str], logic: str) -> str:
    """Return a script that declares what its terms mention, asserts them, and asks whether all can be true."""
    printer = _Printer()
    asserted = [line for text, term in said for line in ([_comment(text)] if text else []) + [f"(assert {printer.text(term)})"]]
    declared = [f"(declare-fun {name} {signature})" for name, signature in sorted(printer.declared.items())]
    return "\n".join([*map(_comment, head), f"(set-logic {logic})", *declared, *asserted, "(check-sat)"]) + "\n"


def _comment(text: str) -> str:
    """Return a text as one line that is no part of the script: whatever might end a line is escaped."""
    return "; " + "".join(sign if sign.isprintable() else f"\\u{{{ord(sign):x}}}" for sign in text)


class _Printer:
    """Writes terms, each once, and remembers what they mention."""

    def __init__(self) -> None:
        self.declared: dict[str, str] = {}
        self._known: dict[int, str] = {}

    def text(self, e: z3.ExprRef) -> str:
        """Return a term as text."""
        number = e.get_id()
        if number not in self._known:
            self._known[number] = self._new(e)
        return self._known[number]

    def _new(self, e: z3.ExprRef) -> str:
        what = e.decl()
        kind, parts = what.kind(), e.children()
        if isinstance(e, z3.BitVecNumRef):
            return f"(_ bv{e.as_long()} {e.size()})"
        if isinstance(e, z3.IntNumRef):
            value = e.as_long()
            return str(value) if value >= 0 else f"(- {-value})"
        name = what.name()
        if kind == z3.Z3_OP_UNINTERPRETED:
            name = name if _SIMPLE.fullmatch(name) else f"|{name}|"
            if name not in self.declared:
                domain = " ".join(_sort(what.domain(i)) for i in range(what.arity()))
                self.declared[name] = f"({domain}) {_sort(what.range())}"
        elif kind == z3.Z3_OP_ZERO_EXT:
            name = f"(_ zero_extend {what.params()[0]})"
        elif kind == z3.Z3_OP_EXTRACT:
            name = f"(_ extract {what.params()[0]} {what.params()[1]})"
        elif kind == z3.Z3_OP_ITE:
            name = "ite"
        return name if not parts else f"({' '.join([name, *map(self.text, parts)])})"


def _sort(sort: z3.SortRef) -> str:
    return f"(_ BitVec {sort.size()})" if isinstance(sort, z3.BitVecSortRef) else str(sort)
