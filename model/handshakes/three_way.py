"""The three-way handshake: RFC 9293.

One rule for each state, in the order of §3.10.7 with its early returns: the first branch whose condition is true is taken, and
the branches after it need not repeat that it was not. Two things are left out where they cannot occur here: security
compartments, and branches for segments that nobody sends (no segment of this model lacks all of SYN, ACK and RST).

Choices where the RFC leaves one, or where this model is stricter than it:

- SEG.SEQ is checked as the assumption ``seq_check`` says in SYN-RECEIVED, and exactly in ESTABLISHED: text that does not begin
  at RCV.NXT is answered and dropped, and a RST must match RCV.NXT (RFC 5961 §3.2).
- A SYN in ESTABLISHED draws an ACK and nothing else, wherever its number lies (RFC 5961 §4.2). Together with retransmission
  this repairs a lost third segment.
- Of RFC 5961's three cases for a RST (§3.10.7.4, second check) the challenge ACK is left out: in ESTABLISHED a RST that does
  not match RCV.NXT is dropped. In SYN-RECEIVED a RST resets when its number passes ``seq_check``, as in RFC 793.
- ABORT and CLOSE do the same in LISTEN and SYN-SENT (§3.10.4, §3.10.5), so that only CLOSE is offered there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from model.assumptions import RCV_WND
from model.cases import Cases, first
from model.endpoint import Response, Tcb
from model.expr import TRUE, Expr, conj, ite, lift
from model.handshakes.handshake import Expectation, Handshake, Rule, expect
from model.segment import DATA, Segment
from model.sorts import BOOL
from model.system import EventKind, choose

# The checks of §3.10.7.2 to §3.10.7.4 by their number and subject, for whoever reads the model beside the RFC.
RST_FIRST = "First, the RST bit"
ACK_SECOND = "Second, the ACK bit"
SYN_THIRD = "Third, the SYN bit"
ACK_FIRST = "First, the ACK bit"
RST_SECOND = "Second, the RST bit"
SYN_FOURTH = "Fourth, the SYN bit"
NEITHER_FIFTH = "Fifth, neither SYN nor RST"
SEQ_FIRST = "First, the sequence number"
ACK_FIFTH = "Fifth, the ACK field"
TEXT_SEVENTH = "Seventh, the segment text"


class ThreeWay(Handshake):
    """SYN, SYN,ACK, ACK."""

    name = "three-way"
    summary = "SYN, SYN,ACK, ACK: the handshake of RFC 9293"
    expects: ClassVar[tuple[Expectation, ...]] = (
        expect(
            "holds",
            *("no-stale-establishment", "agreement", "isn-acknowledged", "isn-paired", "one-connection-per-attempt"),
            *("client-agreement", "history-is-reset", "numbering", "connection-possible"),
        ),
        expect("violated", "established-together"),
    )

    def rules(self, tcb: Tcb) -> Mapping[str, tuple[str, Rule]]:
        """A passive opener waits in LISTEN, an active one in SYN-SENT; the other states both can be in."""
        opening: tuple[str, tuple[str, Rule]] = (
            ("LISTEN", ("§3.10.7.2", self.listen)) if tcb.passive else ("SYN-SENT", ("§3.10.7.3", self.syn_sent))
        )
        return {
            "CLOSED": ("§3.10.7.1", self.closed),
            **dict([opening]),
            "SYN-RECEIVED": ("§3.10.7.4", self.syn_received),
            "ESTABLISHED": ("§3.10.7.4", self.established),
        }

    # -- §3.10.7, SEGMENT ARRIVES --------------------------------------------------------------------------------------------

    def closed(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.1: anything but a RST draws a RST that its sender will accept."""
        discards = first(segment.rst, Response("discards_rst_when_closed", "has no connection and discards a RST."))
        if self.assumptions.closed_host == "silent":
            return discards.otherwise(True, Response("stays_silent", "has no connection and ignores the segment."))
        refusal = tcb.segment("RST,ACK", seq=0, ack=segment.end)
        return discards.otherwise(
            ~segment.has_ack, Response("resets_syn_when_closed", "has no connection and resets a SYN.").send(refusal)
        ).otherwise(
            True,
            Response("resets_ack_when_closed", "has no connection and resets a segment with an ACK.").send(
                tcb.reset_for(segment)
            ),
        )

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.2: first RST, second ACK, third SYN."""
        return (
            first(segment.rst, Response("ignores_rst", "is listening and ignores a RST.", check=RST_FIRST))
            .otherwise(
                segment.has_ack,
                Response("resets_ack", "is listening and resets a segment with an ACK.", check=ACK_SECOND).send(
                    tcb.reset_for(segment)
                ),
            )
            .otherwise(segment.syn, self.answer_syn(tcb, segment))
        )

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        """§3.10.7.2, third: a connection is created and ``<SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>`` sent."""
        isn, admissible = self.fresh_isn(tcb)
        return (
            self.create(Response("receives_syn", "takes a SYN and answers it.", check=SYN_THIRD), tcb, isn.value)
            .choosing(isn, when=admissible)
            .set(tcb, state="SYN-RECEIVED", irs=segment.seq, rcv_nxt=segment.seq + 1)
            .send(tcb.segment("SYN,ACK", seq=isn.value, ack=segment.seq + 1))
            .accept()
            .event(EventKind.ANSWERS)
        )

    def create(self, response: Response, tcb: Tcb, isn: Expr) -> Response:
        """Set ISS, SND.UNA and SND.NXT for a SYN that is sent in the same step (§3.10.1, §3.10.7.2)."""
        return response.set(tcb, iss=isn, snd_una=isn, snd_nxt=isn + 1, isns=tcb.isns.add(isn), isns_chosen=tcb.isns_chosen + 1)

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.3: first ACK, second RST, fourth SYN, fifth neither."""
        wrong_ack = segment.has_ack & ~segment.ack.in_window(tcb.iss + 1, tcb.snd_nxt - tcb.iss)
        learns = {"irs": segment.seq, "rcv_nxt": segment.seq + 1}
        cases = (
            first(
                wrong_ack & segment.rst,
                Response("drops_wrong_rst", "drops a RST for something it did not send.", check=ACK_FIRST),
            )
            .otherwise(
                wrong_ack,
                Response(
                    "resets_wrong_ack", "resets a segment that acknowledges something it did not send.", check=ACK_FIRST
                ).send(tcb.reset_for(segment)),
            )
            .otherwise(
                segment.rst & segment.has_ack,
                Response("is_refused", "is refused: the RST is for its SYN.", check=RST_SECOND).end(tcb),
            )
            .otherwise(segment.rst, Response("drops_rst_without_ack", "drops a RST that it cannot check.", check=RST_SECOND))
            .otherwise(
                segment.syn & segment.has_ack,
                self.complete(Response("receives_syn_ack", "takes the SYN,ACK for its SYN.", check=SYN_FOURTH), tcb, segment)
                .set(tcb, **learns, snd_una=segment.ack)
                .accept(),
            )
        )
        simultaneous = Response(
            "receives_syn", "takes a SYN while its own is unanswered: both opened at once.", check=SYN_FOURTH
        )
        return cases.otherwise(
            segment.syn,
            simultaneous.set(tcb, state="SYN-RECEIVED", **learns)
            .send(tcb.segment("SYN,ACK", seq=tcb.iss, ack=segment.seq + 1))
            .accept(),
        ).otherwise(True, Response("drops_bare_ack", "drops a segment with neither SYN nor RST.", check=NEITHER_FIFTH))

    def complete(self, response: Response, tcb: Tcb, segment: Segment) -> Response:
        """§3.10.7.3, fourth: one's own SYN is acknowledged. Enter ESTABLISHED and send ``<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>``.

        That segment may carry the user's first octet already.
        """
        response = response.establish(tcb)
        if not self.scope.data:
            return response.send(tcb.segment("ACK", seq=tcb.snd_nxt, ack=segment.seq + 1))
        with_data = choose("with_data", BOOL)
        left = tcb.octets_sent < self.scope.data
        octets = ite(with_data.value, lift(1, DATA), 0)
        return (
            response.choosing(with_data, when=~with_data.value | left)
            .set(tcb, snd_nxt=tcb.snd_nxt + octets, octets_sent=ite(with_data.value, tcb.octets_sent + 1, tcb.octets_sent))
            .send(tcb.segment("ACK", seq=tcb.snd_nxt, ack=segment.seq + 1, data=octets))
        )

    def syn_received(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.4 in SYN-RECEIVED: first SEG.SEQ, second RST, fourth SYN, fifth ACK, seventh text."""
        outside = ~self.acceptable(tcb, segment)
        right_ack = segment.ack.in_window(tcb.snd_una + 1, tcb.snd_nxt - tcb.snd_una)
        reset = Response(
            "is_reset_in_syn_received", "is reset" + (" and listens again." if tcb.passive else "."), check=RST_SECOND
        )
        established = {"snd_una": segment.ack}
        return (
            first(
                outside & segment.rst, Response("drops_rst_in_syn_received", "drops a RST with a wrong SEQ.", check=SEQ_FIRST)
            )
            .otherwise(
                outside,
                Response(
                    "acks_wrong_seq_in_syn_received", "answers a segment with a wrong SEQ by an ACK.", check=SEQ_FIRST
                ).send(tcb.acknowledgment()),
            )
            .otherwise(segment.rst, reset.end(tcb, "LISTEN" if tcb.passive else "CLOSED"))
            .otherwise(segment.syn, self.syn_in_window(tcb))
            .otherwise(
                ~right_ack,
                Response(
                    "resets_wrong_ack_in_syn_received",
                    "resets a segment that acknowledges what it did not send.",
                    check=ACK_FIFTH,
                ).send(tcb.reset_for(segment)),
            )
            .otherwise(
                ~segment.has_data,
                Response("receives_ack", "takes the ACK of its SYN.", check=ACK_FIFTH)
                .establish(tcb)
                .set(tcb, **established)
                .accept(),
            )
            .otherwise(
                segment.seq == tcb.rcv_nxt,
                Response("receives_ack_with_data", "takes the ACK of its SYN and the data with it.", check=TEXT_SEVENTH)
                .establish(tcb)
                .set(tcb, **established, rcv_nxt=segment.end)
                .send(tcb.segment("ACK", seq=tcb.snd_nxt, ack=segment.end))
                .accept(),
            )
            .otherwise(
                self.assumptions.seq_check != "exact",
                Response(
                    "receives_ack_with_data_out_of_order",
                    "takes the ACK of its SYN, and not the data with it.",
                    check=TEXT_SEVENTH,
                )
                .establish(tcb)
                .set(tcb, **established)
                .send(tcb.acknowledgment())
                .accept(),
            )
        )

    def syn_in_window(self, tcb: Tcb) -> Response:
        """§3.10.7.4, fourth, in SYN-RECEIVED: a passive opener returns to LISTEN, an active one sends a challenge ACK."""
        if tcb.passive:
            return Response("returns_to_listen", "returns to LISTEN on a SYN in its window.", check=SYN_FOURTH).end(
                tcb, "LISTEN"
            )
        return Response("challenges_syn_in_syn_received", "answers a SYN in its window by an ACK.", check=SYN_FOURTH).send(
            tcb.acknowledgment()
        )

    def acceptable(self, tcb: Tcb, segment: Segment) -> Expr:
        """§3.10.7.4, first: whether SEG.SEQ is acceptable in SYN-RECEIVED, by the assumption ``seq_check``."""
        begins = segment.seq.in_window(tcb.rcv_nxt, RCV_WND)
        occupies = segment.end != segment.seq
        ends = (segment.end - 1).in_window(tcb.rcv_nxt, RCV_WND)
        return {"exact": segment.seq == tcb.rcv_nxt, "window": begins | (occupies & ends), "none": TRUE}[
            self.assumptions.seq_check
        ]

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.4 in ESTABLISHED: first SEG.SEQ, second RST, fourth SYN, fifth ACK, seventh text."""
        outside = segment.seq != tcb.rcv_nxt
        advances = segment.ack.in_window(tcb.snd_una + 1, tcb.snd_nxt - tcb.snd_una)
        snd_una = ite(advances, segment.ack, tcb.snd_una)
        return (
            first(outside & segment.rst, Response("drops_rst", "drops a RST with a wrong SEQ.", check=SEQ_FIRST))
            .otherwise(
                outside & segment.syn,
                Response("acks_repeated_syn", "answers a SYN that is not new to it by an ACK.", check=SEQ_FIRST).send(
                    tcb.acknowledgment()
                ),
            )
            .otherwise(
                outside,
                Response("acks_wrong_seq", "answers a wrong SEQ by an ACK.", check=SEQ_FIRST).send(tcb.acknowledgment()),
            )
            .otherwise(segment.rst, Response("is_reset", "is reset.", check=RST_SECOND).end(tcb))
            .otherwise(
                segment.syn, Response("challenges_syn", "answers a SYN by an ACK.", check=SYN_FOURTH).send(tcb.acknowledgment())
            )
            .otherwise(
                segment.ack.is_after(tcb.snd_nxt),
                Response(
                    "acks_what_it_did_not_send", "answers an ACK of what it did not send by an ACK.", check=ACK_FIFTH
                ).send(tcb.acknowledgment()),
            )
            .otherwise(
                ~segment.has_data, Response("takes_ack", "takes an ACK.", check=ACK_FIFTH).set(tcb, snd_una=snd_una).accept()
            )
            .otherwise(
                True,
                Response("receives_data", "takes data and acknowledges it.", check=TEXT_SEVENTH)
                .set(tcb, snd_una=snd_una, rcv_nxt=segment.end)
                .send(tcb.segment("ACK", seq=tcb.snd_nxt, ack=segment.end))
                .accept(),
            )
        )

    # -- §3.10.1 to §3.10.5, user calls, and §3.10.8, time-outs --------------------------------------------------------------

    def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """OPEN, SEND, CLOSE, ABORT, retransmission, user time-out."""
        waiting = tcb.state == ("LISTEN" if tcb.passive else "SYN-SENT")
        connected = (tcb.state == "SYN-RECEIVED") | (tcb.state == "ESTABLISHED")
        yield "§3.10.1", tcb.state == "CLOSED", self.open(tcb)
        yield "§3.10.4", waiting, Response("closes", "closes before a connection exists.").end(tcb)
        yield (
            "§3.10.5",
            connected,
            Response("aborts", "aborts and sends a RST.").send(tcb.segment("RST", seq=tcb.snd_nxt)).end(tcb),
        )
        unanswered = connected if tcb.passive else connected | waiting
        yield "§3.10.8", unanswered, Response("times_out", "gives up after the user time-out.").end(tcb)
        if not tcb.passive:
            syn = tcb.segment("SYN", seq=tcb.iss)
            again = Response("retransmits_syn", "sends its SYN again after a time-out.").send(syn)
            yield "§3.10.8", self.syn_unacknowledged(tcb), again
            yield from self.send_data(tcb)
        yield from self.retransmit_answer(tcb)

    def syn_unacknowledged(self, tcb: Tcb) -> Expr:
        """Return whether an active opener's SYN was sent and not acknowledged, so that it is sent again (§3.10.8)."""
        return tcb.state == "SYN-SENT"

    def open(self, tcb: Tcb) -> Response:
        """§3.10.1: a passive OPEN enters LISTEN; an active one begins a new attempt, with a new ISN."""
        if tcb.passive:
            return Response("listens", "opens passively.").set(tcb, state="LISTEN")
        isn, admissible = self.fresh_isn(tcb)
        return (
            self.create(Response("opens", "opens actively: a new attempt."), tcb, isn.value)
            .choosing(isn, when=admissible)
            .set(tcb, state="SYN-SENT")
            .send(tcb.segment("SYN", seq=isn.value))
            .event(EventKind.OPENS)
        )

    def retransmit_answer(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """§3.10.8: the SYN,ACK is sent again until it is acknowledged."""
        again = tcb.segment("SYN,ACK", seq=tcb.iss, ack=tcb.rcv_nxt)
        response = Response("retransmits_syn_ack", "sends its SYN,ACK again after a time-out.").send(again)
        yield "§3.10.8", tcb.state == "SYN-RECEIVED", response

    def send_data(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """§3.10.2: the first octet, numbered ISS+1 whether or not an empty ACK went before; and its retransmission."""
        if not self.scope.data:
            return
        octet = tcb.segment("ACK", seq=tcb.iss + 1, ack=tcb.rcv_nxt, data=1)
        established = tcb.state == "ESTABLISHED"
        yield (
            "§3.10.2",
            conj(established, tcb.snd_nxt == tcb.iss + 1, tcb.octets_sent < self.scope.data),
            Response("sends_data", "sends its first data octet.")
            .set(tcb, snd_nxt=tcb.snd_nxt + 1, octets_sent=tcb.octets_sent + 1)
            .send(octet),
        )
        yield (
            "§3.10.8",
            conj(established, tcb.snd_nxt == tcb.iss + 2, tcb.snd_una != tcb.snd_nxt),
            Response("retransmits_data", "sends its data octet again after a time-out.").send(octet),
        )
