"""Why an action is not enabled in a state: for each choice it has, the parts of its guard that are false there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from model.notation.expr import conj, conjuncts
from model.notation.interpreter import Arguments, Interpreter, State, cells, evaluate
from model.notation.reasons import Reason, reasons
from model.notation.said import said
from model.notation.system import Action


@dataclass(frozen=True, slots=True)
class Refusal:
    """A choice that an action does not have. Without arguments there is nothing it could choose: ``missing`` says what."""

    action: str
    arguments: Arguments | None
    reasons: tuple[Reason, ...] = ()
    missing: str = ""

    def __str__(self) -> str:
        why = self.missing or "; ".join(map(str, self.reasons))
        return f"{self.action} is not enabled: {why}"


def enabled(interpreter: Interpreter, action: Action, state: State, given: Arguments | None = None) -> Iterator[Arguments]:
    """Yield the arguments with which an action may happen; those ``given`` are not chosen."""
    return (a for a in interpreter.choices(action, state, given) if interpreter.enabled(action, state, a))


def refusals(interpreter: Interpreter, action: Action, state: State, given: Arguments | None = None) -> list[Refusal]:
    """Return why the action may not happen, for each choice that it lacks, those that lack least first."""
    found: list[tuple[int, Refusal]] = []
    choices = list(interpreter.choices(action, state, given))
    if not choices:
        return [Refusal(action.name, None, missing=_missing(action, state))]
    for arguments in choices:
        values = cells(action, arguments)
        false = [part for part in conjuncts(action.guard) if evaluate(part, state, values) is not True]
        if false:
            found.append((len(false), Refusal(action.name, arguments, reasons(conj(*false), state, values))))
    return [refusal for _, refusal in sorted(found, key=lambda pair: pair[0])]


def _missing(action: Action, state: State) -> str:
    for p in action.parameters:
        if p.source is not None and not evaluate(p.source, state):
            return said("{source} is empty, so there is no {name} to take from it", source=str(p.source), name=p.name)
    return "it has nothing to choose from"
