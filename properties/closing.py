"""Claims about closing a connection, and about what is left of one when the next begins on the same ports.

A connection is a pair of ISNs. What is remembered of each side is, by that pair: how far its user's text went, the number of
its FIN, and that it has heard the other's. A segment is its header, so an octet is its number: that it was sent in *this*
connection means that the other's user had sent so far in the connection with the same pair when the octet was taken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from model.notation.circle import between, within
from model.notation.expr import FALSE, TRUE, Expr, Row, conj, disj, ite, literal
from model.notation.sorts import BOOL, SEQ, Relation
from model.notation.system import TransitionSystem, Variable
from model.tcp.composition import LIFECYCLE
from model.tcp.endpoint import HAS_RECEIVED_FIN, HAS_SENT_FIN, is_one_of
from model.tcp.segment import Segment
from properties.claim import PEERS, Claim, Kind
from properties.needs import CONNECTION
from properties.observe import Seen
from properties.step import Step

NUMBERED = Relation((("own", SEQ), ("other", SEQ), ("number", SEQ)))
CONNECTIONS = Relation((("own", SEQ), ("other", SEQ)))
UNACKNOWLEDGED = ("FIN-WAIT-1", "CLOSING", "LAST-ACK")
"""The states that wait for the ACK of a FIN."""


def remembered(*names: str) -> tuple[Variable, ...]:
    """Return what is remembered of each side by connection: the end of its text, its FIN, that it heard the other's."""
    sorts = {"sent": NUMBERED, "fin": NUMBERED, "heard": CONNECTIONS}
    return tuple(Variable(f"{role}_{name}", sorts[name], frozenset()) for role in ("left", "right") for name in names)


def side_of(step: Step, role: str) -> str:
    """Return what the observers of an endpoint begin with."""
    return ("left", "right")[step.roles.index(role)]


def other_than(step: Step, role: str) -> str:
    """Return the other endpoint."""
    return next(one for one in step.roles if one != role)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A segment that an endpoint takes: from which number RCV.NXT goes where, and what of it is new."""

    role: str
    segment: Segment
    own: Expr
    other: Expr
    before: Expr
    after: Expr
    """RCV.NXT before the step and, had the connection not ended with it, after it."""
    text: Expr
    """Whether text was taken."""
    fin: Expr
    """Whether a FIN was taken."""

    @property
    def end(self) -> Expr:
        """The number after the last octet taken."""
        return ite(self.fin, self.after - 1, self.after)


def arrival_in(step: Step) -> Arrival | None:
    """Return what is taken in a step, where it takes text or a FIN into a connection that is there."""
    role, segment = step.by, step.received
    if segment is None or role not in step.roles or not step.accepts(role):
        return None
    with_syn = bool(step.assumptions.get("text_on_syn"))
    if step.answers(role) and not with_syn:
        return None
    before, state, view = step.of(role, "rcv_nxt"), step.of(role, "state"), step.view(role)
    over = step.ends(role) and not step.answers(role)
    after = segment.end if over else step.after(before)
    moves = conj(after != before, state != "SYN-SENT", ~is_one_of(state, HAS_RECEIVED_FIN))
    heard = after == segment.end if over else is_one_of(step.after(state), HAS_RECEIVED_FIN)
    fin = conj(moves, segment.fin, heard)
    found = Arrival(role, segment, view.iss, view.irs, before, after, conj(moves, segment.has_data), fin)
    return _with_syn(step, found, moves) if with_syn else found


def _with_syn(step: Step, found: Arrival, moves: Expr) -> Arrival:
    """Return what is taken where text may come with a SYN: with that SYN, or later, out of a queue."""
    opens = TRUE if step.answers(found.role) else step.of(found.role, "state") == "SYN-SENT"
    own, other = connection_of(step, found.role)
    before = ite(opens, found.segment.seq + 1, found.before)
    text = ite(
        opens,
        found.segment.has_data & (found.after != before),
        moves & (ite(found.fin, found.after - 1, found.after) != before),
    )
    return replace(found, own=own, other=other, before=before, text=text)


def connection_of(step: Step, role: str) -> tuple[Expr, Expr]:
    """Return the pair of ISNs of the connection in which an endpoint sends in a step."""
    view = step.view(role)
    pair = view.iss, view.irs
    over = step.ends(role) and not step.answers(role)
    return pair if over else (step.after(pair[0]), step.after(pair[1]))


def remember_text(step: Step) -> None:
    """Remember how far the text of a user went.

    In which connection text goes with a SYN is known when that SYN is answered. The text of a RST is no user's.
    """
    role = step.by
    if role not in step.roles:
        return
    name, pair = f"{side_of(step, role)}_sent", connection_of(step, role)
    for segment in step.sent:
        spoken = conj(segment.has_data, ~segment.rst, segment.ctl != "SYN")
        begins = ite(segment.syn, segment.seq + 1, segment.seq)
        step.set(name, ite(spoken, step[name].add(*pair, begins + segment.data), step[name]))
    if step.assumptions.get("text_on_syn") and step.establishes(role):
        end = step.after(step.of(role, "snd_nxt"))
        step.set(name, ite(end != pair[0] + 1, step[name].add(*pair, end), step[name]))


def remember_fins(step: Step) -> None:
    """Remember the number of a FIN that is sent."""
    role = step.by
    for segment in step.sent if role in step.roles else ():
        name = f"{side_of(step, role)}_fin"
        step.set(name, ite(segment.fin, step[name].add(*connection_of(step, role), segment.end - 1), step[name]))


def was_sent(step: Step, arrival: Arrival) -> Expr:
    """Return whether the other's user had sent in this connection what of its text is taken."""
    sent = step[f"{side_of(step, other_than(step, arrival.role))}_sent"]
    return sent.exists(
        lambda row: (row.own == arrival.other) & (row.other == arrival.own) & between(arrival.other, arrival.end, row.number)
    )


def _watch_octets(step: Step) -> Seen:
    arrival = arrival_in(step)
    seen = Seen() if arrival is None else Seen(arrival.text & ~was_sent(step, arrival), arrival.text)
    remember_text(step)
    return seen


NO_OCTET_FROM_THE_DEAD = Claim(
    "no-octet-from-the-dead",
    Kind.SAFETY,
    brief="an octet is taken from this connection only",
    statement=(
        "An octet that is delivered to a user was sent by the other's user before, in this connection: with the same two ISNs."
    ),
    formula="G (an octet n is taken in (x, y) => O (the other's user sent n in (y, x)))",
    why="Old duplicates must not pass for what the user on the other side says now (RFC 9293 §3.4.3; RFC 1337, H1).",
    when_stopped="text was delivered that the other's user had not sent in this connection",
    trigger="text was taken",
    because="{step}; {each}",
    watch=_watch_octets,
    observers=remembered("sent"),
    roles=PEERS,
    within=(LIFECYCLE.name,),
    needs=CONNECTION,
)


def foreign_fin(step: Step, arrival: Arrival) -> Expr:
    """Return whether a FIN is taken at a number where the other had sent none in this connection."""
    fins = step[f"{side_of(step, other_than(step, arrival.role))}_fin"]
    return arrival.fin & ~fins.has(arrival.other, arrival.own, arrival.after - 1)


def _watch_order(step: Step) -> Seen:
    arrival = arrival_in(step)
    seen = Seen()
    if arrival is not None:
        begin, end = arrival.segment.seq, arrival.segment.end
        reached = _out_of_queue(step, arrival)
        next_ = within(begin, reached, end) & between(arrival.before, arrival.after, end)
        if reached is not arrival.before:
            next_ |= between(arrival.before, arrival.after, reached)
        gap = (arrival.text | arrival.fin) & ~next_
        seen = Seen(gap | foreign_fin(step, arrival), arrival.fin)
    remember_fins(step)
    _remember_queue(step)
    return seen


def _came_with_syn(system: TransitionSystem) -> tuple[Variable, ...]:
    """Return what remembers of each side the number after the text that came with the SYN it answered, where it may."""
    sides = ("left", "right") if system.assumptions.get("text_on_syn") else ()
    return tuple(Variable(f"{side}_came", SEQ, 0) for side in sides)


def _remember_queue(step: Step) -> None:
    for role in step.roles:
        name = f"{side_of(step, role)}_came"
        if not step.remembers(name):
            continue
        if step.answers(role) and step.received is not None:
            step.set(name, step.received.end)
        elif step.ends(role):
            step.set(name, 0)


def _out_of_queue(step: Step, arrival: Arrival) -> Expr:
    """Return how far RCV.NXT could go by what came with the SYN alone."""
    name = f"{side_of(step, arrival.role)}_came"
    if not step.remembers(name):
        return arrival.before
    return ite(within(arrival.other + 1, arrival.before, step[name]), step[name], arrival.before)


OCTETS_IN_ORDER = Claim(
    "octets-in-order",
    Kind.SAFETY,
    brief="who gets the end of data has got all of it, in order",
    statement=(
        "Octets are taken in the order of their numbers, each once and none left out; and the end of data is "
        "taken at the number "
        "of the FIN that the other sent in this connection."
    ),
    formula=(
        "G (octets m to n are taken => m = RCV.NXT & n+1 = RCV.NXT after it) & G (a FIN is taken at n => the other's FIN is n)"
    ),
    why="A user who reads up to the end of data takes what it has read for all that was said (RFC 9293 §3.6).",
    when_stopped="octets were taken out of order, or the end of data came where the other had not put it",
    trigger="a FIN was taken",
    because="{step}; RCV.NXT was {actor.before.rcv_nxt}; {each}",
    watch=_watch_order,
    observers=remembered("fin"),
    besides=_came_with_syn,
    roles=PEERS,
    within=(LIFECYCLE.name,),
    needs=CONNECTION,
)


def _watch_agreed(step: Step) -> Seen:
    role, segment, seen = step.by, step.received, Seen()
    if segment is not None and role in step.roles and step.accepts(role) and not step.answers(role):
        view, state = step.view(role), step.of(role, "state")
        over = TRUE if step.ends(role) else is_one_of(step.after(state), ("FIN-WAIT-2", "TIME-WAIT"))
        acknowledged = is_one_of(state, UNACKNOWLEDGED) & over
        heard = step[f"{side_of(step, other_than(step, role))}_heard"].has(view.irs, view.iss)
        seen = Seen(acknowledged & ~heard, acknowledged)
    arrival = arrival_in(step)
    if arrival is not None:
        name = f"{side_of(step, arrival.role)}_heard"
        step.set(name, ite(arrival.fin, step[name].add(arrival.own, arrival.other), step[name]))
    return seen


CLOSE_IS_AGREED = Claim(
    "close-is-agreed",
    Kind.SAFETY,
    brief="whose FIN is acknowledged, the other has heard it",
    statement=(
        "When an endpoint takes the ACK of its FIN, the other has taken the FIN of this connection, and with "
        "it the end of data: "
        "two that have closed in order both know it."
    ),
    formula="G (the ACK of its FIN is taken in (x, y) => O (the other took a FIN in (y, x)))",
    why="A user who expects no answer needs only this to know that all it said has arrived (RFC 9293 §3.6).",
    when_stopped="an endpoint took the ACK of its FIN, and the other had not heard that FIN",
    trigger="an ACK of a FIN was taken",
    because="{step}; {each}",
    watch=_watch_agreed,
    observers=remembered("heard"),
    roles=PEERS,
    within=(LIFECYCLE.name,),
    needs=CONNECTION,
)


def _watch_end(step: Step) -> Seen:
    stop, trigger = [FALSE], [FALSE]
    for role in step.roles:
        if step.by != role or step.ends(role) or step.answers(role) or step.opens(role):
            continue
        state, expected, nxt = (step.of(role, name) for name in ("state", "rcv_nxt", "snd_nxt"))
        stop.append(is_one_of(state, HAS_RECEIVED_FIN) & (step.after(expected) != expected))
        sent = is_one_of(state, HAS_SENT_FIN)
        stop += [conj(sent, s.has_length, s.end.is_after(nxt)) for s in step.sent]
        if step.received is not None:
            trigger.append(is_one_of(state, HAS_RECEIVED_FIN) & step.received.has_length)
    return Seen(disj(*stop), disj(*trigger))


NO_DATA_AFTER_END = Claim(
    "no-data-after-end",
    Kind.SAFETY,
    brief="nothing follows a FIN, either way",
    statement=(
        "Who has taken a FIN takes nothing after it in that connection, and who has sent one sends nothing that comes after it."
    ),
    formula="G (a FIN was taken => RCV.NXT stays) & G (a FIN was sent => no later number is sent)",
    why="CLOSE means that there is no more data to send (RFC 9293 §3.6), and a user told so must be able to believe it.",
    when_stopped="something was taken, or sent, after the FIN of its direction",
    trigger="a segment with text, a SYN or a FIN came to an endpoint that had taken a FIN",
    because="{step}",
    watch=_watch_end,
    roles=PEERS,
    within=(LIFECYCLE.name,),
    needs=CONNECTION,
)


def _renumbers(own: Expr, other: Expr, number: Expr, row: Row) -> Expr:
    """Return whether a FIN of this connection that was sent before has another number."""
    return (row.own == own) & (row.other == other) & (row.number != number)


def _watch_number(step: Step) -> Seen:
    role, stop, trigger = step.by, FALSE, FALSE
    for segment in step.sent if role in step.roles else ():
        own, other = connection_of(step, role)
        number = segment.end - 1
        nxt = step.of(role, "snd_nxt") if step.ends(role) else step.after(step.of(role, "snd_nxt"))
        known = step[f"{side_of(step, role)}_fin"]
        moved = known.exists(partial(_renumbers, own, other, number))
        stop |= segment.fin & ((segment.end != nxt) | moved)
        trigger |= segment.fin
    remember_fins(step)
    return Seen(stop, trigger)


FIN_IS_NUMBERED = Claim(
    "fin-is-numbered",
    Kind.SAFETY,
    brief="a FIN has the last number, and keeps it",
    statement=(
        "A FIN has the number after the last octet, the one before SND.NXT, and is sent with no other in that connection."
    ),
    formula="G (a FIN is sent => its number + 1 = SND.NXT & every FIN of this connection has that number)",
    why=(
        "A FIN occupies one sequence number (RFC 9293 §3.4), so that it is acknowledged, sent again, and put "
        "in order like text."
    ),
    when_stopped="a FIN was sent with a number that is not the last, or not that of the FIN before",
    trigger="a FIN was sent",
    because="{step}; SND.NXT is {actor.snd_nxt}",
    watch=_watch_number,
    observers=remembered("fin"),
    roles=PEERS,
    within=(LIFECYCLE.name,),
    needs=CONNECTION,
)


ORDERLY = (*remembered("sent", "fin"), Variable("disorder", BOOL, False))


def remember_disorder(step: Step) -> None:
    """Remember that a connection ended otherwise than by the ACK of a last FIN, or out of TIME-WAIT."""
    for ended in step.roles:
        if step.ends(ended):
            state = step.of(ended, "state")
            by_ack = (state == "LAST-ACK") & literal(step.accepts(ended), BOOL)
            waited = (state == "TIME-WAIT") & literal(step.action.section != "§3.10.5", BOOL)
            at_once = literal(step.accepts(ended), BOOL) & (state != "LAST-ACK")  # where there is no TIME-WAIT
            disorder = step.view(ended).established & ~(by_ack | waited | at_once)
            step.set("disorder", step["disorder"] | disorder)


def _watch_time_wait(step: Step) -> Seen:
    role, seen = step.by, Seen()
    remember_disorder(step)
    arrival = arrival_in(step)
    if arrival is not None:
        foreign = (arrival.text & ~was_sent(step, arrival)) | foreign_fin(step, arrival)
        seen = Seen(~step["disorder"] & foreign, ~step["disorder"] & (arrival.text | arrival.fin))
    elif step.received is not None and role in step.roles and step.ends(role):
        seen = Seen(conj(~step["disorder"], step.received.rst, open_for_both(step, role)))
    remember_text(step)
    remember_fins(step)
    return seen


def open_for_both(step: Step, role: str) -> Expr:
    """Return whether a connection that an endpoint has is ESTABLISHED, or as good as that, and the other's too."""
    view, peer = step.view(role), step.view(other_than(step, role))
    ours = conj(view.established, peer.established, peer.irs == view.iss, peer.iss == view.irs)
    return conj(ours, ~is_one_of(step.of(role, "state"), (*HAS_SENT_FIN, *HAS_RECEIVED_FIN)))


TIME_WAIT_PROTECTS = Claim(
    "time-wait-protects",
    Kind.SAFETY,
    brief="connections closed in order leave nothing to the next",
    statement=(
        "As long as every connection was closed in order, nobody takes an octet or a FIN that was not sent in its connection, "
        "nor is an open connection reset whose other end is in it."
    ),
    formula=(
        "G (each connection that was ESTABLISHED before ended by the ACK of a last FIN, or out of TIME-WAIT, or by the FIN "
        "that leads there => an octet or a FIN that is taken was sent in this connection & no RST ends one that both have open)"
    ),
    why=(
        "That is what TIME-WAIT is for (RFC 9293 §3.6.1, MUST-13). RFC 1337 names what old duplicates do where it ends too "
        "early: their data is taken (H1), they desynchronise the connection (H2), or end it (H3)."
    ),
    when_stopped="an old segment did something to a connection, and all before it were closed in order",
    trigger="text or a FIN was taken, and every connection before was closed in order",
    because="{step}; {each}",
    watch=_watch_time_wait,
    observers=ORDERLY,
    roles=PEERS,
    within=(LIFECYCLE.name,),
    needs=CONNECTION,
)

CLAIMS = (
    NO_OCTET_FROM_THE_DEAD,
    OCTETS_IN_ORDER,
    CLOSE_IS_AGREED,
    NO_DATA_AFTER_END,
    FIN_IS_NUMBERED,
    TIME_WAIT_PROTECTS,
)
