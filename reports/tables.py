"""The comparison of handshakes for other programs: a row for each verdict as CSV, and the table of a paper in LaTeX."""

from __future__ import annotations

import csv as comma_separated
import io
from collections.abc import Mapping, Sequence
from typing import Any

from checker.records import columns, flat
from checker.verdict import Verdict
from reports.liveness import cell

_ESCAPED = str.maketrans(
    {
        **{sign: f"\\{sign}" for sign in "&%$#_{}"},
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "\\": r"\textbackslash{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
    }
)


def csv(records: Sequence[Mapping[str, Any]]) -> str:
    """Return records as CSV (RFC 4180, with lines that end as on Unix): a row each, a column for whatever any of them has."""
    rows = [flat(record) for record in records]
    written = io.StringIO()
    table = comma_separated.DictWriter(written, columns(rows), restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return written.getvalue().rstrip("\n")


def latex(results: Sequence[Sequence[Verdict]], provenance: Mapping[str, Any]) -> str:
    """Return verdicts as a table: a row for each claim, a column for each handshake; what it was made by is a comment.

    It wants the package ``booktabs``. In brackets stands how many steps the run has that shows a verdict.
    """
    claims = dict.fromkeys(verdict.question.claim.name for of in results for verdict in of)
    answers = [{verdict.question.claim.name: verdict for verdict in of} for of in results]
    head = ["claim", *(of[0].question.handshake for of in results)]
    body = [[claim, *(_cell(of.get(claim)) for of in answers)] for claim in claims]
    made = (f"{name}: {provenance[name]}" for name in ("synproof", "source", "command", "platform") if provenance[name])
    lines = [
        *("% " + " ".join(line.split()) for line in made),
        rf"\begin{{tabular}}{{l{'l' * len(results)}}}",
        r"\toprule",
        _row(head),
        r"\midrule",
        *map(_row, body),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines)


def _cell(verdict: Verdict | None) -> str:
    if verdict is None:
        return "--"
    return verdict.outcome.value + ("" if verdict.trace is None else f" ({cell(verdict.trace)})")


def _row(cells: Sequence[str]) -> str:
    return " & ".join(text.translate(_ESCAPED) for text in cells) + r" \\"
