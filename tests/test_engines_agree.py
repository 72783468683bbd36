"""Search and bounded model checking find counterexamples of the same length, and the state graph confirms the search."""

from __future__ import annotations

from functools import cache

import pytest

from checker.decide import Setting, decide
from checker.explicit.search import search
from checker.host.limits import Limits
from checker.runs.graph import endpoint_states, quotient, shortest_witness, state_graph
from checker.verdict import Outcome, Verdict
from model.notation.interpreter import evaluate
from model.notation.network import keeping_everything
from model.tcp.assumptions import Assumptions
from model.tcp.handshakes import HANDSHAKES
from model.tcp.scope import SCOPES
from properties import CLAIMS
from properties.observe import Monitored
from properties.specification import SPECIFICATIONS

DEFAULT = SCOPES["default"]


@cache
def by_search(handshake: str, seq_check: str) -> dict[str, Verdict]:
    setting = Setting(DEFAULT, Assumptions(seq_check=seq_check))
    return {v.question.claim.name: v for v in decide(SPECIFICATIONS[handshake], SPECIFICATIONS[handshake].claims, setting)}


def shortest(handshake: str, seq_check: str) -> list[tuple[str, str, str, int]]:
    lengths = {name: v.trace for name, v in by_search(handshake, seq_check).items()}
    return [(handshake, seq_check, name, len(trace)) for name, trace in lengths.items() if trace is not None]


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_the_same_minimal_depth(handshake: str) -> None:
    """Z3 chooses ISNs from all 2**32; it must find each counterexample at the depth that the search found, and none sooner."""
    for _, seq_check, claim, length in shortest(handshake, "exact"):
        if length > 8:
            continue  # each further step takes two to five times as long: ARCHITECTURE.md says what was found by hand
        setting = Setting(DEFAULT, Assumptions(seq_check=seq_check), "bmc", Limits(depth=length))
        (verdict,) = decide(SPECIFICATIONS[handshake], [CLAIMS[claim]], setting)
        assert verdict.trace is not None, claim
        assert len(verdict.trace) == length, claim


def test_bounded_search_never_says_holds() -> None:
    """That nothing was found up to a depth is not that there is nothing."""
    claim = CLAIMS["agreement"]
    (verdict,) = decide(SPECIFICATIONS["three-way"], [claim], Setting(DEFAULT, engine="bmc", limits=Limits(depth=6)))
    assert (verdict.outcome, verdict.counts.depth, verdict.exercised) == (Outcome.UNKNOWN, 6, True)


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_the_state_graph(handshake: str) -> None:
    """The graph comes from the reference semantics; the search must count the same and find a witness of the same length."""
    system = keeping_everything(HANDSHAKES[handshake](SCOPES["small"], Assumptions()).system())
    graph = state_graph(system)
    found = search(Monitored(system))
    assert (len(graph), graph.number_of_edges()) == (found.counts.states, found.counts.transitions)
    (verdict,) = decide(SPECIFICATIONS[handshake], [CLAIMS["connection-possible"]], Setting(SCOPES["small"]))
    view = system.views
    goal = (
        view["client"].established
        & view["server"].established
        & (view["client"].irs == view["server"].iss)
        & (view["server"].irs == view["client"].iss)
    )
    witness = shortest_witness(graph, lambda state: evaluate(goal, state) is True)
    assert witness is not None
    assert verdict.trace is not None
    assert len(witness) == len(verdict.trace)
    pairs = quotient(graph, endpoint_states(system))
    assert pairs.graph["initial"] == ("CLOSED", "CLOSED")
    assert ("ESTABLISHED", "ESTABLISHED") in pairs
