"""Renaming ISNs: states that differ only in which of several ISNs was chosen when are one state to a search.

Where an action chooses an ISN freely among several constants, and nothing tells these apart, exchanging two of them in a run
gives another run. It is then enough to search one state of all that come out of each other by such renamings, and what is
decided, in how many steps, is the same. A number that was reached from an ISN is renamed with it: ISN 100 becomes 300, and 101
becomes 301.

When nothing tells them apart
-----------------------------
Let R be the *reach*, and around each ISN i that may be exchanged lie a band before it, [i-R, i), its zone [i, i+R), and a band
after it, [i+R, i+2R). A renaming p permutes ISNs within groups of candidates; it takes i+n to p(i)+n in zone and band after it
(n < 2R), and every other number to itself. What is required:

1. Bands and zones of different ISNs do not overlap: ISNs lie at least 3R apart. So p is one-to-one on all 2**32 numbers.
2. A choice is among all ISNs of a group, and two groups have none in common.
3. Every other number in a formula or at the start lies outside all bands and zones. So p leaves it as it is. (At the start no
   band would be enough, since that state is searched itself; the argument is shorter so.)
4. No formula asks how far two numbers lie apart. Formulas then compare numbers for equality, keep them, and add to them.
5. All that one step can add to a number is less than R: what is written in a formula, and what is written in a relation of
   which a row is drawn, counted with the most that each amount can be.
6. No number in a state that is reached lies in a band. Formulas do not show this (a number may go, step by step, away from its
   ISN, or towards one from behind). It is looked at in each state found, and ends the search.

Take a state s in which no number lies in a band, and any part e of a formula. The value of e in p(s), with the arguments of the
step renamed, is the renamed value of e in s: truth values, counters and distances are renamed to themselves, and none of them
is made of numbers but by comparing them (4). The proof is by induction over e. For what is read it is how p(s) is defined; for
constants it is 3; for equality and rows of relations it follows from 1. There remains x + n. What x was made of is a number of
the state, a constant, or an ISN just chosen, and less than R is added to it in all (5). If it lies in a zone, x and x + n are
less than 2R ahead of that ISN, and p moves both alike. If it lies outside zones and bands, x and x + n have not passed the next
band before an ISN, which is R wide, and p leaves both as they are.

So s has a step to t exactly if p(s) has one to p(t), with the arguments renamed: guards are true of both, choices range over
the same groups (2), rows drawn are renamed rows, updates give renamed values. What claims look for, and their triggers, are
formulas, and true of both; their observers are variables. The initial state is renamed to itself (3). Hence p takes the states
that n steps lead to to states that n steps lead to, and of those that come out of each other the search needs one, as long as 6
was true of all states before. The run shown is one of the states themselves. ``at_start`` is asked of the initial state alone,
and views are not asked.

R is as large as the constants and the ISNs allow. Handshakes have no use for all this: the ISNs of a scope are chosen in one
order, so there is one state for all renamings from the beginning; :func:`exchangeable` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations, product
from math import factorial, prod

from checker.explicit.explorer import Explorer, Node
from checker.host.limits import NotSymmetricError
from model.notation.analysis import subformulas
from model.notation.expr import Binder, Expr, Key, Op
from model.notation.sorts import MODULUS, SEQ, Nat, NotationError, Relation, Sort, Value
from model.notation.system import Action, Parameter, TransitionSystem
from properties.observe import Monitored

MOST_RENAMINGS = 5040
"""In how many ways ISNs are renamed at most: each state is renamed in all of them."""


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
        """Return what a number becomes; raise :class:`~model.notation.sorts.NotationError` where it lies in a band."""
        for isn, new in renaming.items():
            ahead = (number - isn) % MODULUS
            if ahead < self.reach:
                return (new + ahead) % MODULUS
            if ahead < 2 * self.reach or MODULUS - ahead <= self.reach:
                raise NotationError(
                    f"the number {number} lies so near those of ISN {isn} that it may come to be taken for one of them: "
                    "ISNs cannot be renamed, leave out --symmetry"
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
    if not groups:
        raise NotSymmetricError(f"{system.name} nowhere chooses among several ISNs")
    numbers = [number for group in groups for number in group]
    if len(set(numbers)) < len(numbers):
        raise NotSymmetricError(f"the ISNs among which {system.name} chooses overlap in part")
    if (order := prod(factorial(len(group)) for group in groups)) > MOST_RENAMINGS:
        few = "choose among fewer, or leave out --symmetry"
        raise NotSymmetricError(
            f"there are {order:,} ways to rename the ISNs of {system.name}, and {MOST_RENAMINGS:,} are the most: {few}"
        )
    reach = min((a - b) % MODULUS for a in numbers for b in numbers if a != b) // 3
    near = ""
    for where, formula in _formulas(monitored):
        if any(part.op is Op.DIFFERENCE for part in subformulas(formula)):
            raise NotSymmetricError(f"{where} asks how far two numbers lie apart")
        if any(part.op is Op.CONVERT and part.sort == SEQ for part in subformulas(formula)):
            raise NotSymmetricError(f"{where} makes a sequence number of a counter")
    for where, number in _constants(monitored):
        clear = min(min(MODULUS - ahead - 1, ahead // 2) for isn in numbers for ahead in [(number - isn) % MODULUS])
        if clear < reach:
            reach, near = clear, f"{where} has the number {number}, which tells its ISN from others"
    for action in system.actions:
        if _added_in(monitored, action) >= reach:
            raise NotSymmetricError(near or f"{action.name} adds so much to a number that it may be another ISN's")
    return Symmetry(groups, reach)


def _chosen(system: TransitionSystem, action: Action) -> Iterator[tuple[int, ...]]:
    for p in action.parameters:
        if p.source is None and p.columns[0][1] == SEQ:
            if any(candidate.op is not Op.LITERAL for candidate in p.candidates):
                in_order = f"{system.name} chooses its ISNs in one order (action {action.name})"
                raise NotSymmetricError(f"{in_order}, so there is one state for all renamings already")
            if _is_exchanged(p):
                yield tuple(sorted({int(str(candidate.value)) for candidate in p.candidates}))


def _is_exchanged(p: Parameter) -> bool:
    """Return whether a parameter is a choice among several ISNs; one that has no choice is a constant."""
    return p.source is None and p.columns[0][1] == SEQ and len({candidate.data for candidate in p.candidates}) > 1


def _drawn(action: Action) -> tuple[Expr, ...]:
    return tuple(p.source for p in action.parameters if p.source is not None)


def _computed(monitored: Monitored, action: Action) -> Iterator[tuple[str, Expr]]:
    """Yield what is computed from a state and the arguments of an action, and who asks for it."""
    candidates = (candidate for p in action.parameters if not _is_exchanged(p) for candidate in p.candidates)
    sent = (cell for cells in action.sends for cell in cells)
    yield from ((action.name, e) for e in (action.guard, *action.updates.values(), *sent, *candidates))
    for check in monitored.checks:
        watched = (of[action.name] for of in (check.stop, check.trigger) if action.name in of)
        yield from ((f"claim {check.name!r}", e) for e in watched)


def _formulas(monitored: Monitored) -> Iterator[tuple[str, Expr]]:
    """Yield every formula that a search evaluates, and where it stands."""
    for action in monitored.system.actions:
        yield from _computed(monitored, action)
        yield from ((action.name, source) for source in _drawn(action))


def _constants(monitored: Monitored) -> Iterator[tuple[str, int]]:
    """Yield every number that is written in a formula or is there at the start, but for the ISNs to be chosen among."""
    for where, formula in _formulas(monitored):
        for e in subformulas(formula):
            if e.op is Op.LITERAL:
                yield from ((where, number) for number in _numbers(e.sort, e.value))
    for v in monitored.system.variables:
        yield from ((f"the initial value of {v.name}", number) for number in _numbers(v.sort, v.initial))


def _added_in(monitored: Monitored, action: Action) -> int:
    """Return the most that a step adds to a number: in a relation that a row is drawn from, and then in another formula."""
    drawn = max(map(_added, _drawn(action)), default=0)
    return drawn + max(_added(e) for _, e in _computed(monitored, action))


def _added(e: Expr) -> int:
    """Return the most that additions one in the other come to: also by way of a row that a quantifier takes from a relation."""
    known: dict[tuple[Key, tuple[tuple[Binder, int], ...]], int] = {}

    def most(node: Expr, bound: tuple[tuple[Binder, int], ...]) -> int:
        key = node.key, bound
        if key not in known:
            known[key] = computed(node, bound)
        return known[key]

    def computed(node: Expr, bound: tuple[tuple[Binder, int], ...]) -> int:
        match node.op:
            case Op.SHIFT:
                return most(node.args[0], bound) + _most(node.args[1])
            case Op.BOUND:
                return next(added for scope, added in reversed(bound) if scope == node.scope)
            case Op.EXISTS:
                relation, body = node.args
                return most(body, (*bound, (node.scope, most(relation, bound))))
            case _:
                return max((most(arg, bound) for arg in node.args), default=0)

    return most(e, ())


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
