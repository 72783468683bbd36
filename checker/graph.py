"""The state graph of a scope, as a networkx MultiDiGraph, and what can be read off it.

A node is a state of the interpreter as a tuple of values in the order of the system's variables (``graph.graph["variables"]``),
an edge a step, labelled with its action and arguments. The graph comes from the reference semantics, not from an
engine, so that engines can be compared with it; it is for scopes of some ten thousand states.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import networkx as nx

from checker.limits import Schedule
from model.interpreter import Interpreter, State, evaluate, key
from model.system import TransitionSystem

if TYPE_CHECKING:
    Graph = nx.MultiDiGraph[Hashable]
else:
    Graph = nx.MultiDiGraph


class GraphTooLargeError(Exception):
    """The graph has more states than were allowed."""


def state_graph(system: TransitionSystem, max_states: int = 100_000) -> Graph:
    """Return the graph of the states that ``system`` (its network written out) can reach.

    The initial state is ``graph.graph["initial"]``. Raises :class:`GraphTooLargeError` beyond ``max_states``.
    """
    interpreter = Interpreter(system)
    initial = interpreter.initial()
    graph: Graph = nx.MultiDiGraph(variables=tuple(system.sorts), initial=key(initial))
    graph.add_node(key(initial), state=initial)
    waiting: deque[State] = deque([initial])
    while waiting:
        state = waiting.popleft()
        for step in interpreter.steps(state):
            if key(step.state) not in graph:
                if len(graph) >= max_states:
                    raise GraphTooLargeError(f"{system.name} has more than {max_states} states in this scope")
                graph.add_node(key(step.state), state=step.state)
                waiting.append(step.state)
            graph.add_edge(key(state), key(step.state), action=step.action, arguments=step.arguments)
    return graph


def shortest_witness(graph: Graph, goal: Callable[[State], bool]) -> Schedule | None:
    """Return a shortest run from the initial state to a state that meets ``goal``, or None where none does."""
    distances = nx.single_source_shortest_path(graph, graph.graph["initial"])
    paths = [path for node, path in distances.items() if goal(graph.nodes[node]["state"])]
    if not paths:
        return None
    path = min(paths, key=len)
    edges = (graph.get_edge_data(a, b)[0] for a, b in pairwise(path))
    return tuple((edge["action"], edge["arguments"]) for edge in edges)


def endpoint_states(system: TransitionSystem) -> Callable[[State], tuple[str, ...]]:
    """Return the function that maps a state to the state of each role's endpoint, for :func:`quotient`."""
    return lambda state: tuple(str(evaluate(view.state, state)) for view in system.views.values())


def endpoint_pairs(graph: Graph, system: TransitionSystem) -> list[tuple[tuple[str, ...], int, list[tuple[str, ...]]]]:
    """Return, for each combination of endpoint states, how many states have it and which others a step leads to."""
    pairs: Any = quotient(graph, endpoint_states(system))
    return [(pair, pairs.nodes[pair]["size"], sorted(set(pairs.successors(pair)) - {pair})) for pair in sorted(pairs)]


def quotient(graph: Graph, classes: Callable[[State], Hashable]) -> Graph:
    """Return the graph of classes of states: one edge for each action that leads from one class to another (or the same).

    A node's ``size`` is how many states it stands for.
    """
    result: Graph = nx.MultiDiGraph(initial=classes(graph.nodes[graph.graph["initial"]]["state"]))
    of = {node: classes(data["state"]) for node, data in graph.nodes(data=True)}
    for label in of.values():
        result.add_node(label, size=result.nodes[label]["size"] + 1 if label in result else 1)
    for a, b, data in graph.edges(data=True):
        result.add_edge(of[a], of[b], key=data["action"], action=data["action"])
    return result
