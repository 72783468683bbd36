"""The second copy of a SYN, while the first is pending, draws <SEQ=0><ACK=SEG.SEQ+1><CTL=RST,ACK>: who is served is refused."""

from model import Cases, Response, Segment, Tcb, first
from model.tcp.handshakes import ThreeWay


class RefusesSecondSyn(ThreeWay):
    name = "refuses-second-syn"

    def syn_received(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        again = (segment.ctl == "SYN") & (segment.seq == tcb.irs)
        refuses = Response("refuses_second_syn", "resets a SYN that it has answered already.").send(tcb.refusal_of(segment))
        return first(again, refuses) + super().syn_received(tcb, segment)
