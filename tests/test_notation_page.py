"""What the pages about the notation and about scenarios say is so: their examples are run, and their errors are the errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import model
import properties
from checker.cli import main
from checker.decide import Setting, decide
from checker.files import model_file
from checker.files.mistakes import ModelFileError
from checker.scenarios import scenario
from checker.scenarios.player import Played, play
from model.notation.expr import Expr, Op
from model.notation.sorts import Sort
from model.notation.system import Action
from model.tcp.assumptions import CHOICES, Assumptions
from model.tcp.endpoint import EventKind, Response
from model.tcp.scope import SCOPES
from properties.specification import SPECIFICATIONS

ROOT = Path(__file__).parents[1]
NOTATION, SCENARIOS = ROOT / "model" / "NOTATION.md", ROOT / "model" / "SCENARIOS.md"
FILE = "# FILE "
BAD_FILE, NOT_POSSIBLE = 65, 1


@dataclass(frozen=True)
class Block:
    """A block of a page: its language, what is in it, the heading it is under, and the line where it begins."""

    language: str
    text: str
    section: str
    line: int

    @property
    def models(self) -> list[str]:
        """The models that a block is the file of, as a command names them; none where it is part of a file."""
        head, _, _ = self.text.partition("\n")
        return head.removeprefix(FILE).split() if head.startswith(FILE) else []


@cache
def blocks(page: Path) -> tuple[Block, ...]:
    found: list[Block] = []
    section, language, inside = "", "", None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            if inside is None:
                language, inside, begin = line[3:], list[str](), number + 1
            else:
                found.append(Block(language, "\n".join(inside) + "\n", section, begin))
                inside = None
        elif inside is not None:
            inside.append(line)
        elif line.startswith("## "):
            section = line[3:]
    return tuple(found)


PYTHON = [block for block in blocks(NOTATION) if block.language == "python"]
ERRORS = [
    (block, after) for block, after in zip(blocks(NOTATION), blocks(NOTATION)[1:], strict=False) if after.language == "text"
]
WRONG = [block for block, _ in ERRORS]
MODEL_FILES = [block for block in PYTHON if block.models and block not in WRONG]
SECTIONS = list(dict.fromkeys(block.section for block in PYTHON if not block.models))


def sections_run(section: str) -> None:
    """Run the parts of files that stand under a heading, one after the other, with the lines of the page for an error."""
    together: dict[str, Any] = {"__name__": "notation"}
    for block in PYTHON:
        if block.section == section and not block.models:
            source = "\n" * (block.line - 1) + block.text
            exec(compile(source, str(NOTATION), "exec"), together)  # noqa: S102  # an example of the page


# -- the notation ------------------------------------------------------------------------------------------------------


def test_there_are_examples() -> None:
    """Catches a page whose blocks are not found."""
    assert len(MODEL_FILES) >= 5
    assert len(SECTIONS) >= 8
    assert len(ERRORS) >= 2
    assert sum(block.text.count("\nassert ") for block in PYTHON) >= 60


@pytest.mark.parametrize("section", SECTIONS)
def test_what_the_examples_assert_is_so(section: str) -> None:
    sections_run(section)


@pytest.mark.parametrize("block", MODEL_FILES, ids=lambda block: block.models[0])
def test_a_model_file_is_decided_as_it_declares(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every claim for which it expects a verdict has that one, and its trigger happens; each action of a system is possible."""
    monkeypatch.chdir(tmp_path)
    for reference in block.models:
        name, _, _ = reference.partition(":")
        Path(name).write_text(block.text, encoding="utf-8")
        spec = model_file.read(reference)
        setting = Setting(SCOPES["default"], keep_going=True)
        own = [claim for claim in spec.claim.values() if claim.name not in properties.CLAIMS]
        asked = list(dict.fromkeys([*spec.claims, *own]))
        verdicts = decide(spec, asked, setting)
        declared = {c.name: verdict for c in asked if (verdict := spec.declared(c.name, setting.scope, Assumptions()))}
        assert {claim.name for claim in own} <= set(declared)
        assert {v.question.claim.name: v.outcome.value for v in verdicts if v.question.expected is not None} == declared
        assert [v.question.claim.name for v in verdicts if v.vacuous] == []
        assert spec.scoped or {v.counts.never_taken for v in verdicts} == {()}


@pytest.mark.parametrize(("block", "message"), ERRORS, ids=lambda value: value.text.splitlines()[0])
def test_an_error_reads_as_the_page_shows(
    block: Block, message: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (name,) = block.models
    Path(name).write_text(block.text, encoding="utf-8")
    assert main(["check", name]) == BAD_FILE
    assert capsys.readouterr().err == message.text


def test_a_file_with_several_models_asks_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = (block for block in MODEL_FILES if len(block.models) > 1)
    monkeypatch.chdir(tmp_path)
    path, _, name = block.models[0].partition(":")
    Path(path).write_text(block.text, encoding="utf-8")
    with pytest.raises(ModelFileError, match=f"{path} defines several models: write {path}:NAME with one of {name}, "):
        model_file.read(path)


def test_every_operator_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an operator added to the language and not to the page."""
    seen: set[Op] = set()
    build = Expr.__new__

    def noting(cls: type[Expr], op: Op, sort: Sort, args: tuple[Expr, ...] = (), data: object = None) -> Expr:
        seen.add(op)
        return build(cls, op, sort, args, data)

    monkeypatch.setattr(Expr, "__new__", noting)
    sections_run("Formulas")
    assert seen == set(Op)


def elsewhere() -> str:
    """Return the page without the list of what can be imported."""
    text = NOTATION.read_text(encoding="utf-8")
    before, _, rest = text.partition("## Importing\n")
    return before + rest[rest.index("\n## ") :]


@pytest.mark.parametrize("name", sorted({*model.__all__, *properties.__all__}))
def test_every_name_is_listed_and_described(name: str) -> None:
    """Catches a name that can be imported and is described nowhere."""
    _, _, importing = NOTATION.read_text(encoding="utf-8").partition("## Importing\n")
    assert f"`{name}`" in importing[: importing.index("\n## ")]
    assert re.search(rf"\b{name}\b", elsewhere())


def table_rows() -> Iterator[str]:
    """Yield what the tables of the page have to have a row for: fields of actions, methods of responses, events."""
    yield from (f"{name}`" for name in Action.__dataclass_fields__)
    methods = [name for name, value in vars(Response).items() if callable(value) and not name.startswith("_")]
    yield from (f".{name}(" for name in methods if name != "events_of")  # for whoever makes actions of responses
    yield from (f"{kind.name}`" for kind in EventKind)


@pytest.mark.parametrize("name", list(table_rows()))
def test_every_field_and_method_has_a_row(name: str) -> None:
    assert f"\n| `{name}" in NOTATION.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [f.name for f in fields(Assumptions) if len(CHOICES.get(f.name, (True, False))) > 1])
def test_every_assumption_is_named(name: str) -> None:
    assert f"`{name}`" in NOTATION.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [NOTATION, SCENARIOS], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    headings = {re.sub(r"[^a-z -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert [link for link in links if link.startswith("#") and link[1:] not in headings] == []
    assert [link for link in links if not link.startswith("#") and not (page.parent / link).exists()] == []


# -- scenarios ---------------------------------------------------------------------------------------------------------

JSON = [block for block in blocks(SCENARIOS) if block.language == "json"]
REFUSED = [
    (block, after) for block, after in zip(blocks(SCENARIOS), blocks(SCENARIOS)[1:], strict=False) if after.language == "text"
]
PLAYED = [block for block in JSON if "steps" in json.loads(block.text) and block not in [block for block, _ in REFUSED]]
STEPS = [block for block in JSON if "steps" not in json.loads(block.text)]


def played(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Played]:
    """Return the runs of a scenario on each of the models that it names."""
    monkeypatch.chdir(ROOT)
    path = tmp_path / "own.json"
    path.write_text(block.text, encoding="utf-8")
    asked = scenario.read(str(path))
    specs = [SPECIFICATIONS[name] if name in SPECIFICATIONS else model_file.read(name) for name in asked.models]
    return [play(asked, spec, Assumptions(), spec.claims) for spec in specs]


@pytest.mark.parametrize("block", PLAYED, ids=lambda block: json.loads(block.text)["summary"])
def test_a_scenario_can_be_played(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On every model that it names. Its steps ``absent`` say themselves what is in flight."""
    runs = played(block, tmp_path, monkeypatch)
    assert runs
    assert all(len(run.trace) >= 7 for run in runs)


def test_the_complete_example_comes_out_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has every key and every kind of step but ``hold``, ``inject`` and ``line``, and the two models part in it."""
    (block,) = (block for block in PLAYED if block.section == "A complete example")
    two_way, three_way = played(block, tmp_path, monkeypatch)
    assert two_way.trace.steps[-1].states["server"] == "ESTABLISHED"
    assert three_way.trace.steps[-1].states["server"] == "SYN-RECEIVED"
    assert "no-stale-establishment" in two_way.violated
    assert "no-stale-establishment" not in three_way.violated
    assert set(json.loads(block.text)) == keys(tmp_path) - {"provenance"}  # by what it was made, which nobody writes
    assert {kind for kind in scenario.KINDS if f'"{kind}"' in block.text} == {*scenario.KINDS} - {"hold", "inject", "line"}


@pytest.mark.parametrize("block", STEPS, ids=lambda block: block.text.strip())
def test_a_step_is_one(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(f'{{"steps": [{block.text}]}}', encoding="utf-8")
    (entry,) = scenario.read(str(path)).entries
    own = {p.name for p in SPECIFICATIONS["three-way"].build(SCOPES["default"], Assumptions()).named(entry.what).parameters}
    assert entry.given.keys() <= own | {"kept"}


@pytest.mark.parametrize(("block", "message"), REFUSED)
def test_a_step_that_is_not_possible_is_refused_as_shown(
    block: Block, message: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own.json").write_text(block.text, encoding="utf-8")
    assert main(["scenario", "own.json"]) == NOT_POSSIBLE
    assert capsys.readouterr().err == message.text


def keys(tmp_path: Path) -> set[str]:
    """Return the keys that a scenario can have, as the error about one that it cannot have lists them."""
    path = tmp_path / "wrong.json"
    path.write_text('{"????": 1}', encoding="utf-8")
    with pytest.raises(ModelFileError) as error:
        scenario.read(str(path))
    return set(re.findall(r"'(\w+)'", str(error.value).partition("known are")[2]))


def test_every_key_and_every_kind_of_step_is_described(tmp_path: Path) -> None:
    text = SCENARIOS.read_text(encoding="utf-8")
    assert {"steps", "models"} <= keys(tmp_path)
    assert [key for key in keys(tmp_path) if f"\n| `{key}`" not in text] == []
    assert [kind for kind in scenario.KINDS if f'\n| `{{"{kind}":' not in text] == []
    assert '| `{"deliver": "all"' in text


@pytest.mark.parametrize(
    "command",
    [
        line
        for page in (NOTATION, SCENARIOS)
        for block in blocks(page)
        if block.language == "sh"
        for line in block.text.splitlines()
    ],
)
def test_a_command_does_what_it_says(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is printed as a scenario is one."""
    monkeypatch.chdir(ROOT)
    assert main(command.split()[1:]) in {0, 12}
    printed = capsys.readouterr()
    assert printed.out
    assert not printed.err
    if command.endswith("--json"):
        own = tmp_path / "run.json"
        own.write_text(printed.out, encoding="utf-8")
        assert main(["scenario", str(own), *(word for word in command.split() if word.endswith(".py"))]) == 0
