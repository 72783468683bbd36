"""Where everything is in a drawing of a run: lifelines, states, slanted arrows, and text that nothing crosses.

Time runs down. Each step has a row: what it is called stands on the side of the endpoint that acts, outside the lifelines, with
what is said of it below; its state is on the lifeline, and what it sends beside that, on the way to where it goes. A segment is
a straight line from the step in which it leaves to the step in which it arrives, so that delay is seen as slant, and overtaking
as crossing. Where lines take all the room that is left between the lifelines, a label stands outside as well. So no text meets
a line or another text; a font of fixed width makes that a matter of counting.

All lengths are in pixels, x from the left and y from the top. A *kind* is the class that the style sheet of a page knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil, floor

from checker.runs.trace import Trace
from properties.claim import Kind
from reports.traces.account import Account, changes_text
from reports.traces.formats import FONT, NATURAL, Size
from reports.traces.journeys import Fate, Journey, journeys, lifelines
from reports.wrapping import columns, wrapped

CHARACTER = 7.25
"""How wide a character is at the size of the text, 12 pixels: 0.6 em in the fonts that are asked for, and a little."""
LINE = 17.0
"""The height of a band with one line of text."""
_MARGIN = 14.0
"""Room around the drawing."""
_CYCLE = 22.0
"""Room left of the lifelines for the line of a cycle."""
_CHIP = 20.0
"""The height of the name of a state."""
_LEAST_LANE = 150.0
"""How far lifelines are apart, at least."""
_LEAST_ROOM = 150.0
"""Room outside the lifelines, at least."""
_END = 6.0
"""How far the end of a line goes to its sides, or beyond it: an arrowhead, a cross, a dot."""
_STUB = 0.3
"""How far the line of a segment that does not arrive goes, as a part of the way."""
_LOSS = 0.55
"""How far the line of a segment that is lost goes, as a part of the way."""
_CLEAR = 6.0
"""Room between a text and a lifeline, a state, or a line."""
_LEGIBLE = 7
"""The least text, in pixels, that is worth a drawing's fitting."""
_NEAR = 40.0
"""How far a label may be from what it is about."""
_GAP = 22.0
"""Room between the rows of two steps, in which segments are on their way."""


class TooNarrowError(ValueError):
    """A drawing was asked for that is narrower than what stands in it."""

    @classmethod
    def of(cls, least: float, size: Size) -> TooNarrowError:
        """Return that a drawing takes ``least`` with text as it is, which is more than was asked for, and what would do."""
        assert size.width is not None
        font, fitting = size.font or FONT, floor(size.width * FONT / least)
        smaller = f", or --font-size {fitting}" if fitting >= _LEGIBLE else ""
        return cls(
            f"this run takes {ceil(least * font / FONT)} pixels with text of {font}: "
            f"write --width {ceil(least * font / FONT)}{smaller}, or leave out --width"
        )


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


@dataclass
class Picture:
    """A drawing: its size, and the shapes in it. ``scale`` is by how much it is shown larger than that.

    ``bars`` are the points (x, y) in the middle of a bar on a lifeline, where an endpoint acts and stays as it was.
    """

    width: float = 0.0
    height: float = 0.0
    scale: float = 1.0
    lines: list[Stroke] = field(default_factory=list)
    bars: list[tuple[float, float]] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Label:
    """A text that stands between lifelines where there is room for it, and outside else.

    ``role`` is the endpoint that it is about. It is near where a journey arrives, whose number is ``way``, near where that
    leaves (``leaving``), or on the outer side of the endpoint where there is none.
    """

    role: str
    text: str
    kind: str
    way: int | None = None
    leaving: bool = False


def picture(account: Account, *, heading: bool = True, size: Size = NATURAL) -> Picture:
    """Return the drawing of a run.

    Parameters
    ----------
    account : Account
        The run, and what is said of it, in some language.
    heading : bool
        Whether the title, what the claim says and how the run ends stand above and below it.
    size : Size
        How wide it is, and how large its text.

    Raises
    ------
    TooNarrowError
        Where that is too narrow for text of that size.
    """
    outside: frozenset[_Label] = frozenset()
    while True:  # each time more labels have a band of their own outside, until all the others have room between the lines
        layout = _Layout(account, size, outside)
        drawn = layout.drawn(heading=heading)
        if layout.crowded <= outside:
            return drawn
        outside |= layout.crowded


class _Layout:
    """What draws a run from the top to the bottom; ``y`` is where the next band begins."""

    def __init__(self, account: Account, size: Size, outside: frozenset[_Label]) -> None:
        self.account = account
        self.trace: Trace = account.trace
        self.ways = journeys(account.trace)
        self.picture = Picture(scale=(size.font or FONT) / FONT)
        self.y = _MARGIN
        self.heights: dict[int, float] = {}
        self.begins: dict[int, float] = {}
        self.labels: list[tuple[_Label, float]] = []
        self.outside = outside
        self.crowded: frozenset[_Label] = frozenset()
        self._place_lifelines(size)

    def _place_lifelines(self, size: Size) -> None:
        """Make room between lifelines, and outside of them, for the longest text there; what is left goes between them."""
        trace, roles = self.trace, lifelines(self.trace)
        states = [*trace.initial_states.values(), *(s for step in trace.steps for s in step.states.values()), *roles]
        self.chip = max(map(len, states), default=0) * CHARACTER + 14
        told = [(j.source, line) for j in self.ways for line, _ in self._leaving(j)]
        told += [(j.destination, line) for j in self.ways for line, _ in self._arriving(j)]
        longest = max((columns(line) for _, line in told), default=0) * CHARACTER
        lane = max(_LEAST_LANE, self.chip + 24, self.chip / 2 + longest + 3 * _CLEAR)
        told += [(step.by, _heading(number, step.action)) for number, step in enumerate(trace.steps, 1)]
        self.right_side = roles[(len(roles) + 1) // 2 :]
        room = {
            right: max([_LEAST_ROOM, *(columns(line) * CHARACTER for by, line in told if (by in self.right_side) is right)])
            for right in (False, True)
        }
        self.left = _MARGIN + (_CYCLE if trace.loop is not None else 0)
        outside = self.left + room[False] + _CLEAR + (room[True] + _CLEAR if self.right_side else 0) + _MARGIN
        least = outside + self.chip * bool(roles) + lane * max(len(roles) - 1, 0)
        self.picture.width = size.width / self.picture.scale if size.width else least
        if self.picture.width < least:
            raise TooNarrowError.of(least, size)
        between = (self.picture.width - least) / max(len(roles) - 1, 1)
        self.inner = self.left + room[False]
        first = self.inner + _CLEAR + self.chip / 2
        self.lifelines = {role: first + index * (lane + between) for index, role in enumerate(roles)}
        self.outer = max(self.lifelines.values(), default=first) + self.chip / 2 + _CLEAR
        self.rooms = room

    def drawn(self, *, heading: bool) -> Picture:
        if heading:
            self._say([self.account.title], "title")
            self._say(self.account.says, "says")
            self.y += 8
        top = self._roles()
        for number in range(1, len(self.trace) + 1):
            self._between(number - 1)
            self.begins[number] = self.y
            self._step(number)
        self._between(len(self.trace))
        bottom = self.y
        lifelines = [Stroke((x, top), (x, bottom), "lifeline") for x in self.lifelines.values()]
        self.picture.lines += [*lifelines, *filter(None, map(self._line, self.ways))]
        self._place_labels()
        self._cycle(bottom)
        if heading:
            self.y += 6
            self._say(self.account.ends, "ends")
        self.y += 6
        self._legend()
        self.picture.height = self.y + _MARGIN
        return self.picture

    def _say(self, sentences: tuple[str, ...] | list[str], kind: str, room: float = 0.0) -> None:
        """Put sentences into bands of their own at the left, in all the width or in as much ``room``."""
        characters = int((room or self.picture.width - self.left - _MARGIN) / CHARACTER)
        for line in (line for sentence in sentences for line in wrapped(sentence, max(characters, 20))):
            self.picture.texts.append(Text(self.left, self.y + LINE - 5, line, kind))
            self.y += LINE

    def _beside(self, sentence: str, kind: str, by: str, height: float) -> float:
        """Put a sentence on the side of the endpoint that acts, its first line at a height; return the height after it."""
        for line in wrapped(sentence, max(int(self.rooms[by in self.right_side] / CHARACTER), 20)):
            self.labels.append((_Label(by, line, kind), height))
            height += LINE
        return height

    def _roles(self) -> float:
        for role, x in self.lifelines.items():
            self.picture.texts.append(Text(x, self.y + LINE - 5, role, "role", "middle"))
        self.y += LINE if self.lifelines else 0
        top = self.y
        self._states(0, self.trace.initial_states, {})
        return top

    def _states(self, number: int, states: Mapping[str, str], before: Mapping[str, str]) -> None:
        """Put the states that are new at the height of a step, and a bar where an endpoint acts and stays as it was.

        ``number`` is that of the step, ``states`` and ``before`` are the states after and before it, by role.
        """
        height = self.heights[number] = self.y + _CHIP / 2 + 2
        busy = {j.source for j in self.ways if j.departs == number}
        busy |= {j.destination for j in self.ways if j.ends == number and j.fate is Fate.ARRIVES}
        for role, x in self.lifelines.items():
            if states.get(role) != before.get(role):
                kind = "state established" if states[role] == "ESTABLISHED" else "state"
                self.picture.chips.append(Chip(x, height, self.chip, states[role], kind))
            elif role in busy:
                self.picture.bars.append((x, height))
        self.y += _CHIP + 4

    def _step(self, number: int) -> None:
        step = self.trace.steps[number - 1]
        before = self.trace.steps[number - 2].states if number > 1 else self.trace.initial_states
        self._states(number, step.states, before)
        height = self.heights[number]
        below = self._beside(_heading(number, step.action), "action", step.by, height)
        for label in self._departing(number):
            self.labels.append((label, below if label in self.outside else height))
            if label in self.outside:
                below += LINE
            else:
                height += LINE
        for claim in self.account.claims:
            if claim.asserted and claim.newly(number):
                told = f"{claim.name}: {self.account.say(claim.truth(number))}"
                below = self._beside(told, "wrong" if claim.kind is Kind.SAFETY else "says", step.by, below)
        if not self.trace.network:
            for told in changes_text(self.trace, number):
                below = self._beside(told, "change", step.by, below)
        self.y = max(self.y, max(below, height) - LINE / 2)

    def _between(self, number: int) -> None:
        """Leave room for what is on its way after so many steps, and a band for each label and for what is to be said there."""
        self.y += _GAP if self.ways else 4
        if number in self.account.remarks:
            self._say([self.account.remarks[number]], "remark", self.rooms[False])
            self.y += 4
        for way, j in enumerate(self.ways):
            for line, kind in self._arriving(j) if j.ends == number + 1 else ():
                self.labels.append((_Label(j.destination, line, kind, way), self.y + LINE / 2))
                self.y += LINE
        if number == self.trace.loop:
            said = self.account.say("cycle-begins" if number < len(self.trace) else "nothing-more")
            self._say([said], "cycle", self.rooms[False])
        elif number == len(self.trace) and self.trace.loop is not None:
            self._say([self.account.say("cycle-ends", number=self.trace.loop + 1)], "cycle", self.rooms[False])

    def _departing(self, number: int) -> list[_Label]:
        """Return the labels of what leaves in a step: the first that stands between lifelines is beside the state it leaves."""
        leaving = [(way, j) for way, j in enumerate(self.ways) if j.departs == number and not j.again]
        return [_Label(j.source, line, kind, way, leaving=True) for way, j in leaving for line, kind in self._leaving(j)]

    def _leaving(self, j: Journey) -> list[tuple[str, str]]:
        """Return the label where a segment leaves; all of it, where it arrives in the next step."""
        if j.departs is None:
            return []
        return [(str(j.header), "segment")]

    def _arriving(self, j: Journey) -> list[tuple[str, str]]:
        """Return the label where a segment arrives: its header again where it was long on the way, and what is told of it."""
        marks = [(self.account.say(mark), f"mark {mark}") for mark in j.marks if mark != "never-arrives"]
        return [*([] if j.at_once and not j.again else [(str(j.header), "segment")]), *marks]

    def _place_labels(self) -> None:
        """Put each label where it is free of lines and of other texts; outside is what is about the endpoints there."""
        outermost = {*self.trace.roles[:1], *self.trace.roles[-1:]}
        for label, height in self.labels:
            between = label.way is not None or (label.role in self.lifelines and label.role not in outermost)
            found = self._between_lines(label, height) if between and label not in self.outside else None
            if between and found is None:
                self.crowded |= {label}
            x, anchor = (self.outer, "start") if label.role in self.right_side else (self.inner, "end")
            if found is not None:
                x, anchor = found, "start"
            self.picture.texts.append(Text(x, height + 4, label.text, label.kind, anchor))

    def _between_lines(self, label: _Label, height: float) -> float | None:
        """Return where a label can begin beside its endpoint's lifeline; None where there is no room near by."""
        width, at = columns(label.text) * CHARACTER, self.lifelines.get(label.role)
        if at is None:
            return None
        towards, beside = self._towards(label, at), self.chip / 2 + _CLEAR + width / 2
        line = None if label.way is None or label.leaving else self._line(self.ways[label.way])
        wished, near = at + towards * beside, _NEAR
        if line is not None:
            wished, near = _at(line, height), width / 2 + _NEAR
        found = self._free(wished, near, width, height)
        return self._free(at - towards * beside, _NEAR, width, height) if found is None else found

    def _towards(self, label: _Label, at: float) -> int:
        """Return on which side of its endpoint, which is ``at`` there, a label stands first: 1 is right."""
        if label.way is None:
            return 1 if label.role in self.right_side else -1
        other = self.ways[label.way].destination if label.leaving else self.ways[label.way].source
        return 1 if self.lifelines.get(other, 0.0) > at else -1

    def _free(self, wished: float, near: float, width: float, height: float) -> float | None:
        """Return where a text of some width can begin that has its middle where it is ``wished``, or so ``near`` to that."""
        first, last = min(self.lifelines.values()), max(self.lifelines.values())
        taken = [*self._taken(height)]
        tried = [wished - width / 2, *(b + _CLEAR for _, b in taken), *(a - _CLEAR - width for a, _ in taken)]
        fitting = [
            x
            for x in tried
            if first < x
            and x + width < last
            and abs(x + width / 2 - wished) <= near
            and all(x + width + _CLEAR <= a or b + _CLEAR <= x for a, b in taken)
        ]
        return min(fitting, key=lambda x: abs(x + width / 2 - wished), default=None)

    def _taken(self, height: float) -> Iterator[tuple[float, float]]:
        """Yield from where to where something is already, in the band of a text whose middle is at a height."""
        top, bottom = height - LINE / 2, height + LINE / 2
        for line in self.picture.lines:
            (_, begin), (_, end) = line.begin, line.to
            beyond = _END if line.end else 0.0
            if begin < bottom and end + beyond > top:
                reach = sorted((_at(line, top), _at(line, bottom)))
                wider = _END if line.end and end - _END < bottom else 0.0
                yield reach[0] - wider, reach[1] + wider
        for chip in self.picture.chips:
            if abs(chip.y - height) < (_CHIP + LINE) / 2:
                yield chip.x - chip.width / 2, chip.x + chip.width / 2
        for text in self.picture.texts:
            left, above, right, below = text.box
            if above < bottom and top < below:
                yield left, right

    def _line(self, j: Journey) -> Stroke | None:
        if j.source not in self.lifelines or j.destination not in self.lifelines:
            return None
        source, to = self.lifelines[j.source], self.lifelines[j.destination]
        kind = "segment" + (" old" if j.header.old else " again" if j.again else "")
        if j.departs is None:  # it was in flight before the run
            assert j.ends is not None
            begin = (source + _STUB * (to - source), self.heights[j.ends] - 2 * _CHIP)
        else:
            begin = (source, self.heights[j.departs] + _CHIP / 2)
        if j.fate is Fate.NEVER_ARRIVES or j.ends is None:
            same = [other for other in self.ways if other.departs == j.departs and not other.again]
            below = begin[1] + _GAP / 2 + LINE * next((n for n, other in enumerate(same) if other is j), 0)
            return Stroke(begin, (source + _STUB * (to - source), below), "segment pending", "ellipsis")
        if j.fate is Fate.LOST:
            return Stroke(begin, (source + _LOSS * (to - source), self.heights[j.ends]), f"{kind} lost", "cross")
        at = begin[1] if j.ends == j.departs else self.heights[j.ends] - _CHIP / 2
        return Stroke(begin, (to, at), kind, "arrow")

    def _cycle(self, bottom: float) -> None:
        loop = self.trace.loop
        if loop is None or loop == len(self.trace):
            return
        x, top = _MARGIN, self.begins[loop + 1]
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


def _heading(number: int, action: str) -> str:
    return f"{number}. {action}"
