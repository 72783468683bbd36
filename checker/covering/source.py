"""From the actions of a system, one by one, to Python source that computes their steps, and reads as little as it can.

The translation is that of :mod:`checker.explicit.source`. What the guard of an action says of a variable, that it has a certain
value, is put in its place wherever the action computes something: much of what claims ask about a step is settled by where that
step is possible at all. The fewer variables are read, the more often what was computed can be used again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from checker.explicit.source import Translation
from model.notation.analysis import mentions
from model.notation.expr import Binder, Expr, Key, Op, conj, conjuncts
from model.notation.pool import drawn_from
from model.notation.system import Action
from properties.observe import Monitored

_TRUE, _FALSE = "True", "False"
_CONSTANT = re.compile(r"True|False|\d+")
_LOCAL = re.compile(r"\bv\d+_\w*")


class Piecewise(Translation):
    """The translation of one action at a time."""

    def __init__(self, monitored: Monitored) -> None:
        super().__init__(monitored)
        self._settled: dict[str, str] = {}
        self._texts: dict[tuple[Key, str], str] = {}

    def depends(self, action: Action) -> frozenset[str]:
        """Return the variables by which an action is possible or not, as far as pool and parameters leave it open."""
        return frozenset(name for condition in _alone(action) for _, name in mentions(condition))

    def possible(self, actions: Mapping[int, Action]) -> str:
        """Return the source of ``possible(state)``: which of some actions, by their numbers, are possible in a state.

        What depends on pool and parameters is left out; so one that is not named is possible with none of them.
        """
        self._settle({})
        tests = "".join(f"({n}, {self.expression(conj(*_alone(action)))}), " for n, action in actions.items())
        return self._function("possible(state)", f"    return [n for n, true in ({tests}) if true]")[0]

    def alone(self, action: Action) -> tuple[str, frozenset[str]]:
        """Return the source of ``steps(state, rows)``, a generator of the steps of an action, and what they depend on.

        With it comes ``wanted(row)``, whether a row can be drawn at all by what the guard says of it alone.

        The steps are those of a state in which the action is possible. One is ``(bit, keep, add, values, arguments, stops,
        triggers)`` as in :meth:`steps`, where ``values`` are those of the variables that the action updates, but for the pool.
        """
        self._settle(dict(_equations(action)))
        lines = ["begin = True", *self.conditions(action)]
        values = "".join(f"{self.expression(e)}, " for name, e in action.updates.items() if name != self.pool)
        keep, add, bit, arguments, stops, triggers = self.made(action)
        lines.append(f"yield {bit}, {keep}, {add}, ({values}), ({arguments}), {stops}, {triggers}")
        nested = [lines[0], *("    " * n + line for n, line in enumerate(lines[1:])), "yield from ()"]
        source, read = self._function("steps(state, rows)", "\n".join("    " + line for line in nested))
        return f"{source}\n{self._wanted(action)}", read | self.depends(action)

    def _wanted(self, action: Action) -> str:
        """Return the source of ``wanted(row)``: whether a row of the pool can be drawn at all, by what is said of it alone."""
        drawn = drawn_from(action, self.pool)
        names = () if drawn is None else drawn.names
        own = [c for c in conjuncts(action.guard) if mentions(c) and mentions(c) <= {(Op.PARAMETER, name) for name in names}]
        taken = "".join(f"{self.parameters[name]}, " for name in names)
        lines = ["def wanted(row):", *([f"    {taken} = row"] if names else []), f"    return {self.expression(conj(*own))}"]
        return "\n".join(lines)

    def expression(self, e: Expr, bound: Mapping[Binder, str] | None = None, pool: str = "pool") -> str:
        """Return Python source for ``e`` as :class:`Translation` does, with what is settled worked out."""
        if e.free:
            return self._worked_out(e, bound, pool)
        if (e.key, pool) not in self._texts:
            self._texts[e.key, pool] = self._worked_out(e, bound, pool)
        return self._texts[e.key, pool]

    def bits(self, action: Action, formulas: list[Mapping[str, Expr]]) -> str:
        """Return source for a set of bits, as :class:`Translation` does, without those that never are in it."""
        watched = ((1 << i, self.expression(of[action.name])) for i, of in enumerate(formulas) if action.name in of)
        return " | ".join(f"({bit} if {said} else 0)" for bit, said in watched if said != _FALSE) or "0"

    def _worked_out(self, e: Expr, bound: Mapping[Binder, str] | None, pool: str) -> str:
        def of(child: Expr) -> str:
            return self.expression(child, bound, pool)

        match e.op:
            case Op.VARIABLE if e.name in self._settled:
                return self._settled[e.name]
            case Op.EQUAL:
                left, right = map(of, e.args)
                if left == right or (_CONSTANT.fullmatch(left) and _CONSTANT.fullmatch(right)):
                    return _TRUE if left == right else _FALSE
            case Op.NOT:
                said = of(e.args[0])
                if said in (_TRUE, _FALSE):
                    return _FALSE if said == _TRUE else _TRUE
            case Op.AND | Op.OR:
                whole, unit, word = (_FALSE, _TRUE, " and ") if e.op is Op.AND else (_TRUE, _FALSE, " or ")
                parts = [part for part in map(of, e.args) if part != unit]
                if whole in parts or not parts:
                    return whole if parts else unit
                return f"({word.join(parts)})"
            case Op.ITE:
                condition, then, otherwise = map(of, e.args)
                if then == otherwise or condition in (_TRUE, _FALSE):
                    return otherwise if condition == _FALSE else then
            case Op.EXISTS:
                text = super().expression(e, bound, pool)
                return _FALSE if text.startswith(f"any({_FALSE} for ") else text
        return super().expression(e, bound, pool)

    def _settle(self, equations: Mapping[str, Expr]) -> None:
        self._settled, self._texts = {}, {}
        self._settled = {name: self.expression(value) for name, value in equations.items()}
        self._texts = {}

    def _function(self, head: str, body: str) -> tuple[str, frozenset[str]]:
        """Return a function that takes what it reads out of a state without its pool, and the variables that it reads."""
        read = set(_LOCAL.findall(body))
        taken = [f"    {local} = state[{i}]" for i, local in enumerate(self.rest) if local in read]
        source = "\n".join([f"def {head}:", *taken, body])
        return source, frozenset(name for name, local in self.names.items() if local in read)


def _alone(action: Action) -> list[Expr]:
    """Return the conditions of an action that do not depend on its parameters."""
    return [c for c in conjuncts(action.guard) if all(op is Op.VARIABLE for op, _ in mentions(c))]


def _equations(action: Action) -> Iterator[tuple[str, Expr]]:
    """Yield the variables that have one value where an action is possible, with that value."""
    for condition in _alone(action):
        if condition.op is Op.EQUAL:
            for one, other in (condition.args, condition.args[::-1]):
                if one.op is Op.VARIABLE and other.op is Op.LITERAL:
                    yield one.name, other
