"""Two-way between hosts that never give up: what begins ends by a reset, or is released."""

from model.tcp.handshakes import TwoWay


class Patient(TwoWay):
    name = "patient"
    summary = "two-way, where nobody closes, aborts or times out"
    expects = ()

    def calls(self, tcb):
        given_up = ("closes", "aborts", "times_out")
        return ((section, when, call) for section, when, call in super().calls(tcb) if call.name not in given_up)
