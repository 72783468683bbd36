"""The report says of each sentence of RFC 9293 how many mutants it has and who notices them, as the kept table has it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import cycle

import pytest

from checker.studies.mutants import Mutant, mutants
from checker.studies.study import Ruled, ruled
from model.tcp.handshakes import ThreeWay
from properties.mutants import Alone, Reason, Row
from properties.specification import SPECIFICATIONS
from reports.language import CODES
from reports.language.catalogue import language
from reports.study.blocks import Section, Table
from reports.study.rules import NOTICED, SURVIVES, rules

HAN = re.compile(r"[\u4e00-\u9fff]")


FATES = (NOTICED, "equivalent", NOTICED, SURVIVES, "never met", NOTICED, "refused")
BY = ("agreement", "fig7", "numbering")


def _found(mutants: Iterable[Mutant]) -> Iterator[Row]:
    """Yield a table in which every fate occurs in most states; what really becomes of mutants takes too long to find out."""
    fates, by = cycle(FATES), cycle(BY)
    for one in mutants:
        fate = next(fates)
        noticed = ("ports-1", next(by)) if fate == NOTICED else ("", "")
        yield Row(one.name, one.state, one.branch, one.section, one.check, one.how.value, str(one.words), fate, *noticed)


@pytest.fixture(scope="module")
def kept() -> Ruled:
    """Return the sentences of three-way, as if these had been found of its mutants."""
    alone = {"agreement": Alone("LISTEN.resets_ack.idle1", None), "numbering": Alone("", Reason({"en": "So.", "zh": "如此。"}))}
    return replace(ruled(SPECIFICATIONS["three-way"]), rows=tuple(_found(mutants(ThreeWay))), reasons={}, alone=alone)


def _tables(part: Section) -> list[Table]:
    return [block for block in part.blocks if isinstance(block, Table)]


def _sections(of: Ruled, code: str) -> dict[str, Section]:
    part = rules(of, frozenset(), language(code))
    return {inner.anchor: inner for inner in part.sections}


@pytest.mark.parametrize("code", CODES)
def test_each_mutant_is_counted_once_and_where_it_belongs(kept: Ruled, code: str) -> None:
    counted: Counter[str] = Counter()
    for table in _tables(_sections(kept, code)["rules-three-way"]):
        for row in table.rows:
            *_, mutants, noticed, same, survive = (cell.text for cell in row)
            fates = (int(re.split(r"\D", noticed)[0]), int(same), int(survive))
            match = re.search(r"`(\w+)`", row[0].text)
            assert match
            state = table.caption.partition(" ")[2] if table.caption.startswith("§") else ""
            own = Counter(one.fate for one in kept.rows if (one.state, one.branch) == (state, match[1]))
            assert (int(mutants), fates[0], fates[2]) == (own.total(), own[NOTICED], own[SURVIVES])
            first = sum(map(int, re.findall(r"` (\d+)", noticed)))
            assert first == fates[0]
            counted += own
    taken = {(one.state, one.branch) for one in kept.sentences.taken}
    others = Counter(one.fate for one in kept.rows if (one.state, one.branch) not in taken)
    assert counted + others == Counter(one.fate for one in kept.rows)
    assert f"{others.total()}" in str(_sections(kept, code)["untaken"].blocks[-1])


def test_what_is_changed_in_the_table_is_changed_in_the_page(kept: Ruled) -> None:
    """Catches a page that says what it always says."""
    at = next(number for number, row in enumerate(kept.rows) if row.fate == NOTICED)
    one = kept.rows[at]
    other = replace(one, fate=SURVIVES, question="", noticed_by="")
    rows = (*kept.rows[:at], other, *kept.rows[at + 1 :])
    reason = Reason({"en": "Nobody can tell.", "zh": "没有人能看出来。"})
    changed = replace(kept, rows=rows, reasons={**kept.reasons, one.name: reason})
    for code, said in reason.said.items():
        survivors = _tables(_sections(changed, code)["survivors"])[0].rows
        assert [row[2].text for row in survivors if row[0].text == f"`{one.name}`"] == [said]
        assert one.name not in str(_sections(kept, code)["survivors"])


def test_a_survivor_without_a_reason_is_not_passed_over(kept: Ruled) -> None:
    (table,) = _tables(_sections(kept, "en")["survivors"])
    assert {row[2].text for row in table.rows} == {language("en").word("no-reason")}
    assert len(table.rows) == sum(row.fate == SURVIVES for row in kept.rows)


def test_sentences_and_changes_are_told_in_chinese(kept: Ruled) -> None:
    sections = _sections(kept, "zh")
    for table in _tables(sections["rules-three-way"]):
        assert [row[0].text for row in table.rows if not HAN.search(row[0].text)] == []
    for anchor in ("survivors", "alone", "untaken"):
        for table in _tables(sections[anchor]):
            assert [row for row in table.rows if not HAN.search(row[-1].text)] == []
            assert [row for row in table.rows if anchor != "alone" and not HAN.search(row[1].text)] == []


def test_which_mutants_only_one_claim_notices_is_told_with_what_was_changed(kept: Ruled) -> None:
    (table,) = _tables(_sections(kept, "en")["alone"])
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["`agreement`", "`LISTEN.resets_ack.idle1`", "it does nothing with the segment"],
        ["`numbering`", "-", "So."],
    ]
