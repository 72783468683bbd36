"""The one device of the namespace, and its other end, which is here: a TUN device, or where that cannot be had a veth pair.

Of a pair the kernel has one end, and a packet socket reads and writes at the other. What is written there waits in a queue of
the processor that it was written on, which keeps the order as long as that is always the same one.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import select
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from .namespace import CannotError
from .netlink import ACK, CREATE, EXCLUSIVE, asked, attribute

HERE, THERE = "192.0.2.1", "192.0.2.2"  # RFC 5737
TUN = "/dev/net/tun"
DEVICE, PEER = b"tcp0", b"tcp1"
IPV4 = 0x0800  # the EtherType
UP, NO_ARP = 0x1 | 0x40, 0x80  # IFF_UP with IFF_RUNNING, IFF_NOARP


@dataclass(frozen=True, slots=True)
class Wire:
    """The other end of the device: a file, and the ``head`` that each datagram has there."""

    file: int
    head: bytes = b""

    def arrives(self, datagram: bytes) -> None:
        """Have a datagram arrive at the kernel."""
        os.write(self.file, self.head + datagram)

    def sent(self) -> Iterator[bytes]:
        """Yield the datagrams that have come out."""
        with contextlib.suppress(BlockingIOError):
            while True:
                yield os.read(self.file, 2**16)[len(self.head) :]

    def wait(self, seconds: float) -> None:
        """Let time pass, or until something has come out."""
        select.select([self.file], [], [], seconds)


def wire() -> Wire:
    """Return the other end of a device that is up, and the only one but for loopback."""
    try:
        made = tun()
    except OSError as no_tun:
        try:
            made = veth()
        except OSError as error:
            why = f"{TUN} cannot be opened ({no_tun.strerror}), nor a veth pair be made ({error.strerror})"
            raise CannotError(f"{why}: allow this user to open the one, or run it as root") from error
    return made


def tun() -> Wire:
    """Return the other end of a TUN device."""
    file = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, 0x400454CA, _request(DEVICE, struct.pack("=H", 0x1 | 0x1000)))  # TUNSETIFF: TUN, no header
    _up(DEVICE)
    return Wire(file)


def veth() -> Wire:
    """Return the other end of a veth pair."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as link:
        unnamed = bytes(16)  # an ifinfomsg
        peer = attribute(1, unnamed + attribute(3, PEER + b"\0"))  # VETH_INFO_PEER, IFLA_IFNAME
        about = attribute(18, attribute(1, b"veth") + attribute(2, peer))  # IFLA_LINKINFO: its kind and data
        asked(link, 16, ACK | CREATE | EXCLUSIVE, unnamed + attribute(3, DEVICE + b"\0") + about)  # RTM_NEWLINK
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    _ethtool(DEVICE, 0x17)  # ETHTOOL_STXCSUM, off: there is nothing behind that would fill checksums in
    own = _asked(0x8927, DEVICE, b"")[18:24]  # SIOCGIFHWADDR
    _up(DEVICE, NO_ARP)
    _asked(0x8914, PEER, struct.pack("=H", UP | NO_ARP))  # SIOCSIFFLAGS
    for one in (DEVICE, PEER):
        _ethtool(one, 0xA)  # ETHTOOL_GLINK: until the kernel has seen that there is a link, what is sent is lost
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    end.bind((PEER.decode(), IPV4))  # what is sent there is not read
    end.setblocking(False)
    return Wire(end.detach(), own + own + struct.pack("!H", IPV4))


def _up(device: bytes, more: int = 0) -> None:
    """Give a device the address of the kernel, and have it up, and loopback."""
    for request, address in ((0x8916, HERE), (0x891C, "255.255.255.0")):  # SIOCSIFADDR, SIOCSIFNETMASK
        _asked(request, device, struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton(address)))
    for one, flags in ((b"lo", UP), (device, UP | more)):
        _asked(0x8914, one, struct.pack("=H", flags))  # SIOCSIFFLAGS


def _ethtool(device: bytes, command: int) -> None:
    value = ctypes.create_string_buffer(struct.pack("=II", command, 0))
    _asked(0x8946, device, struct.pack("P", ctypes.addressof(value)))  # SIOCETHTOOL


def _asked(request: int, device: bytes, value: bytes) -> bytes:
    """Ask something of a device, and return the answer (``struct ifreq``)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        return fcntl.ioctl(s, request, _request(device, value))


def _request(device: bytes, value: bytes) -> bytes:
    return struct.pack("=16s24s", device, value)
