"""Three-way, with SYN-SENT as somebody wrote it who thought of clients and servers only."""

from model import Cases, Response, Segment, Tcb, between, in_turn
from model.tcp.handshakes import ThreeWay
from model.tcp.handshakes.checks import check


class Faulty(ThreeWay):
    name = "faulty"
    summary = "three-way, with SYN-SENT written anew"

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.3, SYN-SENT STATE."""
        wrong_ack = segment.has_ack & ~between(tcb.iss, segment.ack, tcb.snd_nxt)
        learns = {"irs": segment.seq, "rcv_nxt": segment.seq + 1}
        drops = Response("drops_wrong_rst", "drops a RST for something it did not send.")
        resets = Response("resets_wrong_ack", "resets a segment that acknowledges something it did not send.")
        refused = Response("is_refused", "is refused: the RST is for its SYN.").end(tcb)
        unknown = Response("drops_rst_without_ack", "drops a RST that it cannot check.")
        learnt = Response("receives_syn_ack", "takes the SYN,ACK for its SYN.").set(tcb, **learns, snd_una=segment.ack)
        waits = Response("meets_syn", "drops a SYN, and goes on waiting for a SYN,ACK.")
        return in_turn(
            check(
                "First, check the ACK bit", (wrong_ack & segment.rst, drops), (wrong_ack, resets.send(tcb.reset_for(segment)))
            ),
            check("Second, check the RST bit", (segment.rst & segment.has_ack, refused), (segment.rst, unknown)),
            check(
                "Fourth, check the SYN bit",
                (segment.syn & segment.has_ack, self.complete(learnt, tcb, segment).accept()),
                (segment.syn, waits),
            ),
            check("Fifth, neither of the SYN or RST bits is set", (True, Response("drops_bare_ack", "drops a bare ACK."))),
        )
