"""SEND in SYN-SENT is not queued: the text goes out at once."""

from model import Response
from model.tcp.handshakes import ThreeWay


class SendsBeforeItIsConnected(ThreeWay):
    name = "sends-before-it-is-connected"
    summary = "text is sent in SYN-SENT"

    def send_data(self, tcb):
        yield from super().send_data(tcb)
        if tcb.sends_text:
            text = tcb.segment("ACK", seq=tcb.snd_nxt, ack=0, data=1)
            yield "§3.10.2", tcb.state == "SYN-SENT", Response("sends_early", "sends text in SYN-SENT.").send(text)
