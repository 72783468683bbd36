"""Keep-alives: who has nothing to send finds out by them that the other is gone, and by nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checker.decide import Setting, decide
from checker.runs.trace import Trace
from checker.scenarios import scenario
from checker.scenarios.player import play
from checker.verdict import Outcome, Verdict
from model.tcp.assumptions import Assumptions
from model.tcp.scope import scope_named
from properties.specification import built_in

LIFE = built_in("three-way/lifecycle")
ASKS = Assumptions(keep_alive=True)
OPEN = [
    {"action": "server_listens"},
    {"action": "client_opens"},
    {"deliver": {"ctl": "SYN"}},
    {"deliver": {"ctl": "SYN,ACK"}},
    {"deliver": {"ctl": "ACK"}},
]
ASK: dict[str, object] = {"action": "client_keeps_alive"}
ARRIVES: dict[str, object] = {"deliver": {"source": "client", "seq": 100, "ctl": "ACK"}}


def found(assumed: Assumptions, unfair: str = "") -> Verdict:
    claim = LIFE.claim["half-open-is-found"]
    claim = claim.assuming(fairness for fairness in claim.fairness if fairness.name != unfair)
    (verdict,) = decide(LIFE, [claim], Setting(scope_named("small,data=0"), assumed))
    return verdict


@pytest.mark.long
def test_who_asks_finds_out() -> None:
    verdict = found(ASKS)
    assert (verdict.outcome, verdict.exercised) == (Outcome.HOLDS, True)


@pytest.mark.long
@pytest.mark.parametrize(
    ("assumed", "unfair", "state"),
    [
        (Assumptions(), "", "ESTABLISHED"),
        (ASKS, "keep-alive", "ESTABLISHED"),
        (ASKS, "delivery", "ESTABLISHED"),
        (ASKS, "repeating", "FIN-WAIT-1"),
        (Assumptions(keep_alive=True, closed_host="silent"), "", "ESTABLISHED"),
    ],
    ids=str,
)
def test_who_does_not_ask_or_is_not_answered_stays_for_ever(assumed: Assumptions, unfair: str, state: str) -> None:
    """Each of what the claim assumes is needed, and so is that the host of the other says that nobody is there."""
    verdict = found(assumed, unfair)
    assert verdict.outcome is Outcome.VIOLATED
    assert verdict.lasso is not None
    assert state in {verdict.lasso.trace.end[f"{role}.state"] for role in ("client", "server")}


def played(tmp_path: Path, *steps: dict[str, object]) -> Trace:
    """Return a run of these steps after the connection is there."""
    path = tmp_path / "asks.json"
    path.write_text(json.dumps({"summary": "Asks.", "models": [LIFE.name], "steps": [*OPEN, *steps]}), encoding="utf-8")
    return play(scenario.read(str(path)), LIFE, ASKS).trace


def test_a_closed_host_resets_a_keep_alive_and_its_sender_believes_it(tmp_path: Path) -> None:
    run = played(tmp_path, {"action": "server_times_out"}, ASK, ARRIVES, {"deliver": {"ctl": "RST", "source": "server"}})
    assert [str(sent) for step in run.steps[-3:] for sent in step.sent] == ["<SEQ=100><ACK=201><CTL=ACK>", "<SEQ=201><CTL=RST>"]
    assert run.steps[-1].states["client"] == "CLOSED"


def test_who_is_there_answers_a_keep_alive_by_an_ack(tmp_path: Path) -> None:
    """It has the number before SND.NXT, which is not acceptable."""
    run = played(tmp_path, ASK, ARRIVES)
    assert [str(sent) for sent in run.steps[-1].sent] == ["<SEQ=201><ACK=101><CTL=ACK>"]
    assert set(run.steps[-1].states.values()) == {"ESTABLISHED"}
