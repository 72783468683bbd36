"""Families of variables: one for each value of a finite sort, such as the state of each endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from model.notation.expr import Expr, Op, ite, lift, literal, variable
from model.notation.sorts import Sort, Value
from model.notation.system import Variable


@dataclass(frozen=True, slots=True)
class Family:
    """One variable for each value of a finite sort, such as a state for each endpoint.

    ``family[key]`` reads: with a value of the sort, that member; with a formula, whichever member it names.
    ``family.set(key, value)`` is the updates that write it.
    """

    index: Sort
    members: Mapping[Value, Expr]

    def __getitem__(self, key: object) -> Expr:
        which = lift(key, self.index)
        if which.op is Op.LITERAL:
            return self.members[_cell(which)]
        *others, (_, result) = self.members.items()
        for value, member in reversed(others):
            result = ite(which == literal(value, self.index), member, result)
        return result

    def variables(self, initial: Value) -> tuple[Variable, ...]:
        """Return the variables of the family, each with the same initial value."""
        return tuple(Variable(member.name, member.sort, initial) for member in self.members.values())

    def set(self, key: object, value: object) -> dict[str, Expr]:
        """Return the updates, by variable name, that give the member at ``key`` the value ``value``."""
        which = lift(key, self.index)
        if which.op is Op.LITERAL:
            member = self.members[_cell(which)]
            return {str(member.data): lift(value, member.sort)}
        return {str(m.data): ite(which == literal(v, self.index), lift(value, m.sort), m) for v, m in self.members.items()}


def _cell(e: Expr) -> Value:
    return e.sort.check(e.data)


def family(name: str, index: Sort, sort: Sort) -> Family:
    """Return a family of variables ``name[value]``, one for each value of ``index``."""
    return Family(index, {value: variable(f"{name}[{value}]", sort) for value in index.listed()})
