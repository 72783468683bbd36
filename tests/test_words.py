"""What is said in words: why a claim is decided, what is not usual, what a name is about; and all in Chinese."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.cli.exits import OK, UNKNOWN, USAGE, VIOLATED
from checker.decide import Setting, decide
from checker.host.limits import LimitReachedError, out_of_memory
from checker.runs.simulate import simulate
from checker.runs.trace import run
from model.notation.pretty import cell_text, value_text
from model.notation.said import said
from model.tcp.assumptions import Assumptions
from model.tcp.composition import MORE, several_ports
from model.tcp.handshakes import DEFENCES
from model.tcp.scope import SCOPES
from properties.catalogue import CLAIMS
from properties.claim import monitored
from properties.specification import SPECIFICATIONS, Specification, built_in
from reports.language import CODES
from reports.language.catalogue import FOLDER, language
from reports.text import in_one_run
from reports.traces.grounds import because
from tests.command_line import Ask

ROOT = Path(__file__).parent.parent
HAN = re.compile(r"[\u4e00-\u9fff]")
THREE_WAY = SPECIFICATIONS["three-way"]
WORKED_OUT = {
    # The client has only opened when two-way's server answers the SYN of 100 with 300.
    "agreement": "The server is ESTABLISHED with (100, 300), the client is SYN-SENT with ISS 100.",
    # One SYN,ACK more is needed than for agreement: the client has both numbers, and nothing of it has come to the server.
    "isn-acknowledged": "no acknowledgment of its own ISN had come to the server.",
    # The server answered the same SYN twice, with 300 and then 400; the client took the first answer.
    "isn-paired": "The client is ESTABLISHED with (100, 300), the server is ESTABLISHED with (100, 400).",
}


def composed() -> Iterator[Specification]:
    """Yield three-way in each composition that a claim is about, and the defences, which claims of their own are about."""
    yield from (spec for name, spec in SPECIFICATIONS.items() if name.partition("/")[0] == THREE_WAY.name)
    assert THREE_WAY.composed is not None
    yield from map(THREE_WAY.composed, (*MORE, several_ports(2)))
    yield from map(built_in, DEFENCES)


def test_reasons_are_those_worked_out_by_hand(ask: Ask) -> None:
    answer = " ".join(ask("trace", "two-way").out.split())
    for claim, reason in WORKED_OUT.items():
        assert f"{claim}: " in answer
        assert reason in answer
    assert "is true" not in answer


def test_every_claim_has_words_for_its_reason_wherever_it_is_asked() -> None:
    """Catches words that name what a run has not, in either language."""
    asked: set[str] = set()
    for spec in composed():
        system = spec.build(SCOPES["small"], Assumptions())
        claims = [claim for claim in spec.claim.values() if claim.name not in asked]
        trace = run(monitored(system, claims), simulate(system, seed=3, steps=12, runs=1).runs[0])
        for claim in claims:
            asked.add(claim.name)
            for code in CODES:
                told = because(language(code).claim(claim), trace, len(trace), language(code))
                assert told, claim.name
                assert "{" not in told, told
    assert asked >= CLAIMS.keys()


def test_numbers_in_a_reason_are_those_of_the_run() -> None:
    (verdict,) = decide(SPECIFICATIONS["two-way"], [CLAIMS["isn-paired"]], Setting(SCOPES["default"]))
    assert verdict.trace is not None
    end = verdict.trace.end
    pairs = f"({end['client.iss']}, {end['client.irs']})", f"({end['server.irs']}, {end['server.iss']})"
    told = because(CLAIMS["isn-paired"], verdict.trace, len(verdict.trace), language("en"))
    assert re.findall(r"\(\d+, \d+\)", told) == list(pairs)


def test_a_goal_that_a_scope_is_too_small_for_is_not_reached_in_it(ask: Ask) -> None:
    """It takes two attempts to be reset for an old SYN; in the default scope a model that cannot is violated as before."""
    small = ask("check", "three-way", "figure-8", "--scope", "small")
    assert small.code == UNKNOWN
    assert small.out.startswith("three-way: figure-8: not reached in this scope\n")
    (record,) = ask("check", "three-way", "figure-8", "--scope", "small", "--json").records
    assert record["verdict"] == "violated"
    for attacked in ("three-way/flood", "three-way/on-path"):  # their own scopes have one attempt
        assert ask("check", attacked, "figure-8").code == UNKNOWN
    assert ask("check", "four-way/simultaneous", "figure-7").code == VIOLATED


def test_a_run_that_violates_several_claims_is_printed_once(ask: Ask) -> None:
    """Agreement fails in step 3 of the run in whose step 4 isn-acknowledged does; no-stale-establishment needs another."""
    answer = ask("compare", "two-way", "three-way", "--scope", "small")
    assert answer.out.count(" 1. server_listens\n") == len(("agreement, isn-acknowledged", "no-stale-establishment"))
    assert "two-way: agreement, isn-acknowledged violated" in answer.out


def test_runs_of_different_models_are_never_one() -> None:
    claim = CLAIMS["established-together"]
    shown = [decide(SPECIFICATIONS[name], [claim], Setting(SCOPES["small"]))[0] for name in ("two-way", "two-way/crash")]
    assert [len(group) for group in in_one_run(shown)] == [1, 1]


def test_what_is_usual_takes_a_line_and_v_says_all(ask: Ask) -> None:
    usual = ask("check", "three-way", "agreement", "--scope", "small", "--seq-check", "window")
    line = "scope small, with seq_check=window, and else the usual assumptions (-v lists them) search"
    assert line in " ".join(usual.out.split())
    assert "rcv_wnd" not in usual.out
    every = ask("check", "three-way", "agreement", "--scope", "small", "--seq-check", "window", "-v")
    assert all(f"{name}=" in every.out for name in Assumptions.declared())


@pytest.mark.parametrize("name", ["agreement", "figure-7"])
def test_a_claim_is_shown_with_all_its_parts_and_a_run(ask: Ask, name: str) -> None:
    claim, answer = CLAIMS[name], ask("show", name)
    assert answer.code == OK
    text = " ".join(answer.out.split())
    for part in (claim.statement, claim.formula, claim.why, claim.trigger):
        assert " ".join(part.split()) in text
    assert "\n 1. " in answer.out


def test_a_claim_of_a_model_is_shown_on_that_model(ask: Ask) -> None:
    """What it is about happens in three-way, which does not violate it."""
    answer = ask("show", "three-way", "agreement")
    assert "A run that it is about:" in answer.out
    assert "three-way: agreement holds" in answer.out
    assert "The claim remembers: agreed = false." in ask("explain", "agreement").out


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("check", "three-way", "figure-7"), "figure-7 is about three-way/simultaneous: "),
        (("check", "three-way/simultaneous", "agreement"), "agreement is about three-way: "),
        (("check", "three-way", "half-open-gives-up"), "half-open-gives-up is about three-way/r2: "),
        (("check", "three-way", "four-way-merges"), "four-way-merges is about four-way: "),
        (("check", "3way"), "did you mean 'three-way'?"),
        (("show", "agrement"), "did you mean 'agreement'?"),
        (("export", "four-way", "--to", "promela", "--claims", "four-way-merges"), "which cannot be exported"),
        (("export", "three-way", "--to", "promela", "-o", "x.tla"), "write x.pml"),
    ],
)
def test_who_names_something_else_is_told_what_to_write(ask: Ask, words: tuple[str, ...], hint: str) -> None:
    answer = ask(*words)
    assert (answer.code, answer.out) == (USAGE, "")
    assert hint in answer.err


MODEL = """
from model import BOOL, TRUE, Action, Enum, Network, Relation, TransitionSystem, Variable, View, choose, draw
from properties import reachable, specify

WORD = Enum("Word", ("plain", "a, b", "x=1"))
PACKETS = Relation((("word", WORD), ("reply", BOOL)))
said = Variable("left.said", WORD, "plain")
answered = Variable("left.answered", BOOL, False)
packets = Variable("wire", PACKETS, frozenset())
word, packet, back = choose("word", WORD), draw("packet", packets.value), draw("back", packets.value)
says = dict(guard=said.value == "plain", parameters=(word,), updates={"left.said": word.value})
hears = dict(guard=~packet.row.reply, parameters=(packet,), receives="packet", sends=((packet.row.word, True),))
ends = dict(guard=back.row.reply, parameters=(back,), receives="back", updates={"left.answered": TRUE})
actions = (
    Action("says", by="left", sends=((word.value, False),), **says),
    Action("hears", by="right", **hears),
    Action("ends", by="left", **ends),
)
views = {"left": View(said.value), "right": View(answered.value)}
system = TransitionSystem("unnamed", (said, answered, packets), actions, network=Network("wire", False, False), views=views)
called = specify(system, [reachable("answered", answered.value & (said.value == "x=1"))])
"""
"""Who sends a packet is not said in it: only by who acts."""


def test_an_arrow_follows_who_acts_where_a_segment_does_not_say_who_sends_it(ask: Ask, tmp_path: Path) -> None:
    """What left sends goes right, and the reply goes left, in each rendering; and what is chosen is told."""
    (tmp_path / "unnamed.py").write_text(MODEL, encoding="utf-8")
    words = ("trace", f"{tmp_path}/unnamed.py:called", "answered")
    lines = [line for line in ask(*words).out.splitlines() if "REPLY" in line]
    assert [(">" in line.split("<WORD")[0] + line.split("REPLY=")[1][6:]) for line in lines] == [True, True, False, False]
    mermaid = [line.strip() for line in ask(*words, "--format", "mermaid").out.splitlines() if "REPLY" in line]
    assert [line[:8] for line in mermaid] == ["p1->>p2:", "p2->>p1:"]
    assert ' 1. says (word = "x=1")\n' in ask(*words).out


def test_values_that_mislead_are_quoted() -> None:
    assert [value_text(value) for value in ("ESTABLISHED", "two words", "", "a, b", "x=1", 7, True)] == [
        "ESTABLISHED",
        "two words",
        '""',
        '"a, b"',
        '"x=1"',
        "7",
        "true",
    ]
    assert cell_text("SYN,ACK") == "SYN,ACK"  # as RFC 9293 writes it
    assert cell_text("") == '""'


def test_a_model_is_found_by_the_name_of_its_class(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(
        "from model.tcp.handshakes import ThreeWay, TwoWay\n\nclass Mine(ThreeWay):\n    name = 'mine'\n\n"
        "class Other(TwoWay):\n    name = 'other'\n",
        encoding="utf-8",
    )
    assert "mine: figure-6: holds" in ask("check", f"{path}:Mine", "figure-6", "--scope", "small").out
    assert "'Mine'" in ask("check", f"{path}:Mne", "figure-6").err


# -- in Chinese ----------------------------------------------------------------------------------------------------------------


def literals() -> Iterator[tuple[str, str]]:
    """Yield the English sentences that are written where they are told, with the file."""
    calls = {"tell": slice(0, 1), "said": slice(0, 1), "counted": slice(1, 3)}
    for folder in ("model", "properties", "checker", "reports"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
                for given in node.args[calls[name]] if isinstance(node, ast.Call) and name in calls else ():
                    for text in (given.body, given.orelse) if isinstance(given, ast.IfExp) else (given,):
                        if isinstance(text, ast.Constant) and isinstance(text.value, str):
                            yield text.value, str(path)


def test_every_sentence_has_its_chinese_with_the_same_values() -> None:
    """Those that are put together from a variable are met by the commands of the next test."""
    given = tomllib.loads((FOLDER / "zh-sentences.toml").read_text(encoding="utf-8"))
    missing = [(text, path) for text, path in literals() if text not in given]
    assert missing == []

    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert [english for english, chinese in given.items() if fields(english) != fields(chinese)] == []


def test_a_sentence_that_was_put_together_is_told_again() -> None:
    """The number within is put into the Chinese, a name is none of its words, and what has no Chinese stays."""
    spoken = language("zh")
    assert spoken.tell(said("{reason}; none is shorter", reason=said("A witness of {number} steps", number=7))) == (
        "7 步的见证；没有更短的"  # noqa: RUF001  # the Chinese sign
    )
    assert "network" in spoken.tell(
        said("{source} is empty, so there is no {name} to take from it", source="network", name="s")
    )
    assert spoken.tell("Nobody wrote this.") == "Nobody wrote this."


ENGLISH_WORDS = re.compile(
    r"(?<![\w./=<-])(?:the|is|are|of|that|which|with|and|was|were|has|to|no|by|it|for|from|holds|violated)(?![\w./=-])"
)


@pytest.mark.parametrize(
    "words",
    [
        "list",
        "trace two-way agreement --scope small -v",
        "check three-way --scope small",
        "check three-way agreement --engine bmc --max-depth 2",
        "check three-way agreement --max-states 50",
        "show four-way/listeners",
        "show two-way client_opens",
        "simulate three-way --runs 2",
        "minimal --messages 2",
        "check three-way --claims none --scope small",
    ],
)
def test_no_line_is_of_mixed_language(ask: Ask, words: str) -> None:
    out = ask(*words.split(), "--lang", "zh").out.replace("A Hierarchy of", "")  # a title
    assert HAN.search(out)
    assert [line for line in out.splitlines() if ENGLISH_WORDS.search(line)] == []


@pytest.mark.long
@pytest.mark.parametrize(
    "words",
    [
        "waste --syns 1 two-way",
        "prove two-way/r2 half-open-gives-up",
        "compare --liveness --scope small",
        "compare two-way three-way --scope small",
        "scenario fig8",
        "trace two-way --scope small",
        "explain two-way --after stale-syn",
        "explain three-way client_receives_syn_ack",
        "assumptions two-way agreement --scope small",
        "show three-way",
        "show half-open-is-dropped",
        "check two-way half-open-is-released --scope small",
        "check four-way four-way-unmerged --scope small",
    ],
)
def test_no_line_of_what_takes_longer_is_of_mixed_language(ask: Ask, words: str) -> None:
    test_no_line_is_of_mixed_language(ask, words)


def test_english_is_noticed() -> None:
    """Catches a pattern that finds nothing."""
    assert ENGLISH_WORDS.search("three-way: agreement: holds")
    assert ENGLISH_WORDS.search("A witness of 7 steps")
    assert not ENGLISH_WORDS.search("3 步内违反 no-stale-establishment: client_receives_syn_ack, ISS 100")


def test_a_sentence_keeps_its_pattern_in_an_exception() -> None:
    """Catches ``str`` of the exception that ends a search, which is the English and no more."""
    reason = LimitReachedError(out_of_memory(2**20)).reason
    assert reason == "the memory limit of 1 MiB was reached"
    assert language("zh").tell(reason) == "达到了 1 MiB 的内存限制"
