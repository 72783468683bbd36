"""Claims of liveness: toys with known answers, an oracle that tries every set of states, and checkers that have to fail."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import checker.liveness.search
from checker.engine import Answer
from checker.explicit.explorer import Explorer
from checker.host.limits import Limits, Schedule, Strategy
from checker.liveness.components import Decomposition, by_machine_code, by_networkx, decompose, fair_components
from checker.liveness.region import Numbers, Region
from checker.liveness.search import find_lasso
from checker.runs.lasso import Lasso, replay_lasso, replay_trigger
from checker.runs.trace import ReplayError
from model.notation.expr import TRUE, Expr, Row, disj, ite, literal
from model.notation.interpreter import Interpreter, State, evaluate, key
from model.notation.network import connect
from model.notation.sorts import BOOL, Nat, Relation
from model.notation.system import Action, Network, TransitionSystem, Variable, choose, draw
from properties import Fairness, delivery, leads_to, strongly, weakly
from properties.claim import Claim, monitored
from properties.fairness import Per, Strength
from properties.observe import Monitored
from tests.command_line import Ask
from tests.liveness_toys import TOYS, LivenessToy
from tests.random_systems import networked_systems, plain_systems
from tests.test_random_systems import for_each

every_toy = pytest.mark.parametrize("toy", TOYS, ids=lambda toy: toy.name)
ENDING = Limits(states=20_000, seconds=60)
Fair = Callable[[Region, NDArray[np.bool_], Decomposition], Numbers]


def woven(system: TransitionSystem, claim: Claim) -> Monitored:
    """Return a system with a claim woven in, its network written out."""
    watched = monitored(system, [claim])
    return replace(watched, system=watched.exact)


def decided(system: TransitionSystem, claim: Claim, decomposed: Decomposition = decompose) -> tuple[Answer, Lasso | None]:
    """Decide a claim of liveness; a lasso that is found is replayed."""
    watched = woven(system, claim)
    (check,) = watched.checks
    found = find_lasso(watched, ENDING, decomposed=decomposed)
    assert found.complete
    if found.trigger is not None:
        replay_trigger(watched, check, found.trigger)
    return found, lasso_of(watched, found)


def lasso_of(watched: Monitored, found: Answer) -> Lasso | None:
    """Return the lasso that was found, replayed."""
    if not found.schedules:
        return None
    (check,) = watched.checks
    assert found.loop is not None
    return replay_lasso(watched, check, found.schedules[check.name], found.loop)


def gives_its_answer(toy: LivenessToy, decomposed: Decomposition = decompose) -> None:
    """Hold what is found against what is known of a toy."""
    _, lasso = decided(toy.system, toy.claim, decomposed)
    assert (None if lasso is None else (lasso.stem, lasso.cycle)) == toy.lasso
    assert (lasso is not None and lasso.deadlock) == toy.deadlock


@every_toy
@pytest.mark.parametrize("decomposed", [by_networkx, by_machine_code])
def test_every_toy_has_its_answer(toy: LivenessToy, decomposed: Decomposition) -> None:
    gives_its_answer(toy, decomposed)


# -- an oracle -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Edge:
    """A step between two states, by their numbers."""

    before: int
    after: int
    action: str
    received: object


@dataclass(frozen=True)
class Oracle:
    """The answer by trying every set of states: a run visits some set of states again and again, and any such set will do."""

    stem: int | None
    states: int


def oracle(system: TransitionSystem, claim: Claim, most: int = 10) -> Oracle | None:
    """Return the answer, or None where the system has more states than can be tried."""
    assert claim.leads_to is not None
    premise, goal = claim.leads_to.premise, claim.leads_to.goal
    states, edges, distance = explored(system, most)
    if not states:
        return None
    closed = {i for i, state in enumerate(states) if evaluate(goal, state) is True}
    begins = {i for i, state in enumerate(states) if evaluate(premise, state) is True} - closed
    inside = [edge for edge in edges if not {edge.before, edge.after} & closed]
    away = distances({i: distance[i] for i in begins}, inside)
    stem: int | None = None
    for size in range(1, len(away) + 1):
        for some in combinations(sorted(away), size):
            if is_fair(set(some), inside, edges, states, claim.fairness):
                nearest = min(away[i] for i in some)
                stem = nearest if stem is None else min(stem, nearest)
    return Oracle(stem, len(states))


def explored(system: TransitionSystem, most: int) -> tuple[list[State], list[Edge], dict[int, int]]:
    """Return the states, the steps, and how far away each state is; nothing where there are too many states."""
    interpreter = Interpreter(system)
    states = [interpreter.initial()]
    number = {key(states[0]): 0}
    edges: list[Edge] = []
    for before, state in enumerate(states):
        for step in interpreter.steps(state):
            if key(step.state) not in number:
                number[key(step.state)] = len(states)
                states.append(step.state)
                if len(states) > most:
                    return [], [], {}
            received = step.arguments.get(system.named(step.action).receives)
            edges.append(Edge(before, number[key(step.state)], step.action, received))
    return states, edges, distances({0: 0}, edges)


def distances(known: dict[int, int], edges: list[Edge]) -> dict[int, int]:
    """Return how far away states are that edges lead to from states that are so far away."""
    result = dict(known)
    for _ in range(len(edges) + 1):
        for edge in edges:
            if edge.before in result:
                result[edge.after] = min(result.get(edge.after, 10**6), result[edge.before] + 1)
    return result


def is_fair(some: set[int], inside: list[Edge], edges: list[Edge], states: list[State], fairness: tuple[Fairness, ...]) -> bool:
    """Return whether a run can visit exactly these states again and again, and be fair."""
    own = [edge for edge in inside if {edge.before, edge.after} <= some]
    if any(set(distances({i: 0}, own)) != some for i in some):
        return False
    for assumption in fairness:
        received = sorted({edge.received for edge in edges if edge.received is not None}, key=str)
        groups: dict[Per, list[set[object]]] = {
            Per.TOGETHER: [set(assumption.actions)],
            Per.ACTION: [{name} for name in assumption.actions],
            Per.SEGMENT: [{row} for row in received],
        }
        for group in groups[assumption.per]:

            def counts(edge: Edge, group: set[object] = group, assumed: Fairness = assumption) -> bool:
                what = edge.received if assumed.per is Per.SEGMENT else edge.action
                return what in group and evaluate(assumed.when, states[edge.before]) is True

            possible = {edge.before for edge in edges if counts(edge)} & some
            owed = possible == some if assumption.strength is Strength.WEAK else bool(possible)
            if owed and not any(map(counts, own)):
                return False
    return True


def random_systems(number: int) -> Iterator[tuple[TransitionSystem, Claim]]:
    """Yield random graphs with three actions, and claims about them under random fairness."""
    for seed in range(number):
        rng = random.Random(seed)  # noqa: S311  # not for secrets: the same systems each time
        size = rng.randint(2, 8)
        at = Variable("at", Nat(7), 0)
        to = choose("to", Nat(7))

        def some(share: float, at: Variable = at, rng: random.Random = rng, size: int = size) -> Expr:
            return disj(*(at.value == n for n in range(size) if rng.random() < share))

        def steps(rng: random.Random = rng, size: int = size) -> list[tuple[int, int]]:
            return [(rng.randrange(size), rng.randrange(size)) for _ in range(rng.randint(1, size))]

        actions = tuple(
            Action(name, disj(*((at.value == a) & (to.value == b) for a, b in steps())), {"at": to.value}, (to,))
            for name in ("acts", "does", "makes")
        )
        fairness: list[Fairness] = []
        for i in range(rng.randint(0, 3)):
            names = rng.sample(["acts", "does", "makes"], rng.randint(1, 3))
            kind = rng.choice([weakly, strongly])
            when = TRUE if rng.random() < 0.7 else some(0.6)
            fairness.append(kind(*names, each=rng.random() < 0.5, name=f"f{i}", when=when))
        claim = leads_to("claim", some(0.5), some(0.25), fairness=tuple(fairness))
        yield TransitionSystem(f"random {seed}", (at,), actions), claim


def random_networks(number: int) -> Iterator[tuple[TransitionSystem, Claim]]:
    """Yield random systems in which two segments are sent and received, and claims about them under fairness of delivery."""
    for seed in range(number):
        rng = random.Random(seed)  # noqa: S311  # as above
        at, net = Variable("at", Nat(2), 0), Variable("net", Relation((("bit", BOOL),)), frozenset())
        segment = draw("segment", net.value)

        def somewhere(at: Variable = at, rng: random.Random = rng) -> Expr:
            return disj(*(at.value == n for n in rng.sample(range(3), rng.choice([2, 3, 3, 3]))))

        def moved(share: float, at: Variable = at, rng: random.Random = rng) -> dict[str, Expr]:
            return {"at": ite(at.value == rng.randrange(3), at.value + 1, at.value - 1)} if rng.random() < share else {}

        sends = tuple(
            Action(f"sends_{bit}", somewhere(), moved(0.2), sends=((bit,),)) for bit in (False, True)[: rng.randint(1, 2)]
        )
        receives = tuple(
            Action(f"takes_{bit}", somewhere() & (segment.row.bit == bit), moved(0.9), (segment,), "segment")
            for bit in (False, True)
        )
        drops = (Action("drops", parameters=(segment,), receives="segment"),) * (rng.random() < 0.3)
        network = Network("net", loss=rng.random() < 0.7, duplication=rng.random() < 0.5)
        fairness = [delivery(rng.choice([*Strength])), weakly(*(action.name for action in sends), each=True, name="sending")]
        goal = rng.randrange(3)
        claim = leads_to("claim", at.value == (goal + 1) % 3, at.value == goal, fairness=tuple(fairness))
        yield TransitionSystem(f"network {seed}", (at, net), (*sends, *receives, *drops), network=network), claim


def test_random_networks_are_decided_as_by_trying_every_set_of_states() -> None:
    """A demand for each segment: receiving it, by any action, whether or not a copy stays."""
    seen = agrees_with_the_oracle(300, systems=random_networks)
    assert min(seen.values()) > 20


def carries(bit: bool, row: Row) -> Expr:
    """Return whether a segment has a bit."""
    return row.bit == bit


def looking_networks(number: int) -> Iterator[tuple[TransitionSystem, Claim]]:
    """Yield such systems in which some steps look into the network: at a certain segment, at any, at all."""
    for seed, (system, claim) in enumerate(random_networks(number)):
        rng = random.Random(-seed - 1)  # noqa: S311  # as above
        net = next(v.value for v in system.variables if v.name == "net")
        bit = rng.choice([False, True])
        looks = (net.has(bit), ~net.has(bit), net.exists(lambda _: TRUE), net.forall(partial(carries, bit)))
        first, *others = system.actions
        asking = [replace(first, guard=first.guard & ~net.has(bit))]
        asking += [replace(a, guard=a.guard & rng.choice(looks)) if rng.random() < 0.4 else a for a in others]
        assert Explorer(woven(system.assembled(actions=tuple(asking)), claim), looking=True).looking
        yield system.assembled(actions=tuple(asking)), claim


def test_networks_that_steps_look_into_are_decided_as_by_trying_every_set_of_states() -> None:
    """Catches a step of the region that is taken though a segment is there that must not be, or that is left out."""
    seen = agrees_with_the_oracle(150, systems=looking_networks)
    assert min(seen.values()) > 10


def agrees_with_the_oracle(
    number: int,
    decomposed: Decomposition = decompose,
    systems: Callable[[int], Iterator[tuple[TransitionSystem, Claim]]] = random_systems,
) -> dict[bool, int]:
    """Compare verdicts, and lengths of stems, on random systems; return how many claims hold and how many do not."""
    seen = {True: 0, False: 0}
    for system, claim in systems(number):
        known = oracle(connect(system), claim, most=12)
        assert known is not None
        found, lasso = decided(system, claim, decomposed)
        assert found.counts.states == known.states
        assert (None if lasso is None else lasso.stem) == known.stem, system.name
        seen[lasso is None and found.trigger is not None] += 1
    return seen


@pytest.mark.parametrize("decomposed", [by_networkx, by_machine_code])
def test_random_systems_are_decided_as_by_trying_every_set_of_states(decomposed: Decomposition) -> None:
    seen = agrees_with_the_oracle(400, decomposed)
    assert min(seen.values()) > 50  # both answers, with something to decide


# -- two representations ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "networked",
    [
        pytest.param({}, id="plain"),
        pytest.param({"careless": False}, id="network"),
        pytest.param({"careless": True}, id="looked into", marks=pytest.mark.long),
    ],
)
def test_machine_code_finds_the_same(networked: dict[str, bool]) -> None:
    """Catches a step, a state or a demand that one of the two representations of a region lacks; in one word, and in more."""
    seen: list[bool] = []

    def compare(watched: Monitored) -> None:
        system = watched.system
        actions = tuple(action.name for action in system.actions)
        v = system.variables[0]
        goal = v.value != literal(v.initial, v.sort)  # a token has no name to be written by
        fairness = (strongly(*actions[:1], name="one"), weakly(*actions, each=True, name="each"))
        claim = leads_to("moves", ~goal, goal, fairness=fairness)
        one = woven(system, claim)
        listed = find_lasso(one, ENDING, Strategy(handover=None))
        if not listed.complete:
            return
        for words in (1, 3):
            packed = find_lasso(one, ENDING, Strategy(handover=1, words=words), by_machine_code)
            same = [
                (
                    r.counts.states,
                    r.counts.transitions,
                    r.counts.depth,
                    r.counts.open_states,
                    not r.schedules,
                    r.loop,
                    r.trigger is None,
                    r.counts.never_taken,
                )
                for r in (listed, packed)
            ]
            assert same[0] == same[1]
            if packed.schedules:
                assert lasso_of(one, packed) is not None
        seen.append(packed.counts.workers == 1)

    for_each(networked_systems(**networked) if networked else plain_systems(), 60, compare)
    assert any(seen) or not networked  # machine code was asked


# -- that it can fail ------------------------------------------------------------------------------------------------------


def any_cycle(region: Region, among: NDArray[np.bool_], decomposed: Decomposition) -> Numbers:
    """Take every cycle for a violation, fair or not."""
    return decomposed(region, among)


def no_way_back(region: Region, among: NDArray[np.bool_], decomposed: Decomposition) -> Numbers:
    """Stop at a state that was met before: the only cycles left are those of one state."""
    return fair_components(region, among, alone)


def alone(_: Region, among: NDArray[np.bool_]) -> Numbers:
    """Make each state a component of its own."""
    return np.where(among, np.cumsum(among) - 1, -1)


def only_once(region: Region, among: NDArray[np.bool_], decomposed: Decomposition) -> Numbers:
    """Do not decompose again what is left of an unfair component."""
    calls: list[int] = []

    def first(r: Region, states: NDArray[np.bool_]) -> Numbers:
        calls.append(1)
        return decomposed(r, states) if len(calls) == 1 else alone(r, states)

    return fair_components(region, among, first)


def no_stopping(region: Region, among: NDArray[np.bool_], decomposed: Decomposition) -> Numbers:
    """Forget that a run may stop: a state alone is no cycle, unless a step leads back to it."""
    fair = fair_components(region, among, decomposed)
    loops = np.zeros(len(region), np.bool_)
    loops[region.source[region.source == region.target]] = True
    sizes = np.bincount(fair[fair >= 0], minlength=1)
    return np.where((fair >= 0) & ((sizes[fair] > 1) | loops), fair, -1)


FAULTS: dict[str, tuple[Fair, str]] = {
    "a cycle outside fairness": (any_cycle, "lock, fair"),
    "a revisited state ends it": (no_way_back, "lock, unfair"),
    "decomposed only once": (only_once, "avoided"),
    "no stopping": (no_stopping, "lock that is kept"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_checker_fails(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails the toy that is there for it, and the comparison with the oracle."""
    faulty, name = FAULTS[fault]
    (toy,) = (toy for toy in TOYS if toy.name == name)
    gives_its_answer(toy)
    monkeypatch.setattr(checker.liveness.search, "fair_components", faulty)
    with pytest.raises((AssertionError, ReplayError)):
        gives_its_answer(toy)
    with pytest.raises((AssertionError, ReplayError)):
        agrees_with_the_oracle(400)


def test_a_lasso_that_is_none_is_refused() -> None:
    """Catches a replay that believes what it is told: of the cycle, of the obligation, and of fairness."""
    toys = {toy.name: toy for toy in TOYS}
    toy = toys["lock, unfair"]
    watched = woven(toy.system, toy.claim)
    (check,) = watched.checks
    found = find_lasso(watched, ENDING)
    whole = found.schedules[check.name]
    waits, *cycle = whole
    assert replay_lasso(watched, check, whole, 1).cycle == 3
    wrong = {
        "does not lead back": ((waits, *cycle[:-1]), 1),
        "where there is no step": (whole, 9),
        "does not leave its obligation open": ((), 0),
        "is not fair": ((waits,), 1),
    }
    for reason, (schedule, loop) in wrong.items():
        with pytest.raises(ReplayError, match=reason):
            replay_lasso(watched, check, schedule, loop)
    goes_in: Schedule = (waits, ("left_enters", {}), ("left_leaves", {}), waits)
    with pytest.raises(ReplayError, match="does not leave its obligation open"):
        replay_lasso(watched, check, goes_in, 1)
    with pytest.raises(ReplayError, match="does not end where its premise is true"):
        replay_trigger(watched, check, ())


def test_a_search_that_is_cut_short_holds_nothing() -> None:
    """A lasso in what was seen is one; that there is none says nothing of the rest."""
    fair, unfair = (next(toy for toy in TOYS if toy.name == name) for name in ("lock, fair", "lock without fairness"))
    cut = find_lasso(woven(fair.system, fair.claim), Limits(depth=2))
    assert (cut.complete, cut.schedules, cut.reason) == (False, {}, "the depth limit of 2 was reached")
    assert find_lasso(woven(unfair.system, unfair.claim), Limits(depth=2)).schedules


def test_copies_do_not_count_as_deliveries_of_something_else() -> None:
    """A segment of which a copy stays has arrived. Its delivery, again and again, is all that is asked for."""
    toy = next(toy for toy in TOYS if toy.name == "post, strongly fair")
    exact = connect(toy.system)
    (delivered,) = [action for action in exact.actions if action.receives]
    assert [p.name for p in delivered.parameters] == ["letter", "kept"]
    gives_its_answer(toy)


def test_a_region_that_is_too_large_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are too many states to compare nothing is said to hold."""
    toy = next(toy for toy in TOYS if toy.name == "lock, fair")
    monkeypatch.setattr(checker.liveness.search, "MOST", 1)
    cut = find_lasso(woven(toy.system, toy.claim), ENDING)
    assert (cut.complete, cut.schedules) == (False, {})
    assert "try a smaller scope" in cut.reason


MODEL = """\
from model import Action, Nat, TransitionSystem, Variable
from properties import delivery, eventually, leads_to, specify, strongly, weakly

n = Variable("n", Nat(3), 0)
counts = Action("counts", guard=n.value < 3, updates={{"n": n.value + 1}})
MODEL = specify(
    TransitionSystem("counter", (n,), (counts,)),
    [
        {claim},
    ],
    expects={{"arrives": "holds"}},
)
"""


@pytest.mark.parametrize(
    ("claim", "code", "said"),
    [
        ('eventually("arrives", n.value == 3, fairness=(weakly("counts"),))', 0, "counter: arrives: holds"),
        ('eventually("arrives", n.value == 3)', 13, "it declares: holds"),
        ('leads_to("arrives", n.value == 1, n.value == 0, fairness=(weakly("counts"),))', 13, "it declares: holds"),
        (
            'eventually("arrives", n.value == 3, fairness=(weakly("count"),))',
            65,
            "line 9: claim 'arrives' assumes fairness of 'count'",
        ),
        ('eventually("arrives", n.value == 3, fairness=(delivery(),))', 65, "counter has no network"),
        ('eventually("arrives", n.value)', 65, "where a truth value is needed"),
        ('eventually("arrives", n.value == 3, fairness=weakly("counts"))', 65, "write a tuple"),
        ('eventually("arrives", n.value == 3, fairness=(strongly(),))', 65, "name one, as in weakly('turns')"),
        (
            'eventually("arrives", n.value == 3, fairness=(weakly("counts"), strongly("counts")))',
            65,
            "give one of them another",
        ),
        ('eventually("arrives", n.value == 3, fairness=(weakly("counts", when=n.value),))', 65, "write a condition over"),
    ],
)
def test_a_model_of_the_user_s_can_claim_it(claim: str, code: int, said: str, ask: Ask, tmp_path: Path) -> None:
    """Such claims are asked with the others; and what is wrong with one is said with its line."""
    path = tmp_path / "counter.py"
    path.write_text(MODEL.format(claim=claim), encoding="utf-8")
    answer = ask("check", str(path))
    assert answer.code == code
    assert said in " ".join((answer.out + answer.err).split())
