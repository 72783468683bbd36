"""One endpoint by RFC 9293, and whatever is done to it: which rule of the model answers, and how.

The answer is that of the system's own actions. The segment is put among those in flight, the interpreter says which action
takes it, and what that sends and changes is the answer: nothing here knows what a RST is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial

from checker.conformance.stimuli import Arrival, Call, Stimulus, Sum, read
from checker.runs.explain import enabled, refusals
from model.notation.analysis import replaced, substitute
from model.notation.assumed import Choice
from model.notation.expr import FALSE, Expr, Key, Op, literal
from model.notation.interpreter import Arguments, Interpreter, State, cells, evaluate
from model.notation.network import connect
from model.notation.protocol import NETWORK
from model.notation.said import said
from model.notation.sorts import MODULUS, NotationError, Sort, Value, nearest
from model.notation.system import KEPT, Action, TransitionSystem
from model.tcp.endpoint import WHOLE
from model.tcp.handshakes.facing import ALONE, FACES, FACING, Faces, Facing, FacingAssumptions
from model.tcp.segment import NO_COOKIE, spelt

HOST, PEER = (side.role for side in ALONE.sides)
ISNS = (1_000_000, 1_300_000, 1_600_000, 1_900_000)
"""The ISNs that it chooses, one after the other."""
IRS = 3_000_000_000
"""The ISN of its peer, as far from these as can be."""
_KEPT = 512
"""How many systems are kept, one for each choice of assumptions: questions about alternatives come again and again."""
_NUMBERS = ("iss", "irs", "snd.una", "snd.nxt", "rcv.nxt")

OPENED_ACTIVELY, OPENED_PASSIVELY = ("opens", "SYN,ACK"), ("listens", "SYN", "ACK")
"""The two ways to ESTABLISHED."""

WAYS: Mapping[str, Mapping[bool, tuple[str, ...]]] = {
    "CLOSED": {False: ()},
    "LISTEN": {True: ("listens",)},
    "SYN-SENT": {False: ("opens",)},
    "SYN-RECEIVED": {False: ("opens", "SYN"), True: ("listens", "SYN")},
    "ESTABLISHED": {False: OPENED_ACTIVELY, True: OPENED_PASSIVELY},
    "FIN-WAIT-1": {False: (*OPENED_ACTIVELY, "closes_first")},
    "FIN-WAIT-2": {False: (*OPENED_ACTIVELY, "closes_first", "ACK")},
    "CLOSE-WAIT": {False: (*OPENED_ACTIVELY, "FIN,ACK")},
    "CLOSING": {False: (*OPENED_ACTIVELY, "closes_first", "FIN,ACK ack=snd.una")},
    "LAST-ACK": {False: (*OPENED_ACTIVELY, "FIN,ACK", "closes_after_the_other")},
    "TIME-WAIT": {False: (*OPENED_ACTIVELY, "closes_first", "ACK", "FIN,ACK")},
}
"""How each state is come to, by whether the endpoint was opened passively: what is done to it, in this order."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A segment as it is: numbers, octets of text, control bits, and which Fast Open option (RFC 7413) it has."""

    ctl: str
    seq: int
    ack: int
    data: int = 0
    cookie: str = NO_COOKIE

    @property
    def has_ack(self) -> bool:
        """Whether its ACK number counts."""
        return "ACK" in self.ctl.split(",")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint does about one thing: the ``action`` it takes, what it sends, and all variables after it.

    ``took`` is the segment that arrived, None for a call. ``cannot`` says what of it the model does not speak of; there is no
    answer then, and ``after`` is what was before.
    """

    stimulus: Stimulus
    took: Sent | None
    action: Action | None
    sent: tuple[Sent, ...]
    before: State
    after: State
    cannot: str = ""

    @property
    def state(self) -> str:
        """The state of the RFC that the endpoint is in afterwards."""
        return str(self.after[f"{HOST}.state"])

    @property
    def observed(self) -> tuple[object, ...]:
        """What one can see of it: what is sent, the state, and the numbers of the TCB after it."""
        return (self.cannot, self.sent, *(self.after[f"{HOST}.{name.replace('.', '_')}"] for name in ("state", *_NUMBERS)))


@dataclass(frozen=True)
class Host:
    """An endpoint that faces anybody, under some assumptions; its user sends ``octets`` at a time. It has no state itself."""

    assumptions: FacingAssumptions = field(default_factory=FacingAssumptions)
    octets: int = 1
    handshake: str = Facing.name
    deaf: bool = False
    """Whether nothing ever arrives: what it does by itself is known much sooner then."""
    endpoint: type[Faces] | None = None
    """The endpoint, where it is none of :data:`~model.tcp.handshakes.facing.FACES`."""

    @cached_property
    def system(self) -> TransitionSystem:
        """The endpoint and the network, with sending and receiving written out."""
        return _system(self.assumptions, self.octets, self._rules, self.deaf)

    @cached_property
    def _rules(self) -> type[Faces]:
        return self.endpoint or FACES[self.handshake]

    @cached_property
    def _interpreter(self) -> Interpreter:
        return Interpreter(self.system)

    @cached_property
    def _sorts(self) -> Mapping[str, Sort]:
        return {variable.name: variable.sort for variable in self.system.variables}

    @cached_property
    def _asked(self) -> dict[tuple[tuple[tuple[str, Value], ...], str], tuple[tuple[Action, Expr], ...]]:
        """What :meth:`_taking` has found, by the variables and the control bits."""
        return {}

    @cached_property
    def _own(self) -> Mapping[str, Action]:
        return {action.name.removeprefix(f"{HOST}_"): action for action in self.system.actions if action.by == HOST}

    @cached_property
    def calls(self) -> tuple[str, ...]:
        """What it can do without a segment."""
        return tuple(name for name, action in self._own.items() if not action.receives)

    def read(self, text: str) -> Stimulus:
        """Return what a text says is done to it; raise :class:`~model.notation.sorts.NotationError` where it says nothing."""
        return read(text, self.calls)

    def initial(self) -> State:
        """Return its variables before anything was done."""
        return self._interpreter.initial()

    def come_to(self, state: str, *, passive: bool = False) -> State:
        """Return its variables in a state, come to by an opening that nothing disturbs.

        Where there is only one way to it, ``passive`` does not matter.
        """
        if state not in WAYS:
            raise NotationError(f"there is no state {state[:40]!r}; {nearest(state, tuple(WAYS))}")
        ways = WAYS[state]
        variables = self.initial()
        for text in ways.get(passive) or next(iter(ways.values())):
            variables = self.does(self.read(text), variables).after
        assert variables[f"{HOST}.state"] == state
        return variables

    def with_numbers(self, variables: State, given: Mapping[str, Sum]) -> State:
        """Return the variables with numbers of the TCB set by hand, as after more text than the model's users send."""
        numbers = self.numbers(variables)
        for name in given:
            if name not in _NUMBERS:
                raise NotationError(f"{name[:20]!r} cannot be set; {nearest(name, _NUMBERS)}")
        return {**variables, **{f"{HOST}.{name.replace('.', '_')}": sum_.value(numbers) for name, sum_ in given.items()}}

    def numbers(self, variables: State) -> dict[str, int]:
        """Return what :data:`~checker.conformance.stimuli.NAMES` stand for."""
        found = {name: self._number(variables, name) for name in _NUMBERS}
        if not self._has(variables, "sent"):
            chosen = variables[f"{HOST}.isns"]
            assert isinstance(chosen, frozenset)
            left = [isn for isn in ISNS if (isn,) not in chosen]
            found |= dict.fromkeys(("iss", "snd.una", "snd.nxt"), left[0] if left else ISNS[-1])
        if not self._has(variables, "received"):
            found |= dict.fromkeys(("irs", "rcv.nxt"), IRS)
        return found | {"rcv.wnd": self.assumptions.rcv_wnd, "max.snd.wnd": self.assumptions.max_snd_wnd}

    def _number(self, variables: State, name: str) -> int:
        value = variables[f"{HOST}.{name.replace('.', '_')}"]
        assert isinstance(value, int)
        return value

    def _has(self, variables: State, what: str) -> bool:
        """Return whether it has a connection in which it has ``sent`` a SYN of its own, or ``received`` one."""
        none = {"sent": ("CLOSED", "LISTEN"), "received": ("CLOSED", "LISTEN", "SYN-SENT")}
        return variables[f"{HOST}.state"] not in none[what]

    def segment(self, arrival: Arrival, variables: State) -> Sent:
        """Return the segment that arrives: with the numbers that one would expect, where it does not say which."""
        numbers = self.numbers(variables)
        seq = arrival.seq.value(numbers) if arrival.seq is not None else numbers["rcv.nxt"]
        ack = arrival.ack.value(numbers) if arrival.ack is not None else numbers["snd.nxt"]
        return Sent(spelt(",".join(arrival.ctl) or "none"), seq, ack if "ACK" in arrival.ctl else 0, arrival.data)

    def does(self, stimulus: Stimulus, variables: State) -> Answer:
        """Return what it does about something. A call that it does not have in this state raises, with the reason."""
        if isinstance(stimulus, Call):
            action = self._own[stimulus.name]
            arguments = next(enabled(self._interpreter, action, variables), None)
            if arguments is None:
                raise NotationError(self._why_not(stimulus.name, variables))
            return self._taken(stimulus, None, action, variables, arguments)
        return self.receives(self.segment(stimulus, variables), variables, stimulus)

    def _why_not(self, call: str, variables: State) -> str:
        """Return why a call cannot be made now: what there is in this state instead, or what else it lacks."""
        action, state = self._own[call], str(variables[f"{HOST}.state"])
        if substitute(action.guard, {f"{HOST}.state": literal(state, WHOLE)}) is not FALSE:
            return str(refusals(self._interpreter, action, variables)[0])
        there = [name for name in self.calls if next(enabled(self._interpreter, self._own[name], variables), None) is not None]
        of_its_kind = [name for name in there if name.partition("_")[0] == call.partition("_")[0]]
        return f"there is no {call!r} in {state}: write {' or '.join(map(repr, of_its_kind or there))} there"

    def ways(self, call: str, variables: State) -> Iterator[Answer]:
        """Yield what it does about a call, for each choice that it has then; nothing where it has not this call now."""
        action = self._own.get(call)
        if action is None:
            return
        for arguments in list(enabled(self._interpreter, action, variables)):
            yield self._taken(Call(call), None, action, variables, arguments)

    def receives(self, segment: Sent, variables: State, stimulus: Stimulus | None = None) -> Answer:
        """Return what it does about a segment: where it has a choice, the first."""
        stimulus = Arrival(()) if stimulus is None else stimulus
        cannot = said(
            "the model has no rule for it, or the endpoint has used up the {number} ISNs that it has", number=len(ISNS)
        )
        nothing = Answer(stimulus, segment, None, (), variables, variables, cannot)
        return next(self.answers(segment, variables, stimulus), nothing)

    def answers(self, segment: Sent, variables: State, stimulus: Stimulus) -> Iterator[Answer]:
        """Yield what it does about a segment, for each choice that it has then."""
        option = () if self._rules.cookies is None else (segment.cookie,)
        row = (PEER, HOST, segment.seq, segment.ack, segment.ctl, segment.data, *option)
        there = {**variables, NETWORK: frozenset({row})}
        for action, guard in self._taking(variables, segment.ctl):
            for arguments in self._interpreter.choices(action, there, {action.receives: row, KEPT: False}):
                if evaluate(guard, there, cells(action, arguments)) is True:
                    yield self._taken(stimulus, segment, action, there, arguments)

    def _taking(self, variables: State, ctl: str) -> tuple[tuple[Action, Expr], ...]:
        """Return the actions that may take a segment with these control bits now, and what of their guards is about the rest.

        Many segments are asked about in one state, and what is known of all of them is worked out once.
        """
        own = tuple((name, value) for name, value in variables.items() if name != NETWORK)
        if (own, "") not in self._asked:
            known = {name: literal(value, self._sorts[name]) for name, value in own}
            same: dict[Key, Expr] = {}
            taking = (action for action in self._own.values() if action.receives)
            self._asked[own, ""] = _possible((action, substitute(action.guard, known, same)) for action in taking)
        if (own, ctl) not in self._asked:
            same = {}
            rest = ((action, replaced(guard, partial(_of_header, ctl), same)) for action, guard in self._asked[own, ""])
            self._asked[own, ctl] = _possible(rest)
        return self._asked[own, ctl]

    def _taken(self, stimulus: Stimulus, took: Sent | None, action: Action, variables: State, arguments: Arguments) -> Answer:
        step = self._interpreter.after(action, variables, arguments)
        values = cells(action, step.arguments)
        sent = tuple(_sent([evaluate(cell, variables, values) for cell in cells_of]) for cells_of in action.sends)
        return Answer(stimulus, took, action, sent, variables, {**step.state, NETWORK: frozenset()})

    def alternatives(self) -> Iterator[tuple[str, Choice, Host]]:
        """Yield the endpoint with one assumption another, and which; of RFC 5961 one mechanism goes at a time."""
        assumed = self.assumptions
        there = assumed.mechanisms.split(",")
        without = [",".join(word for word in there if word != one) or "none" for one in there if one != "none"]
        for name, values in (("seq_check", ("window", "exact", "none")), ("mechanisms", (*without, "rst,syn,ack"))):
            for value in dict.fromkeys(values):
                if value != getattr(assumed, name):
                    yield name, value, replace(self, assumptions=assumed.otherwise(name, value))
        for name in ("closed_host", "new_syn", "rfc1337"):
            for other in (choice for choice in FACING[name].choices if choice != getattr(assumed, name)):
                yield name, other, replace(self, assumptions=assumed.otherwise(name, other))


@lru_cache(_KEPT)
def _system(assumptions: FacingAssumptions, octets: int, endpoint: type[Faces], deaf: bool) -> TransitionSystem:
    return connect(endpoint.alone(ISNS, octets, assumptions, deaf=deaf).system())


def _possible(guards: Iterable[tuple[Action, Expr]]) -> tuple[tuple[Action, Expr], ...]:
    return tuple((action, guard) for action, guard in guards if guard is not FALSE)


def _of_header(ctl: str, e: Expr) -> Expr | None:
    """Return what a cell of a segment from the peer with these control bits is, or None where that is not known of it."""
    known: dict[str, Value] = {"segment.source": PEER, "segment.destination": HOST, "segment.ctl": ctl}
    return literal(known[e.name], e.sort) if e.op is Op.PARAMETER and e.name in known else None


def _sent(row: list[Value]) -> Sent:
    _, _, seq, ack, ctl, data, *option = row
    assert isinstance(seq, int)
    assert isinstance(ack, int)
    assert isinstance(data, int)
    return Sent(str(ctl), seq, ack, data, *map(str, option))


def symbolic(number: int, numbers: Mapping[str, int]) -> str:
    """Return a number as a distance from the nearer of ISS and IRS: ``ISS+1``. 0 is 0: what a closed host sends."""
    if number == 0:
        return "0"
    name, distance = min(
        ((name, (number - numbers[name] + MODULUS // 2) % MODULUS - MODULUS // 2) for name in ("iss", "irs")),
        key=lambda pair: abs(pair[1]),
    )
    return name.upper() + (f"{distance:+d}" if distance else "")


def text_of(segment: Sent, numbers: Mapping[str, int]) -> str:
    """Return a segment as the RFC writes one, its numbers as distances from the ISNs."""
    ack = f"<ACK={symbolic(segment.ack, numbers)}>" if segment.has_ack else ""
    data = f"<DATA={segment.data}>" if segment.data else ""
    cookie = f"<COOKIE={segment.cookie}>" if segment.cookie != NO_COOKIE else ""
    return f"<SEQ={symbolic(segment.seq, numbers)}>{ack}{data}<CTL={segment.ctl}>{cookie}"


STATES = tuple(state for state in WHOLE.members if state in WAYS)
"""The states that can be come to."""
