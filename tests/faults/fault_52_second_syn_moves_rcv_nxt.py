"""Each copy of the SYN moves RCV.NXT, so that the SYN,ACK sent for it acknowledges one too many."""

from model import Response, first
from model.tcp.handshakes import ThreeWay


class SecondSynMovesRcvNxt(ThreeWay):
    name = "second-syn-moves-rcv-nxt"
    summary = "a SYN that comes again in SYN-RECEIVED counts again"

    def syn_received(self, tcb, segment):
        copy = (segment.ctl == "SYN") & (segment.seq == tcb.irs)
        again = Response("answers_again", "answers a SYN once more.").set(tcb, rcv_nxt=tcb.rcv_nxt + 1).accept()
        again = again.then_send(tcb.segment("SYN,ACK", seq=tcb.iss, ack=tcb.rcv_nxt))
        return first(copy, again) + super().syn_received(tcb, segment)
