"""States that can be reached, to learn from: random runs in small scopes whose ISNs lie in many ways.

What is true of all of them is likely to be an invariant, and what is not is none. They prove nothing; see
:mod:`checker.proof.learning`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from checker.explicit.explorer import Explorer
from model.interpreter import State
from model.network import keeping_everything
from model.scope import Scope
from model.sorts import MODULUS
from model.system import TransitionSystem
from properties.claim import Claim, monitored

APART = Scope("apart", (10_000, 20_000, 30_000), (1_010_000, 1_020_000, 1_030_000))
"""ISNs so far apart that numbers of different connections never meet."""
_AROUND = 12
"""In how small a range ISNs are drawn, so that numbers of both sides often meet."""


def close(number: int, gap: int) -> Iterator[Scope]:
    """Yield scopes of three attempts and three answers, with ISNs that lie at random, at least ``gap`` apart on each side."""
    for seed in range(number):
        choose = random.Random(seed)  # noqa: S311  # chance, not secrecy
        origin = choose.choice((1000, 1000, 0))  # also across the end of the circle
        sides = []
        for _ in range(2):
            isns: list[int] = []
            while len(isns) < 3:  # noqa: PLR2004
                isn = origin + choose.randrange(-_AROUND, _AROUND)
                if all(abs(isn - other) >= gap for other in isns):
                    isns.append(isn)
            sides.append(tuple(isn % MODULUS for isn in isns))
        yield Scope(f"random {seed}", *sides)


def reachable(
    build: Callable[[Scope], TransitionSystem], claim: Claim, scopes: Iterable[Scope], *, runs: int, steps: int
) -> list[State]:
    """Return different states on random runs of a system, watched for ``claim``, in each of the scopes."""
    found: dict[object, State] = {}
    for number, scope in enumerate(scopes):
        watched = monitored(build(scope), [claim])
        explorer = Explorer(replace(watched, system=keeping_everything(watched.system)))
        choose = random.Random(number)  # noqa: S311  # chance, not secrecy
        for _ in range(runs):
            node = explorer.initial
            for _ in range(steps):
                if (number, node) not in found:
                    found[number, node] = explorer.state(*node)
                control, pool = node
                if explorer.lacks(control, pool):
                    explorer.grow(control, pool)
                by_action: dict[int, list[tuple[int, int]]] = {}
                for step in explorer.moves[control]:
                    if pool & step.need == step.need:
                        by_action.setdefault(step.action, []).append((step.control, pool & step.keep | step.add))
                if not by_action:
                    break
                node = choose.choice(by_action[choose.choice(list(by_action))])
    return list(found.values())
