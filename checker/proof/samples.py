"""States that can be reached, to learn from: random runs in small scopes whose ISNs lie in many ways.

What is true of all of them is likely to be an invariant, and what is not is none. They prove nothing; see
:mod:`checker.proof.learning`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol, TypeVar

from checker.explicit.explorer import Explorer, Successor
from model.notation.interpreter import State
from model.notation.network import keeping_everything
from model.notation.sorts import Value
from model.notation.system import TransitionSystem
from properties.claim import Claim, monitored

CURIOSITY = 0.7
"""How often a run goes where runs have been least often, and not anywhere."""


class Named(Protocol):
    """The bounds of a search, of which only the name is looked at: it is what chance begins with."""

    @property
    def name(self) -> str:
        """What they are called."""


Bounds = TypeVar("Bounds", bound=Named)

Sample = tuple[State, list[tuple[Value, ...]]]
"""The values of all variables but the network, and the rows that the network had, one or the other time, together with them."""


def reachable(  # noqa: PLR0913  # what runs, where, how far, and until when
    build: Callable[[Bounds], TransitionSystem],
    claims: Iterable[Claim],
    scopes: Iterable[Bounds],
    *,
    runs: int,
    steps: int,
    look: Callable[[], None] = lambda: None,
) -> list[Sample]:
    """Return what is met on random runs of a system, watched for ``claims``, in each of the scopes.

    ``look`` is called now and then, and raises to end that.
    """
    found: list[Sample] = []
    asked = tuple(claims)
    for scope in scopes:
        watched = monitored(build(scope), asked)
        explorer = Explorer(replace(watched, system=keeping_everything(watched.system)), look)
        met: dict[int, int] = {}
        visits: dict[int, int] = {}
        choose = random.Random(scope.name)  # noqa: S311  # chance, not secrecy
        for _ in range(runs):
            control, pool = explorer.initial
            look()
            for _ in range(steps):
                met[control] = met.get(control, 0) | pool
                if explorer.lacks(control, pool):
                    explorer.grow(control, pool)
                by_action: dict[int, list[Successor]] = {}
                for step in explorer.moves[control]:
                    if step.possible(pool):
                        by_action.setdefault(step.action, []).append(step)
                if not by_action:
                    break
                step = choose.choice(by_action[choose.choice(list(by_action))])
                if choose.random() < CURIOSITY:  # to where the runs have been least often
                    steps_ = [choose.choice(alike) for alike in by_action.values()]
                    step = min(steps_, key=lambda step: visits.get(step.control, 0))
                visits[step.control] = visits.get(step.control, 0) + 1
                control, pool = step.control, pool & step.keep | step.add
        network = watched.system.network
        for control, pool in met.items():
            state = explorer.state(control, pool)
            rows = sorted(state[network.variable]) if network is not None else []  # type: ignore[arg-type]
            found.append((state, rows))  # type: ignore[arg-type]
    return found
