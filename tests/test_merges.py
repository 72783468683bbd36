"""Four-way with its two middle steps taken together, and three-way: the merge, the simulation, and what they come to."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from itertools import product

import pytest

from checker.decide import Setting
from checker.explicit.search import explore
from checker.host.limits import Limits
from checker.runs.graph import state_graph
from checker.runs.trace import run as run_of
from checker.simulation.behaviour import Explored
from checker.simulation.preorder import Behaviour, CutShortError, simulation, unanswered
from checker.simulation.relating import Related, relate, relations_of
from checker.verdict import Outcome
from model.notation import sequence
from model.notation.cases import Cases
from model.notation.expr import Expr, variable
from model.notation.interpreter import Interpreter, State, evaluate, key
from model.notation.network import keeping_everything
from model.notation.sequence import in_sequence, merged
from model.notation.sorts import BOOL, SEQ, Enum, NotationError, Value
from model.notation.system import Action, TransitionSystem, Variable, choose
from model.tcp.assumptions import Assumptions
from model.tcp.endpoint import EventKind, Response, Tcb
from model.tcp.handshakes import FourWay, Handshake
from model.tcp.merging import as_one_segment
from model.tcp.scope import SCOPES, scope_named
from model.tcp.segment import Segment
from properties.observe import Monitored
from properties.relations import RELATIONS, Relation, connections, endpoints, middle_steps_together
from properties.specification import SPECIFICATIONS, built_in, specification
from tests.command_line import Ask

MERGES = RELATIONS["four-way-merges"]
SPEC = SPECIFICATIONS["four-way"]

# -- simulation, on graphs with known answers ----------------------------------------------------------------------------------


def behaviour(shows: str, *edges: str) -> Behaviour:
    """Return a graph: a letter for what each state shows, and edges as "01", from state 0 to state 1."""
    return Behaviour(shows, [[int(edge[1]) for edge in edges if int(edge[0]) == state] for state in range(len(shows))])


LATE = behaviour("ibtc", "01", "12", "13")
"""Coin, then tea or coffee."""
EARLY = behaviour("ibbtc", "01", "02", "13", "24")
"""Coin, and with it the choice between tea and coffee."""
LINE, STUB = behaviour("iab", "01", "12"), behaviour("iaba", "01", "12", "03")
"""A line, and the line with a way that ends early: they simulate each other and are not bisimilar."""
DIRECT, DELAYED = behaviour("ab", "01"), behaviour("aab", "01", "12")
"""A change at once, and a change after a step that cannot be seen."""
DECIDED = behaviour("aaabc", "01", "02", "13", "24")
OPEN = behaviour("abc", "01", "02")
LOOP, CYCLE = behaviour("ab", "01", "10"), behaviour("aabb", "01", "12", "23", "30", "10", "32")

KNOWN = (
    ("a late choice does all that an early one does", EARLY, LATE, True, True),
    ("an early choice does not do what a late one does", LATE, EARLY, False, False),
    ("a line does what a line with a stub does", STUB, LINE, True, True),
    ("and the other way", LINE, STUB, True, True),
    ("a step that cannot be seen may come before one that can", DIRECT, DELAYED, True, False),
    ("and be left out", DELAYED, DIRECT, True, False),
    ("a decision that cannot be seen costs nothing, if nobody has to take it", OPEN, DECIDED, True, False),
    ("who decides without being seen is simulated by who does not", DECIDED, OPEN, True, False),
    ("circles that cannot be seen", CYCLE, LOOP, True, False),
    ("circles that nobody has to go round", LOOP, CYCLE, True, False),
    ("more than the other can show", behaviour("ab", "01"), behaviour("a"), False, False),
    ("less than the other can show", behaviour("a"), behaviour("ab", "01"), True, True),
    ("something else from the beginning", behaviour("a"), behaviour("b"), False, False),
)


@pytest.mark.parametrize(("why", "left", "right", "weak", "strong"), KNOWN, ids=[known[0] for known in KNOWN])
def test_known_answers(why: str, left: Behaviour, right: Behaviour, weak: bool, strong: bool) -> None:
    assert simulation(left, right).holds is weak
    assert simulation(left, right, weak=False).holds is strong


def test_what_simulates_both_ways_need_not_be_bisimilar() -> None:
    """In the stub's state 3 nothing is possible any more; in no state of the line that shows the same is that so."""
    assert simulation(LINE, STUB).holds
    assert simulation(STUB, LINE).holds
    assert naive(LINE, STUB, weak=False, both=True)[0, 0] is False
    assert naive(LATE, LATE, weak=False, both=True)[0, 0] is True


# -- simulation, against its definition ----------------------------------------------------------------------------------------


def unseen(graph: Behaviour, state: int) -> set[int]:
    reached = {state}
    for _ in graph.shows:
        reached |= {t for s in reached for t in graph.successors[s] if graph.shows[t] == graph.shows[state]}
    return reached


def answers(graph: Behaviour, state: int, shown: Hashable, *, weak: bool) -> set[int]:
    if not weak:
        return {t for t in graph.successors[state] if graph.shows[t] == shown}
    before = unseen(graph, state)
    if shown == graph.shows[state]:
        return before
    return {u for s in before for t in graph.successors[s] if graph.shows[t] == shown for u in unseen(graph, t)}


def naive(left: Behaviour, right: Behaviour, *, weak: bool, both: bool = False) -> dict[tuple[int, int], bool]:
    """Return the largest simulation (or bisimulation) as the definition has it: take out pairs until nothing changes."""
    pairs = {(s, t): left.shows[s] == right.shows[t] for s, t in product(range(len(left.shows)), range(len(right.shows)))}

    def goes(s: int, t: int) -> bool:
        forth = all(
            any(pairs[after, answer] for answer in answers(right, t, left.shows[after], weak=weak))
            for after in left.successors[s]
        )
        return forth and (
            not both
            or all(
                any(pairs[answer, after] for answer in answers(left, s, right.shows[after], weak=weak))
                for after in right.successors[t]
            )
        )

    while wrong := [pair for pair, related in pairs.items() if related and not goes(*pair)]:
        pairs |= dict.fromkeys(wrong, False)
    return pairs


def random_behaviour(chance: random.Random) -> Behaviour:
    size = chance.randint(1, 6)
    shows = [chance.choice("aab") if chance.random() < 0.8 else "c" for _ in range(size)]
    return Behaviour(["a", *shows[1:]], [chance.sample(range(size), chance.randint(0, min(3, size))) for _ in range(size)])


@pytest.mark.parametrize("weak", [True, False])
def test_random_graphs_against_the_definition(weak: bool) -> None:
    """The same pairs, not only the same answer; and where the left wins, a play in which each of its steps is right."""
    chance = random.Random(7)  # noqa: S311  # nothing is kept secret by it
    found = {True: 0, False: 0}
    for _ in range(400):
        left, right = random_behaviour(chance), random_behaviour(chance)
        expected, computed = naive(left, right, weak=weak), simulation(left, right, weak=weak)
        assert {pair for pair, related in expected.items() if related} == {pair for pair in expected if computed.has(*pair)}
        assert len(computed) == sum(expected.values())
        found[computed.holds] += 1
        if not computed.holds:
            s, t = 0, 0
            for step, answer in computed.play():
                assert step in left.successors[s]
                possible = answers(right, t, left.shows[step], weak=weak)
                assert not any(expected[step, a] for a in possible)
                assert (answer is None) is (not possible)
                if answer is not None:
                    assert answer in possible
                    s, t = step, answer
            assert answer is None
    assert min(found.values()) > 50


def words(graph: Behaviour, length: int) -> dict[str, int]:
    """Return all that runs of up to so many steps show, each state after which something changed, with the fewest steps."""
    found: dict[str, int] = {}
    at = {(0, str(graph.shows[0]))}
    for steps in range(length + 1):
        for _, word in at:
            found.setdefault(word, steps)
        at = {
            (after, word if graph.shows[after] == graph.shows[state] else word + str(graph.shows[after]))
            for state, word in at
            for after in graph.successors[state]
        }
    return found


def test_a_run_that_cannot_be_answered_is_one_and_none_is_shorter() -> None:
    chance = random.Random(11)  # noqa: S311  # nothing is kept secret by it
    found = {True: 0, False: 0}
    for _ in range(300):
        left, right = random_behaviour(chance), random_behaviour(chance)

        def steps(state: int, graph: Behaviour = left) -> Iterable[tuple[int, int]]:
            return ((after, after) for after in graph.successors[state])

        run = unanswered(0, steps, left.shows.__getitem__, right)
        shown, possible = words(left, 6), words(right, 12)
        missing = [length for word, length in shown.items() if word not in possible]
        if run is None:
            assert not missing
        elif len(run) <= 6:
            assert len(run) == min(missing)
            assert all(after in left.successors[state] for state, after in zip([0, *run], run, strict=False))
        found[run is None] += 1
        if simulation(left, right).holds:
            assert run is None
    assert min(found.values()) > 50


def test_a_choice_that_comes_too_early_has_no_such_run() -> None:
    """What can be shown, tea or coffee after a coin, is the same; only when it is settled differs."""

    def steps(state: int) -> Iterable[tuple[int, int]]:
        return ((after, after) for after in LATE.successors[state])

    assert unanswered(0, steps, LATE.shows.__getitem__, EARLY) is None
    play = list(simulation(LATE, EARLY).play())
    assert [step for step, _ in play] in ([1, 2], [1, 3])
    assert play[-1][1] is None


def test_it_ends_when_told_to() -> None:
    with pytest.raises(CutShortError):
        simulation(LATE, EARLY, goes_on=lambda: False)


# -- the merge -----------------------------------------------------------------------------------------------------------------


@cache
def four_way(scope: str = "small", **assumed: str | bool) -> TransitionSystem:
    return SPEC.build(scope_named(scope), Assumptions(**assumed))  # type: ignore[arg-type]


def reachable(system: TransitionSystem, most: int = 400) -> list[State]:
    """Return states that a system can reach, the nearest first."""
    interpreter = Interpreter(system)
    found = {key(interpreter.initial()): interpreter.initial()}
    states = [interpreter.initial()]
    for state in states:
        for step in interpreter.steps(state):
            if key(step.state) not in found and len(found) < most:
                found[key(step.state)] = step.state
                states.append(step.state)
    return states


def after(system: TransitionSystem, state: State, action: str) -> list[State]:
    """Return the states to which an action leads."""
    interpreter, named = Interpreter(system), system.named(action)
    chosen = [a for a in interpreter.choices(named, state) if interpreter.enabled(named, state, a)]
    return [interpreter.take(state, action, arguments).state for arguments in chosen]


def test_a_merged_action_is_the_second_after_the_first() -> None:
    """In every state, and with the same arguments: what comes out is what comes out of the two, one after the other."""
    apart, name = keeping_everything(four_way()), "server_receives_syn_and_sends_syn"
    together = keeping_everything(merged(four_way(), "server_receives_syn", "server_sends_syn"))
    assert {"server_receives_syn", "server_sends_syn"} & together.action.keys() == set()
    taken = 0
    for state in reachable(apart):
        expected = [b for a in after(apart, state, "server_receives_syn") for b in after(apart, a, "server_sends_syn")]
        assert after(together, state, name) == expected
        taken += len(expected)
    assert taken > 3
    events = [event.kind for event in together.named(name).events]
    assert events == [EventKind.ACCEPTS, EventKind.ANSWERS]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("assumed", [{}, {"seq_check": "none"}])
def test_a_pair_is_taken_as_its_halves_are(assumed: dict[str, str], whole: bool) -> None:
    """In every state in which a SYN,ACK is there: what four-way's own client does with an ACK, and then with a SYN."""
    system = middle_steps_together(four_way("default,data=0", **assumed), whole=whole)
    apart, together = keeping_everything(four_way("default,data=0", **assumed)), keeping_everything(system)
    client, done = Interpreter(together), set[str]()
    _, explorer, pools = explore(Monitored(together, ()))
    nodes = [(control, pool) for control, found in pools.items() for pool in sorted(found)]
    chosen = random.Random(3).sample(nodes, 100)  # noqa: S311  # nothing is kept secret by it
    for state in (explorer.state(*node) for node in chosen):
        for segment in segments(state, "SYN,ACK"):
            for action in together.actions:
                if action.receives and action.by == "client":
                    given = {action.receives: segment}
                    for arguments in client.choices(action, state, given):
                        if client.enabled(action, state, arguments):
                            done.add(action.name)
                            assert own(client.take(state, action.name, arguments).state) == own(
                                one_after_the_other(apart, state, segment, whole=whole)
                            )
    assert "client_receives_ack_before_syn_and_receives_syn_after_ack" in done
    assert ("client_resets_wrong_ack_with_its_syn" in done) is whole
    assert ("client_resets_wrong_ack_and_receives_syn_before_ack" in done) is not whole


def segments(state: State, ctl: str) -> list[tuple[Value, ...]]:
    network = state["network"]
    assert isinstance(network, frozenset)
    return [segment for segment in network if segment[4] == ctl]


def own(state: State) -> dict[str, Value]:
    """Return a state but for the ACKs, SYNs and pairs of the server, which the two systems send differently."""
    network = state["network"]
    assert isinstance(network, frozenset)
    return {**state, "network": frozenset(s for s in network if s[0] == "client")}


def one_after_the_other(system: TransitionSystem, state: State, pair: tuple[Value, ...], *, whole: bool) -> State:
    """Return what the client of ``system`` comes to that receives the ACK of a pair and then, if it is to, the SYN."""
    source, destination, seq, ack, _, data = pair
    for half in ((source, destination, seq, ack, "ACK", data), (source, destination, seq, 0, "SYN", data)):
        network = state["network"]
        assert isinstance(network, frozenset)
        here = {**state, "network": network | {half}}
        steps = [
            step for step in Interpreter(system).steps(here) if step.arguments.get("segment") == half
        ]  # what a client does with a segment is never left open here
        (step,) = steps
        state = step.state
        if whole and not system.named(step.action).does(EventKind.ACCEPTS, "client"):
            break
    return state


def test_what_cannot_be_merged_is_refused() -> None:
    with pytest.raises(NotationError, match="sends a SYN,ACK already"):
        as_one_segment(SPECIFICATIONS["three-way"].build(SCOPES["small"], Assumptions()))
    switch = Variable("on", BOOL, initial=False)
    toggle = Action("toggles", updates={"on": ~switch.value})
    with pytest.raises(NotationError, match="are not TCP's"):
        as_one_segment(TransitionSystem("switch", (switch,), (toggle,)))
    with pytest.raises(NotationError, match="no action"):
        merged(four_way(), "server_receives_syn", "server_sends_sin")
    colour = choose("colour", Enum("Colour", ("red", "blue")))
    number = choose("colour", SEQ, among=(1, 2))
    with pytest.raises(NotationError, match="choose 'colour' differently"):
        in_sequence(Action("first", parameters=(colour,)), Action("second", parameters=(number,)))


def test_an_action_can_be_merged_with_itself() -> None:
    switch = Variable("on", BOOL, initial=False)
    toggle = Action("toggles", updates={"on": ~switch.value})
    twice = merged(TransitionSystem("switch", (switch,), (toggle,)), "toggles", "toggles")
    (step,) = Interpreter(twice).steps(Interpreter(twice).initial())
    assert step.state == {"on": False}


# -- four-way merges -----------------------------------------------------------------------------------------------------------


def decided(relation: str = "four-way-merges", spec: str = "four-way", scope: str = "default", **assumed: object) -> Related:
    reduction = bool(assumed.pop("reduction", True))
    assumptions = Assumptions(**assumed)  # type: ignore[arg-type]
    return relate(SPECIFICATIONS[spec], RELATIONS[relation], Setting(scope_named(scope), assumptions, reduction=reduction))


SETTINGS: list[dict[str, object]] = [
    {},
    {"scope": "small,data=0", "reduction": False},  # with every loss and copy: the reduction changes no answer
    *[dict[str, object](seq_check=check, rfc5961=rfc) for check in ("exact", "window", "none") for rfc in (True, False)],
    {"closed_host": "silent"},
    {"loss": False},
    {"scope": "wrap", "seq_check": "window"},
    {"scope": "backwards", "seq_check": "window"},
    {"scope": "adjacent", "isn_spacing": "adjacent"},
    {"scope": "default,attempts=3"},
    {"spec": "four-way/crash"},
    {"spec": "four-way/crash", "seq_check": "window", "rfc5961": False},
]


SOME: list[dict[str, object]] = [
    {},
    {"seq_check": "window", "rfc5961": False},
    {"scope": "adjacent", "isn_spacing": "adjacent"},
    {"spec": "four-way/crash"},
]


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_four_way_merges(setting: dict[str, object]) -> None:
    result = decided(**setting)  # type: ignore[arg-type]
    assert (result.outcome, result.run, result.surprising) == (Outcome.HOLDS, None, False)
    assert all(side.simulated and side.pairs and side.distinct > 10 for side in result.sides)


@pytest.mark.parametrize("relation", [name for name, relation in RELATIONS.items() if not relation.asserted])
@pytest.mark.parametrize("setting", SOME, ids=str)
def test_the_others_are_violated_as_declared(relation: str, setting: dict[str, object]) -> None:
    result = decided(relation, **setting)  # type: ignore[arg-type]
    assert (result.outcome, result.surprising) == (Outcome.VIOLATED, False)
    assert [side.simulated for side in result.sides] == [False, True]  # three-way's runs it has; and others


def test_the_run_that_tells_four_way_from_three_way() -> None:
    """The halves in the other order. Nothing that three-way reaches looks like its end, by the interpreter's own graph."""
    result = decided("four-way-unmerged", scope="small")
    assert result.run is not None
    assert [step.action for step in result.run.steps][2:] == [
        "server_receives_syn",
        "server_sends_syn",
        "client_receives_syn_before_ack",
    ]
    three_way = SPECIFICATIONS["three-way"].build(scope_named("small,data=0"), Assumptions())
    graph = state_graph(keeping_everything(three_way))
    assert result.run.end["client.state"] == "SYN-RECEIVED"
    assert {node["state"]["client.state"] for _, node in graph.nodes(data=True)} == {"CLOSED", "SYN-SENT", "ESTABLISHED"}


@pytest.mark.parametrize("relation", [r for r in RELATIONS.values() if not r.asserted], ids=lambda r: r.name)
def test_a_play_is_a_run(relation: Relation) -> None:
    """What is shown where only the choices differ, and no run tells two systems apart: it can be replayed, step by step."""
    setting = (SCOPES["default" if relation.model == "four-way" else "small"], Assumptions())
    spec = built_in(relation.model)
    assert spec.composition is not None
    systems = [relation.left(spec.build(*setting)), built_in(spec.composition.of(relation.right)).build(*setting)]
    left, right = (Explored(system, relation.observed(system)) for system in systems)
    way = simulation(left.behaviour(10**5, lambda: True), right.behaviour(10**5, lambda: True))
    nodes = [left.nodes[state] for state, _ in way.play()]
    schedule = left.schedule(left.run_through(nodes))
    trace = run_of(Monitored(left.system), schedule, kept_everything=True)
    assert tuple(evaluate(e, trace.end) for e in relation.observed(left.system)) == left.shows(nodes[-1])


def test_two_segments_in_one_are_not_yet_one() -> None:
    result = decided("four-way-merges-halfway")
    assert result.run is not None
    assert [step.action for step in result.run.steps][-1] == "client_resets_wrong_ack_and_receives_syn_before_ack"
    assert decided("four-way-merges-halfway", scope="small").outcome is Outcome.HOLDS  # no old SYN, no wrong ACK


def compared(
    left: TransitionSystem, right: TransitionSystem, seen: Callable[[TransitionSystem], Sequence[Expr]]
) -> tuple[bool, bool]:
    """Return whether the right simulates the left, and the left the right, as far as ``seen``."""
    one, other = (Explored(system, seen(system)).behaviour(10**6, lambda: True) for system in (left, right))
    return simulation(one, other).holds, simulation(other, one).holds


def systems(scope: str) -> tuple[TransitionSystem, TransitionSystem]:
    three_way = SPECIFICATIONS["three-way"].build(scope_named(scope), Assumptions())
    return middle_steps_together(four_way(scope)), three_way


def more(*names: str) -> Callable[[TransitionSystem], Sequence[Expr]]:
    """Return what sees some variables of the TCBs as well."""
    return lambda system: (
        *endpoints(system),
        *(variable(f"{role}.{name}", SEQ) for role in system.views for name in names),
    )


def test_it_is_so_for_all_of_the_tcb_but_snd_una_where_no_text_is_sent() -> None:
    assert compared(*systems("default,data=0"), more("snd_nxt", "rcv_nxt")) == (True, True)
    assert compared(*systems("default,data=0"), more("snd_una")) == (False, True)  # a bare ACK is remembered in SYN-SENT
    assert compared(*systems("default"), more("rcv_nxt")) == (True, True)
    assert compared(*systems("default"), more("snd_nxt")) == (True, False)  # the text of the third segment


def test_four_way_unmerged_differs_in_what_connections_come_to_be() -> None:
    """Not only in the names of the states on the way: halves of two answers make a connection that three-way never has."""
    assert compared(*systems("default"), connections) == (True, True)
    result = decided("four-way-unmerged-connections")
    assert result.run is not None
    assert len(result.run) == 12
    assert [step.action for step in result.run.steps][8:] == [
        "server_is_reset_in_syn_received",
        "server_receives_syn",
        "client_receives_ack_before_syn",
        "client_receives_syn_after_ack",
    ]
    end = result.run.end
    assert (end["client.irs"], end["server.iss"]) == (300, 400)
    assert decided("four-way-unmerged-connections", scope="small").outcome is Outcome.HOLDS


def test_without_completing_states_the_answer_is_the_same() -> None:
    """The graph of the interpreter, state by state, instead of the one that is compared."""
    graphs = []
    for system in systems("small,data=0"):
        graph = state_graph(keeping_everything(system))
        numbers = {node: number for number, node in enumerate(graph)}
        seen = [tuple(evaluate(e, data["state"]) for e in endpoints(system)) for _, data in graph.nodes(data=True)]
        graphs.append(Behaviour(seen, [[numbers[n] for n in graph.successors(node)] for node in graph]))
    assert [len(graph.shows) for graph in graphs] == [152, 142]
    assert simulation(*graphs).holds
    assert simulation(*reversed(graphs)).holds


# -- mutants: a merge that is not three-way ------------------------------------------------------------------------------------


class ForgetsTheCheckOfTheAck(FourWay):
    name = "forgets-the-check-of-the-ack"

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().syn_sent(tcb, segment).without("resets_wrong_ack")


class AcknowledgesTheNextOctet(FourWay):
    name = "acknowledges-the-next-octet"

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        """Also when it sends it again; if only the first were wrong, the second would make up for it."""
        response = super().answer_syn(tcb, segment)
        (ack,) = response.sends
        return replace(response, sends=(replace(ack, ack=segment.seq + 2),)).set(tcb, rcv_nxt=segment.seq + 2)


class NeverTakesTheSyn(FourWay):
    name = "never-takes-the-syn"

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().syn_sent(tcb, segment).without("receives_syn_after_ack")


class EstablishesWithTheAck(FourWay):
    name = "establishes-with-the-ack"

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().syn_sent(tcb, segment).replacing("receives_ack_before_syn", lambda response: response.establish(tcb))


class ForgetsWhoseSynItWas(FourWay):
    name = "forgets-whose-syn-it-was"

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        return super().answer_syn(tcb, segment).set(tcb, irs=tcb.irs)


MUTANTS = (
    ForgetsTheCheckOfTheAck,
    AcknowledgesTheNextOctet,
    NeverTakesTheSyn,
    EstablishesWithTheAck,
    ForgetsWhoseSynItWas,
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_merge_with_a_fault_is_noticed(mutant: type[Handshake]) -> None:
    result = relate(specification(mutant), MERGES, Setting(SCOPES["default"]))
    assert result.outcome is Outcome.VIOLATED
    assert result.surprising
    assert result.run is not None


def test_a_merge_that_does_not_let_the_first_step_happen_before_the_second_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both at once, instead of one after the other: the client never has the ACK when it meets the SYN."""
    monkeypatch.setattr(sequence, "substitute", lambda e, _: e)
    assert relate(SPEC, MERGES, Setting(SCOPES["small"])).outcome is Outcome.VIOLATED


# -- the command ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("four-way-merges",), 0),
        (("four-way-merges", "connection-possible", "--scope", "small"), 0),
        (("four-way-unmerged", "--scope", "small"), 12),
        (("four-way-merges", "four-way-unmerged", "--scope", "small"), 12),
        (("four-way-merges", "--max-states", "20"), 20),
        (("four-way-merges", "--engine", "bmc"), 2),
        (("four-way-merges", "--max-depth", "9"), 2),
        (("four-way-merges", "--symmetry"), 2),
    ],
)
def test_check(ask: Ask, words: tuple[str, ...], code: int) -> None:
    answer = ask("check", "four-way", *words)
    assert answer.code == code
    assert bool(answer.out) is (code != 2)
    assert [line for line in answer.out.splitlines() if len(line) > 80] == []


def test_what_check_says(ask: Ask) -> None:
    said = ask("check", "four-way", "four-way-merges").out
    assert said.startswith("four-way: four-way-merges: holds\n")
    for part in ("state, ISS and IRS of both", "four-way merged: 1,157 states", "three-way: 1,650 states", "103,504 pairs"):
        assert part in said
    violated = ask("check", "four-way", "four-way-unmerged", "--scope", "small").out
    assert "three-way does not simulate four-way" in violated
    assert "5. client_receives_syn_before_ack" in violated


def test_records(ask: Ask) -> None:
    claim, holds, violated = ask(
        "check", "four-way", "four-way-merges", "four-way-unmerged", "numbering", "--scope", "small", "--json"
    ).records
    assert [r["claim"] for r in (claim, holds, violated)] == ["numbering", "four-way-merges", "four-way-unmerged"]
    assert [(r["kind"], r["verdict"], r["expected"]) for r in (holds, violated)] == [
        ("equivalence", "holds", "holds"),
        ("equivalence", "violated", "violated"),
    ]
    assert [side["simulated"] for side in violated["systems"]] == [False, True]
    assert violated["trace_of"] == "four-way"
    assert violated["trace"][-1] == "client_receives_syn_before_ack"
    assert holds["trace"] is None
    assert holds["states"] == sum(side["states"] for side in holds["systems"])


def test_a_limit_of_time_makes_it_unknown() -> None:
    result = relate(SPEC, MERGES, Setting(SCOPES["default"], limits=Limits(seconds=0)))
    assert result.outcome is Outcome.UNKNOWN
    assert "time limit of 0 s" in result.reason


def test_trace(ask: Ask) -> None:
    shown = ask("trace", "four-way", "four-way-unmerged", "--scope", "small")
    assert shown.code == 0
    assert "5. client_receives_syn_before_ack" in shown.out
    none = ask("trace", "four-way", "four-way-merges", "--scope", "small")
    assert (none.code, none.out) == (1, "")
    assert ask("trace", "four-way", "four-way-unmerged", "--json").code == 2


def test_relations_belong_to_their_handshake(ask: Ask) -> None:
    of_opening = {name for name, relation in RELATIONS.items() if relation.handshake == "four-way"}
    assert set(relations_of(SPEC)) == of_opening
    assert set(relations_of(SPECIFICATIONS["four-way/crash"])) == of_opening
    assert set(relations_of(built_in("three-way/lifecycle"))) == set(RELATIONS) - of_opening
    assert not relations_of(SPECIFICATIONS["three-way"])
    assert not relations_of(SPECIFICATIONS["four-way/simultaneous"])
    assert ask("check", "three-way", "four-way-merges").code == 2
    assert "four-way-merges" in ask("check", "four-way", "four-way-merge").err
    listed = ask("list").out
    assert all(name in listed for name in RELATIONS)
