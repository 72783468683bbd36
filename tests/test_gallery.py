"""The gallery says what the checker says today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import reports.gallery
from reports.gallery.render import PARTS

GALLERY = Path(reports.gallery.__file__).parent


COMMITTED = {
    path.name: path.read_text(encoding="utf-8") for path in GALLERY.iterdir() if path.is_file() and path.suffix != ".py"
}
OF_THE_STUDY = re.compile(r"report.*|(table|liveness|lassos|assumptions|waste|(two|three|four)-way)\.txt")


@pytest.mark.parametrize("part", PARTS)
def test_the_gallery_is_what_is_found_today(part: str) -> None:
    """Run ``make gallery`` after a change that is meant to change it, and read the difference."""
    belongs = {name for name in COMMITTED if (OF_THE_STUDY.fullmatch(name) is not None) == (part == "study")}
    assert PARTS[part]() == {name: COMMITTED[name] for name in belongs}


def test_the_gallery_fits_a_terminal() -> None:
    lines = [line for path in GALLERY.glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if len(line) > 80] == []
