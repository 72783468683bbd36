"""What no handshake of TCP needs (tokens, numbers of other widths) means the same to the engines that other tests leave out.

The toys of these features go through search, bounded model checking and SPIN with all others. Here they go through TLA+ and the
terms of proofs; and what is too wide for some of them is refused in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest
import z3

from checker.decide import Setting
from checker.explicit.search import search
from checker.export.promela import promela
from checker.export.tla import tla
from checker.host.limits import Limits
from checker.proof.reading import read_formula, written
from checker.proof.subject import Subject
from checker.proof.terms import BITS, UNBOUNDED, Evaluation, Width
from checker.studies.proving import check_invariant
from checker.symbolic.bmc import bounded_search
from checker.verdict import Outcome
from model.notation.expr import Expr, literal
from model.notation.interpreter import Interpreter, State, cells, evaluate
from model.notation.sorts import BOOL, Modulo, Nat, NotationError, Relation, Seq, Token, Value
from model.notation.system import Action, TransitionSystem, Variable, choose
from model.tcp.scope import SCOPES
from properties import invariant, specify
from properties.observe import Check, Monitored
from tests import toys
from tests.naive import explore
from tests.tla_checker import Module
from tests.toys import Toy

TOYS = [
    toys.narrow_numbers(),
    toys.going_round(),
    toys.converted(),
    toys.tokens(),
    toys.beginnings(),
    toys.constrained(),
    toys.queued(),
    toys.queued_rows(),
]
every_toy = pytest.mark.parametrize("toy", TOYS, ids=lambda toy: toy.name)
each_width = pytest.mark.parametrize("width", [BITS, UNBOUNDED], ids=lambda width: width.name)


@every_toy
def test_tla_counts_the_same(toy: Toy) -> None:
    found = Module(tla(toy.monitored, "Model", [])).check(("goal",))
    assert (found.states, found.transitions, found.depth) == (toy.states, toy.transitions, toy.depth)
    assert found.broken == ({} if toy.stop is None else {"goal": toy.stop - 1})


def proved_as_evaluated(toy: Toy, width: Width) -> int:
    """Hold the terms of a proof against the interpreter, in each state that is reached; return how many were compared."""
    system = toy.monitored.system
    found = explore(toy.monitored)
    compared = 0
    for action in system.actions:
        evaluation = Evaluation(width, system.sorts)
        values = [(action.guard, evaluation.term(action.guard))]
        values += [(e, evaluation.term(e)) for e in action.updates.values() if not isinstance(e.sort, Relation)]
        solver = z3.Solver()
        for state in (dict(zip(found.variables, state, strict=True)) for state in found.found):
            for arguments in Interpreter(system).choices(action, state):
                chosen = cells(action, arguments)
                solver.push()
                pinned(solver, evaluation, action, state, chosen)
                wrong = [term != width.literal(evaluate(e, state, chosen), e.sort) for e, term in values]
                solver.add(z3.Or(wrong))
                assert solver.check() == z3.unsat, (action.name, state, chosen)
                solver.pop()
                compared += len(wrong)
    return compared


def pinned(solver: z3.Solver, evaluation: Evaluation, action: Action, state: State, chosen: State) -> None:
    """Say what the variables and the parameters of an action are."""
    width = evaluation.width
    for name, sort in evaluation.sorts.items():
        if not isinstance(sort, Relation):
            solver.add(evaluation.variable(name, sort) == width.literal(state[name], sort))
    for p in action.parameters:
        for name, (_, sort) in zip(p.names, p.columns, strict=True):
            solver.add(evaluation.parameter(name, sort) == width.literal(chosen[name], sort))


@each_width
@every_toy
def test_a_proof_says_of_a_step_what_is_so(toy: Toy, width: Width) -> None:
    """Narrow numbers go round where all others are read as integers, too."""
    assert proved_as_evaluated(toy, width) > toy.states


# -- tokens ------------------------------------------------------------------------------------------------------------


def test_renaming_tokens_makes_runs_of_runs() -> None:
    """Symmetric by construction: each permutation of the three cookies leaves the set of states as it is."""
    toy = toys.tokens()
    found = explore(toy.monitored)
    names = ("Cookie-1", "Cookie-2", "Cookie-3")

    def renamed(value: Value, renaming: dict[str, str]) -> Value:
        if isinstance(value, frozenset):
            return frozenset(tuple(renamed(cell, renaming) for cell in row) for row in value)
        return renaming.get(str(value), value)

    for order in permutations(names):
        renaming = dict(zip(names, order, strict=True))
        assert {tuple(renamed(value, renaming) for value in state) for state in found.found} == set(found.found)


def test_a_token_is_what_it_says() -> None:
    cookie = Token("Cookie", 2, ("none",))
    assert cookie.values() == ("none", "Cookie-1", "Cookie-2")
    assert cookie == Token("Cookie", 2, ("none",)) != Token("Cookie", 2)
    assert str(cookie) == "Cookie"
    assert (Seq(48) == Seq(48), Seq(48) == Seq(47), Relation((("n", Seq(8)),)) == Relation((("n", Seq(8).distance),))) == (
        True,
        False,
        False,
    )
    assert (str(Seq(32)), str(Seq(48)), str(Seq(48).distance)) == ("Seq", "Seq(48)", "Distance(48)")


def safe(system: TransitionSystem, claim: Expr, *conjuncts: Callable[[], Expr]) -> Outcome:
    """Return what becomes of a proof by an invariant."""
    spec = specify(system, claims=(invariant("safe", claim, trigger=claim, when="it was"),))
    subject = Subject(spec, spec.claims[0], (), Setting(SCOPES["default"]))
    return check_invariant(subject, [conjunct() for conjunct in conjuncts], 20)[0].outcome


def test_a_proof_about_tokens() -> None:
    """What is copied is the same; what is chosen is not."""
    cookie = Token("Cookie", 3, ("none",))
    mine, yours = Variable("mine", cookie, "none"), Variable("yours", cookie, "none")
    p = choose("p", cookie)
    both = Action("bakes", updates={"mine": p.value, "yours": p.value}, parameters=(p,))
    one = Action("keeps", updates={"mine": p.value}, parameters=(p,))
    same = mine.value == yours.value
    assert safe(TransitionSystem("copied", (mine, yours), (both,)), same, lambda: same) is Outcome.HOLDS
    assert safe(TransitionSystem("kept", (mine, yours), (both, one)), same, lambda: same) is Outcome.VIOLATED


# -- widths ------------------------------------------------------------------------------------------------------------


def test_an_alternating_bit_alternates_in_a_proof() -> None:
    """Two flips are none: true of one bit that goes round, and of integers without end it would be false."""
    bit, flips = Variable("bit", Seq(1), 0), Variable("even", BOOL, True)
    system = TransitionSystem("bits", (bit, flips), (Action("flips", updates={"bit": bit.value + 1, "even": ~flips.value}),))
    claim = (bit.value == 0) == flips.value
    assert safe(system, claim, lambda: claim) is Outcome.HOLDS


def test_going_round_and_converting_in_a_proof() -> None:
    """By 2 forwards or 4 backwards an even number of 6 stays even, and by 3 it does not; both solvers say so at both widths."""
    hand, seen = Variable("hand", Modulo(6), 0), Variable("seen", Nat(9), 0)
    steps = (
        Action("advances", updates={"hand": hand.value + 2, "seen": hand.value.to(Nat(9))}),
        Action("returns", guard=(hand.value - literal(4, Modulo(6))) >= 2, updates={"hand": hand.value - 4}),
    )
    even = (hand.value.to(Modulo(2)) == 0) & (seen.value.to(Seq(1)) == 0) & (seen.value <= 5)
    assert safe(TransitionSystem("even", (hand, seen), steps), even, lambda: even) is Outcome.HOLDS
    odd = Action("slips", guard=seen.value == 4, updates={"hand": hand.value + 3})
    assert safe(TransitionSystem("odd", (hand, seen), (*steps, odd)), even, lambda: even) is Outcome.VIOLATED


def wide() -> Monitored:
    """A number of 48 bits that goes on across the wrap, by a step of 2**40, and is looked at from where it began."""
    x, begins = Variable("x", Seq(48), 2**48 - 2**40), literal(2**48 - 2**40, Seq(48))
    system = TransitionSystem("wide", (x,), (Action("goes", guard=x.value != 2**40, updates={"x": x.value + 2**40}),))
    return Monitored(system, (Check("goal", {"goes": (x.value == 0) & (x.value - begins == 2**40)}),))


def test_numbers_of_48_bits_wrap_there() -> None:
    """2**48 - 2**40, 0, 2**40: three states, and the second step begins at 0."""
    found = search(wide())
    assert (len(found.schedules["goal"]), explore(wide()).states) == (2, 3)
    assert len(bounded_search(wide(), Limits(depth=2)).schedules["goal"]) == 2
    assert "of the sort Seq(48) that occur" in promela(wide(), [])
    with pytest.raises(NotationError, match="a Seq\\(48\\) cannot be exported to TLA"):
        tla(wide(), "Model", [])


def test_numbers_of_other_widths_are_read_as_written() -> None:
    x, n = Variable("x", Seq(48), 0).value, Variable("n", Modulo(6), 0).value
    system = TransitionSystem("numbers", (Variable("x", Seq(48), 0), Variable("n", Modulo(6), 0)), ())
    for formula in (
        x == 2**47 + 1,
        x + 2**40 == 5,
        x - 3 == 2**48 - 1,
        (x - (x + 1)) > 2**40,
        (x - 1 == n.to(Seq(48))) & ((n - 1).to(Nat(7)) < 3),
    ):
        text = written(formula, system)
        assert written(read_formula(text, system), system) == text
    with pytest.raises(NotationError, match=r"is no 48-bit number: write one below 2\^48"):
        read_formula(f"x == {2**48}", system)


@each_width
def test_a_counter_may_go_round_more_than_once(width: Width) -> None:
    """In Seq(2) a counter of 11 goes round twice and leaves 3: the TLA+ module cannot say it, and proofs can."""
    x, n = Variable("x", Seq(2), 1), Variable("n", Nat(11), 11)
    action = Action("adds", updates={"x": x.value + n.value})
    monitored = Monitored(TransitionSystem("rounds", (x, n), (action,)), (Check("goal", {"adds": x.value == 2}),))
    toy = Toy("rounds", monitored, 4, 4, 3, 4)
    assert proved_as_evaluated(toy, width) == 8
    assert len(search(monitored).schedules["goal"]) == len(bounded_search(monitored, Limits(depth=4)).schedules["goal"]) == 4
    with pytest.raises(NotationError, match="may go round more than once"):
        tla(monitored, "Model", [])
