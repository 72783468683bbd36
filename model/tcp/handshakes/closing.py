"""What RFC 9293 §3.10.7.4 has of closing a connection: the parts of its checks that are about FIN, and about TIME-WAIT.

They are what the checks of :mod:`model.tcp.handshakes.three_way` have besides where connections are closed by FINs (the
composition ``lifecycle``), and nothing where they are not. A FIN has the number before SND.NXT in every state that has sent it,
and that it is acknowledged is SND.UNA = SND.NXT: no variable need remember either.

*Time without clocks.* TIME-WAIT is a timer that runs out at some time (:meth:`Calls.calls`). By the assumption ``2msl`` nothing
that was sent before is in flight when it does: where the network loses segments, what was in flight is lost in that step. So no
rule reads the network, and a search may still keep all segments until then.

*What is not there.* RECEIVE and STATUS (§3.10.3, §3.10.6) are no actions. The window never closes, so that no segment depends
on what a user has read; and STATUS only tells. Whether there is unread data at CLOSE is open (:meth:`Calls.closing_calls`).
"""

from __future__ import annotations

from dataclasses import replace

from model.notation.cases import Cases, first
from model.notation.circle import between, within
from model.notation.expr import TRUE, Expr, conj, ite
from model.notation.protocol import Field
from model.notation.sorts import BOOL, SEQ
from model.tcp.endpoint import EventKind, Response, Tcb, continuing, is_one_of
from model.tcp.handshakes.checks import only_in
from model.tcp.handshakes.with_syn import RECEIVING, WithSyn
from model.tcp.segment import Segment

NOTHING: Cases[Response] = Cases(())
REOPENED = "reopened"
KEPT = ("iss", "irs", "snd_nxt", "rcv_nxt")
"""What an endpoint keeps of a connection to which it may return."""


class Closing(WithSyn):
    """FIN and TIME-WAIT, by the assumptions ``time_wait``, ``new_syn`` and ``rfc1337``."""

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        """§3.10.7.2, third: what a listener does with a SYN, which a handshake says."""
        raise NotImplementedError

    def waits(self, response: Response, tcb: Tcb) -> Response:
        """Enter TIME-WAIT, or where there is none end the connection, and with it what is to be done with the segment."""
        if self.assumptions.time_wait == "none":
            return replace(response.end(tcb), continues=False)
        return response.set(tcb, state="TIME-WAIT")

    def variables(self, tcb: Tcb) -> tuple[Field, ...]:
        """Return what is kept of the connection in TIME-WAIT while it is not known whether a SYN is an old duplicate."""
        returns = tcb.closes and tcb.listens and self.assumptions.new_syn == "returns"
        kept = (Field(REOPENED, BOOL, initial=False), *(Field(f"kept_{name}", SEQ, 0) for name in KEPT))
        return (*super().variables(tcb), *(kept if returns else ()))

    def reopening(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.6.1 (MAY-2): a SYN ends TIME-WAIT and is answered at once, by an ISS later than all that was sent.

        By RFC 6191 without timestamps its SEG.SEQ has to be later than all that was received. MAY-2 by itself asks instead that
        the connection in TIME-WAIT can be returned to (:meth:`returning`).
        """
        if not (tcb.closes and tcb.listens) or self.assumptions.new_syn == "challenged":
            return NOTHING
        ended = Response("leaves_time_wait", "leaves TIME-WAIT for a new SYN.").end(tcb)
        both = ended.then(self.answer_syn(tcb, segment))
        both = replace(both, name="reopens", doc="leaves TIME-WAIT for a new SYN and answers it.")
        both = replace(both, when=conj(both.when, both.updates[tcb.variable_name("iss")].is_after(tcb.snd_nxt - 1)))
        new = conj(segment.syn, ~segment.has_ack, ~segment.rst)
        if REOPENED in tcb.sorts:
            both = both.set(tcb, reopened=TRUE, **{f"kept_{name}": tcb.read(name) for name in KEPT})
        else:
            new &= self.is_later(tcb, segment)
        return only_in(tcb, "TIME-WAIT", (new, both))

    def is_later(self, tcb: Tcb, segment: Segment) -> Expr:
        """RFC 6191 §2: whether a SYN is later than all that was received, where there are no timestamps."""
        return segment.seq.is_after(tcb.rcv_nxt - 1)

    def returning(self, tcb: Tcb, when: Expr, suffix: str = "") -> Cases[Response]:
        """§3.6.1 (MAY-2): the SYN for which TIME-WAIT was left turns out to be an old duplicate, and it is returned to."""
        if REOPENED not in tcb.sorts:
            return NOTHING
        kept = {name: tcb.read(f"kept_{name}") for name in KEPT}
        doc = "returns to TIME-WAIT: the SYN for which it left that was an old one."
        back = Response(f"returns_to_time_wait{suffix}", doc).end(tcb)
        back = back.set(tcb, state="TIME-WAIT", snd_una=kept["snd_nxt"], **kept)
        return only_in(tcb, "SYN-RECEIVED", (when & tcb.read(REOPENED), back))

    def ignored_rst(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """RFC 1337: TIME-WAIT is not ended by a RST."""
        if not (tcb.closes and self.assumptions.rfc1337):
            return NOTHING
        return only_in(tcb, "TIME-WAIT", (segment.rst, Response("ignores_rst_in_time_wait", "waits on, whatever is reset.")))

    def ack_of_fin(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.4, fifth, FIN-WAIT-1, CLOSING and LAST-ACK: what an ACK does there besides what it does in ESTABLISHED.

        Who closed in SYN-RECEIVED is in FIN-WAIT-1, and may come to CLOSING, with its SYN not acknowledged. CLOSING ignores a
        segment that does not acknowledge its FIN.
        """
        if not tcb.closes:
            return NOTHING
        acknowledges, of_fin = self.acknowledges(tcb, segment), segment.ack == tcb.snd_nxt
        unopened = acknowledges & (tcb.snd_una == tcb.iss)
        opened = continuing("receives_ack_of_its_syn", "takes the ACK of its SYN, having closed already.")
        opened = opened.set(tcb, snd_una=segment.ack).event(EventKind.ESTABLISHES).accept()
        of_both = continuing("receives_ack_of_syn_and_fin", "takes the ACK of its SYN and of its FIN.")
        of_both = of_both.set(tcb, snd_una=segment.ack, state="FIN-WAIT-2").event(EventKind.ESTABLISHES).accept()
        closed = continuing("receives_ack_of_fin", "takes the ACK of its FIN.")
        closed = closed.set(tcb, snd_una=segment.ack, state="FIN-WAIT-2").accept()
        ignores = Response("takes_ack_in_closing", "takes an ACK, and ignores the rest.").accept()
        ignores = ignores.set(tcb, snd_una=ite(acknowledges, segment.ack, tcb.snd_una))
        waits = continuing("waits_after_closing_at_once", "takes the ACK of its FIN, both having closed at once.")
        waits = self.waits(waits.set(tcb, snd_una=segment.ack), tcb).accept()
        early = replace(waits, name=f"{waits.name}_and_early").event(EventKind.ESTABLISHES)
        released = Response("is_released", "takes the ACK of its FIN: the connection is over.").end(tcb).accept()
        return (
            only_in(
                tcb,
                "FIN-WAIT-1",
                *self.when_opened(tcb, unopened & of_fin, of_both),
                *self.when_opened(tcb, unopened, opened),
                (acknowledges & of_fin, closed),
            )
            + only_in(
                tcb,
                "CLOSING",
                *self.when_opened(tcb, unopened & of_fin, early),
                *self.when_opened(tcb, unopened, replace(opened, name=f"{opened.name}_in_closing", continues=False)),
                (acknowledges & of_fin, waits),
                (self.plausible_ack(tcb, segment), ignores),
            )
            + only_in(tcb, "LAST-ACK", (acknowledges & of_fin, released))
        )

    def new_text(self, tcb: Tcb, segment: Segment) -> tuple[Expr, Expr, Expr]:
        """Return whether there is text at RCV.NXT, what RCV.NXT is after it, and whether the window has room for a FIN then.

        What lies outside the window on either side is trimmed off (§3.10.7.4, first).
        """
        end = segment.seq + segment.data
        new = conj(segment.has_data, within(segment.seq, tcb.rcv_nxt, end), is_one_of(tcb.state, RECEIVING))
        window = self.receive_window(tcb)
        if isinstance(window, int) and window > self.most_text:
            return new, end, TRUE
        beyond = tcb.rcv_nxt + window
        return new, ite(between(tcb.rcv_nxt, end, beyond), end, beyond), within(tcb.rcv_nxt, end, beyond)

    def next_fin(self, tcb: Tcb, segment: Segment) -> Expr:
        """Return whether a FIN is at RCV.NXT, and in the window: the text before it, if any, is old and trimmed off."""
        return conj(self.receive_window(tcb) != 0, segment.fin, segment.seq + segment.data == tcb.rcv_nxt)

    def text_after_close(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.6.1 (SHLD-3): whose user reads no more resets text that comes after CLOSE."""
        if not self.assumptions.half_duplex:
            return NOTHING
        new, _, _ = self.new_text(tcb, segment)
        resets = Response("resets_data_after_close", "resets data that its user, who has closed, will not read.")
        resets = resets.send(tcb.reset_for(segment)).end(tcb)
        return first(new & tcb.sent_fin, resets)

    def trimmed_text(self, tcb: Tcb, segment: Segment, takes: Response, drops: Response) -> Cases[Response]:
        """§3.10.7.4, seventh: text that is new and at RCV.NXT is taken, but for what is trimmed off. FIN goes with the rest.

        Old text is trimmed off whole, and leaves a FIN that is next to the eighth check.
        """
        new, end, _ = self.new_text(tcb, segment)
        takes = replace(takes, updates={}, sends=(), continues=False).set(tcb, rcv_nxt=end).then_send(tcb.acknowledgment())
        drops = replace(drops, continues=False)
        old = conj(segment.has_data, ~self.next_fin(tcb, segment), is_one_of(tcb.state, RECEIVING))
        return first(new, takes.accept()).otherwise(old, drops)

    def text_and_fin(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.4, seventh and eighth, where text and the FIN after it are taken together, and one ACK is sent for both."""
        new, end, has_room = self.new_text(tcb, segment)
        return self.fin(tcb, end, conj(new, has_room, segment.fin), "_with_data", " with the last data")

    def fin_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.4, eighth. A FIN that is next advances RCV.NXT and is acknowledged, and the user is told."""
        acks = Response("acks_fin_out_of_order", "answers a FIN that is not next by an ACK.").send(tcb.acknowledgment())
        return self.fin(tcb, tcb.rcv_nxt, self.next_fin(tcb, segment), "", "").otherwise(segment.fin, acks)

    def fin(self, tcb: Tcb, number: Expr, when: Expr, suffix: str, said: str) -> Cases[Response]:
        """Return what the FIN with that number does: to the states in which none was received before."""
        heard = Response("hears", "").set(tcb, rcv_nxt=number + 1).then_send(tcb.acknowledgment()).accept()
        told = replace(heard, name=f"receives_fin{suffix}", doc=f"takes a FIN{said}: the other has closed.")
        meets = replace(heard, name=f"meets_fin{suffix}", doc=f"takes a FIN{said} while its own is not acknowledged.")
        last = replace(heard, name=f"receives_last_fin{suffix}", doc=f"takes the other's FIN{said}, having closed itself.")
        return (
            first(conj(when, tcb.state == "ESTABLISHED"), told.set(tcb, state="CLOSE-WAIT"))
            .otherwise(conj(when, tcb.state == "FIN-WAIT-1"), meets.set(tcb, state="CLOSING"))
            .otherwise(conj(when, tcb.state == "FIN-WAIT-2"), self.waits(last, tcb))
        )
