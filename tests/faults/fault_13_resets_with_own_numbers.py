"""Resets carry the sender's own numbers."""

from dataclasses import replace

from model.tcp.handshakes.three_way import ThreeWay


class ResetsWithOwnNumbers(ThreeWay):
    name = "resets-with-own-numbers"
    summary = "the reset for a wrong ACK has SEQ=SND.NXT, and not SEG.ACK"

    def _own(self, tcb, cases, *names):
        for name in names:
            own = tcb.segment("RST", seq=tcb.snd_nxt)
            cases = cases.replacing(name, lambda r: replace(r, sends=(own,)))
        return cases

    def syn_sent(self, tcb, segment):
        return self._own(tcb, super().syn_sent(tcb, segment), "resets_wrong_ack")

    def listen(self, tcb, segment):
        return self._own(tcb, super().listen(tcb, segment), "resets_ack")
