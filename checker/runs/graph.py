"""The state graph of a system, as a networkx MultiDiGraph, and what can be read off it.

A node is a state of the interpreter as a tuple of values in the order of the system's variables (``graph.graph["variables"]``),
an edge a step, labelled with its action and arguments. The graph comes from the reference semantics, not from an
engine, so that engines can be compared with it; it is for scopes of some ten thousand states. Its quotient by the states of
the endpoints is also had from a search (:func:`searched_quotient`), for scopes of any size that can be searched.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import networkx as nx

from checker.engine import Answer
from checker.explicit.search import explore
from checker.host.limits import Limits, Schedule
from checker.runs.trace import role_states
from model.notation.interpreter import Interpreter, State, cells, evaluate, key
from model.notation.system import TransitionSystem
from properties.observe import Monitored

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
    return lambda state: tuple(role_states(system, state).values())


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


def searched_quotient(monitored: Monitored, limits: Limits | None = None) -> tuple[Graph, Answer]:
    """Return the quotient by the states of the endpoints, and the search that found it.

    ``monitored`` has its network written out. An edge and the node it leads to have ``violates`` true where such a step
    decides a check.
    """
    found, explorer, seen = explore(monitored, limits)
    classify, actions = endpoint_states(monitored.system), monitored.system.actions
    of = [classify(explorer.state(control, 0)) for control in range(len(explorer.moves))]
    result: Graph = nx.MultiDiGraph(initial=of[explorer.initial[0]])
    for control, pools in seen.items():
        before = result.nodes[of[control]]["size"] if of[control] in result else 0
        result.add_node(of[control], size=before + len(pools), violates=False)
    for control in seen:
        here = of[control]
        led = {(of[step.control], step.action) for step in explorer.moves[control]}
        for there, action in sorted(led | {(here, action) for _, action, _ in explorer.idlers[control]}):
            if there not in result:  # beyond a limit
                continue
            name = actions[action].name
            if not result.has_edge(here, there, key=name):
                result.add_edge(here, there, key=name, action=name, violates=False)
    for control in seen:
        for _, step in explorer.decisive[control]:
            there, name = of[step.control], actions[step.action].name
            if there in result:
                result.nodes[there]["violates"] = result.edges[of[control], there, name]["violates"] = True
    if _decided_at_start(monitored):
        result.nodes[result.graph["initial"]]["violates"] = True
    return result, found


def of_each_endpoint(pairs: Graph, roles: tuple[str, ...]) -> Graph:
    """Return the states of any one endpoint and the steps between them, of a quotient by those of all ``roles``.

    This is what RFC 9293 draws in Figure 5. An action is called what it is called for an endpoint, whichever takes it; one that
    leaves the endpoint in its state is left out.
    """
    result: Graph = nx.MultiDiGraph(initial=pairs.graph["initial"][0])
    whole: Any = pairs
    for states, data in whole.nodes(data=True):
        for state in states:
            known = result.nodes.get(state, {"violates": False})
            result.add_node(state, violates=known["violates"] or data["violates"])
    for a, b, data in whole.edges(data=True):
        for role, before, after in zip(roles, a, b, strict=True):
            name = data["action"].removeprefix(f"{role}_")
            if before == after:
                continue
            violates = data["violates"] or result.get_edge_data(before, after, name, {"violates": False})["violates"]
            result.add_edge(before, after, key=name, action=name, violates=violates)
    return result


def _decided_at_start(monitored: Monitored) -> bool:
    initial = Interpreter(monitored.system).initial()
    return any(evaluate(check.at_start, initial) is True for check in monitored.checks)


def mark_violations(graph: Graph, monitored: Monitored) -> None:
    """Give nodes and edges of a state graph ``violates``: true for steps that decide a check, and where they lead."""
    for node in graph:
        graph.nodes[node]["violates"] = node == graph.graph["initial"] and _decided_at_start(monitored)
    for a, b, data in graph.edges(data=True):
        action = monitored.system.named(data["action"])
        chosen, before = cells(action, data["arguments"]), graph.nodes[a]["state"]
        formulas = [check.stop[action.name] for check in monitored.checks if action.name in check.stop]
        data["violates"] = any(evaluate(formula, before, chosen) is True for formula in formulas)
        if data["violates"]:
            graph.nodes[b]["violates"] = True
