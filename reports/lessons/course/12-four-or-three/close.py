"""Yours: three-way, to be closed by three messages."""

from model.tcp.handshakes import ThreeWay


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way, closed by three messages"

    def fin(self, tcb, number, when, suffix, said):
        """§3.10.7.4, eighth: what a FIN with this number does, by the state that it finds."""
        return super().fin(tcb, number, when, suffix, said)
