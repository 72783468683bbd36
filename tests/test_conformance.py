"""Every engine gives every toy system its known answer.

An engine that passes understands each feature of the notation, alone. That features also go together is what
``test_random_systems`` is for.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from checker.explicit.search import search
from checker.host.limits import Limits, Strategy
from checker.runs.graph import GraphTooLargeError, shortest_witness, state_graph
from checker.symbolic.bmc import bounded_search
from model.notation.analysis import substitute
from model.notation.expr import FALSE, TRUE, conj, ite, lift
from model.notation.interpreter import Interpreter, State
from model.notation.sorts import BOOL, SEQ, Nat, Relation
from model.notation.system import Action, TransitionSystem, Variable, choose, draw
from properties.observe import Check, Monitored
from tests import toy_networks, toys
from tests.naive import explore, replay, seen_in
from tests.toys import LABELLED, LETTER, NUMBER, NUMBERS, Toy, start, watch

TOYS = {toy.name: toy for toy in (*toys.TOYS, *toy_networks.TOYS)}
NEVER = "never"
ENDING = Limits(states=1000, seconds=60)
"""More than any toy needs: a faulty engine must not keep a test from ending."""


every_toy = pytest.mark.parametrize("toy", TOYS.values(), ids=TOYS)


def never_decided(toy: Toy) -> Monitored:
    """Return the toy with one more check, which no step decides: so an engine does not end when it has found the goal."""
    return replace(toy.monitored, checks=(*toy.monitored.checks, Check(NEVER, trigger=toy.check.trigger)))


@every_toy
def test_naive_search_confirms_the_answers(toy: Toy) -> None:
    """Catches a slip in the reasoning about a toy, or a change in the reference semantics."""
    found = explore(toy.monitored)
    assert (found.states, found.transitions, found.depth) == (toy.states, toy.transitions, toy.depth)
    assert found.shortest.get("goal") == toy.stop
    assert ("goal" in found.triggered) == toy.triggered


@every_toy
def test_explicit_search_counts_exactly(toy: Toy) -> None:
    """Catches a step or a state that compiled code adds, misses or counts twice, with checks to watch and without."""
    asked = (replace(toy.monitored, checks=()), never_decided(toy))
    for monitored, strategy in product(asked, (None, Strategy(handover=1), Strategy(2, handover=1, words=2))):
        found = search(monitored, ENDING, strategy=strategy)
        assert found.complete
        assert found.reason == ""
        assert (found.counts.states, found.counts.transitions, found.counts.depth) == (toy.states, toy.transitions, toy.depth)
    taken = {step.action for state in reachable(toy) for step in Interpreter(toy.monitored.system).steps(state)}
    assert set(found.counts.never_taken) == {a.name for a in toy.monitored.system.actions} - taken
    assert (NEVER in found.triggered) == toy.triggered


@every_toy
def test_explicit_search_finds_a_shortest_run(toy: Toy) -> None:
    """Catches a goal that is missed, found too late, or reported with a run that the system does not have."""
    found = search(toy.monitored, ENDING)
    if toy.stop is None:
        assert found.schedules == {}
        assert found.complete
        return
    assert len(found.schedules["goal"]) == toy.stop
    replay(toy.monitored, found.schedules["goal"], toy.check)
    assert search(toy.monitored, Limits(depth=toy.stop)).schedules == found.schedules
    assert search(toy.monitored, Limits(depth=toy.stop - 1)).schedules == {}


@every_toy
def test_bounded_search_finds_a_shortest_run(toy: Toy) -> None:
    """Catches an operator lowered wrongly, or a run that pruning leaves out although it is needed."""
    last = toy.depth + 1
    found = bounded_search(never_decided(toy), Limits(depth=last))
    assert found.counts.depth == last
    assert found.reason != ""
    lengths = {name: len(schedule) for name, schedule in found.schedules.items()}
    assert lengths == ({"goal": toy.stop} if toy.stop else {})
    assert ("goal" in found.triggered, NEVER in found.triggered) == (toy.triggered, toy.triggered)
    if toy.stop is not None:
        replay(toy.monitored, found.schedules["goal"], toy.check)
        alone = bounded_search(toy.monitored, Limits(depth=last))
        assert (alone.counts.depth, alone.reason) == (toy.stop, "")
        assert bounded_search(toy.monitored, Limits(depth=toy.stop - 1)).schedules == {}


@every_toy
def test_state_graph_has_every_state_and_step(toy: Toy) -> None:
    """Catches steps that share an edge, and a witness that is not a shortest one or cannot be taken."""
    system = toy.monitored.system
    graph = state_graph(system, max_states=toy.states)
    assert graph.number_of_nodes() == toy.states
    assert graph.number_of_edges() == toy.transitions

    def decides(state: State) -> bool:
        return any(seen_in(system, toy.check.stop, state, step) for step in Interpreter(system).steps(state))

    witness = shortest_witness(graph, decides)
    if toy.stop is None:
        assert witness is None
        return
    assert witness is not None
    assert len(witness) == toy.stop - 1
    state = Interpreter(system).initial()
    for action, arguments in witness:
        state = Interpreter(system).take(state, action, arguments).state
    assert decides(state)


def test_state_graph_refuses_to_grow_beyond_its_limit() -> None:
    """Catches a limit that is off by one, or not looked at."""
    toy = TOYS["members"]
    assert state_graph(toy.monitored.system, max_states=toy.states).number_of_nodes() == toy.states
    with pytest.raises(GraphTooLargeError, match="more than 7 states"):
        state_graph(toy.monitored.system, max_states=toy.states - 1)


def reachable(toy: Toy) -> list[State]:
    """Return the states of a toy, as the interpreter has them."""
    found = explore(toy.monitored)
    return [dict(zip(found.variables, values, strict=True)) for values in found.found]


# -- what the toys do not say ------------------------------------------------------------------------------------------


def test_candidates_bound_the_search_and_not_the_meaning() -> None:
    """Catches a symbolic engine that is confined to a scope's numbers, or a replay that refuses any other."""
    x = Variable("x", SEQ, 0)
    p = choose("p", SEQ, among=(100, 200))
    takes = Action("takes", updates={"x": p.value}, parameters=(p,))
    goal = Check("goal", {"takes": (x.value != 100) & (x.value != 200) & (x.value - 1000 == 2**32 - 1)})
    monitored = Monitored(TransitionSystem("open", (x,), (takes,)), (goal,))
    assert search(monitored).schedules == {}
    schedule = bounded_search(monitored, Limits(depth=3)).schedules["goal"]
    assert schedule[0] == ("takes", {"p": 999})
    replay(monitored, schedule, goal)


def test_each_check_is_decided_by_a_shortest_run_of_its_own() -> None:
    """Catches a search that ends with the first check decided, or that mixes up which step decides which check."""
    n = Variable("n", Nat(5), 0)
    rises = Action("rises", updates={"n": n.value + 1})
    looks = Action("looks")
    checks = (
        Check("three", {"looks": n.value == 3}, {"rises": n.value == 2}),
        Check("one", {"looks": n.value == 1, "rises": n.value == 4}),
        Check("none", {"looks": FALSE}, {"looks": n.value > 5 - 1}),
        Check("at_once", {"rises": TRUE}),
    )
    monitored = Monitored(TransitionSystem("ladder", (n,), (rises, looks)), checks)
    for schedules, triggered in (
        ((found := search(monitored)).schedules, found.triggered),
        ((bounded := bounded_search(monitored, Limits(depth=7))).schedules, bounded.triggered),
    ):
        assert {name: len(schedule) for name, schedule in schedules.items()} == {"three": 4, "one": 2, "at_once": 1}
        assert triggered == {"three", "none"}
        for check in checks[:2] + checks[3:]:
            replay(monitored, schedules[check.name], check)


@pytest.mark.parametrize("depth", range(6))
def test_limit_of_depth_counts_steps(depth: int) -> None:
    """Catches a limit of depth that explores one layer too few or too many, or that passes for the end."""
    toy = TOYS["members"]
    bare = replace(toy.monitored, checks=())
    found, naive = search(bare, Limits(depth=depth)), explore(bare, depth)
    assert (found.counts.states, found.counts.transitions, found.counts.depth) == (naive.states, naive.transitions, naive.depth)
    assert found.complete == naive.complete == (depth > toy.depth)
    assert ("depth" in found.reason) == (not found.complete)


def test_limit_of_states_ends_the_search_with_a_reason() -> None:
    """Catches a search cut short that passes for a complete one."""
    toy = TOYS["chosen_values"]
    found = search(replace(toy.monitored, checks=()), Limits(states=3))
    assert not found.complete
    assert "3 states" in found.reason


def test_limit_of_time_ends_both_searches_with_a_reason() -> None:
    """Catches a search without end, or one cut short that passes for a complete one."""
    x = Variable("x", SEQ, 0)
    endless = TransitionSystem("endless", (x,), (Action("counts", updates={"x": x.value + 1}),))
    monitored = Monitored(endless, (Check("goal", {"counts": x.value == 2**31}),))
    found = search(monitored, Limits(seconds=0.1))
    assert not found.complete
    assert "time limit" in found.reason
    assert found.schedules == {}
    bounded = bounded_search(monitored, Limits(seconds=0.1))
    assert "time limit" in bounded.reason
    assert bounded.schedules == {}


def test_a_system_may_be_nothing_but_a_network() -> None:
    """Catches generated code that takes it for granted that there is some other variable."""
    bag = Variable("bag", NUMBERS, frozenset({(0,), (1,)}))
    row = draw("row", bag.value)
    takes = Action("takes", updates={"bag": bag.value.remove(*row.row)}, parameters=(row,))
    monitored = Monitored(TransitionSystem("bag", (bag,), (takes,)), (Check("goal", {"takes": row.row.n == 1}),))
    assert len(bounded_search(monitored, Limits(depth=2)).schedules["goal"]) == 1
    assert len(search(monitored).schedules["goal"]) == 1
    assert (search(replace(monitored, checks=())).counts.states, search(replace(monitored, checks=())).counts.transitions) == (
        4,
        4,
    )


def test_a_system_may_do_nothing() -> None:
    """Catches generated code that takes it for granted that there is some action."""
    monitored = Monitored(TransitionSystem("rest", (Variable("x", SEQ, 7),), ()), (Check("goal"),))
    assert bounded_search(monitored, Limits(depth=2)).schedules == {}
    found = search(monitored)
    assert (found.counts.states, found.counts.transitions, found.complete) == (1, 0, True)


@pytest.mark.parametrize("conditions", [20, 90, 150])
def test_a_guard_may_have_many_conditions(conditions: int) -> None:
    """Catches generated code that Python cannot nest so deep."""
    n = Variable("n", Nat(200), 0)
    rises = Action("rises", guard=conj(*(n.value != 200 - k for k in range(conditions))), updates={"n": n.value + 199})
    monitored = Monitored(TransitionSystem("strict", (n,), (rises,)))
    assert search(monitored).counts.states == explore(monitored).states == 2


@pytest.mark.parametrize("additions", [20, 80, 250])
def test_a_formula_may_be_deep(additions: int) -> None:
    """Catches generated code that Python cannot parse."""
    x = Variable("x", SEQ, 0)
    further = x.value
    for _ in range(additions):
        further = further + 1
    runs = Action("runs", guard=x.value == 0, updates={"x": further})
    monitored = Monitored(TransitionSystem("far", (x,), (runs,)), (Check("goal", {"runs": further == additions}),))
    assert search(replace(monitored, checks=())).counts.states == 2
    assert len(bounded_search(monitored, Limits(depth=2)).schedules["goal"]) == 1


NAMES = (
    "x", "row", "row_0", "rows", "rows_0", "members", "members_0", "begin", "state", "bit", "pool", "from", "not", "last",
    "action", "range", "min", "any", "steps", "a.b", "a b", "a'", "stop goal", "slot of its_drawn", "its_flag_0", "v0_its_flag",
    "p0_x",
)  # fmt: skip


KINDS = ("flag", "counter", "relation", "parameter", "drawn")


@pytest.mark.parametrize(
    ("name", "kind"),
    [(n, k) for n in NAMES for k in KINDS],
)
def test_no_name_has_a_meaning(name: str, kind: str) -> None:
    """Catches a name of the model's that an engine takes for one of its own."""
    called = {k: name if k == kind else f"its_{k}" for k in KINDS}
    flag = Variable(called["flag"], BOOL, True)
    counter = Variable(called["counter"], NUMBER, 0)
    relation = Variable(called["relation"], Relation((("n", NUMBER),)), frozenset({(0,)}))
    bag = Variable("bag", NUMBERS, frozenset({(0,), (1,)}))
    p, q = choose(called["parameter"], NUMBER), draw(called["drawn"], bag.value)
    other = relation.value.exists(lambda r: (r.n != counter.value) & relation.value.forall(lambda s: s.n == r.n))
    actions = (
        Action("takes", guard=flag.value & (q.row.n == 0), updates={"bag": bag.value.remove(*q.row)}, parameters=(p, q)),
        Action(
            "sets",
            guard=flag.value | (p.value != counter.value),
            updates={
                flag.name: ~flag.value,
                counter.name: p.value,
                relation.name: relation.value.remove(p.value).add(counter.value + 1),
            },
            parameters=(p,),
        ),
        Action("looks", guard=other & ~flag.value),
    )
    variables = (flag, counter, relation, bag)
    first_of = {"flag": flag, "counter": counter, "relation": relation}.get(kind, flag)
    system = TransitionSystem("named", (first_of, *(v for v in variables if v is not first_of)), actions)
    goal = Check("goal", {"looks": (counter.value == 0) & ~relation.value.has(0)})
    monitored = Monitored(system, (goal, Check(NEVER, trigger={"takes": p.value == 1})))
    naive = explore(monitored)
    found = search(monitored)
    assert (found.counts.states, found.counts.transitions, found.counts.depth) == (naive.states, naive.transitions, naive.depth)
    bounded = bounded_search(monitored, Limits(depth=naive.shortest["goal"]))
    for schedules, triggered in ((found.schedules, found.triggered), (bounded.schedules, bounded.triggered)):
        assert {check: len(schedule) for check, schedule in schedules.items()} == naive.shortest
        assert triggered == naive.triggered
        replay(monitored, schedules["goal"], goal)


def test_a_quantifier_may_stand_within_itself() -> None:
    """Catches the rows of one quantifier taken for another's: a condition on a variable that the same condition updates."""
    (v, n), (w, numbers) = start("n", NUMBER, 0), start("numbers", NUMBERS, frozenset({(0,), (1,)}))
    doubled = numbers.exists(lambda r: (r.n == n) & numbers.exists(lambda s: s.n != r.n))
    after = substitute(doubled, {"n": ite(doubled, lift(1, NUMBER), lift(2, NUMBER))})
    sees = Action("sees", guard=after)
    monitored = watch("mirror", (v, w), (sees,), {"sees": TRUE})
    # n is 0, of which there is another number, so it would become 1, of which there is another too.
    assert explore(monitored).shortest == {"goal": 1}
    assert len(bounded_search(monitored, Limits(depth=1)).schedules["goal"]) == 1
    assert len(search(monitored).schedules["goal"]) == 1


def test_a_choice_may_be_called_like_a_cell_of_a_row() -> None:
    """Catches two parameters of different actions that are one unknown, and cannot have a value each."""
    bag, n = Variable("bag", NUMBERS, frozenset({(0,)})), Variable("n", NUMBER, 0)
    row, chosen = draw("row", bag.value), choose("row.n", NUMBER)
    draws = Action("draws", parameters=(row,))
    sets = Action("sets", updates={"n": chosen.value}, parameters=(chosen,))
    monitored = watch("alike", (bag, n), (draws, sets), {"draws": (n.value == 2) & (row.row.n == 0)})
    assert len(search(monitored).schedules["goal"]) == 2
    assert len(bounded_search(monitored, Limits(depth=3)).schedules["goal"]) == 2


def test_rows_are_drawn_from_what_is_meant_and_not_from_what_reads_alike() -> None:
    """Catches sources told apart by how they are printed: a name of a sort and a variable may be spelt alike."""
    (v, a), (w, letter) = start("A", LETTER, "B"), start("letter", LETTER, "B")
    (left, one), (right, two) = start("left", LABELLED, frozenset({("A", 0)})), start("right", LABELLED, frozenset({("B", 1)}))
    x, y = draw("x", ite(letter == "A", one, two)), draw("x", ite(letter == a, one, two))
    assert str(x.source) == str(y.source)
    actions = (Action("draws_right", parameters=(x,)), Action("draws_left", parameters=(y,)))
    stop = {"draws_right": x.row.n == 0, "draws_left": y.row.n == 1}
    trigger = {"draws_right": x.row.n == 1, "draws_left": y.row.n == 0}
    monitored = watch("alike", (v, w, left, right), actions, stop, trigger)
    assert explore(monitored).shortest == {}
    found, bounded = search(monitored), bounded_search(monitored, Limits(depth=2))
    assert (len(found.schedules), len(found.triggered)) == (0, 1)
    assert (len(bounded.schedules), len(bounded.triggered)) == (0, 1)
    seen = watch("alike", (v, w, left, right), actions[:2], {"draws_left": y.row.n == 0})
    assert len(bounded_search(seen, Limits(depth=2)).schedules["goal"]) == 1
