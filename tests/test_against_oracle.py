"""Counts of states and transitions and lengths of traces, against a second formulation of the handshakes (tests/oracle.py).

The oracle shares no code and no notation with the model. Where both agree on hundreds of thousands of states, a slip in one
would have to be matched by the same slip in the other.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from checker.decide import Setting, decide
from checker.explicit.search import search
from model.notation.network import connect, keeping_everything
from model.tcp.assumptions import Assumptions
from model.tcp.composition import COMPOSITIONS
from model.tcp.handshakes import HANDSHAKES
from model.tcp.scope import Scope
from properties.observe import Monitored
from properties.specification import SPECIFICATIONS
from tests import oracle

SMALL = Scope("one attempt", (100,), (200,))
WRAP = Scope("one attempt, wrapping", (2**32 - 1,), (2**32 - 2,))
TWO = Scope("two attempts", (100, 200), (300, 400), data=0)

CASES = [
    *(
        (handshake, SMALL, Assumptions(seq_check=check, closed_host=closed))
        for handshake, check, closed in product(HANDSHAKES, ("exact", "window", "none"), ("resets", "silent"))
    ),
    *(
        (handshake, SMALL, Assumptions(loss=loss, duplication=duplication))
        for handshake, (loss, duplication) in product(HANDSHAKES, ((True, False), (False, True), (False, False)))
    ),
    *((handshake, WRAP, Assumptions()) for handshake in HANDSHAKES),
]


def case(model: str, scope: Scope, assumptions: Assumptions) -> oracle.Case:
    handshake, _, composition = model.partition("/")
    return oracle.Case(
        handshake,
        scope.client_isns,
        scope.server_isns,
        scope.data,
        assumptions.seq_check,
        assumptions.closed_host,
        assumptions.loss,
        assumptions.duplication,
        composition,
        assumptions.rcv_wnd,
        assumptions.rfc5961,
        assumptions.isn,
        assumptions.abort_established,
        assumptions.quiet_time,
        scope.octets,
    )


@pytest.mark.parametrize(("handshake", "scope", "assumptions"), CASES, ids=str)
def test_counts_on_the_exact_network(handshake: str, scope: Scope, assumptions: Assumptions) -> None:
    found = search(Monitored(connect(HANDSHAKES[handshake](scope, assumptions).system())))
    assert found.complete
    expected = oracle.count(case(handshake, scope, assumptions), keep_only=False)
    assert (found.counts.states, found.counts.transitions, found.counts.depth) == expected


@pytest.mark.parametrize("scope", [SMALL, TWO], ids=lambda scope: scope.name)
@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_counts_when_every_segment_is_kept(handshake: str, scope: Scope) -> None:
    found = search(Monitored(keeping_everything(HANDSHAKES[handshake](scope, Assumptions()).system())))
    assert found.complete
    assert (found.counts.states, found.counts.transitions, found.counts.depth) == oracle.count(
        case(handshake, scope, Assumptions()), keep_only=True
    )


WITH_NEIGHBOURS = Scope("neighbours", (100, 101), (300, 301), data=0)
BACK = Scope("backwards", (200, 100), (300,), data=0)
RULES = [
    Assumptions(seq_check="window"),
    Assumptions(seq_check="window", rfc5961=False),
    Assumptions(seq_check="window", rcv_wnd=0),
    Assumptions(seq_check="window", rcv_wnd=100),
    Assumptions(seq_check="none", rfc5961=False),
    Assumptions(rfc5961=False, closed_host="silent"),
]


@pytest.mark.parametrize("assumptions", RULES, ids=str)
@pytest.mark.parametrize("model", SPECIFICATIONS)
def test_counts_under_the_full_rules(model: str, assumptions: Assumptions) -> None:
    """Every composition, with numbers inside and outside the window and next to 2**32, and text where somebody sends it."""
    for scope in (SMALL, WRAP, Scope("one and two", (200,), (300, 100), data=0)):
        found = search(Monitored(keeping_everything(SPECIFICATIONS[model].build(scope, assumptions))))
        expected = oracle.count(case(model, scope, assumptions), keep_only=True)
        assert (found.counts.states, found.counts.transitions, found.counts.depth) == expected


PIECES = [
    (Scope("text of two octets", (100,), (200,), octets=2), Assumptions(seq_check="window", rcv_wnd=1)),
    (Scope("text of three octets", (100,), (200,), octets=3), Assumptions(seq_check="window", rcv_wnd=2)),
    (Scope("text of three octets, wrapping", (2**32 - 3,), (2**32 - 2,), octets=3), Assumptions(seq_check="none", rcv_wnd=1)),
    (Scope("text of two octets", (100,), (200,), octets=2), Assumptions(rcv_wnd=1, isn="unmentioned")),
]


@pytest.mark.parametrize(("scope", "assumptions"), PIECES, ids=str)
def test_text_that_lies_partly_outside_the_window_is_trimmed(scope: Scope, assumptions: Assumptions) -> None:
    """Where a text is longer than the window, and is sent again whole when part of it has been taken."""
    for model in ("three-way", "three-way/crash"):
        system = SPECIFICATIONS[model].build(scope, assumptions)
        found = search(Monitored(keeping_everything(system)))
        expected = oracle.count(case(model, scope, assumptions), keep_only=True)
        assert (found.counts.states, found.counts.transitions, found.counts.depth) == expected


@pytest.mark.parametrize("composition", [c.name for c in COMPOSITIONS.values() if c.name])
@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_counts_of_compositions_on_the_exact_network(handshake: str, composition: str) -> None:
    model, scope = f"{handshake}/{composition}", Scope("one attempt", (100,), (200,), data=0)
    found = search(Monitored(connect(SPECIFICATIONS[model].build(scope, Assumptions()))))
    assert (found.counts.states, found.counts.transitions, found.counts.depth) == oracle.count(
        case(model, scope, Assumptions()), keep_only=False
    )


def lengths(model: str, scope: Scope, assumptions: Assumptions) -> tuple[dict[str, int | None], dict[str, int | None]]:
    """Return the lengths of the shortest traces that the search finds, and those that the oracle finds."""
    spec, asked = SPECIFICATIONS[model], case(model, scope, assumptions)
    names = [name for name in oracle.claims_of(asked.composition) if name in spec.claim]
    assert len(names) >= 7
    verdicts = decide(spec, [spec.claim[name] for name in names], Setting(scope, assumptions))
    found = {v.question.claim.name: None if v.trace is None else len(v.trace) for v in verdicts}
    return found, {name: oracle.shortest(asked, name, keep_only=True) for name in names}


@pytest.mark.parametrize("seq_check", ["exact", "window"])
@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_lengths_of_shortest_traces(handshake: str, seq_check: str) -> None:
    found, expected = lengths(handshake, TWO, Assumptions(seq_check=seq_check))
    assert found == expected


@pytest.mark.parametrize("assumptions", RULES[:2], ids=str)
@pytest.mark.parametrize("model", SPECIFICATIONS)
def test_lengths_of_shortest_traces_under_the_full_rules(model: str, assumptions: Assumptions) -> None:
    found, expected = lengths(model, BACK, assumptions)
    assert found == expected


@pytest.mark.parametrize("model", ["three-way", "three-way/crash"])
def test_lengths_of_shortest_traces_with_neighbouring_isns(model: str) -> None:
    assumptions = Assumptions(isn_spacing="adjacent")
    found, expected = lengths(model, WITH_NEIGHBOURS, assumptions)
    assert found == expected


CHOSEN = ("clock", "unmentioned", "unpaired", "unacknowledged", "arbitrary")


def network_of(assumptions: Assumptions) -> bool:
    """Return whether every segment can be kept: not where the choice of an ISN asks the network."""
    return assumptions.isn not in ("unmentioned", "unpaired", "unacknowledged")


@pytest.mark.parametrize(
    ("handshake", "isn"), [(h, i) for h, i in product(HANDSHAKES, CHOSEN) if h != "four-way" or i in ("clock", "arbitrary")]
)
def test_counts_however_isns_are_chosen(handshake: str, isn: str) -> None:
    """One attempt and two answers, of which the second may repeat the first one's ISN; everything lost and kept where asked."""
    scope, assumptions = Scope("one and two", (100,), (200, 300), data=0), Assumptions(isn=isn)
    system, keep = HANDSHAKES[handshake](scope, assumptions).system(), network_of(assumptions)
    found = search(Monitored(keeping_everything(system) if keep else connect(system)))
    assert (found.counts.states, found.counts.transitions, found.counts.depth) == oracle.count(
        case(handshake, scope, assumptions), keep_only=keep
    )


WITHOUT = [
    ("three-way", Assumptions(abort_established=False)),
    ("two-way", Assumptions(abort_established=False)),
    ("three-way/listeners", Assumptions(abort_established=False)),
    ("three-way/crash", Assumptions(quiet_time=False)),
    ("three-way/server-crash", Assumptions(quiet_time=False)),
    ("three-way/server-crash", Assumptions(quiet_time=False, isn="clock", abort_established=False)),
    ("four-way/server-crash", Assumptions(quiet_time=False)),
    ("three-way/server-crash", Assumptions(quiet_time=False, isn="arbitrary")),
]


@pytest.mark.parametrize(("model", "assumptions"), WITHOUT, ids=str)
def test_counts_without_aborts_and_without_quiet_time(model: str, assumptions: Assumptions) -> None:
    for scope in (SMALL, Scope("one and two", (100,), (200, 300), data=0)):
        found = search(Monitored(keeping_everything(SPECIFICATIONS[model].build(scope, assumptions))))
        expected = oracle.count(case(model, scope, assumptions), keep_only=True)
        assert (found.counts.states, found.counts.transitions, found.counts.depth) == expected


REUSED = [
    *(("three-way", Assumptions(isn="arbitrary", seq_check=check)) for check in ("exact", "window", "none")),
    ("two-way", Assumptions(isn="arbitrary")),
    ("three-way", Assumptions(isn="arbitrary", abort_established=False)),
    ("three-way/server-crash", Assumptions(quiet_time=False)),
]


@pytest.mark.parametrize(("model", "assumptions"), REUSED, ids=str)
def test_lengths_of_shortest_traces_with_reused_isns(model: str, assumptions: Assumptions) -> None:
    found, expected = lengths(model, TWO, assumptions)
    assert found == expected


BACK_AND_BACK = Scope("backwards on both sides", (200, 100), (400, 300), data=0)
TO_ZERO = Scope("one SYN before 0", (2**32 - 2, 98), (2**32 - 1,), data=0)
BY_RFC_793 = Assumptions(seq_check="window", rfc5961=False)
ABOUT_RESETS = [
    ("three-way", TWO, Assumptions(), False),
    ("two-way", BACK, Assumptions(seq_check="none", rfc5961=False), False),
    ("three-way", BACK_AND_BACK, BY_RFC_793, True),
    ("three-way", Scope("again", (100, 200), (300,), data=0), Assumptions(isn="arbitrary"), True),
    ("four-way", TO_ZERO, Assumptions(), True),
    ("three-way/simultaneous", TO_ZERO, Assumptions(), True),
    pytest.param("three-way/listeners", BACK, BY_RFC_793, True, marks=pytest.mark.long),
]
"""Where all of them hold, and where reset-is-for-this-attempt fails, for each of the reasons that handshakes declare."""


@pytest.mark.parametrize(("model", "scope", "assumptions", "fails"), ABOUT_RESETS, ids=str)
def test_lengths_of_claims_about_resets(model: str, scope: Scope, assumptions: Assumptions, *, fails: bool) -> None:
    spec = SPECIFICATIONS[model]
    verdicts = decide(spec, [spec.claim[name] for name in oracle.ABOUT_RESETS], Setting(scope, assumptions))
    found = {v.question.claim.name: None if v.trace is None else len(v.trace) for v in verdicts}
    assert found == oracle.shortest_of_each(case(model, scope, assumptions), oracle.ABOUT_RESETS, keep_only=True)
    assert {name for name, length in found.items() if length} == ({"reset-is-for-this-attempt"} if fails else set())


@pytest.mark.parametrize("isn", ["unmentioned", "unpaired", "unacknowledged"])
def test_lengths_where_the_choice_of_isns_asks_the_network(isn: str) -> None:
    """Every loss and duplication is written out in both."""
    scope, assumptions = Scope("one and two", (100,), (200, 300), data=0), Assumptions(isn=isn, seq_check="none")
    spec, asked = SPECIFICATIONS["three-way"], case("three-way", scope, assumptions)
    for name in ("agreement", "no-stale-establishment", "one-connection-per-attempt"):
        (verdict,) = decide(spec, [spec.claim[name]], Setting(scope, assumptions))
        length = None if verdict.trace is None else len(verdict.trace)
        assert length == oracle.shortest(asked, name, keep_only=False), name


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_keeping_everything_decides_the_same(handshake: str) -> None:
    """Keeping every segment against the network written out: the same verdicts, traces of the same length."""
    setting = Setting(SMALL)
    reduced, exact = (
        [(v.outcome, v.trace and len(v.trace)) for v in decide(SPECIFICATIONS[handshake], SPECIFICATIONS[handshake].claims, s)]
        for s in (setting, replace(setting, reduction=False))
    )
    assert reduced == exact
