"""What was seen of an endpoint, packet by packet, and what explains it, step by step: what the search speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from checker.conformance.steps import Row, State

REST = 10**8
"""How long nothing must have been seen, in nanoseconds, for a keep-alive or a probe of a closed window to be sent."""
PAUSE = 10**9
"""How long nothing must have been seen, in nanoseconds, for a connection to have been given up, aborted or lost in a crash. So
long nothing is on its way from the tap to the host, and no ACK is put off (§3.8.6.3 has half a second)."""
RECORDED = 1000
"""How many steps of an explanation are kept in full; after them what nobody saw is."""


@dataclass(frozen=True, slots=True)
class Level:
    """How many possibilities are looked at: how much dearer than the cheapest one, how many, and how many may wait."""

    budget: int
    states: int
    waiting: int


LEVELS = (Level(0, 1, 64), Level(6, 64, 64), Level(30, 1500, 1024))
"""From the cheapest way alone to all ways but those that need ten losses more than the cheapest."""


class Seen(NamedTuple):
    """A segment that was seen: in which packet, whether the host ``sent`` it, and after how long.

    It ``rested`` where it came after some time, and ``paused`` where that was long. ``readings`` are what it may be in the
    numbers of the model, ``window`` what it announces in octets, -1 for nothing. It may be the one before it ``again``,
    captured twice. ``stamp`` is its SEG.TSval where timestamps are used, -1 where they are not. One that is ``bad`` has a
    wrong checksum, so that nobody takes it.
    """

    number: int
    sent: bool
    readings: tuple[Row, ...]
    window: int
    paused: bool
    again: bool = False
    stamp: int = -1
    bad: bool = False
    rested: bool = True


class Entry(NamedTuple):
    """A step of an explanation: at which packet, what happened to which packet, by which action (-1: it was lost).

    ``shown`` is whether the packet is what is sent in that step.
    """

    packet: int
    about: int
    action: int
    hidden: bool
    shown: bool = False


Link = tuple["Link", Entry] | None
Indices = tuple[int, ...]
Node = tuple[State, int, Indices]
"""A possibility: the state of the endpoint, how many of the segments that passed the tap it has had, and which it holds."""
