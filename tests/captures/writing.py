"""Captures as tests write them, octet by octet: a conversation of segments, on any kind of link, as pcap or pcapng.

Nothing here is shared with what reads captures.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

FIN, SYN, RST, ACK = 1, 2, 4, 16
FLAGS = {"FIN": FIN, "SYN": SYN, "RST": RST, "ACK": ACK, "PSH": 8, "URG": 32, "ECE": 64, "CWR": 128, "none": 0}
CLIENT, SERVER = ("10.0.0.1", 40_000), ("10.0.0.2", 80)
STEP = 1_000_000
"""How many nanoseconds pass between two packets where nothing else is said."""


@dataclass(frozen=True)
class Tcp:
    """A segment of the client's (``C``) or the server's (``S``). ``after`` is how many nanoseconds pass before it.

    Its checksums are as ``sums`` says: "zero", "right", "partial" (left to a network card), "wrong", or "wrong in IP".
    """

    by: str
    ctl: str
    seq: int
    ack: int = 0
    data: int = 0
    window: int = 60_000
    options: bytes = b""
    after: int = STEP
    sums: str = "zero"

    def but(self, **fields: object) -> Tcp:
        return replace(self, **fields)  # type: ignore[arg-type]

    def octets(self) -> bytes:
        flags = sum(FLAGS[bit] for bit in self.ctl.split(","))
        ports = (CLIENT[1], SERVER[1]) if self.by == "C" else (SERVER[1], CLIENT[1])
        header = struct.pack(
            "!HHIIBBHHH",
            *ports,
            self.seq % 2**32,
            self.ack % 2**32,
            (5 + len(self.options) // 4) << 4,
            flags,
            self.window,
            0,
            0,
        )
        return header + self.options + b"x" * self.data

    def ends(self, family: int) -> tuple[bytes, bytes]:
        names = (CLIENT[0], SERVER[0]) if family == 4 else ("fd00::1", "fd00::2")
        source, destination = names if self.by == "C" else names[::-1]
        return ip_address(source).packed, ip_address(destination).packed


def packet(segment: Tcp, family: int = 4) -> bytes:
    tcp = segment.octets()
    source, destination = segment.ends(family)
    before = source + destination + struct.pack("!II", len(tcp), 6)
    sums = {"zero": 0, "partial": words(before), "wrong": 0x1234}.get(segment.sums, 0xFFFF - words(before + tcp))
    tcp = tcp[:16] + struct.pack("!H", sums) + tcp[18:]
    if family == 6:
        return struct.pack("!IHBB", 6 << 28, len(tcp), 6, 64) + source + destination + tcp
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0) + source + destination
    return ip[:10] + struct.pack("!H", 0 if segment.sums in ("zero", "wrong in IP") else 0xFFFF - words(ip)) + ip[12:] + tcp


def words(octets: bytes) -> int:
    """Return the sum of RFC 1071: words of 16 bits, with what is carried added in again."""
    total: int = sum(value for (value,) in struct.iter_unpack("!H", octets + b"\0" * (len(octets) % 2)))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def _type(octets: bytes) -> bytes:
    return b"\x08\x00" if octets[0] >> 4 == 4 else b"\x86\xdd"


LINKS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "Ethernet": (1, lambda ip: b"\x02" * 12 + _type(ip) + ip),
    "Ethernet with padding": (1, lambda ip: (b"\x02" * 12 + _type(ip) + ip).ljust(80, b"\0")),
    "VLAN": (1, lambda ip: b"\x02" * 12 + b"\x81\x00\x00\x07" + _type(ip) + ip),
    "VLAN in VLAN": (1, lambda ip: b"\x02" * 12 + b"\x88\xa8\x00\x07\x81\x00\x00\x08" + _type(ip) + ip),
    "raw": (101, lambda ip: ip),
    "IPv4 or IPv6 alone": (12, lambda ip: ip),
    "Linux cooked": (113, lambda ip: b"\0\0\0\1\0\6" + b"\x02" * 8 + _type(ip) + ip),
    "Linux cooked v2": (276, lambda ip: _type(ip) + b"\0\0\0\0\0\1\0\1\0\6" + b"\x02" * 8 + ip),
    "BSD loopback": (0, lambda ip: struct.pack("<I", 2 if ip[0] >> 4 == 4 else 30) + ip),
    "BSD loopback of the other order": (0, lambda ip: struct.pack(">I", 2 if ip[0] >> 4 == 4 else 28) + ip),
    "OpenBSD loopback": (108, lambda ip: struct.pack(">I", 2 if ip[0] >> 4 == 4 else 24) + ip),
    "PPP": (9, lambda ip: b"\xff\x03" + (b"\x00\x21" if ip[0] >> 4 == 4 else b"\x00\x57") + ip),
}

Timed = Sequence[tuple[int, bytes]]


def timed(segments: Iterable[Tcp], link: str = "Ethernet", family: int = 4) -> list[tuple[int, bytes]]:
    now, found = 1_700_000_000 * 10**9, []
    for segment in segments:
        now += segment.after
        found.append((now, LINKS[link][1](packet(segment, family))))
    return found


def pcap(packets: Timed, link: int = 1, order: str = "<", *, nano: bool = False, snap: int = 2**16) -> bytes:
    unit = 1 if nano else 1000
    written = struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, snap, link)
    for when, octets in packets:
        kept = octets[:snap]
        written += struct.pack(order + "IIII", when // 10**9, when % 10**9 // unit, len(kept), len(octets)) + kept
    return written


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += b"\0" * (-len(body) % 4)
    return struct.pack(order + "II", kind, 12 + len(body)) + body + struct.pack(order + "I", 12 + len(body))


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def pcapng(packets: Timed, link: int = 1, order: str = "<", *, resolution: int = 9, dropped: int = 0) -> bytes:
    section = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    interface = struct.pack(order + "HHI", link, 0, 0) + option(9, bytes([resolution]), order) + option(0, b"", order)
    written = section + block(1, interface, order)
    for when, octets in packets:
        time = when * (2 ** (resolution & 127) if resolution & 128 else 10**resolution) // 10**9
        head = struct.pack(order + "IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(octets), len(octets))
        written += block(6, head + octets + b"\0" * (-len(octets) % 4), order)
    if dropped:
        written += block(5, struct.pack(order + "III", 0, 0, 0) + option(7, struct.pack(order + "Q", dropped), order), order)
    return written


SCALED = b"\x02\x04\x05\xb4\x01\x03\x03\x07"
"""The options of a SYN: an MSS, and a window scale of 7."""


def stamp(tsval: int, tsecr: int = 0) -> bytes:
    """Return a timestamp (RFC 7323 §3.2) behind two octets of nothing."""
    return b"\1\1\x08\x0a" + struct.pack("!II", tsval % 2**32, tsecr % 2**32)


def conversation(x: int = 1000, y: int = 500_000) -> list[Tcp]:
    """Return an opening, a question of 100 octets, an answer of 500, and a release that the client begins."""
    return [
        Tcp("C", "SYN", x, options=SCALED),  # 0
        Tcp("S", "SYN,ACK", y, x + 1, options=SCALED),  # 1
        Tcp("C", "ACK", x + 1, y + 1, window=500),  # 2
        Tcp("C", "ACK,PSH", x + 1, y + 1, 100, window=500),  # 3
        Tcp("S", "ACK", y + 1, x + 101, window=500),  # 4
        Tcp("S", "ACK,PSH", y + 1, x + 101, 500, window=500),  # 5
        Tcp("C", "ACK", x + 101, y + 501, window=500),  # 6
        Tcp("C", "FIN,ACK", x + 101, y + 501, window=500),  # 7
        Tcp("S", "ACK", y + 501, x + 102, window=500),  # 8
        Tcp("S", "FIN,ACK", y + 501, x + 102, window=500),  # 9
        Tcp("C", "ACK", x + 102, y + 502, window=500),  # 10
    ]
