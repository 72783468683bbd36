"""The part of the report about floods: what is claimed of a flooded server, and how many clients get in."""

from __future__ import annotations

from checker.studies.floods import CLIENTS
from checker.studies.study import Study
from model.tcp.attackers import FLOOD
from reports.language.catalogue import Language
from reports.siege_table import share
from reports.study.blocks import Cell, Prose, Section, Table
from reports.study.verdicts import each_claim, runs, table


def floods(study: Study, language: Language) -> Section:
    """Return what a flood of SYNs does to each handshake and each defence."""
    word = language.word
    heads, verdicts = [of.handshake for of in study.floods], [of.verdicts for of in study.floods]
    found = {(siege.defence, siege.places, siege.rate): siege for siege in study.sieges}
    rates = list(dict.fromkeys(siege.rate for siege in study.sieges))
    rows = dict.fromkeys((siege.defence, siege.places) for siege in study.sieges)
    counted = Table(
        word("floods-sieges", clients=CLIENTS),
        (word("handshake"), word("floods-places"), *(word("floods-rate", rate=f"{rate:g}") for rate in rates)),
        tuple(
            (Cell(name), Cell(str(places)), *(Cell(share(found[name, places, rate])) for rate in rates))
            for name, places in rows
        ),
    )
    told = Prose(word("floods-text", scope=FLOOD.scope))
    parts = (
        Section("floods-claims", word("claims"), (), each_claim(verdicts, language)),
        Section("floods-runs", word("traces"), runs(heads, verdicts, language)),
    )
    return Section("floods", word("floods-title"), (told, table(heads, verdicts, language, "floods-caption"), counted), parts)
