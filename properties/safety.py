"""The claims that textbooks make about opening a connection, as predicates on steps.

Words used below. The server *answers* a SYN when it creates a connection for it. A SYN is *stale* when the attempt that sent it
has ended: its TCB is deleted, for whatever reason. Staleness is judged when the server answers, not when it becomes
ESTABLISHED: by then even a wanted connection may have been given up at the other end, and nobody can help that. ``x`` is
the client's ISN and ``y`` the server's.

Between peers either may accept a SYN: by answering it in LISTEN, or by taking one without an ACK in SYN-SENT. In such a
simultaneous open a SYN is not stale if its attempt had met the acceptor's own SYN before it ended: then both were in this
connection, and one of them left early. (A SYN,ACK is an answer, and no such SYN.)
"""

from __future__ import annotations

from collections.abc import Mapping

from model.notation.circle import between
from model.notation.expr import FALSE, Expr, conj, disj, ite, literal
from model.notation.sorts import BOOL, SEQ, Relation, Sort, Value
from model.notation.system import TransitionSystem, Variable
from model.tcp.endpoint import ISNS
from model.tcp.segment import TCP, Segment
from properties.claim import PEERS, Claim, Kind
from properties.needs import ANSWERED, CONNECTION
from properties.observe import Seen
from properties.step import Step

CLIENT, SERVER = "client", "server"
BOTH = (CLIENT, SERVER)
MET = Relation((("own", SEQ), ("other", SEQ)))
PAIRS = Relation((("client_isn", SEQ), ("server_isn", SEQ)))


def both_established(step: Step) -> Expr:
    """Return whether both endpoints are ESTABLISHED after a step."""
    return conj(*(step.after(step.view(role).established) for role in step.roles))


def paired_before(step: Step) -> Expr:
    """Return whether the IRS of each is the ISS of the other before a step."""
    left, right = map(step.view, step.roles)
    return (left.irs == right.iss) & (right.irs == left.iss)


def paired(step: Step) -> Expr:
    """Return whether the IRS of each is the ISS of the other after a step."""
    return step.after(paired_before(step))


def _directions(roles: tuple[str, ...]) -> Mapping[tuple[str, str], str]:
    """Return who opens and who accepts, and what to put before the names of observers: one way, or between peers both."""
    left, right = roles
    return {BOTH: ""} if roles == BOTH else {(left, right): f"{right}_", (right, left): f"{left}_"}


def watch_servers(step: Step) -> dict[str, Expr]:
    """Remember for the server of each port whether the SYN that it accepted was stale; return that, after the step."""
    for client, server in ports(step.roles):
        _watch_acceptor(step, client, server, f"{server}_", peers=False)
    return {server: step.after(step[f"{server}_stale"]) for _, server in ports(step.roles)}


def ports(roles: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the client and the server of each port."""
    return tuple(zip(roles[::2], roles[1::2], strict=True))


def watch_staleness(step: Step) -> Seen:
    """Remember for each who accepts SYNs whether the one accepted was stale."""
    seen = [_watch_acceptor(step, *pair, before, peers=bool(before)) for pair, before in _directions(step.roles).items()]
    return Seen(stop=disj(*(s.stop for s in seen)), trigger=disj(*(s.trigger for s in seen)))


def _watch_acceptor(step: Step, opener: str, acceptor: str, before: str, *, peers: bool) -> Seen:
    stale, wanted, wanted_isn, met, opened = (f"{before}{name}" for name in ("stale", "wanted", "wanted_isn", "met", "opened"))
    y, x = step.numbers(acceptor)
    alive = step[wanted] & (step[wanted_isn] == x)
    accepted = literal(step.answers(acceptor), BOOL)
    if peers:
        accepted |= meets(step, acceptor) & step[opened].has(x)
        alive |= step[met].has(x, y)
        pair = (step.after(number) for number in (step.view(opener).iss, step.view(opener).irs))
        step.set(met, ite(meets(step, opener), step[met].add(*pair), step[met]))
    if step.ends(acceptor) and not step.answers(acceptor):
        step.set(stale, value=False)
    else:
        step.set(stale, ite(accepted, ~alive, step[stale]))
    if step.opens(opener):
        isn, _ = step.numbers(opener)
        step.set(wanted, value=True)
        step.set(wanted_isn, isn)
        if peers:
            step.set(opened, step[opened].add(isn))
    elif step.ends(opener):
        step.set(wanted, value=False)
        step.set(wanted_isn, 0)
    is_stale = step.after(step[stale])
    return Seen(stop=is_stale if step.establishes(acceptor) else FALSE, trigger=accepted & is_stale)


def meets(step: Step, role: str) -> Expr:
    """Return whether an endpoint that opened actively takes a SYN without an ACK."""
    segment = step.received
    if segment is None or not step.accepts(role) or step.answers(role):
        return FALSE
    return (segment.ctl == "SYN") & ~step.view(role).established


STALENESS: tuple[tuple[str, Sort, Value], ...] = (("stale", BOOL, False), ("wanted", BOOL, False), ("wanted_isn", SEQ, 0))


def remembered_of_servers(roles: tuple[str, ...]) -> tuple[Variable, ...]:
    """Return what :func:`watch_servers` remembers."""
    return tuple(Variable(f"{server}_{name}", sort, initial) for _, server in ports(roles) for name, sort, initial in STALENESS)


def remembered_staleness(roles: tuple[str, ...]) -> tuple[Variable, ...]:
    """Return what :func:`watch_staleness` remembers."""
    peers: tuple[tuple[str, Relation, Value], ...] = (("met", MET, frozenset()), ("opened", ISNS, frozenset()))
    return tuple(
        Variable(f"{before}{name}", sort, initial)
        for before in _directions(roles).values()
        for name, sort, initial in (*STALENESS, *(peers if before else ()))
    )


NO_STALE_ESTABLISHMENT = Claim(
    "no-stale-establishment",
    Kind.SAFETY,
    brief="no stale SYN makes anybody ESTABLISHED",
    statement=(
        "The server, or either of two peers, never enters ESTABLISHED for a SYN that was stale when it accepted it: whose "
        "attempt had ended, and had not met the acceptor's own SYN."
    ),
    formula=(
        "G (server enters ESTABLISHED => the attempt that sent its SYN was alive when the server answered; between peers also: "
        "or had met the acceptor's SYN)"
    ),
    why="Old duplicate SYNs must not start connections. Only the client has the context to recognise them.",
    when_stopped="an endpoint entered ESTABLISHED for a SYN whose attempt had ended before the endpoint accepted it",
    trigger="a stale SYN was accepted",
    because="{actor}; when it accepted the SYN with ISN {actor.irs}, that attempt had ended; {other}",
    roles=PEERS,
    needs=CONNECTION,
    watch=watch_staleness,
    observers=remembered_staleness,
)


def _connects_without_a_tcb(step: Step) -> bool:
    """Return whether a server without a TCB, whose SYN went out before, answers and is connected in one step."""
    return step.answers(SERVER) and step.establishes(SERVER) and all(sent.syn is FALSE for sent in step.sent)


def _remembers_pairs(system: TransitionSystem) -> tuple[Variable, ...]:
    """Return what remembers the client's connections where a server keeps no TCB of its answers, and nothing elsewhere."""
    if system.segments is None or system.segments.format.name != TCP.name:
        return ()
    stateless = any(_connects_without_a_tcb(Step(system, action, {})) for action in system.actions)
    return (Variable("had", PAIRS, frozenset()),) if stateless else ()


def _watch_agreement(step: Step) -> Seen:
    if step.remembers("had"):
        if step.establishes(CLIENT):
            step.set("had", step["had"].add(*step.numbers(CLIENT)))
        if _connects_without_a_tcb(step):  # what it answered had no TCB to remember it: any earlier time counts
            y, x = step.numbers(SERVER)
            return Seen(stop=~step.after(step["had"].has(x, y)), trigger=literal(True, BOOL))
    if step.answers(SERVER) or step.ends(SERVER):
        step.set("agreed", value=False)
    elif step.establishes(CLIENT):
        step.set("agreed", step["agreed"] | paired(step))
    if not step.establishes(SERVER):
        return Seen()
    agreed = step.after(step["agreed"])
    return Seen(stop=~agreed, trigger=literal(True, BOOL))


AGREEMENT = Claim(
    "agreement",
    Kind.SAFETY,
    brief="before the server, the client had the same pair",
    statement=(
        "When the server enters ESTABLISHED for (x, y), the client has entered ESTABLISHED with (x, y) since that server "
        "instance answered; at any time before, where the server keeps nothing of what it answers."
    ),
    formula="G (server enters ESTABLISHED with (x, y) => O (client enters ESTABLISHED with (x, y)), since the answer)",
    why="A server that acts on a connection must not be alone in it (Lowe, A Hierarchy of Authentication Specifications).",
    when_stopped="the server entered ESTABLISHED, and since it answered no client had done so with its pair",
    trigger="the server entered ESTABLISHED",
    because="{server}, {client}",
    roles=BOTH,
    needs=CONNECTION,
    watch=_watch_agreement,
    observers=(Variable("agreed", BOOL, False),),
    besides=_remembers_pairs,
    auxiliary=True,
)


def _watch_acknowledgment(step: Step) -> Seen:
    segment = step.received
    for role in step.roles:
        observer = f"{role}_isn_acknowledged"
        begins = step.opens(role) or step.answers(role)
        if begins or step.ends(role):
            step.set(observer, value=False)
        if step.accepts(role) and segment is not None and (not begins or step.establishes(role)) and not step.ends(role):
            iss = step.after(step.view(role).iss)
            last = step.after(step.of(role, "snd_nxt")) if step.assumptions.get("text_on_syn") else iss + 2
            acknowledged = segment.has_ack & between(iss, segment.ack, last)  # also where it begins and is connected in one
            step.set(observer, acknowledged if begins else step[observer] | acknowledged)
    both = both_established(step)
    acknowledged = conj(*(step.after(step[f"{role}_isn_acknowledged"]) for role in step.roles))
    return Seen(stop=both & ~acknowledged, trigger=both)


ISN_ACKNOWLEDGED = Claim(
    "isn-acknowledged",
    Kind.SAFETY,
    brief="both ISNs have been acknowledged",
    statement="Once both are ESTABLISHED, each one's own ISN has been acknowledged to it.",
    formula="G (both ESTABLISHED => x acknowledged to the one & y acknowledged to the other)",
    why="Both sides number their octets from their own ISN, so both ISNs must be known to have arrived (RFC 9293 §3.4).",
    when_stopped="both were ESTABLISHED, and one of them had no acknowledgment of its own ISN",
    trigger="both were ESTABLISHED",
    because="{each}; no acknowledgment of its own ISN had come to {without.isn_acknowledged}",
    roles=PEERS,
    needs=CONNECTION,
    watch=_watch_acknowledgment,
    observers=lambda roles: tuple(Variable(f"{role}_isn_acknowledged", BOOL, False) for role in roles),
)


def _watch_pairing(step: Step) -> Seen:
    both = both_established(step)
    return Seen(stop=both & ~paired(step), trigger=both)


ISN_PAIRED = Claim(
    "isn-paired",
    Kind.SAFETY,
    brief="each one's IRS is the other's ISS",
    statement="Once both are ESTABLISHED, each one's IRS is the other's ISS.",
    formula="G (both ESTABLISHED => the IRS of each = the ISS of the other)",
    why="Two ends that count from different numbers take each other's data for old, or old data for each other's.",
    when_stopped="both were ESTABLISHED, and the IRS of one was not the ISS of the other",
    trigger="both were ESTABLISHED",
    because="{each}",
    roles=PEERS,
    needs=CONNECTION,
    watch=_watch_pairing,
)


def _watch_attempts(step: Step) -> Seen:
    """Remember by its ISN whether an attempt made the server ESTABLISHED: with a new attempt of that ISN it is forgotten.

    A SYN whose ISN has been used again counts for the later attempt, unless the server answered it before.
    """
    if step.opens(CLIENT):
        isn, _ = step.numbers(CLIENT)
        step.set("connected", step["connected"].remove(isn))
        step.set("outdated", step["outdated"] | (step.view(SERVER).irs == isn))
    _, x = step.numbers(SERVER)
    if step.answers(SERVER):
        step.set("again", step["connected"].has(x))
        step.set("outdated", value=False)
    elif step.ends(SERVER):
        step.set("again", value=False)
        step.set("outdated", value=False)
    again = step.after(step["again"])
    if step.establishes(SERVER):
        connected = step["connected"]
        step.set("connected", ite(step.after(step["outdated"]), connected, connected.add(x)))
    return Seen(stop=again if step.establishes(SERVER) else FALSE, trigger=again if step.answers(SERVER) else FALSE)


ONE_CONNECTION_PER_ATTEMPT = Claim(
    "one-connection-per-attempt",
    Kind.SAFETY,
    brief="an attempt connects at most once",
    statement="No attempt makes the server enter ESTABLISHED twice.",
    formula="G (server enters ESTABLISHED for attempt a => no earlier step did)",
    why="A duplicate of a SYN must not open a second connection that the client never asked for.",
    when_stopped="the server entered ESTABLISHED a second time for the same attempt",
    trigger="a SYN was accepted whose attempt had made the server ESTABLISHED before",
    because="{server}, as it has been once before by the SYN with ISN {server.irs}; {client}",
    roles=BOTH,
    needs=CONNECTION,
    watch=_watch_attempts,
    observers=(
        Variable("connected", ISNS, frozenset()),
        Variable("again", BOOL, False),
        Variable("outdated", BOOL, False),
    ),
)


def _remember_answers(step: Step) -> None:
    if step.answers(SERVER):
        y, x = step.numbers(SERVER)
        step.set("answered", step["answered"].add(x, y))


def _watch_client_agreement(step: Step) -> Seen:
    _remember_answers(step)
    if not step.establishes(CLIENT):
        return Seen()
    answered = step["answered"].has(*step.numbers(CLIENT))
    return Seen(stop=~answered, trigger=literal(True, BOOL))


CLIENT_AGREEMENT = Claim(
    "client-agreement",
    Kind.SAFETY,
    brief="the client's pair of ISNs is an answer's",
    statement="When the client enters ESTABLISHED with (x, y), the server at some time answered x with y.",
    formula="G (client enters ESTABLISHED with (x, y) => O (server answers x with y))",
    why="The client, too, must not believe in a pair of ISNs that the server never put together.",
    when_stopped="the client entered ESTABLISHED with a pair of ISNs that the server never put together",
    trigger="the client entered ESTABLISHED",
    because="{client}; the pairs that the server has answered with: {answered}",
    roles=BOTH,
    needs=ANSWERED,
    watch=_watch_client_agreement,
    observers=(Variable("answered", PAIRS, frozenset()),),
)


def _watch_history(step: Step) -> Seen:
    client, segment = step.view(CLIENT), step.received
    _remember_answers(step)
    if step.ends(CLIENT):
        step.set("ended", step["ended"].add(client.iss))
    if segment is None or step.by != CLIENT:
        return Seen()

    def answers(isn: Expr, segment: Segment) -> Expr:
        by_number = segment.has_ack & (segment.ack == isn + 1)
        by_origin = segment.syn & step["answered"].has(isn, segment.seq)
        return by_number | by_origin

    old = step["ended"].exists(lambda row: answers(row.isn, segment) & ~(client.exists & (client.iss == row.isn)))
    offered = old & ~segment.rst & ~client.established
    resets = disj(*(sent.rst for sent in step.sent))
    if step.assumptions.get("closed_host") == "silent" and not step.sent:
        resets |= ~client.exists
    establishes = literal(step.establishes(CLIENT), BOOL)
    return Seen(stop=offered & (establishes | ~resets), trigger=offered)


HISTORY_IS_RESET = Claim(
    "history-is-reset",
    Kind.SAFETY,
    brief="answers to ended attempts are reset",
    statement=(
        "A client that is not ESTABLISHED and is offered an answer to an attempt that has ended never establishes by it, and "
        "sends RST (or, silent and closed, nothing)."
    ),
    formula=(
        "G (client not ESTABLISHED & receives an answer to an ended attempt, and not to its present one => it does not enter "
        "ESTABLISHED & (it sends RST | it is CLOSED, where closed hosts are silent, & sends nothing))"
    ),
    why="This is what the third message is for: the one side that can recognise history says so (RFC 9293 §3.5, Figure 8).",
    when_stopped="the client was offered an answer to an attempt that had ended, and did not reset it",
    trigger="the client was offered an answer to an attempt that had ended",
    because="{step}; the ISNs of its attempts that have ended: {ended}",
    roles=BOTH,
    needs=ANSWERED,
    watch=_watch_history,
    observers=(Variable("answered", PAIRS, frozenset()), Variable("ended", Relation((("isn", SEQ),)), frozenset())),
)


def _watch_established_together(step: Step) -> Seen:
    alone = step.after(step.view(SERVER).established) & ~step.after(step.view(CLIENT).established)
    return Seen(stop=alone, trigger=literal(step.establishes(SERVER), BOOL))


ESTABLISHED_TOGETHER = Claim(
    "established-together",
    Kind.SAFETY,
    brief="no server is ESTABLISHED alone",
    statement="Whenever the server is ESTABLISHED, the client is.",
    formula="G (server ESTABLISHED => client ESTABLISHED)",
    why="No handshake can have this: the client may give up at any moment. It is here to show why agreement is put as it is.",
    when_stopped="the server was ESTABLISHED and the client was not",
    trigger="the server entered ESTABLISHED",
    because="{server}, {client}",
    roles=BOTH,
    needs=CONNECTION,
    watch=_watch_established_together,
    asserted=False,
)

CLAIMS = (
    NO_STALE_ESTABLISHMENT,
    AGREEMENT,
    ISN_ACKNOWLEDGED,
    ISN_PAIRED,
    ONE_CONNECTION_PER_ATTEMPT,
    CLIENT_AGREEMENT,
    HISTORY_IS_RESET,
    ESTABLISHED_TOGETHER,
)
