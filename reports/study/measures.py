"""The parts of the report that measure: what a claim needs, an invariant, what old SYNs cost, and the states."""

from __future__ import annotations

from collections.abc import Mapping

from checker.proof.files import file_name
from checker.proof.solvers import SOLVERS
from checker.studies.lattice import SEQ_CHECK, Combination, Lattice, command
from checker.studies.study import MARKED, STATES_SCOPE, Study
from checker.studies.waste import WAYS, Count
from checker.verdict import Outcome
from model.notation.expr import Expr
from reports.language.catalogue import Language, glosses
from reports.proof import said
from reports.study import plots
from reports.study.blocks import Block, Cell, Illustration, Points, Prose, Section, Table
from reports.study.grid import picture, steps


def assumptions_needed(study: Study, language: Language) -> Section:
    """Return the verdicts of a claim from the weakest assumptions to the strongest, and the smallest sets that suffice."""
    word, needs = language.word, study.needs
    claim = language.claim(needs.claim)
    ways = dict.fromkeys(cell.assumptions.isn for cell in needs.cells)
    rows = tuple(
        (Cell(f"`{isn}`"), *(_needed(c, needs, language) for c in needs.cells if c.assumptions.isn == isn)) for isn in ways
    )
    head = (word("isn-chosen"), *(f"{word('seq-check')} {check}" for check in SEQ_CHECK))
    values = {"handshake": needs.spec.name, "claim": claim.name, "scope": needs.setting.scope.name}
    table = Table(
        word("needs-caption", **values), head, rows, (word("note-counterexample"), word("note-minimal"), word("note-follows"))
    )
    below = tuple(
        word(
            "below",
            set=_set(cell, language),
            below=_set(lower, language),
            command=command(needs.spec, claim, lower.assumptions, needs.setting),
        )
        for cell in needs.minimal
        for lower in needs.just_below(cell)
        if lower.outcome is Outcome.VIOLATED
    )
    blocks: tuple[Block, ...] = (Prose(word("needs-text", **values) + claim.statement), table)
    return Section("needs", word("needs", **values), (*blocks, *([Points(below)] if below else [])))


def _needed(cell: Combination, needs: Lattice, language: Language) -> Cell:
    trace = None if cell.verdict is None else cell.verdict.trace
    shown = f" ({len(trace)})" if trace is not None and cell.outcome is Outcome.VIOLATED else ""
    marks = ("*" if cell in needs.minimal else "") + ("=" if cell.verdict is None else "")
    return Cell(f"{language.word(cell.outcome.value)}{shown}{' ' if marks else ''}{marks}", mark=cell.outcome.value)


def _set(cell: Combination, language: Language) -> str:
    return language.word("set", isn=cell.assumptions.isn, seq_check=cell.assumptions.seq_check)


def invariant(study: Study, language: Language) -> Section:
    """Return what is proved for every scope: the invariant, read out, and what was shown of it."""
    word, proof = language.word, study.proof
    if proof is None:
        return Section("invariant", word("invariant"), (Prose(word("invariant-none", handshake=study.specs[0].reference)),))
    claim = language.claim(proof.subject.claim)
    values = {"handshake": proof.subject.spec.name, "claim": claim.name}
    if proof.outcome is not Outcome.HOLDS:
        return Section("invariant", word("invariant"), (Prose(word("invariant-fails", **values)),))
    shown = sum(len(at_width.scripts) for at_width in proof.shown.values())
    read = glosses(language.code)
    rows = tuple(
        (Cell(str(number)), Cell(f"`{said(conjunct)}`"), Cell(read.get(str(conjunct), "")))
        for number, conjunct in enumerate(_conjuncts(proof.invariants), 1)
    )
    told = word("invariant-text", obligations=shown, solvers=word("and").join(SOLVERS), **values)
    caption = word("invariant-caption", conjuncts=len(rows), **values)
    table = Table(caption, (word("number"), word("conjunct"), word("in-words")), rows)
    return Section("invariant", word("invariant"), (Prose(told), table, Prose(word("invariant-ends"))))


def _conjuncts(invariants: Mapping[str, tuple[Expr, ...]]) -> tuple[Expr, ...]:
    """Return the conjuncts of all widths, each once."""
    return tuple({str(conjunct): conjunct for of in invariants.values() for conjunct in of}.values())


def waste(study: Study, language: Language) -> Section:
    """Return how many connections old SYNs make each server hold: for each way in which they are held up, and as plots."""
    word, numbers = language.word, range(1, study.syns + 1)
    kinds = dict.fromkeys(of for c in study.costs for of in c.wastes)
    head = (word("held-up"), word("old-syns"), *(f"{c.spec.name}: {word(of.name)}" for c in study.costs for of in c.wastes))
    rows = tuple(
        (
            Cell(word("way-" + way.name)),
            Cell(str(n)),
            *(Cell(_most(c.counts[way.name, n, of.name])) for c in study.costs for of in c.wastes),
        )
        for way in WAYS
        for n in numbers
    )
    plotted: list[Block] = []
    for of in kinds:
        counting = [c for c in study.costs if of in c.wastes]
        counts = {c.spec.name: [c.counts[WAYS[0].name, n, of.name].most for n in numbers] for c in counting}
        title = word("waste-title-" + of.name)
        svg = plots.bars(title, word("old-syns-held-up"), word("connections"), [str(n) for n in numbers], counts)
        plotted.append(
            Illustration(f"waste-{of.name}", svg, f"{title}. {_read_out(counts, 1, language)}", word("waste-plot-caption"))
        )
    table = Table(word("waste-caption"), head, rows, (word("note-shortest"), word("waste-one-port")))
    return Section("waste", word("waste"), (Prose(word("waste-text")), *plotted, table))


def _most(count: Count) -> str:
    shown = "" if count.trace is None else f" ({len(count.trace)})"
    return ("" if count.decided else "≥ ") + f"{count.most}{shown}"


def _read_out(series: Mapping[str, list[int]], first: int, language: Language) -> str:
    """Return the numbers of a plot in words, for whoever does not see it."""
    said_of = (
        f"{name}: " + ", ".join(f"{n} → {value:,}" for n, value in enumerate(values, first)) for name, values in series.items()
    )
    return language.word("separator").join(said_of)


def by_depth(study: Study, language: Language) -> Section:
    """Return how many states need how many steps."""
    word = language.word
    levels = {spec.name: list(v[0].counts.levels) for spec, v in zip(study.specs, study.verdicts, strict=True)}
    title = word("depth-title")
    svg = plots.curves(title, word("steps"), word("states-axis"), levels)
    most = word("separator").join(
        word("depth-most", name=name, depth=max(range(len(of)), key=of.__getitem__), states=f"{max(of):,}", last=len(of) - 1)
        for name, of in levels.items()
    )
    rows = tuple(
        (Cell(str(n)), *(Cell(f"{of[n]:,}" if n < len(of) else "-") for of in levels.values()))
        for n in range(max(map(len, levels.values())))
    )
    table = Table(word("depth-caption"), (word("steps"), *levels), rows, folded=True)
    return Section("depth", title, (Prose(word("depth-text")), Illustration("depth", svg, f"{title}. {most}", most), table))


def together(study: Study, language: Language) -> Section:
    """Return which states of the endpoints occur together, as a grid for each handshake, with the steps between them."""
    word = language.word
    values = {"claim": MARKED, "scope": STATES_SCOPE}
    parts = []
    for spec, quotient in zip(study.specs, study.quotients, strict=True):
        every = steps(quotient)
        violating = sum(violates for *_, violates in every)
        title = word("grid-title", name=spec.name)
        svg = picture(quotient, title, (word("role-client"), word("role-server")), language)
        alt = word("grid-alt", name=spec.name, pairs=len(quotient), moves=len(every), violating=violating, claim=MARKED)
        rows = tuple(
            (
                Cell("/".join(a)),
                Cell("/".join(b)),
                Cell(", ".join(f"`{action}`" for action in actions), mark="violated" if violates else ""),
            )
            for a, b, actions, violates in every
        )
        heads = (word("from"), word("to"), word("actions"))
        table = Table(word("grid-table", name=spec.name), heads, rows, folded=True)
        file = file_name(spec.name).replace("%", "~")  # which would have to be written otherwise in a link to it
        shown = Illustration(f"states-{file}", svg, alt, alt)
        parts.append(Section(f"states-{spec.name}", spec.name, (shown, table)))
    return Section("together", word("together"), (Prose(word("together-text", **values)),), tuple(parts))
