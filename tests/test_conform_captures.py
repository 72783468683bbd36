"""``conform`` of captures: what real programs do conforms, what is wrong is noticed, and no file is too damaged to be refused.

The captures of real programs are made by the test (``tests/captures/situations.py``), in a network namespace of their own.
"""

from __future__ import annotations

import io
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from checker.conformance.capture_files import CaptureError
from checker.conformance.captures import judged
from checker.conformance.profiles import PROFILES
from checker.conformance.verdicts import Judged, Outcome
from tests.captures.situations import SITUATIONS
from tests.captures.writing import LINKS, SCALED, STEP, Tcp, conversation, packet, pcap, pcapng, timed
from tests.command_line import Ask

AGREES, DEVIATES, CANNOT = Outcome.AGREES, Outcome.DEVIATES, Outcome.CANNOT
ISNS = ((1000, 500_000), (2**32 - 50, 2**32 - 300), (0, 2**31))
"""ISNs that mean nothing, numbers that wrap in the middle of the text, and the ends of the circle."""


def found(octets: bytes, side: str = "server", profile: str = "rfc9293") -> list[Judged]:
    return list(judged(io.BytesIO(octets), "file", side, PROFILES[profile]))


def of(segments: Iterable[Tcp], side: str = "server", profile: str = "rfc9293") -> Judged:
    (one,) = found(pcap(timed(segments)), side, profile)
    return one


# -- what real programs do ---------------------------------------------------------------------------------------------------

HERE = (": 127.0.0.1", ": 10.9.0.1", ": [::1]")
"""The real hosts. What a relay hands back comes from one that there is not."""
RST_WITH_ACK = {("aborts", "client"), ("closes_with_text_unread", "server"), ("zero_window", "client")}
"""Where Linux aborts, and its RST has an ACK, which RFC 9293 does not have."""
UNSPOKEN = {("fast_open", "client"), ("fast_open", "server")}
"""Text on a SYN is not modelled."""


@pytest.fixture(scope="session")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The captures of all situations, made at once by a process with a network of its own."""
    folder = tmp_path_factory.mktemp("captures")
    program = [sys.executable, "-m", "tests.captures.situations", str(folder)]
    for walls in (["unshare", "-n"], ["unshare", "-rn"]):
        try:
            made = subprocess.run([*walls, *program], capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
        except OSError as error:
            pytest.skip(f"there is no network namespace: {error}")
        if made.returncode == 0:
            return folder
    pytest.skip(f"no network can be made here: {made.stderr[-300:]}")


@pytest.mark.parametrize("side", ["server", "client"])
@pytest.mark.parametrize("name", SITUATIONS)
def test_what_real_programs_do_conforms_or_is_a_deviation_with_a_name(captures: Path, name: str, side: str) -> None:
    capture = captures / f"{name}.pcap"
    if not capture.exists():
        pytest.skip((captures / f"{name}.txt").read_text(encoding="utf-8"))
    real = [one for one in found(capture.read_bytes(), side) if any(host in one.source for host in HERE)]
    assert real, "nothing was captured"
    outcomes = {one.outcome for one in real}
    if (name, side) in RST_WITH_ACK:
        (one,) = real
        assert (one.outcome, one.section.partition(",")[0]) == (DEVIATES, "§3.10.4")
        assert "RST,ACK" in one.found
        assert one.otherwise == ("--profile linux",)
        named = [one for one in found(capture.read_bytes(), side, "linux") if one.outcome is not AGREES]
        assert not named
    elif (name, side) in UNSPOKEN:
        assert CANNOT in outcomes <= {AGREES, CANNOT}
        assert all("Fast Open" in one.why for one in real if one.outcome is CANNOT)
    else:
        assert outcomes == {AGREES}, real


# What an explanation has to say of a situation, since nobody sees it otherwise.
EXPLAINED = {
    ("lost_syn", "client"): "again after a time-out",
    ("lost_syn_ack", "server"): "again after a time-out",
    ("lost_fin", "client"): "again after a time-out",
    ("half_open_after_kill", "server"): "gives up",
    ("exchange", "server"): "opens passively",
}


@pytest.mark.parametrize(("name", "side"), EXPLAINED)
def test_an_explanation_says_what_nobody_sees(captures: Path, name: str, side: str) -> None:
    real = [one for one in found((captures / f"{name}.pcap").read_bytes(), side) if any(host in one.source for host in HERE)]
    assert any(EXPLAINED[name, side] in note for one in real for note in one.notes)


def test_a_host_that_was_not_there_deviates(captures: Path) -> None:
    """Where a relay made a RST up, the one in whose name it did deviates: that is what a forged segment looks like."""
    forged = found((captures / "blind_rst.pcap").read_bytes(), "client")
    assert [one.outcome for one in forged if ": 10.9.0.2" in one.source] == [DEVIATES]


# -- what is right, and the same made wrong ----------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["server", "client", "middle"])
@pytest.mark.parametrize("isns", ISNS)
def test_a_conversation_conforms_wherever_its_numbers_lie(isns: tuple[int, int], side: str) -> None:
    judged_there = found(pcap(timed(conversation(*isns))), side)
    assert [one.outcome for one in judged_there] == [AGREES] * (2 if side == "middle" else 1)


Segments = list[Tcp]


def at(place: int, **fields: object) -> Callable[[Segments], Segments]:
    """Change fields of one segment: numbers are added to what is there."""

    def edit(segments: Segments) -> Segments:
        old = segments[place]
        new = {name: getattr(old, name) + value if name in ("seq", "ack") else value for name, value in fields.items()}
        return [*segments[:place], old.but(**new), *segments[place + 1 :]]

    return edit


def without(*places: int) -> Callable[[Segments], Segments]:
    return lambda segments: [one for place, one in enumerate(segments) if place not in places]


def swapped(one: int, other: int) -> Callable[[Segments], Segments]:
    def edit(segments: Segments) -> Segments:
        order = list(range(len(segments)))
        order[one], order[other] = other, one
        return [segments[place] for place in order]

    return edit


def more(place: int, like: int, **fields: object) -> Callable[[Segments], Segments]:
    """Put a segment in that is like another but for some fields."""
    return lambda segments: [*segments[:place], at(like, **fields)(segments)[like], *segments[place:]]


WRONG: dict[str, tuple[str, Callable[[Segments], Segments], Outcome]] = {
    # numbers
    "SYN,ACK acknowledges one too many": ("server", at(1, ack=1), DEVIATES),
    "SYN,ACK acknowledges nothing": ("server", at(1, ack=-1), DEVIATES),
    "ACK of an octet that never came": ("server", at(4, ack=1), DEVIATES),
    "ACK far beyond": ("server", at(4, ack=100_000), DEVIATES),
    "ACK of text goes back": ("server", at(8, ack=-102), DEVIATES),
    "ACK from a place not reached": ("server", at(4, seq=1), DEVIATES),
    "text acknowledges what never came": ("server", at(5, ack=9), DEVIATES),
    "text begins below what was acknowledged": ("server", at(5, seq=-40), DEVIATES),
    "FIN beyond the text, and never acknowledged": ("server", at(9, seq=3), DEVIATES),
    "FIN acknowledges two": ("server", at(9, ack=1), DEVIATES),
    "client acknowledges the wrong SYN": ("client", at(2, ack=1), DEVIATES),
    "client sends from the wrong place": ("client", at(2, seq=5), DEVIATES),
    "client acknowledges more than the text": ("client", at(6, ack=7), DEVIATES),
    "client acknowledges two of a FIN": ("client", at(10, ack=1), DEVIATES),
    "last ACK has the number before the FIN": ("client", at(10, seq=-2), DEVIATES),
    # flags
    "SYN,ACK is a RST,ACK, and then it goes on": ("server", at(1, ctl="RST,ACK"), DEVIATES),
    "SYN,ACK is a FIN,ACK, which the client acknowledges": ("server", at(1, ctl="FIN,ACK"), CANNOT),
    "SYN,ACK has a FIN": ("server", at(1, ctl="SYN,FIN,ACK"), DEVIATES),
    "ACK without an ACK": ("server", at(4, ctl="none"), DEVIATES),
    "ACK is a SYN,ACK": ("server", at(4, ctl="SYN,ACK"), DEVIATES),
    "FIN without an ACK": ("server", at(9, ctl="FIN"), DEVIATES),
    "FIN and RST": ("server", at(9, ctl="FIN,RST,ACK"), DEVIATES),
    "all flags": ("server", at(9, ctl="SYN,FIN,RST,ACK"), DEVIATES),
    "client's SYN has a RST": ("client", at(0, ctl="SYN,RST"), DEVIATES),
    "client's ACK is a SYN": ("client", at(2, ctl="SYN"), DEVIATES),
    "text on the SYN,ACK": ("server", at(1, data=10), CANNOT),
    # order
    "text before the opening": ("client", swapped(1, 3), DEVIATES),
    "answer before the question is acknowledged by it": ("server", swapped(3, 5), DEVIATES),
    "FIN acknowledged before it comes": ("server", swapped(7, 8), DEVIATES),
    "SYN,ACK before the SYN": ("server", swapped(0, 1), CANNOT),
    "text after the FIN": ("server", more(10, 5, seq=501, ack=1), DEVIATES),
    "a second FIN with another number": ("server", more(10, 9, seq=5), DEVIATES),
    "goes on after its RST": ("server", more(5, 4, ctl="RST", ack=0), DEVIATES),
    "RST at a wrong number": ("server", more(5, 4, ctl="RST", seq=77), DEVIATES),
    "RST of a closed host that is not closed": ("server", more(5, 1, ctl="RST,ACK"), DEVIATES),
    "crash and going on at once": ("server", more(5, 1, ctl="SYN,ACK", seq=9999), DEVIATES),
    # missing packets: the other end knows of them, or nobody does
    "no SYN": ("server", without(0), CANNOT),
    "neither SYN nor SYN,ACK": ("server", without(0, 1), CANNOT),
    "no SYN,ACK": ("server", without(1), CANNOT),
    "no question": ("server", without(3), CANNOT),
    "no answer": ("server", without(5), CANNOT),
    "no FIN of the client's": ("server", without(7), CANNOT),
    "client's: no SYN,ACK": ("client", without(1), CANNOT),
    "client's: no answer": ("client", without(5), CANNOT),
    "client's: no question": ("client", without(3), CANNOT),
    "no question, and nothing after its ACK": ("server", lambda segments: without(3)(segments)[:4], DEVIATES),
    "no answer, and nobody acknowledges it": (
        "server",
        lambda segments: [*segments[:5], *at(9, ack=-1)(segments)[9:10]],
        DEVIATES,
    ),
}
"""What is made wrong, of whom, how, and what has to be found. Each is wrong for a reason of its own that its name says."""


@pytest.mark.parametrize("isns", ISNS[:2])
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_noticed(name: str, isns: tuple[int, int]) -> None:
    side, edit, outcome = WRONG[name]
    there = found(pcap(timed(edit(conversation(*isns)))), side)
    assert {one.outcome for one in there} == {outcome}, there
    assert all(one.why for one in there)
    assert outcome is CANNOT or all(one.place and one.found for one in there)
