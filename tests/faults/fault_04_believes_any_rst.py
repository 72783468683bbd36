"""In SYN-SENT any RST is believed, whatever it acknowledges: an old one ends a new attempt."""

from model import Cases, Response, Segment, Tcb, first
from model.tcp.handshakes import ThreeWay


class BelievesAnyRst(ThreeWay):
    name = "believes-any-rst"

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        reset = Response("is_refused_by_anything", "is refused by any RST.").end(tcb)
        return first(segment.rst, reset) + super().syn_sent(tcb, segment)
