"""Three-way, whose client looks for a RST first, and believes one whose ACK is right or not there."""

from model import between
from model.tcp.handshakes import ThreeWay

RESETS = ("is_refused", "drops_rst_without_ack")


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way, with another SYN-SENT rule"

    def syn_sent(self, tcb, segment):
        """§3.10.7.3 in another order: a RST is done with before anything else is looked at."""
        cases = super().syn_sent(tcb, segment)
        right_ack = between(tcb.iss, segment.ack, tcb.snd_nxt)  # ISS < SEG.ACK =< SND.NXT
        believed = right_ack | ~segment.has_ack
        return cases.only(*RESETS).under(believed) + cases.without(*RESETS)
