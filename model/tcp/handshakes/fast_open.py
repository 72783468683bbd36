"""TCP Fast Open (RFC 7413): text that comes with a SYN and a cookie is given to the user before the handshake is over.

A cookie is a token that only the server can make, for an address and no other (§4.1.2): what it is made of does not matter, and
it is the one for an address or it is not. It says that somebody at that address has once received something, and nothing of the
SYN that it comes with: that is what the handshake gives up. A SYN that comes again when its connection is over, with its text
and its cookie, has the text given to the user again (§2.1), and who uses Fast Open has to live with that (§6.1).

A client without a cookie asks for one, and gets it with the SYN,ACK; it keeps it when the connection is over (§4.1.3). By the
assumption ``cookie`` it has one at first, from a connection before. Where the RFC leaves a choice, or has limits:

- A server need not take the text: the requests that it has at a time are limited (§5.1). It then acknowledges the SYN alone,
  and goes on as RFC 9293 has it (§4.2.2); so it does where the cookie is none for the address. It drops the text.
- What a SYN,ACK does not acknowledge of the text goes again with the client's ACK.
- A SYN that is sent again has neither text nor option, and neither has a SYN,ACK. So do deployed stacks, for what drops the one
  may drop the other.
- A server sends no text with its SYN,ACK, and no cookie that nobody has asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from model.notation.assumed import assume
from model.notation.cases import Cases
from model.notation.expr import Expr, conj, ite, lift
from model.notation.protocol import Field
from model.notation.sorts import BOOL, Enum
from model.notation.system import choose
from model.tcp.assumptions import Assumptions
from model.tcp.endpoint import EventKind, Response, Tcb
from model.tcp.handshakes.checks import check
from model.tcp.handshakes.handshake import Expectation
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.handshakes.verdicts import OF_FAST_OPEN, REPLAYED
from model.tcp.handshakes.with_syn import QUEUED
from model.tcp.segment import COOKIE, COOKIE_REQUEST, COOKIES, NO_COOKIE, TOKEN, Segment


@dataclass(frozen=True, slots=True)
class FastOpenAssumptions(Assumptions):
    """What is assumed of TCP, and what a client has of its server at first."""

    cookie: str = assume(
        "held",
        "asked",
        meaning="a client's Fast Open cookie: held (from a connection before all this), or asked (it has to ask for one)",
    )


class FastOpen(ThreeWay):
    """SYN with text, SYN,ACK, ACK."""

    name = "fast-open"
    summary = "TCP Fast Open: text that comes with a SYN and a cookie is given to the user at once"
    assumes: ClassVar[type[Assumptions]] = FastOpenAssumptions
    cookies: ClassVar[Enum | None] = COOKIES
    asks: ClassVar[tuple[str, ...]] = (REPLAYED,)
    expects: ClassVar[tuple[Expectation, ...]] = OF_FAST_OPEN

    @property
    def opens_with_text(self) -> bool:
        """A SYN may have text, in any composition."""
        return True

    def variables(self, tcb: Tcb) -> tuple[Field, ...]:
        """Return the cookie that who connects has of the other: it outlives connections."""
        assumed = self.assumptions
        held = isinstance(assumed, FastOpenAssumptions) and assumed.cookie == "held"
        cookie = Field(COOKIE, COOKIES, TOKEN if held else NO_COOKIE, outlives=True)
        return (*super().variables(tcb), *((cookie,) if tcb.connects else ()))

    # -- who connects ------------------------------------------------------------------------------------------------------

    def open(self, tcb: Tcb) -> Response:
        """§4.2.1 and §4.2.2: a SYN with text has the cookie with it; one without asks for a cookie, where there is none yet."""
        opens, cookie = super().open(tcb), tcb.read(COOKIE)
        asks = ite(cookie == NO_COOKIE, lift(COOKIE_REQUEST, COOKIES), NO_COOKIE)
        return _each_sent(opens, lambda syn: replace(syn, cookie=ite(syn.has_data, cookie, asks)))

    def text_with_syn(self, response: Response, tcb: Tcb) -> tuple[Response, Expr | int]:
        """Only who has a cookie sends text with a SYN."""
        if not tcb.connects:
            return response, 0
        response, octets = super().text_with_syn(response, tcb)
        return response.choosing(when=(lift(octets, tcb.text) == 0) | (tcb.read(COOKIE) != NO_COOKIE)), octets

    def sent_with_syn(self, tcb: Tcb) -> Expr | int:
        """What is sent again is the SYN alone."""
        return 0

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§4.1.3: a cookie that comes with a SYN,ACK is kept, and replaces the one before."""
        cookie = ite(_has(segment, TOKEN), lift(TOKEN, COOKIES), tcb.read(COOKIE))
        cases = super().syn_sent(tcb, segment)
        learnt = (done.set(tcb, cookie=cookie) if EventKind.ESTABLISHES in done.events else done for _, done in cases.branches)
        branches = tuple(zip((when for when, _ in cases.branches), learnt, strict=True))
        return replace(cases, branches=branches)

    def complete(self, response: Response, tcb: Tcb, segment: Segment) -> Response:
        """§4.2.2: the ACK has with it what was sent and is not acknowledged; else what the user sends now, if anything."""
        response = response.establish(tcb)
        if not tcb.sends_text:
            return response.then_send(tcb.acknowledgment())
        chosen, with_data, octets = self.text_with(tcb)
        again = segment.ack != tcb.snd_nxt
        response = response.choosing(chosen, when=~with_data | conj(~again, tcb.snd_nxt == tcb.iss + 1, tcb.may_send_text))
        unacknowledged = ite(again, lift(tcb.text_octets, tcb.text), octets)
        response = response.then_send(tcb.segment("ACK", seq=segment.ack, ack=tcb.rcv_nxt, data=unacknowledged))
        return response.set(tcb, snd_nxt=tcb.snd_nxt + octets, **tcb.counted(text=with_data))

    # -- who listens -------------------------------------------------------------------------------------------------------

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§4.2.2: text with a SYN and the cookie for the address that it is from may be given to the user at once."""
        opens = conj(segment.syn, ~segment.has_ack, ~segment.rst, segment.has_data, self.is_cookie(segment))
        return check("Third, check for a SYN", (opens, self.takes_text(tcb, segment))) + super().listen(tcb, segment)

    def is_cookie(self, segment: Segment) -> Expr:
        """Return whether a segment has the cookie for the address that it is from (IsCookieValid of §4.1.2)."""
        return _has(segment, TOKEN)

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        """§4.1.2: who asks for a cookie gets the one for the address that the SYN is from, at that address."""
        granted = ite(_has(segment, COOKIE_REQUEST), lift(TOKEN, COOKIES), NO_COOKIE)
        return _each_sent(super().answer_syn(tcb, segment), lambda answer: replace(answer, cookie=granted))

    def takes_text(self, tcb: Tcb, segment: Segment) -> Response:
        """Return what the text is given to the user by, or is not: in either case the handshake goes on."""
        at_once = choose("at_once", BOOL)
        end = segment.seq + 1 + ite(at_once.value, segment.data, 0)
        response = replace(
            self.answer_syn(tcb, segment), name="takes_text_with_syn", doc="takes a SYN and its text, or the SYN alone."
        )
        response = response.choosing(at_once).set(tcb, rcv_nxt=end, **({QUEUED: 0} if QUEUED in tcb.sorts else {}))
        return _each_sent(response, lambda answer: replace(answer, ack=end))


def _has(segment: Segment, cookie: str) -> Expr:
    """Return what the Fast Open option of a segment is."""
    assert segment.cookie is not None
    return segment.cookie == cookie


def _each_sent(response: Response, changed: Callable[[Segment], Segment]) -> Response:
    """Return a response with each segment that it sends changed."""
    return replace(response, sends=tuple(map(changed, response.sends)))
