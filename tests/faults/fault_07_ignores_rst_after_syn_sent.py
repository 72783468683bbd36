"""A RST is ignored in a SYN-RECEIVED that was entered from SYN-SENT: who opened is not told that the other has left."""

from model import Cases, Response, Segment, Tcb
from model.tcp.handshakes import ThreeWay


class IgnoresRstAfterSynSent(ThreeWay):
    name = "ignores-rst-after-syn-sent"

    def rst_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        ignores = Response("ignores_rst_after_syn_sent", "ignores a RST.", state="SYN-RECEIVED")
        return super().rst_bit(tcb, segment).replacing("is_refused_in_syn_received", ignores)
