"""SEG.ACK is compared as a plain number, which fails where sequence numbers pass 2^32."""

from model import SEQ, literal
from model.tcp.handshakes import ThreeWay


def plain(number):
    return number - literal(0, SEQ)


class NumbersDoNotWrap(ThreeWay):
    name = "numbers-do-not-wrap"
    summary = "SND.UNA < SEG.ACK =< SND.NXT without arithmetic modulo 2^32"

    def acknowledges(self, tcb, segment):
        return (plain(tcb.snd_una) < plain(segment.ack)) & (plain(segment.ack) <= plain(tcb.snd_nxt))
