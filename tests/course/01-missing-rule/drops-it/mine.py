"""The three-way handshake of a colleague, who wrote three of its rules anew from RFC 9293 §3.10.7."""

from model import Cases, Response, Segment, Tcb, between, first, in_turn, ite
from model.tcp.endpoint import continuing
from model.tcp.handshakes import ThreeWay
from model.tcp.handshakes.checks import check, later, only_in


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way, with three rules written anew"

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.2, LISTEN STATE."""
        ignores = Response("ignores_rst", "is listening and ignores a RST.")
        resets = Response("resets_ack", "is listening and resets a segment with an ACK.").send(tcb.reset_for(segment))
        drops = Response("drops_other_control", "is listening and drops what has neither a SYN nor an ACK.")
        return in_turn(
            check("First, check for a RST", (segment.rst, ignores)),
            check("Second, check for an ACK", (segment.has_ack, resets)),
            check("Third, check for a SYN", (segment.syn, self.answer_syn(tcb, segment))),
            check("Fourth, other data or control", (segment.neither_syn_nor_ack_nor_rst, drops)),
        )

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.3, SYN-SENT STATE."""
        wrong_ack = segment.has_ack & ~between(tcb.iss, segment.ack, tcb.snd_nxt)
        learns = {"irs": segment.seq, "rcv_nxt": segment.seq + 1}
        drops = Response("drops_wrong_rst", "drops a RST for something it did not send.")
        resets = Response("resets_wrong_ack", "resets a segment that acknowledges something it did not send.")
        refused = Response("is_refused", "is refused: the RST is for its SYN.").end(tcb)
        unknown = Response("drops_rst_without_ack", "drops a RST that it cannot check.")
        learnt = Response("receives_syn_ack", "takes the SYN,ACK for its SYN.").set(tcb, **learns, snd_una=segment.ack)
        meets = Response("meets_syn", "takes a SYN while its own is unanswered.").set(tcb, **learns, state="SYN-RECEIVED")
        syn_ack = tcb.segment("SYN,ACK", seq=tcb.iss, ack=tcb.rcv_nxt)
        return in_turn(
            check(
                "First, check the ACK bit", (wrong_ack & segment.rst, drops), (wrong_ack, resets.send(tcb.reset_for(segment)))
            ),
            check("Second, check the RST bit", (segment.rst & segment.has_ack, refused), (segment.rst, unknown)),
            check(
                "Fourth, check the SYN bit",
                (segment.syn & segment.has_ack, self.complete(learnt, tcb, segment).accept()),
                (segment.syn, meets.then_send(syn_ack).accept()),
            ),
            check("Fifth, neither of the SYN or RST bits is set", (True, Response("drops_bare_ack", "drops a bare ACK."))),
        )

    def ack_field(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.4, fifth, check the ACK field: in SYN-RECEIVED, and the same in all later states."""
        acknowledges = between(tcb.snd_una, segment.ack, tcb.snd_nxt)
        drops = Response("drops_without_ack", "drops a segment whose ACK bit is off.")
        drops_ack = Response("drops_wrong_ack_in_syn_received", "drops a segment that acknowledges what it did not send.")
        receives = continuing("receives_ack", "takes the ACK of its SYN.").establish(tcb).set(tcb, snd_una=segment.ack).accept()
        takes = continuing("takes_ack", "takes an ACK.").set(tcb, snd_una=ite(acknowledges, segment.ack, tcb.snd_una)).accept()
        answers = Response("acks_what_it_did_not_send", "answers an ACK of what it did not send by an ACK.")
        return (
            first(segment.neither_syn_nor_ack_nor_rst, drops)
            + only_in(tcb, "SYN-RECEIVED", (~acknowledges, drops_ack), (True, receives))
            + later(tcb, (~self.plausible_ack(tcb, segment), answers.send(tcb.acknowledgment())), (True, takes))
        )
