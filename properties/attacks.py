"""Claims about what an attacker can do to a client and a server (:mod:`model.tcp.attackers`).

What the other end has sent, at any time, is *genuine*: a RST with that SEQ, text with that SEQ. It is that as well where an
attacker sends it again, or had it sent. All else is *forged*. What a genuine segment does too late is what the textbook's
claims are about, which are asked of attackers as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from model.notation.expr import FALSE, Expr, conj, disj, ite, literal, variable
from model.notation.sorts import BOOL, SEQ, Relation
from model.notation.system import Action, Variable
from model.tcp.attackers import ATTACKERS, FLOODS
from model.tcp.composition import BESIEGED, LIFECYCLE, SIMULTANEOUS
from model.tcp.endpoint import ISNS, SPENDS
from model.tcp.scope import LARGEST
from model.tcp.segment import Segment
from properties.claim import PEERS, Claim, Kind
from properties.needs import ANSWERED
from properties.observe import Seen
from properties.safety import BOTH, CLIENT, PAIRS, SERVER
from properties.step import Step

NUMBERS = Relation((("number", SEQ),))
FARTHEST, FARTHEST_OF_ALL = 2 + LARGEST, 3 + LARGEST * LARGEST
"""How far from its ISN what an endpoint sends can be of its connection: ISS, its text, and the number after it.

Where connections are closed text may go more than once, and a FIN.
"""
SENDERS = replace(ANSWERED, variables=(("isns", ISNS),))
"""What can be seen of any connection of TCP's, and which ISNs each endpoint has chosen."""
UNDER_ATTACK = tuple(ATTACKERS)
"""The compositions that have an attacker."""
LIFE_UNDER_ATTACK, PEERS_UNDER_ATTACK = (
    tuple(composition.name for composition in BESIEGED[one.name].values()) for one in (LIFECYCLE, SIMULTANEOUS)
)
"""And those where connections are closed as well, and where two open at once."""
AND_FLOODED = (*UNDER_ATTACK, *FLOODS)
"""And those that have a flood."""


def _remembers_genuine(roles: tuple[str, ...]) -> tuple[Variable, ...]:
    """Return what remembers the SEQ of what each endpoint has sent in its connection."""
    return tuple(Variable(f"{role}_sent", NUMBERS, frozenset()) for role in roles)


def _is_forged(step: Step, concerns: Callable[[Segment], Expr]) -> Expr:
    """Remember what an endpoint sends, as far as it concerns a claim, and return whether the segment received is forged.

    What is remembered is as small as it can be: numbers of a connection that the endpoint can be in, and no others.
    """
    segment, by = step.received, step.by
    if by not in step.roles:
        return FALSE
    own, kept = step.after(variable(f"{by}.isns", ISNS)), step[f"{by}_sent"]  # text may come with the SYN of a new one
    closes = "TIME-WAIT" in step.of(by, "state").sort.values()
    for sent in step.sent:
        near = is_near(own, sent.seq, FARTHEST_OF_ALL if closes else FARTHEST)
        kept = ite(concerns(sent) & near, kept.add(sent.seq), kept)
    step.set(f"{by}_sent", kept)
    return FALSE if segment is None else ~step[f"{_other(step, by)}_sent"].has(segment.seq)


def is_near(isns: Expr, number: Expr, farthest: int = FARTHEST) -> Expr:
    """Return whether a number is one of a connection with one of these ISNs."""
    return isns.exists(lambda used: number.in_window(used.isn, farthest))


def _other(step: Step, role: str) -> str:
    return next(other for other in step.roles if other != role)


def _is_between(step: Step, role: str) -> Expr:
    """Return whether an endpoint and the other have the same pair of ISNs before a step."""
    own, other = step.view(role), step.view(_other(step, role))
    return conj(other.exists, other.iss == own.irs)


def _watch_resets(step: Step) -> Seen:
    forged, segment, by = _is_forged(step, lambda sent: sent.rst), step.received, step.by
    if segment is None or by not in step.roles:
        return Seen()
    meets = conj(segment.rst, forged, step.view(by).established, _is_between(step, by))
    return Seen(stop=meets if step.ends(by) else FALSE, trigger=meets)


def _watch_data(step: Step) -> Seen:
    forged, segment, by = _is_forged(step, lambda sent: sent.has_data), step.received, step.by
    if segment is None or by not in step.roles:
        return Seen()
    begins = segment.syn if step.answers(by) else FALSE  # nobody has to be there for text that comes with a SYN
    comes = conj(segment.has_data, forged, _is_between(step, by) | begins)
    taken = step.after(step.of(by, "rcv_nxt")) == segment.text_seq + segment.data  # one that only hears an ACK moves nothing
    return Seen(stop=comes & taken if step.accepts(by) else FALSE, trigger=comes)


def _watch_connections(step: Step) -> Seen:
    """Remember who answered what, and which pairs the client has had, and see who comes to a pair that the other has not."""
    if step.answers(SERVER):
        y, x = step.numbers(SERVER)
        step.set("answered", step["answered"].add(x, y))
    if step.establishes(CLIENT):
        x, y = step.numbers(CLIENT)
        known = step["answered"].has(x, y)
        step.set("had", step["had"].add(x, y))
        return Seen(stop=~known, trigger=literal(True, BOOL))
    if step.establishes(SERVER):
        y, x = step.numbers(SERVER)
        client = step.view(CLIENT)
        waits = conj(client.exists, client.iss == x, ~client.established)
        return Seen(stop=conj(~step["had"].has(x, y), ~waits), trigger=literal(True, BOOL))
    return Seen()


def _watch_routability(step: Step) -> Seen:
    if not step.answers(SERVER):
        return Seen()
    view, segment = step.view(SERVER), step.received
    kept = step.after(view.part(SPENDS, view.exists & (view.state != "LISTEN")))
    shown = FALSE if segment is None else segment.has_ack & (segment.ack == step.after(view.iss) + 1)
    return Seen(stop=kept & ~shown, trigger=literal(True, BOOL))


def _watch_lost_acks(step: Step) -> Seen:
    if step.answers(SERVER):
        y, x = step.numbers(SERVER)
        step.set("waiting", step["waiting"].add(x, y))
    elif step.ends(SERVER):
        step.set("waiting", frozenset())
    if not step.establishes(CLIENT):
        return Seen()
    x, y = step.numbers(CLIENT)
    server = step.view(SERVER)
    there = step.after(conj(server.exists, server.iss == y, server.irs == x))
    connected = there & step.after(server.established)
    asks = disj(*(step.after(action.guard) & _asks(step, action.sends, y) for action in step.system.actions if _alone(action)))
    waits = step["waiting"].has(x, y)
    return Seen(stop=conj(waits, ~connected, ~asks), trigger=waits)


def _alone(action: Action) -> bool:
    """Return whether the server takes an action by itself, and without a choice."""
    return action.by == SERVER and not action.receives and not action.parameters


def _asks(step: Step, sends: tuple[tuple[Expr, ...], ...], number: Expr) -> Expr:
    """Return whether a SYN with that number is among what is sent."""
    segments = (Segment(*map(step.after, cells)) for cells in sends)
    return disj(*(segment.syn & (segment.seq == number) for segment in segments))


NO_FORGED_CONNECTION = Claim(
    "no-forged-connection",
    Kind.SAFETY,
    brief="nobody is connected but to the other",
    statement=(
        "The client enters ESTABLISHED with (x, y) only if the server has answered x with y, and the server only if the client "
        "has entered ESTABLISHED with the same pair, or is in its attempt x and waits."
    ),
    formula=(
        "G (client enters ESTABLISHED with (x, y) => O (server answers x with y)) & G (server enters ESTABLISHED with (x, y) "
        "=> O (client enters ESTABLISHED with (x, y)) | client waits in attempt x)"
    ),
    why="Who is connected to an attacker takes what that says for the word of another host (RFC 9293 §3.4.1; RFC 6528).",
    when_stopped="an endpoint entered ESTABLISHED with a pair of ISNs that the other neither had nor waited for",
    trigger="an endpoint entered ESTABLISHED",
    because="{server}, {client}",
    roles=BOTH,
    needs=ANSWERED,
    watch=_watch_connections,
    observers=(Variable("answered", PAIRS, frozenset()), Variable("had", PAIRS, frozenset())),
    within=(*UNDER_ATTACK, *LIFE_UNDER_ATTACK),
)
NO_FORGED_RESET = Claim(
    "no-forged-reset",
    Kind.SAFETY,
    brief="no forged RST ends a connection",
    statement="A RST does not end a connection in which the other end is, unless that has sent a RST with its SEQ.",
    formula="G (a RST ends an ESTABLISHED connection that the other is in => O (the other sends a RST with its SEQ))",
    why="Who can end the connections of others can keep them apart (RFC 5961 §1; CERT VU#415294).",
    when_stopped="a RST that the other end had not sent ended an ESTABLISHED connection",
    trigger="a forged RST met an ESTABLISHED connection",
    because="{step}; {other}",
    roles=PEERS,
    needs=SENDERS,
    watch=_watch_resets,
    observers=_remembers_genuine,
    within=(*UNDER_ATTACK, *LIFE_UNDER_ATTACK, *PEERS_UNDER_ATTACK),
)
NO_FORGED_DATA = Claim(
    "no-forged-data",
    Kind.SAFETY,
    brief="no forged text is taken",
    statement=(
        "An endpoint takes text with a SYN, or into a connection in which the other end is, only where that has sent text with "
        "its SEQ."
    ),
    formula="G (text is taken with a SYN, or into a connection that the other is in => O (the other sends text with its SEQ))",
    why="What is taken for the other's word is what blind data injection is about (RFC 5961 §5).",
    when_stopped="an endpoint took text that the other end had not sent",
    trigger="forged text arrived",
    because="{step}; {other}",
    roles=PEERS,
    needs=SENDERS,
    watch=_watch_data,
    observers=_remembers_genuine,
    within=(*UNDER_ATTACK, *LIFE_UNDER_ATTACK, *PEERS_UNDER_ATTACK),
)
RETURN_ROUTABILITY = Claim(
    "return-routability",
    Kind.SAFETY,
    brief="a TCB is made for who has received something",
    statement="The server makes a TCB only for a segment that brings back the ISN with which it has answered.",
    formula="G (server makes a TCB with ISN y => the segment that it makes it for has ACK = y+1)",
    why=(
        "An address that anybody may write into a segment costs nothing; that something was received there is shown by what "
        "comes back (RFC 4987 §3.6). A TCB for less is what a SYN flood takes."
    ),
    when_stopped="the server made a TCB for an address that had shown nothing",
    trigger="the server made a TCB",
    because="{step}",
    roles=BOTH,
    asserted=False,
    needs=ANSWERED,
    watch=_watch_routability,
    within=AND_FLOODED,
)
LOST_ACK_IS_ASKED_FOR = Claim(
    "lost-ack-is-asked-for",
    Kind.SAFETY,
    brief="who waits for the last ACK asks for it",
    statement=(
        "When the client enters ESTABLISHED with the answer of a server that has not given up, the server is connected as "
        "well, or it can send its SYN again by itself."
    ),
    formula=(
        "G (client enters ESTABLISHED with (x, y) & the server has answered x with y and not given up => server ESTABLISHED in "
        "(x, y) | a step of the server alone that sends SYN(y) is possible)"
    ),
    why=(
        "If the last ACK is lost a client that waits for the other to speak first waits in vain, unless the server asks again "
        "(RFC 9293 §3.10.8; RFC 4987 §3.6)."
    ),
    when_stopped="a client was connected, and its server neither was nor could ask again for what it waits for",
    trigger="the client entered ESTABLISHED with the answer of a server that had not given up",
    because="{client}, {server}",
    roles=BOTH,
    asserted=False,
    needs=ANSWERED,
    watch=_watch_lost_acks,
    observers=(Variable("waiting", PAIRS, frozenset()),),
    within=AND_FLOODED,
)

CLAIMS = (NO_FORGED_CONNECTION, NO_FORGED_RESET, NO_FORGED_DATA, RETURN_ROUTABILITY, LOST_ACK_IS_ASKED_FOR)
