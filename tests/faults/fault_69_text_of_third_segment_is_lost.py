"""Text that comes with the last ACK of the handshake is dropped: SYN-RECEIVED looks at the header only."""

from model import Response
from model.tcp.handshakes import ThreeWay


class TextOfThirdSegmentIsLost(ThreeWay):
    name = "text-of-third-segment-is-lost"
    summary = "SYN-RECEIVED takes an ACK and leaves its text"

    def syn_received(self, tcb, segment):
        takes = Response("receives_ack_with_data", "takes the ACK of its SYN.").establish(tcb)
        takes = takes.set(tcb, snd_una=segment.ack).accept()
        return super().syn_received(tcb, segment).replacing("receives_ack_with_data", takes)
