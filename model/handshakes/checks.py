"""The tests that RFC 9293 §3.10.7 puts a segment to, by themselves: what a rule then makes of the answer is the rule's.

Numbers are compared by their distances, so that nothing here depends on where they lie.
"""

from __future__ import annotations

from model.endpoint import Tcb
from model.expr import FALSE, TRUE, Expr
from model.handshakes.handshake import Handshake
from model.segment import Segment

# The checks of §3.10.7.2 to §3.10.7.4 by their number and subject, for whoever reads the model beside the RFC.
RST_FIRST = "First, the RST bit"
ACK_SECOND = "Second, the ACK bit"
SYN_THIRD = "Third, the SYN bit"
ACK_FIRST = "First, the ACK bit"
RST_SECOND = "Second, the RST bit"
SYN_FOURTH = "Fourth, the SYN bit"
NEITHER_FIFTH = "Fifth, neither SYN nor RST"
SEQ_FIRST = "First, the sequence number"
ACK_FIFTH = "Fifth, the ACK field"
TEXT_SEVENTH = "Seventh, the segment text"


class Checks(Handshake):
    """Which segments are acceptable, by the assumptions ``seq_check``, ``rcv_wnd`` and ``rfc5961``."""

    def acceptable(self, tcb: Tcb, segment: Segment) -> Expr:
        """§3.10.7.4, first: whether SEG.SEQ is acceptable, by the assumption ``seq_check``."""
        exactly = segment.seq == tcb.rcv_nxt
        return {"exact": exactly, "window": self.in_receive_window(tcb, segment), "none": TRUE}[self.assumptions.seq_check]

    def in_receive_window(self, tcb: Tcb, segment: Segment) -> Expr:
        """Table 6: the four cases of SEG.LEN and RCV.WND being zero or not."""
        window = self.assumptions.rcv_wnd
        has_length = segment.end != segment.seq
        if window == 0:
            return ~has_length & (segment.seq == tcb.rcv_nxt)
        begins = segment.seq.in_window(tcb.rcv_nxt, window)
        ends = (segment.end - 1).in_window(tcb.rcv_nxt, window)
        return begins | (has_length & ends)

    def challenged(self, tcb: Tcb, segment: Segment) -> Expr:
        """§3.10.7.4, second: whether RFC 5961 has an acceptable RST answered, because it is not exactly at RCV.NXT."""
        never = not self.assumptions.rfc5961 or self.assumptions.seq_check == "exact"
        return FALSE if never else segment.seq != tcb.rcv_nxt

    def plausible_ack(self, tcb: Tcb, segment: Segment) -> Expr:
        """§3.10.7.4, fifth: SEG.ACK =< SND.NXT, and with RFC 5961 not further back than SND.UNA - MAX.SND.WND."""
        if not self.assumptions.rfc5961:
            return ~segment.ack.is_after(tcb.snd_nxt)
        oldest = tcb.snd_una - self.assumptions.rcv_wnd
        return segment.ack.in_window(oldest, (tcb.snd_nxt + 1) - oldest)
