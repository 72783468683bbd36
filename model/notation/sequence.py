"""Steps taken together: two actions as one.

:func:`merged` takes two actions out of a system and puts their sequential composition into it: one step, whose guard and
updates are those of the second after those of the first. What was between them cannot be seen or disturbed any more.
"""

from __future__ import annotations

from dataclasses import replace

from model.notation.analysis import substitute
from model.notation.expr import Expr, conj
from model.notation.system import Action, TransitionSystem, chosen_in_sequence


def in_sequence(first: Action, second: Action, name: str = "") -> Action:
    """Return the step in which ``first`` happens and then ``second``, and nothing between.

    A parameter that both have by one name is one choice, and has to be the same kind of choice: of the segment that both
    receive, for instance.
    """

    def after(e: Expr) -> Expr:
        return substitute(e, first.updates)

    return Action(
        name or f"{first.name}_and_{verb(second)}",
        guard=conj(first.guard, after(second.guard)),
        updates={**first.updates, **{variable: after(e) for variable, e in second.updates.items()}},
        parameters=chosen_in_sequence(first.parameters, second.parameters, after, f"{first.name} and {second.name}"),
        receives=first.receives or second.receives,
        sends=(*first.sends, *(tuple(map(after, segment)) for segment in second.sends)),
        events=(*first.events, *second.events),
        by=first.by,
        section=", ".join(dict.fromkeys(filter(None, (first.section, second.section)))),
        doc=f"{first.doc.removesuffix('.')}; then: {second.doc}",
        check=first.check,
    )


def merged(system: TransitionSystem, first: str, second: str) -> TransitionSystem:
    """Return the system in which two actions are one: ``first`` and then ``second``. Neither is possible alone any more."""
    one, other = system.named(first), system.named(second)
    both = in_sequence(one, other)
    return replace(
        system, actions=tuple(both if a.name == first else a for a in system.actions if a.name != second or first == second)
    )


def verb(action: Action) -> str:
    """Return what an action is called without who takes it."""
    return action.name.removeprefix(f"{action.by}_")
