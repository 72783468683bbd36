"""The hazards of RFC 1337, each by itself: what old segments do to the next connection of the same two, where TIME-WAIT ended.

They are about a connection that both have, with the same two ISNs, after connections that were all closed in order, as far as
anybody there can see: a TIME-WAIT that a RST has ended is over (RFC 9293 §3.10.7.4 lets it), which RFC 1337 calls its
assassination. That an old SYN and what followed it pass for a connection at one end alone is for other claims.

RFC 9293 does not rule them out, so that nobody asserts them. They are here to be asked under each ``time_wait``, ``new_syn``
and ``rfc1337``.
"""

from __future__ import annotations

from functools import partial

from model.notation.circle import between
from model.notation.expr import Expr, conj
from model.tcp.composition import BESIEGED, LIFECYCLE
from properties.claim import PEERS, Claim, Kind
from properties.closing import (
    ORDERLY,
    arrival_in,
    foreign_fin,
    open_for_both,
    other_than,
    remember_disorder,
    remember_fins,
    remember_text,
    was_sent,
)
from properties.needs import CONNECTION
from properties.observe import Seen
from properties.step import Step


def _of_both(step: Step, role: str) -> Expr:
    """Return whether both have the connection of an endpoint."""
    view, peer = step.view(role), step.view(other_than(step, role))
    return conj(view.exists, peer.exists, peer.irs == view.iss, peer.iss == view.irs)


def _watch_data(step: Step) -> Seen:
    remember_disorder(step)
    arrival, seen = arrival_in(step), Seen()
    if arrival is not None:
        met = conj(~step["disorder"], _of_both(step, arrival.role), arrival.text | arrival.fin)
        seen = Seen(met & ((arrival.text & ~was_sent(step, arrival)) | foreign_fin(step, arrival)), met)
    remember_text(step)
    remember_fins(step)
    return seen


def _watch_acks(step: Step) -> Seen:
    remember_disorder(step)
    role, segment = step.by, step.received
    if segment is None or role not in step.roles or not step.accepts(role) or step.answers(role):
        return Seen()
    una, nxt = step.of(role, "snd_una"), step.of(role, "snd_nxt")
    met = conj(~step["disorder"], _of_both(step, role), segment.has_ack, between(una, segment.ack, nxt))
    return Seen(met & segment.ack.is_after(step.of(other_than(step, role), "rcv_nxt")), met)


def _watch_resets(step: Step) -> Seen:
    remember_disorder(step)
    role, segment = step.by, step.received
    if segment is None or role not in step.roles:
        return Seen()
    met = conj(~step["disorder"], segment.rst, open_for_both(step, role))
    return Seen(met, met) if step.ends(role) else Seen(trigger=met)


_hazard = partial(
    Claim,
    kind=Kind.SAFETY,
    roles=PEERS,
    asserted=False,
    within=(LIFECYCLE.name,),
    needs=CONNECTION,
)

OLD_DATA_IS_NOT_TAKEN = _hazard(
    "old-data-is-not-taken",
    brief="RFC 1337, H1: old data is taken for new",
    statement=(
        "As long as every connection was closed in order, nobody takes text or a FIN that was not sent in the connection that "
        "both have."
    ),
    formula="G (all before were closed in order & both have (x, y) & text or a FIN is taken => it was sent in (x, y))",
    why="RFC 1337, H1: an old duplicate with text, or a FIN, in the window of the new connection passes for its own.",
    when_stopped="something of an old connection was taken into the new one, which both have",
    trigger="text or a FIN was taken into a connection that both had, all before it having been closed in order",
    because="{step}; {each}",
    watch=_watch_data,
    observers=ORDERLY,
)

OLD_ACKS_CONFIRM_NOTHING = _hazard(
    "old-acks-confirm-nothing",
    brief="RFC 1337, H2: an old ACK confirms what was never received",
    statement=(
        "As long as every connection was closed in order, an ACK that is taken into a connection that both have is of what the "
        "other has received."
    ),
    formula="G (all before were closed in order & both have (x, y) & ACK(n) is taken => n <= the other's RCV.NXT)",
    why=(
        "RFC 1337, H2: who takes the ACK does not send again what the other waits for, and their ideas of the connection never "
        "meet."
    ),
    when_stopped="an ACK was taken for what the other had not received",
    trigger="an ACK was taken into a connection that both had, all before it having been closed in order",
    because="{step}; {each}",
    watch=_watch_acks,
    observers=ORDERLY[-1:],
)

OLD_SEGMENTS_END_NOTHING = _hazard(
    "old-segments-end-nothing",
    brief="RFC 1337, H3: what an old segment draws ends the connection",
    statement=(
        "As long as every connection was closed in order, no RST ends a connection that both have open, and in which neither "
        "has closed."
    ),
    formula="G (all before were closed in order & both have (x, y) open => no RST ends it)",
    why=(
        "RFC 1337, H3: an old segment that arrives in SYN-SENT draws a RST, and the RST arrives when the connection is open. "
        "(Who aborts is gone when the RST arrives: such a connection is not one that both have.)"
    ),
    when_stopped="a RST ended a connection that both had",
    trigger="a RST met a connection that both had open, all before it having been closed in order",
    because="{step}; {each}",
    watch=_watch_resets,
    observers=ORDERLY[-1:],
)


def _watch_assassins(step: Step) -> Seen:
    remember_disorder(step)
    role, segment = step.by, step.received
    if segment is None or role not in step.roles:
        return Seen()
    met = conj(~step["disorder"], segment.rst, step.of(role, "state") == "TIME-WAIT")
    return Seen(met, met) if step.ends(role) else Seen(trigger=met)


TIME_WAIT_IS_NOT_RESET = Claim(
    "time-wait-is-not-reset",
    Kind.SAFETY,
    brief="RFC 1337: no RST ends TIME-WAIT",
    statement="As long as every connection was closed in order, no RST ends TIME-WAIT.",
    formula="G (all before were closed in order & a RST arrives in TIME-WAIT => TIME-WAIT goes on)",
    why=(
        "RFC 1337 calls it TIME-WAIT assassination. An old segment draws an ACK, and the ACK a RST from the other end, which "
        "is closed. What somebody makes up draws it as well, whatever its numbers."
    ),
    when_stopped="a RST ended TIME-WAIT, all connections before having been closed in order",
    trigger="a RST arrived in TIME-WAIT, all connections before having been closed in order",
    because="{step}; {other}",
    watch=_watch_assassins,
    observers=ORDERLY[-1:],
    roles=PEERS,
    asserted=False,
    within=tuple(composition.name for composition in BESIEGED[LIFECYCLE.name].values()),
    needs=CONNECTION,
)

CLAIMS = (OLD_DATA_IS_NOT_TAKEN, OLD_ACKS_CONFIRM_NOTHING, OLD_SEGMENTS_END_NOTHING, TIME_WAIT_IS_NOT_RESET)
