"""How endpoints and the rules of a handshake become a transition system.

A handshake is a class with one rule for each state an endpoint can be in (what it does with a segment that arrives) and a list
of what it does by itself (calls of its user, time-outs). :meth:`Handshake.system` instantiates the rules for all endpoints of
a composition and adds the one action that the two of a port take together, an orderly release.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from model.analysis import structure
from model.assumptions import CHOICES, PAIRING, Assumptions
from model.cases import Cases
from model.composition import CLIENT_SERVER, FAMILIES, Composition, Side
from model.endpoint import STATE, Response, Tcb
from model.expr import FALSE, Expr, Row, at_least, conj, conjuncts, ite, lift, literal, negate, variable
from model.pool import reads
from model.scope import Scope
from model.segment import CTL, Segment, segments_between
from model.sorts import BOOL, SEQ, Enum, NotationError, brief, check_is, nearest
from model.system import Action, Event, EventKind, Network, Parameter, TransitionSystem, Variable, anything, choose, draw

NETWORK = "network"
Rule = Callable[[Tcb, Segment], Cases[Response]]


USUAL: Mapping[str, tuple[str | int, ...]] = {"isn": ("fresh", "clock"), "abort_established": (True,), "quiet_time": (True,)}
"""What an expectation is limited to where it does not name the assumption: what is unusual is declared one by one."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """The verdict that a handshake declares for some claims.

    It is limited to some compositions, to the assumptions named in ``under`` and to :data:`USUAL` ones, and to scopes with at
    least so many ``answers``, with or without ``neighbours``, with or without ISNs that go ``back``, or after which ``zero`` is
    expected: a claim that is violated in a large scope holds in those too small to show it. One for certain ``scopes`` may be
    about small ones as well. Of an ISN that a scope offers twice it is expected that nobody chooses it again.
    """

    verdict: str
    claims: frozenset[str]
    within: tuple[str, ...] = ("",)
    answers: int = 2
    neighbours: bool | None = None
    back: bool | None = None
    zero: bool | None = None
    under: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)
    scopes: Callable[[Scope], bool] | None = None

    def covers(self, claim: str, composition: Composition, scope: Scope, assumptions: Assumptions) -> bool:
        """Return whether this is about ``claim`` of a composition in ``scope`` under ``assumptions``."""
        chosen = assumptions.as_dict()
        limits = {**USUAL, **self.under}
        once = scope.without_repeats
        if not any(side.crashes for side in composition.sides) and "quiet_time" not in self.under:
            del limits["quiet_time"]  # nobody needs it
        return (
            claim in self.claims
            and composition.family in self.within
            and (
                once.decides_within(composition) and once.answers >= self.answers if self.scopes is None else self.scopes(once)
            )
            and self.neighbours in (None, scope.has_neighbours)
            and self.back in (None, scope.goes_back)
            and self.zero in (None, scope.expects_zero)
            and all(chosen[name] in values for name, values in limits.items())
        )


def expect(  # noqa: PLR0913  # each says under what circumstances
    verdict: str,
    *claims: str,
    within: tuple[str, ...] = ("",),
    answers: int = 2,
    neighbours: bool | None = None,
    back: bool | None = None,
    zero: bool | None = None,
    scopes: Callable[[Scope], bool] | None = None,
    **under: tuple[str | int, ...],
) -> Expectation:
    """Return an expectation; ``under`` gives, by assumption, the values it is limited to, ``within`` the compositions."""
    for name in within:
        if name not in FAMILIES:
            raise NotationError(f"there is no composition {name!r}; {nearest(name, FAMILIES)}")
    known = Assumptions().as_dict()
    for name, values in under.items():
        if name not in known:
            raise NotationError(f"there is no assumption {name!r}; {nearest(name, tuple(known))}")
        if not isinstance(values, tuple):
            raise NotationError(f"write the values of {name} as a tuple, as in {name}=({brief(values)},)")
        for value in values:
            if name in CHOICES and value not in CHOICES[name]:
                choices = nearest(str(value), CHOICES[name])
                raise NotationError(f"{brief(value)} is no value of the assumption {name!r}; {choices}")
            if name not in CHOICES and type(value) is not type(known[name]):
                write = "write True or False" if isinstance(known[name], bool) else "write a whole number"
                raise NotationError(f"{brief(value)} is no value of the assumption {name!r}: {write}")
    return Expectation(verdict, frozenset(claims), within, answers, neighbours, back, zero, under, scopes)


class Handshake(ABC):
    """A way of opening a connection. Subclasses say the rules; an instance fixes scope, assumptions and composition.

    ``claims`` are claims of its own, beside those about every handshake, and ``expects`` the verdicts that it declares.
    ``ctl`` are the combinations of control bits that its segments can have (:func:`model.segment.ctl_with`).
    """

    name: ClassVar[str]
    summary: ClassVar[str] = ""
    claims: ClassVar[tuple[object, ...]] = ()
    expects: ClassVar[tuple[Expectation, ...]] = ()
    ctl: ClassVar[Enum] = CTL

    def __init__(self, scope: Scope, assumptions: Assumptions, composition: Composition = CLIENT_SERVER) -> None:
        self.scope = scope
        self.assumptions = assumptions
        self.composition = composition
        self.hosts = Enum("Host", composition.roles)
        self.pairs = tuple(
            (self.tcb(left, right, scope.client_isns), self.tcb(right, left, scope.server_isns))
            for left, right in composition.pairs
        )
        """The endpoints of each port, from left to right."""
        self.endpoints = tuple(tcb for pair in self.pairs for tcb in pair)
        """All endpoints, port by port."""

    def tcb(self, side: Side, peer: Side, isns: tuple[int, ...]) -> Tcb:
        """Return one endpoint of the composition, which chooses ``isns``."""
        return Tcb(
            side.role,
            peer.role,
            self.hosts,
            connects=side.connects,
            listens=side.listens,
            isn_choices=isns,
            text_limit=0 if not side.sends else self.scope.data if self.scope.bounded else None,
            text_octets=self.scope.octets,
            crashes=side.crashes,
            forgets=side.crashes and not self.assumptions.quiet_time and not self.assumptions.repeats_isns,
            accepts=side.accepts,
            limited=side.limited,
            ctl=self.ctl,
        )

    @property
    def network(self) -> Expr:
        """The segments in flight. A rule that reads them, beyond the one that arrives, takes a reduction from the search."""
        return variable(NETWORK, segments_between(self.hosts, self.ctl))

    @classmethod
    def expected(cls, claim: str, composition: Composition, scope: Scope, assumptions: Assumptions) -> str | None:
        """Return the verdict declared for ``claim``, or None where nothing is declared. The first that covers it counts.

        Nothing is declared for windows too narrow to have old numbers in them, nor, unless it is said, for scopes that hide
        violations.
        """
        narrow = assumptions.seq_check == "window" and assumptions.rcv_wnd < scope.spread
        if narrow:
            return None
        return next((e.verdict for e in cls.expects if e.covers(claim, composition, scope, assumptions)), None)

    @abstractmethod
    def rules(self, tcb: Tcb) -> Mapping[str, tuple[str, Rule]]:
        """Return, for each state that ``tcb`` can be in, the section that says what a segment does there, and the rule."""

    @abstractmethod
    def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """Yield what ``tcb`` may do without a segment: the section, the condition, the response."""

    def fresh_isn(self, tcb: Tcb, answered: Segment | None = None) -> tuple[Parameter, Expr]:
        """Return the choice of an ISN by ``tcb``, and what the assumptions and the scope demand of it.

        ``answered`` is the SYN for which a listener chooses it, None where it is chosen for an active OPEN.
        """
        isns = tcb.isn_choices
        if not isns:
            isn = anything("isn", SEQ)
            return isn, self._demanded(tcb, isn.value, answered)
        repeats = self.assumptions.repeats_isns or tcb.forgets
        following = literal(isns[-1], SEQ)
        for i, number in reversed(tuple(enumerate(isns[:-1]))):
            its_turn = ~tcb.isns.has(number) if repeats else tcb.isns_chosen == i
            following = ite(its_turn, literal(number, SEQ), following)
        again = (ite(tcb.isns.has(number), literal(number, SEQ), following) for number in dict.fromkeys(isns))
        isn = choose("isn", SEQ, among=(following, *(again if repeats else ())))
        return isn, conj(tcb.isns_chosen < len(isns), self._demanded(tcb, isn.value, answered))

    def _demanded(self, tcb: Tcb, isn: Expr, answered: Segment | None) -> Expr:
        demands = [self.admissible_isn(tcb, isn)]
        if answered is not None and self.assumptions.isn in PAIRING:
            demands.append(~self.acknowledged_already(tcb, isn, answered))
        if answered is not None and self.assumptions.isn == "unpaired":
            demands.append(~self.held(tcb, lambda other: (other.iss == answered.seq) & (other.irs == isn)))
        return conj(*demands)

    def admissible_isn(self, tcb: Tcb, isn: Expr) -> Expr:
        """Return whether ``tcb`` may choose ``isn``, by the assumptions about ISNs."""
        gap, assumed = self.scope.spacing, self.assumptions
        spaced, repeats = assumed.isn_spacing == "spaced", assumed.repeats_isns or tcb.forgets

        def apart(used: Row) -> Expr:
            return negate(isn.in_window(used.isn, gap)) & negate(used.isn.in_window(isn, gap))

        demands: list[Expr] = []
        if spaced:
            demands.append(tcb.isns.forall(lambda used: apart(used) | (used.isn == isn) if repeats else apart(used)))
        if not assumed.repeats_isns and (tcb.forgets or not spaced):
            demands.append(negate(tcb.isns_known.has(isn)))
        if assumed.isn == "clock":
            demands.append(tcb.isns_known.forall(lambda used: isn.is_after(used.isn)))
        if assumed.isn == "unmentioned":
            demands.append(~self.mentioned(tcb, isn))
            demands.append(~self.held(tcb, lambda other: other.irs.in_window(isn, gap)))
        return conj(*demands)

    def mentioned(self, tcb: Tcb, isn: Expr) -> Expr:
        """Return whether a segment in flight mentions a number that a connection of ``tcb`` with this ISN would use."""

        def mentions(row: Row) -> Expr:
            segment = Segment.of(row)
            sent = (segment.source == tcb.role) & (segment.ctl != "RST,ACK") & segment.seq.in_window(isn, self.scope.spacing)
            to_it = (segment.destination == tcb.role) & segment.has_ack & segment.ack.in_window(isn, self.scope.spacing)
            return sent | to_it

        return self.network.exists(mentions)

    def held(self, tcb: Tcb, numbers: Callable[[Tcb], Expr]) -> Expr:
        """Return whether the other endpoint has received a SYN and has such numbers: it may yet send segments with them."""
        (other,) = (end for end in self.endpoints if end.role == tcb.peer)
        return ((other.state == "SYN-RECEIVED") | (other.state == "ESTABLISHED")) & numbers(other)

    def acknowledged_already(self, tcb: Tcb, isn: Expr, syn: Segment) -> Expr:
        """Return whether <SEQ=x+1, ACK=y+1> to ``tcb`` is in flight, where SYN(x) is answered with y."""

        def pairs(row: Row) -> Expr:
            segment = Segment.of(row)
            numbers = (segment.seq == syn.seq + 1) & (segment.ack == isn + 1)
            return conj(segment.destination == tcb.role, segment.has_ack, numbers)

        return self.network.exists(pairs)

    def system(self) -> TransitionSystem:
        """Return the handshake between the endpoints of the composition, without connections, as a transition system."""
        listening_first = sorted(self.endpoints, key=lambda tcb: not tcb.listens)  # so that a trace begins with who listens
        network = Variable(NETWORK, self.network.sort, frozenset())
        actions = [action for tcb in listening_first for action in (*self._calls(tcb), *self._arrivals(tcb, network.value))]
        return TransitionSystem(
            self.composition.of(self.name),
            variables=(*(v for tcb in self.endpoints for v in tcb.variables()), network),
            actions=(*actions, *(self.release(*pair) for pair in self.pairs)),
            views={tcb.role: tcb.view() for tcb in self.endpoints},
            network=Network(NETWORK, self.assumptions.loss, self.assumptions.duplication),
            assumptions=self.assumptions.as_dict(),
        )

    def release(self, left: Tcb, right: Tcb) -> Action:
        """Return the orderly release, one step for both: FIN is not modelled.

        It is possible when an exchange of FINs would be: both are ESTABLISHED, and what each expects next is what the other
        sends next, so that all data has arrived.
        """
        response = Response("release", "").end(left).end(right)
        return Action(
            "release" if len(self.pairs) == 1 else f"{left.role}_and_{right.role}_release",
            guard=conj(
                *(tcb.state == "ESTABLISHED" for tcb in (left, right)),
                left.snd_nxt == right.rcv_nxt,
                right.snd_nxt == left.rcv_nxt,
            ),
            updates=response.updates,
            events=tuple(Event(EventKind.ENDS, tcb.role) for tcb in (left, right)),
            section="§3.6",
            doc="Both sides release the connection in order, in one abstract step.",
        )

    def _calls(self, tcb: Tcb) -> Iterator[Action]:
        for section, condition, response in _triples(self.name, self.calls(tcb)):
            guard = conj(condition, response.when)
            if guard is not FALSE:  # a call that this endpoint has not
                yield self._action(tcb, section, guard, response)

    def _arrivals(self, tcb: Tcb, network: Expr) -> Iterator[Action]:
        arriving = draw("segment", network)
        segment = Segment.of(arriving.row)
        rules = self.rules(tcb)
        write = "a dictionary from states to pairs of section and rule"
        check_is(f"what rules() of {self.name} returns", rules, Mapping, write, "rules")
        for state, rule in rules.items():
            if state not in STATE.members:
                raise NotationError(f"rules() of {self.name} has one for {state!r}; {nearest(state, STATE.members)}", state)
            section, cases = _cases(rule, state, tcb, segment)
            cases = self._within_the_table(tcb, cases)
            for condition, response in cases.disjoint():
                if EventKind.ANSWERS in response.events and self.assumptions.isn in PAIRING:
                    self._check_that_it_asks(state, response)
                guard = conj(tcb.state == state, segment.destination == tcb.role, condition, response.when)
                if not _contradicts_itself(guard):  # as a branch does that is for other endpoints, or for other assumptions
                    yield self._action(tcb, section, guard, response, arriving)

    def _within_the_table(self, tcb: Tcb, cases: Cases[Response]) -> Cases[Response]:
        """Return what an endpoint does where its host's table may be full: a SYN that needs another TCB is then dropped.

        RFC 9293 says nothing of it; RFC 4987 §2 describes it, and what hosts do.
        """
        if not tcb.accepts or self.composition.slots == self.composition.ports:
            return cases
        others = [other for other in self.endpoints if other.accepts and other is not tcb]
        full = at_least(self.composition.slots, [other.state != "LISTEN" for other in others])
        drops = Response("finds_the_table_full", "has no room for another TCB and drops a SYN.")
        branches: list[tuple[Expr, Response]] = []
        for when, response in cases.branches:
            branches += [(when & full, drops)] if EventKind.ANSWERS in response.events else []
            branches.append((when, response))
        return Cases(tuple(branches))

    def _check_that_it_asks(self, state: str, response: Response) -> None:
        """Raise where the ISN of an answer does not depend on what is in flight, as the assumption about ISNs has it."""
        if not reads(lift(response.when, BOOL), NETWORK):
            take = f"--isn {self.assumptions.isn} needs isn, admissible = self.fresh_isn(tcb, segment)"
            raise NotationError(f"{self.name} answers a SYN in {response.name!r} with an ISN of its own: {take}", state)

    def _action(self, tcb: Tcb, section: str, guard: Expr, response: Response, *arriving: Parameter) -> Action:
        return Action(
            f"{tcb.role}_{response.name}",
            guard=guard,
            updates=response.updates,
            parameters=(*arriving, *response.parameters),
            receives="segment" if arriving else "",
            sends=tuple(map(tuple, response.sends)),
            events=response.events_of(tcb),
            by=tcb.role,
            section=section,
            doc=f"{tcb.subject} {response.doc}",
            check=response.check,
        )


def _contradicts_itself(guard: Expr) -> bool:
    """Return whether a condition asks for something and for its contrary, as far as that shows in how it is written."""
    parts = {structure(part) for part in conjuncts(guard)}
    return guard is FALSE or any(structure(negate(part)) in parts for part in conjuncts(guard))


def _triples(name: str, calls: object) -> Iterator[tuple[str, Expr | bool, Response]]:
    """Yield the calls of an endpoint, each of them being what it has to be."""
    write = "triples of section, condition and response, with yield"
    check_is(f"what calls() of {name} returns", calls, Iterable, write, "calls")
    assert isinstance(calls, Iterable)
    for call in calls:
        parts = zip(call, (str, Expr | bool, Response), strict=False) if isinstance(call, tuple) else ()
        if [isinstance(part, kind) for part, kind in parts] != [True] * 3:
            raise NotationError(f"calls() of {name} yields {brief(call)}: write {write}", "calls")
        yield call


def _cases(rule: object, state: str, tcb: Tcb, segment: Segment) -> tuple[str, Cases[Response]]:
    """Return the section of a rule and what it says about a segment, each of them being what it has to be."""
    if not (isinstance(rule, tuple) and len(rule) == 2 and isinstance(rule[0], str) and callable(rule[1])):  # noqa: PLR2004
        raise NotationError(f"the rule for {state} is {brief(rule)}: write a pair, as in ('§3.10.7.2', self.listen)", state)
    section, function = rule
    cases = function(tcb, segment)
    if not (isinstance(cases, Cases) and all(isinstance(response, Response) for _, response in cases.branches)):
        write = "return first(condition, Response(...)), and .otherwise(condition, Response(...)) after it"
        raise NotationError(f"the rule for {state} returns {brief(cases)}: {write}", getattr(function, "__name__", state))
    return section, cases
