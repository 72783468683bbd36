"""How endpoints and the rules of a handshake become a transition system.

A handshake is a class with one rule for each state an endpoint can be in (what it does with a segment that arrives) and a list
of what it does by itself (calls of its user, time-outs). :meth:`Handshake.system` instantiates the rules for all endpoints of
a composition and adds the one action that the two of a port take together, an orderly release.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from model.notation.assumed import Scopes
from model.notation.cases import Cases
from model.notation.expr import Expr, Row, at_least, conj, ite, lift, literal, negate
from model.notation.pool import reads
from model.notation.protocol import NETWORK, Field
from model.notation.sorts import BOOL, SEQ, Enum, Nat, NotationError, Relation, brief, nearest
from model.notation.system import Action, Event, Network, Parameter, TransitionSystem, Variable, anything, choose
from model.tcp.assumptions import PAIRING, Assumptions
from model.tcp.attackers import FLOOD
from model.tcp.composition import CLIENT_SERVER, FAMILIES, Composition, Side
from model.tcp.endpoint import EventKind, Response, Tcb, synchronized
from model.tcp.handshakes.flooding import NEWEST, Backlog, full_where
from model.tcp.handshakes.forging import Forging
from model.tcp.handshakes.inferring import Inferring
from model.tcp.scope import DECLARED, Scope
from model.tcp.segment import CTL, DATA, Segment, ctl_with, segments_between

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
    for name, values in under.items():
        assumption = Assumptions.named(name)
        if not isinstance(values, tuple):
            raise NotationError(f"write the values of {name} as a tuple, as in {name}=({brief(values)},)")
        for value in values:
            assumption.check(value)
    return Expectation(verdict, frozenset(claims), within, answers, neighbours, back, zero, under, scopes)


class Handshake(Backlog):
    """A way of opening a connection. Subclasses say the rules; an instance fixes scope, assumptions and composition.

    ``claims`` are claims of its own, beside those about every handshake, and ``expects`` the verdicts that it declares.
    ``asks`` names claims about attackers that it is asked in any composition. ``ctl`` are the combinations of control bits that
    its segments can have (:func:`model.tcp.segment.ctl_with`), ``text`` the octets of text, and ``cookies`` the sort of the
    Fast Open option, where it has that.
    """

    name: ClassVar[str]
    assumes: ClassVar[type[Assumptions]] = Assumptions
    scopes: ClassVar[Scopes[Scope]] = DECLARED
    summary: ClassVar[str] = ""
    claims: ClassVar[tuple[object, ...]] = ()
    asks: ClassVar[tuple[str, ...]] = ()
    expects: ClassVar[tuple[Expectation, ...]] = ()
    ctl: ClassVar[Enum] = CTL
    text: ClassVar[Nat] = DATA
    cookies: ClassVar[Enum | None] = None
    guessable: ClassVar[bool] = False
    """Whether anybody can tell which ISNs are chosen, as where a clock alone says (RFC 6528 §1)."""
    assumptions: Assumptions

    def __init__(self, scope: Scope, assumptions: Assumptions, composition: Composition = CLIENT_SERVER) -> None:
        super().__init__(assumptions)
        self.check_table()
        self.scope = scope
        self.composition = composition
        self.hosts = Enum("Host", composition.hosts)
        self.pairs = tuple(
            (self.tcb(left, right, scope.client_isns), self.tcb(right, left, scope.server_isns))
            for left, right in composition.pairs
        )
        """The endpoints of each port, from left to right."""
        self.endpoints = tuple(tcb for pair in self.pairs for tcb in pair)
        """All endpoints, port by port."""

    def tcb(self, side: Side, peer: Side, isns: tuple[int, ...]) -> Tcb:
        """Return one endpoint of the composition, which chooses ``isns``."""
        bare = Tcb(
            side.role,
            peer.role,
            host=side.host or side.role,
            hosts=self.hosts,
            connects=side.connects,
            listens=side.listens,
            isn_choices=isns,
            text_limit=0 if not side.sends else self.scope.data if self.scope.bounded else None,
            text_octets=self.scope.octets,
            crashes=side.crashes,
            forgets=side.crashes and not self.assumptions.quiet_time and not self.assumptions.repeats_isns,
            accepts=side.accepts,
            limited=side.limited,
            closes=side.closes,
            ctl=self.combinations,
            text=self.text,
            cookies=self.cookies,
        )
        return replace(bare, fields=(*self.variables(bare), *self.of_flood(bare)), shared=self.shared(bare))

    def variables(self, tcb: Tcb) -> tuple[Field, ...]:
        """Return the variables that this handshake gives each endpoint besides those of :class:`~model.tcp.endpoint.Tcb`.

        ``tcb.read(name)`` reads one, and ``.set(tcb, name=value)`` gives it a value. When the TCB ends it goes back to its
        initial value, unless the :class:`~model.notation.protocol.Field` ``outlives`` connections. Relations are as good as any
        sort.
        """
        return ()

    def shared(self, tcb: Tcb) -> tuple[Field, ...]:
        """Return the variables that all TCBs of a host have together: a backlog, or how many challenge ACKs it still sends.

        They are read and set like the endpoint's own, and stay as they are when a TCB ends.
        """
        return ()

    @property
    def combinations(self) -> Enum:
        """The combinations of control bits: those of the handshake, and where connections are closed a FIN as well."""
        return ctl_with(*self.ctl.members, "FIN,ACK") if self.composition.closes else self.ctl

    @property
    def text_on_syn(self) -> bool:
        """Whether text may go with a SYN: where connections are closed by FINs, by the assumption of that name."""
        return self.assumptions.text_on_syn and self.composition.closes

    @property
    def opens_with_text(self) -> bool:
        """Whether the user's text may go with a SYN."""
        return self.text_on_syn

    @property
    def numbers_each(self) -> int:
        """How many sequence numbers a connection mentions at most on one side: how far apart spaced ISNs lie at least."""
        if not self.composition.closes:
            return self.scope.spacing
        texts = self.scope.data if self.scope.bounded else 1
        return 3 + texts * self.scope.octets  # ISS, the octets, FIN, and the number after it

    @property
    def segments(self) -> Relation:
        """TCP's headers."""
        return segments_between(self.hosts, self.combinations, self.text, self.cookies)

    def arriving(self, row: Row) -> Segment:
        """Return the fields of a segment that arrives."""
        return Segment.of(row)

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
        gap, assumed = self.numbers_each, self.assumptions
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
        if self.forging is not None:
            demands.append(self.forging.unforeseen(tcb, isn, gap))
        return conj(*demands)

    def mentioned(self, tcb: Tcb, isn: Expr) -> Expr:
        """Return whether a segment in flight mentions a number that a connection of ``tcb`` with this ISN would use."""

        def mentions(row: Row) -> Expr:
            segment = Segment.of(row)
            sent = (segment.source == tcb.role) & (segment.ctl != "RST,ACK") & segment.seq.in_window(isn, self.numbers_each)
            to_it = (segment.destination == tcb.role) & segment.has_ack & segment.ack.in_window(isn, self.numbers_each)
            return sent | to_it

        return self.network.exists(mentions)

    def held(self, tcb: Tcb, numbers: Callable[[Tcb], Expr]) -> Expr:
        """Return whether the other endpoint has received a SYN and has such numbers: it may yet send segments with them."""
        (other,) = (end for end in self.endpoints if end.role == tcb.peer)
        return synchronized(other.state) & numbers(other)

    def acknowledged_already(self, tcb: Tcb, isn: Expr, syn: Segment) -> Expr:
        """Return whether <SEQ=x+1, ACK=y+1> to ``tcb`` is in flight, where SYN(x) is answered with y."""

        def pairs(row: Row) -> Expr:
            segment = Segment.of(row)
            numbers = (segment.seq == syn.seq + 1) & (segment.ack == isn + 1)
            return conj(segment.destination == tcb.role, segment.has_ack, numbers)

        return self.network.exists(pairs)

    @property
    def travel(self) -> Network:
        """What the assumptions let the network do, and an attacker who sends again what it saw."""
        return Network(NETWORK, self.assumptions.loss, self.assumptions.duplication or self.is_repeated)

    @property
    def is_repeated(self) -> bool:
        """Whether somebody sends again whatever was sent, later and as often as he likes."""
        attacker = self.composition.attacker
        return attacker is not None and attacker.repeats

    @property
    def forging(self) -> Forging | None:
        """The attacker of the composition, where it has one."""
        attacker = self.composition.attacker
        if attacker is None:
            return None
        return Forging(attacker, self.endpoints, self.assumptions, guessable=self.guessable)

    def surroundings(self) -> Iterable[Variable]:
        """Yield what is remembered of an attacker."""
        yield from super().surroundings()
        yield from () if self.forging is None else self.forging.variables

    def environment(self) -> Iterable[Action]:
        """Yield what an attacker sends, and how time passes."""
        yield from super().environment()
        yield from () if self.forging is None else self.forging.actions()
        yield from self.clock(self.endpoints)

    def clock(self, endpoints: Iterable[Tcb]) -> Iterable[Action]:  # for who has limits that time ends
        """Yield what the passing of time does to all endpoints at once."""
        return ()

    def system(self) -> TransitionSystem:
        """Return the endpoints as a transition system; where an attacker infers something, two runs of a server."""
        return Inferring(self).system() if self.composition.secret else super().system()

    @property
    def title(self) -> str:
        """The handshake's name in its composition."""
        return self.composition.of(self.name)

    @property
    def acting(self) -> list[Tcb]:
        """Who listens first, so that a trace begins with that."""
        return sorted(self.endpoints, key=lambda tcb: not tcb.listens)

    def together(self) -> Iterator[Action]:
        """Yield the orderly release of each port, where no FIN releases it."""
        return (self.release(*pair) for pair in self.pairs if not self.composition.closes)

    def release(self, left: Tcb, right: Tcb) -> Action:
        """Return the orderly release, one step for both, where closing is not what is looked at.

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

    def amended(self, tcb: Tcb, cases: Cases[Response]) -> Cases[Response]:
        """Return what an endpoint does where its host's table may be full: what needs another TCB is then dropped.

        RFC 9293 says nothing of it; RFC 4987 §2 describes it, and what hosts do.
        """
        if self.flood is not None:
            return self._amended_under_flood(tcb, cases)
        if not tcb.accepts or self.composition.secret or self.composition.slots == self.composition.ports:
            return cases
        if self.drops != NEWEST or self.cached:
            flood = f"write {self.name}/{FLOOD.name}"
            raise NotationError(f"{self.name} is about a client that has others' SYNs beside it: {flood}", self.name)
        others = [other for other in self.endpoints if other.accepts and other is not tcb]
        full = at_least(self.composition.slots, [other.state != "LISTEN" for other in others])
        branches: list[tuple[Expr, Response]] = []
        for when, response in cases.branches:
            if EventKind.ANSWERS in response.events and tcb.variable_name("state") in response.updates:
                drops = Response(full_where(branches, response), "has no room for another TCB and drops a segment.")
                branches.append((when & full, drops))
            branches.append((when, response))
        return replace(cases, branches=tuple(branches))

    def check_response(self, state: str, response: Response) -> None:
        """Raise where the ISN of an answer does not depend on what is in flight, as the assumption about ISNs has it."""
        if EventKind.ANSWERS not in response.events or self.assumptions.isn not in PAIRING:
            return
        if not reads(lift(response.when, BOOL), NETWORK):
            take = f"--isn {self.assumptions.isn} needs isn, admissible = self.fresh_isn(tcb, segment)"
            raise NotationError(f"{self.name} answers a SYN in {response.name!r} with an ISN of its own: {take}", state)
