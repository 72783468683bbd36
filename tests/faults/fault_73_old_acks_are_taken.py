"""RFC 793's check of SEG.ACK: however far back an ACK lies, its text is taken."""

from model.tcp.handshakes import ThreeWay


class OldAcksAreTaken(ThreeWay):
    name = "old-acks-are-taken"
    summary = "no lower bound for SEG.ACK (RFC 5961 section 5)"

    def plausible_ack(self, tcb, segment):
        return ~segment.ack.is_after(tcb.snd_nxt)
