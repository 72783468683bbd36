"""A run as data: a JSON record of all there is to know of it, and the trace format of the TLA+ family.

The JSON record is this project's own; JSON.md says what its fields are. ITF (*informal trace format*, Apalache's ADR 015) is
what Apalache and Quint write and other tools read: the states, each with the values of all variables. An integer is written as
``{"#bigint": "..."}``, a set as ``{"#set": [...]}``, a tuple as ``{"#tup": [...]}``; a lasso has a ``loop``, the index of the
state to which the last one goes on.
"""

from __future__ import annotations

import json
from typing import Any

from checker.export.names import Names
from checker.runs.trace import Header
from checker.scenarios.scenario import TRACE
from model.notation.interpreter import Argument, State
from model.notation.sorts import Value
from reports.traces.account import Account
from reports.traces.journeys import Journey, journeys

VERSION = 1
"""Of the JSON record; it grows by one when a field changes its meaning or goes away."""


def as_json(account: Account) -> str:
    """Return the record, as text."""
    return json.dumps(record(account), indent=2, ensure_ascii=False) + "\n"


def record(account: Account) -> dict[str, Any]:
    """Return the record of a run, for ``json.dumps``."""
    trace = account.trace
    steps = []
    for number, step in enumerate(trace.steps, 1):
        before = trace.before(number - 1)
        steps.append(
            {
                "number": number,
                "action": step.action,
                "by": step.by,
                "section": step.section,
                "doc": step.doc,
                "arguments": {name: _plain(value) for name, value in step.arguments.items()},
                "received": _segment(step.received),
                "kept": step.kept,
                "lost": _segment(step.lost),
                "sent": [_segment(header) for header in step.sent],
                "states": dict(step.states),
                "changed": {name: _plain(value) for name, value in step.state.items() if value != before[name]},
            }
        )
    why = trace.ground
    return {
        "format": TRACE,
        "version": VERSION,
        "system": trace.system,
        "title": account.title,
        "says": list(account.says),
        "ends": list(account.ends),
        "setting": dict(account.setting),
        "assumptions": dict(account.assumed),
        "roles": list(trace.roles),
        "columns": list(trace.columns),
        "initial": {
            "states": dict(trace.initial_states),
            "values": {name: _plain(value) for name, value in trace.initial.items()},
        },
        "loop": trace.loop,
        "steps": steps,
        "segments": [_journey(j) for j in journeys(trace)],
        "ground": None
        if why is None
        else {
            "state": len(trace) - (not why.after),
            "reasons": [
                {"formula": r.formula, "holds": r.holds, "values": {n: _plain(v) for n, v in r.values.items()}}
                for r in why.facts
            ],
        },
        "claims": [{"claim": c.name, "kind": c.kind.value, "decided": list(c.decides)} for c in account.claims],
        "scenario": dict(account.record) or None,
        "provenance": dict(account.provenance) or None,
    }


def _segment(header: Header | None) -> dict[str, Any] | None:
    return None if header is None else {**{name: _plain(cell) for name, cell in header.cells.items()}, "old": header.old}


def _journey(j: Journey) -> dict[str, Any]:
    return {
        "segment": str(j.header),
        "from": j.source,
        "to": j.destination,
        "departs": j.departs,
        "ends": j.ends,
        "fate": j.fate.value,
        "again": j.again,
        "old": j.header.old,
    }


def _plain(value: Argument) -> Any:  # noqa: ANN401  # what JSON has for it
    if isinstance(value, frozenset):
        return [list(row) for row in sorted(value)]
    return list(value) if isinstance(value, tuple) else value


def as_itf(account: Account) -> str:
    """Return the run in ITF, as text. Variables are spelt as in TLA+; each state's ``#meta`` has the step that led to it."""
    return json.dumps(itf(account), indent=2, ensure_ascii=False) + "\n"


def itf(account: Account) -> dict[str, Any]:
    """Return the run in ITF, for ``json.dumps``."""
    trace = account.trace
    spelt = Names("")
    names = {name: spelt.new(name) for name in trace.initial}
    metas: list[dict[str, Any]] = [{"index": 0}]
    for index, step in enumerate(trace.steps, 1):
        arguments = {name: _plain(value) for name, value in step.arguments.items()}
        metas.append({"index": index, "action": step.action, "arguments": arguments})
    states = [trace.initial, *(step.state for step in trace.steps)]
    meta = {
        "format": "ITF",
        "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
        "source": trace.system,
        "description": account.title,
        "variables": {new: old for old, new in names.items() if new != old},
    }
    result: dict[str, Any] = {"#meta": meta, "params": [], "vars": list(names.values()), "states": []}
    result["states"] = [{"#meta": about, **_itf_state(state, names)} for about, state in zip(metas, states, strict=True)]
    if trace.loop is not None:
        result["loop"] = trace.loop
    return result


def _itf_state(state: State, names: dict[str, str]) -> dict[str, Any]:
    return {names[name]: itf_value(value) for name, value in state.items()}


def itf_value(value: Value | tuple[Value, ...]) -> Any:  # noqa: ANN401  # what JSON has for it
    """Return a value as ITF writes it."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, frozenset):
        return {"#set": [itf_value(row) for row in sorted(value)]}
    if isinstance(value, tuple):
        return {"#tup": [itf_value(cell) for cell in value]}
    return {"#bigint": str(value)}
