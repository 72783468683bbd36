"""The two-way handshake: what is left when the third message is taken away.

It differs from RFC 9293 in three places. The server enters ESTABLISHED in the step in which it answers a SYN; the client
in the step in which it takes the SYN,ACK, and it sends nothing for it; and since the server cannot know that its SYN,ACK was
lost, it sends it again when the SYN comes again, and not by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from model.cases import Cases, first
from model.endpoint import Response, Tcb
from model.expr import Expr
from model.handshakes.handshake import Expectation, Rule, expect
from model.handshakes.three_way import SEQ_FIRST, ThreeWay
from model.segment import Segment


class TwoWay(ThreeWay):
    """SYN, SYN,ACK."""

    name = "two-way"
    summary = "SYN, SYN,ACK: the server is ESTABLISHED as soon as it has answered"
    expects: ClassVar[tuple[Expectation, ...]] = (
        expect(
            "violated",
            *("no-stale-establishment", "agreement", "isn-acknowledged", "isn-paired", "one-connection-per-attempt"),
            "established-together",
        ),
        expect("holds", "client-agreement", "history-is-reset", "numbering", "connection-possible"),
    )

    def rules(self, tcb: Tcb) -> Mapping[str, tuple[str, Rule]]:
        """Nobody waits in SYN-RECEIVED, but for a client that meets a SYN, and none comes."""
        rules = dict(super().rules(tcb))
        if tcb.passive:
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
        if not tcb.passive:
            return super().established(tcb, segment)
        own_syn = (segment.ctl == "SYN") & (segment.seq == tcb.irs)
        again = tcb.segment("SYN,ACK", seq=tcb.iss, ack=tcb.irs + 1)
        cases = first(
            own_syn,
            Response("repeats_syn_ack", "meets its connection's SYN again and repeats its SYN,ACK.", check=SEQ_FIRST).send(
                again
            ),
        )
        for condition, response in super().established(tcb, segment).branches:
            cases = cases.otherwise(condition, response)
        return cases

    def retransmit_answer(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """The server does not retransmit by itself."""
        return iter(())
