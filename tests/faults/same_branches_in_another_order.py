"""The checks of SYN-SENT, with branches of its own, that come to the same."""

from model.notation.cases import first
from model.notation.circle import between
from model.tcp.endpoint import Response
from model.tcp.handshakes.three_way import ThreeWay


class BranchesInAnotherOrder(ThreeWay):
    name = "branches-in-another-order"
    summary = "three-way with SYN-SENT written anew"

    def syn_sent(self, tcb, segment):
        good = ~segment.has_ack | between(tcb.iss, segment.ack, tcb.snd_nxt)
        numbers = {"rcv_nxt": segment.seq + 1, "irs": segment.seq}
        wrong = Response("refutes", "resets what acknowledges something it did not send.").send(tcb.reset_for(segment))
        over = Response("stops", "is refused.").end(tcb)
        done = Response("is_answered", "takes the SYN,ACK.").set(tcb, **numbers, snd_una=segment.ack)
        both = Response("meets", "takes a SYN.").set(tcb, **numbers).set(tcb, state="SYN-RECEIVED")
        both = both.then_send(tcb.segment("SYN,ACK", seq=tcb.iss, ack=tcb.rcv_nxt)).accept()
        return (
            first(segment.rst & good & segment.has_ack, over)
            .otherwise(segment.rst, Response("drops_any_other_rst", "drops a RST."))
            .otherwise(~good, wrong)
            .otherwise(segment.syn & segment.has_ack, self.complete(done, tcb, segment).accept())
            .otherwise(segment.syn, both)
            .otherwise(True, Response("drops_it", "drops the rest."))
        )
