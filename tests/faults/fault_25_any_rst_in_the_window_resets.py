"""A RST anywhere in the window ends the connection."""

from model.notation.expr import FALSE
from model.tcp.handshakes.three_way import ThreeWay


class AnyRstInTheWindowResets(ThreeWay):
    name = "any-rst-in-the-window-resets"
    summary = "RFC 5961's exact check of a RST is missing"

    def challenged(self, tcb, segment):
        return FALSE
