"""Limits on challenge ACKs: three-way as RFC 9293 has it, and what RFC 5961 §7 adds.

A challenge ACK is what RFC 5961 has sent for a RST, a SYN or an ACK that may be forged (§3.2, §4.2, §5.2). Not to be made a
source of traffic, a host sends only so many of them in a while. The RFC leaves open whose limit that is. One for the whole host
is what Linux had until 4.7, and what CVE-2016-5696 is about: who has a connection of its own there counts what others have had
of it. One for each connection is what it has had since (``tcp_invalid_ratelimit``, and a limit that nobody can count).

A while is over at any time (:meth:`Limited.clock`): no rule looks at a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from model.notation.assumed import assume
from model.notation.cases import Cases
from model.notation.expr import Expr
from model.notation.protocol import Field
from model.notation.sorts import Nat
from model.notation.system import Action
from model.tcp.assumptions import Assumptions
from model.tcp.composition import TWO_RUNS
from model.tcp.endpoint import Response, Tcb
from model.tcp.handshakes.handshake import Expectation, expect
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.handshakes.verdicts import INFERRED, NUMBER, OF_THREE_WAY

CHALLENGES = "challenges"
"""The variable that counts challenge ACKs."""
CHALLENGING: Mapping[str, str] = {
    "challenges_rst": "rst",
    "challenges_syn": "syn",
    "acks_repeated_syn": "repeated_syn",
    "acks_what_it_did_not_send": "wrong_ack",
}
"""The responses of three-way that are challenge ACKs, each with what it answers."""


@dataclass(frozen=True, slots=True)
class LimitedAssumptions(Assumptions):
    """What is assumed of a host that limits its challenge ACKs."""

    challenge_acks: int = assume(
        1,
        among=range(1, 1001),
        meaning="how many challenge ACKs may be sent in a while, from 1 to 1000",
        unit="challenge ACKs",
    )


class Limited(ThreeWay):
    """RFC 9293, and a limit on challenge ACKs that each connection has for itself."""

    name = "own-limit"
    summary = "RFC 9293, and in a while each connection sends so many challenge ACKs at most"
    assumes: ClassVar[type[Assumptions]] = LimitedAssumptions
    assumptions: LimitedAssumptions

    @property
    def counter(self) -> Field:
        """What counts the challenge ACKs of a while."""
        return Field(CHALLENGES, Nat(self.assumptions.challenge_acks), 0)

    def variables(self, tcb: Tcb) -> tuple[Field, ...]:
        """Return the counter as well: it belongs to the connection."""
        return (*super().variables(tcb), self.counter)

    def amended(self, tcb: Tcb, cases: Cases[Response]) -> Cases[Response]:
        """Return what an endpoint does that counts its challenge ACKs, and says nothing where it has sent as many as it may."""
        sent = tcb.read(CHALLENGES)
        branches: list[tuple[Expr, Response]] = []
        for when, response in super().amended(tcb, cases).branches:
            answered = CHALLENGING.get(response.name.removesuffix("_in_syn_received"))
            if answered is None:
                branches.append((when, response))
                continue
            silent = response.name.removeprefix("acks_").removeprefix("challenges_")
            silent = f"ignores_{silent.replace('what_it_did_not_send', answered)}_beyond_its_limit"
            doc = "says nothing, having sent as many challenge ACKs as it may."
            branches.append((when & (sent < self.assumptions.challenge_acks), response.set(tcb, challenges=sent + 1)))
            branches.append((when, Response(silent, doc, check=response.check, state=response.state)))
        return replace(cases, branches=tuple(branches))

    def clock(self, endpoints: Iterable[Tcb]) -> Iterator[Action]:
        """Yield the end of a while: everybody may send challenge ACKs again."""
        counters = {end.variable_name(CHALLENGES): 0 for end in endpoints}
        yield Action("a_while_passes", updates=counters, section="RFC 5961 §7", doc="A while passes, and limits begin anew.")


class SharedLimit(Limited):
    """RFC 9293, and a limit on challenge ACKs that all connections of a host have together."""

    name = "shared-limit"
    expects: ClassVar[tuple[Expectation, ...]] = (
        # Who has a connection there counts what the others have had (CVE-2016-5696).
        expect("violated", INFERRED, NUMBER, within=tuple(TWO_RUNS), answers=1),
        *OF_THREE_WAY,
    )
    summary = "RFC 9293, and in a while a host sends so many challenge ACKs at most, over all its connections"

    def variables(self, tcb: Tcb) -> tuple[Field, ...]:
        """Return what three-way has: the counter is none of the connection's."""
        return super(Limited, self).variables(tcb)

    def shared(self, tcb: Tcb) -> tuple[Field, ...]:
        """Return the counter, which the host has."""
        return (*super().shared(tcb), self.counter)
