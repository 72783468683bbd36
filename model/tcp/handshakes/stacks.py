"""What stacks do otherwise than RFC 9293 has it, as endpoints that do it besides: what a profile of a stack is made of.

Each is :class:`~model.tcp.handshakes.watched.Watched` with an action more, so that what is known of a stack is written as the
rules are, and a capture in which it is seen can be explained by it.
"""

from __future__ import annotations

from collections.abc import Iterator

from model.notation.expr import Expr
from model.tcp.endpoint import Response, Tcb, is_one_of
from model.tcp.handshakes.calls import ABORTED
from model.tcp.handshakes.watched import Watched

ABORTS_WITH_ACK = "aborts_with_ack"
"""The action of an ABORT whose RST has the ACK bit, and RCV.NXT in its ACK field."""


class AbortsWithAck(Watched):
    """An endpoint whose RST on an ABORT may have an ACK: RFC 9293 §3.10.5 has ``<SEQ=SND.NXT><CTL=RST>``."""

    def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """Those of any endpoint, and an ABORT with an ACK."""
        yield from super().calls(tcb)
        if not tcb.closes:
            return
        aborts = Response(ABORTS_WITH_ACK, "aborts and sends a RST with an ACK.")
        aborts = aborts.send(tcb.segment("RST,ACK", seq=tcb.snd_nxt, ack=tcb.rcv_nxt)).end(tcb)
        yield "§3.10.5", (tcb.state == "SYN-RECEIVED") | is_one_of(tcb.state, ABORTED), aborts
