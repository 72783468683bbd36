"""In SYN-SENT any SYN,ACK is taken, whatever it acknowledges."""

from model.tcp.handshakes.three_way import ThreeWay


class AnySynAckIsTaken(ThreeWay):
    name = "any-syn-ack-is-taken"
    summary = "the ACK of a SYN,ACK is not checked"

    def syn_sent(self, tcb, segment):
        cases = super().syn_sent(tcb, segment)
        return cases.without("drops_wrong_rst").without("resets_wrong_ack")
