"""What submissions earn: what they deserve, whatever they try, and the same each time."""

from __future__ import annotations

import json
import os
import random
import resource
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checker.files.mistakes import ModelFileError
from checker.grading import assignment_file
from checker.grading.grade import graded, handed_in
from checker.grading.marks import NOT_GRADED, Mark
from checker.isolation import sandbox
from checker.isolation.sandbox import IsolationError
from reports.grades import gradescope
from tests.command_line import Ask
from tests.hostile_files import ATTEMPTS

TASKS = """
title = "handshakes"
scope = "small"
[[task]]
name = "a handshake"
kind = "handshake"
points = 6
like = "three-way"
claims = ["agreement", "no-stale-establishment"]
hidden = ["connection-possible"]
[[task]]
name = "an invariant"
kind = "claim"
points = 3
claim = "mine"
wheats = ["three-way"]
chaffs = ["two-way", "faulty.py:as-soon-as-it-opens", "faulty.py:harmless"]
"""
FAULTY = """
from dataclasses import replace
from model.notation.cases import Cases
from model.tcp.handshakes import ThreeWay, TwoWay
class AsSoon(TwoWay):
    name = "as-soon-as-it-opens"
    summary = "two-way by another name"
class Harmless(ThreeWay):
    name = "harmless"
    summary = "three-way by another name"
"""
BEGIN = """
from model.notation.expr import literal, variable
from model.notation.sorts import BOOL
from model.tcp.endpoint import STATE
from model.tcp.handshakes import ThreeWay, TwoWay
from properties import invariant
client, server = variable("client.state", STATE), variable("server.state", STATE)
def mine(condition):
    return (invariant("mine", condition, trigger=server == "ESTABLISHED", when="the server was ESTABLISHED"),)
"""


def handshake(base: str, condition: str, body: str = "") -> str:
    """Return a submission: a handshake, and an invariant about it."""
    return f"{BEGIN}\nclass Mine({base}):\n    name = 'mine'\n    summary = 'mine'\n    claims = mine({condition})\n{body}"


GOOD = handshake("ThreeWay", "(server == 'ESTABLISHED') >> ~(client == 'SYN-SENT')")
FALSE = "(server == 'ESTABLISHED') >> (client == 'CLOSED')"


def spent() -> float:
    """Return for how many seconds processes of this one have kept a processor busy."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an assignment, and beside it an empty folder for submissions."""
    (tmp_path / "work").mkdir()
    (tmp_path / "handed").mkdir()
    (tmp_path / "work" / "assignment.toml").write_text(TASKS, encoding="utf-8")
    (tmp_path / "work" / "faulty.py").write_text(FAULTY, encoding="utf-8")
    return tmp_path


def earned(folder: Path, source: str, name: str = "one") -> list[Mark]:
    """Return the marks of one submission, which the test itself wrote."""
    file = folder / "handed" / f"{name}.py"
    file.write_text(source, encoding="utf-8")
    (result,) = graded(assignment_file.read(str(folder / "work")), [str(file)], trust=True)
    return list(result.marks)


def test_points_are_shared_among_claims_and_among_faults(folder: Path) -> None:
    first, second = earned(folder, GOOD)
    assert (first.points, first.lost) == ("6", ())
    assert second.points == "2"  # two of three: the third chaff is no fault at all
    assert second.lost == ("it does not notice 1 of 3 faulty models",)
    assert second.hints == ("it holds of the faulty model harmless",)  # which does nothing otherwise


def test_what_fails_costs_its_share_and_is_shown(folder: Path) -> None:
    first, _ = earned(folder, handshake("TwoWay", "server == server"))
    assert first.points == "2"  # both claims of three that are named are violated in two-way, as it declares
    assert first.lost == ("agreement is violated", "no-stale-establishment is violated")
    assert first.hints[0].startswith("agreement fails at the end of this shortest run: ")
    assert "client_opens" in first.hints[0]


@pytest.mark.long
def test_hints_can_be_switched_off(folder: Path) -> None:
    (folder / "work" / "assignment.toml").write_text("hints = false\n" + TASKS, encoding="utf-8")
    assert [mark.hints for mark in earned(folder, handshake("TwoWay", FALSE))] == [(), ()]


def test_a_hidden_claim_is_not_named(folder: Path) -> None:
    silent = "    def calls(self, tcb):\n        return ()\n"
    first, _ = earned(folder, handshake("ThreeWay", FALSE, silent))
    assert first.points == "0"  # nothing happens: no claim is put to the test, and no connection is possible
    assert "a claim that is not named here does not hold" in first.lost
    assert not any("connection-possible" in said for said in (*first.lost, *first.hints))
    assert any("never put to the test" in said for said in first.lost)


@pytest.mark.long
@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("literal(True, BOOL)", "not an invariant that can be false"),
        ("literal(False, BOOL)", "it does not hold of three-way, which is correct"),
        ("server == server", "not an invariant that can be false"),
        ("(server == 'CLOSED') | ~(server == 'CLOSED')", "it does not notice 3 of 3 faulty models"),
        (FALSE, "it does not hold of three-way, which is correct"),
    ],
)
def test_a_trivial_claim_gets_nothing(folder: Path, condition: str, said: str) -> None:
    _, second = earned(folder, handshake("ThreeWay", condition))
    assert second.points == "0"
    assert said in " ".join(second.lost)


@pytest.mark.long
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "    from model.notation.system import Network as N\n    travel = property(lambda _, n=N: n('network', False))\n",
            "network",
        ),
        ("    assumed = property(lambda self: {})\n", "assumptions"),
    ],
)
def test_what_is_not_asked_may_not_be_changed(folder: Path, body: str, said: str) -> None:
    first, _ = earned(folder, handshake("ThreeWay", FALSE, body))
    assert first.points == "0"
    assert said in first.lost[0]


@pytest.mark.long
def test_a_handshake_that_says_no_events_earns_nothing_by_them(folder: Path) -> None:
    lies = "\nfrom model.notation.protocol import Reaction\nReaction.events_of = lambda self, end: ()\n"
    first, _ = earned(folder, handshake("TwoWay", FALSE) + lies)
    assert first.points == "0"


def test_a_limit_of_states_decides_and_one_of_time_does_not(folder: Path) -> None:
    (folder / "work" / "assignment.toml").write_text("states = 5\n" + TASKS, encoding="utf-8")
    marks = earned(folder, GOOD)
    assert [(m.points, m.status) for m in marks] == [("0", "graded")] * 2
    assert "agreement is unknown" in marks[0].lost


@pytest.mark.needs("bwrap")
def test_a_stop_by_the_clock_is_not_zero(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "USUAL", sandbox.Confines(seconds=1))
    monkeypatch.setattr(sandbox.isolated, "__defaults__", (sandbox.USUAL,))
    file = folder / "handed" / "slow.py"
    file.write_text("while True: pass", encoding="utf-8")
    (result,) = graded(assignment_file.read(str(folder / "work")), [str(file)])
    assert {mark.status for mark in result.marks} == {NOT_GRADED}
    assert not result.complete
    record = gradescope(assignment_file.read(str(folder / "work")), result)
    assert "score" not in record
    assert all("score" not in test for test in record["tests"])


@pytest.mark.needs("bwrap")
@pytest.mark.long
def test_none_of_the_hostile_earns_anything_or_stops_the_next(folder: Path) -> None:
    names = {
        "secret": folder / "work" / "assignment.toml",
        "mine": folder / "work",
        "pid": os.getpid(),
        "port": 9,
        "abstract": "none",
    }
    for number, attempt in enumerate(ATTEMPTS.values()):
        (folder / "handed" / f"{number:03}.py").write_text(attempt.source(**names), encoding="utf-8")
    (folder / "handed" / "good.py").write_text(GOOD, encoding="utf-8")
    before = {path.name: path.read_bytes() for path in (folder / "work").iterdir()}
    *hostile, good = graded(assignment_file.read(str(folder / "work")), handed_in(str(folder / "handed")))
    assert [result.name for result in hostile if result.earned] == []
    assert good.earned == 8
    assert {path.name: path.read_bytes() for path in (folder / "work").iterdir()} == before


@pytest.mark.needs("bwrap")
@pytest.mark.long
def test_sixty_are_graded_in_two_minutes_and_alike_in_any_order(folder: Path) -> None:
    kinds = [GOOD, handshake("TwoWay", FALSE), handshake("ThreeWay", "server == server"), "x ="]
    for number in range(60):
        (folder / "handed" / f"{number:02}.py").write_text(kinds[number % len(kinds)], encoding="utf-8")
    assignment = assignment_file.read(str(folder / "work"))
    files = handed_in(str(folder / "handed"))
    done: list[int] = []
    before = spent()
    results = {result.name: result for result in graded(assignment, files, told=done.append)}
    assert (spent() - before) / 2 < 120  # on two processors that have nothing else to do
    assert done == list(range(1, 61))
    some = random.Random(0).sample(files, 12)  # noqa: S311  # no secret
    assert all(
        results[again.name] == again or again.marks[0].lost == results[again.name].marks[0].lost
        for again in graded(assignment, some)
    )
    assert [result.marks[0].points for result in list(results.values())[:4]] == ["6", "2", "6", "0"]


# -- what is printed ---------------------------------------------------------------------------------------------------

GRADESCOPE = Draft202012Validator(
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "score": {"type": "number"},
            "execution_time": {"type": "number"},
            "output": {"type": "string"},
            "output_format": {"enum": ["text", "html", "simple_format", "md", "ansi"]},
            "test_output_format": {"enum": ["text", "html", "simple_format", "md", "ansi"]},
            "test_name_format": {"enum": ["text", "html", "simple_format", "md", "ansi"]},
            "visibility": {"enum": ["hidden", "after_due_date", "after_published", "visible"]},
            "stdout_visibility": {"enum": ["hidden", "after_due_date", "after_published", "visible"]},
            "extra_data": {"type": "object"},
            "leaderboard": {"type": "array"},
            "tests": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "score": {"type": "number"},
                        "max_score": {"type": "number"},
                        "status": {"enum": ["passed", "failed"]},
                        "name": {"type": "string"},
                        "name_format": {"type": "string"},
                        "number": {"type": "string"},
                        "output": {"type": "string"},
                        "output_format": {"type": "string"},
                        "tags": {"type": "array", "items": {"type": "string"}},
                        "visibility": {"enum": ["hidden", "after_due_date", "after_published", "visible"]},
                        "extra_data": {"type": "object"},
                    },
                },
            },
        },
        "anyOf": [{"required": ["score"]}, {"required": ["tests"]}],
    }
)
"""What Gradescope's documentation says of ``results.json`` (Autograder Specifications, "Output format")."""


def test_what_is_written_is_what_programs_read(ask: Ask, folder: Path) -> None:
    (folder / "handed" / "=cmd.py").write_text(GOOD, encoding="utf-8")
    work, handed = str(folder / "work"), str(folder / "handed")
    files = {name: str(folder / f"results.{name}") for name in ("json", "csv")}
    one = ask("grade", "--trust", work, f"{handed}/=cmd.py", "--gradescope", files["json"], "--csv", files["csv"], "--json")
    assert one.code == 0
    (record,) = json.loads(one.out)
    assert (record["points"], record["complete"]) == ("8", True)
    written: dict[str, Any] = json.loads(Path(files["json"]).read_text(encoding="utf-8"))
    GRADESCOPE.validate(written)
    assert written["score"] == 8
    assert [(t["name"], t["score"], t["max_score"]) for t in written["tests"]] == [
        ("a handshake", 6, 6),
        ("an invariant", 2, 3),
    ]
    assert Path(files["csv"]).read_text(encoding="utf-8") == ("submission,a handshake,an invariant,points,of\n'=cmd,6,2,8,9\n")


def test_it_is_told_in_both_languages(ask: Ask, folder: Path) -> None:
    (folder / "handed" / "one.py").write_text(handshake("TwoWay", FALSE), encoding="utf-8")
    words = ("grade", "--trust", str(folder / "work"), str(folder / "handed"))
    english, chinese = ask(*words), ask(*words, "--lang", "zh")
    assert english.out.startswith("one: 2 of 9 points\n  a handshake: 2/6\n    agreement is violated\n")
    assert chinese.out.startswith("one: 2/9 分\n  a handshake: 2/6\n    agreement 被违反\n")


def test_without_walls_nothing_is_graded_unless_told(ask: Ask, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "handed" / "one.py").write_text(f"open({str(folder / 'ran')!r}, 'w')\n{GOOD}", encoding="utf-8")
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(IsolationError):
        graded(assignment_file.read(str(folder / "work")), handed_in(str(folder / "handed")))
    refused = ask("grade", str(folder / "work"), str(folder / "handed"))
    assert refused.code == 74
    assert "bwrap is not installed" in refused.err
    assert not (folder / "ran").exists()
    assert ask("grade", "--trust", str(folder / "work"), str(folder / "handed")).code == 0
    assert (folder / "ran").exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("title = ", "this is not TOML"),
        ("", "at least one [[task]]"),
        (TASKS.replace("agreement", "agreemant"), "did you mean 'agreement'"),
        (TASKS.replace('"handshake"', '"handshakes"'), "did you mean 'handshake'"),
        (TASKS.replace("points = 6", "points = true"), "points is True: write a whole number from 1"),
        (TASKS.replace("hidden", "hiden"), "did you mean 'hidden'"),
        (TASKS.replace('"small"', '"tiny"'), "there is no scope 'tiny'"),
        (TASKS.replace('"an invariant"', '"a handshake"'), "a name of its own"),
        (TASKS.replace('wheats = ["three-way"]', ""), "needs wheats and chaffs"),
    ],
)
def test_what_is_wrong_in_an_assignment_is_said(folder: Path, wrong: str, said: str) -> None:
    (folder / "work" / "assignment.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(ModelFileError) as refused:
        assignment_file.read(str(folder / "work")).check()
    assert said in str(refused.value)
