"""A SYN met in SYN-SENT is ignored: two that open at once ask each other for ever."""

from model import Cases, Response, Segment, Tcb
from model.tcp.handshakes import ThreeWay


class MeetsNoSyn(ThreeWay):
    name = "meets-no-syn"

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        ignores = Response("ignores_syn", "ignores a SYN while its own is unanswered.")
        return super().syn_sent(tcb, segment).replacing("meets_syn", ignores)
