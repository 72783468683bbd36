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
from model.assumptions import Assumptions
from model.handshakes import HANDSHAKES
from model.network import connect, keeping_everything
from model.scope import Scope
from properties import CLAIMS
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


def case(handshake: str, scope: Scope, assumptions: Assumptions) -> oracle.Case:
    return oracle.Case(
        handshake,
        scope.client_isns,
        scope.server_isns,
        scope.data,
        assumptions.seq_check,
        assumptions.closed_host,
        assumptions.loss,
        assumptions.duplication,
    )


@pytest.mark.parametrize(("handshake", "scope", "assumptions"), CASES, ids=str)
def test_counts_on_the_exact_network(handshake: str, scope: Scope, assumptions: Assumptions) -> None:
    found = search(Monitored(connect(HANDSHAKES[handshake](scope, assumptions).system())))
    assert found.complete
    expected = oracle.count(case(handshake, scope, assumptions), keep_only=False)
    assert (found.states, found.transitions, found.depth) == expected


@pytest.mark.parametrize("scope", [SMALL, TWO], ids=lambda scope: scope.name)
@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_counts_when_every_segment_is_kept(handshake: str, scope: Scope) -> None:
    found = search(Monitored(keeping_everything(HANDSHAKES[handshake](scope, Assumptions()).system())))
    assert found.complete
    assert (found.states, found.transitions, found.depth) == oracle.count(case(handshake, scope, Assumptions()), keep_only=True)


@pytest.mark.parametrize("seq_check", ["exact", "window"])
@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_lengths_of_shortest_traces(handshake: str, seq_check: str) -> None:
    assumptions = Assumptions(seq_check=seq_check)
    claims = [CLAIMS[name] for name in oracle.CLAIMS]
    found = {
        v.question.claim.name: v.trace and len(v.trace)
        for v in decide(SPECIFICATIONS[handshake], claims, Setting(TWO, assumptions))
    }
    asked = case(handshake, TWO, assumptions)
    assert found == {name: oracle.shortest(asked, name, keep_only=True) for name in oracle.CLAIMS}


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_keeping_everything_decides_the_same(handshake: str) -> None:
    """The reduction of model/network.py against the network written out: the same verdicts, traces of the same length."""
    setting = Setting(SMALL)
    reduced, exact = (
        [(v.outcome, v.trace and len(v.trace)) for v in decide(SPECIFICATIONS[handshake], tuple(CLAIMS.values()), s)]
        for s in (setting, replace(setting, reduction=False))
    )
    assert reduced == exact
