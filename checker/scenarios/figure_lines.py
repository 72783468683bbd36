"""Lines of the figures of RFC 9293 §3.5: as a scenario expects them, and as a run shows them.

A line is a segment, from where it leaves to where it arrives, with the states of both sides after that. ``-->`` and ``<--`` say
that it leaves or arrives on this line, ``...`` that it is in the network. A line without a segment, ``CLOSED | LISTEN``, is the
states alone. A side may be left blank, or have one of the RFC's comments in its place: each of them means something here, which
the run has to show (:data:`COMMENTS`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from checker.runs.trace import Header, Trace
from model.notation.sorts import NotationError, nearest

_STATES = re.compile(r"(?P<left>.*?)\s*\|\s*(?P<right>.*)")
_SEGMENT = re.compile(
    r"(?P<left>.*?)\s*(?P<begin>-->|<--|\.\.\.)\s*(?P<segment>(?:<[A-Z]+(?:=[^<>]+)?>)+)\s*(?P<end>-->|<--|\.\.\.)\s*(?P<right>.*)"
)
_FIELD = re.compile(r"<([A-Z]+)(?:=([^<>]+))?>")
_NUMBERED = ("SEQ", "ACK")
_BEGINS = (["SEQ"], ["SEQ", "ACK"], ["SEQ", "CTL"], ["SEQ", "DATA"])
"""How the fields of a segment may begin."""
_POINTS = re.compile(r"\(send (\w+(?:\+\d+)?),receive (\w+(?:\+\d+)?)\)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line. ``fields`` are those of the segment, in the order in which they are written; it has none without a segment.

    ``left`` and ``right`` are a state, a comment in parentheses, or "". ``leaves`` says that the segment leaves its sender on
    this line, ``arrives`` that it arrives.
    """

    left: str
    right: str
    fields: tuple[tuple[str, str], ...] = ()
    rightwards: bool = True
    leaves: bool = False
    arrives: bool = False

    @property
    def segment(self) -> str:
        """The segment as the RFC writes it."""
        return "".join(f"<{name}={value}>" if value else f"<{name}>" for name, value in self.fields)

    @property
    def arrows(self) -> tuple[str, str]:
        """What stands left and right of the segment."""
        arrow = "-->" if self.rightwards else "<--"
        ends = tuple(arrow if there else "..." for there in (self.leaves, self.arrives))
        return (ends[0], ends[1]) if self.rightwards else (ends[1], ends[0])

    def __str__(self) -> str:
        if not self.fields:
            return f"{self.left} | {self.right}"
        begin, end = self.arrows
        return " ".join(part for part in (self.left, begin, self.segment, end, self.right) if part)


class DifferentLineError(Exception):
    """A run does not show the line that is expected; the message says what it shows."""


def parse(text: str, number: Callable[[str], str]) -> Line:
    """Return the line that a text describes; ``number`` says what stands for a number or a name in it.

    Raises :class:`~model.notation.sorts.NotationError` for a text that is no line.
    """
    found = _SEGMENT.fullmatch(text.strip())
    if found is None:
        states = _STATES.fullmatch(text.strip())
        if states is None:
            example = "'CLOSED | LISTEN' or 'SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED'"
            raise NotationError(f"{text!r} is no line of a figure: write it as in {example}")
        return Line(_numbered(states["left"], number), _numbered(states["right"], number))
    ends = (found["begin"], found["end"])
    if set(ends) == {"..."} or set(ends) == {"-->", "<--"}:
        raise NotationError(f"{text!r} is no line of a figure: its arrows say in no one direction where the segment goes")
    rightwards = "-->" in ends
    leaves, arrives = (end != "..." for end in (ends if rightwards else reversed(ends)))
    written = _FIELD.findall(found["segment"])
    names = [name for name, _ in written]
    if len(set(names)) < len(names) or names[: len(_NUMBERED)] not in _BEGINS:
        raise NotationError(f"{text!r} is no line of a figure: a segment is <SEQ=..>, <ACK=..> if it has one, and the rest")
    lacking = [name for name, value in written if not value and name != "DATA"]
    if lacking:
        raise NotationError(f"{text!r} is no line of a figure: write <{lacking[0]}=...>, with what it is")
    fields = tuple((name, number(value) if name in _NUMBERED else value) for name, value in written)
    return Line(_numbered(found["left"], number), _numbered(found["right"], number), fields, rightwards, leaves, arrives)


def _numbered(cell: str, number: Callable[[str], str]) -> str:
    """Return a side of a line, checked, with its numbers as they are to be."""
    if not cell.startswith("("):
        return cell
    points = _POINTS.fullmatch(cell)
    if points is not None:
        return f"(send {number(points[1])},receive {number(points[2])})"
    if cell not in COMMENTS:
        raise NotationError(f"{cell!r} is no comment of the RFC's figures; {nearest(cell, (*COMMENTS, '(send 1,receive 1)'))}")
    return cell


@dataclass(frozen=True, slots=True)
class _Side:
    """One side at a line: its state before and after the step that the line is about, and its part in the line's segment."""

    role: str
    trace: Trace
    number: int
    segment: Header | None = None
    receives: bool = False

    @property
    def state(self) -> str:
        """Its state after the step."""
        return self._states(self.number)

    def _states(self, number: int) -> str:
        return (self.trace.steps[number].states if number >= 0 else self.trace.initial_states)[self.role]

    def crashed(self) -> bool:
        """Return whether the step is a crash of its host."""
        return self.number >= 0 and self.trace.steps[self.number].action == f"{self.role}_crashes"

    def is_over(self) -> bool:
        """Return whether it sent the segment in a connection that it has no more."""
        return self.segment is not None and self.segment.old and not self.receives

    def ignores(self) -> bool:
        """Return whether it received the segment, and all its variables are as they were."""
        if not self.receives:
            return False
        before, after = self.trace.before(self.number), self.trace.steps[self.number].state
        return all(after[name] == value for name, value in before.items() if name.startswith(f"{self.role}."))

    def is_reset(self, before: str, after: str) -> bool:
        """Return whether it received a RST, and went from one state to another."""
        if not (self.receives and self.segment is not None and str(self.segment.cells.get("ctl", "")).startswith("RST")):
            return False
        return (self._states(self.number - 1), self.state) == (before, after)

    def points(self) -> str | None:
        """Return SND.NXT and RCV.NXT as the RFC writes them, None where there are none."""
        state = self.trace.before(self.number + 1)
        sent, received = (state.get(f"{self.role}.{name}") for name in ("snd_nxt", "rcv_nxt"))
        return None if sent is None or received is None else f"(send {sent},receive {received})"


COMMENTS: Mapping[str, Callable[[_Side], bool]] = {
    "(REBOOT)": _Side.crashed,
    "(duplicate)": _Side.is_over,
    "(??)": _Side.ignores,
    "(!!)": _Side.ignores,
    "(Abort!!)": lambda side: side.is_reset("ESTABLISHED", "CLOSED"),
    "(ABORT!!)": lambda side: side.is_reset("ESTABLISHED", "CLOSED"),
    "(return to LISTEN!)": lambda side: side.is_reset("SYN-RECEIVED", "LISTEN"),
}
"""Whether a side shows what a comment says; ``(send 300,receive 100)`` says SND.NXT and RCV.NXT besides."""


def shown(trace: Trace, expected: Sequence[tuple[int, Line]], *, whole: bool = True) -> Iterator[Line]:
    """Yield the lines that a run shows, each as the RFC would write it; ``expected`` has how many steps precede each.

    The figure begins where its first line has the states alone, or else with the run. What was sent before is in the network.
    Of a run that is not the ``whole`` one nothing is said after its last line.

    Raises :class:`DifferentLineError` at the first that is not as expected.
    """
    if not expected:
        return
    earlier = expected[0][0] if not expected[0][1].fields else 0
    leaving = [(n, header) for n, step in enumerate(trace.steps) if n >= earlier for header in step.sent]
    for taken, line in expected:
        _check_arrivals(trace, earlier, taken - 1 if line.fields else taken, line)
        found = _line(trace, leaving, earlier, taken, line)
        if found != line:
            raise DifferentLineError(f"the figure has '{line}', and the run shows '{found}'")
        earlier = taken
        yield found
    if whole:
        _check_arrivals(trace, earlier, len(trace), None)


def _check_arrivals(trace: Trace, begin: int, end: int, line: Line | None) -> None:
    """Raise for a segment that arrives in some steps, between two lines or after the last."""
    arrives = next((step.received for step in trace.steps[begin:end] if step.received is not None), None)
    if arrives is not None:
        where = f"before '{line}'" if line is not None else "after its last line"
        raise DifferentLineError(f"in the run {arrives} arrives {where}, and no line of the figure shows it")


def _line(trace: Trace, leaving: list[tuple[int, Header]], earlier: int, taken: int, line: Line) -> Line:
    """Return what a run shows after so many steps. Departures shown are taken out of ``leaving``."""
    left, right = trace.roles
    last = taken - 1
    if not line.fields:
        return Line(_cell(_Side(left, trace, last), line.left), _cell(_Side(right, trace, last), line.right))
    received = trace.steps[last].received if taken > earlier else None
    departures = [(n, h) for n, h in leaving if n < taken and (received is None or (n < last and h.row == received.row))]
    departure = departures[-1 if received is not None else 0] if departures else None
    segment = received or (departure and departure[1])
    if segment is None:
        raise DifferentLineError(f"the figure has '{line}', and in the run no segment leaves or arrives there")
    rightwards = segment.source == left
    sender, receiver = (left, right) if rightwards else (right, left)
    if departure is not None:
        leaving.remove(departure)
        if trace.steps[departure[0]].states[sender] != trace.steps[last].states[sender]:
            departure = None  # it left some time ago, and its sender has gone on
    near, far = (line.left, line.right) if rightwards else (line.right, line.left)
    sent = _cell(_Side(sender, trace, last, segment), near, absent=departure is None)
    arrived = _cell(_Side(receiver, trace, last, segment, receives=received is not None), far, absent=received is None)
    cells = (sent, arrived) if rightwards else (arrived, sent)
    return Line(*cells, _fields(segment, line), rightwards, departure is not None, received is not None)


def _cell(side: _Side, expected: str, *, absent: bool = False) -> str:
    """Return what a side shows: its state, nothing where the RFC has nothing, the RFC's comment where the run bears it out."""
    if _POINTS.fullmatch(expected):
        return side.points() or side.state
    if expected in COMMENTS and COMMENTS[expected](side):
        return expected
    return "" if absent or not expected else side.state


def _fields(segment: Header, line: Line) -> tuple[tuple[str, str], ...]:
    """Return the fields of a segment, in the order in which the RFC has them on that line."""
    there = dict(re.findall(r"<([A-Z]+)=([^<>]+)>", str(segment)))
    order = [name for name, _ in line.fields if name in there] + [name for name in there if name not in dict(line.fields)]
    some = {name for name, value in line.fields if not value}  # <DATA>, however much
    return tuple((name, "" if name in some else there[name]) for name in order)


def renamed(line: Line, names: Mapping[str, str]) -> Line:
    """Return a line with names in place of numbers, as Figure 11 has them."""
    fields = tuple((name, names.get(value, value) if name in _NUMBERED else value) for name, value in line.fields)
    return replace(line, fields=fields)
