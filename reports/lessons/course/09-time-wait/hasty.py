"""Three-way with its closing, and nobody waits: who takes the last FIN is CLOSED at once."""

from dataclasses import replace

from model.tcp.handshakes import ThreeWay


class Hasty(ThreeWay):
    name = "hasty"
    summary = "three-way, without TIME-WAIT"

    def waits(self, response, tcb):
        """§3.6: where RFC 9293 enters TIME-WAIT, the TCB is deleted."""
        return replace(response.end(tcb), continues=False)
