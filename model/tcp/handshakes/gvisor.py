"""What gVisor's netstack does otherwise than RFC 9293 has it, rule by rule, and the handshake that does all of it.

Each class is one such thing and says only what differs; :class:`Gvisor` is the three-way handshake with all of them. They were
found by asking the netstack of December 2022 for its answer to everything (``synproof replay answer-table --on gvisor``), and
read in its source: opening a connection, having one, and TIME-WAIT are three pieces there, each with checks of its own.
"""

from __future__ import annotations

from dataclasses import replace

from model.notation.cases import Cases
from model.notation.circle import from_to, within
from model.notation.expr import TRUE, Expr, conj, ite
from model.tcp.endpoint import Response, Tcb, continuing, is_one_of
from model.tcp.handshakes.checks import check, only_in
from model.tcp.handshakes.linux import AbortsWithAck, LeavesFinAfterSyn, LeavesTextAfterSyn
from model.tcp.handshakes.slirp import FollowsNoRfc5961, TakesFinAgain, TakesRightEdge
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


class JudgesBySeqInSynReceived(ThreeWay):
    """§3.10.7.4, first: in SYN-RECEIVED SEG.SEQ alone is compared with the window, and no length counts."""

    def in_receive_window(self, tcb: Tcb, segment: Segment) -> Expr:
        """RCV.NXT =< SEG.SEQ < RCV.NXT+RCV.WND."""
        begins = within(tcb.rcv_nxt, segment.seq, tcb.rcv_nxt + self.receive_window(tcb))
        return ite(tcb.state == "SYN-RECEIVED", begins, super().in_receive_window(tcb, segment))


def _reset_of_syn(tcb: Tcb, segment: Segment) -> Segment:
    """Return the RST that a SYN in the window draws: it has the ACK bit in any case."""
    return tcb.segment("RST,ACK", seq=ite(segment.has_ack, segment.ack, 0), ack=segment.end)


class ResetsSynAndListens(ThreeWay):
    """§3.10.7.4, fourth: after a passive OPEN a SYN in the window draws a RST on the way back to LISTEN."""

    def syn_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """The listener is another, and remains."""
        back = Response("resets_syn_and_returns_to_listen", "resets a SYN in its window and returns to LISTEN.")
        back = back.send(_reset_of_syn(tcb, segment)).end(tcb, "LISTEN")
        return only_in(tcb, "SYN-RECEIVED", (segment.syn & tcb.passive, back)) + super().syn_bit(tcb, segment)


class ResetsSynAndOpensAnew(ThreeWay):
    """§3.10.7.4, fourth: after an active OPEN a SYN in the window draws a RST, and a SYN of a new attempt at once."""

    def syn_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """It is in SYN-SENT again, with an ISN by its clock: another one, unless that stands still."""
        if not tcb.connects:
            return super().syn_bit(tcb, segment)
        resets = Response("resets_syn", "resets a SYN in its window.").send(_reset_of_syn(tcb, segment)).end(tcb)
        doc = "resets a SYN in its window and opens anew."
        anew = replace(resets.then(self.open(tcb)), name="resets_syn_and_opens_anew", doc=doc)
        return only_in(tcb, "SYN-RECEIVED", (segment.syn & ~tcb.passive, anew)) + super().syn_bit(tcb, segment)


class IgnoresAckOfWhatItDidNotSend(ThreeWay):
    """§3.10.7.4, fifth: in ESTABLISHED an ACK of what was not sent yet is ignored, and what comes with it is taken."""

    def plausible_ack(self, tcb: Tcb, segment: Segment) -> Expr:
        """None draws an ACK there. SND.UNA stays where it is."""
        beyond = (tcb.state == "ESTABLISHED") & segment.ack.is_after(tcb.snd_nxt)
        return super().plausible_ack(tcb, segment) | beyond


class DropsWithoutAckOnceOpen(ThreeWay):
    """§3.10.7.4, fifth: from ESTABLISHED on, what has none of SYN, ACK and RST is dropped before SEG.SEQ is looked at."""

    def other_states(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """But for TIME-WAIT, which is a piece of its own."""
        drops = Response("drops_without_ack_at_once", "drops a segment whose ACK bit is off, whatever its SEQ.")
        off = segment.neither_syn_nor_ack_nor_rst & ~is_one_of(tcb.state, ("SYN-RECEIVED", "TIME-WAIT"))
        return check("Fifth, check the ACK field", (off, drops)) + super().other_states(tcb, segment)


class TakesRstByItsSeq(ThreeWay):
    """§3.10.7.4, first: a RST is acceptable by SEG.SEQ, and not by its end."""

    def other_states(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """One that begins outside the window is dropped, whatever is in it."""
        drops = Response("drops_rst_by_its_seq", "drops a RST with a wrong SEQ.")
        inside = from_to(tcb.rcv_nxt, segment.seq, tcb.rcv_nxt + self.receive_window(tcb))
        outside = conj(segment.rst, ~inside, ~is_one_of(tcb.state, ("TIME-WAIT",)))
        return check("Second, check the RST bit", (outside, drops)) + super().other_states(tcb, segment)


class DropsWhatFollowsTheFin(ThreeWay):
    """§3.10.7.4, first: after a FIN, what begins beyond RCV.NXT is dropped, and its ACK with it."""

    def ack_field(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """Nobody sends anything after a FIN."""
        drops = Response("drops_what_follows_the_fin", "drops what begins after the FIN that it has.")
        heard = is_one_of(tcb.state, ("CLOSE-WAIT", "CLOSING", "LAST-ACK"))
        follows = conj(heard, segment.has_ack, segment.seq.is_after(tcb.rcv_nxt))
        return check("Fifth, check the ACK field", (follows, drops)) + super().ack_field(tcb, segment)


class LooksAtFinBeforeAck(ThreeWay):
    """§3.10.7.4, fifth and eighth: in CLOSING and LAST-ACK a FIN at RCV.NXT comes before the ACK of one's own FIN."""

    def ack_of_fin(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """That ACK is taken, and does nothing more."""
        if not tcb.closes:
            return super().ack_of_fin(tcb, segment)
        ends = self.next_fin(tcb, segment) & is_one_of(tcb.state, ("CLOSING", "LAST-ACK"))
        cases = super().ack_of_fin(tcb, segment).under(~ends)
        return cases.replacing("takes_ack_in_closing", lambda ignores: replace(ignores, name="takes_ack_alone_in_closing"))


class TakesAckOfFinInOrder(ThreeWay):
    """§3.10.7.4, fifth: that one's own FIN is acknowledged counts where the segment is next."""

    def ack_of_fin(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """Elsewhere SND.UNA goes forward, and the state remains until another such ACK comes."""
        if not tcb.closes:
            return super().ack_of_fin(tcb, segment)
        text = segment.has_data & within(segment.seq, tcb.rcv_nxt, segment.seq + segment.data)
        next_one = (segment.seq == tcb.rcv_nxt) | text
        cases = super().ack_of_fin(tcb, segment)
        acts = ("receives_ack_of_fin", "receives_ack_of_syn_and_fin", "waits_after_closing_at_once", "is_released")
        branches = tuple((when & next_one if done.name.startswith(acts) else when, done) for when, done in cases.branches)
        again = continuing("receives_another_ack_of_fin", "takes another ACK of its FIN.")
        known = conj(next_one, segment.ack == tcb.snd_nxt, tcb.snd_una == tcb.snd_nxt)
        noted = only_in(tcb, "FIN-WAIT-1", (known, again.set(tcb, state="FIN-WAIT-2").accept()))
        return noted + replace(cases, branches=branches)


class IgnoresRstInTimeWait(ThreeWay):
    """§3.10.7.4, second: TIME-WAIT is not ended by a RST (RFC 1337)."""

    def other_states(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """Whatever its SEQ."""
        waits = Response("waits_on_whatever_is_reset", "waits on, whatever is reset.")
        ignored = segment.rst & is_one_of(tcb.state, ("TIME-WAIT",))
        return check("Second, check the RST bit", (ignored, waits)) + super().other_states(tcb, segment)


class AnswersAcksInTimeWait(ThreeWay):
    """§3.10.7.4 in TIME-WAIT: what has an ACK, and is not at RCV.NXT or has text, draws an ACK, and nothing else does."""

    def other_states(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """A SYN beyond RCV.NXT is a listener's, and is ignored where there is none. No ACK is wrong."""
        if not tcb.closes:
            return super().other_states(tcb, segment)
        ignores = Response("ignores_in_time_wait", "ignores what no listener takes, or what has no ACK.")
        answers = Response("acks_in_time_wait", "answers what is not next by an ACK.").send(tcb.acknowledgment())
        waits = Response("waits_on_in_time_wait", "waits on.")
        new = segment.syn & segment.seq.is_after(tcb.rcv_nxt)
        cases = only_in(
            tcb,
            "TIME-WAIT",
            self.reopening(tcb, segment),
            (~segment.has_ack | new, ignores),
            ((segment.seq != tcb.rcv_nxt) | segment.has_data, answers),
            (TRUE, waits),
        )
        return cases.under(~segment.rst) + super().other_states(tcb, segment)


class Gvisor(
    ResetsRstWithSyn,
    LeavesFinAfterSyn,
    LeavesTextAfterSyn,
    ResetsWrongAckInSynReceived,
    TakesNoSynAckItMet,
    JudgesBySeqInSynReceived,
    ResetsSynAndListens,
    ResetsSynAndOpensAnew,
    TakesRightEdge,
    IgnoresAckOfWhatItDidNotSend,
    FollowsNoRfc5961,
    DropsWithoutAckOnceOpen,
    TakesRstByItsSeq,
    DropsWhatFollowsTheFin,
    LooksAtFinBeforeAck,
    TakesFinAgain,
    TakesAckOfFinInOrder,
    IgnoresRstInTimeWait,
    AnswersAcksInTimeWait,
    AbortsWithAck,
):
    """The three-way handshake as gVisor's netstack has it."""

    name = "gvisor"
    summary = "the handshake of RFC 9293 as gVisor's netstack has it"
