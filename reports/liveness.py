"""What is said of claims of liveness and of the runs that violate them: fairness, and what a lasso shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checker.runs.trace import Trace
from checker.verdict import Verdict
from properties.claim import Claim, Kind
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.width import line_width
from reports.wrapping import wrapped

_ENGLISH = language(ENGLISH)


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


def fairness(results: Iterable[Verdict], spoken: Language = _ENGLISH) -> list[str]:
    """Return what claims of liveness assume, in words, each assumption once."""
    assumed = {f.name: f.statement for verdict in results for f in spoken.claim(verdict.question.claim).fairness}
    told = (spoken.word("colon").join(item) for item in assumed.items())
    return [line for said in told for line in wrapped(said, line_width(), hanging=4)]


def assumed(verdict: Verdict, spoken: Language = _ENGLISH) -> list[str]:
    """Return what a claim of liveness assumes, in words and in symbols; nothing for another claim."""
    question = verdict.question
    if question.claim.kind is not Kind.LIVENESS:
        return []
    claim = spoken.claim(question.claim)
    lines = [] if claim.fairness else wrapped(spoken.tell("It assumes no fairness."), line_width(), "    ")
    for assumption in claim.fairness:
        symbols = question.fairness[assumption.name]
        said = "assuming {name}: {statement}: {symbols}"
        told = spoken.tell(said, name=assumption.name, statement=assumption.statement, symbols=symbols)
        lines += wrapped(told, line_width(), "    ", 4)
    return lines
