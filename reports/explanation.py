"""What can happen in a state, and why the rest cannot: the answer to *explain*."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import replace

from checker.runs.explain import Refusal, enabled, refusals
from checker.runs.trace import Trace, decisive_steps, ground
from model.notation.expr import conjuncts
from model.notation.interpreter import Arguments, Interpreter, State
from model.notation.network import KEPT, LOSES
from model.notation.pretty import parameter_text, pretty, row_text, segment_text, value_text
from model.notation.system import Action
from properties.claim import Claim, Kind
from properties.observe import Check, Monitored
from reports.traces.account import why_decided
from reports.width import line_width


def explanation(watched: Monitored, claims: Sequence[Claim], trace: Trace, action: Action | None = None) -> str:
    """Return what is the case after a run: the state, the actions enabled, and for each other why it is not.

    ``watched`` has the ``claims`` woven in; those that the run violates are explained too. Asked about one ``action``, of the
    system with its network written out, it says so for each choice that the action has.
    """
    interpreter = Interpreter(watched.exact)
    state = trace.end
    lines = [f"{trace.system}, after {len(trace)} steps", "", *_state(trace, state), ""]
    if action is not None:
        lines += _one(interpreter, action, state)
    else:
        lines += _every(interpreter, state)
        for claim, check in zip(claims, watched.checks, strict=True):
            lines += _claim(watched, claim, check, trace)
    return "\n".join(line.rstrip() for line in lines)


def _state(trace: Trace, state: State) -> list[str]:
    """Return the variables, those with a common prefix ("client.") on lines of their own."""
    together: dict[str, list[str]] = {}
    for name, value in state.items():
        prefix, dot, own = name.rpartition(".")
        if name in trace.observers or name == trace.network:
            continue
        together.setdefault(prefix if dot else name, []).append(f"{own} = {value_text(value)}" if dot else value_text(value))
    column = max(map(len, [*together, trace.network])) + 2
    lines: list[str] = []
    for prefix, texts in together.items():
        lines += _item(f"{prefix:<{column}}" + ", ".join(texts), 2, column)
    if trace.network:
        lines += _item(f"{trace.network:<{column}}" + (_in_flight(trace, state) or "no segment in flight"), 2, column)
    return lines


def _in_flight(trace: Trace, state: State) -> str:
    rows = state[trace.network]
    assert isinstance(rows, frozenset)
    return ", ".join(
        f"{row[0]} {segment_text(dict(zip(trace.columns, row, strict=True)), trace.format)}" for row in sorted(rows)
    )


def _item(text: str, indent: int = 2, hanging: int = 4) -> list[str]:
    inside = " " * (indent + hanging)
    return textwrap.wrap(
        text,
        line_width(),
        initial_indent=" " * indent,
        subsequent_indent=inside,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _every(interpreter: Interpreter, state: State) -> list[str]:
    can: list[str] = []
    cannot: dict[str, list[str]] = {}
    for action in interpreter.system.actions:
        choices = list(enabled(interpreter, action, state))
        can += [line for chosen in choices for line in _item(f"{action.name}{_choice(action, chosen)}")]
        if not choices:
            cannot.setdefault(_because(interpreter, action, state), []).append(action.name)
    lines = ["enabled", *(can or ["  nothing: the system is stuck"])]
    lines += ["", "not enabled"] if cannot else []
    for why, names in cannot.items():
        lines += [*_item(f"{why}:"), *_item(", ".join(names), 6, 0)]
    return lines


def _because(interpreter: Interpreter, action: Action, state: State) -> str:
    """Return why an action is not enabled: what is false whatever it chooses, or else what is for the choice nearest to it."""
    found = refusals(interpreter, action, state)
    if not found[0].reasons:
        return found[0].missing
    own = {parameter_text(name, state) for p in action.parameters for name in p.names}
    always = [r for r in found[0].reasons if all(str(r) in map(str, other.reasons) for other in found)]
    of_the_state = [r for r in always if not own & r.values.keys()]
    if always:
        return "; ".join(map(str, of_the_state or always))
    return "; ".join(map(str, found[0].reasons)) + (f" (the nearest of {len(found)} choices)" if len(found) > 1 else "")


def _one(interpreter: Interpreter, action: Action, state: State) -> list[str]:
    lines = [action.name + (f"   {action.section}" if action.section else "")]
    lines += _item(action.doc, 4, 0) if action.doc else []
    lines += ["", "  it needs"]
    for part in conjuncts(action.guard) or ("nothing",):
        lines += _item(part if isinstance(part, str) else pretty(part, variables=state), 4)
    for chosen in enabled(interpreter, action, state):
        lines += ["", *_item(f"enabled{_choice(action, chosen)}")]
    least = {KEPT: False} if any(p.name == KEPT for p in action.parameters) else None
    for refusal in refusals(interpreter, action, state, least):
        lines += ["", *_refusal(action, refusal)]
    return lines


def _choice(action: Action, chosen: Arguments) -> str:
    """Return what an action chooses, "" where it has no choice."""
    if not chosen:
        return ""
    texts = []
    for p in action.parameters:
        value = chosen[p.name]
        if isinstance(value, tuple) and (p.name == action.receives or action.name == LOSES):
            texts.append(segment_text(dict(zip([name for name, _ in p.columns], value, strict=True)), p.format))
        else:
            texts.append(f"{p.name} = {row_text(value) if isinstance(value, tuple) else value_text(value)}")
    return " with " + ", ".join(texts)


def _refusal(action: Action, refusal: Refusal) -> list[str]:
    if refusal.arguments is None:
        return _item(f"not enabled: {refusal.missing}")
    lines = _item(f"not enabled{_choice(action, refusal.arguments)}:")
    for reason in refusal.reasons:
        lines += _item(str(reason), 4)
    return lines


def _claim(watched: Monitored, claim: Claim, check: Check, trace: Trace) -> list[str]:
    """Return what it is in a run that violates a claim, or reaches its goal: the first step, and what is true there."""
    numbers = decisive_steps(watched, trace).get(claim.name)
    if numbers is None:
        return []
    found = "violates" if claim.kind is Kind.SAFETY else "reaches the goal of"
    number = numbers[0]
    why = ground(watched, check, trace, number)
    heading = f"step {number}, {trace.steps[number - 1].action}, {found}" if number else f"the initial state {found}"
    heading += f" {claim.name}:"
    lines = ["", *_item(heading, 0), *_item(f"{claim.when_stopped}.", 4, 0)]
    told = why_decided(claim, replace(trace, ground=why), number, verbose=True)
    return [*lines, *(line for said in told for line in _item(said, 4, 0))]
