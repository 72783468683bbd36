"""Verdicts on a page: in tables, with what their claims say, and with the runs that show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checker.verdict import Verdict
from model.notation.assumed import Choice
from model.notation.pretty import value_text
from properties.claim import Claim, Kind
from reports.language.catalogue import Language
from reports.liveness import cell
from reports.study.blocks import Cell, Definitions, Diagram, Prose, Section, Table
from reports.traces.account import of_verdict
from reports.traces.svg import drawing
from reports.traces.terminal import diagram

Verdicts = Sequence[Sequence[Verdict]]
"""Verdicts for each handshake."""


def table(heads: Sequence[str], verdicts: Verdicts, language: Language, caption: str = "verdicts-caption") -> Table:
    """Return a table of verdicts, a row for each claim and a column for each of ``heads``, and what its marks mean."""
    word, every = language.word, [v for of in verdicts for v in of]
    claims, answers = claims_of(verdicts), [{v.question.claim.name: v for v in of} for of in verdicts]
    rows = []
    for claim in sorted(claims, key=lambda claim: not claim.asserted):
        cells = (_cell(of.get(claim.name), language) for of in answers)
        rows.append((_name(claim), Cell(language.claim(claim).brief), *cells))
    liveness = any(v.question.claim.kind is Kind.LIVENESS for v in every)
    notes = [word("note-lasso" if liveness else "note-steps")]
    notes += [word("note-not-asserted")] if any(not claim.asserted for claim in claims) else []
    notes += [word("note-vacuous")] if any(v.vacuous for v in every) else []
    notes += [word("note-surprising")] if any(v.surprising for v in every) else []
    head = (word("claim"), word("in-brief"), *heads)
    return Table(word(caption), head, tuple(rows), tuple(notes))


def claims_of(verdicts: Verdicts) -> list[Claim]:
    """Return the claims that verdicts are about, each once."""
    return list({v.question.claim.name: v.question.claim for of in verdicts for v in of}.values())


def _name(claim: Claim) -> Cell:
    return Cell(f"{claim.name}{'' if claim.asserted else ' *'}", link=f"claim-{claim.name}")


def _cell(verdict: Verdict | None, language: Language) -> Cell:
    if verdict is None:
        return Cell("-")
    marks = ("!" if verdict.surprising else "") + ("?" if verdict.vacuous else "")
    steps = "" if verdict.trace is None else f" ({cell(verdict.trace)})"
    link = anchor(verdict) if is_drawn(verdict) else ""
    said = language.word(verdict.outcome.value)
    return Cell(f"{said}{steps}{' ' if marks else ''}{marks}", mark=verdict.outcome.value, link=link)


def is_drawn(verdict: Verdict) -> bool:
    """Return whether the report has its run: of a claim of liveness only one that violates it."""
    return verdict.trace is not None and (verdict.question.claim.kind is not Kind.LIVENESS or verdict.lasso is not None)


def anchor(verdict: Verdict) -> str:
    """Return what the run of a verdict can be linked to by."""
    asked = verdict.question
    return "-".join(("trace", asked.handshake.replace("/", "-"), asked.claim.name, *asked.unusual))


def assumed(handshake: str, otherwise: Mapping[str, Choice], language: Language) -> str:
    """Return a handshake with what is assumed of it that is not usual."""
    return language.word("comma").join([handshake, *(f"{name}={value_text(value)}" for name, value in otherwise.items())])


def _asked_of(verdict: Verdict, language: Language) -> str:
    asked = verdict.question
    return assumed(asked.handshake, {name: asked.assumptions[name] for name in asked.unusual}, language)


def each_claim(of: Verdicts, language: Language) -> tuple[Section, ...]:
    """Return for each claim what it says, why, and what is found of it."""
    word = language.word
    parts = []
    for claim in claims_of(of):
        told = language.claim(claim)
        verdicts = [v for found in of for v in found if v.question.claim.name == claim.name]
        said = word("separator").join(
            _asked_of(v, language)
            + word("colon")
            + (f"[{_cell(v, language).text}](#{anchor(v)})" if is_drawn(v) else _cell(v, language).text)
            for v in verdicts
        )
        kind = word("kind-" + claim.kind.value) + ("" if claim.asserted else word("separator") + word("not-asserted"))
        items = (
            (word("formula"), f"`{told.formula}`"),
            (word("why"), told.why),
            (word("trigger"), told.trigger),
            (word("kind"), kind),
            *([(word("assumed-fair"), word("comma").join(f.name for f in claim.fairness))] if claim.fairness else []),
            (word("verdict"), said),
        )
        title = f"`{claim.name}` — {told.brief}"
        parts.append(Section(f"claim-{claim.name}", title, (Prose(told.statement), Definitions(items))))
    return tuple(parts)


def verdict_diagram(verdict: Verdict, title: str, language: Language) -> Diagram:
    """Return the run of a verdict under a title."""
    account = of_verdict(verdict, spoken=language)
    drawn = drawing(account, style=False, heading=False)
    return Diagram(title, drawn, "\n\n".join([diagram(account), *account.ends]), anchor(verdict))


def runs(heads: Sequence[str], verdicts: Verdicts, language: Language) -> tuple[Diagram, ...]:
    """Return the runs that verdicts can be linked to, under what each column of them is about."""
    word, shown = language.word, []
    for head, of in zip(heads, verdicts, strict=True):
        for v in filter(is_drawn, of):
            assert v.trace is not None
            what = word("counterexample", steps=len(v.trace))
            last = word("last-step", step=len(v.trace), shows=language.claim(v.question.claim).when_stopped)
            title = f"{head}{word('colon')}`{v.question.claim.name}`{word('colon')}{what}{word('stop')}{last}"
            shown.append(verdict_diagram(v, title, language))
    return tuple(shown)
