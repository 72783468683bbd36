"""The page and the drawing in Chromium: they load, the keys work, and whoever sees nothing or has no mouse can use them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reports.language.catalogue import language
from reports.study import write
from reports.study.blocks import Cell, Section, Table
from reports.traces.account import Account
from reports.traces.formats import Size
from reports.traces.page import page
from reports.traces.picture import TooNarrowError
from reports.traces.svg import svg
from tests import runs
from tests.browser import Browser, chromium
from tests.runs import RUNS

pytestmark = pytest.mark.needs("chromium")


DRAWN = [*RUNS, "three", "long_names", "chinese"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def accounts() -> dict[str, Account]:
    """Return the runs, each made once, so that a page of it is made once too."""
    return {name: getattr(runs, name)() for name in DRAWN}


def shown(browser: Browser, tmp_path: Path, account: Account, fragment: str = "") -> None:
    """Load the page of a run from disk."""
    path = tmp_path / "run.html"
    path.write_text(page(account), encoding="utf-8")
    browser.complaints.clear()
    browser.requests.clear()
    browser.look(1280)
    browser.load(path.as_uri() + fragment)


def step(browser: Browser) -> int:
    """Return the step that is shown, which is that whose band is marked."""
    (marked,) = browser.run("[...document.querySelectorAll('.band.current')].map(b => Number(b.dataset.step))")
    assert browser.run("explorer.at().depth") == marked
    return int(marked)


def said(browser: Browser) -> str:
    """Return what the live region says."""
    return str(browser.run("document.querySelector('[role=status]').textContent"))


@pytest.mark.parametrize("name", list(RUNS))
def test_the_page_loads_without_complaint_and_nothing_else(
    browser: Browser, tmp_path: Path, accounts: dict[str, Account], name: str
) -> None:
    """It opens before the first step, and has the run: its steps, and the states that the interpreter found after each."""
    shown(browser, tmp_path, accounts[name])
    assert browser.complaints == []
    assert [url for url in browser.requests if not url.endswith("run.html") and not url.startswith(("about:", "data:"))] == []
    assert step(browser) == 0
    trace = accounts[name].trace
    names = "explorer.path().slice(1).map(n => explorer.system.actions[n.step.action].name)"
    assert browser.run(names) == [taken.action for taken in trace.steps]
    states = [list(states.values()) for states in (trace.initial_states, *(taken.states for taken in trace.steps))]
    assert browser.run("explorer.path().map(n => n.roles)") == states
    browser.press("End")
    assert step(browser) == len(trace)
    assert browser.complaints == []


def test_a_complaint_would_be_noticed(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "broken.html"
    path.write_text("<!DOCTYPE html><script>nothing.there()</script><img src='missing.png'>", encoding="utf-8")
    browser.complaints.clear()
    browser.requests.clear()
    browser.load(path.as_uri())
    assert browser.complaints
    assert any(url.endswith("missing.png") for url in browser.requests)


def test_the_keys_step(browser: Browser, tmp_path: Path, accounts: dict[str, Account]) -> None:
    """The address says the step, as long as the run is that of the page."""
    shown(browser, tmp_path, accounts["counterexample"])
    taken = []
    for key in ("ArrowLeft", "ArrowRight", "ArrowRight", "ArrowLeft", "End", "ArrowRight", "ArrowLeft", "Home"):
        browser.press(key)
        taken.append(step(browser))
    assert taken == [0, 1, 2, 1, 11, 11, 10, 0]
    browser.press("End")
    browser.run("explorer.writeFragment()")
    assert browser.run("location.hash") == "#at-11"
    assert browser.run("document.querySelector('#state-panel mark').textContent") == "ESTABLISHED"
    shown(browser, tmp_path, accounts["counterexample"], "#at-5")
    assert step(browser) == 5
    browser.run("location.hash = '#at-2'")
    browser.drawn()
    browser.press("ArrowRight")
    assert step(browser) == 3
    browser.run("explorer.play(explorer.steps().find(s => s.action !== explorer.at().last.step.action))")
    assert browser.run("explorer.path().length") == 5  # another run from here on, and the address has all of it
    browser.run("explorer.writeFragment()")
    assert str(browser.run("location.hash")).startswith("#at=4&run=")
    browser.run("location.hash = '#at-11'")
    browser.drawn()
    assert step(browser) == 11


def test_what_stands_on_top_hides_no_step(browser: Browser, tmp_path: Path, accounts: dict[str, Account]) -> None:
    """Stepping back through a run that is longer than its box, the step's band stays below the names of the endpoints."""
    shown(browser, tmp_path, accounts["long"])
    browser.press("End")
    scrolled = []
    for _ in range(30):
        browser.press("ArrowLeft")
        browser.drawn()
        scrolled.append(browser.run("document.getElementById('drawing').scrollTop"))
        hidden = "document.querySelector('#drawing .heading').getBoundingClientRect().bottom"
        assert browser.run(f"document.querySelector('.band.current').getBoundingClientRect().top - {hidden}") >= 0
        below = "document.getElementById('drawing').getBoundingClientRect().bottom"
        assert browser.run(f"{below} - document.querySelector('.band.current').getBoundingClientRect().bottom") >= 0
    assert scrolled[0] > scrolled[-1] > 0


def test_after_a_cycle_comes_its_beginning(browser: Browser, tmp_path: Path, accounts: dict[str, Account]) -> None:
    """The lasso repeats steps 3 and 4; where nothing happens any more, the last step stays. Both are said."""
    for name, taken in (("lasso", [1, 2, 3, 4, 3, 4, 3]), ("stuck", [1, 2, 3, 4, 4, 4, 4])):
        shown(browser, tmp_path, accounts[name])
        found = []
        for _ in taken:
            browser.press("ArrowRight")
            found.append(step(browser))
        assert found == taken
        browser.press("End")
        (remark,) = browser.run("[...document.querySelectorAll('#model-panel .remark')].slice(-1).map(p => p.textContent)")
        assert remark == language("en").word({"lasso": "cycle-ends", "stuck": "nothing-more"}[name], number=3)


def test_a_step_of_the_run_can_be_predicted_first(browser: Browser, tmp_path: Path, accounts: dict[str, Account]) -> None:
    """Then the drawing ends where the reader is; the step forward is asked about, and comes with the answer."""
    shown(browser, tmp_path, accounts["counterexample"])
    drawn = "document.querySelectorAll('#drawing .band').length"
    assert browser.run(drawn) == len(accounts["counterexample"].trace) + 1
    browser.run("document.getElementById('predict').click()")
    assert browser.run(drawn) == 1
    browser.press("ArrowRight")
    assert said(browser) == "Which state is the server in now?"
    assert browser.run("explorer.at().depth") == 0
    browser.run("[...document.querySelectorAll('#asked button')].find(b => b.textContent === 'LISTEN').click()")
    assert said(browser) == "Right: the server is in LISTEN. 1 of 1 right."
    assert step(browser) == 1
    assert browser.run(drawn) == 2


def test_it_has_what_is_said_of_the_run_in_both_languages(
    browser: Browser, tmp_path: Path, accounts: dict[str, Account]
) -> None:
    """Title, what stands above and below it, and what is said before a step; and the sentences are in the drawing as well."""
    account = accounts["chinese"]
    assert account.retold is not None
    english = account.retold(spoken=language("en"))
    shown(browser, tmp_path, account)
    for told in (account, english, account):
        browser.run(f"document.querySelector('[data-language={told.language.code}]').click()")
        assert browser.run("document.querySelector('h1').textContent") == told.title
        assert browser.run("document.title") == told.title
        assert browser.run("document.getElementById('says').textContent") == "".join(told.says)
        assert browser.run("document.getElementById('ends').textContent") == "".join(told.ends)
        for number, remark in told.remarks.items():
            browser.run(f"explorer.go(explorer.path()[{number + 1}])")
            assert browser.run("document.querySelector('#model-panel .remark').textContent") == remark
        drawn = "".join(browser.run("[...document.querySelectorAll('#drawing text.remark')].map(t => t.textContent)"))
        assert "".join(drawn.split()) == "".join("".join(told.remarks.values()).split())


def test_it_works_by_screen_reader(browser: Browser, tmp_path: Path, accounts: dict[str, Account]) -> None:
    """What is told: landmarks, buttons, the drawing by name, each step as it is reached, and the run in words."""
    shown(browser, tmp_path, accounts["counterexample"])
    browser.press("End")
    told = browser.accessible()
    roles = {role for role, _ in told}
    assert {"banner", "navigation", "main", "contentinfo", "status"} <= roles
    assert ("navigation", "Steps") in told
    assert {("button", name) for name in ("First", "Back", "Forward", "Last")} <= set(told)
    assert any(role in ("image", "img", "SvgRoot") and name == "four-way: 11 steps" for role, name in told)
    headings = {"four-way: client-agreement violated", "Step 11: client_receives_syn_after_ack"}
    assert headings <= {name for role, name in told if role == "heading"}
    assert said(browser).startswith("Step 11: client_receives_syn_after_ack. client ESTABLISHED, server SYN-RECEIVED.")
    assert "client-agreement violated by this step" in said(browser)
    browser.press("ArrowLeft")
    assert said(browser).startswith("Step 10 of 11: ")
    assert not any(name == "" for role, name in told if role in ("button", "table", "heading", "region"))
    browser.run("document.querySelector('[data-key=listing]').click()")
    browser.drawn()
    levels = browser.run("[...document.querySelectorAll('h1,h2,h3')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    listed = browser.run("[...document.querySelectorAll('.entry')].map(e => e.textContent)")
    assert len(listed) == len(accounts["counterexample"].trace) + 1
    for told_step, text in zip(accounts["counterexample"].trace.steps, listed[1:], strict=True):
        assert told_step.action in text
        assert ", ".join(f"{role} {state}" for role, state in told_step.states.items()) in text
        for header in (told_step.received, *told_step.sent):
            assert header is None or str(header) in text


def test_without_script_every_step_is_there(browser: Browser, tmp_path: Path, accounts: dict[str, Account]) -> None:
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        shown(browser, tmp_path, accounts["counterexample"])
    finally:
        browser.ask("Emulation.setScriptExecutionDisabled", value=False)
    text = browser.run("document.querySelector('noscript').innerText")
    drawn = browser.run("[...document.querySelectorAll('noscript svg text')].map(t => t.textContent).join('\\n')")
    for number, taken in enumerate(accounts["counterexample"].trace.steps, 1):
        assert f"{number}. {taken.action}" in drawn
        assert taken.action in text


@pytest.mark.long
def test_the_page_of_a_run_of_hundreds_of_steps_is_not_large(browser: Browser, tmp_path: Path) -> None:
    """It has the text of all of them, and the drawing of none, for who has no JavaScript; at most 500 KB, as every page."""
    account = runs.long(500)
    assert len(page(account).encode()) <= 500_000
    shown(browser, tmp_path, account)
    browser.press("End")
    assert step(browser) == 500
    text = browser.run("document.querySelector('noscript').textContent")
    assert "<svg" not in text
    assert account.trace.steps[-1].action in text


def test_on_paper_all_of_a_run_is_there(browser: Browser, tmp_path: Path, accounts: dict[str, Account]) -> None:
    """On the screen the drawing of a long run has the steps around the one at hand, and what is opened."""
    account = accounts["long"]
    shown(browser, tmp_path, account)
    steps = "document.querySelectorAll('#drawing .band').length"
    visible = "[...document.querySelectorAll('.entry')].filter(e => e.checkVisibility()).length"
    assert (browser.run(steps), browser.run(visible)) == (41, 0)
    browser.look(1280, media="print")
    browser.drawn()
    assert (browser.run(steps), browser.run(visible)) == (len(account.trace) + 1, len(account.trace) + 1)
    assert browser.run("document.querySelector('nav').checkVisibility()") is False
    browser.look(1280)
    browser.drawn()
    assert (browser.run(steps), browser.run(visible)) == (41, 0)


def test_its_drawing_is_as_large_as_was_asked_for(browser: Browser, tmp_path: Path, accounts: dict[str, Account]) -> None:
    path = tmp_path / "run.html"
    account = accounts["counterexample"]
    for size, width in ((Size(width=1234), 1234), (Size(width=1500, font=18), 1500)):
        path.write_text(page(account, size), encoding="utf-8")
        browser.load(path.as_uri())
        drawn = "document.querySelector('#drawing > svg').getBoundingClientRect()"
        assert browser.run(f"{drawn}.width") == width
        scale = browser.run("(b => b.width.baseVal.value / b.viewBox.baseVal.width)(document.querySelector('#drawing > svg'))")
        assert scale == pytest.approx((size.font or 12) / 12)
        assert browser.run("document.documentElement.scrollWidth") <= 1280
    with pytest.raises(TooNarrowError, match="this run takes 460 pixels with text of 12: write --width 460"):
        page(account, Size(width=300))


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
    study: Any = SimpleNamespace(specs=())  # of which nothing else is asked than the sections
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
  const style = getComputedStyle(document.querySelector("#drawing > svg.run"));
  const paper = luminance(style.getPropertyValue("--paper").trim());
  return selectors.map(name => {
    const ink = luminance(style.getPropertyValue("--" + name).trim());
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  });
})(["ink", "faint", "segment", "old", "lost"])
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
  const out = ([, b]) => b[0] < box.x || b[2] > box.x + box.width || b[1] < box.y || b[3] > box.y + box.height;
  return [found, texts.filter(out).map(([text]) => text)];
})()
"""


def measured(browser: Browser, tmp_path: Path, drawn: str) -> list[list[Any]]:
    """Return which texts meet lines, shapes or each other in a drawing, and which are not all within it."""
    path = tmp_path / "run.svg"
    path.write_text(drawn, encoding="utf-8")
    browser.complaints.clear()
    browser.load(path.as_uri())
    assert browser.complaints == []
    return list(browser.run(OVERLAPS))


@pytest.mark.parametrize("name", DRAWN)
def test_nothing_crosses_a_text_in_a_browser(browser: Browser, tmp_path: Path, accounts: dict[str, Account], name: str) -> None:
    """Three pixels are between the letters of two lines: what is above a capital and below a letter."""
    account = accounts[name]
    assert measured(browser, tmp_path, svg(account)) == [[], []]
    assert measured(browser, tmp_path, svg(account, Size(width=1600, font=14))) == [[], []]


@pytest.mark.parametrize("name", DRAWN)
def test_no_text_of_the_page_meets_another(browser: Browser, tmp_path: Path, accounts: dict[str, Account], name: str) -> None:
    """In its drawing, which is made as one plays; what is long on its way may pass behind a text."""
    shown(browser, tmp_path, accounts[name])
    met, out = measured(browser, tmp_path, browser.run("explorer.writers.svg()"))
    passing = ("segment", "life", "bar")
    assert [pair for pair in met if not str(pair[1]).startswith(passing)] == []
    assert out == []


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
