"""What synproof is from Python: functions that ask what the command line asks, and results that show themselves."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import checker
from checker import check, compare, play, prove, read, trace
from checker.api import NoRunError, Searching
from checker.cli.commands import parse
from checker.cli.values import UsageError
from checker.explicit.checkpoint import CheckpointError
from checker.files.mistakes import ModelFileError
from checker.host.limits import Strategy
from checker.runs.display import Displayed
from checker.verdict import Outcome
from model.notation.sorts import NotationError
from model.tcp.handshakes import ThreeWay
from tests.command_line import Ask
from tests.models import TUTORIALS

PETERSON = TUTORIALS / "mutual_exclusion.py"
VARIES = ("seconds", "provenance")
"""What differs from time to time in records."""


MISSPELT: Any = {"sope": "small"}
NO_MODEL: Any = 3


class Mine(ThreeWay):
    name = "mine"
    summary = "as three-way"


def without_times(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in record.items() if name not in VARIES} for record in records]


@pytest.mark.long
@pytest.mark.parametrize("module", ["checker.api", "checker.records"])
def test_examples_in_the_documentation_are_what_happens(module: str) -> None:
    __import__(module)
    found = doctest.testmod(sys.modules[module])
    assert found.attempted > 0
    assert found.failed == 0


def test_every_function_has_an_example() -> None:
    functions = [getattr(checker, name) for name in checker.__all__ if not name.startswith("_")]
    assert [f.__name__ for f in functions if ">>> " not in f.__doc__] == []
    assert {f.__name__ for f in functions} == {"check", "compare", "play", "prove", "read", "trace"} <= set(dir(checker))
    with pytest.raises(AttributeError, match="no attribute 'chek'"):
        checker.chek  # noqa: B018  # what is not there


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    """Neither Z3 nor the model: ``import checker`` stands at the head of what asks for a part of it."""
    code = "import sys, checker; print([n for n in ('z3', 'numba', 'networkx', 'model', 'checker.api') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


def test_the_answers_are_those_of_the_command_line(ask: Ask) -> None:
    """With options and assumptions; the records are the same but for their times."""
    asked = ask("check", "two-way", "agreement", "isn-paired", "--scope", "small", "--seq-check", "window", "--json")
    found = check("two-way", "agreement", "isn-paired", scope="small", assume={"seq_check": "window"})
    assert without_times(found.records()) == without_times(asked.records)
    assert found[0].outcome is Outcome.VIOLATED
    assert found["isn-paired"] is found[1]
    assert found.records()[0]["provenance"]["command"] is None


def test_a_model_is_a_name_a_file_a_class_or_what_was_read(tmp_path: Path) -> None:
    """Each of one kind is as good as another."""
    assert [check(model, "mutual-exclusion")[0].outcome for model in (PETERSON, str(PETERSON), read(PETERSON))] == [
        Outcome.HOLDS
    ] * 3
    assert read(Mine).name == "mine"
    assert read(Mine, "simultaneous").name == "mine/simultaneous"
    assert read("three-way", "simultaneous").name == read("three-way/simultaneous").name == "three-way/simultaneous"


def test_a_comparison_is_a_table() -> None:
    found = compare(PETERSON, TUTORIALS / "mutual_exclusion.py:peterson")
    assert [of.model for of in found] == [str(PETERSON), f"{PETERSON}:peterson"]
    assert len(found.rows()) == len(found.records()) == sum(map(len, found))
    assert found[f"{PETERSON}:peterson"] is found[1]
    assert found.csv().count("\n") == len(found.records())
    assert r"\toprule" in found.latex()


def test_a_run_can_be_shown_written_and_tabulated(tmp_path: Path) -> None:
    run = trace("two-way", "agreement", scope="small")
    assert [(row["step"], row["action"]) for row in run.rows()] == [
        (1, "server_listens"),
        (2, "client_opens"),
        (3, "server_receives_syn"),
    ]
    assert run.rows()[-1]["server"] == "ESTABLISHED"
    assert ET.parse(run.save(tmp_path / "run.svg")).getroot().tag.endswith("svg")  # noqa: S314  # it was written here
    assert json.loads(run.written("json"))["title"] == "two-way: agreement violated"
    with pytest.raises(NoRunError, match="three-way: agreement holds"):
        trace("three-way", "agreement", scope="small,data=0")


def test_a_proof_can_be_kept(tmp_path: Path, ask: Ask) -> None:
    proof = prove(PETERSON, "mutual-exclusion")
    assert proof.outcome is Outcome.HOLDS
    assert proof.invariants.keys() == {"32", "unbounded"}
    assert repr(proof).startswith("<peterson: mutual-exclusion holds by an invariant of ")
    assert ask("recheck", str(proof.save(tmp_path / "proof")), "--model", str(PETERSON)).code == 0


def test_a_scenario_is_played_on_each() -> None:
    runs = play("stale-syn", "two-way", "three-way")
    assert runs["three-way"].violated == {}
    assert "no-stale-establishment" in runs["two-way"].violated
    assert {row["model"] for row in runs.rows()} == {"two-way", "three-way"}
    assert len(runs.rows()) == sum(map(len, runs))


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        (lambda: check("thre-way"), UsageError, "did you mean 'three-way'"),
        (lambda: check("two-way", "agrement"), UsageError, "did you mean 'agreement'"),
        (lambda: check("two-way", assume={"seq_chek": "exact"}), UsageError, "did you mean 'seq_check'"),
        (lambda: check("two-way", assume={"seq_check": "exakt"}), UsageError, "did you mean 'exact'"),
        (lambda: check("two-way", **MISSPELT), TypeError, "'sope' is no option"),
        (lambda: check("no.py"), ModelFileError, "no.py cannot be read"),
        (lambda: check(NO_MODEL), NotationError, "specify()"),
        (lambda: prove("two-way", "connection-possible"), UsageError, "a claim of reachability"),
        (lambda: play("stale-sin"), UsageError, "did you mean 'stale-syn'"),
    ],
)
def test_a_mistake_is_raised_in_a_sentence(asked: Any, error: type[Exception], said: str) -> None:  # noqa: ANN401  # a question
    with pytest.raises(error) as raised:
        asked()
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_results_print_in_a_line_and_show_themselves() -> None:
    """A verdict's ``repr`` had 20,719 characters: the whole specification, and every state of its run."""
    found = check("two-way", "agreement", "isn-paired", scope="small")
    run = trace("two-way", "agreement", scope="small")
    for result in (found, found[0], run, run.trace, read("two-way"), compare(PETERSON)):
        assert len(repr(result)) < 160
        assert "\n" not in repr(result)
    displayed: tuple[Displayed, ...] = (found, found[0], found[1], run, run.trace)
    for one in displayed:
        shown = one._repr_mimebundle_()
        assert str(one) == shown["text/plain"]
        assert one._repr_html_() == shown["text/html"]
        assert one._repr_markdown_() == f"```text\n{shown['text/plain']}\n```"
    ET.fromstring(found._repr_html_())  # noqa: S314  # it was made here
    assert "<svg" in found[0]._repr_html_()


def test_options_are_those_of_the_command_line() -> None:
    """Each by its name there, so that none is given in vain."""
    assert set(Searching.__annotations__) <= vars(parse(["check", "two-way", "--scope", "small"])).keys()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Have machine code take over at once; return how to ask for some ten thousand states."""
    monkeypatch.setattr("checker.cli.request.Strategy", partial(Strategy, handover=1))
    return {"scope": "default,attempts=2,answers=1", "engine": "bfs", "keep_going": True, "workers": 1, "reduction": False}


def test_a_search_is_gone_on_with_from_python(tmp_path: Path, at_once: dict[str, Any]) -> None:
    """Catches an option that is taken and does nothing, and a checkpoint of another question that is believed."""
    whole = check("three-way", "agreement", **at_once)
    most = counted(whole)[0] - 1000  # some of the last levels
    cut = check("three-way", "agreement", max_states=most, checkpoint=tmp_path, every=0, **at_once)
    assert cut["agreement"].outcome is Outcome.UNKNOWN
    with pytest.raises(CheckpointError, match="another question"):
        check("three-way", "isn-paired", resume=tmp_path, **at_once)
    went_on = check("three-way", "agreement", resume=tmp_path, **at_once)
    assert went_on["agreement"].outcome is whole["agreement"].outcome
    assert counted(went_on) == counted(whole)


def test_states_are_spilled_from_python(tmp_path: Path, at_once: dict[str, Any]) -> None:
    """Catches a limit of memory that ends a search which may go on on disk, and files that it leaves behind."""
    limited = check("three-way", "agreement", memory=1_330_000, **at_once)
    assert limited["agreement"].outcome is Outcome.UNKNOWN
    spilled = check("three-way", "agreement", memory=1_330_000, spill=tmp_path, disk=2**30, **at_once)
    assert counted(spilled) == counted(check("three-way", "agreement", **at_once))
    assert 0 < spilled.records()[0]["disk"] <= 2**30
    assert "disk" not in limited.records()[0]
    assert not list(tmp_path.iterdir())
    with pytest.raises(TypeError, match="'spill' is no option"):
        compare("two-way", "three-way", scope="small", spill=tmp_path)  # type: ignore[call-arg]


def counted(found: Any) -> tuple[Any, ...]:  # noqa: ANN401  # verdicts
    counts = found[0].counts
    return counts.states, counts.transitions, counts.depth
