"""Random walks on running stacks: the same for the same seed, short where they deviate, and able to find what is broken."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from checker.conformance.host import IRS, ISNS, Sent
from checker.stacks.adapters import ADAPTERS
from checker.stacks.alone import RULES, alone
from checker.stacks.comparing import without_repeats
from checker.stacks.playing import ports
from checker.stacks.replaying import Found
from checker.stacks.stack import Observed, Stack
from checker.stacks.walking import Walker, shortened
from model.notation.sorts import NotationError
from model.tcp.handshakes.facing import FacingAssumptions
from tests.command_line import Ask
from tests.test_records import RECORDS
from tests.test_replay import BROKEN, SENDS, broken, kernel, lwip

__all__ = ["kernel", "lwip"]  # what the tests are given
NEEDED = pytest.mark.needs("gcc", "lwip")


def walks(stack: Stack, number: int, seed: int, against: str = "") -> Sequence[Found]:
    rules = RULES[against or stack.name]
    return list(Walker(stack, ADAPTERS[stack.name], ports(), rules, FacingAssumptions()).walks(number, seed))


@pytest.mark.parametrize(("needed", "tried"), [({3}, 12), ({2, 9}, 24), ({0, 1, 2, 3}, 24)])
def test_what_is_shortened_has_nothing_that_can_be_left_out(needed: set[int], tried: int) -> None:
    """What is needed is known here, and each part of it alone decides nothing."""
    asked: list[Sequence[object]] = []

    def deviates(steps: Sequence[object]) -> bool:
        asked.append(steps)
        return needed <= {*steps}

    assert shortened([*range(10)], deviates) == sorted(needed)
    assert len(asked) <= tried


@NEEDED
def test_the_same_seed_gives_the_same_walks(lwip: Stack) -> None:
    first, again = ([one.run.stimuli for one in walks(lwip, 2, 5)] for _ in range(2))
    assert first == again
    assert first[0] != first[1]
    assert first[0] not in [one.run.stimuli for one in walks(lwip, 1, 6)]


@NEEDED
@pytest.mark.parametrize("fault", [next(iter(BROKEN)), *(pytest.param(one, marks=pytest.mark.long) for one in [*BROKEN][1:])])
def test_a_walk_finds_what_is_broken(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    """It does so by a run of few steps, in which lwIP as it is does what is known of it."""
    with monkeypatch.context() as patched:
        what, *_ = BROKEN[fault]
        broken(tmp_path, patched, "lwip", SENDS, what + SENDS)
        answer = ask("replay", "--walk", "4", "--seed", "7", "--on", "lwip", "-o", str(tmp_path / "found"))
        assert answer.code == 12
        files = [str(path) for path in (tmp_path / "found").glob("lwip-walk-*-host.json")]
        assert all(ask("replay", file, "--on", "lwip").code == 12 for file in files)
        assert all(Path(file).read_text(encoding="utf-8").rstrip() in answer.out for file in files)
        assert all(len(json.loads(Path(file).read_text(encoding="utf-8"))["steps"]) <= 12 for file in files)
    assert any(ask("replay", file, "--on", "lwip").code == 0 for file in files)


@pytest.mark.long
@NEEDED
def test_against_the_rfc_what_is_known_of_a_stack_has_its_name(lwip: Stack) -> None:
    found = walks(lwip, 4, 1, "three-way")
    names = {name for one in found for name in one.names}
    assert names
    assert names <= {known.name for known in ADAPTERS["lwip"].known}


@pytest.mark.long
def test_linux_does_what_is_known_of_it_wherever_a_walk_comes(kernel: Stack) -> None:
    assert [str(one.run) for one in walks(kernel, 60, 3) if one.differences] == []


@NEEDED
def test_records_of_walks_have_what_was_done(ask: Ask) -> None:
    (record,) = json.loads(ask("replay", "--walk", "1", "--on", "lwip", "--json").out)
    RECORDS.validate([record])
    assert (record["run"], record["as"], record["scenario"]["models"]) == ("walk-1", "host", ["lwip/facing"])
    assert len(record["scenario"]["steps"]) > 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--walk", "2", "fig6"], "or --walk N, and nothing else"),
        (["--walk", "2", "--all"], "or --walk N, and nothing else"),
        (["--walk", "2", "--as", "client"], "--walk has the stack open in both ways: leave out --as"),
        (["--walk", "2", "--against", "two-way"], "two-way"),
    ],
)
def test_what_cannot_be_asked_of_walks_is_said(words: Sequence[str], said: str, ask: Ask) -> None:
    answer = ask("replay", *words)
    assert (answer.code, said in answer.err) == (2, True)


def test_one_endpoint_alone_is_by_rules_that_there_are() -> None:
    assert alone("linux/facing").handshake is RULES["linux"]
    with pytest.raises(NotationError, match="there is no handshake 'linus'; did you mean 'linux'"):
        alone("linus/facing")


@NEEDED
def test_a_run_that_was_kept_is_replayed_under_what_it_was_found_under(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As HANDSHAKE:CLAIM is: a counterexample, and a scenario, as --format json has them."""
    monkeypatch.chdir(tmp_path)
    kept = "kept.json"  # short, so that no line of the answer is folded there
    assert ask("trace", "lwip", "refused-is-told", "--format", "json", "-o", kept).code == 0
    answer = ask("replay", kept, "--on", "lwip", "--as", "client")
    assert (answer.code, f"{kept}, client: conforms" in answer.out) == (0, True)
    record = json.loads(Path(kept).read_text(encoding="utf-8"))
    assert record["assumptions"]["closed_host"] == "resets"
    record["assumptions"]["closed_host"] = "silent"
    Path(kept).write_text(json.dumps(record), encoding="utf-8")
    answer = ask("replay", kept, "--on", "lwip")
    assert "lwip has no action 'client_resets_ack_when_closed'" in answer.err
    record["assumptions"]["closed_host"] = "asleep"
    Path(kept).write_text(json.dumps(record), encoding="utf-8")
    answer = ask("replay", kept, "--on", "lwip")
    assert (answer.code, "'asleep' is no value of the assumption 'closed_host'" in answer.err) == (65, True)


def test_what_is_sent_again_with_more_is_no_answer_either() -> None:
    fin, text = Sent("FIN,ACK", 8, 5), Sent("ACK", 6, 5, 2)
    both, syn, syn_ack = Sent("FIN,ACK", 6, 9, 2), Sent("SYN", 5, 0), Sent("SYN,ACK", 5, 9)
    seen = Observed((both, syn_ack), "FIN-WAIT-1", 65535)
    assert without_repeats(seen, (syn, text, fin)).sent == (syn_ack,)
    assert without_repeats(seen, (syn, text, fin), [6]).sent == (both, syn_ack)


MET = ({"ctl": "SYN", "data": 1}, {"ctl": "ACK", "seq": 1, "ack": 1})
BLOCKED = (MET[0], {"ctl": "FIN,ACK", "seq": 1, "ack": 1}, {"ctl": "ACK", "seq": 2, "ack": 1, "data": 1})
OLD = {"ctl": "FIN,ACK", "seq": 0, "ack": 0, "data": 1}
CLOSED = ({"ctl": "SYN"}, {"ctl": "FIN,ACK", "seq": 1, "ack": 1}, "host_closes_after_the_other")
WITH_TEXT: dict[str, tuple[str, Sequence[str | dict[str, Any]], str]] = {
    "keeps what comes with a SYN that it meets": ("opens", (*MET, "host_closes_first"), "keeps-text-of-syn"),
    "keeps what comes with a SYN that it answers": ("listens", (*MET, "host_closes_first"), "keeps-text-of-syn"),
    "takes nothing behind that any more": ("opens", BLOCKED, "blocks-behind-text-of-syn"),
    "resets text when both have closed": (
        "opens",
        (*CLOSED, {"ctl": "RST,ACK", "seq": 2, "ack": 2, "data": 1}),
        "resets-text-after-both",
    ),
    "takes text after a FIN": ("opens", (*CLOSED[:2], {"ctl": "ACK", "seq": 2, "ack": 1, "data": 1}), "takes-fin-again"),
    "owes an ACK for what is old": ("opens", ({"ctl": "SYN"}, {"ctl": "ACK", "ack": 9}, MET[1]), "owes-ack"),
    "takes a FIN behind old text": ("opens", ({"ctl": "SYN"}, {"ctl": "ACK", "seq": 1, "ack": 1}, OLD), ""),
    "takes the text of a SYN that is old": ("opens", ({"ctl": "SYN"}, {"ctl": "SYN,ACK", "ack": 1, "data": 1}), ""),
}
"""What libslirp makes of text that the table of all answers does not have: who opens, what is done then, and what it is called.

SEQ and ACK count from the ISNs.
"""


@pytest.mark.needs("gcc", "slirp")
@pytest.mark.parametrize("what", WITH_TEXT)
def test_slirp_does_with_text_what_its_profile_says(
    what: str, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what the profile would not say without that one rule: then the stack deviates, or the model cannot go that way."""
    opens, done, name = WITH_TEXT[what]
    steps: list[dict[str, Any]] = [{"action": f"host_{opens}"}]
    for one in done:
        if isinstance(one, str):
            steps.append({"action": one})
            continue
        isns = {"seq": IRS + one.get("seq", 0), **({"ack": ISNS[0] + one["ack"]} if "ack" in one else {})}
        steps += [{"inject": {"source": "peer", **one, **isns}}, {"deliver": {"source": "peer"}}]
    scenario = {"models": ["slirp/facing"], "isns": {"A": list(ISNS)}, "steps": steps}
    file = tmp_path / "text.json"
    file.write_text(json.dumps(scenario), encoding="utf-8")
    answer = ask("replay", str(file), "--on", "slirp")
    assert (answer.code, "conforms 1" in answer.out) == (0, True), answer.out + answer.err
    rule = next((known.rules for known in ADAPTERS["slirp"].known if known.name == name), None)
    if rule is not None:
        others = tuple(base for base in RULES["slirp"].__bases__ if base is not rule)
        monkeypatch.setitem(RULES, "slirp", type("Without", others, {"name": "slirp"}))
        assert "conforms 1" not in ask("replay", str(file), "--on", "slirp").out


@pytest.mark.long
@pytest.mark.needs("gcc", "slirp")
def test_what_is_sent_again_is_as_much_as_the_stack_likes(ask: Ask) -> None:
    """The model may send its text again with the FIN or without, and so may a stack."""
    answer = ask("replay", "--walk", "25", "--seed", "2", "--on", "slirp", "--json")
    records = {one["run"]: one for one in json.loads(answer.out)}
    assert records["walk-25"]["verdict"] == "conforms"
