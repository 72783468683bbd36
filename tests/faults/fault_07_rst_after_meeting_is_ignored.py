"""A RST in SYN-RECEIVED that was entered from SYN-SENT is ignored."""

from model.tcp.endpoint import Response
from model.tcp.handshakes.three_way import ThreeWay


class RstAfterMeetingIsIgnored(ThreeWay):
    name = "rst-after-meeting-is-ignored"
    summary = "an active opener in SYN-RECEIVED ignores a RST"

    def syn_received(self, tcb, segment):
        ignores = Response("ignores_rst_in_syn_received", "ignores a RST.")
        return super().syn_received(tcb, segment).replacing("is_refused_in_syn_received", lambda r: ignores)
