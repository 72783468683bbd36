"""In SYN-RECEIVED a RST,ACK completes the handshake: the ACK is looked at before the RST."""

from model import Response, first
from model.tcp.handshakes import ThreeWay


class RstAckCompletes(ThreeWay):
    name = "rst-ack-completes"
    summary = "SYN-RECEIVED looks at the ACK bit and not at the RST bit"

    def syn_received(self, tcb, segment):
        takes = Response("takes_rst_ack", "takes the ACK of a RST,ACK.").establish(tcb).set(tcb, snd_una=segment.ack).accept()
        good = (segment.ctl == "RST,ACK") & self.acknowledges(tcb, segment)
        return first(good, takes) + super().syn_received(tcb, segment)
