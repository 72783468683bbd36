"""Text that goes with a SYN: it is delivered when the connection is ESTABLISHED, and not before; and what notices if it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.decide import Setting, decide
from checker.verdict import Outcome
from model.notation.expr import Expr
from model.tcp.assumptions import Assumptions
from model.tcp.composition import LIFECYCLE
from model.tcp.endpoint import Response, Tcb
from model.tcp.handshakes import ThreeWay
from model.tcp.handshakes.checks import Branch
from model.tcp.scope import SCOPES
from model.tcp.segment import Segment
from properties.specification import specification

WITH_SYN = Assumptions(text_on_syn=True)
WINDOW = replace(WITH_SYN, seq_check="window")
SMALL = SCOPES["small"]


class DeliversAtOnce(ThreeWay):
    """What comes with a SYN is taken when the SYN is answered, before anything says that it is not an old one."""

    name = "delivers-at-once"

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        answers = super().answer_syn(tcb, segment)
        taken = segment.seq + 1 + segment.data
        again = replace(answers, sends=(replace(answers.sends[0], ack=taken),))
        return again.set(tcb, rcv_nxt=taken, **({"queued": 0} if self.text_on_syn else {}))


class CountsTheQueueTwice(ThreeWay):
    """RCV.NXT goes one number further than what was queued."""

    name = "counts-the-queue-twice"

    def when_opened(self, tcb: Tcb, when: Expr | bool, takes: Response) -> tuple[Branch, ...]:
        queued, *rest = super().when_opened(tcb, when, takes)
        if not rest:
            return (queued,)
        condition, both = queued
        return (condition, both.set(tcb, rcv_nxt=both.after(tcb.rcv_nxt) + 1)), *rest


def outcome(handshake: type[ThreeWay], name: str, assumed: Assumptions) -> Outcome:
    spec = specification(handshake, LIFECYCLE)
    (verdict,) = decide(spec, [spec.claim[name]], Setting(SMALL, assumed))
    return verdict.outcome


FAULTS = [(DeliversAtOnce, "no-octet-from-the-dead", WITH_SYN), (CountsTheQueueTwice, "octets-in-order", WINDOW)]


@pytest.mark.parametrize(("fault", "name", "assumed"), FAULTS, ids=lambda x: getattr(x, "name", str(x)))
def test_a_fault_is_caught_by_a_claim(fault: type[ThreeWay], name: str, assumed: Assumptions) -> None:
    assert outcome(fault, name, assumed) is Outcome.VIOLATED


@pytest.mark.long
@pytest.mark.parametrize("assumed", [WITH_SYN, WINDOW], ids=str)
def test_without_a_fault_all_claims_about_closing_hold(assumed: Assumptions) -> None:
    """So the faults are what the claims notice; and text was delivered."""
    spec = specification(ThreeWay, LIFECYCLE)
    found = decide(spec, [claim for claim in spec.safety if claim.within], Setting(SMALL, assumed))
    assert {verdict.outcome for verdict in found} == {Outcome.HOLDS}
    assert {v.question.claim.name: v.exercised for v in found}["no-octet-from-the-dead"]


# -- what is delivered when ------------------------------------------------------------------------------------------------


def delivering(assumed: Assumptions) -> set[str]:
    """Return the actions of the server that take RCV.NXT past what came with the SYN."""
    system = specification(ThreeWay, LIFECYCLE).build(SMALL, assumed)
    return {
        a.name
        for a in system.actions
        if "server.queued" in a.updates and a.updates["server.queued"].data == 0 and "queued_data" in a.name
    }


def test_what_is_queued_is_delivered_where_the_server_is_opened() -> None:
    """By the ACK of its SYN, in SYN-RECEIVED or, where it has closed already, in FIN-WAIT-1; nowhere in CLOSING."""
    names = delivering(WITH_SYN)
    assert {name.split("_and_")[0] for name in names} == {
        "server_receives_ack",
        "server_receives_ack_of_its_syn",
        "server_receives_ack_of_syn",
    }
    assert not [name for name in names if "closing" in name]
    assert delivering(Assumptions()) == set()
