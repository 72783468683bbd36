"""Claims about a server that is flooded with SYNs (:mod:`model.tcp.handshakes.flooding`): what that takes, and who gets in.

A *place* is one of the server's table: what is half-open or ESTABLISHED takes one. *The flood* has all addresses but the
client's.
"""

from __future__ import annotations

from dataclasses import replace

from model.notation.expr import FALSE, TRUE, Expr, disj
from model.notation.sorts import BOOL
from model.notation.system import Variable
from model.tcp.attackers import ATTACKER, FLOODS
from model.tcp.endpoint import SPENT
from model.tcp.handshakes.flooding import HALF_OPEN
from properties.claim import Claim, Kind, LeadsTo
from properties.fairness import Fairness, Per, Strength, delivery
from properties.liveness import RETRANSMISSION
from properties.needs import ANSWERED
from properties.observe import Seen
from properties.safety import BOTH, CLIENT, SERVER, both_established, paired
from properties.step import Step

FLOODED = tuple(FLOODS)
"""The compositions that have a flood."""
GIVES_UP, ANSWERS = f"{SERVER}_gives_up_on_another", f"{ATTACKER}_answers"

OTHERS_TIME_OUT = Fairness(
    "others-time-out",
    "a server that has half-open connections of addresses which do not answer gives one up in the end (RFC 9293 §3.8.3)",
    actions=(GIVES_UP,),
)
OTHERS_ANSWER = Fairness("others-answer", "an address of the flood that answers does so in the end", actions=(ANSWERS,))
SENT_IN_TIME = Fairness(
    "sent-in-time",
    "a SYN that is sent again and again is sent at times when there is room",
    Strength.STRONG,
    Per.ACTION,
    (f"{CLIENT}_retransmits_syn",),
    seen=(SERVER, "room"),
)
TAKEN_IN_TIME = Fairness(
    "taken-in-time",
    "a SYN that arrives again and again when there is room is taken in the end",
    Strength.STRONG,
    Per.ACTION,
    (f"{SERVER}_receives_syn",),
)


def _seen(step: Step, part: str) -> Expr:
    """Return what can be seen of the server's table before a step."""
    return step.view(SERVER).part(part, FALSE)


def _watch_places(step: Step) -> Seen:
    return Seen(stop=step.after(_seen(step, "overfull")), trigger=step.after(~_seen(step, "room")))


def _watch_connection(step: Step) -> Seen:
    connected = step.view(SERVER).established if step.by == ATTACKER else FALSE
    return Seen(stop=connected if step.ends(SERVER) else FALSE, trigger=connected)


def _watch_half_open(step: Step) -> Seen:
    waits = step.view(SERVER).state == HALF_OPEN
    pushed = waits if step.by == ATTACKER and step.ends(SERVER) else FALSE
    return Seen(stop=pushed, trigger=step.after(waits & ~_seen(step, "room")))


BACKLOG_IS_BOUNDED = Claim(
    "backlog-is-bounded",
    Kind.SAFETY,
    brief="no more places are taken than there are",
    statement="The half-open and the ESTABLISHED connections of the server are never more than its table has places.",
    formula="G (#{a : server has a connection with a, half-open or ESTABLISHED} <= #places)",
    why="A table is there so that a flood takes no more than that of a server's memory (RFC 4987 §2).",
    when_stopped="the server had more connections than places",
    trigger="the table was full",
    because="{server}",
    roles=BOTH,
    needs=ANSWERED,
    watch=_watch_places,
    within=FLOODED,
)


def _watch_cost(part: str) -> Claim:
    """Return the claim that nothing of that part is seen, of which only the words are missing."""

    def watch(step: Step) -> Seen:
        found = step.after(_seen(step, part))
        return Seen(stop=found if step.by == ATTACKER else FALSE, trigger=TRUE if step.by == ATTACKER else FALSE)

    return replace(BACKLOG_IS_BOUNDED, watch=watch, asserted=False)


FLOOD_ENDS_NO_CONNECTION = replace(
    BACKLOG_IS_BOUNDED,
    name="flood-ends-no-connection",
    brief="a flood ends no ESTABLISHED connection",
    statement="A SYN of the flood does not end the client's ESTABLISHED connection, however full the table is.",
    formula="G (server ESTABLISHED with the client & a SYN of the flood arrives => server still ESTABLISHED)",
    why="What makes room for a SYN that may be anybody's must not cost who has shown that it is there.",
    when_stopped="a SYN of the flood ended an ESTABLISHED connection",
    trigger="the flood did something while the client was connected",
    because="{server}",
    watch=_watch_connection,
)
CLIENT_KEEPS_ITS_PLACE = replace(
    BACKLOG_IS_BOUNDED,
    name="client-keeps-its-place",
    brief="a flood drops no half-open connection of the client",
    statement="A SYN of the flood does not take the place of the client's half-open connection.",
    formula="G (server half-open with the client & a SYN of the flood arrives => server still half-open)",
    why=(
        "A client whose half-open connection is dropped is told by a RST when its ACK comes, though it did nothing wrong "
        "(RFC 4987 §3.4)."
    ),
    when_stopped="the client's half-open connection was dropped for a SYN of the flood",
    trigger="the table was full, and the client's half-open connection in it",
    because="{server}",
    asserted=False,
    watch=_watch_half_open,
)
FLOOD_TAKES_NO_PLACE = replace(
    _watch_cost("flooded"),
    name="flood-takes-no-place",
    brief="a flood costs the server no place",
    statement="Nothing that the flood sends leaves anything in the server's table.",
    formula="G (no connection of the flood, half-open or ESTABLISHED, is in the server's table)",
    why="What costs nobody anything to send should cost the server nothing to have received (RFC 4987 §3.6).",
    when_stopped="the flood had a place in the server's table",
    trigger="the flood did something",
    because="{server}",
)
FLOOD_IS_NOT_CONNECTED = replace(
    _watch_cost("wasted"),
    name="flood-is-not-connected",
    brief="no address of a flood is ESTABLISHED",
    statement="The server is never ESTABLISHED with an address of the flood.",
    formula="G (server not ESTABLISHED with any address of the flood)",
    why="An ESTABLISHED connection has no timer: one with an address where nobody is lasts for ever.",
    when_stopped="the server was ESTABLISHED with an address of the flood",
    trigger="the flood did something",
    because="{server}",
)

OPENING, DROPPED = Variable("opening", BOOL, False), Variable("dropped", BOOL, False)


def _watch_opening(step: Step) -> Seen:
    """Remember that the client has opened and is kept out, and whether the flood has had its half-open connection dropped.

    Who gives up is not kept out, nor who is refused for another reason than that. What a scope has no answer left for is not
    asked.
    """
    opens = TRUE if step.opens(CLIENT) else FALSE
    gives_up = step.by in BOTH and not step.action.receives and step.ends(step.by)
    refused = ~step["dropped"] if step.by == CLIENT and step.ends(CLIENT) else FALSE
    connected = both_established(step) & paired(step)
    done = disj(TRUE if gives_up else FALSE, refused, connected, step.after(step.view(SERVER).part(SPENT, FALSE)))
    if step.by == ATTACKER and step.ends(SERVER):
        step.set("dropped", value=True)
    elif step.opens(CLIENT):
        step.set("dropped", value=False)
    step.set("opening", (step["opening"] | opens) & ~done)
    return Seen(trigger=step.after(step["opening"]))


CLIENT_GETS_IN = Claim(
    "client-gets-in",
    Kind.LIVENESS,
    brief="who opens under a flood is connected in the end",
    statement=(
        "If the client opens, both become ESTABLISHED and agree about both ISNs in the end, unless one of them gives up, or "
        "the client is refused for another reason than that its half-open connection was dropped for the flood. (Runs that use "
        "up the answers of the scope are not followed further.)"
    ),
    formula=(
        "G (client opens => F (both ESTABLISHED with the same pair | one gives up | client refused, and not for the flood))"
    ),
    why="A flood that keeps a client out has done what it is for (RFC 4987 §2).",
    when_stopped="the client never gets in, although it does not give up",
    trigger="the client opened",
    because="{each}",
    roles=BOTH,
    asserted=False,
    needs=ANSWERED,
    watch=_watch_opening,
    observers=(OPENING, DROPPED),
    within=FLOODED,
    leads_to=LeadsTo(OPENING.value, ~OPENING.value, (RETRANSMISSION, OTHERS_TIME_OUT, OTHERS_ANSWER, delivery())),
)
CLIENT_GETS_IN_BY_CHANCE = replace(
    CLIENT_GETS_IN,
    name="client-gets-in-by-chance",
    brief="who sends its SYN often enough gets in, where the flood leaves room at times",
    statement=(
        "As client-gets-in says, where a SYN that is sent again and again meets room, if there is room again and again."
    ),
    why="A flood that is not timed leaves gaps, and who tries again finds one; unless what is found is taken away again.",
    leads_to=LeadsTo(
        OPENING.value,
        ~OPENING.value,
        (RETRANSMISSION, OTHERS_TIME_OUT, OTHERS_ANSWER, SENT_IN_TIME, TAKEN_IN_TIME, delivery()),
    ),
)

CLAIMS = (
    BACKLOG_IS_BOUNDED,
    FLOOD_ENDS_NO_CONNECTION,
    CLIENT_KEEPS_ITS_PLACE,
    FLOOD_TAKES_NO_PLACE,
    FLOOD_IS_NOT_CONNECTED,
    CLIENT_GETS_IN,
    CLIENT_GETS_IN_BY_CHANCE,
)
