"""Writing a report: its pages and pictures, as texts by the name of their file.

The HTML page is one file that loads nothing: its pictures are in it. The Markdown page shows them as files beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from markdown_it import MarkdownIt
from markupsafe import Markup

from checker.studies.study import Study
from reports.explorer.page import file_name, pages
from reports.language import CODES, ENGLISH
from reports.language.catalogue import Language, language
from reports.study.blocks import pictures
from reports.study.contents import sections
from reports.study.pictures import ENVIRONMENT, FOLDER
from reports.traces import svg

_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_BETWEEN = re.compile(r">\s+<")
_BLANKS = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Page:
    """A page in some language, by the name of its file without the ending."""

    language: Language
    page: str


def page_name(code: str) -> str:
    """Return how the files of a report in a language begin."""
    return "report" if code == ENGLISH else f"report-{code}"


def files(study: Study, code: str, others: Sequence[str] = ()) -> dict[str, str]:
    """Return the files of a report in a language; it links to those in the ``others``, which are beside it."""
    spoken, stem = language(code), page_name(code)
    parts = sections(study, spoken)
    values = {
        "language": spoken,
        "word": spoken.word,
        "sections": parts,
        "stem": stem,
        "explored": {spec.name: file_name(spec) for spec in study.specs},
        "others": [Page(language(other), page_name(other)) for other in others if other != code],
        "style": Markup((FOLDER / "page.css").read_text(encoding="utf-8") + svg.STYLE),  # noqa: S704  # it comes with synproof
    }
    drawn = {f"{stem}-{picture.name}.svg": picture.svg for picture in pictures(parts)}
    return {
        f"{stem}.html": _written("page.html.j2", values),
        f"{stem}.md": _BLANKS.sub("\n\n", _written("page.md.j2", values)).lstrip().rstrip() + "\n",
        **drawn,
    }


def explorers(study: Study) -> dict[str, str]:
    """Return the pages that a report links, in which its handshakes are played."""
    return pages(study.specs, study.verdicts, study.setting)


def every_language(study: Study) -> dict[str, str]:
    """Return the files of a report in every language."""
    return {name: content for code in CODES for name, content in files(study, code, CODES).items()}


def _written(template: str, values: dict[str, object]) -> str:
    environment = ENVIRONMENT.overlay(autoescape=template.endswith(".html.j2"))
    environment.filters |= {"prose": prose, "plain": _plain, "data_uri": _data_uri, "cell": _cell, "note": _note}
    environment.filters["drawing"] = Markup
    return environment.get_template(template).render(values)


def prose(text: str) -> Markup:
    """Return prose as HTML."""
    return Markup(_MARKDOWN.renderInline(text))  # noqa: S704  # which escapes what is no Markdown


def _plain(text: str) -> str:
    return text.replace("`", "").replace("*", "")


def _cell(text: str) -> str:
    """Return text as the cell of a Markdown table."""
    return text.replace("|", "\\|").replace("<", "&lt;") if "`" not in text else text.replace("|", "\\|")


def _note(text: str) -> str:
    """Return a note so that its mark begins no list or emphasis in Markdown."""
    return text.replace("*", "\\*", 1) if text.startswith("*") else text


def _data_uri(svg: str) -> str:
    """Return a picture as an address that is the picture."""
    return "data:image/svg+xml," + quote(_BETWEEN.sub("><", svg.strip()), safe=" =:/;,()'!*")
