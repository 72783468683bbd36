"""What an endpoint does without a segment: the user's calls (RFC 9293 §3.10.1 to §3.10.5), time-outs (§3.10.8), a crash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model.notation.expr import FALSE, TRUE, Expr, conj, ite, lift, literal, negate
from model.notation.protocol import NETWORK
from model.notation.sorts import BOOL
from model.notation.system import Parameter, choose
from model.tcp.endpoint import CLOSED_EARLY, ISNS, R2_SEARCHED, RETRANSMISSIONS, EventKind, Response, Tcb, is_one_of
from model.tcp.handshakes.handshake import Handshake
from model.tcp.handshakes.with_syn import QUEUED
from model.tcp.segment import Segment

IDLE = ("ESTABLISHED", "CLOSE-WAIT", "FIN-WAIT-2")
"""The states in which nothing need be sent for as long as the users say nothing, so that a keep-alive has something to find."""
ABORTED = ("ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT")
"""The states after SYN-RECEIVED in which ABORT sends a RST (§3.10.5)."""


class Calls(Handshake):
    """OPEN, SEND, CLOSE and ABORT, retransmission and the user time-out."""

    def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """OPEN, SEND, CLOSE, ABORT, retransmission, user time-out; and a crash where the composition has one."""
        listens_on_call = tcb.listens and not tcb.accepts  # who accepts listens from the beginning, and does not end it
        listening, opening = (literal(can, BOOL) for can in (listens_on_call, tcb.connects))
        in_listen, in_syn_sent = listening & (tcb.state == "LISTEN"), opening & (tcb.state == "SYN-SENT")
        connected = tcb.state == "SYN-RECEIVED"
        if self.assumptions.abort_established:
            connected |= is_one_of(tcb.state, ABORTED)
        yield "§3.10.1", listening & (tcb.state == "CLOSED"), self.listens(tcb)
        if tcb.connects:
            yield "§3.10.1", (tcb.state == "CLOSED") | in_listen, self.open(tcb)
        yield "§3.10.4", in_listen | in_syn_sent, Response("closes", "closes before a connection exists.").end(tcb)
        yield "§3.10.5", connected, self.aborts(tcb)
        yield from self.closing_calls(tcb)
        yield from self.keep_alive(tcb)
        unanswered = connected | in_syn_sent | is_one_of(tcb.state, ("CLOSING", "LAST-ACK"))
        yield "§3.10.8", unanswered, Response("times_out", "gives up after the user time-out.").end(tcb)
        if tcb.connects:
            syn = tcb.segment("SYN", seq=tcb.iss, data=self.sent_with_syn(tcb))
            again = Response("retransmits_syn", "sends its SYN again after a time-out.").send(syn)
            yield "§3.10.8", self.syn_unacknowledged(tcb), again
        yield from self.send_data(tcb)
        yield from self.retransmit_answer(tcb)
        if tcb.crashes:
            # With a quiet time (§3.4.3), or a clock that goes on, its next ISN is as if it had not crashed.
            crashes = Response("crashes", "crashes and loses all memory of its connection.").end(tcb)
            if tcb.forgets:
                crashes = Response("crashes", "crashes and forgets its connection and the ISNs it used.").end(tcb)
                crashes = crashes.set(tcb, isns_known=literal(frozenset(), ISNS))
            yield "§3.5.1", tcb.state != "CLOSED", crashes.event(EventKind.CRASHES)

    def aborts(self, tcb: Tcb) -> Response:
        """§3.10.5: ABORT sends a RST, which may say in its text why (§3.5.3, SHLD-2)."""
        response = Response("aborts", "aborts and sends a RST.")
        if not self.text_on_syn:
            return response.send(tcb.segment("RST", seq=tcb.snd_nxt)).end(tcb)
        chosen, _, octets = self.text_with(tcb)
        return response.choosing(chosen).send(tcb.segment("RST", seq=tcb.snd_nxt, data=octets)).end(tcb)

    def text_with_syn(self, response: Response, tcb: Tcb) -> tuple[Response, Expr | int]:
        """§3.10.2: choose whether text of the user's goes with a SYN, where it may. Return the response and how many octets."""
        if not (self.opens_with_text and tcb.sends_text):
            return response, 0
        chosen, with_data, octets = self.text_with(tcb)
        response = response.choosing(chosen, when=~with_data | tcb.may_send_text)
        return response.set(tcb, **tcb.counted(text=with_data)), octets

    def sent_with_syn(self, tcb: Tcb) -> Expr | int:
        """Return how many octets of text went with the SYN, and go with it again: of what is sent later none is before it."""
        if not (self.text_on_syn and tcb.sends_text):
            return 0
        return ite(tcb.end_of_text == tcb.iss + 1, 0, lift(tcb.text_octets, tcb.text))

    def keep_alive(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """§3.8.4: where nothing is outstanding (MUST-26), ask whether the other is there, and give up where it never answers.

        ``<SEQ=SND.NXT-1><ACK=RCV.NXT><CTL=ACK>`` has no text (SHLD-12): what is not acceptable draws an ACK, and from who has
        no connection a RST. No single keep-alive that is not answered means anything (MUST-29): how many do is a time-out.
        """
        if not (tcb.closes and self.assumptions.keep_alive):
            return
        idle = conj(is_one_of(tcb.state, IDLE), tcb.snd_una == tcb.snd_nxt)
        probe = tcb.segment("ACK", seq=tcb.snd_nxt - 1, ack=tcb.rcv_nxt)
        yield "§3.8.4", idle, Response("keeps_alive", "asks whether the other is still there.").send(probe)
        yield "§3.8.4", idle, Response("finds_nobody", "gives up, since its keep-alives are not answered.").end(tcb)

    def syn_unacknowledged(self, tcb: Tcb) -> Expr:
        """Return whether an active opener's SYN was sent and not acknowledged, so that it is sent again (§3.10.8)."""
        return tcb.state == "SYN-SENT"

    def listens(self, tcb: Tcb) -> Response:
        """§3.10.1: a passive OPEN enters LISTEN; where retransmissions are limited, its user chooses R2 (§3.8.3)."""
        response = Response("listens", "opens passively.").opened(tcb, "LISTEN", passive=True)
        if not tcb.limited:
            return response
        r2 = choose("r2", RETRANSMISSIONS, among=R2_SEARCHED)
        return response.choosing(r2, when=r2.value < RETRANSMISSIONS.limit).set(tcb, r2=r2.value)

    def limited(self, tcb: Tcb, condition: Expr, again: Response) -> tuple[Expr, Response]:
        """§3.8.3: where that is limited a SYN is sent again at most R2 times; what is left to do then is to give up."""
        if not tcb.limited:
            return condition, again
        sent = tcb.read("retransmissions")
        return conj(condition, sent < tcb.read("r2")), again.set(tcb, retransmissions=sent + 1)

    def select_iss(self, response: Response, tcb: Tcb, answered: Segment | None = None) -> Response:
        """Choose ISS as the assumptions about ISNs and the scope allow it, and keep count of what they need to know.

        ``answered`` is the SYN for which a listener chooses it, None where it is chosen for an active OPEN.
        """
        isn, admissible = self.fresh_isn(tcb, answered)
        return response.choosing(isn, when=admissible).set(tcb, iss=isn.value, **tcb.using(isn.value), **tcb.counted(isn=True))

    def open(self, tcb: Tcb) -> Response:
        """§3.10.1: an active OPEN begins a new attempt, with a new ISN; in LISTEN it changes the connection to active."""
        response = self.select_iss(Response("opens", "opens actively: a new attempt."), tcb)
        response, octets = self.text_with_syn(response, tcb)
        return (
            response.then_send(tcb.segment("SYN", seq=tcb.iss, data=octets))
            .then_set(tcb, snd_una=tcb.iss, snd_nxt=tcb.iss + 1 + octets)
            .opened(tcb, "SYN-SENT", passive=False)
            .event(EventKind.OPENS)
        )

    def retransmit_answer(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """§3.10.8: the SYN,ACK is sent again until it is acknowledged."""
        again = tcb.segment("SYN,ACK", seq=tcb.iss, ack=tcb.rcv_nxt, data=self.sent_with_syn(tcb))
        response = Response("retransmits_syn_ack", "sends its SYN,ACK again after a time-out.").send(again)
        unacknowledged = tcb.state == "SYN-RECEIVED"
        if tcb.closes:
            unacknowledged |= is_one_of(tcb.state, CLOSED_EARLY) & (tcb.snd_una == tcb.iss)
        yield "§3.10.8", *self.limited(tcb, unacknowledged, response)

    def send_data(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """§3.10.2: the user's text, which begins at ISS+1 whether or not an empty ACK went before; and its retransmission."""
        if not tcb.sends_text:
            return
        if tcb.closes:
            yield from self.send_text(tcb)
            return
        text = tcb.segment("ACK", seq=tcb.iss + 1, ack=tcb.rcv_nxt, data=tcb.text_octets)
        established = tcb.state == "ESTABLISHED"
        yield (
            "§3.10.2",
            conj(established, tcb.snd_nxt == tcb.iss + 1, tcb.may_send_text),
            Response("sends_data", "sends its first data.")
            .set(tcb, snd_nxt=tcb.snd_nxt + tcb.text_octets, **tcb.counted(text=True))
            .send(text),
        )
        yield (
            "§3.10.8",
            conj(established, tcb.snd_nxt == tcb.iss + (1 + tcb.text_octets), tcb.snd_una != tcb.snd_nxt),
            Response("retransmits_data", "sends its data again after a time-out.").send(text),
        )

    def send_text(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """§3.10.2 in ESTABLISHED and CLOSE-WAIT, as often as the scope lets the user; and the retransmission of what is first.

        Without bounds a user sends once in a connection, so that ISNs can be spaced.
        """
        text = tcb.segment("ACK", seq=tcb.snd_nxt, ack=tcb.rcv_nxt, data=tcb.text_octets)
        sends = Response("sends_data", "sends data.").set(tcb, snd_nxt=tcb.snd_nxt + tcb.text_octets)
        sends = sends.set(tcb, **tcb.counted(text=True)).send(text)
        yield "§3.10.2", conj(is_one_of(tcb.state, ("ESTABLISHED", "CLOSE-WAIT")), self.may_send(tcb)), sends
        begins = self.front(tcb)
        octets, enough = self.text_again(tcb, begins)
        again = Response("retransmits_data", "sends its data again after a time-out.")
        again = again.send(tcb.segment("ACK", seq=begins, ack=tcb.rcv_nxt, data=octets))
        sending = is_one_of(tcb.state, ("ESTABLISHED", "CLOSE-WAIT", "FIN-WAIT-1", "CLOSING", "LAST-ACK"))
        unacknowledged = conj(sending, self.is_opened(tcb), begins != tcb.end_of_text, enough)
        yield "§3.10.8", unacknowledged, again
        both = Response("retransmits_data_with_fin", "sends its last data again after a time-out, and its FIN with it.")
        both = both.send(tcb.segment("FIN,ACK", seq=begins, ack=tcb.rcv_nxt, data=octets))
        yield "§3.10.8", conj(unacknowledged, tcb.sent_fin, begins + octets == tcb.end_of_text), both

    def text_again(self, tcb: Tcb, begins: Expr) -> tuple[Expr, Expr]:
        """Return how many octets are sent again from a number on, and when: as many as are sent at a time, or all there are."""
        octets = lift(tcb.text_octets, tcb.text)
        for fewer in range(1, tcb.text_octets):
            octets = ite(begins + fewer == tcb.end_of_text, fewer, octets)
        return octets, TRUE

    def text_with(self, tcb: Tcb) -> tuple[Parameter, Expr, Expr]:
        """Return the choice whether there is text in a segment that is sent anyway, whether there is, and its octets."""
        with_data = choose("with_data", BOOL)
        return with_data, with_data.value, ite(with_data.value, lift(tcb.text_octets, tcb.text), 0)

    def may_send(self, tcb: Tcb) -> Expr:
        """Return whether the user may send text, by the bounds of the scope."""
        return conj(tcb.may_send_text, tcb.snd_nxt == tcb.iss + 1) if tcb.text_limit is None else tcb.may_send_text

    def is_opened(self, tcb: Tcb) -> Expr:
        """Return whether the SYN is acknowledged: until then it is at the front of what is sent again, and alone is."""
        return tcb.snd_una != tcb.iss

    def front(self, tcb: Tcb) -> Expr:
        """Return the number of what is sent again first, where the SYN no longer is."""
        return tcb.snd_una

    def closing_calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """§3.10.4: CLOSE sends a FIN, perhaps with the last text; its retransmission; and how TIME-WAIT ends (§3.10.8)."""
        if not tcb.closes:
            return
        fin = tcb.segment("FIN,ACK", seq=tcb.snd_nxt, ack=tcb.rcv_nxt)
        early = Response("closes_in_syn_received", "closes before its SYN is acknowledged, and sends a FIN.").send(fin)
        early = early.set(tcb, snd_nxt=tcb.snd_nxt + 1, state="FIN-WAIT-1")
        opening, queued = tcb.state == "SYN-RECEIVED", self.is_queued(tcb) if self.assumptions.half_duplex else FALSE
        if self.assumptions.close_early:
            yield "§3.10.4", self.closes_early(tcb) & ~queued, early
        for before, state, name, doc in (
            ("ESTABLISHED", "FIN-WAIT-1", "closes_first", "closes and sends a FIN."),
            ("CLOSE-WAIT", "LAST-ACK", "closes_after_the_other", "closes too and sends a FIN."),
        ):
            chosen, with_data, octets = self.text_with(tcb)
            ends = tcb.segment("FIN,ACK", seq=tcb.snd_nxt, ack=tcb.rcv_nxt, data=octets)
            closes = Response(name, doc).choosing(chosen, when=~with_data | self.may_send(tcb)).send(ends)
            closes = closes.set(tcb, snd_nxt=tcb.snd_nxt + octets + 1, state=state, **tcb.counted(text=with_data))
            yield "§3.10.4", tcb.state == before, closes
        if self.assumptions.half_duplex:
            unread = ite(tcb.received_fin, tcb.rcv_nxt - 1, tcb.rcv_nxt) != tcb.irs + 1
            lost = Response("closes_with_data_unread", "closes with data unread, and sends a RST.")
            lost = lost.send(tcb.segment("RST", seq=tcb.snd_nxt)).end(tcb)
            yield "§3.10.4", (is_one_of(tcb.state, ("ESTABLISHED", "CLOSE-WAIT")) & unread) | (opening & queued), lost
        again = Response("retransmits_fin", "sends its FIN again after a time-out.")
        again = again.send(tcb.segment("FIN,ACK", seq=self.front(tcb), ack=tcb.rcv_nxt))
        waiting = is_one_of(tcb.state, ("FIN-WAIT-1", "CLOSING", "LAST-ACK"))
        yield "§3.10.8", conj(waiting, self.is_opened(tcb), self.front(tcb) == tcb.end_of_text), again
        over = Response("aborts_when_closed", "aborts what it has closed, and says nothing.").end(tcb)
        yield "§3.10.5", is_one_of(tcb.state, ("CLOSING", "LAST-ACK", "TIME-WAIT")), over
        waited = Response("has_waited", "has waited in TIME-WAIT for as long as it has to.").end(tcb)
        yield "§3.10.8", conj(tcb.state == "TIME-WAIT", *self.nothing_left()), self.after_two_lifetimes(waited)

    def closes_early(self, tcb: Tcb) -> Expr:
        """Return whether CLOSE sends a FIN before the SYN is acknowledged: in SYN-RECEIVED, once the SYN is sent."""
        return (tcb.state == "SYN-RECEIVED") & (tcb.snd_nxt == tcb.iss + 1)

    def is_queued(self, tcb: Tcb) -> Expr:
        """Return whether text that came with the SYN waits to be delivered."""
        return tcb.read(QUEUED) > 0 if QUEUED in tcb.sorts else FALSE

    @property
    def outlives_segments(self) -> bool:
        """Whether TIME-WAIT lasts longer than any segment: what an attacker keeps and sends again has no lifetime."""
        return self.assumptions.time_wait == "2msl" and not self.is_repeated

    def nothing_left(self) -> tuple[Expr, ...]:
        """Return what is true of the network when TIME-WAIT ends: where it loses nothing, nothing that has not arrived."""
        waits = self.outlives_segments and not self.assumptions.loss
        return (negate(self.network.exists(lambda _: literal(True, BOOL))),) if waits else ()

    def after_two_lifetimes(self, response: Response) -> Response:
        """Return what ends TIME-WAIT: with it all that was in flight is lost, where it lasts two segment lifetimes."""
        if not (self.outlives_segments and self.assumptions.loss):
            return response
        return replace(response, updates={**response.updates, NETWORK: literal(frozenset(), self.segments)})
