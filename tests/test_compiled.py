"""The search in machine code against the one in Python: counts, verdicts and traces are the same, however it works.

Python's counts are held against the naive search and the oracle elsewhere; here machine code takes over from the first
level on, with states of one word and of several, on one thread and on two, with whole states and with hashes of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from checker.decide import Setting, decide
from checker.engine import Answer, NetworkSearch
from checker.explicit import compiled, kernels, quotients
from checker.explicit.compiled import CompiledSearch
from checker.explicit.explorer import Explorer, Successor
from checker.explicit.packing import Packing, StepTable, Words
from checker.explicit.search import rest, search
from checker.explicit.table import StateTable
from checker.host.limits import Limits, Progress, Strategy
from checker.verdict import Outcome
from model.notation.network import connect
from model.tcp.assumptions import Assumptions
from model.tcp.handshakes import HANDSHAKES
from model.tcp.scope import SCOPES, scope_named
from properties.claim import monitored
from properties.observe import Check, Monitored
from properties.specification import SPECIFICATIONS

PYTHON = Strategy(handover=None)
WAYS = [
    Strategy(workers, compaction, handover=1, words=words)
    for workers, (words, compaction) in product((1, 2), ((1, False), (2, False), (8, False), (1, True)))
]
MODELS = [*HANDSHAKES, "three-way/simultaneous", "three-way/crash", "two-way/crash"]
KEPT = NetworkSearch(kept_everything=True, reason="")
EXACT = NetworkSearch(kept_everything=False, reason="")


def watched(model: str, scope: str = "small", *, claims: bool = True, network: NetworkSearch = EXACT) -> Monitored:
    spec = SPECIFICATIONS[model]
    system = spec.build(scope_named(scope), Assumptions())
    return network.connected(monitored(system, spec.claims if claims else ()))


def counts(found: Answer) -> tuple[object, ...]:
    return found.counts.states, found.counts.transitions, found.counts.depth, found.schedules, found.triggered


@pytest.mark.parametrize("claims", [True, False], ids=["every claim", "no claim"])
@pytest.mark.parametrize("model", MODELS)
def test_counts_and_traces_are_those_of_python(model: str, *, claims: bool) -> None:
    """Catches a state or a step that machine code loses or adds, and a trace that depends on threads or on packing."""
    asked = watched(model, claims=claims)
    python = search(asked, exhaust=True, strategy=PYTHON)
    for strategy in WAYS:
        found = search(asked, exhaust=True, strategy=strategy)
        assert counts(found) == counts(python), strategy
        assert found.complete == (not strategy.compaction)
        assert found.counts.workers == strategy.workers


@pytest.mark.parametrize("model", ["two-way", "three-way", "four-way/listeners"])
def test_verdicts_of_larger_scopes_are_those_of_python(model: str) -> None:
    """Catches what only many states bring about: a table that grows, threads that meet, a packing that is outgrown."""
    asked = watched(model, "default,attempts=2,answers=1,data=0" if "/" in model else "default", network=KEPT)
    python = search(asked, exhaust=True, strategy=PYTHON)
    for strategy in (
        Strategy(1, handover=1),
        Strategy(2, handover=1),
        Strategy(2, handover=5000),
        Strategy(2, handover=1, words=3),
    ):
        assert counts(search(asked, exhaust=True, strategy=strategy)) == counts(python)


def test_a_search_that_is_not_exhaustive_stops_when_all_is_decided() -> None:
    """Catches a search in machine code that goes on for nothing, or reports a trace that is not a shortest one."""
    asked = watched("two-way", "default", network=KEPT)
    asked = replace(asked, checks=tuple(c for c in asked.checks if c.name == "no-stale-establishment"))
    python, found = search(asked, strategy=PYTHON), search(asked, strategy=Strategy(2, handover=1))
    assert found.schedules == python.schedules
    assert not found.complete
    assert 0 < (found.counts.states or 0) < (search(asked, exhaust=True, strategy=PYTHON).counts.states or 0)


FAULTS: dict[str, Callable[[list[Successor]], list[Successor]]] = {
    "a step is missing": lambda steps: steps[:-1],
    "steps need nothing": lambda steps: [step._replace(looks=0, need=0) for step in steps],
    "steps remove nothing": lambda steps: [step._replace(keep=-1) for step in steps],
    "steps add nothing": lambda steps: [step._replace(add=0) for step in steps],
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_wrong_step_is_noticed(monkeypatch: pytest.MonkeyPatch, fault: Callable[[list[Successor]], list[Successor]]) -> None:
    """Shows that the comparisons above can fail: the masks are not what the explorer says."""
    asked, copy = watched("three-way", claims=False), StepTable.copy

    def wrong(table: StepTable, control: int) -> None:
        moves = table.explorer.moves
        right = moves[control]
        moves[control] = fault(right)
        copy(table, control)
        moves[control] = right

    monkeypatch.setattr(StepTable, "copy", wrong)
    found = search(asked, exhaust=True, strategy=Strategy(handover=1))
    assert counts(found) != counts(search(asked, exhaust=True, strategy=PYTHON))


def test_states_that_outgrow_their_packing_are_packed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches states that are lost or changed by packing them anew, in the table, in the frontier and on the way to a trace."""
    asked = watched("four-way", network=EXACT)
    packings: list[Packing] = []

    def tight(controls: int, rows: int, words: int = 1) -> Packing:
        """Leave room for a control or two more; once give it so many bits that rows need another word."""
        bits = 60 if len(packings) == 2 else (controls + 2).bit_length()
        packings.append(Packing(bits, max(words, -(-(bits + rows) // 64))))
        return packings[-1]

    monkeypatch.setattr(Packing, "of", tight)
    python = search(asked, exhaust=True, strategy=PYTHON)
    for words in (1, 2):
        packings.clear()
        assert counts(search(asked, exhaust=True, strategy=Strategy(2, handover=1, words=words))) == counts(python)
        assert len(packings) > 4
        assert {packing.words for packing in packings} == {words, 2}


@pytest.mark.parametrize(("before", "after"), [((10, 1), (14, 1)), ((20, 1), (9, 2)), ((7, 2), (40, 3)), ((33, 3), (5, 3))])
def test_packing_anew_keeps_control_and_pool(before: tuple[int, int], after: tuple[int, int]) -> None:
    """Catches a bit that is lost where the words of a state meet."""
    old, new = Packing(*before), Packing(*after)
    numbers = random.Random(1)  # noqa: S311  # the same on every run
    rows = min(old.rows, new.rows)
    nodes = [(numbers.randrange(2 ** min(before[0], after[0]) - 2), numbers.getrandbits(rows)) for _ in range(100)]
    packed = new.repacked(old.split(old.packed(*node) for node in nodes), old).reshape(-1, new.words).tolist()
    assert [new.node(words) for words in packed] == nodes


@pytest.mark.parametrize("words", [1, 2, 3])
def test_a_table_keeps_what_is_put_into_it(words: int) -> None:
    """Catches a state that a table loses when it grows in place, or has twice."""
    packed = Packing(20, words)
    table = StateTable(packed, 2**26)
    numbers = random.Random(words)  # noqa: S311  # as above
    states = {packed.packed(numbers.getrandbits(19), numbers.getrandbits(packed.rows)) for _ in range(120_000)}
    half = len(states) // 2
    listed = list(states)
    for part in (listed[:half], listed[half:]):
        assert table.insert(packed.split(part))
    assert table.size > 2**17
    found = [
        sum(word << 64 * i for i, word in enumerate(row)) for rows in table.states() for row in rows.reshape(-1, words).tolist()
    ]
    assert len(found) == len(states)
    assert set(found) == states


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have tables become tables of lines when they have few states."""
    monkeypatch.setattr("checker.explicit.table._LARGE", 2**16)


@pytest.mark.usefixtures("lines")
def test_a_table_of_lines_is_exact() -> None:
    """Catches a state that is lost or changed where its place says a part of it, as lines grow and others are struck out."""
    numbers = np.random.default_rng(1)
    random_ones = numbers.integers(1, 2**64, 1_450_000, np.uint64)
    alike = np.arange(1, 50_000, dtype=np.uint64) << np.uint64(40)  # as few bits differ in states of a model
    states = np.unique(np.concatenate([random_ones, alike, alike >> np.uint64(39)]))
    numbers.shuffle(states)
    table = StateTable(Packing(20, 1), 2**26)
    sizes = set()
    for part in np.array_split(states, 12):
        assert table.insert(part)
        sizes.add(table.size)
    assert table.slots == ()
    assert len(sizes) > 2
    assert table.used == len(states)
    assert np.array_equal(np.sort(np.concatenate([some.copy() for some in table.states()])), np.sort(states))
    kernels.insert(states, len(states), table.array, table.shift, table.words, table.slots)  # again: each is there already
    assert sum(len(some) for some in table.states()) == len(states)

    struck, others = states[:500_000], states[500_000:]
    absent = np.setdiff1d(numbers.integers(1, 2**64, 1000, np.uint64), states)
    assert table.strike(absent, len(absent)) == 0
    assert table.strike(struck, len(struck)) == len(struck)
    assert table.strike(struck, len(struck)) == 0
    every = states.copy()
    assert table.left(every, len(every)) == len(others)
    assert np.array_equal(every[: len(others)], others)
    assert np.array_equal(np.sort(np.concatenate([some.copy() for some in table.states()])), np.sort(others))


@pytest.mark.usefixtures("lines")
def test_a_table_of_lines_tells_what_is_old_from_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a state that is lost, or new once more, where a table forgets some of what is elsewhere as well."""

    def new() -> Words:
        return np.sort(np.concatenate([some.copy() for some in table.states()]))

    def put(states: Words) -> int:
        return int(kernels.insert(states, len(states), table.array, table.shift, table.words, table.slots))

    states = np.unique(np.random.default_rng(2).integers(1, 2**64, 1_000_000, np.uint64))
    np.random.default_rng(3).shuffle(states)
    first, second, third = np.split(states, [500_000, 600_000])
    monkeypatch.setattr("checker.explicit.table._LINES_KEPT", 2)
    table = StateTable(Packing(20, 1), 2**24)  # it cannot grow
    table.expect(len(first))
    assert table.insert(first)
    table.age()
    assert (table.used, table.old, len(new())) == (len(first), len(first), 0)  # nothing was much
    assert table.insert(second)
    assert put(first) == len(first)  # each is there already
    assert np.array_equal(new(), np.sort(second))
    assert table.strike(first, len(first)) == 0
    assert table.strike(second, 1000) == 1000
    every = states[: len(first) + len(second)].copy()
    assert table.left(every, len(every)) == len(second) - 1000
    assert np.array_equal(every[: len(second) - 1000], second[1000:])
    assert table.insert(third)
    assert np.array_equal(new(), np.sort(np.concatenate([second[1000:], third])))
    table.age()
    assert table.size / 10 < table.used == table.old <= table.size / 5
    assert len(new()) == 0
    kept = table.old
    assert put(states) == len(states)
    again = new()
    assert len(again) == len(states) - kept
    assert len(np.intersect1d(again, first)) / len(first) > len(np.intersect1d(again, third)) / len(third)  # the youngest stay

    table = StateTable(Packing(20, 1), 2**26)
    assert table.insert(first)
    table.age()
    assert table.insert(np.concatenate([second, third]))
    assert table.grow()  # it knows no longer what was old
    assert table.old == 0
    assert np.array_equal(new(), np.sort(states))


def test_a_hash_is_undone() -> None:
    """Catches factors and shifts of which one does not undo the other."""
    numbers = random.Random(3)  # noqa: S311  # as above
    for word in (0, 1, 2**63, 2**64 - 1, *(numbers.getrandbits(64) for _ in range(200))):
        assert quotients.unmixed(np.uint64(quotients.mixed(np.uint64(word)))) == word


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_search_with_a_table_of_lines_finds_the_same(workers: int) -> None:
    """Catches a state that threads put into a line twice or not at all."""
    asked = watched("three-way", "default,attempts=2,answers=1", claims=False)
    found = search(asked, exhaust=True, strategy=Strategy(workers, handover=1))
    assert counts(found) == counts(search(asked, exhaust=True, strategy=Strategy(handover=1, words=2)))  # which has none
    assert (found.counts.states or 0) > 0.75 * 2**16


@pytest.mark.long
@pytest.mark.parametrize("workers", [1, 2])
def test_lines_that_are_too_full_lose_no_state(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a state that is lost, or steps counted twice, where a state finds no place and its batch is expanded again."""
    asked = watched("three-way", "default", claims=False)
    other = search(asked, exhaust=True, strategy=Strategy(2, handover=1, words=2))
    monkeypatch.setattr("checker.explicit.table._LARGE", 2**16)
    monkeypatch.setattr("checker.explicit.table._lines_filled", lambda _: 0.95)  # more than there are bits for
    grown, grow = [0], StateTable.grow

    def noted(table: StateTable) -> bool:
        grown[0] += table.crowded
        return grow(table)

    monkeypatch.setattr(StateTable, "grow", noted)
    assert counts(search(asked, exhaust=True, strategy=Strategy(workers, handover=1))) == counts(other)
    assert grown[0]


def test_memory_is_bounded_and_the_answer_is_then_unknown() -> None:
    """Catches a limit that is passed, a crash at the limit, and a search cut short that passes for a complete one."""
    memory = 4 * 2**20
    asked = watched("four-way", "default", network=KEPT)
    found = search(asked, Limits(memory=memory), exhaust=True, strategy=Strategy(2, handover=1))
    assert not found.complete
    assert "memory limit of 4 MiB" in found.reason
    assert memory / 2 < found.counts.memory <= memory  # what is taken doubles
    assert (found.counts.states or 0) > 10_000
    setting = Setting(SCOPES["default"], engine="bfs", limits=Limits(memory=memory), strategy=Strategy(2, handover=1))
    spec = SPECIFICATIONS["four-way"]
    verdicts = {v.question.claim.name: v.outcome for v in decide(spec, spec.asserted, setting)}
    assert verdicts["numbering"] is Outcome.UNKNOWN
    assert verdicts["connection-possible"] is Outcome.HOLDS  # found before


def test_a_violation_whose_run_is_not_found_again_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a claim that machine code saw violated, and that is said to hold because the run to it was lost."""
    monkeypatch.setattr("checker.explicit.search._Run._find_runs", lambda *_, **__: None)
    setting = Setting(SCOPES["small"], reduction=False, keep_going=True, strategy=Strategy(handover=1))
    spec = SPECIFICATIONS["two-way"]
    (verdict,) = decide(spec, [spec.claim["isn-acknowledged"]], setting)
    assert verdict.outcome is Outcome.UNKNOWN
    assert "not found again" in verdict.reason


def test_hashes_never_earn_holds() -> None:
    """Catches a verdict that rests on hashes and does not say so."""
    setting = Setting(SCOPES["small"], reduction=False, keep_going=True, strategy=Strategy(compaction=True, handover=1))
    spec = SPECIFICATIONS["three-way"]
    (verdict,) = decide(spec, [spec.claim["agreement"]], setting)
    assert verdict.outcome is Outcome.UNKNOWN
    assert "probability of at most" in verdict.reason


@pytest.mark.parametrize(("limits", "reason"), [
    (Limits(states=5000), "5000 states"),
    (Limits(depth=6), "depth limit of 6"),
    (Limits(seconds=1e-9), "time limit"),
])  # fmt: skip
def test_limits_end_it_with_a_reason(limits: Limits, reason: str) -> None:
    """Catches a limit that machine code does not look at."""
    found = search(watched("three-way", claims=False), limits, exhaust=True, strategy=Strategy(2, handover=1))
    assert reason in found.reason
    assert not found.complete
    if limits.depth is not None:
        python = search(watched("three-way", claims=False), limits, exhaust=True, strategy=PYTHON)
        assert counts(found) == counts(python)


def test_ctrl_c_ends_it_and_keeps_what_was_found() -> None:
    """Catches results that are lost, or threads that work on."""
    asked_now = 0

    def pressed() -> bool:
        nonlocal asked_now
        asked_now += 1
        return asked_now > 30

    asked = watched("two-way", "default", network=KEPT)
    found = search(asked, Limits(interrupted=pressed), exhaust=True, strategy=Strategy(2, handover=1))
    assert found.reason == "interrupted"
    assert "no-stale-establishment" in found.schedules
    assert (found.counts.states or 0) > 1000


def test_progress_is_reported_several_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches machine code that does not come back: between two looks at the limits less than a block is explored."""
    seen: list[Progress] = []
    looks = 0

    def look() -> bool:
        nonlocal looks
        looks += 1
        return False

    monkeypatch.setattr("checker.explicit.search._REPORT", 0.0)
    monkeypatch.setattr(compiled, "BLOCK", 2048)
    limits = Limits(progress=seen.append, interrupted=look)
    search(watched("four-way", claims=False), limits, exhaust=True, strategy=Strategy(handover=1))
    steps = [after.states - before.states for before, after in pairwise(seen)]
    assert max(steps) <= 2048 * 40  # the states of a block, times the most successors of one
    assert looks >= len(seen) > 16
    assert seen[-1].memory > 0


def test_an_exception_in_a_thread_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a search that goes on without one of its threads and calls the result complete."""
    calls = 0
    real: Callable[..., None] = CompiledSearch._learn  # noqa: SLF001  # where a model's formula could fail

    def fails(self: CompiledSearch, block: object, position: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 40:
            raise ZeroDivisionError
        real(self, block, position)

    monkeypatch.setattr(CompiledSearch, "_learn", fails)
    with pytest.raises(ZeroDivisionError):
        search(watched("three-way"), exhaust=True, strategy=Strategy(2, handover=1))


def test_a_system_without_a_pool_is_left_to_python() -> None:
    """Catches machine code that is given a system in which a step takes the network as a whole."""
    spec = SPECIFICATIONS["three-way"]
    system = connect(spec.build(SCOPES["small"], Assumptions()))
    network = system.variables[[v.name for v in system.variables].index("network")]
    copy = replace(network, name="copy")
    actions = tuple(replace(a, updates={**a.updates, "copy": network.value}) for a in system.actions)
    copying = system.assembled(variables=(*system.variables, copy), actions=actions)
    empty = Check("empty", {a.name: copy.value.forall(lambda row: row.seq != row.seq) for a in system.actions})
    found = search(Monitored(copying, (empty,)), Limits(states=3000), exhaust=True, strategy=Strategy(2, handover=1))
    assert not Explorer(Monitored(copying, (empty,)), looking=True).has_pool
    assert (found.counts.workers, found.counts.memory) == (0, 0)
    assert len(found.schedules["empty"]) == 1


@pytest.mark.parametrize("model", ["two-way", "three-way", "three-way/crash", "two-way/listeners"])
def test_what_is_left_is_no_less_than_it_turns_out_to_be(model: str) -> None:
    """Catches an estimate that promises an end sooner than it comes, and one where nothing can be said."""
    found = search(watched(model, claims=False), exhaust=True, strategy=PYTHON)
    levels, said = found.counts.levels, 0
    for depth in range(1, len(levels) + 1):
        share = rest(levels[:depth], levels[depth - 1])
        done = sum(levels[: depth - 1])
        if share is not None:
            assert share * done >= sum(levels[depth - 1 :]) - 1e-6
            said += 1
    assert said
    assert rest((1, 5, 25, 20, 22, 21), 21) is None  # it has not shrunk twice
