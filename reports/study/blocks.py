"""What a page consists of, whatever it is written as: sections of prose, tables, pictures, listings and runs.

Prose is plain text with ``code`` in backquotes and ``[links](#anchor)``; the templates beside this module write it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table. ``mark`` is what it stands for, which a page shows by more than colour; ``link`` an anchor."""

    text: str
    mark: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    kind: ClassVar[str] = "prose"
    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """A list."""

    kind: ClassVar[str] = "points"
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption, a row of headings, rows that begin with one, and what there is to say under it."""

    kind: ClassVar[str] = "table"
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Illustration:
    """A picture: SVG, which files it is written to, and what it shows for whoever does not see it."""

    kind: ClassVar[str] = "picture"
    name: str
    svg: str
    alt: str
    caption: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """A run: drawn, which needs the style of such drawings, and the same as text. A page shows it when it is opened."""

    kind: ClassVar[str] = "diagram"
    caption: str
    svg: str
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Definitions:
    """Terms, each with what is said of it."""

    kind: ClassVar[str] = "definitions"
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    """A line of a run: the states on both sides after it, what is sent which way, and the claims that it violates."""

    left: str
    right: str
    text: str
    arrow: str
    note: str
    violates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SchedulePart:
    """Part of a schedule: what is said of it, and the lines of each run, one sequence for each."""

    says: str
    lines: tuple[tuple[Arrow, ...], ...]


@dataclass(frozen=True, slots=True)
class Runs:
    """One schedule on several handshakes, side by side. ``roles`` are the headings of the two sides."""

    kind: ClassVar[str] = "runs"
    caption: str
    names: tuple[str, ...]
    roles: tuple[str, str]
    phases: tuple[SchedulePart, ...]


Block = Prose | Points | Table | Illustration | Diagram | Definitions | Runs


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page under a heading that can be linked to."""

    anchor: str
    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()


def pictures(sections: Sequence[Section]) -> list[Illustration]:
    """Return every picture of a page, in order."""
    found: list[Illustration] = []
    for section in sections:
        found += [block for block in section.blocks if isinstance(block, Illustration)]
        found += pictures(section.sections)
    return found
