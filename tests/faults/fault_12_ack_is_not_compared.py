"""SEG.ACK is compared with neither SND.UNA nor SND.NXT."""

from model.notation.expr import TRUE
from model.tcp.handshakes.three_way import ThreeWay


class AckIsNotCompared(ThreeWay):
    name = "ack-is-not-compared"
    summary = "whatever an ACK acknowledges is taken"

    def acknowledges(self, tcb, segment):
        return TRUE

    def plausible_ack(self, tcb, segment):
        return TRUE
