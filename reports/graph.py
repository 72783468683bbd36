"""State graphs as DOT (Graphviz), GraphML and SVG.

Steps between the same two states are one edge in a picture, with a line for each action. What violates a claim is red and drawn
with thick lines, so that it is told apart without colour too. SVG is laid out by Graphviz, which has to be installed for it.
"""

from __future__ import annotations

import shutil
import subprocess
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import networkx as nx

from checker.runs.graph import Graph
from model.notation.pretty import value_text

_LABEL = 34


class NoLayoutError(Exception):
    """A picture was asked for, and the program that lays it out is not installed."""


def dot(graph: Graph, title: str) -> str:
    """Return a graph in the language of Graphviz."""
    numbers = {node: f"n{i}" for i, node in enumerate(graph)}
    lines = [
        f"digraph {_quoted(title)} {{",
        f"  label={_quoted(title)}; labelloc=t; fontname=Helvetica; rankdir=TB;",
        "  node [shape=box, style=rounded, fontname=Helvetica, fontsize=11];",
        "  edge [fontname=Helvetica, fontsize=9];",
        "  start [shape=point];",
        f"  start -> {numbers[graph.graph['initial']]};",
    ]
    lines += [f"  {numbers[node]} [{_attributes(_node(node, data))}];" for node, data in graph.nodes(data=True)]
    together: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for a, b, data in graph.edges(data=True):
        together.setdefault((numbers[a], numbers[b]), []).append(data)
    for (a, b), steps in together.items():
        lines.append(f"  {a} -> {b} [{_attributes(_edge(steps))}];")
    return "\n".join([*lines, "}"])


def _node(node: object, data: Mapping[str, Any]) -> dict[str, str]:
    attributes = {"label": _node_label(node, data)}
    if "state" in data:
        attributes["tooltip"] = "\n".join(f"{name} = {value_text(value)}" for name, value in data["state"].items())
    return attributes | (_VIOLATES if data.get("violates") else {})


def _node_label(node: object, data: Mapping[str, Any]) -> str:
    if "size" in data:
        assert isinstance(node, tuple)
        states = "1 state" if data["size"] == 1 else f"{data['size']:,} states"
        return "\n".join([*map(str, node), f"({states})"])
    return str(data.get("label", node))


def _edge(steps: list[Mapping[str, Any]]) -> dict[str, str]:
    names = dict.fromkeys(step["action"] + (" (!)" if step.get("violates") else "") for step in steps)
    label = "".join(f"  {name}  \n" for name in names)
    return {"label": label} | (_VIOLATES if any(step.get("violates") for step in steps) else {})


_VIOLATES = {"color": "#b00020", "fontcolor": "#b00020", "penwidth": "2.5"}


def _attributes(attributes: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={_quoted(value)}" for name, value in attributes.items())


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\l")
    return f'"{escaped}"'


def graphml(graph: Graph, title: str) -> str:
    """Return a graph as GraphML, an edge for each step, with texts, numbers and truth values as attributes."""
    plain: Any = nx.MultiDiGraph(name=title)
    numbers = {node: f"n{i}" for i, node in enumerate(graph)}
    for node, data in graph.nodes(data=True):
        attributes = {name: data[name] for name in ("size", "violates") if name in data}
        label = _node_label(node, data).replace("\n", " / ")
        plain.add_node(numbers[node], label=label, initial=node == graph.graph["initial"], **attributes)
        for name, value in data.get("state", {}).items():
            plain.nodes[numbers[node]][_attribute(name)] = value_text(value)
    for a, b, data in graph.edges(data=True):
        plain.add_edge(numbers[a], numbers[b], action=data["action"], violates=bool(data.get("violates")))
    return "\n".join(nx.generate_graphml(plain))


def _attribute(variable: str) -> str:
    """Return what the attribute of a node is called that has the value of a variable: with a prime where it has another."""
    return f"{variable}'" if variable.rstrip("'") in {"label", "initial", "size", "violates"} else variable


def svg(graph: Graph, title: str) -> str:
    """Return a picture of a graph. Raises :class:`NoLayoutError` where Graphviz is not installed."""
    program = shutil.which("dot")
    if program is None:
        install = "install it (on Debian: apt install graphviz), or write FILE.dot"
        raise NoLayoutError(f"SVG is laid out by Graphviz, which is not installed: {install}")
    done = subprocess.run([program, "-Tsvg"], input=dot(graph, title), capture_output=True, text=True, check=True)
    return done.stdout


FORMATS: dict[str, Callable[[Graph, str], str]] = {".dot": dot, ".graphml": graphml, ".svg": svg}
"""How a graph is written, by the ending of the file's name."""


def label_states(graph: Graph, hidden: frozenset[str]) -> None:
    """Give the nodes of a state graph a number and the values of their variables as a label, but for those ``hidden``."""
    for number, node in enumerate(graph, 1):
        data = graph.nodes[node]
        shown = (f"{name} = {value_text(value)}" for name, value in data["state"].items() if name not in hidden)
        rows = (row for text in shown for row in textwrap.wrap(text, _LABEL, subsequent_indent="    "))
        data["label"] = "\n".join([f"state {number}", *rows])
