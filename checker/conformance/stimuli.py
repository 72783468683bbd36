"""What is done to an endpoint, as it is written: a call of its user's, or a segment.

A segment is written ``RST seq=rcv.nxt+1024`` or ``SYN,ACK seq=irs ack=iss+1 data=3``: its control bits, in capitals or not, and
after them what is not as one would expect. Numbers are sums of octets and of what the RFC calls the variables of a TCB, which
are those of the endpoint at that moment. Before it has a connection ISS is the number that it would choose next, IRS the one of
its peer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from model.notation.sorts import MODULUS, NotationError, nearest
from model.tcp.segment import ANY_DATA, BITS, bits_of

NAMES = ("iss", "irs", "snd.una", "snd.nxt", "rcv.nxt", "rcv.wnd", "max.snd.wnd")
"""What numbers can be written with."""
_FIELDS = ("seq", "ack", "data")
_TERM = re.compile(r"([+-]?)([a-z.]+|[0-9]{1,10})")


@dataclass(frozen=True, slots=True)
class Sum:
    """A number as it is written: names of :data:`NAMES` and octets, each added or taken away."""

    text: str
    terms: tuple[tuple[int, str | int], ...]

    @classmethod
    def read(cls, text: str) -> Sum:
        """Return what a text says; raise :class:`~model.notation.sorts.NotationError` where it is no number."""
        terms: list[tuple[int, str | int]] = []
        place = 0
        while place < len(text) or not terms:
            found = _TERM.match(text, place)
            if found is None or (terms and not found[1]):
                raise NotationError(f"{text[:40]!r} is no number: write octets and names, as in rcv.nxt+1024 or iss-1")
            sign, word = (-1 if found[1] == "-" else 1), found[2]
            if not word.isdigit() and word not in NAMES:
                raise NotationError(f"{word[:20]!r} is no variable of a TCB; {nearest(word, NAMES)}")
            if word.isdigit() and int(word) >= MODULUS:
                raise NotationError(f"{word} is no sequence number: write one from 0 to {MODULUS - 1}")
            terms.append((sign, int(word) if word.isdigit() else word))
            place = found.end()
        return cls(text, tuple(terms))

    def value(self, numbers: Mapping[str, int]) -> int:
        """Return the number modulo 2^32, given what the names stand for."""
        return sum(sign * (numbers[term] if isinstance(term, str) else term) for sign, term in self.terms) % MODULUS


@dataclass(frozen=True, slots=True)
class Arrival:
    """A segment that arrives. ``seq`` and ``ack`` are None where they are what one would expect."""

    ctl: tuple[str, ...]
    seq: Sum | None = None
    ack: Sum | None = None
    data: int = 0

    def __str__(self) -> str:
        fields = [f"{name}={number.text}" for name, number in (("seq", self.seq), ("ack", self.ack)) if number is not None]
        return " ".join([",".join(self.ctl) or "none", *fields, *([f"data={self.data}"] if self.data else [])])


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the user's, a time-out, or a crash: what an endpoint does without a segment, by its name in the model."""

    name: str

    def __str__(self) -> str:
        return self.name


Stimulus = Arrival | Call


def read(text: str, calls: tuple[str, ...]) -> Stimulus:
    """Return what a text says is done. ``calls`` are those that there are.

    Raise :class:`~model.notation.sorts.NotationError`, which says what to write instead.
    """
    first, *others = text.split() or [""]
    if first in calls:
        if others:
            raise NotationError(f"{first!r} is a call and takes nothing: leave out {others[0]!r}")
        return Call(first)
    if {*first.upper().split(",")} <= {*BITS}:
        first = first.upper()
    if first.islower() and first != "none":
        raise NotationError(f"{first!r} is no call and no segment; {nearest(first, calls)}; a segment begins as in SYN,ACK")
    given: dict[str, str] = {}
    ctl = bits_of(first)
    for word in others:
        name, equals, value = word.partition("=")
        if name not in _FIELDS or not equals:
            raise NotationError(f"{word[:40]!r} says nothing of a segment; {nearest(name, _FIELDS)}, as in seq=rcv.nxt+1")
        if name in given:
            raise NotationError(f"{text[:60]!r} has {name} twice: leave one out")
        given[name] = value
    if "ack" in given and "ACK" not in ctl:
        raise NotationError(f"{text[:60]!r} has an ACK number without the ACK bit, which nobody reads: write ACK, or no ack=")
    octets = given.get("data", "0")
    if not (
        octets.isascii() and octets.isdigit() and len(octets) <= len(str(ANY_DATA.limit)) and int(octets) <= ANY_DATA.limit
    ):
        raise NotationError(f"{octets[:20]!r} is no amount of text: write data= and octets from 0 to {ANY_DATA.limit}")
    seq, ack = (Sum.read(given[name]) if name in given else None for name in ("seq", "ack"))
    return Arrival(ctl, seq, ack, int(octets))
