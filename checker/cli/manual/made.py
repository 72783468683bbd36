"""What is made: pages of commands, claims and the course in both languages, notebooks, the manual page, and pictures."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from checker.cli.commands import EXIT_CODES
from checker.cli.manual import claims, commands, course
from checker.cli.manual.chinese import told
from checker.cli.manual.commands import Example, Manual
from checker.cli.manual.pages import ROOT, Shell, in_chinese
from checker.engine import Engine
from checker.engines import ENGINES
from properties.kind import Kind
from reports.language import CODES, ENGLISH
from reports.language.catalogue import language

COMMANDS, CLAIMS, MAN = ROOT / "checker/COMMANDS.md", ROOT / "properties/CLAIMS.md", ROOT / "checker/synproof.1"
LIMITS = ROOT / "checker/LIMITS.md"
PICTURES = ROOT / "reports/pictures"
_DRAWN = "synproof scenario stale-syn-early --format svg -o drawn"
_HERE = Path(__file__).parent / "templates"
_MINUTE = 60
_ROUNDED = (1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 600)


def said() -> Iterator[str]:
    """Yield all that is said in English of what the pages are made of."""
    yield from commands.said()
    yield from claims.said()
    for engine in ENGINES.values():
        yield from (engine.title, engine.summary, engine.range.value, *(kind.value for kind in engine.kinds))


def made() -> dict[Path, str]:
    """Return the content of each file that is made, by its path. Nothing is searched for it."""
    templates = Environment(
        loader=FileSystemLoader(_HERE),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  # Markdown and roff, which have marks of their own
    )
    templates.filters.update(cell=_cell, roff=_roff, anchor=_anchor)
    pages = {path: text for code in CODES for path, text in _in(code, templates)}
    page = templates.get_template("synproof.1.j2")
    man = page.render(manual=commands.manual(), waited=_waited(ENGLISH), exits=EXIT_CODES.splitlines()[1:])
    return {
        **pages,
        MAN: man,
        **{path: text for code in CODES for path, text in _engines(code)},
        **dict(course.made()),
        **_pictures(),
    }


def _engines(code: str) -> Iterator[tuple[Path, str]]:
    """Yield the page of limits with the engines that there are in its table, which stands under its head."""
    path = LIMITS if code == ENGLISH else in_chinese(LIMITS)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    begin = next(i for i, line in enumerate(lines) if line.startswith("| `--engine` |")) + 2
    end = next(i for i in range(begin, len(lines)) if not lines[i].startswith("|"))
    lines[begin:end] = [_engine(engine, code) for engine in ENGINES.values()]
    yield path, "".join(lines)


def _engine(engine: Engine, code: str) -> str:
    """Return an engine as a line of the table."""
    between, colon = (", ", ": ") if code == ENGLISH else ("、", "：")  # noqa: RUF001  # Chinese signs
    kinds = between.join(told(kind.value, code) for kind in Kind if kind in engine.kinds)
    what = f"{told(engine.title, code)}{colon}{told(engine.summary, code)}"
    return f"| `{engine.name}` | {what} | {kinds} | {told(engine.range.value, code)} |\n"


def _pictures() -> dict[Path, str]:
    """Return the drawings of one old SYN on two handshakes."""
    with tempfile.TemporaryDirectory() as directory:
        Shell(Path(directory)).run(_DRAWN)
        drawn = sorted((Path(directory) / "drawn").iterdir())
        return {PICTURES / path.name: path.read_text(encoding="utf-8") for path in drawn}


def _in(code: str, templates: Environment) -> Iterator[tuple[Path, str]]:
    named = (lambda path: path) if code == ENGLISH else in_chinese
    manual: Manual = commands.manual(code)
    page = templates.get_template("COMMANDS.md.j2")
    yield named(COMMANDS), page.render(manual=manual, code=code, waited=_waited(code))
    spoken = language(code)
    page = templates.get_template("CLAIMS.md.j2")
    yield (
        named(CLAIMS),
        page.render(
            code=code,
            claims=list(claims.shown(spoken)),
            handshakes=claims.handshakes(),
            relations=claims.relations(code),
            lang="" if code == ENGLISH else f" --lang {code}",
        ),
    )


def _waited(code: str) -> Callable[[Example], str]:
    """Return what says how long one waits for an example, rounded up to a number that one remembers."""

    def said(example: Example) -> str:
        seconds = next(n for n in _ROUNDED if n >= example.seconds)
        if seconds >= _MINUTE:
            return f"{seconds // _MINUTE} min" if code == ENGLISH else f"{seconds // _MINUTE} 分钟"
        return f"{seconds} s" if code == ENGLISH else f"{seconds} 秒"

    return said


def _cell(text: str) -> str:
    """Return a text as the cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def _anchor(title: str) -> str:
    """Return what a link to a heading ends in."""
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


def _roff(text: str) -> str:
    """Return a text for a manual page."""
    said = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{said}" if said[:1] in {".", "'"} else said
