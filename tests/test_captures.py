"""Captures are read by tshark: every segment is there, at its time, with right checksums and what is said of its step."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from checker.runs.trace import Trace
from reports.traces.account import Account
from reports.traces.pcapng import checksum, pcapng
from tests.runs import RUNS
from tests.tools import program

FIELDS = (
    "frame.time_epoch",
    "frame.interface_name",
    "frame.packet_flags_direction",
    "ip.src",
    "ip.dst",
    "tcp.seq_raw",
    "tcp.ack_raw",
    "tcp.flags",
    "tcp.len",
    "tcp.window_size_value",
    "ip.checksum.status",
    "tcp.checksum.status",
    "frame.comment",
    "frame.encap_type",
)
GOOD = "1"
RAW_IPV4 = "129"
"""What Wireshark calls link type 228 itself (WTAP_ENCAP_RAW_IP4)."""
IN, OUT = "0x00000001", "0x00000002"
CAPTURED = ("every_fate", "counterexample", "ring", "lasso", "long")


@dataclass(frozen=True)
class Packet:
    """One packet as tshark tells it."""

    fields: dict[str, str]

    @property
    def comments(self) -> str:
        return self.fields["frame.comment"]

    @property
    def said(self) -> tuple[int, str, str, int, int, int, int]:
        """Time, interface, direction, and the numbers of the TCP header."""
        f = self.fields
        numbers = (int(f["tcp.seq_raw"]), int(f["tcp.ack_raw"]), int(f["tcp.flags"], 16), int(f["tcp.len"]))
        return (int(float(f["frame.time_epoch"])), f["frame.interface_name"], f["frame.packet_flags_direction"], *numbers)


needs_tshark = pytest.mark.needs("tshark")
Read = Callable[[Account], list[Packet]]


@pytest.fixture
def tshark(tmp_path: Path) -> Read:
    """Return what reads a capture."""
    found = program("tshark")

    def read_back(account: Account) -> list[Packet]:
        path = tmp_path / "run.pcapng"
        path.write_bytes(pcapng(account))
        options = [f"-o{preference}:TRUE" for preference in ("ip.check_checksum", "tcp.check_checksum")]
        words = [found, "-r", str(path), *options, "-Tfields", "-Eseparator=/t", *(f"-e{name}" for name in FIELDS)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        return [Packet(dict(zip(FIELDS, line.split("\t"), strict=True))) for line in done.stdout.splitlines()]

    return read_back


BITS = {"SYN": 0x02, "RST": 0x04, "SYN,ACK": 0x12, "ACK": 0x10, "RST,ACK": 0x14}
"""RFC 9293 section 3.1: the control bits, FIN being the lowest."""


def expected(trace: Trace) -> list[tuple[int, str, str, int, int, int, int]]:
    """Return what a capture has: each segment where it arrives and where it leaves, straight from the trace."""
    found = []
    for number, step in enumerate(trace.steps, 1):
        ends = [(step.received, "destination", IN)] if step.received is not None else []
        for header, role, direction in (*ends, *((h, "source", OUT) for h in step.sent)):
            cells = header.cells
            seq, ack, data = (int(str(cells[name])) for name in ("seq", "ack", "data"))
            flags = BITS[str(cells["ctl"])]
            found.append((number, str(cells[role]), direction, seq, ack if flags & 0x10 else 0, flags, data))
    return found


@pytest.mark.parametrize("name", CAPTURED)
@needs_tshark
def test_tshark_reads_every_segment(tshark: Read, name: str) -> None:
    account = RUNS[name]()
    packets = tshark(account)
    assert [packet.said for packet in packets] == expected(account.trace)
    assert {packet.fields["ip.checksum.status"] for packet in packets} == {GOOD}
    assert {packet.fields["tcp.checksum.status"] for packet in packets} == {GOOD}
    assert {packet.fields["frame.encap_type"] for packet in packets} == {RAW_IPV4}
    assert {packet.fields["tcp.window_size_value"] for packet in packets} == {"65535"}


@needs_tshark
def test_each_packet_says_its_step(tshark: Read) -> None:
    """The action, the states after it, and what else there is to know: of step 13, that its segment is old."""
    account = RUNS["every_fate"]()
    packets = {packet.said[:3]: packet.comments for packet in tshark(account)}
    assert "Step 13 of 13: server_receives_syn" in packets[13, "server", IN]
    assert "client CLOSED, server SYN-RECEIVED" in packets[13, "server", IN]
    assert "old duplicate" in packets[13, "server", IN]
    assert "a copy stays" in packets[5, "server", IN]
    assert [key for key, comment in packets.items() if "old duplicate" in comment] == [(13, "server", IN)]
    assert all(side == IN for (_, _, side), comment in packets.items() if "a copy stays" in comment)


@needs_tshark
def test_a_lost_segment_only_leaves(tshark: Read) -> None:
    """The SYN of step 2 is lost in step 3; its retransmission leaves in step 4 and arrives in step 5."""
    first = [packet.said[:3] for packet in tshark(RUNS["every_fate"]())][:3]
    assert first == [(2, "client", OUT), (4, "client", OUT), (5, "server", IN)]


@needs_tshark
def test_a_broken_octet_is_noticed(tshark: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """That checksums are good is something that tshark looks at."""
    monkeypatch.setattr("reports.traces.pcapng.checksum", lambda octets: checksum(octets) ^ 1)
    packets = tshark(RUNS["ring"]())
    assert GOOD not in {packet.fields["tcp.checksum.status"] for packet in packets}
    assert GOOD not in {packet.fields["ip.checksum.status"] for packet in packets}


def test_the_checksum_is_that_of_rfc_1071() -> None:
    """The example of its section 3, whose sum is ddf2."""
    assert checksum(bytes((0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7))) == 0xDDF2 ^ 0xFFFF
