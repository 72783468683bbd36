"""One connection of the kernel's at a time, by its sockets: the commands that lines give."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct

from .diagnosis import Diagnosis
from .namespace import private_network
from .wire import HERE, THERE, wire

FAST_OPEN = 23  # TCP_FASTOPEN: how many connections may have text before they are open; without tcp_fastopen it is nothing
FAST_OPEN_CONNECT = 30  # TCP_FASTOPEN_CONNECT: text goes with the SYN where there is a cookie, and else one is asked for
REPAIR = 19  # TCP_REPAIR: a socket that is closed in it says nothing to the other side


class Kernel:
    """One connection of the kernel's at a time. Its methods are the commands."""

    def __init__(self, *others: str) -> None:
        private_network(others)
        self.wire, self.diagnosis = wire(), Diagnosis()
        self.ports, self.there = (0, 0), THERE
        self.listener: socket.socket | None = None
        self.socket: socket.socket | None = None
        self.given = 0  # octets of text that its user has read
        self.request_left = False  # whether there may be a request of a listener that is closed: the next segment drops it

    def begin(self, port: str, peer: str, there: str = THERE) -> None:
        self.vanish()
        self.ports, self.there, self.request_left = (int(port), int(peer)), there, False

    def listen(self) -> None:
        self.listener = self._made()
        self.listener.setsockopt(socket.IPPROTO_TCP, FAST_OPEN, 16)
        self.listener.listen(16)

    def connect(self, octets: str = "") -> None:
        self.vanish()
        self.socket = self._made()
        if octets:
            self._set(socket.IPPROTO_TCP, FAST_OPEN_CONNECT, 1)
        outcome = self.socket.connect_ex((self.there, self.ports[1]))
        if int(octets or 0) and not outcome:  # it has a cookie, and waits for the text
            self.write(octets)
        elif outcome != errno.EINPROGRESS:
            raise OSError(outcome, os.strerror(outcome))

    def accept(self) -> None:
        if self.listener is None:  # it was taken before it was open
            return
        self.socket, _ = self.listener.accept()
        self.socket.setblocking(False)
        self.listener.close()
        self.listener = None
        self._read()

    def write(self, octets: str) -> None:
        assert self.socket is not None
        self.socket.send(bytes(int(octets)))

    def shut(self) -> None:
        assert self.socket is not None
        self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.request_left |= self.listener is not None
        for one in (self.listener, self.socket):
            if one is not None:
                one.close()
        self.listener = self.socket = None

    def abort(self) -> None:
        self._set(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def vanish(self) -> None:
        if self.listener is not None and self.socket is None:
            with contextlib.suppress(OSError):  # there is none yet
                self.socket, _ = self.listener.accept()
        with contextlib.suppress(OSError):  # it is in no state in which there is something to say
            self._set(socket.IPPROTO_TCP, REPAIR, 1)
        self.close()

    def _set(self, level: int, option: int, value: bytes | int) -> None:
        if self.socket is not None:
            self.socket.setsockopt(level, option, value)

    def arrives(self, octets: str) -> None:
        datagram = bytes.fromhex(octets)
        self.request_left &= struct.unpack_from("!HH", datagram, 20) != self.ports[::-1]
        self.wire.arrives(datagram)
        self._read()

    def _read(self) -> None:
        """Read what has come, up to the end: a queue that is not empty makes a difference to what is taken."""
        if self.socket is not None:
            with contextlib.suppress(OSError):  # nothing more now, or no connection
                while octets := len(self.socket.recv(2**16)):
                    self.given += octets

    def wait(self, milliseconds: str) -> None:
        self.wire.wait(int(milliseconds) / 1000)

    def expire(self) -> None:
        self.diagnosis.expire(self.ports, self.there)

    def _made(self) -> socket.socket:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what is written is sent (RFC 9293 §3.7.4, MUST-17)
        made.setblocking(False)
        made.bind((HERE, self.ports[0]))
        return made

    def state(self) -> str:
        """Return the state that the kernel has; a request that a listener left is found to be nobody's when it is used."""
        state = self.diagnosis.state(self.ports, self.there)
        if state == "SYN-RECEIVED" and self.socket is None and (self.listener is None or self.request_left):
            return "CLOSED" if self.listener is None else "LISTEN"
        return state
