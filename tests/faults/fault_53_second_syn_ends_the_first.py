"""A SYN that comes again in SYN-RECEIVED ends the connection: it is taken for an error."""

from model import Response, first
from model.tcp.handshakes import ThreeWay


class SecondSynEndsTheFirst(ThreeWay):
    name = "second-syn-ends-the-first"
    summary = "a copy of the SYN deletes the half-open connection"

    def syn_received(self, tcb, segment):
        ends = Response("ends_on_syn", "ends on a SYN.").end(tcb, "LISTEN")
        return first((segment.ctl == "SYN") & tcb.passive, ends) + super().syn_received(tcb, segment)
