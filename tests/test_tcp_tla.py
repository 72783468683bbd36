"""The pairs of endpoint states that tcp.tla reaches, beside those of the lifecycle: what each has that the other has not.

tcp.tla has FIN, and no sequence numbers; its network keeps order and loses nothing. The table beside this file says what TLC
found with it.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from checker.runs.graph import searched_quotient
from model.notation.network import keeping_everything
from model.tcp.assumptions import Assumptions
from model.tcp.scope import scope_named
from properties.observe import Monitored
from properties.specification import built_in

Pairs = set[tuple[str, str]]
BEYOND_ITS_FIN = ("CLOSING", "LAST-ACK", "TIME-WAIT", "CLOSED", "LISTEN")
"""Where an endpoint can be once it has sent a FIN and received one, or when nothing is left of it."""


def theirs() -> tuple[Pairs, Pairs]:
    """Return the pairs of the opener and the listener, and those that need no reset."""
    with Path(__file__).with_name("tcp_tla.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader((line for line in file if not line.startswith("#")), delimiter="\t"))[1:]
    return {(opener, listener) for opener, listener, _ in rows}, {(a, b) for a, b, quiet in rows if quiet == "yes"}


@pytest.fixture(scope="module")
def ours() -> Pairs:
    """Return the pairs of the client and the server, of one connection."""
    system = built_in("three-way/lifecycle").build(scope_named("small,data=0"), Assumptions())
    graph, answer = searched_quotient(Monitored(keeping_everything(system)))
    assert answer.complete
    nodes: Any = graph
    return {(client, server) for client, server in nodes}


def test_what_tcp_tla_reaches_without_resets_is_reached(ours: Pairs) -> None:
    whole, quiet = theirs()
    assert (len(whole), len(quiet)) == (57, 36)
    assert quiet < ours


def test_what_only_tcp_tla_reaches_is_what_the_rfc_forbids(ours: Pairs) -> None:
    """TIME-WAIT follows both FINs (§3.10.7.4), and who opened actively does not listen after a RST (§3.10.7.3).

    tcp.tla reads note 3 of Figure 5 to say that who sends a RST enters TIME-WAIT, from any state, and who receives one LISTEN.
    """
    whole, _ = theirs()
    too_soon = {pair for pair in whole if "TIME-WAIT" in pair and not all(state in BEYOND_ITS_FIN for state in pair)}
    assert whole - ours == too_soon | {pair for pair in whole if pair[0] == "LISTEN"}


def test_what_only_the_lifecycle_reaches_is_a_server_that_listens_again(ours: Pairs) -> None:
    """It gave up or was reset, and opens passively once more (§3.10.1), which the bounds of tcp.tla leave out."""
    whole, _ = theirs()
    open_still = {"ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK"}
    assert ours - whole == {(state, "LISTEN") for state in open_still}
