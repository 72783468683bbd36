"""In SYN-RECEIVED any RST ends the attempt, whatever its number."""

from model import Response, first
from model.tcp.handshakes import ThreeWay


class AnyRstEndsSynReceived(ThreeWay):
    name = "any-rst-ends-syn-received"
    summary = "a RST for a half-open connection is not validated"

    def syn_received(self, tcb, segment):
        listens = Response("listens_again", "is reset and listens again.").end(tcb, "LISTEN")
        return first(segment.rst & tcb.passive, listens) + super().syn_received(tcb, segment)
