"""Claims about RST: who sends one and for what, and what it ends. RFC 9293 §3.5.2 and §3.5.3, and the checks of §3.10.7.

Four of them are about a single arrival: what it may draw, and what becomes of the connection that it meets. They are read off
the states and the headers and not off names of actions, so that they are of any endpoint of any handshake. The fifth asks who
sent a RST and why, and is about two endpoints.

Words used below. A connection *ends* when it was neither in CLOSED nor in LISTEN, and is. An ACK is *acceptable* when
SND.UNA < SEG.ACK =< SND.NXT; in SYN-SENT the RFC has ISS for SND.UNA (§3.10.7.3, first), and in LISTEN no ACK is (§3.10.7.2,
second). An attempt is *refused* when its SYN has drawn a RST.
"""

from __future__ import annotations

from model.notation.circle import between, within
from model.notation.expr import FALSE, TRUE, Expr, conj, disj, ite
from model.notation.sorts import BOOL
from model.notation.system import Variable
from model.tcp.endpoint import synchronized
from model.tcp.segment import Segment
from properties.anomalies import each, is_in
from properties.claim import EVERYBODY, PEERS, Claim, Kind
from properties.needs import CONNECTION, TCBS
from properties.observe import Seen
from properties.step import Step


def _in(step: Step, role: str, *states: str) -> Expr:
    """Return whether ``role`` is in one of these states before a step."""
    return disj(*(step.of(role, "state") == state for state in states))


def _arrival(step: Step) -> tuple[str, Segment] | None:
    """Return who receives a segment in a step, and the segment, if one does."""
    segment, by = step.received, step.by
    return None if segment is None or by not in step.roles else (by, segment)


def _unacceptable_ack(step: Step, role: str, segment: Segment) -> Expr:
    """Return whether ``role`` was given an ACK that acknowledges nothing that it sent and that was not acknowledged yet."""
    una = ite(_in(step, role, "SYN-SENT"), step.of(role, "iss"), step.of(role, "snd_una"))
    acceptable = between(una, segment.ack, step.of(role, "snd_nxt"))
    return segment.has_ack & (_in(step, role, "LISTEN") | ~acceptable)


def passes_first_check(step: Step, role: str, segment: Segment, *, unsaid: Expr, in_part: bool = False) -> Expr:
    """Return whether a segment that begins in the window passes the first check of §3.10.7.4.

    With ``in_part`` one that only ends there does as well (Table 6). Of a system that does not say which check it makes,
    ``unsaid`` is assumed.
    """
    begins, assumed = step.of(role, "rcv_nxt"), step.assumptions
    beyond = begins + int(assumed.get("rcv_wnd", 1))
    ends = segment.has_length & within(begins, segment.end - 1, beyond) if in_part else FALSE
    return {
        "exact": segment.seq == begins,
        "window": within(begins, segment.seq, beyond) | ends,
        "none": TRUE,
    }.get(str(assumed.get("seq_check")), unsaid)


# -- a RST where there is no connection ----------------------------------------------------------------------------------------


def _watch_idle(step: Step) -> Seen:
    arrival = _arrival(step)
    if arrival is None:
        return Seen()
    role, segment = arrival
    state = step.of(role, "state")
    arrives = segment.rst & _in(step, role, "CLOSED", "LISTEN")
    return Seen(stop=arrives if step.sent else arrives & (step.after(state) != state), trigger=arrives)


RESET_WITHOUT_CONNECTION = Claim(
    "reset-without-connection",
    Kind.SAFETY,
    brief="without a connection a RST is ignored",
    statement=(
        "A RST that arrives in LISTEN or in CLOSED is ignored: who listens goes on listening, who is closed stays closed, and "
        "nothing is sent."
    ),
    formula="G (a RST arrives in LISTEN or CLOSED => the state stays & nothing is sent)",
    why=(
        "It could not be valid, since this incarnation has sent nothing that it could be an answer to (RFC 9293 §3.10.7.2, "
        "first; §3.10.7.1; §3.5.3). A listener that an old RST ends is a service that anybody switches off."
    ),
    when_stopped="a RST arrived in LISTEN or CLOSED, and was not ignored",
    trigger="a RST arrived in LISTEN or CLOSED",
    because="{step}",
    roles=EVERYBODY,
    watch=_watch_idle,
    needs=TCBS,
)


# -- a RST for a RST -----------------------------------------------------------------------------------------------------------


def _watch_answers_to_resets(step: Step) -> Seen:
    if step.received is None:
        return Seen()
    arrives = step.received.rst
    return Seen(stop=arrives & disj(*(sent.rst for sent in step.sent)), trigger=arrives)


RESET_DRAWS_NO_RESET = Claim(
    "reset-draws-no-reset",
    Kind.SAFETY,
    brief="no RST is answered by a RST",
    statement="No RST is sent in response to a segment that contains a RST, in whatever state that arrives.",
    formula="G (a RST is received => no RST is sent in that step)",
    why=(
        "A reset is sent in response to any segment except another reset (RFC 9293 §3.5.2; §3.10.7.1: a segment containing a "
        "RST is discarded). Otherwise two closed hosts answer each other for ever."
    ),
    when_stopped="a RST was sent in response to a RST",
    trigger="a RST arrived",
    because="{step}",
    roles=EVERYBODY,
    needs=CONNECTION,
    watch=_watch_answers_to_resets,
)


# -- a RST before a connection is established ----------------------------------------------------------------------------------


def _watch_attempts(step: Step) -> Seen:
    """Remember of each endpoint whether the SYN of its present attempt has drawn a RST."""
    arrival = _arrival(step)
    for role, other in each(step):
        refused = f"{role}_refused"
        drawn = FALSE
        if arrival is not None and arrival[0] == other:
            _, segment = arrival
            its_syn = (segment.ctl == "SYN") & (segment.seq == step.of(role, "iss")) & ~_in(step, role, "CLOSED", "LISTEN")
            drawn = its_syn & disj(*(sent.rst for sent in step.sent))
        over = step.opens(role) or step.ends(role)
        step.set(refused, value=False if over else step[refused] | drawn)
    if arrival is None:
        return Seen()
    role, segment = arrival
    (other,) = (end for end in step.roles if end != role)
    refuses = step[f"{role}_refused"] & segment.has_ack & (segment.ack == step.of(role, "iss") + 1)
    left = _in(step, role, "SYN-RECEIVED") & ~is_in(step, other, role)
    threatened = conj(segment.rst, _in(step, role, "SYN-SENT", "SYN-RECEIVED"), ~refuses, ~left)
    return Seen(stop=threatened & _ended(step, role), trigger=threatened)


def _ended(step: Step, role: str) -> Expr:
    """Return whether ``role`` has no connection after a step."""
    return step.after(_in(step, role, "CLOSED", "LISTEN"))


RESET_IS_FOR_THIS_ATTEMPT = Claim(
    "reset-is-for-this-attempt",
    Kind.SAFETY,
    brief="a RST ends only the attempt that it is for",
    statement=(
        "A RST ends SYN-SENT only if it acknowledges the SYN of this attempt and that SYN has drawn a RST, and SYN-RECEIVED "
        "only so, or if the other end has left the attempt whose SYN was received."
    ),
    formula=(
        "G (a RST ends SYN-SENT or SYN-RECEIVED => it acknowledges ISS & O (the SYN of this attempt drew a RST), or the state "
        "was SYN-RECEIVED & the other end is not in the attempt with ISS = IRS any more)"
    ),
    why=(
        "In SYN-SENT a RST is acceptable if the ACK field acknowledges the SYN; in SYN-RECEIVED it is validated by its SEQ "
        "field (RFC 9293 §3.5.3). So no RST that is left of another attempt keeps two from connecting who both want to. What "
        "these checks cannot tell apart are ISNs used again, or so close that an old number is a new one's; RFC 793's window "
        "lets in what lies in it, and the RST of a closed host has SEQ=0, which is RCV.NXT after a SYN of 2^32-1."
    ),
    when_stopped="an attempt was ended by a RST that nobody had sent for it",
    trigger="a RST that nobody had sent for this attempt arrived in SYN-SENT or SYN-RECEIVED",
    because="{step}; {other}",
    roles=PEERS,
    watch=_watch_attempts,
    observers=lambda roles: tuple(Variable(f"{role}_refused", BOOL, False) for role in roles),
    needs=TCBS,
)


# -- what is no RST ------------------------------------------------------------------------------------------------------------


def _watch_old_acks(step: Step) -> Seen:
    arrival = _arrival(step)
    if arrival is None:
        return Seen()
    role, segment = arrival
    connected = ~_in(step, role, "CLOSED", "LISTEN")
    has_syn = synchronized(step.of(role, "state"))
    ends = ite(connected, _ended(step, role), _in(step, role, "LISTEN") & step.after(_in(step, role, "CLOSED")))
    may_end = segment.rst | (segment.syn & has_syn & passes_first_check(step, role, segment, unsaid=TRUE, in_part=True))
    old = connected & ~segment.rst & _unacceptable_ack(step, role, segment)
    return Seen(stop=ends & ~may_end, trigger=old)


ACK_ENDS_NOTHING = Claim(
    "ack-ends-nothing",
    Kind.SAFETY,
    brief="no ACK ends a connection, however old",
    statement=(
        "No segment without a RST ends a connection, an attempt or a listener, whatever it acknowledges; but for a SYN in the "
        "window of a connection which has a SYN already."
    ),
    formula=(
        "G (a segment without RST ends what it arrives at => it has a SYN & an acceptable SEG.SEQ & the state was SYN-RECEIVED "
        "or ESTABLISHED)"
    ),
    why=(
        "Whether an unacceptable ACK draws a reset, as before a connection is synchronized, or an acknowledgment, as after it, "
        "the connection remains in the same state (RFC 9293 §3.5.2, second and third group). Old ACKs are in flight after "
        "every connection; one that could end the next would keep it from opening."
    ),
    when_stopped="a segment that was no RST, and no SYN in the window of a connection, ended what it arrived at",
    trigger="a segment arrived at a connection or an attempt, and its ACK was not acceptable",
    because="{step}",
    roles=EVERYBODY,
    watch=_watch_old_acks,
    needs=TCBS,
)


# -- a RST that is owed --------------------------------------------------------------------------------------------------------


def _watch_wrong_acks(step: Step) -> Seen:
    arrival = _arrival(step)
    if arrival is None:
        return Seen()
    role, segment = arrival
    at_rcv_nxt = segment.seq == step.of(role, "rcv_nxt")  # which passes every check
    in_sequence = passes_first_check(step, role, segment, unsaid=at_rcv_nxt)
    waits = _in(step, role, "SYN-RECEIVED") & ~segment.syn & in_sequence
    wrong = _unacceptable_ack(step, role, segment) & ~segment.rst & (waits | _in(step, role, "LISTEN", "SYN-SENT"))
    resets = disj(*((sent.ctl == "RST") & (sent.seq == segment.ack) for sent in step.sent))
    return Seen(stop=wrong & ~resets, trigger=wrong)


WRONG_ACK_IS_RESET = Claim(
    "wrong-ack-is-reset",
    Kind.SAFETY,
    brief="an unacceptable ACK draws a RST with its number",
    statement=(
        "A segment with an unacceptable ACK and without a RST draws <SEQ=SEG.ACK><CTL=RST> in LISTEN, in SYN-SENT and, where "
        "it passes the checks of SEG.SEQ and SYN, in SYN-RECEIVED."
    ),
    formula=(
        "G (no RST & an unacceptable ACK arrives in LISTEN, or in SYN-SENT, or in SYN-RECEIVED without SYN and with an "
        "acceptable SEG.SEQ => <SEQ=SEG.ACK><CTL=RST> is sent)"
    ),
    why=(
        "If the connection is in any non-synchronized state and the segment acknowledges something not yet sent, a reset is "
        "sent (RFC 9293 §3.5.2, second group; §3.10.7.4, fifth). It is how the other end learns that what it believes in is "
        "history; who drops the segment silently leaves it waiting."
    ),
    when_stopped="an unacceptable ACK drew no RST with its number",
    trigger="a segment with an unacceptable ACK came to where it has to be reset",
    because="{step}",
    roles=EVERYBODY,
    watch=_watch_wrong_acks,
    needs=TCBS,
)

CLAIMS = (
    RESET_WITHOUT_CONNECTION,
    RESET_DRAWS_NO_RESET,
    RESET_IS_FOR_THIS_ATTEMPT,
    ACK_ENDS_NOTHING,
    WRONG_ACK_IS_RESET,
)
