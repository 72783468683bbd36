"""The SYN,ACK is sent once, and never again."""

from model.tcp.handshakes.three_way import ThreeWay


class SynAckSentOnce(ThreeWay):
    name = "syn-ack-sent-once"
    summary = "SYN-RECEIVED has no retransmission timer"

    def retransmit_answer(self, tcb):
        return iter(())
