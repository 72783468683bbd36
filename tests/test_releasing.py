"""Who has closed is rid of its connection in the end: what that rests on, and faults that keep somebody waiting for ever.

The network is as it is, not a richest one, so that one connection without text has 648,386 states already.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checker.decide import Setting, decide
from checker.verdict import Outcome, Verdict
from model.notation.cases import Cases, first
from model.notation.expr import Expr, conj
from model.tcp.assumptions import Assumptions
from model.tcp.composition import LIFECYCLE
from model.tcp.endpoint import Response, Tcb
from model.tcp.handshakes import FourWay, ThreeWay, TwoWay
from model.tcp.scope import scope_named
from model.tcp.segment import Segment
from properties.specification import specification

ONE = scope_named("small,data=0")
BOTH_CLOSE, LAST_ACK = "both-close", "last-ack-is-released"
LIFE = specification(ThreeWay, LIFECYCLE)


def found(name: str, unfair: str = "", handshake: type[ThreeWay] = ThreeWay, assumed: Assumptions | None = None) -> Verdict:
    spec = specification(handshake, LIFECYCLE)
    claim = spec.claim[name]
    claim = claim.assuming(fairness for fairness in claim.fairness if fairness.name != unfair)
    (verdict,) = decide(spec, [claim], Setting(ONE, assumed or Assumptions()))
    return verdict


def stays(verdict: Verdict) -> set[str]:
    """Return the states that the endpoints are in for ever, or come back to."""
    assert verdict.outcome is Outcome.VIOLATED
    assert verdict.lasso is not None
    return {str(verdict.lasso.trace.end[f"{role}.state"]) for role in ("client", "server")}


@pytest.mark.long
@pytest.mark.parametrize("handshake", [TwoWay, ThreeWay, FourWay])
@pytest.mark.parametrize("name", [BOTH_CLOSE, LAST_ACK])
def test_in_the_end_nothing_is_left(name: str, handshake: type[ThreeWay]) -> None:
    verdict = found(name, handshake=handshake)
    assert (verdict.outcome, verdict.exercised) == (Outcome.HOLDS, True)
    assert LIFE.declared(name, ONE, Assumptions()) == "holds"


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "unfair", "state"),
    [
        (BOTH_CLOSE, "time-wait", "TIME-WAIT"),
        (BOTH_CLOSE, "client-fin-wait-2", "FIN-WAIT-2"),
        (BOTH_CLOSE, "server-fin-wait-2", "FIN-WAIT-2"),
        (BOTH_CLOSE, "repeating", "FIN-WAIT-1"),
        (BOTH_CLOSE, "delivery", "FIN-WAIT-1"),
        (LAST_ACK, "repeating", "LAST-ACK"),
        (LAST_ACK, "delivery", "LAST-ACK"),
    ],
)
def test_without_one_of_what_it_assumes_somebody_waits_for_ever(name: str, unfair: str, state: str) -> None:
    """Each is needed, and the state that is kept is the one that it is about."""
    assert state in stays(found(name, unfair))


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "assumed", "state"),
    [
        (BOTH_CLOSE, Assumptions(closed_host="silent"), "FIN-WAIT-1"),
        (LAST_ACK, Assumptions(closed_host="silent"), "LAST-ACK"),
        (BOTH_CLOSE, Assumptions(abort_established=False), "FIN-WAIT-2"),
    ],
    ids=str,
)
def test_who_is_told_nothing_waits_for_ever(name: str, assumed: Assumptions, state: str) -> None:
    """A host that is gone and silent answers no FIN, and who never gives up waits for a FIN that its user never gets."""
    verdict = found(name, assumed=assumed)
    assert state in stays(verdict)
    assert LIFE.declared(name, ONE, assumed) == "violated"


# -- faults ----------------------------------------------------------------------------------------------------------------


class FinOnce(ThreeWay):
    """A FIN is sent once."""

    name = "fin-once"

    def closing_calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        return (call for call in super().closing_calls(tcb) if call[2].name != "retransmits_fin")


class WaitsForEver(ThreeWay):
    """TIME-WAIT has no timer."""

    name = "waits-for-ever"

    def closing_calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        return (call for call in super().closing_calls(tcb) if call[2].name != "has_waited")


class NoTimeOutInFinWait2(ThreeWay):
    """FIN-WAIT-2 has no time-out, as the RFC asks for none."""

    name = "no-time-out-in-fin-wait-2"

    def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        for section, when, response in super().calls(tcb):
            waits = response.name == "times_out"
            yield section, conj(when, tcb.state != "FIN-WAIT-2") if waits else when, response


class SilentInTimeWait(ThreeWay):
    """In TIME-WAIT what is not expected is dropped without a word: so the last ACK is sent once."""

    name = "silent-in-time-wait"

    def sequence_number(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        says_nothing = Response("says_nothing_in_time_wait", "says nothing.", state="TIME-WAIT")
        outside = ~self.acceptable(tcb, segment) & (tcb.state == "TIME-WAIT")
        return first(outside, says_nothing) + super().sequence_number(tcb, segment)


@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "name", "state"),
    [
        (FinOnce, BOTH_CLOSE, "FIN-WAIT-1"),
        (FinOnce, LAST_ACK, "LAST-ACK"),
        (WaitsForEver, BOTH_CLOSE, "TIME-WAIT"),
        (NoTimeOutInFinWait2, BOTH_CLOSE, "FIN-WAIT-2"),
        (SilentInTimeWait, LAST_ACK, "LAST-ACK"),
    ],
    ids=lambda x: getattr(x, "name", str(x)),
)
def test_a_fault_keeps_somebody_waiting(fault: type[ThreeWay], name: str, state: str) -> None:
    assert state in stays(found(name, handshake=fault))
