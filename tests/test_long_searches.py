"""Searches that are long enough for machine code, as a user meets them: options, progress, the bare state space, limits."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from checker.cli import progress
from checker.decide import Setting, decide
from checker.explicit.search import search
from checker.host.limits import Progress, Strategy
from checker.host.machine import available, in_bytes, parsed, processors
from checker.verdict import Outcome
from model.notation.network import connect
from model.tcp.assumptions import Assumptions
from model.tcp.scope import scope_named
from properties.observe import Monitored
from properties.specification import SPECIFICATIONS
from tests.command_line import Ask

COMMAND = (sys.executable, "-c", "import sys; from checker.cli import main; sys.exit(main())")
LONG = ("check", "four-way", "--scope", "large", "--timeout", "4", "--no-reduction", "agreement")
"""A search that a machine of any speed is still busy with after some seconds."""


@pytest.mark.parametrize("model", ["two-way", "three-way", "four-way", "three-way/crash"])
def test_the_bare_state_space_is_that_of_the_exact_network(ask: Ask, model: str) -> None:
    """Catches a reduction, or an observer, where exports are to be compared with the counts."""
    system = connect(SPECIFICATIONS[model].build(scope_named("small"), Assumptions()))
    found = search(Monitored(system))
    answer = ask("check", model, "--scope", "small", "--claims", "none", "--json")
    record = json.loads(answer.out)
    assert (answer.code, answer.err) == (0, "")
    assert (record["states"], record["transitions"], record["depth"]) == (
        found.counts.states,
        found.counts.transitions,
        found.counts.depth,
    )
    assert (record["complete"], record["reason"]) == (True, "")
    text = ask("check", model, "--scope", "small", "--claims", "none").out
    assert f"{found.counts.states:,} distinct states" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_bare_state_space_that_is_cut_short_says_so(ask: Ask) -> None:
    """Catches counts of a part that pass for those of the whole."""
    answer = ask("check", "three-way", "--claims", "none", "--max-states", "1000")
    assert answer.code == 20
    assert "cut short: the limit of 1000 states was reached" in " ".join(answer.out.split())


def test_counts_are_the_same_on_any_number_of_threads(ask: Ask) -> None:
    """Catches threads that lose states to each other; the state space is large enough for machine code."""
    words = ("check", "three-way", "--scope", "default,data=0", "--no-reduction", "--json")
    by_workers = {n: ask(*words, "--workers", str(n)).records for n in (1, 2, 3)}
    for n, records in by_workers.items():
        assert {record["workers"] for record in records} == {n}
        assert {record["memory"] > 2**20 for record in records} == {True}
    wanted = ("claim", "verdict", "states", "transitions", "depth", "trace")
    first, *others = ([{key: record[key] for key in wanted} for record in records] for records in by_workers.values())
    assert others == [first, first]


@pytest.mark.parametrize(
    ("model", "scope"),
    [("two-way", "default,data=0"), ("three-way", "default,data=0"), ("four-way", "default,attempts=2,answers=1"),
     ("three-way/crash", "default,data=0"), ("three-way/simultaneous", "small")],
)  # fmt: skip
def test_reduction_changes_no_verdict_and_no_length(model: str, scope: str) -> None:
    """Catches a reduction that hides a violation, delays it or invents one, on the handshakes themselves."""
    spec = SPECIFICATIONS[model]
    reduced, whole = (
        {
            v.question.claim.name: (v.outcome, v.exercised, None if v.trace is None else len(v.trace))
            for v in decide(
                spec, spec.claims, Setting(scope_named(scope), reduction=reduction, strategy=Strategy(processors()))
            )
        }
        for reduction in (True, False)
    )
    assert reduced == whole
    assert {outcome for outcome, _, _ in whole.values()} == {Outcome.HOLDS, Outcome.VIOLATED} or model != "two-way"


def test_a_terminal_is_told_how_far_a_search_has_come() -> None:
    """Catches a long silence, a line too wide, and one that stays behind."""
    reader, writer = pty.openpty()
    process = subprocess.Popen([*COMMAND, *LONG], stdout=subprocess.PIPE, stderr=writer, text=True)  # noqa: S603  # our own command
    os.close(writer)
    told = b""
    try:
        while part := os.read(reader, 4096):
            told += part
    except OSError:  # how a terminal ends
        pass
    out, _ = process.communicate()
    os.close(reader)
    lines = told.decode().split("\r")
    assert len(lines) > 4
    counted = [line for line in lines[1:-1] if not line.startswith("at work, ")]  # that is said while machine code is loaded
    assert len(counted) > 2
    assert all(" states, " in line and " to explore, depth " in line for line in counted)
    assert max(len(line.removesuffix("\x1b[K")) for line in lines) < 80
    assert lines[-1] == "\x1b[K"
    assert "states" in out


def test_a_pipe_is_told_nothing() -> None:
    """Catches progress in a log file."""
    done = subprocess.run([*COMMAND, *LONG], capture_output=True, text=True, check=False)  # noqa: S603  # as above
    assert (done.returncode, done.stderr) == (20, "")


def test_progress_fits_a_line() -> None:
    """Catches a line that a terminal breaks, which could not be taken back."""
    line = progress.line(Progress(10**12, 10**11, 10**4, 10**6, 10**13))
    assert line.startswith("1,000,000,000,000 states, ")
    assert len(line) < 80
    whole = progress.line(Progress(5, 4, None, 10, 2**20, 2**30), 200)
    assert whole == "5 states, 4 to explore, 0/s, 1 MiB, 1 GiB on disk, 10 s"
    widths = range(1, 200)
    narrow = [progress.line(Progress(5, 4, depth, 10, 2**20, 2**30), width) for width in widths for depth in (None, 7)]
    assert all(len(line) < width for line, width in zip(narrow[::2], widths, strict=True))


@pytest.mark.parametrize(
    ("text", "size"),
    [("1024", 1024), ("2K", 2048), ("1.5M", 3 * 2**19), ("3G", 3 * 2**30), ("1GiB", 2**30), ("7gb", 7 * 2**30)],
)
def test_amounts_of_memory_are_read(text: str, size: int) -> None:
    """Catches a unit that is off by a thousand."""
    assert parsed(text) == size


def test_the_machine_is_described() -> None:
    """Catches figures of another order: no machine that runs this has less, and none has more."""
    assert 2**20 < available() < 2**50
    assert 1 <= processors() <= 4096
    assert in_bytes(3 * 2**29) == "1.5 GiB"
    assert in_bytes(12) == "12 bytes"


def test_whatever_is_silent_says_that_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a solver at work behind a terminal on which nothing moves, and a clock that those around lose."""
    drawn: list[str] = []
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress, "_PATIENCE", 0.02)
    monkeypatch.setattr(progress, "_SILENT", 0.02)
    monkeypatch.setattr(progress, "_draw", drawn.append)
    with progress.waiting("outer"):
        with progress.shown():
            until(lambda: "at work, 0 s" in drawn)
        drawn.clear()
        until(lambda: "outer, 0 s" in drawn)
    before = list(drawn)
    time.sleep(0.1)
    assert drawn == before


def test_a_log_has_a_line_a_minute_of_whatever_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches a command on a pipe that says nothing all night, and one that says something without being asked to."""
    monkeypatch.setattr(progress, "_PATIENCE", 0.02)
    monkeypatch.setattr(progress, "_LOGGED", 0.04)
    told = ""

    def heard() -> str:
        nonlocal told
        told += capsys.readouterr().err
        return told

    with progress.bar("mutants") as show, progress.waiting("a proof") as say:
        show(1, 3)
        say("soon")
        time.sleep(0.2)
    assert heard() == ""
    with progress.bar("mutants", log=True) as show:
        show(1, 3)
        until(lambda: bool(re.search(r"^\d\d:\d\d:\d\d 1/3 mutants, \d+ s$", heard(), re.MULTILINE)))
    with progress.waiting("a proof", log=True) as say:
        say("soon")
        until(lambda: bool(re.search(r"^\d\d:\d\d:\d\d a proof, soon, \d+ s$", heard(), re.MULTILINE)))


def until(met: Callable[[], bool]) -> None:
    """Wait, ten seconds at most."""
    end = time.monotonic() + 10
    while not met():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_is_left_is_said_where_it_is_known() -> None:
    """Catches a bound that is said as if it were the time."""
    said = progress.line(Progress(10**6, 1, 9, 12.0, 2**20, left=34.2), 200)
    assert said.endswith("12 s, at most 34 s to go")
