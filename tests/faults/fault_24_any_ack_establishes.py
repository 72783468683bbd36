"""In SYN-RECEIVED any ACK establishes, whatever it acknowledges."""

from model.tcp.handshakes.three_way import ThreeWay


class AnyAckEstablishes(ThreeWay):
    name = "any-ack-establishes"
    summary = "the ACK of the SYN,ACK is not checked"

    def syn_received(self, tcb, segment):
        return super().syn_received(tcb, segment).without("resets_wrong_ack_in_syn_received")
