"""Text that arrives with a SYN (RFC 9293 §3.4, §3.10.7), by the assumption ``text_on_syn``.

That is legitimate as long as nothing is delivered to the user before the connection is ESTABLISHED (§3.5). What follows a SYN
that a listener answers, or that meets one's own, is queued (§3.10.7.2 and §3.10.7.3): RCV.NXT stays before it, and it is taken,
and acknowledged, in the step in which one's own SYN is acknowledged. What follows the SYN of a SYN,ACK is taken with it.

*A SYN before the window* whose text reaches into it is acceptable (Table 6). What lies outside the window is trimmed off, the
SYN included: such a SYN returns nobody to LISTEN, and ends nothing where RFC 793's rule would have one in the window do so. By
RFC 5961 it draws an ACK like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from model.notation.circle import within
from model.notation.expr import Expr, conj, ite, lift
from model.notation.protocol import Field
from model.tcp.endpoint import Response, Tcb, is_one_of
from model.tcp.handshakes.checks import Branch, Checks
from model.tcp.segment import Segment

QUEUED = "queued"
RECEIVING = ("ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2")
"""The states in which text is taken (§3.10.7.4, seventh)."""


class WithSyn(Checks):
    """What becomes of the text that a SYN has with it."""

    follows_anyway: ClassVar[bool] = False
    """Whether text, or a FIN, may follow the SYN of a SYN,ACK, though no rule here sends one."""

    @property
    def follows_syn(self) -> bool:
        """Whether text, or a FIN, may follow the SYN of a SYN,ACK."""
        return self.follows_anyway or self.text_on_syn

    @property
    def most_text(self) -> int:
        """The most octets of text that a segment can have: as many as a user sends at a time."""
        return self.scope.octets

    def variables(self, tcb: Tcb) -> tuple[Field, ...]:
        """Return how many octets are queued, where they can be."""
        return (*super().variables(tcb), *((Field(QUEUED, tcb.text, 0),) if self.text_on_syn else ()))

    def queues(self, tcb: Tcb, segment: Segment) -> Mapping[str, Expr]:
        """Return what is queued of a segment with a SYN: its text, as far as the window reaches."""
        if QUEUED not in tcb.sorts:
            return {}
        window = self.receive_window(tcb)
        fits = isinstance(window, int) and window >= self.most_text
        return {QUEUED: segment.data if fits else ite(segment.data > window, lift(window, tcb.text), segment.data)}

    def when_opened(self, tcb: Tcb, when: Expr | bool, takes: Response) -> tuple[Branch, ...]:
        """Return what the ACK of one's SYN does: what ``takes`` does, and what was queued is taken, where it is next."""
        if QUEUED not in tcb.sorts:
            return ((when, takes),)
        takes = takes.set(tcb, queued=0)
        end = tcb.irs + 1 + tcb.read(QUEUED)
        new = conj(within(tcb.irs + 1, tcb.rcv_nxt, end), is_one_of(tcb.state, ("SYN-RECEIVED", *RECEIVING)))
        doc = f"{takes.doc.removesuffix('.')}, and the data that was queued."
        both = replace(takes, name=f"{takes.name}_and_queued_data", doc=doc)
        both = both.set(tcb, rcv_nxt=end).then_send(tcb.acknowledgment())
        return (conj(when, new), both), (when, takes)

    def syn_in_window(self, tcb: Tcb, segment: Segment) -> Expr:
        """Return whether a segment that is acceptable has a SYN that is not trimmed off."""
        if not self.text_on_syn or self.assumptions.seq_check != "window":
            return segment.syn
        return segment.syn & within(tcb.rcv_nxt, segment.seq, tcb.rcv_nxt + self.receive_window(tcb))

    def without_syn(self, segment: Segment) -> Segment:
        """Return a segment as the seventh check has it: it begins with its text, whether a SYN is before that or not."""
        return replace(segment, seq=ite(segment.syn, segment.seq + 1, segment.seq)) if self.text_on_syn else segment
