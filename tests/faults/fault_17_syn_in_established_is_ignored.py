"""A SYN that arrives in ESTABLISHED is dropped without an answer."""

from model.notation.cases import first
from model.tcp.endpoint import Response
from model.tcp.handshakes.three_way import ThreeWay


class SynInEstablishedIsIgnored(ThreeWay):
    name = "syn-in-established-is-ignored"
    summary = "no challenge ACK for a SYN in ESTABLISHED"

    def established(self, tcb, segment):
        drops = Response("drops_syn", "drops a SYN.")
        return first(segment.ctl == "SYN", drops) + super().established(tcb, segment)
