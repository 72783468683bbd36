"""What is asked of the kernel by netlink (RFC 3549): a message, and its answer."""

from __future__ import annotations

import os
import socket
import struct

REQUEST, ACK, EXCLUSIVE, CREATE = 0x1, 0x4, 0x200, 0x400
ERROR = 2  # NLMSG_ERROR
_HEADER = 16


def asked(link: socket.socket, kind: int, flags: int, message: bytes) -> bytes:
    """Send a message and return what is answered, without its header; an error is an ``OSError``, its absence is empty."""
    link.send(struct.pack("=IHHII", _HEADER + len(message), kind, REQUEST | flags, 1, 0) + message)
    answer = link.recv(2**16)
    if struct.unpack_from("=H", answer, 4)[0] != ERROR:
        return answer[_HEADER:]
    number = -struct.unpack_from("=i", answer, _HEADER)[0]
    if number:
        raise OSError(number, os.strerror(number))
    return b""


def attribute(kind: int, value: bytes) -> bytes:
    """Return an attribute, which may be made of others."""
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)
