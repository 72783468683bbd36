"""Options of RFC 7323 that an end uses and may not: both have to want them, and no rule of the model speaks of them.

An option counts as offered where any SYN of an end in this connection had it: who sends a SYN again may leave it out. Where
both open at once each SYN,ACK repeats a SYN of its own, and offers what that did.
"""

from __future__ import annotations

from typing import NamedTuple

from checker.conformance.headers import ACK, LARGEST_SCALE, RST, SYN, Packet
from model.notation.said import said


class Offers(NamedTuple):
    """What the SYNs of an end had: a shift count, a timestamp; and whether one of them had no ACK."""

    scale: bool = False
    stamp: bool = False
    opens: bool = False

    def with_syn(self, packet: Packet) -> Offers:
        """Return them with those of one more SYN."""
        return Offers(self.scale or packet.scale >= 0, self.stamp or packet.stamp >= 0, self.opens or not packet.flags & ACK)


def wrong(packet: Packet, own: Offers | None, other: Offers | None) -> tuple[str, str]:
    """Return what is wrong with the options of a packet, and by which section; two times "" where nothing is.

    ``own`` and ``other`` are what the SYNs of both ends had before it, None of an end of which no SYN was seen.
    """
    syn = bool(packet.flags & SYN)
    if packet.scale > LARGEST_SCALE:
        pattern = "its window scale is {shift}, and the largest is {most}"
        return said(pattern, shift=packet.scale, most=LARGEST_SCALE), "RFC 7323 §2.3"
    if other is None or packet.flags & RST or (syn and (not packet.flags & ACK or (own is not None and own.opens))):
        return "", ""
    if syn and packet.scale >= 0 and not other.scale:
        return said("its SYN,ACK has a window scale, and the SYN of its peer had none"), "RFC 7323 §2.2"
    if syn and packet.stamp >= 0 and not other.stamp:
        return said("its SYN,ACK has a timestamp, and the SYN of its peer had none"), "RFC 7323 §3.2"
    if not syn and packet.stamp >= 0 and own is not None and not (own.stamp and other.stamp):
        return said("it has a timestamp, and not both of their SYNs had one"), "RFC 7323 §3.2"
    return "", ""
