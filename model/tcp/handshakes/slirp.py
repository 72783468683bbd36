"""What libslirp does otherwise than RFC 9293 has it, rule by rule, and the handshake that does all of it.

Its TCP is 4.4BSD's, as it was before RFC 5961, behind which stands a proxy instead of a listener. Each class is one such thing
and says only what differs; :class:`Slirp` is the three-way handshake with all of them. They were found by asking libslirp 4.7
for its answer to everything (``synproof replay answer-table --on slirp``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from model.notation.cases import Cases, first, in_turn
from model.notation.circle import within
from model.notation.expr import FALSE, TRUE, Expr, conj, ite
from model.notation.protocol import Field
from model.notation.sorts import BOOL
from model.tcp.endpoint import Response, Tcb, continuing, is_one_of
from model.tcp.handshakes.checks import Branch, check, only_in
from model.tcp.handshakes.closing import NOTHING
from model.tcp.handshakes.handshake import Rule
from model.tcp.handshakes.linux import AcksSynAckItMet, PutsOffClose
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.handshakes.with_syn import QUEUED
from model.tcp.segment import Segment

OWED = "owed"


def _reset_of(tcb: Tcb, segment: Segment, name: str, doc: str) -> Cases[Response]:
    """Return the RST that anything draws; a FIN does not count in what it acknowledges, nor the text of a SYN alone."""
    alone = conj(segment.syn, ~segment.fin, ~segment.rst)
    end = ite(alone, segment.seq + 1, ite(segment.fin, segment.end - 1, segment.end))
    with_ack = Response(f"{name}_with_ack", doc).send(tcb.reset_for(segment))
    return first(segment.has_ack, with_ack).otherwise(TRUE, Response(name, doc).send(tcb.segment("RST,ACK", seq=0, ack=end)))


class ResetsAllButSyn(ThreeWay):
    """§3.10.7.1 and §3.10.7.2: where there is no connection, a SYN alone opens one, and all else is reset: a RST too."""

    def closed(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """Nothing is discarded."""
        return _reset_of(tcb, segment, "resets_anything_when_closed", "has no connection and resets whatever it is.")

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """Neither is anything there."""
        alone = conj(segment.syn, ~segment.fin, ~segment.rst, ~segment.has_ack)
        resets = _reset_of(tcb, segment, "resets_anything_in_listen", "is listening and resets what is no SYN alone.")
        return check("Third, check for a SYN", (alone, self.answer_syn(tcb, segment))) + resets


class ResetsRstInSynSent(ThreeWay):
    """§3.10.7.3, first: in SYN-SENT a wrong ACK is reset though it has the RST bit."""

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """The RST bit is looked at later."""
        resets = Response("resets_wrong_rst", "resets a RST that acknowledges something it did not send.")
        wrong = conj(segment.rst, segment.has_ack, segment.ack != tcb.snd_nxt)
        return check("First, check the ACK bit", (wrong, resets.send(tcb.reset_for(segment)))) + super().syn_sent(tcb, segment)


class KeepsTextOfSyn(ThreeWay):
    """§3.10.7.2, third, and §3.10.7.3, fourth: the text of a SYN is kept, and taken when the SYN of its own is acknowledged.

    So RFC 9293 has it, and the model by the assumption ``text_on_syn``. It is taken without an ACK of its own, and a FIN
    behind it is forgotten.
    """

    def variables(self, tcb: Tcb) -> tuple[Field, ...]:
        """Return how many octets are kept as well, where anybody may send them."""
        kept = super().variables(tcb)
        known = any(field.name == QUEUED for field in kept)
        return kept if known or not self.follows_syn else (*kept, Field(QUEUED, tcb.text, 0))

    def when_opened(self, tcb: Tcb, when: Expr | bool, takes: Response) -> tuple[Branch, ...]:
        """What goes on with the segment sends what that draws."""
        branches = super().when_opened(tcb, when, takes)
        return tuple((on, replace(done, sends=takes.sends) if takes.continues else done) for on, done in branches)


class BlocksBehindTextOfSyn(ThreeWay):
    """§3.10.7.4, seventh and eighth: what comes with the ACK of its SYN, and begins where the text of the SYN did, blocks all.

    It is put into the queue for what is out of order, as the first, and stays there: nothing behind it is ever taken.
    """

    def ack_field(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """The ACK is taken, and what was kept; that it is blocked is known by what is kept still."""
        cases = super().ack_field(tcb, segment)
        same = segment.has_length & (segment.seq == tcb.rcv_nxt)
        branches: list[tuple[Expr, Response]] = []
        for when, done in cases.branches:
            if done.name.endswith("_and_queued_data") and done.continues:
                doc = f"{done.doc.removesuffix('.')}, and nothing else ever."
                only = replace(done, name=f"{done.name}_alone", doc=doc, continues=False).set(tcb, queued=tcb.read(QUEUED))
                branches.append((when & same, only.then_send(tcb.acknowledgment())))
            branches.append((when, done))
        return replace(cases, branches=tuple(branches))

    def new_text(self, tcb: Tcb, segment: Segment) -> tuple[Expr, Expr, Expr]:
        """None is new where it is blocked."""
        new, end, has_room = super().new_text(tcb, segment)
        return new & ~self.is_queued(tcb), end, has_room

    def next_fin(self, tcb: Tcb, segment: Segment) -> Expr:
        """Neither is a FIN next."""
        return super().next_fin(tcb, segment) & ~self.is_queued(tcb)


class FollowsNoRfc5961(ThreeWay):
    """§3.10.7.4: no RST is challenged, and no ACK too old."""

    def challenged(self, tcb: Tcb, segment: Segment) -> Expr:
        """Any RST in the window counts."""
        return FALSE

    def plausible_ack(self, tcb: Tcb, segment: Segment) -> Expr:
        """SEG.ACK =< SND.NXT."""
        return ~segment.ack.is_after(tcb.snd_nxt)


class TakesRightEdge(ThreeWay):
    """§3.10.7.4, first: what begins one beyond the window is acceptable."""

    def in_receive_window(self, tcb: Tcb, segment: Segment) -> Expr:
        """It has more room than it announces."""
        return super().in_receive_window(tcb, segment) | (segment.seq == tcb.rcv_nxt + self.receive_window(tcb))


class TakesAckOfItsOwnIss(ThreeWay):
    """§3.10.7.4, fifth: SEG.ACK = ISS is taken in SYN-RECEIVED for an ACK of its SYN."""

    def acknowledges(self, tcb: Tcb, segment: Segment) -> Expr:
        """SND.UNA =< SEG.ACK =< SND.NXT there, where the RFC has SND.UNA < SEG.ACK."""
        its_iss = (tcb.state == "SYN-RECEIVED") & (segment.ack == tcb.snd_una)
        return super().acknowledges(tcb, segment) | its_iss


class EndsByAnySyn(ThreeWay):
    """§3.10.7.4, fourth: a SYN in the window ends the connection by two RSTs, one of the connection and one for the SYN."""

    def syn_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """After a passive OPEN, SYN-RECEIVED goes back to LISTEN."""
        own = tcb.segment("RST,ACK", seq=tcb.snd_nxt, ack=tcb.rcv_nxt)
        end = ite(segment.fin, segment.end - 1, segment.end)
        ends = Response("ends_by_a_syn", "ends its connection for a SYN in its window, and resets that too.").send(own)
        back = replace(ends, name="ends_by_a_syn_and_listens")
        listens = (tcb.state == "SYN-RECEIVED") & tcb.passive
        cases: Cases[Response] = Cases(())
        for where, done, state in ((listens, back, "LISTEN"), (TRUE, ends, "CLOSED")):
            of_ack = replace(done, name=f"{done.name}_with_ack").send(tcb.reset_for(segment)).end(tcb, state)
            alone = done.send(tcb.segment("RST,ACK", seq=0, ack=end)).end(tcb, state)
            cases += first(conj(segment.syn, segment.has_ack, where), of_ack).otherwise(segment.syn & where, alone)
        return cases


class OwesAck(ThreeWay):
    """§3.10.7.4, first: an old segment that is reset or dropped in SYN-RECEIVED leaves an ACK owed, which the next draws."""

    def variables(self, tcb: Tcb) -> tuple[Field, ...]:
        """Return whether one is owed as well, where anybody may send such a segment."""
        return (*super().variables(tcb), *((Field(OWED, BOOL, initial=False),) if self.follows_syn else ()))

    def sequence_number(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """What answers by something else than an ACK owes it."""
        cases = super().sequence_number(tcb, segment)
        if OWED not in tcb.sorts:
            return cases
        owing = ("drops_old_without_ack", "resets_old_with_wrong_ack")
        branches = ((when, done.set(tcb, owed=TRUE) if done.name in owing else done) for when, done in cases.branches)
        return replace(cases, branches=tuple(branches))

    def ack_field(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """The ACK of its SYN, where nothing is with it, is answered by what is owed."""
        cases = super().ack_field(tcb, segment)
        if OWED not in tcb.sorts:
            return cases
        branches: list[tuple[Expr, Response]] = []
        for when, done in cases.branches:
            if done.name in ("receives_ack", "receives_ack_and_queued_data"):
                doc = f"{done.doc.removesuffix('.')}, and sends an ACK that it owed."
                pays = replace(done, name=f"{done.name}_and_pays", doc=doc, continues=False).set(tcb, owed=FALSE)
                branches.append((conj(when, tcb.read(OWED), ~segment.has_length), pays.then_send(tcb.acknowledgment())))
            branches.append((when, done))
        return replace(cases, branches=tuple(branches))


class TrimsWhatIsOld(ThreeWay):
    """§3.10.7.4, first: what begins before RCV.NXT is trimmed, the SYN too, and its RST and ACK are taken all the same."""

    def sequence_number(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """What has an ACK is answered by one, and what has none by nothing."""
        opening, known = tcb.state == "SYN-RECEIVED", self.acknowledges(tcb, segment)
        reset = Response("is_reset_by_an_old_rst", "is reset by a RST with an old SEQ.").end(tcb)
        doc = "is reset by a RST with an old SEQ, and listens."
        back = Response("is_reset_by_an_old_rst_and_listens", doc).end(tcb, "LISTEN")
        drops = Response("drops_old_without_ack", "drops an old segment whose ACK bit is off.")
        resets = Response("resets_old_with_wrong_ack", "resets an old segment that acknowledges what it did not send.")
        answers = Response("acks_old_segment", "answers an old segment by an ACK.").send(tcb.acknowledgment())
        takes = continuing("takes_ack_of_an_old_segment", "takes the ACK of its SYN from an old segment.").establish(tcb)
        text = self.without_syn(segment)
        ends_before = ~(segment.has_data & within(text.seq, tcb.rcv_nxt, text.seq + text.data))
        old = tcb.rcv_nxt.is_after(segment.seq) & ends_before
        trimmed = in_turn(
            first(conj(segment.rst, opening, tcb.passive), back)
            .otherwise(segment.rst, reset)
            .otherwise(~segment.has_ack, drops)
            .otherwise(opening & ~known, resets.send(tcb.reset_for(segment)))
            .otherwise(segment.ack.is_after(tcb.snd_nxt), replace(answers, name="acks_old_segment_with_wrong_ack")),
            only_in(tcb, "SYN-RECEIVED", *self.when_opened(tcb, TRUE, takes.set(tcb, snd_una=segment.ack).accept()))
            + self.old_ack(tcb, segment),
            self.behind_what_is_old(tcb, segment).otherwise(TRUE, answers),
        )
        branches = tuple((when & old, replace(done, continues=False)) for when, done in trimmed.branches)
        return replace(trimmed, branches=branches) + super().sequence_number(tcb, segment)

    def syn_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """A SYN before RCV.NXT is not there any more, whose text is."""
        return super().syn_bit(tcb, segment).under(~tcb.rcv_nxt.is_after(segment.seq))

    def without_syn(self, segment: Segment) -> Segment:
        """Its text begins where it would without the SYN."""
        return replace(segment, seq=ite(segment.syn, segment.seq + 1, segment.seq))

    def old_ack(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """An ACK of its FIN is one, wherever the segment lies."""
        cases = self.ack_of_fin(tcb, segment).under(segment.ack == tcb.snd_nxt)
        named = ((when, replace(done, name=f"{done.name}_of_an_old_segment")) for when, done in cases.branches)
        return replace(cases, branches=tuple(named))

    def behind_what_is_old(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """A FIN behind what is trimmed may be the next; in TIME-WAIT it is nothing."""
        if not tcb.closes:
            return NOTHING
        behind = self.next_fin(tcb, self.without_syn(segment))
        ignores = Response("ignores_fin_behind_what_is_old", "ignores a FIN behind what is old.")
        waiting = behind & is_one_of(tcb.state, ("TIME-WAIT",))
        return self.fin(tcb, tcb.rcv_nxt, behind, "_behind_what_is_old", " behind what is old").otherwise(waiting, ignores)


class ResetsTextAfterBoth(ThreeWay):
    """§3.6.1 (MAY-1): once both sides have closed, new text draws a RST and ends the connection, whatever comes with it."""

    def sequence_number(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """Wherever it ends: what lies beyond the window is looked at later."""
        if not tcb.closes:
            return super().sequence_number(tcb, segment)
        end = ite(segment.fin, segment.end - 1, segment.end)
        new = conj(segment.has_data, end.is_after(tcb.rcv_nxt))
        over = new & is_one_of(tcb.state, ("CLOSING", "LAST-ACK", "TIME-WAIT"))
        resets = Response("resets_text_after_both", "resets text that comes when both have closed.").end(tcb)
        of_ack = replace(resets, name="resets_text_with_ack_after_both").send(tcb.reset_for(segment))
        alone = resets.send(tcb.segment("RST,ACK", seq=0, ack=end))
        cases = first(over & segment.has_ack, of_ack).otherwise(over, alone)
        return cases + super().sequence_number(tcb, segment)


class TakesFinAgain(ThreeWay):
    """§3.10.7.4, seventh and eighth: after a FIN text and another FIN are taken as well, and RCV.NXT goes over them."""

    def new_text(self, tcb: Tcb, segment: Segment) -> tuple[Expr, Expr, Expr]:
        """Text is taken in CLOSE-WAIT, too."""
        new, end, has_room = super().new_text(tcb, segment)
        more = conj(segment.has_data, within(segment.seq, tcb.rcv_nxt, segment.seq + segment.data))
        return new | (more & is_one_of(tcb.state, ("CLOSE-WAIT",))), end, has_room

    def fin(self, tcb: Tcb, number: Expr, when: Expr, suffix: str, said: str) -> Cases[Response]:
        """But in TIME-WAIT."""
        doc = f"takes another FIN{said}, after the one that it has."
        again = Response(f"takes_another_fin{suffix}", doc).set(tcb, rcv_nxt=number + 1).then_send(tcb.acknowledgment())
        another = when & is_one_of(tcb.state, ("CLOSE-WAIT", "CLOSING", "LAST-ACK"))
        return super().fin(tcb, number, when, suffix, said).otherwise(another, again.accept())


class GoesOnInClosing(ThreeWay):
    """§3.10.7.4, fifth, in CLOSING: a segment that does not acknowledge its FIN is not ignored."""

    def ack_of_fin(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """It is processed as in ESTABLISHED."""
        cases = super().ack_of_fin(tcb, segment)
        return cases.without("takes_ack_in_closing") if tcb.closes else cases


class IgnoresFinInTimeWait(ThreeWay):
    """§3.10.7.4, eighth, in TIME-WAIT: a FIN in the window draws nothing."""

    def fin_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """One that is old is answered like anything old."""
        ignores = Response("ignores_fin_in_time_wait", "ignores a FIN in its window.")
        ignored = first(segment.fin & is_one_of(tcb.state, ("TIME-WAIT",)), ignores)
        return ignored + super().fin_bit(tcb, segment)


class RepeatsFinWithAck(ThreeWay):
    """§3.10.7.4: as long as its FIN is not acknowledged, whatever draws an ACK draws that FIN again with it."""

    def rules(self, tcb: Tcb) -> Mapping[str, tuple[str, Rule]]:
        """The rules, in which each ACK has the FIN where it is sent in one of these states."""
        return {state: (section, _with_fin(tcb, state, rule)) for state, (section, rule) in super().rules(tcb).items()}


def _with_fin(tcb: Tcb, state: str, rule: Rule) -> Rule:
    def repeating(of: Tcb, segment: Segment) -> Cases[Response]:
        cases = rule(of, segment)
        return replace(cases, branches=tuple((when, again(done)) for when, done in cases.branches))

    def again(done: Response) -> Response:
        after = done.updates.get(tcb.variable_name("state"))
        if (state if after is None else after.data) not in ("FIN-WAIT-1", "CLOSING", "LAST-ACK"):
            return done
        sends = tuple(
            tcb.segment("FIN,ACK", seq=sent.seq - 1, ack=sent.ack) if sent.ctl.data == "ACK" else sent for sent in done.sends
        )
        return replace(done, sends=sends)

    return repeating


class Slirp(
    ResetsAllButSyn,
    ResetsRstInSynSent,
    KeepsTextOfSyn,
    BlocksBehindTextOfSyn,
    AcksSynAckItMet,
    EndsByAnySyn,
    TakesRightEdge,
    FollowsNoRfc5961,
    TakesAckOfItsOwnIss,
    ResetsTextAfterBoth,
    OwesAck,
    TrimsWhatIsOld,
    RepeatsFinWithAck,
    TakesFinAgain,
    GoesOnInClosing,
    IgnoresFinInTimeWait,
    PutsOffClose,
):
    """The three-way handshake as libslirp has it."""

    name = "slirp"
    summary = "the handshake of RFC 9293 as libslirp has it"
