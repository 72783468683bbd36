"""All that RFC 9293 answers to one segment, as a suite of packetdrill's scripts: a script for each row of the table.

A script brings a stack to the state, sends it the segment, and expects the answer. A last segment that is always answered
follows, so that packetdrill notices an answer too many where there is to be none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from checker.conformance.host import HOST, PEER, WAYS, Answer, Host, Sent
from checker.conformance.table import Row
from checker.runs.trace import Header, Trace, TraceStep
from model.tcp.segment import TCP
from reports.answers import rule_name
from reports.language.catalogue import Language
from reports.traces.account import Account
from reports.traces.packetdrill import packetdrill

PROBES = ("ACK seq=rcv.nxt-1", "ACK ack=snd.nxt+1")
"""Segments of which one is answered in each state: one with an old SEQ, and one that acknowledges what was not sent."""
UNLIMITED = "sysctl -q -w net.ipv4.tcp_invalid_ratelimit=0 || true"
"""Has Linux answer the probe as well, where it has just answered the segment before (RFC 5961 §7)."""


def suite(host: Host, rows: Iterable[Row], spoken: Language) -> Mapping[str, str]:
    """Return the scripts, by the names of their files; what cannot be expressed has none."""
    return {_name(row): packetdrill(_account(host, row, spoken), UNLIMITED) for row in rows if not row.answer.cannot}


def _name(row: Row) -> str:
    opened = ("-passive" if row.passive else "-active") if len(WAYS[row.state]) > 1 else ""
    parts = [row.ctl, *([f"seq-{row.seq}"] if row.seq else []), *([f"ack-{row.ack}"] if row.ack else [])]
    words = "_".join(parts).replace(",", "-").replace(" ", "-").replace(".", "-").lower()
    return f"{row.state.lower()}{opened}/{words}.pkt"


def _account(host: Host, row: Row, spoken: Language) -> Account:
    action = row.answer.action
    assert action is not None
    check = f": {spoken.tell(action.check)}" if action.check else ""
    title = f"{row.state}, {row.segment}: RFC 9293 {action.section}{check} ({rule_name(action)})"
    run, way = _run(host, row), len(_way(row))
    said = {
        way: "the segment that is asked about",
        way + 1: "a probe that is always answered, so that an answer too many is noticed",
    }
    remarks = {number: spoken.tell(text) for number, text in said.items()}
    assumed = {name: getattr(host.assumptions, name) for name in host.assumptions.declared()}
    window = host.assumptions.snd_wnd
    return Account(run, _name(row), title, (), (), remarks, window=window, assumed=assumed, language=spoken, side=HOST)


def _way(row: Row) -> tuple[str, ...]:
    """Return what is done to come to the state of a row."""
    ways = WAYS[row.state]
    return ways.get(row.passive) or next(iter(ways.values()))


def _answers(host: Host, row: Row) -> Iterator[Answer]:
    """Yield what the endpoint does on the way to a state, then its answer to the segment, and to the probe."""
    variables = host.initial()
    for text in _way(row):
        answer = host.does(host.read(text), variables)
        yield answer
        variables = answer.after
    yield row.answer
    probed = (host.does(host.read(text), row.answer.after) for text in PROBES)
    yield from [answer for answer in probed if answer.sent][:1]


def _run(host: Host, row: Row) -> Trace:
    answers = list(_answers(host, row))
    steps = tuple(_step(answer) for answer in answers)
    initial = host.initial()
    return Trace(host.handshake, (HOST, PEER), {HOST: str(initial[f"{HOST}.state"])}, initial, steps, format=TCP)


def _step(answer: Answer) -> TraceStep:
    action = answer.action
    assert action is not None
    received = None if answer.took is None else _header(answer.took)
    sent = tuple(map(_header, answer.sent))
    states = {HOST: answer.state}
    return TraceStep(
        action.name,
        HOST,
        action.doc,
        action.section,
        {},
        received,
        kept=False,
        sent=sent,
        lost=None,
        states=states,
        state=answer.after,
    )


def _header(segment: Sent) -> Header:
    return Header({"seq": segment.seq, "ack": segment.ack, "ctl": segment.ctl, "data": segment.data})
