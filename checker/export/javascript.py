"""A system as JavaScript, for a page that computes steps by itself: each formula a function, and a table of what is where.

What is written is an expression of JavaScript, a function of the operations in ``reports/explorer/engine.js`` that returns the
table. ``f`` in it are the functions, of a state ``s`` (the values of the variables, in their order) and of what an action
chose, ``p`` (by the names of parameters, each with a place of its own in the whole system). A row that a quantifier speaks of
stands in ``b`` under the quantifier's level, which no quantifier around it shares.

Values: truth values are those of JavaScript, a name is a string, a number is a number where no sum of two can be beyond what a
double holds exactly, and a BigInt elsewhere; a relation is one object for each set of rows, so that states compare by ``===``.

Why a condition is false is taken apart in the page as :mod:`model.notation.reasons` does it. What that takes from the formula
alone is prepared here: the tree of its parts, and the text of each, with the values that it reads.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from model.notation.analysis import references, replaced, subformulas
from model.notation.expr import FALSE, Binder, Expr, Op, conjuncts, negate, parameter
from model.notation.network import KEPT, LOSES
from model.notation.pretty import name_text, parameter_text, pretty
from model.notation.sorts import BOOL, Distance, Enum, Format, Nat, Relation, Seq, Sort, Value
from model.notation.system import Action, Parameter
from properties.observe import Check, Monitored

_EXACT = 1 << 52
"""Numbers below this are JavaScript's own: the sum of two is exact."""
_SHARED = 3
"""How deep a formula is nested that becomes a function of its own where it is written twice."""
_TERMS = 6
"""How many choices between terms a text is written out for; with more it shows the choices themselves."""
_TOLD = 4096
"""For how many combinations of cells it is tabulated which columns of a segment say nothing."""

Why = Any
"""What a page takes a condition apart by; see :meth:`_Script.why`."""


def javascript(watched: Monitored, *, explained: bool = True) -> str:
    """Return a system with its network written out, and what is watched in it, as JavaScript.

    Where it is not ``explained``, it cannot say why a condition is false, and is shorter.
    """
    return _Script(watched, explained=explained).text()


class _Script:
    def __init__(self, watched: Monitored, *, explained: bool) -> None:
        self.watched = watched
        self.explained = explained
        self.system = watched.system
        self.places = {v.name: i for i, v in enumerate(self.system.variables)}
        named = dict.fromkeys(name for a in self.system.actions for p in a.parameters for name in p.names)
        self.slots = {name: i for i, name in enumerate(named)}
        self.functions: list[str] = []
        self.numbers: dict[object, int] = {}
        self.relations: dict[str, int] = {}
        self.whys: list[Why] = []
        self.known_whys: dict[object, int] = {}
        self.often = self._written_often()

    def text(self) -> str:
        table = json.dumps(self._table(), ensure_ascii=False, separators=(",", ":"))
        functions = ",\n".join(f"(s,p)=>{source}" for source in self.functions)
        # "</script" would end the page's script wherever it stands; in strings and JSON a backslash changes nothing
        return (
            "(({rel,has,add,remove,mod,most,clamp,b})=>{\n"
            f"const R=[{','.join(self.relations)}];\nconst f=[\n{functions}];\nreturn {{...{table},f}};\n}})"
        ).replace("</", "<\\/")

    # -- formulas ----------------------------------------------------------------------------------------------------------
    def _written_often(self) -> frozenset[object]:
        """Return the keys of the formulas that stand in several others."""
        parents: Counter[object] = Counter()
        seen: set[object] = set()
        waiting = list(self._roots())
        while waiting:
            e = waiting.pop()
            if e.key in seen:
                continue
            seen.add(e.key)
            parents.update(a.key for a in e.args)
            waiting += e.args
        return frozenset(key for key, count in parents.items() if count > 1)

    def _roots(self) -> Iterator[Expr]:
        for action in self.system.actions:
            yield from (action.guard, *action.updates.values())
        for check in self.watched.checks:
            yield from check.formulas

    def function(self, e: Expr) -> int:
        """Return the number of the function that a formula is."""
        if e.key not in self.numbers:
            source = self._written(e)
            self.numbers[e.key] = len(self.functions)
            self.functions.append(source)
        return self.numbers[e.key]

    def _of(self, e: Expr) -> str:
        """Return a formula where it stands in another: as it is, or by the function that it is."""
        if e.key in self.numbers or (e.key in self.often and e.depth >= _SHARED):
            return f"f[{self.function(e)}](s,p)"
        return self._written(e)

    def _written(self, e: Expr) -> str:
        of = self._of
        match e.op:
            case Op.LITERAL:
                return self._literal(e.sort, e.value)
            case Op.VARIABLE:
                return f"s[{self.places[e.name]}]"
            case Op.PARAMETER:
                return f"p[{self.slots[e.name]}]"
            case Op.BOUND:
                return f"b[{e.scope.level}][{e.column}]"
            case Op.EQUAL:
                return f"({of(e.args[0])}==={of(e.args[1])})"
            case Op.NOT:
                return f"!{of(e.args[0])}"
            case Op.AND:
                return f"({'&&'.join(map(of, e.args))})"
            case Op.OR:
                return f"({'||'.join(map(of, e.args))})"
            case Op.ITE:
                return f"({of(e.args[0])}?{of(e.args[1])}:{of(e.args[2])})"
            case Op.SHIFT:
                assert isinstance(e.sort, Seq)
                return self._arithmetic("mod({}+{},{})", e, (*e.args, e.sort.modulus))
            case Op.DIFFERENCE:
                assert isinstance(e.sort, Distance)
                return self._arithmetic("mod({}-{},{})", e, (*e.args, e.sort.modulus))
            case Op.LESS:
                return f"({of(e.args[0])}<{of(e.args[1])})"
            case Op.CONVERT if isinstance(e.sort, Nat):
                return self._arithmetic("most({},{})", e, (*e.args, e.sort.limit))
            case Op.CONVERT:
                assert isinstance(e.sort, Seq)
                return self._arithmetic("mod({},{})", e, (*e.args, e.sort.modulus))
            case Op.COUNT:
                assert isinstance(e.sort, Nat)
                assert isinstance(e.data, int)
                return self._arithmetic("clamp({}+{},{})", e, (*e.args, e.data, e.sort.limit))
            case Op.HAS | Op.ADD | Op.REMOVE:
                return f"{e.op.value}({of(e.args[0])},[{','.join(map(of, e.args[1:]))}])"
            case Op.EXISTS:
                return f"{of(e.args[0])}.rows.some(r=>(b[{e.scope.level}]=r,{of(e.args[1])}))"
        raise AssertionError(e.op)

    def _arithmetic(self, pattern: str, e: Expr, operands: tuple[Expr | int, ...]) -> str:
        """Return what is computed of numbers, in BigInts where one of them is or may be too large."""
        wide = any(_large(o.sort) if isinstance(o, Expr) else abs(o) > _EXACT for o in operands)
        computed = pattern.format(*(self._number(o, wide=wide) for o in operands))
        return f"Number({computed})" if wide and not _large(e.sort) else computed

    def _number(self, operand: Expr | int, *, wide: bool) -> str:
        if isinstance(operand, int):
            return f"({operand}{'n' if wide else ''})" if operand < 0 else f"{operand}{'n' if wide else ''}"
        written = self._of(operand)
        return f"BigInt({written})" if wide and not _large(operand.sort) else written

    def _literal(self, sort: Sort, value: Value) -> str:
        if isinstance(value, frozenset):
            assert isinstance(sort, Relation)
            rows = (zip(sort.columns, row, strict=True) for row in sorted(value))
            written = ",".join(f"[{','.join(self._literal(s, cell) for (_, s), cell in row)}]" for row in rows)
            return f"R[{self.relations.setdefault(f'rel([{written}])', len(self.relations))}]"
        return f"{value}n" if _large(sort) else json.dumps(value, ensure_ascii=False)

    # -- why a condition is true or false ----------------------------------------------------------------------------------
    def why(self, e: Expr) -> int:
        """Return the number of what the page takes a condition apart by.

        ``["&", f, parts]`` and ``["|", f, parts]`` show the parts that decide, ``["~", part]`` the opposite, ``["?", f, if,
        then, else]`` the condition and what it chooses, ``["e", relation, level, f, part, text]`` the first row that makes it
        true. What else there is says itself, ``["=", f, texts, values]``, or chooses a text by a condition, ``["t", f, then,
        else]``; of ``["0"]`` there is nothing to say.
        """
        return self._why(e, (), negated=False) if self.explained else -1

    def _why(self, e: Expr, rows: tuple[Binder, ...], *, negated: bool) -> int:
        known = (e.key, negated, rows)
        if known not in self.known_whys:
            part = self._part(e, rows, negated=negated)
            self.known_whys[known] = len(self.whys)
            self.whys.append(part)
        return self.known_whys[known]

    def _part(self, e: Expr, rows: tuple[Binder, ...], *, negated: bool) -> Why:
        def of(child: Expr) -> int:
            return self._why(child, rows, negated=negated)

        match e.op:
            case Op.NOT:
                return ["~", self._why(e.args[0], rows, negated=not negated)]
            case Op.AND | Op.OR:
                return [e.op.value, self.function(e), [[self.function(a), of(a)] for a in e.args]]
            case Op.ITE if e.sort == BOOL:
                condition, then, otherwise = e.args
                return ["?", self.function(condition), self._why(condition, rows, negated=False), of(then), of(otherwise)]
            case Op.LITERAL:
                return ["0"]
            case Op.EQUAL if rows and all(a.op in (Op.LITERAL, Op.BOUND) for a in e.args):
                return ["0"]  # of the row that is shown, true or false whatever the state
            case Op.EXISTS:
                relation, body = e.args
                within = self._why(body, (*rows, e.scope), negated=negated)
                return [
                    "e",
                    self.function(relation),
                    e.scope.level,
                    self.function(body),
                    within,
                    self._leaf(e, e, rows, negated),
                ]
        return self._leaf(e, e, rows, negated)

    def _leaf(self, e: Expr, shown: Expr, rows: tuple[Binder, ...], negated: bool, depth: int = 0) -> Why:
        """Return the text of a part of a condition: for each way to choose between the terms in it, one."""
        choice = next((n for n in subformulas(shown) if _chooses(n, rows)), None) if depth < _TERMS else None
        if choice is not None:
            condition, then, otherwise = choice.args
            texts = [self._leaf(e, _in_place(shown, choice, taken), rows, negated, depth + 1) for taken in (then, otherwise)]
            return ["t", self.function(condition), *texts]
        cells = {f"cell{scope.level}x{i}of": (scope, i) for scope in rows for i in range(len(scope.names))}
        names = {place: name for name, place in cells.items()}

        def named(node: Expr) -> Expr | None:
            if node.op is not Op.BOUND or (node.scope, node.column) not in names:
                return None
            return parameter(names[node.scope, node.column], node.sort)

        told = replaced(negate(shown) if negated else shown, named)
        pieces = re.split(r"cell(\d+)x(\d+)of", pretty(told, variables=self.places))
        read = sorted((name, op is Op.VARIABLE) for op, name, _ in references(told) if name not in cells)
        values = [
            [name_text(n), 0, self.places[n]] if stored else [parameter_text(n, self.places), 1, self.slots[n]]
            for n, stored in read
        ]
        texts = [piece if i % 3 == 0 else int(piece) for i, piece in enumerate(pieces)]
        return ["=", self.function(e), texts, values]

    # -- the table ---------------------------------------------------------------------------------------------------------
    def _table(self) -> dict[str, Any]:
        system, network = self.system, self.system.network
        owners = {name: check.name for check in self.watched.checks for name in check.observers}
        segments = system.segments
        actions = [self._action(a) for a in system.actions]
        checks = [self._check(c) for c in self.watched.checks]
        views = [
            {"role": role, "state": self.function(v.state), "values": _texts(v.state.sort)} for role, v in system.views.items()
        ]
        initial = [self.function(_literal_of(v.initial, v.sort)) for v in system.variables]
        return {
            "name": system.name,
            "variables": [
                {"name": v.name, "sort": _sort(v.sort), "initial": first, "of": owners.get(v.name, "")}
                for v, first in zip(system.variables, initial, strict=True)
            ],
            "slots": len(self.slots),
            "network": -1 if network is None else self.places[network.variable],
            "columns": [] if segments is None else list(segments.names),
            "format": None if segments is None else _format(segments),
            "views": views,
            "actions": actions,
            "checks": checks,
            "whys": self.whys,
        }

    def _action(self, action: Action) -> dict[str, Any]:
        bound: list[set[str]] = [set()]
        for p in action.parameters:
            bound.append(bound[-1] | set(p.names))
        guard = []
        for part in conjuncts(action.guard):
            reads = {name for op, name, _ in references(part) if op is Op.PARAMETER}
            level = next(i for i, known in enumerate(bound) if reads <= known)
            guard.append([self.function(part), level, self.why(part)])
        return {
            "name": action.name,
            "by": action.by,
            "receives": action.receives,
            "loses": action.name == LOSES and self.system.network is not None,
            "leaves": [event.role for event in action.events if event.kind.leaves],
            "parameters": [self._parameter(p) for p in action.parameters],
            "guard": guard,
            "updates": [[self.places[name], self.function(e)] for name, e in action.updates.items()],
            "sends": [[self.function(cell) for cell in segment] for segment in action.sends],
            "shown": [[self.function(cell) for cell in segment] for segment in action.shown],
        }

    def _parameter(self, p: Parameter) -> dict[str, Any]:
        known: dict[str, Any] = {"name": p.name, "slots": [self.slots[name] for name in p.names], "kept": p.name == KEPT}
        if p.source is not None:
            return known | {
                "source": self.function(p.source),
                "text": str(p.source),
                "cells": [_sort(sort) for _, sort in p.columns],
            }
        if p.candidates:
            return known | {"candidates": [self.function(c) for c in p.candidates]}
        ((_, sort),) = p.columns
        return known | {"sort": _sort(sort)}

    def _check(self, check: Check) -> dict[str, Any]:
        numbers = {action.name: i for i, action in enumerate(self.system.actions)}

        def watched(formulas: Mapping[str, Expr]) -> dict[int, int]:
            return {numbers[name]: self.function(e) for name, e in formulas.items() if e is not FALSE}

        asked = check.obligation
        # where a claim is about states, the state reached says why; else the step does
        about_states = check.at_start is not FALSE
        return {
            "name": check.name,
            "stop": watched(check.stop),
            "trigger": watched(check.trigger),
            "start": [self.function(check.at_start), self.why(check.at_start)] if about_states else None,
            "whys": {} if about_states else {numbers[n]: self.why(e) for n, e in check.stop.items() if e is not FALSE},
            "owes": None if asked is None else [self.function(asked.premise), self.function(asked.goal)],
        }


def _large(sort: Sort) -> bool:
    """Return whether the numbers of a sort are BigInts."""
    return (isinstance(sort, Nat) and sort.limit >= _EXACT) or (isinstance(sort, Seq | Distance) and sort.modulus > _EXACT)


def _literal_of(value: Value, sort: Sort) -> Expr:
    return Expr(Op.LITERAL, sort, (), value)


def _sort(sort: Sort) -> dict[str, Any]:
    """Return what a page has to know of a sort: its values where they are listed, and how text becomes one of them."""
    if isinstance(sort, Enum):
        return {"is": "name", "values": list(sort.members)}
    if isinstance(sort, Nat | Seq | Distance):
        size = sort.limit + 1 if isinstance(sort, Nat) else sort.modulus
        return {"is": "large" if _large(sort) else "number", "size": str(size)}
    if isinstance(sort, Relation):
        return {"is": "rows", "columns": list(sort.names), "cells": [_sort(column) for _, column in sort.columns]}
    return {"is": "truth"}


def _format(relation: Relation) -> dict[str, Any]:
    """Return how segments are read. Which columns say nothing a function of Python's says, so that it is tabulated here.

    Where that depends on a number, or where there are too many combinations, each column is told.
    """
    reads: Format = relation.format
    few = [(name, _texts(sort)) for name, sort in relation.columns if name not in (reads.source, reads.destination)]
    listed = [(name, texts) for name, texts in few if texts]
    others = [name for name, texts in few if not texts]
    table: dict[str, list[str]] = {}
    size = 1
    for _, texts in listed:
        size *= len(texts)
    for chosen in product(*(texts for _, texts in listed)) if size <= _TOLD else ():
        told = dict(zip((name for name, _ in listed), chosen, strict=True))
        ways = {frozenset(reads.silent(told | dict.fromkeys(others, other))) for other in ("0", "1", "4294967295")}
        if len(ways) > 1:
            table = {}
            break
        (silent,) = ways
        if silent:
            table["|".join(chosen)] = sorted(silent)
    return {
        "source": reads.source,
        "destination": reads.destination,
        "by": [name for name, _ in listed],
        "silent": table,
    }


def _texts(sort: Sort) -> list[str]:
    """Return the texts of the values of a sort, where they are few."""
    if isinstance(sort, Enum):
        return list(sort.members)
    if sort == BOOL:
        return ["false", "true"]
    return [str(n) for n in range(sort.limit + 1)] if isinstance(sort, Nat) and sort.limit < _TOLD else []


def _chooses(e: Expr, rows: tuple[Binder, ...]) -> bool:
    """Return whether a part is a choice between terms that can be made where these rows are known."""
    return e.op is Op.ITE and all(node.op is not Op.BOUND or node.scope in rows for node in subformulas(e))


def _in_place(e: Expr, of: Expr, by: Expr) -> Expr:
    """Return a formula with a part of it replaced."""
    return replaced(e, lambda node: by if node is of else None)
