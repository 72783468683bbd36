"""What every engine takes and gives: limits, the means of a search, and the schedule of a run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from checker.host.machine import in_bytes
from model.notation.said import said

if TYPE_CHECKING:
    from model.notation.interpreter import Arguments

Schedule: TypeAlias = "tuple[tuple[str, Arguments], ...]"
"""The actions of a run from the initial state, each with its arguments."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search has come: the states found, those of them that wait, depth, seconds, bytes of memory and of disk.

    The depth is None where states are not explored in the order of their distance. ``left`` is how many seconds more it takes
    at most, None where that is not known.
    """

    states: int
    frontier: int
    depth: int | None
    seconds: float
    memory: int
    disk: int = 0
    left: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """When to give up: a number of states, of steps from the initial state, of seconds, of bytes; None is no limit."""

    states: int | None = None
    depth: int | None = None
    seconds: float | None = None
    interrupted: Callable[[], bool] | None = None
    """Asked now and then; when it says so, the search ends as by Ctrl-C."""
    memory: int | None = None
    progress: Callable[[Progress], None] | None = None
    """Told now and then how far a search has come."""


class NotSymmetricError(ValueError):
    """ISNs are to be renamed, and may not be; the message says why."""


INTERRUPTED = "interrupted"
"""Why a search stopped that Ctrl-C ended."""


class ConstrainedError(ValueError):
    """A constraint bounds what is searched, and what was asked has no bounds; the message says what to do."""


class LimitReachedError(Exception):
    """A limit ends a search in the middle of its work; the message says which."""

    @property
    def reason(self) -> str:
        """Which limit it was, as it was said: ``str`` of an exception does not know any more what a sentence consists of."""
        return str(self) if not self.args else self.args[0]


def out_of_states(limit: int) -> str:
    """Return that as many states were found as were allowed."""
    return said("the limit of {states} states was reached", states=limit)


def out_of_depth(limit: int) -> str:
    """Return that as many steps were taken as were allowed."""
    return said("the depth limit of {depth} was reached", depth=limit)


def out_of_time(seconds: float) -> str:
    """Return that the time is over."""
    return said("the time limit of {seconds:g} s was reached", seconds=seconds)


def out_of_memory(limit: int) -> str:
    """Return that as many bytes were taken as were allowed."""
    return said("the memory limit of {size} was reached", size=in_bytes(limit))


HANDOVER = 2**18
"""With how many states machine code takes over. Python finds as many in about the time that machine code takes to load."""


EVERY = 60.0
"""After how many seconds there is another checkpoint."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Where the explicit search keeps states beside its memory.

    In ``directory`` it ``spills`` them when its memory is full, up to ``disk`` bytes, None for most of what is free; and it
    ``saves`` checkpoints there ``every`` so many seconds, or ``resumes`` from the one that is there, and saves more. The
    ``command`` stands in them, so that one knows how to go on. ``told`` is called with why none can be written any more, and
    ``left`` where a signal ends the process, when the last one is written.
    """

    directory: Path
    spills: bool = False
    disk: int | None = None
    saves: bool = False
    resumes: bool = False
    every: float = EVERY
    command: tuple[str, ...] = ()
    told: Callable[[str], None] = lambda _: None
    left: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Strategy:
    """With what the explicit search works.

    Machine code takes over with ``handover`` states, on so many ``workers``; None is never. ``words`` is the least number of
    words of a state then, for tests. With ``compaction`` it keeps a hash of 64 bits in place of each state. With ``symmetry``
    states that differ only in the names of ISNs are one (:mod:`checker.explicit.symmetry`), and Python does all the work.
    ``keep`` says where states are kept beside the memory; None is nowhere. With ``cluster``, the address of one, its processors
    own the states (:mod:`checker.explicit.cluster`).
    """

    workers: int = 1
    compaction: bool = False
    symmetry: bool = False
    handover: int | None = HANDOVER
    words: int = 1
    keep: Keep | None = None
    cluster: str | None = None


def clock(limits: Limits) -> Callable[[], bool]:
    """Start the clock, and return what says whether the seconds are over."""
    deadline = None if limits.seconds is None else time.monotonic() + limits.seconds
    return lambda: deadline is not None and time.monotonic() > deadline
