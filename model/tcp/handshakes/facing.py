"""The three-way handshake of one endpoint that faces anybody: whoever is there may send any segment at all.

The rules are those of :class:`~model.tcp.handshakes.three_way.ThreeWay`, closing by FINs among them. What differs is what can
arrive: all combinations of control bits, and as much text as a datagram has room for, at any place. What endpoints of today are
asked about is finer, too: the window announced by the other side, larger windows, and the mechanisms of RFC 5961 one by one.
SEG.SEQ is checked as the RFC has it, unless something else is asked for.

Whoever asks says what arrives (:mod:`checker.conformance.host`), so that the other endpoint does nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import ClassVar

from model.notation.assumed import Assumption, Choice, assume
from model.notation.circle import between
from model.notation.expr import Expr, lift
from model.notation.sorts import Enum, Nat, NotationError
from model.tcp.assumptions import Assumptions
from model.tcp.composition import Composition, Side
from model.tcp.endpoint import Response, Tcb
from model.tcp.handshakes.four_way import FourWay
from model.tcp.handshakes.handshake import Handshake, Rule
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.handshakes.two_way import TwoWay
from model.tcp.scope import Scope
from model.tcp.segment import ANY_CTL, ANY_DATA

MECHANISMS = ("rst", "syn", "ack")
"""What RFC 5961 adds, by the segments that it is about: a RST (§3), a SYN (§4), an ACK of what is old or was not sent (§5)."""
NONE = "none"
SCALED_WINDOW = 2**30
"""About the largest window with window scaling, in octets (RFC 7323 §2.3)."""


@dataclass(frozen=True, slots=True)
class FacingAssumptions(Assumptions):
    """What is assumed of an endpoint that faces anybody: what TCP's assumptions are, and finer ones."""

    seq_check: str = assume("window", "exact", "none", meaning="of SEG.SEQ: window (RFC 9293), exact, or none")
    rcv_wnd: int = assume(
        65535,
        among=range(SCALED_WINDOW + 1),
        meaning="the receive window in octets, scaled",
        kind="window",
        unit="octets",
    )
    snd_wnd: int = assume(
        65535,
        among=range(SCALED_WINDOW + 1),
        meaning="the largest window that the other side has announced, in octets",
        kind="window",
        unit="octets",
    )
    mechanisms: str = assume(
        ",".join(MECHANISMS),
        *(",".join(some) for n in (2, 1) for some in combinations(MECHANISMS, n)),
        NONE,
        meaning="which of RFC 5961's mechanisms there are: those about a rst, a syn, an ack",
    )

    @property
    def max_snd_wnd(self) -> int:
        """MAX.SND.WND, the largest window that the other side has announced."""
        return self.snd_wnd

    def follows(self, mechanism: str) -> bool:
        """Return whether one of RFC 5961's mechanisms is there."""
        return self.rfc5961 and mechanism in self.mechanisms.split(",")


FACING: dict[str, Assumption] = {
    name: one
    for name, one in FacingAssumptions.declared().items()
    if name in ("seq_check", "rcv_wnd", "snd_wnd", "mechanisms", "closed_host", "new_syn", "rfc1337")
}
"""Those of its assumptions that what it answers depends on."""

ALONE = Composition(
    "facing",
    "one endpoint, and whoever sends it something",
    Side("host", connects=True, listens=True, sends=True, closes=True),
    Side("peer"),
)


def mechanisms(text: str) -> str:
    """Return a choice of RFC 5961's mechanisms, which may be written in any order, as it is written."""
    named = [] if text == NONE else text.split(",")
    if any(word not in MECHANISMS or named.count(word) > 1 for word in named):
        write = f"write {NONE!r}, or some of {', '.join(MECHANISMS)} with commas between them, as in rst,ack"
        raise NotationError(f"{text[:20]!r} names no mechanisms of RFC 5961: {write}")
    return ",".join(word for word in MECHANISMS if word in named) or NONE


def written(name: str, value: Choice) -> str:
    """Return an assumption as an option says it."""
    if isinstance(value, bool):
        return f"--{'' if value else 'no-'}{name.replace('_', '-')}"
    return f"--{'rfc5961' if name == 'mechanisms' else name.replace('_', '-')} {value}"


class Faces(Handshake):
    """What an endpoint has whose peer may send anything, besides the rules of its handshake."""

    assumes: ClassVar[type[Assumptions]] = FacingAssumptions
    ctl: ClassVar[Enum] = ANY_CTL
    text: ClassVar[Nat] = ANY_DATA
    follows_anyway: ClassVar[bool] = True

    @classmethod
    def alone(cls, isns: tuple[int, ...], octets: int, assumptions: FacingAssumptions, *, deaf: bool = False) -> Faces:
        """Return one endpoint that chooses ``isns`` in their order, and whose user sends ``octets`` at a time.

        Where it is ``deaf`` nothing ever arrives, and it is only asked what it does by itself.
        """
        made = cls(Scope("facing", isns, (), data=8, octets=octets), assumptions, ALONE)
        if deaf:
            made.rules = lambda _: {}  # type: ignore[method-assign, assignment]  # nothing arrives
        return made

    @property
    def most_text(self) -> int:
        """The most octets of text that a segment can have, whoever sends it."""
        return self.text.limit

    def text_again(self, tcb: Tcb, begins: Expr) -> tuple[Expr, Expr]:
        """Return how many octets are sent again, and when: whoever asks says how many, of those there are."""
        return lift(tcb.text_octets, tcb.text), between(begins, begins + tcb.text_octets, tcb.end_of_text)


class Facing(Faces, ThreeWay):
    """One endpoint of RFC 9293 whose peer may send anything."""

    name = "three-way"
    summary = "one endpoint by RFC 9293, whatever arrives"


class FacingTwo(Faces, TwoWay):
    """One endpoint of the two-way handshake."""


class FacingFour(Faces, FourWay):
    """One endpoint of the four-way handshake."""


class Alone(Facing):
    """One whose peer has no rules at all, which nobody asks: what it answers is known sooner."""

    def rules(self, tcb: Tcb) -> Mapping[str, tuple[str, Rule]]:
        """Those of the endpoint."""
        return super().rules(tcb) if tcb.closes else {}

    def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """Those of the endpoint."""
        return super().calls(tcb) if tcb.closes else iter(())


@cache
def facing(rules: type[ThreeWay]) -> type[Faces]:
    """Return the endpoint of a handshake whose peer may send anything; of three-way it is :class:`Facing`."""
    return Facing if rules is ThreeWay else type(f"Facing{rules.__name__}", (Alone, rules), {})


FACES: Mapping[str, type[Faces]] = {one.name: one for one in (Facing, FacingTwo, FacingFour)}
"""The endpoints that face anybody, by the names of their handshakes."""
