"""A server that is flooded: what is claimed of each handshake and of each defence, and how many clients get in.

The claims are those of a step. Who gets in in the long run takes a search of several seconds for each, and is asked apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

from checker.decide import Setting, decide
from checker.studies.parallel import Task, at_once
from checker.studies.siege import DEFENDED, PLACES, RATES, Siege, besiege
from checker.verdict import Verdict
from model.tcp.attackers import FLOOD
from model.tcp.composition import ATTACKED
from model.tcp.handshakes import BACKLOGS, DEFENCES
from model.tcp.scope import scope_named
from properties.specification import Specification, built_in

CLIENTS = 50
"""How many clients try to get in, in a report."""


@dataclass(frozen=True, slots=True)
class Flooded:
    """What is found of a handshake under a flood of addresses that do not answer."""

    handshake: str
    verdicts: tuple[Verdict, ...]


def floods(specs: Sequence[Specification], setting: Setting) -> tuple[Flooded, ...]:
    """Decide what is claimed of a flooded server: of each handshake, and of the defences that come with synproof.

    Raises :class:`~checker.decide.InterruptedSearchError` when Ctrl-C ends a search.
    """
    asked = (*specs, *(built_in(name) for name in (*BACKLOGS, *DEFENCES)))
    tasks: list[Task] = []
    for spec in asked:
        assert spec.composed is not None
        flooded = spec.composed(ATTACKED[FLOOD.name])
        claims = [claim for claim in flooded.claims if FLOOD.name in claim.within]
        tasks.append((partial(decide, flooded, claims), claims))
    found = at_once(tasks, replace(setting, scope=scope_named(FLOOD.scope)))
    return tuple(Flooded(spec.name, tuple(verdicts)) for spec, verdicts in zip(asked, found, strict=True))


def sieges(specs: Sequence[Specification]) -> tuple[Siege, ...]:
    """Return how many clients get in, of the handshakes that come with synproof and of the defences."""
    own = [spec.name for spec in specs if spec.name in DEFENDED and not spec.file]
    names = (*own, *(name for name in (*BACKLOGS, *DEFENCES) if name in DEFENDED))
    found = (besiege(name, places, rate, runs=CLIENTS) for name, places, rate in product(names, PLACES, RATES))
    return tuple(siege for siege in found if siege is not None)
