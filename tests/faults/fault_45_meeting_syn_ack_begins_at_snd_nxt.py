"""The SYN,ACK of a simultaneous open has SEQ=SND.NXT in place of ISS."""

from dataclasses import replace

from model.tcp.handshakes import ThreeWay


class MeetingSynAckBeginsAtSndNxt(ThreeWay):
    name = "meeting-syn-ack-begins-at-snd-nxt"
    summary = "the SYN of a simultaneous open is numbered twice"

    def syn_sent(self, tcb, segment):
        again = tcb.segment("SYN,ACK", seq=tcb.snd_nxt, ack=segment.seq + 1)
        return super().syn_sent(tcb, segment).replacing("meets_syn", lambda r: replace(r, sends=(again,)))
