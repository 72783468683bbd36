"""What a protocol assumes: each assumption has a name, a default, what else it may be, and a meaning.

A protocol declares its assumptions as a frozen dataclass derived from :class:`Assumed`, each field with :func:`assume`. An
instance of it is one choice for each. The command line takes its options from that, and verdicts print it. :class:`Scopes` are
the bounds of a search that it declares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any, Generic, Self, TypeVar, cast

from model.notation.sorts import NotationError, brief, nearest

Choice = str | bool | int
T = TypeVar("T", bound=Choice)
Bounds = TypeVar("Bounds")
_LONGEST = 20
"""How much of what is typed a message shows."""
_NUMBER = re.compile(r"-?[0-9]{1,19}")
_TRUTHS = {"true": True, "false": False}
_DECLARED = "assumption"
"""Where the metadata of a field has what :func:`assume` says of it."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """What is declared of one assumption. ``choices`` are all that it may be: words, truth values, or a range of numbers."""

    name: str
    default: Choice
    choices: Sequence[Choice]
    meaning: str
    without: str = ""
    """Of one that is only ever given up: what holds then."""
    kind: str = ""
    unit: str = ""
    """Of a number: what it is called, and what it counts."""

    @property
    def option(self) -> str:
        """The option of a command line that says it, without dashes before it."""
        return self.name.replace("_", "-")

    @property
    def words(self) -> tuple[str, ...]:
        """What it may be where it is one of several words, else nothing."""
        return () if isinstance(self.choices, range) else tuple(choice for choice in self.choices if isinstance(choice, str))

    @property
    def extent(self) -> str:
        """What it may be, in words."""
        if isinstance(self.choices, range):
            number = f"number of {self.unit}" if self.unit else "whole number"
            return f"a {number} from {self.choices[0]} to {self.choices[-1]}"
        return " or ".join(self.words or _TRUTHS)

    def check(self, value: object) -> None:
        """Raise :class:`~model.notation.sorts.NotationError` for what it cannot be."""
        if type(value) is not type(self.default) or value not in self.choices:
            write = f"; {nearest(str(value), self.words)}" if self.words else f": write {self.extent}"
            raise NotationError(f"{brief(value)} is no {self.kind or f'value of the assumption {self.name!r}'}{write}")

    def read(self, text: str) -> Choice:
        """Return the value that a text says, which is written as in verdicts; raise as :meth:`check` does."""
        value: Choice = text[:_LONGEST]
        if isinstance(self.default, bool):
            value = _TRUTHS.get(text, value)
        elif isinstance(self.choices, range) and _NUMBER.fullmatch(text) and int(text) in self.choices:
            value = int(text)
        self.check(value)
        return value


def assume(  # noqa: PLR0913  # each says something else of it
    default: T,
    *others: T,
    meaning: str,
    among: range | None = None,
    without: str = "",
    kind: str = "",
    unit: str = "",
) -> T:
    """Declare an assumption, as a field of a dataclass derived from :class:`Assumed`.

    ``default`` comes first, and then ``others``: words. A number lies ``among`` a range; a truth value has one other. The rest
    is as in :class:`Assumption`. Raises :class:`~model.notation.sorts.NotationError` where there is nothing to choose, or no
    meaning.
    """
    choices: Sequence[Choice] = among or (default, *others)
    if isinstance(default, bool):
        choices = (default, not default)
    different = len(choices if isinstance(choices, range) else set(choices))
    if different < max(2, len(choices)) or default not in choices or not meaning:
        write = 'assume("one", "two", meaning="..."), assume(True, meaning="...") or assume(1, among=range(9), meaning="...")'
        raise NotationError(f"an assumption has a default, something else that it may be, and a meaning: write {write}")
    declared = Assumption("", default, choices, meaning, without, kind, unit)
    return field(default=default, metadata={_DECLARED: declared})


@dataclass(frozen=True, slots=True)
class Assumed:
    """One choice for each assumption of a protocol; this one assumes nothing.

    Raises :class:`~model.notation.sorts.NotationError` for a value that an assumption cannot have.
    """

    def __post_init__(self) -> None:
        for name, assumption in self.declared().items():
            assumption.check(getattr(self, name))

    @classmethod
    def declared(cls) -> Mapping[str, Assumption]:
        """Return what is declared, by name, in the order in which it is written."""
        return {one.name: _declared(one) for one in fields(cls)}

    @classmethod
    def named(cls, name: str) -> Assumption:
        """Return what is declared of one; raise with the nearest where there is none of that name."""
        if name not in cls.declared():
            raise NotationError(f"there is no assumption {name!r}; {nearest(name, tuple(cls.declared()))}")
        return cls.declared()[name]

    @classmethod
    def of(cls, values: Mapping[str, Choice]) -> Self:
        """Return the assumptions with these values, by name, and the default of the others; raise for a name that none has."""
        for name in values:
            cls.named(name)
        return replace(cls(), **values)

    def otherwise(self, name: str, value: Choice) -> Self:
        """Return the assumptions with one of them another."""
        return replace(self, **{name: value})

    def as_dict(self) -> dict[str, Choice]:
        """Return the assumptions by name."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True, slots=True)
class Scopes(Generic[Bounds]):
    """The bounds of a search that a protocol declares, beside its rules: what each name means, and how what is typed is read.

    ``usual`` is the one that is meant where none is named. ``numbers`` are what can be set in each: ``NAME,number=N``.
    ``read`` raises for what names none.
    """

    meanings: Mapping[str, str]
    read: Callable[[str], Bounds]
    usual: str
    numbers: tuple[str, ...] = ()


def _declared(one: Field[Any]) -> Assumption:
    if _DECLARED not in one.metadata:
        raise NotationError(f"{one.name} does not say what it may be: write {one.name}: ... = assume(...)", one.name)
    return replace(cast("Assumption", one.metadata[_DECLARED]), name=one.name)
