"""Captures on whose way something rewrites numbers, ports or addresses: they cannot be told, and what is wrong still is."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from checker.conformance.captures import judged
from checker.conformance.profiles import PROFILES
from checker.conformance.verdicts import Judged, Outcome
from tests.captures.writing import Tcp, block, conversation, option, pcap, timed

AGREES, DEVIATES, CANNOT = Outcome.AGREES, Outcome.DEVIATES, Outcome.CANNOT
FAR = 2**31 - 77
"""A distance between two numberings, as something that hides ISNs chooses one."""
Segments = list[Tcp]


def found(octets: bytes, side: str = "server") -> list[Judged]:
    return list(judged(io.BytesIO(octets), "file", side, PROFILES["rfc9293"]))


def of(segments: Iterable[Tcp], side: str = "server") -> Judged:
    (one,) = found(pcap(timed(segments)), side)
    return one


def shifted(segments: Segments, of_client: int = 0, of_server: int = 0) -> Segments:
    """Return segments as something passes them on that adds to the numbers of one end, or of both."""
    other = {"C": (of_client, of_server), "S": (of_server, of_client)}
    return [
        one.but(seq=one.seq + other[one.by][0], ack=one.ack + other[one.by][1] if "ACK" in one.ctl else 0) for one in segments
    ]


def interleaved(one: Segments, other: Segments) -> Segments:
    """Return each segment as it was before something rewrote it, and after: who sends is nearer to its own side."""
    pairs = zip(one, other, strict=True)
    return [replace(seg, after=1000) for a, b in pairs for seg in ((a, b) if a.by == "C" else (b, a))]


@pytest.mark.parametrize("distance", [FAR, -FAR, 5, 40_000])
@pytest.mark.parametrize("side", ["server", "client"])
def test_two_numberings_in_one_capture(side: str, distance: int) -> None:
    """Both sides of a firewall that hides the ISNs of a client, or of a server, as one capture of two of its interfaces has."""
    whole = conversation()
    for moved in (shifted(whole, of_client=distance), shifted(whole, of_server=distance), shifted(whole, distance, -distance)):
        one = of(interleaved(whole, moved), side)
        assert one.outcome is CANNOT
        assert "rewrites numbers" in one.why


@pytest.mark.parametrize("side", ["server", "client"])
def test_each_direction_captured_on_another_side(side: str) -> None:
    """What the client sends is seen before it is rewritten, and what it receives before it is put right again."""
    inside, outside = conversation(), shifted(conversation(), of_client=FAR)
    mixed = [a if a.by == "C" else b for a, b in zip(inside, outside, strict=True)]
    assert (of(mixed, side).outcome, "is off by" in of(mixed, side).why) == (CANNOT, True)


@pytest.mark.parametrize("side", ["server", "client"])
def test_one_side_of_it_alone_shows_nothing_and_need_not(side: str) -> None:
    assert of(shifted(conversation(), FAR, -FAR), side).outcome is AGREES


@pytest.mark.parametrize("distance", [FAR, -FAR, 2**31])
@pytest.mark.parametrize(("side", "whose"), [("server", "of_server"), ("server", "of_client"), ("client", "of_client")])
def test_numbers_that_jump_and_both_go_on(side: str, whose: str, distance: int) -> None:
    """As where a proxy takes a connection over: from the question on all is in other numbers, and answered in these."""
    whole = conversation()
    one = of([*whole[:3], *shifted(whole, **{whose: distance})[3:]], side)
    assert one.outcome is CANNOT
    assert "rewrites numbers" in one.why


def alone(place: int, **fields: int) -> Callable[[Segments], Segments]:
    def edit(segments: Segments) -> Segments:
        old = segments[place]
        return [*segments[:place], old.but(**{k: getattr(old, k) + v for k, v in fields.items()}), *segments[place + 1 :]]

    return edit


LONE: dict[str, tuple[str, Callable[[Segments], Segments]]] = {
    "one ACK far off": ("server", alone(4, ack=FAR)),
    "one segment far off": ("server", alone(5, seq=FAR)),
    "SYN,ACK of another SYN": ("server", alone(1, ack=FAR)),
    "two SYN,ACKs with two ISNs, of which one is acknowledged": (
        "server",
        lambda all_: [*all_[:2], all_[1].but(seq=77_000, after=1000), *all_[2:]],
    ),
    "two SYNs with two ISNs, of which one is acknowledged": (
        "client",
        lambda all_: [all_[0], all_[0].but(seq=77_000, after=1000), *all_[1:]],
    ),
    "the client's ACK of another SYN,ACK": ("client", alone(2, ack=-FAR)),
}


@pytest.mark.parametrize("name", LONE)
def test_who_alone_has_other_numbers_deviates(name: str) -> None:
    side, edit = LONE[name]
    assert of(edit(conversation()), side).outcome is DEVIATES


def renamed(octets: bytes, port: int) -> bytes:
    """Return an Ethernet frame with another port of the client."""
    old = struct.pack("!H", 40_000)
    return octets[:34] + octets[34:38].replace(old, struct.pack("!H", port)) + octets[38:]


@pytest.mark.parametrize("change", range(3, 10))
def test_ports_that_change_in_the_middle(change: int) -> None:
    """The second half has no opening, and its numbers are those of the first."""
    frames = timed(conversation())
    there = found(pcap([*frames[:change], *((when, renamed(octets, 40_001)) for when, octets in frames[change:])]))
    first, second = sorted(there, key=lambda one: one.source)
    assert first.outcome is AGREES
    assert second.outcome is CANNOT
    assert "its opening was not seen, and it goes on with the numbers of 10.0.0." in second.why


def test_another_half_of_a_connection_is_no_continuation() -> None:
    frames = timed(conversation())
    other = timed(shifted(conversation(), 999, 999))
    there = found(pcap([*frames, *((when, renamed(octets, 40_001)) for when, octets in other[5:])]))
    (cannot,) = [one for one in there if one.outcome is CANNOT]
    assert cannot.why.endswith("its opening was not seen")


def both_hosts(at_client: Segments, at_server: Segments) -> bytes:
    """Return a pcapng of both hosts that says which way each packet went."""
    written = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    written += block(1, struct.pack("<HHI", 1, 0, 0)) * 2
    for number, pair in enumerate(zip(at_client, at_server, strict=True)):
        order = (0, 1) if pair[0].by == "C" else (1, 0)
        for place, interface in enumerate(order):
            ((_, octets),) = timed([pair[interface]])
            time = 1_700_000_000_000_000 + number * 1000 + place * 100
            head = struct.pack("<IIIII", interface, time >> 32, time & 0xFFFFFFFF, len(octets), len(octets))
            way = option(2, struct.pack("<I", 2 - place), "<") + option(0, b"", "<")
            written += block(6, head + octets + b"\0" * (-len(octets) % 4) + way)
    return written


def test_of_both_hosts_each_is_judged_by_its_own_packets() -> None:
    """Something between them rewrites numbers, and each is right in its own."""
    whole = conversation()
    there = found(both_hosts(whole, shifted(whole, of_client=FAR, of_server=3)), "middle")
    assert [one.outcome for one in there] == [AGREES, AGREES]
    wrong = shifted(whole, of_client=FAR)
    wrong[4] = wrong[4].but(ack=wrong[4].ack + 9)
    assert [one.outcome for one in found(both_hosts(whole, wrong), "middle")] == [AGREES, DEVIATES]


def test_a_host_at_which_nothing_was_captured_cannot_be_told() -> None:
    """Something between them rewrites ports, so that each host's packets are a connection of their own."""
    whole = conversation()
    both = both_hosts(whole, whole)
    renumbered = both.replace(b"\x9c\x40\x00\x50", b"\x9c\x41\x00\x50", 1)
    (opened,) = [one for one in found(renumbered, "server") if "40001" in one.source]
    assert (opened.outcome, opened.why) == (CANNOT, "no packet was captured at its host")
