"""Three-way, whose TIME-WAIT is not ended by a RST (RFC 1337)."""

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
        waits_on = Response("ignores_rst_in_time_wait", "waits on, whatever is reset.")
        return first((tcb.state == "LAST-ACK") & segment.rst, waits_on) + checks
