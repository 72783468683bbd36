"""Models of one's own and the commands around them: what they decide, show, draw and say."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import networkx as nx
import pytest

from checker import files
from checker.decide import Setting, decide, several_traces
from checker.explain import enabled, refusals
from checker.explicit.search import search
from checker.graph import endpoint_states, mark_violations, quotient, searched_quotient, state_graph
from checker.limits import Limits
from checker.simulate import simulate
from checker.trace import run
from checker.verdict import Outcome
from model.assumptions import Assumptions
from model.expr import FALSE, TRUE, Expr, conj, conjuncts, negate
from model.interpreter import Interpreter, State, cells, evaluate
from model.network import connect, keeping_everything
from model.scope import SCOPES
from model.sorts import BOOL, Nat
from model.system import Action, TransitionSystem, Variable
from properties import CLAIMS, Seen, invariant, reachable, specify
from properties.claim import Claim, monitored
from properties.observe import Monitored
from properties.specification import SPECIFICATIONS, Specification
from reports.document import chooses, document, groups, in_heading
from tests.command_line import Ask

ROOT = Path(__file__).parents[1]
TUTORIALS = ROOT / "model" / "tutorials"
SMALL = Setting(SCOPES["small"])
DEFAULT = Setting(SCOPES["default"])


def tutorial(name: str) -> Specification:
    file, _, model = name.partition(":")
    return files.read(f"{TUTORIALS / file}" + (f":{model}" if model else ""))


# -- tutorials -------------------------------------------------------------------------------------------------------------

MODELS = ("credulous.py", "alternating_bit.py:in-order", "alternating_bit.py:reordering", "mutual_exclusion.py")


def test_every_tutorial_is_tested() -> None:
    assert {name.partition(":")[0] for name in MODELS} == {path.name for path in TUTORIALS.glob("*.py")}


@pytest.mark.parametrize("name", MODELS)
def test_a_tutorial_earns_the_verdicts_it_declares(name: str) -> None:
    spec = tutorial(name)
    for verdict in decide(spec, spec.claims, DEFAULT):
        assert verdict.question.expected is not None
        assert verdict.as_declared, verdict.question.claim.name
        assert not verdict.vacuous, verdict.question.claim.name


@pytest.mark.parametrize("name", MODELS)
def test_the_engines_agree_on_a_tutorial(name: str) -> None:
    """Where breadth-first search finds a shortest run of few steps, Z3 finds none that is shorter, and one as long."""
    spec = tutorial(name)
    for verdict in decide(spec, spec.asserted, DEFAULT):
        if verdict.trace is not None and len(verdict.trace) <= 6:
            depth = Limits(depth=len(verdict.trace))
            (other,) = decide(spec, [verdict.question.claim], Setting(SCOPES["default"], engine="bmc", limits=depth))
            assert other.trace is not None
            assert len(other.trace) == len(verdict.trace)


def test_the_alternating_bit_is_deceived_by_an_old_duplicate() -> None:
    """On a network that reorders, the last step delivers a message again whose bit has come round."""
    spec = tutorial("alternating_bit.py:reordering")
    (verdict,) = decide(spec, [spec.claim["delivered-in-order"]], DEFAULT)
    assert verdict.trace is not None
    delivered = [
        s.received.cells["message"] for s in verdict.trace.steps if s.action == "receiver_takes_message" and s.received
    ]
    assert delivered == [0, 1, 0]


def test_peterson_without_courtesy_is_no_mutual_exclusion(tmp_path: Path) -> None:
    """The tutorial's claim can fail: where nobody waits, both enter."""
    source = (TUTORIALS / "mutual_exclusion.py").read_text(encoding="utf-8")
    careless = source.replace("(~wants[other] | (first.value == me))", "(first.value != other)")
    never_waits = source.replace('(place[me] == "waiting") & (~wants[other] | (first.value == me))', 'place[me] == "waiting"')
    assert source not in (careless, never_waits)
    path = tmp_path / "careless.py"
    path.write_text(never_waits.replace('"peterson"', '"careless"'), encoding="utf-8")
    spec = files.read(str(path))
    verdict = {v.question.claim.name: v for v in decide(spec, spec.claims, DEFAULT)}["mutual-exclusion"]
    assert verdict.outcome is Outcome.VIOLATED
    assert verdict.trace is not None
    assert len(verdict.trace) == 6  # three steps of each


# -- claims about states ---------------------------------------------------------------------------------------------------


def counter(limit: int, claim: Callable[[Variable], Claim]) -> Specification:
    """Return a counter from 0 to ``limit``, with a claim about it."""
    n = Variable("n", Nat(limit + 1), 0)
    counts = Action("counts", guard=n.value < limit, updates={"n": n.value + 1})
    return specify(TransitionSystem("counter", (n,), (counts,)), [claim(n)])


@pytest.mark.parametrize("engine", ["bfs", "bmc"])
@pytest.mark.parametrize(("bound", "steps"), [(0, 0), (1, 1), (3, 3), (4, None)])
def test_an_invariant_is_checked_from_the_first_state_on(engine: str, bound: int, steps: int | None) -> None:
    """Always n < bound, while n counts to 3: false at the start for 0, after ``bound`` steps up to 3, never for 4."""
    spec = counter(3, lambda n: invariant("below", n.value < bound, trigger=n.value == 3, when="it counted to the end"))
    (verdict,) = decide(spec, spec.claims, Setting(SCOPES["default"], engine=engine, limits=Limits(depth=5)))
    assert (None if verdict.trace is None else len(verdict.trace)) == steps
    assert (verdict.outcome is Outcome.VIOLATED) is (steps is not None)


@pytest.mark.parametrize(("goal", "steps"), [(0, 0), (2, 2), (3, 3)])
def test_a_goal_may_be_met_at_the_start(goal: int, steps: int) -> None:
    spec = counter(3, lambda n: reachable("there", n.value == goal))
    (verdict,) = decide(spec, spec.claims, DEFAULT)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.trace is not None
    assert len(verdict.trace) == steps


def test_a_trigger_that_never_happens_makes_a_claim_vacuous() -> None:
    spec = counter(2, lambda n: invariant("small", n.value < 3, trigger=n.value == 1, when="n was 1"))
    met = counter(2, lambda n: invariant("small", n.value <= 2, trigger=(n.value == 2) & (n.value == 1), when="never"))
    assert decide(spec, spec.claims, DEFAULT)[0].exercised is True
    assert decide(met, met.claims, DEFAULT)[0].vacuous


# -- compare ---------------------------------------------------------------------------------------------------------------


def test_compare_shows_each_verdict_that_differs_with_its_trace(ask: Ask) -> None:
    answer = ask("compare", str(TUTORIALS / "credulous.py"), "three-way")
    assert (answer.code, answer.err) == (0, "")
    assert "5 verdicts differ between credulous and three-way." in answer.out
    differ = ("isn-acknowledged", "isn-paired", "client-agreement", "history-is-reset", "own-numbers")
    for claim in differ:
        assert f"{claim}: credulous violated, three-way holds" in answer.out
        assert f"credulous: {claim} violated" in answer.out
    assert answer.out.count("Step 6: ") == 3
    assert re.search(r"own-numbers +violated \(6\) +holds", answer.out)  # a claim of the file's, about every handshake


def test_compare_of_a_handshake_with_itself_in_other_words(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "same.py"
    path.write_text('from model.handshakes import ThreeWay\n\nclass Same(ThreeWay):\n    name = "same"\n', encoding="utf-8")
    answer = ask("compare", str(path), "three-way", "--scope", "small")
    assert answer.code == 0
    assert "No verdict differs between same and three-way." in answer.out
    counts = re.findall(r"([\d,]+ generated, [\d,]+ distinct states)", answer.out)
    assert len(counts) == 2
    assert len(set(counts)) == 1


def test_a_change_that_breaks_what_is_declared_is_an_error(ask: Ask, tmp_path: Path) -> None:
    """A derived handshake declares what its parent does; so 12 says that a change broke something."""
    source = (TUTORIALS / "credulous.py").read_text(encoding="utf-8")
    path = tmp_path / "hopeful.py"
    path.write_text(re.sub(r"    expects = \(.*?\n    \)\n", "", source, flags=re.DOTALL), encoding="utf-8")
    answer = ask("compare", str(path), "three-way")
    assert answer.code == 12
    assert re.search(r"client-agreement +violated \(6\) !", answer.out)


# -- several traces, and going on ------------------------------------------------------------------------------------------


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
    assert (full["states"], full["transitions"]) == (every.states, every.transitions)
    assert short["states"] < full["states"]
    assert (short["verdict"], short["trace"]) == (full["verdict"], full["trace"])


# -- simulation ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SPECIFICATIONS, "mutual_exclusion.py", "alternating_bit.py:reordering"])
def test_random_runs_are_runs(name: str) -> None:
    spec = SPECIFICATIONS[name] if name in SPECIFICATIONS else tutorial(name)
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


# -- explain ---------------------------------------------------------------------------------------------------------------


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


# -- show ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SPECIFICATIONS, *MODELS])
def test_show_has_every_action_and_every_variable(name: str) -> None:
    spec = SPECIFICATIONS[name] if name in SPECIFICATIONS else tutorial(name)
    system = spec.build(SCOPES["default"], Assumptions())
    text = document(spec, system)
    shown = Counter(n for names in re.findall(r"^ +\[(.*)\]$", text, re.MULTILINE) for n in names.split(", "))
    assert shown == Counter(action.name for action in system.actions)
    assert all(re.search(rf"^  {re.escape(v.name)} ", text, re.MULTILINE) for v in system.variables)
    assert {a.section for a in system.actions if a.section} <= set(re.findall(r"^(§[\d.]+)", text, re.MULTILINE))
    assert [line for line in text.splitlines() if len(line) > 80] == []


def test_show_reads_like_the_rfc() -> None:
    """Sentences of RFC 9293 §3.10.7.2 and §3.10.7.3: the order of the checks, their conditions, what is sent."""
    spec = SPECIFICATIONS["three-way"]
    text = document(spec, spec.build(SCOPES["default"], Assumptions()))
    listen = text.partition("LISTEN STATE")[2].partition("§")[0]
    assert re.search(
        r"First, the RST bit:.*If the RST bit is set:.*"
        r"Second, the ACK bit:.*If the ACK bit is set:.*Send <SEQ=SEG.ACK><CTL=RST>.*"
        r"Third, the SYN bit:.*If the SYN bit is set.*Enter SYN-RECEIVED.*Send <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>",
        listen,
        re.DOTALL,
    )
    sent = text.partition("SYN-SENT STATE")[2].partition("§")[0]
    assert "SEG.ACK =< ISS or SEG.ACK > SND.NXT" in sent
    assert "Set IRS to SEG.SEQ, RCV.NXT to SEG.SEQ + 1" in sent
    assert "<SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>" in text


@pytest.mark.parametrize("seq_check", ["exact", "window", "none"])
@pytest.mark.parametrize("name", [*SPECIFICATIONS, *MODELS, "slips"])
def test_a_guard_is_what_the_document_says(name: str, seq_check: str) -> None:
    """Heading, checks before and what is printed, taken together, are each guard again, part by part."""
    if name == "slips":  # guards that look like later checks, and are none
        p, q, r = (Variable(name, BOOL, False) for name in "pqr")
        guards = (q.value, r.value & ~q.value, ~q.value, ~(q.value & r.value), p.value | q.value)
        system = TransitionSystem("slips", (p, q, r), tuple(Action(f"does{i}", guard) for i, guard in enumerate(guards)))
    else:
        spec = SPECIFICATIONS[name] if name in SPECIFICATIONS else tutorial(name)
        system = spec.build(SCOPES["default"], Assumptions(seq_check=seq_check))
    for group in groups(system):
        before: list[Expr] = []
        for action, shown, follows in group.branches:
            said = {str(c) for c in shown} | {str(c) for c in conjuncts(action.guard) if in_heading(action, c)}
            if follows:
                said |= {str(c) for earlier in before for c in conjuncts(negate(earlier))}
            assert said == {str(c) for c in conjuncts(action.guard)}
            before.append(conj(*(c for c in shown if not chooses(action, c))))


@pytest.mark.parametrize(
    ("heading", "checks"),
    [
        # the checks of RFC 9293 §3.10.7.2 to §3.10.7.4; the third is security, the sixth URG and the eighth FIN, not modelled
        ("LISTEN STATE", "First, the RST bit; Second, the ACK bit; Third, the SYN bit"),
        ("SYN-SENT STATE", "First, the ACK bit; Second, the RST bit; Fourth, the SYN bit; Fifth, neither SYN nor RST"),
        (
            "ESTABLISHED STATE",
            "First, the sequence number; Second, the RST bit; Fourth, the SYN bit; Fifth, the ACK field; Seventh, the text",
        ),
    ],
)
def test_the_checks_are_numbered_as_in_the_rfc(heading: str, checks: str) -> None:
    spec = SPECIFICATIONS["three-way"]
    text = document(spec, spec.build(SCOPES["default"], Assumptions()))
    rule = text.partition(heading)[2].partition("§")[0]
    assert [c.replace(" segment", "") for c in re.findall(r"^   ([A-Z].*):$", rule, re.MULTILINE)] == checks.split("; ")
    assert "Always" not in text


def test_show_of_one_action_is_in_the_notation(ask: Ask) -> None:
    answer = ask("show", "three-way", "server_receives_syn")
    assert "server.rcv_nxt := segment.seq + 1" in answer.out
    assert "sends <SEQ=isn><ACK=segment.seq + 1><CTL=SYN,ACK>" in answer.out
    assert "events: server accepts, server answers" in answer.out


# -- graphs ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SPECIFICATIONS, "mutual_exclusion.py", "alternating_bit.py:in-order"])
def test_the_quotient_of_the_search_is_that_of_the_state_graph(name: str) -> None:
    """The one comes from the compiled search, the other from the interpreter and networkx."""
    spec = SPECIFICATIONS[name] if name in SPECIFICATIONS else tutorial(name)
    system = keeping_everything(spec.build(SCOPES["small"], Assumptions()))
    from_search, found = searched_quotient(Monitored(system))
    from_graph = quotient(state_graph(system), endpoint_states(system))
    assert found.complete
    sizes = [{node: data["size"] for node, data in graph.nodes(data=True)} for graph in (from_search, from_graph)]
    assert sizes[0] == sizes[1]
    assert set(from_search.edges(keys=True)) == set(from_graph.edges(keys=True))
    assert from_search.graph["initial"] == from_graph.graph["initial"]


def test_graphml_is_read_by_networkx(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "two-way.graphml"
    words = ("graph", "two-way", "--no-quotient", "--scope", "small", "--claim", "agreement", "-o", str(path))
    assert ask(*words).code == 0
    graph = nx.read_graphml(path, force_multigraph=True)
    system = keeping_everything(
        monitored(SPECIFICATIONS["two-way"].build(SCOPES["small"], Assumptions()), [CLAIMS["agreement"]]).system
    )
    every = search(Monitored(system))
    assert (len(graph), graph.number_of_edges()) == (every.states, every.transitions)
    wrong = [data["action"] for _, _, data in graph.edges(data=True) if data["violates"]]
    assert set(wrong) == {"server_receives_syn"}


def test_dot_is_what_graphviz_reads(ask: Ask, tmp_path: Path) -> None:
    """SVG is Graphviz's reading of the DOT. Without Graphviz the command says what to install."""
    path = tmp_path / "three-way.svg"
    answer = ask("graph", "two-way", "--claim", "no-stale-establishment", "-o", str(path))
    if shutil.which("dot") is None:
        assert answer.code == 2
        assert "install" in answer.err
        return
    assert answer.code == 0
    namespace = "{http://www.w3.org/2000/svg}"
    root = ET.parse(path).getroot()  # noqa: S314  # our own file
    groups = Counter(group.get("class") for group in root.iter(f"{namespace}g"))
    assert groups["node"] == 9 + 1  # the pairs of two-way, and the arrow's beginning
    texts = {element.text for element in root.iter(f"{namespace}text")}
    assert {"SYN-SENT", "ESTABLISHED", "server_receives_syn (!)"} <= {text.strip() for text in texts if text}


def test_the_violating_states_of_a_quotient_are_those_of_the_state_graph(ask: Ask) -> None:
    watched = monitored(SPECIFICATIONS["two-way"].build(SCOPES["small"], Assumptions()), [CLAIMS["agreement"]])
    exact = Monitored(keeping_everything(watched.system), watched.checks)
    drawn, _ = searched_quotient(exact)
    graph = state_graph(exact.system)
    mark_violations(graph, exact)
    classify = endpoint_states(exact.system)
    marked = {classify(data["state"]) for _, data in graph.nodes(data=True) if data["violates"]}
    assert marked
    assert {node for node, data in drawn.nodes(data=True) if data["violates"]} == marked


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("graph", "three-way", "--no-quotient"), 20, "more states than can be drawn"),
        (("graph", "three-way", "--max-states", "10"), 20, "more states than can be drawn"),
        (("graph", "three-way", "-o", "graph.png"), 2, "write FILE.dot, FILE.graphml, FILE.svg"),
        (("graph", "three-way", "-o", "no/such/place/graph.dot"), 2, "cannot be written"),
        (("graph", "three-way", "--claim", "agrement"), 2, "did you mean 'agreement'"),
        (("check", str(TUTORIALS / "mutual_exclusion.py"), "--scope", "small"), 2, "--scope is for handshakes"),
        (("check", str(TUTORIALS / "mutual_exclusion.py"), "--no-loss"), 2, "--no-loss is for handshakes"),
        (("check", str(TUTORIALS / "mutual_exclusion.py"), "agreement"), 2, "there is no claim 'agreement'"),
        (("trace", "two-way", "agreement", "--engine", "bmc", "--traces", "2"), 2, "--traces is for bfs"),
        (("check", "two-way", "--engine", "bmc", "--keep-going"), 2, "--keep-going is for bfs"),
        (("scenario", "stale-sin"), 2, "did you mean 'stale-syn'"),
        (("scenario", "lost-third-ack", "two-way"), 1, "no segment in flight has ctl ACK"),
        (("scenario", "blocked-syns", "--set", "syns"), 2, "write --set NAME=N"),
        (("explain", "two-way", "server_recieves_syn"), 2, "did you mean 'server_receives_syn'"),
        (("explain", "two-way", "--after", "stale-sin"), 2, "did you mean 'stale-syn'"),
        (("explain", "three-way", "--after", "agreement"), 2, "holds, so it has no trace"),
        (("explain", "three-way", "--after", "fig6", "--scope", "wrap"), 2, "fig6 has its own ISNs"),
        (("show", "two-way", "server_lisens"), 2, "did you mean 'server_listens'"),
        (("simulate", "two-way", "--seed", "x"), 2, "write a whole number"),
        (("simulate", "two-way", "--runs", "3", "--json"), 2, "--json is for one run"),
        (("compare", "two-way", "two-wey"), 2, "did you mean 'two-way'"),
    ],
)
def test_a_mistake_is_answered_in_one_sentence(ask: Ask, words: tuple[str, ...], code: int, said: str) -> None:
    answer = ask(*words)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert answer.err.startswith("synproof: ")
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("words", [("scenario", "fig6"), ("explain", "two-way"), ("show", "four-way"), ("simulate", "two-way")])
def test_nothing_is_wider_than_a_terminal(ask: Ask, words: tuple[str, ...]) -> None:
    assert [line for line in ask(*words).out.splitlines() if len(line) > 80] == []
