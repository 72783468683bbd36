"""A client that never sends text with the ACK of the SYN,ACK: RFC 9293 says that it may."""

from model.tcp.handshakes import ThreeWay


class NoTextWithTheThirdSegment(ThreeWay):
    name = "no-text-with-the-third-segment"
    summary = "the third segment is an ACK alone"

    def complete(self, response, tcb, segment):
        return response.establish(tcb).then_send(tcb.acknowledgment())
