"""What gVisor's netstack does otherwise than RFC 9293 has it, rule by rule, and the handshake that does all of it.

Each class is one such thing and says only what differs; :class:`Gvisor` is the three-way handshake with all of them. They were
found by asking the netstack of December 2022 for its answer to everything (``synproof replay answer-table --on gvisor``).
"""

from __future__ import annotations

from dataclasses import replace

from model.notation.cases import Cases
from model.notation.circle import from_to
from model.notation.expr import conj
from model.tcp.endpoint import Response, Tcb, is_one_of
from model.tcp.handshakes.checks import check, only_in
from model.tcp.handshakes.linux import DropsWithoutAckFirst, LeavesFinAfterSyn, LeavesTextAfterSyn
from model.tcp.handshakes.slirp import FollowsNoRfc5961, TakesRightEdge
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.segment import Segment


class ResetsRstWithSyn(ThreeWay):
    """§3.10.7.2, first: a SYN,ACK is reset by a listener though it has the RST bit."""

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """The RST bit is looked at where neither SYN nor ACK is."""
        resets = Response("resets_syn_ack_with_rst", "is listening and resets a SYN,ACK, though it has the RST bit.")
        both = conj(segment.rst, segment.syn, segment.has_ack)
        return check("First, check for a RST", (both, resets.send(tcb.reset_for(segment)))) + super().listen(tcb, segment)


class ResetsWrongAckInSynReceived(ThreeWay):
    """§3.10.7.4, first and fifth: in SYN-RECEIVED SEG.ACK is compared before SEG.SEQ, and before the SYN bit."""

    def sequence_number(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """A wrong one draws a RST."""
        wrong = conj(segment.has_ack, ~segment.rst, segment.ack != tcb.snd_nxt)
        resets = Response("resets_wrong_ack_at_once", "resets a segment that acknowledges what it did not send.")
        resets = resets.send(tcb.reset_for(segment))
        return only_in(tcb, "SYN-RECEIVED", (wrong, resets)) + super().sequence_number(tcb, segment)


class TakesNoSynAckItMet(ThreeWay):
    """§3.5, Figure 7: the SYN,ACK that completes a simultaneous open is not acceptable, and draws an ACK alone."""

    def sequence_number(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """As Table 6 has it; so nobody opens simultaneously whose peer does the same."""
        cases = super().sequence_number(tcb, segment)
        met = "receives_ack_with_the_syn_it_has"

        def answers(done: Response) -> Response:
            return Response(done.name, "answers the SYN,ACK that it meets by an ACK.").send(tcb.acknowledgment())

        branches = tuple((when, answers(done) if done.name.startswith(met) else done) for when, done in cases.branches)
        return replace(cases, branches=branches)


class IgnoresAckOfWhatItDidNotSend(ThreeWay):
    """§3.10.7.4, fifth: an ACK of what was not sent yet is dropped without an answer."""

    def ack_field(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """What the RFC answers by an ACK draws none."""
        cases = super().ack_field(tcb, segment)
        silent = tuple(
            (when, replace(done, sends=()) if done.name.startswith("acks_what_it_did_not_send") else done)
            for when, done in cases.branches
        )
        return replace(cases, branches=silent)


class TakesRstByItsSeq(ThreeWay):
    """§3.10.7.4, first: a RST is acceptable by SEG.SEQ, and not by its end."""

    def other_states(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """One that begins outside the window is dropped, whatever is in it."""
        drops = Response("drops_rst_by_its_seq", "drops a RST with a wrong SEQ.")
        inside = from_to(tcb.rcv_nxt, segment.seq, tcb.rcv_nxt + self.receive_window(tcb))
        outside = conj(segment.rst, ~inside, ~is_one_of(tcb.state, ("TIME-WAIT",)))
        return check("Second, check the RST bit", (outside, drops)) + super().other_states(tcb, segment)


class Gvisor(
    ResetsRstWithSyn,
    LeavesFinAfterSyn,
    LeavesTextAfterSyn,
    ResetsWrongAckInSynReceived,
    TakesNoSynAckItMet,
    TakesRightEdge,
    FollowsNoRfc5961,
    IgnoresAckOfWhatItDidNotSend,
    DropsWithoutAckFirst,
    TakesRstByItsSeq,
):
    """The three-way handshake as gVisor's netstack has it."""

    name = "gvisor"
    summary = "the handshake of RFC 9293 as gVisor's netstack has it"
