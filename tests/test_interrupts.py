"""Ctrl-C at any time ends any command: with the one code, without a traceback, and no solver that was stopped is an answer.

The time is drawn by a seed. What ends before has its whole answer; what would go on for long has to be interrupted. The
children of a shell in the background ignore Ctrl-C, so each command is started with what a terminal gives it.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from checker.cli import main
from tests.models import COUNTER
from tests.processes import started

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is left of a command is read from /proc")

LOADED = "import os, sys; from checker.cli import main; os.write(2, b'\\n'); sys.exit(main())"
"""The command, which ends a line when the first of its own instructions runs: Python's start is not its own."""
LARGE = ("--scope", "large")
BRIEF: Mapping[str, tuple[str, ...]] = {
    "list": ("list",),
    "show": ("show", "three-way"),
    "scenario": ("scenario", "stale-syn", "--format", "svg", "-o", "pictures"),
    "explain": ("explain", "three-way", "--after", "agreement"),
    "export": ("export", "three-way", "--to", "promela", "-o", "model.pml"),
    "graph": ("graph", "two-way", "--scope", "small", "-o", "graph.dot"),
    "recheck": ("recheck", "certificate", "--model", "counter.py"),
    "trace": ("trace", "two-way", "agreement", "--traces", "3", "-o", "traces", "--format", "svg"),
}
"""Commands that may have ended before."""
LASTING: Mapping[str, tuple[str, ...]] = {
    "check": ("check", "four-way", *LARGE),
    "check, Z3": ("check", "three-way", "agreement", "--engine", "bmc", "--max-depth", "40"),
    "check, a proof": ("check", "three-way", "agreement", "--engine", "proof"),
    "check, liveness": ("check", "four-way", "handshake-completes", *LARGE),
    "compare": ("compare", *LARGE),
    "trace": ("trace", "three-way", "agreement", *LARGE),
    "assumptions": ("assumptions", "three-way", "agreement", *LARGE),
    "simulate": ("simulate", "three-way", "--runs", "10000000"),
    "graph": ("graph", "four-way", *LARGE),
    "prove": ("prove", "four-way", "agreement", "-o", "proof"),
    "minimal": ("minimal", "--messages", "4"),
    "waste": ("waste", "--syns", "3"),
    "report": ("report", "-o", "report"),
}
"""Commands that take longer than any time that is drawn."""
LONGEST = 6.0
"""The last time that is drawn, in seconds after the command's own first instruction."""


@dataclass(frozen=True)
class End:
    """How a command ended after Ctrl-C."""

    code: int
    out: str
    err: str


def interrupted(words: tuple[str, ...], after: float, *, terminal: bool) -> End:
    """Press Ctrl-C some seconds after a command began to run; a ``terminal`` sends it to all its processes."""

    def as_in_a_terminal() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.setpgid(0, 0)

    with started(*words, code=LOADED, confine=as_in_a_terminal) as command:
        assert command.process.stderr is not None
        assert command.process.stderr.readline() == "\n"
        time.sleep(after)
        if command.process.poll() is None:
            (os.killpg if terminal else os.kill)(command.process.pid, signal.SIGINT)
        return End(*command.ended())


def check_end(end: End, *, lasting: bool, codes: tuple[int, ...] = (0, 12)) -> None:
    """Assert that it was interrupted, or was not because it had ended; that is one sentence, or none."""
    assert "Traceback" not in end.out + end.err
    assert "rror" not in end.err  # nor what Python says of errors that nobody hears
    if end.code == 130:
        if "stopped by Ctrl-C" not in end.out:  # as what was found until then says in its place
            assert end.err.startswith("synproof: interrupted")
            assert end.err.count("\n") == 1
    else:
        assert not lasting, end
        assert end.code in codes
        assert end.out
        assert end.err == ""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a model and a certificate."""
    place = tmp_path_factory.mktemp("place")
    (place / "counter.py").write_text(COUNTER)
    (place / "invariant").write_text("n < 3\n")
    words = ("prove", "counter.py", "low", "--invariant", "invariant", "-o", "certificate")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert main(words) == 0
    return place


def check_files(place: Path) -> None:
    """Assert that whatever is there is whole: what is written takes its place at once."""
    assert not list(place.rglob(".synproof-*"))
    for name, end in (("model.pml", "}\n"), ("graph.dot", "}\n")):
        if (place / name).exists():
            assert (place / name).read_text().endswith(end)
    for path in place.rglob("*.svg"):
        assert path.read_text().rstrip().endswith("</svg>")
    proof = place / "proof"
    assert not proof.exists() or (proof / "manifest.json").exists() or not any(proof.iterdir())


@pytest.mark.long
@pytest.mark.parametrize("seed", range(200))
def test_ctrl_c_at_any_time(seed: int, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose = random.Random(seed)  # noqa: S311  # chance, not secrecy
    lasting = bool(seed % 2)
    commands = LASTING if lasting else BRIEF
    words = commands[sorted(commands)[seed // 2 % len(commands)]]
    after = choose.random() * choose.choice((0.4, 2.0, LONGEST))  # modules load in the first part of a second
    monkeypatch.chdir(place)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    check_end(interrupted(words, after, terminal=choose.random() < 0.7), lasting=lasting)
    check_files(place)


@pytest.mark.parametrize(("words", "after"), [(BRIEF["list"], 0.02), (LASTING["check"], 0.2), (LASTING["simulate"], 1.0)])
def test_ctrl_c_while_modules_load_and_after(words: tuple[str, ...], after: float) -> None:
    check_end(interrupted(words, after, terminal=True), lasting=words != BRIEF["list"])


def test_a_command_in_the_background_goes_on() -> None:
    """A shell lets its jobs ignore Ctrl-C, which is for what is before them."""

    def in_the_background() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    with started("list", code=LOADED, confine=in_the_background) as command:
        assert command.process.stderr is not None
        command.process.stderr.readline()
        os.kill(command.process.pid, signal.SIGINT)
        code, out, err = command.ended()
    assert (code, bool(out), err) == (0, True, "")


def test_z3_is_told_to_leave_signals_alone() -> None:
    """Whoever imports it from elsewhere lets it hear Ctrl-C and answer "unknown", also where that is ignored."""
    root = Path(__file__).parents[1] / "checker"
    importing = [
        path.name for path in root.rglob("*.py") if "import z3\n" in path.read_text(encoding="utf-8").splitlines(keepends=True)
    ]
    assert importing == ["solving.py"]
    code = "import checker.host.solving as s; print(s.z3.get_param('ctrl_c'))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    assert done.stdout == "false\n"


def test_a_function_leaves_signals_to_its_caller(capsys: pytest.CaptureFixture[str]) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert main(["list"]) == 0
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
