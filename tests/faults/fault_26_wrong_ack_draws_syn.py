"""In SYN-SENT a wrong ACK draws a SYN in place of a RST."""

from dataclasses import replace

from model.tcp.handshakes.three_way import ThreeWay


class WrongAckDrawsSyn(ThreeWay):
    name = "wrong-ack-draws-syn"
    summary = "a wrong ACK makes it send its SYN again"

    def syn_sent(self, tcb, segment):
        syn = tcb.segment("SYN", seq=tcb.iss)
        return super().syn_sent(tcb, segment).replacing("resets_wrong_ack", lambda r: replace(r, sends=(syn,)))
