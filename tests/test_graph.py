"""State graphs: the quotient of the search, and what DOT, GraphML and SVG say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import networkx as nx
import pytest

from checker.explicit.search import search
from checker.runs.graph import endpoint_states, mark_violations, quotient, searched_quotient, state_graph
from model.notation.network import keeping_everything
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from properties import CLAIMS
from properties.claim import monitored
from properties.observe import Monitored
from properties.specification import SPECIFICATIONS
from tests.command_line import Ask
from tests.models import TUTORIALS, model

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", [*SPECIFICATIONS, "mutual_exclusion.py", "alternating_bit.py:in-order"])
def test_the_quotient_of_the_search_is_that_of_the_state_graph(name: str) -> None:
    """The one comes from the compiled search, the other from the interpreter and networkx."""
    spec = model(name)
    system = keeping_everything(spec.build(SCOPES["small"], Assumptions()))
    from_search, found = searched_quotient(Monitored(system))
    from_graph = quotient(state_graph(system), endpoint_states(system))
    assert found.complete
    sizes = [{node: data["size"] for node, data in graph.nodes(data=True)} for graph in (from_search, from_graph)]
    assert sizes[0] == sizes[1]
    assert set(from_search.edges(keys=True)) == set(from_graph.edges(keys=True))
    assert from_search.graph["initial"] == from_graph.graph["initial"]


def test_graphml_is_read_by_networkx(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "two-way.graphml"
    words = ("graph", "two-way", "--no-quotient", "--scope", "small", "--claim", "agreement", "-o", str(path))
    assert ask(*words).code == 0
    graph = nx.read_graphml(path, force_multigraph=True)
    system = keeping_everything(
        monitored(SPECIFICATIONS["two-way"].build(SCOPES["small"], Assumptions()), [CLAIMS["agreement"]]).system
    )
    every = search(Monitored(system))
    assert (len(graph), graph.number_of_edges()) == (every.counts.states, every.counts.transitions)
    wrong = [data["action"] for _, _, data in graph.edges(data=True) if data["violates"]]
    assert set(wrong) == {"server_receives_syn"}


def test_without_graphviz_the_command_says_what_to_install(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = ask("graph", "two-way", "--claim", "no-stale-establishment", "-o", str(tmp_path / "two-way.svg"))
    assert answer.code == 2
    assert "install it (on Debian: apt install graphviz)" in answer.err


def test_a_grid_has_a_node_for_each_of_the_quotient_and_needs_no_graphviz(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How many states there are, and where a violation leads, is known from the interpreter's graph."""
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "grid.svg"
    assert ask("graph", "two-way", "--scope", "small", "--claim", "agreement", "--grid", "-o", str(path)).code == 0
    watched = monitored(SPECIFICATIONS["two-way"].build(SCOPES["small"], Assumptions()), [CLAIMS["agreement"]])
    plain = keeping_everything(watched.system)
    whole = state_graph(plain)
    mark_violations(whole, Monitored(plain, watched.checks))
    pair = endpoint_states(plain)
    expected = quotient(whole, pair)
    drawn = ET.parse(path).getroot()  # noqa: S314  # written above
    counts = [int(str(text.text).replace(",", "")) for text in drawn.iter(f"{SVG}text") if text.get("class") == "count"]
    assert Counter(counts) == Counter(data["size"] for _, data in expected.nodes(data=True))
    states = {node: pair(data["state"]) for node, data in whole.nodes(data=True)}
    wrong = {(states[a], states[b]) for a, b, data in whole.edges(data=True) if data["violates"]}
    assert len([move for move in drawn.iter(f"{SVG}path") if move.get("class") == "move bad"]) == len(wrong) > 0
    said = [text.text for text in drawn.iter(f"{SVG}text") if text.get("class") == "role"]
    assert said[-1] == "two-way: states of the endpoints; scope small; red and dashed: steps that violate agreement"


def test_a_grid_is_of_any_two_endpoints_and_printed_unless_it_is_written(ask: Ask) -> None:
    """Peterson's states are none of TCP's: they stand in the order in which they are reached."""
    answer = ask("graph", str(TUTORIALS / "mutual_exclusion.py"), "--grid")
    across = [text.text for text in ET.fromstring(answer.out).iter(f"{SVG}text") if text.get("class") == "across"]  # noqa: S314
    assert across == ["idle", "interested", "waiting", "critical"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("two-way", "-o", "grid.dot"), "a grid is SVG: write FILE.svg"),
        (("two-way", "--no-quotient"), "a grid has one node for each combination of endpoint states: leave out --no-quotient"),
    ],
)
def test_what_is_no_grid_is_refused(ask: Ask, words: tuple[str, ...], said: str) -> None:
    answer = ask("graph", *words, "--grid")
    assert (answer.code, answer.out, answer.err) == (2, "", f"synproof: {said}\n")


@pytest.mark.needs("dot")
def test_dot_is_what_graphviz_reads(ask: Ask, tmp_path: Path) -> None:
    """SVG is Graphviz's reading of the DOT."""
    path = tmp_path / "two-way.svg"
    assert ask("graph", "two-way", "--claim", "no-stale-establishment", "-o", str(path)).code == 0
    namespace = "{http://www.w3.org/2000/svg}"
    root = ET.parse(path).getroot()  # noqa: S314  # our own file
    groups = Counter(group.get("class") for group in root.iter(f"{namespace}g"))
    assert groups["node"] == 9 + 1  # the pairs of two-way, and the arrow's beginning
    texts = {element.text for element in root.iter(f"{namespace}text")}
    assert {"SYN-SENT", "ESTABLISHED", "server_receives_syn (!)"} <= {text.strip() for text in texts if text}


def test_the_violating_states_of_a_quotient_are_those_of_the_state_graph(ask: Ask) -> None:
    watched = monitored(SPECIFICATIONS["two-way"].build(SCOPES["small"], Assumptions()), [CLAIMS["agreement"]])
    exact = Monitored(keeping_everything(watched.system), watched.checks)
    drawn, _ = searched_quotient(exact)
    graph = state_graph(exact.system)
    mark_violations(graph, exact)
    classify = endpoint_states(exact.system)
    marked = {classify(data["state"]) for _, data in graph.nodes(data=True) if data["violates"]}
    assert marked
    assert {node for node, data in drawn.nodes(data=True) if data["violates"]} == marked
