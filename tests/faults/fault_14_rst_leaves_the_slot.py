"""A RST leaves the half-open connection in the server's only slot."""

from model.tcp.endpoint import Response
from model.tcp.handshakes.three_way import ThreeWay


class RstLeavesTheSlot(ThreeWay):
    name = "rst-leaves-the-slot"
    summary = "a passive opener in SYN-RECEIVED notes a RST and keeps its TCB"

    def syn_received(self, tcb, segment):
        keeps = Response("keeps_its_tcb", "is reset, and keeps its TCB.")
        return super().syn_received(tcb, segment).replacing("is_reset_in_syn_received", lambda r: keeps)
