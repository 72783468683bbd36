"""A closed host resets a segment with an ACK by SEQ=0."""

from dataclasses import replace

from model.tcp.handshakes.three_way import ThreeWay


class ResetOfAnAckHasNoNumber(ThreeWay):
    name = "reset-of-an-ack-has-no-number"
    summary = "the reset of an ACK does not have its number"

    def closed(self, tcb, segment):
        zero = tcb.segment("RST", seq=0)
        return super().closed(tcb, segment).replacing("resets_ack_when_closed", lambda r: replace(r, sends=(zero,)))
