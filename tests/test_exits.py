"""One rule says how a command exits that decides claims: of the codes that apply the smallest.

What applies to a single verdict stands in a table, as on the page of exit codes; of several the smallest counts, in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement, permutations, product
from pathlib import Path

import pytest

from checker.cli import exits
from checker.engine import Counts
from checker.simulation.relating import Related
from checker.verdict import Outcome, Question, Verdict
from model.notation.expr import FALSE, TRUE
from properties.claim import Claim, Kind, LeadsTo
from properties.observe import Seen
from properties.relations import RELATIONS
from tests.command_line import Ask

HOLDS, VIOLATED, UNKNOWN = Outcome.HOLDS, Outcome.VIOLATED, Outcome.UNKNOWN
DECLARED = (None, HOLDS, VIOLATED)

ASKED: dict[tuple[Kind, Outcome], int] = {
    **{(kind, HOLDS): 0 for kind in Kind},
    **{(kind, UNKNOWN): 20 for kind in Kind},
    (Kind.SAFETY, VIOLATED): 12,
    (Kind.REACHABILITY, VIOLATED): 12,
    (Kind.LIVENESS, VIOLATED): 13,
}
"""How ``check`` exits for one verdict; what is declared does not matter to it."""

DECLARING: dict[tuple[Kind, Outcome, Outcome | None], int] = {
    **{(kind, outcome, declared): 0 for kind in Kind for outcome in (HOLDS, VIOLATED) for declared in (None, outcome)},
    **{(kind, UNKNOWN, declared): 20 for kind in Kind for declared in DECLARED},
    **{(kind, HOLDS, VIOLATED): 12 for kind in Kind},
    (Kind.SAFETY, VIOLATED, HOLDS): 12,
    (Kind.REACHABILITY, VIOLATED, HOLDS): 12,
    (Kind.LIVENESS, VIOLATED, HOLDS): 13,
}
"""How ``compare``, ``report`` and ``waste`` exit for one verdict."""


def verdict(kind: Kind, outcome: Outcome, declared: Outcome | None, exercised: bool | None) -> Verdict:
    lasts = LeadsTo(TRUE, TRUE) if kind is Kind.LIVENESS else None
    claim = Claim("c", kind, "b", "s", "f", "", "w", "t", (), lambda _: Seen(FALSE), leads_to=lasts)
    question = Question("model", claim, "bfs", "scope", {}, declared)
    return Verdict(question, outcome, "because", Counts(), exercised)


EVERY = [verdict(*parts) for parts in product(Kind, Outcome, DECLARED, (None, False, True))]


def asked(v: Verdict) -> int:
    return ASKED[v.question.claim.kind, v.outcome]


def declaring(v: Verdict) -> int:
    return DECLARING[v.question.claim.kind, v.outcome, v.question.expected]


def wrong(rule: Callable[[Sequence[Verdict]], int], one: Callable[[Verdict], int]) -> list[tuple[Verdict, ...]]:
    """Return the combinations of up to two verdicts for which a rule gives another code than the table."""
    return [
        several
        for number in (0, 1, 2)
        for several in combinations_with_replacement(EVERY, number)
        if rule(several) != min({*map(one, several)} - {0}, default=0)
    ]


def test_of_the_codes_that_apply_the_smallest_counts() -> None:
    """Every kind, outcome, declaration and exercise, alone and with every other."""
    assert wrong(exits.of_verdicts, asked) == []
    assert wrong(exits.declared, declaring) == []


def test_three_verdicts_have_one_code_in_any_order() -> None:
    every = [v for v in EVERY if v.exercised is None]
    for several in combinations_with_replacement(every, 3):
        assert exits.declared(several) == min({*map(declaring, several)} - {0}, default=0)
    for ordered in permutations((verdict(Kind.SAFETY, HOLDS, VIOLATED, True), EVERY[-1], EVERY[0])):
        assert exits.declared(ordered) == 12


def test_the_rules_that_were_are_noticed() -> None:
    """Only of what is violated, or unknown, the smallest: a declared violation that is gone was lost beside either."""

    def was(verdicts: Sequence[Verdict]) -> int:
        undeclared = [v for v in verdicts if not v.as_declared]
        return (exits.of_verdicts(undeclared) or exits.VIOLATED) if undeclared else exits.OK

    found = {tuple(sorted(map(declaring, several))) for several in wrong(was, declaring)}
    assert found == {(12, 20), (12, 13)}


def test_a_relation_counts_like_a_claim_about_all_runs() -> None:
    relation = next(iter(RELATIONS.values()))
    holds = Related("model", relation, "scope", {}, None, HOLDS, "because", "none", 0.0)
    for outcome, code in ((HOLDS, 0), (VIOLATED, 12), (UNKNOWN, 20)):
        assert exits.of_verdicts([replace(holds, outcome=outcome)]) == code
        lasting = verdict(Kind.LIVENESS, VIOLATED, None, True)
        assert exits.of_verdicts([lasting, replace(holds, outcome=outcome)]) == min(13, code or 13)


MIXED = """
from model import Action, Nat, TransitionSystem, Variable
from properties import eventually, invariant, reachable, specify

def counting(name, top):
    n = Variable("n", Nat(top), 0)
    return n, TransitionSystem(name, (n,), (Action("ticks", guard=n.value < top, updates={"n": n.value + 1}),))

n, system = counting("gone_and_open", 3000)
goals = reachable("early", n.value == 1), reachable("late", n.value == 2900)
A = specify(system, goals, {"early": "violated", "late": "holds"})
n, system = counting("gone_and_lasting", 3)
kept = invariant("small", n.value <= 3, trigger=n.value == 3, when="it is 3")
B = specify(system, (kept, eventually("again", n.value == 0)), {"small": "violated", "again": "holds"})
n, system = counting("broken_open_and_lasting", 3000)
two = invariant("below-two", n.value < 2, trigger=n.value == 1, when="it is 1")
late = invariant("late", n.value < 2900, trigger=n.value == 1, when="it is 1")
C = specify(system, (two, late, eventually("again", n.value == 0)))
"""


@pytest.mark.parametrize(
    ("name", "compared", "checked"),
    [
        ("gone_and_open", 12, 20),  # one step shows what was declared impossible; 2,900 are beyond the limit
        ("gone_and_lasting", 12, 13),  # it never is above 3, which was declared violated; and stays there, and never is 0 again
        ("broken_open_and_lasting", 20, 12),  # nothing is declared, so that only what is open counts; and two steps violate one
    ],
)
def test_commands_exit_so(name: str, compared: int, checked: int, ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "mixed.py"
    file.write_text(MIXED, encoding="utf-8")
    for command, code in (("compare", compared), ("check", checked)):
        assert ask(command, f"{file}:{name}", "--max-states", "1000").code == code
