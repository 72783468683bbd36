"""How many numbers a blind attacker guesses from, held against what RFC 793 and RFC 5961 say of each."""

from __future__ import annotations

import pytest

from checker.decide import Setting
from checker.studies.guessing import Guesses, guesses
from model.notation.expr import FALSE, Expr
from model.tcp.assumptions import Assumptions
from model.tcp.endpoint import Tcb
from model.tcp.handshakes import FourWay, ThreeWay
from model.tcp.scope import scope_named
from model.tcp.segment import Segment
from properties.specification import specification
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


def test_the_command_says_it(ask: Ask) -> None:
    answer = ask("guesses", "three-way", "--seq-check", "window", "--no-rfc5961")
    assert (answer.code, answer.err) == (0, "")
    assert "65,535 of 2^32: 65,538 guesses never fail" in answer.out


def test_what_has_no_client_and_server_is_refused(ask: Ask) -> None:
    answer = ask("guesses", "three-way/simultaneous")
    assert answer.code == 2
    assert "is another model" in answer.err
