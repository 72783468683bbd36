"""Claims about attempts before ESTABLISHED: each notices the fault that it is for, and the handshake of RFC 9293 has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.decide import Setting, decide
from checker.files import model_file
from checker.files.mistakes import ModelFileError
from checker.verdict import Outcome
from model.notation.cases import Cases
from model.notation.expr import variable
from model.notation.sorts import SEQ, NotationError
from model.tcp.assumptions import Assumptions
from model.tcp.composition import composition_named
from model.tcp.endpoint import EventKind, Response, Tcb
from model.tcp.handshakes import ThreeWay
from model.tcp.scope import scope_named
from model.tcp.segment import Segment
from properties import CLAIMS
from properties.specification import Specification, specification

FAULTS = Path(__file__).parent / "faults"
NOTICED = (
    ("fault_01_second_syn_is_reset", "", "served-is-not-refused"),
    ("fault_02_syn_ack_sent_once", "", "who-asks-is-answered"),  # what is lost once is never said again
    ("fault_03_never_gives_up", "", "half-open-can-time-out"),
    ("fault_04_any_rst_is_believed", "", "reset-is-for-this-attempt"),
    ("fault_05_wrong_ack_is_dropped", "", "wrong-ack-is-reset"),
    ("fault_06_syn_in_syn_sent_is_ignored", "simultaneous", "peers-connect-or-part"),
    ("fault_07_rst_after_meeting_is_ignored", "simultaneous", "reset-frees-the-tcb"),
    ("fault_14_rst_leaves_the_slot", "ports-1", "reset-frees-the-tcb"),
)
"""Faults, the composition in which they show, and a claim that says what they break."""


def _outcome(spec: Specification, composition: str, claim: str) -> Outcome:
    assert spec.composed is not None
    scope = "small" if claim in {"who-asks-is-answered", "peers-connect-or-part"} else "default,data=0"
    asked = spec.composed(composition_named(composition)) if composition else spec
    (verdict,) = decide(asked, [CLAIMS[claim]], Setting(scope_named(scope)))
    return verdict.outcome


@pytest.mark.parametrize(("fault", "composition", "claim"), NOTICED)
def test_a_fault_is_noticed_and_three_way_has_it_not(fault: str, composition: str, claim: str) -> None:
    assert _outcome(model_file.read(str(FAULTS / f"{fault}.py")), composition, claim) is Outcome.VIOLATED
    assert _outcome(specification(ThreeWay), composition, claim) is Outcome.HOLDS


class AnswersRst(ThreeWay):
    """In SYN-RECEIVED a RST with a wrong number is answered by an ACK, as any other segment is."""

    name = "answers-rst"

    def sequence_number(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().sequence_number(tcb, segment).without("drops_rst")


class AcknowledgesTooLittle(ThreeWay):
    """A closed host's RST,ACK acknowledges SEG.SEQ, and not the SYN."""

    name = "acknowledges-too-little"

    def closed(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        refusal = Response("resets_syn_when_closed", "resets a SYN.").send(tcb.segment("RST,ACK", seq=0, ack=segment.seq))
        return super().closed(tcb, segment).replacing("resets_syn_when_closed", refusal)


class KeepsItsNumbers(ThreeWay):
    """A RST returns to LISTEN, and the numbers of the connection stay."""

    name = "keeps-its-numbers"

    def rst_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        keeps = Response("is_reset_in_syn_received", "listens again.", state="SYN-RECEIVED")
        keeps = keeps.set(tcb, state="LISTEN").event(EventKind.ENDS)
        return super().rst_bit(tcb, segment).replacing("is_reset_in_syn_received", keeps)


@pytest.mark.parametrize(
    ("handshake", "claim"),
    [
        (AnswersRst, "reset-draws-nothing"),
        (AcknowledgesTooLittle, "refused-is-told"),
        (KeepsItsNumbers, "reset-frees-the-tcb"),
    ],
)
def test_each_claim_can_fail(handshake: type[ThreeWay], claim: str) -> None:
    assert _outcome(specification(handshake), "", claim) is Outcome.VIOLATED


class IgnoresSyns(ThreeWay):
    """ESTABLISHED says nothing to a SYN, so that Figure 9 does not happen."""

    name = "ignores-syns"

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        ignores = Response("acks_repeated_syn", "ignores a SYN.")
        return super().established(tcb, segment).replacing("acks_repeated_syn", ignores)


def test_figure_9_is_about_the_ack_of_that_syn() -> None:
    """Catches a witness in which any ACK is reset after the SYN was met."""
    for handshake, outcome in ((IgnoresSyns, Outcome.VIOLATED), (ThreeWay, Outcome.HOLDS)):
        spec = specification(handshake, composition_named("crash"))
        (verdict,) = decide(spec, [CLAIMS["figure-9"]], Setting(scope_named("default")))
        assert verdict.outcome is outcome


class EchoesSeq(ThreeWay):
    """A challenge ACK acknowledges SEG.SEQ, and so the RST that it draws is not at RCV.NXT."""

    name = "echoes-seq"

    def rst_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        echo = Response("challenges_rst", "echoes SEG.SEQ.").send(tcb.segment("ACK", seq=tcb.snd_nxt, ack=segment.seq))
        return super().rst_bit(tcb, segment).replacing("challenges_rst", echo)


def test_a_number_attribute_is_no_slip_for_a_rule(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    head = 'from model.tcp.handshakes import ThreeWay\n\n\nclass Mine(ThreeWay):\n    name = "mine"\n'
    path.write_text(f"{head}    limitd = 3\n", encoding="utf-8")
    assert model_file.read(str(path)).name == "mine"
    path.write_text(f"{head}    def limitd(self): ...\n", encoding="utf-8")
    with pytest.raises(ModelFileError, match="limited"):
        model_file.read(str(path))


def test_what_is_not_there_is_named_in_full_and_in_order() -> None:
    """Catches a message that names one of several variables at random."""
    system = ThreeWay(scope_named("small"), Assumptions()).system()
    with pytest.raises(NotationError, match=r"'A\.iss', 'B\.iss'"):
        system.check_reads([variable("B.iss", SEQ) == variable("A.iss", SEQ)])


def test_half_open_is_dropped_sees_an_ack_that_echoes() -> None:
    """Catches a premise that asks for SEG.ACK = RCV.NXT, which is what the fault does not send."""
    setting = Setting(scope_named("default"), Assumptions(seq_check="window"))
    for handshake, outcome in ((EchoesSeq, Outcome.VIOLATED), (ThreeWay, Outcome.HOLDS)):
        (verdict,) = decide(specification(handshake), [CLAIMS["half-open-is-dropped"]], setting)
        assert verdict.outcome is outcome
