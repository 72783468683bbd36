"""SYN-SENT drops a wrong ACK without a word."""

from dataclasses import replace

from model.tcp.handshakes.three_way import ThreeWay


class WrongAckIsDropped(ThreeWay):
    name = "wrong-ack-is-dropped"
    summary = "a wrong ACK in SYN-SENT draws no reset"

    def syn_sent(self, tcb, segment):
        return super().syn_sent(tcb, segment).replacing("resets_wrong_ack", lambda r: replace(r, sends=()))
