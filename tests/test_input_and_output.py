"""What cannot be read or written: one sentence, a code that no answer has, and nothing half written, nothing lost.

Each kind of failure is a line of a table. Most are met in this process; those of standard streams that are closed need one of
their own.
"""

from __future__ import annotations

import os
import re
import resource
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from checker.cli import commands, exits, main
from tests.command_line import Ask
from tests.processes import started

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="full disks and users without rights are made as Linux makes them")
pytestmark = LINUX

NOBODY = 65534
TRACE = ("trace", "two-way", "agreement", "--scope", "small")
COUNTER = """
from model import Action, Nat, TransitionSystem, Variable
from properties import invariant, specify
n = Variable("n", Nat(9), 0)
up = Action("up", guard=n.value < 2, updates={"n": n.value + 1})
low = invariant("low", n.value < 3, trigger=n.value > 1, when="it is high")
COUNTER = specify(TransitionSystem("counter", (n,), (up,)), claims=(low,))
"""
LONG = "x" * 300


@contextmanager
def nobody() -> Iterator[None]:
    """Have no rights but those that everybody has."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file become longer than some bytes, as on a disk with no room for more."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def usual() -> Iterator[None]:
    yield


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a directory to be in, with what the table names: files that are there, and that may not be read or changed."""
    monkeypatch.chdir(tmp_path)
    for above in (tmp_path, *tmp_path.parents[:3]):  # one more where tests run side by side
        above.chmod(above.stat().st_mode | 0o111)
    (tmp_path / "counter.py").write_text(COUNTER)
    (tmp_path / "invariant").write_text("n < 3\n")
    (tmp_path / "octets").write_bytes(b"\xff\n")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "other").write_text("kept\n")
    (tmp_path / "closed").mkdir(mode=0)
    (tmp_path / "fixed").mkdir(mode=0o555)
    for name in ("secret.py", "secret.json"):
        (tmp_path / name).write_text("{}")
        (tmp_path / name).chmod(0)
    for name in ("fixed.svg", "kept.svg", "kept.dot", "kept.pml", "kept.tla", "kept.cfg"):
        (tmp_path / name).write_text("kept\n")
    (tmp_path / "fixed.svg").chmod(0o444)
    (tmp_path / "round.svg").symlink_to("round.svg")
    (tmp_path / "evil.py").write_text("open('ran', 'w')\n")
    (tmp_path / "evil.json").write_text('{"models": ["evil.py"], "steps": []}')
    (tmp_path / "loop.py").write_text("n = 0\nwhile True:\n    n += 1\n")
    yield tmp_path
    for name in ("closed", "fixed"):
        (tmp_path / name).chmod(0o755)


Kind = tuple[str, Callable[[], AbstractContextManager[None]], tuple[str, ...], int, str]
KINDS: tuple[Kind, ...] = (
    # files that cannot be written
    ("no such directory", usual, (*TRACE, "-o", "none/x.svg"), 74, "No such file or directory"),
    ("a directory that may not be searched", nobody, (*TRACE, "-o", "closed/x.svg"), 74, "Permission denied"),
    ("a directory that may not be changed", nobody, (*TRACE, "-o", "fixed/x.svg"), 74, "Permission denied"),
    ("a file that may not be changed", nobody, (*TRACE, "-o", "fixed.svg"), 74, "may not be changed"),
    ("a name that is too long", usual, (*TRACE, "-o", f"{LONG}.svg"), 74, "File name too long"),
    ("a directory as a file", usual, ("export", "two-way", "--to", "promela", "-o", "full"), 74, "it is a directory"),
    ("a file as a directory", usual, (*TRACE, "-o", "counter.py/x.svg"), 74, "Not a directory"),
    ("a link to itself", usual, (*TRACE, "-o", "round.svg"), 74, "round.svg"),
    ("a device that is full", usual, (*TRACE, "--format", "svg", "-o", "/dev/full"), 74, "No space left on device"),
    ("no place of files", usual, ("graph", "two-way", "--scope", "small", "-o", "/proc/x.dot"), 74, "/proc/x.dot"),
    ("a full disk, a drawing", full_disk, (*TRACE, "-o", "kept.svg"), 74, "File too large"),
    ("a full disk, a graph", full_disk, ("graph", "two-way", "--scope", "small", "-o", "kept.dot"), 74, "File too large"),
    ("a full disk, Promela", full_disk, ("export", "two-way", "--to", "promela", "-o", "kept.pml"), 74, "File too large"),
    ("a full disk, TLA+", full_disk, ("export", "two-way", "--to", "tla", "-o", "kept.tla"), 74, "File too large"),
    ("a full disk, runs", full_disk, ("check", *TRACE[1:], "--format", "svg", "-o", "runs"), 74, "File too large"),
    ("a full disk, a certificate", full_disk, ("prove", "counter.py", "--invariant", "invariant", "-o", "proof"), 74, "large"),
    ("Promela into nowhere", usual, ("export", "two-way", "--to", "promela", "-o", "none/x.pml"), 74, "No such file"),
    ("a graph into nowhere", usual, ("graph", "two-way", "-o", "none/x.dot"), 74, "No such file or directory"),
    ("a scenario into nowhere", usual, ("scenario", "stale-syn", "two-way", "-o", "none/x.svg"), 74, "No such file"),
    ("a random run into nowhere", usual, ("simulate", "two-way", "-o", "none/x.svg"), 74, "No such file or directory"),
    ("runs into a name too long", usual, ("check", "two-way", "--format", "svg", "-o", LONG), 74, "File name too long"),
    ("a comparison into a name too long", usual, ("compare", "two-way", "--format", "svg", "-o", LONG), 74, "too long"),
    ("runs into a file", usual, ("check", "two-way", "--format", "svg", "-o", "invariant"), 2, "name a directory"),
    ("a certificate into a file", usual, ("prove", "two-way", "-o", "invariant"), 2, "invariant is a file"),
    ("a certificate among other files", usual, ("prove", "two-way", "-o", "full"), 2, "has other files in it"),
    ("a certificate below a file", usual, ("prove", "two-way", "-o", "invariant/x"), 74, "Not a directory"),
    ("a report below a file", usual, ("report", "-o", "invariant/x"), 74, "Not a directory"),
    ("runs to standard output", usual, ("check", "two-way", "--format", "svg", "-o", "-"), 2, "- is standard output"),
    ("a certificate to standard output", usual, ("prove", "two-way", "-o", "-"), 2, "- is standard output"),
    # files that cannot be read
    ("no model", usual, ("check", "none.py"), 74, "there is no such file"),
    ("a directory as a model", usual, ("check", "full/../full.py/../full/x.py"), 74, "cannot be read"),
    ("a model that may not be read", nobody, ("check", "secret.py"), 74, "Permission denied"),
    ("a model with a name that is too long", usual, ("check", f"{LONG}.py"), 74, "File name too long"),
    ("a model that does not end", usual, ("check", "loop.py", "--timeout", "0.2"), 20, "loop.py, line "),
    ("no scenario", usual, ("scenario", "none.json"), 74, "there is no such file"),
    ("a scenario that may not be read", nobody, ("scenario", "secret.json"), 74, "Permission denied"),
    ("a scenario of a stranger's model", usual, ("scenario", "evil.json"), 2, "synproof scenario evil.json evil.py"),
    ("no run to go on from", usual, ("explain", "two-way", "--after", "none.json"), 74, "there is no such file"),
    ("no invariant", usual, ("prove", "counter.py", "--invariant", "none"), 74, "none cannot be read"),
    ("an invariant that is no text", usual, ("prove", "counter.py", "--invariant", "octets"), 65, "is not UTF-8"),
    ("no certificate", usual, ("recheck", "none"), 74, "there is no such directory"),
    ("a certificate that may not be read", nobody, ("recheck", "closed"), 74, "closed"),
)
"""What happens, where, to which command; the code, and a part of the sentence. 2 is for what is asked, 65 for what is read."""


ANSWERED = {"a full disk, runs"}
"""Where there is an answer nevertheless, which is printed before the runs are written."""


def everything(place: Path) -> dict[Path, tuple[int, bytes]]:
    """Return what there is in a directory, files with their content."""
    return {
        path: (path.lstat().st_mode, path.read_bytes() if stat.S_ISREG(path.lstat().st_mode) else b"")
        for path in sorted(place.rglob("*"))
    }


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, id=kind[0], marks=pytest.mark.long if number % 3 else ()) for number, kind in enumerate(KINDS)]
)
def test_a_failure_is_one_sentence_and_loses_nothing(kind: Kind, place: Path, ask: Ask) -> None:
    _, happening, words, code, said = kind
    before = everything(place)
    ask(*TRACE, "--format", "svg")  # loads what may not be read by everybody
    with happening():
        answer = ask(*words)
    (place / "closed").chmod(0o755)  # so that it can be looked at
    assert answer.code == code
    assert bool(answer.out) == (kind[0] in ANSWERED)
    assert answer.err.startswith("synproof: ")
    assert answer.err.count("\n") == 1
    assert said in answer.err
    after = everything(place)
    made = {path.relative_to(place).parts[0] for path in after.keys() - before.keys()}
    assert made <= {"runs", "proof"}  # directories that were asked for, and stay empty
    assert not any(path.is_file() for path in after.keys() - before.keys())
    assert {path: what[1] for path, what in after.items() if path in before} == {p: w[1] for p, w in before.items()}
    assert not (place / "ran").exists()


def test_forty_kinds_are_tried() -> None:
    assert len(KINDS) >= 40
    assert {kind[3] for kind in KINDS}.isdisjoint({0, 1, 12, 13})


def test_each_code_is_said_where_help_is() -> None:
    codes = {value for value in vars(exits).values() if type(value) is int}
    said = re.findall(r"(?:^| )(\d+)  ", commands.EXIT_CODES, re.MULTILINE)
    assert sorted(map(int, said)) == sorted(codes)


# -- standard streams


@contextmanager
def full(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put a file that takes nothing in the place of a standard stream."""
    with open("/dev/full", "w", encoding="utf-8") as file:  # noqa: PTH123  # no file of a disk
        monkeypatch.setattr(sys, name, file)
        yield
        monkeypatch.undo()


@pytest.mark.parametrize("words", [("list",), TRACE, (*TRACE, "--json"), (*TRACE, "--format", "pcapng")], ids=" ".join)
def test_an_answer_that_cannot_be_printed_is_none(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with full("stdout", monkeypatch):
        assert main(words) == 74
    assert capsys.readouterr().err == "synproof: standard output cannot be written: No space left on device\n"


@pytest.mark.parametrize(("words", "code"), [(TRACE, 0), (("check", "two-way", "nosuch"), 2)])
def test_complaints_that_cannot_be_printed_change_nothing(
    words: tuple[str, ...], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with full("stderr", monkeypatch):
        assert main(words) == code
    assert bool(capsys.readouterr().out) == (code == 0)


def closing(*numbers: int) -> Callable[[], None]:
    def close() -> None:
        for number in numbers:
            os.close(number)

    return close


CLOSED: dict[str, tuple[tuple[str, ...], tuple[int, ...], int, str]] = {
    "no output": (TRACE, (1,), 74, "synproof: standard output is closed"),
    "no complaints": (("check", "two-way", "agreement", "--scope", "small"), (2,), 12, ""),
    "no output, no complaints": (("list",), (1, 2), 74, ""),
    "no input": (("list",), (0,), 0, ""),
    "nothing": (("compare", "two-way", "--scope", "small"), (0, 1, 2), 74, ""),
}


@pytest.mark.parametrize("kind", [pytest.param(k, marks=() if "," in k else pytest.mark.long) for k in CLOSED])
def test_a_stream_that_is_closed_is_no_place_for_a_file(kind: str) -> None:
    words, numbers, code, said = CLOSED[kind]
    with started(*words, confine=closing(*numbers)) as command:
        ended, out, err = command.ended()
    assert ended == code
    assert err.startswith(said)
    assert err.count("\n") == (2 not in numbers and code == 74)
    assert bool(out) == (1 not in numbers)


def test_nobody_reads_why_there_is_no_answer() -> None:
    """Catches a broken pipe that passes for a fault of synproof's own: the record of a mistake is printed, too."""
    words = ("compare", "two-way", "--width", "1000", "--json")
    code = "import sys; from checker.cli import main; sys.exit(main())"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(  # noqa: S603  # this command, on words of the test
        [sys.executable, "-c", code, *words], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert done.returncode == exits.NOBODY_READS
    assert done.stderr.startswith("synproof: --width is for drawings")
