"""k-induction proves what it says for the least k that does, refutes what is violated, and says so where it proves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.decide import Setting
from checker.proof.reading import read_formula
from checker.proof.subject import Attempt, Subject
from checker.runs.trace import Trace
from checker.studies.proving import prove_by_k_induction
from checker.verdict import Outcome
from model.notation.expr import ite
from model.notation.interpreter import Interpreter
from model.notation.network import connect
from model.notation.sorts import Nat
from model.notation.system import Action, TransitionSystem, Variable
from model.tcp.scope import SCOPES
from properties import specify
from properties.claim import invariant
from properties.specification import SPECIFICATIONS, Specification
from tests.command_line import Ask
from tests.models import model

SETTING = Setting(SCOPES["default"])


def ring(bad: int) -> Specification:
    """Three numbers go round 0, 1, 2. What is not reached begins at 3 and climbs to ``bad``, which is the last of it.

    So of states that are not reached, bad - 3 steps lead from the farthest one to the violation, and there is no cycle: a path
    that ends in a violation has at most so many steps, and it is k-inductive for the next k and for none before.
    """
    n = Variable("n", Nat(bad), 0)
    goes_round = Action("goes_round", guard=n.value < 3, updates={"n": ite(n.value == 2, 0, n.value + 1)})
    climbs = Action("climbs", guard=(n.value > 2) & (n.value < bad), updates={"n": n.value + 1})
    claim = invariant("never-bad", n.value != bad, trigger=n.value == 2, when="it came to 2")
    return specify(TransitionSystem("ring", (n,), (goes_round, climbs)), [claim])


def induced(spec: Specification, claim: str, most: int, *conjuncts: str, seconds: float = 60) -> tuple[Attempt, Trace | None]:
    subject = Subject(spec, spec.claim[claim], (), SETTING)
    formulas = [read_formula(text, subject.watched.system) for text in conjuncts]
    return prove_by_k_induction(subject, formulas, most, seconds)


@pytest.mark.parametrize("bad", [4, 5, 6])
def test_the_least_k_is_the_length_of_what_leads_to_a_violation(bad: int) -> None:
    attempt, path = induced(ring(bad), "never-bad", 9)
    assert attempt.outcome is Outcome.HOLDS
    assert path is None
    assert dict(attempt.ks) == {"unbounded": bad - 2, "32": bad - 2}


@pytest.mark.parametrize("bad", [5, 6])
def test_a_smaller_k_proves_nothing_and_shows_the_path(bad: int) -> None:
    attempt, path = induced(ring(bad), "never-bad", bad - 3)
    assert attempt.outcome is Outcome.UNKNOWN
    assert path is not None
    assert [path.initial["n"], *(step.state["n"] for step in path.steps)] == list(range(3, bad + 1))


def test_a_conjunct_makes_the_least_k_smaller() -> None:
    attempt, _ = induced(ring(6), "never-bad", 9, "n < 3")
    assert dict(attempt.ks) == {"unbounded": 1, "32": 1}


def test_conjuncts_that_are_not_inductive_themselves_prove_nothing() -> None:
    attempt, _ = induced(ring(6), "never-bad", 9, "n != 5")
    assert attempt.outcome is Outcome.UNKNOWN
    assert all("not inductive itself" in reason for reason in attempt.reasons.values())


def test_what_is_violated_is_refuted_and_not_proved() -> None:
    """The base case: k steps from anywhere never lead up to the first step, so the step case alone would prove this."""
    n = Variable("n", Nat(3), 0)
    once = Action("once", guard=n.value == 0, updates={"n": n.value + 1})
    claim = invariant("still", n.value == 0, trigger=n.value == 0, when="it began")
    attempt, _ = induced(specify(TransitionSystem("once", (n,), (once,)), [claim]), "still", 5)
    assert attempt.outcome is Outcome.VIOLATED
    assert attempt.violated is not None
    assert attempt.violated.trace is not None
    assert [step.action for step in attempt.violated.trace.steps] == ["once"]


def test_petersons_algorithm_is_proved_from_what_wanting_means() -> None:
    """The least k is 2.

    Who enters second waits where the other is critical, and may go first. Before that, neither can the other have entered,
    since this one wants to as well and may go first; nor can this one have come to wait, since then the other may go first.
    """
    wanting = [f"~(place[{process}] != idle & ~wants[{process}])" for process in ("left", "right")]
    attempt, _ = induced(model("mutual_exclusion.py"), "mutual-exclusion", 6, *wanting)
    assert attempt.outcome is Outcome.HOLDS
    assert set(attempt.ks.values()) == {2}


def test_a_handshake_is_not_proved_without_lemmas_and_its_path_is_taken_by_the_interpreter() -> None:
    attempt, path = induced(SPECIFICATIONS["three-way"], "agreement", 2)
    assert attempt.outcome is Outcome.UNKNOWN
    assert path is not None
    assert len(path) == 2
    interpreter = Interpreter(connect(attempt.subject.watched.system))
    assert interpreter.take(path.initial, path.steps[0].action, path.steps[0].arguments).state == path.steps[0].state
    assert path.steps[1].states["server"] == "ESTABLISHED"
    assert path.end["agreement.agreed"] is False


def test_the_command(ask: Ask, tmp_path: Path) -> None:
    conjuncts = tmp_path / "wanting.txt"
    conjuncts.write_text("~(place[left] != idle & ~wants[left])\n~(place[right] != idle & ~wants[right])\n")
    peterson = str(Path(__file__).parents[1] / "model" / "tutorials" / "mutual_exclusion.py")
    answer = ask("prove", peterson, "mutual-exclusion", "--max-k", "4", "--invariant", str(conjuncts))
    assert answer.code == 0
    assert "by k-induction with k = 2 from states" in answer.out
    answer = ask("prove", peterson, "mutual-exclusion", "--max-k", "2")
    assert answer.code == 20
    assert "need not be one that is reached" in answer.out
    answer = ask("prove", peterson, "mutual-exclusion", "--max-k", "2", "-o", str(tmp_path / "new"))
    assert answer.code == 2
    assert "leave out -o" in answer.err
