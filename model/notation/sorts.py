"""Sorts of the notation, and the values they have.

A value is an ordinary immutable Python object: ``bool`` for :data:`BOOL`, ``int`` for :class:`Seq`, :class:`Distance` and
:class:`Nat`, ``str`` for :class:`Enum` and :class:`Token`, and a ``frozenset`` of tuples for :class:`Relation`. Engines may
represent values otherwise; what they report is in these terms.

Sequence numbers are points on a circle, of 2**32 in TCP (RFC 9293 §3.4). Points have no order; only the distance from one to
another has. The sorts :class:`Seq` and :class:`Distance` keep them apart, so that ``a < b`` on sequence numbers is a mistake
that raises instead of a comparison that is wrong near the wrap. Circles of different widths do not mix.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType

MODULUS = 2**32
"""How many sequence numbers TCP has (RFC 9293 §3.4)."""

MOST_LISTED = 10_000
"""For how many values of a sort formulas, variables and actions are written out."""

Value = bool | int | str | frozenset[tuple["Value", ...]]


class NotationError(TypeError):
    """A formula, a system or a claim is written wrongly; the message says what to write instead.

    ``about`` are the names of what is wrong, from the whole to the part, for an error that is found only after the line that
    wrote it has been left.
    """

    def __init__(self, message: str, *about: str) -> None:
        super().__init__(message)
        self.about = about


_MOST_KNOWN = 40
"""How many known spellings a message lists."""


def meant(word: str, known: tuple[str, ...]) -> str:
    """Return a clause that names the known spelling closest to ``word``, "" where none is close."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else ""


def nearest(word: str, known: tuple[str, ...]) -> str:
    """Return a clause that names the known spelling closest to ``word``, or those there are where none is close."""
    close = meant(word, known)
    if close:
        return close
    more = len(known) - _MOST_KNOWN
    return f"known are {', '.join(map(repr, known[:_MOST_KNOWN]))}{f', and {more} more' if more > 0 else ''}"


_BRIEF = 60
"""How much of a value a message shows."""


def brief(value: object) -> str:
    """Return a value for a message: as Python writes it, cut short where that is long."""
    text = repr(value)
    return text if len(text) <= _BRIEF else f"{text[: _BRIEF - 3]}..."


def check_is(what: str, value: object, kind: type | UnionType, write: str, *about: str) -> None:
    """Raise :class:`NotationError` where a value is not of a kind at all; ``write`` says what to write instead."""
    if not isinstance(value, kind):
        raise NotationError(f"{what} is {brief(value)}: write {write}", *about)


_LONGEST = 200
"""How many signs a name has at most: far more than anybody reads."""


def check_name(what: str, name: object, *about: str) -> None:
    """Raise :class:`NotationError` where something cannot be a name, in this notation or in any file that it is written to.

    Nothing else is asked of a name: what writes it somewhere quotes it there, and keeps it apart from names of another kind.
    """
    check_is(what, name, str, "a text", *about)
    assert isinstance(name, str)
    if not (0 < len(name) <= _LONGEST and name.isprintable() and name == " ".join(filter(None, name.split(" ")))):
        has = f"a name has from 1 to {_LONGEST} signs that can be seen, and single spaces between them"
        raise NotationError(f"{what} is {brief(name)}: {has}", *about)


def check_tuple(what: str, values: object, kind: type) -> None:
    """Raise :class:`NotationError` where something is not a tuple of a kind, as when the comma of ``(a,)`` was forgotten."""
    if not (isinstance(values, tuple) and all(isinstance(value, kind) for value in values)):
        named = kind.__name__ if kind not in (str, tuple) else "texts" if kind is str else "tuples"
        raise NotationError(f"{what} is {brief(values)}: write a tuple of {named}, as in (a, b), or (a,) for one")


def _no_duplicates(what: str, names: tuple[str, ...]) -> None:
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise NotationError(f"{what} {twice[0]!r} twice: give each its own name")


_WIDEST = 1024
"""How many bits a counter has at most: far more than is counted to."""


class Sort:
    """What a value may be. Sorts are compared by what they say, not by identity."""

    __slots__ = ()

    def check(self, value: object) -> Value:
        """Return ``value`` when it belongs to this sort, else raise :class:`NotationError`."""
        raise NotImplementedError

    def values(self) -> Sequence[Value]:
        """Return every value in a fixed order; :class:`NotationError` for a sort too large to list."""
        raise NotationError(f"the values of {self} cannot be listed, there are too many: use a smaller sort")

    def listed(self) -> Sequence[Value]:
        """Return every value, where something is written out for each; :class:`NotationError` where that would be too long."""
        values = self.values()
        if values[MOST_LISTED:]:  # a range of more than 2**63 numbers has no len()
            raise NotationError(
                f"the values of {self} cannot be written out, there are more than {MOST_LISTED:,}: use a smaller sort"
            )
        return values


@dataclass(frozen=True, slots=True)
class _Bool(Sort):
    def check(self, value: object) -> Value:
        """Return a truth value as it is."""
        if not isinstance(value, bool):
            raise NotationError(f"{brief(value)} is not a truth value: write True or False")
        return value

    def values(self) -> tuple[Value, ...]:
        """Return false and true."""
        return (False, True)

    def __str__(self) -> str:
        return "Bool"

    def __reduce__(self) -> str:
        return "BOOL"  # there is one


_MOST_BITS = 64
"""How many bits a sequence number has at most."""


@dataclass(frozen=True, slots=True)
class _Circle(Sort):
    """The numbers 0, 1, ..., of which there are ``modulus``, and the first comes after the last."""

    modulus: int

    @property
    def bits(self) -> int:
        """How many bits a number has."""
        return max(1, (self.modulus - 1).bit_length())

    def check(self, value: object) -> Value:
        """Return a number from 0 to the last as it is."""
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < self.modulus:
            raise NotationError(f"{brief(value)} is not a {self}: write a whole number from 0 to {self.modulus - 1}")
        return value

    def values(self) -> Sequence[Value]:
        """Return 0, 1, ... where that are few."""
        if self.modulus > MOST_LISTED:
            raise NotationError(f"the values of {self} cannot be listed, there are too many: use a smaller sort")
        return range(self.modulus)

    def __str__(self) -> str:
        size = f"({self.bits})" if self.modulus == 1 << self.bits else f"(modulo {self.modulus})"
        return type(self).__name__ + ("" if self.modulus == MODULUS else size)


class Seq(_Circle):
    """A sequence number: a point on the circle of 2**bits. TCP's have 32 bits (:data:`SEQ`), DCCP's 48."""

    __slots__ = ()

    def __init__(self, bits: int) -> None:
        object.__setattr__(self, "modulus", _power("Seq", bits))

    @property
    def distance(self) -> Distance:
        """The sort of how far one of them lies ahead of another."""
        return Distance.on(self.modulus)


class Modulo(Seq):
    """A counter that goes round: 0, 1, ..., size - 1, and 0 again. It is a sequence number on a circle of ``size``."""

    __slots__ = ()

    def __init__(self, size: int) -> None:
        check_is("the size of a Modulo", size, int, "how many values it has, as in Modulo(6)")
        if isinstance(size, bool) or not 2 <= size <= 1 << _MOST_BITS:  # noqa: PLR2004  # one value would not be a counter
            raise NotationError(f"a Modulo has {brief(size)} values: write from 2 to 2**{_MOST_BITS}, as in Modulo(6)")
        object.__setattr__(self, "modulus", size)

    def __str__(self) -> str:
        return f"Modulo({self.modulus})"


class Distance(_Circle):
    """How far one sequence number of so many bits lies ahead of another, from 0 to 2**bits - 1."""

    __slots__ = ()

    def __init__(self, bits: int) -> None:
        object.__setattr__(self, "modulus", _power("Distance", bits))

    @classmethod
    def on(cls, modulus: int) -> Distance:
        """Return the sort of the distances on a circle of so many points."""
        distance = object.__new__(cls)
        object.__setattr__(distance, "modulus", modulus)
        return distance


def _power(what: str, bits: int) -> int:
    """Return how many numbers of so many bits there are, or raise :class:`NotationError`."""
    check_is(f"the width of a {what}", bits, int, f"how many bits it has, as in {what}(32)")
    if isinstance(bits, bool) or not 1 <= bits <= _MOST_BITS:
        raise NotationError(f"a {what} has {brief(bits)} bits: write from 1 to {_MOST_BITS}, as in {what}(32)")
    return 1 << bits


BOOL: Sort = _Bool()
SEQ = Seq(32)
"""A sequence number of TCP's: a point on the circle of 2**32."""
DISTANCE = Distance(32)
"""How far one sequence number of TCP's lies ahead of another, from 0 to 2**32-1."""


@dataclass(frozen=True, slots=True)
class Nat(Sort):
    """A counter from 0 to ``limit``. Adding stops at ``limit`` and subtracting at 0, so that every formula has a value."""

    limit: int

    def __post_init__(self) -> None:
        check_is("the limit of a Nat", self.limit, int, "a whole number, as in Nat(3)")
        if self.limit < 0:
            raise NotationError(f"the limit of a Nat is {brief(self.limit)}: write a whole number from 0, as in Nat(3)")
        if self.limit.bit_length() > _WIDEST:
            raise NotationError(
                f"the limit of a Nat has {self.limit.bit_length():,} bits, and {_WIDEST:,} are the most: count less far"
            )

    def check(self, value: object) -> Value:
        """Return a number from 0 to the limit as it is."""
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= self.limit:
            raise NotationError(f"{brief(value)} is not a counter of this kind: write a whole number from 0 to {self.limit}")
        return value

    def values(self) -> Sequence[Value]:
        """Return 0, 1, ..., limit, of which there may be too many to be in memory."""
        return range(self.limit + 1)

    def __str__(self) -> str:
        return f"Nat({self.limit})"


@dataclass(frozen=True, slots=True)
class Enum(Sort):
    """One of a few names, or of one."""

    name: str
    members: tuple[str, ...]

    def __post_init__(self) -> None:
        check_name("the name of an Enum", self.name)
        check_tuple(f"what {self.name} has as its members", self.members, str)
        for member in self.members:
            check_name(f"a member of {self.name}", member)
        if not self.members:
            raise NotationError(f"{self.name} has no members, so that nothing could ever be a {self.name}: give it one")
        _no_duplicates(f"{self.name} has the member", self.members)

    def check(self, value: object) -> Value:
        """Return a member as it is; the error for any other names the nearest."""
        if value not in self.members:
            raise NotationError(f"{brief(value)} is not a {self.name}; {nearest(str(value), self.members)}")
        return str(value)

    def values(self) -> tuple[Value, ...]:
        """Return the members in order."""
        return self.members

    def __str__(self) -> str:
        return self.name


def _all_said(_: Mapping[str, str]) -> Collection[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Format:
    """How the rows of a relation are read where they are segments. A protocol declares it with the sort of its network.

    ``name`` is what claims about headers ask for, ``source`` and ``destination`` are the columns that say where a segment comes
    from and where it goes, and ``silent`` names, for the text of each cell by column, the columns that then say nothing.
    """

    name: str = ""
    source: str = "source"
    destination: str = "destination"
    silent: Callable[[Mapping[str, str]], Collection[str]] = _all_said

    def __post_init__(self) -> None:
        for part in ("name", "source", "destination"):
            check_is(f"the {part} of a Format", getattr(self, part), str, "a text, as in Format('SCTP')")
        if not callable(self.silent):
            raise NotationError(
                f"what is silent in a Format is {brief(self.silent)}: write a function, as in lambda told: ['n']"
            )


PLAIN = Format()
"""The format of segments of which nothing is declared."""


@dataclass(frozen=True, slots=True, init=False)
class Token(Enum):
    """One of so many things that are only ever told apart, such as cookies or keys: tokens are equal or not, and that is all.

    ``Token("Cookie", 2)`` has the values ``Cookie-1`` and ``Cookie-2``, which formulas cannot name; so nothing tells one from
    another but what happened to it, and whatever a system does with some it does with all. ``named`` are values besides, as
    in ``Token("Cookie", 2, ("none",))``, that formulas can name.
    """

    named: tuple[str, ...]

    def __init__(self, name: str, count: int, named: tuple[str, ...] = ()) -> None:
        check_name("the name of a Token", name)
        check_is(f"how many tokens {name} has", count, int, f"a whole number, as in Token({name!r}, 2)")
        check_tuple(f"the values of {name} that formulas name", named, str)
        if isinstance(count, bool) or not 1 <= count <= MOST_LISTED:
            raise NotationError(f"{name} has {brief(count)} tokens: write from 1 to {MOST_LISTED:,}, as in Token({name!r}, 2)")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "members", (*named, *(f"{name}-{number}" for number in range(1, count + 1))))
        object.__setattr__(self, "named", named)
        Enum.__post_init__(self)

    def check_written(self, value: object) -> None:
        """Raise :class:`NotationError` for a value that a formula cannot name."""
        if value not in self.named:
            known = f"it can name {', '.join(map(repr, self.named))}" if self.named else "it can name none of them"
            instead = "compare with a variable or a parameter that has one"
            raise NotationError(f"{brief(value)} stands in a formula where a {self.name} is needed, and {known}: {instead}")


@dataclass(frozen=True, slots=True)
class Relation(Sort):
    """A finite set of rows; ``columns``, one at least, are pairs of a name and a sort, none of them a relation itself.

    ``format`` says how rows are read that are segments.
    """

    columns: tuple[tuple[str, Sort], ...]
    format: Format = PLAIN

    def __post_init__(self) -> None:
        check_tuple("what a relation has as its columns", self.columns, tuple)
        check_is("the format of a relation", self.format, Format, "a Format, such as Format('SCTP')")
        if not self.columns:
            instead = "give it one, as in Relation((('n', Nat(3)),)), or write a variable of the sort BOOL, which says as much"
            raise NotationError(f"a relation has no columns: {instead}")
        for column in self.columns:
            if [isinstance(part, kind) for part, kind in zip(column, (str, Sort), strict=False)] != [True, True]:
                raise NotationError(f"a column of a relation is {brief(column)}: write a name and a sort, as in ('n', Nat(3))")
            check_name("the name of a column", column[0])
        _no_duplicates("a relation has the column", self.names)
        for name, sort in self.columns:
            if isinstance(sort, Relation):
                raise NotationError(f"column {name!r} is itself a relation: give it the columns of that relation instead")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(name for name, _ in self.columns)

    def check(self, value: object) -> Value:
        """Return a set of rows whose cells have the sorts of the columns."""
        if not isinstance(value, frozenset):
            raise NotationError(f"{brief(value)} is not a set of rows: write frozenset({{(...), ...}})")
        for row in value:
            if not isinstance(row, tuple) or len(row) != len(self.columns):
                raise NotationError(f"{brief(row)} is not a row of {self}: write a tuple of {len(self.columns)} values")
            for (_, sort), cell in zip(self.columns, row, strict=True):
                sort.check(cell)
        return value

    def __str__(self) -> str:
        return f"Relation({', '.join(f'{name}: {sort}' for name, sort in self.columns)})"
