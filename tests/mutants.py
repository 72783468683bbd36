"""Handshakes with one deliberate fault each, and which claim catches it.

A mutant that no claim catches is *harmless* as far as these claims go, and ``why`` says why it must be: a reason that can be
checked against the RFC, not a shrug. A mutant may need a scope or an assumption to show what it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from checker.studies.mutants import mutants
from model.notation.cases import Cases, first
from model.notation.expr import TRUE, Expr, negate
from model.tcp.assumptions import Assumptions
from model.tcp.composition import Side
from model.tcp.endpoint import Response, Tcb
from model.tcp.handshakes import FourWay, Handshake, ThreeWay
from model.tcp.handshakes.handshake import Rule
from model.tcp.scope import SCOPES, Scope, scope_named
from model.tcp.segment import Segment


@dataclass(frozen=True)
class Mutant:
    """A faulty handshake; the claim that catches it (or None and why not), in which scope, under which assumptions."""

    handshake: type[Handshake]
    caught_by: str | None
    why: str
    scope: Scope = SCOPES["default"]
    assumptions: Assumptions = Assumptions()  # noqa: RUF009  # frozen

    @property
    def name(self) -> str:
        return self.handshake.name


def with_branch(
    cases: Cases[Response], name: str, change: Callable[[Expr, Response], tuple[Expr, Response]]
) -> Cases[Response]:
    """Return the cases with one branch changed; a name that no branch has is a mistake in the mutant."""
    cases.only(name)
    return Cases(tuple(change(when, then) if then.name == name else (when, then) for when, then in cases.branches))


@cache
def _made() -> dict[str, type[Handshake]]:
    return {mutant.name: mutant.handshake for mutant in mutants(ThreeWay)}


def mechanical(mutant: str, name: str) -> type[Handshake]:
    """Return one of the mutants that are made from the rules themselves, under a name of its own."""
    return type(name, (_made()[mutant],), {"name": name})


AcceptsAnyAck = mechanical("SYN-RECEIVED.resets_wrong_ack_in_syn_received.removed1", "accepts-any-ack")
AcceptsAckOfItsIss = mechanical("SYN-RECEIVED.resets_wrong_ack_in_syn_received.bound1", "accepts-ack-of-its-iss")
ResetsNoWrongAck = mechanical("SYN-RECEIVED.resets_wrong_ack_in_syn_received.idle1", "resets-no-wrong-ack")
BelievesNoRefusal = mechanical("SYN-SENT.is_refused.idle1", "believes-no-refusal")
BelievesNoResetInSynReceived = mechanical("SYN-RECEIVED.is_reset_in_syn_received.idle1", "believes-no-reset-in-syn-received")
AbortsSilently = mechanical("aborts.silent1", "aborts-silently")
AcknowledgesNoText = mechanical("ESTABLISHED.receives_data.silent1", "acknowledges-no-text")
ClientDropsSynAck = mechanical("SYN-SENT.receives_syn_ack.idle1", "client-drops-syn-ack")


def _drops(then: Response) -> Response:
    return Response(then.name, then.doc)


class AcknowledgesWrongSynAck(ThreeWay):
    """A client that acknowledges a SYN,ACK for another attempt, with its own SND.NXT, instead of resetting it."""

    name = "acknowledges-wrong-syn-ack"

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        ack = tcb.segment("ACK", seq=tcb.snd_nxt, ack=segment.seq + 1)
        return super().syn_sent(tcb, segment).replacing("resets_wrong_ack", lambda r: replace(r, sends=(ack,)))


class IgnoresRst(ThreeWay):
    name = "ignores-rst"

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().syn_sent(tcb, segment).replacing("is_refused", _drops)

    def syn_received(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().syn_received(tcb, segment).replacing("is_reset_in_syn_received", _drops)

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().established(tcb, segment).replacing("is_reset", _drops)


class ListenerGoesOff(ThreeWay):
    """A listener that is closed by the first RST that ends what it answered."""

    name = "listener-goes-off"

    def syn_received(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().syn_received(tcb, segment).replacing("is_reset_in_syn_received", lambda r: _drops(r).end(tcb))


class TakesNoAck(ThreeWay):
    """A sender that takes no ACK for its text, and so sends it for ever."""

    name = "takes-no-ack"

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().established(tcb, segment).replacing("takes_ack", lambda r: replace(r, updates={}))


class AcknowledgesTextOnce(ThreeWay):
    """A receiver that does not answer text which it has already: its first ACK may have been lost."""

    name = "acknowledges-text-once"

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        again = Response("drops_repeated_text", "drops text that it has.")
        repeated = segment.has_data & (segment.seq != tcb.rcv_nxt)
        return first(repeated, again) + super().established(tcb, segment)


class DropsText(ThreeWay):
    """A receiver that answers text by an ACK of what it had before."""

    name = "drops-text"

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        drops = Response("receives_data", "drops text.").send(tcb.acknowledgment())
        return super().established(tcb, segment).replacing("receives_data", drops)


class BelievesOldAcks(ThreeWay):
    """Without the test SND.UNA < SEG.ACK: an old ACK takes back what newer ones said."""

    name = "believes-old-acks"

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().established(tcb, segment).replacing("takes_ack", lambda r: r.set(tcb, snd_una=segment.ack))


class TakesAnyAckForAll(ThreeWay):
    """An endpoint that takes whatever ACK comes for one of all that it sent."""

    name = "takes-any-ack-for-all"

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().established(tcb, segment).replacing("takes_ack", lambda r: r.set(tcb, snd_una=tcb.snd_nxt))


class AcceptsAnyRst(ThreeWay):
    name = "accepts-any-rst"

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        reset = Response("is_reset_by_anything", "is reset.").end(tcb)
        return first(segment.rst, reset) + super().syn_sent(tcb, segment)

    def syn_received(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        reset = Response("is_reset_by_anything_in_syn_received", "is reset.").end(tcb, "LISTEN" if tcb.listens else "CLOSED")
        return first(segment.rst, reset) + super().syn_received(tcb, segment)

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        reset = Response("is_reset_by_anything_when_established", "is reset.").end(tcb)
        return first(segment.rst, reset) + super().established(tcb, segment)


class ServerReusesIsn(ThreeWay):
    name = "server-reuses-isn"

    def admissible_isn(self, tcb: Tcb, isn: Expr) -> Expr:
        return TRUE if tcb.listens else super().admissible_isn(tcb, isn)


class ClientReusesIsn(ThreeWay):
    name = "client-reuses-isn"

    def admissible_isn(self, tcb: Tcb, isn: Expr) -> Expr:
        return super().admissible_isn(tcb, isn) if tcb.listens else TRUE


class AcceptsAnySynAck(ThreeWay):
    name = "accepts-any-syn-ack"

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return with_branch(
            super().syn_sent(tcb, segment), "resets_wrong_ack", lambda when, then: (when & negate(segment.syn), then)
        )


class ListenAcceptsAck(ThreeWay):
    """A server that reconstructs the connection from an ACK, as one would with SYN cookies and no cookie."""

    name = "listen-accepts-ack"

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        numbers = {"iss": segment.ack - 1, "snd_una": segment.ack, "snd_nxt": segment.ack}
        believes = (
            Response("resets_ack", "believes an ACK.")
            .establish(tcb)
            .set(tcb, **numbers, irs=segment.seq - 1, rcv_nxt=segment.seq)
            .accept()
        )
        return super().listen(tcb, segment).replacing("resets_ack", believes)


class EstablishedAcknowledgesNewSynAck(ThreeWay):
    name = "established-acknowledges-new-syn-ack"

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        own = (segment.ctl == "SYN,ACK") & (segment.ack == tcb.iss + 1)
        ack = tcb.segment("ACK", seq=tcb.iss + 1, ack=segment.seq + 1)
        response = Response("acks_new_syn_ack", "acknowledges a SYN,ACK with another ISN.").send(ack)
        return first(own, response) + super().established(tcb, segment)


class EstablishedTakesDataOutOfOrder(ThreeWay):
    name = "established-takes-data-out-of-order"

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        takes_any = super().established(tcb, segment).without("acks_wrong_seq")
        return with_branch(takes_any, "receives_data", lambda _when, then: (TRUE, then))


class EstablishesOnSyn(ThreeWay):
    """A three-way server that enters ESTABLISHED too early: the two-way handshake's fault, in a three-way handshake."""

    name = "establishes-on-syn"

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        return super().answer_syn(tcb, segment).establish(tcb)


class BindsTheHalves(FourWay):
    """Not a fault but a mend: a four-way client that waits for the SYN, and then for an ACK whose SEG.SEQ belongs to it."""

    name = "binds-the-halves"

    def syn_received(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        cases = super().syn_received(tcb, segment)
        if tcb.listens:
            return cases
        bound = segment.seq.in_window(tcb.irs, 2)
        return with_branch(cases, "receives_ack_after_syn", lambda when, then: (when & bound, then))

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().syn_sent(tcb, segment).without("receives_ack_before_syn")


@dataclass(frozen=True)
class SkewedTcb(Tcb):
    """An endpoint that writes one header field of one kind of segment one too high. "data" is the kind of an ACK with data."""

    kind: str = ""
    header_field: str = ""

    def segment(self, ctl: str, *, seq: Expr | int, ack: Expr | int = 0, data: Expr | int = 0) -> Segment:
        segment = super().segment(ctl, seq=seq, ack=ack, data=data)
        if self.kind != ("data" if isinstance(data, int) and data else ctl):
            return segment
        return replace(segment, **{self.header_field: getattr(segment, self.header_field) + 1})


def off_by_one(kind: str, header_field: str) -> type[Handshake]:
    """Return the three-way handshake with one header field of one kind of segment one too high, on both sides."""

    class OffByOne(ThreeWay):
        name = f"{kind}-{header_field}-off-by-one"

        def tcb(self, side: Side, peer: Side, isns: tuple[int, ...]) -> Tcb:
            own = vars(super().tcb(side, peer, isns))
            return SkewedTcb(**own, kind=kind, header_field=header_field)

    return OffByOne


Change = Callable[[Tcb, Segment, Response], Response]
"""What an endpoint does with a segment instead of what a branch says."""


def at_branch(branch: str, does: str, change: Change) -> type[Handshake]:
    """Return the three-way handshake in which one branch of the rules for arriving segments does something else."""

    class Changed(ThreeWay):
        name = f"{branch}-{does}"

        def rules(self, tcb: Tcb) -> Mapping[str, tuple[str, Rule]]:
            return {state: (section, _changed(rule, branch, change)) for state, (section, rule) in super().rules(tcb).items()}

    return Changed


def _changed(rule: Rule, branch: str, change: Change) -> Rule:
    def cases(tcb: Tcb, segment: Segment) -> Cases[Response]:
        branches = rule(tcb, segment).branches
        return Cases(tuple((when, change(tcb, segment, then) if then.name == branch else then) for when, then in branches))

    return cases


def ends(branch: str) -> type[Handshake]:
    """Return the handshake that does what the branch says, and deletes the TCB as well."""
    return at_branch(branch, "and-ends", lambda tcb, _segment, then: then.end(tcb))


def resets(branch: str) -> type[Handshake]:
    """Return the handshake that does what the branch says, and sends <SEQ=SEG.ACK><CTL=RST> as well."""
    return at_branch(branch, "and-resets", lambda tcb, segment, then: then.send(tcb.reset_for(segment)))


ADJACENT = Assumptions(isn_spacing="adjacent")
WINDOW = Assumptions(seq_check="window")
CLIENT_AGAIN = Scope("client ISN reused", (100, 100), (300, 400))
SERVER_AGAIN = Scope("server ISN reused", (100, 200), (300, 300))
TEXTLESS = scope_named("default,data=0")

ABOUT_RESETS = tuple(
    Mutant(handshake, claim, why, TEXTLESS)
    for handshake, claim, why in (
        (ends("ignores_rst"), "reset-without-connection", "any old RST stops a listener"),
        (resets("discards_rst_when_closed"), "reset-draws-no-reset", "two closed hosts answer each other for ever"),
        (resets("drops_wrong_rst"), "reset-draws-no-reset", "a wrong ACK is reset unless the RST bit is set"),
        (ends("drops_wrong_rst"), "reset-is-for-this-attempt", "the RST that an earlier SYN drew refuses this one"),
        (ends("drops_rst_without_ack"), "reset-is-for-this-attempt", "a RST that acknowledges nothing refuses a SYN"),
        (ends("drops_rst_in_syn_received"), "reset-is-for-this-attempt", "a RST with any SEQ ends what it does not belong to"),
        (ends("resets_ack"), "ack-ends-nothing", "an ACK stops a listener"),
        (ends("resets_wrong_ack_in_syn_received"), "ack-ends-nothing", "an old ACK ends a connection that is half open"),
        (ResetsNoWrongAck, "wrong-ack-is-reset", "who believes in an earlier answer is not told"),
    )
)
"""Faults that only the claims of properties/resets.py notice."""

ALONE = (
    Mutant(BelievesNoRefusal, "refusal-is-believed", "connection refused, and it asks on"),
    Mutant(AbortsSilently, "abort-is-announced", "the other end is left alone"),
    Mutant(AcknowledgesNoText, "text-is-acknowledged", "its sender repeats it for ever"),
    Mutant(AcknowledgesTextOnce, "text-is-acknowledged", "the one ACK may be lost"),
    Mutant(TakesNoAck, "text-is-acknowledged", "what was acknowledged is sent for ever"),
    Mutant(DropsText, "text-is-acknowledged", "the text is never acknowledged"),
    Mutant(BelievesOldAcks, "numbers-only-grow", "what was acknowledged is sent again"),
    Mutant(TakesAnyAckForAll, "acknowledged-was-received", "what was lost is not sent again"),
)
"""Faults that only one of all claims notices: that is what it is there for."""
REPEATS = (
    Mutant(ServerReusesIsn, "isn-is-not-reused", "it chooses without looking", SCOPES["repeats"]),
    Mutant(ClientReusesIsn, "isn-is-not-reused", "it chooses without looking", SCOPES["repeats"]),
)
"""Faults that show only in a scope that offers an ISN twice."""
CAUGHT = (
    *ALONE,
    *REPEATS,
    Mutant(ListenerGoesOff, "refusal-is-believed", "any attempt that is refused switches a listener off"),
    Mutant(BelievesNoResetInSynReceived, "refusal-is-believed", "a half-open connection stays until it times out"),
    Mutant(AcceptsAnyAck, "agreement", "an ACK of an earlier answer opens the connection"),
    Mutant(AcceptsAckOfItsIss, "agreement", "y2 = y1+1 is what acknowledges y1", SCOPES["adjacent"], ADJACENT),
    Mutant(AcknowledgesWrongSynAck, "history-is-reset", "history must be reset"),
    Mutant(AcknowledgesWrongSynAck, "no-stale-establishment", "x2+1 lies in the window of x1", assumptions=WINDOW),
    Mutant(ServerReusesIsn, "agreement", "an old ACK acknowledges the reused ISN", SERVER_AGAIN),
    Mutant(ClientReusesIsn, "no-stale-establishment", "an old ACK has the new attempt's numbers", CLIENT_AGAIN),
    Mutant(AcceptsAnySynAck, "client-agreement", "the client's ISN was never acknowledged"),
    Mutant(ListenAcceptsAck, "agreement", "a duplicate ACK opens a connection of its own"),
    Mutant(EstablishedAcknowledgesNewSynAck, "isn-paired", "the client goes on counting from the first answer"),
    Mutant(EstablishedTakesDataOutOfOrder, "numbering", "RCV.NXT goes where no data was"),
    Mutant(ClientDropsSynAck, "connection-possible", "nobody connects"),
    Mutant(EstablishesOnSyn, "no-stale-establishment", "the two-way handshake's fault"),
    Mutant(IgnoresRst, "half-open-is-dropped", "nobody alone in a connection finds out"),
    Mutant(AcceptsAnyRst, "reset-is-meant", "a RST for another connection ends this one"),
    Mutant(off_by_one("RST", "seq"), "half-open-is-dropped", "a RST that is not believed tells nobody"),
    *(
        Mutant(off_by_one(kind, header_field), "numbering", "each kind of segment is numbered by its rule")
        for kind in ("SYN", "SYN,ACK", "ACK", "data")
        for header_field in ("seq", "ack", "data")
    ),
    Mutant(ends("resets_wrong_ack"), "ack-ends-nothing", "the answer to an earlier attempt ends this one", TEXTLESS),
    Mutant(ends("acks_wrong_seq"), "ack-ends-nothing", "an old ACK ends what is ESTABLISHED", TEXTLESS),
    Mutant(ends("acks_wrong_seq_in_syn_received"), "ack-ends-nothing", "the SYN that was answered ends the answer", TEXTLESS),
)
HARMLESS = (
    Mutant(AcceptsAckOfItsIss, None, "with spaced ISNs no segment but a RST acknowledges an ISS itself"),
    Mutant(off_by_one("RST,ACK", "ack"), None, "a RST that nobody accepts is a RST that is lost, and the client times out"),
    Mutant(off_by_one("RST,ACK", "seq"), None, "nobody looks at it: SYN-SENT goes by the ACK"),
)


def put_in_place(mutant: type[Handshake]) -> None:
    """Give this process the mutant in place of the handshake that it derives from, everywhere, and for good.

    The handshake becomes an empty class that derives from the mutant, and the mutant derives from a copy of what it was: so
    whoever holds the class, or derives from it, has the fault from now on.
    """
    sound = next(c for c in mutant.__mro__ if c in (ThreeWay, FourWay))
    own = {name: value for name, value in vars(sound).items() if name not in {"__dict__", "__weakref__"}}
    was = type(sound.__name__, sound.__bases__, own)
    for name, value in own.items():
        if callable(value) and not name.startswith("__"):
            delattr(sound, name)
    for faulty in mutant.__mro__[: mutant.__mro__.index(sound)]:
        if sound in faulty.__bases__:
            faulty.__bases__ = tuple(was if base is sound else base for base in faulty.__bases__)
    sound.__bases__ = (mutant,)
