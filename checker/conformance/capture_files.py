"""Files of captured packets: pcap and pcapng, read block by block, whatever is in them.

Only what judging needs is read: when a packet was seen, on what kind of link, its octets, and how many packets the capture
says that it missed. The formats are those of draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng. A file is read in one go,
from a pipe too, and nothing of it is kept; so its size does not matter. Each length is compared with what there can be before
anything is read by it.

dpkt was looked at: its reader of pcapng takes the first interface's kind of link and unit of time for all packets, and reads as
much as a damaged length says. Two formats of a few fields each are shorter than what would have to be written around it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from model.notation.said import said

_PCAP = {  # the first four octets: byte order, and nanoseconds in a unit of the fraction
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
_SECTION = b"\x0a\x0d\x0d\x0a"
_ORDER = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_INTERFACE, _OLD_PACKET, _SIMPLE, _STATISTICS, _ENHANCED = 1, 2, 3, 5, 6
_LARGEST = 2**24
"""The most octets of a packet or block: far more than any link carries."""
_INTERFACES = 2**16
_NANO = 10**9
IN, OUT = 1, 2
_FLAGS = 2
_TSRESOL, _IF_DROPPED, _OS_DROPPED = 9, 5, 7
_BINARY = 0x80


class CaptureError(Exception):
    """A file that is no capture, or is damaged; the message says where and what is wrong."""


class Octets(Protocol):
    """A file, or what is read like one."""

    def read(self, octets: int, /) -> bytes:
        """Return so many octets, or as many as there are."""


class Frame(NamedTuple):
    """One packet as it was captured. ``time`` is in nanoseconds, ``wire`` its length on the wire where that is known.

    ``way`` is :data:`IN` or :data:`OUT` where the capture says that it came in or went out, and 0 where it does not.
    """

    number: int
    time: int
    link: int
    octets: bytes
    wire: int
    way: int = 0


def is_capture(first: bytes) -> bool:
    """Return whether a file that begins with these octets says that it is a capture."""
    return first[:4] in _PCAP or first[:4] == _SECTION


class Capture:
    """The packets of one file, in their order.

    ``missed`` is how many the capture says, so far, that it did not get, and ``interfaces`` how many it was made at.
    """

    def __init__(self, stream: Octets) -> None:
        self._stream = stream
        self._number = 0
        self.missed = 0
        self.interfaces = 1

    def __iter__(self) -> Iterator[Frame]:
        """Yield the packets; raise :class:`CaptureError` where the file is damaged."""
        magic = self._stream.read(4)
        if magic in _PCAP:
            return self._pcap(*_PCAP[magic])
        if magic == _SECTION:
            return self._pcapng()
        if magic[:2] == b"\x1f\x8b":
            raise CaptureError(said("it is compressed: unpack it first, as with gunzip"))
        raise CaptureError(said("it begins as neither pcap nor pcapng"))

    def _exactly(self, octets: int, what: str) -> bytes:
        found = self._stream.read(octets)
        if len(found) < octets:
            raise CaptureError(said("it ends within {what}, after packet {number}", what=what, number=self._number))
        return found

    def _fits(self, octets: int) -> int:
        if octets > _LARGEST:
            raise CaptureError(said("packet {number} is said to have {octets} octets", number=self._number + 1, octets=octets))
        return octets

    # -- pcap --------------------------------------------------------------------------------------------------------------

    def _pcap(self, order: str, unit: int) -> Iterator[Frame]:
        header = self._exactly(20, "its header")
        link = struct.unpack(order + "HHiIII", header)[5] & 0xFFFF  # above it is the length of a checksum
        record = struct.Struct(order + "IIII")
        while head := self._stream.read(16):
            if len(head) < 16:  # noqa: PLR2004  # the octets asked for
                raise CaptureError(said("it ends within {what}, after packet {number}", what="a header", number=self._number))
            seconds, fraction, captured, wire = record.unpack(head)
            octets = self._exactly(self._fits(captured), "a packet")
            self._number += 1
            yield Frame(self._number, seconds * _NANO + fraction * unit, link, octets, wire)

    # -- pcapng ------------------------------------------------------------------------------------------------------------

    def _pcapng(self) -> Iterator[Frame]:
        order, interfaces = self._section()
        while head := self._stream.read(8):
            if len(head) < 8:  # noqa: PLR2004  # the octets asked for
                raise CaptureError(said("it ends within {what}, after packet {number}", what="a header", number=self._number))
            if head[:4] == _SECTION:
                order, interfaces = self._section(head[4:])
                continue
            kind, length = struct.unpack(order + "II", head)
            body = self._body(order, length)
            if kind == _INTERFACE:
                interfaces.append(self._interface(order, body))
                self.interfaces = max(self.interfaces, len(interfaces))
                if len(interfaces) > _INTERFACES:
                    raise CaptureError(said("it has more interfaces than a machine can have"))
            elif kind == _STATISTICS:
                self.missed += self._dropped(order, body)
            elif kind in (_ENHANCED, _SIMPLE, _OLD_PACKET):
                yield self._packet(order, kind, body, interfaces)

    def _section(self, length: bytes = b"") -> tuple[str, list[tuple[int, int, int]]]:
        length = length or self._exactly(4, "a header")
        magic = self._exactly(4, "a header")
        if magic not in _ORDER:
            raise CaptureError(said("a section after packet {number} has no byte order", number=self._number))
        order = _ORDER[magic]
        (octets,) = struct.unpack(order + "I", length)
        self._body(order, octets, read=4)
        return order, []

    def _body(self, order: str, length: int, read: int = 0) -> bytes:
        """Return what a block has between its length, at the beginning, and the same length at its end."""
        if length < 12 + read or length % 4:
            wrong = said("a block after packet {number} has a length of {octets}", number=self._number, octets=length)
            raise CaptureError(wrong)
        body = self._exactly(self._fits(length) - 12 - read, "a block")
        if struct.unpack(order + "I", self._exactly(4, "a block"))[0] != length:
            raise CaptureError(said("a block after packet {number} has two lengths", number=self._number))
        return body

    def _interface(self, order: str, body: bytes) -> tuple[int, int, int]:
        """Return kind of link, how many units of time are a second, and the most octets captured of a packet (0: all)."""
        if len(body) < 8:  # noqa: PLR2004  # link, reserved, length
            raise CaptureError(said("an interface after packet {number} is cut short", number=self._number))
        link, _, snapped = struct.unpack_from(order + "HHI", body)
        unit = _options(order, body[8:]).get(_TSRESOL, b"\x06")[:1] or b"\x06"
        exponent = unit[0] & (_BINARY - 1)
        return link, 2**exponent if unit[0] & _BINARY else 10**exponent, snapped

    def _dropped(self, order: str, body: bytes) -> int:
        options = _options(order, body[12:])
        known = (options[code] for code in (_IF_DROPPED, _OS_DROPPED) if len(options.get(code, b"")) == 8)  # noqa: PLR2004
        return max((int(struct.unpack(order + "Q", value)[0]) for value in known), default=0)

    def _packet(self, order: str, kind: int, body: bytes, interfaces: list[tuple[int, int, int]]) -> Frame:
        fixed = {_ENHANCED: "IIIII", _OLD_PACKET: "HHIIII", _SIMPLE: "I"}[kind]
        begins = struct.calcsize(order + fixed)
        if len(body) < begins:
            raise CaptureError(said("packet {number} is cut short", number=self._number + 1))
        fields = struct.unpack_from(order + fixed, body)
        interface = 0 if kind == _SIMPLE else fields[0]
        if interface >= len(interfaces):
            raise CaptureError(said("packet {number} is of an interface that there is not", number=self._number + 1))
        link, per_second, snapped = interfaces[interface]
        if kind == _SIMPLE:
            wire, time = fields[0], 0
            captured = min(wire, snapped or wire, len(body) - begins)
        else:
            high, low, captured, wire = fields[-4:]
            time = ((high << 32) | low) * _NANO // per_second
        if captured > len(body) - begins:
            raise CaptureError(said("packet {number} is longer than its block", number=self._number + 1))
        if kind == _OLD_PACKET:
            self.missed += 0 if fields[1] == 0xFFFF else fields[1]  # noqa: PLR2004  # it is not known then
        self._number += 1
        ends = begins + captured
        options = _options(order, body[ends + -captured % 4 :]) if kind == _ENHANCED and self.interfaces > 1 else {}
        way = options.get(_FLAGS, b"\0\0\0\0")[0 if order == "<" else -1] & 3
        return Frame(self._number, time, link, body[begins:ends], wire, way)


def _options(order: str, octets: bytes) -> dict[int, bytes]:
    """Return options by code, as far as they can be read."""
    found: dict[int, bytes] = {}
    place = 0
    while place + 4 <= len(octets):
        code, length = struct.unpack_from(order + "HH", octets, place)
        if code == 0:
            break
        found[code] = octets[place + 4 : place + 4 + length]
        place += 4 + length + -length % 4
    return found
