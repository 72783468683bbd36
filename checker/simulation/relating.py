"""Deciding relations: whether two systems simulate each other within a scope, and the run that tells them apart."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from checker.decide import Setting, check_spacing
from checker.host.limits import Limits, clock, out_of_time
from checker.runs.display import Displayed
from checker.runs.trace import Trace, run
from checker.simulation.behaviour import Explored
from checker.simulation.preorder import Behaviour, CutShortError, Simulation, simulation, unanswered
from checker.verdict import Outcome
from model.notation.said import said
from properties.observe import Monitored
from properties.relations import RELATIONS, Relation
from properties.specification import Specification, built_in

ENGINE = "simulation"
COMPLETED = (
    "every segment was kept for ever and sent as soon as it could be; either simulates the other "
    "(checker/simulation/behaviour.py)"
)
MOST_STATES = 300_000
"""How many states of one system are compared unless a limit says otherwise; the sets of states would not fit in memory."""


@dataclass(frozen=True, slots=True)
class RelatedSystem:
    """One of the systems compared: its name, its graph's states and steps, and how many pairs relate it to its simulator.

    ``simulated`` says whether the other simulates it, None where that is not known. ``distinct`` is how many different things
    its states show.
    """

    name: str
    states: int
    steps: int
    distinct: int
    pairs: int | None = None
    simulated: bool | None = None

    def as_record(self) -> dict[str, Any]:
        """Return it as fields of a record."""
        return {
            "system": self.name,
            "states": self.states,
            "steps": self.steps,
            "observations": self.distinct,
            "simulated": self.simulated,
            "pairs": self.pairs,
        }


@dataclass(frozen=True, slots=True, repr=False)
class Related(Displayed):
    """What was decided of a relation. ``run``, of the ``mover``, tells apart systems that do not simulate each other."""

    handshake: str
    relation: Relation
    scope: str
    assumptions: Mapping[str, str | bool | int]
    expected: Outcome | None
    outcome: Outcome
    reason: str
    network: str
    seconds: float
    sides: tuple[RelatedSystem, ...] = ()
    mover: str = ""
    run: Trace | None = None
    unusual: tuple[str, ...] = ()
    """The assumptions that are not what they are by default, by name."""

    @property
    def surprising(self) -> bool:
        """Whether it was decided, and not as is declared."""
        return self.outcome is not Outcome.UNKNOWN and self.expected not in (None, self.outcome)

    @property
    def in_brief(self) -> str:
        """What was decided of what."""
        return f"{self.handshake}: {self.relation.name} {self.outcome.value}"

    def as_record(self) -> dict[str, Any]:
        """Return it as the record that ``--json`` prints (see JSON.md)."""
        return {
            "handshake": self.handshake,
            "claim": self.relation.name,
            "kind": "equivalence",
            "verdict": self.outcome.value,
            "expected": None if self.expected is None else self.expected.value,
            "engine": ENGINE,
            "scope": self.scope,
            "assumptions": dict(self.assumptions),
            "trace_length": None if self.run is None else len(self.run),
            "reason": self.reason,
            "observed": self.relation.seen,
            "states": sum(side.states for side in self.sides),
            "transitions": sum(side.steps for side in self.sides),
            "seconds": round(self.seconds, 3),
            "network": self.network,
            "systems": [side.as_record() for side in self.sides],
            "trace_of": self.mover or None,
            "trace": None if self.run is None else [step.action for step in self.run.steps],
        }


def relations_of(spec: Specification) -> Mapping[str, Relation]:
    """Return the relations that can be asked of a model, by name."""
    if spec.composition is None or spec.file:
        return {}
    name = spec.composition.name
    return {r.name: r for r in RELATIONS.values() if name in r.within and spec.composition.of(r.handshake) == spec.name}


def relate(spec: Specification, relation: Relation, setting: Setting) -> Related:
    """Decide a relation of a model within a scope.

    Raises :class:`~model.tcp.scope.ScopeError` for a scope whose ISNs contradict the assumptions.
    """
    check_spacing(setting)
    assert spec.composition is not None
    started, limits = time.perf_counter(), setting.limits
    goes_on = _going_on(limits)
    other = built_in(spec.composition.of(relation.right))
    systems = [relation.left(spec.build(setting.scope, setting.assumptions)), other.build(setting.scope, setting.assumptions)]
    names = (spec.composition.of(relation.called), other.name)
    explored = [Explored(system, relation.observed(system), reduction=setting.reduction, goes_on=goes_on) for system in systems]
    why_not = next((e.why_not_kept for e in explored if e.why_not_kept), "")
    declared = relation.declared(setting.scope)

    def result(outcome: Outcome, reason: str, *sides: RelatedSystem, mover: str = "", trace: Trace | None = None) -> Related:
        return Related(
            spec.name,
            relation,
            setting.scope.within(spec.composition) if spec.composition is not None else "",
            systems[0].assumptions,
            None if declared is None else Outcome(declared),
            outcome,
            reason,
            said("searched as it is, because {why}", why=why_not) if why_not else COMPLETED,
            time.perf_counter() - started,
            sides,
            mover,
            trace,
            spec.unusual(systems[0].assumptions),
        )

    sides: list[RelatedSystem] = []
    try:
        behaviours = [e.behaviour(limits.states or MOST_STATES, goes_on) for e in explored]
        sides = [RelatedSystem(n, len(b.shows), b.steps, len(b.alike)) for n, b in zip(names, behaviours, strict=True)]
        ways = [simulation(behaviours[i], behaviours[1 - i], goes_on=goes_on) for i in (0, 1)]
        sides = [
            RelatedSystem(s.name, s.states, s.steps, s.distinct, len(w), w.holds) for s, w in zip(sides, ways, strict=True)
        ]
        failed = next((i for i in (0, 1) if not ways[i].holds), None)
        if failed is None:
            return result(Outcome.HOLDS, "Each simulates the other, from their initial states on", *sides)
        trace, apart = _told_apart(explored[failed], ways[failed], behaviours[1 - failed], names, failed, goes_on)
        return result(Outcome.VIOLATED, apart, *sides, mover=names[failed], trace=trace)
    except CutShortError as error:
        reason = error.args[0] if error.args else out_of_time(limits.seconds or 0)
        return result(Outcome.UNKNOWN, reason, *sides)


def _told_apart(  # noqa: PLR0913, PLR0917  # all of it is what is known of the one direction that failed
    explored: Explored,
    way: Simulation,
    other: Behaviour,
    names: tuple[str, str],
    failed: int,
    goes_on: Callable[[], bool],
) -> tuple[Trace, str]:
    mover, answerer = names[failed], names[1 - failed]
    taken = unanswered(explored.initial, explored.steps, explored.shows, other, goes_on)
    if taken is not None:
        why = "no run of {other} shows what this run of {mover} shows, in that order, and no shorter run of {mover} does that"
    else:
        taken = explored.run_through([explored.nodes[state] for state, _ in way.play()])
        why = "{other} can show all that {mover} shows, but has to choose before {mover} does, as it does in this run"
    trace = run(Monitored(explored.system), explored.schedule(taken), kept_everything=not explored.why_not_kept)
    return trace, said(f"{{other}} does not simulate {{mover}}: {why}", other=answerer, mover=mover)


def _going_on(limits: Limits) -> Callable[[], bool]:
    expired = clock(limits)

    def goes_on() -> bool:
        if limits.interrupted is not None and limits.interrupted():
            raise KeyboardInterrupt
        return not expired()

    return goes_on
