"""Which assumptions a claim needs, as tables of 80 columns."""

from __future__ import annotations

import textwrap

from checker.studies.lattice import SEQ_CHECK, Combination, Lattice, command
from checker.verdict import Outcome
from model.notation.pretty import value_text
from model.notation.said import said
from model.tcp.assumptions import Assumptions
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.text import field
from reports.width import line_width
from reports.wrapping import padded, wrapped

_ENGLISH = language(ENGLISH)
_NAME = 18
_COLUMN = 16
_VARIED = ("isn", "seq_check")


def sufficiency(lattice: Lattice, spoken: Language = _ENGLISH, *, verbose: bool = False) -> str:
    """Return the verdict under every set, the minimal sets that suffice, and what happens under those just below."""
    claim, setting, cells, tell = spoken.claim(lattice.claim), lattice.setting, lattice.cells, spoken.tell
    composition = lattice.spec.composition
    scope = "" if composition is None else setting.scope.within(composition)
    head = tell("{name}: which assumptions suffice for {claim}?", name=lattice.spec.name, claim=claim.name)
    lines = [*_wrapped(head), *_wrapped(claim.statement), ""]
    lines += field(tell("scope"), tell(scope))
    unusual = None if verbose else lattice.spec.unusual(setting.assumptions.as_dict())
    rest = _rest(setting.assumptions, unusual)
    usual = "{rest}; else the usual ones (-v lists them)" if rest else "the usual ones (-v lists them)"
    lines += field(tell("as given"), rest if verbose else tell(usual, rest=rest))
    lines += ["", *_table(lattice, spoken)]
    marks = {
        "(n)": (True, "steps of a shortest counterexample"),
        "*": (True, "a minimal set: it suffices, and no set above it or to its left does"),
        "?": (any(_vacuous(cell) for cell in cells), "vacuous: what the claim is about never happened in this scope"),
        "=": (any(cell.verdict is None for cell in cells), "not searched: it follows from a weaker way of choosing ISNs"),
    }
    told = [f"{mark:<5}{tell(said)}" for mark, (there, said) in marks.items() if there]
    lines += ["", *(line for said in told for line in wrapped(said, line_width(), hanging=5)), "", *_below(lattice, spoken)]
    for cell, lower in lattice.exceptions:
        stronger = "A stronger set need not suffice: it holds under {lower}, and not under {cell}."
        lines += _wrapped(tell(stronger, lower=_set(lower), cell=_set(cell)))
    if lattice.unsettled:
        sets = spoken.word("separator").join(tell(_set(cell)) for cell in lattice.unsettled)
        lines += _wrapped(tell("Not decided: {sets}. {reason}.", sets=sets, reason=lattice.unsettled[0].because))
    return "\n".join(line.rstrip() for line in lines)


def _table(lattice: Lattice, spoken: Language) -> list[str]:
    """Return the verdict under every set: a row for each way of choosing ISNs, or a line for each set where they do not fit."""
    tell, cells, minimal = spoken.tell, lattice.cells, lattice.minimal
    ways = dict.fromkeys(cell.assumptions.isn for cell in cells)
    if _NAME + _COLUMN * len(SEQ_CHECK) > line_width():
        lines: list[str] = []
        for isn in ways:
            lines += [*([""] if lines else []), *wrapped(tell("ISNs {isn}, SEG.SEQ check:", isn=isn), line_width(), hanging=2)]
            lines += [f"  {c.assumptions.seq_check:<9}{_cell(c, minimal, spoken)}" for c in cells if c.assumptions.isn == isn]
        return lines
    lines = [padded(tell("how ISNs are"), _NAME) + tell("SEG.SEQ check:")]
    lines += ["".join([padded(tell("chosen"), _NAME), *(f"{c:<{_COLUMN}}" for c in SEQ_CHECK)])]
    lines += ["-" * (_NAME - 1) + (" " + "-" * (_COLUMN - 1)) * len(SEQ_CHECK)]
    for isn in ways:
        row = "".join(padded(_cell(cell, minimal, spoken), _COLUMN) for cell in cells if cell.assumptions.isn == isn)
        lines.append(f"{isn:<{_NAME}}{row}")
    return lines


def _below(lattice: Lattice, spoken: Language) -> list[str]:
    tell = spoken.tell
    if not lattice.minimal:
        return [tell("No set suffices." if not lattice.unsettled else "No set is known to suffice.")]
    lines: list[str] = []
    for cell in lattice.minimal:
        below = lattice.just_below(cell)
        lines += [tell("Minimal: {set}." if below else "Minimal: {set}. Nothing is weaker.", set=_set(cell))]
        for lower in below:
            lines += _wrapped("  " + tell("below it: {set}: {what}", set=_set(lower), what=_what(lower, spoken)))
            if lower.verdict is not None and lower.verdict.trace is not None:
                words = command(lattice.spec, lattice.claim, lower.assumptions, lattice.setting)
                parts = textwrap.wrap(f"$ {words}", line_width() - 8, break_on_hyphens=False)
                lines += (" " * 4 + " \\\n        ".join(parts)).split("\n")
    return lines


def _what(cell: Combination, spoken: Language) -> str:
    trace, outcome = None if cell.verdict is None else cell.verdict.trace, spoken.word(cell.outcome.value)
    if trace is None:
        return outcome
    return spoken.tell("{outcome} in {steps}", outcome=outcome, steps=spoken.counted("run-steps", len(trace)))


def _set(cell: Combination) -> str:
    return said("ISNs {isn}, SEG.SEQ check {check}", isn=cell.assumptions.isn, check=cell.assumptions.seq_check)


def _cell(cell: Combination, minimal: tuple[Combination, ...], spoken: Language) -> str:
    trace = None if cell.verdict is None else cell.verdict.trace
    steps = "" if trace is None or cell.outcome is not Outcome.VIOLATED else f" ({len(trace)})"
    marks = ("*" if cell in minimal else "") + ("=" if cell.verdict is None else "") + ("?" if _vacuous(cell) else "")
    return spoken.word(cell.outcome.value) + steps + (f" {marks}" if marks else "")


def _vacuous(cell: Combination) -> bool:
    return cell.verdict is not None and cell.verdict.vacuous


def _rest(assumptions: Assumptions, named: tuple[str, ...] | None) -> str:
    """Return the assumptions that are not varied: those that are ``named``, or all."""
    given = {name: value for name, value in assumptions.as_dict().items() if name not in _VARIED}
    return ", ".join(f"{name}={value_text(value)}" for name, value in given.items() if named is None or name in named)


def _wrapped(text: str) -> list[str]:
    return wrapped(text, line_width())
