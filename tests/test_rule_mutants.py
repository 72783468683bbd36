"""Mutants that are made from the rules, and who notices them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from checker.cli import exits, main
from checker.decide import Setting, decide
from checker.scenarios import scenario as scenarios
from checker.studies.battery import answer, named
from checker.studies.lockstep import compared
from checker.studies.mutants import How, Mutant, mutants
from checker.studies.survivors import Fate, Found, look, reference, survivors
from checker.studies.unchanged import Doings, unchanged
from checker.verdict import Outcome
from model.notation.cases import Cases
from model.notation.expr import Expr
from model.notation.sorts import NotationError
from model.notation.system import TransitionSystem
from model.tcp.assumptions import Assumptions
from model.tcp.endpoint import EventKind, Response, Tcb
from model.tcp.handshakes import ThreeWay
from model.tcp.scope import scope_named
from model.tcp.segment import Segment
from properties import CLAIMS
from properties import mutants as known
from properties.specification import SPECIFICATIONS, specification
from tests.command_line import Ask
from tests.test_records import valid

_SMALL = scope_named("small")


def _mutant(branch: str, how: How, state: str = "", words: str = "") -> Mutant:
    found = (m for m in mutants(ThreeWay, [branch]) if m.how is how and m.state == state and words in m.words)
    return next(found)


def test_each_branch_of_each_rule_is_changed_in_each_way() -> None:
    every = list(mutants(ThreeWay))
    assert len({mutant.name for mutant in every}) == len(every)
    assert {mutant.how for mutant in every} == set(How)
    removed = {(m.state, m.branch) for m in every if m.how is How.REMOVED}
    assert removed == {(m.state, m.branch) for m in every}
    system = SPECIFICATIONS["three-way"].build(_SMALL, Assumptions())
    arrivals = {action.name.partition("_")[2] for action in system.actions if action.by}
    assert arrivals <= {branch for _, branch in removed}


def test_a_branch_that_no_rule_has_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotationError, match="aborts"):
        list(mutants(ThreeWay, ["abort"]))


def test_only_the_branch_changes() -> None:
    mutant = _mutant("aborts", How.SILENT)
    was, is_now = (s.build(_SMALL, Assumptions()) for s in (SPECIFICATIONS["three-way"], specification(mutant.handshake)))
    assert {a.name for a in was.actions} == {a.name for a in is_now.actions}
    apart = {a.name for a, b in zip(was.actions, is_now.actions, strict=True) if len(a.sends) != len(b.sends)}
    assert apart == {"client_aborts", "server_aborts"}


def test_what_does_the_same_is_known_and_what_does_not_is_not() -> None:
    was = SPECIFICATIONS["three-way"].build(_SMALL, Assumptions())
    same = specification(_mutant("receives_syn", How.STRONGER, "LISTEN", "SYN,ACK").handshake).build(_SMALL, Assumptions())
    assert unchanged(was, same)
    for mutant in (_mutant("aborts", How.SILENT), _mutant("is_refused", How.REMOVED, "SYN-SENT")):
        other = specification(mutant.handshake).build(_SMALL, Assumptions())
        assert not unchanged(was, other)
        assert not Doings(was).same(other)


def test_an_event_that_is_not_one_any_more_is_seen() -> None:
    class Silently(ThreeWay):
        def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
            return super().established(tcb, segment).replacing("takes_ack", lambda r: replace(r, events=()))

    was, is_now = (specification(h).build(_SMALL, Assumptions()) for h in (ThreeWay, Silently))
    assert not unchanged(was, is_now)
    assert not Doings(was).same(is_now)
    assert compared(was, is_now).apart is not None


def test_an_event_that_says_another_number_is_seen() -> None:
    def saying(number: Callable[[Tcb], Expr]) -> TransitionSystem:
        class Saying(ThreeWay):
            def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
                about = (tcb.iss, number(tcb))
                cases = super().established(tcb, segment)
                return cases.replacing("acks_repeated_syn", lambda r: r.event(EventKind.ACCEPTS, about=about))

        return specification(Saying).build(_SMALL, Assumptions())

    was, same, other = saying(lambda tcb: tcb.irs), saying(lambda tcb: tcb.irs), saying(lambda tcb: tcb.rcv_nxt)
    assert Doings(was).same(same)
    assert compared(was, same).apart is None
    assert not Doings(was).same(other)
    assert compared(was, other).apart is not None


def test_what_no_branch_takes_any_more_is_received_and_dropped() -> None:
    mutant = specification(_mutant("resets_ack", How.STRONGER, "LISTEN", "== ACK").handshake)
    verdict, *_ = decide(mutant, [CLAIMS["wrong-ack-is-reset"]], Setting(_SMALL, Assumptions()))
    assert verdict.outcome is Outcome.VIOLATED


def test_a_branch_that_was_never_reached_may_be_reached_in_a_mutant() -> None:
    mutant = _mutant("receives_ack_with_data_out_of_order", How.REMOVED, "SYN-RECEIVED")
    system = specification(mutant.handshake).build(_SMALL, Assumptions(seq_check="window"))
    names = {action.name for action in system.actions}
    assert {"server_receives_ack", "server_receives_ack_again"} <= names


@pytest.mark.long
def test_a_figure_whose_action_a_mutant_has_not_is_not_possible_in_it() -> None:
    [figures] = named(["figures"])
    found = answer(figures, specification(_mutant("closes", How.REMOVED).handshake)).figures
    why = {shown.name: shown.why_not for shown in found}
    assert "has no action 'client_closes'" in why["blocked-syns"]
    assert not why["fig6"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["three-way", "--csv", "--json"], "--csv and --json are two forms of one answer"),
        (["three-way/crash"], "mutants is for handshakes of a client and a server"),
        (["three-way", "--only", "abort"], "did you mean 'aborts'"),
    ],
)
def test_what_cannot_be_asked_is_said(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mutants", *words]) == exits.USAGE
    assert said in capsys.readouterr().err


@pytest.mark.long
def test_claims_notice_and_survivors_are_told_apart() -> None:
    against = reference(SPECIFICATIONS["three-way"], named(["textbook"]))
    noticed = look(against, _mutant("aborts", How.SILENT))
    assert (noticed.fate, noticed.first and noticed.first.subject) == (Fate.NOTICED, "abort-is-announced")
    assert look(against, _mutant("receives_syn", How.STRONGER, "LISTEN", "SYN,ACK")).fate is Fate.EQUIVALENT
    unmet = _mutant("is_refused_in_syn_received", How.STRONGER, "SYN-RECEIVED", "RST,ACK")
    assert look(against, unmet).fate is Fate.UNMET  # a RST,ACK answers what has no ACK, and SYN-RECEIVED sends none such


# -- what is known of three-way's mutants -------------------------------------------------------------------------------------

THREE_WAY = SPECIFICATIONS["three-way"]
ROWS = {row.name: row for row in known.table("three-way")}
ALONE = known.alone("three-way")


def _as_found(found: Found) -> tuple[str, str, str]:
    first = found.first
    return found.fate.value, first.question if first else "", first.subject if first else ""


def _as_known(row: known.Row) -> tuple[str, str, str]:
    return row.fate, row.question, row.noticed_by


def test_the_table_has_every_mutant_and_every_survivor_has_its_reason() -> None:
    made = {m.name: (m.state, m.branch, m.section, m.check, m.how.value, str(m.words)) for m in mutants(ThreeWay)}
    assert {r.name: (r.state, r.branch, r.section, r.check, r.kind, r.change) for r in ROWS.values()} == made
    fates = {fate: [row.name for row in ROWS.values() if row.fate == fate.value] for fate in Fate}
    reasons = known.reasons("three-way")
    assert set(reasons) == set(fates[Fate.SURVIVES])
    assert fates[Fate.REFUSED] == []
    assert all({"en", "zh"} <= set(reason.said) for reason in reasons.values())


@pytest.mark.parametrize("page", ["MUTANTS.md", "MUTANTS.zh-CN.md"])
def test_the_page_counts_as_the_table_does(page: str) -> None:
    said = (Path(known.__file__).parents[1] / page).read_text(encoding="utf-8")
    fates = Counter(row.fate for row in ROWS.values())
    counts = [len(ROWS), *(fates[fate.value] for fate in (Fate.NOTICED, Fate.EQUIVALENT, Fate.UNMET, Fate.SURVIVES))]
    line = next(line for line in said.splitlines() if str(len(ROWS)) in line)
    assert list(map(int, re.findall(r"\d+", line))) == counts


def test_each_asserted_claim_has_a_mutant_of_its_own_or_says_what_it_is_there_for() -> None:
    assert set(ALONE) == {claim.name for claim in THREE_WAY.asserted}
    for claim, one in ALONE.items():
        assert one.mutant or (one.why and {"en", "zh"} <= set(one.why.said)), claim
        if one.mutant:  # a schedule that is not possible any more may be asked before
            assert ROWS[one.mutant].noticed_by in {claim, *scenarios.names()}, claim


def test_a_sample_of_mutants_is_noticed_as_the_table_says() -> None:
    """Both were drawn, with others for the long test: one that a claim notices at the first question, and a survivor."""
    questions = named(["textbook"])
    draw = Random(3)  # noqa: S311  # not for secrets
    noticed = draw.choice([row for row in ROWS.values() if row.question == "textbook"])
    survivor = draw.choice([row for row in ROWS.values() if row.name.startswith("closes") and row.fate == Fate.SURVIVES.value])
    against = reference(THREE_WAY, questions)
    made = {m.name: m for m in mutants(ThreeWay, [noticed.branch, survivor.branch])}
    assert _as_found(look(against, made[noticed.name])) == _as_known(noticed)
    assert not look(against, made[survivor.name]).by


@pytest.mark.long
def test_the_table_is_what_is_found() -> None:
    """All of it: ten minutes of two processors."""
    found = survivors(reference(THREE_WAY), list(mutants(ThreeWay)))
    assert {one.mutant.name: _as_found(one) for one in found} == {name: _as_known(row) for name, row in ROWS.items()}


@pytest.mark.long
@pytest.mark.parametrize("claim", [claim for claim, one in ALONE.items() if one.mutant])
def test_only_it_notices(claim: str) -> None:
    """Whatever is asked, no other claim does; a schedule of the RFC's may be impossible as well."""
    mutant = next(m for m in mutants(ThreeWay) if m.name == ALONE[claim].mutant)
    found = look(reference(THREE_WAY), mutant, every=True)
    assert {one.subject for one in found.by} - set(scenarios.names()) == {claim}


@pytest.mark.long
def test_a_record_of_mutants_is_as_the_schema_says_and_gives_reasons(ask: Ask) -> None:
    (printed,) = valid(ask("mutants", "three-way", "--only", "closes", "--quick", "--json").out)
    by_name = {one["name"]: one for one in printed["mutants"]}
    assert by_name["closes.stronger1"]["reason"] == known.reasons("three-way")["closes.stronger1"].of("en")
