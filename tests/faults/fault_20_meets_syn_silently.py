"""A SYN met in SYN-SENT leads to SYN-RECEIVED, and is not answered."""

from dataclasses import replace

from model.tcp.handshakes.three_way import ThreeWay


class MeetsSynSilently(ThreeWay):
    name = "meets-syn-silently"
    summary = "no SYN,ACK is sent for a SYN met in SYN-SENT"

    def syn_sent(self, tcb, segment):
        return super().syn_sent(tcb, segment).replacing("meets_syn", lambda r: replace(r, sends=()))

    def retransmit_answer(self, tcb):
        for section, condition, response in super().retransmit_answer(tcb):
            yield section, condition & tcb.passive, response
