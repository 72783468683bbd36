"""How near a run comes to what a claim of reachability asks for, where none gets there.

What such a claim looks for is, of each action that may be the last, a conjunction over the state before it. A part that is true
from the beginning is no progress and not counted. Of two runs the nearer is the one whose last step leaves fewer of the others
false, and of those that leave as many the shorter. What a claim remembers may be missing because whatever would make it true
is never done: that is followed from what is missing to what it is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from checker.decide import Setting, decide
from checker.runs.trace import Fact, Trace, arguments
from checker.verdict import Outcome, Verdict
from model.notation.analysis import references
from model.notation.expr import FALSE, TRUE, Expr, Op, conjuncts
from model.notation.interpreter import Interpreter, evaluate
from model.notation.reasons import reasons
from model.notation.sorts import BOOL
from properties.claim import Claim, Kind, monitored
from properties.observe import Monitored, Seen
from properties.specification import Specification
from properties.step import Step

FARTHEST = 4
"""How many parts may be missing from the end of a run that is shown."""


@dataclass(frozen=True, slots=True)
class Never:
    """What a claim remembers and no run makes true, and those actions that would and that no run takes."""

    observer: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nearest:
    """How near a run comes: the run, how many ``parts`` its last step would have to make true, and which are ``missing``.

    ``never`` has what the claim remembers and is never true. Where no run makes any of the parts true there is none.
    """

    trace: Trace | None
    parts: int = 0
    missing: tuple[Fact, ...] = ()
    never: tuple[Never, ...] = ()


def nearest(spec: Specification, verdict: Verdict, setting: Setting) -> Nearest | None:
    """Return how near a run comes where a claim of reachability is violated; None for another verdict."""
    claim = verdict.question.claim
    if claim.kind is not Kind.REACHABILITY or verdict.outcome is not Outcome.VIOLATED:
        return None
    watched = monitored(spec.build(setting.scope, setting.assumptions), [claim])
    parts = {name: tuple(_progress(watched, formula)) for name, formula in watched.checks[0].stop.items()}
    most = max((len(of_action) for of_action in parts.values()), default=0)
    never = tuple(_never(spec, watched, verdict, setting))
    for missing in range(1, min(FARTHEST + 1, most)):
        found = _run_but(spec, claim, setting, {name: _all_but(missing, p) for name, p in parts.items() if len(p) > missing})
        if found is not None:
            last, before, chosen = (
                found.steps[-1].action,
                found.before(len(found) - 1),
                arguments(watched, found, len(found) - 1),
            )
            lacking = [part for part in parts[last] if evaluate(part, before, chosen) is not True]
            facts = (Fact(r.text, r.holds, r.values) for part in lacking for r in reasons(part, before, chosen))
            return Nearest(found, len(parts[last]), tuple(facts), never)
    return Nearest(None, never=never)


def _progress(watched: Monitored, formula: Expr) -> Iterator[Expr]:
    """Yield the parts of a conjunction that are not true from the beginning."""
    initial = Interpreter(watched.system).initial()
    for part in conjuncts(formula):
        stored = all(op is Op.VARIABLE for op, _, _ in references(part))
        if not (stored and evaluate(part, initial) is True):
            yield part


def _run_but(spec: Specification, claim: Claim, setting: Setting, stop: Mapping[str, Expr]) -> Trace | None:
    """Return a shortest run to a step that meets ``stop``, in place of what a claim looks for, if there is one."""
    almost = replace(claim, watch=partial(_looking_for, claim.watch, stop))
    (verdict,) = decide(spec, [almost], replace(setting, engine=None))
    return verdict.trace if verdict.trace is not None and verdict.trace.steps else None


def _looking_for(watch: Callable[[Step], Seen], stop: Mapping[str, Expr], step: Step) -> Seen:
    return replace(watch(step), stop=stop.get(step.action.name, FALSE))


def _all_but(missing: int, parts: Sequence[Expr]) -> Expr:
    """Return whether all of some formulas are true but so many at most."""
    allowed = [TRUE] * (missing + 1)  # of the formulas from some place on, by how many of them may be false
    for part in reversed(parts):
        allowed = [part & allowed[0], *((part & allowed[m]) | allowed[m - 1] for m in range(1, missing + 1))]
    return allowed[missing]


def _never(spec: Specification, watched: Monitored, verdict: Verdict, setting: Setting) -> Iterator[Never]:
    """Yield what a claim remembers and no run makes true, where it is not made of what no run makes true either."""
    claim = verdict.question.claim
    own = {v.name: f"{claim.name}.{v.name}" for v in claim.observing(watched.system) if v.sort == BOOL and v.initial is False}
    if not own:
        return
    asked = [replace(claim, name=f"{claim.name}: {v}", watch=partial(_remembering, claim.watch, v)) for v in own]
    found = decide(spec, asked, replace(setting, engine=None))
    false = {own[v]: v for v, of_it in zip(own, found, strict=True) if of_it.outcome is Outcome.VIOLATED}
    for name, short in false.items():
        makes = {a.name: a.updates[name] for a in watched.system.actions if a.updates.get(name, FALSE) is not FALSE}
        if any(n in false and n != name for update in makes.values() for _, n, _ in references(update)):
            continue
        yield Never(short, tuple(name for name in makes if name in verdict.counts.never_taken))


def _remembering(watch: Callable[[Step], Seen], observer: str, step: Step) -> Seen:
    return replace(watch(step), stop=step.after(step[observer]))
