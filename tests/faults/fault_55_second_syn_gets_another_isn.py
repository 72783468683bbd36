"""A copy of the SYN is answered with another ISN: the half-open connection begins anew."""

from dataclasses import replace

from model import EventKind, first
from model.tcp.handshakes import ThreeWay


class SecondSynGetsAnotherIsn(ThreeWay):
    name = "second-syn-gets-another-isn"
    summary = "each SYN draws a SYN,ACK of its own"

    def syn_received(self, tcb, segment):
        anew = replace(self.answer_syn(tcb, segment), name="answers_anew").event(EventKind.ENDS)
        return first((segment.ctl == "SYN") & tcb.passive, anew) + super().syn_received(tcb, segment)
