"""The second copy of a SYN, while the first is pending, draws a reset."""

from model.notation.cases import first
from model.tcp.endpoint import Response
from model.tcp.handshakes.three_way import ThreeWay


class SecondSynIsReset(ThreeWay):
    name = "second-syn-is-reset"
    summary = "a SYN that comes again in SYN-RECEIVED draws RST,ACK"

    def syn_received(self, tcb, segment):
        again = (segment.ctl == "SYN") & (segment.seq == tcb.irs)
        resets = Response("resets_the_second_syn", "resets a SYN that it has already.").send(tcb.refusal_of(segment))
        return first(again, resets) + super().syn_received(tcb, segment)
