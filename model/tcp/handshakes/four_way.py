"""The four-way handshake: the server acknowledges the client's SYN and sends its own in two segments.

Departures from RFC 9293 §3.10.7.3, where a bare ACK in SYN-SENT is dropped and a bare SYN starts a simultaneous open (together
the "split handshake"): the client of the four-way handshake takes the two in either order and waits for both.

- The ACK first: it stays in SYN-SENT and remembers that its SYN was acknowledged (SND.UNA = ISS+1). SEG.SEQ of that ACK is
  ignored; nothing is known yet to compare it with.
- The SYN first: it enters SYN-RECEIVED, which is the RFC's state for having both sent and received a SYN and waiting for the
  acknowledgment, and remembers the number it was given (IRS). It sends nothing yet.
- With the second of the two it enters ESTABLISHED and acknowledges: ``<SEQ=ISS+1><ACK=IRS+1><CTL=ACK>``.

In SYN-RECEIVED it goes by the two numbers it waits with: SEG.SEQ is not compared with RCV.NXT (the ACK may come from before
the SYN), a RST counts if it has either number, and another SYN is dropped.

The server picks its ISS with the ACK, sends the SYN in an action of its own, and retransmits both until they are acknowledged.
Neither segment of the server's answer says which ISS belongs to which SYN of the client, and that is the flaw.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from model.notation.cases import Cases, in_turn
from model.notation.circle import between
from model.notation.expr import FALSE, Expr, conj
from model.tcp.endpoint import CLOSED_EARLY, EventKind, Response, Tcb, is_one_of
from model.tcp.handshakes.checks import check, left_out
from model.tcp.handshakes.handshake import Expectation
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.handshakes.verdicts import OF_FOUR_WAY
from model.tcp.segment import Segment


class FourWay(ThreeWay):
    """SYN, ACK, SYN, ACK."""

    name = "four-way"
    summary = "SYN, ACK, SYN, ACK: the server's SYN,ACK taken apart"
    expects: ClassVar[tuple[Expectation, ...]] = OF_FOUR_WAY

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        """The first segment of the answer, ``<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>``; its SYN is not sent yet."""
        response = Response("receives_syn", "takes a SYN and acknowledges it.")
        return (
            self.select_iss(response.set(tcb, rcv_nxt=segment.seq + 1, irs=segment.seq), tcb, segment)
            .then_set(tcb, snd_nxt=tcb.iss, snd_una=tcb.iss, state="SYN-RECEIVED")
            .then_send(tcb.acknowledgment())
            .accept()
            .event(EventKind.ANSWERS)
        )

    def retransmit_answer(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """The second segment of the answer, and both of them again."""
        syn = tcb.segment("SYN", seq=tcb.iss)
        waiting = tcb.passive & (tcb.state == "SYN-RECEIVED")
        closed_early = is_one_of(tcb.state, CLOSED_EARLY) & (tcb.snd_una == tcb.iss) if tcb.closes else FALSE
        yield (
            "§3.10.7.2",
            conj(waiting, tcb.snd_nxt == tcb.iss),
            Response("sends_syn", "sends its own SYN.").set(tcb, snd_nxt=tcb.iss + 1).send(syn),
        )
        again = Response("retransmits_ack_and_syn", "sends its ACK and its SYN again after a time-out.")
        again = again.send(tcb.acknowledgment(), syn)
        yield "§3.10.8", *self.limited(tcb, conj(waiting | closed_early, tcb.snd_nxt != tcb.iss), again)

    def closes_early(self, tcb: Tcb) -> Expr:
        """A client that has the other's SYN, and no ACK of its own yet, waits for that with its FIN."""
        return tcb.passive & super().closes_early(tcb)

    def syn_unacknowledged(self, tcb: Tcb) -> Expr:
        """The client's SYN is sent again as long as it is not acknowledged, whether or not the server's has come."""
        waiting = (tcb.state == "SYN-SENT") | (~tcb.passive & (tcb.state == "SYN-RECEIVED"))
        return conj(waiting, tcb.snd_una == tcb.iss)

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """As §3.10.7.3 for ACK and RST; then the two segments of the answer, whichever comes."""
        acknowledged = tcb.snd_una != tcb.iss
        learns = {"rcv_nxt": segment.seq + 1, "irs": segment.seq}
        after_ack = Response("receives_syn_after_ack", "takes the server's SYN, has both halves and acknowledges.")
        before_ack = Response("receives_syn_before_ack", "takes the server's SYN and waits for the ACK of its own.")
        ack = Response("receives_ack_before_syn", "takes the ACK of its SYN and waits for the other's.")
        after_ack = after_ack.set(tcb, **learns).establish(tcb).then_send(tcb.acknowledgment()).accept()
        before_ack = before_ack.set(tcb, **learns, state="SYN-RECEIVED").accept()
        ack = ack.set(tcb, snd_una=segment.ack).accept()
        return in_turn(
            super().syn_sent(tcb, segment).only("drops_wrong_rst", "resets_wrong_ack", "is_refused", "drops_rst_without_ack"),
            check("Fourth, check the SYN bit", (segment.syn & acknowledged, after_ack), (segment.syn, before_ack)),
            check("Fifth, if neither of the SYN or RST bits is set", (True, ack)),
        )

    def syn_received(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """A passive opener as in RFC 9293; an active one has the other's SYN and waits for the ACK of its own."""
        right_ack = segment.has_ack & between(tcb.iss, segment.ack, tcb.snd_nxt)
        for_us = right_ack | (segment.seq == tcb.rcv_nxt)
        is_reset = Response("is_reset_after_syn", "is reset.").end(tcb)
        drops_rst = Response("drops_rst_after_syn", "drops a RST that is not for it.")
        keeps = Response("keeps_the_syn_it_has", "has a SYN already and drops another.")
        resets = Response("resets_wrong_ack_after_syn", "resets a segment that acknowledges what it did not send.")
        receives = Response("receives_ack_after_syn", "takes the ACK of its SYN, has both halves and acknowledges.")
        established = receives.establish(tcb).set(tcb, snd_una=segment.ack).send(tcb.acknowledgment()).accept()
        active = in_turn(
            left_out("First, check sequence number", "the ACK may come from before the SYN"),
            check("Second, check the RST bit", (segment.rst & for_us, is_reset), (segment.rst, drops_rst)),
            left_out("Third, check security", "there are no compartments"),
            check("Fourth, check the SYN bit", (segment.syn, keeps)),
            check("Fifth, check the ACK field", (~right_ack, resets.send(tcb.reset_for(segment))), (True, established)),
        )
        return active.under(~tcb.passive) + super().syn_received(tcb, segment)
