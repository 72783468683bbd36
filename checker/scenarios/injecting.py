"""Segments that nobody sent: a system in which the network may be given any segment at all.

Whoever is on the way, or was an endpoint before, may send what no endpoint of the model does. Such a segment is put among those
in flight by an action of nobody's. It counts as sent by no endpoint, so that claims about who sends what do not see it; claims
about what endpoints do with a segment see it where it arrives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from checker.scenarios.scenario import Entry, Scenario
from model.notation.expr import variable
from model.notation.sorts import Nat, NotationError, Seq, Sort
from model.notation.system import Action, TransitionSystem, choose
from properties.specification import Specification

INJECTS = "network_injects"
"""The action by which a segment that nobody sent is in flight."""


def injected(scenario: Scenario, spec: Specification) -> Specification:
    """Return the model that a scenario is played on: where it injects segments, one whose network may be given some."""
    if not any(map(_injects, scenario.entries)):
        return spec
    build = spec.build
    given = [entry.what if entry.kind == "inject" else entry.given for entry in scenario.entries if _injects(entry)]
    return replace(spec, build=lambda scope, assumptions: with_injection(build(scope, assumptions), *given))


def _injects(entry: Entry) -> bool:
    return entry.kind == "inject" or entry.what == INJECTS


def with_injection(system: TransitionSystem, *given: Mapping[str, object]) -> TransitionSystem:
    """Return a system whose network may be given any segment; of each column the values of those ``given`` are tried."""
    if system.network is None or system.segments is None:
        raise NotationError(f'{system.name} has no network that a segment could be put into: leave out "inject"')
    segments = variable(system.network.variable, system.segments)
    cells = tuple(choose(column, sort, _among(sort, column, given)) for column, sort in system.segments.columns)
    action = Action(
        INJECTS,
        parameters=cells,
        updates={system.network.variable: segments.add(*(cell.value for cell in cells))},
        doc="A segment arrives on the way that no endpoint has sent.",
    )
    return replace(system, actions=(*system.actions, action))


def _among(sort: Sort, column: str, given: Sequence[Mapping[str, object]]) -> tuple[object, ...]:
    """Return what the scenario has in a column, for who asks what else can happen; what it is not, its step will say."""
    found: list[object] = []
    for cell in (one.get(column, 0) for one in given):
        try:
            found.append(sort.check(cell))
        except NotationError:
            continue
    return tuple(dict.fromkeys(found)) or ((0,) if isinstance(sort, Seq | Nat) else ())
