"""A protocol that is not TCP: the tutorial of SCTP, and a mutant for each of its claims."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from checker.decide import Setting, decide
from checker.files import model_file
from checker.host.limits import Limits
from checker.verdict import Outcome
from model.tcp.scope import SCOPES
from properties.specification import Specification
from tests.command_line import Ask
from tests.models import TUTORIALS, model

SCTP = TUTORIALS / "sctp.py"


@dataclass(frozen=True)
class Fault:
    """What stands in the tutorial, what stands there instead, and which claim then fails after how many steps."""

    right: str
    wrong: str
    claim: str
    steps: int


FAULTS = {
    # opens, ends, the old INIT is answered, opens again, echoes, the cookie is taken
    "answers to old INITs are taken": Fault(
        '(packet.type == "INIT-ACK") & (packet.tag == end.read("tag"))',
        'packet.type == "INIT-ACK"',
        "no-association-from-a-stale-init",
        6,
    ),
    # opens, and the INIT is answered
    "an INIT is noted down": Fault(
        "set(end, used=used).event(Happens.ANSWERS",
        "set(end, used=used, peer_tag=packet.new).event(Happens.ANSWERS",
        "no-state-before-the-echo",
        2,
    ),
    # opens, is answered, echoes, the cookie is taken; ends, and the first three again; the first COOKIE-ACK arrives
    "any COOKIE-ACK is taken": Fault(
        '(packet.type == "COOKIE-ACK") & (packet.tag == end.read("tag"))',
        'packet.type == "COOKIE-ACK"',
        "both-tags-are-agreed",
        9,
    ),
}


def faulty(fault: Fault, folder: Path) -> Specification:
    """Return the tutorial with a fault."""
    source = SCTP.read_text(encoding="utf-8")
    assert source.count(fault.right) == 1
    path = folder / "faulty.py"
    path.write_text(source.replace(fault.right, fault.wrong), encoding="utf-8")
    return model_file.read(str(path))


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_each_claim_has_a_mutant_that_it_alone_catches(fault: Fault, tmp_path: Path) -> None:
    spec = faulty(fault, tmp_path)
    verdicts = {v.question.claim.name: v for v in decide(spec, spec.claims, Setting(SCOPES["default"]))}
    assert {name for name, v in verdicts.items() if v.outcome is Outcome.VIOLATED} == {fault.claim}
    trace = verdicts[fault.claim].trace
    assert trace is not None
    assert len(trace) == fault.steps


@pytest.mark.parametrize(
    "name", [name if fault.steps < 9 else pytest.param(name, marks=pytest.mark.long) for name, fault in FAULTS.items()]
)
def test_bounded_model_checking_catches_it_as_soon(name: str, tmp_path: Path) -> None:
    fault, spec = FAULTS[name], faulty(FAULTS[name], tmp_path)
    setting = Setting(SCOPES["default"], engine="bmc", limits=Limits(depth=fault.steps))
    (verdict,) = decide(spec, [spec.claim[fault.claim]], setting)
    assert verdict.trace is not None
    assert len(verdict.trace) == fault.steps


@pytest.mark.long
def test_that_an_init_costs_no_memory_is_proved(ask: Ask) -> None:
    """And that its events, which the claim goes by, are what happens."""
    answer = ask("prove", str(SCTP), "no-state-before-the-echo")
    assert answer.code == 0
    assert "rests on     events are what happens" in answer.out


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (
            ".event(Happens.ENDS)",
            "",
            "'exists' becomes False of the client in it, and it does not say so: add Event(Happens.ENDS",
        ),
        (
            '"sends its INIT again.").send(',
            '"sends its INIT again.").event(Happens.ASSOCIATES).send(',
            "it says ASSOCIATES of the client, and 'associated' does not become True of it",
        ),
    ],
    ids=["an end is not said", "an association is said that is none"],
)
def test_its_events_are_held_against_its_views(right: str, wrong: str, said: str, tmp_path: Path, ask: Ask) -> None:
    """Catches a claim that goes by events of another protocol's which nobody has checked."""
    source = SCTP.read_text(encoding="utf-8")
    assert source.count(right) == 1
    path = tmp_path / "untrue.py"
    path.write_text(source.replace(right, wrong), encoding="utf-8")
    answer = ask("check", str(path))
    assert said in " ".join(answer.err.split())


def test_claims_about_tcp_are_left_out_with_the_reason(ask: Ask) -> None:
    spec = model("sctp.py")
    assert set(spec.claim) == {fault.claim for fault in FAULTS.values()}
    answer = ask("check", str(SCTP), "agreement")
    assert answer.code == 2
    assert "sctp is not asked agreement: it has no segments with TCP's headers" in answer.err


def test_its_packets_are_written_by_its_own_format(ask: Ask, tmp_path: Path) -> None:
    """A tag that is none says nothing, but for the verification tag, which each packet has (§3.1)."""
    fault = FAULTS["an INIT is noted down"]
    faulty(fault, tmp_path)
    answer = ask("trace", str(tmp_path / "faulty.py"), fault.claim)
    said = answer.out.replace("\n      ", "")
    assert "<TYPE=INIT><TAG=zero><NEW=Tag-1> " in said
    assert "<TYPE=INIT-ACK><TAG=Tag-1><NEW=Tag-2><MINE=Tag-2><ITS=Tag-1>" in said
