"""Z3 terms as SMT-LIB 2.6 text that is the same wherever and whenever it is written, and that a reader can follow.

Z3's own printer gives names to what terms share, and what they share depends on everything else that Z3 was asked before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import z3

Said = tuple[str, Any]
"""A term that is asserted, and what it says in the notation, "" where that is not to be told."""

_SIMPLE = re.compile(r"[A-Za-z~!@$%^&*_+=<>.?/-][0-9A-Za-z~!@$%^&*_+=<>.?/-]*")
_NAMES = {"if": "ite"}


def script(said: Iterable[Said], head: Iterable[str], logic: str) -> str:
    """Return a script that declares what its terms mention, asserts them, and asks whether all can be true."""
    asserted, declared = list(said), dict[str, str]()
    for _, term in asserted:
        for what in _declarations(term):
            declared.setdefault(_symbol(what.name()), _signature(what))
    lines = [*(f"; {line}" for line in head), f"(set-logic {logic})"]
    lines += [f"(declare-fun {name} {signature})" for name, signature in sorted(declared.items())]
    known: dict[int, str] = {}
    for text, term in asserted:
        lines += [f"; {text}"] if text else []
        lines.append(f"(assert {_written(term, known)})")
    return "\n".join([*lines, "(check-sat)"]) + "\n"


def _declarations(term: Any) -> Iterator[Any]:
    seen: set[int] = set()
    stack = [term]
    while stack:
        e = stack.pop()
        if e.get_id() not in seen:
            seen.add(e.get_id())
            if e.decl().kind() == z3.Z3_OP_UNINTERPRETED:
                yield e.decl()
            stack += e.children()


def _signature(what: Any) -> str:
    return f"({' '.join(_sort(what.domain(i)) for i in range(what.arity()))}) {_sort(what.range())}"


def _sort(sort: Any) -> str:
    return f"(_ BitVec {sort.size()})" if sort.kind() == z3.Z3_BV_SORT else str(sort)


def _symbol(name: str) -> str:
    return name if _SIMPLE.fullmatch(name) else f"|{name}|"


def _written(e: Any, known: dict[int, str]) -> str:
    number = e.get_id()
    if number not in known:
        known[number] = _new(e, known)
    return known[number]


def _new(e: Any, known: dict[int, str]) -> str:
    if z3.is_bv_value(e):
        return f"(_ bv{e.as_long()} {e.size()})"
    if z3.is_int_value(e):
        value = e.as_long()
        return str(value) if value >= 0 else f"(- {-value})"
    what = e.decl()
    if what.kind() == z3.Z3_OP_UNINTERPRETED:
        name = _symbol(what.name())
    elif what.kind() == z3.Z3_OP_ZERO_EXT:
        name = f"(_ zero_extend {what.params()[0]})"
    else:
        name = _NAMES.get(what.name(), what.name())
    return name if not e.num_args() else f"({' '.join([name, *(_written(child, known) for child in e.children())])})"
