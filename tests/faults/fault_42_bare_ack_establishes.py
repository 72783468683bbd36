"""In SYN-SENT an ACK of the SYN establishes, also without a SYN."""

from model import Response
from model.tcp.handshakes import ThreeWay


class BareAckEstablishes(ThreeWay):
    name = "bare-ack-establishes"
    summary = "SYN-SENT does not look for the SYN bit"

    def syn_sent(self, tcb, segment):
        takes = Response("takes_bare_ack", "takes an ACK without a SYN.")
        takes = takes.set(tcb, rcv_nxt=segment.seq, irs=segment.seq - 1, snd_una=segment.ack).establish(tcb).accept()
        return super().syn_sent(tcb, segment).replacing("drops_bare_ack", takes)
