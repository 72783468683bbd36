"""A system that may begin in several states: each of them is begun in, no other, and what is shown of a run says in which."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest

from checker.decide import Setting, decide
from checker.host.limits import Limits
from checker.proof.subject import Subject
from checker.studies.proving import prove, prove_by_k_induction
from checker.verdict import Outcome
from model.notation.expr import TRUE, Expr
from model.notation.interpreter import Interpreter
from model.notation.sorts import BOOL, Enum, Modulo, Nat, NotationError, Relation, Token
from model.notation.system import Action, TransitionSystem, Variable, View, one_of
from model.tcp.scope import SCOPES
from properties import Claim, invariant, leads_to, reachable, specify, weakly
from properties.events import events_claim
from properties.specification import Specification
from tests.command_line import Ask

HAND, WOUND = Variable("hand", Modulo(6), one_of(0, 2, 4)), Variable("wound", BOOL, one_of(False, True))
TURNS = Action("turns", guard=WOUND.value, updates={"hand": HAND.value + 2}, by="clock")
SETTING = Setting(SCOPES["default"])


def clock() -> Specification:
    """A clock that begins at an even number, at 4 only when it is wound, and goes on by 2 when it is."""
    hand, wound = HAND.value, WOUND.value

    def always(name: str, condition: Expr) -> Claim:
        return invariant(name, condition, trigger=wound, when="it was wound")

    system = TransitionSystem("clock", (HAND, WOUND), (TURNS,), views={"clock": View(hand)}, initially=(hand != 4) | wound)
    claims = (
        always("even", (hand == 0) | (hand == 2) | (hand == 4)),
        always("never-four", hand != 4),
        always("never-stopped-at-four", (hand != 4) | wound),
        always("stopped-at-zero", wound | (hand == 0)),
        reachable("wound-at-two", wound & (hand == 2)),
        leads_to("comes-to-four", wound, hand == 4, fairness=(weakly("turns"),)),
        leads_to("comes-to-four-unwound", ~wound, hand == 4, fairness=(weakly("turns"),)),
    )
    return specify(system, claims=claims)


ANSWERS = {
    "even": (Outcome.HOLDS, None),
    "never-four": (Outcome.VIOLATED, 1),
    "never-stopped-at-four": (Outcome.HOLDS, None),
    "stopped-at-zero": (Outcome.VIOLATED, 1),
    "wound-at-two": (Outcome.HOLDS, 1),
    "comes-to-four": (Outcome.HOLDS, None),
    "comes-to-four-unwound": (Outcome.VIOLATED, 1),
}
"""What is so, and how many steps show it: beginning is the first."""


@pytest.mark.parametrize("engine", ["bfs", "bmc"])
def test_each_engine_begins_in_each_state(engine: str) -> None:
    spec = clock()
    asked = [claim for claim in spec.claims if engine == "bfs" or claim.leads_to is None]
    verdicts = decide(spec, asked, Setting(SCOPES["default"], engine=engine, limits=Limits(depth=4)))
    for verdict in verdicts:
        outcome, steps = ANSWERS[verdict.question.claim.name]
        assert verdict.outcome is (Outcome.UNKNOWN if engine == "bmc" and steps is None else outcome)
        assert (None if verdict.trace is None else len(verdict.trace)) == steps
        if verdict.trace is not None:
            assert verdict.trace.steps[0].action == "begins"


def test_beginning_comes_about_whatever_else_is_fair() -> None:
    """Catches a run that never begins taken for one that a claim of liveness has to reckon with."""
    hand, on = Variable("hand", Nat(3), one_of(1, 2)), Variable("on", BOOL, True)
    stops = Action("stops", updates={"on": False})
    claim = leads_to("stops", on.value, ~on.value, fairness=(weakly("stops"),))
    (verdict,) = decide(specify(TransitionSystem("lamp", (hand, on), (stops,)), claims=(claim,)), [claim], SETTING)
    assert verdict.outcome is Outcome.HOLDS
    unfair = leads_to("stops", on.value, ~on.value)
    (verdict,) = decide(specify(TransitionSystem("lamp", (hand, on), (stops,)), claims=(unfair,)), [unfair], SETTING)
    assert verdict.outcome is Outcome.VIOLATED


def test_proofs_begin_in_each_state() -> None:
    spec = clock()
    assert prove(spec, spec.claim["even"], SETTING, 60).outcome is Outcome.HOLDS
    assert prove(spec, spec.claim["stopped-at-zero"], SETTING, 60).outcome is Outcome.VIOLATED
    subject = Subject(spec, spec.claim["never-stopped-at-four"], (), SETTING)
    begun = next(v for v in subject.watched.system.variables if v.name == "begun")
    unwound = (HAND.value != 4) | WOUND.value | begun.value
    attempt, _ = prove_by_k_induction(subject, [unwound], 3, 60)
    assert attempt.outcome is Outcome.HOLDS


CLOCK_FILE = """
from model import Action, Modulo, TransitionSystem, Variable, View, one_of
from properties import invariant, specify

hand = Variable("hand", Modulo(6), one_of(0, 2, 4))
turns = Action("turns", updates={"hand": hand.value + 1})
claim = invariant("never-five", hand.value != 5, trigger=hand.value == 4, when="it was 4")
CLOCK = specify(TransitionSystem("clock", (hand,), (turns,), {"clock": View(hand.value)}), claims=(claim,))
"""


def test_a_run_says_where_it_began_and_is_played_again(ask: Ask, tmp_path: Path) -> None:
    """Shown as the first step and saved in the JSON, which is played from there."""
    path = tmp_path / "clock.py"
    path.write_text(CLOCK_FILE, encoding="utf-8")
    shown = ask("trace", str(path), "never-five")
    assert "1. begins (hand = 4)" in shown.out
    saved = ask("trace", str(path), "never-five", "--json")
    assert json.loads(saved.out)["steps"] == [{"action": "begins", "hand": 4}, {"action": "turns"}]
    run = tmp_path / "run.json"
    run.write_text(saved.out, encoding="utf-8")
    assert "violates never-five (step 2)" in ask("scenario", str(run), str(path)).out


def test_beginning_is_no_event() -> None:
    """Catches an endpoint that is taken to enter ESTABLISHED, unsaid, where it began so."""
    up, n = Variable("up", BOOL, one_of(False, True)), Variable("n", Nat(1), 0)
    view = View(up.value, established=up.value, exists=up.value)
    counts = Action("counts", updates={"n": 1}, by="host")
    claim = reachable("counted", n.value == 1)
    spec = specify(TransitionSystem("host", (up, n), (counts,), views={"host": view}), claims=(claim,))
    events = events_claim(spec.build(SCOPES["default"], SETTING.assumptions))
    (verdict,) = decide(spec, [events], SETTING)
    assert verdict.outcome is Outcome.HOLDS


COOKIE = Token("Cookie", 2)
COLOUR = Enum("Colour", ("red", "green"))
ROWS = Relation((("n", Nat(2)),))
SEVERAL = (
    Variable("colour", COLOUR, one_of("red", "green")),
    Variable("cookie", COOKIE, one_of(*COOKIE.values())),
    Variable("rows", ROWS, one_of(frozenset(), frozenset({(1,), (2,)}), frozenset({(0,)}))),
    Variable("n", Nat(2), one_of(2, 1, 2)),
    Variable("fixed", Nat(2), 1),
)


def begun(*variables: Variable, initially: Expr = TRUE) -> set[tuple[object, ...]]:
    """Return the values of variables in the states in which a system begins."""
    system = TransitionSystem("several", variables, (), initially=initially)
    steps = Interpreter(system).steps(Interpreter(system).initial())
    return {tuple(step.state[v.name] for v in variables) for step in steps}


def test_every_combination_that_is_allowed_begins() -> None:
    assert begun(*SEVERAL) == set(product(*((v.among or (v.initial,)) for v in SEVERAL)))
    rows, n = SEVERAL[2], SEVERAL[3]
    together = rows.value.has(1) == (n.value == 2)
    assert begun(rows, n, initially=together) == {
        (frozenset({(1,), (2,)}), 2),
        (frozenset(), 1),
        (frozenset({(0,)}), 1),
    }


def test_before_it_begins_a_system_is_in_one_of_its_initial_states() -> None:
    """Or what is said of every state would be asked of one that there is not."""
    hand, wound = HAND.value, WOUND.value
    system = TransitionSystem("clock", (HAND, WOUND), (TURNS,), initially=(hand == 4) & wound)
    assert dict(Interpreter(system).initial()) == {"hand": 4, "wound": True, "begun": False}
    assert [v.among for v in system.variables] == [(), (), ()]


def test_a_system_with_one_initial_state_is_as_before() -> None:
    system = TransitionSystem("clock", (Variable("hand", Modulo(6), 0),), (Action("turns"),))
    assert ([v.name for v in system.variables], [a.name for a in system.actions]) == (["hand"], ["turns"])


@pytest.mark.parametrize(
    ("variables", "more", "message"),
    [
        (
            (Variable("n", Nat(2), 0),),
            {"initially": Variable("n", Nat(2), 0).value == 0},
            "has one initial state: write one_of",
        ),
        ((HAND,), {"initially": HAND.value == 3}, "begins in no state: hand == 3 is true of none of the first"),
        ((HAND,), {"initially": WOUND.value}, "reads the variable 'wound', which does not exist"),
        ((HAND,), {"initially": HAND.value}, "what is initially true of clock has what does not fit"),
        ((HAND,), {"initially": 3}, "what is initially true of clock has what does not fit: 3 is not a truth value"),
        ((HAND, Variable("begun", BOOL, False)), {}, "variable 'begun' of clock is called like that by which it begins"),
        ((HAND,), {"actions": (Action("begins"),)}, "action 'begins' of clock is called like that by which it begins"),
        (
            (HAND,),
            {"actions": (Action("acts", guard=HAND.value),)},
            "action 'acts' of clock has as its guard what does not fit",
        ),
    ],
)
def test_a_mistake_about_beginning_is_answered(variables: tuple[Variable, ...], more: dict[str, object], message: str) -> None:
    with pytest.raises(NotationError, match=message):
        TransitionSystem("clock", variables, **{"actions": (), **more})  # type: ignore[arg-type]  # what is given may be wrong


def test_a_mistake_in_a_variable_is_answered() -> None:
    with pytest.raises(NotationError, match=r"one_of\(\) of nothing; give the values"):
        Variable("n", Nat(2), one_of())
    with pytest.raises(NotationError, match="'n' cannot begin so: 3 is not a counter of this kind"):
        Variable("n", Nat(2), one_of(0, 3))
    with pytest.raises(NotationError, match=r"\[0, 1\] is not one value; write one_of\(\.\.\.\) for several"):
        Variable("n", Nat(2), [0, 1])  # type: ignore[arg-type]
