"""A run as a packet capture, for Wireshark: IPv4 datagrams with TCP segments, as both ends would have recorded them.

The format is pcapng (draft-ietf-opsawg-pcapng), its link type 228, LINKTYPE_IPV4: each packet begins with its IPv4 header.
There is an interface for each endpoint, as if a capture had run on each host and both had been merged: a segment is there when
it leaves its sender, and once more when it arrives. So a held-up segment shows where it was held up, and a lost one only where
it left. A step is a second: the time of a packet, since the epoch, is the number of its step. Written by hand, since it is
eighty lines: the libraries that write pcapng bring packet dissectors, or no comments.

Addresses are those of RFC 5737's TEST-NET-1, and an endpoint has the same port all the time: the model has no others. The
window field is RCV.WND as far as 16 bits hold it (RFC 9293 §3.1). Octets of text are zero.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checker.runs.trace import Header, TraceStep
from model.tcp.segment import COOKIE, TCP, bits_of
from reports.traces.account import Account

LINKTYPE_IPV4 = 228
FIRST_PORT = 49152
"""The first of the ports that nobody assigns (RFC 6335 §6); endpoint after endpoint takes the next."""
_FLAGS = {"FIN": 0x01, "SYN": 0x02, "RST": 0x04, "ACK": 0x10}
_TCP, _TTL, _DONT_FRAGMENT = 6, 64, 0x4000
_HEADER = 20
_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_COMMENT, _APPLICATION, _NAME, _ADDRESS, _RESOLUTION, _DIRECTION = 1, 4, 2, 4, 9, 2
"""Codes of options, which mean something in the block that has them."""
_MICROSECONDS = 6
_INBOUND, _OUTBOUND = 1, 2
_MOST_WINDOW = 0xFFFF


class NoSegmentsError(ValueError):
    """A run of a system whose segments are not TCP's, so that there is nothing to capture."""


@dataclass(frozen=True, slots=True)
class _Captured:
    """A segment as one end records it."""

    header: Header
    interface: int
    direction: int


def pcapng(account: Account) -> bytes:
    """Return the capture of a run. Raises :class:`NoSegmentsError` where the run has no TCP segments, or some with options."""
    trace = account.trace
    if trace.format.name != TCP.name:
        raise NoSegmentsError(account.say("no-capture", system=trace.system))
    if COOKIE in trace.columns:
        raise NoSegmentsError(account.say("no-options", system=trace.system))
    blocks = [_section(account), *(_interface(role, index) for index, role in enumerate(trace.roles))]
    for number, step in enumerate(trace.steps, 1):
        blocks += [
            _packet(
                captured,
                number * 10**_MICROSECONDS,
                datagram(captured.header, trace.roles, number, account.window),
                _comment(account, number, captured),
            )
            for captured in _captured(step, trace.roles)
        ]
    return b"".join(blocks)


def capture(packets: Iterable[tuple[float, bytes, bool]], comment: str) -> bytes:
    """Return the capture of datagrams that passed one interface: each with its time in seconds, and whether it went out."""
    made = [_block(_SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _option(_COMMENT, comment.encode()) + _END)]
    made.append(_interface("stack", 0))
    for seconds, octets, outgoing in packets:
        stamp, length = round(seconds * 10**_MICROSECONDS), len(octets)
        head = struct.pack("<IIIII", 0, stamp >> 32, stamp & 0xFFFFFFFF, length, length)
        way = _option(_DIRECTION, struct.pack("<I", _OUTBOUND if outgoing else _INBOUND))
        made.append(_block(_PACKET, head + _padded(octets) + way + _END))
    return b"".join(made)


def _captured(step: TraceStep, roles: tuple[str, ...]) -> Iterator[_Captured]:
    if step.received is not None:
        yield _Captured(step.received, roles.index(step.received.destination), _INBOUND)
    yield from (_Captured(header, roles.index(header.source), _OUTBOUND) for header in step.sent)


def _comment(account: Account, number: int, captured: _Captured) -> str:
    trace = account.trace
    step = trace.steps[number - 1]
    states = ", ".join(f"{role} {state}" for role, state in step.states.items())
    told = [f"{account.say('step-of', number=number, of=len(trace))}: {step.action}", states]
    arrives = captured.direction == _INBOUND
    told += [account.say("old-duplicate")] if arrives and captured.header.old else []
    told += [account.say("copy-stays")] if arrives and step.kept else []
    told += [account.say("in-the-cycle", number=trace.loop + 1)] if trace.loop is not None and number > trace.loop else []
    told += [f"{claim.name}: {account.say(claim.truth(number))}" for claim in account.claims if claim.decides[number]]
    return "\n".join(told)


def datagram(header: Header, roles: tuple[str, ...], identification: int, window: int) -> bytes:
    """Return a segment as an IPv4 datagram (RFC 791 §3.1, RFC 9293 §3.1), both checksums computed."""
    cells = header.cells
    ends = (roles.index(str(cells["source"])), roles.index(str(cells["destination"])))
    source, destination = (bytes((192, 0, 2, 1 + end)) for end in ends)
    numbers = [cells[name] for name in ("seq", "ack", "data")]
    seq, ack, data = (number for number in numbers if isinstance(number, int))
    flags = sum(_FLAGS[name] for name in bits_of(str(cells["ctl"])))
    if not flags & _FLAGS["ACK"]:
        ack = 0
    ports = (FIRST_PORT + ends[0], FIRST_PORT + ends[1])
    offset = _HEADER // 4 << 4
    tcp = struct.pack(">HHIIBBHHH", *ports, seq, ack, offset, flags, min(window, _MOST_WINDOW), 0, 0) + bytes(data)
    pseudo = source + destination + struct.pack(">BBH", 0, _TCP, len(tcp))
    tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp)) + tcp[18:]
    length = _HEADER + len(tcp)
    ip = (
        struct.pack(">BBHHHBBH", 0x45, 0, length, identification & 0xFFFF, _DONT_FRAGMENT, _TTL, _TCP, 0) + source + destination
    )
    return ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:] + tcp


def checksum(octets: bytes) -> int:
    """Return the Internet checksum of RFC 1071."""
    padded = octets + b"\0" * (len(octets) % 2)
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)


_END = struct.pack("<HH", 0, 0)


def _section(account: Account) -> bytes:
    told = "\n".join([account.title, *account.says, *account.ends])
    options = _option(_COMMENT, told.encode()) + _option(_APPLICATION, b"synproof") + _END
    return _block(_SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + options)


def _interface(role: str, index: int) -> bytes:
    address = bytes((192, 0, 2, 1 + index, 255, 255, 255, 0))
    options = _option(_NAME, role.encode()) + _option(_ADDRESS, address) + _option(_RESOLUTION, bytes((_MICROSECONDS,))) + _END
    return _block(_INTERFACE, struct.pack("<HHI", LINKTYPE_IPV4, 0, 0) + options)


def _packet(captured: _Captured, microseconds: int, octets: bytes, comment: str) -> bytes:
    head = struct.pack("<IIIII", captured.interface, microseconds >> 32, microseconds & 0xFFFFFFFF, len(octets), len(octets))
    options = _option(_COMMENT, comment.encode()) + _option(_DIRECTION, struct.pack("<I", captured.direction)) + _END
    return _block(_PACKET, head + _padded(octets) + options)
