"""A RST leaves the half-open connection where it is, in the only slot that the server has."""

from model import Cases, Response, Segment, Tcb
from model.tcp.handshakes import ThreeWay


class RstKeepsTheSlot(ThreeWay):
    name = "rst-keeps-the-slot"

    def rst_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        keeps = Response("keeps_the_slot", "takes a RST, and keeps its TCB.", state="SYN-RECEIVED")
        return super().rst_bit(tcb, segment).replacing("is_reset_in_syn_received", keeps)
