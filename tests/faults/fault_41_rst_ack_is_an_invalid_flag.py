"""In ESTABLISHED RST,ACK counts as an invalid combination of flags and is dropped; a RST alone is believed."""

from model import Response, first
from model.tcp.handshakes import ThreeWay


class RstAckIsAnInvalidFlag(ThreeWay):
    name = "rst-ack-is-an-invalid-flag"
    summary = "a RST with an ACK does not end a connection"

    def established(self, tcb, segment):
        drops = Response("drops_invalid_flags", "drops a segment with an invalid combination of flags.")
        return first(segment.ctl == "RST,ACK", drops) + super().established(tcb, segment)
