"""The SYN,ACK that finishes a simultaneous open is refused."""

from model.notation.cases import first
from model.tcp.endpoint import Response
from model.tcp.handshakes.three_way import ThreeWay


class MeetingSynAckIsRefused(ThreeWay):
    name = "meeting-syn-ack-is-refused"
    summary = "in SYN-RECEIVED a SYN,ACK is answered by an ACK, as outside the window"

    def syn_received(self, tcb, segment):
        again = Response("acks_syn_ack", "answers a SYN,ACK by an ACK.").send(tcb.acknowledgment())
        return first(segment.ctl == "SYN,ACK", again) + super().syn_received(tcb, segment)
