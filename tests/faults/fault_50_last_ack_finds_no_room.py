"""The accept queue may be full when the last ACK comes: the half-open connection is then deleted, and nobody is told."""

from model import BOOL, Field, Response, first
from model.tcp.handshakes import ThreeWay


class LastAckFindsNoRoom(ThreeWay):
    name = "last-ack-finds-no-room"
    summary = "the last ACK is dropped with the connection that it was for"

    def variables(self, tcb):
        return (Field("full", BOOL, initial=False, outlives=True),)

    def syn_received(self, tcb, segment):
        good = (segment.ctl == "ACK") & self.acceptable(tcb, segment) & self.acknowledges(tcb, segment)
        drops = Response("finds_no_room", "has no room for another connection, and forgets this one.").end(tcb, "LISTEN")
        return first(tcb.passive & tcb.read("full") & good, drops) + super().syn_received(tcb, segment)

    def calls(self, tcb):
        yield from super().calls(tcb)
        fills = Response("is_busy", "has an accept queue that is full.").set(tcb, full=True)
        yield "RFC 4987", tcb.passive & ~tcb.read("full"), fills
