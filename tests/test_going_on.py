"""Searches that something ends, as a user meets them: the command as a process, killed at any moment, and gone on with."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from checker.explicit.checkpoint import MANIFEST
from checker.host.limits import Strategy
from tests.command_line import Ask
from tests.processes import PATIENCE, Marked, started

ASKED = ("three-way", "--claims", "none", "--scope", "default,attempts=3,answers=1", "--json")
SOON = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)  # an import may turn an exception into another
from functools import partial
from checker.cli import main, request
request.Strategy = partial(request.Strategy, handover=1000)
sys.exit(main())
"""
"""The command, but that machine code takes over with the first thousand states: so most of a short search has checkpoints."""
LARGER = (*ASKED[:-2], "default", "--json")
LINES = f"""
from checker.explicit import table
table._LARGE = 2**16
{SOON}"""
"""As before, but that a table becomes one of lines with as many states as a short search has."""
COPIES = """
from model import Action, Nat, Network, Relation, TransitionSystem, Variable
from properties import specify
SEGMENTS = Relation((("n", Nat(1)),))
wire, was = (Variable(name, SEGMENTS, frozenset()) for name in ("wire", "was"))
sends = Action("sends", sends=((1,),), updates={"was": wire.value})
MODEL = specify(TransitionSystem("copies", (wire, was), (sends,), network=Network("wire")), [])
"""
"""A model with a step that copies its network."""
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
COUNTED = ("complete", "states", "transitions", "depth", "reason")


def counted(out: str) -> dict[str, Any]:
    record = json.loads(out)
    return {name: record[name] for name in COUNTED}


@cache
def undisturbed(*asked: str) -> dict[str, Any]:
    """Return what a search finds that nothing disturbs, in memory."""
    with started("check", *asked, code=SOON) as run:
        code, out, err = run.ended()
    assert (code, err) == (0, "")
    return counted(out)


def small_files(most: int) -> Callable[[], None]:
    """Return what lets a process write files of so many bytes at most, as on a disk that is full."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def wait_for(begun: Callable[[], bool], run: Marked) -> None:
    """Wait until something has begun, or the process has ended."""
    end = time.monotonic() + PATIENCE
    while not begun() and run.process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)


@pytest.mark.parametrize("seed", [2, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 52))])
def test_whatever_ends_a_search_it_finds_the_same_in_the_end(seed: int, tmp_path: Path) -> None:
    """Catches a verdict or a count that is lost or wrong after a kill, a signal, a full disk, or a file that is damaged.

    With odd seeds it has a table of lines; where it spills too, more states than the least of these has room for.
    """
    draw = random.Random(seed)  # noqa: S311  # the same on every run
    directory, lines = tmp_path / "kept", seed % 2 == 1
    spills = draw.random() < 0.5
    spilling = ("--spill", str(directory), "--memory", "24M" if lines else "8M") if spills else ()
    asked, command = LARGER if spills and lines else ASKED, LINES if lines else SOON
    for attempt in range(20):
        begun = (directory / MANIFEST).exists()
        place = ("--resume" if begun else "--checkpoint", str(directory), "--every", "0.05")
        last = attempt == 3
        full = not last and draw.random() < 0.25
        confine = small_files(draw.randrange(1, 3_000_000)) if full else None
        with started("check", *asked, *place, *spilling, code=command, confine=confine) as run:
            if not last and not full:
                if draw.random() < 0.75:
                    wait_for((directory / MANIFEST).exists, run)
                time.sleep(draw.uniform(0, 0.4))
                run.process.send_signal(number := draw.choice(SIGNALS))
            code, out, err = run.ended()
        if not last and not full and code != 0:
            early = "Fatal Python error: init" in err  # before there is anything of ours
            assert code in {-number, 128 + number} or early, err
        elif code == 20:
            assert full
            assert not json.loads(out)["complete"]
        else:
            assert code == 0, err
            assert counted(out) == undisturbed(*asked)
            return
    raise AssertionError("it never came to its end")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_last_level(number: signal.Signals, tmp_path: Path, ask: Ask) -> None:
    """Catches a search that a signal ends without the level that it had found, and one that does not say how to go on."""
    with started("check", *ASKED, "--checkpoint", str(tmp_path / "kept"), "--every", "1000", code=SOON) as run:
        wait_for(lambda: bool(list((tmp_path / "kept").glob("states-*3.npy"))), run)
        run.process.send_signal(number)
        code, _, err = run.ended()
    if code == 0:
        pytest.skip("it was done before")
    assert code == 128 + number
    told, ended = err.splitlines()
    assert ended == f"synproof: ended by {number.name}"
    assert (tmp_path / "kept" / MANIFEST).exists()
    answer = ask(*told.removeprefix("synproof: to go on: synproof ").split())
    assert answer.code == 0
    assert counted(answer.out) == undisturbed(*ASKED)


def test_a_signal_leaves_nothing_that_nobody_goes_on_from(tmp_path: Path) -> None:
    """Catches files of states that are left where a search spills that writes no checkpoints."""
    with started("check", *ASKED, "--spill", str(tmp_path), "--memory", "4M", "--workers", "1", code=SOON) as run:
        wait_for(lambda: bool(list(tmp_path.glob("*/states-*.npy"))), run)
        assert run.process.poll() is None
        run.process.terminate()
        code, _, err = run.ended()
    assert (code, err) == (128 + signal.SIGTERM, "synproof: ended by SIGTERM\n")
    assert not os.listdir(tmp_path)  # noqa: PTH208  # names are enough


def test_what_is_not_done_says_how_it_goes_on(tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a command that is said to go on, and does not, or not with the question that was asked."""
    monkeypatch.setattr("checker.cli.request.Strategy", partial(Strategy, handover=100))
    place = str(tmp_path / "kept")
    asked = ("two-way", "isn-acknowledged", "numbering", "--scope", "small", "--no-reduction")
    whole = ask("check", *asked, "--json").records
    assert [record["verdict"] for record in whole] == ["violated", "holds"]
    first = ask("check", *asked, "--checkpoint", place, "--max-states", "2000", "--json")
    assert first.err == f"synproof: to go on: synproof check --resume {place}\n"
    assert [record["verdict"] for record in first.records] == ["violated", "unknown"]
    answer = ask(*first.err.split()[5:], "--max-states", "100000")
    assert answer.code == 12, answer.err
    same = ("claim", "verdict", "reason", "trace", "states", "transitions")
    assert [[record[name] for name in same] for record in answer.records] == [
        [record[name] for name in same] for record in whole
    ]


@pytest.mark.parametrize("option", ["checkpoint", "spill", "cluster"])
def test_without_an_engine_the_plain_search_answers_and_says_so(option: str, tmp_path: Path, ask: Ask) -> None:
    """Catches a user who has to know which engine keeps states elsewhere, and a search of all states that nobody asked for."""
    asked = ("check", "two-way", "numbering", "--scope", "small", "--json")
    (usual,) = ask(*asked).records
    answer = ask(*asked, f"--{option}", "local:2" if option == "cluster" else str(tmp_path / "kept"))
    (record,) = answer.records
    assert (usual["engine"], record["engine"], record["verdict"]) == ("covering", "bfs", usual["verdict"])
    assert f"every state was explored, because --{option} is about states one by one" in record["network"]


def test_what_is_refused_says_why_in_a_sentence(tmp_path: Path, ask: Ask) -> None:
    """Catches a checkpoint of somebody else that is taken, and a traceback."""
    none, copies = str(tmp_path / "none"), tmp_path / "copies.py"
    copies.write_text(COPIES)
    answer = ask("check", "--resume", none)
    assert answer.code == 66
    assert "has no checkpoint" in answer.err
    for words, why in (
        (("two-way", "--engine", "bmc", "--checkpoint", none), "is for covering and bfs"),
        (("two-way", "half-open-is-released", "--spill", none), "which is for covering and bfs"),
        ((str(copies), "--claims", "none", "--spill", none), "Python searches it"),
        (("two-way", "--claims", "none", "--disk", "1G"), "add --spill"),
        (("two-way", "--claims", "none", "--spill", none, "--disk", "0"), "'0' is no amount of disk"),
        (("two-way", "--claims", "none", "--every", "3"), "add --checkpoint"),
        (("two-way", "--claims", "none", "--spill", none, "--checkpoint", f"{none}2"), "the same directory"),
        (("two-way", "--claims", "none", "--spill", none, "--hash-compaction"), "leave out --hash-compaction, or --spill"),
        (("two-way", "--engine", "bfs", "--spill", none, "--symmetry"), "leave out --symmetry, or --spill"),
        (("two-way", "--engine", "bfs", "--resume", none, "--checkpoint", none), "leave out --checkpoint"),
    ):
        answer = ask("check", *words)
        assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
        assert why in answer.err
    assert os.listdir(tmp_path) == ["copies.py"]  # noqa: PTH208  # names are enough


def test_a_log_has_a_line_a_minute(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Catches a log that is silent where there is no terminal, or that never stops."""
    from checker.cli import progress  # noqa: PLC0415  # only here
    from checker.host.limits import Progress  # noqa: PLC0415

    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    with progress.shown(log=True) as show:
        assert show is not None
        for second in range(0, 200, 5):
            show(Progress(second * 10**6, 10**6, 20, second, 2**31, 5 * 2**30))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == [
        f"{second},000,000 states, 1,000,000 to explore, depth 20, 1.0 M/s, 2 GiB, 5 GiB on disk, {second} s"
        for second in (60, 120, 180)
    ]
    with progress.shown() as show:
        assert show is None
