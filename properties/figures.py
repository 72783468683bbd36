"""That what each figure of RFC 9293 §3.5 ends in can happen: claims that are met, with the figure as their witness.

Only the end is asked for, and the search finds the way there. ``synproof scenario fig6`` and the like replay the figures as the
RFC has them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from model.notation.circle import between
from model.notation.expr import FALSE, TRUE, Expr, conj, disj, literal
from model.notation.sorts import BOOL
from model.notation.system import Variable
from model.tcp.endpoint import EventKind
from model.tcp.segment import Segment
from properties.claim import Claim, Kind
from properties.needs import TCBS
from properties.observe import Seen
from properties.safety import (
    BOTH,
    CLIENT,
    SERVER,
    both_established,
    meets,
    paired,
    paired_before,
    remembered_staleness,
    watch_staleness,
)
from properties.step import Step

_AB = ("A", "B")


def _opened(step: Step) -> Expr:
    return TRUE if any(step.opens(role) for role in step.roles) else FALSE


def _connected(step: Step) -> Expr:
    return both_established(step) & paired(step)


def _watch_figure_6(step: Step) -> Seen:
    received = step.after(step.of(SERVER, "rcv_nxt") - step.of(SERVER, "irs")) > 1
    return Seen(stop=_connected(step) & received, trigger=_opened(step))


def _watch_figure_7(step: Step) -> Seen:
    for role in step.roles:
        met = f"{role}_met"
        if step.ends(role):
            step.set(met, value=False)
        else:
            step.set(met, step[met] | meets(step, role))
    met_both = conj(*(step.after(step[f"{role}_met"]) for role in step.roles))
    return Seen(stop=_connected(step) & met_both, trigger=_opened(step))


def _sends_reset(step: Step, role: str) -> bool:
    return step.by == role and any(s.rst is not FALSE for s in step.sent)


def _resets(step: Step, other: str) -> Expr:
    """Return whether a RST at RCV.NXT of ``other`` is sent, which is the one that it believes."""
    return disj(*(conj(sent.rst, sent.seq == step.of(other, "rcv_nxt")) for sent in step.sent))


def _is_the_answer(step: Step, role: str, segment: Segment) -> Expr:
    """Return whether a segment is the answer with which the present connection of ``role`` began, and no earlier one."""
    return conj(segment.has_ack, segment.ack == step.of(role, "irs") + 1, segment.seq == step.of(role, "iss"))


def _watch_figure_8(step: Step) -> Seen:
    was_stale = step["stale"]
    watch_staleness(step)
    segment = step.received
    if step.ends(CLIENT):  # it is about the attempt that waits while the server is reset
        step.set("told", value=False)
        step.set("recovered", value=False)
    elif step.ends(SERVER):
        by_reset = FALSE if segment is None or step.by != SERVER else segment.rst
        step.set("told", value=False)
        step.set("recovered", step["recovered"] | (step["told"] & by_reset))
    elif segment is not None and _sends_reset(step, CLIENT):
        answer = _is_the_answer(step, SERVER, segment)
        waits = step.of(CLIENT, "state") == "SYN-SENT"
        step.set("told", step["told"] | conj(was_stale, waits, answer, _resets(step, SERVER)))
    return Seen(stop=_connected(step) & step.after(step["recovered"]), trigger=_opened(step))


def _crashes(step: Step) -> bool:
    return step.does(EventKind.CRASHES, CLIENT)


def _watch_crash(step: Step) -> Expr:
    """Remember whether the client crashed in a connection, and return whether a RST makes the survivor drop it."""
    together = conj(*(step.view(role).established for role in BOTH), paired_before(step))
    if _crashes(step):
        step.set("crashed", together)
    elif step.ends(SERVER):
        step.set("crashed", value=False)
    segment = step.received
    if segment is None or step.by != SERVER or not step.ends(SERVER):
        return FALSE
    return step["crashed"] & step.view(SERVER).established & segment.rst


def _watch_figure_9(step: Step) -> Seen:
    dropped = _watch_crash(step)
    segment = step.received
    if step.ends(CLIENT) or step.ends(SERVER):
        step.set("met_syn", value=False)
        step.set("told", value=False)
    elif segment is not None and step.by == SERVER:
        acknowledges = disj(*(sent.ctl == "ACK" for sent in step.sent))
        met = conj(step["crashed"], segment.syn, segment.seq == step.view(CLIENT).iss, acknowledges)
        step.set("met_syn", step["met_syn"] | met)
    elif segment is not None and _sends_reset(step, CLIENT):
        of_it = (segment.seq == step.of(SERVER, "snd_nxt")) & (segment.ack == step.of(SERVER, "rcv_nxt"))
        step.set("told", step["told"] | conj(step["met_syn"], segment.ctl == "ACK", of_it, _resets(step, SERVER)))
    goal = dropped & step["told"] & (step.of(CLIENT, "state") == "SYN-SENT")
    return Seen(stop=goal, trigger=literal(_crashes(step), BOOL))


def _watch_figure_10(step: Step) -> Seen:
    dropped = _watch_crash(step)
    segment = step.received
    if step.opens(CLIENT) or step.ends(SERVER):
        step.set("told", value=False)
    elif segment is not None and _sends_reset(step, CLIENT):
        of_it = between(step.of(SERVER, "iss"), segment.seq, step.of(SERVER, "snd_nxt"))
        step.set("told", step["told"] | conj(step["crashed"], segment.has_data, of_it, _resets(step, SERVER)))
    goal = dropped & step["told"] & (step.of(CLIENT, "state") == "CLOSED")
    return Seen(stop=goal, trigger=literal(_crashes(step), BOOL))


def _watch_figure_11(step: Step) -> Seen:
    by, segment = step.by, step.received
    goal = FALSE
    for role, other in (step.roles, step.roles[::-1]):
        old, told = f"{role}_old", f"{role}_told"
        other_listens = step.of(other, "state") == "LISTEN"
        if step.answers(role):
            step.set(old, other_listens)  # who listens sends no SYN: the one that sent this has ended
        elif step.ends(role):
            reset = FALSE if segment is None or by != role else segment.rst
            listens_again = step.after(step.of(role, "state")) == "LISTEN"
            goal |= conj(step[old], step[told], reset, listens_again, other_listens)
        if step.ends(role):
            step.set(old, value=False)
            step.set(told, value=False)
        elif segment is not None and _sends_reset(step, other):
            answer = _is_the_answer(step, role, segment)
            step.set(told, step[told] | conj(step[old], other_listens, answer, _resets(step, role)))
    return Seen(stop=goal, trigger=literal(any(map(step.answers, step.roles)), BOOL))


def _figure(number: int, watch: Callable[[Step], Seen], goal: str, **parts: Any) -> Claim:  # noqa: ANN401  # those of a claim
    return Claim(
        f"figure-{number}",
        Kind.REACHABILITY,
        formula=f"EF ({goal})",
        why=f"RFC 9293 §3.5 shows it in Figure {number}: a model that cannot do it is not of RFC 9293.",
        when_stopped=f"it had come to the end of Figure {number}",
        because="{each}",
        watch=watch,
        needs=TCBS,
        **parts,
    )


CLAIMS = (
    _figure(
        6,
        _watch_figure_6,
        "both ESTABLISHED, paired, and the server has received data",
        brief="basic handshake, and data",
        statement="Client and server can be ESTABLISHED in agreement, and the server have received data.",
        trigger="the client opened",
        roles=BOTH,
        within=("",),
    ),
    _figure(
        7,
        _watch_figure_7,
        "both ESTABLISHED and paired, and each met the other's SYN in SYN-SENT",
        brief="simultaneous open",
        statement="Two that open at once, each meeting the other's SYN in SYN-SENT, can be ESTABLISHED in agreement.",
        trigger="an endpoint opened actively",
        roles=_AB,
        within=("simultaneous",),
        observers=tuple(Variable(f"{role}_met", BOOL, False) for role in _AB),
    ),
    _figure(
        8,
        _watch_figure_8,
        "both ESTABLISHED and paired, after a RST from SYN-SENT for the server's answer to a stale SYN ended that",
        brief="recovery from an old duplicate SYN",
        statement=("A server reset for its answer to a stale SYN can afterwards be ESTABLISHED in agreement with the client."),
        trigger="the client opened",
        roles=BOTH,
        observers=(*remembered_staleness(BOTH), *(Variable(name, BOOL, False) for name in ("told", "recovered"))),
    ),
    _figure(
        9,
        _watch_figure_9,
        "a RST for the survivor's ACK of the client's new SYN ends its connection, and the client is in SYN-SENT",
        brief="a half-open connection is discovered",
        statement="A survivor of the client's crash can be reset for its ACK of the SYN with which the client opens again.",
        trigger="the client crashed",
        roles=BOTH,
        within=("crash",),
        observers=tuple(Variable(name, BOOL, False) for name in ("crashed", "met_syn", "told")),
    ),
    _figure(
        10,
        _watch_figure_10,
        "a RST for its data ends the connection in which the client crashed, and the client is CLOSED",
        brief="the survivor's data discovers it",
        statement="A survivor of the client's crash can be reset because it sends data, while the client is CLOSED.",
        trigger="the client crashed",
        roles=BOTH,
        within=("crash",),
        observers=tuple(Variable(name, BOOL, False) for name in ("crashed", "told")),
    ),
    _figure(
        11,
        _watch_figure_11,
        "a RST from LISTEN, for the answer to an old SYN, returns the other to LISTEN",
        brief="two listeners, an old SYN, a reset",
        statement="A listener that answered an old SYN can be reset by another listener, and listen again.",
        trigger="a listener answered a SYN",
        roles=_AB,
        within=("listeners",),
        observers=tuple(Variable(f"{role}_{name}", BOOL, False) for role in _AB for name in ("old", "told")),
    ),
)
