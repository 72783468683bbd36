"""What the documentation shows is what happens."""

from __future__ import annotations

import re
import shlex
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from checker.cli import main
from checker.decide import Setting
from checker.studies.study import Study, study
from reports.gallery.render import filled

ROOT = Path(__file__).parents[1]
PAGES = (
    "README.md",
    "README.zh-CN.md",
    "ARCHITECTURE.md",
    "model/NOTATION.md",
    "model/SCENARIOS.md",
    "checker/export/EXPORTS.md",
)
DOCUMENTS = [ROOT / name for name in PAGES]
TUTORIALS = sorted((ROOT / "model" / "tutorials").glob("*.py"))
GALLERY = ROOT / "reports" / "gallery"


def commands(tool: str) -> list[str]:
    """Return every command of a tool that stands in a block or in backquotes, without the comment after it."""
    found: list[str] = []
    for path in (*DOCUMENTS, *TUTORIALS):
        text = path.read_text(encoding="utf-8")
        blocks = "\n".join(
            re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
            or re.findall(r"^    (synproof .*)", text, re.MULTILINE)
        )
        lines = [line.strip() for line in blocks.splitlines()] + re.findall(r"`([^`\n]+)`", text)
        found += [line.partition("  #")[0].partition(" #")[0].strip() for line in lines if line.startswith(tool + " ")]
    return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory that is made when somebody asks for what is in it."""
    return tmp_path_factory.mktemp("certificates") / "certificate"


@cache
def smaller_study(setting: Setting) -> Study:
    """Return a study whose slowest part, which the gallery has in full, is of a smaller scope."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("checker.studies.study.NEEDS_SCOPE", "small,data=0")
        return study(setting, syns=1)


DRAWN = re.compile(r"synproof graph .*\.svg\b")
"""What Graphviz is run for."""


@pytest.mark.parametrize(
    "command",
    [pytest.param(c, marks=[pytest.mark.needs("dot")] if DRAWN.match(c) else []) for c in commands("synproof")],
)
def test_every_command_runs(
    command: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It prints something, on standard output only, and ends with a code that the README explains."""
    monkeypatch.setattr("checker.cli.report.study", smaller_study)
    words = [str(tmp_path / word) if before == "-o" else word for before, word in pairwise(shlex.split(command))]
    if words[0] == "recheck":
        assert main(["prove", "three-way", "client-agreement", "-o", str(certificate)]) == 0
        capsys.readouterr()
        words = ["recheck", str(certificate)]
    code = main(words)
    printed = capsys.readouterr()
    assert code in {0, 12, 13, 20}
    assert printed.out
    assert not printed.err


def test_there_are_commands_to_run() -> None:
    assert len(commands("synproof")) >= 8
    assert {"make compare", "make test", "make lint", "make gallery"} <= set(commands("make"))


@pytest.mark.parametrize("command", commands("make"))
def test_every_make_target_exists(command: str) -> None:
    """What the targets do is what the continuous integration runs."""
    (target,) = command.split()[1:]
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", [page for page in PAGES if page.startswith("README")])
def test_a_readme_shows_the_gallery(name: str) -> None:
    """``make gallery`` fills the blocks in; a block that says something else is stale."""
    readme = (ROOT / name).read_text(encoding="utf-8")
    gallery = {path.name: path.read_text(encoding="utf-8") for path in GALLERY.glob("*.txt")}
    assert "<!-- gallery: " in readme
    assert filled(readme, gallery) == readme


def test_the_files_that_documents_name_exist() -> None:
    for path in DOCUMENTS:
        links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
        named = [name for name in re.findall(r"`([a-z_/]+\.py)`", path.read_text(encoding="utf-8")) if "/" in name]
        assert [name for name in named if not (ROOT / name).exists()] == []
        assert [name for name in links if not (path.parent / name).exists()] == []
