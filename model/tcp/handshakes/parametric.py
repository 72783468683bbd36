"""Every handshake of N messages that go to and fro, as one family with a few Booleans as its parameters.

The client sends messages 1 and 3, the server 2 and 4. A member of the family says of each message whether it carries its
sender's ISN and whether it echoes the other's, and which message makes each side ESTABLISHED. That is all in which a handshake
of N messages can differ while a receiver looks at ISNs only, takes messages in turn, and checks whatever it can check: a field
that is there and does not fit makes it drop the message. (To check more never makes an attack possible.)

So SYN, SYN-ACK, ACK of RFC 793 is the member with three messages that is written ``1 SYN(x)  2 SYN(y)+ACK(x)  3 ACK(y)``.
There are 8 members with two messages, 64 with three, 512 with four. Which of them are safe is what ``synproof minimal``
decides.

Around the rules are the circumstances of all handshakes here: a network that loses, duplicates, reorders and delays, a
client that may give up at any time and open again, a server that may give up at any time and listens again. There are no
resets: giving up is always possible. ISNs are fresh, and 0, which no scope has, stands in a field that is empty. A server
keeps nothing about a connection that is over, unless it is one that ``remembers``: H. Attiya and R. Rappoport, The level
handshake protocol for establishing reliable connections, Distributed Computing 11 (1997), show that two messages are too
few for a server that forgets, and enough for one that does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

from model.notation.expr import TRUE, Expr, ite, literal, negate
from model.notation.said import said
from model.notation.sorts import BOOL, SEQ, Nat, Relation
from model.notation.system import (
    Action,
    Event,
    Network,
    Parameter,
    TransitionSystem,
    Variable,
    View,
    choose,
    draw,
)
from model.tcp.endpoint import ISNS, EventKind
from model.tcp.scope import SCOPES, Scope

FEWEST, MOST = 2, 4
"""How many messages there are in the smallest and in the largest family."""

CLIENT, SERVER = "client", "server"
NONE = 0
"""What stands in a field that is empty, and for an ISN that is not known."""

MESSAGES = Relation((("number", Nat(MOST)), ("isn", SEQ), ("echo", SEQ), ("attempt", SEQ)))
"""A message: which one it is, its sender's ISN and the other's, where it has them. ``attempt`` is for claims, and no rule
reads it: message 1 tells them which attempt sent it, also where it carries no ISN."""

OPENS, CLIENT_GIVES_UP, SERVER_GIVES_UP, REFUSES = "client_opens", "client_gives_up", "server_gives_up", "server_refuses_1"


def sender(message: int) -> str:
    """Return the role that sends a message."""
    return CLIENT if message % 2 else SERVER


def takes(message: int) -> str:
    """Return the name of the action in which a message is taken."""
    return f"{sender(message + 1)}_takes_{message}"


def message_text(number: int, isn: str, echo: str) -> str:
    """Return a message as a reader is shown it; empty fields are left out."""
    fields = [f"{'SYN' if number <= FEWEST else 'SEQ'}({isn})"] * bool(isn) + [f"ACK({echo})"] * bool(echo)
    return f"{number} {'+'.join(fields) or '(empty)'}"


@dataclass(frozen=True, slots=True, order=True)
class Choice:
    """A parameter: whether a message carries its sender's ISN, echoes the other's, or makes its receiver ESTABLISHED.

    Of two messages that could make a side ESTABLISHED, ``establishes`` is about the later one.
    """

    what: str
    message: int

    def __str__(self) -> str:
        return f"{self.what} {self.message}"

    def text(self, *, chosen: bool) -> str:
        """Return in words what it says of a member that it is chosen, or that it is not."""
        own, other = ("x", "y") if sender(self.message) == CLIENT else ("y", "x")
        if self.what == ESTABLISHES:
            by = self.message if chosen else self.message - 2
            return said("the {role} is ESTABLISHED by {by}", role=sender(self.message + 1), by=by)
        field = message_text(self.message, own if self.what == CARRIES else "", other if self.what == ECHOES else "")[2:]
        return said("{message} has {field}" if chosen else "{message} has no {field}", message=self.message, field=field)


CARRIES, ECHOES, ESTABLISHES = "carries", "echoes", "establishes"


def choices(messages: int) -> tuple[Choice, ...]:
    """Return the parameters of the family of so many messages."""
    every = range(1, messages + 1)
    fields = [Choice(what, i) for i in every for what in (CARRIES, ECHOES) if what == CARRIES or i > 1]
    return (*fields, *(Choice(ESTABLISHES, i) for i in every if i > FEWEST))


@dataclass(frozen=True, slots=True)
class Member:
    """A handshake of the family: the parameters that are true in it."""

    messages: int
    chosen: frozenset[Choice]

    def carries(self, message: int) -> bool:
        """Whether a message carries the ISN of its sender."""
        return Choice(CARRIES, message) in self.chosen

    def echoes(self, message: int) -> bool:
        """Whether a message echoes the ISN of its receiver, as far as its sender knows it."""
        return Choice(ECHOES, message) in self.chosen

    def established_by(self, role: str) -> int:
        """Return the message that makes a role ESTABLISHED."""
        first = 1 if role == SERVER else 2
        return first + 2 * (Choice(ESTABLISHES, first + 2) in self.chosen)

    @property
    def fields(self) -> int:
        """How many fields its messages have in all."""
        return sum(choice.what != ESTABLISHES for choice in self.chosen)

    def message(self, number: int) -> str:
        """Return one of its messages in words."""
        own, other = ("x", "y") if sender(number) == CLIENT else ("y", "x")
        return message_text(number, own if self.carries(number) else "", other if self.echoes(number) else "")

    def __str__(self) -> str:
        return "  ".join(map(self.message, range(1, self.messages + 1)))

    @property
    def named(self) -> str:
        """What it is called in a name, which has single spaces."""
        return ", ".join(map(self.message, range(1, self.messages + 1)))


RFC_793 = Member(
    3, frozenset({Choice(CARRIES, 1), Choice(CARRIES, 2), Choice(ECHOES, 2), Choice(ECHOES, 3), Choice(ESTABLISHES, 3)})
)
"""SYN, SYN-ACK, ACK. It has a name so that a reader may find it among others; nothing is decided by it."""


@dataclass(frozen=True)
class Parametric:
    """The handshakes of so many messages, in a scope; the server ``remembers`` each attempt that it answered, or does not."""

    messages: int
    scope: Scope = SCOPES["default"]
    remembers: bool = False

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The parameters."""
        return choices(self.messages)

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """Every member: one for each way to choose the parameters."""
        return tuple(map(self.member, product((False, True), repeat=len(self.choices))))

    def member(self, values: tuple[bool, ...]) -> Member:
        """Return the member in which the parameters have these values, in their order."""
        chosen = frozenset(choice for choice, value in zip(self.choices, values, strict=True) if value)
        return Member(self.messages, chosen)

    def system(self, member: Member) -> TransitionSystem:
        """Return a member as a transition system."""
        return _Rules(self, member).system()

    def client(self, member: Member) -> TransitionSystem:
        """Return its client alone, beside a server of which nothing is said but that message 1 may arrive there."""
        return _Rules(self, member).client()


class _Rules:
    """The rules of one member: variables, and an action for each message that is sent or taken."""

    def __init__(self, family: Parametric, member: Member) -> None:
        self.member, self.scope, self.remembers = member, family.scope, family.remembers
        at = Nat(member.messages)
        self.at = {role: Variable(f"{role}.at", at, 0) for role in (CLIENT, SERVER)}
        """The last message that each sent or took; 0 where it has no connection."""
        self.established = {role: Variable(f"{role}.established", BOOL, False) for role in (CLIENT, SERVER)}
        self.iss = {role: Variable(f"{role}.iss", SEQ, NONE) for role in (CLIENT, SERVER)}
        self.irs = {role: Variable(f"{role}.irs", SEQ, NONE) for role in (CLIENT, SERVER)}
        self.isns = {CLIENT: self.scope.client_isns, SERVER: self.scope.server_isns}
        self.chosen = {role: Variable(f"{role}.isns_chosen", Nat(len(isns)), 0) for role, isns in self.isns.items()}
        self.used = {role: Variable(f"{role}.isns", ISNS, frozenset()) for role in (CLIENT, SERVER)}
        self.attempt = Variable("server.attempt", SEQ, NONE)
        """Which attempt sent the message 1 that the server answered. For claims: no rule reads it."""
        self.remembered = Variable("server.remembered", ISNS, frozenset())
        self.network = Variable("network", MESSAGES, frozenset())
        self.arriving = draw("message", self.network.value)

    def system(self) -> TransitionSystem:
        answers = [self._answers()]
        if self.remembers:
            fresh = negate(self.remembered.value.has(self.arriving.row.isn))
            remembered = {self.remembered.name: self.remembered.value.add(self.arriving.row.isn)}
            answers = [replace(a, guard=a.guard & fresh, updates={**a.updates, **remembered}) for a in answers] + [
                self._refuses()
            ]
        return TransitionSystem(
            f"{self.member.messages} messages: {self.member.named}",
            variables=(
                *(v for role in (CLIENT, SERVER) for v in self._variables(role)),
                self.attempt,
                *((self.remembered,) if self.remembers else ()),
                self.network,
            ),
            actions=(
                self._opens(),
                *answers,
                *(self._takes(i) for i in range(2, self.member.messages + 1)),
                self._gives_up(CLIENT),
                self._gives_up(SERVER),
            ),
            views={CLIENT: self._view(CLIENT), SERVER: self._view(SERVER).showing(irs=self.attempt.value)},
            network=Network(self.network.name),
        )

    def client(self) -> TransitionSystem:
        sees = Action(
            takes(1),
            guard=self.arriving.row.number == 1,
            parameters=(self.arriving,),
            receives=self.arriving.name,
            by=SERVER,
            doc="Message 1 arrives at a server that may do anything.",
        )
        return TransitionSystem(
            f"the client of {self.member.named}",
            variables=(*self._variables(CLIENT), self.network),
            actions=(self._opens(), sees, self._gives_up(CLIENT)),
            views={CLIENT: self._view(CLIENT), SERVER: View(TRUE)},
            network=Network(self.network.name),
        )

    def _variables(self, role: str) -> tuple[Variable, ...]:
        numbers = (self.iss[role], self.irs[role], self.chosen[role], self.used[role])
        return (self.at[role], self.established[role], *numbers)

    def _view(self, role: str) -> View:
        at = self.at[role].value
        numbers = {"iss": self.iss[role].value, "irs": self.irs[role].value}
        return View(at, established=self.established[role].value, exists=at != 0, **numbers)

    def _opens(self) -> Action:
        isn, guard, updates = self._new_isn(CLIENT)
        return Action(
            OPENS,
            guard=(self.at[CLIENT].value == 0) & guard,
            updates={**updates, self.at[CLIENT].name: 1},
            parameters=(isn,),
            sends=(self._message(1, isn.value, literal(NONE, SEQ)),),
            events=(Event(EventKind.OPENS, CLIENT),),
            by=CLIENT,
            doc="The client opens, with a new ISN, and sends message 1.",
        )

    def _answers(self) -> Action:
        """Message 1 finds a server without a connection: it makes one, with a new ISN, and answers."""
        isn, guard, updates = self._new_isn(SERVER)
        row = self.arriving.row
        events, established = self._establishing(SERVER, 1)
        return Action(
            takes(1),
            guard=(self.at[SERVER].value == 0) & (row.number == 1) & guard,
            updates={
                **updates,
                **established,
                self.at[SERVER].name: 2,
                self.irs[SERVER].name: row.isn,
                self.attempt.name: row.attempt,
            },
            parameters=(self.arriving, isn),
            receives=self.arriving.name,
            sends=(self._message(2, isn.value, row.isn),),
            events=(Event(EventKind.ANSWERS, SERVER), Event(EventKind.ACCEPTS, SERVER), *events),
            by=SERVER,
            doc="The server takes message 1 and sends message 2, with a new ISN.",
        )

    def _takes(self, message: int) -> Action:
        """A message is taken in its turn, where each field fits that can be checked, and answered by the next."""
        role, row = sender(message + 1), self.arriving.row
        iss, irs = self.iss[role].value, self.irs[role].value
        events, established = self._establishing(role, message)
        learned = ite(irs == NONE, row.isn, irs)
        answers = message < self.member.messages
        return Action(
            takes(message),
            guard=(self.at[role].value == message - 1)
            & (row.number == message)
            & ((row.echo == NONE) | (row.echo == iss))
            & ((row.isn == NONE) | (irs == NONE) | (row.isn == irs)),
            updates={**established, self.at[role].name: message + answers, self.irs[role].name: learned},
            parameters=(self.arriving,),
            receives=self.arriving.name,
            sends=(self._message(message + 1, iss, learned),) * answers,
            events=(Event(EventKind.ACCEPTS, role), *events),
            by=role,
            doc=f"The {role} takes message {message}{f' and sends message {message + 1}' * answers}.",
        )

    def _refuses(self) -> Action:
        return Action(
            REFUSES,
            guard=(self.at[SERVER].value == 0)
            & (self.arriving.row.number == 1)
            & self.remembered.value.has(self.arriving.row.isn),
            parameters=(self.arriving,),
            receives=self.arriving.name,
            by=SERVER,
            doc="The server drops a message 1 that it has answered before.",
        )

    def _gives_up(self, role: str) -> Action:
        forgotten = {self.established[role].name: False, self.iss[role].name: NONE, self.irs[role].name: NONE}
        if role == SERVER:
            forgotten[self.attempt.name] = NONE
        return Action(
            CLIENT_GIVES_UP if role == CLIENT else SERVER_GIVES_UP,
            guard=self.at[role].value != 0,
            updates={self.at[role].name: 0, **forgotten},
            events=(Event(EventKind.ENDS, role),),
            by=role,
            doc=f"The {role} gives up, or closes its connection, and forgets it.",
        )

    def _new_isn(self, role: str) -> tuple[Parameter, Expr, dict[str, Expr]]:
        """Return the choice of a fresh ISN, in a search the next of the scope; when it is possible; and what it changes."""
        isns, chosen, used = self.isns[role], self.chosen[role].value, self.used[role].value
        following = literal(isns[-1], SEQ)
        for i, number in reversed(tuple(enumerate(isns[:-1]))):
            following = ite(chosen == i, literal(number, SEQ), following)
        isn = choose("isn", SEQ, among=(following,))
        fresh = (isn.value != NONE) & negate(used.has(isn.value))
        return (
            isn,
            (chosen < len(isns)) & fresh,
            {
                self.iss[role].name: isn.value,
                self.chosen[role].name: chosen + 1,
                self.used[role].name: used.add(isn.value),
            },
        )

    def _establishing(self, role: str, message: int) -> tuple[tuple[Event, ...], dict[str, bool]]:
        if self.member.established_by(role) != message:
            return (), {}
        return (Event(EventKind.ESTABLISHES, role),), {self.established[role].name: True}

    def _message(self, number: int, own: Expr, other: Expr) -> tuple[object, ...]:
        """Return a message of somebody whose ISN is ``own`` and who knows ``other``, as far as this member puts them in."""
        carried = own if self.member.carries(number) else NONE
        echoed = other if self.member.echoes(number) else NONE
        return (number, carried, echoed, own if number == 1 else NONE)


def both_know(system: TransitionSystem) -> Expr:
    """Return whether both are ESTABLISHED and each has the ISN of the other, as it noted it down."""
    left, right = recorded(system).values()
    return left.established & right.established & (left.irs == right.iss) & (right.irs == left.iss)


def recorded(system: TransitionSystem) -> Mapping[str, View]:
    """Return the views of a member in which the server's IRS is the ISN that it noted down.

    In those that the system has it is the ISN of the attempt whose message 1 the server answered, known or not: claims about
    attempts go by that, and in TCP, where a SYN carries its ISN, the two are the same.
    """
    views = system.views
    return {**views, SERVER: views[SERVER].showing(irs=Variable("server.irs", SEQ, NONE).value)}
