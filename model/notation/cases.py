"""Ordered alternatives, in which the order of RFC 9293 §3.10.7's checks and early returns can be written as it reads there.

One check is :class:`Cases`: the first alternative whose condition is true is taken. Several checks are taken :func:`in_turn`:
what is taken in one either ends there or lets the next check continue, with what has been done so far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, Protocol, Self, TypeVar, runtime_checkable

from model.notation.expr import FALSE, TRUE, Expr, conj, lift, negate
from model.notation.sorts import BOOL, NotationError, check_is, nearest

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cases(Generic[T]):
    """Ordered alternatives: the first whose condition is true is taken; when none is, nothing is.

    Alternatives that have a ``name`` (a text is its own) can be left out, replaced and picked by it. A name that none has
    raises :class:`NotationError` with the nearest.
    """

    branches: tuple[tuple[Expr, T], ...]
    omitted: tuple[tuple[str, str], ...] = ()
    """What the text that is modelled has here and the cases have not: what it is called, and why. Only readers see it."""

    def otherwise(self, when: Expr | bool, then: T) -> Cases[T]:
        """Return the cases with one more, tried when none before it is met."""
        return replace(self, branches=(*self.branches, (lift(when, BOOL), then)))

    def __add__(self, other: Cases[T]) -> Cases[T]:
        """Return these cases and, tried when none of them is met, the others."""
        check_is("what is added to cases", other, Cases, "first(condition, ...)")
        return Cases((*self.branches, *other.branches), (*self.omitted, *other.omitted))

    def under(self, condition: Expr | bool) -> Cases[T]:
        """Return the cases, each of them only where ``condition`` is true as well."""
        branches = tuple((conj(when, condition), then) for when, then in self.branches)
        return Cases(branches, () if lift(condition, BOOL) is FALSE else self.omitted)

    def without(self, *names: str) -> Cases[T]:
        """Return the cases but for those of these names: what they applied to is left to the ones after them."""
        self._check(names)
        return replace(self, branches=tuple((when, then) for when, then in self.branches if name_of(then) not in names))

    def only(self, *names: str) -> Cases[T]:
        """Return the cases of these names, in the order in which they stand."""
        self._check(names)
        return replace(self, branches=tuple((when, then) for when, then in self.branches if name_of(then) in names))

    def replacing(self, name: str, by: T | Callable[[T], T]) -> Cases[T]:
        """Return the cases with another alternative where the one of that name stands; a function makes it of that one."""
        self._check((name,))

        def new(then: T) -> T:
            return by(then) if callable(by) else by

        return replace(
            self, branches=tuple((when, new(then) if name_of(then) == name else then) for when, then in self.branches)
        )

    @property
    def untaken(self) -> Expr:
        """Whether none of the alternatives is met."""
        return conj(*(negate(when) for when, _ in self.branches))

    def disjoint(self) -> Iterator[tuple[Expr, T]]:
        """Yield each alternative under a condition that excludes those before it."""
        earlier: list[Expr] = []
        for when, then in self.branches:
            yield conj(*earlier, when), then
            earlier.append(negate(when))

    def _check(self, names: tuple[str, ...]) -> None:
        known = tuple(dict.fromkeys(name_of(then) for _, then in self.branches))
        for name in names:
            if name not in known:
                raise NotationError(f"there is no case {name!r} here; {nearest(name, known)}", name)


def name_of(alternative: object) -> str:
    """Return what an alternative is called: its ``name``, or the alternative itself where it is a text."""
    return str(getattr(alternative, "name", alternative))


def first(when: Expr | bool, then: T) -> Cases[T]:
    """Begin ordered cases: ``first(a, x).otherwise(b, y)`` is x where a, else y where b, else nothing."""
    return Cases(((lift(when, BOOL), then),))


@runtime_checkable
class Doing(Protocol):
    """What is done in a check."""

    @property
    def continues(self) -> bool:
        """Whether the next check has its turn after it. Otherwise nothing more is done."""

    @property
    def idle(self) -> bool:
        """Whether nothing is done, but that the next check has its turn."""

    def after(self, e: Expr) -> Expr:
        """Return what a formula about the state is worth when this has been done."""

    def then(self, other: Self) -> Self:
        """Return what does this and then the other."""


D = TypeVar("D", bound=Doing)


def in_turn(*checks: Cases[D]) -> Cases[D]:
    """Return several checks, one after the other, as one: the alternatives are all the ways to go through them.

    A check none of whose conditions is met lets the next one continue. So does what is taken in a check if it ``continues``:
    later conditions and effects are then about the state that it leaves (sequential composition, by substitution). A way on
    which nothing is done is no alternative.
    """
    for check in checks:  # types do not hold in a file of the user's
        check_is("a check taken in turn", check, Cases, "cases, such as first(condition, ...)")
        for _, chosen in check.branches:
            check_is("what is done in a check taken in turn", chosen, Doing, "a Response or a Reaction")
    branches: list[tuple[Expr, D]] = []
    passed: list[Expr] = []
    for when, done in _ways(checks, None):
        if done.idle:
            passed.append(negate(when))
        else:
            branches.append((conj(*passed, when), done))
        if when is TRUE:
            break
    return Cases(tuple(branches), tuple(one for check in checks for one in check.omitted))


def _ways(checks: tuple[Cases[D], ...], done: D | None) -> Iterator[tuple[Expr, D]]:
    """Yield the ways through some checks, each with its condition, after what has been ``done`` in those before them."""
    if not checks:
        if done is not None:
            yield TRUE, done
        return
    check, *rest = checks
    for condition, step in check.branches:
        when, so_far = (condition, step) if done is None else (done.after(condition), done.then(step))
        later = _ways(tuple(rest), so_far) if step.continues else ((TRUE, so_far),)
        yield from ((conj(when, also), way) for also, way in later)
    yield from _ways(tuple(rest), done)
