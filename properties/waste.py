"""Claims about what stale SYNs cost a server: dead connections, half-open ones, and for how long.

Words used below, besides those of :mod:`properties.safety`. A connection of the server is *dead* when the server is ESTABLISHED
in it, and its SYN was stale when the server accepted it: the attempt that it is for had ended, so that no client ever takes
part. It is *half-open* for a stale SYN when the server waits for the last ACK of such a connection, in SYN-RECEIVED. (RFC 9293
§3.5.1 calls half-open what has lost its other end; textbooks on SYN floods, and this module, what never had one.)

A client takes part in a connection when its attempt was alive as the server answered. Asked for clients that are ESTABLISHED,
two-way would waste every connection for a while, since its server never waits for the client; and a client that gave up in
between would make three-way waste some, which nobody can help. So a server has more ESTABLISHED connections than clients took
part in exactly if one of them is dead, a connection being known by its port.

How many there can be is asked as several claims, one for each number. The largest that is reachable is the answer.
"""

from __future__ import annotations

from itertools import combinations

from model.composition import PORTS, R2, Composition
from model.endpoint import RETRANSMISSIONS
from model.expr import FALSE, Expr, conj, disj, ite, variable
from model.segment import Segment
from model.sorts import BOOL, Nat
from model.system import Variable
from properties.claim import EVERYBODY, Claim, Kind
from properties.observe import Seen, Step
from properties.safety import BOTH, SERVER, ports, remembered_of_servers, watch_servers


def at_least(number: int, conditions: tuple[Expr, ...]) -> Expr:
    """Return whether so many of some conditions are true."""
    return disj(*(conj(*some) for some in combinations(conditions, number)))


def _dead(step: Step) -> tuple[Expr, ...]:
    """Return for each port whether its connection is dead after a step. Whoever asks has the step watched already."""
    return tuple(step.after(step.view(s).established & step[f"{s}_stale"]) for _, s in ports(step.roles))


def _half_open(step: Step) -> tuple[Expr, ...]:
    """Return for each port whether its connection is half-open for a stale SYN after a step."""
    return tuple(step.after(~step.view(s).established & step[f"{s}_stale"]) for _, s in ports(step.roles))


def _establishing(step: Step) -> bool:
    return any(step.establishes(server) for _, server in ports(step.roles))


def _answering(step: Step) -> bool:
    return any(step.answers(server) for _, server in ports(step.roles))


def _accepts_stale(step: Step) -> Expr:
    stale = watch_servers(step)
    return disj(*(stale[server] for server in stale if step.answers(server)))


def _watch_waste(step: Step) -> Seen:
    trigger = _accepts_stale(step)
    return Seen(stop=disj(*_dead(step)) if _establishing(step) else FALSE, trigger=trigger)


NO_WASTED_CONNECTIONS = Claim(
    "no-wasted-connections",
    Kind.SAFETY,
    brief="no connection of the server is dead",
    statement=(
        "The server never has more ESTABLISHED connections than clients took part in: on no port is it ESTABLISHED for a SYN "
        "whose attempt had ended when it was accepted."
    ),
    formula="G (#{p : server ESTABLISHED on p} <= #{p : server ESTABLISHED on p & the attempt was alive at the answer})",
    why="A dead connection costs a TCB, and a process that waits for data that nobody will send.",
    when_stopped="the server was ESTABLISHED in a connection that no client took part in",
    trigger="a stale SYN was accepted",
    roles=EVERYBODY,
    watch=_watch_waste,
    observers=remembered_of_servers,
    within=(PORTS,),
)


def dead_at_once(number: int) -> Claim:
    """Return the claim that so many connections can be dead at once."""

    def watch(step: Step) -> Seen:
        trigger = _accepts_stale(step)
        return Seen(stop=at_least(number, _dead(step)) if _establishing(step) else FALSE, trigger=trigger)

    return Claim(
        f"dead-at-once-{number}",
        Kind.REACHABILITY,
        brief=f"{number} connections can be dead at once",
        statement=f"The server can have {number} dead connections at once: ESTABLISHED for a stale SYN.",
        formula=f"EF (#{{p : server ESTABLISHED on p for a stale SYN}} >= {number})",
        why="How many connections old duplicate SYNs can make a server hold.",
        when_stopped=f"connections of the server that were dead: {number}",
        trigger="a stale SYN was accepted",
        roles=EVERYBODY,
        watch=watch,
        observers=remembered_of_servers,
        within=(PORTS,),
        asserted=False,
    )


def half_open_at_once(number: int) -> Claim:
    """Return the claim that so many connections can be half-open at once for stale SYNs."""

    def watch(step: Step) -> Seen:
        trigger = _accepts_stale(step)
        return Seen(stop=at_least(number, _half_open(step)) if _answering(step) else FALSE, trigger=trigger)

    return Claim(
        f"half-open-at-once-{number}",
        Kind.REACHABILITY,
        brief=f"{number} connections can be half-open at once for stale SYNs",
        statement=f"The server can have {number} connections in SYN-RECEIVED at once for stale SYNs.",
        formula=f"EF (#{{p : server in SYN-RECEIVED on p for a stale SYN}} >= {number})",
        why="A server that asks before it believes keeps a TCB while it waits for the answer: what a SYN flood takes from it.",
        when_stopped=f"connections of the server that were half-open for stale SYNs: {number}",
        trigger="a stale SYN was accepted",
        roles=EVERYBODY,
        watch=watch,
        observers=remembered_of_servers,
        within=(PORTS,),
        asserted=False,
    )


def dead_over_time(number: int) -> Claim:
    """Return the claim that so many connections can become dead one after another."""
    counted = Variable("dead", Nat(number), 0)

    def watch(step: Step) -> Seen:
        trigger = _accepts_stale(step)
        if not _establishing(step):
            return Seen(trigger=trigger)
        step.set("dead", ite(disj(*_becomes_dead(step)), step["dead"] + 1, step["dead"]))
        return Seen(stop=step.after(step["dead"]) == number, trigger=trigger)

    return Claim(
        f"dead-over-time-{number}",
        Kind.REACHABILITY,
        brief=f"{number} connections can die one after another",
        statement=f"The server can enter ESTABLISHED {number} times for stale SYNs, one after another.",
        formula=f"EF (#steps in which the server enters ESTABLISHED for a stale SYN >= {number})",
        why="On one port connections come one after another, and the next can be as dead as the last.",
        when_stopped=f"times that the server had entered ESTABLISHED for a stale SYN: {number}",
        trigger="a stale SYN was accepted",
        roles=EVERYBODY,
        watch=watch,
        observers=lambda roles: (*remembered_of_servers(roles), counted),
        within=(PORTS,),
        asserted=False,
    )


def _becomes_dead(step: Step) -> tuple[Expr, ...]:
    return tuple(step.after(step[f"{s}_stale"]) for _, s in ports(step.roles) if step.establishes(s))


def _watch_release(step: Step) -> Seen:
    stale = {server: step[f"{server}_stale"] for _, server in ports(step.roles)}
    trigger = _accepts_stale(step)
    own = step.received is None
    return Seen(stop=disj(*(stale[s] for s in stale if own and step.action.by == s and step.ends(s))), trigger=trigger)


ENDS_BY_ITSELF = Claim(
    "stale-ends-by-itself",
    Kind.REACHABILITY,
    brief="the server can end by itself what a stale SYN began",
    statement="The server can end a connection for a stale SYN in a step of its own, without receiving anything.",
    formula="EF (server ends a connection for a stale SYN, by a call or time-out)",
    why="The client that is gone need not answer, and what it answers may be lost: only a timer of the server's is sure.",
    when_stopped="the server ended a connection for a stale SYN in a step of its own",
    trigger="a stale SYN was accepted",
    roles=EVERYBODY,
    watch=_watch_release,
    observers=remembered_of_servers,
    within=(PORTS,),
    asserted=False,
)


def _watch_retransmissions(step: Step) -> Seen:
    stale = watch_servers(step)[SERVER]
    iss, r2 = step.after(step.view(SERVER).iss), variable(f"{SERVER}.r2", RETRANSMISSIONS)
    if step.ends(SERVER):
        step.set("sent", value=False)
        step.set("again", 0)
        return Seen()
    own = step.action.by == SERVER and (step.received is None or step.answers(SERVER))
    sends = disj(*(_syn_of(segment, iss) for segment in step.sent)) if own else FALSE
    again = FALSE if step.answers(SERVER) else sends & step["sent"]
    step.set("sent", sends if step.answers(SERVER) else step["sent"] | sends)
    step.set("again", ite(again, step["again"] + 1, step["again"]))
    return Seen(stop=again & (step.after(r2) < step.after(step["again"])), trigger=again & stale)


def _syn_of(segment: Segment, iss: Expr) -> Expr:
    return segment.syn & (segment.seq == iss)


HALF_OPEN_GIVES_UP = Claim(
    "half-open-gives-up",
    Kind.SAFETY,
    brief="a half-open connection is not kept alive for long",
    statement=(
        "A server sends the SYN of a half-open connection again at most R2 times by itself, whatever R2 is, and whether or not "
        "the SYN that it answered was stale."
    ),
    formula="G (#times that the server sent its SYN again by itself since it answered <= R2)",
    why=(
        "What a stale SYN began has to end without the client: after R2 retransmissions nothing is left to do but to give up "
        "(RFC 9293 §3.8.3)."
    ),
    when_stopped="the server sent its SYN again once more than R2 times",
    trigger="the SYN of a connection for a stale SYN was sent again",
    roles=BOTH,
    watch=_watch_retransmissions,
    observers=lambda roles: (
        *remembered_of_servers(roles),
        Variable("sent", BOOL, False),
        Variable("again", RETRANSMISSIONS, 0),
    ),
    within=(R2,),
)

CLAIMS = (NO_WASTED_CONNECTIONS, HALF_OPEN_GIVES_UP)


def counting(composition: Composition) -> tuple[Claim, ...]:
    """Return the claims that there are for the number of ports of a composition."""
    if composition.family != PORTS:
        return ()
    numbers = range(1, composition.ports + 1)
    return (*map(dead_at_once, numbers), *map(half_open_at_once, numbers), ENDS_BY_ITSELF)
