"""States on disk: a search whose memory is too small, and one that is gone on with, find what an undisturbed one finds.

What is expected is what machine code finds in memory, which ``test_compiled`` holds against Python's search, and others that
against the naive search and the oracle.
"""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from checker.decide import Setting, decide
from checker.engine import Answer
from checker.explicit import checkpoint, kernels
from checker.explicit.checkpoint import MANIFEST, CheckpointError, UnwritableError
from checker.explicit.packing import Packing
from checker.explicit.search import search
from checker.explicit.shelf import Part, Shelf
from checker.explicit.spilling import SpillingSearch
from checker.explicit.table import StateTable
from checker.explicit.visited import Visited
from checker.host.limits import Keep, Limits, Progress, Strategy
from checker.verdict import Outcome
from model.notation.expr import FALSE
from model.tcp.scope import SCOPES
from properties.observe import Monitored
from properties.specification import SPECIFICATIONS
from tests.command_line import Ask
from tests.test_compiled import MODELS, watched

LEAST = 1_330_000
"""Bytes with which each model spills that is searched in one word by one thread, and has room for its steps and one block."""
MORE = 280_000
"""Bytes for the block of another thread."""
MEMORY = Strategy(handover=1)
WAYS = ((1, 1), (2, 1), (2, 3))
"""Threads, and words of a state."""


def counts(found: Answer) -> tuple[object, ...]:
    """Return what has to be the same: with the sizes of the levels, and how far it came."""
    counted = found.counts
    return counted.states, counted.transitions, counted.depth, counted.levels, found.schedules, found.triggered, found.complete


def least(workers: int, words: int) -> int:
    return words * (LEAST + (workers - 1) * MORE)


def spilled(asked: Monitored, keep: Keep, workers: int = 1, words: int = 1, memory: int = 0) -> Answer:
    strategy = Strategy(workers, handover=1, words=words, keep=keep)
    return search(asked, Limits(memory=memory or least(workers, words)), exhaust=True, strategy=strategy)


@cache
def asked_of(model: str, *, claims: bool = True) -> Monitored:
    return watched(model, claims=claims)


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return a list that gets an element whenever states are spilled: whether it is in a search for runs."""
    often: list[bool] = []

    def noted(real: Callable[..., None]) -> Callable[..., None]:
        def note(search: SpillingSearch, *how: object) -> None:
            often.append(search.keep)
            real(search, *how)

        return note

    for name in ("_settle", "_lay_aside"):  # what happens inside, which no count shows
        monkeypatch.setattr(SpillingSearch, name, noted(getattr(SpillingSearch, name)))
    return often


def each(*quick: str) -> list[object]:
    """Return each model in each way; ordinary tests are those of the ``quick`` models on two threads, in one word."""
    return [
        pytest.param(model, *way, marks=[] if model in quick and way == (2, 1) else pytest.mark.long)
        for model in MODELS
        for way in WAYS
    ]


@pytest.mark.parametrize(("model", "workers", "words"), each("four-way"))
def test_counts_and_traces_are_the_same_where_the_memory_is_too_small(
    model: str, workers: int, words: int, tmp_path: Path, settled: list[bool]
) -> None:
    """Catches a state that is lost or counted twice between table and runs, and a trace that depends on what was spilled."""
    asked = asked_of(model)
    whole = search(asked, exhaust=True, strategy=MEMORY)
    for part in (1, 16):  # of the memory: with all, blocks do not leave it before the table is full
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("checker.explicit.spilling._ASIDE", part)
            settled.clear()
            assert counts(spilled(asked, Keep(tmp_path, spills=True), workers, words)) == counts(whole)
        assert part > 1 or True in settled  # in the search for the runs
        assert False in settled or model != "four-way"  # which has most states
        assert not list(tmp_path.iterdir())  # nothing is left behind


@pytest.mark.parametrize("workers", [1, 2])
def test_a_table_of_lines_keeps_a_part_of_what_is_on_disk(
    workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settled: list[bool]
) -> None:
    """Catches a state that is lost or counted twice where some of what the runs have is in the table as well."""
    asked = watched("three-way", "default,attempts=3,answers=1", claims=False)
    whole = counts(search(asked, exhaust=True, strategy=MEMORY))
    monkeypatch.setattr("checker.explicit.table._LARGE", 2**16)
    monkeypatch.setattr("checker.explicit.table._LINES_FILLED", {18: 0.14})
    monkeypatch.setattr("checker.explicit.table._FILLED_AT_MOST", 0.16)
    monkeypatch.setattr("checker.explicit.table._LINES_KEPT", 1)
    aged, age = list[tuple[int, int]](), StateTable.age

    def noted(table: StateTable) -> None:
        before = table.used
        age(table)
        aged.append((before, table.old))

    monkeypatch.setattr(StateTable, "age", noted)
    assert counts(spilled(asked, Keep(tmp_path, spills=True), workers, memory=19 * 2**20)) == whole
    assert any(0 < old < before for before, old in aged)  # some was forgotten
    assert any(0 < old == before for before, old in aged)
    assert len(settled) > 3


def test_python_may_take_what_it_needs_until_machine_code_spills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a search that ends before it spills, because its beginning in Python takes more memory than is allowed."""
    taken = count(0, 2**24)
    monkeypatch.setattr("checker.explicit.search.resident", lambda: next(taken))
    asked = asked_of("three-way/crash")
    whole = counts(search(asked, exhaust=True, strategy=MEMORY))
    strategy, limits = Strategy(handover=3000, keep=Keep(tmp_path, spills=True)), Limits(memory=LEAST)
    assert counts(search(asked, limits, exhaust=True, strategy=strategy)) == whole
    monkeypatch.setattr("checker.explicit.search._has_machine_code", lambda: False)
    found = search(asked, limits, exhaust=True, strategy=strategy)
    assert found.reason.startswith("the memory limit of ")


def test_a_state_that_is_on_disk_is_found_there_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that the comparison above can fail: nothing is struck out of the table."""
    asked = asked_of("four-way")
    whole = search(asked, exhaust=True, strategy=MEMORY).counts.states or 0
    monkeypatch.setattr(kernels, "strike", lambda *_: 0)
    limits = Limits(memory=LEAST, states=2 * whole)  # else it never ends
    found = search(asked, limits, exhaust=True, strategy=Strategy(handover=1, keep=Keep(tmp_path, spills=True)))
    assert (found.counts.states or 0) > whole


def tight(packings: list[Packing]) -> Callable[..., Packing]:
    """Return how to pack with room for a control or two more, and once with so many bits that rows need another word."""

    def of(controls: int, rows: int, words: int = 1) -> Packing:
        bits = 60 if len(packings) == 3 else (controls + 2).bit_length()
        packings.append(Packing(bits, max(words, -(-(bits + rows) // 64))))
        return packings[-1]

    return of


def test_what_is_on_disk_outlives_its_packing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settled: list[bool]) -> None:
    """Catches states that are not known again, or changed, where those on disk are packed as it was done before."""
    asked, packings = asked_of("four-way"), list[Packing]()
    whole = search(asked, exhaust=True, strategy=MEMORY)
    monkeypatch.setattr(Packing, "of", tight(packings))
    assert counts(spilled(asked, Keep(tmp_path, spills=True), 2, memory=4_000_000)) == counts(whole)
    assert len(settled) > 1
    assert {packing.words for packing in packings} == {1, 2}


@pytest.mark.parametrize(("words", "lines"), [(1, False), (2, False), (3, False), (1, True)])
def test_a_run_has_what_is_new_in_a_table_each_once(
    words: int, lines: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a state that is lost where the table begins anew at its end, and one that a run of another packing hides."""
    if lines:
        monkeypatch.setattr("checker.explicit.table._LARGE", 2**16)
    numbers, packing = random.Random(words), Packing(20, words)  # noqa: S311  # the same on every run
    store = Visited(Shelf(tmp_path))
    every = list({packing.packed(numbers.getrandbits(19), numbers.getrandbits(packing.rows)) for _ in range(150_000)})
    known: set[int] = set()
    with ThreadPoolExecutor(1) as threads:
        for chosen in (every[:60_000], every[30_000:100_000], every[99_900:100_100], every[100_100:]):
            table = StateTable(packing, 2**26)
            assert table.insert(packing.split(chosen))
            struck = store.strike(table, packing, threads, 2, lambda: True)
            assert struck == len(known.intersection(chosen))
            store.add(table, packing, table.used - struck)
            known.update(chosen)
    found = [states.reshape(-1, words).tolist() for run in store.runs for states in store.shelf.chunks(run, packing)]
    held = [sum(word << 64 * i for i, word in enumerate(row)) for rows in found for row in rows]
    assert len(held) == len(known)
    assert set(held) == known


# -- disks that are full ----------------------------------------------------------------------------------------------------


def test_a_limit_of_disk_is_honoured_and_the_answer_is_then_unknown(tmp_path: Path) -> None:
    """Catches a limit that is passed, and a search cut short that passes for a complete one."""
    most = [0]

    def told(progress: Progress) -> None:
        most[0] = max(most[0], progress.disk)

    asked = watched("three-way", "default,attempts=2,answers=1", claims=False)
    limits, keep = Limits(memory=LEAST, progress=told), Keep(tmp_path, spills=True, disk=2**19)
    found = search(asked, limits, exhaust=True, strategy=Strategy(handover=1, keep=keep))
    assert not found.complete
    assert found.reason == "the disk limit of 512 KiB was reached"
    assert most[0] <= 2**19


def test_a_place_that_cannot_be_written_to_is_refused_before_anything_is_searched(tmp_path: Path) -> None:
    """Catches a search that learns when its memory is full, after hours, that it cannot spill; this one never would."""
    (tmp_path / "file").touch()
    asked = watched("two-way", "small", claims=False)
    with pytest.raises(UnwritableError, match="cannot be written to"):
        search(asked, Limits(), exhaust=True, strategy=Strategy(keep=Keep(tmp_path / "file" / "in", spills=True)))


@pytest.mark.parametrize("option", ["--checkpoint", "--spill"])
def test_a_place_that_cannot_be_written_to_is_no_damaged_checkpoint(ask: Ask, tmp_path: Path, option: str) -> None:
    """EXIT_CODES.md has 74 for what cannot be written, and 66 for checkpoints."""
    (tmp_path / "file").touch()
    answer = ask("check", "three-way", "agreement", "--engine", "bfs", option, str(tmp_path / "file" / "in"))
    assert (answer.code, answer.out) == (74, "")
    assert "name another directory" in answer.err


def failing(after: int, number: int) -> Callable[[int, memoryview], int]:
    """Return a system call that writes so many bytes, and then has no room."""
    left, real = [after], os.write

    def write(descriptor: int, content: memoryview) -> int:
        if left[0] <= 0:
            raise OSError(number, os.strerror(number))
        left[0] -= len(content)
        return real(descriptor, content[: len(content) // 2 or 1])  # as where something interrupts it

    return write


@pytest.mark.parametrize("after", [0, 100, 50_000, 100_000])
def test_a_disk_that_is_full_leaves_it_open(after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a verdict from what could not be written."""
    monkeypatch.setattr(os, "write", failing(after, errno.ENOSPC))
    found = spilled(asked_of("three-way/crash"), Keep(tmp_path, spills=True), 2)
    assert not found.complete
    assert "No space left on device" in found.reason


def test_a_disk_that_is_full_is_named_where_only_the_search_for_runs_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settled: list[bool]
) -> None:
    """Catches a reason that speaks of memory where the states fitted, and those on the way to a run did not."""
    monkeypatch.setattr(os, "write", failing(0, errno.ENOSPC))
    found = spilled(asked_of("three-way/crash"), Keep(tmp_path, spills=True), 2, memory=least(2, 1) + 2**19)
    assert set(settled) == {True}
    assert not found.complete
    assert "No space left on device" in found.reason


def test_a_full_disk_takes_no_verdict_from_a_search_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a search that ends because its checkpoints cannot be written; it says so instead, and the last one stays."""
    asked, told = asked_of("two-way", claims=False), list[str]()
    monkeypatch.setattr(os, "write", failing(30_000, errno.ENOSPC))
    keep = Keep(tmp_path, saves=True, every=0, told=told.append)
    found = search(asked, exhaust=True, strategy=Strategy(2, handover=1, keep=keep))
    assert counts(found) == counts(search(asked, exhaust=True, strategy=MEMORY))
    assert len(told) == 1
    assert "No space left on device" in told[0]
    monkeypatch.undo()
    again = search(asked, exhaust=True, strategy=Strategy(handover=1, keep=replace(keep, saves=False, resumes=True)))
    assert counts(again) == counts(found)


# -- going on ---------------------------------------------------------------------------------------------------------------


def in_pieces(asked: Monitored, keep: Keep, stops: Iterator[int], strategy: Strategy, memory: int | None = None) -> Answer:
    """Search, interrupted after so many looks, and go on from the checkpoint until nothing interrupts it any more."""
    found: Answer | None = None
    while found is None or not found.complete:
        left = [next(stops)]

        def pressed(left: list[int] = left) -> bool:
            left[0] -= 1
            return left[0] < 0

        if (keep.directory / MANIFEST).exists():
            keep = replace(keep, saves=False, resumes=True)
        else:
            keep = replace(keep, saves=True, resumes=False)
        found = search(asked, Limits(interrupted=pressed, memory=memory), exhaust=True, strategy=replace(strategy, keep=keep))
        assert found.complete or found.reason == "interrupted"
    return found


@pytest.mark.parametrize("spills", [False, True])
@pytest.mark.parametrize(("model", "workers", "words"), each("three-way/crash"))
def test_a_search_in_pieces_finds_what_a_whole_one_does(
    model: str, workers: int, words: int, tmp_path: Path, *, spills: bool
) -> None:
    """Catches what a checkpoint loses: states, steps, depths, what was decided, and in which order states were met."""
    asked = asked_of(model)
    whole = counts(search(asked, exhaust=True, strategy=MEMORY))
    draw = random.Random(f"{model}{workers}{words}")  # noqa: S311  # the same on every run
    stops = (draw.randrange(8, 40) + 20 * n for n in count())
    strategy, keep = Strategy(workers, handover=1, words=words), Keep(tmp_path, spills=spills, every=0)
    assert counts(in_pieces(asked, keep, stops, strategy, least(workers, words) if spills else None)) == whole


def test_a_search_in_pieces_has_a_table_of_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches states that are lost on their way from files, in whatever order, into a table that is made for so many."""
    asked = watched("three-way", "default,attempts=2,answers=1", claims=False)
    whole = counts(search(asked, exhaust=True, strategy=MEMORY))
    monkeypatch.setattr("checker.explicit.table._LARGE", 2**16)
    tables, kept = list[tuple[int, ...]](), StateTable.expect

    def noted(table: StateTable, states: int) -> None:
        kept(table, states)
        tables.append(table.slots)

    monkeypatch.setattr(StateTable, "expect", noted)
    stops = (15 + 15 * n for n in count())
    assert counts(in_pieces(asked, Keep(tmp_path, every=0), stops, Strategy(2, handover=1))) == whole
    assert () in tables


@pytest.mark.long
def test_it_goes_on_with_more_memory_and_with_less(tmp_path: Path) -> None:
    """Catches a checkpoint that only a machine of the same size can go on from."""
    asked = asked_of("three-way/crash")
    whole = counts(search(asked, exhaust=True, strategy=MEMORY))
    for number, sizes in enumerate(((LEAST, None, LEAST), (None, LEAST, None))):
        keep = Keep(tmp_path / str(number), spills=True, saves=True, every=0)
        for looks, memory in zip((4, 8, 10**6), sizes, strict=True):
            left = [looks]

            def pressed(left: list[int] = left) -> bool:
                left[0] -= 1
                return left[0] < 0

            limits = Limits(interrupted=pressed, memory=memory)
            found = search(asked, limits, exhaust=True, strategy=Strategy(handover=1, keep=keep))
            keep = replace(keep, saves=False, resumes=True)
        assert counts(found) == whole


def test_a_limit_leaves_a_checkpoint_too(tmp_path: Path) -> None:
    """Catches work that is lost at a limit, and a limit of depth that is not looked at where it is gone on."""
    asked, keep = asked_of("two-way", claims=False), Keep(tmp_path, saves=True)
    at = replace(keep, saves=False, resumes=True)
    whole = search(asked, exhaust=True, strategy=MEMORY)
    for limits in (Limits(depth=6), Limits(depth=6), Limits(depth=9), Limits(memory=2**20)):
        found = search(asked, limits, exhaust=True, strategy=Strategy(handover=1, keep=keep))
        assert not found.complete
        if limits.depth is not None:
            assert found.counts.depth == limits.depth
            assert found.counts.levels == whole.counts.levels[: limits.depth + 1]
        keep = at
    found = search(asked, exhaust=True, strategy=Strategy(2, handover=1, keep=at))
    assert counts(found) == counts(whole)


def test_a_verdict_is_the_same_after_going_on(tmp_path: Path) -> None:
    """Catches a claim decided before the checkpoint that comes out as one that holds."""
    spec = SPECIFICATIONS["two-way"]
    keep = Keep(tmp_path, saves=True, every=0)
    setting = Setting(SCOPES["small"], engine="bfs", reduction=False, keep_going=True, strategy=Strategy(handover=1))
    whole = decide(spec, spec.asserted, setting)
    assert Outcome.VIOLATED in {verdict.outcome for verdict in whole}
    for limits, way in ((Limits(depth=7), keep), (Limits(), replace(keep, saves=False, resumes=True))):
        found = decide(spec, spec.asserted, replace(setting, limits=limits, strategy=replace(setting.strategy, keep=way)))
    for one, other in zip(whole, found, strict=True):
        assert (one.outcome, one.exercised) == (other.outcome, other.exercised)
        assert (one.trace and one.trace.schedule) == (other.trace and other.trace.schedule)


# -- what is refused --------------------------------------------------------------------------------------------------------


def begun(asked: Monitored, directory: Path, *, spills: bool = False, depth: int = 8) -> None:
    """Leave a checkpoint."""
    keep = Keep(directory, saves=True, spills=spills)
    memory = LEAST if spills else None
    found = search(asked, Limits(depth=depth, memory=memory), exhaust=True, strategy=Strategy(handover=1, keep=keep))
    assert not found.complete


def gone_on(asked: Monitored, directory: Path) -> Answer:
    return search(asked, exhaust=True, strategy=Strategy(handover=1, keep=Keep(directory, resumes=True)))


def damaged(directory: Path, draw: random.Random) -> str:
    """Damage one file of a checkpoint that counts, and return how."""
    named = sorted(checkpoint.read(directory)["files"])
    path = directory / draw.choice([MANIFEST, *named])
    content = bytearray(path.read_bytes())
    way = draw.choice(("a byte is another", "cut short", "longer", "not there", "empty"))
    if way == "a byte is another":
        at = draw.randrange(len(content))
        content[at] ^= 1 << draw.randrange(8)
    elif way == "cut short":
        del content[draw.randrange(1, len(content)) :]
    elif way == "longer":
        content += bytes(draw.randrange(1, 64))
    elif way == "empty":
        content.clear()
    path.unlink()
    if way != "not there":
        path.write_bytes(content)
    return f"{path.name}: {way}"


@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 50))])
def test_a_damaged_checkpoint_is_refused(seed: int, tmp_path: Path) -> None:
    """Catches a verdict from a file that is not what was written, whatever has happened to it."""
    draw = random.Random(seed)  # noqa: S311  # the same on every run
    asked = asked_of("two-way/crash", claims=bool(seed % 2))
    begun(asked, tmp_path, spills=bool(seed % 2))
    how = damaged(tmp_path, draw)
    with pytest.raises(CheckpointError) as refused:
        gone_on(asked, tmp_path)
    assert "damaged" in str(refused.value) or "no checkpoint" in str(refused.value), how


def test_a_forged_manifest_is_refused(tmp_path: Path) -> None:
    """Catches a search that believes what a manifest with a right hash says of the model."""
    asked = asked_of("two-way", claims=False)
    begun(asked, tmp_path)
    path, said = tmp_path / MANIFEST, checkpoint.read(tmp_path)
    forgeries: list[Callable[[dict[str, object]], None]] = [
        lambda new: new.update(states=1),
        lambda new: new.update(question=None),
        lambda new: new.update(visited=None),
        lambda new: new.update(files={name: {} for name in said["files"]}),
        lambda new: new.update(transitions="many"),
        lambda new: new.update(frontier=[]),
        lambda new: new.update(frontier=[[name, 0, 10**9] for name in said["files"]]),
        lambda new: new.update(learnt={**said["learnt"], "controls": said["learnt"]["controls"][:-1]}),
        lambda new: new.update(learnt={**said["learnt"], "controls": said["learnt"]["controls"][::-1]}),
        lambda new: new.update(learnt={**said["learnt"], "rows": []}),
        lambda new: new.update(packing={"control_bits": 2, "words": 1}),
        lambda new: new.update(synproof="0.0.1"),
    ]
    for forge in forgeries:
        new = dict(said)
        forge(new)
        path.write_text(checkpoint.signed(new), encoding="utf-8")
        with pytest.raises(CheckpointError):
            gone_on(asked, tmp_path)
    path.write_text(checkpoint.signed(dict(said)), encoding="utf-8")
    assert counts(gone_on(asked, tmp_path)) == counts(search(asked, exhaust=True, strategy=MEMORY))


def test_a_checkpoint_of_another_question_is_refused_with_what_differs(tmp_path: Path) -> None:
    """Catches a search that goes on with the states of another model, scope, assumption or claim."""
    asked = asked_of("two-way")
    begun(asked, tmp_path)
    others = {
        "it is about two-way, and asked is three-way/crash": asked_of("three-way/crash"),
        "asked is none": asked_of("two-way", claims=False),
        "the scope is another": replace(asked, system=replace(asked.system, constraint=FALSE)),
        "formulas": replace(asked, checks=(replace(asked.checks[0], stop={}), *asked.checks[1:])),
    }
    for why, other in others.items():
        with pytest.raises(CheckpointError, match=why):
            gone_on(other, tmp_path)


def test_two_searches_do_not_share_a_directory(tmp_path: Path) -> None:
    """Catches a checkpoint that two searches write at once."""
    asked = asked_of("two-way", claims=False)
    begun(asked, tmp_path)

    def second() -> bool:
        with pytest.raises(CheckpointError, match="another search is at work"):
            gone_on(asked, tmp_path)
        return True

    keep = Keep(tmp_path, resumes=True)
    found = search(asked, Limits(interrupted=second), exhaust=True, strategy=Strategy(handover=1, keep=keep))
    assert found.reason == "interrupted"


def test_a_directory_is_not_taken_from_anybody(tmp_path: Path) -> None:
    """Catches files of others that are overwritten or deleted, and two searches in one directory."""
    asked = asked_of("two-way", claims=False)
    (tmp_path / "thesis.tex").write_text("mine", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"thesis\.tex"):
        begun(asked, tmp_path)
    begun(asked, tmp_path / "new")
    with pytest.raises(CheckpointError, match="--resume"):
        begun(asked, tmp_path / "new")
    with pytest.raises(CheckpointError, match="no checkpoint"):
        gone_on(asked, tmp_path)


def test_a_file_of_states_is_an_array_of_numpy(tmp_path: Path) -> None:
    """Catches files that only this program reads."""
    packing, store = Packing(10, 2), Shelf(tmp_path)
    states = packing.split(packing.packed(n, n * n) for n in range(200_000))
    run = store.write([states[:30], states[30:30], states[30:300_002], states[300_002:]], 200_000, packing)
    assert np.array_equal(np.load(tmp_path / run.name), states.reshape(-1, 2))
    assert np.array_equal(store.read(Part(run, 70_000, 5), packing), states[140_000:140_010])
    assert store.used == (tmp_path / run.name).stat().st_size
