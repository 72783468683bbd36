"""What is printed does nothing to a terminal, whatever stands in it; fits it; and can be typed again where it is a command."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from checker.cli import progress
from checker.decide import Setting, decide
from checker.host.limits import Progress
from model.tcp.scope import SCOPES
from properties.specification import SPECIFICATIONS
from reports import text
from reports.traces.terminal import COLOURS, coloured
from reports.width import printing_on
from reports.wrapping import CONTROLS, one_line, visible, wrapped
from tests.command_line import Ask

HOSTILE = "\r\nsynproof: agreement: holds\u2028\U000e0041 \x1b[2J\x1b]0;title\x07 \x9b31m \u202egnp.exe\u2066 \x7f"
"""What forges a line, clears a screen, names a window, colours, and turns the order of signs around."""
SCENARIO = {"summary": HOSTILE, "models": ["two-way"], "steps": [{"says": HOSTILE}, {"action": "server_listens"}]}


def is_harmless(printed: str) -> bool:
    return all(sign.isprintable() for sign in printed.replace("\n", "")) and "\nsynproof: agreement" not in f"\n{printed}"


@pytest.mark.parametrize("words", [(), ("--format", "mermaid"), ("--format", "svg"), ("--json",)])
def test_texts_of_a_scenario_do_nothing(
    words: tuple[str, ...], ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("hostile.json")
    file.write_text(json.dumps(SCENARIO), encoding="utf-8")
    answer = ask("scenario", str(file), *words)
    assert answer.code == 0
    assert is_harmless(answer.out) or words == ("--format", "svg")  # where a line may begin as the text says
    assert "\x1b" not in answer.out
    assert "\u202e" not in answer.out
    written = Path("run.txt")
    assert ask("scenario", str(file), "-o", str(written)).code == 0
    assert is_harmless(written.read_text(encoding="utf-8"))


def test_names_of_files_do_nothing(ask: Ask, tmp_path: Path) -> None:
    """Where somebody else named them, as in ``synproof compare *.py``."""
    file = tmp_path / "a\x1b[2J\u202eb\nsynproof: agreement: holds.py"
    for written in (None, "this is no Python\n", "raise ValueError('\\x1b[2J\\nsynproof: agreement: holds')\n"):
        if written is not None:
            file.write_text(written, encoding="utf-8")
        answer = ask("check", str(file))
        assert answer.code in {65, 74}
        assert answer.err.count("\n") == 1
        assert is_harmless(answer.err)


def test_texts_of_a_model_do_nothing(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "hostile.py"
    file.write_text(
        f"""
from model import Action, Nat, TransitionSystem, Variable
from properties import invariant, specify
n = Variable("n", Nat(9), 0)
up = Action("up", guard=n.value < 2, updates={{"n": n.value + 1}}, doc={HOSTILE!r})
low = invariant("low", n.value < 2, trigger=n.value > 1, when={HOSTILE!r}, statement={HOSTILE!r}, why={HOSTILE!r})
COUNTER = specify(TransitionSystem("counter", (n,), (up,)), claims=(low,))
""",
        encoding="utf-8",
    )
    for words in (("check", str(file)), ("trace", str(file), "low"), ("show", str(file)), ("check", str(file), "--json")):
        answer = ask(*words)
        assert answer.code in {0, 12}
        assert is_harmless(answer.out + answer.err), words


def test_what_is_made_visible_says_the_same() -> None:
    """Escapes are those of JSON, so that a record that is printed is the record."""
    record = {"text": HOSTILE}
    assert json.loads(visible(json.dumps(record, ensure_ascii=False))) == record
    assert visible("plain, 已建立, é\n\tx") == "plain, 已建立, é\n\tx"
    assert one_line("one\r\ntwo") == "one two"
    assert all(line.isprintable() for line in wrapped(HOSTILE, 40))


def test_colours_of_a_trace_are_the_only_ones() -> None:
    own = "".join(coloured(role, "x") for role in COLOURS)
    shown = visible(own + HOSTILE, allowed=CONTROLS)
    assert shown.startswith(own)
    assert "\x1b" not in shown.removeprefix(own)
    assert "\x1b" not in visible("\x1b[8mhidden\x1b[7m", allowed=CONTROLS)


@pytest.mark.parametrize(
    "words",
    [
        ("trace", "two-way", "agreement", "--scope", "small"),
        ("trace", "two-way", "agreement", "--scope", "small", "--format", "svg"),
        ("scenario", "stale-syn", "two-way"),
        ("simulate", "two-way", "--steps", "3"),
        ("graph", "two-way", "--scope", "small"),
        ("export", "two-way", "--to", "promela"),
    ],
)
def test_a_hyphen_is_standard_output(words: tuple[str, ...], ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert ask(*words, "-o", "-") == ask(*words)
    assert list(tmp_path.iterdir()) == []


def test_a_path_with_spaces_can_be_typed_again(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "my models"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    source = """
from model import Action, Nat, TransitionSystem, Variable
from properties import invariant, specify
n = Variable("n", Nat(9), 0)
up = Action("up", guard=n.value < 2, updates={"n": n.value + 1})
low = invariant("low", n.value < 2, trigger=n.value > 1, when="it is high")
COUNTER = specify(TransitionSystem("counter", (n,), (up,)), claims=(low,))
"""
    (folder / "one.py").write_text(source, encoding="utf-8")
    (folder / "two.py").write_text(source + "OTHER = specify(TransitionSystem('other', (n,), (up,)))\n", encoding="utf-8")
    printed = ask("check", "my models/one.py").out
    (again,) = re.findall(r"The traces: synproof (.*) CLAIM", printed)
    assert ask(*shlex.split(again), "low").code == 0
    said = ask("check", "my models/two.py").err
    (again,) = re.findall(r"write (.*):NAME", said)
    assert shlex.split(again) == ["my models/two.py"]
    (folder / "run.json").write_text(ask("trace", "my models/one.py", "low", "--json").out, encoding="utf-8")
    said = ask("scenario", "my models/run.json").err
    (again,) = re.findall(r"synproof (scenario .*)\n", said)
    assert ask(*shlex.split(again)).code == 0


@pytest.mark.parametrize("columns", [40, 57, 79, 80])
@pytest.mark.parametrize("name", ["two-way", "a-handshake-of-mine-that-has-a-long-name-as-people-give-them"])
def test_a_table_fits(columns: int, name: str) -> None:
    spec = replace(SPECIFICATIONS["two-way"], name=name)
    claims = [spec.claim[claim] for claim in ("agreement", "one-connection-per-attempt", "connection-possible")]
    found = decide(spec, claims, Setting(SCOPES["small"]))
    with printing_on(columns):
        table = text.table([found, found])
        whole = [table, text.comparison([found, found]), text.differences(found, found)]
    assert max(len(line) for said in whole for line in said.split("\n")) <= max(columns, len(name) + 6)
    assert table.count("violated (3)") == 2
    assert table.count("holds") == 4


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_progress_fits_the_line_of_a_terminal(columns: int) -> None:
    said = progress.line(Progress(10**8, 10**6, 100, 1234.0, 10**9), columns)
    assert len(said) < columns
    assert said.startswith("100,000,000 states")
