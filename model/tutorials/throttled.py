"""Tutorial 5: variables of one's own in a TCB, one of them a relation, and a timer that has a fairness of its own.

RFC 5961 §4 answers each SYN that meets a connection by a challenge ACK, and §7 wants these limited, lest two hosts keep each
other busy. Here an endpoint answers one number once, until a timer runs out. It remembers the numbers in a relation. A second
variable is the number of the last ACK that it sent, which RFC 7323 calls Last.ACK.sent.

    synproof check model/tutorials/throttled.py last-ack-is-what-is-expected
    synproof check model/tutorials/throttled.py silence-ends --scope small,data=0
    synproof trace model/tutorials/throttled.py silence-ends --scope small,data=0 --unfair challenge-timer
    synproof show model/tutorials/throttled.py server_passes_over_repeated_syn

``variables`` declares what a TCB has besides; ``tcb.read`` reads it, and ``.set`` sets it. When the connection ends each goes
back to its first value. A timer is a call like any other: nobody has to take it. Whether it runs out in the end is for a claim
of liveness to assume, by name.

Exercise: one limit for all connections of a host. Declare the relation in ``shared`` and look at ``/ports-2``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model import SEQ, STATE, Cases, Expr, Field, Relation, Response, Segment, Tcb, variable
from model.tcp.handshakes import ThreeWay
from model.tcp.handshakes.handshake import expect
from properties import invariant, leads_to, weakly

NUMBERS = Relation((("seq", SEQ),))
LAST_ACK = Field("last_ack", SEQ, 0)
"""The acknowledgment number of the last segment sent with an ACK."""
CHALLENGED = Field("challenged", NUMBERS, frozenset())
"""Each SEG.SEQ that drew a challenge ACK since the timer last ran out."""
CHALLENGES = {
    "acks_repeated_syn": "passes_over_repeated_syn",
    "challenges_syn": "passes_over_syn",
    "challenges_rst": "passes_over_rst",
}
"""Three-way's responses that are challenge ACKs, and what is done instead. The last needs ``--seq-check window``."""

server = variable("server.state", STATE)
silenced = variable("server.challenged", NUMBERS).exists(lambda row: row.seq == row.seq)

LAST_ACK_IS_EXPECTED = invariant(
    "last-ack-is-what-is-expected",
    (server == "ESTABLISHED") >> (variable("server.last_ack", SEQ) == variable("server.rcv_nxt", SEQ)),
    trigger=server == "ESTABLISHED",
    when="the server was ESTABLISHED",
    statement="What the ESTABLISHED server acknowledged last is what it expects next: it delays no ACK.",
)
SILENCE_ENDS = leads_to(
    "silence-ends",
    silenced,
    ~silenced,
    fairness=(weakly("server_challenges_again", name="challenge-timer", statement="the timer of challenge ACKs runs out"),),
    when="the server had sent a challenge ACK",
    statement="A server that has sent a challenge ACK is ready to send the same again in the end.",
)


class Throttled(ThreeWay):
    """Three-way that sends a challenge ACK for one number once, until a timer runs out."""

    name = "throttled"
    summary = "three-way, with a limit for challenge ACKs"
    claims = (LAST_ACK_IS_EXPECTED, SILENCE_ENDS)
    expects = (
        expect("holds", "last-ack-is-what-is-expected", "silence-ends"),
        expect(
            "violated", "acks-where-due", scopes=lambda scope: scope.attempts + scope.answers > 2
        ),  # a number is answered once
        *ThreeWay.expects,
    )

    def variables(self, tcb: Tcb) -> tuple[Field, ...]:
        """Return what a TCB of RFC 9293 has not."""
        return (*super().variables(tcb), LAST_ACK, CHALLENGED)

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.4, where a challenge ACK is sent if none was sent for this SEG.SEQ."""
        cases, challenged = super().established(tcb, segment), tcb.read("challenged")
        branches: list[tuple[Expr, Response]] = []
        for when, response in cases.branches:
            if response.name not in CHALLENGES:
                branches.append((when, response))
                continue
            silent = Response(CHALLENGES[response.name], "has sent a challenge ACK for this number, and drops the segment.")
            branches.append((when & challenged.has(segment.seq), silent))
            branches.append((when, response.set(tcb, challenged=challenged.add(segment.seq))))
        return replace(cases, branches=tuple(branches))

    def amended(self, tcb: Tcb, cases: Cases[Response]) -> Cases[Response]:
        """Note the number of each ACK that is sent, in whatever state."""
        amended = super().amended(tcb, cases)
        return replace(amended, branches=tuple((when, self.noting(tcb, response)) for when, response in amended.branches))

    def noting(self, tcb: Tcb, response: Response) -> Response:
        """Return a response that keeps the number of the ACK among the segments that it sends."""
        for sent in response.sends:
            segment = Segment(*sent)
            if str(segment.ctl) in {"ACK", "SYN,ACK"}:
                response = response.set(tcb, last_ack=segment.ack)
        return response

    def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """Yield what three-way has, and the timer."""
        for section, when, response in super().calls(tcb):
            yield section, when, self.noting(tcb, response)
        again = Response("challenges_again", "may send every challenge ACK again: a timer has run out.")
        some = tcb.read("challenged").exists(lambda row: row.seq == row.seq)
        yield "§3.10.8", some, again.set(tcb, challenged=frozenset())
