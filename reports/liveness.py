"""What is said of claims of liveness and of the runs that violate them: fairness, and what a lasso shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checker.runs.trace import Trace
from checker.verdict import Verdict
from properties.claim import Claim, Kind
from reports.language.catalogue import Language
from reports.width import line_width
from reports.wrapping import wrapped


def cell(trace: Trace) -> str:
    """Return the lengths of a trace for a table."""
    return f"{len(trace)}" if trace.loop is None else f"{trace.loop}+{len(trace) - trace.loop}"


def shows(verdict: Verdict, claim: Claim, trace: Trace, spoken: Language) -> Iterator[str]:
    """Yield what a lasso shows, or, where the claim holds, the run that ends where its premise is met."""
    lasso, word = verdict.lasso, spoken.word
    if lasso is None:
        when = "premise-met" if trace.steps else "premise-met-at-once"
        yield word(when, number=len(trace), trigger=claim.trigger)
        return
    opened = word("open-since" if lasso.since else "open-from-the-beginning", number=lasso.since, trigger=claim.trigger)
    on = "deadlock" if lasso.deadlock else "stops" if not lasso.cycle else "goes-on-one" if lasso.cycle == 1 else "goes-on"
    yield opened + word(on, first=lasso.stem + 1, last=len(trace), what=claim.when_stopped)
    fair = word("separator").join(word("fairness-met", name=name, how=word(met.value)) for name, met in lasso.fair)
    yield word("is-fair", fair=fair) if fair else word("nothing-is-fair")


def fairness(results: Iterable[Verdict]) -> list[str]:
    """Return what claims of liveness assume, in words, each assumption once."""
    assumed = {f.name: f.statement for verdict in results for f in verdict.question.claim.fairness}
    return [line for name, said in assumed.items() for line in wrapped(f"{name}: {said}", line_width(), hanging=4)]


def assumed(verdict: Verdict) -> list[str]:
    """Return what a claim of liveness assumes, in words and in symbols; nothing for another claim."""
    question = verdict.question
    if question.claim.kind is not Kind.LIVENESS:
        return []
    lines = [] if question.claim.fairness else ["    It assumes no fairness."]
    for assumption in question.claim.fairness:
        said = f"assuming {assumption.name}: {assumption.statement}: {question.fairness[assumption.name]}"
        lines += wrapped(said, line_width(), "    ", 4)
    return lines
