"""Empty ACKs have SEQ=0."""

from dataclasses import replace

from model.notation.expr import literal
from model.notation.sorts import SEQ
from model.tcp.handshakes.three_way import ThreeWay


class AcksBeginAtZero(ThreeWay):
    name = "acks-begin-at-zero"
    summary = "the ACK of the SYN,ACK has no sequence number"

    def syn_sent(self, tcb, segment):
        def unnumbered(response):
            zero = literal(0, SEQ)
            return replace(response, sends=tuple(replace(sent, seq=zero) for sent in response.sends))

        return super().syn_sent(tcb, segment).replacing("receives_syn_ack", unnumbered)
