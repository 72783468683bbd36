"""The page and the drawing in Chromium: they load, the keys work, and whoever sees nothing or has no mouse can use them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from reports.study import write
from reports.study.blocks import Cell, Section, Table
from reports.traces.account import Account
from reports.traces.formats import Size
from reports.traces.page import page
from reports.traces.svg import svg
from tests import runs
from tests.browser import Browser, chromium
from tests.runs import RUNS

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def accounts() -> dict[str, Account]:
    return {name: made() for name, made in RUNS.items()}


def shown(browser: Browser, tmp_path: Path, account: Account, fragment: str = "") -> None:
    """Load the page of a run from disk."""
    path = tmp_path / "run.html"
    path.write_text(page(account), encoding="utf-8")
    browser.complaints.clear()
    browser.requests.clear()
    browser.look(1280)
    browser.load(path.as_uri() + fragment)


def step(browser: Browser) -> int:
    """Return the step that is shown, of which there is one."""
    visible = "[...document.querySelectorAll('.step')].filter(s => s.offsetParent !== null).map(s => s.id)"
    (name,) = browser.run(visible)
    marked = browser.run("[...document.querySelectorAll('.band.current')].map(b => b.dataset.step)")
    assert marked == [name.removeprefix("step-")]
    return int(name.removeprefix("step-"))


@pytest.mark.parametrize("name", list(RUNS))
def test_the_page_loads_without_complaint_and_nothing_else(
    browser: Browser, tmp_path: Path, accounts: dict[str, Account], name: str
) -> None:
    shown(browser, tmp_path, accounts[name])
    assert browser.complaints == []
    assert [url for url in browser.requests if not url.endswith("run.html") and not url.startswith(("about:", "data:"))] == []
    assert step(browser) == 0


def test_a_complaint_would_be_noticed(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "broken.html"
    path.write_text("<!DOCTYPE html><script>nothing.there()</script><img src='missing.png'>", encoding="utf-8")
    browser.complaints.clear()
    browser.requests.clear()
    browser.load(path.as_uri())
    assert browser.complaints
    assert any(url.endswith("missing.png") for url in browser.requests)


def test_the_keys_step(browser: Browser, tmp_path: Path, accounts: dict[str, Account]) -> None:
    shown(browser, tmp_path, accounts["counterexample"])
    taken = []
    for key in ("ArrowLeft", "ArrowRight", "ArrowRight", "ArrowLeft", "End", "ArrowRight", "ArrowLeft", "Home"):
        browser.press(key)
        taken.append(step(browser))
    assert taken == [0, 1, 2, 1, 11, 11, 10, 0]
    browser.press("End")
    assert browser.run("location.hash") == "#at-11"
    assert browser.run("document.querySelector('#step-11 mark').textContent") == "ESTABLISHED"
    shown(browser, tmp_path, accounts["counterexample"], "#at-5")
    assert step(browser) == 5
    browser.run("location.hash = '#at-2'")
    browser.press("ArrowRight")
    assert step(browser) == 3


def test_what_stands_on_top_hides_no_step(browser: Browser, tmp_path: Path, accounts: dict[str, Account]) -> None:
    """Stepping back through a run that is longer than the window, the step's band and its heading stay below the buttons."""
    shown(browser, tmp_path, accounts["long"])
    browser.press("End")
    scrolled = []
    for _ in range(30):
        browser.press("ArrowLeft")
        scrolled.append(browser.run("scrollY"))
        hidden = "document.querySelector('nav').getBoundingClientRect().bottom"
        for part in (".band.current", ".step.current h2"):
            assert browser.run(f"document.querySelector('{part}').getBoundingClientRect().top - {hidden}") >= 0
    assert scrolled[0] > scrolled[-1] > 0


def test_after_a_cycle_comes_its_beginning(browser: Browser, tmp_path: Path, accounts: dict[str, Account]) -> None:
    """The lasso repeats steps 3 and 4; where nothing happens any more, the last step stays."""
    for name, taken in (("lasso", [1, 2, 3, 4, 3, 4, 3]), ("stuck", [1, 2, 3, 4, 4, 4, 4])):
        shown(browser, tmp_path, accounts[name])
        found = []
        for _ in taken:
            browser.press("ArrowRight")
            found.append(step(browser))
        assert found == taken


def test_it_works_by_keyboard_alone(browser: Browser, tmp_path: Path, accounts: dict[str, Account]) -> None:
    """Tab reaches the four buttons first, Enter presses them, and the model's text can be opened."""
    shown(browser, tmp_path, accounts["counterexample"])
    reached = []
    for _ in range(7):
        browser.press("Tab")
        reached.append(str(browser.run("document.activeElement.textContent.trim().slice(0, 30)")))
        assert browser.run("getComputedStyle(document.activeElement).outlineStyle") != "none"
        if reached[-1] == "Forward":
            browser.press("Enter")
            assert step(browser) == 1
    assert reached[:4] == ["First", "Back", "Forward", "Last"]
    assert "server_listens in the model" in reached
    assert browser.run("document.activeElement.closest('body') !== null")


def test_it_works_by_screen_reader(browser: Browser, tmp_path: Path, accounts: dict[str, Account]) -> None:
    """What is told: landmarks, buttons, the drawing by name, tables with captions, and each step as it is reached."""
    shown(browser, tmp_path, accounts["counterexample"])
    browser.press("End")
    told = browser.accessible()
    roles = {role for role, _ in told}
    assert {"banner", "navigation", "main", "contentinfo", "status"} <= roles
    assert ("navigation", "Steps") in told
    assert {("button", name) for name in ("First", "Back", "Forward", "Last")} <= set(told)
    assert any(role in ("image", "img", "SvgRoot") and name == "four-way: client-agreement violated" for role, name in told)
    headings = {"four-way: client-agreement violated", "Step 11 of 11: client_receives_syn_after_ack"}
    assert headings <= {name for role, name in told if role == "heading"}
    assert {("table", "State"), ("table", "Claims")} <= set(told)
    said = browser.run("document.querySelector('[role=status]').textContent")
    assert said.startswith("Step 11 of 11: client_receives_syn_after_ack. client ESTABLISHED, server SYN-RECEIVED.")
    assert "client-agreement violated by this step" in said
    levels = browser.run("[...document.querySelectorAll('h1,h2,h3')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert not any(name == "" for role, name in told if role in ("button", "table", "heading", "region"))


def test_without_script_every_step_is_there(browser: Browser, tmp_path: Path, accounts: dict[str, Account]) -> None:
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        shown(browser, tmp_path, accounts["counterexample"])
    finally:
        browser.ask("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.run("[...document.querySelectorAll('.step')].filter(s => s.offsetParent !== null).length") == 12


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("name", ["counterexample", "ring", "long", "mutual_exclusion"])
def test_the_page_is_never_wider_than_the_window(
    browser: Browser, tmp_path: Path, accounts: dict[str, Account], name: str, width: int
) -> None:
    """What is wider scrolls in a box of its own."""
    shown(browser, tmp_path, accounts[name])
    browser.look(width)
    for key in ("Home", "ArrowRight", "End"):
        browser.press(key)
        assert browser.run("document.documentElement.scrollWidth") <= width


@pytest.fixture
def report(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Show a report with a table of nine columns, which few windows are wide enough for, and one of two."""
    wide, narrow = (
        Table(caption, tuple(f"column {n}" for n in range(of)), ((Cell("a claim"), *[Cell("does_not_hold")] * (of - 1)),))
        for caption, of in (("wide", 9), ("narrow", 2))
    )
    monkeypatch.setattr(write, "sections", lambda *_: [Section("tables", "Tables", (wide, narrow))])
    path = tmp_path / "report.html"
    study: Any = None  # of which only the sections are asked
    path.write_text(write.files(study, "en")["report.html"], encoding="utf-8")
    browser.complaints.clear()
    return path


HINTS = """
[...document.querySelectorAll(".wide")].map(box => {
  const hint = getComputedStyle(box, "::before");
  return hint.content === "none" || hint.display === "none" ? "" : hint.content;
})
"""
PIXELS = """
async (address, points) => {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
  canvas.drawImage(picture, 0, 0);
  return points.map(([x, y]) => canvas.getImageData(x, y, 1, 1).data[0]);
}
"""


def test_a_table_wider_than_the_window_scrolls_and_says_so(browser: Browser, report: Path) -> None:
    """On a telephone; in a window that has room for it nothing is said, and neither of a table that fits, nor on paper."""
    browser.look(400)
    browser.load(report.as_uri())
    browser.drawn()
    assert browser.complaints == []
    assert browser.run(HINTS) == ['"scroll sideways for more →"', ""]
    assert browser.run("document.documentElement.scrollWidth") <= 400
    reach = (
        "[...document.querySelectorAll('.wide')].map(b => b.querySelector('tr').lastElementChild.getBoundingClientRect().right)"
    )
    edge = browser.run("document.querySelector('.wide').getBoundingClientRect().right")
    assert browser.run(reach)[0] > edge
    browser.run("document.querySelector('.wide').scrollLeft = 10000")
    assert browser.run(reach)[0] <= edge + 1
    assert browser.run(HINTS)[0] != ""
    browser.look(1600)
    browser.run("document.body.style.maxWidth = 'none'")
    browser.drawn()
    assert browser.run(HINTS) == ["", ""]
    browser.look(400, media="print")
    browser.drawn()
    assert browser.run(HINTS) == ["", ""]
    browser.look(1280)


def test_without_script_a_shadow_says_that_a_table_goes_on(browser: Browser, report: Path) -> None:
    """The right edge of what goes on is darker than the paper, and that of what does not is not."""
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.look(400)
        browser.load(report.as_uri())
    finally:
        browser.ask("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.run(HINTS) == ["", ""]
    boxes = browser.run(
        "[...document.querySelectorAll('.wide')].map(b => [b.getBoundingClientRect().right, b.getBoundingClientRect().bottom])"
    )
    shot = browser.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"]
    points = [[round(right) - 2, round(bottom) - 3] for right, bottom in boxes]
    edges = browser.run(f"({PIXELS})('data:image/png;base64,{shot}', {points})")
    assert edges[0] < 240 < edges[1]
    browser.look(1280)


CONTRAST = """
(selectors => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const channels = colour => { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3); };
  const luminance = colour => channels(colour).map(c => c / 255)
    .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const style = getComputedStyle(document.querySelector(".synproof-run"));
  const paper = luminance(style.getPropertyValue("--paper").trim());
  return selectors.map(name => {
    const ink = luminance(style.getPropertyValue("--" + name).trim());
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  });
})(["ink", "faint", "segment", "old", "lost", "cycle"])
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_have_contrast(browser: Browser, tmp_path: Path, accounts: dict[str, Account], scheme: str) -> None:
    """At least that of WCAG 2.2, success criterion 1.4.3: 4.5 to 1. On paper they are the light ones."""
    shown(browser, tmp_path, accounts["every_fate"])
    browser.look(1280, scheme=scheme)
    assert min(browser.run(CONTRAST)) >= 4.5
    paper = "getComputedStyle(document.body).backgroundColor"
    assert browser.run(paper) == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 26)"}[scheme]
    browser.look(1280, scheme=scheme, media="print")
    assert browser.run(paper) == "rgb(255, 255, 255)"
    browser.look(1280)


OVERLAPS = """
(() => {
  const place = shape => { const b = shape.getBBox(); return [b.x, b.y, b.x + b.width, b.y + b.height]; };
  const texts = [...document.querySelectorAll("text")].map(t => [t.textContent, place(t), t.classList.contains("state")]);
  const meet = (a, b) => a[0] < b[2] && b[0] < a[2] && Math.min(a[3], b[3]) - Math.max(a[1], b[1]) > 3;
  const found = [];
  texts.forEach(([one, a], i) => texts.slice(i + 1).forEach(([other, b]) => { if (meet(a, b)) found.push([one, other]); }));
  // a line meets a text where one of its points, half a pixel apart, is between the letters' top and bottom
  for (const line of document.querySelectorAll("line")) {
    const [x, y, u, v] = ["x1", "y1", "x2", "y2"].map(name => line[name].baseVal.value);
    const points = Math.ceil(2 * Math.hypot(u - x, v - y));
    for (const [text, [left, top, right, bottom], state] of texts) {
      if (state) continue;  // it is in a box over the line
      for (let i = 0; i <= points; i++) {
        const [px, py] = [x + (u - x) * i / points, y + (v - y) * i / points];
        if (left < px && px < right && top + 2 < py && py < bottom - 2) { found.push([text, line.className.baseVal]); break; }
      }
    }
  }
  for (const end of document.querySelectorAll(".head, .cross, .dot, .bar, .chip:not(text)")) {
    for (const [text, box, state] of texts) {
      if (meet(box, place(end)) && !(state && end.matches(".chip"))) found.push([text, end.className.baseVal]);
    }
  }
  const box = document.documentElement.viewBox.baseVal;
  const out = ([, b]) => b[0] < 0 || b[2] > box.width || b[1] < 0 || b[3] > box.height;
  return [found, texts.filter(out).map(([text]) => text)];
})()
"""


def measured(browser: Browser, tmp_path: Path, drawn: str) -> list[list[object]]:
    """Return which texts meet lines, shapes or each other in a drawing, and which are not all within it."""
    path = tmp_path / "run.svg"
    path.write_text(drawn, encoding="utf-8")
    browser.complaints.clear()
    browser.load(path.as_uri())
    assert browser.complaints == []
    return list(browser.run(OVERLAPS))


@pytest.mark.parametrize("name", [*RUNS, "three", "long_names", "chinese"])
def test_nothing_crosses_a_text_in_a_browser(browser: Browser, tmp_path: Path, name: str) -> None:
    """Three pixels are between the letters of two lines: what is above a capital and below a letter."""
    account = getattr(runs, name)()
    assert measured(browser, tmp_path, svg(account)) == [[], []]
    assert measured(browser, tmp_path, svg(account, Size(width=1600, font=14))) == [[], []]


def test_what_crosses_a_text_would_be_noticed(browser: Browser, tmp_path: Path) -> None:
    """A line through a text, an arrowhead on it, another text over it, and a text that leaves the drawing."""
    shapes = [
        '<text class="action" x="10" y="30">here</text>',
        '<line class="segment" x1="0" y1="0" x2="60" y2="60"/>',
        '<polygon class="head" points="12,20 20,30 12,30"/>',
        '<text class="says" x="20" y="30">there</text>',
        '<text class="says" x="190" y="90">away</text>',
    ]
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100">{"".join(shapes)}</svg>'
    met, out = measured(browser, tmp_path, drawn)
    assert {tuple(pair) for pair in met if isinstance(pair, list)} >= {("here", "there"), ("here", "segment"), ("here", "head")}
    assert out == ["away"]
