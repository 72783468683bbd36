"""Claims that any sensible handshake meets: a checker that finds them violated has found a mistake in the model.

They guard the other claims. A handshake that can connect nobody satisfies every safety claim, and one that numbers its segments
wrongly may satisfy them for the wrong reason.
"""

from __future__ import annotations

from model.notation.circle import between, within
from model.notation.expr import FALSE, TRUE, Expr, Op, conj, disj, ite
from model.notation.sorts import SEQ, Nat
from model.notation.system import TransitionSystem, Variable
from model.tcp.segment import Segment
from properties.claim import PEERS, Claim, Kind
from properties.needs import CONNECTION
from properties.observe import Seen
from properties.safety import both_established, paired
from properties.step import Step


def _watch_numbering(step: Step) -> Seen:
    role = step.by
    for other in step.roles:
        _count(step, other)
    if role not in step.roles or not step.sent:
        return Seen()
    view = step.view(role)
    iss, irs = step.after(view.iss), step.after(view.irs)
    first = iss if step.opens(role) or step.answers(role) else step[f"{role}_next"]
    expected = step.after(step[f"{role}_expects"])

    established = view.established | step.after(view.established)

    def numbered(s: Segment) -> Expr:
        return conj(
            s.has_data >> established,
            (s.ctl == "SYN") >> ((s.seq == iss) & (s.ack == 0) & (s.data == 0)),
            (s.ctl == "SYN,ACK") >> ((s.seq == iss) & (s.ack == irs + 1) & (s.data == 0)),
            (s.ctl == "ACK") >> ((s.seq == ite(s.has_data, iss + 1, first)) & (s.ack == expected)),
        )

    has_data = disj(*(s.has_data for s in step.sent))
    has_ack = disj(*(s.has_ack for s in step.sent))
    return Seen(stop=~conj(*map(numbered, step.sent)), trigger=has_data if sends_data(step.system) else has_ack)


def sends_data(system: TransitionSystem) -> bool:
    """Return whether anybody ever sends text."""
    data = [Segment(*cells).data for action in system.actions for cells in action.sends]
    return any(not (e.op is Op.LITERAL and e.data == 0) for e in data)


def _count(step: Step, role: str) -> None:
    """Keep ``role``'s next number to send and next number expected, from the headers alone."""
    sends, expects = f"{role}_next", f"{role}_expects"
    if step.ends(role):
        step.set(sends, 0)
        step.set(expects, 0)
        return
    begins = step.opens(role) or step.answers(role)
    following = step.after(step.view(role).iss) if begins else step[sends]
    for s in step.sent if step.by == role else ():
        following = ite(~s.rst & (s.seq == following), s.end, following)
    step.set(sends, following)
    received = step.received
    if received is not None and step.accepts(role):
        new = received.has_data & within(received.seq, step[expects], received.end)
        counted = ite(received.syn, received.end, end_in_window(step, received, step[expects]))
        step.set(expects, ite(received.syn | new, counted, step[expects]))


def end_in_window(step: Step, segment: Segment, expected: Expr) -> Expr:
    """Return the number after the last octet of a segment that lies in the window, which begins with ``expected``.

    A window of 0 is for the first check alone: what passes that in spite of it is taken whole.
    """
    window, longest = step.assumptions.get("rcv_wnd"), segment.data.sort
    assert isinstance(longest, Nat)
    if not window or not isinstance(window, int) or window >= longest.limit:
        return segment.end
    beyond = expected + window
    return ite(between(expected, segment.end, beyond), segment.end, beyond)


NUMBERING = Claim(
    "numbering",
    Kind.SAFETY,
    brief="segments are numbered as RFC 9293 says",
    statement=(
        "Each kind of segment from each side is numbered as RFC 9293 says (RST exempt), and the first data octet is ISS+1. "
        "Text is sent in ESTABLISHED only."
    ),
    formula=(
        "G (SYN: SEQ=ISS; SYN,ACK: SEQ=ISS, ACK=IRS+1; ACK: SEQ=next to send, ACK=next expected; data: SEQ=ISS+1, in "
        "ESTABLISHED), next counted from the headers sent, and from what of those accepted lies in the window"
    ),
    why=(
        "A SYN consumes one number and an empty ACK none; a model that gets this wrong proves nothing about numbers. Text of "
        "SEND before ESTABLISHED is queued (RFC 9293 §3.10.2)."
    ),
    when_stopped="a segment was sent whose numbers are not those of its kind",
    trigger="a data octet was sent, or an ACK where nobody sends data",
    because="{step}",
    roles=PEERS,
    needs=CONNECTION,
    watch=_watch_numbering,
    observers=lambda roles: tuple(Variable(f"{role}_{what}", SEQ, 0) for role in roles for what in ("next", "expects")),
)


def _watch_connection(step: Step) -> Seen:
    opens = any(step.opens(role) for role in step.roles)
    return Seen(stop=both_established(step) & paired(step), trigger=TRUE if opens else FALSE)


CONNECTION_POSSIBLE = Claim(
    "connection-possible",
    Kind.REACHABILITY,
    brief="both can be ESTABLISHED and agree",
    statement="Both can be ESTABLISHED and in agreement about both ISNs.",
    formula="EF (both ESTABLISHED & the IRS of each = the ISS of the other)",
    why="A handshake that never connects anybody would satisfy every claim that forbids something.",
    when_stopped="both were ESTABLISHED and in agreement",
    trigger="an endpoint opened actively",
    because="{each}",
    roles=PEERS,
    needs=CONNECTION,
    watch=_watch_connection,
)

CLAIMS = (NUMBERING, CONNECTION_POSSIBLE)
