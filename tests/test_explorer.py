"""The explorer's page in Chromium: played by keyboard and mouse, read aloud, opened from files, and left in good order."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from itf_py import Trace as ItfTrace
from itf_py import trace_from_json

from checker.decide import Setting, decide
from checker.scenarios.player import play
from checker.scenarios.scenario import read
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from properties.specification import SPECIFICATIONS
from reports.explorer.page import Opened, challenges, page
from reports.explorer.subject import Subject
from reports.language.catalogue import language
from reports.traces.records import as_itf, as_json
from tests.browser import Browser, chromium
from tests.command_line import Ask
from tests.models import MODELS, model
from tests.runs import counterexample, lasso
from tests.tools import AXE

pytestmark = pytest.mark.needs("chromium")
LARGEST = 500_000
"""How many octets a page has at most."""


def subject(name: str, scope: str = "default") -> Subject:
    """Return a model in a scope."""
    spec = model(name)
    return Subject(spec, spec.build(SCOPES[scope], Assumptions()), scope)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def two_way(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of two-way, beside three-way, with challenges."""
    spec = SPECIFICATIONS["two-way"]
    known = challenges(decide(spec, [spec.claim["no-stale-establishment"]], Setting(SCOPES["default"])))
    path = tmp_path_factory.mktemp("explorer") / "two-way.html"
    path.write_text(page(subject("two-way"), beside=subject("three-way"), known=known), encoding="utf-8")
    return path


@pytest.fixture
def shown(browser: Browser, two_way: Path) -> Browser:
    """Show the page of two-way, anew."""
    browser.complaints.clear()
    browser.requests.clear()
    browser.look(1280)
    browser.load(two_way.as_uri())
    return browser


def names(browser: Browser) -> list[str]:
    """Return the actions of the run up to the state that is shown."""
    return list(browser.run("explorer.path(explorer.at()).slice(1).map(n => explorer.system.actions[n.step.action].name)"))


def said(browser: Browser) -> str:
    """Return what the live region says."""
    return str(browser.run("document.querySelector('[role=status]').textContent"))


def take(browser: Browser, *actions: str) -> None:
    """Click the first button of each of these actions."""
    for action in actions:
        browser.run(f"document.querySelector('button.step[data-key^=\"step-{action}-\"]').click()")


STALE = ("server_listens", "client_opens", "client_closes", "server_receives_syn")
"""An old SYN makes two-way's server ESTABLISHED: the shortest run to that, as ``synproof trace`` has it."""


def test_it_opens_from_disk_and_loads_nothing(shown: Browser) -> None:
    assert shown.complaints == []
    assert [r for r in shown.requests if not r.endswith("two-way.html") and not r.startswith(("about:", "data:"))] == []
    assert said(shown) == "Initial state. client CLOSED, server CLOSED"


@pytest.mark.parametrize("name", [*SPECIFICATIONS, *MODELS])
def test_no_page_is_large(name: str) -> None:
    assert len(page(subject(name)).encode()) <= LARGEST


def test_the_buttons_are_the_steps(shown: Browser) -> None:
    """Each step that is possible has one button, and a segment in flight can be delivered, duplicated, lost and held."""
    take(shown, "server_listens", "client_opens")
    assert shown.run("explorer.steps().length === document.querySelectorAll('button.step').length")
    card = shown.run("document.querySelector('.card').textContent")
    for word in ("client → server", "<SEQ=100><CTL=SYN>", "Deliver", "Duplicate", "Lose", "Hold"):
        assert word in card
    shown.run("document.querySelector('.card .hold').click()")
    assert "Deliver" not in shown.run("document.querySelector('.card').textContent")
    assert said(shown) == "<SEQ=100><CTL=SYN> is held."
    assert shown.complaints == []


def test_a_claim_falls_and_the_page_says_so(shown: Browser) -> None:
    take(shown, *STALE)
    assert names(shown) == list(STALE)
    assert said(shown).startswith(
        "Step 4: server_receives_syn. client CLOSED, server ESTABLISHED. no-stale-establishment violated"
    )
    fell = shown.run("document.querySelector('.fell').textContent")
    assert fell.startswith(
        "no-stale-establishment: violated by this step. an endpoint entered ESTABLISHED for a SYN whose attempt"
    )
    assert "3.10.7.2" in shown.run("document.querySelector('#model-panel').textContent")
    assert shown.run("document.querySelector('#state-panel mark').textContent") == "ESTABLISHED"
    beside = shown.run("document.querySelector('#beside-panel tbody tr:last-child').textContent")
    assert "SYN-RECEIVED" in beside
    assert beside.count("✗") == 1  # two-way's, and three-way has no such fault


def test_why_not(shown: Browser) -> None:
    shown.run("document.querySelectorAll('.endpoint')[1].querySelector('details').open = true")
    shown.drawn()
    told = shown.run("document.querySelectorAll('.endpoint')[1].querySelector('.refusals').textContent")
    assert "server_receives_syn" in told
    assert "server.state == ESTABLISHED is false (server.state = CLOSED)" in told


def test_undo_redo_and_branches(shown: Browser) -> None:
    take(shown, "server_listens", "client_opens", "client_closes")
    for button in ("undo", "undo"):
        shown.run(f"document.getElementById('{button}').click()")
    assert names(shown) == ["server_listens"]
    shown.run("document.getElementById('redo').click()")
    assert names(shown) == ["server_listens", "client_opens"]
    take(shown, "server_receives_syn")
    assert names(shown) == ["server_listens", "client_opens", "server_receives_syn"]
    branches = "[...document.querySelectorAll('#tree-panel button')]"
    assert len(shown.run(f"{branches}.map(b => b.textContent)")) == 2
    shown.run(f"{branches}[0].click()")
    assert names(shown) == ["server_listens", "client_opens", "client_closes"]
    shown.run("document.querySelector('.band[data-step=\"1\"]').dispatchEvent(new MouseEvent('click'))")
    assert names(shown) == ["server_listens"]
    assert shown.complaints == []


def test_by_keyboard_alone(shown: Browser) -> None:
    """Digits take steps, arrows undo and redo, and every button is reached by Tab and pressed by Enter."""
    shown.press("2")
    assert names(shown) == ["server_listens"]
    shown.press("1")
    assert names(shown) == ["server_listens", "client_opens"]
    for key, length in (("ArrowLeft", 1), ("Home", 0), ("End", 2), ("ArrowLeft", 1), ("ArrowRight", 2)):
        shown.press(key)
        assert len(names(shown)) == length
    for _ in range(40):
        shown.press("Tab")
        assert shown.run("getComputedStyle(document.activeElement).outlineStyle") != "none"
        if shown.run("document.activeElement.matches('button.step')"):
            shown.press("Enter")
            break
    assert len(names(shown)) == 3
    assert shown.run("document.activeElement !== document.body")


def test_the_run_is_in_the_address(shown: Browser, two_way: Path) -> None:
    take(shown, *STALE)
    shown.press("ArrowLeft")
    shown.run("explorer.writeFragment()")
    fragment = shown.run("location.hash")
    shown.load(two_way.as_uri() + fragment)
    assert names(shown) == list(STALE[:3])
    shown.press("End")
    assert names(shown) == list(STALE)
    shown.load(two_way.as_uri() + "#at=1&run=" + "%5B%5B%22client_flies%22%5D%5D")
    assert said(shown) == "It cannot be played: step 1: this model has no action client_flies"
    assert shown.complaints == []


def test_what_it_writes_is_read_back(shown: Browser, tmp_path: Path, ask: Ask) -> None:
    """Its scenario by ``scenario``, with the same steps and fault; its ITF by itf-py, with the states of the interpreter."""
    take(shown, *STALE)
    path = tmp_path / "run.json"
    path.write_text(shown.run("explorer.writers['scenario.json']()"), encoding="utf-8")
    answer = ask("scenario", str(path))
    assert answer.code == 0
    assert "two-way violates no-stale-establishment" in answer.out
    spec = SPECIFICATIONS["two-way"]
    played = play(read(str(path)), spec, Assumptions(), spec.safety)
    assert [step.action for step in played.trace.steps] == list(STALE)
    trace: ItfTrace = trace_from_json(json.loads(shown.run("explorer.writers['itf.json']()")))
    states = [played.trace.initial, *(step.state for step in played.trace.steps)]
    assert len(trace.states) == len(states)
    for found, right in zip(trace.states, states, strict=True):
        assert found.values["server_state"] == right["server.state"]
        in_flight = right["network"]
        assert isinstance(in_flight, frozenset)
        assert {tuple(row) for row in found.values["network"]} == in_flight
    assert shown.run("explorer.writers.mmd()").startswith("sequenceDiagram\n  participant p0 as client\n")
    assert "<polygon" in shown.run("explorer.writers.svg()")
    assert (
        shown.run("new DOMParser().parseFromString(explorer.writers.svg(), 'image/svg+xml').querySelector('parsererror')")
        is None
    )


@pytest.mark.parametrize("kind", ["scenario", "record", "itf", "written"])
def test_what_is_dropped_on_it_is_played(browser: Browser, tmp_path: Path, kind: str) -> None:
    account = counterexample()
    texts = {
        "scenario": json.dumps(dict(account.record)),
        "record": as_json(account),
        "itf": as_itf(account),
        "written": Path("model/scenarios/stale-syn-early.json").read_text(encoding="utf-8"),
    }
    path = tmp_path / "four-way.html"
    path.write_text(page(subject("four-way")), encoding="utf-8")
    browser.load(path.as_uri())
    drop = f"""(() => {{
      const data = new DataTransfer();
      data.items.add(new File([{json.dumps(texts[kind])}], "run.json"));
      document.dispatchEvent(new DragEvent("drop", {{ dataTransfer: data, bubbles: true, cancelable: true }}));
    }})()"""
    browser.run(drop)
    browser.drawn()
    if kind == "written":
        spec = SPECIFICATIONS["four-way"]
        right = play(read("stale-syn-early"), spec, Assumptions()).trace
    else:
        right = account.trace
    assert names(browser) == [step.action for step in right.steps]
    for role, state in right.steps[-1].states.items():
        assert f"{role}" in browser.run("document.body.textContent")
        assert state in browser.run("explorer.at().roles")


@pytest.mark.parametrize("times", [None, 0, 2])
def test_a_scenario_that_repeats_steps_is_played(browser: Browser, tmp_path: Path, times: int | None) -> None:
    """As often as its number says, of which ``None`` leaves the one in the file, and with what it says on the way."""
    content = json.loads(Path("model/scenarios/blocked-syns.json").read_text(encoding="utf-8"))
    if times is not None:
        content["numbers"] = dict.fromkeys(content["numbers"], times)
    written = tmp_path / "blocked.json"
    written.write_text(json.dumps(content), encoding="utf-8")
    asked, spec = read(str(written)), SPECIFICATIONS["three-way"]
    right = play(asked, spec, Assumptions())
    path = tmp_path / "three-way.html"
    path.write_text(page(Subject(spec, spec.build(asked.scope, Assumptions()))), encoding="utf-8")
    browser.load(path.as_uri())
    browser.run(f"explorer.open({json.dumps(json.dumps(content))})")
    assert names(browser) == [step.action for step in right.trace.steps]
    said_before = browser.run("explorer.path().map((n, i) => [i - 1, n.before]).filter(([, text]) => text)")
    phases = {phase.begin: phase.says for phase in right.phases if phase.says and phase.begin < len(right.trace)}
    assert dict(said_before) == phases


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"states": [{}, {}], "vars": ["x"]}',
        '{"steps": [{"action": "client_flies"}]}',
        '{"steps": [{"repeat": "often", "steps": []}]}',
    ],
)
def test_what_cannot_be_played_is_said(shown: Browser, text: str) -> None:
    shown.run(f"explorer.open({json.dumps(text)})")
    assert said(shown).startswith("It cannot be played: ")
    assert names(shown) == []
    assert shown.complaints == []


def test_show_me_and_challenge(shown: Browser) -> None:
    """The search in the worker finds as short a run as the checker does; the challenge knows its length, and gives a hint."""
    shown.run("document.getElementById('challenge').value = 'no-stale-establishment'")
    shown.run("document.getElementById('challenge').dispatchEvent(new Event('change'))")
    assert "The shortest known takes 4 steps." in shown.run("document.getElementById('challenge-said').textContent")
    shown.run("document.getElementById('hint').click()")
    assert said(shown) == f"Hint: {STALE[0]}"
    shown.run("document.getElementById('goal').value = 'claim:no-stale-establishment'")
    shown.run("document.getElementById('search').click()")
    end = time.monotonic() + 20
    while not names(shown) and time.monotonic() < end:
        time.sleep(0.05)
    assert len(names(shown)) == 4
    assert said(shown) == "Shown: 4 steps, the fewest from where you were."
    assert "Done at step 4" in shown.run("document.getElementById('challenge-said').textContent")


def test_predict_then_reveal(shown: Browser) -> None:
    shown.run("document.getElementById('predict').click()")
    take(shown, "server_listens")
    assert names(shown) == []
    assert said(shown) == "Which state is the server in now?"
    shown.run("[...document.querySelectorAll('#asked button')].find(b => b.textContent === 'SYN-SENT').click()")
    assert said(shown) == "No: the server is in LISTEN. 0 of 1 right."
    assert names(shown) == ["server_listens"]


def test_it_speaks_chinese(shown: Browser) -> None:
    shown.run("document.querySelector('[data-language=zh]').click()")
    assert shown.run("document.documentElement.lang") == language("zh").tag
    assert shown.run("document.getElementById('undo').textContent") == language("zh").word("explorer-undo")
    take(shown, "server_listens")
    assert said(shown).startswith("第 1 步")
    assert "explorer-" not in shown.run("document.body.innerText")
    shown.run("document.querySelector('[data-language=en]').click()")
    assert shown.run("document.getElementById('undo').textContent") == "Back"


def test_what_is_hidden_is_not_shown(shown: Browser) -> None:
    assert "snd_una" in shown.run("document.querySelector('#state-panel tbody').textContent")
    shown.run("document.querySelector('[data-key=hide]').click()")
    shown.drawn()
    for role in ("client", "server"):
        shown.run(f"document.querySelector('[data-key=\"hide-{role}.snd_una\"]').click()")
    assert "snd_una" not in shown.run("document.querySelector('#state-panel tbody').textContent")


def test_opened_at_a_run(browser: Browser, tmp_path: Path) -> None:
    """The command's page begins after the run that is named."""
    path = tmp_path / "run.html"
    account = counterexample()
    opened = Opened(account.trace.schedule, at_end=True)
    path.write_text(page(subject("four-way"), opened=opened), encoding="utf-8")
    browser.load(path.as_uri())
    assert names(browser) == [step.action for step in account.trace.steps]


def test_a_lasso_is_drawn_and_goes_round(browser: Browser, tmp_path: Path) -> None:
    trace = lasso().trace
    assert trace.loop is not None
    path = tmp_path / "lasso.html"
    path.write_text(page(subject(trace.system), opened=Opened(trace.schedule, trace.loop, at_end=True)), encoding="utf-8")
    browser.load(path.as_uri())
    drawn = "document.querySelector('text.cycle')?.textContent ?? ''"
    assert browser.run(drawn) == f"steps {trace.loop + 1} to {len(trace)} repeat for ever"
    browser.press("ArrowRight")
    assert len(names(browser)) == trace.loop + 1
    browser.run("explorer.go(explorer.path()[0])")
    assert trace.steps[0].action != "server_listens"
    take(browser, "server_listens")  # another run, which has no cycle
    assert browser.run(drawn) == ""
    browser.press("ArrowRight")
    assert names(browser) == ["server_listens"]


def test_a_step_costs_no_more_in_a_long_run(shown: Browser) -> None:
    """What is on the page, and what is asked of the model, does not grow with the run or with the number of branches."""
    counted = """(() => {
      const systems = explorer.system.constructor.prototype; // of the handshake beside it too
      let calls = 0;
      for (const name of ["steps", "stateOf", "refusals", "met"]) {
        const plain = systems[name];
        systems[name] = function (...given) { calls++; return plain.apply(this, given); };
      }
      const measured = [];
      document.querySelectorAll("details").forEach((d) => { d.open = true; });
      for (let i = 1; i <= 240; i++) {
        if (i % 20 === 0) explorer.undo(); // a branch
        calls = 0;
        const steps = explorer.steps();
        explorer.play(steps[i % steps.length]);
        measured.push([calls, document.querySelectorAll("*").length]);
      }
      return [60, 180].map((from) => [0, 1].map((k) => Math.max(...measured.slice(from, from + 60).map((m) => m[k]))));
    })()"""
    (calls, elements), (calls_later, elements_later) = shown.run(counted)
    assert calls > 0
    assert calls_later <= 1.3 * calls
    assert elements_later <= 1.3 * elements
    assert shown.complaints == []


def test_the_command_writes_it(browser: Browser, tmp_path: Path, ask: Ask) -> None:
    path = tmp_path / "page.html"
    answer = ask("explore", "two-way", "--after", "stale-syn-early", "-o", str(path))
    assert (answer.code, answer.err) == (0, "")
    browser.load(path.as_uri())
    played = play(read("stale-syn-early"), SPECIFICATIONS["two-way"], Assumptions())
    assert names(browser) == [step.action for step in played.trace.steps]
    remark = "document.querySelector('#model-panel .remark').textContent"
    assert browser.run("document.getElementById('says').textContent") == read("stale-syn-early").summary
    last = played.phases[-1]
    browser.run(f"explorer.go(explorer.path()[{last.begin + 1}])")
    assert browser.run(remark) == last.says
    browser.run("document.querySelector('[data-language=zh]').click()")
    chinese = language("zh").scenario(read("stale-syn-early"))
    assert browser.run(remark) == play(chinese, played.spec, Assumptions()).phases[-1].says
    ask("explore", "two-way", "--after", "no-stale-establishment", "-o", str(path))
    browser.load(path.as_uri())
    assert names(browser) == list(STALE)
    assert browser.run("document.querySelector('h1').textContent") == "two-way: no-stale-establishment violated"
    assert browser.run("document.getElementById('ends').textContent").startswith("Step 4: ")
    wrong = ask("explore", "two-way", "-o", "page.pdf")
    assert wrong.code == 2
    assert "page.pdf is no page: write -o FILE.html" in wrong.err


RANDOM = """
(async (seed, steps) => {
  let state = seed;
  const random = (n) => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return Math.floor((state / 2 ** 32) * n); };
  let worst = 0;
  for (let i = 0; i < steps; i++) {
    const no = "[data-download], [data-copy], #search, #hint, #play-pasted, #again";
    const all = [...document.querySelectorAll("button, summary, .band")].filter((b) => !b.matches(no) && b.checkVisibility());
    const step = [...document.querySelectorAll("button.step")];
    const from = step.length && random(3) ? step : all;
    const begun = performance.now();
    from[random(from.length)].dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    worst = Math.max(worst, performance.now() - begun);
    if (i % 100 === 0) await new Promise((done) => setTimeout(done));
    if (explorer.path().length > 60) explorer.go(explorer.path()[0]);
  }
  return worst;
})
"""


@pytest.mark.long
def test_two_thousand_clicks_leave_no_complaint(shown: Browser) -> None:
    for seed in range(20):
        shown.run(f"{RANDOM}({seed}, 100)")
    assert shown.complaints == []


def test_clicks_leave_no_complaint(shown: Browser) -> None:
    shown.run(f"{RANDOM}(7, 60)")
    assert shown.complaints == []


@pytest.mark.parametrize("width", [400, 1280, 2000])
def test_it_is_never_wider_than_the_window(shown: Browser, width: int) -> None:
    shown.look(width)
    take(shown, *STALE)
    shown.drawn()
    assert shown.run("document.documentElement.scrollWidth") <= width
    shown.run("document.getElementById('large').click()")
    assert shown.run("document.documentElement.scrollWidth") <= width
    shown.look(1280)


def test_headings_have_an_order(shown: Browser) -> None:
    levels = shown.run("[...document.querySelectorAll('h1,h2,h3')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


@pytest.mark.needs("axe")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["en", "zh"])
def test_axe_finds_nothing_serious(shown: Browser, scheme: str, code: str) -> None:
    shown.look(1280, scheme=scheme)
    shown.run(f"document.querySelector('[data-language={code}]').click()")
    take(shown, *STALE)
    shown.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    shown.drawn()
    shown.run(AXE.read_text(encoding="utf-8") + "; 0")
    each = "{id: v.id, impact: v.impact, nodes: v.nodes.map(n => n.html.slice(0, 100))}"
    each = "({id: v.id, impact: v.impact, nodes: v.nodes.map(n => n.html.slice(0, 100))})"
    found: list[dict[str, Any]] = shown.run(f"axe.run().then(r => r.violations.map(v => {each}))")
    assert [v for v in found if v["impact"] in ("serious", "critical")] == []
    shown.look(1280)


@pytest.mark.needs("axe")
def test_axe_would_find_something(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "bad.html"
    path.write_text("<!DOCTYPE html><html><body><button></button><img src='data:,'></body></html>", encoding="utf-8")
    browser.load(path.as_uri())
    browser.run(AXE.read_text(encoding="utf-8") + "; 0")
    assert browser.run("axe.run().then(r => r.violations.filter(v => v.impact === 'critical').length)") > 0
