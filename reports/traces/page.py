"""A run as one HTML page that loads nothing: the drawing, and beside it what the step at hand did.

Each step is a section of its own, made here and not by the script, which only shows one at a time: without it all are there,
one below the other. The keys are those of a slide show; whoever cannot see the drawing has the same in the sections, and is
told the step by a live region.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from checker.runs.trace import Trace
from model.notation.pretty import segment_text, value_text
from model.notation.sorts import Format, Value
from reports.traces.account import Account, remembered, segments_in_flight, variables
from reports.traces.formats import NATURAL, Size
from reports.traces.svg import CLASS, STYLE, drawing
from reports.traces.terminal import arguments_text, traffic

if TYPE_CHECKING:
    from jinja2 import Template


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    changed: bool
    was: str


@dataclass(frozen=True, slots=True)
class _Table:
    """The variables: those of one endpoint are a column, and so are those that belong to none."""

    columns: tuple[str, ...]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """What the section of a step has; 0 is the initial state."""

    number: int
    action: str
    heading: str
    said: str
    doc: str
    remarks: tuple[str, ...]
    traffic: tuple[str, ...]
    cells: dict[tuple[str, str], _Cell]
    in_flight: tuple[tuple[str, bool], ...]
    remembers: tuple[str, ...]
    model: str


def page(account: Account, size: Size = NATURAL) -> str:
    """Return the page, whose drawing is of some size."""
    from markupsafe import Markup

    return _template().render(
        account=account,
        say=account.say,
        steps=list(_steps(account)),
        table=_table(account.trace),
        drawing=Markup(drawing(account, style=False, heading=False, size=size)),  # noqa: S704  # it escapes its texts itself
        style=Markup(STYLE),  # noqa: S704  # its own
        **{"class": CLASS},
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template("page.html.j2")


def _split(name: str) -> tuple[str, str]:
    prefix, _, own = name.rpartition(".")
    return (prefix, own) if prefix else ("", name)


def _table(trace: Trace) -> _Table:
    split = [_split(name) for name in variables(trace)]
    return _Table(tuple(dict.fromkeys(prefix for prefix, _ in split)), tuple(dict.fromkeys(own for _, own in split)))


def _steps(account: Account) -> Iterator[_Step]:
    trace = account.trace
    for number in range(len(trace) + 1):
        step = trace.steps[number - 1] if number else None
        action = "" if step is None else step.action
        where = account.say("step-of", number=number, of=len(trace)) if number else account.say("page-initial")
        before, now = trace.before(max(number - 1, 0)), trace.before(number)
        claims = [f"{c.name} {account.say(c.truth(number))}" for c in account.claims if c.asserted and c.newly(number)]
        states = trace.steps[number - 1].states if number else trace.initial_states
        said = [f"{where}: {action}" if action else where, ", ".join(f"{role} {state}" for role, state in states.items())]
        yield _Step(
            number,
            action,
            f"{where}: {action}" if action else where,
            ". ".join(filter(None, [*said, *claims])),
            "" if step is None else " ".join(filter(None, [step.doc, step.section and f"({step.section})"])),
            tuple(_remarks(account, number)),
            () if step is None else tuple(_told(account, number)),
            {_split(name): _cell(before[name], now[name]) for name in variables(trace)},
            tuple(_in_flight(account, number)),
            tuple(_remembered(account, number)),
            account.texts.get(action, ""),
        )


def _remarks(account: Account, number: int) -> Iterator[str]:
    """Yield what is said before a step, and where it stands in a cycle."""
    loop, length = account.trace.loop, len(account.trace)
    if number and number - 1 in account.remarks:
        yield account.remarks[number - 1]
    if loop is not None and number > loop:
        yield account.say("in-the-cycle", number=loop + 1)
    if loop is not None and number == length:
        yield account.say("cycle-ends", number=loop + 1) if loop < length else account.say("nothing-more")


def _told(account: Account, number: int) -> Iterator[str]:
    """Yield the segments of a step, with what becomes of each, and what else the step chose."""
    step = account.trace.steps[number - 1]
    for header, what in traffic(step):
        old = f" ({account.say('old-duplicate')})" if header.old else ""
        yield f"{_way(header.cells, header.format)}{header}{old} {account.say(what)}"
    chosen = {name: value for name, value in step.arguments.items() if not isinstance(value, tuple) and name != "kept"}
    if chosen:
        yield account.say("page-chosen", chosen=arguments_text(chosen).strip(" ()"))


def _way(cells: dict[str, Value] | object, reads: Format) -> str:
    assert isinstance(cells, dict)
    source, to = cells.get(reads.source), cells.get(reads.destination)
    return f"{source} → {to}: " if source and to else ""


def _cell(old: Value, new: Value) -> _Cell:
    return _Cell(value_text(new), old != new, value_text(old))


def _in_flight(account: Account, number: int) -> Iterator[tuple[str, bool]]:
    before = segments_in_flight(account.trace, max(number - 1, 0))
    reads = account.trace.format
    for cells in segments_in_flight(account.trace, number):
        yield f"{_way(cells, reads)}{segment_text(cells, reads)}", cells not in before


def _remembered(account: Account, number: int) -> Iterator[str]:
    """Yield what each claim remembers."""
    for claim in dict.fromkeys(account.trace.observers.values()):
        yield from remembered(claim, account.trace, number, account.language, "page-remembers")
