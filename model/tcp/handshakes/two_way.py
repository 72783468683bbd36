"""The two-way handshake: what is left when the third message is taken away.

It differs from RFC 9293 in three places. The server enters ESTABLISHED in the step in which it answers a SYN; the client
in the step in which it takes the SYN,ACK, and it sends nothing for it; and since the server cannot know that its SYN,ACK was
lost, it sends it again when the SYN comes again, and not by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from model.notation.cases import Cases
from model.notation.expr import Expr, ite
from model.tcp.endpoint import CLOSED_EARLY, Response, Tcb
from model.tcp.handshakes.checks import check
from model.tcp.handshakes.handshake import Expectation, Rule
from model.tcp.handshakes.three_way import ThreeWay, closing_in
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
        return self.own_syn(tcb, segment) + super().established(tcb, segment)

    def closing(self, state: str) -> Rule:
        """The server does so too where it has closed, and its SYN,ACK may have been lost."""
        rule = super().closing(state)
        if state not in CLOSED_EARLY:
            return rule
        return lambda tcb, segment: closing_in(tcb, state, self.own_syn(tcb, segment)) + rule(tcb, segment)

    def own_syn(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """What the server does with the SYN of its own connection."""
        own_syn = tcb.passive & (segment.ctl == "SYN") & (segment.seq == tcb.irs)
        repeats = Response("repeats_syn_ack", "meets its connection's SYN again and repeats its SYN,ACK.")
        again = repeats.send(tcb.segment("SYN,ACK", seq=tcb.iss, ack=tcb.irs + 1))
        return check("First, check sequence number", (own_syn, again))

    def is_opened(self, tcb: Tcb) -> Expr:
        """Nobody acknowledges the server's SYN: what follows it need not wait for that."""
        return tcb.passive | super().is_opened(tcb)

    def front(self, tcb: Tcb) -> Expr:
        """The server sends again what follows its SYN, which only the client's SYN makes it repeat."""
        return ite(tcb.passive & (tcb.snd_una == tcb.iss), tcb.iss + 1, super().front(tcb))

    def retransmit_answer(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """A passive opener does not retransmit by itself."""
        for section, condition, response in super().retransmit_answer(tcb):
            yield section, condition & ~tcb.passive, response
