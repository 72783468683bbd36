"""LISTEN does not check the ACK bit, so that a SYN,ACK passes for a SYN."""

from model.tcp.handshakes import ThreeWay


class ListenerTakesSynAck(ThreeWay):
    name = "listener-takes-syn-ack"
    summary = "a SYN,ACK that comes to a listener is answered like a SYN"

    def listen(self, tcb, segment):
        return super().listen(tcb, segment).without("resets_ack")
