"""The RST,ACK that refuses a SYN does not end connect()."""

from model import Response
from model.tcp.handshakes import ThreeWay


class RefusalIsIgnored(ThreeWay):
    name = "refusal-is-ignored"
    summary = "connect() hangs where it is refused"

    def syn_sent(self, tcb, segment):
        return super().syn_sent(tcb, segment).replacing("is_refused", Response("is_refused", "notes a RST and waits."))
