"""Renaming ISNs: states that differ only in which of several ISNs was chosen when are one state to a search.

Where an action chooses an ISN freely among several constants, and nothing tells these apart, exchanging two of them in a run
gives another run. It is then enough to search one state of all that come out of each other by such renamings, and what is
decided, in how many steps, is the same. A number that was reached from an ISN is renamed with it: ISN 100 becomes 300, and 101
becomes 301.

Nothing tells ISNs apart when the formulas of the system and of the claims only compare numbers for equality, add to them, and
keep them: a test of a window sees how far two ISNs lie apart. The formulas decide this (:func:`exchangeable`). What they cannot
say is whether additions lead from the numbers of one ISN to those of another; that is noticed while states are renamed, and
ends the search.

Handshakes have no use for it. The ISNs of a scope are chosen in one order, so there is one state for all renamings from the
beginning; :func:`exchangeable` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations, product
from math import factorial, prod

from checker.explicit.explorer import Explorer, Node
from checker.limits import NotSymmetricError
from model.analysis import subformulas
from model.expr import Expr, Op
from model.sorts import MODULUS, SEQ, Nat, NotationError, Relation, Sort, Value
from model.system import Action, TransitionSystem
from properties.observe import Monitored


@dataclass(frozen=True, slots=True)
class Symmetry:
    """Groups of ISNs that may be exchanged within each group; the ``reach`` numbers from each on are renamed with it."""

    groups: tuple[tuple[int, ...], ...]
    reach: int

    @property
    def renamings(self) -> tuple[Mapping[int, int], ...]:
        """Every renaming, the one that changes nothing first."""
        isns = [isn for group in self.groups for isn in group]
        chosen = product(*(permutations(group) for group in self.groups))
        return tuple(dict(zip(isns, (isn for group in groups for isn in group), strict=True)) for groups in chosen)

    @property
    def order(self) -> int:
        """How many renamings there are."""
        return prod(factorial(len(group)) for group in self.groups)

    def renamed(self, number: int, renaming: Mapping[int, int]) -> int:
        """Return what a number becomes; raise :class:`~model.sorts.NotationError` where it may belong to two ISNs."""
        for isn, new in renaming.items():
            ahead = (number - isn) % MODULUS
            if ahead < self.reach:
                return (new + ahead) % MODULUS
            if ahead < 2 * self.reach:
                raise NotationError(
                    f"the number {number} has run from ISN {isn} towards the next: ISNs cannot be renamed, leave out --symmetry"
                )
        return number


class Representatives:
    """For each state the one that is searched in its place: the first of all that come out of it by renaming ISNs."""

    def __init__(self, explorer: Explorer, symmetry: Symmetry) -> None:
        self._explorer = explorer
        self._renamings: list[Callable[[int], int]] = [
            lambda number, renaming=renaming: symmetry.renamed(number, renaming)  # type: ignore[misc]
            for renaming in symmetry.renamings[1:]
        ]
        self._known: dict[Node, Node] = {}

    def of(self, node: Node) -> Node:
        """Return the state to search in place of ``node``."""
        if node not in self._known:
            self._known[node] = min([node, *(self._explorer.renamed(node, renaming) for renaming in self._renamings)])
        return self._known[node]


def exchangeable(monitored: Monitored) -> Symmetry:
    """Return which ISNs may be exchanged; raise :class:`NotSymmetricError` with the reason where none may."""
    system = monitored.system
    groups = tuple(dict.fromkeys(group for action in system.actions for group in _chosen(system, action)))
    if not any(len(group) > 1 for group in groups):
        raise NotSymmetricError(f"{system.name} nowhere chooses among several ISNs")
    numbers = [number for group in groups for number in group]
    if len(set(numbers)) < len(numbers):
        raise NotSymmetricError(f"the ISNs among which {system.name} chooses overlap in part")
    gap = min((a - b) % MODULUS for a in numbers for b in numbers if a != b)
    symmetry = Symmetry(groups, gap // 2)
    for action in system.actions:
        _check(action.name, _formulas(action), symmetry)
    for check in monitored.checks:
        _check(f"claim {check.name!r}", (*check.formulas, check.at_start), symmetry)
    for variable in system.variables:
        _check_constants(f"the initial value of {variable.name}", _numbers(variable.sort, variable.initial), symmetry)
    return symmetry


def _chosen(system: TransitionSystem, action: Action) -> Iterator[tuple[int, ...]]:
    for p in action.parameters:
        if p.source is None and p.columns[0][1] == SEQ:
            if any(candidate.op is not Op.LITERAL for candidate in p.candidates):
                in_order = f"{system.name} chooses its ISNs in one order (action {action.name})"
                raise NotSymmetricError(f"{in_order}, so there is one state for all renamings already")
            yield tuple(sorted(int(str(candidate.value)) for candidate in p.candidates))


def _formulas(action: Action) -> tuple[Expr, ...]:
    sources = (p.source for p in action.parameters if p.source is not None)
    return (action.guard, *action.updates.values(), *(cell for sent in action.sends for cell in sent), *sources)


def _check(where: str, formulas: tuple[Expr, ...], symmetry: Symmetry) -> None:
    for e in (part for formula in formulas for part in subformulas(formula)):
        if e.op is Op.DIFFERENCE:
            raise NotSymmetricError(f"{where} asks how far two numbers lie apart")
        if e.op is Op.SHIFT and _most(e.args[1]) >= symmetry.reach:
            raise NotSymmetricError(f"{where} adds so much to a number that it may be another ISN's")
        if e.op is Op.LITERAL:
            _check_constants(where, _numbers(e.sort, e.value), symmetry)


def _check_constants(where: str, numbers: Iterator[int], symmetry: Symmetry) -> None:
    for number in numbers:
        if any((number - isn) % MODULUS < 2 * symmetry.reach for group in symmetry.groups for isn in group):
            raise NotSymmetricError(f"{where} has the number {number}, which tells its ISN from others")


def _most(e: Expr) -> int:
    """Return the most that an amount to be added can be."""
    if e.op is Op.LITERAL:
        return int(str(e.value))
    return e.sort.limit if isinstance(e.sort, Nat) else MODULUS


def _numbers(sort: Sort, value: Value) -> Iterator[int]:
    """Yield the sequence numbers in a value."""
    if sort == SEQ:
        yield int(str(value))
    elif isinstance(sort, Relation) and isinstance(value, frozenset):
        for row in value:
            for (_, column), cell in zip(sort.columns, row, strict=True):
                yield from _numbers(column, cell)
