"""A SYN that comes in SYN-RECEIVED is dropped: there is one connection at a time."""

from model import Response, first
from model.tcp.handshakes import ThreeWay


class SecondSynIsDropped(ThreeWay):
    name = "second-syn-is-dropped"
    summary = "SYN-RECEIVED answers no SYN"

    def syn_received(self, tcb, segment):
        return first(segment.ctl == "SYN", Response("drops_syn", "drops a SYN.")) + super().syn_received(tcb, segment)
