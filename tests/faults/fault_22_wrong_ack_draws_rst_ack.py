"""In SYN-RECEIVED an unacceptable ACK draws RST,ACK in place of RST."""

from dataclasses import replace

from model.tcp.handshakes.three_way import ThreeWay


class WrongAckDrawsRstAck(ThreeWay):
    name = "wrong-ack-draws-rst-ack"
    summary = "the reset for a wrong ACK has an ACK field and SEQ=0"

    def syn_received(self, tcb, segment):
        refusal = tcb.refusal_of(segment)
        return (
            super()
            .syn_received(tcb, segment)
            .replacing("resets_wrong_ack_in_syn_received", lambda r: replace(r, sends=(refusal,)))
        )
