"""Claims about early ends and about sequence spaces: each notices a fault that no other does, and a second search agrees."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from checker.decide import Setting, decide
from checker.proof import solvers
from checker.proof.subject import Subject
from checker.proof.terms import BITS, UNBOUNDED, Width
from checker.verdict import Outcome
from model.tcp.assumptions import Assumptions
from model.tcp.composition import LIMITED
from model.tcp.handshakes import ThreeWay
from model.tcp.scope import SCOPES, Scope, ScopeError, scope_named
from properties import CLAIMS, endings, numbers
from properties.claim import Claim
from properties.specification import SPECIFICATIONS, specification
from tests import oracle
from tests.mutants import ALONE, REPEATS, Mutant

NAMES = [claim.name for claim in (*endings.CLAIMS, *numbers.CLAIMS)]
SAME_SYN_AGAIN = scope_named("default,attempts=1,answers=2")


def violated(mutant: Mutant, scope: Scope, claims: tuple[Claim, ...]) -> set[str]:
    verdicts = decide(specification(mutant.handshake), claims, Setting(scope, mutant.assumptions))
    return {v.question.claim.name for v in verdicts if v.outcome is not Outcome.HOLDS}


# -- faults --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mutant", ALONE, ids=lambda m: m.name)
def test_one_claim_alone_notices(mutant: Mutant) -> None:
    """Without this claim the fault would pass: all others that forbid something hold."""
    assert violated(mutant, SAME_SYN_AGAIN, specification(mutant.handshake).safety) == {mutant.caught_by}


@pytest.mark.long
@pytest.mark.parametrize("mutant", ALONE, ids=lambda m: m.name)
def test_one_claim_alone_notices_in_the_default_scope(mutant: Mutant) -> None:
    """And nothing becomes impossible."""
    assert violated(mutant, SCOPES["default"], specification(mutant.handshake).asserted) == {mutant.caught_by}


class TakesTextWhole(ThreeWay):
    """Text that begins at RCV.NXT is taken as it is, and no other: nothing is trimmed off."""

    name = "takes-text-whole"
    most_text = 1


SECOND_OCTET = Setting(replace(SCOPES["small"], octets=2), Assumptions(seq_check="window", rcv_wnd=1))


@pytest.mark.parametrize("claim", ["text-is-acknowledged", "numbering"])
def test_text_that_is_not_trimmed_is_noticed(claim: str) -> None:
    """Of two octets in a window of one the first is taken, and the second when both are sent again."""
    outcomes = {
        handshake.name: decide(specification(handshake), [CLAIMS[claim]], SECOND_OCTET)[0].outcome
        for handshake in (ThreeWay, TakesTextWhole)
    }
    assert outcomes == {"three-way": Outcome.HOLDS, "takes-text-whole": Outcome.VIOLATED}


def test_every_claim_has_a_fault() -> None:
    assert {mutant.caught_by for mutant in (*ALONE, *REPEATS)} == set(NAMES)


# -- a scope that offers an ISN twice ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mutant", REPEATS, ids=lambda m: m.name)
def test_who_does_not_look_passes_where_nothing_is_offered_twice(mutant: Mutant) -> None:
    assert violated(mutant, SAME_SYN_AGAIN, specification(mutant.handshake).safety) == set()


def test_who_looks_does_the_same_where_an_isn_is_offered_twice() -> None:
    """The third choice is refused to both sides, so that there are as many states as without it; and both had a choice."""
    claims = [CLAIMS["isn-is-not-reused"]]
    scopes = SCOPES["repeats"], SCOPES["default"]
    (repeats,), (default,) = (decide(specification(ThreeWay), claims, Setting(replace(scope, data=0))) for scope in scopes)
    assert (repeats.outcome, repeats.exercised) == (Outcome.HOLDS, True)
    assert (repeats.counts.states, repeats.counts.transitions) == (default.counts.states, default.counts.transitions)


def test_what_is_declared_goes_by_what_is_offered_once() -> None:
    """Three answers of which two are the same do not show what takes three: four-way connects one attempt twice only then."""
    repeats, large = SCOPES["repeats"], SCOPES["large"]
    assert repeats.without_repeats == replace(SCOPES["default"], name="repeats")
    assert (repeats.goes_back, repeats.has_neighbours) == (False, False)
    declared = SPECIFICATIONS["four-way"].declared
    window = Assumptions(seq_check="window")
    assert [declared("one-connection-per-attempt", s, window) for s in (repeats, large)] == ["holds", "violated"]


def test_a_server_with_nothing_left_to_choose_is_spent() -> None:
    """Else a claim of liveness would blame the handshake for what the scope refuses it."""
    server = ThreeWay(SCOPES["repeats"], Assumptions()).system().views["server"]
    assert [f"server.isns_chosen == {n}" in str(server.spent) for n in range(4)] == [False, False, True, True]


def test_a_clock_does_not_stand_still() -> None:
    with pytest.raises(ScopeError, match="do not only go ahead"):
        decide(specification(ThreeWay), [CLAIMS["isn-is-not-reused"]], Setting(SCOPES["repeats"], Assumptions(isn="clock")))


# -- a second formulation ------------------------------------------------------------------------------------------------------


ONE = Scope("one and one", (100,), (200,))
TWO_ANSWERS = Scope("one and two", (100,), (200, 300))
REUSED = ("acknowledged-was-received", "isn-is-not-reused")
"""What fails where an ISN is used again: text that was taken into an earlier connection of the same pair is not in this one."""
LONG = pytest.mark.long


@pytest.mark.parametrize(
    ("model", "scope", "assumptions", "fails"),
    [
        ("three-way", ONE, Assumptions(), ()),
        ("three-way", ONE, Assumptions(seq_check="window", rfc5961=False), ()),
        ("three-way", ONE, Assumptions(seq_check="window", rcv_wnd=0), ()),
        ("two-way", ONE, Assumptions(seq_check="none"), ()),
        ("four-way", ONE, Assumptions(seq_check="none"), ()),
        ("three-way/crash", ONE, Assumptions(abort_established=False), ()),
        ("three-way/simultaneous", ONE, Assumptions(seq_check="window"), ()),
        ("three-way", TWO_ANSWERS, Assumptions(isn="arbitrary"), REUSED),
        pytest.param("three-way/server-crash", TWO_ANSWERS, Assumptions(quiet_time=False), REUSED, marks=LONG),
        pytest.param("two-way/server-crash", TWO_ANSWERS, Assumptions(quiet_time=False), REUSED, marks=LONG),
        pytest.param("four-way", TWO_ANSWERS, Assumptions(seq_check="none"), (), marks=LONG),
        pytest.param("three-way/listeners", TWO_ANSWERS, Assumptions(seq_check="window"), (), marks=LONG),
    ],
    ids=str,
)
def test_another_formulation_finds_the_same(model: str, scope: Scope, assumptions: Assumptions, fails: tuple[str, ...]) -> None:
    """Whether each claim fails, and in how many steps, by rules and claims in plain Python that share no code with these."""
    handshake, _, composition = model.partition("/")
    asked = {name: value for name, value in assumptions.as_dict().items() if name in {f.name for f in fields(oracle.Case)}}
    bounds = (scope.client_isns, scope.server_isns, scope.data)
    case = oracle.Case(handshake, *bounds, composition=composition, **asked)  # type: ignore[arg-type]  # as the fields have it
    spec = SPECIFICATIONS[model]
    verdicts = decide(spec, [spec.claim[name] for name in NAMES], Setting(scope, assumptions))
    found = {v.question.claim.name: None if v.trace is None else len(v.trace) for v in verdicts}
    assert {name for name, length in found.items() if length is not None} == set(fails)
    assert found == oracle.shortest_of_each(case, oracle.ABOUT_NUMBERS, keep_only=True)


# -- proofs --------------------------------------------------------------------------------------------------------------------

ONE_RULE = ["refusal-is-believed", "abort-is-announced", "isn-is-not-reused"]


def unproved(subject: Subject, width: Width) -> list[str]:
    """Return the obligations without an invariant that Z3 does not answer with unsat."""
    obligations = subject.proof((), width).obligations()
    return [o.name for o in obligations if solvers.SOLVERS["Z3"](o.smt2(), 20) != "unsat"]


@pytest.mark.parametrize("width", [BITS, UNBOUNDED], ids=lambda w: w.name)
@pytest.mark.parametrize("claim", ONE_RULE)
def test_what_one_rule_secures_needs_no_invariant(claim: str, width: Width) -> None:
    """From any state whatever, reachable or not, no step violates it: the rule alone is enough."""
    assert unproved(Subject(SPECIFICATIONS["three-way"], CLAIMS[claim], (), Setting(SCOPES["default"])), width) == []


@pytest.mark.parametrize("mutant", [m for m in (*ALONE, *REPEATS) if m.caught_by in ONE_RULE], ids=lambda m: m.name)
def test_without_the_rule_it_is_not_proved(mutant: Mutant) -> None:
    spec = specification(mutant.handshake)
    left = unproved(Subject(spec, spec.claim[str(mutant.caught_by)], (), Setting(SCOPES["default"])), BITS)
    assert left
    assert all(name.startswith("safety-") for name in left)


# -- what is declared ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["three-way/r2", "two-way/r2", "four-way/r2"])
def test_a_server_that_limits_its_retransmissions_is_bound_by_the_same(model: str) -> None:
    handshake, _, _ = model.partition("/")
    spec = SPECIFICATIONS[handshake].composed
    assert spec is not None
    limited = spec(LIMITED)
    scope = scope_named("default,data=1")
    assert {limited.declared(name, scope, Assumptions()) for name in NAMES} == {"holds"}
