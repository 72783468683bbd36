"""Claims about what stale SYNs cost a server: dead connections, half-open ones, and for how long.

Words used below, besides those of :mod:`properties.safety`. A connection of the server is *dead* when the server is ESTABLISHED
in it, and its SYN was stale when the server accepted it: the attempt that it is for had ended, so that no client ever takes
part. It is *half-open* for a stale SYN when the server waits for the last ACK of such a connection, in SYN-RECEIVED. (RFC 9293
§3.5.1 calls half-open what has lost its other end; textbooks on SYN floods, and this module, what never had one.) Where
connections are closed by FINs it is *closing* for a stale SYN when it has sent a FIN, or taken one, of such a connection.

A client takes part in a connection when its attempt was alive as the server answered. Asked for clients that are ESTABLISHED,
two-way would waste every connection for a while, since its server never waits for the client; and a client that gave up in
between would make three-way waste some, which nobody can help. So a server has more ESTABLISHED connections than clients took
part in exactly if one of them is dead, a connection being known by its port.

How many there can be is asked as several claims, one for each number. The largest that is reachable is the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.notation.expr import FALSE, Expr, at_least, conj, disj, ite, variable
from model.notation.said import said
from model.notation.sorts import BOOL, Nat
from model.notation.system import TransitionSystem, Variable
from model.tcp.composition import PORTS, R2, Composition
from model.tcp.endpoint import CLOSING_STATES, RETRANSMISSIONS, EventKind
from model.tcp.segment import Segment
from properties.claim import EVERYBODY, Claim, Kind
from properties.needs import CONNECTION
from properties.observe import Seen
from properties.safety import BOTH, SERVER, ports, remembered_of_servers, watch_servers
from properties.step import Step


@dataclass(frozen=True, slots=True)
class Waste:
    """What a stale SYN can have begun: ``dead`` connections, ``half-open`` ones, or ``closing`` ones.

    The server is in one of ``states`` then, which are called ``state``.
    """

    name: str
    state: str
    why: str
    states: tuple[str, ...] = ()

    def before(self, step: Step) -> tuple[Expr, ...]:
        """Return for each port whether its connection is such before a step."""
        return tuple(conj(self._is_in(step.view(s).state), step[f"{s}_stale"]) for s in _servers(step))

    def _is_in(self, state: Expr) -> Expr:
        return disj(*(state == one for one in self.states or (self.state,)))

    def after(self, step: Step) -> tuple[Expr, ...]:
        """Return for each port whether its connection is such after a step that :func:`_watched` has seen."""
        return tuple(map(step.after, self.before(step)))

    def is_touched(self, step: Step) -> bool:
        """Return whether a step that :func:`_watched` has seen can make a connection such, or no longer such."""
        return any(now.key != then.key for now, then in zip(self.after(step), self.before(step), strict=True))


def _called(waste: Waste) -> str:
    """Return what such a connection is called, to be told in another language."""
    return said(waste.name)


DEAD = Waste("dead", "ESTABLISHED", "A dead connection costs a TCB, and a process that waits for data that nobody will send.")
HALF_OPEN = Waste(
    "half-open",
    "SYN-RECEIVED",
    "A server that asks before it believes keeps a TCB while it waits for the answer: what a SYN flood takes from it.",
)
CLOSING = Waste(
    "closing",
    "in the middle of a close",
    "A server that closes what no client takes part in waits for ACKs that nobody sends, and keeps the TCB for so long.",
    CLOSING_STATES,
)


def wastes(composition: Composition) -> tuple[Waste, ...]:
    """Return what a stale SYN can have begun in a composition."""
    return (DEAD, HALF_OPEN, CLOSING) if composition.closes else (DEAD, HALF_OPEN)


def _servers(step: Step) -> tuple[str, ...]:
    return tuple(server for _, server in ports(step.roles))


def _watched(step: Step) -> Expr:
    """Return whether a server accepts a stale SYN in a step."""
    stale = watch_servers(step)
    return disj(*(stale[server] for server in stale if step.answers(server)))


def _watch_waste(step: Step) -> Seen:
    trigger = _watched(step)
    return Seen(stop=disj(*DEAD.after(step)) if DEAD.is_touched(step) else FALSE, trigger=trigger)


_ACCEPTED = "a stale SYN was accepted"
_BECAUSE = "{each}; a SYN whose attempt had ended was accepted by {where.stale}"

NO_WASTED_CONNECTIONS = Claim(
    "no-wasted-connections",
    Kind.SAFETY,
    brief="no connection of the server is dead",
    statement=(
        "The server never has more ESTABLISHED connections than clients took part in: on no port is it ESTABLISHED for a SYN "
        "whose attempt had ended when it was accepted."
    ),
    formula="G (#{p : server ESTABLISHED on p} <= #{p : server ESTABLISHED on p & the attempt was alive at the answer})",
    why=DEAD.why,
    when_stopped="the server was ESTABLISHED in a connection that no client took part in",
    trigger=_ACCEPTED,
    because=_BECAUSE,
    roles=EVERYBODY,
    needs=CONNECTION,
    watch=_watch_waste,
    observers=remembered_of_servers,
    within=(PORTS,),
)


def at_once(waste: Waste, number: int) -> Claim:
    """Return the claim that the server can have so many connections at once that are such a waste."""

    def watch(step: Step) -> Seen:
        trigger = _watched(step)
        return Seen(stop=at_least(number, waste.after(step)) if waste.is_touched(step) else FALSE, trigger=trigger)

    return Claim(
        f"{waste.name}-at-once-{number}",
        Kind.REACHABILITY,
        brief=said("the server can have {number} {name} at once", number=number, name=_called(waste)),
        statement=said(
            "The server can be {state} for a stale SYN on {number} ports at once.", number=number, state=said(waste.state)
        ),
        formula=said("EF (#{{p : server {state} on p for a stale SYN}} >= {number})", number=number, state=said(waste.state)),
        why=waste.why,
        when_stopped=said(
            "connections of the server that were {name} for a stale SYN: {number}", number=number, name=_called(waste)
        ),
        trigger=_ACCEPTED,
        because=_BECAUSE,
        roles=EVERYBODY,
        needs=CONNECTION,
        watch=watch,
        observers=remembered_of_servers,
        asserted=False,
        within=(PORTS,),
    )


def over_time(waste: Waste, number: int) -> Claim:
    """Return the claim that the server can have so many such connections one after another, whatever becomes of them."""

    def watch(step: Step) -> Seen:
        trigger = _watched(step)
        if not waste.is_touched(step):
            return Seen(trigger=trigger)
        before, after = waste.before(step), waste.after(step)
        new = disj(*(now & ~then for now, then in zip(after, before, strict=True)))  # one at most: one endpoint acts
        step.set("so_far", ite(new, step["so_far"] + 1, step["so_far"]))
        return Seen(stop=step.after(step["so_far"]) == number, trigger=trigger)

    return Claim(
        f"{waste.name}-over-time-{number}",
        Kind.REACHABILITY,
        brief=said("the server can have {number} {name}, one after another", number=number, name=_called(waste)),
        statement=said("The server can become {state} for a stale SYN {number} times.", number=number, state=said(waste.state)),
        formula=said(
            "EF (#steps after which the server is newly {state} for a stale SYN >= {number})",
            number=number,
            state=said(waste.state),
        ),
        why="On one port connections come one after another, and the next can be as much of a waste as the last.",
        when_stopped=said(
            "times that the server became {state} for a stale SYN: {number}", number=number, state=said(waste.state)
        ),
        trigger=_ACCEPTED,
        because=_BECAUSE,
        roles=EVERYBODY,
        needs=CONNECTION,
        watch=watch,
        observers=lambda roles: (*remembered_of_servers(roles), Variable("so_far", Nat(number), 0)),
        asserted=False,
        within=(PORTS,),
    )


def ends_by_itself(waste: Waste) -> Claim:
    """Return the claim that the server can end such a connection by itself."""

    def watch(step: Step) -> Seen:
        trigger = _watched(step)
        own = step.received is None
        ended = (e for s, e in zip(_servers(step), waste.before(step), strict=True) if step.by == s and step.ends(s))
        return Seen(stop=disj(*ended) if own else FALSE, trigger=trigger)

    return Claim(
        f"{waste.name}-ends-by-itself",
        Kind.REACHABILITY,
        brief=said("the server can end a {name} connection by itself", name=_called(waste)),
        statement=said(
            "The server can end a connection that is {state} for a stale SYN, without receiving anything.",
            state=said(waste.state),
        ),
        formula=said("EF (server {state} for a stale SYN ends the connection by a call or time-out)", state=said(waste.state)),
        why="The client that is gone need not answer, and what it answers may be lost: only a timer of the server's is sure.",
        when_stopped=said(
            "the server ended a connection that was {name} for a stale SYN in a step of its own", name=_called(waste)
        ),
        trigger=_ACCEPTED,
        because="{step}",
        roles=EVERYBODY,
        needs=CONNECTION,
        watch=watch,
        observers=remembered_of_servers,
        asserted=False,
        within=(PORTS,),
    )


def can_always_end(waste: Waste) -> Claim:
    """Return the claim that the server can end such a connection by itself at any time."""

    def watch(step: Step) -> Seen:
        trigger = _watched(step)
        stuck = (e & ~step.after(_own_end(step.system, s)) for s, e in zip(_servers(step), waste.after(step), strict=True))
        return Seen(stop=disj(*stuck), trigger=trigger)

    return Claim(
        f"{waste.name}-can-always-end",
        Kind.SAFETY,
        brief=said("the server can end a {name} connection by itself at any time", name=_called(waste)),
        statement=said(
            "While the server is {state} for a stale SYN, it can end the connection without receiving anything.",
            state=said(waste.state),
        ),
        formula=said(
            "G (server {state} for a stale SYN => a call or time-out that ends the connection is possible)",
            state=said(waste.state),
        ),
        why="A connection that nothing but a segment ends waits for ever where no segment comes.",
        when_stopped=said("a connection was {name}, and nothing but a segment could end it", name=_called(waste)),
        trigger=_ACCEPTED,
        because=_BECAUSE,
        roles=EVERYBODY,
        needs=CONNECTION,
        watch=watch,
        observers=remembered_of_servers,
        asserted=False,
        within=(PORTS,),
    )


def _own_end(system: TransitionSystem, server: str) -> Expr:
    """Return whether a step without a segment and without a choice, in which a server ends its connection, is possible."""
    alone = (action for action in system.actions if action.by == server and not action.parameters)
    return disj(*(action.guard for action in alone if action.does(EventKind.ENDS, server)))


def turns_away(waste: Waste) -> Claim:
    """Return the claim that connections which are such a waste can fill the table, so that a client has to be turned away."""

    def watch(step: Step) -> Seen:
        trigger = _watched(step)
        segment, server = step.received, step.by
        if segment is None or server not in _servers(step) or step.accepts(server) or step.sent:
            return Seen(trigger=trigger)  # an answer, if only a cookie, turns nobody away
        client = next(step.view(c) for c, s in ports(step.roles) if s == server)
        opens = conj(segment.ctl == "SYN", client.iss == segment.seq)
        proves = conj(segment.ctl == "ACK", client.iss == segment.seq - 1)  # with cookies
        wanted = conj(client.exists, opens | proves, step.view(server).state == "LISTEN")
        wasted = waste.before(step)
        others = conj(*(w | (step.view(s).state == "LISTEN") for s, w in zip(_servers(step), wasted, strict=True)))
        return Seen(stop=conj(wanted, others, disj(*wasted)), trigger=trigger)

    return Claim(
        f"{waste.name}-turn-away",
        Kind.REACHABILITY,
        brief=said("{name} connections can keep a client out", name=_called(waste)),
        statement=said(
            "The server can drop the SYN of a live attempt, or the ACK that brings its cookie, while it has connections, and "
            "all are {name} for stale ones.",
            name=_called(waste),
        ),
        formula=said(
            "EF (server drops the SYN of a live attempt, or its cookie & all its connections are {state} for a stale SYN)",
            state=said(waste.state),
        ),
        why="What waste costs others: a table full of it has no room for who is really there.",
        when_stopped=said("a client was turned away, and every connection of the server was {name}", name=_called(waste)),
        trigger=_ACCEPTED,
        because=_BECAUSE,
        roles=EVERYBODY,
        needs=CONNECTION,
        watch=watch,
        observers=remembered_of_servers,
        asserted=False,
        within=(PORTS,),
    )


def _watch_retransmissions(step: Step) -> Seen:
    stale = watch_servers(step)[SERVER]
    iss, r2 = step.after(step.view(SERVER).iss), variable(f"{SERVER}.r2", RETRANSMISSIONS)
    if step.ends(SERVER):
        step.set("sent", value=False)
        step.set("again", 0)
        return Seen()
    own = step.by == SERVER and (step.received is None or step.answers(SERVER))
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
    brief="a half-open connection's SYN goes out again R2 times at most",
    statement=(
        "A server sends the SYN of a half-open connection again at most R2 times by itself, whatever R2 is, and whether or not "
        "the SYN that it answered was stale."
    ),
    formula="G (#times that the server sent its SYN again by itself since it answered <= R2)",
    why=(
        "What a stale SYN began has to end without the client: after R2 retransmissions nothing is left to do but to give up "
        "(RFC 9293 §3.8.3). That it can give up is half-open-can-time-out's."
    ),
    when_stopped="the server sent its SYN again once more than R2 times",
    trigger="the SYN of a connection for a stale SYN was sent again",
    because="{server}; it has sent its SYN again {again} times by itself, and R2 is {server.r2}",
    roles=BOTH,
    needs=CONNECTION,
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
    kinds = wastes(composition)
    full = map(turns_away, kinds) if composition.slots < composition.ports else ()
    ending = (of(waste) for waste in kinds for of in (ends_by_itself, can_always_end))
    return (*(at_once(waste, number) for waste in kinds for number in numbers), *ending, *full)
