"""What is proved of servers that are attacked, by invariants that a person wrote down and nobody believes unshown."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from checker.decide import Setting
from checker.proof.prove import sought
from checker.proof.reading import read_formula
from checker.proof.steps import Steps
from checker.proof.subject import Subject
from checker.proof.terms import UNBOUNDED
from model.notation.interpreter import Interpreter, evaluate
from model.notation.network import keeping_everything
from model.tcp.assumptions import Assumptions
from model.tcp.composition import ATTACKED
from model.tcp.handshakes import NAMED, ExpiringCookies, FourWay, ThreeWay, TwoWay
from model.tcp.handshakes.handshake import Handshake
from model.tcp.scope import SCOPES
from properties import hints
from properties.specification import Specification, built_in, specification
from tests.command_line import Ask
from tests.test_fast_open import EXPIRED, AcceptsExpired

WRITTEN = sorted(
    (attacker, handshake, path.stem.removeprefix(f"{handshake}-"))
    for attacker in ATTACKED
    for path in (hints.INVARIANTS / attacker).glob("*.txt")
    for handshake in (TwoWay.name, ThreeWay.name, FourWay.name, *NAMED)
    if path.stem.startswith(f"{handshake}-")
)
"""Attacker, handshake and claim of each."""


def subject(spec: Specification, claim: str) -> Subject:
    return sought(spec, spec.claim[claim], Setting(SCOPES["default"], Assumptions()))


def holds(spec: Specification, claim: str, lines: tuple[str, ...]) -> bool:
    """Return whether formulas are inductive over integers where no segment is lost, and no step violates the claim."""
    of = subject(spec, claim)
    kept = replace(of.watched, system=keeping_everything(of.watched.system))
    steps, stop = Steps(kept, UNBOUNDED, time.monotonic() + 600), of.check(kept).stop
    conjuncts = [read_formula(line, of.watched.system) for line in lines]
    return steps.breaking(conjuncts, [])[0] is None and steps.meeting(stop, conjuncts)[0] is None


def test_each_file_is_for_a_claim() -> None:
    files = [path for attacker in ATTACKED for path in (hints.INVARIANTS / attacker).glob("*.txt")]
    assert len(files) == len(WRITTEN)


@pytest.mark.parametrize(("attacker", "handshake", "claim"), WRITTEN)
def test_what_was_written_is_true_at_the_start(attacker: str, handshake: str, claim: str) -> None:
    """And it is of this system: each line is a formula over what the claim sees and remembers."""
    spec = built_in(f"{handshake}/{attacker}")
    system = subject(spec, claim).watched.system
    conjuncts = [read_formula(line, system) for line in hints.hint(spec, spec.claim[claim])]
    assert conjuncts
    assert all(evaluate(conjunct, Interpreter(system).initial()) is True for conjunct in conjuncts)


@pytest.mark.parametrize(("handshake", "proved"), [(ExpiringCookies, True), (AcceptsExpired, False)])
def test_one_conjunct_shows_that_an_expired_token_connects_nobody(handshake: type[Handshake], proved: bool) -> None:
    right = built_in("expiring-cookies/replay")
    lines = hints.hint(right, right.claim[EXPIRED])
    assert len(lines) == 1
    assert holds(specification(handshake, ATTACKED["replay"]), EXPIRED, lines) is proved


@pytest.mark.long
@pytest.mark.parametrize(("attacker", "handshake", "claim"), WRITTEN)
def test_what_was_written_proves_it(attacker: str, handshake: str, claim: str, ask: Ask) -> None:
    answer = ask("prove", f"{handshake}/{attacker}", claim, "--timeout", "900")
    assert answer.code == 0
    assert "Proved for 32-bit numbers" in answer.out


@pytest.mark.long
@pytest.mark.parametrize("attacker", ATTACKED)
def test_cookies_spend_nothing_on_who_has_not_received(attacker: str, ask: Ask) -> None:
    """No invariant is needed: a TCB is made of the segment alone that brings the number back."""
    answer = ask("prove", f"cookies/{attacker}", "return-routability", "--timeout", "900")
    assert answer.code == 0
    assert "Proved for 32-bit numbers, which wrap, by an invariant of 0 conjuncts" in " ".join(answer.out.split())
