"""In SYN-SENT the RST that refuses is answered by a RST, and the attempt goes on."""

from dataclasses import replace

from model.tcp.handshakes.three_way import ThreeWay


class RefusalDrawsRst(ThreeWay):
    name = "refusal-draws-rst"
    summary = "a refusal is answered by a RST and not believed"

    def syn_sent(self, tcb, segment):
        answers = tcb.segment("RST", seq=segment.ack)
        return (
            super()
            .syn_sent(tcb, segment)
            .replacing("is_refused", lambda r: replace(r, updates={}, events=(), sends=(answers,)))
        )
