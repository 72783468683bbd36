"""SYN-SENT drops a wrong ACK without a word: who believes in an earlier attempt is never told."""

from model import Cases, Response, Segment, Tcb
from model.tcp.handshakes import ThreeWay


class DropsWrongAck(ThreeWay):
    name = "drops-wrong-ack"

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        drops = Response("drops_wrong_ack", "drops a segment that acknowledges something it did not send.")
        return super().syn_sent(tcb, segment).replacing("resets_wrong_ack", drops)
