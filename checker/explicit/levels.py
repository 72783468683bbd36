"""The states of a level, in blocks: in memory, on disk, or both; and what is left of a search between two levels.

A block is what a thread fills and what a level is cut into. Where memory is too small its states are on disk, and are read when
the block is expanded.
"""

from __future__ import annotations

from dataclasses import dataclass

from checker.explicit.explorer import Learnt
from checker.explicit.packing import Packing, Words
from checker.explicit.shelf import Part


@dataclass(eq=False, slots=True)
class Block:
    """States of one level: how many, in how many pieces they still have to be expanded, and where they are on disk.

    ``states`` is None where they are on disk alone. ``lent`` says that they are read from there, and are not kept.
    """

    states: Words | None
    count: int = 0
    pieces: int = 0
    part: Part | None = None
    lent: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A search of which everything that was found is on disk.

    Parameters
    ----------
    visited : tuple of Part
        All states that were found, each once, with those that wait.
    frontier : tuple of Part
        Those of the present level that are not expanded, in order, as they are cut into pieces.
    following : tuple of Part
        Those of the next level that were found, in order.
    transitions : int
        How many steps were taken from states that are expanded.
    depth : int
        How many steps the states of the present level are from the initial one.
    sizes : tuple of int
        How many states each level has, up to the present one.
    packing : Packing
        How states were packed last.
    learnt : Learnt
        Which controls and rows were met, in the order of their numbers.
    below : int
        The number of the first file that was not there yet.
    """

    visited: tuple[Part, ...]
    frontier: tuple[Part, ...]
    following: tuple[Part, ...]
    transitions: int
    depth: int
    sizes: tuple[int, ...]
    packing: Packing
    learnt: Learnt
    below: int

    @property
    def states(self) -> int:
        """How many states were found."""
        return sum(part.count for part in self.visited)

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts of files."""
        return (*self.visited, *self.frontier, *self.following)
