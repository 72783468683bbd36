"""Closing with data unread: what a RST in the place of a FIN loses."""

from __future__ import annotations

import pytest

from checker.decide import Setting, decide
from checker.verdict import Outcome
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from properties.specification import built_in

LIFE = built_in("three-way/lifecycle")


@pytest.mark.parametrize(("half_duplex", "outcome"), [(False, Outcome.HOLDS), (True, Outcome.VIOLATED)])
def test_text_is_lost_only_where_unread_data_draws_a_rst(*, half_duplex: bool, outcome: Outcome) -> None:
    """Otherwise who closes sends a FIN after its text, and is there until that is acknowledged."""
    assumed = Assumptions(half_duplex=half_duplex)
    (verdict,) = decide(LIFE, [LIFE.claim["closing-loses-nothing"]], Setting(SCOPES["small"], assumed))
    assert (verdict.outcome, verdict.exercised) == (outcome, True)
    assert LIFE.declared("closing-loses-nothing", SCOPES["small"], assumed) == outcome.value


def test_who_resets_has_closed_and_the_other_loses_what_was_sent_to_it() -> None:
    setting = Setting(SCOPES["small"], Assumptions(half_duplex=True))
    (verdict,) = decide(LIFE, [LIFE.claim["closing-loses-nothing"]], setting)
    assert verdict.trace is not None
    last = verdict.trace.steps[-1].action
    assert "is_reset" in last
    names = [step.action for step in verdict.trace.steps]
    assert not [name for name in names if name.endswith(("_aborts", "_times_out"))]
