"""Segments. A segment is its header and nothing else (RFC 9293 §3.1).

Nothing stores an ISN in a header's place: a SYN,ACK that answers a SYN of x carries the number x+1, and what that number means
is for its receiver to find out. ``data`` is the number of octets of text; SEG.LEN counts a SYN and a FIN as well (§3.4).

An option is a column of its own, where a handshake has one (:data:`COOKIES`); other handshakes have not.

CTL is a combination of control bits. Its sort has those that a model speaks of, and what is asked of a bit is asked of each of
these. The handshakes speak of :data:`CTL`, a handshake of the user's of as many more as it likes (:func:`ctl_with`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from model.notation.expr import Expr, Row, disj, ite, literal
from model.notation.sorts import SEQ, Enum, Format, Nat, NotationError, Relation, nearest

BITS = ("SYN", "FIN", "RST", "ACK")
"""The control bits, in the order in which a combination of them is written."""
NO_BITS = "none"
"""How CTL is written where no bit is set."""


def bits_of(ctl: str) -> tuple[str, ...]:
    """Return the control bits of a combination, which may be written in any order, in that of :data:`BITS`.

    Raise :class:`NotationError` where it names something else, or a bit twice.
    """
    named = [] if ctl == NO_BITS else ctl.split(",")
    for bit in named:
        if bit not in BITS or named.count(bit) > 1:
            wrong = f"{bit!r} is no control bit; {nearest(bit, BITS)}" if bit not in BITS else f"{bit} is there twice"
            raise NotationError(f"{ctl!r} is no combination of control bits: {wrong}; without any write {NO_BITS!r}", ctl)
    return tuple(bit for bit in BITS if bit in named)


def ctl_with(*more: str) -> Enum:
    """Return the sort of CTL for the combinations that the handshakes need, and more, as ``ctl_with("FIN,ACK", "none")``."""
    usual = ("SYN", "SYN,ACK", "ACK", "RST", "RST,ACK")
    return Enum("Ctl", tuple(dict.fromkeys((*usual, *(spelt(ctl) for ctl in more)))))


def spelt(ctl: str) -> str:
    """Return a combination of control bits as it is written: ``ACK,SYN`` as ``SYN,ACK``."""
    return ",".join(bits_of(ctl)) or NO_BITS


CTL = ctl_with()
"""The combinations of control bits that opening a connection takes."""
ANY_CTL = ctl_with(*(",".join(some) for n in range(len(BITS) + 1) for some in combinations(BITS, n) if some), NO_BITS)
"""All combinations of control bits."""
DATA = Nat(536)
"""Octets of text in a segment, up to the default MSS of IPv4 (RFC 9293 §3.7.1)."""
ANY_DATA = Nat(65535)
"""Octets of text in a segment of which nothing is known but that it came in one datagram."""


COOKIE, NO_COOKIE, COOKIE_REQUEST, TOKEN = "cookie", "none", "request", "token"
"""The Fast Open option (RFC 7413 §4.1.1): its column, and what there is in it. A cookie for another address is as none."""
COOKIES = Enum("Cookie", (NO_COOKIE, COOKIE_REQUEST, TOKEN))
"""The sort of the Fast Open option, of handshakes that have it. ``token`` is the cookie for the address of its sender."""

_CONTROLS = Nat(2)

SOURCE, DESTINATION = "source", "destination"
"""The columns of a network that say where a segment comes from and where it goes."""

COLUMNS = (SOURCE, DESTINATION, "seq", "ack", "ctl", "data")


def _silent(told: Mapping[str, str]) -> tuple[str, ...]:
    says_nothing = {"ack": "ACK" not in told["ctl"], "data": told["data"] == "0", COOKIE: told.get(COOKIE) == NO_COOKIE}
    return tuple(column for column, silent in says_nothing.items() if silent)


TCP = Format("TCP", SOURCE, DESTINATION, _silent)
"""How TCP's headers are read: the ACK field counts with the ACK bit only, and no text and no option are not worth a word."""


def segments_between(hosts: Enum, ctl: Enum = CTL, text: Nat = DATA, cookies: Enum | None = None) -> Relation:
    """Return the sort of a set of segments that travel between ``hosts``.

    ``ctl`` has the combinations of control bits that they can have, ``text`` the octets of text, ``cookies`` the Fast Open
    option where there is one.
    """
    option = () if cookies is None else ((COOKIE, cookies),)
    return Relation((*zip(COLUMNS, (hosts, hosts, SEQ, SEQ, ctl, text), strict=True), *option), TCP)


@cache
def _with_bit(ctl: Enum, bit: str) -> tuple[str, ...]:
    """Return the combinations of a sort that have a bit."""
    return tuple(member for member in ctl.members if bit in bits_of(member))


@dataclass(frozen=True, slots=True)
class Segment:
    """The fields of one segment as formulas. ``ack`` is 0 where CTL has no ACK; ``cookie`` is None where there is no option."""

    source: Expr
    destination: Expr
    seq: Expr
    ack: Expr
    ctl: Expr
    data: Expr
    cookie: Expr | None = None

    @classmethod
    def of(cls, row: Row) -> Segment:
        """Return the segment whose fields are the cells of ``row``."""
        return cls(*row)

    def __iter__(self) -> Iterator[Expr]:
        option = () if self.cookie is None else (self.cookie,)
        return iter((self.source, self.destination, self.seq, self.ack, self.ctl, self.data, *option))

    @property
    def syn(self) -> Expr:
        """Whether the SYN bit is set."""
        return self._has("SYN")

    @property
    def fin(self) -> Expr:
        """Whether the FIN bit is set."""
        return self._has("FIN")

    @property
    def has_ack(self) -> Expr:
        """Whether the ACK bit is set."""
        return self._has("ACK")

    @property
    def rst(self) -> Expr:
        """Whether the RST bit is set."""
        return self._has("RST")

    def _has(self, bit: str) -> Expr:
        """Return whether CTL is one of the combinations of its sort that have a bit."""
        assert isinstance(self.ctl.sort, Enum)
        return self._is(_with_bit(self.ctl.sort, bit))

    def _is(self, members: Iterable[str]) -> Expr:
        """Return whether CTL is one of some combinations."""
        return disj(*(self.ctl == ctl for ctl in members))

    @property
    def neither_syn_nor_ack_nor_rst(self) -> Expr:
        """Whether none of these bits is set: never, of the combinations in :data:`CTL`."""
        assert isinstance(self.ctl.sort, Enum)
        return self._is(ctl for ctl in self.ctl.sort.members if not {"SYN", "ACK", "RST"} & {*bits_of(ctl)})

    @property
    def has_data(self) -> Expr:
        """Whether there is text in the segment."""
        return self.data > 0

    @property
    def text_seq(self) -> Expr:
        """The number of the first octet of text: SEG.SEQ, or the one after it where that is the SYN's."""
        return ite(self.syn, self.seq + 1, self.seq)

    @property
    def has_length(self) -> Expr:
        """Whether the segment occupies sequence numbers: SEG.LEN > 0."""
        return disj(self.syn, self.fin, self.has_data)

    @property
    def end(self) -> Expr:
        """SEG.SEQ+SEG.LEN: the number after the last one that the segment occupies. It occupies one for SYN, FIN and octet."""
        controls = ite(self.syn & self.fin, literal(2, _CONTROLS), ite(self.syn | self.fin, literal(1, _CONTROLS), 0))
        return self.seq + controls + self.data
