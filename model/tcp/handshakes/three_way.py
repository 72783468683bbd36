"""The three-way handshake: RFC 9293.

One rule for each state, in the order of §3.10.7 with its early returns: the first branch whose condition is true is taken, and
the branches after it need not repeat that it was not. Two things are left out where they cannot occur here: security
compartments, and branches for segments that nobody sends (no segment of this model lacks all of SYN, ACK and RST).

The third check of §3.10.7.4 is that of security; the sixth is about URG, which nobody sends. The eighth is about FIN, which
endpoints send in the composition ``lifecycle`` only. Where the RFC leaves a choice, is silent, or contradicts itself:

- *The SYN,ACK of Figure 7* (§3.5, line 6) begins at IRS, one before RCV.NXT, so Table 6 would have it answered by an ACK and
  dropped; Appendix A.2 says that such things happen. The RFC also says that what lies outside the window may be trimmed off,
  the SYN included. Of the SYN,ACK that repeats the SYN which an active opener has already and acknowledges the opener's own,
  the ACK is taken here, before any check of SEG.SEQ, as deployed stacks do: BSD trims, Linux lets exactly this segment pass.
  Figure 7 is then what happens. With another ACK such a segment fails the first check like any other.
- *A RST in SYN-SENT* is judged by its ACK alone. For RFC 5961 the RFC wants SEG.SEQ compared with RCV.NXT first, which has no
  value yet, while the RST of a closed host has SEQ=0.
- *An ACK further back than a window* (RFC 5961 §5) draws an ACK in ESTABLISHED. In SYN-RECEIVED every unacceptable ACK draws
  a RST, as without RFC 5961: the two texts differ there, and a RST is what recognises history.
- *The reset for a SYN in the window* (RFC 793's rule) has the form that §3.5.2 gives to resets, since none is given there.
- *Text beyond RCV.NXT* is not held (SHLD-31), but acknowledged and dropped; its sender sends it again. Of other text what lies
  outside the window on either side is trimmed off, in the ``lifecycle`` the FIN included. Elsewhere a user sends one
  piece of text in a connection, and it is sent again whole until all of it is acknowledged: only segments that are entirely
  acknowledged leave the retransmission queue (§3.10.7.4, fifth). So its rest never comes in where the exact check turns away
  what begins before RCV.NXT, or where it reaches beyond the window on both sides, which Table 6 turns away.
- *What follows a SYN* is taken with a SYN,ACK, where anybody may send it (``follows_syn``), and acknowledged with it in one
  segment. What follows a SYN alone, which the RFC has queued, is left to be sent again.
- *A FIN in a state that has received one* is not taken again: §3.10.7.4 would advance RCV.NXT over it. It draws an ACK, but in
  CLOSING, where a segment that does not acknowledge the endpoint's FIN is ignored.
- *Windows*: both sides have one of the same size, which is MAX.SND.WND as well, and senders take no notice of it. With
  RCV.WND = 0 the special allowance for valid ACKs and RSTs is that of Table 6 for segments without length; an ACK with text
  is not acceptable, and but for the SYN,ACK above no segment with a SYN is.
- ABORT and CLOSE do the same in LISTEN and SYN-SENT (§3.10.4, §3.10.5), so that only CLOSE is offered there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from model.notation.cases import Cases, first, in_turn
from model.notation.circle import between
from model.notation.expr import FALSE, Expr, ite
from model.notation.sorts import NotationError
from model.tcp.endpoint import CLOSING_STATES, CONTINUE, EventKind, Response, Tcb, continuing
from model.tcp.handshakes.calls import Calls
from model.tcp.handshakes.checks import check, in_state, later, left_out, only_in
from model.tcp.handshakes.closing import NOTHING, Closing
from model.tcp.handshakes.handshake import Expectation, Rule
from model.tcp.handshakes.verdicts import OF_THREE_WAY
from model.tcp.segment import Segment

_GONE = {"with_syn": "syn_bit(tcb, segment)", "create": "select_iss(response, tcb, answered)"}
"""What a handshake of the user's may still have of rules that are written otherwise now, and what to write instead."""


def closing_in(tcb: Tcb, state: str, cases: Cases[Response]) -> Cases[Response]:
    """Return cases in one of the states from FIN-WAIT-1 on, which their names then say."""
    return in_state(tcb, state, cases, f"_in_{state.lower().replace('-', '_')}")


class ThreeWay(Closing, Calls):
    """SYN, SYN,ACK, ACK."""

    name = "three-way"
    summary = "SYN, SYN,ACK, ACK: the handshake of RFC 9293"
    expects: ClassVar[tuple[Expectation, ...]] = OF_THREE_WAY

    def __init_subclass__(cls) -> None:
        """Refuse what was once a rule, and would not be asked."""
        for gone, instead in _GONE.items():
            if gone in vars(cls):
                raise NotationError(f"{gone} is not asked any more: write {instead}", gone)

    def rules(self, tcb: Tcb) -> Mapping[str, tuple[str, Rule]]:
        """A passive opener waits in LISTEN, an active one in SYN-SENT; the other states both can be in."""
        rules: dict[str, tuple[str, Rule]] = {} if tcb.accepts else {"CLOSED": ("§3.10.7.1", self.closed)}
        if tcb.listens:
            rules["LISTEN"] = "§3.10.7.2", self.listen
        if tcb.connects:
            rules["SYN-SENT"] = "§3.10.7.3", self.syn_sent
        return {
            **rules,
            "SYN-RECEIVED": ("§3.10.7.4", self.syn_received),
            "ESTABLISHED": ("§3.10.7.4", self.established),
            **({state: ("§3.10.7.4", self.closing(state)) for state in CLOSING_STATES} if tcb.closes else {}),
        }

    # -- §3.10.7, SEGMENT ARRIVES --------------------------------------------------------------------------------------------

    def closed(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.1: anything but a RST draws a RST that its sender will accept."""
        discards = first(segment.rst, Response("discards_rst_when_closed", "has no connection and discards a RST."))
        if self.assumptions.closed_host == "silent":
            return discards.otherwise(True, Response("stays_silent", "has no connection and ignores the segment."))
        return discards.otherwise(
            ~segment.has_ack,
            Response("resets_syn_when_closed", "has no connection and resets a SYN.").send(tcb.refusal_of(segment)),
        ).otherwise(
            True,
            Response("resets_ack_when_closed", "has no connection and resets a segment with an ACK.").send(
                tcb.reset_for(segment)
            ),
        )

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.2, LISTEN STATE."""
        resets = Response("resets_ack", "is listening and resets a segment with an ACK.").send(tcb.reset_for(segment))
        drops = Response("drops_other_control", "is listening and drops what has neither a SYN nor an ACK.")
        return in_turn(
            check("First, check for a RST", (segment.rst, Response("ignores_rst", "is listening and ignores a RST."))),
            check("Second, check for an ACK", (segment.has_ack, resets)),
            check("Third, check for a SYN", (segment.syn, self.answer_syn(tcb, segment))),
            check("Fourth, other data or control", (segment.neither_syn_nor_ack_nor_rst, drops)),
        )

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        """§3.10.7.2, third: a connection is created and ``<SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>`` sent."""
        response = Response("receives_syn", "takes a SYN and answers it.").set(tcb, rcv_nxt=segment.seq + 1, irs=segment.seq)
        response = self.select_iss(response.set(tcb, **self.queues(tcb, segment)), tcb, segment)
        response, octets = self.text_with_syn(response, tcb)
        response = response.then_send(tcb.segment("SYN,ACK", seq=tcb.iss, ack=tcb.rcv_nxt, data=octets))
        response = response.then_set(tcb, snd_nxt=tcb.iss + 1 + octets, snd_una=tcb.iss, state="SYN-RECEIVED")
        return response.accept().event(EventKind.ANSWERS)

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.3, SYN-SENT STATE."""
        wrong_ack = segment.has_ack & ~between(tcb.iss, segment.ack, tcb.snd_nxt)
        learns = {"rcv_nxt": segment.seq + 1, "irs": segment.seq}
        drops = Response("drops_wrong_rst", "drops a RST for something it did not send.")
        resets = Response("resets_wrong_ack", "resets a segment that acknowledges something it did not send.")
        resets = resets.send(tcb.reset_for(segment))
        refused = Response("is_refused", "is refused: the RST is for its SYN.").end(tcb)
        unknown = Response("drops_rst_without_ack", "drops a RST that it cannot check.")
        learnt = Response("receives_syn_ack", "takes the SYN,ACK for its SYN.").set(tcb, **learns, snd_una=segment.ack)
        takes = self.complete(learnt, tcb, segment).accept()
        goes_on = self.after_syn(tcb, segment, learnt.establish(tcb).accept()).under(segment.syn & segment.has_ack)
        meets = Response("meets_syn", "takes a SYN while its own is unanswered: both opened at once.").set(tcb, **learns)
        meets = meets.set(tcb, **self.queues(tcb, segment))
        answer = tcb.segment("SYN,ACK", seq=tcb.iss, ack=tcb.rcv_nxt, data=self.sent_with_syn(tcb))
        meets = meets.set(tcb, state="SYN-RECEIVED").then_send(answer).accept()
        neither = Response("drops_bare_ack", "drops a segment with neither SYN nor RST.")
        return in_turn(
            check("First, check the ACK bit", (wrong_ack & segment.rst, drops), (wrong_ack, resets)),
            check("Second, check the RST bit", (segment.rst & segment.has_ack, refused), (segment.rst, unknown)),
            left_out("Third, check the security", "there are no compartments"),
            check("Fourth, check the SYN bit", goes_on, (segment.syn & segment.has_ack, takes), (segment.syn, meets)),
            check("Fifth, if neither of the SYN or RST bits is set", (True, neither)),
        )

    def complete(self, response: Response, tcb: Tcb, segment: Segment) -> Response:
        """§3.10.7.3, fourth: one's own SYN is acknowledged. Enter ESTABLISHED and send ``<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>``.

        That segment may carry the user's text already.
        """
        response = response.establish(tcb)
        if not tcb.sends_text:
            return response.then_send(tcb.acknowledgment())
        chosen, with_data, octets = self.text_with(tcb)
        more = self.may_send(tcb) if self.text_on_syn else tcb.may_send_text
        response = response.choosing(chosen, when=~with_data | more)
        response = response.then_send(tcb.segment("ACK", seq=tcb.snd_nxt, ack=tcb.rcv_nxt, data=octets))
        return response.set(tcb, snd_nxt=tcb.snd_nxt + octets, **tcb.counted(text=with_data))

    def syn_received(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.4 in SYN-RECEIVED."""
        return in_state(tcb, "SYN-RECEIVED", self.other_states(tcb, segment), "_in_syn_received")

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.4 in ESTABLISHED."""
        return in_state(tcb, "ESTABLISHED", self.other_states(tcb, segment))

    def closing(self, state: str) -> Rule:
        """§3.10.7.4 in one of the states from FIN-WAIT-1 on."""
        return lambda tcb, segment: closing_in(tcb, state, self.other_states(tcb, segment))

    def other_states(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.4, Other States: the eight checks, in all synchronized states alike."""
        return in_turn(
            check("First, check sequence number", self.sequence_number(tcb, segment)),
            check("Second, check the RST bit", self.rst_bit(tcb, segment)),
            left_out("Third, check security", "there are no compartments"),
            check("Fourth, check the SYN bit", self.syn_bit(tcb, segment)),
            check("Fifth, check the ACK field", self.ack_field(tcb, segment)),
            left_out("Sixth, check the URG bit", "nobody sends urgent data"),
            *self.text_and_fin_checks(tcb, self.without_syn(segment)),
        )

    def text_and_fin_checks(self, tcb: Tcb, segment: Segment) -> tuple[Cases[Response], ...]:
        """§3.10.7.4, seventh and eighth."""
        text = check("Seventh, process the segment text", self.segment_text(tcb, segment))
        if not tcb.closes:
            return text, left_out("Eighth, check the FIN bit", "a release is one step of both sides")
        both = self.text_after_close(tcb, segment) + self.text_and_fin(tcb, segment)
        return (
            check("Seventh, the text, and eighth, the FIN", both),
            text,
            check("Eighth, check the FIN bit", self.fin_bit(tcb, segment)),
        )

    def after_syn(self, tcb: Tcb, segment: Segment, takes: Response) -> Cases[Response]:
        """§3.10.7.3, fourth: whose SYN is acknowledged goes on at the sixth check with what follows the other's SYN.

        The ACK of that SYN alone is not sent: what comes later is acknowledged with it, as the RFC allows.
        """
        if not self.follows_syn:
            return NOTHING
        later = self.text_and_fin_checks(tcb, replace(segment, seq=segment.seq + 1))
        cases = in_turn(first(True, replace(takes, continues=True)), *later).without(takes.name).under(self.more(segment))
        return replace(cases, branches=tuple((when, replace(done, continues=False)) for when, done in cases.branches))

    def more(self, segment: Segment) -> Expr:
        """Return whether text, or a FIN, follows the SYN of a segment."""
        return segment.has_data | segment.fin if self.follows_syn else FALSE

    def sequence_number(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.4, first. What is not acceptable is answered by an ACK, unless it is a RST."""
        outside, ack = ~self.acceptable(tcb, segment), tcb.acknowledgment()
        own_syn = (segment.ctl == "SYN,ACK") & (segment.seq == tcb.irs) & self.acknowledges(tcb, segment)
        own = Response("receives_ack_with_the_syn_it_has", "takes the ACK of its SYN from a SYN,ACK whose SYN it has already.")
        drops = Response("drops_rst", "drops a RST with a wrong SEQ.")
        repeated = Response("acks_repeated_syn", "answers a SYN with a wrong SEQ by an ACK.").send(ack)
        answers = Response("acks_wrong_seq", "answers a segment with a wrong SEQ by an ACK.").send(ack)
        own = own.establish(tcb).set(tcb, snd_una=segment.ack).accept()
        opened = self.after_syn(tcb, segment, own).under(~tcb.passive & own_syn)
        opened = only_in(tcb, "SYN-RECEIVED", opened, *self.when_opened(tcb, ~tcb.passive & own_syn, own))
        established = later(tcb, (outside & segment.syn, repeated))
        reopened = self.reopening(tcb, segment)
        return reopened + opened + first(outside & segment.rst, drops) + established + first(outside, answers)

    def rst_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.4, second. How the connection was opened decides what becomes of it (note 1 of Figure 5)."""
        challenges = Response("challenges_rst", "answers a RST that is not at RCV.NXT by an ACK.").send(tcb.acknowledgment())
        listens = Response("is_reset_in_syn_received", "is reset and listens again.").end(tcb, "LISTEN")
        refused = Response("is_refused_in_syn_received", "is refused by a RST.").end(tcb)
        opened = only_in(tcb, "SYN-RECEIVED", (segment.rst & tcb.passive, listens), (segment.rst, refused))
        established = later(tcb, (segment.rst, Response("is_reset", "is reset.").end(tcb)))
        ignored, back = self.ignored_rst(tcb, segment), self.returning(tcb, segment.rst)
        return ignored + first(segment.rst & self.challenged(tcb, segment), challenges) + back + opened + established

    def syn_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.4, fourth. A SYN draws a challenge ACK (RFC 5961 §4.2), or ends the connection with a reset (RFC 793)."""
        returns = Response("returns_to_listen", "returns to LISTEN on a SYN in its window.").end(tcb, "LISTEN")
        challenges = Response("challenges_syn", "answers a SYN by an ACK.").send(tcb.acknowledgment())
        resets = Response("resets_syn", "resets a SYN in its window and aborts.").send(tcb.refusal_of(segment)).end(tcb)
        of_ack = Response("resets_syn_ack", "resets a SYN,ACK in its window and aborts.").send(tcb.reset_for(segment)).end(tcb)
        syn = self.syn_in_window(tcb, segment)
        passive = only_in(tcb, "SYN-RECEIVED", (syn & tcb.passive, returns))
        aborts = first(syn & segment.has_ack, of_ack).otherwise(syn, resets)
        back = self.returning(tcb, syn, "_on_a_syn")
        return back + passive + (first(segment.syn, challenges) if self.assumptions.follows("syn") else aborts)

    def ack_field(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.4, fifth. An acceptable ACK establishes, or takes SND.UNA forward, and the next check continues."""
        acknowledges, plausible = self.acknowledges(tcb, segment), self.plausible_ack(tcb, segment)
        receives = continuing("receives_ack", "takes the ACK of its SYN.").establish(tcb).set(tcb, snd_una=segment.ack)
        resets = Response("resets_wrong_ack_in_syn_received", "resets a segment that acknowledges what it did not send.")
        takes = continuing("takes_ack", "takes an ACK.").set(tcb, snd_una=ite(acknowledges, segment.ack, tcb.snd_una))
        answers = Response("acks_what_it_did_not_send", "answers an ACK of what it did not send by an ACK.")
        takes_queue = self.when_opened(tcb, True, receives.accept())
        opened = ((~acknowledges, resets.send(tcb.reset_for(segment))), *takes_queue)
        established = ((~plausible, answers.send(tcb.acknowledgment())), (True, takes.accept()))
        no_ack = ~segment.has_ack if self.text_on_syn else segment.neither_syn_nor_ack_nor_rst
        off = first(no_ack, Response("drops_without_ack", "drops a segment whose ACK bit is off."))
        return off + only_in(tcb, "SYN-RECEIVED", *opened) + self.ack_of_fin(tcb, segment) + later(tcb, *established)

    def segment_text(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.4, seventh. Text that begins at RCV.NXT is taken; what was received is acknowledged in any case."""
        takes = continuing("receives_data", "takes data and acknowledges it.", "with_data", " and the data with it.")
        doc, with_ack = "takes an ACK, and not the data with it.", ("with_data_out_of_order", ", and not the data with it.")
        drops = continuing("acks_data_out_of_order", doc, *with_ack).send(tcb.acknowledgment())
        if tcb.closes:
            return self.trimmed_text(tcb, segment, takes, drops)
        new, end = segment.seq == tcb.rcv_nxt, segment.seq + segment.data
        if self.most_text > 1 and self.assumptions.rcv_wnd:  # of one octet nothing is cut off; a window of 0 is Table 6's alone
            new, end, _ = self.new_text(tcb, segment)
        takes = takes.set(tcb, rcv_nxt=end).then_send(tcb.acknowledgment())
        return first(~segment.has_data, CONTINUE).otherwise(new, takes).otherwise(True, drops)
