"""How near a run comes where a claim of reachability is violated, and what is never done that would lead there."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.cli import request
from checker.decide import Setting, decide
from checker.studies.nearest import Nearest, _all_but, nearest
from model.notation.expr import variable
from model.notation.interpreter import evaluate
from model.notation.sorts import BOOL
from model.tcp.scope import scope_named
from tests.command_line import Ask

FAULTS = Path(__file__).parent / "faults"


def _nearest(reference: str, claim: str) -> Nearest | None:
    spec, setting = request.model(reference), Setting(scope_named("default"))
    (verdict,) = decide(spec, [spec.claim[claim]], setting)
    return nearest(spec, verdict, setting)


def test_what_is_never_met_on_the_way_is_named_with_what_would_meet_it() -> None:
    """ESTABLISHED ignores a SYN: all of Figure 9 can happen but that the survivor answers the new SYN."""
    near = _nearest(f"{FAULTS}/fault_17_syn_in_established_is_ignored.py/crash", "figure-9")
    assert near is not None
    assert near.trace is not None
    last = near.trace.steps[-1]
    assert last.action == "server_is_reset"  # the end of the figure, all but for what the RST is for
    assert last.states["client"] == "SYN-SENT"
    assert [fact.formula for fact in near.missing] == ["figure-9.told"]
    (never,) = near.never
    assert never.observer == "met_syn"  # not `told`, which is made of it
    assert "server_acks_repeated_syn" in never.actions


def test_where_no_part_is_ever_true_no_run_comes_near() -> None:
    near = _nearest(f"{FAULTS}/fault_06_syn_in_syn_sent_is_ignored.py/simultaneous", "figure-7")
    assert near is not None
    assert near.trace is None
    assert {never.observer for never in near.never} == {"A_met", "B_met"}
    assert all(f"{never.observer[0]}_meets_syn" in never.actions for never in near.never)


def test_a_goal_that_is_reached_is_not_explained() -> None:
    assert _nearest("three-way", "figure-6") is None


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_all_but_so_many_at_most(missing: int) -> None:
    names = "abcd"
    formula = _all_but(missing, [variable(name, BOOL) for name in names])
    for number in range(2 ** len(names)):
        state = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        assert evaluate(formula, state) is (list(state.values()).count(False) <= missing)


def test_check_and_trace_say_how_near(ask: Ask) -> None:
    file = f"{FAULTS}/fault_17_syn_in_established_is_ignored.py/crash"
    for command in ("check", "trace"):
        given = ask(command, file, "figure-9")
        assert given.code == 12
        said = " ".join(given.out.split())
        assert "A run of 9 steps comes nearest. At its end this is missing: told is false." in said
        assert "server_acks_repeated_syn" in said
    assert "<SEQ=200><CTL=SYN>" in given.out  # the run is shown
    chinese = ask("check", file, "figure-9", "--lang", "zh")
    assert "最接近目标的执行有 9 步" in chinese.out


def test_who_asks_for_one_goal_is_told_in_a_scope_too_small_for_it(ask: Ask) -> None:
    """Among all claims that nobody wonders about: another scope is the answer there."""
    alone = ask("check", "three-way/crash", "figure-9", "--scope", "small")
    assert alone.code == 20
    assert "comes near" in alone.out
    assert "comes near" not in ask("check", "three-way/crash", "--scope", "small").out
