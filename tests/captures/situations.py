"""Real programs that open, use and close connections over the kernel's own TCP, and what passes recorded as captures.

Run as a program in a network namespace of its own, with a directory to write to: ``python -m tests.captures.situations DIR``.
Two ways lead from a socket to another. Over the loopback device a packet socket records what passes. Over a TUN device what the
kernel sends comes to a relay here, which changes source and destination and hands it back: so the kernel talks to itself, and
the relay loses, repeats, holds and makes up what a situation wants. Changing the two addresses leaves all checksums right.

Nothing here is shared with what reads captures: files are written octet by octet.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

HERE, THERE = "10.9.0.1", "10.9.0.2"
FIN, SYN, RST, ACK = 1, 2, 4, 16
SITUATIONS: dict[str, Callable[[Path], None]] = {}
RELAYED: set[str] = set()
"""Those over a relay."""


def situation(run: Callable[[Path], None]) -> Callable[[Path], None]:
    SITUATIONS[run.__name__] = run
    return run


def over_a_relay(run: Callable[[Path], None]) -> Callable[[Path], None]:
    RELAYED.add(run.__name__)
    return situation(run)


def pcap(path: Path, link: int, packets: list[tuple[int, bytes]]) -> None:
    """Write a capture with times in nanoseconds."""
    written = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, link)]
    for when, octets in packets:
        written += [struct.pack("<IIII", when // 10**9, when % 10**9, len(octets), len(octets)), octets]
    path.write_bytes(b"".join(written))


def up(device: str, address: str = "") -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        name = device.encode().ljust(16, b"\0")
        if address:
            for request, value in ((0x8916, address), (0x891C, "255.255.255.0")):  # SIOCSIFADDR, SIOCSIFNETMASK
                fcntl.ioctl(s, request, name + struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(value)))
        fcntl.ioctl(s, 0x8914, name + struct.pack("=H14x", 0x1 | 0x40))  # SIOCSIFFLAGS: up, running


class Recorder:
    """What passes the loopback device."""

    def __init__(self, port: int) -> None:
        self.port = struct.pack("!H", port)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**24)
        self.socket.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
        self.socket.bind(("lo", 0))

    def all(self) -> list[tuple[int, bytes]]:
        time.sleep(0.05)
        self.socket.setblocking(False)
        found = []
        with contextlib.suppress(BlockingIOError):
            while True:
                octets, control, _, where = self.socket.recvmsg(2**18, 256)
                header = 54 if octets[12:14] == b"\x86\xdd" else 34
                if where[2] == 4 and self.port in (octets[header : header + 2], octets[header + 2 : header + 4]):
                    # what goes out (PACKET_OUTGOING) comes in as well on this device, unless it is dropped in between
                    seconds, nanoseconds = struct.unpack("qq", control[0][2][:16])
                    found.append((seconds * 10**9 + nanoseconds, octets))
        self.socket.close()
        return found


Relayed = Callable[["Relay", bytes, int, int, int], list[bytes]]


class Relay:
    """A TUN device, and who hands back what comes out of it. ``rule`` says what becomes of a packet: a list of packets."""

    number = 0

    def __init__(self, rule: Relayed) -> None:
        self.rule, self.seen, self.kept = rule, list[tuple[int, bytes]](), list[bytes]()
        self.tun = os.open("/dev/net/tun", os.O_RDWR)
        name = f"tun{Relay.number}"
        fcntl.ioctl(self.tun, 0x400454CA, struct.pack("16sH22x", name.encode(), 0x1 | 0x1000))  # TUNSETIFF: TUN, no header
        up(name, HERE)
        self.running = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while self.running:
            if not select.select([self.tun], [], [], 0.02)[0]:
                continue
            packet = os.read(self.tun, 2**16)
            if packet[0] >> 4 != 4 or packet[9] != 6:
                continue
            self.seen.append((time.time_ns(), packet))
            header = (packet[0] & 15) * 4
            flags = packet[header + 13]
            octets = len(packet) - header - (packet[header + 12] >> 4) * 4
            (port,) = struct.unpack_from("!H", packet, header)
            for one in self.rule(self, packet, flags, octets, port):
                self.deliver(one)

    def deliver(self, packet: bytes) -> None:
        turned = packet[:12] + packet[16:20] + packet[12:16] + packet[20:]
        self.seen.append((time.time_ns(), turned))
        os.write(self.tun, turned)

    def end(self, path: Path) -> None:
        time.sleep(0.08)
        self.running = False
        self.thread.join()
        os.close(self.tun)
        pcap(path, 101, self.seen)


def changed(packet: bytes, *, seq: int | None = None, ack: int | None = None, flags: int | None = None) -> bytes:
    """Return a packet without text and options that is as another but for some fields."""
    header = (packet[0] & 15) * 4
    old_seq, old_ack, _, old_flags, window = struct.unpack_from("!IIBBH", packet, header + 4)
    fields = (seq if seq is not None else old_seq) % 2**32, (ack if ack is not None else old_ack) % 2**32
    flags = old_flags if flags is None else flags
    tcp = packet[header : header + 4] + struct.pack("!IIBBHHH", *fields, 5 << 4, flags, window, 0, 0)
    pseudo = packet[12:20] + struct.pack("!BBH", 0, 6, 20)
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    ip = packet[:2] + struct.pack("!H", header + 20) + packet[4:10] + b"\0\0" + packet[12:header]
    return ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + tcp


def checksum(octets: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def numbers(packet: bytes) -> tuple[int, int]:
    seq, ack = struct.unpack_from("!II", packet, (packet[0] & 15) * 4 + 4)
    return seq, ack


def listening(address: str, port: int = 0, family: int = socket.AF_INET) -> socket.socket:
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    s.listen()
    return s


def read_all(s: socket.socket) -> int:
    got = 0
    while octets := s.recv(2**20):
        got += len(octets)
    return got


def pair(server: socket.socket, to: str, port: int = 0) -> tuple[socket.socket, socket.socket]:
    """Return both ends of a new connection: who opened it, and who was opened."""
    client = socket.socket(server.family)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if port:
        client.bind((HERE if to == THERE else to, port))
    client.connect((to, server.getsockname()[1]))
    client.settimeout(3)
    accepted, _ = server.accept()
    accepted.settimeout(3)
    return client, accepted


def aborted(s: socket.socket) -> None:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


@contextlib.contextmanager
def loopback(path: Path) -> Iterator[socket.socket]:
    with listening("127.0.0.1") as server:
        recorder = Recorder(server.getsockname()[1])
        yield server
    pcap(path, 1, recorder.all())


@contextlib.contextmanager
def relayed(path: Path, rule: Relayed = lambda _, packet, *__: [packet]) -> Iterator[tuple[socket.socket, Relay]]:
    relay = Relay(rule)
    with listening(HERE) as server:
        yield server, relay
    relay.end(path)


@situation
def exchange(path: Path) -> None:
    """Text both ways; who opened closes first."""
    with loopback(path) as server:
        client, accepted = pair(server, "127.0.0.1")
        client.sendall(b"question")
        accepted.recv(100)
        accepted.sendall(b"a" * 3000)
        client.recv(5000)
        client.close()
        read_all(accepted)
        accepted.close()


@situation
def server_closes_first(path: Path) -> None:
    with loopback(path) as server:
        client, accepted = pair(server, "127.0.0.1")
        client.sendall(b"question")
        accepted.recv(100)
        accepted.sendall(b"answer")
        accepted.close()
        read_all(client)
        client.close()


@situation
def over_ipv6(path: Path) -> None:
    with listening("::1", family=socket.AF_INET6) as server:
        recorder = Recorder(server.getsockname()[1])
        client, accepted = pair(server, "::1")
        client.sendall(b"question")
        accepted.recv(100)
        client.close()
        accepted.close()
    pcap(path, 1, recorder.all())


@situation
def refused(path: Path) -> None:
    """Nobody listens."""
    with loopback(path) as server:
        port = server.getsockname()[1]
        server.close()
        for _ in range(2):
            with contextlib.suppress(ConnectionRefusedError), socket.socket() as client:
                client.connect(("127.0.0.1", port))


@situation
def half_close(path: Path) -> None:
    """Who opened closes its half, and receives a lot after it."""
    with loopback(path) as server:
        client, accepted = pair(server, "127.0.0.1")
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        read_all(accepted)

        def tells() -> None:
            accepted.sendall(b"a" * 200_000)
            accepted.close()

        threading.Thread(target=tells).start()
        read_all(client)
        client.close()


@situation
def bulk(path: Path) -> None:
    """Megabytes, in segments that the kernel leaves to the card to cut."""
    with loopback(path) as server:
        client, accepted = pair(server, "127.0.0.1")
        reader = threading.Thread(target=read_all, args=(accepted,))
        reader.start()
        client.sendall(b"b" * 4_000_000)
        client.close()
        reader.join()
        accepted.close()


@situation
def urgent(path: Path) -> None:
    with loopback(path) as server:
        client, accepted = pair(server, "127.0.0.1")
        client.send(b"!", socket.MSG_OOB)
        client.sendall(b"and on")
        time.sleep(0.05)
        accepted.recv(100)
        client.close()
        accepted.close()


@situation
def aborts(path: Path) -> None:
    """Who opened aborts an idle connection: SO_LINGER with 0."""
    with loopback(path) as server:
        client, accepted = pair(server, "127.0.0.1")
        client.sendall(b"question")
        accepted.recv(100)
        aborted(client)
        time.sleep(0.05)
        accepted.close()


@situation
def closes_with_text_unread(path: Path) -> None:
    """Who was opened closes without having read: it sends a RST (RFC 9293 §3.6.1)."""
    with loopback(path) as server:
        client, accepted = pair(server, "127.0.0.1")
        client.sendall(b"question")
        time.sleep(0.05)
        accepted.close()
        time.sleep(0.05)
        client.close()


@situation
def text_after_close(path: Path) -> None:
    """Text arrives at who has closed both halves: it sends a RST."""
    with loopback(path) as server:
        client, accepted = pair(server, "127.0.0.1")
        accepted.close()
        time.sleep(0.02)
        client.sendall(b"too late")
        time.sleep(0.05)
        client.close()


@situation
def zero_window(path: Path) -> None:
    """The reader does not read until the window is full, and is asked whether it still is."""
    with loopback(path) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client, accepted = pair(server, "127.0.0.1")
        client.settimeout(0.6)
        with contextlib.suppress(TimeoutError):
            client.sendall(b"f" * 3_000_000)
        for _ in range(8):
            accepted.recv(2**20)
            time.sleep(0.01)
        aborted(client)
        time.sleep(0.02)
        accepted.close()


@situation
def keep_alive(path: Path) -> None:
    with loopback(path) as server:
        client, accepted = pair(server, "127.0.0.1")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
        time.sleep(1.3)
        client.close()
        accepted.close()


@situation
def same_ports_again(path: Path) -> None:
    """The same ports open anew, who was opened being in TIME-WAIT."""
    with loopback(path) as server:
        for _ in range(2):
            client, accepted = pair(server, "127.0.0.1", 40_001)
            accepted.close()
            read_all(client)
            client.close()
            time.sleep(0.02)


@situation
def fast_open(path: Path) -> None:
    """Text on the SYN."""
    with contextlib.suppress(OSError):
        Path("/proc/sys/net/ipv4/tcp_fastopen").write_text("3", encoding="ascii")
    with loopback(path) as server:
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 5)
        for _ in range(2):  # the first brings the cookie
            client = socket.socket()
            client.sendto(b"question", socket.MSG_FASTOPEN, server.getsockname())
            accepted, _ = server.accept()
            accepted.recv(100)
            client.close()
            accepted.close()


@over_a_relay
def simultaneous_open(path: Path) -> None:
    """Both open at once: the relay holds the SYNs until both are there."""

    def rule(relay: Relay, packet: bytes, flags: int, *_: int) -> list[bytes]:
        if flags & (SYN | ACK) == SYN:
            relay.kept.append(packet)
            return relay.kept if len(relay.kept) == 2 else []
        return [packet]

    with relayed(path, rule):
        ends = [socket.socket() for _ in range(2)]
        for end, port in zip(ends, (5001, 5002), strict=True):
            end.bind((HERE, port))
            end.setblocking(False)
        for end, port in zip(ends, (5002, 5001), strict=True):
            end.connect_ex((THERE, port))
        select.select([], ends, [], 1)
        time.sleep(0.1)
        for end in ends:
            end.setblocking(True)
            end.settimeout(1)
        ends[0].sendall(b"hello")
        ends[1].recv(100)
        for end in ends:
            end.close()


@over_a_relay
def simultaneous_close(path: Path) -> None:
    """Both close at once: the relay holds the FINs until both are there."""

    def rule(relay: Relay, packet: bytes, flags: int, *_: int) -> list[bytes]:
        if flags & FIN and len(relay.kept) < 2:
            relay.kept.append(packet)
            return relay.kept if len(relay.kept) == 2 else []
        return [packet]

    with relayed(path, rule) as (server, _):
        client, accepted = pair(server, THERE)
        client.sendall(b"hello")
        accepted.recv(10)
        time.sleep(0.05)
        client.close()
        accepted.close()


def _once(losing: Callable[[int, int], bool], becomes: Callable[[bytes], list[bytes]] = lambda _: []) -> Relayed:
    """Return a rule by which the first packet of some flags and length becomes others."""

    def rule(relay: Relay, packet: bytes, flags: int, octets: int, _: int) -> list[bytes]:
        if losing(flags, octets) and not relay.kept:
            relay.kept.append(packet)
            return becomes(packet)
        return [packet]

    return rule


def _talks(path: Path, rule: Relayed, *, most: int = 3000) -> None:
    with relayed(path, rule) as (server, _):
        client, accepted = pair(server, THERE)
        client.sendall(b"q" * most)
        while most:
            most -= len(accepted.recv(5000))
        accepted.sendall(b"answer")
        client.recv(100)
        client.close()
        read_all(accepted)
        accepted.close()


@over_a_relay
def lost_syn(path: Path) -> None:
    _talks(path, _once(lambda flags, _: flags & (SYN | ACK) == SYN))


@over_a_relay
def lost_syn_ack(path: Path) -> None:
    _talks(path, _once(lambda flags, _: flags & (SYN | ACK) == SYN | ACK))


@over_a_relay
def lost_text(path: Path) -> None:
    _talks(path, _once(lambda _, octets: octets > 1000), most=12_000)


@over_a_relay
def lost_fin(path: Path) -> None:
    _talks(path, _once(lambda flags, _: bool(flags & FIN)))


@over_a_relay
def repeated(path: Path) -> None:
    """The network delivers everything twice."""
    _talks(path, lambda _, packet, *__: [packet, packet])


@over_a_relay
def reordered(path: Path) -> None:
    """Each packet with text is overtaken by the next."""

    def rule(relay: Relay, packet: bytes, _: int, octets: int, __: int) -> list[bytes]:
        if octets > 1000 and not relay.kept:
            relay.kept.append(packet)
            return []
        late, relay.kept = relay.kept, []
        return [packet, *late]

    _talks(path, rule, most=12_000)


def _injects(path: Path, made: Callable[[bytes, int, int], bytes]) -> None:
    """Somebody else sends a segment to who was opened, once there was text."""

    def becomes(packet: bytes) -> list[bytes]:
        return [packet, made(packet, *numbers(packet))]

    _talks(path, _once(lambda _, octets: octets > 0, becomes))


@over_a_relay
def blind_rst(path: Path) -> None:
    """A RST that is in the window and not at RCV.NXT (RFC 5961 §3)."""
    _injects(path, lambda packet, seq, _: changed(packet, seq=seq + 9000, flags=RST))


@over_a_relay
def blind_syn(path: Path) -> None:
    """A SYN in the window (RFC 5961 §4)."""
    _injects(path, lambda packet, seq, _: changed(packet, seq=seq + 9000, ack=0, flags=SYN))


@over_a_relay
def blind_ack(path: Path) -> None:
    """An ACK of what was not sent (RFC 5961 §5)."""
    _injects(path, lambda packet, seq, ack: changed(packet, seq=seq, ack=ack + 5000, flags=ACK))


@over_a_relay
def reset_by_the_peer(path: Path) -> None:
    """A RST at RCV.NXT."""

    def becomes(packet: bytes) -> list[bytes]:
        return [packet, changed(packet, seq=numbers(packet)[0] + 8, flags=RST)]

    with relayed(path, _once(lambda _, octets: octets > 0, becomes)) as (server, _):
        client, accepted = pair(server, THERE)
        client.sendall(b"question")
        time.sleep(0.05)
        with contextlib.suppress(OSError):
            client.sendall(b"more")
        time.sleep(0.05)
        accepted.close()
        client.close()


@over_a_relay
def ack_to_a_listener(path: Path) -> None:
    """Instead of its SYN a listener gets an ACK, which it resets."""

    def becomes(packet: bytes) -> list[bytes]:
        return [changed(packet, ack=77, flags=ACK)]

    _talks(path, _once(lambda flags, _: flags & (SYN | ACK) == SYN, becomes))


@over_a_relay
def half_open_after_kill(path: Path) -> None:
    """One end is gone without a word, and a while later the other sends something."""
    with relayed(path) as (server, _):
        client, accepted = pair(server, THERE)
        client.sendall(b"question")
        accepted.recv(100)
        time.sleep(0.05)
        accepted.setsockopt(socket.IPPROTO_TCP, 19, 1)  # TCP_REPAIR: closing it then says nothing to the other
        accepted.close()
        time.sleep(1.1)
        client.sendall(b"are you there?")
        time.sleep(0.1)
        client.close()


def _run(folder: Path, names: list[str]) -> None:
    for name in names:
        try:
            SITUATIONS[name](folder / f"{name}.pcap")
        except OSError as error:
            (folder / f"{name}.txt").write_text(f"{type(error).__name__}: {error}", encoding="utf-8")


def main(folder: Path) -> None:
    """Make all captures: those over the loopback device beside those of relays, since each of them mostly waits."""
    up("lo")
    with contextlib.suppress(OSError):
        Path("/proc/sys/net/ipv6/conf/lo/disable_ipv6").write_text("0", encoding="ascii")
    over_loopback = [name for name in SITUATIONS if name not in RELAYED]
    beside = threading.Thread(target=_run, args=(folder, over_loopback))
    beside.start()
    _run(folder, [name for name in SITUATIONS if name in RELAYED])
    beside.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
