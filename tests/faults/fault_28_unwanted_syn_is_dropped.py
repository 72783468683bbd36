"""A closed host drops a SYN without a word."""

from dataclasses import replace

from model.tcp.handshakes.three_way import ThreeWay


class UnwantedSynIsDropped(ThreeWay):
    name = "unwanted-syn-is-dropped"
    summary = "a SYN for nobody draws no reset"

    def closed(self, tcb, segment):
        return super().closed(tcb, segment).replacing("resets_syn_when_closed", lambda r: replace(r, sends=()))
