"""Segments. A segment is its header and nothing else (RFC 9293 §3.1).

Nothing stores an ISN in a header's place: a SYN,ACK that answers a SYN of x carries the number x+1, and what that number means
is for its receiver to find out. ``data`` is the number of octets of text; SEG.LEN counts the SYN as well (§3.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from model.expr import Expr, Row, ite, lift
from model.pretty import value_text
from model.sorts import SEQ, Enum, Nat, Relation

Cell = TypeVar("Cell")

CTL = Enum("Ctl", ("SYN", "SYN,ACK", "ACK", "RST", "RST,ACK"))
DATA = Nat(536)
"""Octets of text in a segment, up to the default MSS of IPv4 (RFC 9293 §3.7.1)."""


SOURCE, DESTINATION = "source", "destination"
"""The columns of a network that say where a segment comes from and where it goes."""

COLUMNS = (SOURCE, DESTINATION, "seq", "ack", "ctl", "data")


def segments_between(hosts: Enum) -> Relation:
    """Return the sort of a set of segments that travel between ``hosts``."""
    return Relation(tuple(zip(COLUMNS, (hosts, hosts, SEQ, SEQ, CTL, DATA), strict=True)))


def segment_text(cells: Mapping[str, Cell], text: Callable[[Cell], str] = value_text) -> str:  # type: ignore[assignment]
    """Return a segment, given by its columns, in the notation of RFC 9293 §3.5, as ``<SEQ=300><ACK=101><CTL=SYN,ACK>``.

    The segments of other systems are written alike: each cell but where the segment comes from and goes to. ``text`` writes a
    cell, which is a value unless it says otherwise.
    """
    told = {name: text(cell) for name, cell in cells.items() if name not in (SOURCE, DESTINATION)}
    if tuple(cells) == COLUMNS:
        silent = [*(["ack"] if "ACK" not in told["ctl"] else []), *(["data"] if told["data"] == "0" else [])]
        told = {name: said for name, said in told.items() if name not in silent}
    return "".join(f"<{name.upper()}={said}>" for name, said in told.items())


@dataclass(frozen=True, slots=True)
class Segment:
    """The fields of one segment as formulas. ``ack`` is 0 where CTL has no ACK."""

    source: Expr
    destination: Expr
    seq: Expr
    ack: Expr
    ctl: Expr
    data: Expr

    @classmethod
    def of(cls, row: Row) -> Segment:
        """Return the segment whose fields are the cells of ``row``."""
        return cls(*row)

    def __iter__(self) -> Iterator[Expr]:
        return iter((self.source, self.destination, self.seq, self.ack, self.ctl, self.data))

    @property
    def syn(self) -> Expr:
        """Whether the SYN bit is set."""
        return (self.ctl == "SYN") | (self.ctl == "SYN,ACK")

    @property
    def has_ack(self) -> Expr:
        """Whether the ACK bit is set."""
        return (self.ctl == "SYN,ACK") | (self.ctl == "ACK") | (self.ctl == "RST,ACK")

    @property
    def rst(self) -> Expr:
        """Whether the RST bit is set."""
        return (self.ctl == "RST") | (self.ctl == "RST,ACK")

    @property
    def has_data(self) -> Expr:
        """Whether there is text in the segment."""
        return self.data > 0

    @property
    def end(self) -> Expr:
        """SEG.SEQ+SEG.LEN: the number after the last one that the segment occupies."""
        return self.seq + ite(self.syn, lift(1, DATA), self.data)

    @property
    def has_length(self) -> Expr:
        """Whether it occupies sequence numbers: SEG.LEN > 0."""
        return self.end != self.seq
