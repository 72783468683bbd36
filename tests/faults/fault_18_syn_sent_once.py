"""The SYN is sent once, and never again."""

from model.notation.expr import FALSE
from model.tcp.handshakes.three_way import ThreeWay


class SynSentOnce(ThreeWay):
    name = "syn-sent-once"
    summary = "SYN-SENT has no retransmission timer"

    def syn_unacknowledged(self, tcb):
        return FALSE
