"""The segments that an attacker sends, as actions of the environment (:mod:`model.tcp.attackers`).

Each has the source that its receiver expects. Where there are cookies, a SYN may have text and the one for that source: a
token, which is a secret as a number is. A number is *held* where an endpoint has it in its TCB, where it is an ISN that one
chose or the number after it, or where it lies in the receive window of whoever gets the segment. To send one that is held and
not the attacker's own is a guess, each time. A symbolic engine ranges over all of them.

All wrong numbers are alike: nobody holds them, and an ISN that was named before anybody held it would have been guessed as
well. So one stands for all, the attacker's own, and no endpoint chooses an ISN near it.

*An interval.* Who knows that a number is one of K in a row, and sends N segments, puts them K/N apart: one of them lies less
than that beyond the number, and one less than that before it, and more cannot be known. Who only searches for a run finds a
lucky one, in which the first hits. So luck is decided against the attacker: the one segment that is looked at is as far off as
can be, beyond a SEQ, of which a receiver takes a window from its number on, and before an ACK, of which it takes those up to
its number. The others hit nothing, and are left out. It is off from what its receiver holds, and from nothing else: no endpoint
chooses an ISN by which it would hit another number by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from model.notation.expr import FALSE, TRUE, Expr, conj, disj, ite, lift, literal, negate, variable
from model.notation.sorts import BOOL, SEQ, Nat
from model.notation.system import Action, Parameter, Variable, choose
from model.tcp.assumptions import Assumptions
from model.tcp.attackers import ATTACKER, GUESSES, OWN_ISN, Attacker
from model.tcp.endpoint import Tcb, synchronized
from model.tcp.segment import NO_COOKIE, TOKEN, Segment, bits_of

FORGED = ("SYN", "SYN,ACK", "ACK", "RST", "RST,ACK")
"""The combinations of control bits that it sends."""
FORGED_FIN = "FIN,ACK"
"""And this one, where connections are closed by FINs."""


def closed(tcb: Tcb) -> Expr:
    """Return whether an endpoint has no connection, and its numbers mean nothing."""
    return (tcb.state == "CLOSED") | (tcb.state == "LISTEN")


class Forging:
    """What an attacker sends to ``endpoints``: who sees nothing has as many right guesses as is assumed, each so far off.

    Where ISNs are ``guessable`` it knows them, and what is reckoned from them, without seeing any.
    """

    def __init__(self, attacker: Attacker, endpoints: Sequence[Tcb], assumed: Assumptions, *, guessable: bool = False) -> None:
        self.attacker = attacker
        self.endpoints = endpoints
        knows = attacker.sees or guessable
        self.most = None if knows else assumed.guesses
        self.off = 0 if knows else -(-assumed.interval // assumed.tries) - 1
        self.window = 1 if assumed.seq_check == "exact" else assumed.rcv_wnd
        self.acknowledged = assumed.max_snd_wnd if assumed.follows("ack") else 0

    @property
    def variables(self) -> Iterator[Variable]:
        """What has to be remembered of what it did."""
        if self.attacker.forges and self.most:
            yield Variable(GUESSES, Nat(self.most), 0)

    def actions(self) -> Iterator[Action]:
        """Yield what it sends to each endpoint."""
        if self.attacker.forges:
            for end in self.endpoints:
                yield from (self.forges(ctl, end) for ctl in (*FORGED, *((FORGED_FIN,) if end.closes else ())))

    def forges(self, ctl: str, end: Tcb) -> Action:
        """Return the action that sends an endpoint a segment as if it came from its peer."""
        own = literal(OWN_ISN, SEQ)
        right = end.irs + 1 if ctl == "ACK" else end.rcv_nxt  # text there, and nowhere else: a search would go on without end
        seq = choose("seq", SEQ, among=(own, own + 1, right + self.off if self.off else right))
        sent = (end.snd_nxt, *(literal(isn + 1, SEQ) for isn in end.isn_choices))
        ack = choose("ack", SEQ, among=(own, *(number - self.off if self.off else number for number in sent)))
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
        held = [self._held(number, end) for number in numbers] if not self.off else self._aimed_at(numbers, end)
        possible = (one | there for one, there in zip(own_ones, held, strict=True))
        return Action(
            f"{ATTACKER}_forges_{ctl.lower().replace(',', '_')}_to_{end.role}",
            guard=conj(*possible, self._allowed(hits)),
            updates=self._guessed(hits),
            parameters=parameters,
            sends=(tuple(segment),),
            by=ATTACKER,
            doc=f"The attacker sends the {end.role} a {ctl} as if it were the {end.peer}.",
        )

    def unforeseen(self, tcb: Tcb, isn: Expr, gap: int) -> Expr:
        """Return whether an endpoint may choose an ISN: the attacker's own number is taken in no connection with it.

        Neither is one that lies as far off from one that the endpoint has used as the attacker's guesses lie.
        """
        if not self.attacker.forges:
            return TRUE
        own = literal(OWN_ISN, SEQ)
        apart = negate(own.in_window(isn, gap + self.window - 1)), negate(isn.in_window(own, max(gap, self.acknowledged)))
        if not self.off:
            return conj(*apart)
        return conj(*apart, tcb.isns.forall(lambda used: (used.isn - isn != self.off) & (isn - used.isn != self.off)))

    def _held(self, number: Expr, end: Tcb) -> Expr:
        """Return whether somebody holds a number, or an endpoint that is sent it would take it for one of the window."""
        sent = (conj(~closed(tcb), (number == tcb.snd_una) | (number == tcb.snd_nxt)) for tcb in self.endpoints)
        expected = (conj(synchronized(tcb.state), number == tcb.rcv_nxt) for tcb in self.endpoints)
        chosen = (tcb.isns.has(number - n) for tcb in self.endpoints for n in (0, 1))
        return disj(*sent, *expected, *chosen, conj(synchronized(end.state), number.in_window(end.rcv_nxt, self.window)))

    def _aimed_at(self, numbers: Sequence[Expr], end: Tcb) -> list[Expr]:
        """Return of the SEQ of a segment, and of its ACK, whether it is as far off as can be from what its receiver holds."""
        seq, *acks = numbers
        expected = conj(synchronized(end.state), disj(*(seq == number + self.off for number in (end.rcv_nxt, end.irs + 1))))
        sent = [conj(~closed(end), disj(*(ack == number - self.off for number in (end.snd_una, end.snd_nxt)))) for ack in acks]
        tokens = [conj(closed(end), end.isns.has(ack + (self.off - 1))) for ack in acks]
        return [expected, *(a | b for a, b in zip(sent, tokens, strict=True))]

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
