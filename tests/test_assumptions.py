"""How ISNs are chosen, who gives up, who forgets: what the claims need of it, and that every engine and command takes it.

The lengths come from another formulation of three-way, in which the server listens from the beginning and again by itself when
a connection ends. Here a passive OPEN is a step, so that it is the other steps that are counted.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checker.decide import KEPT_EVERYTHING, Setting, decide
from checker.host.limits import Limits
from checker.runs.trace import Trace
from checker.studies.lattice import ISN, SEQ_CHECK, lattice
from checker.verdict import Outcome, Verdict
from model.notation.expr import literal
from model.notation.network import why_not_kept
from model.notation.sorts import SEQ, NotationError
from model.notation.system import choose
from model.tcp.assumptions import CHOICES, REPEATING, Assumptions
from model.tcp.composition import COMPOSITIONS
from model.tcp.handshakes import HANDSHAKES
from model.tcp.handshakes.handshake import expect
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.scope import SCOPES, UNBOUNDED, Scope, ScopeError, scope_named
from properties.specification import SPECIFICATIONS, specification
from tests.command_line import Ask

DEFAULT = SCOPES["default"]
TWO = scope_named("default,data=0")
BACK = scope_named("backwards,data=0")
ONE = scope_named("default,attempts=1,data=0")


def decided(
    claim: str, scope: Scope, engine: str = "bfs", model: str = "three-way", depth: int = 9, **assumed: str | bool
) -> Verdict:
    spec = SPECIFICATIONS[model]
    limits = Limits(depth=depth) if engine == "bmc" else Limits()
    (verdict,) = decide(spec, [spec.claim[claim]], Setting(scope, Assumptions(**assumed), engine, limits))  # type: ignore[arg-type]
    return verdict


def steps(verdict: Verdict) -> int:
    """Return how many steps of a trace are no passive OPEN."""
    assert verdict.trace is not None
    return sum(not step.action.endswith("_listens") for step in verdict.trace.steps)


def isns(trace: Trace, role: str) -> list[object]:
    return [step.arguments["isn"] for step in trace.steps if step.by == role and "isn" in step.arguments]


# -- what a reused ISN does ----------------------------------------------------------------------------------------------------


def test_an_old_syn_and_an_old_ack_meet_a_reused_isn() -> None:
    """Agreement fails in six steps: the old SYN draws the same y again, and the ACK of the first answer fits the second."""
    for engine in ("bfs", "bmc"):
        verdict = decided("agreement", TWO, engine, isn="arbitrary")
        assert verdict.outcome is Outcome.VIOLATED
        assert (steps(verdict), len(verdict.trace or ())) == (6, 8), engine
        trace = verdict.trace
        assert trace is not None
        first, second = isns(trace, "server")
        assert first == second
        last = trace.steps[-1]
        answered = max(i for i, step in enumerate(trace.steps) if step.action == "server_receives_syn")
        assert last.action == "server_receives_ack"
        assert last.arguments["segment"] in trace.steps[answered - 1].state["network"]  # type: ignore[operator]
        syn = trace.steps[answered].arguments["segment"]
        assert sum(step.arguments.get("segment") == syn for step in trace.steps) == 2
        assert len(isns(trace, "client")) == 1


def test_a_stale_connection_takes_one_step_more() -> None:
    """The client has to give up as well, where it opens once; its RST is what makes the server listen again."""
    assert steps(decided("no-stale-establishment", ONE, isn="arbitrary")) == 7
    without = decided("no-stale-establishment", ONE, isn="arbitrary", abort_established=False)
    assert without.trace is not None
    assert len(without.trace) == 9
    assert "client_aborts" not in {step.action for step in without.trace.steps}


def test_a_client_that_repeats_its_isn_deceives_a_server_that_took_the_old_syn() -> None:
    lengths = [len(decided("no-stale-establishment", TWO, engine, isn="arbitrary").trace or ()) for engine in ("bfs", "bmc")]
    assert lengths == [7, 7]


# -- assumption A --------------------------------------------------------------------------------------------------------------


def test_assumption_a_suffices_with_the_exact_check() -> None:
    """The answer y to SYN(x) pairs x with y for the first time: then no ACK can be there that completes it."""
    verdict = decided("agreement", ONE, isn="unpaired")
    assert (verdict.outcome, verdict.exercised) == (Outcome.HOLDS, True)


@pytest.mark.parametrize(("seq_check", "scope"), [("window", BACK), ("none", BACK), ("none", TWO)])
def test_assumption_a_does_not_suffice_with_a_weaker_check(seq_check: str, scope: Scope) -> None:
    """An ACK of y from another attempt will do, in eight steps, where the numbers of that attempt lie in the window."""
    verdict = decided("agreement", scope, isn="unpaired", seq_check=seq_check)
    assert steps(verdict) == 8
    trace = verdict.trace
    assert trace is not None
    first, second = isns(trace, "server")
    assert first == second
    assert len(set(isns(trace, "client"))) == 2
    if scope is TWO:  # Z3 takes a minute for each
        assert decided("agreement", scope, "bmc", isn="unpaired", seq_check=seq_check).counts.depth == len(trace)


def test_what_an_endpoint_remembers_counts_as_what_is_in_flight() -> None:
    """Where only segments are looked at, an ESTABLISHED client still has x and y, and answers the SYN,ACK with its ACK."""
    verdict = decided("agreement", ONE, isn="unacknowledged")
    trace = verdict.trace
    assert trace is not None
    assert len(trace) == 10
    assert trace.steps[-2].action == "client_acks_repeated_syn"
    assert trace.steps[-1].action == "server_receives_ack"


@pytest.mark.parametrize("seq_check", SEQ_CHECK)
def test_unmentioned_numbers_suffice_whatever_is_checked(seq_check: str) -> None:
    assert decided("agreement", ONE, isn="unmentioned", seq_check=seq_check).outcome is Outcome.HOLDS


# -- clock, aborts, quiet time -------------------------------------------------------------------------------------------------


def test_a_clock_goes_ahead() -> None:
    """In a scope that does so anyway it changes nothing; one that goes back is refused; from all 2^32 it leaves none behind."""
    fresh, clock = (decided("agreement", TWO, isn=isn) for isn in ("fresh", "clock"))
    assert (fresh.counts.states, fresh.outcome) == (clock.counts.states, clock.outcome)
    with pytest.raises(ScopeError, match="do not only go ahead"):
        decided("agreement", BACK, isn="clock")
    claim = "old-syn-drops-nothing"
    found = decided(claim, TWO, "bmc", depth=7, isn="fresh", seq_check="window")
    assert found.trace is not None
    older, newer = isns(found.trace, "client")
    assert isinstance(older, int)
    assert isinstance(newer, int)
    assert (newer - older) % 2**32 >= 2**31  # the newer one lies before: only so is the old SYN in its window
    assert decided(claim, TWO, "bmc", depth=7, isn="clock", seq_check="window").trace is None


def test_who_never_gives_up_is_there_when_the_other_is_established() -> None:
    assert decided("established-together", DEFAULT).outcome is Outcome.VIOLATED
    assert decided("established-together", DEFAULT, abort_established=False).outcome is Outcome.HOLDS


@pytest.mark.parametrize("role", ["client", "server"])
def test_without_aborts_an_established_endpoint_neither_aborts_nor_times_out(role: str) -> None:
    system = SPECIFICATIONS["three-way"].build(DEFAULT, Assumptions(abort_established=False))
    for name in ("aborts", "times_out"):
        assert "ESTABLISHED" not in str(system.named(f"{role}_{name}").guard)
        assert "ESTABLISHED" in str(SPECIFICATIONS["three-way"].build(DEFAULT, Assumptions()).named(f"{role}_{name}").guard)


@pytest.mark.parametrize(
    ("model", "claim", "length"),
    [
        ("three-way/server-crash", "agreement", 8),
        ("three-way/server-crash", "no-stale-establishment", 9),
        ("three-way/crash", "no-stale-establishment", 7),
    ],
)
def test_a_host_that_crashes_has_to_keep_quiet(model: str, claim: str, length: int) -> None:
    """It uses an ISN again that it forgot; what is in flight of the old connection fits the new one (§3.4.3)."""
    assert decided(claim, TWO, model=model).outcome is Outcome.HOLDS
    verdict = decided(claim, TWO, model=model, quiet_time=False)
    trace = verdict.trace
    assert trace is not None
    assert len(trace) == length
    crashed = "server" if model.endswith("server-crash") else "client"
    assert f"{crashed}_crashes" in {step.action for step in trace.steps}
    first, second = isns(trace, crashed)
    assert first == second


def test_quiet_time_is_for_who_crashes() -> None:
    """Elsewhere nothing changes, neither the states nor what is declared."""
    with_it, without = (decided("agreement", TWO, quiet_time=quiet) for quiet in (True, False))
    assert with_it.counts.states == without.counts.states
    expectation = expect("holds", "agreement", within=("", "crash"))
    forgets = Assumptions(quiet_time=False)
    assert expectation.covers("agreement", COMPOSITIONS[""], DEFAULT, forgets)
    assert not expectation.covers("agreement", COMPOSITIONS["crash"], DEFAULT, forgets)


# -- every engine, every handshake ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("isn", CHOICES["isn"])
def test_every_composition_can_be_built(isn: str) -> None:
    """Within a scope and without one; where a choice asks the network, the network may not keep everything."""
    for spec in SPECIFICATIONS.values():
        for scope in (DEFAULT, UNBOUNDED):
            for assumptions in (Assumptions(isn=isn), Assumptions(isn=isn, quiet_time=False, abort_established=False)):
                system = spec.build(scope, assumptions)
                asks = isn == "unmentioned" or (
                    isn in ("unacknowledged", "unpaired") and not spec.name.endswith("/simultaneous")
                )
                assert bool(why_not_kept(system)) == asks, spec.name


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_nothing_is_declared_where_nobody_looked(handshake: str) -> None:
    """What is declared under unusual assumptions comes out; under the others nothing is declared."""
    spec = SPECIFICATIONS[handshake]
    for isn in REPEATING[1:]:
        assert {spec.declared(claim.name, DEFAULT, Assumptions(isn=isn)) for claim in spec.claims} == {None}
    for assumptions in (Assumptions(isn="clock"), Assumptions(isn="arbitrary"), Assumptions(abort_established=False)):
        verdicts = decide(spec, spec.claims, Setting(DEFAULT, assumptions))
        assert any(v.question.expected is not None for v in verdicts)
        assert [v.question.claim.name for v in verdicts if v.surprising] == []
        assert {v.counts.network for v in verdicts} == {KEPT_EVERYTHING}


class OwnIsn(ThreeWay):
    """A server that asks nobody which ISN it may take."""

    name = "own-isn"

    def fresh_isn(self, tcb, answered=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG002
        return choose("isn", SEQ, among=(300, 400)), literal(1, SEQ) == 1


def test_a_handshake_that_does_not_ask_is_told_so() -> None:
    with pytest.raises(NotationError, match=r"self\.fresh_isn\(tcb, segment\)"):
        specification(OwnIsn).build(DEFAULT, Assumptions(isn="unpaired"))


# -- the lattice ---------------------------------------------------------------------------------------------------------------


def test_the_lattice_of_a_small_scope() -> None:
    """Every cell is as it is when it is asked for alone, and what follows is not searched."""
    spec = SPECIFICATIONS["three-way"]
    found = lattice(spec, spec.claim["agreement"], Setting(ONE))
    assert [(c.assumptions.isn, c.assumptions.seq_check) for c in found.cells] == [(i, q) for i in ISN for q in SEQ_CHECK]
    for cell in found.cells:
        verdict = decided("agreement", ONE, isn=cell.assumptions.isn, seq_check=cell.assumptions.seq_check)
        assert verdict.outcome is cell.outcome
        assert (cell.verdict is None) == (cell.assumptions.isn in ("unmentioned", "clock"))
        if cell.verdict is not None:
            assert (cell.verdict.trace is None) == (verdict.trace is None)
            assert len(cell.verdict.trace or ()) == len(verdict.trace or ())
    (minimal,) = found.minimal
    assert (minimal.assumptions.isn, minimal.assumptions.seq_check) == ("unpaired", "none")
    (below,) = found.just_below(minimal)
    assert (below.assumptions.isn, below.outcome) == ("unacknowledged", Outcome.VIOLATED)


def test_the_command_shows_counterexamples_that_can_be_had(ask: Ask) -> None:
    words = ("assumptions", "three-way", "agreement", "--scope", "default,attempts=1,data=0")
    answer = ask(*words)
    assert (answer.code, answer.err) == (0, "")
    assert max(map(len, answer.out.splitlines())) <= 80
    (record,) = [json.loads(ask(*words, "--json").out)]
    assert len(record["sets"]) == len(ISN) * len(SEQ_CHECK)
    for below in record["below"]:
        assert " ".join(below["command"].split()) in " ".join(answer.out.replace("\\\n", "").split())
        trace = ask(*below["command"].split()[1:])
        assert trace.code == 0
        (decided_as,) = [
            s["decided"] for s in record["sets"] if (s["isn"], s["seq_check"]) == (below["isn"], below["seq_check"])
        ]
        assert f"{decided_as['trace_length']} steps" in trace.out.splitlines()[0]


def test_a_search_that_is_cut_short_leaves_sets_unsettled(ask: Ask) -> None:
    answer = ask("assumptions", "three-way", "agreement", "--max-states", "500")
    assert answer.code == 20
    assert "Not decided: " in answer.out


def test_a_claim_that_fails_everywhere(ask: Ask) -> None:
    answer = ask("assumptions", "two-way", "agreement")
    assert answer.code == 0
    assert "No set suffices." in answer.out


def test_a_scope_that_goes_back_has_no_clock(ask: Ask) -> None:
    answer = ask("assumptions", "two-way", "agreement", "--scope", "backwards,data=0")
    assert answer.code == 0
    assert "clock" not in answer.out


@pytest.mark.parametrize(
    "words",
    [
        ("assumptions", "three-way", "agreement", "--isn", "clock"),
        ("assumptions", "three-way", "agreement", "--seq-check", "none"),
        ("assumptions", "model/tutorials/mutual_exclusion.py", "exclusion"),
        ("check", "three-way", "agreement", "--isn", "arbitary"),
        ("check", "three-way", "agreement", "--isn", "clock", "--scope", "backwards"),
        ("check", "model/tutorials/mutual_exclusion.py", "--no-quiet-time"),
    ],
)
def test_mistakes_are_answered_in_one_sentence(ask: Ask, words: tuple[str, ...]) -> None:
    answer = ask(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("synproof: ")
    assert answer.err.count("\n") == 1


# -- other commands ------------------------------------------------------------------------------------------------------------


def test_a_trace_with_a_reused_isn_is_a_scenario(ask: Ask, tmp_path: Path) -> None:
    """It is played under the assumption, and not possible without."""
    path = tmp_path / "reused.json"
    path.write_text(ask("trace", "three-way", "agreement", "--isn", "arbitrary", "--json").out, encoding="utf-8")
    again = ask("scenario", str(path), "--isn", "arbitrary")
    assert (again.code, again.err) == (0, "")
    assert "agreement" in again.out
    assert ask("scenario", str(path)).code == 1
    explained = ask("explain", "three-way", "--after", str(path), "--isn", "arbitrary")
    assert (explained.code, explained.err) == (0, "")


@pytest.mark.parametrize("isn", CHOICES["isn"])
def test_models_are_shown_and_exported_however_isns_are_chosen(ask: Ask, isn: str) -> None:
    for words in (("show",), ("export", "--to", "tla"), ("export", "--to", "promela", "--scope", "small,answers=2,data=0")):
        answer = ask(words[0], "three-way", *words[1:], "--isn", isn)
        assert (answer.code, answer.err) == (0, "")


def test_every_verdict_says_what_it_was_decided_under(ask: Ask) -> None:
    answer = ask("check", "three-way", "agreement", "--isn", "arbitrary", "--no-abort-established", "--no-quiet-time")
    assert answer.code == 12
    said = " ".join(answer.out.split())
    assert "isn=arbitrary" in said
    assert "abort_established=false, quiet_time=false" in said
