"""The SYN,ACK is sent again as often as the timer runs out: nobody counts how often."""

from model.tcp.handshakes import ThreeWay


class RetransmissionsAreNotCounted(ThreeWay):
    name = "retransmissions-are-not-counted"
    summary = "R2 is there and has no effect"

    def limited(self, tcb, condition, again):
        return condition, again
