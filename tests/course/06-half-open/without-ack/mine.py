"""Three-way, with CLOSED written anew."""

from model import Cases, Response, Segment, Tcb, first
from model.tcp.handshakes import ThreeWay


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way, with CLOSED written anew"

    def closed(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.1, CLOSED STATE: a host that has no connection, or has forgotten it."""
        discards = Response("discards_rst_when_closed", "has no connection and discards a RST.")
        resets = Response("resets_when_closed", "has no connection and resets what arrives.")
        reset = tcb.segment("RST", seq=segment.ack)
        return first(segment.rst, discards).otherwise(True, resets.send(reset))
