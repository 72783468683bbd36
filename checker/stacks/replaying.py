"""Runs played on a stack one after the other, each with what came out, and why where that is not what the run has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from checker.stacks.adapters import Adapter
from checker.stacks.explaining import Explained, explained
from checker.stacks.playing import Differs, Played, Ports, Verdict, play
from checker.stacks.runs import TABLE, Run
from checker.stacks.stack import Stack
from model.tcp.handshakes.facing import FacingAssumptions


@dataclass(frozen=True, slots=True)
class Found:
    """What came out of a run: each difference with what explains it."""

    run: Run
    played: Played
    differences: tuple[tuple[Differs, Explained], ...] = ()

    @property
    def named(self) -> bool:
        """Whether it is known of the stack, or left open by RFC 9293, wherever it does otherwise."""
        return all(why.named for _, why in self.differences)

    @property
    def told_alone(self) -> bool:
        """Whether it has a line of its own: rows of the table, and walks, have one where they are not as they should be."""
        return not (self.run.name == TABLE or (self.run.stimuli and self.named and not self.played.why))

    @property
    def names(self) -> tuple[str, ...]:
        """What explains it, each once: deviations by name, and assumptions as options."""
        found = (
            [one.name for one in why.deviations] or [" or ".join(why.otherwise)] for _, why in self.differences if why.named
        )
        return tuple(dict.fromkeys(name for names in found for name in names))


def replayed(stack: Stack, adapter: Adapter, runs: Iterable[Run], at: Ports, assumed: FacingAssumptions) -> Iterator[Found]:
    """Yield what comes out of runs. Nothing is played on a stack that was lost."""
    for run in runs:
        played = play(stack, run.deeds, at)
        whys = tuple((one, explained(one, adapter.known, assumed, run.rules)) for one in played.differs)
        yield Found(run, played, whys)
        if played.verdict is Verdict.LOST:
            return


def counts(found: Sequence[Found]) -> dict[str, int]:
    """Return how many runs came out how: those that deviate without a name are apart."""
    kinds = ["deviates without a name" if not one.named else one.played.verdict.value for one in found]
    return {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
