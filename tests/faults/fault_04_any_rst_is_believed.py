"""In SYN-SENT any RST is believed, whatever its ACK."""

from model.notation.cases import first
from model.tcp.endpoint import Response
from model.tcp.handshakes.three_way import ThreeWay


class AnyRstIsBelieved(ThreeWay):
    name = "any-rst-is-believed"
    summary = "a RST in SYN-SENT is not held against the SYN"

    def syn_sent(self, tcb, segment):
        ends = Response("is_refused_by_any_rst", "is refused by whatever RST arrives.").end(tcb)
        return first(segment.rst, ends) + super().syn_sent(tcb, segment)
