"""Three-way, whose server looks for a SYN first, and says of the others what it is that they are not."""

from model import Response, first
from model.tcp.handshakes import ThreeWay


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way, with another LISTEN rule"

    def listen(self, tcb, segment):
        """§3.10.7.2 in another order: most of what arrives in LISTEN is a SYN."""
        ignores = Response("ignores_rst", "is listening and ignores a RST.")
        resets = Response("resets_ack", "is listening and resets a segment with an ACK.").send(tcb.reset_for(segment))
        return (
            first(segment.syn & ~segment.has_ack, self.answer_syn(tcb, segment))
            .otherwise(segment.has_ack, resets)
            .otherwise(segment.rst, ignores)
        )
