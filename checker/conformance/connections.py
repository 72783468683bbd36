"""A connection of a capture while its packets come: its two ends, and what each end that is judged may be doing.

Packets become segments in the numbers of the model here: they are counted from where the numbers of each end begin, so that
connections that differ in them alone are one, and none is near the end of the circle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from checker.conformance.capture_files import IN, OUT, Frame
from checker.conformance.headers import ACK, FIN, RST, SYN, Checked, Packet
from checker.conformance.host import IRS, ISNS
from checker.conformance.missed import Gap, gap
from checker.conformance.rewriting import Numbering
from checker.conformance.seen import PAUSE, REST, Seen
from checker.conformance.steps import Row, control
from checker.conformance.watching import Kind, Watch
from model.notation.said import said
from model.notation.sorts import MODULUS
from model.tcp.segment import ANY_DATA, BITS

_ISS = ISNS[0]
_BITS = {"SYN": SYN, "FIN": FIN, "RST": RST, "ACK": ACK}
_CONTROLS = tuple(control(",".join(bit for bit in BITS if flags & _BITS[bit]) or "none") for flags in range(32))
"""By the octet of flags, without those that opening and closing do not know."""
_MASK = SYN | FIN | RST | ACK
_TWICE = 10**6
"""Within how many nanoseconds the same segment again is one that was captured twice."""
_STAMPS_LAST = 24 * 86_400 * 10**9
"""How long nothing may come for TS.Recent to mean something after it, in nanoseconds (RFC 7323 §5.5)."""
_DOUBTFUL = 1000
"""The most packets of an end whose checksums are looked at again once it is known that they mean something."""


@dataclass(slots=True)
class Side:
    """One end of a connection: where its numbers begin, which options it offers, and how far it went.

    ``base`` is what its numbers are counted from. ``sums`` is whether one of its checksums was right, so that they mean
    something, and ``doubtful`` are the packets that had a wrong one before that.
    """

    address: bytes
    numbers: Numbering = field(default_factory=Numbering)
    base: int | None = None
    scale: int = -1
    stamped: bool = False
    mss: int = 0
    finished: bool = False
    mark: tuple[object, ...] = ()
    marked: int = -_TWICE
    sums: bool = False
    doubtful: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Judging:
    """One endpoint of a connection that is judged: what it may be doing, and what speaks for the capture being wrong.

    Its ``role`` is "client" or "server". ``others`` are the choices that its profile leaves besides, and that were not tried
    yet: what one of them does not explain at some packet it never will. ``packets`` are how many were captured at its host,
    ``spoilt`` those that it cannot have taken.
    """

    host: Side
    peer: Side
    watch: Watch
    role: str
    others: Iterator[Kind]
    gap: Gap | None = None
    missed: str = ""
    packets: int = 0
    spoilt: set[int] = field(default_factory=set)

    def see(self, one: Seen) -> None:
        """Take notice of a segment that was captured at its host."""
        self.packets += 1
        if one.bad and len(self.spoilt) < _DOUBTFUL:
            self.spoilt.add(one.number)
        if self.watch.stuck():
            self._hear(one)
            return
        self.watch.see(one)
        if self.watch.stuck() and not (self.watch.forgot or self.watch.narrowed):
            others = (kind.watch() for kind in self.others)
            self.watch = next((other for other in others if self.watch.explained_by(other)), self.watch)
        if self.watch.stuck():
            self.gap = gap(self.watch, one)
            for before in self.watch.seen:
                self._hear(before)

    def _hear(self, one: Seen) -> None:
        """Take notice of a segment that may say that the other end knows of numbers which nobody saw."""
        if self.gap is None:
            return
        if self.gap.filled_by(one):
            self.gap, self.missed = None, ""
        elif not self.missed:
            self.missed = self.gap.known_to(one)

    def row(self, packet: Packet, *, sent: bool) -> Row:
        """Return a packet in the numbers of the model."""
        host, peer = self.host.base or 0, self.peer.base or 0
        ours, theirs = (host, peer) if sent else (peer, host)
        begins, other = (_ISS, IRS) if sent else (IRS, _ISS)
        seq = (packet.seq - ours + begins) % MODULUS
        ack = (packet.ack - theirs + other) % MODULUS if packet.flags & ACK else 0
        return seq, ack, _CONTROLS[packet.flags & _MASK], packet.octets

    def real(self, row: Row, *, sent: bool) -> tuple[int, int]:
        """Return SEQ and ACK as the capture has them."""
        ours, theirs, begins, other = (self.host, self.peer, _ISS, IRS) if sent else (self.peer, self.host, IRS, _ISS)
        seq, ack, _, _ = row
        real_seq = (seq - begins + (ours.base or 0)) % MODULUS if seq else 0
        return real_seq, (ack - other + (theirs.base or 0)) % MODULUS if ack else 0


@dataclass(slots=True)
class Connection:
    """What is known of one connection while its packets come.

    ``goes_on`` is the connection whose numbers it goes on with, "" where it is a new one. ``flaw`` is what keeps one of its
    packets from being judged, with the number of that packet. ``timed`` is whether timestamps mean something, ``at_both``
    whether the capture was made at both hosts.
    """

    first: Packet
    number: int
    began: bool
    ends: tuple[Side, Side]
    judged: tuple[Judging, ...] = ()
    goes_on: str = ""
    packets: int = 0
    last: int = 0
    reset: bool = False
    fast: bool = False
    flaw: tuple[str, int] | None = None
    twice: int = 0
    timed: bool = True
    at_both: bool = False

    @property
    def over(self) -> bool:
        """Whether it looks as if it were over."""
        return (
            self.reset
            or (self.ends[0].finished and self.ends[1].finished)
            or any(judging.watch.stuck() for judging in self.judged)
        )

    @property
    def rewritten(self) -> str:
        """How it shows that numbers are rewritten on the way, "" where it does not.

        Where a capture was made at both hosts, each is judged by its own packets, and they may differ.
        """
        return "" if self.at_both else next((end.numbers.rewritten for end in self.ends if end.numbers.rewritten), "")

    def side(self, address: bytes) -> tuple[Side, Side]:
        """Return the end with an address, and the other."""
        one, other = self.ends
        return (one, other) if one.address == address else (other, one)

    def take(self, packet: Packet, frame: Frame) -> None:
        """Take notice of one of its packets."""
        source, destination = self.side(packet.source)
        mark = (packet.seq, packet.ack, packet.flags, packet.window, packet.octets, packet.mark)
        again = mark == source.mark and frame.time - source.marked < _TWICE
        self.twice += again
        source.mark, source.marked = mark, frame.time
        since = frame.time - self.last if self.packets else 0
        self.packets += 1
        self.at_both = self.at_both or bool(frame.way)
        self.last = max(self.last, frame.time)
        flaw = packet.flaw
        if packet.octets > ANY_DATA.limit:
            flaw = said("it has {octets} octets of text, more than a segment can have", octets=packet.octets)
        if flaw:
            self.flaw = self.flaw or (flaw, frame.number)
            return
        bad = self._bad(packet, source, destination, frame.number)
        if not bad:
            self._note(packet, source, destination, frame)
        self.timed = self.timed and since < _STAMPS_LAST
        uses = self.timed and source.stamped and (destination.stamped or bool(packet.flags & SYN))
        stamp = packet.stamp if uses else -1
        window = packet.window << source.scale if self._scaled(packet) else packet.window
        for judging in self.judged:
            sent = judging.host is source
            if frame.way in (0, OUT if sent else IN):
                row = judging.row(packet, sent=sent)
                readings = (row, (0, *row[1:])) if sent and packet.seq == 0 else (row,)
                announced = window if sent and not packet.flags & RST else -1
                paused, rested = since >= PAUSE, since >= REST
                judging.see(Seen(frame.number, sent, readings, announced, paused, again, stamp, bad and not sent, rested))

    def _note(self, packet: Packet, source: Side, destination: Side, frame: Frame) -> None:
        """Note what a segment that is taken says of its end, and of the connection."""
        if packet.flags & SYN:
            if source.numbers.isn is None or self.over:
                source.scale, source.stamped, source.mss = packet.scale, packet.stamp >= 0, packet.mss
                source.numbers = Numbering()
            self.fast = self.fast or packet.fast or (packet.octets > 0)
        source.finished = source.finished or bool(packet.flags & FIN)
        self.reset = self.reset or bool(packet.flags & RST)
        if source.base is None and not (packet.flags & RST and packet.seq == 0):
            source.base = packet.seq
        if destination.base is None and packet.flags & ACK:
            destination.base = packet.ack
        if not packet.flags & RST:
            syn = bool(packet.flags & SYN)
            length = packet.octets + syn + bool(packet.flags & FIN)
            source.numbers.sends(packet.seq, length, syn=syn, time=frame.time)
            if packet.flags & ACK:
                destination.numbers.acknowledged(packet.ack)

    def _scaled(self, packet: Packet) -> bool:
        return not packet.flags & SYN and all(end.scale >= 0 for end in self.ends)

    def _bad(self, packet: Packet, source: Side, destination: Side, number: int) -> bool:
        """Return whether a checksum is wrong, of an end whose checksums mean something.

        Where none is right a card computes them after the packet was captured. A segment that is larger than the other end
        allows was put together by a card, and nothing says of which of them the checksum is.
        """
        if packet.checked is Checked.RIGHT and not source.sums:
            source.sums = True
            for judging in self.judged:
                if judging.host is not source and source.doubtful:
                    judging.spoilt.update(source.doubtful)
                    judging.watch.spoil(judging.spoilt)
        if packet.checked is not Checked.WRONG or (destination.mss and packet.octets > destination.mss):
            return False
        if not source.sums and len(source.doubtful) < _DOUBTFUL:
            source.doubtful.append(number)
        return source.sums
