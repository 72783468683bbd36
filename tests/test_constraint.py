"""A constraint cuts a search, and whatever is said of what was searched says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checker.cli.exits import USAGE
from checker.decide import Setting, decide
from checker.explicit.search import search
from checker.host.limits import ConstrainedError, Limits
from checker.proof.subject import Subject
from checker.studies.proving import check_invariant, prove, prove_by_k_induction
from checker.verdict import Outcome
from model.notation.expr import FALSE, TRUE, Expr
from model.notation.interpreter import Interpreter
from model.notation.network import connect, why_not_kept
from model.notation.sorts import Nat, NotationError
from model.notation.system import Action, Network, TransitionSystem, Variable, draw, one_of
from model.tcp.scope import SCOPES
from properties import invariant, leads_to, reachable, specify, weakly
from properties.observe import Monitored
from properties.specification import Specification
from reports import text
from tests.command_line import Ask
from tests.toys import NUMBERS

COUNT = Variable("n", Nat(1_000_000), 0)
N = COUNT.value
SETTING = Setting(SCOPES["default"])


def counting(constraint: Expr = N < 4) -> Specification:
    """A counter that goes on by 1 or by 3."""
    actions = (Action("goes", updates={"n": N + 1}), Action("leaps", updates={"n": N + 3}))
    claims = (
        invariant("small", N < 7, trigger=N == 5, when="it was 5"),
        invariant("never-five", N != 5, trigger=N == 3, when="it was 3"),
        reachable("eight", N == 8),
        reachable("six", N == 6),
        leads_to("grows", N == 1, N > 3, fairness=(weakly("goes"),)),
    )
    return specify(TransitionSystem("counting", (COUNT,), actions, constraint=constraint), claims=claims)


def test_a_verdict_says_where_a_constraint_bounds_it() -> None:
    """4, 5 and 6 are reached from less than 4, and nothing beyond; a run that is found is one whatever is cut."""
    spec = counting()
    verdicts = decide(
        spec, [claim for claim in spec.claims if claim.leads_to is None], Setting(SCOPES["default"], keep_going=True)
    )
    said = [line for line in text.verdicts(verdicts, seconds=False).splitlines() if line.startswith("counting: ")]
    assert said == [
        "counting: small: holds within the constraint",
        "counting: never-five: violated",
        "counting: eight: violated within the constraint",
        "counting: six: holds",
    ]
    assert {v.question.scope for v in verdicts} == {"the bounds of the model itself, within the constraint n < 4"}
    assert verdicts[0].reason == "Every state that the scope can reach within the constraint was searched"
    assert [v.as_record()["constraint"] for v in verdicts] == ["n < 4"] * 4
    assert {v.counts.states for v in verdicts} == {7}


def test_without_a_constraint_nothing_is_said_of_one() -> None:
    spec = counting(TRUE)
    (verdict,) = decide(spec, [spec.claim["never-five"]], SETTING)
    assert "constraint" not in text.verdicts([verdict])
    assert "constraint" not in verdict.as_record()


def test_bounded_model_checking_is_cut_alike() -> None:
    spec = counting()
    setting = Setting(SCOPES["default"], engine="bmc", limits=Limits(depth=8))
    found = {v.question.claim.name: v for v in decide(spec, [spec.claim[n] for n in ("small", "eight", "six")], setting)}
    assert [found[n].outcome for n in ("small", "eight", "six")] == [Outcome.UNKNOWN, Outcome.UNKNOWN, Outcome.HOLDS]
    whole = counting(TRUE)
    (verdict,) = decide(whole, [whole.claim["eight"]], setting)
    assert verdict.outcome is Outcome.HOLDS


def test_a_claim_of_liveness_is_left_unknown() -> None:
    spec = counting()
    (verdict,) = decide(spec, [spec.claim["grows"]], SETTING)
    assert (verdict.outcome, verdict.counts.states) == (Outcome.UNKNOWN, None)
    assert verdict.reason.startswith("the constraint cuts runs off")


def test_a_proof_is_refused() -> None:
    spec = counting()
    subject = Subject(spec, spec.claim["small"], (), SETTING)
    message = "counting is searched within the constraint n < 4, and a proof has no bounds: leave the constraint out"
    for proving in (
        lambda: prove(spec, spec.claim["small"], SETTING, 10),
        lambda: check_invariant(subject, [N < 7], 10),
        lambda: prove_by_k_induction(subject, [], 2, 10),
    ):
        with pytest.raises(ConstrainedError, match=message):
            proving()


def test_the_first_of_several_states_may_break_it() -> None:
    """Then the others are begun in all the same, and gone on from where they meet it."""
    n = Variable("n", Nat(9), one_of(8, 0))
    system = TransitionSystem("begins", (n,), (Action("goes", updates={"n": n.value + 1}),), constraint=n.value < 2)
    assert search(Monitored(system, ())).counts.states == 1 + 4  # not begun; 8, 0, 1, 2


def test_whatever_is_not_gone_on_from_loses_nothing_either() -> None:
    bag, n = Variable("bag", NUMBERS, frozenset({(1,)})), Variable("n", Nat(1), 1)
    row = draw("row", bag.value)
    takes = Action("takes", parameters=(row,), receives="row")
    system = TransitionSystem("lossy", (bag, n), (takes,), network=Network("bag"), constraint=n.value == 0)
    assert list(Interpreter(connect(system)).steps(Interpreter(system).initial())) == []
    reading = TransitionSystem("lossy", (bag, n), (takes,), network=Network("bag"), constraint=~bag.value.has(0))
    assert why_not_kept(reading) == "action takes reads the network"
    assert why_not_kept(system) == ""


def test_it_is_put_before_a_guard_once() -> None:
    system = counting().build(SCOPES["default"], SETTING.assumptions)
    again = TransitionSystem(system.name, system.variables, system.actions, constraint=system.constraint)
    assert [str(a.guard) for a in again.actions] == [str(a.guard) for a in system.actions] == ["n < 4", "n < 4"]


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        (Variable("m", Nat(3), 0).value < 2, "the constraint of cut reads the variable 'm', which does not exist"),
        (N, "the constraint of cut has what does not fit: a Nat.1000000. stands where a Bool is needed"),
        (4, "the constraint of cut has what does not fit: 4 is not a truth value"),
    ],
)
def test_a_mistake_about_a_constraint_is_answered(constraint: Expr, message: str) -> None:
    with pytest.raises(NotationError, match=message):
        TransitionSystem("cut", (COUNT,), (), constraint=constraint)


def test_nothing_may_be_gone_on_from() -> None:
    still = TransitionSystem("still", (COUNT,), (Action("goes", updates={"n": N + 1}),), constraint=FALSE)
    assert search(Monitored(still, ())).counts.states == 1


MODEL = """
from model import Action, Nat, TransitionSystem, Variable
from properties import invariant, leads_to, specify

n = Variable("n", Nat(1000000), 0)
goes = Action("goes", updates={"n": n.value + 1})
COUNTS = specify(
    TransitionSystem("counts", (n,), (goes,), constraint=n.value < 4),
    claims=(
        invariant("small", n.value < 5, trigger=n.value == 4, when="it was 4"),
        leads_to("grows", n.value == 1, n.value == 2),
    ),
)
"""


def test_the_commands_say_it(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "counts.py"
    path.write_text(MODEL, encoding="utf-8")
    checked = ask("check", str(path), "small")
    assert "counts: small: holds within the constraint\n" in checked.out
    assert "within the constraint n < 4\n" in checked.out
    assert json.loads(ask("check", str(path), "small", "--json").out)[0]["constraint"] == "n < 4"
    proved = ask("prove", str(path), "small")
    assert proved.code == USAGE
    assert "and a proof has no bounds: leave the constraint out" in proved.err
    for language in ("promela", "tla"):
        assert "constraint, a part of every guard: n < 4" in ask("export", str(path), "--to", language, "--claims", "small").out
    refused = ask("export", str(path), "--to", "promela", "--claims", "grows")
    assert "grows is a claim of liveness, and a constraint cuts runs off: leave one of them out" in refused.err
