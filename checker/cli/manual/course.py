"""The course: each exercise as a notebook, made of its page, and the list of all of them.

An exercise is a folder with an assignment, the files that a student begins with, and a page in both languages. Its notebook
says what its page says: commands become cells that run them, and each file that is handed in becomes a cell that writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from checker.cli.manual.pages import CHINESE, COURSE, PROMPT, in_chinese, tokens
from checker.grading import assignment_file
from checker.grading.assignment import FILE
from reports.language import CODES, ENGLISH

PAGE = COURSE / "README.md"
PARTS = {
    ENGLISH: (
        "What you learn",
        "Time",
        "Task",
        "On the command line",
        "On the explorer's page",
        "What to hand in",
        "Questions",
    ),
    "zh": ("学到什么", "用时", "任务", "在命令行里", "在浏览器的页面里", "交什么", "思考题"),
}
"""The headings of an exercise's page, in order."""
_BEGIN = {
    ENGLISH: "Run the cells one after another. The first makes sure that the others find `synproof`.",
    "zh": "请依次运行各个单元格。第一个让其余单元格能找到 `synproof`。",
}
_WRITE = {
    ENGLISH: "The next cell is the file `{file}`. Change it there and run the cell, which writes the file.",
    "zh": "下一个单元格就是文件 `{file}`。请在那里修改，再运行它，文件就写好了。",  # noqa: RUF001  # Chinese signs
}
_FOUND = """\
import os
import sysconfig

os.environ["PATH"] = sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"]"""
_SHELL = {"console", "sh"}


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise as its page in one language tells it: ``parts`` have the text under each heading, by the English of it."""

    folder: Path
    code: str
    title: str
    parts: dict[str, str]

    @property
    def goal(self) -> str:
        """What a student learns, in a sentence or two."""
        return " ".join(self.parts["What you learn"].partition("\n\n")[0].split())

    @property
    def minutes(self) -> int:
        """How long it takes, as its page says; 0 where it does not."""
        said = re.match(r"\d+", self.parts["Time"])
        return int(said[0]) if said else 0

    @property
    def page(self) -> Path:
        """The file that it is read from."""
        return _page(self.folder, self.code)

    @property
    def notebook(self) -> Path:
        """The file of its notebook."""
        return self.folder / _notebook(self.folder, self.code)


def folders() -> list[Path]:
    """Return the folders of all exercises, in order."""
    return sorted(path.parent for path in COURSE.glob(f"*/{FILE}"))


def read(folder: Path, code: str) -> Exercise:
    """Return an exercise as it is told in a language; raise ValueError where its page has other headings."""
    path = _page(folder, code)
    head, *parts = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = {name.strip(): text.strip() for name, _, text in (part.partition("\n") for part in parts)}
    if tuple(named) != PARTS[code]:
        raise ValueError(f"{path}: the headings are {list(named)}, and should be {list(PARTS[code])}")
    title = head.partition("\n")[0].removeprefix("# ")
    return Exercise(folder, code, title, dict(zip(PARTS[ENGLISH], named.values(), strict=True)))


def made() -> Iterator[tuple[Path, str]]:
    """Yield what is made, with its path: notebooks, and the list of exercises in either language."""
    for code in CODES:
        exercises = [read(folder, code) for folder in folders()]
        yield from ((one.notebook, written(one)) for one in exercises)
        yield _listed(exercises, code)


def _listed(exercises: list[Exercise], code: str) -> tuple[Path, str]:
    """Return the page of the course with the exercises that there are in its table."""
    path = _page(COURSE, code)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    begin = next(i for i, line in enumerate(lines) if line.startswith("|---")) + 1
    end = next((i for i in range(begin, len(lines)) if not lines[i].startswith("|")), len(lines))
    unit = "{} minutes" if code == ENGLISH else "{} 分钟"
    lines[begin:end] = [
        f"| [{one.title}]({one.folder.name}/{one.page.name}) | {one.goal} | {unit.format(one.minutes)} "
        f"| [ipynb]({one.folder.name}/{one.notebook.name}) |\n"
        for one in exercises
    ]
    return path, "".join(lines)


def written(exercise: Exercise) -> str:
    """Return the notebook of an exercise as a file has it."""
    cells = list(_cells(exercise))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:02}"
    about = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=about)  # type: ignore[no-untyped-call]
    return str(nbformat.writes(notebook, version=4)) + "\n"  # type: ignore[no-untyped-call]


def _cells(exercise: Exercise) -> Iterator[NotebookNode]:
    """Yield the cells: the page section by section, and after the task the files that are handed in."""
    text = exercise.page.read_text(encoding="utf-8")
    for code in CODES:  # a notebook leads to the one in the other language
        text = text.replace(f"({_page(exercise.folder, code).name})", f"({_notebook(exercise.folder, code)})")
    head, *parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    yield _text(f"{head.strip()}\n\n{_BEGIN[exercise.code]}")
    yield _code(_FOUND)
    for part, name in zip(parts, PARTS[ENGLISH], strict=True):
        yield from _section(part)
        if name == "Task":
            for file in assignment_file.read(str(exercise.folder)).files:
                yield _text(_WRITE[exercise.code].format(file=file))
                yield _code(f"%%writefile {file}\n{(exercise.folder / file).read_text(encoding='utf-8').rstrip()}")


def _section(text: str) -> Iterator[NotebookNode]:
    """Yield a part of a page: what stands between blocks as text, and blocks of commands and of Python as cells."""
    lines, at = text.splitlines(), 0
    for token in tokens(text):
        if token.type == "fence" and token.level == 0 and token.info in {*_SHELL, "python"}:
            assert token.map is not None
            if prose := "\n".join(lines[at : token.map[0]]).strip():
                yield _text(prose)
            yield _code(_typed(token.content) if token.info in _SHELL else token.content.rstrip())
            at = token.map[1]
    if prose := "\n".join(lines[at:]).strip():
        yield _text(prose)


def _typed(block: str) -> str:
    """Return the commands of a block as a cell, without what they print."""
    lines = block.splitlines()
    prompted = any(line.startswith(PROMPT) for line in lines)
    typed = [line.removeprefix(PROMPT) for line in lines if line.startswith(PROMPT) or not prompted]
    return "\n".join(f"!{line}" for line in typed if line.strip())


def _page(folder: Path, code: str) -> Path:
    return folder / "README.md" if code == ENGLISH else in_chinese(folder / "README.md")


def _notebook(folder: Path, code: str) -> str:
    return f"{folder.name}.ipynb" if code == ENGLISH else f"{folder.name}{CHINESE.removesuffix('.md')}.ipynb"


def _text(source: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(source)  # type: ignore[no-untyped-call, no-any-return]


def _code(source: str) -> NotebookNode:
    return nbformat.v4.new_code_cell(source)  # type: ignore[no-untyped-call, no-any-return]
