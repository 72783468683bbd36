"""Who notices that a rule is other than it is, as a table: each branch, its mutants, what noticed first; and the survivors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from checker.studies.survivors import Fate, Found, about
from properties.specification import Specification
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.width import line_width
from reports.wrapping import wrapped

_ENGLISH = language(ENGLISH)

FATES = {
    Fate.NOTICED: "{number} noticed",
    Fate.SURVIVES: "{number} noticed by nobody",
    Fate.UNMET: "{number} never met: they differ only in what does not happen where it was asked, or in a name",
    Fate.EQUIVALENT: "{number} equivalent: they do the same in every state",
    Fate.REFUSED: "{number} refused: no model can be made of them",
}
"""How mutants are counted, by what became of them."""


def table(
    spec: Specification,
    found: Sequence[Found],
    spoken: Language = _ENGLISH,
    *,
    quick: bool = False,
    reasons: Mapping[str, str] | None = None,
) -> str:
    """Return the branches with their mutants, and below them the mutants that nobody noticed.

    ``reasons`` say of some of these, by name, why that is harmless, in the language that is ``spoken``.
    """
    tell = spoken.tell
    title = tell("synproof: which rules of {name} could be otherwise without anybody noticing", name=spec.name)
    lines = [*wrapped(title, line_width()), ""]
    for (state, branch), of in about(found).items():
        first = of[0].mutant
        where = " ".join(filter(None, (first.section, state, tell(first.check) if first.check else "")))
        lines += wrapped(f"{branch}: {where}", line_width(), hanging=2)
        for one in of:
            fate = one.first.subject + f" ({one.first.question})" if one.first else tell(_OTHERWISE[one.fate])
            lines += wrapped(f"{tell(one.mutant.words)}{spoken.word('colon')}{fate}", line_width(), "  ", hanging=2)
    fates = Counter(one.fate for one in found)
    counted = [tell(pattern, number=fates[fate]) for fate, pattern in FATES.items() if fates[fate]]
    lines += ["", *wrapped(tell("mutants: {number}", number=len(found)), line_width())]
    lines += [line for one in counted for line in wrapped(one, line_width(), "  ", hanging=2)]
    lines += ["", *_survivors(spec, found, spoken, reasons or {})]
    if quick:
        lines += wrapped(tell("Only the quick questions were asked: leave out --quick to ask them all."), line_width())
    return "\n".join(lines)


_OTHERWISE = {
    Fate.SURVIVES: "nobody notices",
    Fate.UNMET: "never met",
    Fate.EQUIVALENT: "equivalent",
    Fate.REFUSED: "refused",
}


def _survivors(spec: Specification, found: Sequence[Found], spoken: Language, reasons: Mapping[str, str]) -> list[str]:
    tell = spoken.tell
    left = [one for one in found if one.fate is Fate.SURVIVES]
    if not left:
        return wrapped(tell("Whatever was changed in {name} and makes a difference is noticed.", name=spec.name), line_width())
    whose = "Your claims about {name} would not notice if" if spec.file else "The claims about {name} would not notice if"
    lines = wrapped(tell(whose, name=spec.name), line_width())
    for one in left:
        mutant = one.mutant
        where = f"{mutant.branch} ({mutant.state})" if mutant.state else mutant.branch
        lines += wrapped(tell("of {branch}: {words};", branch=where, words=mutant.words), line_width(), "  ", hanging=2)
        if mutant.name in reasons:
            lines += wrapped(reasons[mutant.name], line_width(), "    ")
    return lines
