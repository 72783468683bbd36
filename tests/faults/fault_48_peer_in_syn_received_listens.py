"""An active opener that is refused in SYN-RECEIVED goes to LISTEN, where it never was."""

from dataclasses import replace

from model.tcp.handshakes import ThreeWay


class PeerInSynReceivedListens(ThreeWay):
    name = "peer-in-syn-received-listens"
    summary = "a RST in SYN-RECEIVED leads to LISTEN, however the connection was opened"

    def syn_received(self, tcb, segment):
        return (
            super()
            .syn_received(tcb, segment)
            .replacing("is_refused_in_syn_received", lambda r: replace(r, updates={}, events=()).end(tcb, "LISTEN"))
        )
