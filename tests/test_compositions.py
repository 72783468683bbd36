"""The same rules put together for other endpoints, and the full rules of §3.10.7: verdicts with a reason, in stated scopes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from checker.decide import Setting, decide
from checker.host.limits import Limits
from checker.verdict import Outcome, Verdict
from model.notation.expr import literal
from model.notation.interpreter import Interpreter, evaluate
from model.notation.network import connect
from model.notation.sorts import SEQ, Value
from model.tcp.assumptions import LARGEST_WINDOW, Assumptions
from model.tcp.composition import COMPOSITIONS, Composition
from model.tcp.handshakes import HANDSHAKES, ThreeWay
from model.tcp.scope import SCOPES, Scope, scope_named
from properties.specification import SPECIFICATIONS
from tests.command_line import Ask

H, V = Outcome.HOLDS, Outcome.VIOLATED
LISTENERS = "default,attempts=2,answers=1"
"""Enough for two that listen: some 40,000 states. Four-way needs a second answer to show all that is wrong with it."""


@cache
def _decided(model: str, scope: str, assumptions: Assumptions) -> dict[str, Verdict]:
    spec = SPECIFICATIONS[model]
    return {v.question.claim.name: v for v in decide(spec, spec.claims, Setting(scope_named(scope), assumptions))}


def verdicts(model: str, scope: str = "", **assumptions: object) -> dict[str, Verdict]:
    named = scope or (LISTENERS if model in ("two-way/listeners", "three-way/listeners") else "default")
    return _decided(model, named, replace(Assumptions(), **assumptions))  # type: ignore[arg-type]  # as the fields have it


def violated(model: str, scope: str = "", **assumptions: object) -> set[str]:
    """Return the asserted claims that a model violates."""
    found = verdicts(model, scope, **assumptions)
    return {name for name, v in found.items() if v.outcome is V and v.question.claim.asserted}


# Each set has its reason: what two-way's listener believes at once; that four-way's SYN does not say what it answers; that an
# answer begins in LISTEN, so that four-way's two openers wait for each other; that its ACK has the number of the SYN after it.
BELIEVES = {"no-stale-establishment", "isn-acknowledged", "isn-paired"}
TABLE = {
    "two-way/simultaneous": set[str](),
    "two-way/listeners": BELIEVES | {"figure-11"},
    "two-way/crash": BELIEVES | {"agreement", "one-connection-per-attempt"},
    "three-way/simultaneous": set[str](),
    "three-way/listeners": set[str](),
    "three-way/crash": set[str](),
    "four-way/simultaneous": {"connection-possible", "figure-7", "acks-where-due"},
    "four-way/listeners": {"no-stale-establishment", "isn-paired", "acks-where-due"},
    "four-way/crash": {"client-agreement", "history-is-reset", "acks-where-due"},
}


@pytest.mark.parametrize("model", TABLE)
def test_the_table(model: str) -> None:
    assert violated(model) == TABLE[model]


@pytest.mark.parametrize(
    ("model", "claim"),
    [
        ("three-way/simultaneous", "isn-paired"),  # two ESTABLISHED endpoints agree on both ISNs
        ("three-way/simultaneous", "isn-acknowledged"),
        ("three-way/listeners", "no-stale-establishment"),  # no stale SYN establishes anything
        ("three-way/crash", "half-open-is-dropped"),  # the survivor's half-open connection is found out and dropped
        ("three-way/crash", "no-stale-establishment"),
        ("three-way/crash", "agreement"),
    ],
)
def test_what_the_rules_are_for_holds_and_is_exercised(model: str, claim: str) -> None:
    verdict = verdicts(model)[claim]
    assert (verdict.outcome, verdict.exercised) == (H, True)


@pytest.mark.parametrize("model", [name for name in TABLE if name != "four-way/simultaneous"])
def test_every_claim_is_exercised(model: str) -> None:
    """Where no connection is possible nothing that is about one ever happens."""
    waits = not model.startswith("two-way") or model.endswith(("simultaneous", "listeners"))  # in SYN-RECEIVED
    never = [] if waits else ["half-open-can-time-out"]
    assert [name for name, v in verdicts(model).items() if not v.exercised] == never


def test_the_whole_default_scope_of_two_listeners() -> None:
    """Two ISNs on each side: some two million states."""
    claim = SPECIFICATIONS["three-way/listeners"].claim["no-stale-establishment"]
    (verdict,) = decide(SPECIFICATIONS["three-way/listeners"], [claim], Setting(SCOPES["default"]))
    assert (verdict.outcome, verdict.exercised) == (H, True)


@pytest.mark.parametrize("seq_check", ["exact", "window"])
@pytest.mark.parametrize("model", TABLE)
def test_what_is_declared_is_found(model: str, seq_check: str) -> None:
    scope = scope_named("default")
    spec, chosen = SPECIFICATIONS[model], Assumptions(seq_check=seq_check)
    declared = {claim.name: spec.declared(claim.name, scope, chosen) for claim in spec.claims}
    assert set(declared.values()) <= {"holds", "violated"}
    found = {name: v.outcome.value for name, v in verdicts(model, seq_check=seq_check).items()}
    assert found == declared


# -- the full rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rfc5961", [True, False])
@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_the_window_check_with_old_numbers_inside_the_window(handshake: str, rfc5961: bool) -> None:
    """An old SYN makes a listener fall back, RFC 5961 or not; only RFC 793 lets it, or a RST, end what is ESTABLISHED."""
    new = {"old-syn-drops-nothing", "reset-is-meant", "half-open-is-dropped"}
    falls_back = set[str]() if handshake == "two-way" else {"old-syn-drops-nothing"}
    expected = falls_back if rfc5961 else {"old-syn-drops-nothing", "reset-is-meant"}
    assert violated(handshake, "backwards", seq_check="window", rfc5961=rfc5961) & new == expected
    assert violated(handshake, "default", seq_check="window", rfc5961=rfc5961) & new == set()  # older numbers are lower there


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_rfc_5961_changes_nothing_under_the_exact_check(handshake: str) -> None:
    """A segment that is not at RCV.NXT is not acceptable there in the first place."""
    for scope in ("default", "backwards"):
        outcomes = [{name: v.outcome for name, v in verdicts(handshake, scope, rfc5961=on).items()} for on in (True, False)]
        assert outcomes[0] == outcomes[1]


def test_the_old_syn_in_the_window() -> None:
    """The server is back in LISTEN, the client is ESTABLISHED, and the SYN that did it is of an attempt that had ended."""
    trace = verdicts("three-way", "backwards", seq_check="window")["old-syn-drops-nothing"].trace
    assert trace is not None
    assert trace.steps[-1].states == {"client": "ESTABLISHED", "server": "LISTEN"}
    fall = next(step for step in trace.steps if step.action == "server_returns_to_listen")
    assert fall.received is not None
    assert (fall.received.cells["ctl"], fall.received.old) == ("SYN", True)
    assert verdicts("three-way", "backwards", seq_check="window")["half-open-is-dropped"].outcome is H


def test_z3_finds_it_too() -> None:
    """Over all ISNs the window check is never safe from an old SYN, whatever the scope; the shortest trace is as long."""
    claim = SPECIFICATIONS["three-way"].claim["old-syn-drops-nothing"]
    setting = Setting(SCOPES["default"], Assumptions(seq_check="window"), "bmc", Limits(depth=7))
    (verdict,) = decide(SPECIFICATIONS["three-way"], [claim], setting)
    assert verdict.trace is not None
    found = verdicts("three-way", "backwards", seq_check="window")["old-syn-drops-nothing"].trace
    assert found is not None
    assert len(verdict.trace) == len(found)


@pytest.mark.parametrize("model", ["three-way/simultaneous", "three-way/listeners"])
def test_only_the_exact_check_keeps_a_stale_syn_from_a_simultaneous_open(model: str) -> None:
    assert violated(model, seq_check="window") == {"no-stale-establishment"}
    trace = verdicts(model, seq_check="window")["no-stale-establishment"].trace
    assert trace is not None
    met = next(step for step in trace.steps if step.received is not None and step.received.old)
    assert (met.received and met.received.cells["ctl"], met.action.partition("_")[2]) == ("SYN", "meets_syn")


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_a_silent_host_tells_nobody(handshake: str) -> None:
    changed = violated(handshake, closed_host="silent") ^ violated(handshake)
    assert changed == {"half-open-is-dropped"}


# -- Table 6 -----------------------------------------------------------------------------------------------------------------


def acceptable(window: int, rcv_nxt: int, seq: int, ctl: str, data: int) -> bool:
    """Return what the model's acceptability test says of a segment."""
    handshake = ThreeWay(SCOPES["small"], Assumptions(seq_check="window", rcv_wnd=window))
    client, _ = handshake.endpoints
    segment = client.segment(ctl, seq=seq, ack=0, data=data)
    state = {"client.rcv_nxt": rcv_nxt}
    return evaluate(handshake.acceptable(client, segment), state) is True


@pytest.mark.parametrize("rcv_nxt", [1000, 0, 2**32 - 5])
def test_the_four_cases_of_table_6(rcv_nxt: int) -> None:
    """Each octet that a segment occupies is counted out: a segment is acceptable if its first or last lies in the window."""
    for window in (0, 1, 10, LARGEST_WINDOW):
        inside = {(rcv_nxt + i) % 2**32 for i in range(window)}
        for before in range(-14, 15):
            seq = (rcv_nxt + before) % 2**32
            for ctl, data in (("ACK", 0), ("SYN", 0), ("SYN,ACK", 0), ("ACK", 1), ("ACK", 10), ("RST", 0)):
                octets = [(seq + i) % 2**32 for i in range(data + ("SYN" in ctl))]
                if octets:
                    expected = octets[0] in inside or octets[-1] in inside
                else:
                    expected = seq in inside or (window == 0 and seq == rcv_nxt)
                assert acceptable(window, rcv_nxt, seq, ctl, data) is expected, (window, before, ctl, data)


@pytest.mark.parametrize("edge", [0, LARGEST_WINDOW - 1, LARGEST_WINDOW, -1])
def test_the_far_edge_of_the_window(edge: int) -> None:
    assert acceptable(LARGEST_WINDOW, 7, (7 + edge) % 2**32, "ACK", 0) is (0 <= edge < LARGEST_WINDOW)


@pytest.mark.parametrize("rfc5961", [True, False])
def test_which_acknowledgments_are_plausible(rfc5961: bool) -> None:
    """SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT with RFC 5961; without it, whatever does not lie ahead of SND.NXT."""
    handshake = ThreeWay(SCOPES["small"], Assumptions(rfc5961=rfc5961, rcv_wnd=100))
    client, _ = handshake.endpoints
    for una in (1000, 2):
        state = {"client.snd_una": una, "client.snd_nxt": una + 3}
        for offset, expected in ((-101, not rfc5961), (-100, True), (0, True), (3, True), (4, False), (200, False)):
            segment = client.segment("ACK", seq=0, ack=literal((una + offset) % 2**32, SEQ))
            assert evaluate(handshake.plausible_ack(client, segment), state) is expected, (una, offset)


# -- compositions as models --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("composition", [c for c in COMPOSITIONS.values() if c.name], ids=lambda c: c.name)
@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_an_endpoint_has_the_rules_that_it_needs(handshake: str, composition: Composition) -> None:
    """No action is about a state that its endpoint cannot be in, and none that it needs is missing."""
    system = SPECIFICATIONS[composition.of(handshake)].build(SCOPES["small"], Assumptions())
    for side in composition.sides:
        own = {name.removeprefix(f"{side.role}_") for name in system.action if name.startswith(f"{side.role}_")}
        assert ("listens" in own) == ("ignores_rst" in own) == side.listens
        assert ("opens" in own) == ("is_refused" in own) == side.connects
        assert ("crashes" in own) == side.crashes
        assert ("sends_data" in own) == side.sends


def test_an_endpoint_that_opens_either_way_remembers_how() -> None:
    """MUST-11: a RST returns to LISTEN what came from LISTEN, and closes what was opened actively."""
    system = SPECIFICATIONS["three-way/listeners"].build(SCOPES["small"], Assumptions())
    returns, closes = system.action["A_is_reset_in_syn_received"], system.action["A_is_refused_in_syn_received"]
    assert str(returns.updates["A.state"]) == "LISTEN"
    assert str(returns.updates["A.passive"]) == "true"
    assert str(closes.updates["A.state"]) == "CLOSED"
    assert str(closes.updates["A.passive"]) == "false"
    assert "A.passive" in str(returns.guard)
    assert "~A.passive" in str(closes.guard).replace("not ", "~")


def test_every_command_takes_a_composition(ask: Ask) -> None:
    commands = [
        ("check", "three-way/crash", "half-open-is-dropped"),
        ("trace", "two-way/listeners", "no-stale-establishment"),
        ("compare", "three-way/simultaneous", "two-way/simultaneous"),
        ("simulate", "four-way/simultaneous"),
        ("explain", "three-way/crash", "client_crashes"),
        ("show", "three-way/listeners"),
        ("graph", "three-way/simultaneous"),
    ]
    for words in commands:
        answer = ask(*words, "--scope", "small")
        assert (answer.code, answer.err) == (0, ""), words
        assert max(map(len, answer.out.splitlines())) <= 80 or words[0] == "graph", words


def test_a_comparison_of_many_models_fits_a_terminal(ask: Ask) -> None:
    models = [f"{handshake}/{composition}" for handshake in HANDSHAKES for composition in ("simultaneous", "crash")]
    out = ask("compare", *models, "--scope", "small").out
    assert max(map(len, out.splitlines())) <= 80
    assert sum(line.startswith("claim  ") for line in out.splitlines()) == 2  # two tables of three models
    assert all(f"{model.partition('/')[0]}/" in out for model in models)


def test_a_handshake_of_ones_own_can_be_composed(ask: Ask) -> None:
    """The bug of the first tutorial, looked for where two open at once: a SYN,ACK for another attempt is believed there too."""
    answer = ask("check", "model/tutorials/credulous.py/simultaneous", "--json", "--scope", "default")
    assert {r["handshake"] for r in answer.records} == {"credulous/simultaneous"}
    assert {r["claim"] for r in answer.records if r["verdict"] == "violated"} >= {"isn-paired"}
    assert answer.code == 12
    by_name = ask("check", "model/tutorials/credulous.py:credulous/simultaneous", "isn-paired", "--json")
    assert [r["verdict"] for r in by_name.records] == ["violated"]


@pytest.mark.parametrize("composition", [c for c in COMPOSITIONS if c])
def test_a_run_of_a_composition_plays_again(ask: Ask, tmp_path: Path, composition: str) -> None:
    model, path = f"three-way/{composition}", tmp_path / "run.json"
    for seed in ("1", "2", "3"):
        path.write_text(ask("simulate", model, "--seed", seed, "--json").out, encoding="utf-8")
        assert ask("scenario", str(path)).code == 0
    figures = {"crash": "fig9", "simultaneous": "fig7", "listeners": "fig11"}
    if composition not in figures:  # the RFC draws none
        return
    for other in {"crash": ["three-way/listeners"], "simultaneous": ["three-way"], "listeners": ["three-way"]}[composition]:
        figure = figures[composition]
        for words in (("scenario", figure, other), ("explain", other, "--after", figure)):
            refused = ask(*words)
            assert refused.code == 2
            assert f"{figure} is for {model}, and {other} has other endpoints" in refused.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("three-way/crsh",), "there is no composition 'crsh'; did you mean 'crash'?"),
        (
            ("three-way/attack",),
            "'ports-N', 'ports-N-lifecycle', 'ports-N-slots-M', 'ports-N-slots-M-lifecycle', 'flood-slots-M'",
        ),
        (("three-way/attack",), "'replay', 'off-path', 'on-path'"),
        (("three-way/",), "there is no handshake 'three-way/'"),
        (("three-way/crash/listeners",), "three-way/crash is a composition already: write three-way/listeners"),
        (("three-way/off-path/replay",), "three-way/off-path is a composition already: write three-way/replay"),
        (
            ("model/tutorials/credulous.py/lifecycle/replay",),
            "credulous.py/lifecycle is a composition already: write model/tutorials/credulous.py/replay",
        ),
        (("model/tutorials/credulous.py/lifecycl/replay",), "there is no composition 'lifecycl'; did you mean 'lifecycle'?"),
        (("model/tutorials/credulous.py:credulous/crsh",), "there is no composition 'crsh'; did you mean 'crash'?"),
        (("model/tutorials/alternating_bit.py:reordering/crash",), "has no compositions: they are for handshakes"),
        (("model/tutorials/mutual_exclusion.py/crash",), "has no compositions: they are for handshakes"),
        (("three-way", "figure-7"), "figure-7 is about three-way/simultaneous"),
        (("three-way", "--rcv-wnd", "65536"), "write a number of octets from 0 to 65535"),
        (("three-way", "--rcv-wnd", "x"), "write a number of octets from 0 to 65535"),
    ],
)
def test_mistakes(ask: Ask, words: tuple[str, ...], said: str) -> None:
    answer = ask("check", *words)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


@pytest.mark.parametrize("command", ["check", "explain"])
def test_a_composition_of_a_composition_is_refused_in_one_sentence(ask: Ask, command: str) -> None:
    """The file is there, and what is wrong is what follows it: no list of handshakes, and no word that it is no FILE.py."""
    answer = ask(command, "model/tutorials/credulous.py/lifecycle/replay")
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1
    assert "FILE.py" not in answer.err


def test_a_verdict_says_whose_isns_they_are(ask: Ask) -> None:
    peers, crash = (
        ask("check", f"three-way/{c}", "numbering", "--scope", "small", "--json") for c in ("simultaneous", "crash")
    )
    assert peers.records[0]["scope"] == "small: ISNs 100 of A, 200 of B"
    assert crash.records[0]["scope"] == "small: attempts with ISN 100; answers with ISN 200; 1 data octet of the server's"
    assert peers.records[0]["assumptions"]["rfc5961"] is True
    assert peers.records[0]["assumptions"]["rcv_wnd"] == LARGEST_WINDOW


def test_two_that_open_at_once_can_be_in_two_connections_where_only_one_goes_back() -> None:
    """An old ACK of A's lies in the window of the SYN that B met; where both go back, or none does, it lies outside."""
    spec = SPECIFICATIONS["three-way/simultaneous"]
    outcomes = {}
    for name in ("crossed", "backwards", "default"):
        scope, chosen = scope_named(f"{name},data=0"), Assumptions(seq_check="window")
        (verdict,) = decide(spec, [spec.claim["isn-paired"]], Setting(scope, chosen))
        outcomes[name] = verdict.outcome
    assert outcomes == {"crossed": V, "backwards": H, "default": H}
    for assumptions, declared in ((Assumptions(seq_check="window"), "violated"), (Assumptions(), "holds")):
        assert spec.declared("isn-paired", scope_named("crossed"), assumptions) == declared


def test_scopes_that_go_back() -> None:
    assert [name for name, scope in SCOPES.items() if scope.goes_back] == ["backwards", "crossed"]
    assert [name for name, scope in SCOPES.items() if scope.crosses] == ["crossed"]
    assert Scope("wrapping", (2**32 - 1, 3), (9,)).goes_back is False


# -- the order of the checks -------------------------------------------------------------------------------------------------

NUMBERS = {"iss": 300, "irs": 100, "snd_una": 300, "snd_nxt": 301, "rcv_nxt": 101}
PASSIVE, ACTIVE = "passive", "active"
MEETS = [
    # state, opened, (SEQ, ACK, CTL, octets), what §3.10.7.4 makes of it with RFC 5961, and with RFC 793 where that differs
    ("SYN-RECEIVED", PASSIVE, (101, 0, "RST", 0), "is_reset_in_syn_received", ""),
    ("SYN-RECEIVED", ACTIVE, (101, 0, "RST", 0), "is_refused_in_syn_received", ""),
    ("SYN-RECEIVED", PASSIVE, (102, 0, "RST", 0), "challenges_rst_in_syn_received", "is_reset_in_syn_received"),
    ("SYN-RECEIVED", ACTIVE, (102, 0, "RST", 0), "challenges_rst_in_syn_received", "is_refused_in_syn_received"),
    ("SYN-RECEIVED", PASSIVE, (100, 0, "RST", 0), "drops_rst_in_syn_received", ""),
    ("SYN-RECEIVED", ACTIVE, (201, 0, "RST,ACK", 0), "drops_rst_in_syn_received", ""),
    ("SYN-RECEIVED", PASSIVE, (100, 0, "SYN", 0), "acks_wrong_seq_in_syn_received", ""),
    ("SYN-RECEIVED", PASSIVE, (150, 0, "SYN", 0), "returns_to_listen", ""),
    ("SYN-RECEIVED", ACTIVE, (150, 0, "SYN", 0), "challenges_syn_in_syn_received", "resets_syn_in_syn_received"),
    ("SYN-RECEIVED", ACTIVE, (150, 301, "SYN,ACK", 0), "challenges_syn_in_syn_received", "resets_syn_ack_in_syn_received"),
    ("SYN-RECEIVED", ACTIVE, (100, 301, "SYN,ACK", 0), "receives_ack_with_the_syn_it_has", ""),
    ("SYN-RECEIVED", PASSIVE, (100, 301, "SYN,ACK", 0), "acks_wrong_seq_in_syn_received", ""),
    ("SYN-RECEIVED", ACTIVE, (100, 302, "SYN,ACK", 0), "acks_wrong_seq_in_syn_received", ""),
    ("SYN-RECEIVED", PASSIVE, (101, 300, "ACK", 0), "resets_wrong_ack_in_syn_received", ""),
    ("SYN-RECEIVED", PASSIVE, (101, 302, "ACK", 0), "resets_wrong_ack_in_syn_received", ""),
    ("SYN-RECEIVED", PASSIVE, (101, 301, "ACK", 0), "receives_ack", ""),
    ("SYN-RECEIVED", PASSIVE, (200, 301, "ACK", 0), "receives_ack", ""),
    ("SYN-RECEIVED", PASSIVE, (201, 301, "ACK", 0), "acks_wrong_seq_in_syn_received", ""),
    ("SYN-RECEIVED", PASSIVE, (101, 301, "ACK", 1), "receives_ack_with_data", ""),
    ("SYN-RECEIVED", PASSIVE, (102, 301, "ACK", 1), "receives_ack_with_data_out_of_order", ""),
    ("ESTABLISHED", PASSIVE, (101, 0, "RST", 0), "is_reset", ""),
    ("ESTABLISHED", ACTIVE, (200, 0, "RST", 0), "challenges_rst", "is_reset"),
    ("ESTABLISHED", ACTIVE, (201, 0, "RST", 0), "drops_rst", ""),
    ("ESTABLISHED", PASSIVE, (100, 0, "SYN", 0), "acks_repeated_syn", ""),
    ("ESTABLISHED", PASSIVE, (101, 0, "SYN", 0), "challenges_syn", "resets_syn"),
    ("ESTABLISHED", ACTIVE, (200, 7, "SYN,ACK", 0), "challenges_syn", "resets_syn_ack"),
    ("ESTABLISHED", ACTIVE, (101, 302, "ACK", 0), "acks_what_it_did_not_send", ""),
    ("ESTABLISHED", ACTIVE, (101, 301, "ACK", 0), "takes_ack", ""),
    ("ESTABLISHED", ACTIVE, (101, 200, "ACK", 0), "takes_ack", ""),
    ("ESTABLISHED", ACTIVE, (101, 199, "ACK", 0), "acks_what_it_did_not_send", "takes_ack"),
    ("ESTABLISHED", ACTIVE, (101, 301, "ACK", 10), "receives_data", ""),
    ("ESTABLISHED", ACTIVE, (102, 301, "ACK", 10), "acks_data_out_of_order", ""),
    ("ESTABLISHED", ACTIVE, (92, 301, "ACK", 10), "acks_data_out_of_order", ""),  # its last octet is the first that is new
    ("ESTABLISHED", ACTIVE, (91, 301, "ACK", 10), "acks_wrong_seq", ""),
    ("ESTABLISHED", ACTIVE, (100, 301, "ACK", 0), "acks_wrong_seq", ""),
]


@pytest.mark.parametrize("rfc5961", [True, False])
@pytest.mark.parametrize("case", MEETS, ids=lambda case: f"{case[1]} {case[0]} {case[2]}")
def test_what_a_segment_meets(case: tuple[str, str, tuple[int, int, str, int], str, str], rfc5961: bool) -> None:
    """With a window of 100, in the order of §3.10.7.4, for an endpoint that can be opened either way."""
    state, opened, segment, with_5961, with_793 = case
    assumptions = Assumptions(seq_check="window", rcv_wnd=100, rfc5961=rfc5961)
    interpreter = Interpreter(connect(SPECIFICATIONS["three-way/listeners"].build(SCOPES["small"], assumptions)))
    numbers = {f"A.{name}": number for name, number in NUMBERS.items()}
    mine: dict[str, Value] = {"A.state": state, "A.passive": opened == PASSIVE, **numbers}
    before = {**interpreter.initial(), **mine, "network": frozenset({("B", "A", *segment)})}
    steps = [step for step in interpreter.steps(before) if step.arguments.get("kept") is False]
    assert [step.action for step in steps] == [f"A_{with_5961 if rfc5961 else with_793 or with_5961}"]
    action, after = steps[0].action, steps[0].state
    answer = {
        "challenges": ("A", "B", 301, 101, "ACK", 0),
        "acks_": ("A", "B", 301, 101, "ACK", 0),
        "out_of_order": ("A", "B", 301, 101, "ACK", 0),
        "resets_wrong": ("A", "B", segment[1], 0, "RST", 0),
        "resets_syn_ack": ("A", "B", segment[1], 0, "RST", 0),
        "resets_syn": ("A", "B", 0, segment[0] + 1, "RST,ACK", 0),
        "data": ("A", "B", 301, segment[0] + segment[3], "ACK", 0),
    }
    expected = next((sent for part, sent in answer.items() if part in action), None)
    assert after["network"] == (frozenset() if expected is None else frozenset({expected}))
    if not any(part in action for part in ("takes_", "receives_", "is_re", "resets_syn", "returns_", "data")):
        assert {name: after[name] for name in mine} == mine
