"""The templates of pages and pictures, and how pictures look on light and on dark paper."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent / "templates"
STYLE = (FOLDER / "picture.css").read_text(encoding="utf-8")
ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
"""Templates escape what they are given; one that is given less than it names is an error."""


def drawn(template: str, **values: object) -> str:
    """Return a picture that is drawn by a template."""
    return ENVIRONMENT.get_template(template).render(style=STYLE, **values)
