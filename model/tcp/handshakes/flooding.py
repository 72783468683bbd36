"""A server's table under a flood of SYNs, and what is done when it is full (RFC 4987).

The addresses of a flood are alike, and there are as many as the attacker likes. So what they have in the table is counted, and
nothing else is kept of it: ``backlog.others`` half-open connections, and ``backlog.settled`` ESTABLISHED ones. The client's own
connection is the TCB of the rules. A SYN of the flood arrives in the step in which it is sent, since it does not matter to
anybody when it was; what the server sends there is left out, since nobody sees it.

What becomes of such a SYN is what the handshake's own rules do in LISTEN: a connection that is half-open, or ESTABLISHED at
once, or nothing. Whether the server can be rid of it by itself is what its own calls say. A handshake says besides what it
``drops`` where the table is full: the newest SYN (so do all that say nothing), the oldest half-open connection, or any of them.
An ESTABLISHED connection is never dropped. Where it says ``cached``, half-open connections are entries of a cache that has so
many times as many places, and no TCBs (RFC 4987 §3.5).

A SYN that is dropped without anything in its place changes nothing, and is no step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import ClassVar

from model.notation.analysis import substitute
from model.notation.cases import Cases
from model.notation.expr import FALSE, TRUE, Expr, conj, disj, ite, lift, literal, variable
from model.notation.protocol import Field, Protocol
from model.notation.sorts import BOOL, SEQ, Nat, NotationError, brief, nearest
from model.notation.system import Action, Event, Variable, View, choose, draw
from model.tcp.assumptions import Assumptions
from model.tcp.attackers import ATTACKER, OWN_ISN, Attacker
from model.tcp.composition import Composition
from model.tcp.endpoint import EventKind, Response, Tcb
from model.tcp.segment import Segment

OTHERS, SETTLED, SINCE = "backlog.others", "backlog.settled", f"{ATTACKER}.since"
"""Half-open connections of the flood's addresses, ESTABLISHED ones, and SYNs since the client's connection is half-open."""
OLDER = "older"
"""How many of the others' half-open connections are older than the client's: the server's own, where it drops the oldest."""
NEWEST, OLDEST, RANDOM = "newest", "oldest", "random"
DROPPED = (NEWEST, OLDEST, RANDOM)
"""What is dropped where the table is full."""
HALF_OPEN, CONNECTED = "SYN-RECEIVED", "ESTABLISHED"

NOBODY = literal(0, Nat(0))
"""A counter of what there cannot be."""


def full_where(branches: Iterable[tuple[Expr, Response]], takes: Response) -> str:
    """Return what it is called that there is no place for what ``takes`` one, beside ``branches`` for other ways in."""
    full = "finds_the_table_full"
    return f"{full}_where_it_{takes.name}" if any(of.name == full for _, of in branches) else full


class Backlog(Protocol[Tcb, Segment, Response]):
    """The table of a server that is flooded."""

    drops: ClassVar[str] = NEWEST
    cached: ClassVar[int] = 0
    composition: Composition
    assumptions: Assumptions

    def check_table(self) -> None:
        """Raise where the handshake drops what is not known, or has a cache that is none."""
        if self.drops not in DROPPED:
            raise NotationError(f"{self.name} drops {brief(self.drops)}; {nearest(str(self.drops), DROPPED)}", "drops")
        times: object = self.cached
        if isinstance(times, bool) or not isinstance(times, int) or times < 0:
            write = "write how many entries there are for each place, as in cached = 2"
            raise NotationError(f"{self.name} has {brief(times)} as its cache: {write}", "cached")

    @property
    def flood(self) -> Attacker | None:
        """Who floods the server, if anybody does."""
        attacker = self.composition.attacker
        return attacker if attacker is not None and attacker.floods else None

    @property
    def flooded(self) -> Tcb:
        """The endpoint that is flooded."""
        return next(end for end in self.endpoints if end.accepts)

    # -- places -----------------------------------------------------------------------------------------------------------

    @property
    def slots(self) -> int:
        """How many places the table has."""
        return self.composition.slots

    @property
    def entries(self) -> int:
        """How many half-open connections there can be at most."""
        return self.slots * (self.cached or 1)

    def half_open(self, tcb: Tcb) -> Expr:
        """Return whether a connection is one of those that may have to make room."""
        return tcb.state == HALF_OPEN

    def first_out(self, tcb: Tcb) -> Expr:
        """Return whether a half-open connection of the client's is one that is dropped where the table is full."""
        if self.drops == OLDEST:
            return tcb.read(OLDER) == 0
        return TRUE if self.drops == RANDOM else FALSE

    def has_place(self, tcb: Tcb) -> Expr:
        """Return whether an endpoint's connection is counted as one that has a place of the table."""
        return conj(tcb.state != "LISTEN", *([tcb.state != HALF_OPEN] if self.cached else []))

    def of_flood(self, tcb: Tcb) -> tuple[Field, ...]:
        """Return what a server has to keep besides, to know which connection is the oldest."""
        needed = self.flood is not None and tcb.accepts and self.drops == OLDEST
        return (Field(OLDER, Nat(self.entries), 0),) if needed else ()

    @property
    def others(self) -> Expr:
        """How many half-open connections the flood's addresses have."""
        return variable(OTHERS, Nat(self.entries)) if self.made == HALF_OPEN else NOBODY

    @property
    def settled(self) -> Expr:
        """How many ESTABLISHED ones they have."""
        return variable(SETTLED, Nat(self.slots)) if self._connects else NOBODY

    @property
    def since(self) -> Expr:
        """How many SYNs of a slow flood have come since the client's connection is half-open."""
        slow = self.flood is not None and self.flood.slow and self.slots > 1 and self.made == HALF_OPEN
        return variable(SINCE, Nat(self.slots - 1)) if slow else NOBODY

    def _taken(self, number: int, own: Expr | None = None) -> Expr:
        """Return whether at least so many places of the table are taken, as the server counts them."""
        counters = (self.settled,) if self.cached else (self.others, self.settled)
        return _with_own(self.has_place(self.flooded) if own is None else own, counters, number)

    def _in_cache(self, number: int, own: Expr | None = None) -> Expr:
        """Return whether at least so many places of the cache are taken, as the server counts them."""
        return _with_own(self.half_open(self.flooded) if own is None else own, (self.others,), number)

    def full(self) -> Expr:
        """Return whether there is no place for another half-open connection."""
        return self._in_cache(self.entries) if self.cached else self._taken(self.slots)

    def seen(self, end: Tcb) -> View:
        """Return what claims see of an endpoint, and of its table where it is flooded, whatever the server counts.

        That is whether a SYN finds ``room``, whether more places are taken than there are, whether the flood has any, and
        whether it has an ESTABLISHED connection.
        """
        view = super().seen(end)
        if self.cached and end.accepts:
            view = view.showing(spends=view.exists & (view.state != "LISTEN") & ~self.half_open(end))
        if self.flood is None or not end.accepts:
            return view
        waits = end.state == HALF_OPEN
        connected = conj(end.state != "LISTEN", ~waits) if self.cached else end.state != "LISTEN"
        too_many = self._taken(self.slots + 1, connected)
        too_many |= self._in_cache(self.entries + 1, waits) if self.cached else FALSE
        waste, held = _more(self.settled, 1), _more(self.others, 1)
        return view.showing(room=~self.full(), overfull=too_many, flooded=waste | held, wasted=waste)

    # -- what the flood does ----------------------------------------------------------------------------------------------

    def surroundings(self) -> Iterable[Variable]:
        """Yield what is counted of a flood."""
        yield from super().surroundings()
        counted = (self.others, self.settled, self.since) if self.flood is not None else ()
        yield from (Variable(counter.name, counter.sort, 0) for counter in counted if counter is not NOBODY)

    def environment(self) -> Iterable[Action]:
        """Yield what a flood does, and how the server gets rid of what it left."""
        yield from super().environment()
        if self.flood is not None:
            yield from (action for action in self._arrivals_from_elsewhere() if action.guard is not FALSE)
            if self.flood.answering:
                yield from self._answers_from_elsewhere()
            yield from self._ends_elsewhere()

    @property
    def _connects(self) -> bool:
        """Whether an address of the flood can come to be connected."""
        return self.made == CONNECTED or (self.flood is not None and self.flood.answering)

    @cached_property
    def made(self) -> str:
        """The state of the connection that a SYN makes, "" where it makes none."""
        tcb = self.flooded
        segment, nothing = self.arriving(draw("segment", self.network).row), literal(0, tcb.text)
        syn = replace(segment, ctl=literal("SYN", tcb.ctl), ack=literal(0, SEQ), data=nothing)
        _, listen = self.rules(tcb)["LISTEN"]
        state, cases = tcb.variable_name("state"), listen(tcb, syn).branches
        answers = [done for when, done in cases if when is not FALSE and EventKind.ANSWERS in done.events]
        return next((str(done.updates[state].data) for done in answers if state in done.updates), "")

    def _arrivals_from_elsewhere(self) -> Iterator[Action]:
        tcb, room = self.flooded, ~self.full()
        if self.made == CONNECTED:
            yield self._by_flood("connects", room, {SETTLED: self.settled + 1}, "The flood has a connection of its SYN.")
        if not self.made:
            yield self._by_flood("is_answered", TRUE, {}, "A SYN of the flood is answered, and nothing is kept of it.")
        if self.made != HALF_OPEN:
            return
        yield self._by_flood("takes_a_place", room, {OTHERS: self.others + 1}, "A SYN of the flood takes a place.")
        own, older = self.half_open(tcb), tcb.read(OLDER) if self.drops == OLDEST else None
        ended = Response("is_dropped", "is dropped.").end(tcb).updates
        doc = "A SYN of the flood takes the place of the client's connection, which is dropped."
        yield self._by_flood(
            "takes_the_clients_place",
            conj(~room, own, self.first_out(tcb)),
            {**ended, OTHERS: self.others + 1},
            doc,
            Event(EventKind.ENDS, tcb.role),
        )
        if older is not None:
            doc = "A SYN of the flood takes the place of an older one of the flood."
            yield self._by_flood("takes_the_oldest_place", conj(~room, own, older > 0), self._older(tcb, older - 1), doc)
        elif self.drops == RANDOM and self.flood is not None and self.flood.slow:
            doc = "A SYN of the flood takes the place of another of the flood."
            yield self._by_flood("takes_its_own_place", conj(~room, own, self.others > 0), {}, doc)

    def _by_flood(self, does: str, guard: Expr, updates: dict[str, Expr], doc: str, *events: Event) -> Action:
        """Return what a SYN of the flood does; a slow one is counted while the client's connection is half-open."""
        if self.flood is not None and self.flood.slow and self.made == HALF_OPEN:
            own = self.half_open(self.flooded)
            guard = conj(guard, ~own | (FALSE if self.since is NOBODY else self.since < self.slots - 1))
            updates = {**updates, **self._since(ite(own, self.since + 1, 0))}
        name = f"{ATTACKER}_{does}"
        syn = (tuple(self._syn),)
        return Action(name, guard=guard, updates=updates, events=events, by=ATTACKER, section="RFC 4987 §2", doc=doc, shown=syn)

    @property
    def _syn(self) -> Segment:
        """A SYN of the flood as it is drawn: the attacker's, from whichever address of its, and with a number of its own."""
        tcb = self.flooded
        syn = replace(tcb.segment("SYN", seq=OWN_ISN), source=literal(ATTACKER, tcb.hosts))
        return replace(syn, destination=literal(tcb.role, tcb.hosts))

    def _answers_from_elsewhere(self) -> Iterator[Action]:
        """Yield how an address of the flood that answers comes to be connected: by its ACK, or by its cookie."""
        tcb, connected = self.flooded, {SETTLED: self.settled + 1}
        doc = "An address of the flood answers, and is connected."
        if not self.made:
            yield self._answering("connects", ~self._taken(self.slots), connected, doc)
        elif self.made == HALF_OPEN:
            room = ~self._taken(self.slots) if self.cached else TRUE
            guard, fewer = conj(self.others > 0, room), {**connected, OTHERS: self.others - 1}
            if self.drops == OLDEST:
                which, older = choose("is_older", BOOL), tcb.read(OLDER)
                there = ite(which.value, older > 0, self.others > older)
                fewer |= self._older(tcb, ite(which.value, older - 1, older))
                yield replace(self._answering("answers", guard & there, fewer, doc), parameters=(which,))
            else:
                yield self._answering("answers", guard, fewer, doc)

    def _answering(self, does: str, guard: Expr, updates: dict[str, Expr], doc: str) -> Action:
        name = f"{ATTACKER}_{does}"
        return Action(name, guard=guard, updates=updates, by=ATTACKER, section="RFC 4987 §2", doc=doc)

    def _ends_elsewhere(self) -> Iterator[Action]:
        """Yield how the server is rid of the flood's connections by itself, where its calls do that: the oldest first."""
        tcb = self.flooded
        if self.others is not NOBODY and self._can_end(HALF_OPEN):
            fewer = {OTHERS: self.others - 1}
            fewer |= self._older(tcb, tcb.read(OLDER) - 1) if self.drops == OLDEST else {}
            doc = f"{tcb.subject} gives up after the user time-out on an address that has not answered."
            yield self._own("gives_up_on_another", self.others > 0, fewer, doc)
        if self.settled is not NOBODY and self._can_end(CONNECTED):
            doc = f"{tcb.subject} aborts a connection of the flood."
            yield self._own("aborts_another", self.settled > 0, {SETTLED: self.settled - 1}, doc)

    def _own(self, does: str, guard: Expr, updates: dict[str, Expr], doc: str) -> Action:
        role = self.flooded.role
        return Action(f"{role}_{does}", guard=guard, updates=updates, by=role, section="§3.10.8", doc=doc)

    def _can_end(self, state: str) -> bool:
        """Return whether a call ends a connection in a state, whatever else is true of it."""
        tcb = self.flooded
        now = {tcb.variable_name("state"): lift(state, tcb.state.sort)}
        return any(
            EventKind.ENDS in response.events and substitute(condition, now) is TRUE
            for _, condition, response in self.calls(tcb)
        )

    # -- what the client meets --------------------------------------------------------------------------------------------

    def _amended_under_flood(self, tcb: Tcb, cases: Cases[Response]) -> Cases[Response]:
        """Return what the server does with the client's segments where its table may be full."""
        if not tcb.accepts:
            return cases
        branches: list[tuple[Expr, Response]] = []
        for when, response in cases.branches:
            enters = response.updates.get(tcb.variable_name("state"))
            answers = EventKind.ANSWERS in response.events
            if enters is not None and enters.data == CONNECTED and (answers or self.cached):
                name = f"has_no_room_where_it_{response.name}"
                drops = Response(name, "has no room for another connection and drops the segment.")
                branches.append((when & self._taken(self.slots), drops))
            if answers and enters is not None and enters.data == HALF_OPEN:
                branches += self._half_opened(tcb, when, response, full_where(branches, response))
            elif EventKind.ESTABLISHES in response.events:
                branches.append((when, self._with_oldest(tcb, response, literal(0, Nat(self.entries)))))
            else:
                branches.append((when, response))
        return replace(cases, branches=tuple(branches))

    def _half_opened(self, tcb: Tcb, when: Expr, takes: Response, full: str) -> Iterator[tuple[Expr, Response]]:
        """Yield what the SYN does that makes a half-open connection: it finds room, or room is made, or it is dropped.

        ``full`` is what it is called that it is dropped.
        """
        counted, others = self._since(literal(0, self.since.sort)), self.others - 1
        if self.drops != NEWEST:
            makes = replace(
                self._with_oldest(tcb, takes, others),
                name=f"{takes.name}_in_place_of_another",
                doc="takes a SYN in the place of another, which is dropped, and answers it.",
            )
            makes = replace(makes, updates={**makes.updates, OTHERS: others, **counted})
            yield conj(when, self.full(), self.others > 0), makes
        if self.drops == NEWEST or self.settled is not NOBODY:
            yield when & self.full(), Response(full, "has no room for another connection and drops a SYN.")
        takes = self._with_oldest(tcb, takes, self.others)
        yield when, replace(takes, updates={**takes.updates, **counted})

    def _since(self, number: Expr) -> dict[str, Expr]:
        return {} if self.since is NOBODY else {SINCE: number}

    def _with_oldest(self, tcb: Tcb, response: Response, number: Expr) -> Response:
        """Return a response after which so many of the others' connections are older than the client's half-open one."""
        return replace(response, updates={**response.updates, **self._older(tcb, number)})

    def _older(self, tcb: Tcb, number: Expr) -> dict[str, Expr]:
        return {tcb.variable_name(OLDER): number} if self.drops == OLDEST else {}


def _with_own(own: Expr, counters: tuple[Expr, ...], number: int) -> Expr:
    """Return whether a connection of one's own and what is counted are together so many at least."""
    return ite(own, _at_least(counters, number - 1), _at_least(counters, number))


def _at_least(counters: tuple[Expr, ...], number: int) -> Expr:
    """Return whether what is counted is so many at least."""
    if number <= 0:
        return TRUE
    if not counters:
        return FALSE
    first, *others = counters
    return disj(*(conj(_more(first, n), _at_least(tuple(others), number - n)) for n in range(number + 1)))


def _more(counter: Expr, number: int) -> Expr:
    return TRUE if number <= 0 else FALSE if counter is NOBODY else counter > number - 1
