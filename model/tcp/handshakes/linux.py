"""What the TCP of Linux does otherwise than RFC 9293 has it, rule by rule, and the handshake that does all of it.

Each class is one such thing and says only what differs; :class:`Linux` is the three-way handshake with all of them. They were
found by asking a kernel (6.18) for its answer to everything (``synproof replay answer-table``), and the same command holds them
against the kernel that it runs on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model.notation.cases import Cases, first
from model.notation.circle import from_to
from model.notation.expr import TRUE, Expr, conj, ite
from model.tcp.endpoint import Response, Tcb, is_one_of
from model.tcp.handshakes.checks import check, only_in
from model.tcp.handshakes.cookies import Cookies
from model.tcp.handshakes.fast_open import FastOpen
from model.tcp.handshakes.handshake import Rule
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.segment import Segment

_HEARD = ("CLOSE-WAIT", "CLOSING", "LAST-ACK")
"""The states after a FIN but TIME-WAIT, which has its own rules there."""


def requested(tcb: Tcb) -> Expr:
    """Return whether it is in SYN-RECEIVED and no user's: what a listener keeps of a SYN that it has answered."""
    return (tcb.state == "SYN-RECEIVED") & tcb.passive


class DropsSynFin(ThreeWay):
    """§3.10.7.2: a listener drops a SYN with a FIN."""

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """A SYN with a FIN is nothing to it."""
        drops = Response("drops_syn_with_fin", "is listening and drops a SYN that has a FIN.")
        alone = conj(segment.syn, segment.fin, ~segment.has_ack, ~segment.rst)
        return check("Third, check for a SYN", (alone, drops)) + super().listen(tcb, segment)


class LeavesFinAfterSyn(ThreeWay):
    """§3.10.7.3, fourth: a FIN on the SYN,ACK is left to be sent again."""

    def after_syn(self, tcb: Tcb, segment: Segment, takes: Response) -> Cases[Response]:
        """What is a FIN alone is not looked at."""
        return super().after_syn(tcb, segment, takes).under(segment.has_data | ~segment.fin)


class LeavesTextAfterSyn(ThreeWay):
    """§3.10.7.3, fourth: text on the SYN,ACK is left to be sent again, and a FIN behind it."""

    def after_syn(self, tcb: Tcb, segment: Segment, takes: Response) -> Cases[Response]:
        """Where there is text nothing behind the SYN is looked at."""
        return super().after_syn(tcb, segment, takes).under(~segment.has_data)


class AcksSynAckItMet(ThreeWay):
    """§3.5, Figure 7: the SYN,ACK that completes a simultaneous open is acknowledged."""

    def sequence_number(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """It is taken, as in the figure, and answered, as Table 6 has it."""
        cases = super().sequence_number(tcb, segment)
        name = "receives_ack_with_the_syn_it_has"
        if not any(response.name == name for _, response in cases.branches):
            return cases
        return cases.replacing(name, lambda takes: takes.send(tcb.acknowledgment()))


class TakesAckOfItsIss(ThreeWay):
    """§3.10.7.4, fifth: whoever opened actively takes SEG.ACK = ISS in SYN-RECEIVED for an ACK of its SYN."""

    def acknowledges(self, tcb: Tcb, segment: Segment) -> Expr:
        """SND.UNA =< SEG.ACK =< SND.NXT there, where the RFC has SND.UNA < SEG.ACK."""
        its_iss = conj(tcb.state == "SYN-RECEIVED", ~tcb.passive, ~segment.syn, segment.ack == tcb.snd_una)
        return super().acknowledges(tcb, segment) | its_iss


class TakesWindowEdges(ThreeWay):
    """§3.10.7.4, first: SEG.SEQ is acceptable one beyond the window, and a segment that ends where it begins."""

    def in_receive_window(self, tcb: Tcb, segment: Segment) -> Expr:
        """What a listener keeps of a SYN takes nothing there that has a length."""
        edge = (segment.seq == tcb.rcv_nxt + self.receive_window(tcb)) & (~requested(tcb) | ~segment.has_length)
        return super().in_receive_window(tcb, segment) | edge | (_ends_before(tcb, segment) & ~requested(tcb))

    def ack_of_fin(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """What ends where the window begins was received before: CLOSING too answers it."""
        if not tcb.closes:
            return super().ack_of_fin(tcb, segment)
        answers = Response("acks_what_it_has_in_closing", "answers what it has received before by an ACK.")
        old = _ends_before(tcb, segment) & (segment.ack != tcb.snd_nxt) & self.plausible_ack(tcb, segment)
        return only_in(tcb, "CLOSING", (old, answers.send(tcb.acknowledgment()))) + super().ack_of_fin(tcb, segment)


def _ends_before(tcb: Tcb, segment: Segment) -> Expr:
    return segment.has_length & (segment.end == tcb.rcv_nxt)


class DropsWithoutAckFirst(ThreeWay):
    """§3.10.7.4, fifth: what has none of SYN, ACK and RST is dropped before its SEG.SEQ is looked at."""

    def other_states(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """But for what a listener keeps of a SYN, and for TIME-WAIT."""
        elsewhere = ~requested(tcb) & ~is_one_of(tcb.state, ("TIME-WAIT",))
        drops = Response("drops_without_ack_at_once", "drops a segment whose ACK bit is off, whatever its SEQ.")
        off = segment.neither_syn_nor_ack_nor_rst & elsewhere
        return check("Fifth, check the ACK field", (off, drops)) + super().other_states(tcb, segment)


class RepeatsSynAck(ThreeWay):
    """§3.10.7.4, first: the SYN that a listener has answered is answered by the same SYN,ACK again."""

    def sequence_number(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """A SYN at IRS is the one that it has."""
        same = conj(segment.syn, ~segment.has_ack, ~segment.rst, segment.seq == tcb.irs)
        again = Response("repeats_syn_ack_for_its_syn", "meets the SYN again that it has answered, and repeats its SYN,ACK.")
        again = again.send(tcb.segment("SYN,ACK", seq=tcb.iss, ack=tcb.rcv_nxt))
        return only_in(tcb, "SYN-RECEIVED", (same & requested(tcb), again)) + super().sequence_number(tcb, segment)


class ResetsWrongAckFirst(ThreeWay):
    """§3.10.7.4, first and fifth: after a passive OPEN a wrong SEG.ACK draws a RST whatever SEG.SEQ is."""

    def sequence_number(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """SEG.ACK is compared before SEG.SEQ."""
        wrong = conj(segment.has_ack, ~segment.rst, segment.ack != tcb.snd_nxt, requested(tcb))
        resets = Response("resets_wrong_ack_at_once", "resets a segment that acknowledges what it did not send.")
        resets = resets.send(tcb.reset_for(segment))
        return only_in(tcb, "SYN-RECEIVED", (wrong, resets)) + super().sequence_number(tcb, segment)


class ResetsSynInWindow(ThreeWay):
    """§3.10.7.4, fourth: after a passive OPEN a SYN in the window draws a RST on the way back to LISTEN."""

    def syn_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """The RST is what a closed host sends. A SYN at IRS with something after it is trimmed off, and draws an ACK."""
        trims = Response("acks_what_follows_its_syn", "answers what follows the SYN that it has by an ACK.")
        back = Response("resets_syn_and_returns_to_listen", "resets a SYN in its window and returns to LISTEN.")
        of_ack = Response("resets_syn_ack_and_returns_to_listen", "resets a SYN,ACK in its window and returns to LISTEN.")
        syn = segment.syn & requested(tcb)
        return only_in(
            tcb,
            "SYN-RECEIVED",
            (syn & (segment.seq == tcb.irs), trims.send(tcb.acknowledgment())),
            (syn & segment.has_ack, of_ack.send(tcb.reset_for(segment)).end(tcb, "LISTEN")),
            (syn, back.send(tcb.refusal_of(segment)).end(tcb, "LISTEN")),
        ) + super().syn_bit(tcb, segment)


class ChallengesAcksBeforeItsText(ThreeWay):
    """RFC 5961 §5: an ACK of anything before what was acknowledged in this connection draws an ACK."""

    def plausible_ack(self, tcb: Tcb, segment: Segment) -> Expr:
        """No further back than this connection goes, however large windows are; who opened passively does not count its SYN."""
        if not self.assumptions.follows("ack"):
            return super().plausible_ack(tcb, segment)
        return from_to(ite(tcb.passive, tcb.iss + 1, tcb.iss), segment.ack, tcb.snd_nxt)


class TakesRstOnFin(ThreeWay):
    """§3.10.7.4, second: after a FIN a RST is taken at the number of that FIN as well."""

    def sequence_number(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """Who sent the FIN may not know yet that it has arrived."""
        at_fin = conj(segment.rst, segment.seq == tcb.rcv_nxt - 1, is_one_of(tcb.state, _HEARD))
        reset = Response("is_reset_at_the_fin", "is reset at the number of the FIN that it has.").end(tcb)
        return first(at_fin, reset) + super().sequence_number(tcb, segment)


class IgnoresAnotherFin(ThreeWay):
    """§3.10.7.4, eighth: another FIN after the FIN is not answered."""

    def fin_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """The RFC has the state remain, and says nothing of an answer."""
        ignores = Response("ignores_another_fin", "has a FIN and ignores another.")
        new, closed = segment.end != tcb.rcv_nxt, is_one_of(tcb.state, ("TIME-WAIT",))
        return first(segment.fin & (closed | (is_one_of(tcb.state, _HEARD) & new)), ignores) + super().fin_bit(tcb, segment)


class LooksOnceInTimeWait(ThreeWay):
    """§3.10.7.4 in TIME-WAIT: nothing but SEG.SEQ is looked at; no RST is challenged, and no ACK found wrong."""

    def closing(self, state: str) -> Rule:
        """What a kernel keeps of a connection in TIME-WAIT has rules of its own."""
        return self.time_wait if state == "TIME-WAIT" else super().closing(state)

    def time_wait(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """A RST at RCV.NXT ends it, a later SYN reopens it, and whatever is not empty and next draws an ACK."""
        exact = segment.seq == tcb.rcv_nxt
        ended = Response("is_reset_in_time_wait", "is reset.").end(tcb)
        drops = Response("drops_rst_in_time_wait", "drops a RST with a wrong SEQ.")
        waits = Response("waits_on_in_time_wait", "waits on.")
        answers = Response("acks_in_time_wait", "answers whatever it is by an ACK.").send(tcb.acknowledgment())
        return (
            first(segment.rst & exact, ended)
            .otherwise(segment.rst, drops)
            .otherwise(exact & ~segment.has_length, waits)
            .__add__(self.reopening(tcb, segment))
            .otherwise(TRUE, answers)
        )


class AbortsWithAck(ThreeWay):
    """§3.10.5: the RST of an ABORT has the ACK bit, and acknowledges all that was received."""

    def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """ABORT sends <SEQ=SND.NXT><ACK=RCV.NXT><CTL=RST,ACK>."""
        for section, condition, response in super().calls(tcb):
            if response.name != "aborts":
                yield section, condition, response
                continue
            sends = (tcb.segment("RST,ACK", seq=tcb.snd_nxt, ack=tcb.rcv_nxt),)
            yield section, condition, replace(response, sends=sends)


class PutsOffClose(ThreeWay):
    """§3.10.4: a CLOSE in SYN-RECEIVED is queued until the connection is ESTABLISHED.

    What is queued is not in the model, whose user may close then.
    """

    def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """CLOSE does nothing there."""
        for section, condition, response in super().calls(tcb):
            queues = Response(response.name, "closes before its SYN is acknowledged, which is queued.")
            yield section, condition, queues if response.name == "closes_in_syn_received" else response


class Linux(
    DropsSynFin,
    LeavesFinAfterSyn,
    LeavesTextAfterSyn,
    AcksSynAckItMet,
    TakesAckOfItsIss,
    TakesWindowEdges,
    DropsWithoutAckFirst,
    RepeatsSynAck,
    ResetsWrongAckFirst,
    ResetsSynInWindow,
    ChallengesAcksBeforeItsText,
    TakesRstOnFin,
    IgnoresAnotherFin,
    LooksOnceInTimeWait,
    AbortsWithAck,
    PutsOffClose,
):
    """The three-way handshake as Linux has it."""

    name = "linux"
    summary = "the handshake of RFC 9293 as Linux has it"


class LinuxCookies(Linux, Cookies):
    """The same where every SYN is answered by a cookie (``net.ipv4.tcp_syncookies`` = 2), and not only under attack."""

    name = "linux-cookies"
    summary = "the handshake of RFC 9293 as Linux has it with SYN cookies"


class LinuxFastOpen(Linux, FastOpen):
    """The same where text goes with a SYN that has a cookie, as client and as server (``net.ipv4.tcp_fastopen`` = 3)."""

    name = "linux-fast-open"
    summary = "the handshake of RFC 9293 as Linux has it with TCP Fast Open"
