"""Renaming ISNs: what is decided stays the same, states that come out of each other are one, and unsound uses are refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import permutations

import pytest

from checker.engine import Answer
from checker.explicit import symmetry
from checker.explicit.search import search
from checker.explicit.symmetry import Symmetry, exchangeable
from checker.host.limits import NotSymmetricError, Strategy
from model.notation.analysis import subformulas
from model.notation.expr import FALSE, Expr, Op, ite, literal
from model.notation.interpreter import Interpreter, State
from model.notation.sorts import BOOL, MODULUS, SEQ, Nat, NotationError, Relation, Value
from model.notation.system import Action, Parameter, TransitionSystem, Variable, choose, draw
from properties.observe import Check, Monitored
from tests.command_line import Ask
from tests.naive import replay
from tests.random_renamings import renamed_system

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
    found = search(monitored, exhaust=True, strategy=Strategy(symmetry=True))
    assert whole.counts.states == len(states)
    assert found.counts.states == len(orbits) < len(states)
    assert exchangeable(monitored).order == 6


def test_verdicts_and_lengths_stay_and_traces_are_runs() -> None:
    """Catches a trace through representatives that is no run of the system, and a verdict that renaming changes."""
    monitored = system()
    whole, found = (search(monitored, exhaust=True, strategy=Strategy(symmetry=renames)) for renames in (False, True))
    assert {name: len(run) for name, run in found.schedules.items()} == {
        name: len(run) for name, run in whole.schedules.items()
    }
    assert set(found.schedules) == {OLD.name}
    assert (found.triggered, found.counts.depth, found.complete) == (whole.triggered, whole.counts.depth, True)
    replay(monitored, found.schedules[OLD.name], OLD)


def from_behind() -> Monitored:
    """Return a system in which 98 grows by 1, has nothing to do with ISN 100, and meets it."""
    counts = Action("counts", OPENED.value < 3, {"read": READ.value + 1, "opened": OPENED.value + 1})
    variables = (LAST, replace(READ, initial=98), USED, WIRE, OPENED)
    opens = Action("opens", LAST.value == 0, {"last": ISN.value}, (ISN,))
    meets = Check("meets", {"counts": READ.value + 1 == LAST.value})
    return Monitored(TransitionSystem("behind", variables, (opens, counts)), (meets,))


UNSOUND: dict[str, tuple[Callable[[], Monitored], str]] = {
    "a window": (lambda: system(replace(OPENS, guard=OPENS.guard & LAST.value.in_window(ISN.value, 500)), READS), "how far"),
    "a number of its own": (lambda: system(OPENS, replace(READS, guard=READ.value != 201)), "201"),
    "a number kept": (lambda: system(OPENS, replace(READS, updates={"read": 300})), "300"),
    "a number at the start": (lambda: system(first=100), "100"),
    "a number that comes from behind": (from_behind, "98"),
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
        search(unsound(), strategy=Strategy(symmetry=True))


def test_numbers_that_run_into_those_of_another_isn_end_the_search() -> None:
    """Catches what formulas do not show: additions that lead, one by one, from the numbers of one ISN to those of another."""
    counts = Action("counts", updates={"last": LAST.value + 1})
    with pytest.raises(NotationError, match="cannot be renamed"):
        search(system(OPENS, counts), exhaust=True, strategy=Strategy(symmetry=True))


# -- each condition by itself ------------------------------------------------------------------------------------------

X, Z = Variable("x", SEQ, 10_000), Variable("z", SEQ, 66)
UNOPENED = X.value == 10_000
ADDED = draw("row", WIRE.value.add(X.value + 32))
WHETHER = choose("whether", BOOL, among=(X.value == 100, FALSE))


def opening(order: tuple[int, ...], *actions: Action, by: int = 0) -> Monitored:
    """Return a system that chooses one of two ISNs, with each of which 33 numbers are renamed; its goal needs one of them."""
    isn = choose("isn", SEQ, among=order)
    opens = Action("opens", UNOPENED, {"x": isn.value + by}, (isn,))
    return Monitored(TransitionSystem("opening", (X, Z, WIRE, OPENED), (opens, *actions, Action("goal", ~UNOPENED))))


def goal(monitored: Monitored, condition: Expr, *parameters: Parameter) -> Monitored:
    """Return the system with the check whether the goal is met under a condition."""
    actions = (replace(a, parameters=parameters) if a.name == "goal" else a for a in monitored.system.actions)
    return Monitored(replace(monitored.system, actions=tuple(actions)), (Check("goal", {"goal": condition}),))


def thrice(number: Expr, amount: int) -> Expr:
    """Return a number to which an amount is added three times, one in the other."""
    for _ in range(3):
        number = ite(OPENED.value == 0, number + amount, number)
    return number


TICKS = Action("ticks", (OPENED.value < 2) & ~UNOPENED, {"z": Z.value + 17, "opened": OPENED.value + 1})
GROWS = Action("grows", (OPENED.value < 2) & ~UNOPENED, {"x": X.value + 32, "opened": OPENED.value + 1})
NEEDED: dict[str, tuple[Callable[[tuple[int, ...]], Monitored], str, object, int]] = {
    # What tells the ISNs apart, what to put in the place of which function, and the length of the run that is lost then: the
    # choice, the steps in between, and the goal.
    "a band before": (lambda o: goal(opening(o, TICKS), Z.value == X.value), "renamed", (False, True), 4),
    "a band after": (lambda o: goal(opening(o, GROWS), X.value + 2 == 166), "renamed", (True, False), 4),
    "additions in each other": (
        lambda o: goal(opening(o), thrice(X.value, 22) == 166),
        "_added",
        lambda e: max((int(str(p.args[1].value)) for p in subformulas(e) if p.op is Op.SHIFT), default=0),
        2,
    ),
    "rows that are drawn": (
        lambda o: goal(opening(o, by=32), ADDED.row.seq + 2 == 166, ADDED), "_drawn", lambda _: (), 2
    ),
    "numbers written": (lambda o: goal(opening(o), X.value == 100), "_constants", lambda _: (), 2),
    "candidates": (lambda o: goal(opening(o), WHETHER.value, WHETHER), "_is_exchanged", lambda p: p.source is None, 2),
    "distances": (
        lambda o: goal(opening(o), X.value.in_window(literal(66, SEQ), 50)),
        "subformulas",
        lambda e: (part for part in subformulas(e) if part.op is not Op.DIFFERENCE),
        2,
    ),
}  # fmt: skip


def with_bands(before: bool, after: bool) -> Callable[[Symmetry, int, Mapping[int, int]], int]:
    """Return how numbers are renamed where only some bands are looked at."""

    def renamed(self: Symmetry, number: int, renaming: Mapping[int, int]) -> int:
        for isn, new in renaming.items():
            ahead = (number - isn) % MODULUS
            if ahead < self.reach:
                return (new + ahead) % MODULUS
            if (after and ahead < 2 * self.reach) or (before and MODULUS - ahead <= self.reach):
                raise NotationError("in a band")
        return number

    return renamed


@pytest.mark.parametrize("name", NEEDED)
def test_each_condition_is_needed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only with ISN 100 is the goal met, as one sees: the search is refused or ended, and without the condition misses it."""
    build, function, instead, steps = NEEDED[name]
    orders = ((100, 200), (200, 100))
    for order in orders:
        assert len(search(build(order)).schedules["goal"]) == steps
        with pytest.raises((NotSymmetricError, NotationError)):
            search(build(order), exhaust=True, strategy=Strategy(symmetry=True))
    if isinstance(instead, tuple):
        monkeypatch.setattr(Symmetry, function, with_bands(*instead))
    else:
        monkeypatch.setattr(symmetry, function, instead)
    found = [search(build(order), strategy=Strategy(symmetry=True)) for order in orders]
    assert any("goal" not in each.schedules and each.complete for each in found)


# -- systems that nobody designed --------------------------------------------------------------------------------------


def first_difference(seeds: Iterable[int]) -> tuple[str, Counter[str]]:
    """Return the first random system that is answered otherwise when ISNs are renamed, or ""; and what became of them."""
    became = Counter[str]()

    def answers(found: Answer) -> object:
        lengths = {name: len(run) for name, run in found.schedules.items()}
        return lengths, found.triggered, found.counts.depth, found.complete, found.counts.never_taken

    for seed in seeds:
        monitored = renamed_system(seed)
        try:
            found = search(monitored, exhaust=True, strategy=Strategy(symmetry=True))
        except NotSymmetricError:
            became["refused"] += 1
            continue
        except NotationError:
            became["ended"] += 1
            continue
        whole = search(monitored, exhaust=True)
        became["answered"] += 1
        became["decided"] += len(whole.schedules)
        became["fewer states"] += (found.counts.states or 0) < (whole.counts.states or 0)
        if answers(found) != answers(whole):
            return f"seed {seed}: {answers(found)} and not {answers(whole)}", became
    return "", became


def test_random_systems_are_answered_the_same_or_refused() -> None:
    """Catches a renaming of what some formula, number or step tells apart."""
    difference, became = first_difference(range(140))
    assert difference == ""
    assert min(became[what] for what in ("refused", "ended", "answered", "fewer states", "decided")) >= 10, became


@pytest.mark.long
def test_thousands_of_random_systems_are_answered_the_same_or_refused() -> None:
    """Catches what is rarer: a thousand of them are answered."""
    difference, became = first_difference(range(7500))
    assert difference == ""
    assert became["answered"] >= 1000, became


@pytest.mark.parametrize(
    ("function", "instead"),
    [("renamed", (False, True)), ("_added", lambda _: 0)],
    ids=["numbers that come from behind", "additions not looked at"],
)
def test_random_systems_show_what_is_forgotten(function: str, instead: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches examples too dull to show anything: a search that lost violations is found out by them."""
    if isinstance(instead, tuple):
        monkeypatch.setattr(Symmetry, function, with_bands(*instead))
    else:
        monkeypatch.setattr(symmetry, function, instead)
    assert first_difference(range(140))[0] != ""


def test_a_handshake_has_no_use_for_it_and_says_why(ask: Ask) -> None:
    """The ISNs of a scope are chosen in one order."""
    answer = ask("check", "three-way", "--symmetry")
    assert (answer.code, answer.out) == (2, "")
    assert "one order" in answer.err
