"""What lwIP does otherwise than RFC 9293 has it, rule by rule, and the handshake that does all of it.

Each class is one such thing and says only what differs; :class:`Lwip` is the three-way handshake with all of them. They were
found by asking lwIP 2.1.3 for its answer to everything (``synproof replay answer-table --on lwip``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from model.notation.cases import Cases, first, in_turn
from model.notation.circle import between, from_to, within
from model.notation.expr import FALSE, TRUE, Expr, conj, ite, literal
from model.notation.sorts import Nat
from model.tcp.endpoint import Response, Tcb, continuing
from model.tcp.handshakes.checks import check, in_state
from model.tcp.handshakes.handshake import Rule
from model.tcp.handshakes.linux import IgnoresAnotherFin, LeavesFinAfterSyn, LeavesTextAfterSyn
from model.tcp.handshakes.three_way import ThreeWay, closing_in
from model.tcp.segment import Segment


class ResetsWithAck(ThreeWay):
    """§3.5.2: every RST has the ACK bit, and acknowledges what it answers; a SYN with a FIN counts as one."""

    def rules(self, tcb: Tcb) -> Mapping[str, tuple[str, Rule]]:
        """The rules, in which each RST is sent with an ACK."""
        return {state: (section, _acking(tcb, rule)) for state, (section, rule) in super().rules(tcb).items()}

    def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """The calls, of which ABORT sends a RST as well."""
        for section, condition, response in super().calls(tcb):
            yield section, condition, _with_ack(tcb, response, tcb.rcv_nxt)


def _acking(tcb: Tcb, rule: Rule) -> Rule:
    def acking(of: Tcb, segment: Segment) -> Cases[Response]:
        cases = rule(of, segment)
        end = ite(segment.syn & segment.fin, segment.end - 1, segment.end)
        return replace(cases, branches=tuple((when, _with_ack(tcb, done, end)) for when, done in cases.branches))

    return acking


def _with_ack(tcb: Tcb, response: Response, ack: Expr) -> Response:
    sends = tuple(
        tcb.segment("RST,ACK", seq=segment.seq, ack=ack) if segment.ctl.data in ("RST", "RST,ACK") else segment
        for segment in response.sends
    )
    return replace(response, sends=sends)


class MeetsNoSyn(ThreeWay):
    """§3.10.7.3, fourth: a SYN that meets one's own is ignored, so that nobody opens simultaneously."""

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """A SYN alone is nothing to it."""
        ignores = Response("ignores_syn", "ignores a SYN while its own is unanswered.")
        alone = conj(segment.syn, ~segment.has_ack, ~segment.rst)
        return check("Fourth, check the SYN bit", (alone, ignores)) + super().syn_sent(tcb, segment)


class RepeatsSynAfterReset(ThreeWay):
    """§3.10.7.3, first: in SYN-SENT an ACK without the right SYN,ACK is reset, and the SYN sent again at once."""

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """So is an ACK of its SYN that brings no SYN."""
        right = segment.syn & between(tcb.iss, segment.ack, tcb.snd_nxt)
        again = Response("resets_and_repeats_syn", "resets a segment with an ACK that is not for its SYN, and repeats that.")
        again = again.send(tcb.reset_for(segment)).send(tcb.segment("SYN", seq=tcb.iss))
        other = conj(segment.has_ack, ~segment.rst, ~right)
        return check("First, check the ACK bit", (other, again)) + super().syn_sent(tcb, segment)


class JudgesRstBySeq(ThreeWay):
    """§3.10.7.4, first and second: a RST is acceptable by SEG.SEQ and not by its end, and one beyond the window as well."""

    def other_states(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """One that is not at RCV.NXT draws an ACK there, and nothing elsewhere."""
        return self.judged_rst(tcb, segment) + super().other_states(tcb, segment)

    def judged_rst(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """What becomes of a RST that is not at RCV.NXT."""
        other = segment.rst & (segment.seq != tcb.rcv_nxt)
        near = from_to(tcb.rcv_nxt, segment.seq, tcb.rcv_nxt + self.receive_window(tcb))
        challenges = Response("challenges_rst_by_its_seq", "answers a RST that is not at RCV.NXT by an ACK.")
        drops = Response("drops_rst_by_its_seq", "drops a RST with a wrong SEQ.")
        answered = near if self.assumptions.seq_check == "window" else FALSE
        return check("Second, check the RST bit", (other & answered, challenges.send(tcb.acknowledgment())), (other, drops))


class ChecksNoSeqInSynReceived(JudgesRstBySeq):
    """§3.10.7.4, first: in SYN-RECEIVED SEG.SEQ is compared for a RST alone; whatever has the right ACK establishes."""

    def syn_received(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """RST, ACK, and what repeats the SYN, in this order. That an ACK has a SYN bit too is not looked at."""
        resets = Response("resets_wrong_ack_in_syn_received", "resets a segment that acknowledges what it did not send.")
        repeats = Response("repeats_syn_ack_for_its_syn", "meets the SYN again that it has answered, and repeats its SYN,ACK.")
        repeats = repeats.send(tcb.segment("SYN,ACK", seq=tcb.iss, ack=tcb.rcv_nxt))
        drops = Response("drops_without_ack_in_syn_received", "drops a segment whose ACK bit is off.")
        right, its_syn = segment.ack == tcb.snd_nxt, segment.syn & (segment.seq == tcb.irs)
        rst = self.judged_rst(tcb, segment) + check("Second, check the RST bit", self.rst_bit(tcb, segment))
        return in_state(tcb, "SYN-RECEIVED", rst, "_in_syn_received") + (
            self.established_by(tcb, segment)
            .under(segment.has_ack & right)
            .otherwise(segment.has_ack, resets.send(tcb.reset_for(segment)))
            .otherwise(its_syn, repeats)
            .otherwise(TRUE, drops)
        )

    def established_by(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """What comes with the ACK is taken where it is next. What is not is answered by an ACK."""
        ack = Response("receives_ack", "takes the ACK of its SYN, whatever its SEQ.").establish(tcb)
        ack = ack.set(tcb, snd_una=segment.ack).accept()
        inside = within(tcb.rcv_nxt, segment.seq, tcb.rcv_nxt + self.receive_window(tcb))
        other = replace(ack.send(tcb.acknowledgment()), name="receives_ack_and_answers_it")
        text = replace(ack.set(tcb, rcv_nxt=segment.end), name="receives_ack_and_text").then_send(tcb.acknowledgment())
        exact = segment.seq == tcb.rcv_nxt
        cases = first(~segment.has_length & inside, ack)
        if tcb.closes:
            fin = replace(ack.set(tcb, rcv_nxt=segment.seq + segment.data + 1, state="CLOSE-WAIT"), name="receives_ack_and_fin")
            cases += first(exact & segment.fin, fin.then_send(tcb.acknowledgment()))
        return cases.otherwise(exact & segment.has_length, text).otherwise(TRUE, other)


class LooksAtAckBeforeSeq(JudgesRstBySeq):
    """§3.10.7.4, fifth: from ESTABLISHED on SEG.ACK comes before SEG.SEQ, and keeps nothing else from being taken.

    No segment is dropped for want of the ACK bit, and no old ACK answered; one of what was not sent is, and the rest is taken.
    So a FIN is acknowledged by any segment, wherever in the sequence that lies.
    """

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """In ESTABLISHED."""
        return in_state(tcb, "ESTABLISHED", self.ack_first(tcb, segment))

    def closing(self, state: str) -> Rule:
        """In the other states, but for TIME-WAIT."""
        if state == "TIME-WAIT":
            return super().closing(state)
        return lambda tcb, segment: closing_in(tcb, state, self.ack_first(tcb, segment))

    def ack_first(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """RST, SYN, ACK, SEQ, text and FIN, in this order. After a FIN no length counts: where a segment begins decides."""
        acknowledges = self.acknowledges(tcb, segment)
        reset = Response("is_reset", "is reset.").end(tcb)
        answers = continuing("acks_what_it_did_not_send", "answers an ACK of what it did not send by an ACK, and goes on.")
        takes = continuing("takes_ack", "takes an ACK, or what has none.").accept()
        takes = takes.set(tcb, snd_una=ite(segment.has_ack & acknowledges, segment.ack, tcb.snd_una))
        beyond = segment.has_ack & segment.ack.is_after(tcb.snd_nxt)
        wrong = Response("acks_wrong_seq", "answers a segment with a wrong SEQ by an ACK.").send(tcb.acknowledgment())
        of_fin = self.ack_of_fin(tcb, segment)
        of_fin = of_fin.without("takes_ack_in_closing").under(segment.has_ack) if tcb.closes else of_fin
        inside = within(tcb.rcv_nxt, segment.seq, tcb.rcv_nxt + self.receive_window(tcb))
        checks = in_turn(
            self.judged_rst(tcb, segment) + check("Second, check the RST bit", (segment.rst, reset)),
            check("Fourth, check the SYN bit", self.syn_bit(tcb, segment)),
            check("Fifth, check the ACK field", (beyond, answers.send(tcb.acknowledgment())), of_fin, (TRUE, takes)),
            check(
                "First, check sequence number",
                (ite(tcb.received_fin, ~inside, ~self.acceptable(tcb, segment)), wrong),
            ),
            *self.text_and_fin_checks(tcb, segment),
        )
        ways: dict[tuple[str, str], tuple[Expr, Response]] = {}
        for when, done in checks.branches:
            ways.setdefault((done.name, done.state), (when, done))  # another so named passes by a check that always applies
        return replace(checks, branches=tuple(ways.values()))


class HasRoomForTheFin(ThreeWay):
    """§3.10.7.4, first: after a FIN the window is one larger than was announced, since the FIN is not kept for the user."""

    def receive_window(self, tcb: Tcb) -> Expr | int:
        """RCV.WND as announced with the ACK of the FIN, and one more."""
        announced = super().receive_window(tcb)
        if not tcb.closes or not isinstance(announced, int):
            return announced
        return ite(tcb.received_fin, literal(announced + 1, Nat(announced + 1)), announced)


class ResetsSynInTimeWait(ThreeWay):
    """§3.10.7.4 in TIME-WAIT: a SYN in the window is reset, a RST ignored (RFC 1337), and no ACK looked at."""

    def closing(self, state: str) -> Rule:
        """TIME-WAIT has rules of its own."""
        return self.time_wait if state == "TIME-WAIT" else super().closing(state)

    def time_wait(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """What has a length draws an ACK, and nothing ends it but time."""
        window = from_to(tcb.rcv_nxt, segment.seq, tcb.rcv_nxt + self.receive_window(tcb))
        ignores = Response("ignores_rst_in_time_wait", "waits on, whatever is reset.")
        resets = Response("resets_syn_in_time_wait", "resets a SYN in its window, and waits on.")
        answers = Response("acks_in_time_wait", "answers what has a length by an ACK.").send(tcb.acknowledgment())
        waits = Response("waits_on_in_time_wait", "waits on.")
        return (
            first(segment.rst, ignores)
            .otherwise(segment.syn & window, resets.send(tcb.reset_for(segment)))
            .otherwise(segment.has_length, answers)
            .otherwise(TRUE, waits)
        )


class Lwip(
    ResetsWithAck,
    MeetsNoSyn,
    RepeatsSynAfterReset,
    LeavesFinAfterSyn,
    LeavesTextAfterSyn,
    ChecksNoSeqInSynReceived,
    LooksAtAckBeforeSeq,
    JudgesRstBySeq,
    IgnoresAnotherFin,
    HasRoomForTheFin,
    ResetsSynInTimeWait,
):
    """The three-way handshake as lwIP has it."""

    name = "lwip"
    summary = "the handshake of RFC 9293 as lwIP has it"
