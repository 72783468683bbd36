"""The part of the report about rules: each sentence of RFC 9293, the rule that takes it, and who notices if that is otherwise.

Sentences are read off the rules (:mod:`checker.studies.sentences`), and what becomes of mutants off the table that is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from checker.studies.sentences import Untaken
from checker.studies.study import Ruled
from properties.mutants import Row
from reports.language import ENGLISH
from reports.language.catalogue import Language
from reports.study.blocks import Cell, Prose, Section, Table

NOTICED, SURVIVES, REFUSED = "noticed", "survives", "refused"
"""Fates of mutants; the others are of those that change nothing where a connection is opened."""


def rules(ruled: Ruled, explained: Collection[str], language: Language) -> Section:
    """Return what each rule of a handshake is for. The names of claims are links where they are ``explained`` elsewhere."""
    parts = tuple(_parts(ruled, explained, language))
    return Section("rules", language.word("rules"), (Prose(language.word("rules-text")),), parts)


def _parts(ruled: Ruled, explained: Collection[str], language: Language) -> Iterable[Section]:
    word, name = language.word, ruled.spec.name
    fates = Counter(row.fate for row in ruled.rows)
    counts = {fate: fates[fate] for fate in (NOTICED, SURVIVES, REFUSED)}
    same = len(ruled.rows) - sum(counts.values())
    counted = Prose(word("rules-counts", handshake=name, mutants=len(ruled.rows), same=same, **counts))
    by_branch: dict[tuple[str, str], list[Row]] = {}
    for row in ruled.rows:
        by_branch.setdefault((row.state, row.branch), []).append(row)
    states = dict.fromkeys(sentence.state for sentence in ruled.sentences.taken)
    tables = [_in_state(state, ruled, by_branch, explained, language) for state in states]
    yield Section(f"rules-{name}", word("rules-taken", handshake=name), (counted, *tables))
    yield _survivors(ruled, language)
    if ruled.alone:
        yield _alone(ruled, explained, language)
    yield _untaken(ruled, language)


def _in_state(
    state: str, ruled: Ruled, rows: Mapping[tuple[str, str], list[Row]], explained: Collection[str], language: Language
) -> Table:
    """Return the sentences of a state, or the calls and time-outs; with the checks, where the RFC names any there."""
    word = language.word
    taken = [sentence for sentence in ruled.sentences.taken if sentence.state == state]
    checked = any(sentence.check for sentence in taken)
    heads = ("rule-does", *(["rule-check"] if checked else []), "rule-mutants", "rule-noticed", "rule-same", "rule-survive")
    return Table(
        f"{taken[0].section} {state}" if state else word("rules-calls"),
        tuple(map(word, heads)),
        tuple(
            (
                Cell(f"{_does(sentence.doc, language)} (`{sentence.branch}`)"),
                *([Cell(language.tell(sentence.check))] if checked else []),
                *_counts(rows.get((state, sentence.branch), ()), explained, language),
            )
            for sentence in taken
        ),
    )


def _does(doc: str, language: Language) -> str:
    """Return what a branch does, without a full stop; in English as it is written, else as the sentence with its subject."""
    said = doc if language.code == ENGLISH else language.tell(f"It {doc}")
    return said.removesuffix(".").removesuffix("。")


def _counts(rows: Collection[Row], explained: Collection[str], language: Language) -> Iterable[Cell]:
    """Return how many mutants a branch has, who noticed how many first, how many are no change, and how many survive."""
    fates = Counter(row.fate for row in rows)
    first = Counter(row.noticed_by for row in rows if row.fate == NOTICED)
    by = language.word("separator").join(f"{_claim(name, explained)} {number}" for name, number in first.most_common())
    survive = fates[SURVIVES]
    same = len(rows) - fates[NOTICED] - survive - fates[REFUSED]
    yield Cell(str(len(rows)))
    yield Cell(f"{fates[NOTICED]}{language.word('colon')}{by}" if by else "0")
    yield Cell(str(same))
    yield Cell(str(survive), mark="unknown" if survive else "", link="survivors" if survive else "")


def _claim(name: str, explained: Collection[str]) -> str:
    return f"[`{name}`](#claim-{name})" if name in explained else f"`{name}`"


def _survivors(ruled: Ruled, language: Language) -> Section:
    word = language.word
    rows = tuple(
        (
            Cell(f"`{row.name}`"),
            Cell(language.tell(ruled.words[row.name])),
            Cell(_why(row.name, ruled, language)),
        )
        for row in ruled.rows
        if row.fate == SURVIVES
    )
    table = Table(word("survivors-caption"), (word("rule-mutant"), word("rule-change"), word("rule-reason")), rows)
    blocks = (Prose(word("survivors-text")), table) if rows else (Prose(word("survivors-none")),)
    return Section("survivors", word("survivors"), blocks)


def _why(name: str, ruled: Ruled, language: Language) -> str:
    reason = ruled.reasons.get(name)
    return language.word("no-reason") if reason is None else reason.of(language.code)


def _alone(ruled: Ruled, explained: Collection[str], language: Language) -> Section:
    word = language.word
    rows = tuple(
        (
            Cell(_claim(claim, explained)),
            Cell(f"`{of.mutant}`" if of.mutant else "-"),
            Cell(language.tell(ruled.words[of.mutant]) if of.why is None else of.why.of(language.code)),
        )
        for claim, of in ruled.alone.items()
    )
    table = Table(word("alone-caption"), (word("claim"), word("rule-mutant"), word("rule-note")), rows)
    return Section("alone", word("alone"), (Prose(word("alone-text", handshake=ruled.spec.name)), table))


def _untaken(ruled: Ruled, language: Language) -> Section:
    word = language.word
    rows = tuple(
        (
            Cell(" ".join((one.section, word("comma").join(filter(None, one.states)))).strip()),
            Cell(_sentence(one, language)),
            Cell(language.tell(one.why)),
        )
        for one in ruled.sentences.untaken
    )
    table = Table(word("untaken-caption"), (word("rule-place"), word("rule-does"), word("rule-untaken-why")), rows)
    taken = {(one.state, one.branch) for one in ruled.sentences.taken}
    unreached = [row for row in ruled.rows if (row.state, row.branch) not in taken]
    branches = word("comma").join(dict.fromkeys(f"`{row.branch}`" for row in unreached))
    more = [Prose(word("untaken-mutants", mutants=len(unreached), branches=branches))] if unreached else []
    return Section("untaken", word("untaken"), (Prose(word("untaken-text", handshake=ruled.spec.name)), table, *more))


def _sentence(one: Untaken, language: Language) -> str:
    parts = (*([language.tell(one.check)] if one.check else []), *([_does(one.doc, language)] if one.doc else []))
    return language.word("colon").join(parts) or language.word("rule-all-checks")
