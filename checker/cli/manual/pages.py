"""The pages that people read, and the commands in them.

A page shows commands in three ways. A block ``console`` is a terminal: each line that begins with ``$`` is a command, and what
stands under it is what the command prints. A block ``sh`` is what to type. A command in backquotes is one by itself. Those of a
block run one after another in one directory, so that the second finds what the first wrote. A block of Python whose first
line is ``# FILE NAME`` is in that directory too, and so is one that stands under a comment ``<!-- FILE NAME -->``. What the
page of an exercise shows runs in a copy of the exercise's folder.

:func:`filled` runs what a page shows and puts in what was printed, and the tests run the same and compare. So that what a page
shows is what happens, whoever changed it last.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from checker.cli import main

ROOT = Path(__file__).parents[3]
PACKAGES = ("model", "properties", "checker", "reports")
COURSE = ROOT / "reports" / "lessons" / "course"
CHINESE = ".zh-CN.md"
PROMPT = "$ "
FILE = "# FILE "
COLUMNS = "80"
_NAMED = re.compile(r"<!-- FILE (\S+) -->")
_PLACE = re.compile(r"\b[A-Z]{3,}\b")  # stands for what a reader writes there, as in synproof recheck DIR
_TIME = re.compile(
    r"""\b \d[\d,.]* \  (?: ms | s | seconds | 秒 ) (?!\w)          # how long it took
    (?: (?: \ on | ，) \s* \d+ \s (?: threads? | 个线程 ) [,，] \s* [\d.]+ \s \wiB )?  # on what machine
    | (?<= "seconds":\ ) [\d.e-]+
    """,  # noqa: RUF001  # Chinese signs
    re.VERBOSE,
)
_IN_CHINESE = " --lang zh"
_MARKDOWN = MarkdownIt("commonmark").enable("table")


def pages() -> list[Path]:
    """Return the files of all pages but the log of changes and what the gallery has."""
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.md") if path.parent.name != "gallery"]
    return sorted([*ROOT.glob("README*.md"), ROOT / "ARCHITECTURE.md", *found])


def exercise(page: Path) -> str:
    """Return the name of the exercise that a page is about, "" for all other pages."""
    return page.parent.name if page.parent.parent == COURSE else ""


def in_chinese(page: Path) -> Path:
    """Return the file that has a page in Chinese, whether there is one or not."""
    return page.with_name(page.name.removesuffix(".md") + CHINESE)


def tokens(text: str) -> list[Token]:
    """Return what a page consists of."""
    return _MARKDOWN.parse(text)


@dataclass(frozen=True, slots=True)
class Session:
    """Commands that run one after another in one directory, with the ``files`` that stand above them on the page.

    ``lines`` are those of the page that a block is made of, empty for a command in backquotes; ``shown`` is what the page says
    that it prints, None where it says nothing. ``exercise`` is whose folder they run in, if any.
    """

    commands: tuple[str, ...]
    lines: range
    shown: str | None
    files: tuple[tuple[str, str], ...]
    exercise: str = ""


def sessions(text: str, exercise: str = "") -> Iterator[Session]:
    """Yield the sessions of a page, in order."""
    files: list[tuple[str, str]] = []
    named = None
    for token in tokens(text):
        if token.type == "fence":
            if named:
                files.append((named[1], token.content))
            assert token.map is not None
            lines = range(token.map[0] + 1, token.map[1] - 1)
            if token.info == "python" and token.content.startswith(FILE):
                names = token.content.partition("\n")[0].removeprefix(FILE).split()
                files.append((names[0].partition(":")[0], token.content))
            elif token.info == "console":
                yield Session(tuple(_typed(token.content)), lines, token.content, tuple(files), exercise)
            elif token.info == "sh":
                typed = (line.partition("  #")[0].strip() for line in token.content.splitlines())
                yield Session(tuple(filter(None, typed)), lines, None, tuple(files), exercise)
        named = _NAMED.match(token.content) if token.type == "html_block" else None
        for part in token.children or ():
            if part.type == "code_inline" and part.content.startswith("synproof ") and not _PLACE.search(part.content):
                yield Session(tuple(part.content.split(" && ")), range(0), None, tuple(files), exercise)


def _typed(console: str) -> list[str]:
    return [line.removeprefix(PROMPT) for line in console.splitlines() if line.startswith(PROMPT)]


class Shell:
    """A directory that looks like the project's, and commands that run in it. Commands of synproof run in this process."""

    def __init__(self, directory: Path, files: Sequence[tuple[str, str]] = (), exercise: str = "") -> None:
        if exercise:
            directory /= exercise  # what is handed in is called as its folder is
            shutil.copytree(COURSE / exercise, directory)
        self._directory = directory
        self._code = 0
        for name in PACKAGES:
            (directory / name).symlink_to(ROOT / name, target_is_directory=True)
        for name, content in files:
            (directory / name).write_text(content, encoding="utf-8")

    def run(self, command: str) -> tuple[int, str]:
        """Return the exit code of a command, and what it prints on a terminal of 80 columns. What it prints may be piped on."""
        first, *filters = command.split(" | ")
        if not first.startswith("synproof "):
            return 0, self._piped(first.replace("$?", str(self._code)), "")
        printed = io.StringIO()
        before = os.environ.get("COLUMNS")
        os.environ["COLUMNS"] = COLUMNS
        try:
            with contextlib.chdir(self._directory), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                self._code = main(shlex.split(first)[1:])
        finally:
            os.environ.pop("COLUMNS")
            if before is not None:
                os.environ["COLUMNS"] = before
        said = printed.getvalue()
        for words in filters:
            said = self._piped(words, said)
        return self._code, said

    def _piped(self, words: str, given: str) -> str:
        done = subprocess.run(words, shell=True, cwd=self._directory, input=given, capture_output=True, text=True, check=True)
        return done.stdout


def ran(session: Session, run: Callable[[str], tuple[int, str]]) -> str:
    """Return what a terminal shows of a session, its commands among it."""
    parts = []
    for command in session.commands:
        said = run(command)[1]
        parts.append(f"{PROMPT}{command}\n{said}" + ("" if said.endswith("\n") or not said else "\n"))
    return "".join(parts)


def same(shown: str, printed: str) -> bool:
    """Return whether a page shows what was printed, but for how long something took, and where lines end because of that."""
    return _TIME.sub("", shown).split() == _TIME.sub("", printed).split()


def filled(text: str, run: Callable[[Session], str], exercise: str = "") -> str:
    """Return a page with what its commands print, where something else stands there."""
    lines = text.splitlines(keepends=True)
    for session in reversed([session for session in sessions(text, exercise) if session.shown is not None]):
        printed = run(session)
        if not same(session.shown or "", printed):
            lines[session.lines.start : session.lines.stop] = [printed]
    return "".join(lines)


def said_in_english(command: str) -> str:
    """Return a command without what makes it answer in Chinese, which is all that pages in the two languages differ in."""
    return command.replace(_IN_CHINESE, "")
