"""Where everything is in a drawing of a run: lifelines, states, slanted arrows, and labels that never overlap.

Time runs down. Each step has bands of its own: its heading, what is said of it, and the states that it led to; segments arrive
above a state and leave below it. A segment is a straight line from the step in which it leaves to the step in which it arrives,
so that delay is seen as slant, and overtaking as crossing. Labels stand in bands between the steps, one to a band, over the
line that they are about; whatever the lines do, two texts cannot meet. A font of fixed width makes that a matter of counting.

All lengths are in pixels, x from the left and y from the top. A *kind* is the class that the style sheet of a page knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from checker.runs.trace import Trace
from properties.claim import Kind
from reports.traces.account import Account, changes_text
from reports.traces.journeys import Fate, Journey, journeys
from reports.wrapping import columns, wrapped

CHARACTER = 7.25
"""How wide a character is at the size of the text, 12 pixels: 0.6 em in the fonts that are asked for, and a little."""
LINE = 17.0
"""The height of a band with one line of text."""
_PAIR = 2
_MARGIN = 14.0
"""Room around the drawing."""
_CYCLE = 22.0
"""Room left of the lifelines for the line of a cycle."""
_CHIP = 20.0
"""The height of the name of a state."""
_LEAST_LANE = 150.0
"""How far lifelines are apart, at least."""
_STUB = 0.3
"""How far the line of a segment that does not arrive goes, as a part of the way."""
_LOSS = 0.55
"""How far the line of a segment that is lost goes, as a part of the way."""
_CLEAR = 6.0
"""Room between a label and a lifeline."""
_DOTS = 8.0
"""Room below the label of a segment that does not arrive, for the end of its line."""


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text, its baseline at ``y``; ``anchor`` says which of its points is at ``x``. ``kind`` is for the style."""

    x: float
    y: float
    text: str
    kind: str
    anchor: str = "start"

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        width = columns(self.text) * CHARACTER
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return left, self.y - LINE + 4, left + width, self.y + 4


@dataclass(frozen=True, slots=True)
class Chip:
    """The name of a state on a lifeline, in a box whose centre is at ``x`` and ``y``."""

    x: float
    y: float
    width: float
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line between two points (x, y); ``end`` is at its far end: "arrow", "cross", "ellipsis", "" for nothing."""

    begin: tuple[float, float]
    to: tuple[float, float]
    kind: str
    end: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """The room of one step, from top to bottom: 0 is the initial state."""

    step: int
    top: float
    bottom: float


@dataclass
class Picture:
    """A drawing: its size, and the shapes in it. ``dots`` are the points (x, y) where an endpoint acts and stays as it was."""

    width: float = 0.0
    height: float = 0.0
    bands: list[Band] = field(default_factory=list)
    lines: list[Stroke] = field(default_factory=list)
    dots: list[tuple[float, float]] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)


def picture(account: Account, *, heading: bool = True) -> Picture:
    """Return the drawing of a run.

    Parameters
    ----------
    account : Account
        The run, and what is said of it, in some language.
    heading : bool
        Whether the title, what the claim says and how the run ends stand above and below it.
    """
    return _Layout(account).drawn(heading=heading)


class _Layout:
    """What draws a run from the top to the bottom; ``y`` is where the next band begins."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.trace: Trace = account.trace
        self.ways = journeys(account.trace)
        self.picture = Picture()
        self.y = _MARGIN
        self.heights: dict[int, float] = {}
        self.changed: set[tuple[str, int]] = set()
        self.labels: list[tuple[Journey, float, str, str]] = []
        self._place_lifelines()

    def _place_lifelines(self) -> None:
        """Make room between lifelines for the longest label, and left of the first for the line of a cycle."""
        trace = self.trace
        states = [*trace.initial_states.values(), *(s for step in trace.steps for s in step.states.values()), *trace.roles]
        self.chip = max(map(len, states), default=0) * CHARACTER + 14
        longest = max((columns(line) for j in self.ways for line, _ in (*self._leaving(j), *self._arriving(j))), default=0)
        lane = max(_LEAST_LANE, self.chip + 24, longest * CHARACTER + 3 * _CLEAR)
        self.left = _MARGIN + (_CYCLE if trace.loop is not None else 0)
        first = self.left + self.chip / 2
        self.lifelines = {role: first + index * lane for index, role in enumerate(trace.roles)}
        last = max(self.lifelines.values(), default=self.left)
        headings = max((len(f"{n}. {s.action}") for n, s in enumerate(trace.steps, 1)), default=0) * CHARACTER
        self.picture.width = max(last + self.chip / 2 + _MARGIN, self.left + headings + _MARGIN, 360.0)

    def drawn(self, *, heading: bool) -> Picture:
        if heading:
            self._say([self.account.title], "title")
            self._say(self.account.says, "says")
            self.y += 8
        top = self._roles()
        self._band(0, self.y - 2)
        for number in range(1, len(self.trace) + 1):
            self._between(number - 1)
            begin = self.y
            self._step(number)
            self._band(number, begin)
        self._between(len(self.trace))
        bottom = self.y
        for x in self.lifelines.values():
            self.picture.lines.insert(0, Stroke((x, top), (x, bottom), "lifeline"))
        self._segments()
        self._cycle(bottom)
        if heading:
            self.y += 6
            self._say(self.account.ends, "ends")
        self.y += 6
        self._legend()
        self.picture.height = self.y + _MARGIN
        return self.picture

    def _band(self, number: int, top: float) -> None:
        self.picture.bands.append(Band(number, top, self.y))

    def _text(self, text: str, kind: str, x: float | None = None, anchor: str = "start") -> None:
        """Put a line of text into a band of its own."""
        self.picture.texts.append(Text(self.left if x is None else x, self.y + LINE - 5, text, kind, anchor))
        self.y += LINE

    def _say(self, sentences: tuple[str, ...] | list[str], kind: str, by: str = "") -> None:
        """Put sentences into bands: at the left, or on the side of the endpoint that acts."""
        characters = int((self.picture.width - 2 * _MARGIN) / CHARACTER)
        x, anchor = self._side(by)
        for sentence in sentences:
            for line in wrapped(sentence, max(characters, 20)):
                self._text(line, kind, x, anchor)

    def _side(self, by: str) -> tuple[float, str]:
        """Return where a text begins, or ends, that stands on the side of an endpoint: at its outer edge."""
        roles = list(self.lifelines)
        if len(roles) == _PAIR and by == roles[-1]:
            return self.picture.width - _MARGIN, "end"
        return self.left, "start"

    def _roles(self) -> float:
        for role, x in self.lifelines.items():
            self.picture.texts.append(Text(x, self.y + LINE - 5, role, "role", "middle"))
        self.y += LINE if self.lifelines else 0
        top = self.y
        self._states(0, self.trace.initial_states, {})
        return top

    def _states(self, number: int, states: Mapping[str, str], before: Mapping[str, str]) -> None:
        """Put the states that are new at the height of a step, and a dot where an endpoint acts and stays as it was.

        ``number`` is that of the step, ``states`` and ``before`` are the states after and before it, by role.
        """
        height = self.heights[number] = self.y + _CHIP / 2 + 2
        busy = {j.source for j in self.ways if j.departs == number}
        busy |= {j.destination for j in self.ways if j.ends == number and j.fate is Fate.ARRIVES}
        for role, x in self.lifelines.items():
            if states[role] != before.get(role):
                kind = "state established" if states[role] == "ESTABLISHED" else "state"
                self.picture.chips.append(Chip(x, height, self.chip, states[role], kind))
                self.changed.add((role, number))
            elif role in busy:
                self.picture.dots.append((x, height))
        self.y += _CHIP + 4

    def _step(self, number: int) -> None:
        step = self.trace.steps[number - 1]
        before = self.trace.steps[number - 2].states if number > 1 else self.trace.initial_states
        self._say([f"{number}. {step.action}"], "action", step.by)
        for claim in self.account.claims:
            if claim.asserted and claim.newly(number):
                told = f"{claim.name}: {self.account.say(claim.truth(number))}"
                self._say([told], "wrong" if claim.kind is Kind.SAFETY else "says", step.by)
        if not self.trace.network:
            self._say(changes_text(self.trace, number), "change", step.by)
        self._states(number, step.states, before)

    def _between(self, number: int) -> None:
        """Leave a band for each label that stands after so many steps, and say what is to be said there."""
        self.y += 3
        leaving = [(j, told) for j in self.ways if j.departs == number and not j.again for told in self._leaving(j)]
        arriving = [(j, told) for j in self.ways if j.ends == number + 1 for told in self._arriving(j)]
        for j, (line, kind) in (*leaving, *arriving):
            self.labels.append((j, self.y + LINE / 2, line, kind))
            self.y += LINE + (_DOTS if j.fate is Fate.NEVER_ARRIVES else 0)
        if number in self.account.remarks:
            self.y += 4
            self._say([self.account.remarks[number]], "remark")
        if number == self.trace.loop:
            self._say([self.account.say("cycle-begins" if number < len(self.trace) else "nothing-more")], "cycle")
        elif number == len(self.trace) and self.trace.loop is not None:
            self._say([self.account.say("cycle-ends", number=self.trace.loop + 1)], "cycle")

    def _leaving(self, j: Journey) -> list[tuple[str, str]]:
        """Return the label where a segment leaves; all of it, where it arrives in the next step."""
        if j.departs is None:
            return []
        return [(str(j.header), "segment")]

    def _arriving(self, j: Journey) -> list[tuple[str, str]]:
        """Return the label where a segment arrives: its header again where it was long on the way, and what is told of it."""
        marks = [(self.account.say(mark), f"mark {mark}") for mark in j.marks if mark != "never-arrives"]
        return [*([] if j.at_once and not j.again else [(str(j.header), "segment")]), *marks]

    def _segments(self) -> None:
        """Draw the lines, and then the labels over them, each where its line is at that height."""
        lines: dict[int, Stroke] = {}
        for j in self.ways:
            line = self._line(j)
            if line is not None:
                lines[id(j)] = line
                self.picture.lines.append(line)
        for j, height, text, kind in self.labels:
            width = columns(text) * CHARACTER
            ends = [self.lifelines[role] for role in (j.source, j.destination) if role in self.lifelines]
            low, high = min(ends, default=self.left), max(ends, default=self.picture.width)
            low, high = low + _CLEAR + width / 2, high - _CLEAR - width / 2
            x = _at(lines[id(j)], height) if id(j) in lines else low
            self.picture.texts.append(Text(max(low, min(x, high)), height + 4, text, kind, "middle"))

    def _line(self, j: Journey) -> Stroke | None:
        if j.source not in self.lifelines or j.destination not in self.lifelines:
            return None
        source, to = self.lifelines[j.source], self.lifelines[j.destination]
        kind = "segment" + (" old" if j.header.old else " again" if j.again else "")
        if j.departs is None:  # it was in flight before the run
            assert j.ends is not None
            begin = (source + _STUB * (to - source), self.heights[j.ends] - 2 * _CHIP)
        else:
            begin = (source, self._edge(j.source, j.departs, 1))
        if j.fate is Fate.NEVER_ARRIVES or j.ends is None:
            below = next(height for other, height, _, _ in self.labels if other is j) + LINE / 2
            return Stroke(begin, (source + _STUB * (to - source), below), "segment pending", "ellipsis")
        if j.fate is Fate.LOST:
            return Stroke(begin, (source + _LOSS * (to - source), self.heights[j.ends]), f"{kind} lost", "cross")
        return Stroke(begin, (to, self._edge(j.destination, j.ends, -1)), kind, "arrow")

    def _edge(self, role: str, number: int, side: int) -> float:
        """Return where a segment leaves (``side`` 1) or arrives (-1): below or above the state that the step led to."""
        return self.heights[number] + (side * _CHIP / 2 if (role, number) in self.changed else 0)

    def _cycle(self, bottom: float) -> None:
        loop = self.trace.loop
        if loop is None or loop == len(self.trace):
            return
        x, top = _MARGIN, next(band.top for band in self.picture.bands if band.step == loop + 1)
        self.picture.lines += [
            Stroke((x + 12, bottom - 4), (x, bottom - 4), "cycle"),
            Stroke((x, bottom - 4), (x, top + 8), "cycle"),
            Stroke((x, top + 8), (x + 12, top + 8), "cycle", "arrow"),
        ]

    def _legend(self) -> None:
        """Say what the kinds of line mean, of those that there are."""
        for told in self._kinds():
            self._say([self.account.say(told)], "legend")

    def _kinds(self) -> Iterator[str]:
        kinds = {
            "legend-old": any(j.header.old for j in self.ways),
            "legend-again": any(j.again and not j.header.old for j in self.ways),
            "legend-lost": any(j.fate is Fate.LOST for j in self.ways),
            "legend-pending": any(j.fate is Fate.NEVER_ARRIVES for j in self.ways),
        }
        return (key for key, there in kinds.items() if there)


def _at(line: Stroke, height: float) -> float:
    """Return the x at which a line is at a height, or that of its nearer end."""
    (x, y), (to, bottom) = line.begin, line.to
    part = min(max((height - y) / (bottom - y), 0.0), 1.0) if bottom != y else 0.5
    return x + part * (to - x)
