"""The model as text: everything is in it, nothing else, and in the order of the RFC."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from model.notation.expr import Expr, conj, conjuncts, negate
from model.notation.sorts import BOOL
from model.notation.system import Action, TransitionSystem, Variable
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from properties.specification import SPECIFICATIONS
from reports.document import chooses, document, groups, in_heading
from tests.command_line import Ask
from tests.models import MODELS, model


@pytest.mark.parametrize("name", [*SPECIFICATIONS, *MODELS])
def test_show_has_every_action_and_every_variable(name: str) -> None:
    spec = model(name)
    system = spec.build(SCOPES["default"], Assumptions())
    text = document(spec, system)
    shown = Counter(n for names in re.findall(r"^ +\[(.*)\]$", text, re.MULTILINE) for n in names.split(", "))
    assert shown == Counter(action.name for action in system.actions)
    assert all(re.search(rf"^  {re.escape(v.name)} ", text, re.MULTILINE) for v in system.variables)
    assert {a.section for a in system.actions if a.section} <= set(re.findall(r"^(§[\d.]+)", text, re.MULTILINE))
    assert [line for line in text.splitlines() if len(line) > 80] == []


def test_show_reads_like_the_rfc() -> None:
    """Sentences of RFC 9293 §3.10.7.2 and §3.10.7.3: the order of the checks, their conditions, what is sent."""
    spec = SPECIFICATIONS["three-way"]
    text = document(spec, spec.build(SCOPES["default"], Assumptions()))
    listen = text.partition("LISTEN STATE")[2].partition("§")[0]
    assert re.search(
        r"First, check for a RST:.*If the RST bit is set:.*"
        r"Second, check for an ACK:.*If the ACK bit is set:.*Send <SEQ=SEG.ACK><CTL=RST>.*"
        r"Third, check for a SYN:.*If the SYN bit is set.*Enter SYN-RECEIVED.*Send <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>",
        listen,
        re.DOTALL,
    )
    sent = text.partition("SYN-SENT STATE")[2].partition("§")[0]
    assert "SEG.ACK =< ISS or SEG.ACK > SND.NXT" in sent
    assert "Set RCV.NXT to SEG.SEQ + 1, IRS to SEG.SEQ" in sent
    assert "<SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>" in text


@pytest.mark.parametrize("seq_check", ["exact", "window", "none"])
@pytest.mark.parametrize("name", [*SPECIFICATIONS, *MODELS, "slips"])
def test_a_guard_is_what_the_document_says(name: str, seq_check: str) -> None:
    """Heading, checks before and what is printed, taken together, are each guard again, part by part."""
    if name == "slips":  # guards that look like later checks, and are none
        p, q, r = (Variable(name, BOOL, False) for name in "pqr")
        guards = (q.value, r.value & ~q.value, ~q.value, ~(q.value & r.value), p.value | q.value)
        system = TransitionSystem("slips", (p, q, r), tuple(Action(f"does{i}", guard) for i, guard in enumerate(guards)))
    else:
        spec = model(name)
        system = spec.build(SCOPES["default"], Assumptions(seq_check=seq_check))
    for group in groups(system):
        before: list[Expr] = []
        for action, shown, follows in group.branches:
            said = {str(c) for c in shown} | {str(c) for c in conjuncts(action.guard) if in_heading(action, c)}
            if follows:
                said |= {str(c) for earlier in before for c in conjuncts(negate(earlier))}
            assert said == {str(c) for c in conjuncts(action.guard)}
            before.append(conj(*(c for c in shown if not chooses(action, c))))


SYNCHRONIZED = (
    *("First, check sequence number", "Second, check the RST bit", "Fourth, check the SYN bit", "Fifth, check the ACK field"),
    "Seventh, process the segment text",
)


@pytest.mark.parametrize(
    ("state", "checks"),
    [
        # the words with which the checks of RFC 9293 §3.10.7.2 to §3.10.7.4 begin; those left out meet no segment
        ("LISTEN", ("First, check for a RST", "Second, check for an ACK", "Third, check for a SYN")),
        (
            "SYN-SENT",
            (
                *("First, check the ACK bit", "Second, check the RST bit", "Fourth, check the SYN bit"),
                "Fifth, if neither of the SYN or RST bits is set",
            ),
        ),
        ("SYN-RECEIVED", SYNCHRONIZED),
        ("ESTABLISHED", SYNCHRONIZED),
    ],
)
def test_the_checks_are_numbered_as_in_the_rfc(state: str, checks: tuple[str, ...]) -> None:
    spec = SPECIFICATIONS["three-way"]
    text = document(spec, spec.build(SCOPES["default"], Assumptions()))
    rule = text.partition(f"ARRIVES, {state} STATE")[2].partition("§")[0]
    assert re.findall(r"^   ([A-Z].*):$", rule, re.MULTILINE) == list(checks)
    assert "Always" not in text


@pytest.mark.parametrize(
    ("state", "after", "title", "before"),
    [
        # RFC 9293 §3.10.7.3 and §3.10.7.4: the checks between and behind which the model has none
        ("SYN-SENT", "Second, check the RST bit", "Third, check the security", "Fourth, check the SYN bit"),
        *(
            (state, *place)
            for state in ("SYN-RECEIVED", "ESTABLISHED")
            for place in (
                ("Second, check the RST bit", "Third, check security", "Fourth, check the SYN bit"),
                ("Fifth, check the ACK field", "Sixth, check the URG bit", "Seventh, process the segment text"),
                ("Seventh, process the segment text", "Eighth, check the FIN bit", ""),
            )
        ),
    ],
)
def test_a_check_that_is_left_out_is_a_line_at_its_place(state: str, after: str, title: str, before: str) -> None:
    spec = SPECIFICATIONS["three-way"]
    text = document(spec, spec.build(SCOPES["default"], Assumptions()))
    rule = text.partition(f"ARRIVES, {state} STATE")[2].partition("§")[0]
    assert rule.count(title) == 1
    earlier, _, later = rule.partition(f"\n   {title} (left out: ")
    assert f"\n   {after}:\n" in earlier
    assert (f"\n   {before}:\n" in later) if before else (not re.search(r"^   [A-Z]", later, re.MULTILINE))


def test_a_check_is_not_called_left_out_where_it_is_made() -> None:
    """In four-way only the active opener's SYN-RECEIVED is without a check of the sequence number."""
    spec = SPECIFICATIONS["four-way"]
    text = document(spec, spec.build(SCOPES["default"], Assumptions()))
    rules = {who: text.partition(f"SYN-RECEIVED STATE ({who})")[2].partition("§")[0] for who in ("server", "client")}
    assert "First, check sequence number:" in rules["server"]
    assert "First, check sequence number (left out" not in rules["server"]
    assert "First, check sequence number (left out" in rules["client"]


def test_what_scope_and_assumptions_count_is_told_apart_from_the_rfc() -> None:
    """Of the words that no RFC has, none stands among what an endpoint sets or tests by the RFC."""
    spec = SPECIFICATIONS["three-way"]
    text = re.sub(r"\n +(?=[^-\s\[])", " ", document(spec, spec.build(SCOPES["default"], Assumptions())))
    lines = re.findall(r"^ *(?:-  |If |Otherwise, if ).*", text, re.MULTILINE)
    counting = [line.strip() for line in lines if re.search(r"\b(isns_chosen|texts_sent)\b", line)]
    assert {line.partition(" set ")[0].partition(" while ")[0] for line in counting} == {
        "-  The scope allows it",
        "-  Note for scope and assumptions:",
    }
    assert len(counting) == 8  # both, of either side's ISN, of text that is sent, and of text with the last ACK
    sets = [line for line in lines if line.lstrip().startswith("-  Set ")]
    assert any("SND.NXT" in line for line in sets)
    assert [line for line in sets if re.search(r"\bisns", line)] == []


def test_show_of_one_action_is_in_the_notation(ask: Ask) -> None:
    answer = ask("show", "three-way", "server_receives_syn")
    assert "server.rcv_nxt := segment.seq + 1" in answer.out
    assert "sends <SEQ=isn><ACK=segment.seq + 1><CTL=SYN,ACK>" in answer.out
    assert "events: server accepts, server answers" in answer.out
