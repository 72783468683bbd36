"""RFC 1337's hazards: the table of what TIME-WAIT keeps from the next connection, and what a new SYN does to it."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from checker.decide import Setting, decide
from checker.verdict import Outcome
from model.tcp.assumptions import CHOICES, Assumptions
from model.tcp.scope import scope_named
from properties.specification import built_in

LIFE = built_in("three-way/lifecycle")
HAZARDS = ("old-data-is-not-taken", "old-acks-confirm-nothing", "old-segments-end-nothing")
PAGES = [Path("properties/FINDINGS.md"), Path("properties/FINDINGS.zh-CN.md")]
WORDS = {"有无均可": "either", "无": "no", "有": "yes", "成立": "holds", "任意": "any"}
RULES = list(product(CHOICES["time_wait"], CHOICES["new_syn"], (False, True)))

Row = tuple[str, ...]


def table(page: Path) -> dict[tuple[str, str, bool], Row]:
    """Return what a page says of each rule for TIME-WAIT, each for a new SYN, and with and without RFC 1337."""
    text = page.read_text(encoding="utf-8").partition("| `--time-wait` | `--new-syn` | `--rfc1337` |")[2]
    said: dict[tuple[str, str, bool], Row] = {}
    for line in text.partition("\n\n")[0].splitlines()[2:]:
        wait, syn, fix, *found = (WORDS.get(cell.strip(), cell.strip()) for cell in line.strip("|").split("|"))
        syns = CHOICES["new_syn"] if syn == "any" else re.findall(r"`(\w+)`", syn)
        for one, fixed in product(syns, {"either": (False, True), "no": (False,), "yes": (True,)}[fix]):
            said[wait.strip("`"), str(one), fixed] = tuple(found)
    return said


def test_the_pages_have_one_table_with_a_row_for_every_rule() -> None:
    english, chinese = map(table, PAGES)
    assert english == chinese
    assert english.keys() == set(RULES)


@pytest.mark.long
@pytest.mark.parametrize(("wait", "syn", "fix"), RULES)
def test_what_the_table_says_is_found(wait: str, syn: str, fix: bool) -> None:
    assumed = Assumptions(isn_spacing="adjacent", close_early=False, time_wait=wait, new_syn=syn, rfc1337=fix)
    verdicts = decide(LIFE, [LIFE.claim[name] for name in HAZARDS], Setting(scope_named("near,octets=2"), assumed))
    assert all(verdict.exercised for verdict in verdicts)
    found = {v.question.claim.name: "holds" if v.outcome is Outcome.HOLDS else str(len(v.trace or ())) for v in verdicts}
    assert tuple(found[name] for name in HAZARDS) == table(PAGES[0])[wait, syn, fix]
