"""Deciding claims: from a specification, claims, a scope and assumptions to verdicts, by the engines that decide them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from checker import verdict
from checker.covering.engine import COVERED
from checker.engine import (
    Answer,
    CannotDecideError,
    Counts,
    Engine,
    Events,
    NetworkSearch,
    Option,
    Problem,
    Range,
    Setting,
)
from checker.engines import able, named, refusal, shared_out
from checker.host.interrupt import noticing
from checker.host.limits import INTERRUPTED
from checker.runs.declared import check_events, has_own_events
from checker.runs.lasso import replay_lasso, replay_trigger
from checker.runs.trace import Trace, replay
from checker.verdict import Outcome, Question, Verdict
from model.notation.expr import TRUE
from model.notation.interpreter import Interpreter, evaluate
from model.notation.network import why_not_kept
from model.notation.pretty import pretty
from model.notation.said import said
from model.notation.system import TransitionSystem
from model.tcp.scope import ScopeError
from properties import events
from properties.claim import Claim, Kind, monitored
from properties.observe import Check, Monitored
from properties.specification import Specification

__all__ = [
    "KEPT_EVERYTHING",
    "NETWORKS",
    "InterruptedSearchError",
    "Setting",
    "StateSpace",
    "check_spacing",
    "decide",
    "interruptible",
    "search_network",
    "several_traces",
    "state_space",
]

KEPT_EVERYTHING = "every segment was kept for ever, which decides the same claims in as many steps (model/notation/network.py)"
NETWORKS = {KEPT_EVERYTHING: "kept-everything", COVERED: "covering"}
"""How a network can be searched that may keep every segment, and what that is called where it is translated."""


class InterruptedSearchError(KeyboardInterrupt):
    """Ctrl-C ended a search; ``verdicts`` are what it had found."""

    def __init__(self, verdicts: list[Verdict]) -> None:
        super().__init__()
        self.verdicts = verdicts


def decide(spec: Specification, claims: Sequence[Claim], setting: Setting) -> list[Verdict]:
    """Decide claims about a specification and return their verdicts in the same order.

    Each goes to the engine that the setting names, or to the first that decides its kind (:mod:`checker.engines`). An engine
    that decides several at once is asked once; where an attacker forges segments it is asked for each claim that remembers
    something, and its searches have the seconds of the setting together.
    Raises :class:`~model.tcp.scope.ScopeError` for a scope whose ISNs contradict the assumptions,
    :class:`~checker.engine.CannotDecideError` where an engine does not decide what it is asked,
    :class:`InterruptedSearchError` when Ctrl-C ends a search, and what the ``reporting`` of a specification makes of a mistake
    in the model, such as an event that is not what happens.
    """
    check_spacing(setting)
    by_claim: dict[Claim, Verdict] = {}
    with interruptible(setting) as (own, pressed):
        started = time.monotonic()
        for engine, together in list(shared_out(claims, setting, apart=spec.asks_apart)):
            left = _remaining(own, started) if spec.asks_apart else own
            with spec.reporting():
                found, interrupted = _decided(engine, spec, together, left)
            by_claim.update(zip(together, found, strict=True))
            if interrupted or pressed():
                raise InterruptedSearchError([by_claim[claim] for claim in claims if claim in by_claim])
    return [by_claim[claim] for claim in claims]


@contextmanager
def interruptible(setting: Setting) -> Iterator[tuple[Setting, Callable[[], bool]]]:
    """Yield a setting under which Ctrl-C ends a search as a limit does, so that what it has found can still be said.

    What is yielded beside it says whether Ctrl-C was pressed, also where a search had come to its end.
    """
    times: list[None] = []
    before = setting.limits.interrupted
    limits = replace(setting.limits, interrupted=lambda: bool(times) or (before is not None and before()))
    with noticing(lambda: times.append(None)):
        yield replace(setting, limits=limits), lambda: bool(times)


def _remaining(setting: Setting, started: float) -> Setting:
    """Return the setting with the seconds that are left."""
    seconds = setting.limits.seconds
    left = None if seconds is None else max(0.0, started + seconds - time.monotonic())
    return replace(setting, limits=replace(setting.limits, seconds=left))


def _decided(engine: Engine, spec: Specification, claims: Sequence[Claim], setting: Setting) -> tuple[list[Verdict], bool]:
    """Return the verdicts of one engine, asked once, and whether it was interrupted."""
    system = spec.build(setting.scope, setting.assumptions)
    engine, problem = _problem(engine, spec, claims, setting, monitored(system, claims))
    answer, unheld = _answer(engine, problem, system)
    verdicts = []
    for claim, check in zip(claims, problem.watched.checks, strict=True):
        question = _question(engine, problem, claim, system)
        verdicts.append(_verdict(problem, question, check, answer, unheld))
    return verdicts, answer.reason == INTERRUPTED


def _problem(
    engine: Engine, spec: Specification, claims: Sequence[Claim], setting: Setting, watched: Monitored
) -> tuple[Engine, Problem]:
    """Return what an engine is asked, and the engine that answers."""
    if engine.exact and watched.system.network is not None:
        network = NetworkSearch(kept_everything=False, reason=said("searched as it is: {why}", why=engine.exact))
    else:
        network = search_network(watched, setting)
    problem = Problem(spec, tuple(claims), setting, watched, network)
    answering, reason = engine.answering(problem)
    return answering, replace(problem, network=replace(network, reason=reason))


def _answer(engine: Engine, problem: Problem, system: TransitionSystem) -> tuple[Answer, str]:
    """Return what an engine answers, of what the initial state does not decide; and which events were not looked at."""
    watched, network = problem.watched, problem.network
    initial = Interpreter(watched.system).initial()
    at_start = {check.name: () for check in watched.checks if evaluate(check.at_start, initial) is True}
    asked = replace(watched, checks=tuple(check for check in watched.checks if check.name not in at_start))
    if at_start and not asked.checks:
        counts = Counts(states=1, transitions=0, network=network.reason)
        return Answer(schedules=at_start, counts=counts), ""
    if engine.unconstrained and system.constraint is not TRUE:
        return Answer(reason=engine.unconstrained, counts=Counts(network=network.reason)), ""
    left, unheld = problem.setting, ""
    if has_own_events(problem.spec, system):
        if engine.events is Events.SEARCHED_WITH:
            asked = _guarded(asked)
        elif engine.events is Events.SEARCHED_BEFORE:
            left, unheld = _hold_events(problem, system)
            if unheld == INTERRUPTED:
                return Answer(reason=INTERRUPTED, counts=Counts(network=network.reason)), ""
    started = time.perf_counter()
    answer = engine.search(replace(problem, watched=asked, setting=left))
    seconds = time.perf_counter() - started
    counts = replace(answer.counts, seconds=seconds, network=answer.counts.network or network.reason)
    _report_events(asked, answer, network)
    return replace(answer, schedules={**answer.schedules, **at_start}, counts=counts), unheld


def _question(engine: Engine, problem: Problem, claim: Claim, system: TransitionSystem) -> Question:
    spec, setting = problem.spec, problem.setting
    declared = engine.range.declared(spec, claim.name, setting.scope, setting.assumptions)
    if claim.kind is Kind.LIVENESS and claim.fairness != spec.claim.get(claim.name, claim).fairness:
        declared = None  # it is declared for the fairness that the claim states
    return Question(
        spec.name,
        claim,
        engine.name,
        _searched(engine, spec, setting, system),
        system.assumptions,
        None if declared is None else Outcome(declared),
        {assumption.name: assumption.symbols(system) for assumption in claim.fairness},
        _constraint(system),
        spec.unusual(system.assumptions),
        declared is None
        and engine.range is Range.SCOPE
        and spec.composition is not None
        and not setting.scope.reaches_within(spec.composition),
    )


def _constraint(system: TransitionSystem) -> str:
    """Return what is true of the states that a search goes on from, "" where it goes on from all."""
    return "" if system.constraint is TRUE else pretty(system.constraint, variables=system.sorts)


def _searched(engine: Engine, spec: Specification, setting: Setting, system: TransitionSystem) -> str:
    """Return in words what bounds the runs that an engine looks at."""
    bounds, constraint = engine.range.text(spec, setting.scope), _constraint(system)
    return said("{bounds}, within the constraint {constraint}", bounds=bounds, constraint=constraint) if constraint else bounds


def _verdict(problem: Problem, question: Question, check: Check, answer: Answer, unheld: str) -> Verdict:
    """Return what an answer earns for one claim. Its runs are replayed by the interpreter."""
    engine, watched, counts = named(question.engine), problem.watched, answer.counts
    schedule = answer.schedules.get(check.name)
    at_start = schedule == ()  # then nobody looked for its trigger, whatever else was asked
    seen_all = answer.complete and engine.exhausts and not unheld
    exercised = True if check.name in answer.triggered else False if seen_all and not at_start else None
    trigger = None if answer.trigger is None else replay_trigger(watched, check, answer.trigger)
    if schedule is not None:
        if answer.loop is not None:
            lasso = replay_lasso(watched, check, schedule, answer.loop)
            shown = verdict.left_open(question, counts, lasso, whole=answer.complete)
        else:
            trace = replay(watched, check, schedule, kept_everything=problem.network.kept_everything)
            shown = verdict.shown(question, counts, trace, exercised=exercised, shortest=engine.shortest)
        return replace(shown, reason=said("{reason}; {unheld}", reason=shown.reason, unheld=unheld) if unheld else shown.reason)
    if not answer.complete or unheld:
        return verdict.unknown(question, counts, answer.reason or unheld, exercised=exercised)
    if engine.exhausts:
        return verdict.exhausted(question, counts, answer.ground, exercised=exercised, trigger=trigger)
    return verdict.proved(question, counts, answer.ground)


@dataclass(frozen=True, slots=True)
class StateSpace:
    """The state space of a model without any claim. ``reason`` says what cut the search short, "" where nothing did."""

    model: str
    scope: str
    assumptions: Mapping[str, str | bool | int]
    counts: Counts
    reason: str
    unusual: tuple[str, ...] = ()
    """The assumptions that are not what they are by default, by name."""

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the search."""
        return self.reason == INTERRUPTED

    def as_record(self) -> dict[str, Any]:
        """Return it as the record that ``--json`` prints (see JSON.md)."""
        return {
            "handshake": self.model,
            "scope": self.scope,
            "assumptions": dict(self.assumptions),
            "complete": not self.reason,
            "reason": self.reason,
            **self.counts.as_record(),
        }


def state_space(spec: Specification, setting: Setting) -> StateSpace:
    """Search the states of a specification to the end, with nothing to decide.

    Every loss and duplication is written out: no claim says what a smaller search would have to preserve.
    """
    check_spacing(setting)
    system = spec.build(setting.scope, setting.assumptions)
    engine = able(Option.NO_CLAIMS)[0] if setting.engine is None else named(setting.engine)
    if Option.NO_CLAIMS not in engine.options:
        raise CannotDecideError(refusal(engine, Option.NO_CLAIMS))
    network = NetworkSearch(
        kept_everything=False,
        reason="none" if system.network is None else said("searched as it is, because {why}", why="no claim is asked"),
    )
    problem = Problem(spec, (), setting, Monitored(system, ()), network)
    engine, _ = engine.answering(problem)
    started = time.perf_counter()
    with interruptible(setting) as (own, _):
        answer = engine.search(replace(problem, setting=replace(own, keep_going=True)))
    counts = replace(answer.counts, seconds=time.perf_counter() - started, network=network.reason)
    searched, unusual = _searched(engine, spec, setting, system), spec.unusual(system.assumptions)
    return StateSpace(spec.name, searched, system.assumptions, counts, answer.reason, unusual)


def search_network(watched: Monitored, setting: Setting) -> NetworkSearch:
    """Return how the network of a system is to be searched on behalf of the claims that watch it."""
    if watched.system.network is None:
        return NetworkSearch(kept_everything=False, reason="none")
    why_not = why_not_kept(watched.system, watched.formulas) if setting.reduction else "it was not to be reduced"
    return NetworkSearch(not why_not, said("searched as it is, because {why}", why=why_not) if why_not else KEPT_EVERYTHING)


def _guarded(asked: Monitored) -> Monitored:
    """Return what to search so that wrongly declared events are noticed in the same search, by whatever engine."""
    woven = monitored(asked.system, [events.events_claim(asked.system)])
    (check,) = woven.checks
    return Monitored(woven.system, (*asked.checks, replace(check, guards=True)))


def _hold_events(problem: Problem, system: TransitionSystem) -> tuple[Setting, str]:
    """Look for wrongly declared events before an engine is asked that cannot look for them meanwhile.

    Return the setting with the seconds that are left, and what was not looked at: "" where every state was.
    """
    setting = replace(problem.setting, engine=None, keep_going=False)
    claim = events.events_claim(system)
    engine = next(e for e in able(claim.kind) if e.events is Events.SEARCHED_WITH)
    engine, before = _problem(engine, problem.spec, [claim], setting, monitored(system, [claim]))
    started = time.monotonic()
    answer = engine.search(before)
    _report_events(before.watched, answer, before.network)
    unheld = said("its events were held against what happens in {states:,} states only", states=answer.counts.states or 0)
    unheld = "" if answer.complete else INTERRUPTED if answer.reason == INTERRUPTED else unheld
    return _remaining(problem.setting, started), unheld


def _report_events(watched: Monitored, answer: Answer, network: NetworkSearch) -> None:
    """Raise where a run is one to a step whose events are not what happened."""
    if events.NAME not in answer.schedules:
        return
    check = next(check for check in watched.checks if check.name == events.NAME)
    check_events(watched, replay(watched, check, answer.schedules[events.NAME], kept_everything=network.kept_everything))


def several_traces(
    spec: Specification, claim: Claim, setting: Setting, verdict: Verdict, number: int
) -> tuple[list[Trace], bool]:
    """Return the trace of a verdict and others for the same claim, that differ in what is done in them: ``number`` at most.

    The shortest come first. Return also whether there is no other; it is not known where a limit or Ctrl-C ended the search.
    """
    if verdict.trace is None or not verdict.trace.steps:
        return [verdict.trace] if verdict.trace is not None else [], True
    engine = named(verdict.question.engine)
    if Option.TRACES not in engine.options:
        raise CannotDecideError(refusal(engine, Option.TRACES))
    watched = monitored(spec.build(setting.scope, setting.assumptions), [claim])
    (engine, problem), (check,) = _problem(engine, spec, [claim], setting, watched), watched.checks
    several = engine.counterexamples(problem, number)
    traces = [replay(watched, check, s, kept_everything=problem.network.kept_everything) for s in several.schedules]
    return traces or [verdict.trace], several.every


def check_spacing(setting: Setting) -> None:
    """Raise :class:`ScopeError` where the ISNs of a scope are not as the assumptions say they are chosen."""
    if setting.assumptions.isn_spacing == "spaced" and setting.scope.has_neighbours:
        raise ScopeError(f"the ISNs of scope {setting.scope.name!r} are not spaced: add --isn-spacing adjacent")
    if setting.assumptions.isn == "clock" and not setting.scope.only_ahead:
        raise ScopeError(
            f"the ISNs of scope {setting.scope.name!r} do not only go ahead, as a clock does: leave out --isn clock"
        )
