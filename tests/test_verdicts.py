"""The table: each handshake against each claim, under the defaults and where an assumption changes a verdict."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from checker.decide import Setting, decide
from checker.verdict import Outcome, Verdict
from model.assumptions import Assumptions
from model.handshakes import HANDSHAKES
from model.scope import SCOPES, scope_named
from properties import CLAIMS
from properties.specification import SPECIFICATIONS

COLUMNS = list(enumerate(HANDSHAKES))
H, V = Outcome.HOLDS, Outcome.VIOLATED

# What an independent search found before this project began, and textbooks say: two-way, three-way, four-way.
TABLE = {
    "no-stale-establishment": (V, H, H),
    "agreement": (V, H, H),
    "isn-acknowledged": (V, H, H),
    "isn-paired": (V, H, H),
    "one-connection-per-attempt": (V, H, H),
    "client-agreement": (H, H, V),
    "history-is-reset": (H, H, V),  # found here: SYN(y) does not say which attempt it answers, so the client cannot reset it
    "numbering": (H, H, H),
    "connection-possible": (H, H, H),
    "established-together": (V, V, V),
}
WIDER_CHECK = {"no-stale-establishment", "agreement", "isn-paired"}
"""Violated by four-way when SEG.SEQ is not checked exactly. (isn-paired follows: the server is established with another x.)"""


@cache
def _decided(handshake: str, scope: str, assumptions: Assumptions) -> dict[str, Verdict]:
    setting = Setting(scope_named(scope), assumptions)
    return {v.question.claim.name: v for v in decide(SPECIFICATIONS[handshake], tuple(CLAIMS.values()), setting)}


def verdicts(handshake: str, scope: str = "default", **assumptions: str) -> dict[str, Verdict]:
    return _decided(handshake, scope, replace(Assumptions(), **assumptions))  # type: ignore[arg-type]  # words only


def outcomes(handshake: str, scope: str = "default", **assumptions: str) -> dict[str, Outcome]:
    return {name: v.outcome for name, v in verdicts(handshake, scope, **assumptions).items()}


@pytest.mark.parametrize(("column", "handshake"), COLUMNS)
def test_the_table(column: int, handshake: str) -> None:
    assert outcomes(handshake) == {claim: row[column] for claim, row in TABLE.items()}


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_every_claim_is_exercised(handshake: str) -> None:
    """A claim whose trigger never happens in the default scope would hold for nothing."""
    assert [name for name, v in verdicts(handshake).items() if not v.exercised] == []


@pytest.mark.parametrize("seq_check", ["window", "none"])
@pytest.mark.parametrize(("column", "handshake"), COLUMNS)
def test_only_four_way_needs_the_exact_check(column: int, handshake: str, seq_check: str) -> None:
    """SEG.SEQ is what ties the client's last ACK to its SYN once the server's answer no longer does."""
    changed = WIDER_CHECK if handshake == "four-way" else set[str]()
    expected = {claim: V if claim in changed else row[column] for claim, row in TABLE.items()}
    assert outcomes(handshake, seq_check=seq_check) == expected


@pytest.mark.parametrize(("column", "handshake"), COLUMNS)
def test_wrapping_changes_nothing(column: int, handshake: str) -> None:
    """Numbers next to 2**32 wrap; nothing but distances between numbers is ever looked at."""
    assert outcomes(handshake, "wrap") == {claim: row[column] for claim, row in TABLE.items()}
    lengths = {name: v.trace and len(v.trace) for name, v in verdicts(handshake, "wrap").items()}
    assert lengths == {name: v.trace and len(v.trace) for name, v in verdicts(handshake).items()}


@pytest.mark.parametrize(("column", "handshake"), COLUMNS)
def test_a_silent_host_changes_nothing(column: int, handshake: str) -> None:
    """These claims forbid something, and a reset that is not sent is one that was lost."""
    assert outcomes(handshake, closed_host="silent") == {claim: row[column] for claim, row in TABLE.items()}


def test_adjacent_isns_break_four_way_only() -> None:
    """The ACK of the old attempt's octet, <ACK=x+2>, passes for the ACK of a SYN that begins at x+1."""
    changed = {
        h: {c for c in TABLE if outcomes(h, "adjacent", isn_spacing="adjacent")[c] is not outcomes(h)[c]} for h in HANDSHAKES
    }
    assert changed == {"two-way": set(), "three-way": set(), "four-way": {"isn-paired"}}


def test_a_third_answer_shows_what_two_hide() -> None:
    """Under the window check four-way makes an attempt connect twice, but only a scope with three answers shows it."""
    claim = CLAIMS["one-connection-per-attempt"]
    scope = scope_named("default,answers=3,data=0")
    (verdict,) = decide(SPECIFICATIONS["four-way"], [claim], Setting(scope, Assumptions(seq_check="window")))
    assert verdict.outcome is V


@pytest.mark.parametrize("handshake", HANDSHAKES)
@pytest.mark.parametrize("seq_check", ["exact", "window", "none"])
def test_handshakes_declare_what_is_found(handshake: str, seq_check: str) -> None:
    """What a handshake expects is neither missing nor wrong under any check of SEG.SEQ."""
    assert {v.question.expected for v in verdicts(handshake, seq_check=seq_check).values()} <= {H, V}
    assert [name for name, v in verdicts(handshake, seq_check=seq_check).items() if v.surprising] == []


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_traces_end_where_the_claim_says(handshake: str) -> None:
    """Traces are replayed before they are reported; here their last states are read with other eyes."""
    found = verdicts(handshake)
    for name in ("no-stale-establishment", "agreement"):
        if (trace := found[name].trace) is not None:
            assert trace.steps[-1].states["server"] == "ESTABLISHED"
            assert trace.steps[-2].states["server"] != "ESTABLISHED"
    if (trace := found["isn-paired"].trace) is not None:
        end = trace.steps[-1].state
        assert set(trace.steps[-1].states.values()) == {"ESTABLISHED"}
        assert (end["client.irs"], end["server.irs"]) != (end["server.iss"], end["client.iss"])
    witness = found["connection-possible"].trace
    assert witness is not None
    end = witness.steps[-1].state
    assert (end["client.irs"], end["server.irs"]) == (end["server.iss"], end["client.iss"])


def test_the_stale_syn_is_marked_old() -> None:
    """The picture of the project: the SYN that arrives last came from an attempt that had ended."""
    trace = verdicts("two-way")["no-stale-establishment"].trace
    assert trace is not None
    last = trace.steps[-1].received
    assert last is not None
    assert (last.cells["ctl"], last.cells["seq"], last.old) == ("SYN", 100, True)
    assert SCOPES["default"].client_isns[0] == 100
