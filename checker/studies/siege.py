"""How many clients get in while a server is flooded, and what the flood holds of its table: random runs with rates.

What can happen is the model's (``HANDSHAKE/flood``); how often is said here, once for all, in round trips. A run begins with
the flood alone, until the table is as full as it gets. Then a client opens, and is in when both are ESTABLISHED with the same
ISNs; it is not when it is refused, or when its patience is over. Nothing is lost, and nobody aborts.

Time is continuous and every rate constant: what happens next is drawn in proportion to the rates (D. T. Gillespie, 1977).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from checker.studies import RUNS, SEED
from model.notation.interpreter import Interpreter, State, Transition, evaluate, key
from model.notation.network import KEPT, LOSES, SEGMENT, connect
from model.notation.system import Action
from model.tcp.assumptions import Assumptions
from model.tcp.attackers import ATTACKER, FLOOD
from model.tcp.composition import flooded
from model.tcp.endpoint import EventKind
from model.tcp.handshakes import BACKLOGS, HANDSHAKES, Cookies, Handshake
from model.tcp.handshakes.flooding import OTHERS, RANDOM, SETTLED
from model.tcp.scope import scope_named

DELIVERY, AGAIN, SPEAKS = 2.0, 1 / 3, 1.0
"""How often in a round trip: a segment arrives, what is not answered is sent again, a user who may send text does so."""
TIMEOUT, PATIENCE = 100.0, 30.0
"""How many round trips a half-open connection is kept, and how many a client waits."""
RATES, PLACES = (0.1, 1.0, 10.0), (2, 8)
"""How many SYNs of the flood arrive in a round trip, and how many places the table has."""
SCOPE = "small,answers=8"
"""The client opens once; each time that its SYN has to be answered anew the server takes another ISN, and has eight."""

DEFENDED: dict[str, type[Handshake]] = {**HANDSHAKES, **BACKLOGS, Cookies.name: Cookies}
"""What can be flooded, by name; a handshake that says nothing of it drops the newest SYN."""


@dataclass(frozen=True, slots=True)
class Siege:
    """What became of a defence with so many ``places`` under a flood of so many SYNs in a round trip.

    ``entered`` of ``runs`` clients got in. ``held`` is the mean of what the flood had of the server while they tried, in TCBs:
    an entry of a cache is the part of one that it costs.
    """

    defence: str
    places: int
    rate: float
    runs: int
    entered: int
    held: float

    def as_record(self) -> dict[str, Any]:
        """Return it as part of the record that ``--json`` prints."""
        return {
            "defence": self.defence,
            "places": self.places,
            "rate": self.rate,
            "runs": self.runs,
            "entered": self.entered,
            "tcbs_held": round(self.held, 3),
        }


@dataclass
class _Walk:
    """Random runs of one system; ``known`` remembers what can happen in a state, with its rate."""

    handshake: Handshake
    rate: float
    choose: random.Random
    known: dict[object, tuple[list[Transition], list[float]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.system = connect(self.handshake.system())
        self.interpreter = Interpreter(self.system)

    def weigh(self, action: Action, state: State) -> float:
        """Return how often an action that is possible happens, over all its arguments but the segment."""
        if action.name == LOSES:
            return 0.0
        if action.by == ATTACKER:
            return self.rate * self._part_of_the_flood(action, state)
        if action.receives:
            return DELIVERY
        if action.name.endswith("_gives_up_on_another"):
            return _count(state, OTHERS) / TIMEOUT
        if action.does(EventKind.ENDS, action.by):
            return 1 / TIMEOUT if action.name == "server_times_out" and state["server.state"] == "SYN-RECEIVED" else 0.0
        if action.name == "client_opens":
            return 0.0
        return (AGAIN if "retransmits" in action.name else SPEAKS) if action.sends else 0.0

    def _part_of_the_flood(self, action: Action, state: State) -> float:
        """Return which part of the flood's SYNs does that: of any half-open connections, the client's is one."""
        drawn = self.handshake.drops == RANDOM and action.does(EventKind.ENDS, "server")
        return 1 / (1 + _count(state, OTHERS)) if drawn else 1.0

    def steps(self, state: State) -> tuple[list[Transition], list[float]]:
        """Return what can happen next, and how often; a segment does not stay in the network when it has arrived."""
        at = key(state)
        if at not in self.known:
            ways: dict[tuple[str, object], list[Transition]] = {}
            for step in self.interpreter.steps(state):
                if not step.arguments.get(KEPT):
                    ways.setdefault((step.action, step.arguments.get(SEGMENT)), []).append(step)
            weighed = [
                (step, self.weigh(self.system.action[name], state) / len(alike))
                for (name, _), alike in ways.items()
                for step in alike
            ]
            often = [(step, weight) for step, weight in weighed if weight > 0]
            self.known[at] = [step for step, _ in often], [weight for _, weight in often]
        return self.known[at]

    def held(self, state: State) -> float:
        """Return what the flood has of the server, in TCBs."""
        return _count(state, OTHERS) / (self.handshake.cached or 1) + _count(state, SETTLED)

    def run(self) -> tuple[bool, float]:
        """Return whether a client gets in, and what the flood held in the mean while it tried."""
        state, clock, sum_held = self.interpreter.initial(), 0.0, 0.0
        for _ in range(4 * self.handshake.entries):  # the flood alone
            flood = [step for step in self.steps(state)[0] if self.system.action[step.action].by == ATTACKER]
            state = flood[0].state if flood else state
        state = next(step.state for step in self.interpreter.steps(state) if step.action == "client_opens")
        while clock < PATIENCE:
            steps, weights = self.steps(state)
            if not steps:
                break
            passes = min(self.choose.expovariate(sum(weights)), PATIENCE - clock)
            clock += passes
            sum_held += passes * self.held(state)
            if clock >= PATIENCE:
                break
            (step,) = self.choose.choices(steps, weights)
            state = step.state
            if self._is_in(state) or state["client.state"] == "CLOSED":
                break
        return self._is_in(state), sum_held / clock if clock else self.held(state)

    def _is_in(self, state: State) -> bool:
        client, server = (self.system.views[role] for role in ("client", "server"))
        established = all(evaluate(view.established, state) is True for view in (client, server))
        return (
            established
            and evaluate(client.iss == server.irs, state) is True
            and evaluate(client.irs == server.iss, state) is True
        )


def _count(state: State, name: str) -> int:
    """Return what a counter has counted, 0 where nobody counts."""
    value = state.get(name, 0)
    assert isinstance(value, int)
    return value


def besiege(  # noqa: PLR0913  # what is flooded, how, how often, and until when
    name: str,
    places: int,
    rate: float,
    *,
    runs: int = RUNS,
    seed: int = SEED,
    goes_on: Callable[[], bool] = lambda: True,
) -> Siege | None:
    """Return how many of so many clients got in, or None where no more runs are wanted. The same seed draws the same."""
    handshake = DEFENDED[name](scope_named(SCOPE), Assumptions(), flooded(FLOOD, places))
    walk = _Walk(handshake, rate, random.Random(f"{seed}/{name}/{places}/{rate}"))  # noqa: S311  # chance, not secrecy
    results = [walk.run() for _ in range(runs) if goes_on()]
    if len(results) < runs:
        return None
    return Siege(name, places, rate, runs, sum(got_in for got_in, _ in results), sum(held for _, held in results) / runs)
