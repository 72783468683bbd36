"""In SYN-SENT and SYN-RECEIVED SEG.ACK is compared with ISS+1, the only number that it can be."""

from model import Response, first
from model.tcp.handshakes import ThreeWay


class AckByEquality(ThreeWay):
    name = "ack-by-equality"
    summary = "the ACK of a SYN is compared by ="

    def acknowledges(self, tcb, segment):
        of_its_syn = segment.ack == tcb.iss + 1
        waits = (tcb.state == "SYN-SENT") | (tcb.state == "SYN-RECEIVED")
        return (waits & of_its_syn) | (~waits & super().acknowledges(tcb, segment))

    def syn_sent(self, tcb, segment):
        wrong = segment.has_ack & (segment.ack != tcb.iss + 1)
        drops = Response("drops_wrong_rst", "drops a RST for something else.")
        resets = Response("resets_wrong_ack", "resets what is for something else.").send(tcb.reset_for(segment))
        rest = super().syn_sent(tcb, segment).without("drops_wrong_rst", "resets_wrong_ack")
        return first(wrong & segment.rst, drops).otherwise(wrong, resets) + rest
