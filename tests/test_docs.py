"""What the pages show is what happens: their commands run, and print what stands there; and each says the same in Chinese."""

from __future__ import annotations

import doctest
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from checker.cli.manual import commands
from checker.cli.manual.chinese import untranslated
from checker.cli.manual.made import made, said
from checker.cli.manual.pages import (
    CHINESE,
    PACKAGES,
    ROOT,
    Session,
    Shell,
    exercise,
    filled,
    in_chinese,
    pages,
    ran,
    said_in_english,
    same,
    sessions,
    tokens,
)
from checker.decide import Setting
from checker.studies.study import Study, study

PAGES = pages()
ENGLISH = [page for page in PAGES if not page.name.endswith(CHINESE)]
FOR_DEVELOPERS = {"ARCHITECTURE.md", "DECISIONS.md"}
"""Pages about the code and not about its use, which are in English only."""
TUTORIALS = sorted((ROOT / "model" / "tutorials").glob("*.py"))
LONGEST = 150
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}
HEADINGS = re.compile(r"^#+ (.*)$", re.MULTILINE)


def shown() -> dict[str, list[Session]]:
    """Return the sessions of all pages and tutorials by their commands, so that what several pages show runs once."""
    found: dict[str, list[Session]] = {}
    for page, text in TEXTS.items():
        for session in sessions(text, exercise(page)):
            where = f"{session.exercise}: " if session.exercise else ""
            found.setdefault(where + "; ".join(session.commands), []).append(session)
    for path in TUTORIALS:
        for command in re.findall(r"^    (synproof .*)", path.read_text(encoding="utf-8"), re.MULTILINE):
            found.setdefault(command, []).append(Session((command.partition("  #")[0].strip(),), range(0), None, ()))
    return {name: some for name, some in found.items() if any("synproof " in command for command in some[0].commands)}


SHOWN = shown()


@cache
def smaller_study(setting: Setting) -> Study:
    """Return a study whose slowest part, which the gallery has in full, is of a smaller scope."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("checker.studies.study.NEEDS_SCOPE", "small,data=0")
        return study(setting, syns=1)


DRAWN = re.compile(r"synproof graph .*\.svg\b")
"""What Graphviz is run for."""


REPLAYED = {stack: re.compile(rf"synproof replay .*--on {stack}\b") for stack in ("lwip", "slirp")}
"""What a stack is compiled for."""
LONGEST_ID = 90
"""pytest numbers what has a longer name."""


def marks(name: str) -> list[pytest.MarkDecorator]:
    """Return the marks of what is run: what prints nothing on a page, does in Chinese or is an exercise is a long test."""
    some = SHOWN[name]
    ordinary = any(session.shown for session in some) and said_in_english(name) == name and not some[0].exercise
    needs = [program for program, what in {"dot": DRAWN, **REPLAYED}.items() if what.search(name)]
    needs += ["gcc"] if REPLAYED.keys() & {*needs} else []
    return [*([] if ordinary else [pytest.mark.long]), *([pytest.mark.needs(*needs)] if needs else [])]


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks(name), id=name[:LONGEST_ID]) for name in SHOWN])
def test_commands_run_and_print_what_pages_show(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They print something, and end with a code that the pages explain. ``make pages`` puts in what they print today."""
    monkeypatch.setattr("checker.cli.report.study", smaller_study)
    first, *_ = some = SHOWN[name]
    files = tuple(dict.fromkeys(file for session in some for file in session.files))
    shell = Shell(tmp_path, files, first.exercise)
    if any(session.shown for session in some):
        printed = ran(first, shell.run)
        assert [session.shown for session in some if session.shown and not same(session.shown, printed)] == []
        return
    for command in first.commands:
        code, said = shell.run(command)
        assert code in {0, 12, 13, 20}, said
        assert said


def test_there_are_commands_to_run() -> None:
    """Catches pages whose commands are not found; and each command of the parser is shown at work."""
    named = Counter(command.split()[1] for some in SHOWN.values() for command in some[0].commands if "synproof " in command)
    assert named.keys() >= {command.name for command in commands.manual().commands}
    assert sum(1 for some in SHOWN.values() if some[0].shown) >= 15


def test_what_a_page_shows_is_replaced_where_something_else_is_printed() -> None:
    """Catches a comparison that is always content."""
    page = "text\n\n```console\n$ synproof list\nold\n```\n\nand `synproof list`\n"
    assert filled(page, lambda session: ran(session, lambda _: (0, "new\n"))) == page.replace("old", "new")
    taken = page.replace("old", "0.3 s")
    assert filled(taken, lambda session: ran(session, lambda _: (0, "1.22 s\n"))) == taken
    assert len(list(sessions(page))) == 2


@pytest.mark.parametrize("name", ["PYTHON.md", "PYTHON.zh-CN.md"])
def test_what_is_shown_of_python_is_so(name: str) -> None:
    """Each prompt of the page, with what it answers."""
    done = doctest.testfile(str(ROOT / "checker" / name), module_relative=False, encoding="utf-8", optionflags=doctest.ELLIPSIS)
    assert done.attempted >= 15
    assert done.failed == 0


# -- pages that are made -----------------------------------------------------------------------------------------------------


def test_pages_that_are_made_are_made_of_what_is_there_today() -> None:
    """Run ``make pages``."""
    assert [path.name for path, content in made().items() if path.read_text(encoding="utf-8") != content] == []


def test_what_can_be_typed_is_said_in_chinese() -> None:
    """``checker/cli/manual/chinese.toml`` has it, by the English."""
    missing, stale = untranslated(said())
    assert missing == []
    assert stale == []


# -- the two languages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [page for page in ENGLISH if page.name not in FOR_DEVELOPERS], ids=str)
def test_a_page_has_the_same_parts_in_chinese(page: Path) -> None:
    """Headings, paragraphs, lists, tables, commands, code and links follow one another as in English."""
    english, chinese = TEXTS[page], TEXTS[in_chinese(page)]
    assert typed(chinese) == typed(english)
    assert parts(chinese) == parts(english)
    assert len(re.findall(r"[\u4e00-\u9fff]", chinese)) > len(english) // 20


def typed(text: str) -> list[str]:
    """Return the commands of a page in either language, without what picks some lines of what they print."""
    return [said_in_english(command.partition(" | ")[0]) for session in sessions(text) for command in session.commands]


def parts(text: str) -> list[str]:
    """Return what a page consists of, in order, but for what stands in its sentences."""
    return [
        f"{token.tag} {token.info if token.type == 'fence' else ''}"
        + (token.content if token.info in {"python", "json", "pycon"} else "")
        for token in tokens(text)
        if token.nesting >= 0 and token.type != "inline"
    ]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    """Files, and headings in them; a page in Chinese leads to pages in Chinese where there are any."""
    text = TEXTS[page]
    named = [name for name in re.findall(r"`([a-z_/]+\.(?:py|md|toml))`", text) if name.startswith(PACKAGES)]
    assert [name for name in named if not (ROOT / name).exists()] == []
    for link in re.findall(r"\]\((?!http)([^)]+)\)", text):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target.read_text(encoding="utf-8")), link
        if page.name.endswith(CHINESE) and target.suffix == ".md" and target.resolve() != english_of(page):
            assert target.name.endswith(CHINESE) or not in_chinese(target).exists(), link


def english_of(page: Path) -> Path:
    return page.with_name(page.name.removesuffix(CHINESE) + ".md")


def anchors(text: str) -> set[str]:
    """Return what links to headings end in, as GitHub makes them."""
    told = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return {"".join(c for c in head.lower().replace(" ", "-") if c.isalnum() or c in "-_") for head in HEADINGS.findall(told)}


# -- what pages promise ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "ARCHITECTURE.md"])
def test_the_way_in_is_short(name: str) -> None:
    assert len(TEXTS[ROOT / name].splitlines()) <= LONGEST


def test_every_page_is_reached_from_the_readme() -> None:
    """By links from page to page."""
    for start in (ROOT / "README.md", ROOT / "README.zh-CN.md"):
        reached, ahead = set[Path](), [start]
        while ahead:
            page = ahead.pop().resolve()
            if page in TEXTS and page not in reached:
                reached.add(page)
                ahead += [page.parent / link.partition("#")[0] for link in re.findall(r"\]\((?!http)([^)]+)\)", TEXTS[page])]
        spoken = [page for page in PAGES if page.name.endswith(CHINESE) == start.name.endswith(CHINESE)]
        assert [page.name for page in spoken if page not in reached and page.name not in FOR_DEVELOPERS] == []


def test_every_make_target_exists() -> None:
    """What the targets do is what the continuous integration runs."""
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", "\n".join(TEXTS.values()), re.MULTILINE))
    there = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"compare", "test", "lint", "gallery", "pages"} <= named <= there


def test_decisions_are_numbered_without_a_gap_and_each_has_a_subject() -> None:
    page = TEXTS[ROOT / "checker/DECISIONS.md"]
    numbers = [int(number) for number in re.findall(r"^### (\d+)\. ", page, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    by_subject = re.findall(r"\[(\d+)\]\(#\1-", page.partition("## In order")[0])
    assert sorted({int(number) for number in by_subject}) == numbers


def test_a_page_that_lacks_something_in_chinese_is_noticed() -> None:
    """Catches a comparison of the languages that is always content."""
    page = TEXTS[ROOT / "README.md"]
    assert parts(page) != parts(page + "\nOne more paragraph.\n")
    assert [replace(s, lines=range(0)) for s in sessions(page)] == [replace(s, lines=range(0)) for s in sessions("\n" + page)]
