"""What is said of claims of liveness and of the runs that violate them: fairness, and the cycle of a lasso."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from checker.trace import Trace
from checker.verdict import Verdict
from properties.claim import Kind

_WIDTH = 80


def cell(trace: Trace) -> str:
    """Return the lengths of a trace for a table."""
    return f"{len(trace)}" if trace.loop is None else f"{trace.loop}+{len(trace) - trace.loop}"


def shows(verdict: Verdict, trace: Trace) -> list[str]:
    """Return what a lasso shows, or, where the claim holds, the run that ends where its premise is met."""
    claim, lasso = verdict.question.claim, verdict.lasso
    if lasso is None:
        when = f"Step {len(trace)}" if trace.steps else "In the initial state"
        return [f"{when}: {claim.trigger}. In each fair run that goes on from here its goal is met."]
    open_since = f"After step {lasso.since}" if lasso.since else "From the beginning"
    first = lasso.stem + 1
    some = f"step {first}" if lasso.cycle == 1 else f"steps {first} to {len(trace)}"
    stops = "no step is possible, which is a deadlock" if lasso.deadlock else "nothing has to happen any more"
    on = f"{some} can go on for ever" if lasso.cycle else stops
    fair = "; ".join(f"{name} ({how})" for name, how in lasso.fair)
    return [
        f"{open_since}: {claim.trigger}. Then {on}: {claim.when_stopped}.",
        f"That is fair: {fair}." if fair else "Nothing is assumed to be fair.",
    ]


def fairness(results: Iterable[Verdict]) -> list[str]:
    """Return what claims of liveness assume, in words, each assumption once."""
    assumed = {f.name: f.statement for verdict in results for f in verdict.question.claim.fairness}
    return [line for name, said in assumed.items() for line in _wrapped(f"{name}: {said}", hanging=4)]


def assumed(verdict: Verdict) -> list[str]:
    """Return what a claim of liveness assumes, in words and in symbols; nothing for another claim."""
    question = verdict.question
    if question.claim.kind is not Kind.LIVENESS:
        return []
    lines = [] if question.claim.fairness else ["    It assumes no fairness."]
    for assumption in question.claim.fairness:
        said = f"assuming {assumption.name}: {assumption.statement}: {question.fairness[assumption.name]}"
        lines += _wrapped(said, "    ", hanging=4)
    return lines


def _wrapped(text: str, indent: str = "", hanging: int = 0) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent + " " * hanging, break_on_hyphens=False)
