"""What a protocol says that it assumes: from the command line, for one of the user's own and for TCP."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

import pytest

from checker.cli import commands, request, values
from checker.files import model_file
from model import Assumed, NotationError, assume
from model.tcp.assumptions import Assumptions
from tests.command_line import Ask
from tests.test_notation_page import MODEL_FILES

HOLDS, REFUSED, USAGE, VIOLATED = 0, 1, 2, 12
DEAF = """
from dataclasses import dataclass

from model import assume
from model.tcp.assumptions import Assumptions
from model.tcp.handshakes import ThreeWay


@dataclass(frozen=True, slots=True)
class Heard(Assumptions):
    listener: str = assume("polite", "deaf", meaning="polite (listens), or deaf")


class Deaf(ThreeWay):
    name = "deaf"
    assumes = Heard

    def calls(self, tcb):
        for section, when, response in super().calls(tcb):
            if self.assumptions.listener == "polite" or "listen" not in response.name:
                yield section, when, response
"""


@pytest.fixture
def post(tmp_path: Path) -> str:
    """The example of the page about the notation: a protocol with two assumptions of its own, one of them a switch."""
    (block,) = (block for block in MODEL_FILES if block.models == ["post.py"])
    (tmp_path / "post.py").write_text(block.text, encoding="utf-8")
    return str(tmp_path / "post.py")


def test_an_assumption_of_a_protocol_changes_a_verdict_which_says_it(post: str, ask: Ask) -> None:
    gullible = ask("check", post, "--assume", "reader=gullible")
    assert gullible.code == VIOLATED
    assert "with reader=gullible, and else the usual assumptions (-v lists them)" in " ".join(gullible.out.split())
    assert "\nassumptions  reader=gullible, forger=true\n" in ask("check", post, "--assume", "reader=gullible", "-v").out
    assert f"synproof trace {post} CLAIM --assume reader=gullible\n" in gullible.out
    for assumed, expected in (((), "holds"), (("--assume", "reader=gullible", "--assume", "forger=false"), None)):
        answer = ask("check", post, "--json", *assumed)
        (record,) = answer.records
        assert (answer.code, record["expected"]) == (HOLDS, expected)
        assert record["assumptions"] == {
            "reader": "gullible" if assumed else "careful",
            "forger": not assumed,
        }


def test_show_says_what_can_be_assumed(post: str, ask: Ask) -> None:
    shown = ask("show", post, "--assume", "forger=false").out
    assert (
        "Assumptions: reader=careful, forger=false.\n  reader: careful or gullible; careful (opens only what is sealed)"
        in shown
    )
    assert "forges" not in shown


def test_what_cannot_be_assumed_is_answered_with_what_can(post: str, ask: Ask) -> None:
    spec = model_file.read(post)
    for assumed, said in {
        "raeder=gullible": "there is no assumption 'raeder'; did you mean 'reader'?",
        "isn=clock": "there is no assumption 'isn'; known are 'reader', 'forger'",
        "reader=wise": "'wise' is no value of the assumption 'reader'; known are 'careful', 'gullible'",
        "forger=no": "'no' is no value of the assumption 'forger': write true or false",
        "reader": "'reader' assumes nothing: write --assume NAME=VALUE, as in --assume seq_check=window",
        "forger=true forger=false": "--assume gives one assumption twice: give each once",
    }.items():
        with pytest.raises(values.UsageError) as refused:
            request.assume(Namespace(model=spec, assumed=list(map(values.assumed, assumed.split()))))
        assert str(refused.value) == said
    answer = ask("check", post, "--assume", "raeder=gullible")
    assert (answer.code, answer.out) == (USAGE, "")
    assert answer.err == "synproof: there is no assumption 'raeder'; did you mean 'reader'?\n"


@pytest.mark.long
def test_a_certificate_is_about_what_was_assumed(post: str, tmp_path: Path, ask: Ask) -> None:
    """There is no forger by default here, and what is proved is that he does no harm."""
    text = Path(post).read_text(encoding="utf-8")
    Path(post).write_text(text.replace("forger: bool = assume(True", "forger: bool = assume(False"), encoding="utf-8")
    where = tmp_path / "certificate"
    assert ask("prove", post, "--assume", "forger=true", "-o", str(where)).code == HOLDS
    manifest = json.loads((where / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["assumptions"] == {"reader": "careful", "forger": True}
    assert ask("recheck", str(where), "--model", post).code == HOLDS
    for forged in ({"reader": "careful", "forger": False}, {"reader": "wise", "forger": True}, {"forger": True}, {}):
        changed = json.dumps(manifest | {"assumptions": forged})
        (where / "manifest.json").write_text(changed, encoding="utf-8")
        assert ask("recheck", str(where), "--model", post).code == REFUSED, forged


def test_those_of_tcp_are_named_as_well() -> None:
    named = "--assume seq_check=window --assume rcv_wnd=9 --assume loss=false"
    asked = [
        commands.parse(["check", "two-way", *words.split()]) for words in (named, "--seq-check window --rcv-wnd 9 --no-loss")
    ]
    assert [request.setting(arguments).assumptions for arguments in asked] == [
        Assumptions(seq_check="window", rcv_wnd=9, loss=False)
    ] * 2
    for given, typed, said in (
        ("rcv_wnd=70000", {}, "'70000' is no window: write a number of octets from 0 to 65535"),
        ("rcv_wnd=9", {"rcv_wnd": 9}, "--assume gives rcv_wnd a second time: give it once"),
    ):
        with pytest.raises(values.UsageError) as refused:
            request.assume(Namespace(models=[], assumed=[values.assumed(given)], **typed))
        assert str(refused.value) == said


def test_a_handshake_has_assumptions_beside_those_of_tcp(tmp_path: Path) -> None:
    (tmp_path / "deaf.py").write_text(DEAF, encoding="utf-8")
    arguments = commands.parse(["show", str(tmp_path / "deaf.py"), "--no-loss", "--assume", "listener=deaf"])
    setting = request.setting(arguments, arguments.model)
    system = arguments.model.build(setting.scope, setting.assumptions)
    assert system.assumptions == {**Assumptions(loss=False).as_dict(), "listener": "deaf"}
    assert "server_listens" not in system.action
    assert "server_listens" in model_file.read(arguments.model.file).build(setting.scope, setting.assumptions).action


def test_what_is_declared_wrongly_is_refused() -> None:
    with pytest.raises(NotationError, match="an assumption has a default, something else that it may be, and a meaning"):
        assume("one", meaning="only one")
    with pytest.raises(NotationError, match="'wise' is no value of the assumption 'isn'; known are 'fresh'"):
        Assumptions(isn="wise")

    @dataclass(frozen=True, slots=True)
    class Bare(Assumed):
        letters: int = 1

    with pytest.raises(NotationError, match=r"letters does not say what it may be: write letters: \.\.\. = assume\("):
        Bare()
