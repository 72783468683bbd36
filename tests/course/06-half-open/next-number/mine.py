"""Three-way, with CLOSED written anew."""

from model import Cases, Response, Segment, Tcb, first
from model.tcp.handshakes import ThreeWay


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way, with CLOSED written anew"

    def closed(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.1, CLOSED STATE: a host that has no connection, or has forgotten it."""
        discards = Response("discards_rst_when_closed", "has no connection and discards a RST.")
        of_syn = Response("resets_syn_when_closed", "has no connection and resets a SYN.")
        of_ack = Response("resets_ack_when_closed", "has no connection and resets a segment with an ACK.")
        of_syn = of_syn.send(tcb.segment("RST,ACK", seq=0, ack=segment.end))
        of_ack = of_ack.send(tcb.segment("RST", seq=segment.ack + 1))
        return first(segment.rst, discards).otherwise(~segment.has_ack, of_syn).otherwise(True, of_ack)
