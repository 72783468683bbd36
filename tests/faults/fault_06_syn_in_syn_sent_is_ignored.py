"""A SYN that is met in SYN-SENT is ignored: no simultaneous open."""

from model.notation.cases import first
from model.tcp.endpoint import Response
from model.tcp.handshakes.three_way import ThreeWay


class SynInSynSentIsIgnored(ThreeWay):
    name = "syn-in-syn-sent-is-ignored"
    summary = "a SYN in SYN-SENT is dropped"

    def syn_sent(self, tcb, segment):
        return first(segment.ctl == "SYN", Response("ignores_syn", "ignores a SYN.")) + super().syn_sent(tcb, segment)
