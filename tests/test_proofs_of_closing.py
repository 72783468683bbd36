"""What is proved of connections that are closed by FINs, by invariants that a person wrote down and nobody believes unshown."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from checker.decide import Setting
from checker.proof import prove as proving
from checker.proof.prove import by_finding, sought
from checker.proof.reading import read_formula
from checker.proof.steps import Steps
from checker.proof.subject import Subject
from checker.proof.terms import BITS, UNBOUNDED
from model.notation.analysis import substitute
from model.notation.expr import Expr, disj, negate
from model.notation.interpreter import Interpreter, evaluate
from model.notation.network import keeping_everything
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from properties import hints
from properties.specification import built_in
from tests.command_line import Ask

LIFE = built_in("three-way/lifecycle")
DIRECTORY = hints.INVARIANTS / "lifecycle"
KEPT = sorted(path.stem.removeprefix("three-way-") for path in DIRECTORY.glob("*.txt"))
UNUSUAL: dict[str, dict[str, str | bool]] = {
    "no-octet-from-the-dead": {"close_early": False},
    "octets-in-order": {"close_early": False},
    "time-wait-protects": {"close_early": False, "closed_host": "silent"},
}
"""The assumptions under which claims are proved that the usual ones violate."""
QUICK = "fin-is-numbered"
OVER_INTEGERS = ("close-is-agreed", "no-octet-from-the-dead", "octets-in-order", "time-wait-protects")
"""Those that were not seen to be shown with 32 bits, in the time there was."""


def subject(claim: str) -> Subject:
    """Return the subject of a proof, under the assumptions under which it is one."""
    assumed = Assumptions(**UNUSUAL.get(claim, {}))  # type: ignore[arg-type]
    return sought(LIFE, LIFE.claim[claim], Setting(SCOPES["default"], assumed))


def written(of: Subject) -> list[Expr]:
    """Return the invariant that was written for the claim of a subject."""
    return [read_formula(line, of.watched.system) for line in hints.hint(LIFE, of.claim)]


def test_what_is_asserted_of_closing_is_written_down_or_needs_nothing() -> None:
    """All claims of safety but one that no state violates; `time-wait-protects` is here under the assumptions above."""
    assert set(KEPT) == {claim.name for claim in LIFE.safety} - {"reset-draws-no-reset"}


def test_what_was_written_is_true_at_the_start() -> None:
    """And it is of this system: each line is a formula over what the claims see and remember."""
    system = replace(subject(QUICK), helpers=tuple(claim for claim in LIFE.safety if claim.name != QUICK)).watched.system
    initial = Interpreter(system).initial()
    for name in KEPT:
        conjuncts = [read_formula(line, system) for line in hints.hint(LIFE, LIFE.claim[name])]
        assert conjuncts
        assert all(evaluate(conjunct, initial) is True for conjunct in conjuncts)


def test_a_fin_is_numbered_by_eight_conjuncts_and_by_no_seven() -> None:
    """Over integers, where no segment is lost; without any one of them a step breaks another, or violates the claim."""
    of = subject(QUICK)
    kept = replace(of.watched, system=keeping_everything(of.watched.system))
    steps, stop = Steps(kept, UNBOUNDED, time.monotonic() + 600), of.check(kept).stop

    def proved_by(some: Sequence[Expr]) -> bool:
        return steps.breaking(some, [])[0] is None and steps.meeting(stop, some)[0] is None

    conjuncts = written(of)
    assert len(conjuncts) == 8
    assert proved_by(conjuncts)
    assert not any(proved_by([other for other in conjuncts if other is not conjunct]) for conjunct in conjuncts)


@pytest.mark.long
@pytest.mark.parametrize("claim", [*(claim for claim in KEPT if claim not in OVER_INTEGERS), "reset-draws-no-reset"])
def test_what_was_written_proves_its_claim_at_both_widths(claim: str, ask: Ask) -> None:
    """By the command, which is told nothing of it. Each obligation is answered by both solvers, at each width."""
    answer = ask("prove", "three-way/lifecycle", claim, "--json", "--timeout", "3600")
    (record,) = answer.records
    assert (answer.code, record["verdict"], set(record["invariants"])) == (0, "holds", {"32", "unbounded"})
    expected = {str(conjunct) for conjunct in written(subject(claim))}
    assert all(set(conjuncts) == expected for conjuncts in record["invariants"].values())


@pytest.mark.long
@pytest.mark.parametrize("claim", OVER_INTEGERS)
def test_what_was_written_is_inductive_over_integers(claim: str) -> None:
    """Where the network keeps every segment: no step breaks it, and none that it allows violates the claim."""
    of = subject(claim)
    kept = replace(of.watched, system=keeping_everything(of.watched.system))
    steps, conjuncts = Steps(kept, UNBOUNDED, time.monotonic() + 3600), written(of)
    assert steps.breaking(conjuncts, [])[0] is None
    assert steps.meeting(of.check(kept).stop, conjuncts)[0] is None


@pytest.mark.long
def test_a_certificate_of_closing_is_checked(ask: Ask, tmp_path: Path) -> None:
    where = str(tmp_path / "certificate")
    assert ask("prove", "three-way/lifecycle", QUICK, "-o", where, "--timeout", "3600").code == 0
    assert ask("recheck", where, "--timeout", "3600").code == 0


# -- what is written is tried, and believed no more than what is found ---------------------------------------------------------

CRASH = built_in("three-way/crash")


def claim_of_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str) -> Subject:
    """Return the subject of a proof of isn-acknowledged where hosts crash, for which ``lines`` are written down.

    What the claim rests on is left to others.
    """
    (tmp_path / "crash").mkdir()
    (tmp_path / "crash" / "three-way-isn-acknowledged.txt").write_text(lines, encoding="utf-8")
    monkeypatch.setattr(hints, "INVARIANTS", tmp_path)
    return replace(sought(CRASH, CRASH.claim["isn-acknowledged"], Setting(SCOPES["default"])), grounding=True)


def nothing_is_found(*_: object) -> None:
    raise AssertionError("an invariant is looked for")


def test_what_is_written_is_tried_before_any_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The invariant of the opening does for hosts that crash as well, and none is looked for."""
    lines = (hints.INVARIANTS / "three-way-isn-acknowledged.txt").read_text(encoding="utf-8")
    of = claim_of_crash(tmp_path, monkeypatch, f"# why it holds\n\n{lines}")
    monkeypatch.setattr(proving, "Finding", nothing_is_found)
    found = by_finding(of, time.monotonic() + 120)
    assert found.conclusive
    assert all([str(c) for c in shown.invariants[""]] == lines.splitlines() for shown in found.shown.values())


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("client.state != SYN-SENT\nserver.state != ESTABLISHED\n", "consecution-"),  # true at first, and then not
        ("client.state == ESTABLISHED\n", "initiation"),
        ("client.stat == CLOSED\n", "did you mean 'client.state'?"),
    ],
)
def test_what_is_written_wrongly_proves_nothing(lines: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = claim_of_crash(tmp_path, monkeypatch, lines)
    monkeypatch.setattr(proving, "Finding", nothing_is_found)
    told: list[str] = []
    with pytest.raises(AssertionError, match="an invariant is looked for"):
        by_finding(of, time.monotonic() + 120, told.append)
    assert any(why in line for line in told)


def test_what_no_state_violates_needs_no_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rule answers a RST by a RST, whatever the state: nothing is looked for, at either width."""
    spec = built_in("three-way")
    monkeypatch.setattr(proving, "Finding", nothing_is_found)
    of = replace(sought(spec, spec.claim["reset-draws-no-reset"], Setting(SCOPES["default"])), grounding=True)
    found = by_finding(of, time.monotonic() + 120)
    assert found.conclusive
    assert {shown.invariants[""] for shown in found.shown.values()} == {()}


def test_what_a_step_may_break_is_shown_in_parts_that_are_all_of_it() -> None:
    """An answer changes most of what is known, and so it has parts; what a small invariant says is shown in one."""
    of = subject("isn-paired")
    proof = of.proof(written(of), BITS)
    action = proof.system.action["server_receives_syn"]
    broken = [negate(after) for c in proof.conjuncts if (after := substitute(c, action.updates)) is not c]
    parts = [o for o in proof.obligations({action.name}) if o.name.startswith("consecution.")]
    assert [o.name for o in parts] == [f"consecution.{n}-server_receives_syn" for n in range(1, len(parts) + 1)]
    assert len(parts) > 1
    assert disj(*(o.formulas[-1] for o in parts)).key == disj(*broken).key
    small = subject(QUICK)
    names = {o.name for o in small.proof(written(small), BITS).obligations({action.name})}
    assert names == {"initiation", "consecution-server_receives_syn"}
