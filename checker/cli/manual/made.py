"""The pages that are made: commands from the parser, claims from the catalogue, in both languages; and the manual page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from checker.cli.manual import claims, commands
from checker.cli.manual.commands import Example, Manual
from checker.cli.manual.pages import ROOT, in_chinese
from checker.cli.options import EXIT_CODES
from reports.language.catalogue import CODES, ENGLISH, language

COMMANDS, CLAIMS, MAN = ROOT / "checker/COMMANDS.md", ROOT / "properties/CLAIMS.md", ROOT / "checker/synproof.1"
_HERE = Path(__file__).parent / "templates"
_ROUNDED = (1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 600)


def made() -> dict[Path, str]:
    """Return the content of each page that is made, by its path. Nothing is searched for it."""
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
    man = templates.get_template("synproof.1.j2").render(manual=commands.manual(), waited=_waited(ENGLISH), exits=list(_exits()))
    return {**pages, MAN: man}


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
            relations=claims.relations(),
            lang="" if code == ENGLISH else f" --lang {code}",
        ),
    )


def _waited(code: str):  # noqa: ANN202  # a function of templates
    """Return what says how long one waits for an example, rounded up to a number that one remembers."""

    def said(example: Example) -> str:
        seconds = next(n for n in _ROUNDED if n >= example.seconds)
        if seconds >= 60:
            return f"{seconds // 60} min" if code == ENGLISH else f"{seconds // 60} 分钟"
        return f"{seconds} s" if code == ENGLISH else f"{seconds} 秒"

    return said


def _exits() -> Iterator[tuple[str, str]]:
    """Yield each exit code with what the help says of it."""
    code, said = "", ""
    for line in EXIT_CODES.splitlines()[1:]:
        for part in line.replace("     ", "\n").splitlines() if line.strip()[:2].strip() == "2" else [line]:
            first, _, rest = part.strip().partition(" ")
            if first.isdigit():
                if code:
                    yield code, said
                code, said = first, rest.strip()
            elif part.strip():
                said = f"{said} {part.strip()}"
    yield code, said


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
