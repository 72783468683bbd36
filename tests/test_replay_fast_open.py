"""TCP Fast Open on the kernel: the model says that a SYN which comes again has its text given again, and so it happens."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from checker.conformance.host import Sent
from checker.conformance.stimuli import Arrival
from checker.decide import Setting, decide
from checker.runs.trace import Trace
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
from model.tcp.segment import COOKIE_REQUEST, TOKEN
from properties.specification import built_in
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


def test_what_cannot_be_played_is_said() -> None:
    """Who gives no cookie is sent none, and no client here has Fast Open."""
    _, takes, *_ = of_trace(predicted("fast-open"), "server")
    opens, *_ = of_trace(predicted("fast-open"), "client")
    assert cannot(takes) == "it gives nobody a Fast Open cookie: name linux-fast-open"
    assert not cannot(takes, cookie=True)
    assert cannot(opens, cookie=True).startswith("no user of a stack here sends text")
