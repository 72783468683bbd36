"""Yours: three-way, whose client looks for a RST first."""

from model.tcp.handshakes import ThreeWay

RESETS = ("is_refused", "drops_rst_without_ack")


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way, with another SYN-SENT rule"

    def syn_sent(self, tcb, segment):
        """§3.10.7.3 in another order: a RST is done with before anything else is looked at."""
        cases = super().syn_sent(tcb, segment)
        return cases.only(*RESETS) + cases.without(*RESETS)
