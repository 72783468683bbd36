"""The RST of an ABORT has SEQ=0."""

from dataclasses import replace

from model.tcp.handshakes import ThreeWay


class AbortHasSeq0(ThreeWay):
    name = "abort-has-seq-0"
    summary = "a RST that is sent on ABORT has no sequence number"

    def calls(self, tcb):
        rst = tcb.segment("RST", seq=0)
        for section, condition, response in super().calls(tcb):
            yield section, condition, replace(response, sends=(rst,)) if response.name == "aborts" else response
