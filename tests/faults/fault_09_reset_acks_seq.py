"""A closed host's RST,ACK acknowledges SEG.SEQ, and not SEG.SEQ+1."""

from dataclasses import replace

from model.tcp.handshakes.three_way import ThreeWay


class ResetAcksSeq(ThreeWay):
    name = "reset-acks-seq"
    summary = "the reset of a SYN forgets that a SYN counts one"

    def closed(self, tcb, segment):
        wrong = tcb.segment("RST,ACK", seq=0, ack=segment.seq)
        return super().closed(tcb, segment).replacing("resets_syn_when_closed", lambda r: replace(r, sends=(wrong,)))
