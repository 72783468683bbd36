"""How many numbers a blind attacker guesses from, held against what RFC 793 and RFC 5961 say of each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.decide import Setting, decide
from checker.host.limits import Limits
from checker.studies.guessing import Guesses, guesses
from checker.verdict import Outcome
from model.notation.expr import FALSE, Expr
from model.tcp.assumptions import Assumptions
from model.tcp.endpoint import Tcb
from model.tcp.handshakes import FourWay, ThreeWay
from model.tcp.scope import scope_named
from model.tcp.segment import Segment
from properties.specification import built_in, specification
from tests.command_line import Ask

ALL = 2**32


def counted(rules: type[ThreeWay] = ThreeWay, **assumed: object) -> dict[str, Guesses]:
    setting = Setting(scope_named("small"), Assumptions(seq_check="window", **assumed))  # type: ignore[arg-type]
    return {one.forgery.name: one for one in guesses(specification(rules), setting)}


@pytest.mark.parametrize("window", [1, 1000, 65535])
def test_rfc_793_takes_a_reset_and_a_syn_anywhere_in_the_window(window: int) -> None:
    """So that 2^32 divided by the window, rounded up, is how many it takes (RFC 5961 §1.2)."""
    found = counted(rfc5961=False, rcv_wnd=window)
    for forgery in ("reset", "syn"):
        assert found[forgery].taken == window
        assert found[forgery].needed == ALL // window + (ALL % window > 0)
    assert not found["challenge"].taken


def test_rfc_5961_takes_the_one_reset_and_challenges_the_rest_of_the_window() -> None:
    """RFC 5961 §3.2: exactly at RCV.NXT it resets, elsewhere in the window it is challenged; §4.2: no SYN ends anything."""
    found = counted(rcv_wnd=1000)
    assert (found["reset"].taken, found["reset"].needed) == (1, ALL)
    assert found["challenge"].taken == 999
    assert not found["syn"].taken
    assert found["syn"].needed is None


def test_what_the_ack_of_forged_text_may_be() -> None:
    """RFC 793: all but what is ahead of SND.NXT, half of the circle; RFC 5961 §5.2: from MAX.SND.WND before SND.UNA on."""
    assert counted(rfc5961=False)["acceptance"].needed == 2
    assert counted(rcv_wnd=1000)["acceptance"].taken in {1001, 1002}, "and the SYN, where that is not acknowledged"


def test_three_way_is_worth_one_number() -> None:
    """The last ACK has y+1, and no other number will do (RFC 9293 §3.10.7.4, fifth); four-way's has as well."""
    assert counted()["connection"].needed == ALL
    assert counted(FourWay)["connection"].needed == ALL


class TakesAnyInTheWindow(ThreeWay):
    """An endpoint that says it follows RFC 5961, and takes a RST anywhere in the window."""

    name = "takes-any-in-the-window"

    def challenged(self, tcb: Tcb, segment: Segment) -> Expr:  # noqa: ARG002  # which is the fault
        return FALSE


class ForgetsSeq(ThreeWay):
    """An endpoint that looks at no SEG.SEQ."""

    name = "forgets-seq"

    def acceptable(self, tcb: Tcb, segment: Segment) -> Expr:  # noqa: ARG002  # which is the fault
        return ~FALSE


def test_a_reset_that_is_taken_in_the_window_is_noticed() -> None:
    assert counted(TakesAnyInTheWindow, rcv_wnd=1000)["reset"].taken == 1000


def test_an_endpoint_that_forgets_seq_is_noticed() -> None:
    found = counted(ForgetsSeq, rfc5961=False)
    assert (found["reset"].taken, found["reset"].needed) == (ALL, 1)


# -- an interval, and the search that agrees ---------------------------------------------------------------------------------


def falls(handshake: str, claim: str, interval: int, tries: int, *, guesses: int = 1, **asked: object) -> bool:
    """Return whether a claim falls to who knows each number to be one of an interval, and has so many segments for it."""
    assumed = {"seq_check": "window", "rfc5961": False, "guesses": guesses, "interval": interval, "tries": tries}
    scope = scope_named("small,data=0" if claim != TEXT else "small")
    spec = built_in(f"{handshake}/off-path")
    setting = Setting(scope, Assumptions(**{**assumed, **asked}))  # type: ignore[arg-type]
    (verdict,) = decide(spec, [spec.claim[claim]], setting)
    assert verdict.outcome in (Outcome.HOLDS, Outcome.VIOLATED)
    return verdict.outcome is Outcome.VIOLATED


CONNECTION, RESET, TEXT = "no-forged-connection", "no-forged-reset", "no-forged-data"


@pytest.mark.parametrize("interval", [65535, 65536, 131070, ALL])
@pytest.mark.parametrize("rfc5961", [False, True])
def test_as_many_segments_as_never_fail_break_it_and_one_fewer_does_not(*, interval: int, rfc5961: bool) -> None:
    """What Z3 counts in one state is what a search finds of the whole attack: a window, and with RFC 5961 one number."""
    needed = counted(rfc5961=rfc5961, interval=interval)["reset"].needed
    assert needed == (interval if rfc5961 else -(-interval // 65535))
    assert falls("three-way", RESET, interval, needed, rfc5961=rfc5961)
    assert needed == 1 or not falls("three-way", RESET, interval, needed - 1, rfc5961=rfc5961)


@pytest.mark.parametrize("handshake", ["three-way", "cookies", "expiring-cookies", "guessable"])
def test_a_number_that_is_acknowledged_is_hit_or_missed(handshake: str) -> None:
    """The last ACK has y+1, and a SYN,ACK x+1: no number beside them will do. Where ISNs can be told none is guessed."""
    assert falls(handshake, CONNECTION, 1000, 1000)
    assert falls(handshake, CONNECTION, 1000, 999) == (handshake == "guessable")


def test_text_is_taken_where_it_is_next() -> None:
    """It is taken at RCV.NXT alone, which the octet that the client sends meanwhile moves by one."""
    assert falls("three-way", TEXT, 1000, 1000, guesses=2)
    assert falls("three-way", TEXT, 1000, 500, guesses=2)
    assert not falls("three-way", TEXT, 1000, 400, guesses=2)


@pytest.mark.parametrize("rfc5961", [False, True])
def test_two_way_needs_no_interval(*, rfc5961: bool) -> None:
    assert falls("two-way", CONNECTION, ALL, 1, guesses=0, rfc5961=rfc5961)


@pytest.mark.parametrize(("tries", "broken"), [(65538, True), (65537, False)])
def test_it_is_so_of_all_numbers(tries: int, broken: bool) -> None:
    """Bounded model checking ranges over 2^32 ISNs, and finds none by which the guess hits by chance."""
    spec = built_in("three-way/off-path")
    assumed = Assumptions(seq_check="window", rfc5961=False, guesses=1, interval=ALL, tries=tries)
    setting = Setting(scope_named("small,data=0"), assumed, engine="bmc", limits=Limits(depth=5))
    (verdict,) = decide(spec, [spec.claim[RESET]], setting)
    assert (verdict.outcome is Outcome.VIOLATED) is broken


def test_who_guesses_nothing_hits_no_window() -> None:
    """The number of its own lies in no window, whatever the ISNs: in one it would be a guess that nobody counts."""
    assert not falls("three-way", RESET, 1, 1, guesses=0)
    spec = built_in("three-way/off-path")
    asked = Setting(scope_named("small,data=0"), Assumptions(seq_check="window", rfc5961=False), engine="bmc")
    (verdict,) = decide(spec, [spec.claim[RESET]], replace(asked, limits=Limits(depth=5)))
    assert verdict.trace is None


def test_the_command_says_how_many_an_interval_takes(ask: Ask) -> None:
    answer = ask("guesses", "three-way", "--seq-check", "window", "--no-rfc5961", "--interval", "131070")
    assert (answer.code, answer.err) == (0, "")
    assert "65,535 of 2^32: 2 guesses never fail in an interval of 131,070" in answer.out
    assert "1 guess never fails in an interval of 131,070" in answer.out


@pytest.mark.parametrize("interval", ["0", "4294967297", "x"])
def test_what_is_no_interval_is_refused(interval: str, ask: Ask) -> None:
    answer = ask("guesses", "three-way", "--interval", interval)
    assert answer.code == 2
    assert "from 1 to 4294967296" in answer.err


def test_the_command_says_it(ask: Ask) -> None:
    answer = ask("guesses", "three-way", "--seq-check", "window", "--no-rfc5961")
    assert (answer.code, answer.err) == (0, "")
    assert "65,535 of 2^32: 65,538 guesses never fail" in answer.out


def test_what_has_no_client_and_server_is_refused(ask: Ask) -> None:
    answer = ask("guesses", "three-way/simultaneous")
    assert answer.code == 2
    assert "is another model" in answer.err
