"""A checker that finds nothing in a faulty handshake proves nothing about a sound one."""

from __future__ import annotations

import pytest

from checker.decide import Setting, decide
from checker.verdict import Outcome
from model.tcp.handshakes import Handshake, ThreeWay
from model.tcp.scope import SCOPES, Scope
from properties import CLAIMS
from properties.resets import CLAIMS as ABOUT_RST
from properties.specification import specification
from tests.mutants import ABOUT_RESETS, CAUGHT, HARMLESS, TEXTLESS, BindsTheHalves, Mutant


@pytest.mark.parametrize("mutant", CAUGHT, ids=lambda m: f"{m.name} in {m.scope.name}, {m.assumptions.seq_check}")
def test_a_fault_is_caught(mutant: Mutant) -> None:
    """Each fault violates the claim that is there to notice it, and the three-way handshake in the same setting does not."""
    assert mutant.caught_by is not None
    (verdict,) = decide(specification(mutant.handshake), [CLAIMS[mutant.caught_by]], Setting(mutant.scope, mutant.assumptions))
    assert verdict.outcome is Outcome.VIOLATED
    (sound,) = decide(specification(ThreeWay), [CLAIMS[mutant.caught_by]], Setting(mutant.scope, mutant.assumptions))
    assert sound.outcome is Outcome.HOLDS


def _violated(handshake: type[Handshake], scope: Scope) -> set[str]:
    """Return the asserted claims that a handshake violates; where nobody sends text only those that forbid something."""
    spec = specification(handshake)
    verdicts = decide(spec, spec.asserted if scope.data else spec.safety, Setting(scope))
    return {v.question.claim.name for v in verdicts if v.outcome is not Outcome.HOLDS}


def _noticed(mutant: Mutant) -> set[str]:
    """Who is closed discards a RST, and sends nothing for it: two claims say so."""
    also = {"reset-without-connection"} if mutant.name == "discards_rst_when_closed-and-resets" else set[str]()
    return {str(mutant.caught_by)} | also


@pytest.mark.parametrize("mutant", ABOUT_RESETS, ids=lambda m: m.name)
def test_only_the_claims_about_resets_notice_it(mutant: Mutant) -> None:
    """Catches a claim that could be left out: without it nobody would notice the fault."""
    assert _violated(mutant.handshake, mutant.scope) == _noticed(mutant)


def test_a_handshake_without_these_faults_violates_nothing() -> None:
    assert {mutant.scope for mutant in ABOUT_RESETS} == {TEXTLESS}
    assert _violated(ThreeWay, TEXTLESS) == set()


@pytest.mark.long
@pytest.mark.parametrize("mutant", ABOUT_RESETS, ids=lambda m: m.name)
def test_only_the_claims_about_resets_notice_it_in_the_default_scope(mutant: Mutant) -> None:
    """Text, figures and all: the whole of what is asserted."""
    assert _violated(mutant.handshake, SCOPES["default"]) == _noticed(mutant)


def test_each_claim_about_resets_has_a_fault_that_it_notices() -> None:
    assert {mutant.caught_by for mutant in ABOUT_RESETS} == {claim.name for claim in ABOUT_RST}


@pytest.mark.parametrize("mutant", HARMLESS, ids=lambda m: m.name)
def test_a_harmless_change_is_harmless(mutant: Mutant) -> None:
    """What is declared harmless violates nothing that is asserted (the reason stands beside each in tests/mutants.py)."""
    spec = specification(mutant.handshake)
    verdicts = decide(spec, spec.asserted, Setting(mutant.scope, mutant.assumptions))
    assert [v.question.claim.name for v in verdicts if v.outcome is not Outcome.HOLDS] == []


def test_there_are_at_least_twelve_faults() -> None:
    assert len({mutant.name for mutant in CAUGHT}) >= 12


def test_the_mended_four_way_handshake_agrees() -> None:
    """The flaw of four-way is that nothing binds y to x: a client that binds them by SEG.SEQ is cured of it."""
    (verdict,) = decide(specification(BindsTheHalves), [CLAIMS["client-agreement"]], Setting(CAUGHT[0].scope))
    assert verdict.outcome is Outcome.HOLDS
