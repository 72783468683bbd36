"""How many clients get in under a flood, by defence, size of the table and rate of the flood, as a table of 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

from checker.studies.siege import PATIENCE, TIMEOUT, Siege
from model.notation.said import said
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.width import line_width
from reports.wrapping import padded, wrapped

_ENGLISH = language(ENGLISH)
_NAME, _CELL = 24, 13


def table(sieges: Sequence[Siege], spoken: Language = _ENGLISH) -> str:
    """Return which part of the clients got in, and beside it how many TCBs the flood held in the mean."""
    tell = spoken.tell
    rates = list(dict.fromkeys(siege.rate for siege in sieges))
    rows = list(dict.fromkeys((siege.defence, siege.places) for siege in sieges))
    found = {(s.defence, s.places, s.rate): s for s in sieges}
    below = _NAME + _CELL * len(rates) > line_width()

    def row(name: str, *cells: str) -> str:
        return (f"{name}\n  " if below else padded(name, _NAME)) + "".join(padded(cell, _CELL) for cell in cells)

    lines = [*wrapped(tell("synproof: who gets in while a server is flooded with SYNs that nobody answers"), line_width()), ""]
    lines += row(tell("SYNs in a round trip"), *(f"{rate:g}" for rate in rates)).split("\n")
    lines += [("  " if below else "-" * (_NAME - 1) + " ") + " ".join("-" * (_CELL - 1) for _ in rates)]
    for defence, places in rows:
        cells = [share(found[defence, places, rate]) for rate in rates]
        lines += row(tell("{defence}, {places} places", defence=defence, places=places), *cells).split("\n")
    return "\n".join([*(line.rstrip() for line in lines), "", *_notes(sieges[0], spoken)])


def share(siege: Siege) -> str:
    """Return which part of the clients got in, and how many TCBs the flood held."""
    return f"{round(100 * siege.entered / siege.runs)}% ({siege.held:.1f})"


def _notes(siege: Siege, spoken: Language) -> list[str]:
    notes = [
        said(
            "n% of {runs} clients got in. In parentheses: TCBs that the flood held in the mean while they tried.",
            runs=siege.runs,
        ),
        said(
            "Random runs of the model: the table is full when a client opens; segments take half a round trip in the mean, a "
            "SYN is sent again after 3, a half-open connection is given up after {timeout}, and the client after {patience}.",
            timeout=round(TIMEOUT),
            patience=round(PATIENCE),
        ),
        "A SYN cache has twice as many entries as places, each half a TCB. Cookies have no half-open connections.",
        "These are estimates: what a defence can do in the worst case is decided by synproof compare --attacker flood.",
    ]
    return [line for note in notes for line in wrapped(spoken.tell(note), line_width())]
