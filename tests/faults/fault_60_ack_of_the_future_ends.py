"""In ESTABLISHED an ACK of something that was not sent is answered by a RST, and ends the connection."""

from model import Response
from model.tcp.handshakes import ThreeWay


class AckOfTheFutureEnds(ThreeWay):
    name = "ack-of-the-future-ends"
    summary = "an ACK beyond SND.NXT ends ESTABLISHED"

    def established(self, tcb, segment):
        aborts = Response("aborts_on_ack", "resets an ACK of what it did not send.").send(tcb.reset_for(segment)).end(tcb)
        return super().established(tcb, segment).replacing("acks_what_it_did_not_send", aborts)
