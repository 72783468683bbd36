"""What is run: lines of commands are answered until there are no more."""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
import re
import signal
import struct
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))  # this is a program of its own

from checker.conformance.host import Sent
from checker.stacks.linux.namespace import CannotError, private_network

from .wire import Wire

SYN, SYN_ACK = 2, 18
MODULUS, LONG_AGO, AHEAD = 2**32, 2**30, 1000
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
    """One connection of smoltcp's at a time, and what it says. Its commands are methods."""

    def __init__(self) -> None:
        private_network(())
        logging.getLogger("smoltcp.socket.tcp").setLevel(logging.DEBUG)
        logging.getLogger("smoltcp.socket.tcp").addFilter(self.keeps)
        self.said, self.wire, self.state, self.given = list[str](), Wire(), "", 0
        self.forgets()

    def forgets(self) -> None:
        """Know of no connection."""
        self.stream: Any = None
        self.reading: asyncio.Future[bytes] | None = None
        self.ended, self.shut_first, self.has_shut = False, False, False
        self.wire.seq, self.wire.ack, self.challenged = 0, 0, -AGAIN

    def keeps(self, record: logging.LogRecord) -> bool:
        """Keep what it says, for nobody else."""
        self.said.append(record.getMessage())
        return False

    async def takes(self, stream: Any) -> None:
        """Have the user's end of a connection, which is there as soon as its SYN is."""
        self.stream = stream
        self.taken.set()

    async def begin(self, port: str, peer: str, *_address: str) -> None:
        await self.vanish()
        self.wire.ports = int(port), int(peer)

    async def listen(self) -> None:
        self.taken = asyncio.Event()
        self.wire.sends(Sent("SYN", 0, 0))
        await self.taken.wait()
        self.wire.sends(Sent("RST", self.wire.ack, 0))
        self.wire.out.clear()

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
            self.wire.sends(Sent("RST", (self.wire.ack + AHEAD) % MODULUS, 0))
            self.stream.write_eof()
            if not await self.is_gone():
                raise OSError(0, "a RST does not end it")
        self.forgets()
        self.wire.out.clear()

    async def arrives(self, octets: str) -> None:
        packet = bytes.fromhex(octets)
        own = self.wire.is_own(packet)
        if own and packet[33] & SYN_ACK == SYN and (self.stream is None or await self.is_gone()):
            raise OSError(0, CANNOT["SYN"])
        await asyncio.sleep(max(0, self.challenged + AGAIN - time.monotonic()) if own else 0)
        self.said.clear()
        self.wire.puts(packet)
        if any(line.startswith(CHALLENGES) for line in self.said):
            self.challenged = time.monotonic()

    async def wait(self, milliseconds: str) -> None:
        self.wire.waits(int(milliseconds))

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
        gone, old = self.stream is None or await self.reads(), (self.wire.seq - LONG_AGO) % MODULUS
        self.said.clear()
        before, self.wire.out = self.wire.out, []
        self.wire.sends(Sent("ACK", 0, old))
        answers = [one for one in self.wire.out if struct.unpack_from("!I", one, 24) != (old,)]  # a RST is for what was asked
        self.wire.out = before + answers
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
        if name != "arrives" or self.wire.is_own(bytes.fromhex(*words)):
            self.state = await self.asked()
        for octets in self.wire.out:
            print("out", octets.hex())
        self.wire.out.clear()
        print("given", self.given, "\nstate", self.state, "\n.", flush=True)


async def main() -> None:
    """Answer lines of commands until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who drives it decides when it ends
    try:
        stack = Smoltcp()
        await stack.wire.begins(stack.takes)
    except (ImportError, CannotError, OSError, RuntimeError) as error:
        absent = "mitmproxy_rs is not installed: install synproof with its extra, synproof[smoltcp]"
        print("cannot", absent if isinstance(error, ImportError) else error, "\n.", flush=True)
        return
    print("ready in mitmproxy_rs", importlib.metadata.version("mitmproxy_rs"), "\n.", flush=True)
    for line in sys.stdin:
        await stack.does(*line.split())


if __name__ == "__main__":
    asyncio.run(main())
