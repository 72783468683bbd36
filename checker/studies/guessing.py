"""What a blind attacker has to guess: of how many numbers in 2^32 an endpoint takes a forged segment.

Who sees nothing has to hit a number that it does not know. Which numbers an endpoint takes is what its rules say in the state
that it is in; nobody reckons with a window here. The rules of the endpoint are put together for a forged segment of which one
number is open, as a formula over 32 bits, and Z3 finds the borders of what meets it. Where these numbers are one run of the
circle, guesses that lie as far apart as it is long hit it wherever it is, and fewer miss it somewhere (RFC 5961 §1.2 reckons so
with a window).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from checker.decide import Setting, decide
from checker.host.solving import z3
from checker.runs.trace import Trace
from checker.symbolic.lower import Lowering, constant, in_range, lowered_value, raised_value
from model.notation.interpreter import State
from model.notation.sorts import MODULUS, SEQ, Sort, Value
from model.notation.system import Action, TransitionSystem
from model.tcp.composition import CLIENT_SERVER
from model.tcp.endpoint import EventKind
from properties.specification import Specification

ROLE, OTHER = "server", "client"
WITNESS = "connection-possible"
"""The claim whose witness is a connection that is opened."""


def _ends(action: Action) -> bool:
    return action.does(EventKind.ENDS, ROLE)


def _answers(action: Action) -> bool:
    return bool(action.sends) and not _ends(action)


def _takes(action: Action) -> bool:
    return action.does(EventKind.ACCEPTS, ROLE) and f"{ROLE}.rcv_nxt" in action.updates


def _establishes(action: Action) -> bool:
    return action.does(EventKind.ESTABLISHES, ROLE)


@dataclass(frozen=True, slots=True)
class Forgery:
    """A segment that an attacker sends an endpoint in a ``state``, and what it does there; one ``number`` of it is open."""

    name: str
    says: str
    state: str
    ctl: str
    number: str
    does: Callable[[Action], bool]
    data: int = 0


FORGERIES = (
    Forgery("connection", "an ACK that establishes a connection, by its ACK", "SYN-RECEIVED", "ACK", "ack", _establishes),
    Forgery("reset", "a RST that ends a connection, by its SEQ", "ESTABLISHED", "RST", "seq", _ends),
    Forgery("challenge", "a RST that is answered by an ACK, by its SEQ", "ESTABLISHED", "RST", "seq", _answers),
    Forgery("syn", "a SYN that ends a connection, by its SEQ", "ESTABLISHED", "SYN", "seq", _ends),
    Forgery("text", "text that is taken, by its SEQ", "ESTABLISHED", "ACK", "seq", _takes, data=1),
    Forgery("acceptance", "text that is taken, by its ACK", "ESTABLISHED", "ACK", "ack", _takes, data=1),
)
"""What RFC 5961 is about, and the ACK that three-way waits for. All numbers but the one that is open are right."""


@dataclass(frozen=True, slots=True)
class Guesses:
    """Of how many numbers a forgery is ``taken``, in how many ``runs`` of the circle.

    Who guesses knows that the run begins, or ends, at one of the numbers of an ``interval``: of all there are, where it knows
    nothing.
    """

    forgery: Forgery
    taken: int
    runs: int
    interval: int = MODULUS

    @property
    def needed(self) -> int | None:
        """How many guesses never fail, the fewest; None where none do, or where it takes more than one run to tell."""
        return -(-self.interval // self.taken) if self.taken and self.runs == 1 else None

    def as_record(self) -> dict[str, Any]:
        """Return it as part of the record that ``--json`` prints."""
        of = self.forgery
        asked = {"forgery": of.name, "state": of.state, "number": of.number}
        return {**asked, "taken": self.taken, "runs": self.runs, "needed": self.needed}


def guesses(spec: Specification, setting: Setting) -> tuple[Guesses, ...]:
    """Return what each forgery asks a blind attacker to guess; what an endpoint is in no state for is left out."""
    (witness,) = decide(spec, [spec.claim[WITNESS]], replace(setting, engine="bfs"))
    if witness.trace is None:
        return ()
    system = spec.build(setting.scope, setting.assumptions)
    states = {forgery: _reached(witness.trace, forgery.state) for forgery in FORGERIES}
    known = setting.assumptions.interval
    interval = MODULUS if known == 1 else known  # who knows the number need not guess
    return tuple(_counted(system, forgery, state, interval) for forgery, state in states.items() if state is not None)


def serves(spec: Specification) -> bool:
    """Return whether a specification has what is looked at: a client and a server, and a connection between them."""
    return spec.composition is CLIENT_SERVER and WITNESS in spec.claim


def _reached(trace: Trace, state: str) -> State | None:
    """Return the last state of a run in which the server is in a state: by then it has sent what it sends there."""
    return next((step.state for step in reversed(trace.steps) if step.state[f"{ROLE}.state"] == state), None)


def _counted(system: TransitionSystem, forgery: Forgery, state: State, interval: int) -> Guesses:
    runs = list(_runs(*_taken(system, forgery, state)))
    wraps = len(runs) > 1 and runs[0][0] == 0 and runs[-1][1] == MODULUS
    return Guesses(forgery, sum(end - begin for begin, end in runs), len(runs) - wraps, interval)


def _taken(system: TransitionSystem, forgery: Forgery, state: State) -> tuple[z3.BoolRef, z3.BitVecRef]:
    """Return the formula that says whether the endpoint does it, and the number that is open in it."""
    right: dict[str, Value] = {"source": OTHER, "destination": ROLE, "ctl": forgery.ctl, "data": forgery.data}
    right |= {"seq": state[f"{ROLE}.rcv_nxt"], "ack": state[f"{ROLE}.snd_nxt"]}
    variables = {v.name: lowered_value(state[v.name], v.sort) for v in system.variables}
    number = z3.BitVec("number", 32)
    ways = []
    for action in system.actions:
        if action.by != ROLE or action.segment is None or not forgery.does(action):
            continue
        names = zip(action.segment.names, action.segment.columns, strict=True)
        terms: dict[tuple[str, Sort], Any] = {
            (name, sort): number if column == forgery.number else lowered_value(right[column], sort)
            for name, (column, sort) in names
        }
        others = [p for p in action.parameters if p is not action.segment]
        chosen = {
            (name, sort): constant(name, sort) for p in others for name, (_, sort) in zip(p.names, p.columns, strict=True)
        }
        confined = [in_range(term, sort) for (_, sort), term in chosen.items()]
        guard = z3.And(Lowering(variables, {**terms, **chosen})(action.guard), *confined)
        ways.append(z3.Exists(list(chosen.values()), guard) if chosen else guard)
    return z3.Or(ways), number


def _runs(taken: z3.BoolRef, number: z3.BitVecRef) -> Iterator[tuple[int, int]]:
    """Yield the runs of numbers that meet a formula, each as its first and the first after it, up to 2^32."""
    begin = _first(taken, number, 0)
    while begin < MODULUS:
        end = _first(z3.Not(taken), number, begin)
        yield begin, end
        begin = _first(taken, number, end)


def _first(formula: z3.BoolRef, number: z3.BitVecRef, least: int) -> int:
    """Return the first number from ``least`` on that meets a formula, 2^32 where none does."""
    solver = z3.Solver()
    solver.add(formula)
    low, high = least, MODULUS
    while low < high:  # the first, if there is one, is not below low; and high meets the formula, or is 2^32
        middle = (low + high - 1) // 2
        if solver.check(z3.UGE(number, low), z3.ULE(number, middle)) == z3.sat:
            found = raised_value(solver.model(), number, SEQ)
            assert isinstance(found, int)
            high = found
        else:
            low = middle + 1
    return high
