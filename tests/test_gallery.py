"""The gallery says what the checker says today.

Tables, traces and scenarios are compared sign by sign. The report's pages are compared by what they say: their numbers,
verdicts, names, states, control bits, anchors and links in their order, and not the sentences around them, so that a better
wording does not ask for all pages anew.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import reports.gallery
from reports.gallery.render import PARTS

GALLERY = Path(reports.gallery.__file__).parent
COMMITTED = {
    path.name: path.read_text(encoding="utf-8") for path in GALLERY.iterdir() if path.is_file() and path.suffix != ".py"
}
OF_THE_STUDY = re.compile(r"report.*|(table|liveness|lassos|assumptions|waste|(two|three|four)-way)\.txt")
PAGE = re.compile(r"report.*")
SAID = re.compile(
    r"""
    holds | violated | unknown | 成立 | 被违反 | 未知
    | \b [A-Z]{3,} (?: [-,.] [A-Z]+ )*          # a state, control bits, a variable of a TCB
    | \b [a-z0-9]+ (?: [-_] [a-z0-9]+ )+        # the name of a claim, an action, a scope
    | \#[a-z0-9-]+                           # where a link leads
    | \d+ (?: ,\d{3} )*
    """,
    re.VERBOSE,
)


class _Shown(HTMLParser):
    """Collects what a page shows, with the anchors and links that it has."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in {"style", "script"}
        self.words += [f"#{value.removeprefix('#')}" for name, value in attrs if value and name in {"id", "href"}]

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        self.words += [] if self.hidden else [data]


def said(name: str, content: str) -> object:
    """Return what is compared of a file."""
    if not PAGE.fullmatch(name):
        return content
    if name.endswith(".md"):
        return SAID.findall(content)
    shown = _Shown()
    shown.feed(content)
    return SAID.findall(" ".join(shown.words))


@pytest.mark.parametrize("part", PARTS)
def test_the_gallery_is_what_is_found_today(part: str) -> None:
    """Run ``make gallery`` after a change that is meant to change it, and read the difference."""
    belongs = {name for name in COMMITTED if (OF_THE_STUDY.fullmatch(name) is not None) == (part == "study")}
    today = PARTS[part]()
    assert today.keys() == belongs
    assert {n: said(n, content) for n, content in today.items()} == {n: said(n, COMMITTED[n]) for n in belongs}


PAGES = sorted(name for name in COMMITTED if PAGE.fullmatch(name))


@pytest.mark.parametrize(
    ("what", "other"),
    [
        (r"(?<=violated \()4(?=\))", "5"),
        (r"(?<=被违反 \()4(?=\))", "5"),
        (r">holds<", ">violated<"),
        (r"\| holds \|", "| violated |"),
        ("no-stale-establishment", "no-stale-accept"),
        ("SYN-RECEIVED", "SYN-SENT"),
        (r'(?<=href="#trace-two-way-)agreement', "isn-paired"),
    ],
)
def test_a_page_that_says_something_else_is_noticed(what: str, other: str) -> None:
    """Catches a comparison that has become too kind: each change is made to every page that it can be made to."""
    changed = {name: re.sub(what, other, COMMITTED[name], count=1) for name in PAGES if re.search(what, COMMITTED[name])}
    assert changed
    assert [name for name, content in changed.items() if said(name, content) == said(name, COMMITTED[name])] == []


def test_a_page_in_other_words_says_the_same() -> None:
    for name in PAGES:
        reworded = COMMITTED[name].replace("textbooks", "lecturers").replace("教科书", "讲义")
        assert said(name, reworded) == said(name, COMMITTED[name])


def test_the_gallery_fits_a_terminal() -> None:
    lines = [line for path in GALLERY.glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if len(line) > 80] == []
