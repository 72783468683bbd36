"""The segments that an attacker sends, as actions of the environment (:mod:`model.tcp.attackers`).

Each has the source that its receiver expects. Where there are cookies, a SYN may have text and the one for that source: a
token, which is a secret as a number is. A number is *held* where an endpoint has it in its TCB, where it is an ISN that one
chose or the number after it, or where it lies in the receive window of whoever gets the segment. To send one that is held and
not the attacker's own is a guess, each time. A symbolic engine ranges over all of them.

All wrong numbers are alike: nobody holds them, and an ISN that was named before anybody held it would have been guessed as
well. So one stands for all, the attacker's own, and no endpoint chooses an ISN near it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from model.notation.expr import FALSE, TRUE, Expr, conj, disj, ite, lift, literal, negate, variable
from model.notation.sorts import BOOL, SEQ, Nat
from model.notation.system import Action, Parameter, Variable, choose
from model.tcp.attackers import ATTACKER, GUESSES, OWN_ISN, Attacker
from model.tcp.endpoint import Tcb, synchronized
from model.tcp.segment import NO_COOKIE, TOKEN, Segment, bits_of

FORGED = ("SYN", "SYN,ACK", "ACK", "RST", "RST,ACK")
"""The combinations of control bits that it sends."""


def closed(tcb: Tcb) -> Expr:
    """Return whether an endpoint has no connection, and its numbers mean nothing."""
    return (tcb.state == "CLOSED") | (tcb.state == "LISTEN")


class Forging:
    """What an attacker sends to ``endpoints``, whose ``window`` is so wide: who sees nothing has so many right ``guesses``.

    Where ISNs are ``guessable`` it knows them, and what is reckoned from them, without seeing any.
    """

    def __init__(
        self, attacker: Attacker, endpoints: Sequence[Tcb], guesses: int, window: int, *, guessable: bool = False
    ) -> None:
        self.attacker = attacker
        self.endpoints = endpoints
        self.most = None if attacker.sees or guessable else guesses
        self.window = window

    @property
    def variables(self) -> Iterator[Variable]:
        """What has to be remembered of what it did."""
        if self.attacker.forges and self.most:
            yield Variable(GUESSES, Nat(self.most), 0)

    def actions(self) -> Iterator[Action]:
        """Yield what it sends to each endpoint."""
        if self.attacker.forges:
            for end in self.endpoints:
                yield from (self.forges(ctl, end) for ctl in FORGED)

    def forges(self, ctl: str, end: Tcb) -> Action:
        """Return the action that sends an endpoint a segment as if it came from its peer."""
        own = literal(OWN_ISN, SEQ)
        right = end.irs + 1 if ctl == "ACK" else end.rcv_nxt  # text there, and nowhere else: a search would go on without end
        seq = choose("seq", SEQ, among=(own, own + 1, right))
        ack = choose("ack", SEQ, among=(own, end.snd_nxt, *(literal(isn + 1, SEQ) for isn in end.isn_choices)))
        text = choose("with_data", BOOL)
        cookie = choose("with_cookie", BOOL)
        has_ack, has_text, has_cookie = "ACK" in bits_of(ctl), ctl == "ACK", ctl == "SYN" and end.cookies is not None
        has_text |= has_cookie  # a cookie is for text
        segment = Segment(
            source=literal(end.peer, end.hosts),
            destination=literal(end.role, end.hosts),
            seq=seq.value,
            ack=ack.value if has_ack else literal(0, SEQ),
            ctl=literal(ctl, end.ctl),
            data=ite(text.value if has_text else FALSE, literal(1, end.text), 0),
            cookie=None
            if end.cookies is None
            else ite(cookie.value if has_cookie else FALSE, lift(TOKEN, end.cookies), NO_COOKIE),
        )
        has = {ack: has_ack, text: has_text, cookie: has_cookie}
        parameters: tuple[Parameter, ...] = (seq, *(one for one, there in has.items() if there))
        numbers = (seq.value, ack.value) if has_ack else (seq.value,)
        own_ones = [(number == own) | (number == own + 1) for number in numbers]
        hits = [*(~one for one in own_ones), *((cookie.value,) if has_cookie else ())]
        possible = (one | self._held(number, end) for one, number in zip(own_ones, numbers, strict=True))
        return Action(
            f"{ATTACKER}_forges_{ctl.lower().replace(',', '_')}_to_{end.role}",
            guard=conj(*possible, self._allowed(hits)),
            updates=self._guessed(hits),
            parameters=parameters,
            sends=(tuple(segment),),
            by=ATTACKER,
            doc=f"The attacker sends the {end.role} a {ctl} as if it were the {end.peer}.",
        )

    def unforeseen(self, isn: Expr, gap: int) -> Expr:
        """Return whether an endpoint may choose an ISN: no number of a connection with it is the attacker's own."""
        if not self.attacker.forges:
            return TRUE
        own = literal(OWN_ISN, SEQ)
        return negate(own.in_window(isn, gap)) & negate(isn.in_window(own, gap))

    def _held(self, number: Expr, end: Tcb) -> Expr:
        """Return whether somebody holds a number, or an endpoint that is sent it would take it for one of the window."""
        sent = (conj(~closed(tcb), (number == tcb.snd_una) | (number == tcb.snd_nxt)) for tcb in self.endpoints)
        expected = (conj(synchronized(tcb.state), number == tcb.rcv_nxt) for tcb in self.endpoints)
        chosen = (tcb.isns.has(number - n) for tcb in self.endpoints for n in (0, 1))
        return disj(*sent, *expected, *chosen, conj(synchronized(end.state), number.in_window(end.rcv_nxt, self.window)))

    def _allowed(self, hits: Sequence[Expr]) -> Expr:
        if self.most is None:
            return TRUE
        if not self.most:
            return conj(*(~hit for hit in hits))
        made, both = variable(GUESSES, Nat(self.most)), conj(*hits) if len(hits) > 1 else FALSE
        two = made < self.most - 1 if self.most > 1 else FALSE
        return conj(~disj(*hits) | (made < self.most), ~both | two)

    def _guessed(self, hits: Sequence[Expr]) -> dict[str, Expr]:
        if not self.most:
            return {}
        made, both = variable(GUESSES, Nat(self.most)), conj(*hits) if len(hits) > 1 else FALSE
        return {GUESSES: ite(both, made + 2, ite(disj(*hits), made + 1, made))}
