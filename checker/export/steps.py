"""The steps of a system one by one: for every action and every choice of its parameters, when it may happen and what it does.

That two choices lead to the same state does not make them one step: each enabled pair of an action and its arguments is a
transition, in every engine. Choices whose guard can never be true are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod

from checker.export.folding import Cells, Folder
from model.notation.expr import FALSE, TRUE, Expr, literal
from model.notation.interpreter import Argument
from model.notation.sorts import NotationError
from model.notation.system import Action, Parameter
from properties.observe import Monitored

MOST = 200_000
"""How many choices of an action's parameters are tried before it is refused."""


@dataclass(frozen=True, slots=True)
class Instance:
    """An action with its arguments; ``cells`` are these by the names that formulas use.

    ``guard`` and ``stops`` are folded; ``stops`` has by claim the condition under which the step decides it.
    """

    action: Action
    arguments: Mapping[str, Argument]
    cells: Cells
    guard: Expr
    stops: Mapping[str, Expr]


def instances(monitored: Monitored, folder: Folder) -> Iterator[Instance]:
    """Yield every step that can happen, in the order of the actions and of their choices.

    Raises :class:`~model.notation.sorts.NotationError` for an action whose parameters have more than :data:`MOST` choices.
    """
    for action in monitored.system.actions:
        choices = [tuple(_choices(p, folder)) for p in action.parameters]
        if prod(map(len, choices)) > MOST:
            raise NotationError(
                f"action {action.name} cannot be exported to Promela: its parameters have more than {MOST} choices, and each "
                "is written out; use smaller sorts, or TLA+"
            )
        for chosen in product(*choices):
            arguments = {p.name: argument for p, (argument, _, _) in zip(action.parameters, chosen, strict=True)}
            cells = {name: cell for _, own, _ in chosen for name, cell in own.items()}
            guard = folder.both(*(there for *_, there in chosen), folder.fold(action.guard, cells))
            if guard is FALSE:
                continue
            watched = ((c.name, folder.fold(c.stop[action.name], cells)) for c in monitored.checks if action.name in c.stop)
            yield Instance(action, arguments, cells, guard, {name: stop for name, stop in watched if stop is not FALSE})


def _choices(p: Parameter, folder: Folder) -> Iterator[tuple[Argument, Cells, Expr]]:
    """Yield each choice of a parameter, the cells that it gives, and, folded, whether it is there to be chosen."""
    if p.source is not None:
        for row in folder.possible(p.source, {}):
            cells = {n: literal(v, sort) for n, v, (_, sort) in zip(p.names, row, p.columns, strict=True)}
            yield row, cells, folder.contains(p.source, row, {})
        return
    ((_, sort),) = p.columns
    if not p.candidates:
        for value in sort.listed():
            yield value, {p.name: literal(value, sort)}, TRUE
        return
    candidates = [folder.fold(candidate) for candidate in p.candidates]
    for value in dict.fromkeys(v for candidate in candidates for v in sorted(folder.outcomes(candidate))):
        cell = literal(value, sort)
        yield value, {p.name: cell}, folder.either(*(folder.equal(candidate, cell) for candidate in candidates))
