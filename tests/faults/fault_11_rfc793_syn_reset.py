"""A SYN in the window ends the connection with a reset, as RFC 793 has it."""

from model.notation.cases import first
from model.tcp.endpoint import Response
from model.tcp.handshakes.three_way import ThreeWay


class Rfc793SynReset(ThreeWay):
    name = "rfc793-syn-reset"
    summary = "ESTABLISHED aborts on a SYN in its window, however strictly the rest is checked"

    def established(self, tcb, segment):
        old = segment.syn & ~segment.has_ack & self.in_receive_window(tcb, segment)
        aborts = Response("aborts_on_syn", "resets a SYN in its window and aborts.").send(tcb.refusal_of(segment)).end(tcb)
        return first(old, aborts) + super().established(tcb, segment)
