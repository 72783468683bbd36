"""A SYN,ACK that comes again in ESTABLISHED is dropped: the server that has lost the third segment is never told again."""

from model import Response, first
from model.tcp.handshakes import ThreeWay


class SynAckInEstablishedIsIgnored(ThreeWay):
    name = "syn-ack-in-established-is-ignored"
    summary = "no ACK for a SYN,ACK that comes again"

    def established(self, tcb, segment):
        drops = Response("drops_syn_ack", "drops a SYN,ACK that it has already.")
        return first(segment.ctl == "SYN,ACK", drops) + super().established(tcb, segment)
