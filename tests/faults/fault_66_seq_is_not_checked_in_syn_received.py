"""In SYN-RECEIVED the sequence number of a segment is not looked at."""

from model.tcp.handshakes import ThreeWay


class SeqIsNotCheckedInSynReceived(ThreeWay):
    name = "seq-is-not-checked-in-syn-received"
    summary = "the first check begins with ESTABLISHED"

    def sequence_number(self, tcb, segment):
        return super().sequence_number(tcb, segment).under(tcb.state != "SYN-RECEIVED")
