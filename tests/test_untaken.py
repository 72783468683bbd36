"""Segments that no case of a rule takes: said once of a file that lacks a case, and of nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.decide import Setting
from checker.studies.untaken import dropped
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from tests.command_line import Ask
from tests.models import model

FILE = """
from model import Cases, Response, Segment, Tcb
from model.tcp.handshakes import ThreeWay


class Forgetful(ThreeWay):
    name = "forgetful"

    def {rule}(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().{rule}(tcb, segment){change}
"""


@pytest.mark.parametrize(
    ("rule", "change", "said"),
    [
        # Who knows no SYN waits for ever (§3.10.7.3, fourth); a server in SYN-RECEIVED answers the SYN's copy by an ACK.
        ("syn_sent", '.without("receives_syn_ack", "meets_syn", "drops_bare_ack")', "client in SYN-SENT: SYN,ACK / ACK."),
        # An ACK of the connection before meets a server that listens again: §3.10.7.2, second.
        ("listen", '.without("resets_ack")', "server in LISTEN: ACK"),
        ("listen", '.replacing("resets_ack", Response("says_nothing", "drops it."))', ""),  # an explicit case that does nothing
        ("listen", '.without("ignores_rst").otherwise(True, Response("drops", "drops it."))', ""),
    ],
    ids=["SYN-SENT", "LISTEN", "nothing is done", "the rest is taken"],
)
def test_a_case_that_lacks_is_said(tmp_path: Path, ask: Ask, rule: str, change: str, said: str) -> None:
    path = tmp_path / "forgetful.py"
    path.write_text(FILE.format(rule=rule, change=change), encoding="utf-8")
    answer = ask("check", str(path), "isn-paired", "--scope", "small,data=0")
    notes = [line for line in answer.err.splitlines() if "no case takes" in line]
    assert len(notes) == (1 if said else 0)
    assert all(said in note for note in notes)


HOW = {"battery": ("--only", "liveness-small"), "table": ("--liveness", "--scope", "small,data=0")}
"""The two answers of ``compare``."""


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
def test_compare_says_it_once(tmp_path: Path, ask: Ask, how: tuple[str, ...]) -> None:
    path = tmp_path / "forgetful.py"
    path.write_text(FILE.format(rule="listen", change='.without("resets_ack")'), encoding="utf-8")
    assert ask("compare", str(path), "three-way", *how).err.count("server in LISTEN: ACK.") == 1


def test_it_is_said_in_chinese(tmp_path: Path, ask: Ask) -> None:
    path = tmp_path / "forgetful.py"
    path.write_text(FILE.format(rule="listen", change='.without("resets_ack")'), encoding="utf-8")
    answer = ask("check", str(path), "isn-paired", "--scope", "small,data=0", "--lang", "zh")
    assert "没有任何一种情形处理" in answer.err
    assert "处于 LISTEN 的 server" in answer.err


@pytest.mark.parametrize("name", ["two-way", "three-way", "four-way", "credulous.py", "throttled.py"])
@pytest.mark.parametrize("seq_check", ["exact", "window", "none"])
def test_handshakes_take_every_segment(name: str, seq_check: str) -> None:
    """Each rule ends with a case for the rest, so that formulas say so; but for LISTEN, whose checks name every control bit."""
    assumed = Assumptions(seq_check=seq_check)
    assert dropped(model(name), Setting(SCOPES["default"], assumed)) == []
