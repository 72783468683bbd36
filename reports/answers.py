"""What an endpoint answers to segments: one answer as text, and the table of all as text, TSV, JSON and HTML."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from checker.conformance.host import HOST, Answer, Host, symbolic, text_of
from checker.conformance.stimuli import Arrival
from checker.conformance.table import Row
from model.notation.assumed import Choice
from model.notation.system import Action
from model.tcp.handshakes.facing import FACING, written
from reports.document import doc_text
from reports.language.catalogue import Language
from reports.wrapping import columns, wrapped

NOTHING = "nothing"
_FIELDS = ("state", "opened", "segment", "answer", "next", "rule", "check", "section", "cannot")


def rule_name(action: Action) -> str:
    """Return the name of a rule without whom it is about."""
    return action.name.removeprefix(f"{HOST}_")


def numbers_of(host: Host, answer: Answer) -> Mapping[str, int]:
    """Return the numbers that an answer is told in: those of before it, as the connection may end with it."""
    return host.numbers(answer.before)


def sent_text(host: Host, answer: Answer) -> str:
    """Return the segments of an answer as the RFC writes them, or that there is none."""
    numbers = numbers_of(host, answer)
    return ", ".join(text_of(segment, numbers) for segment in answer.sent) or NOTHING


def as_record(host: Host, answer: Answer, opened: str = "") -> dict[str, Any]:
    """Return an answer for programs."""
    numbers, action = numbers_of(host, answer), answer.action
    return {
        "state": answer.before[f"{HOST}.state"],
        "opened": opened,
        "stimulus": str(answer.stimulus),
        "segment": None if answer.took is None else text_of(answer.took, numbers),
        "outcome": "cannot be expressed" if answer.cannot else "answered",
        "answer": [text_of(segment, numbers) for segment in answer.sent],
        "next": None if answer.cannot else answer.state,
        "rule": None if action is None else rule_name(action),
        "check": None if action is None else action.check or None,
        "section": None if action is None else action.section,
        "cannot": answer.cannot or None,
    }


def said(  # noqa: PLR0913  # each says something else of it
    host: Host, answer: Answer, opened: str, others: Sequence[tuple[str, Choice, Answer]], *, width: int, spoken: Language
) -> str:
    """Return an answer as text: what arrives, is sent and comes next, the rule, what other assumptions would change."""
    state = str(answer.before[f"{HOST}.state"])
    numbers = numbers_of(host, answer)
    what = str(answer.stimulus) if answer.took is None else text_of(answer.took, numbers)
    lines: list[tuple[str, str]] = [("in state", f"{state}, {spoken.tell(opened)}" if opened else state)]
    lines.append(("happens" if answer.took is None else "arrives", what))
    if answer.cannot:
        lines.append(("answers", spoken.tell("cannot be expressed: {why}", why=answer.cannot)))
    else:
        assert answer.action is not None
        lines.append(("answers", spoken.tell(NOTHING) if not answer.sent else sent_text(host, answer)))
        lines.append(("next state", answer.state))
        check = f": {spoken.tell(answer.action.check)}" if answer.action.check else ""
        lines.append(("rule", f"{rule_name(answer.action)} (RFC 9293 {answer.action.section}{check})"))
        lines.append(("", doc_text(answer.action, spoken)))
    for name, value, other in others:
        lines.append((spoken.tell("with {option}", option=written(name, value)), _differs(host, other, spoken)))
    if isinstance(answer.stimulus, Arrival) and not others and not answer.cannot:
        lines.append(("otherwise", spoken.tell("the same under each other assumption about segments")))
    labels = [spoken.tell(label) for label, _ in lines]
    room = max(columns(label) for label in labels if columns(label) < _LABEL) + 2
    found: list[str] = []
    for label, (_, text) in zip(labels, lines, strict=True):
        if columns(label) >= _LABEL:
            found += [label, *wrapped(text, width, "    ")]
        else:
            indent = " " * room
            first, *rest = wrapped(text, width, indent) or [indent]
            found += [label + " " * (room - columns(label)) + first[room:], *rest]
    return "\n".join(found)


_LABEL = 12


def _differs(host: Host, other: Answer, spoken: Language) -> str:
    if other.cannot:
        return spoken.tell("cannot be expressed: {why}", why=other.cannot)
    sent = spoken.tell(NOTHING) if not other.sent else sent_text(host, other)
    assert other.action is not None
    return f"{sent}; {other.state}; {rule_name(other.action)}"


def _cells(host: Host, row: Row) -> tuple[str, ...]:
    record = as_record(host, row.answer)
    opened = "passively" if row.passive else "actively" if row.state != "CLOSED" else ""
    answer = "" if row.answer.cannot else sent_text(host, row.answer)
    given = {**record, "opened": opened, "segment": row.segment, "answer": answer}
    return tuple(str(given[name] or "") for name in _FIELDS)


def tsv(host: Host, rows: Iterable[Row]) -> str:
    """Return the table as TSV, a row each."""
    out = io.StringIO()
    table = csv.writer(out, delimiter="\t", lineterminator="\n")
    table.writerow(_FIELDS)
    table.writerows(_cells(host, row) for row in rows)
    return out.getvalue().rstrip("\n")


def records(host: Host, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the table for programs; where SEQ and ACK lie is in it."""
    return [{**as_record(host, row.answer, "passively" if row.passive else ""), "seq": row.seq, "ack": row.ack} for row in rows]


def text(rows: Iterable[Row], width: int, spoken: Language) -> str:
    """Return the table as text, state by state; what is answered alike to several segments stands once."""
    found: list[str] = []
    for (state, passive), of in groupby(rows, lambda row: (row.state, row.passive)):
        opened = {"SYN-RECEIVED": True, "ESTABLISHED": True}.get(state, False)
        how = f", {spoken.tell('opened passively' if passive else 'opened actively')}" if opened else ""
        found += ["", f"{state}{how}"]
        alike: dict[tuple[str, ...], list[str]] = {}
        for row in of:
            if row.answer.cannot:
                told: tuple[str, ...] = (spoken.tell("cannot be expressed: {why}", why=row.answer.cannot),)
            else:
                assert row.answer.action is not None
                sent = " ".join(segment.ctl for segment in row.answer.sent)
                told = (
                    f"{rule_name(row.answer.action)} ({row.answer.action.section})",
                    spoken.tell("sends {what}; then {state}", what=sent or spoken.tell(NOTHING), state=row.answer.state),
                )
            alike.setdefault(told, []).append(row.segment)
        for told, segments in alike.items():
            found += [line for part, indent in zip(told, ("  ", "    "), strict=False) for line in wrapped(part, width, indent)]
            found += wrapped("; ".join(segments), width, "      ")
    return "\n".join(found).strip("\n")


def page(host: Host, rows: Iterable[Row], spoken: Language) -> str:
    """Return the table as a page: a grid for each state, a row for each segment's bits and ACK, a column for its SEQ."""
    parts = [
        f'<!DOCTYPE html><html lang="{spoken.tag}"><head><meta charset="utf-8">',
        f"<title>{html.escape(spoken.tell('Every answer of RFC 9293'))}</title><style>",
        (
            "body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #aaa;padding:.2em .5em;"
            "text-align:left;font-weight:normal}th{background:#eee}.no{color:#777}.end{background:#fdd}.on{background:#dfd}"
        ),
        f"</style></head><body><h1>{html.escape(spoken.tell('Every answer of RFC 9293'))}</h1>",
        f"<p>{html.escape(', '.join(written(name, getattr(host.assumptions, name)) for name in FACING))}</p>",
    ]
    for (state, passive), of in groupby(rows, lambda row: (row.state, row.passive)):
        grid: dict[tuple[str, str], dict[str, Row]] = {}
        for row in of:
            grid.setdefault((row.ctl, row.ack), {})[row.seq] = row
        seqs = list(dict.fromkeys(seq for cells in grid.values() for seq in cells))
        opened = "opened passively" if passive else "opened actively"
        how = f", {spoken.tell(opened)}" if state in ("SYN-RECEIVED", "ESTABLISHED") else ""
        parts.append(f"<h2>{html.escape(state + how)}</h2><table><tr><th>CTL</th><th>SEG.ACK</th>")
        parts += [f"<th>{html.escape(f'SEG.SEQ: {spoken.tell(seq)}' if seq else 'SEG.SEQ')}</th>" for seq in seqs]
        parts.append("</tr>")
        for (ctl, ack), cells in grid.items():
            parts.append(f"<tr><th>{ctl}</th><th>{html.escape(spoken.tell(ack))}</th>")
            parts += [_cell(host, cells.get(seq), state, spoken) for seq in seqs]
            parts.append("</tr>")
        parts.append("</table>")
    return "".join([*parts, "</body></html>"])


def _cell(host: Host, row: Row | None, state: str, spoken: Language) -> str:
    if row is None:
        return "<td></td>"
    if row.answer.cannot:
        why = html.escape(spoken.tell(row.answer.cannot))
        return f'<td class="no" title="{why}">{html.escape(spoken.tell("cannot be expressed"))}</td>'
    assert row.answer.action is not None
    sent = " ".join(f"{s.ctl} {symbolic(s.seq, numbers_of(host, row.answer))}" for s in row.answer.sent)
    becomes = "" if row.answer.state == state else f" → {row.answer.state}"
    kind = "on" if row.answer.state == "ESTABLISHED" and becomes else "end" if becomes else ""
    title = html.escape(f"{rule_name(row.answer.action)} ({row.answer.action.section}): {sent_text(host, row.answer)}")
    return f'<td class="{kind}" title="{title}">{html.escape((sent or "-") + becomes)}</td>'
