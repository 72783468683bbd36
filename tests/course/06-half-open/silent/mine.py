"""Three-way, with CLOSED written anew."""

from model import Cases, Response, Segment, Tcb
from model.tcp.handshakes import ThreeWay


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way, with CLOSED written anew"

    def closed(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.1, CLOSED STATE: a host that has no connection, or has forgotten it."""
        ignores = Response("ignores", "has no connection and ignores what arrives.")
        return super().closed(tcb, segment).only("discards_rst_when_closed").otherwise(True, ignores)
