"""A SYN that is met in SYN-SENT establishes at once."""

from model import Response
from model.tcp.handshakes import ThreeWay


class MeetsSynAndIsEstablished(ThreeWay):
    name = "meets-syn-and-is-established"
    summary = "SYN-SENT takes any SYN for the answer"

    def syn_sent(self, tcb, segment):
        takes = Response("meets_syn", "takes a SYN and is connected.")
        takes = takes.set(tcb, rcv_nxt=segment.seq + 1, irs=segment.seq).establish(tcb).accept()
        return super().syn_sent(tcb, segment).replacing("meets_syn", takes.then_send(tcb.acknowledgment()))
