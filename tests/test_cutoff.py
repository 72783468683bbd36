"""Scopes are raised until they show nothing new, and what that is worth is said."""

from __future__ import annotations

import pytest

import checker.studies.cutoff
from checker.decide import Setting
from checker.engine import Counts
from checker.host.limits import Limits
from checker.studies.cutoff import Cutoff, cutoff
from checker.verdict import Outcome, Question, Verdict
from model.tcp.scope import SCOPES
from properties.specification import SPECIFICATIONS
from tests.command_line import Ask

TWO_WAY = SPECIFICATIONS["two-way"]
CLAIM = TWO_WAY.claim["isn-paired"]


def rounds(*seen: tuple[Outcome, bool | None]) -> Cutoff:
    """Return what was seen of one claim in scope after scope: its verdict, and whether it was exercised."""
    question = Question("two-way", CLAIM, "covering", "scope", {}, None)
    return Cutoff(tuple((Verdict(question, outcome, "", Counts(), exercised),) for outcome, exercised in seen))


HOLDS, VIOLATED, UNKNOWN = Outcome.HOLDS, Outcome.VIOLATED, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("found", "last_new", "settled"),
    [
        (rounds((HOLDS, True), (HOLDS, True)), 1, False),
        (rounds((HOLDS, True), (HOLDS, True), (HOLDS, True)), 1, True),
        (rounds((HOLDS, True), (VIOLATED, True), (VIOLATED, True)), 2, False),
        (rounds((HOLDS, True), (VIOLATED, True), (VIOLATED, True), (VIOLATED, True)), 2, True),
        (rounds((HOLDS, False), (HOLDS, False), (HOLDS, True)), 3, False),
        (rounds((HOLDS, True), (UNKNOWN, True), (UNKNOWN, True), (UNKNOWN, True)), 2, False),
    ],
)
def test_two_scopes_after_each_other_have_to_show_nothing_new(found: Cutoff, last_new: int, settled: bool) -> None:
    assert (found.last_new, found.settled) == (last_new, settled)


def test_scopes_are_raised_until_they_show_nothing_new() -> None:
    """Two connections are needed for ISNs to be paired wrongly: so one attempt and one answer do not show it."""
    found = cutoff(TWO_WAY, [CLAIM], Setting(SCOPES["default"]))
    assert [verdict.outcome for (verdict,) in found.rounds] == [HOLDS, VIOLATED, VIOLATED, VIOLATED]
    assert (found.last_new, found.settled) == (2, True)


def test_a_limit_ends_it_with_nothing_said_of_larger_scopes() -> None:
    found = cutoff(TWO_WAY, [CLAIM], Setting(SCOPES["default"], limits=Limits(states=50)))
    assert not found.settled
    assert found.rounds[-1][0].outcome is UNKNOWN


def test_there_is_a_largest_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker.studies.cutoff, "LARGEST", 2)
    found = cutoff(TWO_WAY, [CLAIM], Setting(SCOPES["default"]))
    assert (len(found.rounds), found.settled) == (2, False)


def test_the_command_says_that_it_is_evidence_and_no_proof(ask: Ask) -> None:
    answer = ask("check", "two-way", "agreement", "--scope", "cutoff")
    assert answer.code == 12
    assert "nothing new after 1: up to 3 attempts and 3 answers" in " ".join(answer.out.split())
    assert "no proof" in " ".join(answer.out.split())


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("two-way", "agreement", "--isn", "unmentioned"), "what the covering search decides: agreement is asked of bfs"),
        (("three-way", "server-stops-waiting"), "server-stops-waiting asks for the whole state graph"),
        (("model/tutorials/mutual_exclusion.py", "mutual-exclusion"), "has its bounds in its file"),
    ],
)
def test_what_would_not_get_far_is_refused(words: tuple[str, ...], why: str, ask: Ask) -> None:
    answer = ask("check", *words, "--scope", "cutoff")
    assert answer.code == 2
    assert why in answer.err
