"""Claims about whom a server serves: how often, and what they have shown it first.

Text is *given* to the user where RCV.NXT goes past it: in ESTABLISHED, with the ACK that leads there, or with a SYN. It is
known by its first number that was new.
"""

from __future__ import annotations

from model.notation.circle import between
from model.notation.expr import FALSE, Expr, conj, ite, literal, variable
from model.notation.sorts import BOOL
from model.notation.system import Variable
from model.tcp.endpoint import ISNS, EventKind
from model.tcp.segment import TOKEN, Segment
from properties.attacks import NUMBERS, SENDERS, UNDER_ATTACK, is_near
from properties.claim import ASKED, Claim, Kind
from properties.needs import ANSWERED
from properties.observe import Seen
from properties.safety import BOTH, CLIENT, PAIRS, SERVER
from properties.step import Step


def _given(step: Step, segment: Segment) -> tuple[Expr, Expr]:
    """Return the first number of text that was new to the server, and whether it is given to the user."""
    expected = step.of(SERVER, "rcv_nxt")
    first = segment.text_seq if step.answers(SERVER) else expected
    return first, segment.has_data & (step.after(expected) != first)


def _watch_requests(step: Step) -> Seen:
    """Remember which text of the client's was given to the server's user, by its first number that was new."""
    if step.opens(CLIENT):  # an ISN that is used again begins another request
        isn, _ = step.numbers(CLIENT)
        step.set("given", step["given"].remove(isn + 1))
    segment = step.received
    if segment is None or not step.accepts(SERVER):
        return Seen()
    first, given = _given(step, segment)
    given &= is_near(variable(f"{CLIENT}.isns", ISNS), first)
    again = given & step["given"].has(first)
    step.set("given", ite(given, step["given"].add(first), step["given"]))
    return Seen(stop=again, trigger=given)


def _watch_service(step: Step) -> Seen:
    segment = step.received
    if segment is None or not step.accepts(SERVER):
        return Seen()
    _, given = _given(step, segment)
    y = step.after(step.view(SERVER).iss)
    returned = segment.has_ack & between(y, segment.ack, step.after(step.of(SERVER, "snd_nxt")))
    cookie = FALSE if segment.cookie is None else segment.cookie == TOKEN
    return Seen(stop=conj(given, ~returned, ~cookie), trigger=given)


def _watch_expiry(step: Step) -> Seen:
    """Remember what the server has answered with the secret that it has, and see who is connected by another answer."""
    if step.does(EventKind.EXPIRES, SERVER):
        step.set("valid", frozenset())
    if not step.answers(SERVER):
        return Seen()
    y, x = step.numbers(SERVER)
    if not step.establishes(SERVER):
        step.set("valid", step["valid"].add(x, y))
        return Seen()
    return Seen(stop=~step["valid"].has(x, y), trigger=literal(True, BOOL))


NO_REPLAYED_REQUEST = Claim(
    "no-replayed-request",
    Kind.SAFETY,
    brief="no request is given to the user twice",
    statement="No text that the client sends once is given to the server's user twice.",
    formula="G (the client's text from number n on is given to the server's user => no earlier step did so)",
    why=(
        "A request that is carried out twice buys twice. The numbers of a connection keep text from being given twice in it; "
        "what keeps it out of the next connection is the handshake (RFC 9293 §3.4; RFC 7413 §2.1)."
    ),
    when_stopped="text of the client's was given to the server's user a second time",
    trigger="text of the client's was given to the server's user",
    because="{step}; {client}",
    roles=BOTH,
    needs=SENDERS,
    watch=_watch_requests,
    observers=(Variable("given", NUMBERS, frozenset()),),
    within=UNDER_ATTACK,
)
SERVED_HAS_RECEIVED = Claim(
    "served-has-received",
    Kind.SAFETY,
    brief="who is served has received something",
    statement=(
        "The server gives text to its user only where it comes with an acknowledgment of the server's ISN, or with the cookie "
        "for the address that it is from."
    ),
    formula="G (text is given to the server's user => y < its ACK =< SND.NXT, or it has the cookie for its address)",
    why=(
        "Who is served in the name of another address has the server work for nothing, and its answers go to somebody who "
        "never asked (RFC 7413 §2.2, §5.2)."
    ),
    when_stopped="text was given to the server's user that showed nothing that was received",
    trigger="text was given to the server's user",
    because="{step}",
    roles=BOTH,
    needs=SENDERS,
    watch=_watch_service,
    within=UNDER_ATTACK,
)
NO_EXPIRED_CONNECTION = Claim(
    "no-expired-connection",
    Kind.SAFETY,
    brief="an expired token connects nobody",
    statement=(
        "A server that keeps nothing of its answers enters ESTABLISHED with (x, y) only if it has answered x with y since it "
        "changed its secret last."
    ),
    formula="G (server enters ESTABLISHED with (x, y), of a token => no change of its secret since it answered x with y)",
    why="Who has kept an ACK could else use it at any time: the secret limits for how long (RFC 4987 §3.6).",
    when_stopped="the server entered ESTABLISHED by a token of a secret that it had changed",
    trigger="the server entered ESTABLISHED by a token",
    because="{server}, {client}",
    roles=BOTH,
    needs=ANSWERED,
    watch=_watch_expiry,
    observers=(Variable("valid", PAIRS, frozenset()),),
    within=ASKED,
)
CLAIMS = (NO_REPLAYED_REQUEST, SERVED_HAS_RECEIVED, NO_EXPIRED_CONNECTION)
