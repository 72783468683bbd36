"""Segments. A segment is its header and nothing else (RFC 9293 §3.1).

Nothing stores an ISN in a header's place: a SYN,ACK that answers a SYN of x carries the number x+1, and what that number means
is for its receiver to find out. ``data`` is the number of octets of text; SEG.LEN counts the SYN as well (§3.4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from model.expr import Expr, Row, ite, lift
from model.sorts import SEQ, Enum, Format, Nat, Relation

CTL = Enum("Ctl", ("SYN", "SYN,ACK", "ACK", "RST", "RST,ACK"))
DATA = Nat(536)
"""Octets of text in a segment, up to the default MSS of IPv4 (RFC 9293 §3.7.1)."""


SOURCE, DESTINATION = "source", "destination"
"""The columns of a network that say where a segment comes from and where it goes."""

COLUMNS = (SOURCE, DESTINATION, "seq", "ack", "ctl", "data")


def _silent(told: Mapping[str, str]) -> tuple[str, ...]:
    return (*(("ack",) if "ACK" not in told["ctl"] else ()), *(("data",) if told["data"] == "0" else ()))


TCP = Format("TCP", SOURCE, DESTINATION, _silent)
"""How TCP's headers are read: the ACK field counts with the ACK bit only, and no text is not worth a word."""


def segments_between(hosts: Enum) -> Relation:
    """Return the sort of a set of segments that travel between ``hosts``."""
    return Relation(tuple(zip(COLUMNS, (hosts, hosts, SEQ, SEQ, CTL, DATA), strict=True)), TCP)


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
