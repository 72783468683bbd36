"""The two-way handshake: what is left when the third message is taken away.

It differs from RFC 9293 in three places. The server enters ESTABLISHED in the step in which it answers a SYN; the client
in the step in which it takes the SYN,ACK, and it sends nothing for it; and since the server cannot know that its SYN,ACK was
lost, it sends it again when the SYN comes again, and not by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from model.notation.cases import Cases
from model.notation.expr import Expr
from model.tcp.endpoint import Response, Tcb
from model.tcp.handshakes.checks import check
from model.tcp.handshakes.handshake import Expectation, Rule
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.handshakes.verdicts import OF_TWO_WAY
from model.tcp.segment import Segment


class TwoWay(ThreeWay):
    """SYN, SYN,ACK."""

    name = "two-way"
    summary = "SYN, SYN,ACK: the server is ESTABLISHED as soon as it has answered"
    expects: ClassVar[tuple[Expectation, ...]] = OF_TWO_WAY

    def rules(self, tcb: Tcb) -> Mapping[str, tuple[str, Rule]]:
        """Nobody waits in SYN-RECEIVED but an active opener that meets a SYN, which waits for the SYN,ACK as in RFC 9293."""
        rules = dict(super().rules(tcb))
        if not tcb.connects:
            del rules["SYN-RECEIVED"]
        return rules

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        """The SYN,ACK is the last message: the server is ESTABLISHED with it."""
        return super().answer_syn(tcb, segment).establish(tcb)

    def complete(self, response: Response, tcb: Tcb, segment: Segment) -> Response:
        """The client is ESTABLISHED and sends no third segment."""
        return response.establish(tcb)

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """The server answers the SYN of its own connection with the same SYN,ACK; all else is as in RFC 9293."""
        own_syn = tcb.passive & (segment.ctl == "SYN") & (segment.seq == tcb.irs)
        repeats = Response("repeats_syn_ack", "meets its connection's SYN again and repeats its SYN,ACK.")
        again = repeats.send(tcb.segment("SYN,ACK", seq=tcb.iss, ack=tcb.irs + 1))
        return check("First, check sequence number", (own_syn, again)) + super().established(tcb, segment)

    def retransmit_answer(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """A passive opener does not retransmit by itself."""
        for section, condition, response in super().retransmit_answer(tcb):
            yield section, condition & ~tcb.passive, response
