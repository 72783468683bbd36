"""A TCB counts the RSTs that it has dropped, up to three, and writes the last number down."""

from model import SEQ, Field, Nat
from model.tcp.handshakes import ThreeWay


class CountsWhatItDrops(ThreeWay):
    name = "counts-what-it-drops"
    summary = "statistics of dropped RSTs"

    def variables(self, tcb):
        return (Field("dropped", Nat(3), 0, outlives=True), Field("last", SEQ, 0))

    def syn_sent(self, tcb, segment):
        def counted(response):
            return response.set(tcb, dropped=tcb.read("dropped") + 1, last=segment.seq)

        return super().syn_sent(tcb, segment).replacing("drops_wrong_rst", counted)
