"""Yours: three-way, whose TIME-WAIT lasts as long as it has to."""

from model import Response, first
from model.tcp.handshakes import ThreeWay


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way, with a TIME-WAIT that lasts"

    def other_states(self, tcb, segment):
        """§3.10.7.4: the eight checks, in the states from SYN-RECEIVED on."""
        checks = super().other_states(tcb, segment)
        if not tcb.closes:
            return checks  # where connections are not closed by FINs there is no TIME-WAIT
        return first(False, Response("does_nothing", "yours.")) + checks
