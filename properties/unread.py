"""What closing loses where a user closes with data unread.

RFC 9293 §3.6.1 lets a host close so that its user cannot read any more (MAY-1, "half-duplex"). One that has data unread then
sends a RST and no FIN (SHLD-3; RFC 2525, 2.17, finds fault with a host that does not). The RST tells the other that what *it*
said was lost. It also discards what was said to it and is still on the way. So nobody asserts this claim: it is there to be
asked with and without ``--half-duplex``.
"""

from __future__ import annotations

from model.notation.expr import Expr, Row, conj
from model.notation.system import Variable
from model.tcp.composition import LIFECYCLE
from properties.claim import PEERS, Claim, Kind
from properties.closing import CONNECTIONS, connection_of, other_than, remember_text, remembered, side_of
from properties.needs import CONNECTION
from properties.observe import Seen
from properties.step import Step

_CLOSED = tuple(Variable(f"{side}_closed", CONNECTIONS, frozenset()) for side in ("left", "right"))


def _watch(step: Step) -> Seen:
    role, seen = step.by, Seen()
    if role not in step.roles:
        return seen
    if step.received is not None and step.ends(role):
        view, name = step.view(role), side_of(step, other_than(step, role))
        expected, iss, irs = step.of(role, "rcv_nxt"), view.iss, view.irs

        def beyond(row: Row) -> Expr:
            return conj(row.own == irs, row.other == iss, row.number.is_after(expected))

        met = conj(step.received.rst, step[f"{name}_closed"].has(irs, iss))
        seen = Seen(met & step[f"{name}_sent"].exists(beyond), met)
    if step.received is None:
        own, section = side_of(step, role), step.action.section
        pair, closed = connection_of(step, role), step[f"{own}_closed"]
        if section == "§3.10.4":  # CLOSE
            step.set(f"{own}_closed", closed.add(*pair))
        elif step.ends(role):  # ABORT and time-outs
            step.set(f"{own}_closed", closed.remove(*pair))
    remember_text(step)
    return seen


CLOSING_LOSES_NOTHING = Claim(
    "closing-loses-nothing",
    Kind.SAFETY,
    brief="who closes is heard to the end",
    statement=(
        "Where a user has closed, and not aborted, no RST ends the other's connection before all the text that was sent to it "
        "is taken."
    ),
    formula="G (one closed & neither aborted nor gave up & a RST ends the other's connection => RCV.NXT is past all its text)",
    why=(
        "CLOSE promises that what was sent is delivered (RFC 9293 §3.10.4). A host that answers unread data by a RST breaks it "
        "in the other direction (RFC 2525, 2.17)."
    ),
    when_stopped="a RST ended a connection, and text that its other end had sent before it closed was lost",
    trigger="a RST ended a connection whose other end had closed",
    because="{step}; {each}",
    watch=_watch,
    observers=(*remembered("sent"), *_CLOSED),
    roles=PEERS,
    asserted=False,
    within=(LIFECYCLE.name,),
    needs=CONNECTION,
)

CLAIMS = (CLOSING_LOSES_NOTHING,)
