"""ESTABLISHED does not know RST."""

from model import Response, first
from model.tcp.handshakes import ThreeWay


class RstIsIgnoredInEstablished(ThreeWay):
    name = "rst-is-ignored-in-established"
    summary = "a RST does not end a connection"

    def rst_bit(self, tcb, segment):
        ignores = Response("ignores_rst_in_established", "ignores a RST.")
        return first(segment.rst & (tcb.state == "ESTABLISHED"), ignores) + super().rst_bit(tcb, segment)
