"""What a student is told to look at next: the step that goes wrong, the rule that does otherwise there, and what is false."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from checker.grading import assignment_file
from checker.grading.grade import graded
from checker.grading.marks import Mark
from reports import grades
from reports.language.catalogue import language

HAN = re.compile(r"[\u4e00-\u9fff]")
BEGIN = """
from model.notation.expr import TRUE, variable
from model.tcp.endpoint import STATE
from model.tcp.handshakes import ThreeWay
from properties import invariant
client, server = variable("client.state", STATE), variable("server.state", STATE)
"""
MINE = BEGIN + "class Mine(ThreeWay):\n    name = 'mine'\n    summary = 'mine'\n"
CREDULOUS = "    def syn_sent(self, tcb, segment):\n        return super().syn_sent(tcb, segment).without('resets_wrong_ack')\n"
SILENT = "    def calls(self, tcb):\n        return ()\n"
ANY_ACK = "    def acknowledges(self, tcb, segment):\n        return TRUE\n    plausible_ack = acknowledges\n"


def asks(kind: str, file: str, **said: object) -> str:
    """Return an assignment of one task."""
    values = "".join(f"{name} = {json.dumps(value)}\n" for name, value in said.items() if name not in {"scope", "hints"})
    head = "".join(f"{name} = {json.dumps(said[name])}\n" for name in ("scope", "hints") if name in said)
    return f'{head}[[task]]\nname = "it"\nkind = "{kind}"\npoints = 6\nfile = "{file}"\n{values}'


class Told:
    """The mark of what is handed in, and the text about it in a language."""

    def __init__(self, folder: Path, asked: str, handed: str) -> None:
        (folder / "assignment.toml").write_text(asked, encoding="utf-8")
        (folder / "faulty.py").write_text(
            MINE.replace("Mine", "Faulty").replace("'mine'", "'faulty'") + ANY_ACK, encoding="utf-8"
        )
        self.assignment = assignment_file.read(str(folder))
        file = folder / f"handed{Path(self.assignment.files[0]).suffix}"
        file.write_text(handed, encoding="utf-8")
        (self.result,) = graded(self.assignment, [str(file)], trust=True)
        (self.mark,) = self.result.marks

    def text(self, code: str) -> str:
        return grades.told(self.assignment, self.result, language(code))


def hints(folder: Path, asked: str, handed: str) -> tuple[str, ...]:
    """Return the hints, each of which there is in Chinese too."""
    told = Told(folder, asked, handed)
    assert told.mark.points != told.mark.of
    spoken = language("zh")
    assert [hint for hint in told.mark.hints if not HAN.search(spoken.tell(hint))] == []
    return told.mark.hints


CREDULOUS_CLIENT = asks("handshake", "mine.py", like="three-way", claims=["client-agreement"], scope="default,data=0")


def test_the_rule_that_was_taken_away_is_named_with_its_section(tmp_path: Path) -> None:
    """The client does not reset what acknowledges another SYN, which is the first check of RFC 9293 §3.10.7.3."""
    run, decides, step = hints(tmp_path, CREDULOUS_CLIENT, MINE + CREDULOUS)
    assert run.startswith("client-agreement fails at the end of this shortest run: ")
    number = len(run.split(", "))
    assert decides.startswith("what decides it: ~answered.has(client.iss, segment.seq) is true (answered = ")
    taken = rf"at step {number}, on <SEQ=\d+><ACK=\d+><CTL=SYN,ACK>, your model takes client_receives_syn_ack \(ESTABLISHED; "
    assert re.match(taken, step)
    assert re.search(r"and three-way takes client_resets_wrong_ack \(SYN-SENT; sends <SEQ=\d+><CTL=RST>; §3\.10\.7\.3\)$", step)


def test_they_are_told_in_either_language_and_can_be_switched_off(tmp_path: Path) -> None:
    told = Told(tmp_path, CREDULOUS_CLIENT, MINE + CREDULOUS)
    assert "next: client-agreement fails" in told.text("en")
    assert "client-agreement 在这次最短执行的最后一步失败" in told.text("zh")
    assert "client_resets_wrong_ack" in told.text("zh")
    assert "决定它的是" in told.text("zh")
    silent = Told(tmp_path, "hints = false\n" + CREDULOUS_CLIENT, MINE + CREDULOUS)
    assert silent.mark == Mark("it", "0", "6", lost=told.mark.lost, fell=told.mark.fell)
    assert "next" not in silent.text("en")


def test_what_a_correct_model_does_can_be_kept_back(tmp_path: Path) -> None:
    """For an exercise in which that rule is what is to be found."""
    found = hints(tmp_path, "rules = false\n" + CREDULOUS_CLIENT, MINE + CREDULOUS)
    assert len(found) == 2
    assert "resets_wrong_ack" not in " ".join(found)
    unnoticed = hints(tmp_path, "rules = false\n" + CLAIM, invariant_of("(server == 'ESTABLISHED') >> (client != 'SYN-SENT')"))
    assert unnoticed == ("it holds of the faulty model three-way~LISTEN.receives_syn.silent1",)


def test_what_a_model_never_does_is_found_on_the_way_of_another(tmp_path: Path) -> None:
    """Nobody ever calls: so the first step that leads to a connection is one that is lacking."""
    asked = asks("handshake", "mine.py", like="three-way", claims=["connection-possible"], scope="small")
    whole, step = hints(tmp_path, asked, MINE + SILENT)
    assert whole == "connection-possible holds of three-way by a run that yours does not have"
    assert step.startswith("at step 1, your model takes no step, and three-way takes ")
    assert re.search(r"takes (server_listens|client_opens) ", step)


@pytest.mark.long
def test_a_fault_that_is_left_is_held_against_the_handshake_it_is_derived_from(tmp_path: Path) -> None:
    """Both take the ACK: what they part by is SND.UNA, which goes back in the one that takes any."""
    asked = asks("fix", "mine.py", like="faulty.py:Faulty", claims=["numbers-only-grow"], scope="small")
    run, _, step = hints(tmp_path, asked, MINE + ANY_ACK)
    assert run.startswith("numbers-only-grow fails at the end of this shortest run: ")
    own, its = re.findall(r"(?:your model|three-way) takes client_takes_ack \(ESTABLISHED; client\.snd_una = (\d+); §", step)
    assert int(own) < int(its)


def test_models_that_should_do_the_same_part_at_a_step(tmp_path: Path) -> None:
    asked = asks("equivalent", "mine.py", like="three-way", scope="small")
    way, step = hints(tmp_path, asked, MINE + CREDULOUS.replace("resets_wrong_ack", "receives_syn_ack"))
    assert way.startswith("both take these steps: ")
    assert step.startswith(f"at step {len(way.split(', ')) + 1}, on <SEQ=")
    assert "three-way takes client_receives_syn_ack (ESTABLISHED; sends <SEQ=101>" in step


def invariant_of(condition: str) -> str:
    return f"{MINE}    claims = (invariant('mine', {condition}, trigger=server == 'ESTABLISHED', when='it was so'),)\n"


CLAIM = asks(
    "claim", "mine.py", claim="mine", wheats=["three-way"], chaffs=["three-way~LISTEN.receives_syn.silent1"], scope="small"
)


def test_of_a_claim_that_fails_on_what_is_correct_the_false_part_is_told(tmp_path: Path) -> None:
    """The first part is true of three-way in every state; the second is not when the client has aborted."""
    condition = (
        "((server == 'ESTABLISHED') >> (client != 'SYN-SENT')) & ((server == 'ESTABLISHED') >> (client == 'ESTABLISHED'))"
    )
    run, false = hints(tmp_path, CLAIM, invariant_of(condition))
    assert run.startswith("mine fails at the end of this shortest run: server_listens, client_opens, ")
    assert false.startswith("this is false there: server.state != ESTABLISHED | client.state == ESTABLISHED (")
    assert "server.state = ESTABLISHED" in false
    assert "SYN-SENT" not in false


def test_of_a_fault_that_went_unnoticed_it_is_told_what_it_does_otherwise(tmp_path: Path) -> None:
    """The mutant is called after what it leaves out: the server in LISTEN answers a SYN by nothing."""
    model, way, step = hints(tmp_path, CLAIM, invariant_of("(server == 'ESTABLISHED') >> (client != 'SYN-SENT')"))
    assert model == "it holds of the faulty model three-way~LISTEN.receives_syn.silent1"
    assert way == "both take these steps: server_listens, client_opens"
    faulty, correct = step.split(", and three-way takes ")
    assert faulty.endswith("takes server_receives_syn (SYN-RECEIVED; §3.10.7.2)")
    assert re.fullmatch(r"server_receives_syn \(SYN-RECEIVED; sends <SEQ=\d+><ACK=101><CTL=SYN,ACK>; §3\.10\.7\.2\)", correct)


RUN = asks("run", "run.json", model="two-way", claim="agreement", steps=3, scope="small")
LISTENS, OPENS = {"action": "server_listens"}, {"action": "client_opens", "isn": 100}


@pytest.mark.parametrize(
    ("steps", "hint"),
    [
        ([LISTENS, OPENS], "takes server_receives_syn as step 3"),
        ([LISTENS, {"action": "server_closes"}], "takes client_opens as step 2"),
    ],
)
def test_a_run_that_violates_nothing_is_told_where_it_leaves_the_shortest(
    tmp_path: Path, steps: list[object], hint: str
) -> None:
    """That is: the server listens, the client opens, and the server is ESTABLISHED by the SYN."""
    scenario = {"summary": "a run", "models": ["two-way"], "isns": {"A": [100], "B": [300]}, "steps": steps}
    (told,) = hints(tmp_path, RUN, json.dumps(scenario))
    assert told == f"a shortest run of two-way that violates agreement {hint}"


PROOF = asks("invariant", "invariant.txt", model="three-way", claim="client-agreement", scope="small")
KNOWN = (Path(__file__).parents[1] / "properties" / "invariants" / "three-way-client-agreement.txt").read_text()


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        (
            "client.state == ESTABLISHED",
            "this is not true at the start",
            "this is false there: client.state == ESTABLISHED (client",
        ),
        (f"{KNOWN}server.state != ESTABLISHED", " breaks this: server.state != ESTABLISHED", "before it: server.state = "),
        ("client.state != SYN-RECEIVED", "from a state that meets all of it, ", "what decides it: ~answered.has(client.iss, "),
    ],
)
def test_formulas_that_prove_nothing_are_told_which_is_false_and_where(
    tmp_path: Path, text: str, first: str, second: str
) -> None:
    found = hints(tmp_path, PROOF, f"{text}\n")
    assert len(found) == 2
    assert first in found[0]
    assert second in found[1]


def test_whatever_grading_says_there_is_in_chinese() -> None:
    """Each sentence of the package, also those that no test meets."""
    folder = Path(__file__).parents[1] / "checker" / "grading"
    source = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    patterns = {said for said in re.findall(r'"((?:[^"\\\n])+)"', source) if re.search(r"\{\w+\}", said) and " " in said}
    spoken = language("zh").sentences
    raised = {said for said in patterns if re.search(r'f"' + re.escape(said), source)}  # what is wrong in a file, in English
    assert sorted(patterns - raised - spoken.keys()) == []
    assert len(patterns - raised) > 20
