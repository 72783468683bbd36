"""What libslirp does otherwise than RFC 9293 has it, rule by rule, and the handshake that does all of it.

Its TCP is 4.4BSD's, as it was before RFC 5961, behind which stands a proxy instead of a listener. Each class is one such thing
and says only what differs; :class:`Slirp` is the three-way handshake with all of them. They were found by asking libslirp 4.7
for its answer to everything (``synproof replay answer-table --on slirp``).
"""

from __future__ import annotations

from dataclasses import replace

from model.notation.cases import Cases, first
from model.notation.expr import FALSE, TRUE, Expr, conj, ite
from model.tcp.endpoint import Response, Tcb, is_one_of
from model.tcp.handshakes.checks import check
from model.tcp.handshakes.linux import AcksSynAckItMet, PutsOffClose
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.segment import Segment


def _reset_of(tcb: Tcb, segment: Segment, name: str, doc: str) -> Cases[Response]:
    """Return the RST that anything draws; a FIN does not count in what it acknowledges, nor the text of a SYN alone."""
    alone = conj(segment.syn, ~segment.fin, ~segment.rst)
    end = ite(alone, segment.seq + 1, ite(segment.fin, segment.end - 1, segment.end))
    with_ack = Response(f"{name}_with_ack", doc).send(tcb.reset_for(segment))
    return first(segment.has_ack, with_ack).otherwise(TRUE, Response(name, doc).send(tcb.segment("RST,ACK", seq=0, ack=end)))


class ResetsAllButSyn(ThreeWay):
    """§3.10.7.1 and §3.10.7.2: where there is no connection, a SYN alone opens one, and all else is reset: a RST too."""

    def closed(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """Nothing is discarded."""
        return _reset_of(tcb, segment, "resets_anything_when_closed", "has no connection and resets whatever it is.")

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """Neither is anything there."""
        alone = conj(segment.syn, ~segment.fin, ~segment.rst, ~segment.has_ack)
        resets = _reset_of(tcb, segment, "resets_anything_in_listen", "is listening and resets what is no SYN alone.")
        return check("Third, check for a SYN", (alone, self.answer_syn(tcb, segment))) + resets


class ResetsRstInSynSent(ThreeWay):
    """§3.10.7.3, first: in SYN-SENT a wrong ACK is reset though it has the RST bit."""

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """The RST bit is looked at later."""
        resets = Response("resets_wrong_rst", "resets a RST that acknowledges something it did not send.")
        wrong = conj(segment.rst, segment.has_ack, segment.ack != tcb.snd_nxt)
        return check("First, check the ACK bit", (wrong, resets.send(tcb.reset_for(segment)))) + super().syn_sent(tcb, segment)


class FollowsNoRfc5961(ThreeWay):
    """§3.10.7.4: no RST is challenged, and no ACK too old."""

    def challenged(self, tcb: Tcb, segment: Segment) -> Expr:
        """Any RST in the window counts."""
        return FALSE

    def plausible_ack(self, tcb: Tcb, segment: Segment) -> Expr:
        """SEG.ACK =< SND.NXT."""
        return ~segment.ack.is_after(tcb.snd_nxt)


class TakesRightEdge(ThreeWay):
    """§3.10.7.4, first: what begins one beyond the window is acceptable."""

    def in_receive_window(self, tcb: Tcb, segment: Segment) -> Expr:
        """It has more room than it announces."""
        return super().in_receive_window(tcb, segment) | (segment.seq == tcb.rcv_nxt + self.receive_window(tcb))


class TakesAckOfItsOwnIss(ThreeWay):
    """§3.10.7.4, fifth: SEG.ACK = ISS is taken in SYN-RECEIVED for an ACK of its SYN."""

    def acknowledges(self, tcb: Tcb, segment: Segment) -> Expr:
        """SND.UNA =< SEG.ACK =< SND.NXT there, where the RFC has SND.UNA < SEG.ACK."""
        its_iss = (tcb.state == "SYN-RECEIVED") & (segment.ack == tcb.snd_una)
        return super().acknowledges(tcb, segment) | its_iss


class EndsByAnySyn(ThreeWay):
    """§3.10.7.4, fourth: a SYN in the window ends the connection by two RSTs, one of the connection and one for the SYN."""

    def syn_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """After a passive OPEN, SYN-RECEIVED goes back to LISTEN."""
        own = tcb.segment("RST,ACK", seq=tcb.snd_nxt, ack=tcb.rcv_nxt)
        end = ite(segment.fin, segment.end - 1, segment.end)
        ends = Response("ends_by_a_syn", "ends its connection for a SYN in its window, and resets that too.").send(own)
        back = replace(ends, name="ends_by_a_syn_and_listens")
        listens = (tcb.state == "SYN-RECEIVED") & tcb.passive
        cases: Cases[Response] = Cases(())
        for where, done, state in ((listens, back, "LISTEN"), (TRUE, ends, "CLOSED")):
            of_ack = replace(done, name=f"{done.name}_with_ack").send(tcb.reset_for(segment)).end(tcb, state)
            alone = done.send(tcb.segment("RST,ACK", seq=0, ack=end)).end(tcb, state)
            cases += first(conj(segment.syn, segment.has_ack, where), of_ack).otherwise(segment.syn & where, alone)
        return cases


class TrimsWhatIsOld(ThreeWay):
    """§3.10.7.4, first: what begins before RCV.NXT is trimmed, the SYN too, and its RST and ACK are taken all the same."""

    def sequence_number(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """What has an ACK is answered by one, and what has none by nothing."""
        old = tcb.rcv_nxt.is_after(segment.seq) & ~is_one_of(tcb.state, ("TIME-WAIT",))
        opening, known = tcb.state == "SYN-RECEIVED", self.acknowledges(tcb, segment)
        ended = Response("is_reset_by_an_old_rst", "is reset by a RST with an old SEQ.").end(tcb)
        back = Response("is_reset_by_an_old_rst_and_listens", "is reset by a RST with an old SEQ, and listens.").end(
            tcb, "LISTEN"
        )
        drops = Response("drops_old_without_ack", "drops an old segment whose ACK bit is off.")
        takes = Response("takes_ack_of_an_old_segment", "takes the ACK of its SYN from an old segment, and answers by an ACK.")
        takes = takes.establish(tcb).set(tcb, snd_una=segment.ack).accept().send(tcb.acknowledgment())
        resets = Response("resets_old_with_wrong_ack", "resets an old segment that acknowledges what it did not send.")
        fin = conj(segment.syn, segment.fin, segment.seq + 1 == tcb.rcv_nxt, ~segment.has_data, segment.has_ack)
        trimmed = old & ~fin
        cases = (
            first(conj(old, segment.rst, opening, tcb.passive), back)
            .otherwise(old & segment.rst, ended)
            .otherwise(old & ~segment.has_ack, drops)
            .otherwise(conj(trimmed, opening, known), takes)
            .otherwise(conj(old, opening, ~known), resets.send(tcb.reset_for(segment)))
        )
        if tcb.closes:
            closes = Response("takes_fin_behind_an_old_syn", "takes a FIN, trimming off the old SYN before it.").accept()
            closes = closes.set(tcb, rcv_nxt=tcb.rcv_nxt + 1, state="CLOSE-WAIT", snd_una=ite(known, segment.ack, tcb.snd_una))
            closes = closes.then_send(tcb.acknowledgment())
            opens = replace(closes, name="takes_ack_and_fin_behind_an_old_syn").establish(tcb).set(tcb, state="CLOSE-WAIT")
            old_fin = old & fin
            cases = cases.otherwise(conj(old_fin, opening, known), opens)
            open_ = is_one_of(tcb.state, ("ESTABLISHED",))
            cases = cases.otherwise(conj(old_fin, open_, self.plausible_ack(tcb, segment)), closes)
        return cases + super().sequence_number(tcb, segment)


class RepeatsFinWithAck(ThreeWay):
    """§3.10.7.4, eighth: who meets a FIN while its own is not acknowledged sends its own again with the ACK."""

    def fin(self, tcb: Tcb, number: Expr, when: Expr, suffix: str, said: str) -> Cases[Response]:
        """The FIN is the same one, at the number before SND.NXT."""
        cases = super().fin(tcb, number, when, suffix, said)
        branches = tuple(
            (met, _with_fin(tcb, done) if done.name.startswith("meets_fin") else done) for met, done in cases.branches
        )
        return replace(cases, branches=branches)


def _with_fin(tcb: Tcb, response: Response) -> Response:
    sends = tuple(tcb.segment("FIN,ACK", seq=segment.seq - 1, ack=segment.ack) for segment in response.sends)
    return replace(response, sends=sends)


class Slirp(
    ResetsAllButSyn,
    ResetsRstInSynSent,
    AcksSynAckItMet,
    EndsByAnySyn,
    TakesRightEdge,
    FollowsNoRfc5961,
    TakesAckOfItsOwnIss,
    TrimsWhatIsOld,
    RepeatsFinWithAck,
    PutsOffClose,
):
    """The three-way handshake as libslirp has it."""

    name = "slirp"
    summary = "the handshake of RFC 9293 as libslirp has it"
