"""The three-way handshake of one endpoint that is watched from outside: all that it may send is there.

:class:`~model.tcp.handshakes.facing.Facing` says what an endpoint answers to whatever arrives. What it sends by itself is more
than a search can list, since its user decides it: any text, cut into segments in any way, sent again in any part. Whoever
watches sees what was sent, so that nothing need be listed, and here each of these is one action with the numbers as choices.

Three things that RFC 9293 leaves to an endpoint are here besides: an ACK that nothing draws, as when more window is there
(§3.8.6), keep-alives (§3.8.4), and a receive window that changes. The window is what the endpoint has announced last: the
variable ``rcv_wnd``, which no action changes. Whoever watches sets it. ISNs are any numbers.

Timestamps are RFC 7323's: a segment that is older than what was received before it is not acceptable (§5, PAWS). Segments of
the model have no options, so whoever watches sets ``seg_tsval`` before one arrives, and ``last_ack_sent`` after one is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from model.notation.cases import Cases, first
from model.notation.circle import from_to
from model.notation.expr import TRUE, Expr, conj, ite
from model.notation.protocol import Field
from model.notation.sorts import BOOL, SEQ, Nat
from model.notation.system import Parameter, anything
from model.tcp.composition import Composition, Side
from model.tcp.endpoint import EventKind, Response, Tcb, is_one_of
from model.tcp.handshakes.facing import SCALED_WINDOW, Facing, FacingAssumptions
from model.tcp.handshakes.handshake import Rule
from model.tcp.handshakes.with_syn import RECEIVING
from model.tcp.scope import Scope
from model.tcp.segment import Segment

WINDOW = "rcv_wnd"
"""The variable that has the window announced last."""
STAMPED, TSVAL, RECENT, LAST_ACK = "seg_stamped", "seg_tsval", "ts_recent", "last_ack_sent"
"""The variables of RFC 7323: whether the segment that arrives has a timestamp and both ends use them, its SEG.TSval, TS.Recent
and Last.ACK.sent. Actions change TS.Recent alone, and the last where a SYN is taken."""
ANNOUNCED = Nat(SCALED_WINDOW)
_SENDING = ("ESTABLISHED", "CLOSE-WAIT")
"""The states in which new text is sent (§3.10.2)."""
_UNACKNOWLEDGED = ("FIN-WAIT-1", "CLOSING", "LAST-ACK")
"""Those in which a FIN, and the text before it, may have to be sent again."""
_GARBAGE = 1
"""The most octets of a keep-alive (§3.8.4)."""
_KEPT_ALIVE = (*_SENDING, "FIN-WAIT-1", "FIN-WAIT-2")

WATCHED = Composition(
    "watched",
    "one endpoint as it is seen from outside, and whoever sends it something",
    Side("host", connects=True, listens=True, sends=True, crashes=True, closes=True),
    Side("peer"),
)


class Watched(Facing):
    """One endpoint, whatever its user does and whatever arrives."""

    summary = "one endpoint by RFC 9293, as it is seen from outside"

    @classmethod
    def by(cls, assumptions: FacingAssumptions) -> Watched:
        """Return one endpoint under some assumptions; its scope is without bounds."""
        return cls(Scope("watched", (), ()), assumptions, WATCHED)

    def rules(self, tcb: Tcb) -> Mapping[str, tuple[str, Rule]]:
        """Those of the endpoint. Of whoever sends it something nothing is known."""
        rules = super().rules(tcb) if tcb.closes else {}
        return {state: (section, self.recording(rule)) for state, (section, rule) in rules.items()}

    def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """What the endpoint may do by itself."""
        if tcb.closes:
            yield from super().calls(tcb)

    def variables(self, tcb: Tcb) -> tuple[Field, ...]:
        """The window announced last, whatever becomes of connections, and RFC 7323's variables."""
        announced = Field(WINDOW, ANNOUNCED, self.assumptions.rcv_wnd, outlives=True)
        arriving = (Field(STAMPED, BOOL, initial=False, outlives=True), Field(TSVAL, SEQ, 0, outlives=True))
        return (announced, *arriving, Field(RECENT, SEQ, 0), Field(LAST_ACK, SEQ, 0))

    def receive_window(self, tcb: Tcb) -> Expr | int:
        """RCV.WND: what was announced last."""
        return tcb.read(WINDOW)

    def in_receive_window(self, tcb: Tcb, segment: Segment) -> Expr:
        """Table 6. With RCV.WND = 0 only a segment without length is acceptable, at RCV.NXT."""
        alone = conj(tcb.read(WINDOW) == 0, ~segment.has_length, segment.seq == tcb.rcv_nxt)
        return super().in_receive_window(tcb, segment) | alone

    def is_later(self, tcb: Tcb, segment: Segment) -> Expr:
        """RFC 6191 §2: a SYN is new too where its timestamp is newer than what was received before, whatever its SEQ is."""
        newer = tcb.read(STAMPED) & tcb.read(TSVAL).is_after(tcb.read(RECENT))
        return super().is_later(tcb, segment) | newer

    def sequence_number(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.4, first, after RFC 7323 §5.3, R1: what is older than TS.Recent is answered by an ACK and dropped.

        A RST is looked at whatever its timestamp is, and what a SYN draws the other rules say.
        """
        old = conj(tcb.read(STAMPED), ~segment.rst, ~segment.syn, tcb.read(RECENT).is_after(tcb.read(TSVAL)))
        answers = Response("acks_old_timestamp", "answers a segment with an old timestamp by an ACK (RFC 7323 §5.3).")
        return first(old, answers.send(tcb.acknowledgment())) + super().sequence_number(tcb, segment)

    def recording(self, rule: Rule) -> Rule:
        """Return a rule that notes timestamps as well."""

        def recorded(tcb: Tcb, segment: Segment) -> Cases[Response]:
            cases = rule(tcb, segment)
            return replace(cases, branches=tuple((when, self.recorded(tcb, segment, done)) for when, done in cases.branches))

        return recorded

    def recorded(self, tcb: Tcb, segment: Segment, response: Response) -> Response:
        """RFC 7323 §4.3 and §5.3, R3: a SYN begins TS.Recent; what is acceptable and not beyond Last.ACK.sent advances it.

        The SYN is what is acknowledged first, whenever that is.
        """
        tsval, recent = tcb.read(TSVAL), tcb.read(RECENT)
        ended = tcb.variable_name(RECENT) in response.updates
        begins = EventKind.ANSWERS in response.events or (tcb.variable_name("irs") in response.updates and not ended)
        if not begins and (ended or response.check.startswith("First, check sequence")):
            return response
        newer = ~recent.is_after(tsval) & ~segment.seq.is_after(tcb.read(LAST_ACK))
        when = tcb.read(STAMPED) if begins else tcb.read(STAMPED) & newer
        noted = response.set(tcb, ts_recent=ite(when, tsval, recent))
        return noted.set(tcb, last_ack_sent=segment.seq + 1) if begins else noted

    def fresh_isn(self, tcb: Tcb, answered: Segment | None = None) -> tuple[Parameter, Expr]:  # any is fresh
        """Any number: what an endpoint chose before is not seen."""
        return anything("isn", SEQ), TRUE

    def text_with(self, tcb: Tcb) -> tuple[Parameter, Expr, Expr]:
        """Any amount of text, or none."""
        octets = anything("octets", tcb.text)
        return octets, octets.value > 0, octets.value

    def may_send(self, tcb: Tcb) -> Expr:
        """The user may send text at any time."""
        return TRUE

    def send_text(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """§3.10.2 and §3.10.8: text is sent, and again, as segments that begin and end anywhere in it; keep-alives; ACKs.

        A segment may begin with text that was sent and end with text that was not.
        """
        begins, octets = anything("begins", SEQ), anything("octets", tcb.text)
        unacknowledged = ite(self.is_opened(tcb), tcb.snd_una, tcb.iss + 1)
        end, sent = begins.value + octets.value, from_to(unacknowledged, begins.value, tcb.end_of_text)
        text = tcb.segment("ACK", seq=begins.value, ack=tcb.rcv_nxt, data=octets.value)
        any_text = Response("sends_data", "sends data.").choosing(begins, octets, when=conj(sent, octets.value > 0)).send(text)
        new, sending = end.is_after(tcb.end_of_text), is_one_of(tcb.state, _SENDING)
        yield "§3.10.2", conj(sending, new), any_text.set(tcb, snd_nxt=end)
        again = replace(any_text, name="retransmits_data", doc="sends its data again after a time-out.")
        yield "§3.10.8", conj(is_one_of(tcb.state, (*_SENDING, *_UNACKNOWLEDGED)), ~new), again
        fin = tcb.segment("FIN,ACK", seq=begins.value, ack=tcb.rcv_nxt, data=octets.value)
        for before, state, name, doc in (
            ("ESTABLISHED", "FIN-WAIT-1", "closes_first_with_data", "closes, and sends a FIN with data that it sent before."),
            ("CLOSE-WAIT", "LAST-ACK", "closes_with_data", "closes too, and sends a FIN with data that it sent before."),
        ):
            closes = Response(name, doc).choosing(begins, octets, when=conj(sent, begins.value != tcb.snd_nxt)).send(fin)
            with_old = conj(tcb.state == before, new | (end == tcb.end_of_text))
            yield "§3.10.4", with_old, closes.set(tcb, snd_nxt=end + 1, state=state)
        fin_again = Response("retransmits_fin_with_data", "sends its FIN again, and the data before it.").send(fin)
        fin_again = fin_again.choosing(begins, octets, when=conj(sent, end == tcb.end_of_text))
        yield "§3.10.8", is_one_of(tcb.state, _UNACKNOWLEDGED), fin_again
        yield "§3.8.6", is_one_of(tcb.state, RECEIVING), self.acknowledging(tcb)
        probe = tcb.segment("ACK", seq=tcb.snd_nxt - 1, ack=tcb.rcv_nxt, data=octets.value)
        probes = Response("keeps_alive", "asks whether the other is still there.").choosing(
            octets, when=octets.value <= _GARBAGE
        )
        yield "§3.8.4", is_one_of(tcb.state, _KEPT_ALIVE), probes.send(probe)

    def acknowledging(self, tcb: Tcb) -> Response:
        """§3.8.6: an ACK that nothing draws at that moment, put off before or sent because there is more window."""
        return Response("acknowledges", "acknowledges what it has received, or announces its window.").send(
            tcb.acknowledgment()
        )
