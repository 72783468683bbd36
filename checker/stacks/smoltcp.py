"""smoltcp as a stack that is driven by lines (checker/stacks/stack.py), as the package mitmproxy_rs has it.

There it stands behind a TUN device and answers whoever opens a connection, to whatever address and port; it opens none itself.
The device is in a network namespace that nobody else is in, as the kernel's is (checker/stacks/linux.py), and a packet socket
puts on it what arrives.

A listener is made there by a SYN, for whoever sent that. So ``listen`` is a SYN and its RST, by which it is in LISTEN again
(RFC 9293 §3.10.7.4, second). A SYN where there is no connection would make one, and is kept from it: that cannot be played.

Its state is asked of it by a segment that it drops without a change, an ACK of what was long acknowledged. What it says of that
in its log is the state, together with what its user knows: whether the other side's text has ended, and whether its own has.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
import re
import select
import signal
import socket
import struct
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # this is a program of its own

from checker.conformance.host import Sent
from checker.stacks.linux.namespace import CannotError, private_network
from checker.stacks.stack import datagram

SYN, RST, SYN_ACK = 2, 4, 18
DEVICE, IPV4, IGNORE_OUTGOING = "tun0", 0x800, (263, 23)  # of SOL_PACKET
NOBODY = 8
"""A port where nobody listens, on both sides, and which who drives this does not use."""
MODULUS, LONG_AGO, AHEAD = 2**32, 2**30, 1000
PATIENCE = 5.0
"""How many seconds an answer to a segment for nobody has to come."""
AGAIN = 1.0
"""In how many seconds smoltcp sends one challenge ACK at most: the next segment waits until another one would be sent."""
CHALLENGES = ("unacceptable ACK (", "received a keep-alive", "zero-length segment", "non-zero-length", "segment not in")
"""How begins what it says of a segment that draws one."""
STATES = {(False, True, True): "FIN-WAIT-1", (False, True, False): "FIN-WAIT-2", (True, True, False): "TIME-WAIT"}
STATES |= {(ended, False, left): ("ESTABLISHED", "CLOSE-WAIT")[ended] for ended in (False, True) for left in (False, True)}
"""By whether the other side's text has ended, whether its own has, and whether some of that is unacknowledged."""
CANNOT = {
    "connect": "mitmproxy_rs opens no connection by smoltcp",
    "abort": "mitmproxy_rs aborts no connection of smoltcp's",
    "expire": "mitmproxy_rs ends no TIME-WAIT of smoltcp's",
    "SYN": "mitmproxy_rs listens wherever a SYN arrives",
}
"""What its user cannot have it do, or nobody."""


class Smoltcp:
    """One connection of smoltcp's at a time, all that comes out of it, and what it says. Its commands are methods."""

    def __init__(self) -> None:
        private_network(())
        logging.getLogger("smoltcp.socket.tcp").setLevel(logging.DEBUG)
        logging.getLogger("smoltcp.socket.tcp").addFilter(self.keeps)
        self.said, self.out, self.barriers = list[str](), list[bytes](), 0
        self.ports, self.state, self.given = (0, 0), "", 0
        self.forgets()

    def forgets(self) -> None:
        """Know of no connection."""
        self.stream: Any = None
        self.reading: asyncio.Future[bytes] | None = None
        self.ended, self.shut_first, self.has_shut = False, False, False
        self.seq, self.ack, self.challenged = 0, 0, -AGAIN

    def keeps(self, record: logging.LogRecord) -> bool:
        """Keep what it says, for nobody else."""
        self.said.append(record.getMessage())
        return False

    async def begins(self, tun: Any) -> None:
        """Make the device, and have its other end."""
        self.device = await tun.create_tun_interface(self.takes, self.takes, DEVICE)
        self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(IPV4))
        self.wire.setsockopt(*IGNORE_OUTGOING, 1)
        self.wire.bind((DEVICE, IPV4))

    async def takes(self, stream: Any) -> None:
        """Have the user's end of a connection, which is there as soon as its SYN is."""
        self.stream = stream
        self.taken.set()

    async def begin(self, port: str, peer: str, *_address: str) -> None:
        await self.vanish()
        self.ports = int(port), int(peer)

    async def listen(self) -> None:
        self.taken = asyncio.Event()
        self.sends(Sent("SYN", 0, 0))
        await self.taken.wait()
        self.sends(Sent("RST", self.ack, 0))
        self.out.clear()

    async def accept(self) -> None:
        """It listens to one."""

    async def write(self, octets: str) -> None:
        self.stream.write(bytes(int(octets)))

    async def shut(self) -> None:
        self.shut_first, self.has_shut = not self.ended, True
        self.stream.write_eof()

    async def close(self) -> None:
        if self.stream is not None:
            await self.shut()

    async def vanish(self) -> None:
        """Have the other side end it by a RST, and then what listens."""
        if self.stream is not None:
            self.sends(Sent("RST", (self.ack + AHEAD) % MODULUS, 0))
            self.stream.write_eof()
            if not await self.is_gone():
                raise OSError(0, "a RST does not end it")
        self.forgets()
        self.out.clear()

    async def arrives(self, octets: str) -> None:
        packet = bytes.fromhex(octets)
        own = self.is_own(packet)
        if own and packet[33] & SYN_ACK == SYN and (self.stream is None or await self.is_gone()):
            raise OSError(0, CANNOT["SYN"])
        await asyncio.sleep(max(0, self.challenged + AGAIN - time.monotonic()) if own else 0)
        self.said.clear()
        self.puts(packet)
        if any(line.startswith(CHALLENGES) for line in self.said):
            self.challenged = time.monotonic()

    async def wait(self, milliseconds: str) -> None:
        select.select([self.wire], [], [], int(milliseconds) / 1000)

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
        self.wire.sendto(packet, (DEVICE, IPV4))
        for _ in range(2):
            self.barriers += 1
            self.wire.sendto(datagram(Sent("ACK", 0, self.barriers), (NOBODY, NOBODY), outgoing=False), (DEVICE, IPV4))
            while select.select([self.wire], [], [], PATIENCE)[0]:
                octets = self.wire.recv(2**16)
                *ports, seq, ack = struct.unpack_from("!HHII", octets, 20)
                if ports == [NOBODY, NOBODY]:
                    break
                self.out.append(octets)
                if ports == [*self.ports] and not octets[33] & RST:
                    self.seq, self.ack = seq, ack
            else:
                raise OSError(0, "it answers nothing any more")

    async def is_gone(self) -> bool:
        """Whether it is CLOSED, and known no more. What its user did has come to it by the first, and is done by the second."""
        try:
            await self.stream.drain()
            await self.stream.drain()
        except OSError:
            return True
        return False

    async def reads(self) -> bool:
        """Read what there is for its user, up to the end; return whether it is CLOSED."""
        while True:
            self.reading = self.reading or asyncio.ensure_future(self.stream.read(2**16))
            gone = await self.is_gone()  # by then what was read before is here
            if self.ended or not (gone or self.reading.done()):
                return gone
            octets, self.reading = await self.reading, None
            self.given, self.ended = self.given + len(octets), not octets

    async def asked(self) -> str:
        """Return its state, as said at the top, and keep what has come out before."""
        gone, old = self.stream is None or await self.reads(), (self.seq - LONG_AGO) % MODULUS
        self.said.clear()
        before, self.out = self.out, []
        self.sends(Sent("ACK", 0, old))
        self.out = before + [one for one in self.out if struct.unpack_from("!I", one, 24) != (old,)]  # or the RST for that
        for line in () if gone else self.said:
            if line.startswith("unacceptable ACK in response to SYN|ACK"):
                return "SYN-RECEIVED"
            if numbers := re.match(rf"duplicate ACK \({old} not in (\d+)\.\.\.(\d+)\)", line):
                last = "CLOSING" if self.shut_first else "LAST-ACK"
                return STATES.get((self.ended, self.has_shut, numbers[1] != numbers[2]), last)
        return "CLOSED" if gone else "LISTEN"

    async def does(self, name: str, *words: str) -> None:
        """Do what a line says, and say what comes of it; what arrives for others changes nothing."""
        self.given, why = 0, CANNOT.get(name)
        try:
            if name != "state" and why is None:
                await getattr(self, name)(*words)
        except OSError as error:
            why = error.strerror
        if why is not None:
            print("cannot", why)
        if name != "arrives" or self.is_own(bytes.fromhex(*words)):
            self.state = await self.asked()
        for octets in self.out:
            print("out", octets.hex())
        self.out.clear()
        print("given", self.given, "\nstate", self.state, "\n.", flush=True)


async def main() -> None:
    """Answer lines of commands until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who drives it decides when it ends
    try:
        tun = importlib.import_module("mitmproxy_rs.tun")
        stack = Smoltcp()
        await stack.begins(tun)
    except (ImportError, CannotError, OSError, RuntimeError) as error:
        absent = "mitmproxy_rs is not installed: install synproof with its extra, synproof[smoltcp]"
        print("cannot", absent if isinstance(error, ImportError) else error, "\n.", flush=True)
        return
    print("ready in mitmproxy_rs", importlib.metadata.version("mitmproxy_rs"), "\n.", flush=True)
    for line in sys.stdin:
        await stack.does(*line.split())


if __name__ == "__main__":
    asyncio.run(main())
