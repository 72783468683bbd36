"""What an endpoint does without a segment: the user's calls (RFC 9293 §3.10.1 to §3.10.5), time-outs (§3.10.8), a crash."""

from __future__ import annotations

from collections.abc import Iterator

from model.notation.expr import Expr, conj, literal
from model.notation.sorts import BOOL
from model.notation.system import choose
from model.tcp.endpoint import ISNS, R2_SEARCHED, RETRANSMISSIONS, EventKind, Response, Tcb
from model.tcp.handshakes.handshake import Handshake
from model.tcp.segment import Segment


class Calls(Handshake):
    """OPEN, SEND, CLOSE and ABORT, retransmission and the user time-out."""

    def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """OPEN, SEND, CLOSE, ABORT, retransmission, user time-out; and a crash where the composition has one."""
        listens_on_call = tcb.listens and not tcb.accepts  # who accepts listens from the beginning, and does not end it
        listening, opening = (literal(can, BOOL) for can in (listens_on_call, tcb.connects))
        in_listen, in_syn_sent = listening & (tcb.state == "LISTEN"), opening & (tcb.state == "SYN-SENT")
        connected = tcb.state == "SYN-RECEIVED"
        if self.assumptions.abort_established:
            connected |= tcb.state == "ESTABLISHED"
        yield "§3.10.1", listening & (tcb.state == "CLOSED"), self.listens(tcb)
        if tcb.connects:
            yield "§3.10.1", (tcb.state == "CLOSED") | in_listen, self.open(tcb)
        yield "§3.10.4", in_listen | in_syn_sent, Response("closes", "closes before a connection exists.").end(tcb)
        yield (
            "§3.10.5",
            connected,
            Response("aborts", "aborts and sends a RST.").send(tcb.segment("RST", seq=tcb.snd_nxt)).end(tcb),
        )
        unanswered = connected | in_syn_sent
        yield "§3.10.8", unanswered, Response("times_out", "gives up after the user time-out.").end(tcb)
        if tcb.connects:
            syn = tcb.segment("SYN", seq=tcb.iss)
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
            yield "§3.5.1", tcb.state != "CLOSED", crashes

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
        return (
            self.select_iss(Response("opens", "opens actively: a new attempt."), tcb)
            .then_send(tcb.segment("SYN", seq=tcb.iss))
            .then_set(tcb, snd_una=tcb.iss, snd_nxt=tcb.iss + 1)
            .opened(tcb, "SYN-SENT", passive=False)
            .event(EventKind.OPENS)
        )

    def retransmit_answer(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """§3.10.8: the SYN,ACK is sent again until it is acknowledged."""
        again = tcb.segment("SYN,ACK", seq=tcb.iss, ack=tcb.rcv_nxt)
        response = Response("retransmits_syn_ack", "sends its SYN,ACK again after a time-out.").send(again)
        yield "§3.10.8", *self.limited(tcb, tcb.state == "SYN-RECEIVED", response)

    def send_data(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """§3.10.2: the user's text, which begins at ISS+1 whether or not an empty ACK went before; and its retransmission."""
        if not tcb.sends_text:
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
