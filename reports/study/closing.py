"""The part of the report about closing: what is claimed of it, the runs that violate that, and what an endpoint does."""

from __future__ import annotations

from checker.studies.endings import MOVES_SCOPE, SCOPE
from checker.studies.study import Study
from reports.language.catalogue import Language
from reports.study.blocks import Cell, Prose, Section, Table
from reports.study.verdicts import assumed, each_claim, runs, table


def closing(study: Study, language: Language) -> Section:
    """Return how connections end."""
    word, found = language.word, study.endings
    verdicts = [ending.verdicts for ending in found]
    heads = [assumed(ending.handshake, ending.otherwise, language) for ending in found]
    parts = (
        Section("closing-claims", word("claims"), (), each_claim(verdicts, language)),
        Section("closing-runs", word("traces"), runs(heads, verdicts, language)),
        Section("closing-moves", word("closing-moves"), (Prose(word("closing-moves-text")), _moves(study, language))),
    )
    told = Prose(word("closing-text", scope=SCOPE))
    return Section("closing", word("closing-title"), (told, table(heads, verdicts, language, "closing-caption")), parts)


def _moves(study: Study, language: Language) -> Table:
    word = language.word
    rows = tuple(
        (Cell(move.before), Cell(move.after), Cell(word("comma").join(f"`{action}`" for action in move.actions)))
        for move in study.moves
    )
    head = (word("from"), word("to"), word("actions"))
    return Table(word("closing-moves-caption", scope=MOVES_SCOPE), head, rows)
