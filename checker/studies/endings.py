"""How connections end: the claims about closing by FINs, of each handshake, and of one under other assumptions as well.

The scope is one in which what went wrong in an opening can be met again in a close: a server answers twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from checker.decide import Setting, decide, search_network
from checker.runs.graph import of_each_endpoint, searched_quotient
from checker.studies.parallel import Task, at_once
from checker.verdict import Verdict
from model.notation.assumed import Choice
from model.tcp.composition import LIFECYCLE
from model.tcp.scope import scope_named
from properties.claim import Claim
from properties.observe import Monitored
from properties.specification import Specification

SCOPE = "small,answers=2"
"""Where the claims are decided."""
MOVES_SCOPE = "small,data=0"
"""Where the states of one endpoint are counted off: text leads from none to another."""
OTHERWISE: tuple[Mapping[str, Choice], ...] = ({"close_early": False}, {"half_duplex": True})
"""What else is assumed of one of the handshakes: that a FIN waits for ESTABLISHED, and that data is left unread."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What is found of the lifecycle of a handshake where ``otherwise`` is assumed, beside what is usual."""

    handshake: str
    otherwise: Mapping[str, Choice]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """The states between which an endpoint goes, and what it does then, by the names of its actions (RFC 9293, Figure 5)."""

    before: str
    after: str
    actions: tuple[str, ...]


def endings(specs: Sequence[Specification], varied: Specification, setting: Setting) -> tuple[Ending, ...]:
    """Decide what is claimed of closing: of each handshake, and of one that is ``varied`` under each of :data:`OTHERWISE`.

    Raises :class:`~checker.decide.InterruptedSearchError` when Ctrl-C ends a search.
    """
    asked: list[tuple[Specification, Mapping[str, Choice]]] = [(spec, {}) for spec in specs]
    asked += [(varied, otherwise) for otherwise in OTHERWISE]
    tasks: list[Task] = []
    for spec, otherwise in asked:
        life = _lifecycle(spec)
        claims = [claim for claim in life.claims if LIFECYCLE.name in claim.within]
        tasks.append((partial(_decided, life, claims, otherwise), claims))
    found = at_once(tasks, replace(setting, scope=scope_named(SCOPE)))
    return tuple(Ending(spec.name, how, tuple(verdicts)) for (spec, how), verdicts in zip(asked, found, strict=True))


def _decided(life: Specification, claims: Sequence[Claim], otherwise: Mapping[str, Choice], setting: Setting) -> list[Verdict]:
    assumptions = setting.assumptions
    for name, value in otherwise.items():
        assumptions = assumptions.otherwise(name, value)
    return decide(life, claims, replace(setting, assumptions=assumptions))


def moves(spec: Specification, setting: Setting) -> tuple[Move, ...]:
    """Return between which states an endpoint goes in the lifecycle of a handshake, in the order in which they are met."""
    own = replace(setting, scope=scope_named(MOVES_SCOPE))
    system = _lifecycle(spec).build(own.scope, own.assumptions)
    watched = Monitored(system)
    pairs, _ = searched_quotient(search_network(watched, own).connected(watched), own.limits)
    graph = of_each_endpoint(pairs, tuple(system.views))
    found: dict[tuple[str, str], list[str]] = {}
    for before, after, data in graph.edges(data=True):
        found.setdefault((str(before), str(after)), []).append(data["action"])
    return tuple(Move(before, after, tuple(actions)) for (before, after), actions in found.items())


def _lifecycle(spec: Specification) -> Specification:
    assert spec.composed is not None
    return spec.composed(LIFECYCLE)
