"""Two that open at once: the SYN that is met is answered by an ACK and not by a SYN,ACK."""

from dataclasses import replace

from model.tcp.handshakes import ThreeWay


class MeetsSynByAck(ThreeWay):
    name = "meets-syn-by-ack"
    summary = "a SYN in SYN-SENT draws an ACK"

    def syn_sent(self, tcb, segment):
        ack = tcb.segment("ACK", seq=tcb.snd_nxt, ack=segment.seq + 1)
        return super().syn_sent(tcb, segment).replacing("meets_syn", lambda r: replace(r, sends=(ack,)))
