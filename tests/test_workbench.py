"""Several traces, simulation, explanations: what a model does, and why it does not do the rest."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from checker.decide import Setting, decide, several_traces
from checker.explicit.search import search
from checker.runs.explain import enabled, refusals
from checker.runs.simulate import simulate
from checker.runs.trace import run
from model.notation.expr import FALSE, TRUE
from model.notation.interpreter import Interpreter, State, cells, evaluate
from model.notation.network import connect, keeping_everything
from model.notation.sorts import Nat
from model.notation.system import Action, TransitionSystem, Variable
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from properties import CLAIMS, Seen, invariant, specify
from properties.claim import monitored
from properties.observe import Monitored
from properties.specification import SPECIFICATIONS, Specification
from tests.command_line import Ask
from tests.models import TUTORIALS, counter, model

DEFAULT = Setting(SCOPES["default"])


# -- several traces, and going on ----------------------------------------------------------------------------------------------


def test_traces_differ_in_what_is_done() -> None:
    spec, claim = SPECIFICATIONS["two-way"], CLAIMS["no-stale-establishment"]
    (verdict,) = decide(spec, [claim], DEFAULT)
    traces, _ = several_traces(spec, claim, DEFAULT, verdict, 6)
    assert len(traces) == 6
    assert len(traces[0]) == 4
    assert [len(t) for t in traces] == sorted(len(t) for t in traces)
    done = [Counter(step.action for step in trace.steps) for trace in traces]
    assert not any(a <= b for i, a in enumerate(done) for j, b in enumerate(done) if i != j)


def test_there_may_be_one_way_only(ask: Ask) -> None:
    """Under two-way, agreement fails as soon as a SYN arrives: whatever else is done contains that."""
    answer = ask("trace", "two-way", "agreement", "--traces", "3", "--scope", "small")
    assert answer.code == 0
    assert "There is no other" in answer.out
    assert answer.out.count("server_listens") == 1


def test_every_way_is_found_however_long() -> None:
    """Two ways to the same state share nothing but the last step: the longer one is no variation of the shorter."""
    at = Variable("at", Nat(3), 0)

    def moves(name: str, there: int, here: int) -> Action:
        return Action(name, guard=at.value == here, updates={"at": there})

    actions = (moves("a", 2, 0), moves("b", 1, 0), moves("c", 2, 1), moves("x", 0, 2))
    reached = invariant("never-back", at.value < 3, trigger=at.value == 1, when="it was on its way")
    back = replace(reached, watch=lambda step: Seen(stop=TRUE if step.action.name == "x" else FALSE, trigger=TRUE))
    spec = specify(TransitionSystem("ways", (at,), actions), [back])
    (verdict,) = decide(spec, spec.claims, DEFAULT)
    traces, every = several_traces(spec, spec.claims[0], DEFAULT, verdict, 5)
    assert [[step.action for step in trace.steps] for trace in traces] == [["a", "x"], ["b", "c", "x"]]
    assert every


def test_traces_of_a_witness_too(ask: Ask) -> None:
    answer = ask("trace", "three-way", "connection-possible", "--traces", "2", "--json")
    one, other = json.loads(answer.out)
    assert one["steps"] != other["steps"]


def test_to_keep_going_is_to_search_the_scope(ask: Ask) -> None:
    """All claims of two-way that are asked about are decided early; the bare state space has a known size."""
    words = ("check", "two-way", "agreement", "--scope", "small", "--json")
    (short,), (full,) = (json.loads(ask(*words, *more).out) for more in ((), ("--keep-going",)))
    system = keeping_everything(
        monitored(SPECIFICATIONS["two-way"].build(SCOPES["small"], Assumptions()), [CLAIMS["agreement"]]).system
    )
    every = search(Monitored(system))
    assert (full["states"], full["transitions"]) == (every.counts.states, every.counts.transitions)
    assert short["states"] < full["states"]
    assert (short["verdict"], short["trace"]) == (full["verdict"], full["trace"])


# -- simulation ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SPECIFICATIONS, "mutual_exclusion.py", "alternating_bit.py:reordering"])
def test_random_runs_are_runs(name: str) -> None:
    spec = model(name)
    system = spec.build(SCOPES["default"], Assumptions())
    done = simulate(system, seed=3, steps=12, runs=5)
    for schedule in done.runs:
        assert len(run(Monitored(system), schedule)) == len(schedule)
    assert sum(done.taken.values()) == sum(map(len, done.runs))
    assert sum(done.pairs.values()) == sum(len(schedule) + 1 for schedule in done.runs)


def test_a_seed_gives_the_same_runs_and_another_seed_others() -> None:
    system = SPECIFICATIONS["four-way"].build(SCOPES["default"], Assumptions())
    one, same, other = (simulate(system, seed=seed, steps=15, runs=3) for seed in (5, 5, 6))
    assert one == same
    assert one.runs != other.runs
    assert simulate(system, seed=5, steps=15, runs=1).runs == one.runs[:1]


def test_a_run_ends_where_there_is_no_step(ask: Ask) -> None:
    spec = counter(3, lambda n: invariant("below", n.value < 3, trigger=n.value == 1, when="it counted"))
    done = simulate(spec.build(SCOPES["default"], Assumptions()), seed=1, steps=10, runs=4)
    assert done.stuck == 4
    assert done.taken == {"counts": 12}


def test_simulate_counts_what_many_runs_did(ask: Ask) -> None:
    answer = ask("simulate", "two-way", "--runs", "20", "--steps", "10", "--seed", "2")
    assert answer.code == 0
    assert "20 random runs of at most 10 steps, seed 2" in answer.out
    taken = re.findall(r"^ +([\d,]+)  [a-z]+_[a-z_]+$", answer.out.replace("  release", "  a_release"), re.MULTILINE)
    assert sum(int(n.replace(",", "")) for n in taken) == 20 * 10
    pairs = re.findall(r"^ +([\d,]+)  ([A-Z-]+ / [A-Z-]+)$", answer.out, re.MULTILINE)
    assert sum(int(n.replace(",", "")) for n, _ in pairs) == 20 * 11
    assert re.search(r"^ +\d+  agreement$", answer.out, re.MULTILINE)


# -- explain -------------------------------------------------------------------------------------------------------------------


def states_along(spec: Specification, steps: int) -> Iterator[tuple[TransitionSystem, State]]:
    system = spec.build(SCOPES["default"], Assumptions())
    (schedule,) = simulate(system, seed=11, steps=steps, runs=1).runs
    trace = run(Monitored(system), schedule)
    for number in range(len(trace) + 1):
        yield system, trace.before(number)


def test_explain_tells_enabled_actions_from_others(ask: Ask) -> None:
    """Its two lists are those of the interpreter."""
    answer = ask("explain", "two-way", "--after", "agreement")
    spec = SPECIFICATIONS["two-way"]
    (verdict,) = decide(spec, [CLAIMS["agreement"]], DEFAULT)
    assert verdict.trace is not None
    system = connect(spec.build(SCOPES["default"], Assumptions()))
    state = {name: verdict.trace.end[name] for name in system.sorts}
    can = {step.action for step in Interpreter(system).steps(state)}
    enabled, _, refused = answer.out.partition("not enabled")
    refused = refused.partition("violates")[0]
    assert {a.name for a in system.actions if re.search(rf"\b{a.name}\b", enabled.partition("enabled")[2])} == can
    assert {a.name for a in system.actions if re.search(rf"\b{a.name}\b", refused)} == {a.name for a in system.actions} - can


def test_the_reasons_given_are_false_and_are_reason_enough() -> None:
    """Every part said to be false is false, with the values given; and an action with no such part is enabled."""
    for name in SPECIFICATIONS:
        for system, state in states_along(SPECIFICATIONS[name], 10):
            exact = connect(system)
            interpreter = Interpreter(exact)
            for action in exact.actions:
                found = refusals(interpreter, action, state)
                can = list(enabled(interpreter, action, state))
                choices = list(interpreter.choices(action, state))
                refused = [refusal for refusal in found if refusal.arguments is not None]
                assert len(can) + len(refused) == len(choices)
                for refusal in refused:
                    assert refusal.reasons
                    values = cells(action, refusal.arguments or {})
                    for reason in refusal.reasons:
                        assert not reason.holds
                        assert evaluate(reason.formula, state, values) is False


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("three-way", "server_receives_syn"), "network is empty, so there is no segment to take from it"),
        (("three-way", "client_sends_data"), r"client.state == ESTABLISHED is false \(client.state = CLOSED\)"),
        (("two-way", "--after", "stale-syn-early", "server_listens"), r"it needs server.state == CLOSED enabled$"),
        (("two-way", "--after", "agreement", "network_loses"), r"enabled with <SEQ=300><ACK=101><CTL=SYN,ACK>"),
        (
            ("three-way", "--after", "connection-possible"),
            r"reaches the goal of connection-possible.*client.irs == server.iss is true",
        ),
        (("three-way", "--after", "established-together"), r"violates established-together"),
        (("two-way", "--after", "blocked-syns", "--set", "syns=1"), r"step 4, server_receives_syn, violates no-stale"),
        (("two-way", "--after", "stale-syn"), r"step 11, server_receives_syn, violates no-stale-establishment"),
        (("two-way", "--after", "stale-syn"), r"The claim remembers: stale = true"),
        (("four-way", "--after", "client-agreement"), r"answered.has\(.*\) is false|~.*answered.has\(.*\) is true"),
    ],
)
def test_explain_says_what_is_false_and_with_what_values(ask: Ask, words: tuple[str, ...], said: str) -> None:
    answer = ask("explain", *words)
    assert (answer.code, answer.err) == (0, "")
    assert re.search(said, re.sub(r"\s+", " ", answer.out).strip())


def test_explain_after_a_file(ask: Ask, tmp_path: Path) -> None:
    """A trace written as JSON is a run to stand after; so is a random one."""
    path = tmp_path / "run.json"
    path.write_text(ask("trace", "two-way", "no-stale-establishment", "--json").out, encoding="utf-8")
    after_file, after_claim = (ask("explain", "two-way", "--after", run) for run in (str(path), "no-stale-establishment"))
    network = "network  server <SEQ=300><ACK=101><CTL=SYN,ACK>"
    assert network in after_file.out
    assert network in after_claim.out
    path.write_text(ask("simulate", "two-way", "--seed", "4", "--json").out, encoding="utf-8")
    assert "after 20 steps" in ask("explain", "two-way", "--after", str(path)).out


# -- mistakes ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("graph", "three-way", "--no-quotient"), 20, "more states than can be drawn"),
        (("graph", "three-way", "--max-states", "10"), 20, "more states than can be drawn"),
        (("graph", "three-way", "-o", "graph.png"), 2, "write FILE.dot, FILE.graphml, FILE.svg"),
        (("graph", "three-way", "-o", "no/such/place/graph.dot"), 74, "cannot be written"),
        (("graph", "three-way", "--claim", "agrement"), 2, "did you mean 'agreement'"),
        (("check", str(TUTORIALS / "mutual_exclusion.py"), "--scope", "small"), 2, "--scope is for handshakes"),
        (("check", str(TUTORIALS / "mutual_exclusion.py"), "--no-loss"), 2, "--no-loss is for handshakes"),
        (
            ("check", str(TUTORIALS / "mutual_exclusion.py"), "agreement"),
            2,
            "peterson is not asked agreement: it is about client",
        ),
        (("trace", "two-way", "agreement", "--engine", "bmc", "--traces", "2"), 2, "--traces is for covering and bfs"),
        (("check", "two-way", "--engine", "bmc", "--keep-going"), 2, "--keep-going is for covering, bfs and scc"),
        (("scenario", "stale-sin"), 2, "did you mean 'stale-syn'"),
        (("scenario", "blocked-syns", "--set", "syns"), 2, "write --set NAME=N"),
        (("explain", "two-way", "server_recieves_syn"), 2, "did you mean 'server_receives_syn'"),
        (("explain", "two-way", "--after", "stale-sin"), 2, "did you mean 'stale-syn'"),
        (("explain", "three-way", "--after", "agreement"), 2, "holds, so that there is no run"),
        (("explain", "three-way", "--after", "fig6", "--scope", "wrap"), 2, "fig6 has its own ISNs"),
        (("show", "two-way", "server_lisens"), 2, "did you mean 'server_listens'"),
        (("simulate", "two-way", "--seed", "x"), 2, "write a whole number"),
        (("simulate", "two-way", "--runs", "3", "--json"), 2, "--json is for one run"),
        (("compare", "two-way", "two-wey"), 2, "did you mean 'two-way'"),
    ],
)
def test_a_mistake_is_answered_in_one_sentence(ask: Ask, words: tuple[str, ...], code: int, said: str) -> None:
    answer = ask(*words)
    assert answer.code == code
    assert answer.out == "" or "--json" in words  # a record says it as well
    assert said in answer.err
    assert answer.err.startswith("synproof: ")
    assert answer.err.count("\n") == 1


def test_a_schedule_that_is_not_possible_shows_its_run_so_far(ask: Ask) -> None:
    answer = ask("scenario", "lost-third-ack", "two-way")
    assert answer.code == 1
    assert "<CTL=SYN,ACK>" in answer.out
    assert "no segment in flight has ctl ACK" in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("words", [("scenario", "fig6"), ("explain", "two-way"), ("show", "four-way"), ("simulate", "two-way")])
def test_nothing_is_wider_than_a_terminal(ask: Ask, words: tuple[str, ...]) -> None:
    assert [line for line in ask(*words).out.splitlines() if len(line) > 80] == []
