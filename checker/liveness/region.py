"""The region of an obligation: the states in which it can be open, and what fairness has to say of each.

An obligation (:class:`properties.observe.Obligation`) is open in a state that does not meet its goal and is reached, without
meeting it in between, from one that meets its premise. A run that violates the claim stays among such states for ever. So of
the state graph only the states outside the goal are written down here, as arrays: the edges of each state one after the other
(compressed sparse rows), and sets of *demands* as bits. A demand is one fairness condition: weak or strong, of an action, of
several together, or of a segment, which is received by whatever action.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from checker.explicit.explorer import Explorer, Successor
from checker.explicit.source import Packed
from model.notation.expr import TRUE, Expr
from model.notation.interpreter import State, evaluate
from properties.fairness import Fairness, Per, Strength
from properties.observe import Obligation

_WORD = 64

Bits = NDArray[np.uint64]
"""Sets of demands, uint64[sets, words]: a row of words for each state, step, or component."""
Numbers = NDArray[np.int64]
"""A number for each state or edge: int64[states] or int64[edges]."""


class Demands:
    """What fairness asks for, numbered as it is met."""

    def __init__(self, explorer: Explorer, fairness: Sequence[Fairness]) -> None:
        self._explorer = explorer
        self._fairness = fairness
        actions = explorer.system.actions
        self._covered = [frozenset(i for i, a in enumerate(actions) if f.covers(a)) for f in fairness]
        self._numbers: dict[tuple[int, object], int] = {}
        self._rows: dict[tuple[int, Packed], object] = {}
        self._applies: dict[int, tuple[bool, ...]] = {}

    def of(self, control: int, action: int, arguments: Packed) -> int:
        """Return the demands that a step meets, as bits of a whole number.

        The step is of ``control``, takes the action with the number ``action`` and chooses ``arguments``. Demands that were not
        met before are numbered now.
        """
        met = 0
        for i, fairness in enumerate(self._fairness):
            if action in self._covered[i] and self._limits(control)[i]:
                part = self._part(fairness, action, arguments)
                met |= 1 << self._numbers.setdefault((i, part), len(self._numbers))
        return met

    def _part(self, fairness: Fairness, action: int, arguments: Packed) -> object:
        """Return which of the demands of an assumption it is."""
        if fairness.per is Per.TOGETHER:
            return None
        if fairness.per is Per.ACTION:
            return action
        if (action, arguments) not in self._rows:
            named = self._explorer.system.actions[action]
            self._rows[action, arguments] = self._explorer.decode(named, arguments)[named.receives]
        return self._rows[action, arguments]

    def _limits(self, control: int) -> tuple[bool, ...]:
        if control not in self._applies:
            state = self._explorer.state(control, 0)
            self._applies[control] = tuple(f.when is TRUE or evaluate(f.when, state) is True for f in self._fairness)
        return self._applies[control]

    @property
    def width(self) -> int:
        """How many words a set of demands takes."""
        return max(1, -(-len(self._numbers) // _WORD))

    def bits(self, sets: Iterable[int]) -> Bits:
        """Return sets, whose bits are in whole numbers, as rows of words: uint64[sets, width]."""
        width = self.width
        low = (1 << _WORD) - 1
        flat = [one >> _WORD * w & low for one in sets for w in range(width)]
        return np.array(flat, np.uint64).reshape(-1, width)

    def of_strength(self, strength: Strength) -> Bits:
        """Return all demands of a strength as one set: uint64[width]."""
        some = sum(1 << number for (i, _), number in self._numbers.items() if self._fairness[i].strength is strength)
        demands: Bits = self.bits([some])[0]
        return demands


@dataclass(frozen=True)
class Region:
    """States outside the goal, numbered from 0, and the edges between them.

    Attributes
    ----------
    begins : bool[states]
        Which states meet the premise.
    depth : int64[states]
        How many steps those that do need from the initial state.
    enabled : uint64[states, words]
        The demands that some step from each state would meet, wherever it leads, as bits.
    first : int64[states + 1]
        Where the edges of each state are: those of state i have the numbers from ``first[i]`` up to ``first[i + 1]``.
    target, step : int32[edges]
        The state that each edge leads to, and the number of its step.
    steps : Sequence[Successor]
        The steps, by number.
    met : uint64[steps, words]
        The demands that each step meets, as bits.
    weak, strong : uint64[words]
        The demands of each strength, as bits.
    """

    begins: NDArray[np.bool_]
    depth: Numbers
    enabled: Bits
    first: Numbers
    target: NDArray[np.int32]
    step: NDArray[np.int32]
    steps: Sequence[Successor]
    met: Bits
    weak: Bits
    strong: Bits

    def __len__(self) -> int:
        return len(self.begins)

    @cached_property
    def source(self) -> NDArray[np.int32]:
        """The state that each edge leaves: int32[edges]."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.first))

    def edges(self, state: int) -> Iterable[tuple[int, int]]:
        """Return where the edges of a state lead, and their numbers among the steps."""
        here = slice(self.first[state], self.first[state + 1])
        return zip(self.target[here].tolist(), self.step[here].tolist(), strict=True)


@dataclass(frozen=True, slots=True)
class RegionStep:
    """A step of a control as the region needs it: its masks, where it leads, its number, the demands it meets.

    The masks ``looks``, ``need``, ``keep`` and ``add`` have a bit for each row of the pool, and ``demands`` one for each
    demand. The step ``stays`` where the control that it leads to is outside the goal.
    """

    looks: int
    need: int
    keep: int
    add: int
    control: int
    number: int
    demands: int
    stays: bool


class Marks:
    """Which controls meet the premise of an obligation, and in which it stays ``open``, their goal not met: bool[controls]."""

    def __init__(self, explorer: Explorer, obligation: Obligation) -> None:
        states = [explorer.state(control, 0) for control in range(len(explorer.moves))]
        self.premise = _where(obligation.premise, states)
        self.open = ~_where(obligation.goal, states)


def _where(formula: Expr, states: Iterable[State]) -> NDArray[np.bool_]:
    return np.array([evaluate(formula, state) is True for state in states], np.bool_)


class Tables:
    """The steps of controls, numbered, with the demands that they meet."""

    def __init__(self, explorer: Explorer, obligation: Obligation, marks: Marks) -> None:
        self.explorer = explorer
        self.demands = Demands(explorer, obligation.fairness)
        self.steps: list[Successor] = []
        self._met: list[int] = []
        self._marks = marks
        self.rows = [self._of(control) if marks.open[control] else [] for control in range(len(explorer.moves))]

    def _of(self, control: int) -> list[RegionStep]:
        moves = self.explorer.moves[control]
        idle = [
            Successor(bit, bit, -1, 0, control, action, chosen) for bit, action, chosen in sorted(self.explorer.idlers[control])
        ]
        rows: list[RegionStep] = []
        for i, step in enumerate([*moves, *idle]):
            met = self.demands.of(control, step.action, step.arguments)
            if i < len(moves) or met:
                stays = bool(self._marks.open[step.control])
                rows.append(RegionStep(step.looks, step.need, step.keep, step.add, step.control, len(self.steps), met, stays))
                self.steps.append(step)
                self._met.append(met)
        return rows

    def region(
        self,
        begins: NDArray[np.bool_],
        depth: Numbers,
        enabled: Bits,
        edges: tuple[Numbers, NDArray[np.int32], NDArray[np.int32]],
    ) -> Region:
        """Return the region with such states and edges.

        Parameters
        ----------
        begins, depth, enabled
            As in :class:`Region`, a row for each state.
        edges : tuple of int64[edges], int32[edges], int32[edges]
            The state that each edge leaves, where it leads, and the number of its step, in any order.
        """
        source, target, step = edges
        order = np.argsort(source, kind="stable")
        first = np.zeros(len(begins) + 1, np.int64)
        np.cumsum(np.bincount(source, minlength=len(begins)), out=first[1:])
        demands = self.demands
        return Region(
            begins, depth, enabled, first, target[order], step[order], self.steps, demands.bits(self._met),
            demands.of_strength(Strength.WEAK), demands.of_strength(Strength.STRONG),
        )  # fmt: skip


RunTo = Callable[[int], list[Successor]]
"""A shortest run to a state of a region, by its number."""
