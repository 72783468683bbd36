"""Runs in the layout of the figures of RFC 9293 §3.5, one beside the other where several models play one scenario.

A line is a segment: ``-->`` from its sender, ``-->`` to its receiver, ``...`` where it is still on the way or has been for a
while, ``X`` where it is lost. The state on each side is that after the line. A segment that arrives in the very next step is
one line, as in the RFC; one that is held up is two, where it leaves and where it arrives.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from checker.runs.trace import Header, Trace
from checker.scenarios.player import Phase, Played
from checker.scenarios.scenario import Scenario
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.traces.account import of_trace, violated
from reports.traces.terminal import diagram
from reports.width import WIDTH
from reports.wrapping import columns, padded, wrapped

_ENGLISH = language(ENGLISH)
_SIDES = 2
_STATE = 12
_GUTTER = 4
_NUMBER = 4
_LANE = 38
"""Two states and an arrow: the narrowest column in which a run can be shown."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One line: the states after it, the segment (None for a step without one), and which halves of its way it shows.

    ``step`` is the number of the step in which it begins, counted from 0, ``note`` what there is to say about it.
    """

    left: str
    right: str
    segment: Header | None
    leaves: bool
    arrives: bool
    note: str
    step: int

    @property
    def shows(self) -> tuple[int, ...]:
        """The steps that it shows: of a segment that leaves and arrives on it, both."""
        return (self.step, self.step + 1) if self.leaves and self.arrives else (self.step,)


def figure_lines(trace: Trace, breaks: Iterable[int] = ()) -> list[FigureRow]:
    """Return the lines of a run; a segment does not arrive on the line on which it leaves where a phase begins between."""
    left, right = trace.roles
    lines: list[FigureRow] = []
    at_once: Header | None = None
    begins = set(breaks)
    for number, step in enumerate(trace.steps):
        before, after = (trace.steps[number - 1].states if number else trace.initial_states), step.states
        if step.received is not None and at_once is None:
            note = _notes(old=step.received.old, copy=step.kept)
            lines.append(
                FigureRow(after[left], after[right], step.received, leaves=False, arrives=True, note=note, step=number)
            )
        if step.lost is not None:
            lines.append(FigureRow(after[left], after[right], step.lost, leaves=False, arrives=False, note="lost", step=number))
        at_once = _arrives_next(trace, number, begins)
        for header in step.sent:
            if header is at_once:
                following = trace.steps[number + 1]
                states = {role: (after if role == header.source else following.states)[role] for role in (left, right)}
                note = _notes(copy=following.kept)
                lines.append(FigureRow(states[left], states[right], header, leaves=True, arrives=True, note=note, step=number))
            else:
                lines.append(FigureRow(after[left], after[right], header, leaves=True, arrives=False, note="", step=number))
        shown = step.sent or step.received is not None or step.lost is not None
        if not shown and (before != after or not number):
            lines.append(FigureRow(after[left], after[right], None, leaves=False, arrives=False, note=step.action, step=number))
    return lines


def _arrives_next(trace: Trace, number: int, begins: set[int]) -> Header | None:
    """Return the segment sent in a step that arrives in the next."""
    if number + 1 == len(trace) or number + 1 in begins:
        return None
    received = trace.steps[number + 1].received
    return next((h for h in trace.steps[number].sent if received is not None and h.row == received.row), None)


def _notes(*, old: bool = False, copy: bool = False) -> str:
    return ", ".join(word for word, on in (("old duplicate", old), ("a copy stays", copy)) if on)


def _drawn(line: FigureRow, left: str, width: int, spoken: Language) -> list[str]:
    """Return a line of a figure: in one row where its segment fits between the states, in two where it does not."""
    middle = width - 2 * _STATE
    if line.segment is None:
        fits = len(line.note) + 2 <= middle
        return _row(line, f"{line.note:^{middle}}" if fits else " " * middle, "" if fits else line.note, width)
    rightwards = line.segment.source == left
    note = spoken.word("comma").join(map(spoken.tell, line.note.split(", "))) if line.note not in ("", "lost") else ""
    label = str(line.segment) + (f" ({note})" if note else "")
    if columns(label) + 12 <= middle:
        first, last = ("-->" if line.leaves else "..."), ("-->" if line.arrives else "..." if line.leaves else "")
        if line.note == "lost":
            first, last = "...", " X "
        if not rightwards:
            first, last = last.replace("-->", "<--"), first.replace("-->", "<--")
        return _row(line, f" {first} {padded(label, middle - 10)} {last} ", "", width)
    arrow = _arrow(line, middle, rightwards=rightwards)
    if columns(label) > width and note:
        return [f"{line.segment!s:^{width}}", *_row(line, arrow, f"({note})", width)]
    return _row(line, arrow, label, width)


def _arrow(line: FigureRow, middle: int, *, rightwards: bool) -> str:
    """Return an arrow without a label: the whole way, the half into the network, or the half out of it."""
    length = middle - 2
    if line.note == "lost":
        text = f"{'-' * (length - 4)}> X" if rightwards else f"X <{'-' * (length - 4)}"
    elif line.leaves and line.arrives:
        text = f"{'-' * (length - 1)}>" if rightwards else f"<{'-' * (length - 1)}"
    else:
        half = f"{'-' * (length - 5)}>" if rightwards else f"<{'-' * (length - 5)}"
        text = f"{half} ..." if line.leaves == rightwards else f"... {half}"
    return f" {text} "


def _row(line: FigureRow, middle: str, above: str, width: int) -> list[str]:
    states = f"{line.left:<{_STATE}}{middle}{line.right:>{_STATE}}"
    return [padded(above, width, "^"), states] if above else [states]


def played(scenario: Scenario, runs: Sequence[Played], width: int = WIDTH, spoken: Language = _ENGLISH) -> str:
    """Return a scenario as it went on each model, and which claims were violated on the way."""
    lines = wrapped(spoken.word("colon").join(filter(None, (scenario.name, scenario.summary))), width)
    pictured = all(len(run.trace.roles) == _SIDES for run in runs)
    if runs[0].lines and all(run.whole for run in runs):
        for run in runs:
            lines += ["", *([run.spec.name, ""] if len(runs) > 1 else []), rfc_figure(run, width)]
        lines += ["", *wrapped(spoken.tell("Every line comes from the run, and is as the figure has it."), width)]
    elif not pictured:
        told = (replace(of_trace(run.trace), language=spoken) for run in runs)
        lines += ["\n\n".join(f"\n{run.spec.name}\n{diagram(of)}" for run, of in zip(runs, told, strict=True)), ""]
    else:
        lines += ["", side_by_side(runs, width, spoken) if len(runs) > 1 else figure(runs[0], width, spoken), ""]
    for run in runs:
        lines += wrapped(violated(run.spec.name, run.violated, spoken, numbered=not pictured), width, hanging=4)
    return "\n".join(lines)


_GAP = 4
_PEERS = ("TCP Peer A", "TCP Peer B")


def rfc_figure(played: Played, width: int = WIDTH) -> str:
    """Return the lines of a run that are those of a figure of the RFC, in its layout: ``-->`` on both sides of a segment."""
    heads = [name if role == name[-1] else f"{name} ({role})" for name, role in zip(_PEERS, played.trace.roles, strict=True)]
    left = max(len(line.left) for _, line in played.lines)
    middle = max(len(heads[0]) - left - 8, *(len(line.segment) for _, line in played.lines))
    far = max(len(heads[1]), *(len(line.right) for _, line in played.lines))
    right = _GAP + left + middle + 10
    fits = right + far <= width
    shown: list[str] = []
    number = 0
    for index, phase in enumerate(played.phases):
        if phase.says:
            shown += [*([""] if shown else []), *wrapped(phase.says, width), ""]
        for line in [line for of, line in played.lines if of == index]:
            begin, end = line.arrows if line.fields else ("", "")
            near = f"{number + 1:>2}. {line.left:<{left}} {begin:<4}{line.segment:<{middle}} {end:<4}"
            if right > width:  # not even one side fits: fold what the line has
                words = textwrap.wrap(" ".join(f"{near} {line.right}".split()), width, subsequent_indent=" " * _GAP)
                shown += words
                number += 1
                continue
            rows = [(near, line.right)] if number else [(f"{'':{_GAP}}{heads[0]}", heads[1]), (near, line.right)]
            for row, state in rows:  # what is on the right goes on a row of its own where numbers are too long
                shown += [f"{row:<{right}}{state}"] if fits else [row, *([f"{state:>{width}}"] if state else [])]
            number += 1
    return "\n".join(row.rstrip() for row in shown).rstrip()


def figure(played: Played, width: int = WIDTH, spoken: Language = _ENGLISH) -> str:
    """Return one run as a figure of the RFC, its lines numbered."""
    trace = played.trace
    left, right = trace.roles
    room = width - _NUMBER
    heading = f"{'':{_NUMBER}}{left:<{_STATE}}{'':{room - 2 * _STATE}}{right:>{_STATE}}"
    lines = figure_lines(trace, (phase.begin for phase in played.phases))
    shown = [heading, f"{'':{_NUMBER}}{trace.initial_states[left]:<{room - _STATE}}{trace.initial_states[right]:>{_STATE}}"]
    number = 0
    for phase in played.phases:
        shown += ["", *wrapped(phase.says, width)] if phase.says else []
        for line in in_phase(lines, phase):
            number += 1
            *above, last = _drawn(line, left, room, spoken)
            shown += [" " * _NUMBER + row for row in above] + [f"{number:>2}  {last}"]
            shown += [" " * _NUMBER + row for row in _marks(played, lines, line, room, spoken)]
    return "\n".join(row.rstrip() for row in shown)


def _marks(played: Played, lines: Sequence[FigureRow], line: FigureRow, width: int, spoken: Language) -> list[str]:
    """Return a row for each claim that a line is the first to show the violation of."""
    violated = spoken.word("violated")
    return [padded(f"^ {claim} {violated}", width, ">") for claim in violations(played, lines, line)]


def violations(played: Played, lines: Sequence[FigureRow], line: FigureRow) -> list[str]:
    """Return the claims that are violated by a step which this line is the first to show."""
    earlier = {step for other in lines[: lines.index(line)] for step in other.shows}
    new = [step + 1 for step in line.shows if step not in earlier]
    return [claim for claim, steps in played.violated.items() for step in steps if step in new]


def in_phase(lines: Sequence[FigureRow], phase: Phase) -> Iterator[FigureRow]:
    """Yield the lines of one phase of a run."""
    return (line for line in lines if phase.begin <= line.step < phase.end)


def side_by_side(runs: Sequence[Played], width: int = WIDTH, spoken: Language = _ENGLISH) -> str:
    """Return runs of one scenario as columns, phase beside phase; as many beside each other as ``width`` has room for."""
    beside = max(1, (width + _GUTTER) // (_LANE + _GUTTER))
    segments = [header for run in runs for step in run.trace.steps for header in step.sent]
    if max((len(str(header)) for header in segments), default=0) > _LANE:
        beside = 1
    if beside < len(runs):
        parts = (runs[i : i + beside] for i in range(0, len(runs), beside))
        return "\n\n\n".join(
            side_by_side(part, width, spoken) if len(part) > 1 else _alone(part[0], width, spoken) for part in parts
        )
    gutter = " " * _GUTTER
    heads = [f"{run.spec.name:^{_LANE}}" for run in runs]
    roles = [f"{run.trace.roles[0]:<{_STATE}}{'':{_LANE - 2 * _STATE}}{run.trace.roles[1]:>{_STATE}}" for run in runs]
    begins = [run.trace.initial_states for run in runs]
    first = [
        f"{begin[run.trace.roles[0]]:<{_STATE}}{'':{_LANE - 2 * _STATE}}{begin[run.trace.roles[1]]:>{_STATE}}"
        for run, begin in zip(runs, begins, strict=True)
    ]
    shown = [gutter.join(heads), gutter.join("-" * _LANE for _ in runs), gutter.join(roles), gutter.join(first)]
    every = [figure_lines(run.trace, (phase.begin for phase in run.phases)) for run in runs]
    for phases in zip(*(run.phases for run in runs), strict=True):
        shown += ["", *wrapped(phases[0].says, width)] if phases[0].says else [""]
        beside_each_other = [
            [
                row
                for line in in_phase(lines, phase)
                for row in (*_drawn(line, run.trace.roles[0], _LANE, spoken), *_marks(run, lines, line, _LANE, spoken))
            ]
            for run, lines, phase in zip(runs, every, phases, strict=True)
        ]
        shown += [gutter.join(row) for row in zip_longest(*beside_each_other, fillvalue=" " * _LANE)]
    return "\n".join(row.rstrip() for row in shown)


def _alone(played: Played, width: int, spoken: Language) -> str:
    return f"{played.spec.name}\n{'-' * width}\n{figure(played, width, spoken)}"
