"""Renderings of runs: what a reader has to find in each, and what goldens show (tests/golden/README.md)."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import itf_py
import pytest

from checker.decide import Setting, decide
from checker.scenarios.player import play
from checker.scenarios.scenario import read
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from model.tcp.segment import COLUMNS
from properties.safety import CLIENT_AGREEMENT
from properties.specification import SPECIFICATIONS
from reports.traces import mermaid, records, svg, terminal
from reports.traces.account import Account, changes, of_trace, of_verdict
from reports.traces.formats import FORMATS
from reports.traces.journeys import Fate, journeys
from reports.traces.picture import picture
from tests.runs import GOLDEN, RUNS

ANSI = re.compile(r"\x1b\[[0-9;]*m")
SVG = "{http://www.w3.org/2000/svg}"
PICTURED = ("every_fate", "ring", "lasso")


@pytest.fixture(scope="module")
def accounts() -> dict[str, Account]:
    """Return every run with what is said of it."""
    return {name: made() for name, made in RUNS.items()}


@pytest.mark.parametrize("name", PICTURED)
@pytest.mark.parametrize("made", ["text", "svg"])
def test_a_golden_is_what_is_drawn_today(accounts: dict[str, Account], name: str, made: str) -> None:
    """After a change that is meant to change them: ``python -m tests.golden``, and look at what came out."""
    golden = GOLDEN / f"{name}{FORMATS[made].suffix}"
    assert FORMATS[made].write(accounts[name]) == golden.read_text(encoding="utf-8")


def test_each_segment_has_the_way_that_the_schedule_gives_it(accounts: dict[str, Account]) -> None:
    """The steps are those of every-fate.json, counted by hand."""
    ways = [(j.departs, j.ends, j.fate, j.header.old, j.again) for j in journeys(accounts["every_fate"].trace)]
    arrives, lost, never = Fate.ARRIVES, Fate.LOST, Fate.NEVER_ARRIVES
    assert ways == [
        (2, 3, lost, False, False),  # the first SYN
        (4, 5, arrives, False, False),  # the second, of which a copy stays
        (4, 13, arrives, True, True),  # that copy, when its connection is over
        (5, 6, arrives, False, False),  # SYN,ACK
        (6, 9, arrives, False, False),  # the client's ACK, overtaken
        (7, 8, arrives, False, False),  # by its data
        (8, None, never, False, False),  # the ACK of the data, sent again by step 9 while it is in flight
        (9, None, never, False, False),
        (10, 11, arrives, False, False),  # RST
        (13, None, never, False, False),  # SYN,ACK
    ]


def test_every_arrival_and_loss_ends_one_way(accounts: dict[str, Account]) -> None:
    """Whatever departure is taken for its own: no segment is drawn twice, and none is left out."""
    for account in accounts.values():
        trace = account.trace
        ended = Counter((j.ends, j.header.row, j.fate) for j in journeys(trace) if j.ends is not None)
        steps = list(enumerate(trace.steps, 1))
        expected = Counter((n, s.received.row, Fate.ARRIVES) for n, s in steps if s.received is not None)
        expected += Counter((n, s.lost.row, Fate.LOST) for n, s in steps if s.lost is not None)
        assert ended == expected
        sent = {(n, header.row) for n, s in steps for header in s.sent}
        assert {(j.departs, j.header.row) for j in journeys(trace) if j.departs is not None} == sent
        assert all(j.departs is None or j.ends is None or j.departs < j.ends for j in journeys(trace))


@pytest.mark.parametrize("width", [30, 44, 60, 80, 132])
def test_text_is_never_wider_than_the_terminal(accounts: dict[str, Account], width: int) -> None:
    for account in accounts.values():
        for paint in (terminal.plain, terminal.coloured):
            lines = ANSI.sub("", terminal.rendered(account, width, paint)).splitlines()
            assert max(map(len, lines)) <= width


def test_colour_says_nothing_that_words_do_not(accounts: dict[str, Account]) -> None:
    for account in accounts.values():
        coloured = terminal.rendered(account, paint=terminal.coloured)
        assert ANSI.search(coloured)
        bare = [line.rstrip() for line in ANSI.sub("", coloured).splitlines()]
        assert bare == terminal.rendered(account).splitlines()


def test_text_has_of_each_step_what_it_did(accounts: dict[str, Account]) -> None:
    """Its number and action, its segments with what becomes of them, and the values that it changed and no others."""
    text = terminal.rendered(accounts["every_fate"])
    blocks = {int(n): block for n, block in re.findall(r"^ ?(\d+)\. (.*?)(?=^ ?\d+\. |\Z)", text, re.MULTILINE | re.DOTALL)}
    assert blocks[3].splitlines()[:2] == [
        "network_loses",
        "    SYN-SENT     ---------- <SEQ=100><CTL=SYN> -----------> X lost  LISTEN",
    ]
    assert "copy stays" in blocks[5]
    assert "<SEQ=100><CTL=SYN> old" in blocks[13]
    assert "client: irs = 300, snd_una = 101, rcv_nxt = 301\n" in blocks[6]
    assert "iss" not in blocks[6]
    assert [n for n, block in blocks.items() if "> old " in block] == [13]
    assert [n for n, block in blocks.items() if "lost" in block] == [3]


def test_the_end_says_why_in_words_and_by_which_part_of_the_claim(accounts: dict[str, Account]) -> None:
    """four-way's client takes SYN(300) for its attempt 200, and the server has answered 200 with 400."""
    text = " ".join(terminal.rendered(accounts["counterexample"]).split())
    assert (
        "The client is ESTABLISHED with (200, 300); the pairs that the server has answered with: (100, 300), (200, 400)."
        in text
    )
    assert "answered.has" not in text
    (verdict,) = decide(SPECIFICATIONS["four-way"], [CLIENT_AGREEMENT], Setting(SCOPES["default"]))
    text = " ".join(terminal.rendered(of_verdict(verdict, verbose=True)).split())
    assert "Before step 11: ~answered.has(client.iss, segment.seq) is true" in text
    assert "(answered = {⟨100, 300⟩, ⟨200, 400⟩}, client.iss = 200, segment.seq = 300)" in text


def test_changes_are_what_differs(accounts: dict[str, Account]) -> None:
    """All that differs between two states is among the changes, or is the state of an endpoint, the network, or a memory."""
    for account in accounts.values():
        trace = account.trace
        for number, step in enumerate(trace.steps, 1):
            before = trace.before(number - 1)
            differs = {name for name, value in step.state.items() if value != before[name]} - {trace.network, *trace.observers}
            told = set(changes(trace, number))
            assert told <= differs
            assert all(any(role in name for role in trace.roles) for name in differs - told)


def _drawn(account: Account) -> ET.Element:
    return ET.fromstring(svg.svg(account))  # noqa: S314  # written a line above


def test_svg_draws_delay_as_slant(accounts: dict[str, Account]) -> None:
    """A segment is one line from the height of one step to that of another; what was longer on the way falls further."""
    drawn = _drawn(accounts["every_fate"])
    lines = [line for line in drawn.iter(f"{SVG}line") if line.get("class", "").startswith("segment")]
    assert len(lines) == len(journeys(accounts["every_fate"].trace))
    falls = {(line.get("class", ""), float(line.get("y2", 0)) - float(line.get("y1", 0))) for line in lines}
    assert all(fall > 0 for _, fall in falls)
    (old,) = [fall for kind, fall in falls if kind == "segment old"]
    assert old == max(fall for _, fall in falls)
    assert [kind for kind, _ in falls].count("segment lost") == 1
    assert len(list(drawn.iter(f"{SVG}path"))) == 1  # the cross
    assert ".old { stroke: var(--old); stroke-dasharray" in svg.STYLE


def test_svg_keeps_text_as_text(accounts: dict[str, Account]) -> None:
    for account in accounts.values():
        texts = [str(text.text) for text in _drawn(account).iter(f"{SVG}text")]
        assert {str(j.header) for j in journeys(account.trace)} <= set(texts)
        assert {f"{n}. {step.action}" for n, step in enumerate(account.trace.steps, 1)} <= set(texts)
        assert set(account.trace.roles) <= set(texts)


def test_labels_never_overlap(accounts: dict[str, Account]) -> None:
    """By the widths that the layout reckons with; test_page asks a browser for the real ones."""
    for account in accounts.values():
        drawn = picture(account)
        boxes = [text.box for text in drawn.texts]
        boxes += [(c.x - c.width / 2, c.y - 10, c.x + c.width / 2, c.y + 10) for c in drawn.chips]
        assert [pair for pair in combinations(boxes, 2) if _overlap(*pair)] == []
        assert all(left >= 0 and right <= drawn.width and bottom <= drawn.height for left, _, right, bottom in boxes)


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] + 1 < other[3] and other[1] + 1 < one[3]


def test_mermaid_has_every_segment_and_ends_what_it_begins(accounts: dict[str, Account]) -> None:
    for account in accounts.values():
        lines = [line.strip() for line in mermaid.mermaid(account).splitlines()]
        assert lines[0] == "sequenceDiagram"
        names = {line.split()[1] for line in lines if line.startswith("participant ")}
        arrows = [re.fullmatch(r"(\w+)(->>|-->>|-x|-\))(\w+): (.+)", line) for line in lines]
        found = [arrow for arrow in arrows if arrow]
        assert {end for arrow in found for end in (arrow[1], arrow[3])} <= names
        ways = journeys(account.trace)
        assert len([a for a in found if a[3] != "network"]) == len([j for j in ways if j.ends is not None])
        assert len([a for a in found if a[3] == "network"]) == len(
            {(j.departs, j.header.row) for j in ways if not j.at_once and j.departs is not None and not j.again}
        )
        depth = [line.split()[0] for line in lines if line.startswith(("loop ", "end"))]
        assert depth == (["loop", "end"] if account.trace.loop is not None else [])
        known = r"(participant|accTitle:|Note over|loop |end$|\w+(->>|-->>|-x|-\)))"
        assert [line for line in lines[1:] if not re.match(known, line)] == []
        assert not any(re.search(r"[<>;]", re.sub(r"#\d+;|->>|-->>", "", line)) for line in lines)


def test_itf_is_read_back_as_the_same_states(accounts: dict[str, Account]) -> None:
    for account in accounts.values():
        trace = account.trace
        written = json.loads(records.as_itf(account))
        back = itf_py.trace_from_json(written)
        original = written["#meta"]["variables"]
        states = [trace.initial, *(step.state for step in trace.steps)]
        assert [{original.get(name, name): value for name, value in state.values.items()} for state in back.states] == states
        assert back.loop == trace.loop
        assert [state.meta.get("action") for state in back.states[1:]] == [step.action for step in trace.steps]
        assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) for name in back.vars)


def test_json_is_the_run_and_can_be_played_again(accounts: dict[str, Account], tmp_path: Path) -> None:
    account = accounts["every_fate"]
    record = json.loads(records.as_json(account))
    state = dict(record["initial"]["values"])
    for step, taken in zip(record["steps"], account.trace.steps, strict=True):
        state |= step["changed"]
        assert state == json.loads(json.dumps({n: _listed(value) for n, value in taken.state.items()}))
    path = tmp_path / "again.json"
    path.write_text(json.dumps(record["scenario"]), encoding="utf-8")
    asked = read(str(path))
    spec = SPECIFICATIONS["three-way"]
    assert play(asked, spec, Assumptions(), spec.safety).trace.end == account.trace.end


def _listed(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value


def test_json_says_what_is_true_at_each_step(accounts: dict[str, Account]) -> None:
    record = json.loads(records.as_json(accounts["counterexample"]))
    decided = {claim["claim"]: claim["decided"] for claim in record["claims"]}
    assert decided["client-agreement"] == [False] * 11 + [True]
    assert record["ground"]["state"] == 10
    (reason,) = record["ground"]["reasons"]
    remembered = reason["values"].pop("client-agreement.answered")
    assert remembered == [[100, 300], [200, 400]]
    assert reason["values"] == {"client.iss": 200, "segment.seq": 300}


@pytest.mark.parametrize("made", [name for name, f in FORMATS.items() if not f.binary])
def test_every_format_marks_the_cycle(accounts: dict[str, Account], made: str) -> None:
    """A lasso is told from a run that ends, and from one after which nothing happens."""
    write = FORMATS[made].write
    ending = replace(of_trace(replace(accounts["lasso"].trace, loop=None)), subject=accounts["lasso"].subject)
    written = [write(account) for account in (accounts["lasso"], accounts["stuck"], ending)]
    assert len(set(written)) == 3


def test_every_format_takes_every_run(accounts: dict[str, Account]) -> None:
    """Four endpoints, fifty steps, no network: only a capture and a script need TCP's segments, and say so in a sentence."""
    for account in accounts.values():
        for made in FORMATS.values():
            if (made.binary or made.name == "packetdrill") and account.trace.columns != COLUMNS:
                with pytest.raises(ValueError, match="has no TCP segments"):
                    made.write(account)
            else:
                assert made.write(account)


def test_a_long_run_stays_legible(accounts: dict[str, Account]) -> None:
    """Fifty steps are fifty headings, and the drawing is no wider for them."""
    drawn = picture(accounts["long"])
    assert len([text for text in drawn.texts if text.kind == "action"]) == 50
    assert drawn.width < 800
    assert drawn.height < 50 * 100


def test_a_notebook_is_shown_pictures(accounts: dict[str, Account]) -> None:
    bundle = accounts["ring"].trace._repr_mimebundle_()  # what IPython calls
    assert bundle["text/plain"] == terminal.sequence_diagram(accounts["ring"].trace)
    ET.fromstring(bundle["image/svg+xml"])  # noqa: S314
