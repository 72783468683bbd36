"""How near a run comes to what a claim of reachability asks for, in sentences and as a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from checker.studies.nearest import Nearest
from checker.verdict import Verdict
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.traces import terminal
from reports.traces.account import by_own_names, decided, fact_text, of_trace
from reports.width import line_width

_ENGLISH = language(ENGLISH)


def sentences(near: Nearest, verdict: Verdict, spoken: Language = _ENGLISH) -> Sequence[str]:
    """Return what is missing from the run that comes nearest, and what is never done that would lead there."""
    said = []
    claim, tell, comma = verdict.question.claim.name, spoken.tell, spoken.word("comma")
    if near.trace is not None:
        shown = (replace(f, values={}) if f.formula in f.values else f for f in near.missing)  # it says its value itself
        facts = (by_own_names(fact_text(fact, spoken), claim, near.trace) for fact in shown)
        pattern = "A run of {number} steps comes nearest. At its end this is missing: {facts}."
        said.append(tell(pattern, number=len(near.trace), facts=spoken.word("separator").join(facts)))
    elif not near.never:
        said.append(tell("No run comes near: no step that could be the last makes any part of it true."))
    for never in near.never:
        pattern = "The claim looks for {observer} on the way, and no run makes it true."
        if never.actions:
            pattern += " One of these would have to be taken, and none ever is: {actions}."
        said.append(tell(pattern, observer=never.observer, actions=comma.join(never.actions)))
    return said


def run(near: Nearest, verdict: Verdict, spoken: Language = _ENGLISH) -> str:
    """Return the run that comes nearest, as a diagram; "" where none comes near."""
    if near.trace is None:
        return ""
    account = replace(
        of_trace(near.trace, decided(verdict, spoken)), language=spoken, ends=tuple(sentences(near, verdict, spoken))
    )
    return terminal.rendered(account, line_width())
