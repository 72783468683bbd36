"""A closed host answers a RST by a RST."""

from model.tcp.handshakes import ThreeWay


class RstDrawsRst(ThreeWay):
    name = "rst-draws-rst"
    summary = "no segment is discarded where nobody listens, not even a RST"

    def closed(self, tcb, segment):
        return super().closed(tcb, segment).without("discards_rst_when_closed")
