"""Deciding claims: from a handshake, claims, a scope and assumptions to verdicts, by the engine asked for."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from checker import verdict
from checker.limits import Limits, Schedule
from checker.trace import replay
from checker.verdict import Effort, Outcome, Question, Verdict
from model.assumptions import SPACING, Assumptions
from model.handshakes.handshake import Handshake
from model.network import connect, keeping_everything, why_not_kept
from model.scope import Scope, ScopeError
from properties.claim import Claim, monitored
from properties.observe import Monitored

ENGINES = {
    "bfs": "breadth-first search: shortest counterexamples, or the whole scope",
    "bmc": "bounded model checking: Z3, ISNs from all 2^32; never says holds",
}

KEPT_EVERYTHING = "every segment was kept for ever, which decides the same claims in as many steps (model/network.py)"


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything about a question but the handshake and the claims."""

    scope: Scope
    assumptions: Assumptions = field(default_factory=Assumptions)
    engine: str = "bfs"
    limits: Limits = field(default_factory=Limits)
    reduction: bool = True
    """Whether the network may be searched by keeping every segment, where that decides the same."""


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


def decide(handshake: type[Handshake], claims: Sequence[Claim], setting: Setting) -> list[Verdict]:
    """Decide claims about a handshake and return their verdicts in the same order.

    The explicit search decides them all at once. Bounded model checking takes them one by one: a formula with the observers of
    all is much harder than each alone, and a limit of time is for each. Raises :class:`~model.scope.ScopeError` for a scope
    whose ISNs contradict the assumptions, :class:`InterruptedSearchError` when Ctrl-C ends the search.
    """
    check_spacing(setting)
    verdicts: list[Verdict] = []
    for together in [[claim] for claim in claims] if setting.engine == "bmc" else [claims]:
        found, interrupted = _decide_together(handshake, together, setting)
        verdicts += found
        if interrupted:
            raise InterruptedSearchError(verdicts)
    return verdicts


def _decide_together(handshake: type[Handshake], claims: Sequence[Claim], setting: Setting) -> tuple[list[Verdict], bool]:
    watched = monitored(handshake(setting.scope, setting.assumptions).system(), claims)
    why_not = why_not_kept(watched.system, watched.formulas) if setting.reduction else "it was not to be reduced"
    network = f"searched as it is, because {why_not}" if why_not else KEPT_EVERYTHING
    answer = _ask(watched, setting, network, kept_everything=not why_not)
    verdicts: list[Verdict] = []
    for claim, check in zip(claims, watched.checks, strict=True):
        declared = handshake.expected(claim.name, setting.scope, setting.assumptions)
        question = Question(
            handshake.name,
            claim,
            setting.engine,
            setting.scope.bounds if setting.engine == "bmc" else str(setting.scope),
            setting.assumptions.as_dict(),
            None if declared is None else Outcome(declared),
        )
        exercised = True if check.name in answer.triggered else False if answer.complete else None
        if check.name in answer.schedules:
            trace = replay(watched, check, answer.schedules[check.name], kept_everything=not why_not)
            verdicts.append(verdict.shown(question, answer.effort, trace, exercised=exercised))
        elif answer.complete:
            verdicts.append(verdict.exhausted(question, answer.effort, exercised=exercised))
        else:
            verdicts.append(verdict.unknown(question, answer.effort, answer.reason, exercised=exercised))
    return verdicts, answer.reason == "interrupted"


def check_spacing(setting: Setting) -> None:
    """Raise :class:`ScopeError` where the ISNs of a scope are not as the assumptions say they are chosen."""
    if setting.assumptions.isn_spacing == "spaced" and setting.scope.has_neighbours(SPACING):
        raise ScopeError(f"the ISNs of scope {setting.scope.name!r} are not spaced: add --isn-spacing adjacent")


def _ask(watched: Monitored, setting: Setting, network: str, *, kept_everything: bool) -> _Answer:
    connected = keeping_everything if kept_everything else connect
    system = replace(watched, system=connected(watched.system))
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

    found = search(system, setting.limits)
    effort = Effort(found.states, found.transitions, found.depth, time.perf_counter() - started, found.never_taken, network)
    return _Answer(found.schedules, found.triggered, found.complete, found.reason, effort)
