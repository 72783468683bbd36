"""A row of ``compare`` is one claim: what is called alike and says another thing has another row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.cli import rows
from checker.runs.trace import ReplayError
from tests.command_line import Ask

SMALL = ("--scope", "small")
HANDSHAKE = """
from model.tcp.handshakes import ThreeWay
from model.notation.expr import FALSE, TRUE
from properties import Claim, Kind, Seen

def looks(step):
    return TRUE if step.establishes("{role}") else FALSE

def watch(step):
    return Seen(stop=looks(step), trigger=TRUE)

MINE = Claim("mine", Kind.SAFETY, brief="mine", statement="It is mine.", formula="f", why="", when_stopped="w", trigger="t",
             roles=("client", "server"), watch=watch)

class One(ThreeWay):
    name = "{name}"
    summary = "s"
    claims = (MINE,)

class Two(ThreeWay):
    name = "{name}-too"
    summary = "s"
    claims = (MINE,)

class Neither(ThreeWay):
    name = "{name}-neither"
    summary = "s"
"""
CLIENT, SERVER = 4, 5
"""After how many steps a client and a server of three-way can be ESTABLISHED: the server listens, and each message is one."""


def written(folder: Path, name: str, role: str) -> str:
    (folder / f"{name}.py").write_text(HANDSHAKE.format(name=name, role=role), encoding="utf-8")
    return str(folder / f"{name}.py")


def table(printed: str) -> dict[str, list[str]]:
    """Return the columns of each row of a table, by the claim."""
    found = re.findall(r"^(mine(?: \(\S+\))?) {2,}(.*)$", printed, re.MULTILINE)
    return {name: re.split(r" {2,}", cells.strip()) for name, cells in found}


def test_two_claims_of_one_name_have_two_rows(ask: Ask, tmp_path: Path) -> None:
    """What differs is a function that their code calls: neither their words nor their code. A third model is asked both."""
    one, other = written(tmp_path, "aa", "client"), written(tmp_path, "bb", "server")
    asked = ask("compare", f"{one}:aa-neither", f"{one}:aa", f"{other}:bb", *SMALL)
    assert table(asked.out) == {
        "mine (aa)": [f"violated ({CLIENT})"] * 3,
        "mine (bb)": [f"violated ({SERVER})"] * 3,
    }
    assert asked.code == 0


def test_one_claim_has_one_row_however_often_its_file_is_read(ask: Ask, tmp_path: Path) -> None:
    """Models that share a file, and files that say the same."""
    one, other = written(tmp_path, "aa", "client"), written(tmp_path, "bb", "client")
    asked = ask("compare", f"{one}:aa", f"{one}:aa-too", f"{other}:bb", *SMALL)
    assert {name: len(re.findall("violated", " ".join(cells))) for name, cells in table(asked.out).items()} == {"mine": 3}


def test_models_of_one_name_are_told_apart_by_their_files(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, other = written(tmp_path, "aa", "client"), written(tmp_path / "other", "aa", "server")
    names = [f"{one}:aa", f"{other}:aa"]
    asked = ask("compare", *names, names[0], f"{one}:aa-neither", "--json", *SMALL)
    found = [(r["handshake"], r["claim"], r["trace_length"]) for r in asked.records if r["claim"].startswith("mine")]
    claims = [(f"mine ({names[0]})", CLIENT), (f"mine ({names[1]})", SERVER)]
    assert sorted(found) == sorted((name, *claim) for name in [*names, "aa-neither"] for claim in claims)
    assert asked.code == 0


PLAIN = """
from model import Action, Nat, TransitionSystem, Variable
from properties import invariant, specify

def model(name, variable, most, says):
    n = Variable(variable, Nat(5), 0)
    system = TransitionSystem(name, (n,), (Action("ticks", updates={{variable: n.value + 1}}),))
    return specify(system, (invariant("mine", n.value <= most, trigger=n.value == 1, when="it is 1", statement=says),))

A, B = model("a", "n", 3, "It is small."), model("b", "{variable}", {most}, "It is small.")
"""


@pytest.mark.parametrize(
    ("variable", "most", "expected"),
    [
        ("n", 3, {"mine": ["violated (4)", "violated (4)"]}),  # the same formula of the same variable
        ("n", 2, {"mine (a)": ["violated (4)", "-"], "mine (b)": ["-", "violated (3)"]}),
        ("m", 3, {"mine (a)": ["violated (4)", "-"], "mine (b)": ["-", "violated (4)"]}),  # a has no m
    ],
)
def test_claims_about_other_systems(variable: str, most: int, expected: dict[str, list[str]], ask: Ask, tmp_path: Path) -> None:
    """They are asked of their own model only; that n exceeds k takes k + 1 steps."""
    file = tmp_path / "plain.py"
    file.write_text(PLAIN.format(variable=variable, most=most), encoding="utf-8")
    assert table(ask("compare", f"{file}:a", f"{file}:b").out) == expected


def test_what_is_declared_is_declared_of_a_claim_by_whatever_name(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "plain.py"
    declares = PLAIN.replace("statement=says),))", 'statement=says),), {{"mine": says}})').replace(
        '3, "It is small."', '3, "violated"'
    )
    file.write_text(
        declares.replace('{most}, "It is small."', '{most}, "holds"').format(variable="n", most=2), encoding="utf-8"
    )
    asked = ask("compare", f"{file}:a", f"{file}:b", "--json")
    assert {(r["handshake"], r["claim"], r["expected"]) for r in asked.records} == {
        ("a", "mine (a)", "violated"),
        ("b", "mine (b)", "holds"),
    }
    assert asked.code == 12  # b says that it holds


def test_names_alone_are_not_enough(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule that was: one row for one name. Then two claims stand in it, as one."""
    one, other = written(tmp_path, "aa", "client"), written(tmp_path, "bb", "server")
    monkeypatch.setattr(rows, "_is_one", lambda *_: True)
    asked = ask("compare", f"{one}:aa-neither", f"{one}:aa", f"{other}:bb", *SMALL)
    assert table(asked.out) == {"mine": [f"violated ({CLIENT})", f"violated ({CLIENT})", f"violated ({SERVER})"]}


def test_asking_a_model_two_claims_of_one_name_is_noticed(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their runs are taken for each other, which the replay finds."""
    one, other = written(tmp_path, "aa", "client"), written(tmp_path, "bb", "server")
    monkeypatch.setattr(rows, "_called", lambda _, name, __: name)
    with pytest.raises(ReplayError):
        ask("compare", f"{one}:aa-neither", f"{one}:aa", f"{other}:bb", *SMALL)
