"""A checker that finds nothing in a faulty handshake proves nothing about a sound one."""

from __future__ import annotations

import pytest

from checker.decide import Setting, decide
from checker.verdict import Outcome
from model.handshakes import ThreeWay
from properties import CLAIMS
from properties.specification import specification
from tests.mutants import CAUGHT, HARMLESS, BindsTheHalves, Mutant


@pytest.mark.parametrize("mutant", CAUGHT, ids=lambda m: f"{m.name} in {m.scope.name}, {m.assumptions.seq_check}")
def test_a_fault_is_caught(mutant: Mutant) -> None:
    """Each fault violates the claim that is there to notice it, and the three-way handshake in the same setting does not."""
    assert mutant.caught_by is not None
    (verdict,) = decide(specification(mutant.handshake), [CLAIMS[mutant.caught_by]], Setting(mutant.scope, mutant.assumptions))
    assert verdict.outcome is Outcome.VIOLATED
    (sound,) = decide(specification(ThreeWay), [CLAIMS[mutant.caught_by]], Setting(mutant.scope, mutant.assumptions))
    assert sound.outcome is Outcome.HOLDS


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
