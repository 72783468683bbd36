"""From the octets of a captured packet to its TCP header: the kinds of links, VLAN tags, IPv4 and IPv6, and what is wrong.

What a capture cut off behind the TCP header does not matter: how much text there is says the length of the IP packet. Checksums
are looked at where all that they are of was captured. Where a network card computes them, a host leaves in a packet that it
sends what the card begins with: the sum of the addresses, the protocol and the length, or nothing that means anything.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Literal, NamedTuple

from model.notation.said import said

FIN, SYN, RST, ACK = 1, 2, 4, 16
_TCP = 6
_IPV4, _IPV6 = 0x0800, 0x86DD
_TAGS = (0x8100, 0x88A8, 0x9100)
_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _DESTINATION = 0, 43, 44, 51, 60
_EXTENSIONS = (_HOP_BY_HOP, _ROUTING, _DESTINATION, 135, 139, 140)
_MOST_EXTENSIONS = 16
_PPP = {b"\x00\x21": _IPV4, b"\x00\x57": _IPV6}
_MSS, _WINDOW_SCALE, _TIMESTAMPS, _FAST_OPEN, _EXPERIMENT = 2, 3, 8, 34, 254
_LEAST_MSS = 536
"""The MSS of who says none (RFC 9293 §3.7.1)."""
_ONES = 0xFFFF
LARGEST_SCALE = 14
"""The largest shift count of RFC 7323 §2.3."""

LINKS = {
    0: "BSD loopback",
    1: "Ethernet",
    9: "PPP",
    12: "raw IP",
    14: "raw IP",
    101: "raw IP",
    108: "OpenBSD loopback",
    113: "Linux cooked",
    228: "IPv4",
    229: "IPv6",
    276: "Linux cooked v2",
}
"""The kinds of links that are read, by their numbers."""


class Checked(Enum):
    """What is found of the checksums of a packet."""

    RIGHT = auto()
    WRONG = auto()
    UNKNOWN = auto()
    """Not all that they are of was captured."""


class Packet(NamedTuple):
    """One TCP segment, and where it goes. ``flaw`` says what keeps it from being judged, "" where nothing does.

    ``scale`` is the shift count that a SYN offers, however large, -1 where it offers none; ``fast`` is whether it asks for Fast
    Open, and ``cookie`` what its Fast Open option has in it, None where there is none. ``mark`` tells it from other segments
    with the same numbers: who captures one twice gets the same mark twice. ``stamp`` is its SEG.TSval, -1 where it has no
    timestamp, and ``mss`` what a SYN says of the largest segment (RFC 9293 §3.7.1). ``checked`` is right too where the checksum
    is left to a network card.
    """

    source: bytes
    destination: bytes
    seq: int
    ack: int
    flags: int
    window: int
    octets: int
    scale: int = -1
    fast: bool = False
    mark: tuple[int, int] = (0, 0)
    flaw: str = ""
    stamp: int = -1
    mss: int = _LEAST_MSS
    checked: Checked = Checked.UNKNOWN
    cookie: bytes | None = None


def decode(link: int, octets: bytes, wire: int) -> Packet | None:
    """Return the TCP segment of a packet, or None where it is none."""
    found = _network(link, octets)
    if found is None:
        return None
    family, place = found
    if family == _IPV4:
        return _ipv4(octets, place, wire)
    return _ipv6(octets, place, wire) if family == _IPV6 else None


_Found = tuple[int, int] | None
"""Which protocol a packet is of, by its number on Ethernet, and where it begins; None where that cannot be read."""


def _raw(octets: bytes) -> _Found:
    """Return it of a packet that begins with its IP header, whose first four bits are the version."""
    return (_VERSIONS.get(octets[0] >> 4, _IPV6), 0) if octets else None


def _loopback(order: Literal["little", "big"]) -> Callable[[bytes], _Found]:
    """Return what reads a packet after the address family of the host, as BSD's loopback has it; IPv6 has several numbers."""

    def read(octets: bytes) -> _Found:
        if len(octets) < _FAMILY:
            return None
        family = int.from_bytes(octets[:_FAMILY], order)
        family = family if family < 1 << 16 else int.from_bytes(octets[:_FAMILY], "big")
        return (_IPV4 if family == socket.AF_INET else _IPV6, _FAMILY)

    return read


def _ppp(octets: bytes) -> _Found:
    """Return it of a packet of PPP, with or without address and control."""
    begins = 2 if octets[:2] == b"\xff\x03" else 0
    family = _PPP.get(octets[begins : begins + 2], 0) if len(octets) >= _FAMILY else 0
    return (family, begins + 2) if family else None


def _cooked(octets: bytes) -> _Found:
    """Return it of a packet of Linux's second cooked capture, which begins with the number."""
    return _tagged(octets[:2], 0, _SLL2, octets) if len(octets) >= _SLL2 else None


_VERSIONS = {4: _IPV4}
_FAMILY, _SLL2 = 4, 20
"""How many octets the family of a loopback has, and the header of a cooked capture of the second kind."""
_READERS: Mapping[int, Callable[[bytes], _Found]] = {
    0: _loopback("little"),
    1: lambda octets: _tagged(octets, 12),  # Ethernet
    9: _ppp,
    **dict.fromkeys((12, 14, 101, 228, 229), _raw),
    108: _loopback("big"),
    113: lambda octets: _tagged(octets, 14),  # Linux's cooked capture
    276: _cooked,
}
"""What reads the headers of a link, by its number in capture files (LINKTYPE_...)."""


def _network(link: int, octets: bytes) -> _Found:
    return _READERS[link](octets) if link in _READERS else None


def _tagged(octets: bytes, place: int, begins: int = 0, whole: bytes = b"") -> _Found:
    """Return the same of a packet with the number at a place, behind which there may be VLAN tags."""
    (kind,) = struct.unpack_from("!H", octets, place) if len(octets) >= place + 2 else (0,)
    data, place = whole or octets, begins or place + 2
    while kind in _TAGS and len(data) >= place + 4:
        (kind,) = struct.unpack_from("!H", data, place + 2)
        place += 4
    return kind, place


def _ipv4(octets: bytes, place: int, wire: int) -> Packet | None:
    if len(octets) < place + 20:
        return None
    first, _, total, ident, fragment, _, protocol = struct.unpack_from("!BBHHHBB", octets, place)
    header = (first & 15) * 4
    if first >> 4 != 4 or header < 20 or protocol != _TCP or fragment & 0x1FFF:  # noqa: PLR2004  # the version, and its header
        return None  # what follows the first fragment has no TCP header
    ends = place + total if total else max(wire, len(octets))  # a card that cuts segments leaves it 0
    source, destination = octets[place + 12 : place + 16], octets[place + 16 : place + 20]
    flaw = said("it is a fragment of an IP packet") if fragment & 0x2000 else ""
    found = _segment(octets, place + header, ends, source, destination, ident, flaw)
    if found is None or found.checked is not Checked.RIGHT or _sum(octets[place : place + header]) == 0:
        return found
    return found._replace(checked=Checked.WRONG)


def _ipv6(octets: bytes, place: int, wire: int) -> Packet | None:
    if len(octets) < place + 40 or octets[place] >> 4 != 6:  # noqa: PLR2004  # the version, and its header
        return None
    length, following = struct.unpack_from("!HB", octets, place + 4)
    source, destination = octets[place + 8 : place + 24], octets[place + 24 : place + 40]
    ends = place + 40 + length if length else max(wire, len(octets))
    at, flaw, routed = place + 40, "", False  # where a packet is routed, its sum is of another destination
    for _ in range(_MOST_EXTENSIONS):
        if following == _TCP:
            found = _segment(octets, at, ends, source, destination, 0, flaw)
            return found._replace(checked=Checked.UNKNOWN) if routed and found is not None else found
        if len(octets) < at + 8:
            return None
        if following == _FRAGMENT:
            offset = int.from_bytes(octets[at + 2 : at + 4], "big")
            if offset & 0xFFF8:
                return None
            flaw = said("it is a fragment of an IP packet") if offset & 1 else flaw
            following, at = octets[at], at + 8
        elif following in _EXTENSIONS:
            routed = routed or following == _ROUTING
            following, at = octets[at], at + 8 * (octets[at + 1] + 1)
        elif following == _AUTHENTICATION:
            following, at = octets[at], at + 4 * (octets[at + 1] + 2)
        else:
            return None
    return None


def _segment(octets: bytes, at: int, ends: int, source: bytes, destination: bytes, ident: int, flaw: str) -> Packet | None:  # noqa: PLR0913, PLR0917
    if len(octets) < at + 4:
        return None
    source, destination = source + octets[at : at + 2], destination + octets[at + 2 : at + 4]
    if len(octets) < at + 20:
        return Packet(source, destination, 0, 0, 0, 0, 0, flaw=said("the capture cut its TCP header off"))
    seq, ack, offset, flags, window, checksum = struct.unpack_from("!IIBBHH", octets, at + 4)
    header = (offset >> 4) * 4
    text = ends - at - header
    if header < 20 or text < 0:  # noqa: PLR2004  # the least header
        return Packet(
            source, destination, seq, ack, flags, window, 0, flaw=flaw or said("the lengths in its headers are wrong")
        )
    options = _options(octets[at + 20 : at + header])
    if flags & SYN and len(octets) < at + header:
        flaw = flaw or said("the capture cut its options off")
    scale, fast = (_scale(options), _FAST_OPEN in options or _is_fast(options)) if flags & SYN else (-1, False)
    mss, stamp = options.get(_MSS, b""), options.get(_TIMESTAMPS, b"")
    return Packet(
        source,
        destination,
        seq,
        ack,
        flags,
        window,
        text,
        scale,
        fast,
        (ident, checksum),
        flaw,
        int.from_bytes(stamp[:4], "big") if len(stamp) == 8 else -1,  # noqa: PLR2004  # TSval and TSecr
        int.from_bytes(mss, "big") if len(mss) == 2 else _LEAST_MSS,  # noqa: PLR2004
        _checked(octets, at, ends, source[:-2] + destination[:-2], checksum),
        options.get(_FAST_OPEN) if flags & SYN else None,
    )


def _checked(octets: bytes, at: int, ends: int, addresses: bytes, checksum: int) -> Checked:
    """Return what is found of TCP's checksum (RFC 9293 §3.1); the sum of what stands before the text is left to a card."""
    if ends > len(octets):
        return Checked.UNKNOWN
    before = _sum(addresses) + _TCP + ends - at
    if (before + _sum(octets[at:ends])) % _ONES == 0 or (before - checksum) % _ONES == 0:
        return Checked.RIGHT
    return Checked.WRONG


def _sum(octets: bytes) -> int:
    """Return the sum of RFC 1071, before its complement: that of the words of 16 bits modulo 2^16 - 1."""
    return (int.from_bytes(octets, "big") << 8 * (len(octets) % 2)) % _ONES


def _scale(options: Mapping[int, bytes]) -> int:
    """Return the shift count that a SYN offers, -1 where it offers none."""
    offered = options.get(_WINDOW_SCALE, b"")
    return offered[0] if len(offered) == 1 else -1


def _is_fast(options: Mapping[int, bytes]) -> bool:
    """Return whether a SYN asks for Fast Open by the option that RFC 7413 had while it was an experiment."""
    return options.get(_EXPERIMENT, b"")[:2] == b"\xf9\x89"


def _options(octets: bytes) -> dict[int, bytes]:
    """Return TCP's options by kind, as far as they can be read."""
    found: dict[int, bytes] = {}
    place = 0
    while place < len(octets):
        kind = octets[place]
        if kind == 0:
            break
        if kind == 1:
            place += 1
            continue
        length = octets[place + 1] if place + 1 < len(octets) else 0
        if length < 2 or place + length > len(octets):  # noqa: PLR2004  # kind and length
            break
        found[kind] = octets[place + 2 : place + length]
        place += length
    return found
