"""A RST that is not where it is expected is answered by an ACK, like any other segment."""

from model.notation.cases import first
from model.tcp.endpoint import Response
from model.tcp.handshakes.three_way import ThreeWay


class RstDrawsAck(ThreeWay):
    name = "rst-draws-ack"
    summary = "a RST outside the window is answered by an ACK"

    def sequence_number(self, tcb, segment):
        answers = Response("acks_rst", "answers a RST with a wrong SEQ by an ACK.").send(tcb.acknowledgment())
        return first(segment.rst & ~self.acceptable(tcb, segment), answers) + super().sequence_number(tcb, segment)
