"""Claims about the long run: what a stale SYN costs the server, that a handshake comes to its end, and a connection to its.

Each says that an obligation is met in the end, under fairness that it states. What begins an obligation and what meets it is
watched step by step, as by the claims of safety; whether it can stay open for ever is decided on the state graph.
"""

from __future__ import annotations

from collections.abc import Callable

from model.notation.expr import FALSE, TRUE, Expr, disj, variable
from model.notation.sorts import BOOL, SEQ
from model.notation.system import Variable
from model.tcp.composition import LIFECYCLE
from model.tcp.endpoint import CLOSING_STATES, HAS_SENT_FIN, SPENT, TCB, WHOLE, is_one_of
from properties.claim import Claim, Kind, LeadsTo
from properties.fairness import Fairness, Per, Strength, delivery
from properties.needs import CONNECTION, TCBS
from properties.observe import Seen
from properties.safety import BOTH, CLIENT, SERVER, both_established, paired, remembered_staleness, watch_staleness
from properties.step import Step

RETRANSMISSION = Fairness(
    "retransmission",
    "whatever an endpoint can send by itself for ever, it sends again and again",
    Strength.WEAK,
    Per.ACTION,
    roles=BOTH,
)
TIMER = Fairness(
    "timer",
    "a server that stays in SYN-RECEIVED gives up in the end (RFC 9293 §3.8.3)",
    actions=("server_times_out",),
    when=variable("server.state", TCB["state"]) == "SYN-RECEIVED",
)
LISTENING = Fairness("listening", "a server that stays closed listens again in the end", actions=("server_listens",))
RELEASING = Fairness("release", "a connection that can be released for ever is released in the end", actions=("release",))


def _watch_half_open(step: Step) -> Seen:
    watch_staleness(step)
    stale = step.after(step["stale"])
    return Seen(trigger=stale)


HALF_OPEN_IS_RELEASED = Claim(
    "half-open-is-released",
    Kind.LIVENESS,
    brief="a TCB made for a stale SYN is deleted again",
    statement="A TCB that the server has created for a stale SYN is deleted in the end.",
    formula="G (server has a TCB for a stale SYN => F (that TCB is deleted))",
    why="A server that is told nothing by anybody has to forget by itself, or each old SYN costs it a TCB for ever.",
    when_stopped="the server keeps the TCB for ever",
    trigger="the server created a TCB for a stale SYN",
    because="{each}",
    roles=BOTH,
    watch=_watch_half_open,
    observers=remembered_staleness(BOTH),
    needs=TCBS,
    leads_to=LeadsTo(
        Variable("stale", BOOL, False).value, ~Variable("stale", BOOL, False).value, (TIMER, RETRANSMISSION, delivery())
    ),
)


def _gives_up(step: Step, role: str) -> bool:
    """Return whether an endpoint ends its connection by itself: its user aborts or closes, or it times out, or it crashes."""
    return step.ends(role) and step.by == role and not step.action.receives


OPENING = Variable("opening", BOOL, False)


def _watch_opening(step: Step) -> Seen:
    server = step.view(SERVER)
    done = (both_established(step) & paired(step)) | step.after(server.part(SPENT, FALSE))
    if any(_gives_up(step, role) for role in BOTH):
        step.set("opening", value=False)
    else:
        begins = server.exists if step.opens(CLIENT) else FALSE
        step.set("opening", (step["opening"] | begins) & ~done)
    return Seen(trigger=step.after(step["opening"]))


HANDSHAKE_COMPLETES = Claim(
    "handshake-completes",
    Kind.LIVENESS,
    brief="who opens and does not give up is connected",
    statement=(
        "If the client opens while the server listens or has a connection, both become ESTABLISHED and agree about both "
        "ISNs in the end, unless one of them gives up. (Runs that use up the answers of the scope are not followed further.)"
    ),
    formula="G (client opens & server not CLOSED => F (both ESTABLISHED with the same pair | one gives up))",
    why="Retransmission is to overcome any loss. What it cannot overcome is a fault of the handshake.",
    when_stopped="they never become ESTABLISHED together, although neither gives up",
    trigger="the client opened while the server was not closed",
    because="{each}",
    roles=BOTH,
    needs=CONNECTION,
    watch=_watch_opening,
    observers=(OPENING,),
    leads_to=LeadsTo(OPENING.value, ~OPENING.value, (RETRANSMISSION, LISTENING, delivery())),
)

WAITING = Variable("waiting", BOOL, False)


def _watch_waiting(*, alive: bool) -> Callable[[Step], Seen]:
    """Return what watches a server that waits: only where the client it belongs to is ``alive``, or in any case."""

    def watch(step: Step) -> Seen:
        client, server = step.view(CLIENT), step.view(SERVER)
        lives = step.after(client.exists & (client.iss == server.irs))
        if step.ends(SERVER):
            step.set("waiting", value=False)
            return Seen()
        before = step.of(SERVER, "rcv_nxt")
        begins = FALSE
        if step.establishes(SERVER):
            segment = step.received
            begins = ~segment.has_data if segment is not None else TRUE
            if alive:
                begins = begins & lives
        served = disj(step.after(before) != before, ~lives if alive and step.ends(CLIENT) else FALSE)
        step.set("waiting", begins if step.establishes(SERVER) else step["waiting"] & ~served)
        return Seen(trigger=step.after(step["waiting"]))

    return watch


SERVER_STOPS_WAITING = Claim(
    "server-stops-waiting",
    Kind.LIVENESS,
    brief="whose client lives gets data or a release",
    statement=(
        "A server that becomes ESTABLISHED, and whose client has the attempt still, receives data or a release in the end, or "
        "the connection of one of them ends."
    ),
    formula="G (server enters ESTABLISHED & its client lives => F (server receives data | a connection ends))",
    why="Where the client lives and sends, what it sends has to arrive.",
    when_stopped="the server waits for ever, and its client is there",
    trigger="the server became ESTABLISHED and its client was there",
    because="{each}",
    roles=BOTH,
    watch=_watch_waiting(alive=True),
    observers=(WAITING,),
    needs=TCBS,
    leads_to=LeadsTo(WAITING.value, ~WAITING.value, (RETRANSMISSION, RELEASING, delivery())),
)

NO_SERVER_WAITS_FOR_EVER = Claim(
    "no-server-waits-for-ever",
    Kind.LIVENESS,
    brief="any ESTABLISHED server gets data or a release",
    statement="A server that becomes ESTABLISHED receives data or a release in the end, or its TCB is deleted.",
    formula="G (server enters ESTABLISHED => F (server receives data | its TCB is deleted))",
    why="No handshake can have this: a client that aborts after its last message leaves an orphan. Keep-alives are for that.",
    when_stopped="the server is ESTABLISHED and waits for ever",
    trigger="the server became ESTABLISHED",
    because="{each}",
    roles=BOTH,
    watch=_watch_waiting(alive=False),
    observers=(WAITING,),
    asserted=False,
    needs=TCBS,
    leads_to=LeadsTo(WAITING.value, ~WAITING.value, (RETRANSMISSION, RELEASING, delivery())),
)

REPEATING = Fairness(
    "repeating",
    "what was sent and is not acknowledged is sent again and again (RFC 9293 §3.10.8)",
    Strength.WEAK,
    Per.ACTION,
    roles=BOTH,
    does="retransmits_",
)
WAITED = Fairness(
    "time-wait",
    "TIME-WAIT is over in the end",
    Strength.WEAK,
    Per.ACTION,
    tuple(f"{role}_has_waited" for role in BOTH),
)


def _in(role: str, *states: str) -> Expr:
    """Return whether an endpoint that closes by FINs is in one of some states."""
    return is_one_of(variable(f"{role}.state", WHOLE), states)


ORPHANS = tuple(
    Fairness(
        f"{role}-fin-wait-2",
        f"a {role} that stays in FIN-WAIT-2 gives up in the end",
        actions=(f"{role}_times_out",),
        when=_in(role, "FIN-WAIT-2"),
    )
    for role in BOTH
)


def _ends(*states: str) -> tuple[Expr, Callable[[Step], Seen]]:
    """Return whether somebody is in one of some states, and what watches that somebody comes to be."""
    some = disj(*(_in(role, *states) for role in BOTH))
    return some, lambda step: Seen(trigger=step.after(some))


_CLOSED_BY_USER, _WATCH_CLOSED = _ends(*HAS_SENT_FIN)
_LAST_ACK, _WATCH_LAST_ACK = _ends("LAST-ACK")

BOTH_CLOSE = Claim(
    "both-close",
    Kind.LIVENESS,
    brief="who closes is rid of its TCB in the end",
    statement=(
        "Who has closed gets rid of its TCB in the end, whatever the other does: close as well, go on, abort, or be gone."
    ),
    formula="G (an endpoint has sent a FIN => F (no endpoint that has sent one has a TCB))",
    why=(
        "A user who has closed cannot do any more about a connection (RFC 9293 §3.6). What stays of it costs the host memory "
        "and ports for ever. So FIN is sent again, and TIME-WAIT ends; and in FIN-WAIT-2, where nothing is left to send, a "
        "host needs a time-out that the RFC does not ask for."
    ),
    when_stopped="a user had closed, and the TCB is kept for ever",
    trigger="an endpoint sent a FIN",
    because="{each}",
    roles=BOTH,
    watch=_WATCH_CLOSED,
    within=(LIFECYCLE.name,),
    leads_to=LeadsTo(_CLOSED_BY_USER, ~_CLOSED_BY_USER, (REPEATING, WAITED, *ORPHANS, delivery())),
)

LAST_ACK_IS_RELEASED = Claim(
    "last-ack-is-released",
    Kind.LIVENESS,
    brief="who waits for the last ACK gets it, or a RST",
    statement=(
        "Who is in LAST-ACK leaves it in the end, also where it never gives up: its FIN, sent again, is acknowledged or "
        "draws a RST."
    ),
    formula="G (an endpoint is in LAST-ACK => F (it is not))",
    why=(
        "The last ACK is itself not acknowledged, so that nobody knows that it arrived: who sent it has to be there to send it "
        "again, in TIME-WAIT (RFC 9293 §3.6.1), and who is gone has to say so by a RST."
    ),
    when_stopped="an endpoint is in LAST-ACK for ever",
    trigger="an endpoint entered LAST-ACK",
    because="{each}",
    roles=BOTH,
    watch=_WATCH_LAST_ACK,
    within=(LIFECYCLE.name,),
    leads_to=LeadsTo(_LAST_ACK, ~_LAST_ACK, (REPEATING, delivery())),
)

ASKING = Fairness(
    "keep-alive",
    "an idle endpoint asks again and again whether the other is there (RFC 9293 §3.8.4)",
    Strength.WEAK,
    Per.ACTION,
    tuple(f"{role}_keeps_alive" for role in BOTH),
)


def alone(role: str) -> Expr:
    """Return whether an endpoint is in a connection, ESTABLISHED or later but for TIME-WAIT, that the other is not in."""
    (other,) = (one for one in BOTH if one != role)
    there = ~_in(other, "CLOSED", "LISTEN") & (variable(f"{other}.iss", SEQ) == variable(f"{role}.irs", SEQ))
    return _in(role, "ESTABLISHED", *(state for state in CLOSING_STATES if state != "TIME-WAIT")) & ~there


_ALONE = disj(*map(alone, BOTH))

HALF_OPEN_IS_FOUND = Claim(
    "half-open-is-found",
    Kind.LIVENESS,
    brief="who is alone in a connection finds out",
    statement=(
        "Who is in a connection that the other end is not in, ESTABLISHED or later but for TIME-WAIT, is rid of it in the end, "
        "also where its user says nothing."
    ),
    formula="G (an endpoint is in a connection that the other is not in => F (no endpoint is))",
    why=(
        "Who sends anything finds out (RFC 9293 §3.5.1). Who has nothing to send waits for ever, unless it sends keep-alives "
        "(§3.8.4), which are off by default (MUST-25): so nobody asserts this. It is here to be asked with `--keep-alive`."
    ),
    when_stopped="the other end is gone, and an endpoint stays in the connection for ever",
    trigger="an endpoint was in a connection that the other was not in",
    because="{each}",
    roles=BOTH,
    asserted=False,
    watch=lambda step: Seen(trigger=step.after(_ALONE)),
    within=(LIFECYCLE.name,),
    leads_to=LeadsTo(_ALONE, ~_ALONE, (REPEATING, ASKING, delivery())),
)

CLAIMS = (
    HALF_OPEN_IS_RELEASED,
    HANDSHAKE_COMPLETES,
    SERVER_STOPS_WAITING,
    NO_SERVER_WAITS_FOR_EVER,
    BOTH_CLOSE,
    LAST_ACK_IS_RELEASED,
    HALF_OPEN_IS_FOUND,
)
