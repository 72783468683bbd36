"""In SYN-SENT SEG.ACK may be ISS: the check has =< where it should have <."""

from model import Response, first, from_to
from model.tcp.handshakes import ThreeWay


class SynAckOfIssIsTaken(ThreeWay):
    name = "syn-ack-of-iss-is-taken"
    summary = "a SYN,ACK need not acknowledge the SYN"

    def syn_sent(self, tcb, segment):
        takes = Response("takes_syn_ack", "takes a SYN,ACK.")
        takes = takes.set(tcb, rcv_nxt=segment.seq + 1, irs=segment.seq, snd_una=segment.ack)
        takes = self.complete(takes, tcb, segment).accept()
        good = from_to(tcb.iss, segment.ack, tcb.snd_nxt)
        return first((segment.ctl == "SYN,ACK") & good, takes) + super().syn_sent(tcb, segment)
