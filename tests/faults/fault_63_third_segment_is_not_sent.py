"""The client delays the ACK of the SYN,ACK until it has text to send."""

from model.tcp.handshakes import ThreeWay


class ThirdSegmentIsNotSent(ThreeWay):
    name = "third-segment-is-not-sent"
    summary = "the SYN,ACK draws no ACK"

    def complete(self, response, tcb, segment):
        return response.establish(tcb)
