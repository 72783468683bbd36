"""The challenge ACK for a RST is made of the RST: it acknowledges the number that the RST has."""

from dataclasses import replace

from model.tcp.handshakes import ThreeWay


class ChallengeAckEchoes(ThreeWay):
    name = "challenge-ack-echoes"
    summary = "a challenge ACK with <ACK=SEG.SEQ>"

    def rst_bit(self, tcb, segment):
        echo = tcb.segment("ACK", seq=tcb.snd_nxt, ack=segment.seq)
        return super().rst_bit(tcb, segment).replacing("challenges_rst", lambda r: replace(r, sends=(echo,)))
