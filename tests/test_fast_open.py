"""TCP Fast Open, cookies that expire, and whom a server serves: known results, faulty servers, and second opinions."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from model.notation.expr import Expr, literal
from model.notation.protocol import Field
from model.notation.sorts import BOOL
from model.tcp.assumptions import Assumptions
from model.tcp.composition import ATTACKED
from model.tcp.endpoint import Response, Tcb
from model.tcp.handshakes import ExpiringCookies, FastOpen
from model.tcp.handshakes.cookies import TOKENS
from model.tcp.handshakes.handshake import Handshake
from model.tcp.scope import scope_named
from model.tcp.segment import Segment
from properties.claim import Kind, exercised
from properties.specification import built_in, specification
from tests import attack_oracle
from tests.command_line import Ask
from tests.test_attackers import ASKED_FOR, CONNECTION, DATA, REPLAYED, RESET, ROUTABILITY, decided, falls
from tests.test_export import length_by_spin, needs_spin

SERVED, EXPIRED = "served-has-received", "no-expired-connection"
ALL = (CONNECTION, RESET, DATA, ROUTABILITY, ASKED_FOR, REPLAYED, SERVED)

FALLS = {
    "two-way": {REPLAYED, SERVED},  # an old SYN makes a connection, and old text with an old ACK follows it
    "three-way": set[str](),  # RFC 9293 §3.5: nothing is delivered before an ACK of this connection's ISN
    "four-way": set[str](),
    "cookies": {REPLAYED},  # the ACK that brings the token brings the text as well, each time that it comes
    "expiring-cookies": {REPLAYED},  # and until the secret changes it may come again
    "fast-open": {REPLAYED},  # RFC 7413 §2.1
}
"""Which claims about whom a server serves fall to who sees and guesses nothing, and to who only sends again."""


@pytest.mark.parametrize("attacker", ["replay", "off-path"])
@pytest.mark.parametrize("handshake", FALLS)
def test_who_is_served_twice_and_who_is_served_for_nothing(handshake: str, attacker: str) -> None:
    name = f"{handshake}/{attacker}"
    verdicts = decided(name, REPLAYED, SERVED)
    assert falls(verdicts) == FALLS[handshake]
    spec = built_in(name)
    scope = scope_named(ATTACKED[attacker].attacker.scope)  # type: ignore[union-attr]
    assert all(spec.declared(claim, scope, Assumptions()) for claim in verdicts)


@pytest.mark.parametrize("attacker", ["replay", pytest.param("off-path", marks=pytest.mark.long)])
def test_fast_open_loses_what_three_way_does_and_replayed_requests(attacker: str) -> None:
    """A cookie lets text in early, and connects nobody: no number is forged that three messages protect."""
    three_way, fast_open = (falls(decided(f"{handshake}/{attacker}", *ALL)) for handshake in ("three-way", "fast-open"))
    assert fast_open == three_way | {REPLAYED}


def test_a_guessed_cookie_has_text_of_nobody_given_to_the_user() -> None:
    """RFC 7413 §4.1.2: only the server can make a cookie, and that is all: it takes no client that has sent anything."""
    guessed = Assumptions(guesses=1)
    spec = built_in("fast-open/off-path")
    verdict = decided(spec, DATA, assumptions=guessed)[DATA]
    declared = spec.declared(DATA, scope_named("small,answers=2"), guessed)
    assert declared == verdict.outcome.value == "violated"
    assert verdict.trace is not None
    assert [step.by for step in verdict.trace.steps] == ["attacker", "server"], "its SYN, and the text that the server takes"
    assert "<SEQ=7000000><CTL=SYN><DATA=1><COOKIE=token>" in str(verdict.trace.steps[-1].received)


@pytest.mark.parametrize(("handshake", "guesses"), [("fast-open", 0), ("three-way", 1)])
def test_no_text_of_nobody_is_given_without_a_cookie(handshake: str, guesses: int) -> None:
    """Who guesses no cookie has none taken; and where text waits for the last ACK a cookie is not even looked at."""
    assert not falls(decided(f"{handshake}/off-path", DATA, assumptions=Assumptions(guesses=guesses)))


def test_a_network_that_duplicates_is_enough(ask: Ask) -> None:
    assert "violated" in ask("check", "fast-open", REPLAYED).out


def test_text_that_is_not_acknowledged_with_the_syn_comes_with_the_ack(ask: Ask) -> None:
    """RFC 7413 §4.2.2. So a server that ends early has the text twice though the network neither loses nor duplicates.

    The SYN that is sent again has no text, and the client cannot know that the one before was answered.
    """
    answer = ask("trace", "fast-open", REPLAYED, "--no-duplication", "--no-loss")
    sent = re.findall(r"<SEQ=\d+>[^ ]*", answer.out)
    assert "<SEQ=100><CTL=SYN>" in sent
    assert "<SEQ=400><ACK=101><CTL=SYN,ACK>" in sent, "it acknowledges the SYN alone"
    assert "<SEQ=101><ACK=401><CTL=ACK><DATA=1>" in sent, "what begins after the SYN has SEQ=ISS+1"


def test_a_client_that_has_no_cookie_asks_for_one_first(ask: Ask) -> None:
    """It takes a connection before: two answers are spent on what the third repeats."""
    assert "holds" in ask("check", "fast-open", REPLAYED, "--assume", "cookie=asked").out
    answer = ask("trace", "fast-open", REPLAYED, "--assume", "cookie=asked", "--scope", "default,answers=3")
    first, second = (answer.out.index(f"<COOKIE={cookie}>") for cookie in ("request", "token"))
    assert first < second


@pytest.mark.parametrize("handshake", FALLS)
@pytest.mark.parametrize("claim", [REPLAYED, SERVED])
def test_no_claim_about_service_holds_for_want_of_text(handshake: str, claim: str) -> None:
    spec = built_in(f"{handshake}/replay")
    asked = exercised(spec.claim[claim])
    assert asked.kind is Kind.REACHABILITY
    (verdict,) = decided(replace(spec, claims=(asked,)), claim).values()
    assert verdict.outcome.value == "holds"


# -- faulty servers ----------------------------------------------------------------------------------------------------


class TakesAnyCookie(FastOpen):
    """A server that looks whether there is text, and at no cookie."""

    name = "takes-any-cookie"

    def is_cookie(self, segment: Segment) -> Expr:  # noqa: ARG002  # which is the fault
        return literal(True, BOOL)


class AcceptsExpired(ExpiringCookies):
    """A server that makes new tokens, and takes the old ones as well, for ever."""

    name = "accepts-expired"

    def variables(self, tcb: Tcb) -> tuple[Field, ...]:
        former = (Field("former", TOKENS, frozenset(), outlives=True),) if tcb.listens else ()
        return (*super().variables(tcb), *former)

    def expires(self, tcb: Tcb) -> Response:
        return super().expires(tcb).set(tcb, former=tcb.read("tokens"))

    def is_token(self, tcb: Tcb, isn: Expr, token: Expr) -> Expr:
        return super().is_token(tcb, isn, token) | tcb.read("former").has(isn, token)


@pytest.mark.parametrize(
    ("right", "mutant", "attacker", "claim"),
    [
        (FastOpen, TakesAnyCookie, "off-path", SERVED),
        (FastOpen, TakesAnyCookie, "off-path", DATA),
        (ExpiringCookies, AcceptsExpired, "replay", EXPIRED),
    ],
)
def test_a_faulty_server_is_noticed(right: type[Handshake], mutant: type[Handshake], attacker: str, claim: str) -> None:
    assert not falls(decided(specification(right, ATTACKED[attacker]), claim))
    assert falls(decided(specification(mutant, ATTACKED[attacker]), claim))


# -- second opinions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("handshake", [FastOpen, ExpiringCookies, AcceptsExpired])
def test_a_second_formulation_finds_runs_as_short(handshake: type[Handshake]) -> None:
    """The same violations, and no others, in as many steps (tests/attack_oracle.py)."""
    spec = specification(handshake, ATTACKED["replay"])
    asked = [claim for claim in (CONNECTION, ASKED_FOR, REPLAYED, EXPIRED) if claim in spec.claim]
    found = {name: len(verdict.trace) for name, verdict in decided(spec, *asked).items() if verdict.trace is not None}
    assert found == attack_oracle.shortest(handshake.name)


@needs_spin
@pytest.mark.parametrize("name", ["fast-open/replay", pytest.param("fast-open/off-path", marks=pytest.mark.long)])
def test_spin_finds_a_run_as_short(name: str, tmp_path: Path) -> None:
    trace = decided(name, REPLAYED, scope=scope_named("small,answers=2"))[REPLAYED].trace
    assert trace is not None
    assert length_by_spin(name, REPLAYED, "small,answers=2", tmp_path) == len(trace)


# -- on the path ---------------------------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("handshake", ["three-way", "fast-open"])
def test_who_sees_the_numbers_has_a_request_given_twice(handshake: str) -> None:
    """Two answers are needed for that, and the usual scope of this attacker has one."""
    scope = scope_named("small,answers=2")
    assert falls(decided(f"{handshake}/on-path", REPLAYED, scope=scope)) == {REPLAYED}


@pytest.mark.parametrize("format_", ["pcapng", "packetdrill"])
def test_what_cannot_say_the_cookie_says_so(format_: str, ask: Ask, tmp_path: Path) -> None:
    """A SYN with text and without its option would be another segment."""
    answer = ask("trace", "fast-open/replay", REPLAYED, "--format", format_, "-o", str(tmp_path / "run"))
    assert answer.code == 2
    assert "the Fast Open option" in answer.err
