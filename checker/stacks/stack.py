"""A running stack: a program that has one end of a wire, and is driven by lines. The other end is here.

Whatever the stack, it understands the same commands, a line each, and speaks of one connection at a time:

    begin PORT PEER     forget the connection there was, silently; from now on speak of this pair of ports
    begin PORT PEER ADDRESS
                        the same, with somebody at another address: only where there is Fast Open
    listen, connect     open passively, or actively
    connect OCTETS      open actively by Fast Open, with so many octets of text; 0 asks for a cookie
    accept              take the connection that was opened, and listen no more
    write OCTETS        send so many octets of text
    shut                send no more: CLOSE as RFC 9293 §3.10.4 has it
    close, abort        end it and what listens; by a RST, where there is a connection
    vanish              lose all of it without a word, as in a crash
    arrives HEX         an IPv4 datagram arrives
    wait MILLISECONDS   let time pass, or until something is sent
    expire              have TIME-WAIT end as if its time had passed (where time passes only in the stack it is waited for)
    state               do nothing

It answers each by ``out HEX`` for each datagram that it sends, ``state NAME`` for the state of the connection, ``given OCTETS``
for what its user has read, where that is known, ``cannot WHY`` where it cannot do that, and a line with a dot.

*That nothing is sent* is never concluded from a time-out. Behind each command goes an ACK to a port where nobody listens, which
every stack answers by a RST with its number (RFC 9293 §3.10.7.1); the wire keeps the order, so that what was sent before has
come out by then.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from checker.conformance.headers import Packet, decode
from checker.conformance.host import Sent
from model.notation.said import said
from model.notation.sorts import MODULUS
from model.tcp.segment import BITS, COOKIE_REQUEST, NO_COOKIE, TOKEN, bits_of

HERE, THERE = "192.0.2.1", "192.0.2.2"
"""The addresses of the stack, and of who talks to it (RFC 5737)."""
_RAW, _TCP, _HEADER = 228, 6, 20
_FAST_OPEN, _NOTHING = 34, b"\1"  # options of TCP: RFC 7413 §4.1.1, and RFC 9293 §3.2 for what fills a word
_FLAGS = {"FIN": 1, "SYN": 2, "RST": 4, "ACK": 16}
_NETWORK, _LAST = "192.0.2.", 254
"""Where all addresses are, and the number of the last of them that a host may have."""
_NOBODY = 9
"""A port where nobody listens, on both sides."""
_PATIENCE = 5.0
"""How many seconds a stack has to answer a segment to such a port before it is taken to hang."""
_TURNS = 8
"""How often so much time passes where it passes only in the stack."""
_WINDOW = 65535
"""The window that is announced to the stack."""


class StackError(Exception):
    """A stack cannot be had, or cannot do what a run has it do; the message says why."""


class LostError(Exception):
    """A stack has ended, or answers nothing any more: a finding of its own."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A datagram on the wire: its octets, when it was seen, and whether the stack sent it."""

    octets: bytes
    when: float
    outgoing: bool

    @property
    def segment(self) -> Sent:
        """What it is in TCP's terms."""
        packet = decode(_RAW, self.octets, len(self.octets))
        assert packet is not None
        return _sent(packet)


@dataclass(frozen=True, slots=True)
class Observed:
    """What is seen of a stack after one thing was done to it: what it sent, its state, and the window announced last.

    ``given`` is how many octets of text its user was given meanwhile, None where the stack does not say.
    """

    sent: tuple[Sent, ...]
    state: str
    window: int
    cannot: str = ""
    given: int | None = None


@dataclass
class Stack:
    """One running stack, and the connection that is spoken of."""

    name: str
    program: subprocess.Popen[bytes]
    version: str = ""
    virtual: bool = False
    """Whether time passes there only where it is asked to wait."""
    busy: bool = False
    """Whether somebody else opens a connection to whatever listens."""
    ports: tuple[int, int] = (0, 0)
    window: int = _WINDOW
    cookie: bytes = b""
    """The Fast Open cookie that it has given last, for the address of who talks to it."""
    there: str = THERE
    """The address of who talks to it."""
    strangers: int = 2
    """The number of the address that was taken last for somebody whom it had never met."""
    wire: list[Passed] = field(default_factory=list)
    """What passed since the connection began, but for what only asks whether something is still to come."""
    _began: float = 0.0
    _probes: int = 0
    _read: bytes = b""

    def begin(self, port: int, peer: int, *, stranger: bool = False) -> None:
        """Speak of another connection, of which nothing has passed yet; with a ``stranger``, at an address it never met."""
        if stranger and self.strangers == _LAST:
            raise StackError(said("it has met somebody at each address: play this run by a command of its own"))
        self.strangers += stranger
        self.there = f"{_NETWORK}{self.strangers}" if stranger else THERE
        self._told(f"begin {port} {peer} {self.there}" if stranger else f"begin {port} {peer}")
        self.ports, self.window = (port, peer), _WINDOW
        self._settled([])
        self.wire.clear()

    def gives_cookies(self) -> None:
        """Have it give its Fast Open cookie to who talks to it, and take one (RFC 7413 §4.1.3), before all that is played.

        The one that it is given has the same octets: what the model's token stands for is known by them.
        """
        self.begin(_NOBODY + 1, _NOBODY + 1)
        self.does("listen")
        self.receives(Sent("SYN", 0, 0, cookie=COOKIE_REQUEST))
        self.begin(_NOBODY + 1, _NOBODY + 2)
        for syn in self.does("connect 0").sent:
            self.receives(Sent("SYN,ACK", 0, (syn.seq + 1) % MODULUS, cookie=TOKEN))

    def does(self, command: str) -> Observed:
        """Have the stack do something, and return what is seen of it."""
        self._began = time.monotonic()
        lines = self._told(command)
        if self.busy and command == "listen":
            lines += self._told(f"arrives {datagram(Sent('SYN', 0, 0), (_NOBODY, self.ports[0]), outgoing=False).hex()}")
        return self._settled(lines)

    def receives(self, segment: Sent) -> Observed:
        """Have a segment arrive, and return what is seen of it."""
        octets = datagram(segment, self.ports[::-1], outgoing=False, cookie=self.cookie, there=self.there)
        self.wire.append(Passed(octets, time.monotonic(), outgoing=False))
        return self.does(f"arrives {octets.hex()}")

    def waits(self, milliseconds: int) -> Observed:
        """Let time pass, at most so much, until the stack sends something of this connection by itself.

        Where time passes only in the stack it is some times as much, which costs nothing.
        """
        ends, turns = time.monotonic() + milliseconds / 1000, 0
        while True:
            observed, turns = self.does(f"wait {milliseconds}"), turns + 1
            over = turns == _TURNS if self.virtual else time.monotonic() > ends
            if observed.sent or observed.cannot or over:
                return observed

    def _settled(self, lines: list[str]) -> Observed:
        """Return what is seen, once all has come out that was sent up to now."""
        self._probes += 1
        probe = Sent("ACK", 0, self._probes)
        lines += self._told(f"arrives {datagram(probe, (_NOBODY, _NOBODY), outgoing=False).hex()}")
        ends = time.monotonic() + _PATIENCE
        while True:
            found = [(octets, packet) for octets in _out(lines) if (packet := decode(_RAW, octets, len(octets))) is not None]
            if any(_ports(packet) == (_NOBODY, _NOBODY) and packet.seq == self._probes for _, packet in found):
                break
            if time.monotonic() > ends:
                raise LostError(said("it answers nothing any more, not even an ACK to a port where nobody listens"))
            lines += self._told("wait 50")
        own = [(octets, packet) for octets, packet in found if _ports(packet) == self.ports]
        for octets, packet in own:
            self.wire.append(Passed(octets, self._began, outgoing=True))  # it may have been sent as soon as that
            if packet.flags & _FLAGS["ACK"]:  # or it is the one that it was given
                self.cookie = packet.cookie or self.cookie
            if not packet.flags & _FLAGS["RST"]:  # which announces none
                self.window = packet.window
        state = next((line[6:] for line in reversed(lines) if line.startswith("state ")), "")
        cannot = next((line[7:] for line in lines if line.startswith("cannot ")), "")
        given = [int(line[6:]) for line in lines if line.startswith("given ")]
        sent = tuple(_sent(packet) for _, packet in own)
        return Observed(sent, state, self.window, cannot, sum(given) if given else None)

    def _told(self, line: str) -> list[str]:
        """Write a command and return the lines of its answer."""
        assert self.program.stdin is not None
        try:
            self.program.stdin.write(line.encode() + b"\n")
        except BrokenPipeError as error:
            raise LostError(self._ended()) from error
        return self.answer()

    def answer(self) -> list[str]:
        """Return the lines up to the next dot."""
        assert self.program.stdout is not None
        while not self._read.endswith(b".\n"):
            if not select.select([self.program.stdout], [], [], 2 * _PATIENCE)[0]:
                raise LostError(said("it does nothing any more"))
            octets = os.read(self.program.stdout.fileno(), 2**16)
            if not octets:
                raise LostError(self._ended())
            self._read += octets
        lines, self._read = self._read.decode().split("\n"), b""
        return [line.strip() for line in lines[:-2]]

    def _ended(self) -> str:
        code = self.program.wait(_PATIENCE)
        return said("it has ended, by signal {number}", number=-code) if code < 0 else said("it has ended by itself")


@contextlib.contextmanager
def running(name: str, command: Sequence[str]) -> Iterator[Stack]:
    """Run a stack; nothing of it is left when the block is left, and nothing when this process ends in any other way.

    Raises :class:`StackError` where it cannot be.
    """
    program = subprocess.Popen(  # noqa: S603  # our own words
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,  # Ctrl-C is for who drives it
    )
    try:
        stack = Stack(name, program)
        try:
            first = " ".join(stack.answer())
        except LostError as error:
            first = error.args[0]
        if not first.startswith("ready"):
            raise StackError(said("{stack} cannot be run: {why}", stack=name, why=first.removeprefix("cannot ")))
        stack.version = first.removeprefix("ready ")
        yield stack
    finally:
        program.kill()
        program.communicate()


def datagram(segment: Sent, ports: tuple[int, int], *, outgoing: bool, cookie: bytes = b"", there: str = THERE) -> bytes:
    """Return a segment as an IPv4 datagram (RFC 791 §3.1, RFC 9293 §3.1): of the stack's where it is ``outgoing``.

    ``cookie`` is what the model's token stands for, ``there`` the other's address.
    """
    source, destination = (socket.inet_aton(address) for address in ((HERE, there) if outgoing else (there, HERE)))
    flags = sum(_FLAGS[bit] for bit in bits_of(segment.ctl))
    option = _option(segment.cookie, cookie)
    offset = _HEADER + len(option) << 2
    tcp = struct.pack("!HHIIBBHHH", *ports, segment.seq, segment.ack, offset, flags, _WINDOW, 0, 0)
    tcp += option + bytes(segment.data)
    pseudo = source + destination + struct.pack("!BBH", 0, _TCP, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, _HEADER + len(tcp), 0, 0x4000, 64, _TCP, 0) + source + destination
    return ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + tcp


def _option(cookie: str, token: bytes) -> bytes:
    """Return the Fast Open option that the model has by name, as long as some words of TCP's header."""
    if cookie == NO_COOKIE:
        return b""
    value = token if cookie == TOKEN else b""
    option = struct.pack("!BB", _FAST_OPEN, 2 + len(value)) + value
    return option + _NOTHING * (-len(option) % 4)


def checksum(octets: bytes) -> int:
    """Return the Internet checksum of RFC 1071."""
    padded = octets + b"\0" * (len(octets) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _out(lines: list[str]) -> Iterator[bytes]:
    return (bytes.fromhex(line[4:]) for line in lines if line.startswith("out "))


def _ports(packet: Packet) -> tuple[int, int]:
    own, peer = (struct.unpack("!H", end[4:])[0] for end in (packet.source, packet.destination))
    return own, peer


def _sent(packet: Packet) -> Sent:
    ctl = ",".join(bit for bit in BITS if packet.flags & _FLAGS[bit]) or "none"
    cookie = NO_COOKIE if packet.cookie is None else TOKEN if packet.cookie else COOKIE_REQUEST
    return Sent(ctl, packet.seq, packet.ack if packet.flags & _FLAGS["ACK"] else 0, packet.octets, cookie)
