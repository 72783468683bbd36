"""What smoltcp does otherwise than RFC 9293 has it, rule by rule, and the handshake that does all of it.

Each class is one such thing and says only what differs; :class:`Smoltcp` is the three-way handshake with all of them. They were
read in the source of smoltcp 0.11, and found by asking it for its answer to everything (``synproof replay answer-table --on
smoltcp``). It was asked as a server alone: who opens does so as RFC 9293 has it.
"""

from __future__ import annotations

from collections.abc import Mapping

from model.notation.cases import Cases, first
from model.notation.circle import within
from model.notation.expr import Expr, conj
from model.tcp.endpoint import Response, Tcb, is_one_of
from model.tcp.handshakes.checks import check, later
from model.tcp.handshakes.gvisor import ResetsWrongAckInSynReceived
from model.tcp.handshakes.handshake import Rule
from model.tcp.handshakes.slirp import FollowsNoRfc5961, TakesRightEdge
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.segment import Segment

_HEARD = ("CLOSE-WAIT", "CLOSING", "LAST-ACK")


class DropsTwoControls(ThreeWay):
    """§3.1: a segment with more than one of SYN, FIN and RST is none to it, in whatever state."""

    def rules(self, tcb: Tcb) -> Mapping[str, tuple[str, Rule]]:
        """The rules, before each of which that is dropped."""
        return {state: (section, _dropping(state, rule)) for state, (section, rule) in super().rules(tcb).items()}


def _dropping(state: str, rule: Rule) -> Rule:
    def dropping(tcb: Tcb, segment: Segment) -> Cases[Response]:
        name = f"drops_two_controls_in_{state.lower().replace('-', '_')}"
        drops = Response(name, "drops a segment with more than one of SYN, FIN and RST.")
        two = (segment.syn & segment.fin) | (segment.syn & segment.rst) | (segment.fin & segment.rst)
        return first(two, drops) + rule(tcb, segment)

    return dropping


class ResetsWithoutAck(ThreeWay):
    """§3.10.7.1: where there is no connection, what has neither SYN nor ACK draws a RST that acknowledges nothing."""

    def closed(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """Its number is 0."""
        resets = Response("resets_without_ack", "has no connection and resets what has neither SYN nor ACK, without an ACK.")
        return first(segment.neither_syn_nor_ack_nor_rst, resets.send(tcb.segment("RST", seq=0))) + super().closed(tcb, segment)


class DropsWithoutAckAtOnce(ThreeWay):
    """§3.10.7.4, fifth: what has no ACK and no RST is dropped before SEG.SEQ is looked at, a SYN too."""

    def other_states(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """So the SYN of a new attempt draws nothing, and neither does one that is repeated."""
        drops = Response("drops_without_ack_at_once", "drops a segment whose ACK bit is off, whatever its SEQ.")
        off = ~segment.has_ack & ~segment.rst
        return check("Fifth, check the ACK field", (off, drops)) + super().other_states(tcb, segment)


class DropsOldAcks(ThreeWay):
    """§3.10.7.4, fifth: from ESTABLISHED on, an ACK before SND.UNA has the whole segment dropped, whatever its SEQ."""

    def other_states(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """With it goes the text, and the FIN."""
        drops = Response("drops_old_ack", "drops a segment with an old ACK, and all that is in it.")
        old = conj(segment.has_ack, ~segment.rst, tcb.snd_una.is_after(segment.ack))
        return check("Fifth, check the ACK field", later(tcb, (old, drops))) + super().other_states(tcb, segment)


class JudgesByText(ThreeWay):
    """§3.10.7.4, first: SEG.LEN is that of the text, in which neither SYN nor FIN counts."""

    def in_receive_window(self, tcb: Tcb, segment: Segment) -> Expr:
        """The first octet of the text, or the last, is in the window."""
        end = tcb.rcv_nxt + self.receive_window(tcb)
        begins = within(tcb.rcv_nxt, segment.seq, end)
        return begins | (segment.has_data & within(tcb.rcv_nxt, segment.seq + segment.data - 1, end))


class AnswersWrongRst(ThreeWay):
    """§3.10.7.4, first and second: a RST outside the window draws an ACK."""

    def sequence_number(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """As all else does there."""
        answers = Response("acks_rst_with_wrong_seq", "answers a RST with a wrong SEQ by an ACK.").send(tcb.acknowledgment())
        wrong = segment.rst & ~self.acceptable(tcb, segment)
        return check("First, check sequence number", (wrong, answers)) + super().sequence_number(tcb, segment)


class DropsSyn(ThreeWay):
    """§3.10.7.4, fourth: a SYN in the window is dropped with all that is in the segment, without an answer."""

    def syn_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """The ACK of its own SYN does not establish either, and nobody returns to LISTEN."""
        drops = Response("drops_syn_in_window", "drops a SYN in its window.")
        return first(segment.syn, drops) + super().syn_bit(tcb, segment)


class DropsAnotherFin(ThreeWay):
    """§3.10.7.4, fifth and eighth: after a FIN, another one that is next has its segment dropped, and the ACK in it."""

    def ack_field(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """So an ACK of its own FIN is lost on it."""
        drops = Response("drops_another_fin", "has a FIN and drops another, with its ACK.")
        another = conj(segment.fin, segment.seq == tcb.rcv_nxt, is_one_of(tcb.state, _HEARD))
        plausible = segment.has_ack & self.plausible_ack(tcb, segment)
        return check("Eighth, check the FIN bit", (another & plausible, drops)) + super().ack_field(tcb, segment)


class IgnoresInTimeWait(ThreeWay):
    """§3.10.7.4 in TIME-WAIT: what is in the window draws nothing, a FIN neither."""

    def ack_field(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """But for an ACK of what it did not send."""
        ignores = Response("ignores_in_time_wait", "waits on, and ignores what is in its window.")
        inside = is_one_of(tcb.state, ("TIME-WAIT",)) & self.plausible_ack(tcb, segment)
        return check("Fifth, check the ACK field", (inside, ignores)) + super().ack_field(tcb, segment)


class IgnoresFinBeyond(ThreeWay):
    """§3.10.7.4, eighth: a FIN whose segment does not begin at RCV.NXT is ignored, and draws no ACK."""

    def fin_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """The rest of the segment is taken."""
        ignores = Response("ignores_fin_beyond", "ignores a FIN that is not next.")
        return first(segment.fin & (segment.seq != tcb.rcv_nxt), ignores) + super().fin_bit(tcb, segment)


class Smoltcp(
    DropsTwoControls,
    ResetsWithoutAck,
    DropsWithoutAckAtOnce,
    ResetsWrongAckInSynReceived,
    DropsOldAcks,
    TakesRightEdge,
    JudgesByText,
    AnswersWrongRst,
    FollowsNoRfc5961,
    DropsSyn,
    DropsAnotherFin,
    IgnoresInTimeWait,
    IgnoresFinBeyond,
):
    """The three-way handshake as smoltcp has it."""

    name = "smoltcp"
    summary = "the handshake of RFC 9293 as smoltcp has it"
