"""A claim as text: what it says, in words and in symbols, why it matters, what is declared of it, and a run as an example."""

from __future__ import annotations

from collections.abc import Mapping

from checker.verdict import Outcome, Verdict
from properties.claim import Claim, Kind
from reports.language.catalogue import Language
from reports.text import counterexample, field
from reports.width import WIDTH
from reports.wrapping import wrapped

_KINDS = {Kind.SAFETY: "kind-safety", Kind.REACHABILITY: "kind-reachability", Kind.LIVENESS: "kind-liveness"}


def shown(
    claim: Claim, declared: Mapping[str, str], example: Verdict | None, spoken: Language, *, verbose: bool = False
) -> str:
    """Return a claim with all its parts; ``declared`` are verdicts by model, ``example`` has a run of it."""
    word, tell = spoken.word, spoken.tell
    lines = wrapped(word("colon").join((claim.name, claim.brief)), WIDTH)
    parts = [
        (tell("says"), claim.statement),
        (tell("formula"), claim.formula),
        (tell("why"), claim.why),
        (tell("trigger"), claim.trigger),
        (tell("kind"), word(_KINDS[claim.kind]) + ("" if claim.asserted else word("listed-not-asserted"))),
        *((tell("assumes"), word("colon").join((assumed.name, assumed.statement))) for assumed in claim.fairness),
    ]
    for outcome in Outcome:
        names = word("comma").join(name for name, verdict in declared.items() if verdict == outcome.value)
        parts.append((word(outcome.value), names))
    lines += [line for name, said in parts if said for line in field(name, said)]
    if example is None:
        lines += ["", *wrapped(tell("No run of this scope is an example."), WIDTH)]
        return "\n".join(lines)
    about = "A run to its goal:" if claim.kind is Kind.REACHABILITY else "A run that it is about:"
    head = "A run that violates it:" if example.outcome is Outcome.VIOLATED else about
    return "\n".join([*lines, "", *wrapped(tell(head), WIDTH), "", counterexample(example, spoken, verbose=verbose)])
