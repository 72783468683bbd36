"""The covering search decides what the plain one does, in as many steps, and says where it is not to be asked.

Systems drawn at random are searched by both; a seed is a system. Each condition that the argument in :mod:`checker.covering`
asks for is dropped in turn, and the comparison notices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache

import pytest

import checker.explicit.search
import checker.explicit.source
from checker.cli import request
from checker.covering.backwards import Backwards
from checker.covering.engine import why_not_covered
from checker.covering.forwards import Forwards, Reached
from checker.covering.search import search
from checker.covering.source import Piecewise
from checker.covering.steps import SharedSteps
from checker.decide import KEPT_EVERYTHING, Setting, decide, search_network
from checker.engine import Answer
from checker.explicit.search import search as plain
from checker.host.limits import Limits, Strategy
from checker.runs.trace import replay as replayed
from model.notation.expr import TRUE, Expr, literal
from model.notation.network import keeping_everything, why_not_kept
from model.notation.pool import is_pool
from model.notation.sorts import BOOL, Nat, Relation
from model.notation.system import Action, Network, TransitionSystem, Variable, draw
from model.tcp.assumptions import Assumptions
from model.tcp.composition import COMPOSITIONS
from model.tcp.scope import SCOPES
from properties.claim import invariant, monitored
from properties.observe import Check, Monitored
from properties.specification import SPECIFICATIONS, Specification, specification, specify
from tests.command_line import Ask
from tests.monotone_systems import monotone_system
from tests.mutants import CAUGHT, HARMLESS, Mutant
from tests.naive import replay
from tests.toy_networks import connected
from tests.toys import NONE, NUMBERS

AT_ONCE = 1
"""So few states for the plain search to begin with that the covering search decides all that takes more than a step."""


def alike(kept: Monitored, covering: Answer, bfs: Answer) -> bool:
    """Return whether two searches answer alike, and replay the runs of the first."""
    for check in kept.checks:
        if check.name in covering.schedules:
            replay(kept, covering.schedules[check.name], check)

    def said(answer: Answer) -> object:
        lengths = {name: len(run) for name, run in answer.schedules.items()}
        return lengths, answer.triggered, answer.complete, answer.counts.never_taken

    return said(covering) == said(bfs)


def compared(seeds: Iterable[int]) -> Counter[str]:
    """Compare both searches of the systems of some seeds, and return what these were like."""
    seen = Counter[str]()
    for seed in seeds:
        system = monotone_system(seed)
        kept = connected(system, keeping_everything)
        if why_not_kept(system.system, system.formulas) or why_not_covered(kept):
            seen["refused"] += 1
            continue
        covering, bfs = search(kept, exhaust=True, beginning=AT_ONCE), plain(kept, exhaust=True)
        assert alike(kept, covering, bfs), f"seed {seed}"
        assert covering.counts.richest
        seen["compared"] += 1
        seen["fewer states"] += (covering.counts.states or 0) < (bfs.counts.states or 0)
        seen["longer than three steps"] += any(len(run) > 3 for run in covering.schedules.values())
        seen["never taken"] += bool(bfs.counts.never_taken)
        seen["begins in several states"] += system.system.chosen
        seen["constrained"] += system.system.constraint is not TRUE
        first = next(v.name for v in system.system.variables if isinstance(v.sort, Relation))
        seen["another relation comes first"] += first != "wire"
    return seen


LEAST = {
    "refused": 4,
    "compared": 50,
    "fewer states": 25,
    "longer than three steps": 8,
    "never taken": 10,
    "begins in several states": 12,
    "constrained": 3,
    "another relation comes first": 20,
}
"""How many of so many seeds as ordinary tests have are like that at least, so that they show something."""
FEW = range(80)


def test_random_monotone_systems_are_decided_as_by_the_plain_search() -> None:
    seen = compared(FEW)
    assert {what: seen[what] for what, least in LEAST.items() if seen[what] < least} == {}


@pytest.mark.long
@pytest.mark.parametrize("thousand", range(12))
def test_ten_thousand_random_monotone_systems_are_decided_as_by_the_plain_search(thousand: int) -> None:
    """Of twelve thousand drawn, as some are refused."""
    assert compared(range(1000 * thousand, 1000 * (thousand + 1)))["compared"] > 850


# -- handshakes --------------------------------------------------------------------------------------------------------------


def watched(spec: Specification, setting: Setting) -> tuple[Monitored, Monitored]:
    """Return a model with all its claims that are not of liveness, and the same with a network that keeps everything."""
    claims = [claim for claim in spec.claims if claim.leads_to is None]
    asked = monitored(spec.build(setting.scope, setting.assumptions), claims)
    return asked, search_network(asked, setting).connected(asked)


@cache
def in_scope(name: str, scope: str = "default") -> Monitored:
    """Return a model that comes with synproof, with a network that keeps everything."""
    return watched(SPECIFICATIONS[name], Setting(SCOPES[scope]))[1]


def model_alike(spec: Specification, setting: Setting) -> None:
    """Compare both searches of a model, and replay what the covering search found on the exact network."""
    asked, kept = watched(spec, setting)
    assert why_not_covered(kept) == ""
    covering = search(kept, exhaust=True, beginning=AT_ONCE)
    assert alike(kept, covering, plain(kept, exhaust=True))
    for check in asked.checks:
        if check.name in covering.schedules:
            replayed(asked, check, covering.schedules[check.name], kept_everything=True)


@pytest.mark.parametrize("name", ["three-way"])
def test_a_handshake_is_decided_as_by_the_plain_search(name: str) -> None:
    model_alike(SPECIFICATIONS[name], Setting(SCOPES["small"]))


NAMES = [*SPECIFICATIONS, *(f"{name}/{other}" for name in ("two-way", "three-way", "four-way") for other in COMPOSITIONS)]
"""Every model, and each of the three handshakes in each composition."""


@pytest.mark.long
@pytest.mark.parametrize("name", dict.fromkeys(NAMES))
def test_every_model_and_composition_is_decided_as_by_the_plain_search(name: str) -> None:
    """A scope that the plain search does not exhaust in a minute is left out."""
    asked, kept = watched(request.model(name), Setting(SCOPES["default"]))
    if why_not_kept(asked.system, asked.formulas) or why_not_covered(kept):
        pytest.skip("it is asked of the plain search")
    bfs = plain(kept, Limits(seconds=60), exhaust=True, strategy=Strategy(workers=2))
    if not bfs.complete:
        pytest.skip("the plain search takes more than a minute")
    assert alike(kept, search(kept, exhaust=True, beginning=AT_ONCE), bfs)


ASSUMED = (
    Assumptions(seq_check="window"),
    Assumptions(seq_check="none"),
    Assumptions(isn="arbitrary"),
    Assumptions(closed_host="silent"),
    Assumptions(rfc5961=False),
    Assumptions(abort_established=False),
    Assumptions(quiet_time=False),
    Assumptions(loss=False),
)


@pytest.mark.long
@pytest.mark.parametrize("name", ["two-way", "three-way", "four-way"])
@pytest.mark.parametrize("assumed", ASSUMED, ids=range(len(ASSUMED)))
def test_assumptions_are_decided_as_by_the_plain_search_in_the_default_scope(name: str, assumed: Assumptions) -> None:
    model_alike(SPECIFICATIONS[name], Setting(SCOPES["default"], assumed))


@pytest.mark.long
@pytest.mark.parametrize("mutant", [*CAUGHT, *HARMLESS], ids=lambda m: f"{m.name} in {m.scope.name}, {m.assumptions.seq_check}")
def test_mutants_of_handshakes_are_decided_as_by_the_plain_search(mutant: Mutant) -> None:
    kept = watched(specification(mutant.handshake), Setting(mutant.scope, mutant.assumptions))[1]
    assert alike(kept, search(kept, exhaust=True, beginning=AT_ONCE), plain(kept, exhaust=True))


# -- where it is not to be asked ---------------------------------------------------------------------------------------------

SENT, DONE = Variable("sent", BOOL, False), Variable("done", BOOL, False)
WIRE = Variable("wire", NUMBERS, NONE)
S = draw("s", WIRE.value)
SENDS = Action("sends", guard=~SENT.value, updates={"sent": TRUE}, sends=((0,),))
TAKES = Action("takes", updates={"done": TRUE}, parameters=(S,), receives="s")


def posed(
    *others: Action, duplication: bool = True, variables: tuple[Variable, ...] = (), constraint: Expr = TRUE
) -> TransitionSystem:
    """Return a sender and a receiver of one segment, and other actions."""
    network = Network("wire", duplication=duplication)
    return TransitionSystem(
        "posed", (*variables, SENT, DONE, WIRE), (SENDS, TAKES, *others), network=network, constraint=constraint
    )


def verdict_of(system: TransitionSystem, broken: Expr, setting: Setting | None = None) -> tuple[str, str, int | None]:
    """Return which engine answered whether a condition is never met, how the network was searched, and in how many steps."""
    claim = invariant("never", ~broken, trigger=SENT.value, when="it was sent")
    (verdict,) = decide(specify(system, [claim]), [claim], setting or Setting(SCOPES["small"]))
    return verdict.question.engine, verdict.counts.network, None if verdict.trace is None else len(verdict.trace)


GONE = SENT.value & ~WIRE.value.has(0)
FILLS = Action("fills", guard=SENT.value, updates={"wire": literal(frozenset({(0,)}), NUMBERS)})
EMPTIED, LATE = Variable("emptied", BOOL, False), Variable("late", BOOL, False)
EMPTIES = Action("empties", guard=SENT.value, updates={"wire": NONE, "emptied": TRUE})
TAKES_LATE = Action("takes_late", guard=EMPTIED.value, updates={"late": TRUE}, parameters=(S,), receives="s")
SENDS_AGAIN = Action("sends_again", guard=EMPTIED.value, sends=((0,),))
TWICE = Variable("twice", BOOL, False)
AGAIN = Action("again", guard=DONE.value, updates={"twice": TRUE}, parameters=(S,), receives="s")

UNSOUND = {
    # The segment is sent, and lost: a claim about the network sees that in the second step.
    "a claim that reads the network": (posed(), GONE, "searched as it is, because the claim is about the network", 2),
    # Sent, taken, and not there to be taken again.
    "no duplication": (
        posed(AGAIN, duplication=False, variables=(TWICE,)),
        TWICE.value,
        "searched as it is, because duplication is switched off",
        None,
    ),
    # Sent, lost; then the constraint does not hold, so nothing more can be.
    "a constraint that reads the network": (
        posed(constraint=~GONE),
        DONE.value & ~SENT.value,
        "searched as it is, because action sends reads the network",
        None,
    ),
    "an action that assigns the network": (
        posed(FILLS),
        DONE.value,
        f"{KEPT_EVERYTHING}; every state was explored, because action fills does more to the network than send",
        2,
    ),
}


@pytest.mark.parametrize("case", UNSOUND.values(), ids=UNSOUND)
def test_what_it_would_get_wrong_is_asked_of_the_plain_search(case: tuple[TransitionSystem, Expr, str, int | None]) -> None:
    system, broken, how, steps = case
    assert verdict_of(system, broken) == ("bfs", how, steps)


@pytest.mark.parametrize(("others", "steps"), [((), None), ((SENDS_AGAIN,), 4)], ids=["for ever", "and sent again"])
def test_nothing_is_left_of_a_network_that_is_emptied(others: tuple[Action, ...], steps: int | None) -> None:
    """What was sent before is not there any more: not forwards, and not where a shortest run is looked for backwards."""
    system = posed(EMPTIES, TAKES_LATE, *others, variables=(EMPTIED, LATE))
    claim = invariant("never", ~LATE.value, trigger=SENT.value, when="it was sent")
    watched = monitored(keeping_everything(system), [claim])
    for found in (plain(watched, exhaust=True), search(watched, beginning=AT_ONCE, exhaust=True)):
        assert {name: len(run) for name, run in found.schedules.items()} == ({} if steps is None else {"never": steps})


def test_what_looks_at_states_one_by_one_is_asked_of_the_plain_search() -> None:
    deep = Setting(SCOPES["small"], limits=Limits(depth=1))
    assert verdict_of(posed(), DONE.value) == ("covering", KEPT_EVERYTHING, 2)
    how = f"{KEPT_EVERYTHING}; every state was explored, because --max-depth is about states one by one"
    assert verdict_of(posed(), DONE.value, deep) == ("bfs", how, None)
    compacted = Setting(SCOPES["small"], strategy=Strategy(compaction=True))
    assert verdict_of(posed(), DONE.value, compacted)[0] == "bfs"


def test_isns_that_are_unmentioned_are_asked_of_the_plain_search(ask: Ask) -> None:
    """Choosing an ISN that no live segment mentions reads the network."""
    answer = ask("check", "two-way", "agreement", "--scope", "small", "--isn", "unmentioned", "--json")
    assert answer.records[0]["engine"] == "bfs"
    assert "reads the network" in answer.records[0]["network"]


# -- each condition, dropped -------------------------------------------------------------------------------------------------

Patch = Callable[[pytest.MonkeyPatch], None]


def the_first_relation_for_the_network(patch: pytest.MonkeyPatch) -> None:
    """Compare by whichever relation is declared first."""

    def pool_of(system: TransitionSystem, watched: tuple[Expr, ...]) -> str:
        relations = (v.name for v in system.variables if is_pool(v.name, system.actions, watched))
        return next(relations, "")

    patch.setattr(checker.explicit.source, "pool_of", pool_of)


def any_update_of_the_network(patch: pytest.MonkeyPatch) -> None:
    """Ask no action to add to the network only."""

    def grows(
        name: str, actions: Iterable[Action], read: Iterable[Expr] = (), *, growing: bool = False, emptied: bool = False
    ) -> bool:
        return growing or is_pool(name, actions, read, emptied=emptied)

    patch.setattr("model.notation.pool.is_pool", grows)


def an_end_that_is_none(patch: pytest.MonkeyPatch) -> None:
    """Conclude from a search forwards that was cut short."""

    def explore(self: Forwards, *_: object) -> None:
        self.finished = True

    patch.setattr(Forwards, "explore", explore)


def a_state_covered_by_fewer_segments(patch: pytest.MonkeyPatch) -> None:
    """Drop what another state of the same control is a part of."""
    patch.setattr(Reached, "covers", lambda self, pool: any(pool & known == known for known in self.pools))


def steps_of_any_control(patch: pytest.MonkeyPatch) -> None:
    """Take an action's steps for the same wherever it is possible, whatever else it reads."""
    whole = SharedSteps._mask  # noqa: SLF001  # what is to be broken
    patch.setattr(SharedSteps, "_mask", lambda self, names: whole(self, sorted(names)[:1]))


def steps_of_controls_without_them(patch: pytest.MonkeyPatch) -> None:
    """Go back over steps also to controls in which their action is not possible."""
    patch.setattr(
        Piecewise, "alone", lambda self, action: (_ALONE(self, action)[0], _ALONE(self, action)[1] - self.depends(action))
    )


_ALONE = Piecewise.alone


@pytest.mark.parametrize(
    "dropped",
    [
        the_first_relation_for_the_network,
        any_update_of_the_network,
        an_end_that_is_none,
        a_state_covered_by_fewer_segments,
        steps_of_any_control,
        steps_of_controls_without_them,
    ],
)
def test_a_search_without_one_of_its_conditions_is_found_out(dropped: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
    dropped(monkeypatch)
    with pytest.raises((AssertionError, KeyError, StopIteration)):
        compared(FEW)


def test_nothing_is_pruned_by_a_search_that_has_not_finished() -> None:
    kept = in_scope("two-way", "small")
    with pytest.raises(AssertionError, match="finished"):
        Backwards(Forwards(SharedSteps(kept)))


def test_a_segment_taken_out_of_the_network_is_noticed() -> None:
    loses = Monitored(keeping_everything(posed(Action("loses", updates={"wire": WIRE.value.remove(0)}))))
    with pytest.raises(AssertionError, match="loses takes some segments out"):
        Forwards(SharedSteps(loses)).explore(lambda: None)


# -- limits ------------------------------------------------------------------------------------------------------------------


class Looks:
    """Says stop at the Nth time that it is asked."""

    def __init__(self, number: int) -> None:
        self.left = number

    def over(self) -> bool:
        self.left -= 1
        return self.left <= 0


LIMITED = {
    "states": (Limits(states=400), "the limit of 400 states was reached"),
    "seconds": (Limits(seconds=0), "the time limit of 0 s was reached"),
    "memory": (Limits(memory=0), "the memory limit of 0 bytes was reached"),
    "interrupted": (Limits(interrupted=Looks(3).over), "interrupted"),
}


@pytest.mark.parametrize("limited", LIMITED.values(), ids=LIMITED)
def test_a_limit_leaves_what_was_decided_until_then(limited: tuple[Limits, str]) -> None:
    """No limit makes a search say that something holds, or that an action is never taken."""
    limits, reason = limited
    kept = in_scope("two-way")
    found = search(kept, limits, beginning=AT_ONCE)
    assert (found.complete, found.reason, found.counts.never_taken) == (False, reason, ())
    assert found.schedules == {}


def test_few_states_are_those_of_the_plain_search() -> None:
    """What is violated after a few steps is found with the run that the plain search finds."""
    kept = in_scope("two-way")
    few = Limits(states=1000)
    assert search(kept, few) == plain(kept, few)


def test_an_endless_model_is_violated_as_soon_as_by_the_plain_search() -> None:
    count = Variable("count", Nat(2**60), 0)
    counts = Action("counts", updates={"count": count.value + 1})
    kept = connected(
        Monitored(posed(counts, variables=(count,)), (Check("goal", {"takes": count.value == 2}),)), keeping_everything
    )
    found = search(kept)
    assert len(found.schedules["goal"]) == 4
    assert (found.complete, found.counts.richest) == (False, False)


def test_the_plain_search_has_a_turn_where_there_is_no_end() -> None:
    """What takes more states than the beginning has is found in an endless model too."""
    count = Variable("count", Nat(2**60), 0)
    counts = Action("counts", updates={"count": count.value + 1})
    goal = Check("goal", {"takes": count.value == 40})
    found = search(connected(Monitored(posed(counts, variables=(count,)), (goal,)), keeping_everything), beginning=2, turn=4)
    assert len(found.schedules["goal"]) == 42
    assert (found.complete, found.counts.richest, found.reason) == (False, False, "")


@pytest.mark.parametrize(("reason", "complete"), [("no memory for more", True), ("interrupted", False)])
def test_a_turn_without_an_answer_leaves_the_rest_to_the_search_forwards(
    reason: str, complete: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for Ctrl-C, which ends both."""
    asked: list[int | None] = []

    def once(kept: Monitored, limits: Limits, *, exhaust: bool, strategy: Strategy) -> Answer:
        asked.append(limits.states)
        return plain(kept, limits, exhaust=exhaust, strategy=strategy) if len(asked) == 1 else Answer(reason=reason)

    monkeypatch.setattr(checker.explicit.search, "search", once)
    found = search(in_scope("two-way", "small"), exhaust=True, beginning=AT_ONCE, turn=1)
    assert (found.complete, found.reason) == (complete, "" if complete else reason)
    assert len(asked) == 2


def test_the_run_is_the_same_however_often_it_is_looked_for() -> None:
    kept = in_scope("two-way", "small")
    once, again = (search(kept, exhaust=True, beginning=AT_ONCE) for _ in range(2))
    assert once.schedules == again.schedules
    assert once.counts.states == again.counts.states
