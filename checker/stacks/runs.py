"""What can be played on a stack: scenarios, shortest runs that decide a claim, and the table of all answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checker.conformance.host import STATES, WAYS, Host
from checker.conformance.stimuli import Stimulus
from checker.conformance.table import table
from checker.runs.trace import Trace
from checker.stacks.deeds import Deed, of_rows, of_trace, ways
from checker.stacks.playing import Ports, Verdict, play
from checker.stacks.stack import Stack
from model.notation.said import said
from model.tcp.handshakes.facing import FacingAssumptions
from model.tcp.handshakes.three_way import ThreeWay

TABLE = "answer-table"
"""How the table of all answers is called."""


@dataclass(frozen=True, slots=True)
class Run:
    """One thing to play: which it is, whose place the stack takes, and what is done; ``of`` which part of a table it is.

    ``rules`` are those that what a stack does otherwise is held against. ``stimuli`` are what is done in a walk, as it was
    chosen.
    """

    name: str
    side: str
    deeds: tuple[Deed, ...]
    of: str = ""
    rules: type[ThreeWay] = ThreeWay
    stimuli: tuple[Stimulus, ...] = ()

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.name, self.of or self.side)))


def of_run(name: str, trace: Trace, sides: Sequence[str], rules: type[ThreeWay] = ThreeWay) -> Iterator[Run]:
    """Yield a run for each endpoint whose place a stack takes; one to which nothing happens has none."""
    for side in sides:
        deeds = tuple(of_trace(trace, side))
        if deeds:
            yield Run(name, side, deeds, rules=rules)


def of_table(stack: Stack, assumed: FacingAssumptions, ports: Ports, states: Sequence[str] = STATES) -> Iterator[Run]:
    """Yield each row of the table of all answers, for the window that the stack announces in that state.

    A state that the stack does not come to is one run, which says where that ends.
    """
    for state in states:
        for passive in WAYS[state]:
            for deeds in ways(Host(assumed), state, passive):
                come_to = play(stack, deeds, ports)
                if come_to.verdict is not Verdict.UNPLAYED:
                    break
            opened = any(deed.passive for deed in deeds)
            side = said("opened passively") if opened else said("opened actively")
            if come_to.verdict is not Verdict.CONFORMS and come_to.state != state:
                yield Run(TABLE, side, deeds, of=said("{state}, {side}", state=state, side=side))
                continue
            host = Host(assumed.otherwise("rcv_wnd", stack.window))
            rows = (row for row in table(host, [state]) if row.passive is passive)
            for row, asked in of_rows(deeds, rows):
                yield Run(
                    TABLE, side, asked, of=said("{state}, {side}, {segment}", state=state, side=side, segment=row.segment)
                )
