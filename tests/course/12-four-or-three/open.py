"""Four-way with its two middle messages in one: the ACK and the SYN go as one segment, and the client takes them as one."""

from model.tcp.handshakes import FourWay, ThreeWay


class Mine(FourWay):
    name = "mine"
    summary = "four-way, with its two middle messages in one"

    def answer_syn(self, tcb, segment):
        """Both halves of the answer, in one segment."""
        return ThreeWay.answer_syn(self, tcb, segment)

    def retransmit_answer(self, tcb):
        """Both halves again, in one segment."""
        yield from ThreeWay.retransmit_answer(self, tcb)

    def syn_sent(self, tcb, segment):
        """The client looks at the ACK first, and at the SYN only where the ACK is for its own."""
        return ThreeWay.syn_sent(self, tcb, segment)

    def syn_received(self, tcb, segment):
        """Nobody waits with half of an answer."""
        return ThreeWay.syn_received(self, tcb, segment)
