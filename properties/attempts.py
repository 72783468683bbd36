"""Claims about an attempt before it is ESTABLISHED: what refuses it, who is told, and that asking comes to an end.

:mod:`properties.resets` says what a RST may do where it arrives. Here it is said what may be sent, to whom, and what must
not be left over: faults of these kinds leave the textbook's claims alone, since no two ends ever disagree about a connection.

None of them reads the network. An endpoint *goes on* in a connection when it has the same TCB after a step as before.
"""

from __future__ import annotations

from model.notation.circle import between, from_to
from model.notation.expr import FALSE, Expr, conj, disj, negate
from model.notation.sorts import BOOL
from model.notation.system import Variable
from model.tcp.endpoint import NUMBERS, SPENT, EventKind, synchronized
from model.tcp.segment import Segment
from properties.anomalies import each
from properties.claim import EVERYBODY, PEERS, Claim, Kind, LeadsTo
from properties.fairness import Fairness, Per, Strength, delivery
from properties.needs import CONNECTION, TCBS
from properties.observe import Seen
from properties.resets import passes_first_check
from properties.safety import both_established, paired
from properties.step import Step


def _arrival(step: Step) -> tuple[str, Segment] | None:
    """Return who receives a segment in a step, and the segment, if one does."""
    segment, by = step.received, step.by
    return None if segment is None or by not in step.roles else (by, segment)


# -- an attempt that is served is not refused ----------------------------------------------------------------------------------


def _watch_served(step: Step) -> Seen:
    arrival = _arrival(step)
    if arrival is None:
        return Seen()
    role, segment = arrival
    again = conj(segment.ctl == "SYN", synchronized(step.of(role, "state")), segment.seq == step.of(role, "irs"))
    goes_on = FALSE if step.ends(role) else again
    return Seen(stop=goes_on & disj(*(sent.rst for sent in step.sent)), trigger=again)


SERVED_IS_NOT_REFUSED = Claim(
    "served-is-not-refused",
    Kind.SAFETY,
    brief="who is answered is not refused as well",
    statement="Who has taken a SYN, and goes on in its connection, sends no RST for another copy of that SYN.",
    formula="G (a SYN with SEQ=IRS arrives in SYN-RECEIVED or ESTABLISHED => no RST is sent, or the connection ends)",
    why=(
        "A SYN is sent again when its answer is late, or copied by the "
        "network. A RST for the copy acknowledges the SYN, so that "
        "the client believes it (RFC 9293 §3.10.7.3, second), while the answer "
        "is on its way and the server waits. Nobody meant "
        "to refuse. The RFC has an ACK sent (§3.10.7.4, first)."
    ),
    when_stopped="a SYN that had been taken was reset, by an endpoint that went on in its connection",
    trigger="another copy of the SYN of a connection arrived",
    because="{step}; {other}",
    roles=EVERYBODY,
    watch=_watch_served,
    needs=TCBS,
)


# -- who is refused is told so -------------------------------------------------------------------------------------------------


def _watch_told(step: Step) -> Seen:
    arrival = _arrival(step)
    if arrival is None:
        return Seen()
    role, segment = arrival
    for_it = [
        (segment.has_ack & (sent.ctl == "RST") & (sent.seq == segment.ack))
        | (~segment.has_ack & (sent.ctl == "RST,ACK") & (sent.ack == segment.end))
        for sent in step.sent
    ]
    resets = disj(*(sent.rst for sent in step.sent))
    wrong = disj(*(sent.rst & negate(of_it) for sent, of_it in zip(step.sent, for_it, strict=True)))
    owed = FALSE
    if step.assumptions.get("closed_host") != "silent":
        owed = (step.of(role, "state") == "CLOSED") & ~segment.rst
    return Seen(stop=(wrong & ~segment.rst) | (owed & ~disj(*for_it)), trigger=resets)


REFUSED_IS_TOLD = Claim(
    "refused-is-told",
    Kind.SAFETY,
    brief="who is refused is told so, and can believe it",
    statement=(
        "A RST that a segment other than a RST draws has the number that its sender "
        "believes: <SEQ=SEG.ACK><CTL=RST> for one with an ACK, else "
        "<ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>. In CLOSED a segment that is no RST always draws one, unless closed hosts are "
        "assumed to be silent."
    ),
    formula=(
        "G (a RST is sent for what is no RST => SEG.ACK is its SEQ, or, without an ACK, SEG.SEQ+SEG.LEN is its ACK) & "
        "G (what is no RST arrives in CLOSED, where closed hosts are not silent => such a RST is sent)"
    ),
    why=(
        "RFC 9293 §3.5.2, first group. A RST with any other number fails the "
        "check of whom it is for, and is worth no more than "
        "silence: who asks where nobody is goes on asking until it times out."
    ),
    when_stopped="a segment was not reset in CLOSED, or the RST had a number that its sender does not believe",
    trigger="a segment drew a RST",
    because="{step}",
    roles=EVERYBODY,
    watch=_watch_told,
    needs=TCBS,
)


# -- what a RST draws ----------------------------------------------------------------------------------------------------------


def _watch_drawn(step: Step) -> Seen:
    arrival = _arrival(step)
    if arrival is None:
        return Seen()
    role, segment = arrival
    in_window = passes_first_check(step, role, segment, unsaid=FALSE, in_part=True)
    challenged = conj(synchronized(step.of(role, "state")), in_window, segment.seq != step.of(role, "rcv_nxt"))
    challenges = [
        conj(sent.ctl == "ACK", sent.seq == step.of(role, "snd_nxt"), sent.ack == step.of(role, "rcv_nxt"))
        for sent in step.sent
    ]
    wrong = disj(*(~s.rst & negate(challenged & c) for s, c in zip(step.sent, challenges, strict=True)))
    return Seen(stop=segment.rst & wrong, trigger=segment.rst)


RESET_DRAWS_NOTHING = Claim(
    "reset-draws-nothing",
    Kind.SAFETY,
    brief="a RST draws nothing, or a challenge ACK",
    statement=(
        "A RST draws no segment that is no RST; but for "
        "<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, where its SEG.SEQ is acceptable to a connection that has the other's SYN, and "
        "is not RCV.NXT."
    ),
    formula=(
        "G (a RST arrives => nothing that is no RST is sent, or "
        "<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> & in SYN-RECEIVED or ESTABLISHED & SEG.SEQ "
        "is acceptable & SEG.SEQ =/= RCV.NXT)"
    ),
    why=(
        "That it draws no RST is reset-draws-no-reset's. An unacceptable RST "
        "is dropped without an answer (RFC 9293 §3.10.7.4, first); only one in the window is challenged "
        "(RFC 5961 §3.2). The sender of a RST has no connection, and answers whatever it draws by another: two hosts then send "
        "ACK and RST to each other for ever."
    ),
    when_stopped="a RST drew a segment, and that was no challenge ACK for a RST with an acceptable SEG.SEQ",
    trigger="a RST arrived",
    because="{step}",
    roles=EVERYBODY,
    watch=_watch_drawn,
    needs=TCBS,
)


# -- when an ACK is due --------------------------------------------------------------------------------------------------------


def _watch_due(step: Step) -> Seen:
    arrival = _arrival(step)
    if arrival is None:
        return Seen()
    role, segment = arrival
    state, una, nxt, expected = (step.of(role, name) for name in ("state", "snd_una", "snd_nxt", "rcv_nxt"))
    established, waits = state == "ESTABLISHED", state == "SYN-RECEIVED"
    at_rcv_nxt = segment.seq == expected
    in_window = passes_first_check(step, role, segment, unsaid=at_rcv_nxt, in_part=True) | (~segment.has_length & at_rcv_nxt)
    new = between(una, segment.ack, nxt)
    bare = segment.ctl == "ACK"
    again = segment.syn & (segment.seq == step.of(role, "irs"))
    due = ~segment.rst & ~in_window
    if step.assumptions.get("rfc5961"):
        due |= in_window & ((segment.rst & ~at_rcv_nxt) | segment.syn)
    due |= conj(established, bare, in_window, segment.ack.is_after(nxt))
    goes_on = (established | waits) & step.after(established | waits)
    due &= goes_on & ~again & ~(established & bare & segment.has_data)  # which is text-is-acknowledged's
    nothing = conj(bare, ~segment.has_data, in_window, (established & from_to(una, segment.ack, nxt)) | (waits & new))
    acks = disj(*(conj(s.ctl == "ACK", s.seq == nxt, s.ack == expected) for s in step.sent))
    return Seen(stop=(due & ~acks) | (nothing if step.sent else FALSE), trigger=due)


ACKS_WHERE_DUE = Claim(
    "acks-where-due",
    Kind.SAFETY,
    brief="what is not acceptable draws an ACK, and an ACK draws none",
    statement=(
        "Who goes on in SYN-RECEIVED or ESTABLISHED answers what has no acceptable SEG.SEQ, and is no RST, by "
        "<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>; with RFC 5961, where SEG.SEQ is acceptable, so it does a SYN, and a RST that is "
        "not at RCV.NXT; and in ESTABLISHED an ACK of what was not sent. An ACK without text whose SEG.SEQ and SEG.ACK are "
        "acceptable draws nothing. (Text in ESTABLISHED is text-is-acknowledged's. Another copy of the SYN that the endpoint "
        "has may draw its answer again, or bring the ACK that was waited for.)"
    ),
    formula=(
        "G (no SYN with SEQ=IRS, no text in ESTABLISHED, & in SYN-RECEIVED or ESTABLISHED before and after: SEG.SEQ is not "
        "acceptable & no RST, or with RFC 5961: SEG.SEQ is acceptable & (a SYN | a RST & SEG.SEQ =/= RCV.NXT); or in "
        "ESTABLISHED: SEG.SEQ is acceptable & SEG.ACK > SND.NXT => <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> is sent) & G (an "
        "acceptable ACK without text arrives there => nothing is sent)"
    ),
    why=(
        "RFC 9293 §3.5.2, third group, and §3.10.7.4, first, fourth and fifth. That ACK is how the other end learns what is "
        "expected: from it a half-open connection is found out (Figure 9). An ACK takes no number, or else ACKs would be "
        "acknowledged for ever (§3.4)."
    ),
    when_stopped="an ACK was due and was not sent, or an ACK without text was answered",
    trigger="a segment arrived that a connection answers by an ACK",
    because="{step}; SND.UNA is {actor.snd_una}, SND.NXT {actor.snd_nxt} and RCV.NXT {actor.rcv_nxt}",
    roles=EVERYBODY,
    watch=_watch_due,
    needs=TCBS,
)


# -- what a RST leaves ---------------------------------------------------------------------------------------------------------


def _watch_left(step: Step) -> Seen:
    arrival = _arrival(step)
    if arrival is None:
        return Seen()
    role, segment = arrival
    state = step.of(role, "state")
    valid = conj(segment.rst, synchronized(state), segment.seq == step.of(role, "rcv_nxt"))
    gone = disj(state == "CLOSED", state == "LISTEN")
    freed = step.after(conj(gone, *(step.of(role, number) == 0 for number in NUMBERS)))
    return Seen(stop=valid & ~freed, trigger=valid)


RESET_FREES_THE_TCB = Claim(
    "reset-frees-the-tcb",
    Kind.SAFETY,
    brief="a RST leaves nothing of what it ends",
    statement=(
        "After a RST at RCV.NXT has come to an endpoint in SYN-RECEIVED or "
        "ESTABLISHED, it is in CLOSED or LISTEN and no number of its TCB is left."
    ),
    formula=(
        "G (a RST with SEQ=RCV.NXT arrives in SYN-RECEIVED or ESTABLISHED => after the step CLOSED or LISTEN, & ISS, IRS, "
        "SND.UNA, SND.NXT and RCV.NXT are 0)"
    ),
    why=(
        "A reset connection is deleted (RFC 9293 §3.10.7.4, second): the TCB goes, and with it the slot that it had. A server "
        "whose only slot is held by what was reset serves nobody until it times out."
    ),
    when_stopped="a valid RST arrived, and something was left of the connection",
    trigger="a RST at RCV.NXT arrived at a connection",
    because="{step}",
    roles=EVERYBODY,
    watch=_watch_left,
    needs=TCBS,
)


# -- a half-open connection is given up ----------------------------------------------------------------------------------------


def _gives_up(step: Step, role: str) -> Expr:
    """Return whether a step is possible in which an endpoint ends its connection by itself and says nothing.

    A call of its user speaks (ABORT sends a RST), and a crash is nothing that it does.
    """
    own = (a for a in step.system.actions if a.by == role and not a.parameters and not a.sends)
    ends = (a for a in own if a.does(EventKind.ENDS, role) and not a.does(EventKind.CRASHES, role))
    return disj(*(conj(a.guard) for a in ends))


def _watch_timers(step: Step) -> Seen:
    role = step.by
    if role not in step.roles:
        return Seen()
    state = step.of(role, "state")
    waits = step.after(state == "SYN-RECEIVED")
    unanswered = FALSE
    if step.assumptions.get("abort_established"):
        unanswered = step.after(conj(state == "ESTABLISHED", step.of(role, "snd_una") != step.of(role, "snd_nxt")))
    return Seen(stop=(waits | unanswered) & ~step.after(_gives_up(step, role)), trigger=waits)


HALF_OPEN_CAN_TIME_OUT = Claim(
    "half-open-can-time-out",
    Kind.SAFETY,
    brief="who waits for an ACK can give up by itself",
    statement=(
        "An endpoint in SYN-RECEIVED, or in ESTABLISHED with text that was not acknowledged, can end its connection by itself, "
        "without receiving or sending anything: it has a time-out. (A crash is none, and a call that sends a RST is none. In "
        "ESTABLISHED only where it may abort.)"
    ),
    formula=(
        "G (SYN-RECEIVED | ESTABLISHED & SND.UNA =/= SND.NXT => a step that ends the connection, receives and sends nothing, "
        "and is no crash is possible)"
    ),
    why=(
        "The other may have gone, or may never have been there, and what it "
        "would say may be lost. After R2 retransmissions, of a SYN as of text, the "
        "connection has to be closed (RFC 9293 §3.8.3, MUST-20, and §3.10.8), "
        "or each SYN costs a TCB for ever. How often the SYN "
        "is sent again before is half-open-gives-up's."
    ),
    when_stopped="an endpoint waited for an ACK, and no time-out could end that",
    trigger="an endpoint was in SYN-RECEIVED",
    because="{each}",
    roles=EVERYBODY,
    watch=_watch_timers,
    needs=TCBS,
)


# -- who asks is answered or refused -------------------------------------------------------------------------------------------

SENDS_AGAIN = Fairness(
    "retransmission",
    "whatever an endpoint can send by itself for ever, it sends again and again",
    Strength.WEAK,
    Per.ACTION,
    roles=("client", "server", "A", "B"),
)
ASKING = Variable("asking", BOOL, False)
APART = Variable("apart", BOOL, False)


def _watch_asking(step: Step) -> Seen:
    asking = disj(
        *(conj(step.of(role, "state") == "SYN-SENT", ~step.view(other).part(SPENT, FALSE)) for role, other in each(step))
    )
    step.set("asking", step.after(asking))
    return Seen(trigger=step.after(asking))


WHO_ASKS_IS_ANSWERED = Claim(
    "who-asks-is-answered",
    Kind.LIVENESS,
    brief="nobody stays in SYN-SENT for ever",
    statement=(
        "Who is in SYN-SENT leaves it in the end: it is answered, or refused, or it gives up. (Runs that use up the answers of "
        "the scope are not followed further.)"
    ),
    formula="G (an endpoint is in SYN-SENT => F (it is not))",
    why=(
        "A SYN that arrives is either answered or reset, in whatever state "
        "(RFC 9293 §3.10.7). Where it is dropped, or its answer "
        "is sent only once, its sender asks until its user is tired of it."
    ),
    when_stopped="an endpoint asks for ever, and nobody answers or refuses it",
    trigger="an endpoint was in SYN-SENT",
    because="{each}",
    roles=PEERS,
    watch=_watch_asking,
    observers=(ASKING,),
    needs=CONNECTION,
    leads_to=LeadsTo(ASKING.value, ~ASKING.value, (SENDS_AGAIN, delivery())),
)


def _watch_apart(step: Step) -> Seen:
    opening = conj(*(step.of(role, "state") != state for role in step.roles for state in ("CLOSED", "LISTEN")))
    apart = step.after(opening) & ~(both_established(step) & paired(step))
    step.set("apart", apart)
    return Seen(trigger=apart)


PEERS_CONNECT_OR_PART = Claim(
    "peers-connect-or-part",
    Kind.LIVENESS,
    brief="two that open come to a connection or an end",
    statement=(
        "Where each of two peers has an attempt or a connection, both are ESTABLISHED and agree about both ISNs in the end, or "
        "one of them has ended."
    ),
    formula="G (each has an attempt or a connection => F (both ESTABLISHED with the same pair | one of them has none))",
    why=(
        "Two that open at once are one connection (RFC 9293 §3.5, Figure 7). Retransmission is to overcome any loss on the way "
        "there; who takes no SYN in SYN-SENT, or no SYN,ACK in SYN-RECEIVED, waits for ever beside one who waits for ever."
    ),
    when_stopped="the two never become ESTABLISHED together, although neither ends",
    trigger="each of the two had an attempt or a connection",
    because="{each}",
    roles=("A", "B"),
    watch=_watch_apart,
    observers=(APART,),
    needs=TCBS,
    within=("simultaneous", "listeners"),
    leads_to=LeadsTo(APART.value, ~APART.value, (SENDS_AGAIN, delivery())),
)

CLAIMS = (
    SERVED_IS_NOT_REFUSED,
    REFUSED_IS_TOLD,
    RESET_DRAWS_NOTHING,
    ACKS_WHERE_DUE,
    RESET_FREES_THE_TCB,
    HALF_OPEN_CAN_TIME_OUT,
    WHO_ASKS_IS_ANSWERED,
    PEERS_CONNECT_OR_PART,
)
