"""Numbers that nobody saw: what shows that the capture missed packets, or that something on the way rewrote them."""

from __future__ import annotations

from dataclasses import dataclass

from checker.conformance.seen import Seen
from checker.conformance.watching import Watch
from model.notation.said import said
from model.notation.sorts import MODULUS
from model.tcp.handshakes.facing import SCALED_WINDOW
from model.tcp.segment import ANY_CTL, bits_of


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers that nobody saw where some seem to be missing: of the host or of its peer, from where to before where.

    In a ``jump`` they are more than a window has room for, so that they were not sent and missed, but rewritten.
    """

    of_host: bool
    begins: int
    ends: int
    jump: bool = False

    @classmethod
    def between(cls, begins: int, ends: int, *, of_host: bool) -> Gap | None:
        """Return the gap from one number to another, None where it is one that an endpoint may go back to."""
        ahead = (ends - begins) % MODULUS
        far = SCALED_WINDOW < ahead < MODULUS - SCALED_WINDOW
        return cls(of_host, begins, ends, far) if far or 0 < ahead <= SCALED_WINDOW else None

    def filled_by(self, one: Seen) -> bool:
        """Return whether a segment has the first of them after all: what is out of order was not missed."""
        seq, _, ctl, octets = one.readings[0]
        length = octets + len({"SYN", "FIN"} & {*bits_of(ANY_CTL.members[ctl])})
        return not self.jump and one.sent is self.of_host and (self.begins - seq) % MODULUS < length

    def known_to(self, one: Seen) -> str:
        """Return how a segment of the peer's shows that they were sent, or "" where it does not."""
        seq, ack, ctl, _ = one.readings[0]
        number = ack if self.of_host else seq
        if one.sent or "RST" in ANY_CTL.members[ctl] or (self.of_host and not ack):
            return ""
        if (number - self.ends) % MODULUS > SCALED_WINDOW:
            return ""
        if self.jump:
            pattern = "packet {number} goes along with numbers that have jumped: something on the way rewrites numbers"
        elif self.of_host:
            pattern = "packet {number} acknowledges what the capture has not: it missed packets of the host"
        else:
            pattern = "packet {number} goes on after what the capture has not: it missed packets of the peer"
        return said(pattern, number=one.number)


def gap(watch: Watch, one: Seen) -> Gap | None:
    """Return the numbers that seem to be missing before a segment that nothing explains."""
    seq, ack, ctl, _ = one.readings[0]
    if not watch.last or {"SYN", "RST"} & {*bits_of(ANY_CTL.members[ctl])}:
        return None
    state = watch.last[0][0]
    sent, received = (state[watch.steps.place(name)] for name in ("snd_nxt", "rcv_nxt"))
    if ack and not received:  # a SYN is missing at least
        number = ack if sent else seq
        return Gap(of_host=not sent, begins=(number - 1) % MODULUS, ends=number)
    of_host = Gap.between(sent, seq, of_host=True) if sent else None
    return of_host or (Gap.between(received, ack, of_host=False) if received and ack else None)
