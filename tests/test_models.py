"""Models from files: the tutorials, claims about states, and what a change to a handshake broke."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.decide import Setting, decide
from checker.files import model_file
from checker.host.limits import Limits
from checker.verdict import Outcome
from model.tcp.scope import SCOPES
from properties import invariant, reachable
from tests.command_line import Ask
from tests.models import MODELS, TUTORIALS, counter, model

DEFAULT = Setting(SCOPES["default"])


def test_every_tutorial_is_tested() -> None:
    assert {name.partition(":")[0] for name in MODELS} == {path.name for path in TUTORIALS.glob("*.py")}


@pytest.mark.parametrize("name", MODELS)
def test_a_tutorial_earns_the_verdicts_it_declares(name: str) -> None:
    spec = model(name)
    for verdict in decide(spec, spec.claims, DEFAULT):
        assert verdict.question.expected is not None
        assert verdict.as_declared, verdict.question.claim.name
        assert not verdict.vacuous, verdict.question.claim.name


@pytest.mark.parametrize("name", MODELS)
def test_the_engines_agree_on_a_tutorial(name: str) -> None:
    """Where breadth-first search finds a shortest run of few steps, Z3 finds none that is shorter, and one as long."""
    spec = model(name)
    for verdict in decide(spec, spec.asserted, DEFAULT):
        if verdict.trace is not None and len(verdict.trace) <= 6:
            depth = Limits(depth=len(verdict.trace))
            (other,) = decide(spec, [verdict.question.claim], Setting(SCOPES["default"], engine="bmc", limits=depth))
            assert other.trace is not None
            assert len(other.trace) == len(verdict.trace)


def test_the_alternating_bit_is_deceived_by_an_old_duplicate() -> None:
    """On a network that reorders, the last step delivers a message again whose bit has come round."""
    spec = model("alternating_bit.py:reordering")
    (verdict,) = decide(spec, [spec.claim["delivered-in-order"]], DEFAULT)
    assert verdict.trace is not None
    delivered = [
        s.received.cells["message"] for s in verdict.trace.steps if s.action == "receiver_takes_message" and s.received
    ]
    assert delivered == [0, 1, 0]


def test_peterson_without_courtesy_is_no_mutual_exclusion(tmp_path: Path) -> None:
    """The tutorial's claim can fail: where nobody waits, both enter."""
    source = (TUTORIALS / "mutual_exclusion.py").read_text(encoding="utf-8")
    careless = source.replace("(~wants[other] | (first.value == me))", "(first.value != other)")
    never_waits = source.replace('(place[me] == "waiting") & (~wants[other] | (first.value == me))', 'place[me] == "waiting"')
    assert source not in (careless, never_waits)
    path = tmp_path / "careless.py"
    path.write_text(never_waits.replace('"peterson"', '"careless"'), encoding="utf-8")
    spec = model_file.read(str(path))
    verdict = {v.question.claim.name: v for v in decide(spec, spec.claims, DEFAULT)}["mutual-exclusion"]
    assert verdict.outcome is Outcome.VIOLATED
    assert verdict.trace is not None
    assert len(verdict.trace) == 6  # three steps of each


# -- claims about states -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["bfs", "bmc"])
@pytest.mark.parametrize(("bound", "steps"), [(0, 0), (1, 1), (3, 3), (4, None)])
def test_an_invariant_is_checked_from_the_first_state_on(engine: str, bound: int, steps: int | None) -> None:
    """Always n < bound, while n counts to 3: false at the start for 0, after ``bound`` steps up to 3, never for 4."""
    spec = counter(3, lambda n: invariant("below", n.value < bound, trigger=n.value == 3, when="it counted to the end"))
    (verdict,) = decide(spec, spec.claims, Setting(SCOPES["default"], engine=engine, limits=Limits(depth=5)))
    assert (None if verdict.trace is None else len(verdict.trace)) == steps
    assert (verdict.outcome is Outcome.VIOLATED) is (steps is not None)


@pytest.mark.parametrize(("goal", "steps"), [(0, 0), (2, 2), (3, 3)])
def test_a_goal_may_be_met_at_the_start(goal: int, steps: int) -> None:
    spec = counter(3, lambda n: reachable("there", n.value == goal))
    (verdict,) = decide(spec, spec.claims, DEFAULT)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.trace is not None
    assert len(verdict.trace) == steps


def test_a_trigger_that_never_happens_makes_a_claim_vacuous() -> None:
    spec = counter(2, lambda n: invariant("small", n.value < 3, trigger=n.value == 1, when="n was 1"))
    met = counter(2, lambda n: invariant("small", n.value <= 2, trigger=(n.value == 2) & (n.value == 1), when="never"))
    assert decide(spec, spec.claims, DEFAULT)[0].exercised is True
    assert decide(met, met.claims, DEFAULT)[0].vacuous


# -- compare -------------------------------------------------------------------------------------------------------------------


def test_compare_shows_each_verdict_that_differs_with_its_trace(ask: Ask) -> None:
    answer = ask("compare", str(TUTORIALS / "credulous.py"), "three-way", "--only", "textbook")
    assert (answer.code, answer.err) == (12, "")
    differ = {
        *("isn-acknowledged", "isn-paired", "client-agreement", "history-is-reset", "half-open-is-dropped"),
        *("wrong-ack-is-reset", "numbers-only-grow"),
        "own-numbers",  # a claim of the file's, about every handshake
        "figure-8",  # it never comes to the end of Figure 8
    }
    found = re.findall(r"^  ([\w-]+) +violated(?: \(\d+\))? +holds", answer.out, re.MULTILINE)
    assert set(found) == differ
    assert re.search(r"^credulous: own-numbers violated +6 steps$", answer.out, re.MULTILINE)  # its own is first
    assert "\nStep 6: " in answer.out


def test_compare_of_a_handshake_with_itself_in_other_words(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "same.py"
    path.write_text('from model.tcp.handshakes import ThreeWay\n\nclass Same(ThreeWay):\n    name = "same"\n', encoding="utf-8")
    answer = ask("compare", str(path), "three-way", "--scope", "small")
    assert answer.code == 0
    assert answer.out.startswith("Nothing differs between same and three-way, of what was asked: ")
    assert "textbook" in answer.out


def test_a_change_that_breaks_what_is_declared_is_an_error(ask: Ask, tmp_path: Path) -> None:
    """A derived handshake declares what its parent does; so 12 says that a change broke something."""
    source = (TUTORIALS / "credulous.py").read_text(encoding="utf-8")
    path = tmp_path / "hopeful.py"
    path.write_text(re.sub(r"    expects = \(.*?\n    \)\n", "", source, flags=re.DOTALL), encoding="utf-8")
    answer = ask("compare", str(path), "three-way", "--only", "textbook")
    assert answer.code == 12
    assert re.search(r"client-agreement +violated \(6\) +holds", answer.out)
    answer = ask("check", str(path), "client-agreement")
    assert answer.code == 12
    assert "client-agreement: violated   !! it declares: holds" in answer.out


THROTTLED = (TUTORIALS / "throttled.py").read_text(encoding="utf-8")


def throttled(tmp_path: Path, what: str, instead: str) -> Path:
    """Write the tutorial about variables of one's own with something else in it."""
    assert THROTTLED.count(what) == 1
    path = tmp_path / "faulty.py"
    path.write_text(THROTTLED.replace(what, instead).replace('name = "throttled"', 'name = "faulty"'), encoding="utf-8")
    return path


def test_a_variable_of_ones_own_is_held_to_what_its_claim_says(tmp_path: Path) -> None:
    """Whoever notes the ACK of a SYN,ACK only has an old number when the first text has been acknowledged."""
    path = throttled(tmp_path, 'in {"ACK", "SYN,ACK"}', '== "SYN,ACK"')
    spec = model_file.read(str(path))
    (verdict,) = decide(spec, [spec.claim["last-ack-is-what-is-expected"]], DEFAULT)
    assert verdict.outcome is Outcome.VIOLATED
    assert verdict.trace is not None
    assert "data" in verdict.trace.steps[-1].action


@pytest.mark.parametrize(
    ("what", "instead", "unfair"),
    [
        ("challenged=frozenset())", 'challenged=tcb.read("challenged"))', ()),
        ("a timer has run out", "a timer has run out", ("--unfair", "challenge-timer")),
    ],
    ids=["the timer forgets nothing", "nobody says that it runs out"],
)
def test_a_timer_refills_only_where_it_runs_out(
    tmp_path: Path, ask: Ask, what: str, instead: str, unfair: tuple[str, ...]
) -> None:
    path = str(throttled(tmp_path, what, instead))
    few = ("check", path, "silence-ends", "--scope", "small,data=0", *unfair)
    assert "silence-ends: violated" in ask(*few).out


@pytest.mark.parametrize("page", ["OWN_HANDSHAKE.md", "OWN_HANDSHAKE.zh-CN.md"])
def test_what_the_page_has_of_the_tutorial_stands_there(page: str) -> None:
    """What its table says to write is written so in the file that is run."""
    text = (TUTORIALS.parent / page).read_text(encoding="utf-8")
    section = text.rpartition("](tutorials/throttled.py)")[2]
    written = [code for row in section.splitlines() if row.startswith("| ") for code in re.findall("`([^`]+)`", row)]
    assert len(written) >= 8
    flat = " ".join(THROTTLED.split())
    assert [code for code in written if code not in flat] == []
