"""A RST that arrives in LISTEN closes the listener."""

from model.tcp.handshakes.three_way import ThreeWay


class RstEndsTheListener(ThreeWay):
    name = "rst-ends-the-listener"
    summary = "LISTEN believes a RST"

    def listen(self, tcb, segment):
        return super().listen(tcb, segment).replacing("ignores_rst", lambda r: r.end(tcb))
