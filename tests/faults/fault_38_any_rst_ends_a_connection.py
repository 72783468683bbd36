"""A RST ends ESTABLISHED before its sequence number is looked at."""

from model import Response, first
from model.tcp.handshakes import ThreeWay


class AnyRstEndsAConnection(ThreeWay):
    name = "any-rst-ends-a-connection"
    summary = "the RST bit is checked before the sequence number"

    def established(self, tcb, segment):
        ends = Response("is_reset_at_once", "is reset by whatever RST.").end(tcb)
        return first(segment.rst, ends) + super().established(tcb, segment)
