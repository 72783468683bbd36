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
from functools import partial
from pathlib import Path

import pytest

from checker.conformance.capture_files import CaptureError
from checker.conformance.captures import judged
from checker.conformance.profiles import PROFILES, SIDES
from checker.conformance.verdicts import Judged, Outcome
from tests.benchmarks.captures import seconds
from tests.captures.situations import SITUATIONS
from tests.captures.writing import LINKS, Tcp, conversation, pcap, pcapng, timed
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


NOBODY = {("simultaneous_open", "server")}
"""Both open, so that nobody here is opened."""


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
    assert bool(real) is ((name, side) not in NOBODY)
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
        assert outcomes <= {AGREES}, real


# What an explanation has to say of a situation, since nobody sees it otherwise.
EXPLAINED = {
    ("lost_syn", "client"): "again after a time-out",
    ("lost_syn_ack", "server"): "again after a time-out",
    ("lost_fin", "client"): "again after a time-out",
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
    "ACK from the place before": ("server", at(4, seq=-1), DEVIATES),
    "client's ACK from the place before": ("client", at(6, seq=-1), DEVIATES),
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
    "SYN,ACK is a SYN": ("server", at(1, ctl="SYN", ack=-1001), DEVIATES),
    "FIN with the question, and text after it": ("client", at(3, ctl="FIN,ACK"), DEVIATES),
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


def test_what_comes_after_another_choice_is_asked_too() -> None:
    """A SYN to TIME-WAIT may be challenged, which is not the usual choice; after that the host is held against that one."""
    x, y = 1000, 500_000
    closed = [
        *conversation(x, y)[:3],
        Tcp("S", "FIN,ACK", y + 1, x + 1),
        Tcp("C", "FIN,ACK", x + 1, y + 2),
        Tcp("S", "ACK", y + 2, x + 2),
        Tcp("C", "SYN", x + 5000),
        Tcp("S", "ACK", y + 2, x + 2),
    ]
    one = of(closed)
    assert (one.outcome, any("new_syn=challenged" in note for note in one.notes)) == (AGREES, True)
    wrong = of([*closed, Tcp("S", "ACK", y + 50, x + 2)])
    assert (wrong.outcome, wrong.place) == (DEVIATES, "packet 9")


# -- what nobody sees --------------------------------------------------------------------------------------------------------


def test_a_reset_out_of_nothing_takes_time() -> None:
    """A host that answers from where it was acknowledged has lost its connection: after a pause, and not within a moment."""
    x, y = 1000, 500_000
    sent = conversation(x, y)[:6]
    again = Tcp("C", "ACK", x + 101, y + 1, 10, window=500)
    reset = Tcp("S", "RST", y + 1)
    assert of([*sent, again, reset]).outcome is DEVIATES
    one = of([*sent, again.but(after=2 * 10**9), reset])
    assert one.outcome is AGREES
    assert any("gives up after the user time-out" in note for note in one.notes)


def test_a_lost_segment_is_the_explanation_where_nothing_else_is() -> None:
    """The last ACK was seen, and still the host sends its FIN again, after so long that the ACK is not on its way any more."""
    whole = conversation()
    again = whole[9].but(after=2 * 10**9)
    one = of([*whole, again, whole[10]])
    assert one.outcome is AGREES
    assert "before packet 12: packet 11 was lost after the tap" in one.notes
    assert "packet 12: It sends its FIN again after a time-out." in one.notes


def test_text_that_is_out_of_order_is_held() -> None:
    """The second of two pieces comes before the first, and is not sent again: after the first both are acknowledged."""
    x, y = 1000, 500_000
    text = Tcp("C", "ACK", x + 1, y + 1, 100)
    late = [
        *conversation(x, y)[:3],
        text.but(seq=x + 101),
        Tcp("S", "ACK", y + 1, x + 1),
        text,
        Tcp("S", "ACK", y + 1, x + 201),
    ]
    assert of(late).outcome is AGREES
    assert of([*late[:-1], late[-1].but(ack=x + 202)]).outcome is DEVIATES
    assert of([*late[:-2], late[-1]]).outcome is DEVIATES


# -- what the project writes itself ------------------------------------------------------------------------------------------

FIGURES = tuple(f"fig{number}" for number in range(6, 14))


@pytest.mark.parametrize(
    "figure", [figure if figure == "fig9" else pytest.param(figure, marks=pytest.mark.long) for figure in FIGURES]
)
def test_the_figures_of_the_rfc_conform_as_captures(figure: str, ask: Ask, tmp_path: Path) -> None:
    """Each host's own packets of a run that the interpreter played. A crash takes a while, and is one of what is not seen."""
    file = tmp_path / "figure.pcapng"
    assert ask("scenario", figure, "-o", str(file)).code == 0
    there = found(file.read_bytes(), "middle")
    assert there
    assert all(one.outcome is AGREES for one in there), there


@pytest.mark.long
def test_another_handshake_deviates(ask: Ask, tmp_path: Path) -> None:
    """Four-way's server sends its ACK and its SYN apart, and its client takes the ACK first: no endpoint of RFC 9293 does."""
    file = tmp_path / "four.pcapng"
    assert ask("trace", "four-way", "connection-possible", "-o", str(file)).code == 0
    assert DEVIATES in {one.outcome for one in found(file.read_bytes(), "middle")}


# -- files -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("link", LINKS)
def test_every_kind_of_link(link: str, family: int) -> None:
    (one,) = found(pcap(timed(conversation(), link, family), LINKS[link][0]))
    assert one.outcome is AGREES
    assert one.more["connection"]["packets"] == 11
    assert one.source.endswith("[fd00::2]:80 > [fd00::1]:40000" if family == 6 else "10.0.0.2:80 > 10.0.0.1:40000")


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("written", [pcap, partial(pcap, nano=True), pcapng, partial(pcapng, resolution=0x94)])
def test_every_format_and_order_of_octets(written: Callable[..., bytes], order: str) -> None:
    (one,) = found(written(timed(conversation()), order=order))
    assert (one.outcome, one.more["connection"]["packets"]) == (AGREES, 11)
    (wrong,) = found(written(timed(at(4, ack=5)(conversation())), order=order))
    assert (wrong.outcome, wrong.place) == (DEVIATES, "packet 5")


def test_times_are_read_to_the_second() -> None:
    """Whether there was a pause tells: so what is read of a time matters."""
    x, y = 1000, 500_000
    sent = [*conversation(x, y)[:6], Tcp("C", "ACK", x + 101, y + 1, 10, after=10**9), Tcp("S", "RST", y + 1)]
    short = [one.but(after=10**9 - 1000) if one.after == 10**9 else one for one in sent]
    for written in (pcap, lambda packets: pcap(packets, nano=True), pcapng, lambda packets: pcapng(packets, resolution=6)):
        assert [one.outcome for one in found(written(timed(sent)))] == [AGREES]
        assert [one.outcome for one in found(written(timed(short)))] == [DEVIATES]


def test_text_that_was_not_captured_does_not_matter() -> None:
    assert [one.outcome for one in found(pcap(timed(conversation()), snap=14 + 20 + 20 + 8))] == [AGREES]


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (pcap(timed(conversation()), snap=14 + 20 + 10), "the capture cut its TCP header off"),
        (pcapng(timed(at(4, ack=5)(conversation())), dropped=3), "the capture says that it missed 3 packets"),
        (
            pcap(timed(at(1, ack=9)(at(0, options=b"\x22\x02\x01\x01", data=9)(conversation())))),
            "a SYN asks for Fast Open or has text",
        ),
        (pcap([(0, octets[:20] + b"\x20\x00" + octets[22:]) for _, octets in timed(conversation())]), "a fragment"),
        (pcap([(0, octets[:46] + b"\x10" + octets[47:]) for _, octets in timed(conversation())]), "the lengths in its headers"),
    ],
    ids=["snaplen", "dropped", "Fast Open", "fragment", "header"],
)
def test_what_cannot_be_told_says_why(octets: bytes, why: str) -> None:
    (one,) = [one for one in found(octets) if one.outcome is not AGREES]
    assert one.outcome is CANNOT
    assert why in one.why


def test_packets_that_were_captured_twice() -> None:
    """At the same moment twice the same: once more than it was sent. The same a second later was sent twice."""
    x, y = 1000, 500_000
    reset = Tcp("S", "RST,ACK", 0, x + 1)
    refused = [Tcp("C", "SYN", x), reset]
    assert of([*refused, reset.but(after=1000)]).outcome is AGREES
    assert of([*refused, reset.but(after=10**9)]).outcome is DEVIATES
    assert of([one for one in conversation(x, y) for one in (one, one.but(after=1000))]).outcome is AGREES


def test_bits_that_no_rule_reads() -> None:
    """ECN's bits and URG change nothing."""
    marked = [one.but(ctl=f"{one.ctl},ECE,CWR,URG") for one in conversation()]
    assert of(marked).outcome is AGREES


def test_keep_alives_and_probes_of_a_closed_window() -> None:
    x, y = 1000, 500_000
    opened = [*conversation(x, y)[:3]]
    asks = Tcp("S", "ACK", y, x + 1, after=2 * 10**8)
    assert of([*opened, asks, Tcp("C", "ACK", x + 1, y + 1)]).outcome is AGREES
    assert of([*opened, asks.but(after=10**6), Tcp("C", "ACK", x + 1, y + 1)]).outcome is DEVIATES  # nothing was idle
    assert of([*opened, asks.but(seq=y - 1), Tcp("C", "ACK", x + 1, y + 1)]).outcome is DEVIATES
    closed = Tcp("C", "ACK", x + 1, y + 1, window=0)
    assert of([*opened, closed, asks.but(seq=y + 1, data=1), closed, asks.but(seq=y + 1, data=1)]).outcome is AGREES


def test_windows_are_scaled_as_both_offered() -> None:
    """A RST at the end of the window draws a challenge ACK, one beyond it draws nothing (§3.10.7.4, RFC 5961 §3)."""
    x, y = 1000, 500_000
    last = x + 101 + 500 * 128 - 1
    sent = conversation(x, y)[:6]
    beyond_bare = Tcp("S", "ACK", y + 501, x + 101, window=500)
    fin = [Tcp("C", "FIN,ACK", x + 101, y + 501), Tcp("S", "ACK", y + 501, x + 102, window=500)]
    # after a FIN nothing draws an ACK but what arrives
    assert of([*sent, *fin, Tcp("C", "RST", x + 102 + 1), beyond_bare.but(ack=x + 102)]).outcome is AGREES
    assert of([*sent, *fin, Tcp("C", "RST", last + 1), beyond_bare.but(ack=x + 102)]).outcome is AGREES
    assert of([*sent, *fin, Tcp("C", "RST", last + 2), beyond_bare.but(ack=x + 102)]).outcome is DEVIATES


def test_profiles_differ_where_their_rfcs_do() -> None:
    """A RST in the window and not at RCV.NXT: RFC 5961 has a challenge ACK, RFC 793 the end of the connection."""
    x, y = 1000, 500_000
    sent = [*conversation(x, y)[:9], Tcp("C", "RST", x + 102 + 7)]
    challenge = Tcp("S", "ACK", y + 501, x + 102)
    assert of([*sent, challenge]).outcome is AGREES
    assert of([*sent, challenge], profile="rfc793").outcome is DEVIATES
    # after the end the closed host resets what has an ACK
    gone = [Tcp("C", "ACK", x + 102, y + 400, 5), Tcp("S", "RST", y + 400)]
    assert of([*sent, *gone], profile="rfc793").outcome is AGREES


def test_many_connections_in_one_file_end_as_they_end() -> None:
    """Ports are used again: what is found of a connection comes when the next one begins between the same ports."""
    later = [at(0, after=2 * 10**9)(conversation(*isns)) for isns in ((90_000, 700_000), (5, 6))]
    several = [*conversation(), *later[0], *at(4, ack=1)(later[1])]
    assert [one.outcome for one in found(pcap(timed(several)), "client")] == [AGREES] * 3
    at_once = [one.but(after=10**6) for one in several]
    assert found(pcap(timed(at_once)), "client")[0].outcome is DEVIATES, "TIME-WAIT is not over"
    assert [one.outcome for one in found(pcap(timed(several)))] == [AGREES, AGREES, DEVIATES]


# -- damaged files -----------------------------------------------------------------------------------------------------------

GOOD = {
    "pcap": pcap(timed(conversation())),
    "pcapng": pcapng(timed(conversation()), dropped=1),
    "cooked": pcap(timed(conversation(), "Linux cooked", 6), 113, ">", nano=True),
    "wrong": pcap(timed(at(4, ack=5)(conversation(2**32 - 50, 7)), "VLAN"), 1),
}


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"", "neither pcap nor pcapng"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"hello, world", "neither pcap nor pcapng"),
        (GOOD["pcap"][:10], "ends within its header"),
        (GOOD["pcap"][:30], "ends within a header, after packet 0"),
        (GOOD["pcap"][:-3], "ends within a packet, after packet 10"),
        (GOOD["pcap"][:32] + b"\xff\xff\xff\x7f" + GOOD["pcap"][36:], "packet 1 is said to have 2147483647 octets"),
        (GOOD["pcapng"][:-3], "ends within a block"),
        (GOOD["pcapng"][:8] + b"abcd" + GOOD["pcapng"][12:], "no byte order"),
        (GOOD["pcapng"][:4] + b"\x1c\x00\x00\x10" + GOOD["pcapng"][8:], "is said to have"),
        (GOOD["pcapng"][:24] + b"\x1d" + GOOD["pcapng"][25:], "has two lengths"),
        (GOOD["pcapng"][:28] + GOOD["pcapng"][28 + 32 :], "of an interface that there is not"),
    ],
)
def test_a_damaged_file_ends_in_a_sentence(octets: bytes, why: str) -> None:
    with pytest.raises(CaptureError, match=why):
        found(octets)


def test_what_was_found_before_the_damage_is_said() -> None:
    there = judged(io.BytesIO(GOOD["wrong"] + b"\0" * 9), "file")
    assert next(there).outcome is DEVIATES
    with pytest.raises(CaptureError):
        next(there)


def mutated(octets: bytes, random_: random.Random) -> bytes:
    """Return a file with some octets changed, taken out, put in, or moved."""
    changed = bytearray(octets)
    for _ in range(random_.choice((1, 1, 1, 2, 5, 40))):
        place = random_.randrange(len(changed)) if changed else 0
        match random_.randrange(5):
            case 0:
                changed[place : place + 1] = bytes([random_.randrange(256)])
            case 1:
                changed[place : place + 4] = random_.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x80", b"\1\0\0\0"))
            case 2:
                del changed[place : place + random_.randrange(1, 60)]
            case 3:
                changed[place:place] = random_.randbytes(random_.randrange(1, 60))
            case 4:
                piece = bytes(changed[place : place + random_.randrange(1, 200)])
                there = random_.randrange(len(changed) + 1)
                changed[there:there] = piece
    return bytes(changed)


def fuzzed(number: int, seed: int) -> tuple[int, float]:
    """Judge so many damaged files; return how many were refused, and how long the longest took in seconds of the processor."""
    random_ = random.Random(seed)  # noqa: S311  # no secret
    refused, longest = 0, 0.0
    for _ in range(number):
        octets = mutated(GOOD[random_.choice((*GOOD,))], random_)
        begun = time.process_time()
        try:
            for one in judged(io.BytesIO(octets), "file", random_.choice(("server", "client", "middle"))):
                assert one.outcome in Outcome
                assert one.record
        except CaptureError as error:
            refused += bool(str(error))
        longest = max(longest, time.process_time() - begun)
    return refused, longest


def test_damaged_files_are_judged_or_refused() -> None:
    found(GOOD["wrong"])  # so that all profiles are there
    refused, longest = fuzzed(250, 1)
    assert 25 < refused < 225
    assert longest < 5


@pytest.mark.long
def test_ten_thousand_damaged_files() -> None:
    """No exception but the one that says what is wrong, no file that takes long, and no memory beyond a bound."""
    resource = pytest.importorskip("resource")
    found(GOOD["wrong"])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _, longest = fuzzed(10_000, 2)
    assert longest < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # kB


@pytest.mark.long
@pytest.mark.parametrize("side", SIDES)
def test_ten_thousand_connections_in_a_minute(side: str) -> None:
    """Each of twenty packets, on one processor; between both ends there are twice as many to judge."""
    assert seconds(10_000, side) < (120 if side == "middle" else 60)


# -- the command -------------------------------------------------------------------------------------------------------------


def test_the_command_says_what_it_found_and_exits_by_it(ask: Ask, tmp_path: Path) -> None:
    right, wrong, late, damaged = (tmp_path / name for name in ("right.pcap", "wrong.pcapng", "late.cap", "damaged"))
    right.write_bytes(GOOD["pcap"])
    wrong.write_bytes(pcapng(timed(at(4, ack=5)(conversation()))))
    late.write_bytes(pcap(timed(without(0)(conversation()))))
    damaged.write_bytes(GOOD["pcap"][:-3])  # it has no suffix, and is known by how it begins
    assert [ask("conform", str(file)).code for file in (right, wrong, late, damaged)] == [0, 12, 20, 74]
    told = ask("conform", str(wrong)).out
    assert "packet 5" in told
    assert "§3.10.7.4" in told or "§3.8.6" in told
    refused = ask("conform", str(damaged))
    assert "ends within a packet, after packet 10" in refused.err
    assert "Traceback" not in refused.err


def test_no_memory_is_kept_of_connections_that_are_over() -> None:
    """Ten times as many connections one after the other, and as much memory."""
    tracemalloc = pytest.importorskip("tracemalloc")

    def peak(connections: int) -> int:
        octets = pcap(timed(one for i in range(connections) for one in conversation(i * 10**6, i * 10**5)))
        tracemalloc.start()
        assert sum(1 for _ in judged(io.BytesIO(octets), "file")) == connections
        most: int = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(5)
    assert peak(200) < 2 * peak(20) + 2**20
