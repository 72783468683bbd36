"""What was found of scripts and captures, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from checker.conformance.verdicts import Judged, Outcome
from checker.runs.trace import Trace
from model.tcp.handshakes.watched import Watched
from properties.specification import Specification
from reports.explorer.subject import Subject
from reports.language.catalogue import Language
from reports.traces.account import Account
from reports.wrapping import columns, wrapped


def said(judged: Judged, *, width: int, spoken: Language, verbose: bool = False) -> str:
    """Return what was found of one: a line, and where it does not agree what is there, and what would have been right."""
    place = f" ({spoken.tell(judged.place)})" if judged.place else ""
    head = f"{judged.source}: {spoken.tell(judged.outcome.value)}{place}"
    lines = [*wrapped(head, width, "")] if columns(head) > width else [head]
    told = list(_told(judged, spoken, verbose=verbose))
    room = max((columns(label) for label, _ in told if label), default=0) + 2
    for label, text in told:
        first, *rest = wrapped(text, width, " " * (4 + room)) or [""]
        lines += ["    " + label + " " * (room - columns(label)) + first.strip(), *rest]
    return "\n".join(lines)


def _told(judged: Judged, spoken: Language, *, verbose: bool) -> Iterator[tuple[str, str]]:
    if judged.why:
        yield spoken.tell("why"), spoken.tell(judged.why)
    if judged.found:
        yield spoken.tell("there"), judged.found
    if judged.expected:
        yield spoken.tell("expected"), "; ".join(spoken.tell(one) for one in judged.expected)
    if judged.rule:
        yield spoken.tell("rule"), f"{judged.rule} ({spoken.tell(judged.section)})" if judged.section else judged.rule
    if judged.otherwise:
        yield spoken.tell("agrees with"), spoken.tell(" or ").join(judged.otherwise)
    if verbose or judged.outcome is not Outcome.DEVIATES:
        for note in judged.notes:
            yield spoken.tell("note"), spoken.tell(note)


def summary(counts: Mapping[str, int], unreadable: int, spoken: Language) -> str:
    """Return how many have each outcome."""
    parts = [f"{number} {spoken.tell(name)}" for name, number in counts.items()]
    if unreadable:
        parts.append(spoken.tell("{number} cannot be read", number=unreadable))
    return spoken.word("comma").join(parts)


def account(judged: Judged, spoken: Language, *, listed: bool) -> Account:
    """Return the account of the run that explains a connection of a capture; ``listed`` where its choices have to be finite."""
    assert judged.run is not None
    run = judged.run.listed() if listed else judged.run
    system = run.system
    spec = Specification(system.name, Watched.summary, lambda *_: system, lambda *_: None, ())
    return replace(_account(judged, run.trace, spoken), subject=Subject(spec, system), assumed=system.assumptions)


def _account(judged: Judged, trace: Trace, spoken: Language) -> Account:
    assert judged.run is not None
    place = spoken.word("colon").join((spoken.tell(judged.place), judged.found)) if judged.place else ""
    cut = "" if judged.run.whole else spoken.tell("the run has the first {number} steps only", number=len(trace))
    ends = [cut, place, spoken.tell(judged.why) if judged.why else ""]
    connection = judged.more["connection"]
    return Account(
        trace,
        f"{Path(judged.source.partition(': ')[0]).stem}-{connection['first']}-{connection['role']}",
        f"{judged.source}: {spoken.tell(judged.outcome.value)}",
        ends=(*(end for end in ends if end), *map(spoken.tell, judged.notes)),
        language=spoken,
        side=trace.roles[0],
        retold=lambda spoken: _account(judged, trace, spoken),
    )
