"""Attackers where connections are closed: RFC 1337's hazards, TIME-WAIT, and what its fix is worth against whom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checker.decide import Setting, decide
from checker.verdict import Outcome, Verdict
from model.tcp.assumptions import Assumptions
from model.tcp.composition import BESIEGED, LIFECYCLE
from model.tcp.handshakes import ThreeWay
from model.tcp.scope import Scope, scope_named
from properties.specification import built_in, specification
from tests import closing_oracle
from tests.command_line import Ask
from tests.test_closing import agree, case
from tests.test_export import length_by_spin, needs_spin

NEIGHBOURS = Assumptions(isn_spacing="adjacent", close_early=False)
ADJACENT = scope_named("adjacent,data=0")
H1, H2, H3 = "old-data-is-not-taken", "old-acks-confirm-nothing", "old-segments-end-nothing"
ASSASSINATED = "time-wait-is-not-reset"
REPLAY = specification(ThreeWay, BESIEGED[LIFECYCLE.name]["replay"])


def decided(name: str, claim: str, assumed: Assumptions, scope: Scope = ADJACENT) -> Verdict:
    spec = built_in(name)
    (verdict,) = decide(spec, [spec.claim[claim]], Setting(scope, assumed))
    assert verdict.outcome in (Outcome.HOLDS, Outcome.VIOLATED)
    return verdict


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize(("attacker", "outlives"), [("", False), ("-off-path", False), ("-replay", True)])
def test_the_fix_of_rfc_1337_keeps_out_all_but_who_keeps_segments(attacker: str, *, outlives: bool, fixed: bool) -> None:
    """RFC 1337 §3: two lifetimes that no RST cuts short are enough, where segments have a lifetime."""
    verdict = decided(f"three-way/lifecycle{attacker}", H3, replace(NEIGHBOURS, rfc1337=fixed))
    assert verdict.trace is None if fixed and not outlives else verdict.trace is not None


@pytest.mark.parametrize("attacker", ["replay", "off-path"])
def test_a_rst_ends_time_wait_unless_it_is_ignored(attacker: str) -> None:
    broken, kept = (
        decided(f"three-way/lifecycle-{attacker}", ASSASSINATED, replace(NEIGHBOURS, rfc1337=fixed)) for fixed in (False, True)
    )
    assert broken.trace is not None
    last = broken.trace.steps[-1]
    assert broken.trace.steps[-2].state[f"{last.by}.state"] == "TIME-WAIT"
    assert kept.trace is None


def test_two_lifetimes_are_worth_nothing_against_who_keeps_segments() -> None:
    """The same states and steps as where TIME-WAIT ends at any time, with what was sent left in flight."""
    spec = built_in("three-way/lifecycle")
    short = decided("three-way/lifecycle", H3, replace(NEIGHBOURS, time_wait="short"))
    kept = decided("three-way/lifecycle-replay", H3, NEIGHBOURS)
    assert short.trace is not None
    assert kept.trace is not None
    assert len(short.trace) == len(kept.trace)
    assert {a.name for a in spec.build(ADJACENT, NEIGHBOURS).actions} == {
        a.name for a in REPLAY.build(ADJACENT, NEIGHBOURS).actions
    }


@pytest.mark.parametrize("assumed", [Assumptions(rfc1337=True), Assumptions(close_early=False)], ids=str)
def test_another_formulation_of_who_keeps_segments_counts_as_many(assumed: Assumptions) -> None:
    agree(Scope("one connection", (100,), (200,), data=0), assumed, spec=REPLAY)


@pytest.mark.long
@pytest.mark.parametrize("fixed", [False, True])
def test_another_formulation_of_who_keeps_segments_needs_as_many_steps(*, fixed: bool) -> None:
    assumed = replace(NEIGHBOURS, rfc1337=fixed)
    verdict = decided("three-way/lifecycle-replay", "time-wait-protects", assumed)
    assert verdict.trace is not None
    other = case(ADJACENT, assumed, kept=True)
    assert closing_oracle.shortest(other, "time-wait-protects", len(verdict.trace)) == len(verdict.trace)
    assert closing_oracle.shortest(other, "time-wait-protects", len(verdict.trace) - 1) is None


@pytest.mark.long
@needs_spin
def test_spin_finds_a_run_as_short(tmp_path: Path) -> None:
    verdict = decided("three-way/lifecycle-replay", ASSASSINATED, Assumptions(), scope_named("small,data=0"))
    assert verdict.trace is not None
    assert length_by_spin("three-way/lifecycle-replay", ASSASSINATED, "small,data=0", tmp_path) == len(verdict.trace)


def test_one_right_guess_resets_a_connection_that_is_closed_by_fins() -> None:
    assumed, scope = Assumptions(close_early=False, guesses=1), scope_named("small,data=0")
    assert decided("three-way/lifecycle-off-path", "no-forged-reset", replace(assumed, guesses=0), scope).trace is None
    assert decided("three-way/lifecycle-off-path", "no-forged-reset", assumed, scope).trace is not None


@pytest.mark.parametrize("attacker", ["replay", "off-path"])
@pytest.mark.parametrize("handshake", ["two-way", "three-way"])
def test_who_opens_at_once_is_reset_by_no_forgery(handshake: str, attacker: str) -> None:
    verdict = decided(f"{handshake}/simultaneous-{attacker}", "no-forged-reset", Assumptions(), scope_named("small"))
    assert verdict.trace is None


@pytest.mark.long
def test_a_table_of_a_lifecycle_has_the_claims_of_both(ask: Ask) -> None:
    words = ("three-way/lifecycle", "--attacker", "replay", "--scope", "small,data=0")
    answer = ask("compare", *words)
    assert "three-way/lifecycle-replay" in answer.out
    assert ASSASSINATED in answer.out
    assert "no-forged-connection" in answer.out
    assert "fin-is-numbered" in answer.out


def test_an_attacker_that_is_not_asked_there_is_refused(ask: Ask) -> None:
    answer = ask("compare", "three-way/lifecycle", "--attacker", "flood")
    assert answer.code == 2
    assert "is a composition already" in answer.err


@pytest.mark.parametrize(
    ("handshake", "attacker", "falls"),
    [
        *(("two-way", attacker, True) for attacker in ("replay", "off-path")),
        *(("four-way", attacker, attacker == "off-path") for attacker in ("replay", "off-path")),
        *(("three-way", attacker, False) for attacker in ("replay", "off-path")),
    ],
)
def test_who_is_connected_to_nobody_is_declared(handshake: str, attacker: str, *, falls: bool) -> None:
    """A SYN is enough for two-way, an old one or anybody's; for four-way the one that the server sends by itself."""
    verdict = decided(f"{handshake}/lifecycle-{attacker}", "no-forged-connection", Assumptions(), scope_named("small"))
    assert (verdict.outcome is Outcome.VIOLATED) is falls
    assert not verdict.surprising
