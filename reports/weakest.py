"""The weakest attacker that breaks each claim about each handshake: a table of 80 columns, or a list where it is narrower."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.studies.weakest import DEGREES, Weakest
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.text import field
from reports.width import line_width
from reports.wrapping import columns, padded, wrapped

_ENGLISH = language(ENGLISH)
_COLUMN = 16


def table(results: Sequence[Sequence[Weakest]], spoken: Language = _ENGLISH) -> str:
    """Return a row for each claim and a column for each handshake, with the weakest attacker and the steps that it takes."""
    tell, width = spoken.tell, line_width()
    lines = wrapped(tell("synproof: the weakest attacker that breaks each claim"), width)
    degrees = ", ".join(tell(degree.name) for degree in DEGREES)
    lines += ["", *field(tell("attackers"), tell("{attackers}: from the weakest on", attackers=degrees), width)]
    scopes = dict.fromkeys(degree.attacker for degree in DEGREES)
    each = "; ".join(f"{attacker.name} {attacker.scope}" for attacker in scopes)
    lines += [*field(tell("scopes"), each, width), "", *_rows(results, spoken), ""]
    for mark, meaning in _marks(results):
        lines += wrapped(f"{padded(mark, 5)}{tell(meaning)}", width, hanging=5)
    if any(one.breaks is None and not one.unknown for of in results for one in of):
        lines += wrapped(tell("Where a claim holds, each attacker's scope was searched to its end."), width)
    return "\n".join(line.rstrip() for line in lines)


def _rows(results: Sequence[Sequence[Weakest]], spoken: Language) -> Iterator[str]:
    claims = {one.claim.name: one.claim for of in results for one in of}
    name, width = max(map(columns, claims)) + 3, line_width()
    if name + _COLUMN * 2 > width:
        for claim in claims.values():
            yield from wrapped(_called(claim.name, asserted=claim.asserted), width, hanging=2)
            for one in (one for of in results for one in of if one.claim.name == claim.name):
                yield from wrapped(f"  {one.handshake}: {_cell(one, spoken)}", width, hanging=4)
        return
    fit = max(1, (width + 1 - name) // _COLUMN)
    for i in range(0, len(results), fit):
        some = results[i : i + fit]
        yield "" if i else "".join([" " * name, *(padded(of[0].handshake, _COLUMN) for of in some)])
        if i:
            yield "".join([" " * name, *(padded(of[0].handshake, _COLUMN) for of in some)])
        yield "-" * (name - 1) + (" " + "-" * (_COLUMN - 1)) * len(some)
        for claim in claims.values():
            cells = {of[0].handshake: next((one for one in of if one.claim.name == claim.name), None) for of in some}
            said_of = "".join(padded("-" if one is None else _cell(one, spoken), _COLUMN) for one in cells.values())
            yield padded(_called(claim.name, asserted=claim.asserted), name) + said_of


def _called(name: str, *, asserted: bool) -> str:
    return name if asserted else f"{name} *"


def _cell(one: Weakest, spoken: Language) -> str:
    if one.breaks is not None:
        who, verdict = one.breaks
        steps = "" if verdict.trace is None else f" ({len(verdict.trace)})"
        return spoken.tell(who) + steps + (" !" if one.unknown else " +" if one.proved else "")
    if one.unknown:
        return spoken.word("unknown")
    return spoken.word("holds") + (" ?" if one.vacuous else " +" if one.proved else "")


def _marks(results: Sequence[Sequence[Weakest]]) -> Iterator[tuple[str, str]]:
    every = [one for of in results for one in of]
    yield "(n)", "steps of a shortest run by which the attacker breaks it"
    if any(one.breaks is not None and one.unknown for one in every):
        yield "!", "of a weaker attacker it is not known"
    if any(one.proved and not one.unknown for one in every):
        yield "+", "that no weaker one breaks it is proved, for any number of attempts; else its scope was searched"
    if any(not one.claim.asserted for one in every):
        yield "*", "not asserted: violated in some scope, and there to show why"
    if any(one.vacuous and one.breaks is None for one in every):
        yield "?", "vacuous: what the claim is about never happened in this scope"
