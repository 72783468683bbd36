"""The kinds of task beside a handshake and a claim: a run, an invariant, a repair, an equivalent; and the tables of a class."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from checker.files.mistakes import ModelFileError
from checker.grading import assignment_file
from checker.grading.grade import Graded, graded, handed_in
from tests.command_line import Ask

TASKS = """
title = "all kinds"
scope = "small"
seconds = 120
[[task]]
name = "attack"
kind = "run"
file = "attack.json"
points = 2
model = "two-way"
claim = "agreement"
steps = 3
[[task]]
name = "prove"
kind = "invariant"
file = "invariant.txt"
points = 4
model = "three-way"
claim = "client-agreement"
[[task]]
name = "repair"
kind = "fix"
file = "repair.py"
points = 3
like = "faulty.py:Faulty"
claims = ["numbers-only-grow"]
[[task]]
name = "write it again"
kind = "equivalent"
file = "again.py"
points = 5
like = "three-way"
"""
NOTHING_WRITTEN = """
from model.tcp.handshakes import ThreeWay

class Mine(ThreeWay):
    name = "mine"
    summary = "three-way"
"""
FAULTY = """
from model.notation.expr import TRUE
from model.tcp.handshakes import ThreeWay
class Faulty(ThreeWay):
    name = "faulty"
    summary = "whatever an ACK acknowledges is taken"
    def acknowledges(self, tcb, segment):
        return TRUE
    def plausible_ack(self, tcb, segment):
        return TRUE
"""
STEPS = [
    {"action": "server_listens"},
    {"action": "client_opens", "isn": 100},
    {"action": "server_receives_syn", "segment": ["client", "server", 100, 0, "SYN", 0], "isn": 300},
]
ATTACK = {
    "summary": "the server is ESTABLISHED first",
    "models": ["two-way"],
    "isns": {"A": [100], "B": [300]},
    "steps": STEPS,
}
INVARIANT = (Path(__file__).parents[1] / "properties" / "invariants" / "three-way-client-agreement.txt").read_text()
AGAIN = "from model.tcp.handshakes import ThreeWay\nclass Mine(ThreeWay):\n    name = 'mine'\n    summary = 'the same'\n"
REPAIRED = AGAIN.replace("the same", "repaired")
HANDED = {"attack.json": json.dumps(ATTACK), "invariant.txt": INVARIANT, "repair.py": REPAIRED, "again.py": AGAIN}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with an assignment, ``work``, and an empty one for a class, ``handed``."""
    (tmp_path / "work").mkdir()
    (tmp_path / "handed").mkdir()
    (tmp_path / "work" / "assignment.toml").write_text(TASKS, encoding="utf-8")
    (tmp_path / "work" / "faulty.py").write_text(FAULTY, encoding="utf-8")
    return tmp_path


def hand_in(folder: Path, files: dict[str, str], name: str = "one") -> None:
    (folder / "handed" / name).mkdir()
    for file, content in files.items():
        (folder / "handed" / name / file).write_text(content, encoding="utf-8")


def results(folder: Path) -> list[Graded]:
    assignment = assignment_file.read(str(folder / "work"))
    return graded(assignment, handed_in(str(folder / "handed"), assignment.files), trust=True)


def only(tasks: str, name: str) -> str:
    """Return an assignment with one of the tasks alone."""
    head, *each = tasks.split("[[task]]")
    return head + "".join(f"[[task]]{task}" for task in each if f'name = "{name}"' in task)


def marked(folder: Path, name: str, files: dict[str, str]) -> tuple[str, str, str]:
    """Return the points of one task, for what some were lost, and the hint."""
    (folder / "work" / "assignment.toml").write_text(only(TASKS, name), encoding="utf-8")
    hand_in(folder, files)
    ((mark,),) = [result.marks for result in results(folder)]
    return mark.points, " ".join(mark.lost), " ".join(mark.hints)


@pytest.mark.long
def test_the_model_solution_earns_all(folder: Path) -> None:
    hand_in(folder, HANDED)
    (result,) = results(folder)
    assert [(mark.points, mark.lost) for mark in result.marks] == [(mark.of, ()) for mark in result.marks]
    assert result.earned == 14


LONGER = {**ATTACK, "steps": [{"action": "server_listens"}, {"action": "server_closes"}, *STEPS]}
HARMLESS = {**ATTACK, "steps": STEPS[:2]}
IMPOSSIBLE = {**ATTACK, "steps": STEPS[1:]}
INJECTED = {**ATTACK, "steps": [{"inject": {"source": "client", "ctl": "SYN", "seq": 100}}]}


@pytest.mark.parametrize(
    ("scenario", "points", "said"),
    [
        (json.dumps(ATTACK), "2", ""),
        (json.dumps(LONGER), "1", "violates agreement in 5 steps, and 3 are enough"),
        (json.dumps(HARMLESS), "0", "the run does not violate agreement"),
        (json.dumps(IMPOSSIBLE), "0", "is not possible"),
        (json.dumps(INJECTED), "0", "injects segments"),
        ("{", "0", "this is not JSON"),
    ],
)
def test_a_run_has_to_violate_the_claim(folder: Path, scenario: str, points: str, said: str) -> None:
    got, lost, _ = marked(folder, "attack", {"attack.json": scenario})
    assert (got, said in lost) == (points, True), lost


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("client.state != SYN-RECEIVED", "it does not prove client-agreement", "violates client-agreement"),
        (INVARIANT + "server.state != ESTABLISHED", "it does not prove", "breaks this: server.state != ESTABLISHED"),
        ("client.state == ESTABLISHED", "it does not prove client-agreement", "not true at the start"),
        ("client.stat == 3", "invariant.txt, line 1", ""),
        ("(" * 5000, "invariant.txt, line 1", ""),
    ],
)
def test_formulas_that_prove_nothing_earn_nothing(folder: Path, text: str, said: str, hint: str) -> None:
    points, lost, shown = marked(folder, "prove", {"invariant.txt": text})
    assert (points, said in lost, hint in shown) == ("0", True, True), (lost, shown)


BROKEN_ELSEWHERE = """
from model.tcp.handshakes import TwoWay
class Mine(TwoWay):
    name = "mine"
    summary = "another handshake"
"""


def test_a_repair_loses_nothing_that_held(folder: Path) -> None:
    """The fault that was not repaired earns nothing, and a repair that breaks something else neither."""
    assert marked(folder, "repair", {"repair.py": REPAIRED})[0] == "3"
    (folder / "handed" / "one" / "repair.py").write_text(FAULTY.replace("Faulty", "Mine"), encoding="utf-8")
    (result,) = results(folder)
    assert (result.marks[0].points, result.marks[0].lost) == ("0", ("numbers-only-grow is violated",))
    (folder / "handed" / "one" / "repair.py").write_text(BROKEN_ELSEWHERE, encoding="utf-8")
    (result,) = results(folder)
    assert result.marks[0].points == "0"
    assert "agreement held before, and holds no more" in result.marks[0].lost


def test_what_is_equivalent_does_the_same(folder: Path) -> None:
    points, lost, hint = marked(folder, "write it again", {"again.py": FAULTY.replace("Faulty", "Mine")})
    assert points == "0"
    assert "it does not do the same as three-way: they part at step" in lost
    assert "your model takes client_takes_ack (ESTABLISHED; client.snd_una = " in hint


def test_what_is_to_be_rewritten_is_not_what_it_is_like(folder: Path) -> None:
    asked = only(TASKS, "write it again") + "rewritten = true\n"
    (folder / "work" / "assignment.toml").write_text(asked, encoding="utf-8")
    hand_in(folder, {"again.py": NOTHING_WRITTEN})
    ((mark,),) = [result.marks for result in results(folder)]
    assert (mark.points, mark.lost) == ("0", ("it is three-way as it is written: write its rule in another way",))


def test_a_file_that_was_not_handed_in_costs_its_task_alone(folder: Path) -> None:
    (folder / "work" / "assignment.toml").write_text(only(TASKS, "attack") + "[[task]]" + TASKS.split("[[task]]")[3])
    hand_in(folder, {"repair.py": REPAIRED})
    elsewhere = folder / "elsewhere.json"
    elsewhere.write_text(json.dumps(ATTACK))
    (result,) = results(folder)
    assert [mark.lost for mark in result.marks] == [("attack.json was not handed in",), ()]
    (folder / "handed" / "one" / "attack.json").symlink_to(elsewhere)
    (result,) = results(folder)
    assert result.marks[0].lost == ("attack.json was not handed in",), "a link leads elsewhere"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (TASKS.replace('file = "attack.json"', ""), "give each a file, or none"),
        (TASKS.replace('"attack.json"', '"../attack.json"'), "write a name without a folder"),
        (TASKS.replace('like = "faulty.py:Faulty"', 'like = "three-way~LISTEN.drops"'), "has no mutant"),
        (TASKS.replace("steps = 3", "steps = 0"), "steps is 0"),
    ],
)
def test_what_is_wrong_in_an_assignment_is_said(folder: Path, wrong: str, said: str) -> None:
    (folder / "work" / "assignment.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(ModelFileError) as refused:
        _ = assignment_file.read(str(folder / "work")).models
    assert said in str(refused.value)


MINE = """
from model.notation.expr import variable
from model.tcp.endpoint import STATE
from model.tcp.handshakes import ThreeWay
from properties import invariant
client, server = variable("client.state", STATE), variable("server.state", STATE)
class Mine(ThreeWay):
    name = "mine"
    summary = "with an invariant"
    claims = (invariant("mine", {condition}, trigger=server == "ESTABLISHED", when="the server was ESTABLISHED"),)
"""
CLAIM = """
scope = "small"
[[task]]
name = "a claim"
kind = "claim"
points = 2
claim = "mine"
wheats = ["three-way"]
chaffs = ["three-way~LISTEN.receives_syn.silent1", "three-way~SYN-SENT.receives_syn_ack.next1"]
"""


def test_faults_are_the_mutants_of_a_handshake(folder: Path) -> None:
    """Each by the name that ``mutants`` prints."""
    (folder / "work" / "assignment.toml").write_text(CLAIM, encoding="utf-8")
    (folder / "handed" / "one.py").write_text(MINE.format(condition="(server == 'ESTABLISHED') >> (client != 'SYN-SENT')"))
    (result,) = results(folder)
    assert result.marks[0].fell, "some go unnoticed by this claim"
    assert set(result.marks[0].fell) <= set(assignment_file.read(str(folder / "work")).tasks[0].chaffs)


def test_a_class_is_a_table(folder: Path, ask: Ask) -> None:
    """In otter-grader's form, in JUnit's, and as a page; each has what the marks say."""
    (folder / "work" / "assignment.toml").write_text(only(TASKS, "attack"), encoding="utf-8")
    hand_in(folder, {"attack.json": json.dumps(ATTACK)}, "ada")
    hand_in(folder, {"attack.json": json.dumps(HARMLESS)}, "=bob")
    names = {name: str(folder / f"class.{name}") for name in ("otter", "junit", "html")}
    words = [word for name, file in names.items() for word in (f"--{name}", file)]
    assert ask("grade", "--trust", str(folder / "work"), str(folder / "handed"), *words).code == 0
    rows = list(csv.DictReader(io.StringIO(Path(names["otter"]).read_text())))
    assert [(row["file"], row["attack"], row["percent_correct"], row["grading_status"]) for row in rows] == [
        ("points-per-question", "2", "1", "--"),
        ("'=bob", "0", "0.0000", "Completed"),
        ("ada", "2", "1.0000", "Completed"),
    ]
    suites = ET.parse(names["junit"]).getroot()  # noqa: S314  # it was just written
    assert {suite.get("name"): suite.get("failures") for suite in suites} == {"=bob": "1", "ada": "0"}
    page = Path(names["html"]).read_text()
    assert '<td class="whole">2</td>' in page
    assert '<td class="none">0</td>' in page


REACH = """
scope = "small,data=0"
[[task]]
name = "flood"
kind = "run"
file = "attack.json"
points = 2
model = "three-way/ports-2-slots-1"
claim = "half-open-turn-away"
steps = 5
"""
FLOOD = [
    {"action": "client1_opens"},
    {"action": "client1_closes"},
    {"action": "client2_opens"},
    {"deliver": {"destination": "server1"}},
    {"deliver": {"destination": "server2"}},
]


@pytest.mark.parametrize(
    ("steps", "points", "said"),
    [
        (FLOOD, "2", ""),
        ([FLOOD[0], {"action": "client1_retransmits_syn"}, *FLOOD[1:]], "1", "reaches half-open-turn-away in 6 steps, and 5"),
        ([FLOOD[0], *FLOOD[2:]], "0", "the run does not reach half-open-turn-away"),
    ],
)
def test_a_run_may_have_to_reach_a_goal(folder: Path, steps: list[dict[str, object]], points: str, said: str) -> None:
    """Five steps are the fewest: two clients open, one is gone, and both SYNs arrive at a table with one slot."""
    (folder / "work" / "assignment.toml").write_text(REACH, encoding="utf-8")
    scenario = {"summary": "", "models": ["three-way/ports-2-slots-1"], "data": 0, "steps": steps}
    hand_in(folder, {"attack.json": json.dumps(scenario)})
    ((mark,),) = [result.marks for result in results(folder)]
    assert (mark.points, said in " ".join(mark.lost)) == (points, True), mark.lost


LOOKS = (
    REPAIRED
    + """
    def listen(self, tcb, segment):
        return super().listen(tcb, segment).under({condition})
"""
)
HEAD = "from model import STATE, variable\n"


@pytest.mark.parametrize(
    "condition",
    ['variable("client.state", STATE) == "SYN-SENT"', "self.network.exists(lambda row: row.ctl == 'SYN')"],
)
def test_a_rule_goes_by_what_its_endpoint_knows(folder: Path, condition: str) -> None:
    points, lost, _ = marked(folder, "write it again", {"again.py": HEAD + LOOKS.format(condition=condition)})
    assert points == "0"
    assert "of which the server knows nothing" in lost


LIFECYCLE = """
scope = "small,data=0"
[[task]]
name = "the same to the end"
kind = "equivalent"
file = "again.py"
points = 1
like = "three-way/lifecycle"
"""
HASTY = (
    REPAIRED
    + """
    def waits(self, response, tcb):
        return response.set(tcb, state="FIN-WAIT-2")
"""
)


@pytest.mark.long
@pytest.mark.parametrize(("source", "points"), [(AGAIN, "1"), (HASTY, "0")])
def test_what_is_handed_in_has_the_endpoints_of_its_like(folder: Path, source: str, points: str) -> None:
    """A rule of closing is only asked where connections are closed by FINs."""
    (folder / "work" / "assignment.toml").write_text(LIFECYCLE, encoding="utf-8")
    hand_in(folder, {"again.py": source})
    ((mark,),) = [result.marks for result in results(folder)]
    assert mark.points == points, mark.lost


ORDER = (
    REPAIRED
    + """
    def listen(self, tcb, segment):
        cases = super().listen(tcb, segment)
        return cases.only("receives_syn") + cases.without("receives_syn")
"""
)


def test_what_is_the_same_is_so_whatever_arrives(folder: Path) -> None:
    """No client of three-way sends a SYN,ACK to a listener, and a LISTEN that takes one for a SYN is not three-way's."""
    points, lost, _ = marked(folder, "write it again", {"again.py": ORDER})
    assert points == "0", lost
