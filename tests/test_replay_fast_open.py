"""TCP Fast Open on the kernel: the model says that a SYN which comes again has its text given again, and so it happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from checker.conformance.host import Sent
from checker.conformance.stimuli import Arrival
from checker.decide import Setting, decide
from checker.runs.trace import Trace
from checker.scenarios import scenario as scenarios
from checker.scenarios.player import play as played_by_the_model
from checker.stacks.adapters import ADAPTERS
from checker.stacks.deeds import of_answer, of_trace
from checker.stacks.explaining import endpoint, explained
from checker.stacks.playing import Verdict, cannot, play, ports
from checker.stacks.replaying import Found, replayed
from checker.stacks.runs import of_run
from checker.stacks.stack import Stack, StackError, datagram
from model.tcp.assumptions import Assumptions
from model.tcp.handshakes.facing import FacingAssumptions
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.scope import scope_named
from model.tcp.segment import COOKIE_REQUEST, NO_COOKIE, TOKEN
from properties.specification import built_in
from tests.command_line import Ask
from tests.test_replay import broken

ASSUMED = FacingAssumptions()
ADAPTER = ADAPTERS["linux-fast-open"]
OPTION = b"\x22\x0a"
"""How the Fast Open option begins that has a cookie of eight octets, as Linux's (RFC 7413 §4.1.1)."""


@cache
def predicted(handshake: str) -> Trace:
    spec = built_in(handshake)
    (verdict,) = decide(spec, [spec.claim["no-replayed-request"]], Setting(scope_named("default"), Assumptions()))
    assert verdict.trace is not None
    return verdict.trace


@pytest.fixture
def kernel() -> Iterator[Stack]:
    try:
        with ADAPTER.running() as stack:
            yield stack
    except StackError as error:
        pytest.skip(f"Linux was not run: {error}")


def found(stack: Stack, handshake: str) -> Found:
    runs = of_run(handshake, predicted(handshake), ["server"])
    (one,) = replayed(stack, ADAPTER, runs, ports(), ASSUMED)
    return one


def test_the_option_is_written_as_the_rfc_has_it() -> None:
    """RFC 7413 §4.1.1: kind 34, a length that counts itself and the kind, and the cookie, which a request has not."""
    asks, has = Sent("SYN", 5, 0, cookie=COOKIE_REQUEST), Sent("SYN", 5, 0, 1, TOKEN)
    assert datagram(asks, (1, 2), outgoing=False)[32:][:1] == b"\x60"  # six words of header
    assert datagram(asks, (1, 2), outgoing=False)[40:] == b"\x22\x02\x01\x01"
    assert datagram(has, (1, 2), outgoing=False, cookie=b"12345678")[40:] == b"\x22\x0a12345678\x01\x01\x00"


def test_a_syn_that_comes_again_has_its_text_read_again_by_the_user(kernel: Stack) -> None:
    """The same octets arrive twice, and twice there is a connection whose user reads the text before any ACK has come."""
    one = found(kernel, "linux-fast-open")
    assert (one.played.verdict, one.played.why) == (Verdict.CONFORMS, "")
    assert [deed.given for deed in one.run.deeds if deed.arrives] == [1, 1]
    first, second = (passed.octets for passed in one.played.wire if not passed.outgoing)
    assert first == second
    assert OPTION + kernel.cookie in first
    answers = [passed.segment for passed in one.played.wire if passed.segment.ctl == "SYN,ACK"]
    assert [answer.ack for answer in answers] == [102, 102]  # the SYN is 100, and its octet of text 101
    assert answers[0].seq != answers[1].seq


def test_by_the_rfc_alone_the_same_but_for_what_has_a_name(kernel: Stack) -> None:
    one = found(kernel, "fast-open")
    assert (one.played.number, one.names) == (0, ("aborts-with-ack",))


def test_without_the_cookie_no_text_is_given(kernel: Stack) -> None:
    """That it is given is by the cookie that the kernel has made: another of its length does nothing."""
    kernel.cookie = bytes(one ^ 1 for one in kernel.cookie)
    differs = found(kernel, "linux-fast-open").played.differs[0]
    assert (differs.deed.number, differs.given, [answer.ack for answer in differs.sent]) == (3, 0, [101])


def test_text_that_the_rfc_would_not_give_has_a_name(kernel: Stack) -> None:
    """RFC 9293 takes the SYN alone (its text is sent again), and the kernel gives it to the user."""
    host = endpoint(ThreeWay, ASSUMED, 1)
    listens = host.does(host.read("listens"), host.initial())
    takes = next(host.answers(Sent("SYN", 3_000_000_000, 0, 1, TOKEN), listens.after, Arrival(())))
    (differs,) = play(kernel, [of_answer(1, listens), of_answer(2, takes)], ports()).differs
    assert (differs.deed.given, differs.given) == (0, 1)
    assert [one.name for one in explained(differs, ADAPTER.known, ASSUMED).deviations] == ["gives-text-with-syn"]


def test_a_user_who_is_given_nothing_is_found(kernel: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The segments are right and so are the states: what is missing is the text."""
    assert kernel.version
    with broken(tmp_path, monkeypatch, ADAPTER.name, "self.given += octets", "pass").running() as stack:
        one = found(stack, "linux-fast-open")
    assert (one.played.verdict, one.named) == (Verdict.DEVIATES, False)
    assert (one.played.differs[0].deed.given, one.played.differs[0].given) == (1, 0)


def test_the_kernel_as_client_does_what_random_runs_have(ask: Ask, kernel: Stack, tmp_path: Path) -> None:
    """Runs by chance of all that the kernel is known to do, with a cookie from before and without one."""
    assert kernel.version
    kept = [str(tmp_path / f"{seed}.json") for seed in range(1, 9)]
    for seed, file in enumerate(kept):
        cookie = "asked" if seed % 2 else "held"
        words = ["--seed", str(seed), "--steps", "20", "--assume", f"cookie={cookie}", "--format", "json", "-o", file]
        assert ask("simulate", "linux-fast-open", *words).code == 0
    records = json.loads(ask("replay", *kept, "--on", ADAPTER.name, "--as", "client", "--json").out)
    assert {record["verdict"] for record in records} == {"conforms"}
    steps = [step for file in kept for step in json.loads(Path(file).read_text(encoding="utf-8"))["steps"]]
    asked_and_had = {
        (sent["cookie"], bool(sent["data"])) for step in steps if step["action"] == "client_opens" for sent in step["sent"]
    }
    assert {("request", False), ("token", True)} <= asked_and_had


ASKS = [
    *("server_listens", "client_opens", "server_receives_syn", "client_receives_syn_ack", "client_aborts"),
    *("server_is_reset_in_syn_received", "client_opens", "server_takes_text_with_syn"),
]


def test_a_client_asks_for_a_cookie_and_sends_text_with_it_the_next_time(ask: Ask, kernel: Stack, tmp_path: Path) -> None:
    """RFC 7413 §4.1.3, time after time: each time with somebody of whom the kernel has no cookie yet."""
    kept = tmp_path / "asked.json"
    words = ["--assume", "cookie=asked", "--scope", "default,answers=3", "--format", "json", "-o", str(kept)]
    assert ask("trace", "linux-fast-open", "no-replayed-request", *words).code == 0
    spec = built_in("linux-fast-open").under({"cookie": "asked"})
    trace = played_by_the_model(scenarios.read(str(kept)), spec, Assumptions()).trace
    assert [step.action for step in trace.steps][: len(ASKS)] == ASKS
    at = ports()
    kernel.strangers = 251  # of 254 addresses, three are left
    for _ in range(3):
        (one,) = replayed(kernel, ADAPTER, of_run("asked", trace, ["client"]), at, ASSUMED)
        assert (one.played.verdict, one.played.why) == (Verdict.CONFORMS, "")
        first, second = (passed.octets[40:] for passed in one.played.wire if passed.segment.ctl == "SYN")
        assert b"\x22\x02" in first  # RFC 7413 §4.1.1: a request has no cookie
        assert OPTION + kernel.cookie in second
        assert second.endswith(b"\0")  # its octet of text
    (one,) = replayed(kernel, ADAPTER, of_run("asked", trace, ["client"]), at, ASSUMED)
    assert one.played.why == "it has met somebody at each address: play this run by a command of its own"


LEFT = {
    "models": ["linux-fast-open"],
    "isns": {"A": [100], "B": [300]},
    "steps": [
        {"action": "server_listens"},
        {"action": "client_opens", "with_data": True},
        {"action": "server_takes_text_with_syn", "at_once": False},
        {"deliver": {"ctl": "SYN,ACK"}},
    ],
}


def test_what_a_syn_ack_leaves_of_the_text_goes_with_the_ack(kernel: Stack, tmp_path: Path) -> None:
    """RFC 7413 §4.2.2: the server took the SYN alone."""
    file = tmp_path / "left.json"
    file.write_text(json.dumps(LEFT), encoding="utf-8")
    trace = played_by_the_model(scenarios.read(str(file)), built_in("linux-fast-open"), Assumptions()).trace
    (one,) = replayed(kernel, ADAPTER, of_run("left", trace, ["client"]), ports(), ASSUMED)
    assert (one.played.verdict, one.played.why) == (Verdict.CONFORMS, "")
    sent = [(segment.ctl, segment.data) for outgoing, segment in one.played.exchanged if outgoing]
    assert sent == [("SYN", 1), ("ACK", 1)]


def test_a_client_that_sends_no_text_with_its_syn_is_found(
    kernel: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kernel.version
    with broken(tmp_path, monkeypatch, ADAPTER.name, "if octets:", 'if octets == "0":').running() as stack:
        (one,) = replayed(stack, ADAPTER, of_run("it", predicted("linux-fast-open"), ["client"]), ports(), ASSUMED)
    assert (one.played.verdict, one.named) != (Verdict.CONFORMS, True)


def test_what_cannot_be_played_is_said() -> None:
    """Who gives no cookie is sent none, and asks for none."""
    _, takes, *_ = of_trace(predicted("fast-open"), "server")
    opens, *_ = of_trace(predicted("fast-open"), "client")
    for deed in (takes, opens):
        assert cannot(deed) == "it has no TCP Fast Open: name linux-fast-open"
        assert not cannot(deed, cookie=True)
    plain = replace(opens, expected=tuple(replace(segment, cookie=NO_COOKIE) for segment in opens.expected))
    assert cannot(plain, cookie=True) == "no user of a stack sends text with its SYN but by TCP Fast Open"
