"""The wire between smoltcp and whoever drives it: a packet socket at the TUN device of mitmproxy_rs."""

from __future__ import annotations

import importlib
import select
import socket
import struct
from collections.abc import Callable
from typing import Any

from checker.conformance.host import Sent
from checker.stacks.stack import datagram

RST = 4
DEVICE, IPV4, IGNORE_OUTGOING = "tun0", 0x800, (263, 23)  # of SOL_PACKET
NOBODY = 8
"""A port where nobody listens, on both sides, and which who drives this does not use."""
PATIENCE = 5.0
"""How many seconds an answer to a segment for nobody has to come."""


class Wire:
    """What comes ``out`` of smoltcp, and the numbers that its last segment of a connection had."""

    def __init__(self) -> None:
        self.out, self.barriers = list[bytes](), 0
        self.ports, self.seq, self.ack = (0, 0), 0, 0

    async def begins(self, takes: Callable[[Any], Any]) -> None:
        """Make the device, and have its other end; ``takes`` hears of each connection and each datagram."""
        tun = importlib.import_module("mitmproxy_rs.tun")
        self.device = await tun.create_tun_interface(takes, takes, DEVICE)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(IPV4))
        self.socket.setsockopt(*IGNORE_OUTGOING, 1)
        self.socket.bind((DEVICE, IPV4))

    def waits(self, milliseconds: int) -> None:
        """Wait until something comes, or for that long."""
        select.select([self.socket], [], [], milliseconds / 1000)

    def is_own(self, packet: bytes) -> bool:
        """Whether what arrives is of the connection that is spoken of."""
        return struct.unpack_from("!HH", packet, 20) == self.ports[::-1]

    def sends(self, segment: Sent) -> None:
        """Have a segment of the other side's arrive."""
        self.puts(datagram(segment, self.ports[::-1], outgoing=False))

    def puts(self, packet: bytes) -> None:
        """Put a datagram on the wire, and keep what comes out until all has that answers it.

        A segment for nobody is answered before what other answers there are to segments that came together. So the answer to
        another one, which is only sent then, comes last.
        """
        self.socket.sendto(packet, (DEVICE, IPV4))
        for _ in range(2):
            self.barriers += 1
            self.socket.sendto(datagram(Sent("ACK", 0, self.barriers), (NOBODY, NOBODY), outgoing=False), (DEVICE, IPV4))
            while select.select([self.socket], [], [], PATIENCE)[0]:
                octets = self.socket.recv(2**16)
                *ports, seq, ack = struct.unpack_from("!HHII", octets, 20)
                if ports == [NOBODY, NOBODY]:
                    break
                self.out.append(octets)
                if ports == [*self.ports] and not octets[33] & RST:
                    self.seq, self.ack = seq, ack
            else:
                raise OSError(0, "it answers nothing any more")
