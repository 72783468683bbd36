"""Text that comes with the last ACK of the handshake moves RCV.NXT twice."""

from model.tcp.handshakes import ThreeWay


class TextOfThirdSegmentCountsDouble(ThreeWay):
    name = "text-of-third-segment-counts-double"
    summary = "RCV.NXT moves over text in SYN-RECEIVED once too often"

    def syn_received(self, tcb, segment):
        twice = segment.seq + segment.data + segment.data
        return super().syn_received(tcb, segment).replacing("receives_ack_with_data", lambda r: r.set(tcb, rcv_nxt=twice))
