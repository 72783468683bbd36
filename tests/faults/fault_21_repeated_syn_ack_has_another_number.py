"""A SYN,ACK that is sent again has SEQ=SND.NXT."""

from dataclasses import replace

from model.tcp.handshakes.three_way import ThreeWay


class RepeatedSynAckHasAnotherNumber(ThreeWay):
    name = "repeated-syn-ack-has-another-number"
    summary = "the retransmitted SYN,ACK is numbered one too high"

    def retransmit_answer(self, tcb):
        again = tcb.segment("SYN,ACK", seq=tcb.snd_nxt, ack=tcb.rcv_nxt)
        for section, condition, response in super().retransmit_answer(tcb):
            yield section, condition, replace(response, sends=(again,))
