"""The SYN,ACK acknowledges SEG.SEQ and not SEG.SEQ+1."""

from dataclasses import replace

from model.tcp.handshakes import ThreeWay


class SynAckAcksSeq(ThreeWay):
    name = "syn-ack-acks-seq"
    summary = "the SYN,ACK forgets that a SYN counts one"

    def answer_syn(self, tcb, segment):
        response = super().answer_syn(tcb, segment)
        (sent,) = response.sends
        return replace(response, sends=(replace(sent, ack=segment.seq),))
