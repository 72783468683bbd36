"""Which assumptions a claim needs, as tables of 80 columns."""

from __future__ import annotations

import textwrap

from checker.studies.lattice import SEQ_CHECK, Combination, Lattice, command
from checker.verdict import Outcome
from model.tcp.assumptions import Assumptions
from reports.text import counted
from reports.width import line_width

_NAME = 18
_COLUMN = 16
_VARIED = ("isn", "seq_check")


def sufficiency(lattice: Lattice) -> str:
    """Return the verdict under every set, the minimal sets that suffice, and what happens under those just below."""
    claim, setting, cells = lattice.claim, lattice.setting, lattice.cells
    composition = lattice.spec.composition
    scope = "" if composition is None else setting.scope.within(composition)
    lines = [*_wrapped(f"{lattice.spec.name}: which assumptions suffice for {claim.name}?"), *_wrapped(claim.statement), ""]
    lines += _field("scope", scope)
    lines += _field("as given", _rest(setting.assumptions))
    minimal = lattice.minimal
    ways = dict.fromkeys(cell.assumptions.isn for cell in cells)
    if _NAME + _COLUMN * len(SEQ_CHECK) > line_width():  # a row for each cell
        for isn in ways:
            lines += ["", *_wrapped(f"ISNs {isn}, SEG.SEQ check:", hanging=2)]
            lines += [f"  {c.assumptions.seq_check:<9}{_cell(c, minimal)}" for c in cells if c.assumptions.isn == isn]
    else:
        lines += ["", "how ISNs are      SEG.SEQ check:"]
        lines += ["".join([f"{'chosen':<{_NAME}}", *(f"{c:<{_COLUMN}}" for c in SEQ_CHECK)])]
        lines += ["-" * (_NAME - 1) + (" " + "-" * (_COLUMN - 1)) * len(SEQ_CHECK)]
        for isn in ways:
            row = "".join(f"{_cell(cell, minimal):<{_COLUMN}}" for cell in cells if cell.assumptions.isn == isn)
            lines.append(f"{isn:<{_NAME}}{row}")
    lines += ["", "(n)  steps of a shortest counterexample"]
    lines += _wrapped("*    a minimal set: it suffices, and no set above it or to its left does", 5)
    if any(_vacuous(cell) for cell in cells):
        lines += _wrapped("?    vacuous: what the claim is about never happened in this scope", 5)
    if any(cell.verdict is None for cell in cells):
        lines += _wrapped("=    not searched: it follows from a weaker way of choosing ISNs", 5)
    lines += ["", *_below(lattice)]
    for cell, lower in lattice.exceptions:
        lines += _wrapped(f"A stronger set need not suffice: it holds under {_set(lower)}, and not under {_set(cell)}.")
    if lattice.unsettled:
        sets = "; ".join(map(_set, lattice.unsettled))
        lines += _wrapped(f"Not decided: {sets}. {lattice.unsettled[0].because}.")
    return "\n".join(line.rstrip() for line in lines)


def _below(lattice: Lattice) -> list[str]:
    if not lattice.minimal:
        return ["No set suffices." if not lattice.unsettled else "No set is known to suffice."]
    lines: list[str] = []
    for cell in lattice.minimal:
        below = lattice.just_below(cell)
        lines += _wrapped(f"Minimal: {_set(cell)}." + ("" if below else " Nothing is weaker."), 2)
        for lower in below:
            lines += _wrapped(f"  below it: {_set(lower)}: {_what(lower)}", 4)
            if lower.verdict is not None and lower.verdict.trace is not None:
                words = command(lattice.spec, lattice.claim, lower.assumptions, lattice.setting)
                parts = textwrap.wrap(f"$ {words}", line_width() - 8, break_on_hyphens=False)
                lines += (" " * 4 + " \\\n        ".join(parts)).split("\n")
    return lines


def _what(cell: Combination) -> str:
    trace = None if cell.verdict is None else cell.verdict.trace
    return cell.outcome.value + ("" if trace is None else f" in {counted(len(trace), 'step')}")


def _set(cell: Combination) -> str:
    return f"ISNs {cell.assumptions.isn}, SEG.SEQ check {cell.assumptions.seq_check}"


def _cell(cell: Combination, minimal: tuple[Combination, ...]) -> str:
    trace = None if cell.verdict is None else cell.verdict.trace
    steps = "" if trace is None or cell.outcome is not Outcome.VIOLATED else f" ({len(trace)})"
    marks = ("*" if cell in minimal else "") + ("=" if cell.verdict is None else "") + ("?" if _vacuous(cell) else "")
    return cell.outcome.value + steps + (f" {marks}" if marks else "")


def _vacuous(cell: Combination) -> bool:
    return cell.verdict is not None and cell.verdict.vacuous


def _rest(assumptions: Assumptions) -> str:
    given = {name: value for name, value in assumptions.as_dict().items() if name not in _VARIED}
    return ", ".join(f"{name}={str(value).lower()}" for name, value in given.items())


def _field(name: str, said: str) -> list[str]:
    return textwrap.wrap(f"{name:<13}{said}", line_width(), subsequent_indent=" " * 13, break_on_hyphens=False)


def _wrapped(said: str, hanging: int = 0) -> list[str]:
    return textwrap.wrap(said, line_width(), subsequent_indent=" " * hanging, break_on_hyphens=False)
