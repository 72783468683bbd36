"""SYN cookies: a listener that keeps nothing of the SYN that it answers (D. J. Bernstein, 1996; RFC 4987 §3.6).

The ISN of the SYN,ACK is a token that only the server can make, for this SYN and no other: who sends it back has received it.
So the TCB is made of the ACK that brings it, and a SYN costs the server nothing. What a token is made of does not matter
here, and no rule reckons with it: the same SYN is answered by the same token, another by another, and a number is the token
of a SYN or it is not. A variable has which token belongs to which SYN, as the function does that makes them; no server stores
it.

What the server gives up: a SYN,ACK that is lost, or an ACK, is not asked for again (RFC 4987 §3.6), since nobody remembers
it; and an ACK that comes again when the connection is over makes another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from model.notation.cases import Cases
from model.notation.expr import Expr, conj, negate
from model.notation.protocol import Field
from model.notation.sorts import SEQ, Relation
from model.notation.system import draw
from model.tcp.endpoint import EventKind, Response, Tcb
from model.tcp.handshakes.checks import check
from model.tcp.handshakes.handshake import Expectation, Rule
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.handshakes.verdicts import OF_COOKIES
from model.tcp.segment import Segment

TOKENS = Relation((("isn", SEQ), ("token", SEQ)))


class Cookies(ThreeWay):
    """SYN, SYN,ACK, ACK, and a TCB when the ACK has come."""

    name = "cookies"
    summary = "SYN cookies: the server keeps nothing until the ACK brings back what only it can have made"
    expects: ClassVar[tuple[Expectation, ...]] = OF_COOKIES

    def variables(self, tcb: Tcb) -> tuple[Field, ...]:
        """Return which token is that of which SYN."""
        return (*super().variables(tcb), *((Field("tokens", TOKENS, frozenset(), outlives=True),) if tcb.listens else ()))

    def rules(self, tcb: Tcb) -> Mapping[str, tuple[str, Rule]]:
        """Who only listens is never in SYN-RECEIVED."""
        rules = dict(super().rules(tcb))
        if not tcb.connects:
            del rules["SYN-RECEIVED"]
        return rules

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.2, but that an ACK with a token makes a TCB, and a SYN none."""
        valid = conj(~segment.rst, ~segment.syn, segment.has_ack, self.is_token(tcb, segment.seq - 1, segment.ack - 1))
        takes = self.connects_by(tcb, segment)
        with_data = replace(takes, name="takes_cookie_with_data", doc=takes.doc.replace("ACK that", "ACK with text that"))
        with_data = with_data.set(tcb, rcv_nxt=segment.seq + segment.data).then_send(tcb.acknowledgment())
        token = check("Second, check for an ACK", (valid & segment.has_data, with_data), (valid, takes))
        known = conj(segment.syn, ~segment.has_ack, ~segment.rst, self.knows(tcb, segment))
        again = check("Third, check for a SYN", (known, self.repeats(tcb, segment)))
        return token + again + super().listen(tcb, segment)

    def is_token(self, tcb: Tcb, isn: Expr, token: Expr) -> Expr:
        """Return whether a number is the token for a SYN."""
        return tcb.read("tokens").has(isn, token)

    def knows(self, tcb: Tcb, segment: Segment) -> Expr:
        """Return whether the token of a SYN has been made before."""
        return tcb.read("tokens").exists(lambda made: made.isn == segment.seq)

    def connects_by(self, tcb: Tcb, segment: Segment) -> Response:
        """Return what makes a TCB of an ACK with a token: all that the SYN said is in it again."""
        takes = Response("takes_cookie", "makes a TCB of the ACK that brings its token back, and is ESTABLISHED.")
        numbers = {"iss": segment.ack - 1, "irs": segment.seq - 1, "snd_una": segment.ack, "snd_nxt": segment.ack}
        return takes.set(tcb, **numbers, rcv_nxt=segment.seq).establish(tcb).event(EventKind.ANSWERS).accept()

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        """A SYN that was never answered before has a token made for it, and nothing kept."""
        isn, admissible = self.fresh_isn(tcb, segment)
        answers = Response("answers_with_cookie", "answers a SYN with a token, and keeps nothing of it.")
        answers = answers.choosing(isn, when=conj(admissible, negate(self.knows(tcb, segment))))
        answers = answers.set(tcb, tokens=tcb.read("tokens").add(segment.seq, isn.value))
        answers = answers.set(tcb, **tcb.using(isn.value), **tcb.counted(isn=True))
        answers = answers.event(EventKind.ANSWERS, about=(isn.value, segment.seq))
        return answers.send(tcb.segment("SYN,ACK", seq=isn.value, ack=segment.seq + 1))

    def repeats(self, tcb: Tcb, segment: Segment) -> Response:
        """Return what a SYN draws that has come before: the same token, which is found by making it again."""
        made = draw("made", tcb.read("tokens"))
        again = Response("answers_with_the_same_cookie", "answers a SYN that has come before with the same token.")
        again = again.choosing(made, when=made.row.isn == segment.seq)
        return again.send(tcb.segment("SYN,ACK", seq=made.row.token, ack=segment.seq + 1))
