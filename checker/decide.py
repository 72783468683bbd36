"""Deciding claims: from a specification, claims, a scope and assumptions to verdicts, by the engine asked for."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from checker import verdict
from checker.files import check_events, has_own_events
from checker.lasso import replay_lasso, replay_trigger
from checker.limits import Limits, Means, NotForLivenessError, Schedule
from checker.mistakes import ModelFileError
from checker.trace import Trace, replay
from checker.verdict import Effort, Outcome, Question, Verdict
from model.assumptions import Assumptions
from model.expr import TRUE
from model.interpreter import Interpreter, evaluate
from model.network import connect, keeping_everything, why_not_kept
from model.pretty import pretty
from model.scope import Scope, ScopeError
from model.sorts import NotationError
from model.system import TransitionSystem
from properties import events
from properties.claim import Claim, Kind, monitored
from properties.observe import Monitored
from properties.specification import Specification

ENGINES = {
    "bfs": "breadth-first search: shortest counterexamples, or the whole scope",
    "bmc": "bounded model checking: Z3, ISNs from all 2^32; never says holds",
}

LIVENESS_ENGINE = "scc"
"""What decides claims of liveness: strongly connected components of the state graph."""

KEPT_EVERYTHING = "every segment was kept for ever, which decides the same claims in as many steps (model/network.py)"


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything about a question but the specification and the claims."""

    scope: Scope
    assumptions: Assumptions = field(default_factory=Assumptions)
    engine: str = "bfs"
    limits: Limits = field(default_factory=Limits)
    reduction: bool = True
    """Whether the network may be searched by keeping every segment, where that decides the same."""
    keep_going: bool = False
    """Whether the explicit search goes on to the end of the scope when every claim is decided."""
    means: Means = field(default_factory=Means)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What an engine says, in the terms that both have in common."""

    schedules: Mapping[str, Schedule]
    triggered: frozenset[str]
    complete: bool
    reason: str
    effort: Effort


class InterruptedSearchError(KeyboardInterrupt):
    """Ctrl-C ended a search; ``verdicts`` are what it had found."""

    def __init__(self, verdicts: list[Verdict]) -> None:
        super().__init__()
        self.verdicts = verdicts


def decide(spec: Specification, claims: Sequence[Claim], setting: Setting) -> list[Verdict]:
    """Decide claims about a specification and return their verdicts in the same order.

    The explicit search decides them all at once, but for those of liveness, each of which has a graph of its own. Bounded model
    checking takes them one by one: a formula with the observers of
    all is much harder than each alone, and a limit of time is for each. Raises :class:`~model.scope.ScopeError` for a scope
    whose ISNs contradict the assumptions, :class:`InterruptedSearchError` when Ctrl-C ends the search, and
    :class:`~checker.mistakes.ModelFileError` for a model of the user's in which an event is not what happens, and
    :class:`~checker.limits.NotForLivenessError` where an engine cannot decide a claim of liveness.
    """
    check_spacing(setting)
    by_claim: dict[Claim, Verdict] = {}
    for together in _asked_together(claims, setting):
        decided = _decide_liveness if together[0].kind is Kind.LIVENESS else _decide_together
        try:
            found, interrupted = decided(spec, together, setting)
        except (NotationError, RecursionError) as error:  # what an engine cannot take
            if not spec.file:
                raise
            deep = "a formula is nested too deep: give parts of it to several actions or variables"
            raise ModelFileError(f"{spec.locate(spec.name)}: {error if isinstance(error, NotationError) else deep}") from error
        by_claim.update(zip(together, found, strict=True))
        if interrupted:
            raise InterruptedSearchError([by_claim[claim] for claim in claims if claim in by_claim])
    return [by_claim[claim] for claim in claims]


def _asked_together(claims: Sequence[Claim], setting: Setting) -> list[list[Claim]]:
    """Return which claims are decided at once."""
    alone = [claim for claim in claims if claim.kind is Kind.LIVENESS or setting.engine == "bmc"]
    unable = {
        "--engine bmc": (setting.engine == "bmc", "it looks at runs that end"),
        "--symmetry": (setting.means.symmetry, "a cycle of renamed states need not be one of the states themselves"),
        "--hash-compaction": (setting.means.compaction, "a cycle is one of whole states"),
    }
    for claim in alone:
        for option, (given, why) in unable.items():
            if given and claim.kind is Kind.LIVENESS:
                raise NotForLivenessError(f"{claim.name} is a claim of liveness, and {why}: leave out {option}")
    together = [claim for claim in claims if claim not in alone]
    return [*([together] if together else []), *([claim] for claim in alone)]


def _question(spec: Specification, claim: Claim, setting: Setting, ranged: Scope, system: TransitionSystem) -> Question:
    declared = spec.declared(claim.name, ranged, setting.assumptions)
    lasting = claim.kind is Kind.LIVENESS
    if lasting and claim.fairness != spec.claim.get(claim.name, claim).fairness:
        declared = None  # it is declared for the fairness that the claim states
    return Question(
        spec.name,
        claim,
        LIVENESS_ENGINE if lasting else setting.engine,
        _scope_text(spec, setting, system),
        system.assumptions,
        None if declared is None else Outcome(declared),
        {assumption.name: assumption.symbols(system) for assumption in claim.fairness},
        _constraint(system),
    )


def _decide_liveness(spec: Specification, claims: Sequence[Claim], setting: Setting) -> tuple[list[Verdict], bool]:
    """Decide one claim of liveness, on the graph of its own."""
    from checker.liveness.search import recurrence

    (claim,) = claims
    system = spec.build(setting.scope, setting.assumptions)
    question = _question(spec, claim, setting, setting.scope, system)
    network = "none" if system.network is None else "searched as it is: what is lost is what a claim of liveness is about"
    if question.constraint:
        cut_off = "the constraint cuts runs off, and a run that is cut off does not show what comes later or never"
        return [verdict.unknown(question, Effort(None, None, 0, 0.0, network=network), cut_off, exercised=None)], False
    watched = monitored(system, claims)
    (check,) = watched.checks
    started = time.monotonic()
    seconds = setting.limits.seconds
    try:
        unchecked = _check_events_first(system, spec, setting) if has_own_events(spec, system) else ""
        left = None if seconds is None else max(0.0, started + seconds - time.monotonic())
        found = recurrence(replace(watched, system=watched.exact), replace(setting.limits, seconds=left), setting.means)
    except KeyboardInterrupt:
        cut = Effort(None, None, 0, 0.0, network=network)
        return [verdict.unknown(question, cut, "interrupted", exercised=None)], True
    effort = Effort(
        found.states, found.transitions, found.depth, found.seconds, found.never_taken, network, found.workers, found.memory
    )
    trigger = None if found.trigger is None else replay_trigger(watched, check, found.trigger)
    if found.schedule is not None:
        lasso = replay_lasso(watched, check, found.schedule, found.loop)
        shown = verdict.left_open(question, effort, lasso, whole=found.complete)
        return [replace(shown, reason="; ".join(filter(None, (shown.reason, unchecked))))], False
    if found.complete and not unchecked:
        return [verdict.met(question, effort, trigger, found.region)], False
    exercised = None if trigger is None else True
    return [verdict.unknown(question, effort, found.reason or unchecked, exercised=exercised)], False


def _decide_together(spec: Specification, claims: Sequence[Claim], setting: Setting) -> tuple[list[Verdict], bool]:
    system = spec.build(setting.scope, setting.assumptions)
    watched = monitored(system, claims)
    answer, network = _answer(watched, spec, setting)
    ranged = setting.scope
    if setting.engine == "bmc":
        adjacent, ahead = setting.assumptions.isn_spacing == "adjacent", setting.assumptions.isn == "clock"
        ranged = ranged.anywhere(neighbours=adjacent, ahead=ahead)
    verdicts: list[Verdict] = []
    for claim, check in zip(claims, watched.checks, strict=True):
        question = _question(spec, claim, setting, ranged, system)
        at_start = answer.schedules.get(check.name) == ()  # then nobody looked for its trigger, whatever else was asked
        exercised = True if check.name in answer.triggered else False if answer.complete and not at_start else None
        if check.name in answer.schedules:
            trace = replay(watched, check, answer.schedules[check.name], kept_everything=network.kept_everything)
            verdicts.append(verdict.shown(question, answer.effort, trace, exercised=exercised))
        elif answer.complete:
            verdicts.append(verdict.exhausted(question, answer.effort, exercised=exercised))
        else:
            verdicts.append(verdict.unknown(question, answer.effort, answer.reason, exercised=exercised))
    return verdicts, answer.reason == "interrupted"


@dataclass(frozen=True, slots=True)
class Bare:
    """The state space of a model without any claim. ``reason`` says what cut the search short, "" where nothing did."""

    model: str
    scope: str
    assumptions: Mapping[str, str | bool | int]
    effort: Effort
    reason: str

    def as_record(self) -> dict[str, Any]:
        """Return it as the record that ``--json`` prints (see the README)."""
        return {
            "handshake": self.model,
            "scope": self.scope,
            "assumptions": dict(self.assumptions),
            "complete": not self.reason,
            "reason": self.reason,
            **self.effort.as_record(),
        }


def state_space(spec: Specification, setting: Setting) -> Bare:
    """Search the states of a specification to the end, with nothing to decide.

    Every loss and duplication is written out: no claim says what a smaller search would have to preserve.
    """
    check_spacing(setting)
    system = spec.build(setting.scope, setting.assumptions)
    network = "none" if system.network is None else "searched as it is, because no claim is asked"
    whole = replace(setting, engine="bfs", keep_going=True)
    answer = _ask(Monitored(connect(system), ()), whole, network)
    return Bare(spec.name, _scope_text(spec, whole, system), system.assumptions, answer.effort, answer.reason)


def _constraint(system: TransitionSystem) -> str:
    """Return what is true of the states that a search goes on from, "" where it goes on from all."""
    return "" if system.constraint is TRUE else pretty(system.constraint, variables=system.sorts)


def _scope_text(spec: Specification, setting: Setting, system: TransitionSystem) -> str:
    constraint = f", within the constraint {_constraint(system)}" if _constraint(system) else ""
    if spec.composition is None:
        return f"the bounds of the model itself{constraint}"
    bounds = setting.scope.bounds if setting.engine == "bmc" else setting.scope.within
    return bounds(spec.composition) + constraint


@dataclass(frozen=True, slots=True)
class Searched:
    """How the network of a system is searched: whether every segment was kept, and why so, in words."""

    kept_everything: bool
    reason: str

    def connected(self, watched: Monitored) -> Monitored:
        """Return the system with its network written out."""
        return replace(watched, system=(keeping_everything if self.kept_everything else connect)(watched.system))


def search_network(watched: Monitored, setting: Setting) -> Searched:
    """Return how the network of a system is to be searched on behalf of the claims that watch it."""
    if watched.system.network is None:
        return Searched(kept_everything=False, reason="none")
    why_not = why_not_kept(watched.system, watched.formulas) if setting.reduction else "it was not to be reduced"
    return Searched(not why_not, f"searched as it is, because {why_not}" if why_not else KEPT_EVERYTHING)


def _answer(watched: Monitored, spec: Specification, setting: Setting) -> tuple[_Answer, Searched]:
    network = search_network(watched, setting)
    initial = Interpreter(watched.system).initial()
    at_start = {check.name: () for check in watched.checks if evaluate(check.at_start, initial) is True}
    asked = replace(watched, checks=tuple(check for check in watched.checks if check.name not in at_start))
    if at_start and not asked.checks:
        effort = Effort(1, 0, 0, 0.0, network=network.reason)
        return _Answer(at_start, frozenset(), complete=False, reason="", effort=effort), network
    if has_own_events(spec, watched.system):
        asked = _guarded(asked)
    answer = _ask(network.connected(asked), setting, network.reason)
    _report_events(asked, spec, answer.schedules, network)
    return replace(answer, schedules={**answer.schedules, **at_start}), network


def _guarded(asked: Monitored) -> Monitored:
    """Return what to search so that wrongly declared events are noticed in the same search, by whatever engine."""
    woven = monitored(asked.system, [events.events_claim(asked.system)])
    (check,) = woven.checks
    return Monitored(woven.system, (*asked.checks, replace(check, guards=True)))


def _check_events_first(system: TransitionSystem, spec: Specification, setting: Setting) -> str:
    """Look for wrongly declared events before a graph is made, in which nothing else is woven.

    Return "" where every state was looked at, or what was not.
    """
    from checker.explicit.search import search

    woven = monitored(system, [events.events_claim(system)])
    network = search_network(woven, setting)
    found = search(network.connected(woven), setting.limits, means=setting.means)
    _report_events(woven, spec, found.schedules, network)
    if found.reason == "interrupted":
        raise KeyboardInterrupt
    return "" if found.complete else f"its events were held against what happens in {found.states:,} states only"


def _report_events(watched: Monitored, spec: Specification, schedules: Mapping[str, Schedule], network: Searched) -> None:
    if events.NAME not in schedules:
        return
    check = next(check for check in watched.checks if check.name == events.NAME)
    trace = replay(watched, check, schedules[events.NAME], kept_everything=network.kept_everything)
    check_events(spec, watched, trace)


def several_traces(
    spec: Specification, claim: Claim, setting: Setting, verdict: Verdict, number: int
) -> tuple[list[Trace], bool]:
    """Return the trace of a verdict and others for the same claim, that differ in what is done in them: ``number`` at most.

    The shortest come first. Return also whether there is no other; it is not known where a limit or Ctrl-C ended the search.
    """
    from checker.explicit.several import counterexamples

    if verdict.trace is None or not verdict.trace.steps:
        return [verdict.trace] if verdict.trace is not None else [], True
    watched = monitored(spec.build(setting.scope, setting.assumptions), [claim])
    network, (check,) = search_network(watched, setting), watched.checks
    several = counterexamples(network.connected(watched), number, setting.limits)
    traces = [replay(watched, check, s, kept_everything=network.kept_everything) for s in several.schedules]
    return traces or [verdict.trace], several.every


def check_spacing(setting: Setting) -> None:
    """Raise :class:`ScopeError` where the ISNs of a scope are not as the assumptions say they are chosen."""
    if setting.assumptions.isn_spacing == "spaced" and setting.scope.has_neighbours:
        raise ScopeError(f"the ISNs of scope {setting.scope.name!r} are not spaced: add --isn-spacing adjacent")
    if setting.assumptions.isn == "clock" and not setting.scope.only_ahead:
        raise ScopeError(
            f"the ISNs of scope {setting.scope.name!r} do not only go ahead, as a clock does: leave out --isn clock"
        )


def _ask(system: Monitored, setting: Setting, network: str) -> _Answer:
    started = time.perf_counter()
    if setting.engine == "bmc":
        from checker.symbolic.bmc import bounded_search  # Z3 takes a while to load, and most questions do not need it

        bounded = bounded_search(system, setting.limits)
        effort = Effort(None, None, bounded.depth, time.perf_counter() - started, network=network)
        reason = bounded.reason
        if reason and reason != "interrupted":
            reason = f"no violation or witness up to depth {bounded.depth}: {reason}"
        return _Answer(bounded.schedules, bounded.triggered, complete=False, reason=reason, effort=effort)
    from checker.explicit.search import search

    found = search(system, setting.limits, exhaust=setting.keep_going, means=setting.means)
    counts = (found.states, found.transitions, found.depth, time.perf_counter() - started)
    effort = Effort(*counts, found.never_taken, network, found.workers, found.memory, found.levels)
    return _Answer(found.schedules, found.triggered, found.complete, found.reason, effort)
