"""How a command writes its runs: the same options everywhere, and a sentence where something cannot be."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from checker.decide import Setting, decide
from model.tcp.scope import SCOPES
from properties.specification import SPECIFICATIONS
from reports.traces.formats import FONT, FORMATS, of_file
from tests.command_line import Ask

ROOT = Path(__file__).parents[1]
TRACE = ("trace", "two-way", "agreement")
SVG = "{http://www.w3.org/2000/svg}"
STEPS = 3
"""The server listens, the client opens, its SYN makes the server ESTABLISHED."""
COMMAND = "import sys; from checker.cli import main; sys.exit(main())"
RUNS = {
    "trace": TRACE,
    "scenario": ("scenario", "stale-syn", "two-way"),
    "simulate": ("simulate", "three-way", "--steps", "5"),
    "relation": ("trace", "four-way", "four-way-unmerged"),
    "tutorial": ("trace", "model/tutorials/alternating_bit.py:reordering", "delivered-in-order"),
}
EACH = [*((TRACE, made) for made in FORMATS), *((words, "html") for words in RUNS.values() if words != TRACE)]


@pytest.mark.parametrize(("words", "made"), EACH)
def test_every_command_with_a_run_writes_every_format(ask: Ask, tmp_path: Path, words: tuple[str, ...], made: str) -> None:
    """By the end of the file's name, which is the same as by the name of the format."""
    named, ended = tmp_path / "named", tmp_path / f"ended{FORMATS[made].suffix}"
    first = ask(*words, "--format", made, "-o", str(named))
    second = ask(*words, "-o", str(ended))
    assert (first.code, first.err) == (second.code, second.err) == (0, "")
    assert re.fullmatch(rf"{ended}: {made}, \d+ steps?\n", second.out)
    typed = re.compile(rb'"command": ".*"')  # which differs
    assert typed.sub(b"", named.read_bytes()) == typed.sub(b"", ended.read_bytes())


@pytest.mark.parametrize("made", [name for name, f in FORMATS.items() if not f.binary])
def test_what_is_printed_is_what_is_written(ask: Ask, tmp_path: Path, made: str) -> None:
    path = tmp_path / "run"
    ask(*TRACE, "--format", made, "-o", str(path))
    written = path.read_text(encoding="utf-8").replace(f" -o {path}", "")  # as the command says it that was typed
    assert ask(*TRACE, "--format", made).out == written


def test_text_is_what_the_command_prints_without_format(ask: Ask) -> None:
    for name, words in RUNS.items():
        if name != "relation":  # which says how many seconds it took
            assert ask(*words, "--format", "text").out == ask(*words).out


def test_several_runs_become_files_of_their_own(ask: Ask, tmp_path: Path) -> None:
    """Also where several were asked for, and there is one: of two-way's agreement there is no other counterexample."""
    several = {
        ("scenario", "stale-syn"): ["three-way", "two-way"],
        ("trace", "two-way", "agreement", "--traces", "2"): ["two-way-agreement"],
        ("simulate", "three-way", "--runs", "2", "--steps", "3"): ["three-way-seed-1-1", "three-way-seed-1-2"],
    }
    for number, (words, names) in enumerate(several.items()):
        directory = tmp_path / str(number)
        assert ask(*words, "--format", "json", "-o", str(directory)).code == 0
        assert sorted(path.name for path in directory.iterdir()) == [f"{name}.json" for name in names]


def test_a_check_writes_the_runs_of_its_verdicts(ask: Ask, tmp_path: Path) -> None:
    """Besides what it prints, and of those verdicts only that have one: two-way violates agreement, and numbering holds."""
    words = ("check", "two-way", "agreement", "numbering", "--scope", "small")
    bare, written = ask(*words), ask(*words, "--format", "itf", "-o", str(tmp_path / "runs"))
    assert written.code == bare.code == 12
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["two-way-agreement.itf.json"]
    assert (
        len(json.loads((tmp_path / "runs" / "two-way-agreement.itf.json").read_text(encoding="utf-8"))["states"]) == STEPS + 1
    )
    assert "two-way-agreement.itf.json: itf, 3 steps" in written.out
    ask("compare", "two-way", "three-way", "--scope", "small", "--format", "svg", "-o", str(tmp_path / "all"))
    assert {"two-way-agreement.svg", "three-way-connection-possible.svg"} <= {
        path.name for path in (tmp_path / "all").iterdir()
    }


def test_a_drawing_is_as_large_as_was_asked_for(ask: Ask, tmp_path: Path) -> None:
    """Its text is scaled with everything else, and what is left of the width is between the lifelines."""

    def drawn(*words: str) -> tuple[float, float, float]:
        """Return how wide the drawing is, how large its text, and how far its lifelines are apart, in pixels."""
        path = tmp_path / "run.svg"
        assert ask(*TRACE, *words, "-o", str(path)).code == 0
        root = ET.parse(path).getroot()  # noqa: S314  # written a line above
        width = float(root.attrib["width"])
        scale = width / float(root.attrib["viewBox"].split()[2])
        left, right = (float(x.attrib["x1"]) for x in root.iter(f"{SVG}line") if x.attrib["class"] == "lifeline")
        return width, FONT * scale, (right - left) * scale

    width, font, apart = drawn()
    assert font == FONT
    assert drawn("--width", str(round(width) + 300)) == pytest.approx((round(width) + 300, FONT, apart + 300), abs=1)
    assert drawn("--font-size", "18") == pytest.approx((width * 1.5, 18, apart * 1.5), abs=1)
    assert drawn("--width", "2000", "--font-size", "18")[:2] == pytest.approx((2000, 18), rel=1e-5)


def test_a_page_and_the_runs_of_verdicts_are_as_large_as_was_asked_for(ask: Ask, tmp_path: Path) -> None:
    ask(*TRACE, "--width", "1234", "-o", str(tmp_path / "run.html"))
    ask("check", "two-way", "agreement", "--width", "1234", "--format", "svg", "-o", str(tmp_path))
    for name in ("run.html", "two-way-agreement.svg"):
        assert ' width="1234" ' in (tmp_path / name).read_text(encoding="utf-8")


def test_a_drawing_too_narrow_for_its_text_says_what_it_takes(ask: Ask) -> None:
    """What is proposed then is taken."""
    refused = ask(*TRACE, "--width", "600", "--format", "svg")
    proposed = re.fullmatch(
        r"synproof: this run takes (\d+) pixels with text of 12: write --width \1, or --font-size (\d+), or .*\n",
        refused.err,
    )
    assert refused.code == 2
    assert proposed is not None
    assert ask(*TRACE, "--width", proposed[1], "--format", "svg").code == 0
    assert ask(*TRACE, "--width", "600", "--font-size", proposed[2], "--format", "svg").code == 0
    assert ask(*TRACE, "--width", "600", "--font-size", str(int(proposed[2]) + 1), "--format", "svg").code == 2
    assert "or --font-size" not in ask(*TRACE, "--width", "100", "--format", "svg").err


MISTAKES = {
    (*TRACE, "--width", "900"): "--width is for drawings, and this is text, whose width .*: add --format svg|html, .*",
    (*TRACE, "--font-size", "9", "-o", "a.json"): "--font-size is for drawings, and this is json: add --format svg|html, .*",
    (*TRACE, "--width", "0", "-o", "run.svg"): "'0' is no length: write a number of pixels from 1 to 100000",
    (*TRACE, "--width", "9" * 9, "-o", "run.svg"): "'999999999' is no length: write a number of pixels from 1 to 100000",
    (*TRACE, "--format", "sgv"): "'sgv' is none of text, .*did you mean 'svg'.",
    (*TRACE, "-o", "run.doc"): "run.doc says no format: write FILE.txt, FILE.svg, .*",
    (*TRACE, "-o", "run"): "run says no format: add --format text|svg.*",
    (*TRACE, "-o", "/there/is/none.svg"): "/there/is/none.svg cannot be written: No such file or directory; name another file",
    (*TRACE, "--json", "--format", "svg"): "--json prints a record of its own: leave it out, or --format and -o",
    ("check", "two-way", "--format", "svg"): "check prints verdicts: add -o DIR, and each run becomes a file in it",
    ("scenario", "stale-syn", "--format", "svg"): "there are 2 runs: write -o DIR, and each becomes a file in it",
    ("scenario", "stale-syn", "-o", "runs.svg"): "there may be several runs: name a directory for them in place of runs.svg",
    ("trace", "model/tutorials/mutual_exclusion.py", "right-enters", "-o", "run.pcapng"): "peterson has no TCP segments.*",
    (
        "check",
        "two-way",
        "--scope",
        "small",
        "--format",
        "svg",
        "-o",
        "README.md",
    ): "there may be several runs: name a directory .* README.md",
}


@pytest.mark.parametrize(("words", "said"), MISTAKES.items())
def test_a_mistake_is_answered_in_a_sentence(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    """And nothing is written by it."""
    monkeypatch.chdir(ROOT)
    before = sorted(path.name for path in ROOT.iterdir())
    answer = ask(*words)
    assert answer.code == (74 if "cannot be written" in said else 2)
    assert re.fullmatch(f"synproof: {said}\n".replace("|", r"\|"), answer.err)
    assert sorted(path.name for path in ROOT.iterdir()) == before


def test_suffixes_tell_formats_apart() -> None:
    assert {of_file(f"run{made.suffix}") for made in FORMATS.values()} == set(FORMATS.values())


def on_terminal(*words: str, columns: int, **environment: str) -> str:
    """Return what a command writes to a terminal that is so wide."""
    reader, writer = pty.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    environment = {**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm", **environment}
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *words], cwd=ROOT, env=environment, stdin=writer, stdout=writer, stderr=writer
    )
    os.close(writer)
    written = b""
    try:
        while more := os.read(reader, 65536):
            written += more
    except OSError:  # the other end is closed
        pass
    os.close(reader)
    assert process.wait() == 0
    return written.decode()


def test_a_terminal_has_colour_and_a_pipe_has_none(ask: Ask) -> None:
    bare = "\n".join(line.rstrip() for line in ask(*TRACE).out.splitlines())
    shown = on_terminal(*TRACE, columns=80)
    assert "\x1b[" in shown
    assert "\x1b" not in bare
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert "\n".join(line.rstrip() for line in plain.splitlines()) == bare
    assert "\x1b" not in on_terminal(*TRACE, columns=80, NO_COLOR="1")
    assert "\x1b" not in on_terminal(*TRACE, columns=80, TERM="dumb")


@pytest.mark.parametrize(
    ("words", "columns"), [(TRACE, 46), (RUNS["simulate"], 64), (("scenario", "stale-syn"), 46), (("scenario", "fig7"), 46)]
)
def test_nothing_is_wider_than_the_terminal(words: tuple[str, ...], columns: int) -> None:
    shown = re.sub(r"\x1b\[[0-9;]*m", "", on_terminal(*words, columns=columns))
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= columns


def test_a_capture_is_not_printed_on_a_terminal_and_goes_through_a_pipe(tmp_path: Path, ask: Ask) -> None:
    path = tmp_path / "run.pcapng"
    ask(*TRACE, "-o", str(path))
    words = [sys.executable, "-c", COMMAND, *TRACE, "--format", "pcapng"]
    piped = subprocess.run(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=True)
    assert piped.stdout == path.read_bytes()


def test_a_verdict_shows_itself_in_a_notebook() -> None:
    """With its run where it has one; text and picture say the same verdict."""
    spec = SPECIFICATIONS["two-way"]
    claims = [spec.claim["agreement"], spec.claim["numbering"]]
    violated, holds = (verdict._repr_mimebundle_() for verdict in decide(spec, claims, Setting(SCOPES["small"])))
    assert "two-way: agreement: violated" in violated["text/plain"]
    assert "two-way: agreement: violated" in violated["text/html"]
    assert "<svg" in violated["text/html"]
    assert "two-way: numbering: holds" in holds["text/html"]
    assert "<svg" not in holds["text/html"]
