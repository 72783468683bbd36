"""Engines agree about systems that nobody designed, and keeping every segment decides the same where it is allowed.

The toy systems of ``test_conformance`` have each feature of the notation alone; random systems have them together. What is
right is said by the naive search over the reference semantics. Each test counts what its examples were like, and fails where
they have become too dull to show anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

from checker.explicit.explorer import Explorer
from checker.explicit.search import search
from checker.explicit.source import pool_of
from checker.host.limits import Limits, Schedule, Strategy
from checker.symbolic.bmc import bounded_search
from checker.symbolic.pruning import Pruning
from model.notation.expr import TRUE, Expr, ite, lift, literal
from model.notation.network import connect, keeping_everything, why_not_kept
from model.notation.sorts import BOOL
from model.notation.system import Action, Network, TransitionSystem, Variable, choose, draw
from properties.observe import Check, Monitored
from tests.naive import Explored, explore, replay
from tests.random_systems import NEVER, WIRE, networked_systems, plain_systems
from tests.toy_networks import connected, wire
from tests.toys import NONE, NUMBER, NUMBERS

DEPTH = 5
NETWORK_DEPTH = 4
MACHINE_CODE = (Strategy(1, handover=1), Strategy(2, handover=1, words=2))


def for_each(strategy: SearchStrategy[Monitored], count: int, compare: Callable[[Monitored], None]) -> None:
    """Draw ``count`` examples, the same on every run, and compare each different one."""
    passed: set[str] = set()

    @settings(max_examples=count, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def run(monitored: Monitored) -> None:
        if repr(monitored) not in passed:  # of the examples that Hypothesis draws, many are variations that vary nothing
            compare(monitored)
            passed.add(repr(monitored))

    run()


def explicit_agrees(monitored: Monitored, depth: int) -> Explored:
    """Compare the compiled search with the naive one, and return what the naive one found."""
    naive, found = explore(monitored, depth), search(monitored, Limits(depth=depth))
    assert (found.counts.states, found.counts.transitions, found.counts.depth) == (naive.states, naive.transitions, naive.depth)
    assert found.complete == naive.complete
    agrees(monitored, naive, found.schedules, found.triggered)
    for strategy in MACHINE_CODE:
        compiled = search(monitored, Limits(depth=depth), strategy=strategy)
        assert replace(compiled, counts=replace(compiled.counts, workers=0, memory=0)) == found
    check = monitored.checks[0]
    alone = search(replace(monitored, checks=(check,)), Limits(depth=depth))
    assert alone.schedules.get(check.name) == found.schedules.get(check.name)
    return naive


def bounded_agrees(monitored: Monitored, naive: Explored, depth: int) -> None:
    """Compare bounded model checking with what the naive search found."""
    found = bounded_search(monitored, Limits(depth=depth))
    assert found.counts.depth == depth
    agrees(monitored, naive, found.schedules, found.triggered)


def agrees(monitored: Monitored, naive: Explored, schedules: Mapping[str, Schedule], triggered: frozenset[str]) -> None:
    """Compare what an engine decided with what there is, and replay its runs."""
    assert {name: len(schedule) for name, schedule in schedules.items()} == naive.shortest
    assert triggered == naive.triggered
    for check in monitored.checks:
        if check.name in schedules:
            replay(monitored, schedules[check.name], check)


def tally(seen: Counter[str], monitored: Monitored, naive: Explored) -> None:
    """Count what an example was like."""
    seen.update(f"{steps} steps" for steps in naive.shortest.values())
    seen["two steps or more"] += sum(steps >= 2 for steps in naive.shortest.values())
    seen["undecided"] += sum(check.name not in naive.shortest for check in monitored.checks if check.name != NEVER)
    seen["triggered"] += bool(naive.triggered)
    seen["deep"] += naive.depth >= 2
    seen["complete"] += naive.complete
    seen["pool"] += bool(pool_of(monitored.system, monitored.formulas))
    seen["looked into"] += Explorer(monitored, looking=True).looking
    seen["examples"] += 1


def enough(seen: Counter[str], **least: int) -> None:
    """Fail unless the examples were as often as said what they should be."""
    assert {name: seen[name.replace("_", " ")] for name in least if seen[name.replace("_", " ")] < least[name]} == {}, seen


def test_explicit_search_agrees() -> None:
    """Catches what compiled code gets wrong in company: verdicts, lengths, states, transitions, depths, triggers, traces."""
    seen = Counter[str]()

    def compare(monitored: Monitored) -> None:
        tally(seen, monitored, explicit_agrees(monitored, DEPTH))

    for_each(plain_systems(), 400, compare)
    enough(
        seen, examples=150, deep=110, two_steps_or_more=140, undecided=250, triggered=75, complete=90, pool=40, looked_into=60
    )


def test_bounded_search_agrees() -> None:
    """Catches a formula lowered wrongly, and a shortest run that pruning leaves out."""
    seen = Counter[str]()

    def compare(monitored: Monitored) -> None:
        naive = explore(monitored, DEPTH)
        bounded_agrees(monitored, naive, DEPTH)
        tally(seen, monitored, naive)
        seen["grows"] += bool(Pruning(monitored)._grows)  # noqa: SLF001  # what the examples must not be without

    for_each(plain_systems(), 240, compare)
    enough(seen, examples=80, deep=60, two_steps_or_more=90, undecided=150, triggered=30, grows=25)


def test_keeping_every_segment_decides_the_same_where_that_is_allowed() -> None:
    """Catches a reduction that changes a verdict, a length, a trigger, or which values of the other variables are reached when.

    Both systems also go through both engines: losing, duplicating and the pruning of a network that only grows are tested here.
    """
    seen = Counter[str]()

    def compare(monitored: Monitored) -> None:
        exact, kept = connected(monitored), connected(monitored, keeping_everything)
        found = {"exact": explicit_agrees(exact, NETWORK_DEPTH), "kept": explicit_agrees(kept, NETWORK_DEPTH)}
        bounded_agrees(exact, found["exact"], NETWORK_DEPTH)
        bounded_agrees(kept, found["kept"], NETWORK_DEPTH)
        if not why_not_kept(monitored.system, monitored.formulas):
            assert equivalent(found["exact"], found["kept"])
            tally(seen, kept, found["kept"])
            seen["fewer states"] += found["kept"].states < found["exact"].states

    for_each(networked_systems(), 160, compare)
    enough(seen, examples=30, deep=15, two_steps_or_more=20, undecided=80, triggered=9, fewer_states=20)


def equivalent(exact: Explored, kept: Explored) -> bool:
    """Return whether two explorations answer alike, and reach the same values of all but the network in as many steps."""
    return exact.shortest == kept.shortest and exact.triggered == kept.triggered and exact.without(WIRE) == kept.without(WIRE)


def test_keeping_every_segment_decides_otherwise_where_that_is_forbidden() -> None:
    """Catches examples for the test above that no decision could get wrong: some of those refused have other answers."""
    seen = Counter[str]()

    def compare(monitored: Monitored) -> None:
        exact, kept = connected(monitored), connected(monitored, keeping_everything)
        same = equivalent(explicit_agrees(exact, NETWORK_DEPTH), explicit_agrees(kept, NETWORK_DEPTH))
        why_not = why_not_kept(monitored.system, monitored.formulas)
        assert same or why_not
        seen["refused"] += bool(why_not)
        seen["rightly refused"] += not same

    for_each(networked_systems(careless=True), 120, compare)
    enough(seen, refused=30, rightly_refused=6)


# -- where keeping every segment would be wrong ------------------------------------------------------------------------


@dataclass(frozen=True)
class Unsound:
    """A question that must not be answered by keeping every segment: why not, and the two answers, as lengths."""

    monitored: Monitored
    reason: str
    exact: int | None
    kept: int | None


SENT, GONE = Variable("sent", BOOL, False), Variable("gone", BOOL, False)
IN_FLIGHT = Variable(WIRE, NUMBERS, NONE)
SEGMENT = draw("s", IN_FLIGHT.value)
SENDS = Action("sends", guard=~SENT.value, updates={"sent": TRUE}, sends=((lift(0, NUMBER),),))
RECEIVES = Action("receives", parameters=(SEGMENT,), receives="s")
ABSENT = SENT.value & ~IN_FLIGHT.value.has(0)


def posed(*actions: Action, loss: bool = True, stop: dict[str, Expr] | None = None) -> Monitored:
    """Return a sender of one segment, its receiver, and more actions. Without ``stop`` the goal is the action "goal"."""
    network = Network(WIRE, loss=loss)
    system = TransitionSystem("unsound", (SENT, GONE, IN_FLIGHT), (SENDS, RECEIVES, *actions), network=network)
    return Monitored(system, (Check("goal", stop or {"goal": TRUE}),))


UNSOUND = {
    # Sent, lost, and the third step sees that the segment is gone. A network that keeps it never shows that.
    "guard tests absence": Unsound(posed(Action("goal", guard=ABSENT)), "action goal reads the network", 3, None),
    "guard counts no rows": Unsound(
        posed(Action("goal", guard=SENT.value & IN_FLIGHT.value.forall(lambda _: ~TRUE))),
        "action goal reads the network",
        3,
        None,
    ),
    "claim tests absence": Unsound(posed(Action("goal"), stop={"goal": ABSENT}), "the claim is about the network", 3, None),
    # The third step stores what it sees, and the fourth reads that.
    "update tests absence": Unsound(
        posed(Action("looks", updates={"gone": ABSENT}), Action("goal", guard=GONE.value)),
        "action looks reads the network",
        4,
        None,
    ),
    # The third step answers with 1 where 0 is gone, the fourth receives the answer.
    "sent cell tests absence": Unsound(
        posed(
            Action("looks", guard=SENT.value, sends=((ite(ABSENT, lift(1, NUMBER), lift(0, NUMBER)),),)),
            Action("goal", guard=SEGMENT.row.n == 1, parameters=(SEGMENT,), receives="s"),
        ),
        "action looks reads the network",
        4,
        None,
    ),
    "candidate tests absence": Unsound(
        posed(Action("goal", guard=(k := choose("k", BOOL, among=(ABSENT,))).value, parameters=(k,))),
        "action goal reads the network",
        3,
        None,
    ),
    # The third step sees that the segment is gone, which without loss means that it was received.
    "absence means receipt": Unsound(posed(Action("goal", guard=ABSENT), loss=False), "action goal reads the network", 3, None),
    # Two segments can be received twice at most; if they are kept, three times, by the fourth step.
    "nothing comes twice": Unsound(wire(loss=True, duplication=False), "duplication is switched off", None, 4),
    "nothing comes twice or is lost": Unsound(wire(loss=False, duplication=False), "duplication is switched off", None, 4),
}


@pytest.mark.parametrize("case", UNSOUND.values(), ids=UNSOUND)
def test_what_is_refused_would_be_answered_wrongly(case: Unsound) -> None:
    """Catches a decision that reduces the network where this changes the answer, as each of these cases shows that it would."""
    assert why_not_kept(case.monitored.system, case.monitored.formulas) == case.reason
    for network_kept, length in ((connect, case.exact), (keeping_everything, case.kept)):
        monitored = connected(case.monitored, network_kept)
        assert explore(monitored).shortest.get("goal") == length
        assert len(search(monitored).schedules.get("goal", ())) == (length or 0)


@pytest.mark.parametrize(
    ("source", "exact", "kept"),
    [
        (ite(ABSENT, literal(frozenset({(2,)}), NUMBERS), literal(NONE, NUMBERS)), 3, None),
        (ite(IN_FLIGHT.value.has(1), literal(NONE, NUMBERS), IN_FLIGHT.value), 3, None),
    ],
    ids=["drawn where a segment is gone", "drawn unless a segment is there"],
)
def test_why_not_kept_refuses_a_segment_drawn_under_a_condition(source: Expr, exact: int | None, kept: int | None) -> None:
    """Catches a test of absence that hides in the formula that a segment is drawn from."""
    s = draw("s", source)
    also_sends = replace(SENDS, sends=((lift(0, NUMBER),), (lift(1, NUMBER),)))
    goal = Action("goal", guard=s.row.n != 1, parameters=(s,), receives="s")
    system = TransitionSystem("unsound", (SENT, IN_FLIGHT), (also_sends, RECEIVES, goal), network=Network(WIRE))
    monitored = Monitored(system, (Check("goal", {"goal": TRUE}),))
    assert explore(connected(monitored)).shortest.get("goal") == exact
    assert explore(connected(monitored, keeping_everything)).shortest.get("goal") == kept
    assert why_not_kept(system, monitored.formulas) != ""


def test_why_not_kept_names_what_else_it_does_not_look_into() -> None:
    """Catches a system without a network reduced, and segments looked at that are not received."""
    assert why_not_kept(TransitionSystem("none", (SENT,), (Action("rests"),))) == "it has no network"
    peeks = posed(Action("goal", parameters=(SEGMENT,)))
    assert why_not_kept(peeks.system) == "action goal looks at segments that it does not receive"
    other = draw("t", IN_FLIGHT.value)
    twice = posed(Action("goal", parameters=(SEGMENT, other), receives="s"))
    assert why_not_kept(twice.system) == "action goal looks at segments that it does not receive"
    assert why_not_kept(wire(loss=True, duplication=True).system) == ""


def test_a_claim_may_read_the_segment_received() -> None:
    """Catches a decision so careful that it is never taken."""
    harmless = posed(
        Action("goal", guard=SEGMENT.row.n == 0, parameters=(SEGMENT,), receives="s"), stop={"goal": SEGMENT.row.n < 1}
    )
    assert why_not_kept(harmless.system, harmless.formulas) == ""
    exact, kept = explore(connected(harmless)), explore(connected(harmless, keeping_everything))
    assert equivalent(exact, kept)
    assert (exact.shortest, kept.shortest) == ({"goal": 2}, {"goal": 2})
    assert (exact.states, kept.states) == (3, 2)
