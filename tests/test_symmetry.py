"""Renaming ISNs: what is decided stays the same, states that come out of each other are one, and unsound uses are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import permutations

import pytest

from checker.explicit.search import search
from checker.explicit.symmetry import exchangeable
from checker.limits import Means, NotSymmetricError
from model.interpreter import Interpreter, State
from model.sorts import SEQ, Nat, NotationError, Relation, Value
from model.system import Action, TransitionSystem, Variable, choose, draw
from properties.observe import Check, Monitored
from tests.command_line import Ask
from tests.naive import replay

ISNS = (100, 200, 300)
NUMBERS = Relation((("seq", SEQ),))

LAST = Variable("last", SEQ, 0)
READ = Variable("read", SEQ, 0)
USED = Variable("used", NUMBERS, frozenset())
WIRE = Variable("wire", NUMBERS, frozenset())
OPENED = Variable("opened", Nat(3), 0)

ISN = choose("isn", SEQ, among=ISNS)
ROW = draw("row", WIRE.value)
OPENS = Action(
    "opens",
    ~USED.value.has(ISN.value),
    {
        "last": ISN.value,
        "used": USED.value.add(ISN.value),
        "wire": WIRE.value.add(ISN.value + 1),
        "opened": OPENED.value + 1,
    },
    (ISN,),
)
READS = Action("reads", updates={"read": ROW.row.seq, "wire": WIRE.value.remove(ROW.row.seq)}, parameters=(ROW,))
OLD = Check(
    "reads an old one",
    {"reads": (ROW.row.seq != LAST.value + 1) & (OPENED.value == 3)},
    {"reads": READ.value == LAST.value + 1},
)
NEVER = Check("reads what nobody sent", {"reads": ROW.row.seq == LAST.value})


def system(*actions: Action, first: Value = 0) -> Monitored:
    variables = (replace(LAST, initial=first), READ, USED, WIRE, OPENED)
    return Monitored(TransitionSystem("renamable", variables, actions or (OPENS, READS)), (OLD, NEVER))


def reachable(monitored: Monitored) -> set[tuple[Value, ...]]:
    interpreter = Interpreter(monitored.system)
    names = tuple(monitored.system.sorts)

    def key(state: State) -> tuple[Value, ...]:
        return tuple(state[name] for name in names)

    seen = {key(interpreter.initial()): interpreter.initial()}
    frontier = list(seen.values())
    while frontier:
        after = [step.state for state in frontier for step in interpreter.steps(state)]
        frontier = [new for new in after if seen.setdefault(key(new), new) is new]
    return set(seen)


def renamed(state: tuple[Value, ...], renaming: Mapping[int, int]) -> tuple[Value, ...]:
    def number(n: Value) -> Value:
        assert isinstance(n, int)
        return next((new + n - old for old, new in renaming.items() if 0 <= n - old <= 1), n)

    return tuple(frozenset((number(n),) for (n,) in part) if isinstance(part, frozenset) else number(part) for part in state)


def test_states_that_come_out_of_each_other_are_one() -> None:
    """Catches an orbit that is searched twice or not at all: they are counted from the states of the interpreter."""
    monitored = system()
    states = reachable(monitored)
    renamings = [dict(zip(ISNS, order, strict=True)) for order in permutations(ISNS)]
    orbits = {frozenset(renamed(state, renaming) for renaming in renamings) for state in states}
    whole = search(monitored, exhaust=True)
    found = search(monitored, exhaust=True, means=Means(symmetry=True))
    assert whole.states == len(states)
    assert found.states == len(orbits) < whole.states
    assert exchangeable(monitored).order == 6


def test_verdicts_and_lengths_stay_and_traces_are_runs() -> None:
    """Catches a trace through representatives that is no run of the system, and a verdict that renaming changes."""
    monitored = system()
    whole, found = (search(monitored, exhaust=True, means=Means(symmetry=symmetry)) for symmetry in (False, True))
    assert {name: len(run) for name, run in found.schedules.items()} == {
        name: len(run) for name, run in whole.schedules.items()
    }
    assert set(found.schedules) == {OLD.name}
    assert (found.triggered, found.depth, found.complete) == (whole.triggered, whole.depth, True)
    replay(monitored, found.schedules[OLD.name], OLD)


UNSOUND: dict[str, tuple[Callable[[], Monitored], str]] = {
    "a window": (lambda: system(replace(OPENS, guard=OPENS.guard & LAST.value.in_window(ISN.value, 500)), READS), "how far"),
    "a number of its own": (lambda: system(OPENS, replace(READS, guard=READ.value != 201)), "201"),
    "a number kept": (lambda: system(OPENS, replace(READS, updates={"read": 300})), "300"),
    "a number at the start": (lambda: system(first=100), "100"),
    "a long way": (lambda: system(OPENS, replace(READS, updates={"read": ROW.row.seq + 99})), "adds so much"),
    "one order": (
        lambda: system(replace(OPENS, parameters=(choose("isn", SEQ, among=(LAST.value + 1,)),)), READS),
        "one order",
    ),
    "no choice": (lambda: system(READS), "nowhere"),
    "a claim about a number": (
        lambda: replace(system(), checks=(Check("first", {"reads": ROW.row.seq == 101}),)),
        "claim 'first'",
    ),
}


@pytest.mark.parametrize(("unsound", "reason"), UNSOUND.values(), ids=UNSOUND)
def test_unsound_uses_are_refused(unsound: Callable[[], Monitored], reason: str) -> None:
    """Catches a renaming of what can be told apart: by a distance, by a constant, by the order of choices, by the claim."""
    with pytest.raises(NotSymmetricError, match=reason):
        search(unsound(), means=Means(symmetry=True))


def test_numbers_that_run_into_those_of_another_isn_end_the_search() -> None:
    """Catches what formulas do not show: additions that lead, one by one, from the numbers of one ISN to those of another."""
    counts = Action("counts", updates={"last": LAST.value + 1})
    with pytest.raises(NotationError, match="cannot be renamed"):
        search(system(OPENS, counts), exhaust=True, means=Means(symmetry=True))


def test_a_handshake_has_no_use_for_it_and_says_why(ask: Ask) -> None:
    """The ISNs of a scope are chosen in one order."""
    answer = ask("check", "three-way", "--symmetry")
    assert (answer.code, answer.out) == (2, "")
    assert "one order" in answer.err
