"""The kernel's own TCP as a stack that is driven by lines: a program of its own, which needs nothing but Python.

It moves into a network namespace that nobody else is in, where an unprivileged user may make one by a user namespace, and else
as root. There is one device in it, a TUN device whose other end is this process: what the kernel sends is read here, and what
it is to receive is written here. Nothing of it reaches a device of the host's, and the namespace ends with the process, however
that ends. ``checker/stacks/stack.py`` has the lines that are understood.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import select
import signal
import socket
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

HERE, THERE = "192.0.2.1", "192.0.2.2"  # RFC 5737
NEW_NET, NEW_USER = 0x40000000, 0x10000000
TUN = "/dev/net/tun"
LIMIT = "/proc/sys/user/max_{}_namespaces"
SETTINGS: Mapping[str, str] = {
    "ip_unprivileged_port_start": "0",
    "tcp_timestamps": "0",
    "tcp_sack": "0",
    "tcp_window_scaling": "0",
    "tcp_ecn": "0",
    "tcp_syncookies": "0",
    "tcp_fastopen": "0",
    "tcp_invalid_ratelimit": "0",  # or the second of two answers within half a second is not sent
    "tcp_no_metrics_save": "1",
}
"""So that it does nothing that RFC 9293 does not have, and answers every time."""
STATES = (
    *("", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSED", "CLOSE-WAIT"),
    *("LAST-ACK", "LISTEN", "CLOSING", "SYN-RECEIVED"),
)
"""The kernel's numbers of states, the last being a request that a listener keeps."""
FAST_OPEN = 23  # TCP_FASTOPEN: how many connections may have text before they are open; without tcp_fastopen it is nothing
REPAIR = 19  # TCP_REPAIR: a socket that is closed in it says nothing to the other side
ERROR = 2  # NLMSG_ERROR
DEVICE = b"tun0"


class CannotError(Exception):
    """The host does not let this be done; the message says what, and what would help."""


def private_network() -> None:
    """Move this process into a network namespace of its own."""
    before = Path("/proc/self/ns/net").readlink()
    ids = os.getuid(), os.getgid()
    if not (forbidden := unshared(NEW_NET | NEW_USER)):
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        for name, own in zip(("uid_map", "gid_map"), ids, strict=True):
            Path(f"/proc/self/{name}").write_text(f"0 {own} 1", encoding="ascii")
    elif as_root := unshared(NEW_NET):
        raise CannotError(_why(forbidden, as_root))
    assert Path("/proc/self/ns/net").readlink() != before, "what follows must not happen in the network of the host"


def unshared(kinds: int) -> int:
    """Move this process into new namespaces; return 0, or the number of the error."""
    kernel = ctypes.CDLL(None, use_errno=True)
    return ctypes.get_errno() if kernel.unshare(kinds) else 0


def _why(*errors: int) -> str:
    """Return why no network namespace can be made, and what to do; ENOSPC is said of a limit, and of no disk."""
    if errno.ENOSPC not in errors:
        why = os.strerror(errors[-1])
        return f"this host lets this user make no private network namespace ({why}): run it as root, or allow that"
    limits = (
        f"user.max_{kind}_namespaces = {Path(LIMIT.format(kind)).read_text(encoding='ascii').strip()}"
        for kind in ("user", "net")
    )
    return f"a limit of namespaces is reached ({', '.join(limits)}): as root, raise it by sysctl -w"


def device() -> int:
    """Return the other end of a TUN device that is up, and the only one but for loopback."""
    try:
        tun = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        raise CannotError(f"{TUN} cannot be opened ({error.strerror}): allow this user to, or run it as root") from error
    name = DEVICE.ljust(16, b"\0")
    fcntl.ioctl(tun, 0x400454CA, name + struct.pack("=H22x", 0x1 | 0x1000))  # TUNSETIFF: TUN, no header
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for request, address in ((0x8916, HERE), (0x891C, "255.255.255.0")):  # SIOCSIFADDR, SIOCSIFNETMASK
            fcntl.ioctl(s, request, name + struct.pack("=HH4s16x", socket.AF_INET, 0, socket.inet_aton(address)))
        for one in (b"lo".ljust(16, b"\0"), name):
            fcntl.ioctl(s, 0x8914, one + struct.pack("=H22x", 0x1 | 0x40))  # SIOCSIFFLAGS: up, running
    return tun


def settings(others: Iterable[str]) -> None:
    """Set what the kernel is not to do, and ``others``, each as ``NAME=VALUE``."""
    for name, value in {**SETTINGS, **dict(other.split("=") for other in others)}.items():
        try:
            Path(f"/proc/sys/net/ipv4/{name}").write_text(value, encoding="ascii")
        except OSError as error:
            raise CannotError(f"net.ipv4.{name} cannot be set to {value} ({error.strerror})") from error
    with contextlib.suppress(OSError):  # or it announces itself by IPv6, which nobody here reads
        Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1", encoding="ascii")


class Kernel:
    """One connection of the kernel's at a time, and all that comes out of it. Its methods are the commands."""

    def __init__(self, *others: str) -> None:
        private_network()
        settings(others)
        self.tun = device()
        self.diagnosis = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)  # NETLINK_SOCK_DIAG
        self.ports = (0, 0)
        self.listener: socket.socket | None = None
        self.socket: socket.socket | None = None
        self.given = 0  # octets of text that its user has read
        self.request_left = False  # whether there may be a request of a listener that is closed: the next segment drops it

    def begin(self, port: str, peer: str) -> None:
        self.vanish()
        self.ports, self.request_left = (int(port), int(peer)), False

    def listen(self) -> None:
        self.listener = self._made()
        self.listener.setsockopt(socket.IPPROTO_TCP, FAST_OPEN, 16)
        self.listener.listen(16)

    def connect(self) -> None:
        self.vanish()
        self.socket = self._made()
        outcome = self.socket.connect_ex((THERE, self.ports[1]))
        if outcome != errno.EINPROGRESS:
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
        os.write(self.tun, datagram)
        self._read()

    def _read(self) -> None:
        """Read what has come, up to the end: a queue that is not empty makes a difference to what is taken."""
        if self.socket is not None:
            with contextlib.suppress(OSError):  # nothing more now, or no connection
                while octets := len(self.socket.recv(2**16)):
                    self.given += octets

    def wait(self, milliseconds: str) -> None:
        select.select([self.tun], [], [], int(milliseconds) / 1000)

    def _made(self) -> socket.socket:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what is written is sent (RFC 9293 §3.7.4, MUST-17)
        made.setblocking(False)
        made.bind((HERE, self.ports[0]))
        return made

    def sent(self) -> Iterator[bytes]:
        """Yield the datagrams that have come out."""
        with contextlib.suppress(BlockingIOError):
            while True:
                yield os.read(self.tun, 2**16)

    def state(self) -> str:
        """Return the state that the kernel has of the connection, or of its listener, asked for by both its sockets."""
        addresses = b"".join(socket.inet_aton(address) + bytes(12) for address in (HERE, THERE))
        asked = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 2**32 - 1)
        asked += struct.pack("!HH", *self.ports) + addresses + struct.pack("=III", 0, 2**32 - 1, 2**32 - 1)
        self.diagnosis.send(struct.pack("=IHHII", 16 + len(asked), 20, 1, 1, 0) + asked)  # SOCK_DIAG_BY_FAMILY
        answer = self.diagnosis.recv(2**16)
        kind, number = struct.unpack_from("=H", answer, 4)[0], struct.unpack_from("=i", answer, 16)[0]
        if kind == ERROR:
            if number != -errno.ENOENT:
                raise OSError(-number, os.strerror(-number))
            return "CLOSED"
        state = STATES[answer[17]]
        if state == "SYN-RECEIVED" and self.socket is None and (self.listener is None or self.request_left):
            return "CLOSED" if self.listener is None else "LISTEN"  # a request is found to be nobody's when it is used
        return state


def main() -> None:
    """Answer lines of commands until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who drives it decides when it ends
    try:
        kernel = Kernel(*sys.argv[1:])
    except (CannotError, OSError) as error:
        print("cannot", error, "\n.", flush=True)
        return
    print("ready", os.uname().release, "\n.", flush=True)
    for line in sys.stdin:
        kernel.given = 0
        name, *words = line.split()  # one of Kernel's methods, or "state", which is said anyhow
        try:
            getattr(kernel, name)(*words)
        except OSError as error:
            print("cannot", error.strerror)
        for octets in kernel.sent():
            print("out", octets.hex())
        print("given", kernel.given)
        print("state", kernel.state(), "\n.", flush=True)


if __name__ == "__main__":
    main()
