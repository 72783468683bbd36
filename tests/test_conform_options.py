"""What a capture shows besides numbers: timestamps (RFC 7323) and checksums, and who takes a segment by them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable

import pytest

from checker.conformance.captures import judged
from checker.conformance.profiles import PROFILES
from checker.conformance.verdicts import Judged, Outcome
from tests.captures.writing import SCALED, Tcp, conversation, pcap, stamp, timed

AGREES, DEVIATES, CANNOT = Outcome.AGREES, Outcome.DEVIATES, Outcome.CANNOT
X, Y = 1000, 500_000
Segments = list[Tcp]


def of(segments: Iterable[Tcp], side: str = "server", family: int = 4) -> Judged:
    (one,) = judged(io.BytesIO(pcap(timed(segments, family=family))), "file", side, PROFILES["rfc9293"])
    return one


# -- timestamps --------------------------------------------------------------------------------------------------------------


def stamped(first: int, *more: Tcp) -> Segments:
    """Return an opening and a question of 100 octets that is answered, and more; the client's clock begins at ``first``."""
    return [
        Tcp("C", "SYN", X, options=SCALED + stamp(first)),
        Tcp("S", "SYN,ACK", Y, X + 1, options=SCALED + stamp(7, first)),
        Tcp("C", "ACK", X + 1, Y + 1, options=stamp(first + 10, 7)),
        Tcp("C", "ACK", X + 1, Y + 1, 100, options=stamp(first + 20, 7)),
        Tcp("S", "ACK", Y + 1, X + 101, options=stamp(8, first + 20)),
        *more,
    ]


def text(seq: int, tsval: int | None, data: int = 50) -> Tcp:
    return Tcp("C", "ACK", seq, Y + 1, data, options=b"" if tsval is None else stamp(tsval, 8))


def acks(number: int, tsecr: int = 0) -> Tcp:
    return Tcp("S", "ACK", Y + 1, number, options=stamp(9, tsecr))


@pytest.mark.parametrize("first", [0, 2**31 - 15, 2**32 - 25])
def test_text_with_an_old_timestamp_is_not_taken(first: int) -> None:
    """RFC 7323 §5.3, R1: it is answered by an ACK of what was received before, wherever the clock stands."""
    old = text(X + 101, first + 19)
    assert of(stamped(first, old, acks(X + 101, first + 20))).outcome is AGREES
    took = of(stamped(first, old, acks(X + 151, first + 20)))
    assert (took.outcome, took.place) == (DEVIATES, "packet 7")
    assert of(stamped(first, text(X + 101, first + 20), acks(X + 151, first + 20))).outcome is AGREES


def test_what_comes_after_an_old_one_is_taken() -> None:
    """It is sent again, later, and taken then; both are explained, and no loss is."""
    again = [text(X + 101, 19), acks(X + 101), text(X + 101, 21), acks(X + 151)]
    one = of(stamped(0, *again))
    assert one.outcome is AGREES
    assert not any("lost" in note for note in one.notes)
    steps = [entry["action"] for entry in one.more["explanation"]]
    assert steps.count("host_acks_old_timestamp") == 1


def test_a_segment_that_is_beyond_does_not_advance_the_clock() -> None:
    """R3: only what begins at or before the last number that was acknowledged is recorded in TS.Recent."""
    ahead = [text(X + 151, 90), acks(X + 101, 20)]
    assert of(stamped(0, *ahead, text(X + 101, 30), acks(X + 201, 30))).outcome is AGREES


def test_text_that_waited_is_taken_whatever_the_clock_of_what_it_waited_for() -> None:
    """R1 and R5: a timestamp is compared when its segment comes. What is too old then is not kept, and not taken later."""
    later, gap = text(X + 151, 25), text(X + 101, 30)
    assert of(stamped(0, later, acks(X + 101, 20), gap, acks(X + 201, 30))).outcome is AGREES
    old = later.but(options=stamp(19, 8))
    took = of(stamped(0, old, acks(X + 101, 20), gap, acks(X + 201, 30)))
    assert (took.outcome, took.place) == (DEVIATES, "packet 9")
    assert of(stamped(0, old, acks(X + 101, 20), gap, acks(X + 151, 30))).outcome is AGREES


def test_what_comes_before_the_first_acknowledgment_is_recorded_too() -> None:
    """A SYN,ACK is not acknowledged yet when text follows it: its clock counts, and that of text beyond a gap does not."""
    opening = [
        Tcp("C", "SYN", X, options=SCALED + stamp(1)),
        Tcp("S", "SYN,ACK", Y, X + 1, options=SCALED + stamp(50, 1)),
    ]
    first, second = Tcp("S", "ACK", Y + 1, X + 1, 10, options=stamp(60, 1)), Tcp("S", "ACK", Y + 11, X + 1, 10)
    acks = Tcp("C", "ACK", X + 1, Y + 21, options=stamp(2, 60))
    assert of([*opening, first, second.but(options=stamp(60, 1)), acks], "client").outcome is AGREES
    assert of([*opening, first, second.but(options=stamp(49, 1)), acks], "client").outcome is DEVIATES
    late = [second.but(seq=Y + 501, options=stamp(90, 1)), first, second.but(options=stamp(61, 1))]
    assert of([*opening, *late, acks], "client").outcome is AGREES


def test_an_old_reset_counts() -> None:
    """A RST is looked at whatever its timestamp is: after it the host has no connection, and says nothing of its own."""
    reset = Tcp("C", "RST", X + 101, options=stamp(1))
    assert of(stamped(0, reset)).outcome is AGREES
    goes_on = of(stamped(0, reset, text(X + 101, 40), Tcp("S", "RST", Y + 1)))
    assert goes_on.outcome is AGREES
    assert not any("lost" in note for note in goes_on.notes)


@pytest.mark.parametrize(("seq", "tsval", "outcome"), [(-9, 90, AGREES), (-9, 10, DEVIATES), (9, 10, AGREES)])
def test_a_newer_timestamp_opens_a_connection_again(seq: int, tsval: int, outcome: Outcome) -> None:
    """RFC 6191 §2: a SYN to TIME-WAIT is new where its number is later, or its timestamp."""
    closed = [
        *stamped(0),
        Tcp("S", "FIN,ACK", Y + 1, X + 101, options=stamp(9, 20)),
        Tcp("C", "FIN,ACK", X + 101, Y + 2, options=stamp(30, 9)),
        Tcp("S", "ACK", Y + 2, X + 102, options=stamp(10, 30)),
        Tcp("C", "SYN", X + 102 + seq, options=SCALED + stamp(tsval)),
        Tcp("S", "SYN,ACK", Y + 90_000, X + 103 + seq, options=SCALED + stamp(11, tsval)),
    ]
    assert of(closed).outcome is outcome


def test_without_the_option_in_both_syns_a_timestamp_says_nothing() -> None:
    """RFC 7323 §3.2: where it was not agreed it is ignored. The server refused it and sends none; the client is wrong."""
    both = stamped(0, text(X + 101, 19), acks(X + 151))
    assert of(both).outcome is DEVIATES
    one_sided = [one if one.by == "C" else one.but(options=SCALED if "SYN" in one.ctl else b"") for one in both]
    assert of(one_sided).outcome is AGREES
    assert of(one_sided, "client").place == "packet 3"


def test_after_weeks_a_timestamp_says_nothing() -> None:
    """RFC 7323 §5.5: after 24 days the clock may have gone around once."""
    weeks = 25 * 86_400 * 10**9
    assert of(stamped(0, text(X + 101, 19).but(after=weeks), acks(X + 151))).outcome is AGREES
    assert of(stamped(0, text(X + 101, 19).but(after=weeks // 25), acks(X + 151))).outcome is DEVIATES


# -- checksums ---------------------------------------------------------------------------------------------------------------


def summed(segments: Segments, sums: str = "right", **other: str) -> Segments:
    """Return segments with checksums, those of the client or of the server otherwise where that is said."""
    return [one.but(sums=other.get(one.by, sums)) for one in segments]


def broken(place: int, how: str = "wrong") -> Callable[[Segments], Segments]:
    return lambda segments: [one.but(sums=how) if n == place else one for n, one in enumerate(segments)]


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("side", ["server", "client"])
def test_right_checksums_are_right(side: str, family: int) -> None:
    assert of(summed(conversation()), side, family).outcome is AGREES


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize(("place", "fails"), [(0, 2), (3, 5), (7, 9)])
def test_nobody_takes_what_has_a_wrong_checksum(place: int, fails: int, family: int) -> None:
    """Whoever answers a SYN, text or a FIN that was never right is wrong. Of the first it is known when a right one follows."""
    one = of(broken(place)(summed(conversation())), family=family)
    assert (one.outcome, one.place) == (DEVIATES, f"packet {fails}"), one


def test_a_wrong_header_checksum_of_ip_is_as_bad() -> None:
    assert of(broken(3, "wrong in IP")(summed(conversation()))).outcome is DEVIATES


def test_what_has_a_wrong_checksum_is_sent_again() -> None:
    whole = summed(conversation())
    again = [*whole[:3], whole[3].but(sums="wrong"), *whole[3:]]
    one = of(again)
    assert one.outcome is AGREES
    assert "packet 4 has a wrong checksum, and was not taken" in one.notes


@pytest.mark.parametrize("how", ["partial", "wrong", "zero", "wrong in IP"])
def test_checksums_that_a_card_computes_speak_against_nobody(how: str) -> None:
    """What the captured host sends gets its checksum after the capture: the sum that a card begins with, or anything."""
    offloaded = summed(conversation(), S=how)
    assert of(offloaded, "server").outcome is AGREES
    assert of(offloaded, "client").outcome is AGREES


def test_on_a_link_within_a_machine_all_checksums_are_left_out() -> None:
    local = summed(conversation(), "partial")
    assert of(local, "server").outcome is of(local, "client").outcome is AGREES
    assert of(broken(3)(local), "server").outcome is DEVIATES


def test_segments_that_a_card_put_together_have_the_checksum_of_one_of_them() -> None:
    large = summed(conversation())
    large[3] = large[3].but(data=3000, sums="wrong")
    for place in (4, 5, 8, 9):
        large[place] = large[place].but(ack=large[place].ack + 2900)
    for place in (6, 7, 10):
        large[place] = large[place].but(seq=large[place].seq + 2900)
    assert of(large).outcome is AGREES
    within = [one.but(data=1400, sums="wrong") if n == 3 else one for n, one in enumerate(large[:4])]
    assert of([*within, large[4].but(ack=X + 1401)]).outcome is DEVIATES


def test_what_the_capture_cut_off_has_no_checksum() -> None:
    """Of a packet whose text was not captured nothing is known, and of others still."""
    segments = broken(3)(summed(conversation()))
    cut = list(judged(io.BytesIO(pcap(timed(segments), snap=90)), "file", "server", PROFILES["rfc9293"]))
    assert [one.outcome for one in cut] == [AGREES]
