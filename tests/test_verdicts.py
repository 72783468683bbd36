"""The table: each handshake against each claim, under the defaults and where an assumption changes a verdict."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from checker.decide import Setting, decide
from checker.host.limits import Limits
from checker.verdict import Outcome, Verdict
from model.tcp.assumptions import Assumptions
from model.tcp.handshakes import HANDSHAKES
from model.tcp.scope import SCOPES, scope_named
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
    "half-open-is-dropped": (H, H, H),  # a closed or listening host resets, and a RST with SEG.ACK for its number is believed
    "reset-is-meant": (H, H, H),  # only a segment of this very connection begins at RCV.NXT
    "old-syn-drops-nothing": (H, H, H),
    # The handshakes differ in how a connection begins, and not in what RFC 9293 has an endpoint do in it, or to end it.
    "refusal-is-believed": (H, H, H),
    "abort-is-announced": (H, H, H),
    "text-is-acknowledged": (H, H, H),
    "numbers-only-grow": (H, H, H),
    "acknowledged-was-received": (H, H, H),
    "isn-is-not-reused": (H, H, H),
    "reset-without-connection": (H, H, H),  # the next four are about one arrival: each rule does what RFC 9293 says of it
    "reset-draws-no-reset": (H, H, H),
    "ack-ends-nothing": (H, H, H),
    "wrong-ack-is-reset": (H, H, H),
    "reset-is-for-this-attempt": (H, H, H),  # no two ISNs that differ are taken for each other
    # No handshake changes what RFC 9293 has an endpoint do with a SYN that it has, or with a RST, nor when it times out.
    "served-is-not-refused": (H, H, H),
    "refused-is-told": (H, H, H),
    "reset-draws-nothing": (H, H, H),
    "acks-where-due": (H, H, V),  # the ACK and the SYN of four-way's server have one number, and the client answers the ACK
    "reset-frees-the-tcb": (H, H, H),
    "half-open-can-time-out": (H, H, H),
    "numbering": (H, H, H),
    "connection-possible": (H, H, H),
    "figure-6": (H, H, H),
    "figure-8": (H, H, H),
    "established-together": (V, V, V),
}
WIDER_CHECK = {"no-stale-establishment", "agreement", "isn-paired"}
"""Violated by four-way when SEG.SEQ is not checked exactly. (isn-paired follows: the server is established with another x.)"""


@cache
def _decided(handshake: str, scope: str, assumptions: Assumptions) -> dict[str, Verdict]:
    setting = Setting(scope_named(scope), assumptions)
    return {v.question.claim.name: v for v in decide(SPECIFICATIONS[handshake], SPECIFICATIONS[handshake].claims, setting)}


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
    never = ["half-open-can-time-out"] if handshake == "two-way" else []  # whose server waits in no SYN-RECEIVED
    assert [name for name, v in verdicts(handshake).items() if not v.exercised] == never


@pytest.mark.parametrize("seq_check", ["window", "none"])
@pytest.mark.parametrize(("column", "handshake"), COLUMNS)
def test_only_four_way_needs_the_exact_check(column: int, handshake: str, seq_check: str) -> None:
    """SEG.SEQ is what ties the client's last ACK to its SYN once the server's answer no longer does."""
    changed = WIDER_CHECK if handshake == "four-way" else set[str]()
    if seq_check == "none" and handshake != "two-way":
        changed = changed | {"old-syn-drops-nothing"}  # any SYN sends the server back to LISTEN
    expected = {claim: V if claim in changed else row[column] for claim, row in TABLE.items()}
    assert outcomes(handshake, seq_check=seq_check) == expected


@pytest.mark.parametrize(("column", "handshake"), COLUMNS)
def test_wrapping_changes_nothing(column: int, handshake: str) -> None:
    """Numbers next to 2**32 wrap; nothing but distances between numbers is ever looked at, with one exception.

    The RST of a closed host has SEQ=0, not a number that depends on its reader, and 0 follows 2**32-1. It ends a connection
    that is ESTABLISHED, and one in SYN-RECEIVED where a SYN that comes alone leads there: four-way's server sends such a one.
    """
    found, plain = verdicts(handshake, "wrap"), verdicts(handshake)
    absolute = {"reset-is-meant"} | ({"reset-is-for-this-attempt"} if handshake == "four-way" else set())
    for name in absolute:
        trace = found[name].trace
        assert trace is not None
        last = trace.steps[-1].received
        assert last is not None
        assert (last.cells["ctl"], last.cells["seq"]) == ("RST,ACK", 0)
    expected = {claim: V if claim in absolute else row[column] for claim, row in TABLE.items()}
    assert outcomes(handshake, "wrap") == expected
    lengths = {name: v.trace and len(v.trace) for name, v in found.items() if name not in absolute}
    assert lengths == {name: v.trace and len(v.trace) for name, v in plain.items() if name in lengths}


def test_z3_finds_the_number_that_is_absolute() -> None:
    """Nothing in the default scope is near 2**32; Z3 looks at all numbers, and what is declared of them all is as it finds."""
    claim = CLAIMS["reset-is-meant"]
    setting = Setting(SCOPES["default"], engine="bmc", limits=Limits(depth=6))
    (verdict,) = decide(SPECIFICATIONS["three-way"], [claim], setting)
    assert (verdict.outcome, verdict.question.expected) == (V, V)
    assert verdict.trace is not None
    assert len(verdict.trace) == len(verdicts("three-way", "wrap")["reset-is-meant"].trace or ())


@pytest.mark.parametrize(("column", "handshake"), COLUMNS)
def test_a_silent_host_changes_only_that_nobody_is_told(column: int, handshake: str) -> None:
    """The other claims forbid something, and a reset that is not sent is one that was lost."""
    expected = {claim: row[column] for claim, row in TABLE.items()}
    assert outcomes(handshake, closed_host="silent") == {**expected, "half-open-is-dropped": V}


def test_adjacent_isns_break_what_goes_by_numbers() -> None:
    """The ACK of the old attempt's octet, <ACK=x+2>, passes for the ACK of a SYN that begins at x+1.

    So four-way's client pairs the wrong halves, and any client drops an ACK that it should reset; and the RST of an attempt
    aborted after its octet has the number at which the next one's server expects its data, ESTABLISHED or in SYN-RECEIVED,
    where two-way's server never waits.
    """
    changed = {
        h: {c for c in TABLE if outcomes(h, "adjacent", isn_spacing="adjacent")[c] is not outcomes(h)[c]} for h in HANDSHAKES
    }
    by_numbers = {"half-open-is-dropped", "reset-is-meant"}
    waiting = by_numbers | {"reset-is-for-this-attempt"}
    assert changed == {"two-way": by_numbers, "three-way": waiting, "four-way": waiting | {"isn-paired"}}


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
