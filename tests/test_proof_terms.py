"""What a proof says of a formula excludes no state in which the formula is true.

An obligation is shown when its assertions are unsatisfiable, so an assertion that excludes a state that there is would prove
what is false. Random formulas, with quantifiers where only one half of them counts and where both do, are held against the
interpreter: pinned to a state in which a formula is true, what is asserted of it has to be satisfiable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.decide import Setting
from checker.proof.prove import first_fault
from checker.proof.reading import read_formula
from checker.proof.subject import Subject
from checker.proof.terms import BITS, UNBOUNDED, Evaluation, Width
from checker.studies.proving import check_invariant
from checker.verdict import Outcome
from model.notation.expr import Expr, conj, disj, ite
from model.notation.interpreter import State, evaluate
from model.notation.sorts import BOOL, SEQ, Relation
from model.notation.system import Action, TransitionSystem, Variable, View
from model.tcp.scope import SCOPES
from properties.claim import invariant
from properties.specification import specify

ROWS = Relation((("n", SEQ),))
HELD = Variable("held", ROWS, frozenset())
FLAG, OTHER, NUMBER = Variable("flag", BOOL, False), Variable("other", BOOL, False), Variable("number", SEQ, 0)
SORTS = {v.name: v.sort for v in (HELD, FLAG, OTHER, NUMBER)}
NUMBERS = range(3)

relations = st.recursive(
    st.just(HELD.value),
    lambda inner: st.one_of(
        st.builds(lambda r, n: r.add(n), inner, st.sampled_from(NUMBERS)),
        st.builds(lambda r, n: r.remove(n), inner, st.sampled_from(NUMBERS)),
        st.builds(lambda yes, no: ite(FLAG.value, yes, no), inner, inner),
    ),
    max_leaves=2,
)


plain: st.SearchStrategy[Callable[[Expr], Expr]] = st.one_of(
    st.sampled_from(NUMBERS).map(lambda n: lambda cell: cell == n),
    st.just(lambda cell: cell == NUMBER.value),
    st.just(lambda cell: (cell == NUMBER.value + 1) | FLAG.value),
    st.builds(lambda r: lambda cell: r.has(cell + 1), relations),
)
bodies: st.SearchStrategy[Callable[[Expr], Expr]] = st.one_of(
    plain,
    plain,
    plain,
    st.just(lambda cell: HELD.value.exists(lambda row: row.n == cell + 1)),
    st.just(lambda cell: HELD.value.forall(lambda row: row.n == cell)),
)
"""What is asked of a row, given the number in it."""


atoms = st.one_of(
    st.sampled_from([FLAG.value, OTHER.value]),
    st.sampled_from(NUMBERS).map(lambda n: NUMBER.value == n),
    st.builds(lambda r, n: r.has(n), relations, st.sampled_from(NUMBERS)),
    st.builds(lambda r, body: r.exists(lambda row: body(row.n)), relations, bodies),
    st.builds(lambda r, body: r.forall(lambda row: body(row.n)), relations, bodies),
)
formulas = st.recursive(
    atoms,
    lambda inner: st.one_of(
        inner.map(lambda e: ~e),
        st.builds(conj, inner, inner),
        st.builds(disj, inner, inner),
        st.builds(lambda a, b: a == b, inner, inner),
        st.builds(ite, inner, inner, inner),
    ),
    max_leaves=5,
)
deceiving = st.builds(
    lambda one, two, first, second, rest: conj(
        HELD.value.has(one), HELD.value.has(two), disj(*(a == b for a, b in zip(first, second, strict=True)), rest)
    ),
    st.sampled_from(NUMBERS),
    st.sampled_from(NUMBERS),
    st.lists(st.builds(lambda n: HELD.value.exists(lambda row: row.n == n), st.sampled_from(NUMBERS)), min_size=2, max_size=2),
    st.lists(st.sampled_from([FLAG.value, ~FLAG.value, OTHER.value]), min_size=2, max_size=2),
    st.builds(lambda n: HELD.value.exists(lambda row: row.n == n) & OTHER.value, st.sampled_from(NUMBERS)),
)
"""Alternatives in which quantifiers are compared, of rows that are known: what goes wrong where alternatives share too much."""
states = st.builds(
    lambda held, flag, other, number: {
        "held": frozenset((n,) for n in held),
        "flag": flag,
        "other": other,
        "number": number,
    },
    st.sets(st.sampled_from(NUMBERS)),
    st.booleans(),
    st.booleans(),
    st.sampled_from(NUMBERS),
)


def possible(formula: Expr, state: State, width: Width) -> bool:
    """Return whether what a proof says of a formula can be true in one state."""
    evaluation = Evaluation(width, SORTS)
    solver = z3.Solver()
    solver.add(*evaluation.assume(formula), *evaluation.instances(rounds=2))
    for name, sort in SORTS.items():
        value = state[name]
        if isinstance(sort, Relation):
            assert isinstance(value, frozenset)
            rows = [width.literal(n, SEQ) for (n,) in value]
            for (cell,) in evaluation.rows.get(name, []):
                solver.add(evaluation.function(name)(cell) == z3.Or([cell == row for row in rows]))
        else:
            solver.add(evaluation.variable(name, sort) == width.literal(value, sort))
    return bool(solver.check() == z3.sat)


@pytest.mark.parametrize("width", [BITS, UNBOUNDED], ids=lambda w: w.name)
def test_no_state_is_excluded_in_which_a_formula_is_true(width: Width) -> None:
    """Where the formula is false that is seen nearly always, or the assertions would say nothing."""
    seen: Counter[tuple[bool, bool]] = Counter()

    @settings(max_examples=1000, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(formulas, deceiving), states)
    def run(formula: Expr, state: State) -> None:
        true, can_be = evaluate(formula, state) is True, possible(formula, state, width)
        assert can_be or not true, f"{formula} in {state}"
        seen[true, can_be] += 1

    run()
    assert seen[True, True] > 200
    assert seen[False, False] > 200
    assert seen[False, True] < seen[False, False] / 10


def alternating() -> TransitionSystem:
    """Return a system that flips a flag once it holds both 1 and 2."""
    held = HELD.value
    actions = (
        Action("adds_one", guard=~held.has(1), updates={"held": held.add(1)}, by="me", doc="Add 1."),
        Action("adds_two", guard=~held.has(2), updates={"held": held.add(2)}, by="me", doc="Add 2."),
        Action("flips", guard=held.has(1) & held.has(2) & ~FLAG.value, updates={"flag": True}, by="me", doc="Flip."),
    )
    return TransitionSystem("alternating", variables=(HELD, FLAG), actions=actions, views={"me": View(FLAG.value)})


DECEIVING = (
    "(held.exists(x: x.n == 1) == flag) | (held.exists(x: x.n == 2) == flag) | (held.exists(x: x.n == 1) == (~flag))",
    "~flag",
)
"""A tautology and a claim that three steps violate. Did the alternatives share a row, no state could hold both 1 and 2."""


def test_alternatives_share_no_row_where_a_quantifier_is_what_it_is() -> None:
    claim = invariant("never-flipped", ~FLAG.value, trigger=HELD.value.has(1), when="1 was added", statement="It never flips.")
    spec = specify(alternating(), claims=(claim,), expects={"never-flipped": "violated"})
    subject = Subject(spec, claim, (), Setting(SCOPES["default"]))
    conjuncts = [read_formula(line, subject.watched.system) for line in DECEIVING]
    for width in (BITS, UNBOUNDED):
        fault = first_fault(subject, conjuncts, width)
        assert fault is not None
        assert fault.trace is not None
        assert [step.action for step in fault.trace.steps] == ["flips"]
    attempt, _ = check_invariant(subject, conjuncts, 20)
    assert attempt.outcome is Outcome.VIOLATED
