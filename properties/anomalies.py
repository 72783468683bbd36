"""Claims about what RFC 9293 §3.5.1 calls half-open connections and other anomalies.

A connection is *half-open* when one end is ESTABLISHED in it and the other is not in it any more, or not yet in it: it crashed,
gave up, or fell back to LISTEN. The claims hold for either end, whatever the composition.
"""

from __future__ import annotations

from collections.abc import Iterator

from model.notation.expr import FALSE, Expr, disj, ite, variable
from model.notation.sorts import BOOL, SEQ
from model.notation.system import TransitionSystem, Variable
from model.tcp.endpoint import ISNS, EventKind, synchronized
from properties.claim import PEERS, Claim, Kind
from properties.needs import TCBS
from properties.observe import Seen
from properties.step import Step


def each(step: Step) -> Iterator[tuple[str, str]]:
    """Yield each endpoint with the other."""
    left, right = step.roles
    yield left, right
    yield right, left


def notes_isns(system: TransitionSystem, role: str) -> bool:
    """Return whether whatever gives an endpoint an ISN notes in its variable ``isns`` that it was used."""
    begins = (a for a in system.actions if a.does(EventKind.OPENS, role) or a.does(EventKind.ANSWERS, role))
    return all(f"{role}.isns" in action.updates for action in begins)


def remembered_isns(system: TransitionSystem) -> tuple[Variable, ...]:
    """Return what remembers the ISNs of endpoints that do not note them; those of the others are there already."""
    return tuple(Variable(f"{role}_isns", ISNS, frozenset()) for role in system.views if not notes_isns(system, role))


def used_isns(step: Step, role: str) -> Expr:
    """Return the ISNs that an endpoint used before a step, and remember, where nobody notes it, the one that it uses now."""
    name = f"{role}_isns"
    if not step.remembers(name):
        return variable(f"{role}.isns", ISNS)
    used = step[name]
    if step.opens(role) or step.answers(role):
        step.set(name, used.add(step.after(step.of(role, "iss"))))
    return used


def is_in(step: Step, role: str, other: str) -> Expr:
    """Return whether ``role`` has the connection that ``other`` is in: it sent the SYN that ``other`` received."""
    opened = (step.of(role, "state") != "CLOSED") & (step.of(role, "state") != "LISTEN")
    return opened & (step.of(role, "iss") == step.of(other, "irs"))


_UNSYNCHRONIZED = ("CLOSED", "LISTEN", "SYN-SENT")


def _watch_half_open(step: Step) -> Seen:
    segment, by = step.received, step.by
    stop: list[Expr] = []
    trigger: list[Expr] = []
    for survivor, other in each(step):
        told = f"{survivor}_told"
        half_open = (step.of(survivor, "state") == "ESTABLISHED") & ~is_in(step, other, survivor)
        expected = step.of(survivor, "rcv_nxt")
        if step.ends(survivor):
            step.set(told, value=False)
        if segment is not None and by == other:
            not_in_any = disj(*(step.of(other, "state") == state for state in _UNSYNCHRONIZED))
            sent = step.of(survivor, "snd_nxt") - step.of(survivor, "iss")
            of_it = (segment.ack == expected) & (segment.seq - step.of(survivor, "iss") <= sent)
            arrives = half_open & not_in_any & segment.has_ack & ~segment.rst & of_it
            resets = disj(*(s.rst & (s.seq == segment.ack) for s in step.sent))
            stop.append(arrives & ~resets)
            step.set(told, step[told] | (arrives & resets))
        if segment is not None and by == survivor:
            reset = half_open & segment.rst & (segment.seq == expected)
            stop.append(reset & (step.after(step.of(survivor, "state")) == "ESTABLISHED"))
            trigger.append(reset & step[told])
        if by == survivor and not step.ends(survivor):
            goes_on = half_open & (step.after(step.of(survivor, "state")) == "ESTABLISHED")
            others = disj(*(s.has_ack & ~s.rst & ~s.syn & (s.ack != step.after(expected)) for s in step.sent))
            stop.append(goes_on & others)
    return Seen(stop=disj(*stop), trigger=disj(*trigger))


HALF_OPEN_IS_DROPPED = Claim(
    "half-open-is-dropped",
    Kind.SAFETY,
    brief="who is alone is told so, and gives up",
    statement=(
        "What an ESTABLISHED endpoint sends to one that has left the connection acknowledges "
        "RCV.NXT, but for its SYN again. With that it draws, from "
        "one that is CLOSED, in LISTEN, or in SYN-SENT for another connection, a RST that its sender believes; and when that "
        "RST arrives its sender drops the connection."
    ),
    formula=(
        "G (the half-open survivor sends an ACK without SYN => ACK=RCV.NXT) & G (the other is "
        "CLOSED, LISTEN or SYN-SENT & receives a "
        "segment of the half-open connection with ACK=RCV.NXT of the survivor "
        "=> it sends RST with SEQ=RCV.NXT) & G (the half-open survivor receives a RST with SEQ=RCV.NXT => it ends)"
    ),
    why=(
        "After a crash or an abort only one end remembers. As soon as that end sends anything, it must find out (RFC 9293 "
        "§3.5.1, Figures 9 and 10). A silent host tells nobody. With adjacent ISNs an old ACK acknowledges the new SYN, which "
        "RFC 9293 then drops without a reset. In SYN-RECEIVED for another connection the answer is an ACK, and what tells the "
        "survivor is the end of that."
    ),
    when_stopped="a segment of a half-open connection had another ACK or was not reset, or its end did not believe the RST",
    trigger="a segment of a half-open connection was reset, and its end received the RST",
    because="{step}; {other}",
    roles=PEERS,
    watch=_watch_half_open,
    observers=lambda roles: tuple(Variable(f"{role}_told", BOOL, False) for role in roles),
    needs=TCBS,
)


def _watch_resets(step: Step) -> Seen:
    segment, by = step.received, step.by
    if segment is None or by not in step.roles:
        return Seen()
    (other,) = (role for role in step.roles if role != by)
    alive = (step.of(by, "state") == "ESTABLISHED") & is_in(step, other, by) & is_in(step, by, other)
    threatened = alive & (segment.rst | segment.syn)
    return Seen(stop=threatened if step.ends(by) else FALSE, trigger=threatened)


RESET_IS_MEANT = Claim(
    "reset-is-meant",
    Kind.SAFETY,
    brief="no old segment ends a live connection",
    statement=(
        "A SYN or RST ends an ESTABLISHED connection only if the other end has left it, or is not in it yet: never where each "
        "has the other's ISN."
    ),
    formula=(
        "G (an endpoint in ESTABLISHED is ended by a SYN or RST => the other end is CLOSED or in LISTEN, or the IRS of one is "
        "not the ISS of the other)"
    ),
    why=(
        "RFC 793 lets any SYN or RST in the window end a connection, and with ISNs that do not only grow old ones lie there. "
        "RFC 5961 asks for a RST at RCV.NXT exactly and answers a SYN by a challenge ACK. One number is not relative: the RST "
        "of a closed host has SEQ=0 (§3.10.7.1), and is believed, even exactly, where the other's ISN was 2^32-1."
    ),
    when_stopped="an ESTABLISHED connection was ended by a SYN or RST while the other end was in it",
    trigger="a SYN or RST arrived at an ESTABLISHED connection whose other end was in it",
    because="{step}; {other}",
    roles=PEERS,
    watch=_watch_resets,
    needs=TCBS,
)


def _watch_old_syns(step: Step) -> Seen:
    segment, by = step.received, step.by
    used = {role: used_isns(step, role) for role in step.roles}
    threatened = FALSE
    for role, other in each(step):
        if by != role or segment is None:
            continue
        ended = used[other].has(segment.seq) & (step.of(other, "iss") != segment.seq)
        old = synchronized(step.of(role, "state")) & segment.syn & ended
        threatened = old & is_in(step, other, role)
        if step.ends(role):
            step.set(f"{role}_dropped", step[f"{role}_dropped"] | old)
            step.set(f"{role}_dropped_iss", ite(old, step.of(role, "iss"), step[f"{role}_dropped_iss"]))
            step.set(f"{role}_dropped_irs", ite(old, step.of(role, "irs"), step[f"{role}_dropped_irs"]))

    def behind(role: str, other: str) -> Expr:
        numbers = step.after(step.of(other, "irs") == step[f"{role}_dropped_iss"])
        numbers &= step.after(step.of(other, "iss") == step[f"{role}_dropped_irs"])
        return step.after(step[f"{role}_dropped"]) & step.after(step.of(other, "state") == "ESTABLISHED") & numbers

    return Seen(stop=disj(*(behind(role, other) for role, other in each(step))), trigger=threatened)


OLD_SYN_DROPS_NOTHING = Claim(
    "old-syn-drops-nothing",
    Kind.SAFETY,
    brief="no old SYN splits a connection",
    statement="No old SYN makes an endpoint drop a connection in which the other is, or becomes, ESTABLISHED.",
    formula="G (an endpoint drops (x, y) for the SYN of an ended attempt => the other is never ESTABLISHED with it)",
    why=(
        "In SYN-RECEIVED a passive opener returns to LISTEN on any SYN in its window (RFC 9293 §3.10.7.4, fourth), also on an "
        "old one, while the client becomes ESTABLISHED by the answer that is on its way. RFC 5961 changes nothing there. What "
        "repairs it is the second check in LISTEN (§3.10.7.2): the client's ACK or data draws a RST, and the client believes "
        "it: see half-open-is-dropped."
    ),
    when_stopped="an endpoint had dropped the connection for an old SYN, and the other was ESTABLISHED in it",
    trigger="an old SYN arrived at an endpoint whose connection the other end was in",
    because="{each}; the connection was dropped, for an old SYN, by {where.dropped}",
    roles=PEERS,
    watch=_watch_old_syns,
    observers=lambda roles: tuple(
        Variable(f"{role}_{name}", sort, initial)
        for role in roles
        for name, sort, initial in (
            ("dropped", BOOL, False),
            ("dropped_iss", SEQ, 0),
            ("dropped_irs", SEQ, 0),
        )
    ),
    besides=remembered_isns,
    needs=TCBS,
)

CLAIMS = (HALF_OPEN_IS_DROPPED, RESET_IS_MEANT, OLD_SYN_DROPS_NOTHING)
