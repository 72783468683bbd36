"""In SYN-SENT a RST is believed if it acknowledges ISS, and not ISS+1."""

from model import Response, first
from model.tcp.handshakes import ThreeWay


class RstCheckIsOffByOne(ThreeWay):
    name = "rst-check-is-off-by-one"
    summary = "the RST that refuses a SYN has to have ACK=ISS"

    def syn_sent(self, tcb, segment):
        rst_ack = segment.ctl == "RST,ACK"
        ends = Response("believes_rst", "is refused.").end(tcb)
        drops = Response("drops_other_rst", "drops a RST.")
        return first(rst_ack & (segment.ack == tcb.iss), ends).otherwise(rst_ack, drops) + super().syn_sent(tcb, segment)
