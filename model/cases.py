"""Ordered alternatives, in which the order of RFC 9293 §3.10.7's checks and early returns can be written as it reads there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from model.expr import Expr, conj, lift, negate
from model.sorts import BOOL

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cases(Generic[T]):
    """Ordered alternatives: the first whose condition is true is taken; when none is, nothing is."""

    branches: tuple[tuple[Expr, T], ...]

    def otherwise(self, when: Expr | bool, then: T) -> Cases[T]:
        """Return the cases with one more, tried when none before it is met."""
        return Cases((*self.branches, (lift(when, BOOL), then)))

    def disjoint(self) -> Iterator[tuple[Expr, T]]:
        """Yield each alternative under a condition that excludes those before it."""
        earlier: list[Expr] = []
        for when, then in self.branches:
            yield conj(*earlier, when), then
            earlier.append(negate(when))


def first(when: Expr | bool, then: T) -> Cases[T]:
    """Begin ordered cases: ``first(a, x).otherwise(b, y)`` is x where a, else y where b, else nothing."""
    return Cases(((lift(when, BOOL), then),))
