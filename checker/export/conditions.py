"""Conditions on what can occur: truth put together so that contradictions are found and nothing is asked twice.

A condition on a single variable is a choice of its values, and there is one formula for each choice. So what an ordered case
excludes, and what it says once more, goes away where conditions are joined.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checker.export.occurring import Occurring
from model.notation.expr import FALSE, TRUE, Expr, Key, Op, literal, variable
from model.notation.sorts import BOOL, Sort, Value


@dataclass
class Conditions:
    """The conditions on the variables of one system, given the values that they may have."""

    sorts: Mapping[str, Sort]
    occurring: Occurring
    _conditions: dict[tuple[str, frozenset[Value]], Expr] = field(default_factory=dict)
    _about: dict[Key, tuple[str, frozenset[Value]]] = field(default_factory=dict)

    def among(self, name: str, values: frozenset[Value]) -> Expr:
        """Return the condition that the variable ``name`` has one of ``values``; there is one formula for each such condition.

        It is TRUE or FALSE where all values that may occur are among them, or none is.
        """
        every = self.occurring.values[name]
        chosen = frozenset(values).intersection(every)
        if len(chosen) in (0, len(every)):
            return TRUE if chosen else FALSE
        if (name, chosen) not in self._conditions:
            sort = self.sorts[name]
            listed = chosen if 2 * len(chosen) <= len(every) or sort == BOOL else frozenset(every) - chosen
            v = variable(name, sort)
            tests = [Expr(Op.EQUAL, BOOL, (v, literal(value, sort))) for value in every if value in listed]
            whole = tests[0] if len(tests) == 1 else Expr(Op.OR, BOOL, tuple(tests))
            if sort == BOOL:
                whole = v if True in chosen else Expr(Op.NOT, BOOL, (v,))
            elif listed is not chosen:
                whole = Expr(Op.NOT, BOOL, (whole,))
            self._conditions[name, chosen] = whole
            self._about[whole.key] = name, chosen
        return self._conditions[name, chosen]

    def about(self, e: Expr) -> tuple[str, frozenset[Value]] | None:
        """Return the variable and the values that a folded condition on one variable allows; None for any other formula."""
        return self._about.get(e.key)

    def both(self, *parts: Expr) -> Expr:
        """Return the conjunction of folded formulas."""
        return self._join(Op.AND, FALSE, TRUE, parts)

    def either(self, *parts: Expr) -> Expr:
        """Return the disjunction of folded formulas."""
        return self._join(Op.OR, TRUE, FALSE, parts)

    def _join(self, op: Op, zero: Expr, unit: Expr, parts: tuple[Expr, ...]) -> Expr:
        """Join folded formulas by ``op``, those about the same variable to one condition on it.

        One that is ``zero`` decides the whole; those that are ``unit`` say nothing.
        """
        chosen: dict[str, frozenset[Value]] = {}
        joined: dict[object, Expr] = {}
        waiting = list(reversed(parts))
        while waiting:
            part = waiting.pop()
            about = self.about(part)
            if about is not None:
                name, values = about
                before = chosen.get(name, values)
                chosen[name] = before & values if op is Op.AND else before | values
                joined[name] = self.among(name, chosen[name])
            elif part.op is op:
                waiting.extend(reversed(part.args))
            elif part.op is not Op.LITERAL:
                joined[part.key] = part
            elif part.data == zero.data:
                return zero
        rest = [part for part in joined.values() if part is not unit]
        if any(part is zero for part in rest):
            return zero
        return unit if not rest else rest[0] if len(rest) == 1 else Expr(op, BOOL, tuple(rest))

    def opposite(self, e: Expr) -> Expr:
        """Return the negation of a folded formula."""
        about = self.about(e)
        if about is not None:
            name, values = about
            return self.among(name, frozenset(self.occurring.values[name]) - values)
        match e.op:
            case Op.LITERAL:
                return FALSE if e.data else TRUE
            case Op.NOT:
                return e.args[0]
            case Op.AND:
                return self.either(*map(self.opposite, e.args))
            case Op.OR:
                return self.both(*map(self.opposite, e.args))
        return Expr(Op.NOT, BOOL, (e,))
