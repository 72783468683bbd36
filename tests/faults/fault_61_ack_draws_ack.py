"""Each segment in ESTABLISHED is acknowledged, also one that is only an ACK: two of these never fall silent."""

from model.tcp.handshakes import ThreeWay


class AckDrawsAck(ThreeWay):
    name = "ack-draws-ack"
    summary = "an ACK without text is acknowledged"

    def established(self, tcb, segment):
        return super().established(tcb, segment).replacing("takes_ack", lambda r: r.then_send(tcb.acknowledgment()))
