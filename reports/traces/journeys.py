"""Which arrival belongs to which departure: a segment's way through the network, as a drawing shows it.

The network is a set (:mod:`model.notation.network`): a segment that is sent again while it is in flight is one segment there,
and a copy that stays behind is no other. A drawing needs a departure for each arrival. An arrival is taken to be that of the
latest departure; so what stays behind then is an earlier one, where there is one, and a duplicate of the same where there is
none. That is how the figures of RFC 9293 §3.5 are read, and every choice shows the same states.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from checker.runs.trace import Header, Trace, TraceStep
from model.notation.sorts import Value


class Fate(Enum):
    """What becomes of a segment."""

    ARRIVES = "arrives"
    LOST = "lost"
    NEVER_ARRIVES = "never-arrives"  # in this run: it is in flight at its end, or its copy is the one that arrived


@dataclass(frozen=True, slots=True)
class Journey:
    """The way of one segment, from who has sent it, whatever it says itself.

    ``departs`` and ``ends`` count steps from 1; None where the run does not show it.

    ``again`` says that the same departure has arrived before, ``kept`` that the network kept a copy when it arrived.
    """

    header: Header
    source: str
    destination: str
    departs: int | None
    ends: int | None
    fate: Fate
    again: bool = False
    kept: bool = False

    @property
    def at_once(self) -> bool:
        """Whether it arrives or is lost in the step after that in which it left, or arrives in that step."""
        return self.departs is not None and self.ends in {self.departs, self.departs + 1}

    @property
    def marks(self) -> tuple[str, ...]:
        """The ids of what is to be told of it besides its header."""
        told = {"old-duplicate": self.header.old, "duplicate": self.again and not self.header.old, "copy-stays": self.kept}
        told |= {"lost": self.fate is Fate.LOST, "never-arrives": self.fate is Fate.NEVER_ARRIVES}
        return tuple(mark for mark, true in told.items() if true)


def outsider(step: TraceStep) -> str:
    """Return who acts in a step where that is no endpoint, such as an attacker; "" where it is one."""
    return step.by if step.states and step.by not in step.states else ""


def lifelines(trace: Trace) -> tuple[str, ...]:
    """Return who has a lifeline, left to right: the endpoints, and between them whoever acts and is none."""
    middle = (len(trace.roles) + 1) // 2
    between = dict.fromkeys(filter(None, map(outsider, trace.steps)))
    return (*trace.roles[:middle], *between, *trace.roles[middle:])


def journeys(trace: Trace) -> tuple[Journey, ...]:
    """Return the way of every segment, in the order of the departures; what left before the run comes first."""
    tracker = _Tracker()
    for number, step in enumerate(trace.steps, 1):
        tracker.take(number, step)
    found = [*tracker.done, *tracker.left_over()]
    return tuple(sorted(found, key=lambda j: (j.departs or 0, j.ends or len(trace) + 1)))


class _Tracker:
    def __init__(self) -> None:
        self.done: list[Journey] = []
        self._waiting: dict[tuple[Value, ...], list[int]] = {}
        self._sent: dict[int, dict[tuple[Value, ...], Header]] = {}
        self._outsiders: dict[int, str] = {}
        self._arrived: set[tuple[tuple[Value, ...], int | None]] = set()

    def take(self, number: int, step: TraceStep) -> None:
        if step.received is not None:
            self._end(number, step.received, Fate.ARRIVES, kept=step.kept)
        if step.lost is not None:
            self._end(number, step.lost, Fate.LOST)
        self._outsiders[number] = outsider(step)
        self.done += [self._journey(header, number, number, Fate.ARRIVES) for header in step.passed]
        for header in step.sent:
            self._waiting.setdefault(header.row, []).append(number)
            self._sent.setdefault(number, {})[header.row] = header

    def _end(self, number: int, header: Header, fate: Fate, *, kept: bool = False) -> None:
        row = header.row
        departures = self._waiting.get(row, [])
        departs = departures[-1] if departures else None
        again = (row, departs) in self._arrived
        several = len(departures) > 1
        journey = self._journey(header, departs, number, fate)
        self.done.append(replace(journey, again=again, kept=kept and not several))
        if kept:
            self._arrived.add((row, departs))
            if several:  # the one sent earlier is what stays
                departures.pop()
            return
        self.done += [self._journey(header, n, None, Fate.NEVER_ARRIVES) for n in departures[:-1]]
        self._waiting.pop(row, None)

    def left_over(self) -> list[Journey]:
        """Return the ways of what has left and not arrived."""
        return [
            self._journey(self._sent[departs][row], departs, None, Fate.NEVER_ARRIVES)
            for row, departures in self._waiting.items()
            for departs in departures
            if (row, departs) not in self._arrived
        ]

    def _journey(self, header: Header, departs: int | None, ends: int | None, fate: Fate) -> Journey:
        source = self._outsiders[departs] if departs is not None else ""
        return Journey(header, source or header.source, header.destination, departs, ends, fate)
