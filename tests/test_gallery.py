"""The gallery says what the checker says today."""

from __future__ import annotations

from pathlib import Path

import reports.gallery
from reports.gallery.render import files

GALLERY = Path(reports.gallery.__file__).parent


def test_the_gallery_is_what_is_found_today() -> None:
    """Run ``make gallery`` after a change that is meant to change it, and read the difference."""
    made = files()
    committed = {path.name: path.read_text(encoding="utf-8") for path in GALLERY.iterdir() if _is_made(path)}
    assert made == committed


def _is_made(path: Path) -> bool:
    return path.is_file() and path.suffix != ".py"


def test_the_gallery_fits_a_terminal() -> None:
    lines = [line for path in GALLERY.glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if len(line) > 80] == []
