"""How fast captures are judged: connections of twenty packets, alike but for their numbers and how much text they have.

They have timestamps and right checksums, as captures of today do.

``python tests/benchmarks/captures.py`` prints the seconds of one processor for 10,000 of them, on each side.
"""

from __future__ import annotations

import io
import random
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from checker.conformance.captures import judged
from checker.conformance.profiles import SIDES
from checker.conformance.verdicts import Outcome

CONNECTIONS = 10_000
FIN, SYN, PSH, ACK = 1, 2, 8, 16
_SCALED = b"\x02\x04\x05\xb4\x01\x03\x03\x07"


def connection(choose: random.Random) -> Iterator[tuple[bool, int, int, int, int]]:
    """Yield twenty segments: whether the client sends, SEQ, ACK, flags and octets of text."""
    x, y = choose.getrandbits(32), choose.getrandbits(32)
    yield True, x, 0, SYN, 0
    yield False, y, x + 1, SYN | ACK, 0
    x, y = x + 1, y + 1
    yield True, x, y, ACK, 0
    for pieces in (5, 1):
        asked = choose.randint(50, 1400)
        yield True, x, y, ACK | PSH, asked
        x += asked
        yield False, y, x, ACK, 0
        for piece in range(pieces):
            told = choose.randint(100, 1448)
            yield False, y, x, ACK | PSH, told
            y += told
            if piece % 2 == 0:
                yield True, x, y, ACK, 0
    yield False, y, x, FIN | ACK, 0
    yield True, x, y + 1, FIN | ACK, 0
    yield False, y + 1, x + 1, ACK, 0


def inverse(octets: bytes) -> bytes:
    """Return the checksum of RFC 1071 of octets in which it is 0."""
    return struct.pack("!H", 65535 - (int.from_bytes(octets, "big") << 8 * (len(octets) % 2)) % 65535)


def capture(connections: int, seed: int = 1) -> bytes:
    """Return so many connections, one after the other, as Ethernet in pcap."""
    choose = random.Random(seed)  # noqa: S311  # no secret
    written = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    now = 0
    for number in range(connections):
        ends = (10 << 24) + number // 60_000, (11 << 24), 1024 + number % 60_000, 80
        for by_client, seq, ack, flags, octets in connection(choose):
            source, destination, sport, dport = ends if by_client else (ends[1], ends[0], ends[3], ends[2])
            clock = struct.pack("!BBBBII", 1, 1, 8, 10, now // 1000 % 2**32, 0)
            options = (_SCALED if flags & SYN else b"") + clock
            size = 20 + len(options)
            window = 65_000 if flags & SYN else 502
            tcp = struct.pack("!HHIIBBHHH", sport, dport, seq % 2**32, ack % 2**32, size * 4, flags, window, 0, 0)
            whole = tcp + options + b"x" * octets
            whole = whole[:16] + inverse(struct.pack("!IIHH", source, destination, 6, len(whole)) + whole) + whole[18:]
            ip = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + size + octets, number % 65536, 0, 64, 6, 0, source, destination)
            frame = b"\0" * 12 + b"\x08\0" + ip[:10] + inverse(ip) + ip[12:] + whole
            now += 50
            written.append(struct.pack("<IIII", now // 10**6, now % 10**6, len(frame), len(frame)) + frame)
    return b"".join(written)


def seconds(connections: int, side: str) -> float:
    """Return how many seconds of a processor it takes to judge so many connections, all of which have to conform."""
    octets = capture(connections)
    begun = time.process_time()
    conform = sum(one.outcome is Outcome.AGREES for one in judged(io.BytesIO(octets), "bench", side))
    took = time.process_time() - begun
    if conform != connections * (2 if side == SIDES[2] else 1):
        raise AssertionError(f"{conform} conform")
    return took


if __name__ == "__main__":
    for side in SIDES:
        print(f"{CONNECTIONS} connections of 20 packets as {side}: {seconds(CONNECTIONS, side):.0f} s")
