"""Claims about how an attempt or a connection ends early: a refusal is believed, and an abort is announced.

:mod:`properties.anomalies` says that a RST ends nothing that it is not meant for. Here the contrary is asked: that one which is
meant for an attempt does end it (RFC 9293 §3.5.3), and that one is sent where somebody leaves (§3.10.5).
"""

from __future__ import annotations

from model.notation.circle import between
from model.notation.expr import FALSE, Expr, conj, disj, ite, literal, variable
from model.notation.sorts import BOOL
from model.notation.system import Action
from model.tcp.endpoint import PASSIVE, EventKind
from model.tcp.segment import Segment
from properties.claim import PEERS, Claim, Kind
from properties.needs import TCBS
from properties.observe import Seen
from properties.step import Step


def _watch_refusals(step: Step) -> Seen:
    segment, by = step.received, step.by
    if segment is None or by not in step.roles:
        return Seen()
    state, iss = step.of(by, "state"), step.of(by, "iss")
    acknowledges_the_syn = segment.has_ack & between(iss, segment.ack, step.of(by, "snd_nxt"))
    refused = (state == "SYN-SENT") & acknowledges_the_syn
    reset = (state == "SYN-RECEIVED") & (segment.seq == step.of(by, "rcv_nxt"))
    valid = segment.rst & (refused | reset)
    listens = (state == "SYN-RECEIVED") & _opened_passively(step, by)
    over = ite(listens, step.after(state == "LISTEN"), step.after(state == "CLOSED"))
    return Seen(stop=valid & ~over, trigger=valid)


def _opened_passively(step: Step, role: str) -> Expr:
    """Return whether the connection of an endpoint in SYN-RECEIVED began with a passive OPEN (RFC 9293 §3.5, MUST-11).

    One that can be opened either way remembers it; of the others those that answer were opened passively.
    """
    remembered = f"{role}.{PASSIVE}"
    if remembered in step.system.sorts:
        return variable(remembered, BOOL)
    return literal(any(action.does(EventKind.ANSWERS, role) for action in step.system.actions), BOOL)


REFUSAL_IS_BELIEVED = Claim(
    "refusal-is-believed",
    Kind.SAFETY,
    brief="a valid RST ends an attempt at once",
    statement=(
        "A RST that acknowledges the SYN of an endpoint in SYN-SENT, or that is at RCV.NXT of one in SYN-RECEIVED, ends its "
        "attempt in that step: it is CLOSED, or, if it was opened passively and is in SYN-RECEIVED, in LISTEN again."
    ),
    formula=(
        "G (RST received & (SYN-SENT & ISS < SEG.ACK =< SND.NXT | SYN-RECEIVED & SEG.SEQ = RCV.NXT) => after the step LISTEN "
        "if SYN-RECEIVED after a passive OPEN, else CLOSED)"
    ),
    why=(
        "Connection refused: who is told that nobody is there has to stop asking (RFC 9293 §3.5.3; §3.10.7.3 and §3.10.7.4, "
        "second). A RST that nobody believes is worth no more than silence, and an attempt then waits until it times out. A "
        "listener that does not return to LISTEN is switched off by the first attempt that is refused or aborted."
    ),
    when_stopped="a RST that was valid arrived, and the attempt went on, or a listener did not return to LISTEN",
    trigger="a RST arrived that was valid in SYN-SENT or SYN-RECEIVED",
    because="{step}",
    roles=PEERS,
    watch=_watch_refusals,
    needs=TCBS,
)


def _watch_aborts(step: Step) -> Seen:
    by = step.by
    if by not in step.roles or step.received is not None or not step.ends(by):
        return Seen()
    connected = step.of(by, "state") == "SYN-RECEIVED"
    if step.assumptions.get("abort_established") is not False:  # where nobody aborts there, only a crash ends it
        connected |= step.of(by, "state") == "ESTABLISHED"
    announced = _announced(step, step.action)
    could_announce = disj(*(_possible(action) & _announced(step, action) for action in step.system.actions if action.by == by))
    return Seen(stop=connected & ~announced & ~could_announce, trigger=connected & announced)


def _announced(step: Step, action: Action) -> Expr:
    """Return whether what an action of the acting endpoint sends has <SEQ=SND.NXT><CTL=RST> in it."""
    sent = (Segment(*cells) for cells in action.sends)
    return disj(*((s.ctl == "RST") & (s.seq == step.of(action.by, "snd_nxt")) for s in sent))


def _possible(action: Action) -> Expr:
    """Return whether an action ends the connection by itself, without a segment and without a choice, and is possible."""
    return FALSE if action.parameters or not action.does(EventKind.ENDS, action.by) else conj(action.guard)


ABORT_IS_ANNOUNCED = Claim(
    "abort-is-announced",
    Kind.SAFETY,
    brief="who aborts tells the other by a RST",
    statement=(
        "An endpoint that ends its own connection in SYN-RECEIVED or ESTABLISHED sends <SEQ=SND.NXT><CTL=RST>, or could have: "
        "its user's ABORT tells the other end, and only a time-out or a crash beside it tells nobody."
    ),
    formula=(
        "G (an endpoint in SYN-RECEIVED or ESTABLISHED ends its connection without a segment => it sends "
        "<SEQ=SND.NXT><CTL=RST>, or a call that ends it so was possible), ESTABLISHED only where users may abort there"
    ),
    why=(
        "ABORT tells the other end (RFC 9293 §3.10.5), which else finds out when it next sends, or never. That a user time-out "
        "has expired (§3.10.8), or the host crashed, shows in no segment and no state; so silence is allowed where an ABORT "
        "that speaks was possible as well, and nowhere else."
    ),
    when_stopped="an endpoint ended its own connection, told nobody, and could not have",
    trigger="an endpoint ended its own connection and said so by a RST",
    because="{step}; {other}",
    roles=PEERS,
    watch=_watch_aborts,
    needs=TCBS,
)

CLAIMS = (REFUSAL_IS_BELIEVED, ABORT_IS_ANNOUNCED)
