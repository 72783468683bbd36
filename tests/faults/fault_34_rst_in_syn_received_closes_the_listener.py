"""A RST in SYN-RECEIVED leads to CLOSED, however the connection was opened."""

from model import Response
from model.tcp.handshakes import ThreeWay


class RstInSynReceivedClosesTheListener(ThreeWay):
    name = "rst-in-syn-received-closes-the-listener"
    summary = "SYN-RECEIVED does not remember that it came from LISTEN"

    def syn_received(self, tcb, segment):
        dies = Response("is_reset_in_syn_received", "is reset and closed.").end(tcb)
        return super().syn_received(tcb, segment).replacing("is_reset_in_syn_received", dies)
