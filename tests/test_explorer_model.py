"""The page is the model: what JavaScript computes in a browser is what the interpreter says, and a fault in it is noticed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checker.explicit.search import search
from checker.export.javascript import javascript
from checker.host.limits import Limits
from checker.runs.explain import refusals
from model.notation.interpreter import Interpreter, State, evaluate, key
from model.notation.network import connect
from model.notation.pretty import value_text
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from properties.claim import monitored
from properties.observe import Monitored
from properties.specification import SPECIFICATIONS, Specification
from tests import naive, toy_networks, toys
from tests.browser import Browser, chromium
from tests.models import MODELS, model
from tests.random_systems import networked_systems, plain_systems
from tests.test_random_systems import for_each
from tests.toys import Toy

pytestmark = pytest.mark.needs("chromium")

ENGINE = Path(__file__).parents[1] / "reports" / "explorer" / "engine.js"
TOYS = {toy.name: toy for toy in (*toys.TOYS, *toy_networks.TOYS)}
DEPTH = 4
"""How far the interpreter goes with a handshake: it takes seconds for some hundred states."""
WHOLE = 100_000
"""How many states a whole space may have that is compared."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = tmp_path_factory.mktemp("engine") / "engine.html"
    path.write_text(f"<!DOCTYPE html><meta charset=utf-8><script>{ENGINE.read_text(encoding='utf-8')}</script>", "utf-8")
    with chromium() as running:
        running.load(path.as_uri())
        yield running


def written_out(watched: Monitored) -> Monitored:
    """Return what is watched in the system with its network written out."""
    return replace(watched, system=watched.exact)


def all_claims(spec: Specification) -> Monitored:
    """Return a model in the small scope, with every claim about it."""
    system = spec.build(SCOPES["small"], Assumptions())
    return written_out(monitored(system, dict.fromkeys((*spec.claims, *spec.liveness))))


def explored(browser: Browser, script: str, depth: int | None) -> dict[str, Any]:
    """Search breadth-first in the page."""
    limits = {} if depth is None else {"depth": depth}
    return dict(
        browser.run(
            f"(() => new ENGINE.System({script}).search({{ limits: {{ ...{json.dumps(limits)}, states: {WHOLE} }} }}))()"
        )
    )


def agrees(browser: Browser, watched: Monitored, depth: int | None = None, script: str = "") -> naive.Explored:
    """Compare what the page finds with what the interpreter does: states by distance, steps, and the truth of each claim."""
    found = explored(browser, script or javascript(watched), depth)
    right = naive.explore(watched, depth)
    levels = Counter(right.found.values())
    assert found["levels"] == [levels[distance] for distance in range(right.depth + 1)]
    assert (found["states"], found["transitions"], found["complete"]) == (right.states, right.transitions, right.complete)
    initial = Interpreter(watched.system).initial()
    at_once = {check.name: 0 for check in watched.checks if evaluate(check.at_start, initial) is True}
    shortest = {name: told["shortest"] for name, told in found["checks"].items() if told["shortest"] is not None}
    assert shortest == {**right.shortest, **at_once}
    assert {name for name, told in found["checks"].items() if told["triggers"]} == right.triggered
    return right


@pytest.mark.parametrize("toy", TOYS.values(), ids=TOYS)
def test_each_feature_of_the_notation(browser: Browser, toy: Toy) -> None:
    agrees(browser, written_out(toy.monitored))


@pytest.mark.parametrize("name", MODELS)
def test_tutorials(browser: Browser, name: str) -> None:
    watched = all_claims(model(name))
    agrees(browser, watched, None if name.startswith("mutual") else DEPTH)


@pytest.mark.parametrize("name", [name for name in SPECIFICATIONS if "/" not in name])
def test_handshakes(browser: Browser, name: str) -> None:
    agrees(browser, all_claims(SPECIFICATIONS[name]), DEPTH)


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in SPECIFICATIONS if "/" in name])
def test_compositions(browser: Browser, name: str) -> None:
    agrees(browser, all_claims(SPECIFICATIONS[name]), DEPTH)


@pytest.mark.long
@pytest.mark.parametrize("name", [*SPECIFICATIONS, *MODELS])
def test_whole_scopes(browser: Browser, name: str) -> None:
    """All of the small scope, or as much of it as a page searches: the numbers are those of the explicit search."""
    watched = all_claims(model(name))
    whole = search(watched, Limits(states=WHOLE))
    depth = None if whole.complete else (whole.counts.depth or 0) - 2
    right = whole if whole.complete else search(watched, Limits(depth=depth))
    found = explored(browser, javascript(watched), depth)
    assert (found["states"], found["transitions"], found["complete"]) == (
        right.counts.states, right.counts.transitions, right.complete,
    )  # fmt: skip
    assert {name for name, told in found["checks"].items() if told["triggers"]} == set(right.triggered)
    lengths = {name: len(schedule) for name, schedule in right.schedules.items()}
    assert {name: told["shortest"] for name, told in found["checks"].items() if told["shortest"] is not None} == lengths


@pytest.mark.parametrize("networked", [False, True], ids=["plain", "networked"])
def test_random_systems(browser: Browser, networked: bool) -> None:  # two cases
    """Two hundred, with every feature together; most of them decide something."""
    decided = Counter[bool]()

    def compare(watched: Monitored) -> None:
        right = agrees(browser, replace(watched, system=connect(watched.system)), 4)
        decided[bool(right.shortest)] += 1

    for_each(networked_systems() if networked else plain_systems(), 100, compare)
    assert decided[True] > 20


FAULTS: dict[str, Callable[[str], str]] = {
    "a comparison": lambda script: script.replace("===", "!==", 1),
    "a conjunction": lambda script: script.replace("&&", "||", 1),
    "a wrap": lambda script: script.replace("mod(", "((n, m) => n)("),
    "a row added": lambda script: script.replace("add(", "((relation, row) => relation)(", 1),
    "a row removed": lambda script: script.replace("remove(", "((relation, row) => relation)(", 1),
    "a choice": lambda script: script.replace('"candidates":', '"sort":{"is":"number","size":"1"},"was":'),
}
"""What may be wrong with what was written, each in one place of it."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_lowering_is_noticed(browser: Browser, fault: str) -> None:
    """In at least one of the toys and two-way, of those in which it changes anything."""
    subjects = [written_out(toy.monitored) for toy in TOYS.values()]
    subjects.append(all_claims(SPECIFICATIONS["two-way"]))
    missed = 0
    for watched in subjects:
        script = javascript(watched)
        faulty = FAULTS[fault](script)
        if faulty == script:
            continue
        try:
            agrees(browser, watched, 3, faulty)
        except Exception:  # noqa: BLE001  # other numbers, or an exception of the browser's
            return
        missed += 1
    pytest.fail(f"{fault} is missed in all of {missed} systems")


def first_states(watched: Monitored, number: int) -> list[State]:
    """Return the first states of a search."""
    interpreter = Interpreter(watched.system)
    states = [interpreter.initial()]
    known = {key(states[0])}
    for state in states:
        for step in interpreter.steps(state):
            if key(step.state) not in known and len(states) < number:
                known.add(key(step.state))
                states.append(step.state)
    return states


WHYS = """
((script, number) => {
  const s = new ENGINE.System(script);
  const states = [s.initial];
  const known = new Set([s.key(s.initial)]);
  for (const state of states) {
    for (const step of s.steps(state)) {
      const key = s.key(step.state);
      if (!known.has(key) && states.length < number) { known.add(key); states.push(step.state); }
    }
  }
  const read = (r) => r.values.map(([n, v]) => `${n} = ${ENGINE.valueText(v)}`).join(", ");
  const text = (r) => `${r.text} is ${r.holds}` + (r.values.length ? ` (${read(r)})` : "");
  return states.map((state) => [
    state.map(ENGINE.valueText),
    s.actions.map((action, i) => s.refusals(i, state, 1e6).map((r) => (r.missing ? "missing" : r.reasons.map(text)))),
  ]);
})
"""


@pytest.mark.parametrize("name", ["two-way", "four-way/listeners", "mutual_exclusion.py", "sctp.py", "members", "quantifiers"])
def test_why_an_action_is_not_possible(browser: Browser, name: str) -> None:
    """For each choice that it lacks, the same parts of its guard as the interpreter's, in the same words and order."""
    watched = written_out(TOYS[name].monitored) if name in TOYS else all_claims(model(name))
    interpreter = Interpreter(watched.system)
    right = []
    for state in first_states(watched, 12):
        told = [
            ["missing" if r.missing else [str(reason) for reason in r.reasons] for r in refusals(interpreter, action, state)]
            for action in watched.system.actions
        ]
        right.append([[value_text(value) for value in state.values()], told])
    assert browser.run(f"{WHYS}({javascript(watched)}, 12)") == right
