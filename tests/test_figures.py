"""The figures of RFC 9293 §3.5: replayed line by line, found by the search, and failed by a model with one rule changed.

``FIGURES`` is a transcription of the RFC of its own, with the blanks in a row made one. The scenarios have theirs; both would
have to have the same slip.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from checker.decide import Setting, decide
from checker.scenarios import scenario
from checker.scenarios.figure_lines import DifferentLineError, parse, shown
from checker.scenarios.player import NotPossibleError, play
from checker.verdict import Outcome
from model.notation.cases import Cases
from model.notation.sorts import NotationError
from model.tcp.assumptions import Assumptions
from model.tcp.composition import COMPOSITIONS
from model.tcp.endpoint import Response, Tcb
from model.tcp.handshakes import HANDSHAKES, Handshake, ThreeWay
from model.tcp.scope import SCOPES, scope_named
from model.tcp.segment import Segment
from properties.specification import SPECIFICATIONS, specification
from tests.command_line import Ask
from tests.mutants import EstablishesOnSyn, IgnoresRst

FIGURES = {
    "fig6": """
        1. CLOSED LISTEN
        2. SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=300><ACK=101><CTL=SYN,ACK> <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=101><ACK=301><CTL=ACK> --> ESTABLISHED
        5. ESTABLISHED --> <SEQ=101><ACK=301><CTL=ACK><DATA> --> ESTABLISHED
    """,
    "fig7": """
        1. CLOSED CLOSED
        2. SYN-SENT --> <SEQ=100><CTL=SYN> ...
        3. SYN-RECEIVED <-- <SEQ=300><CTL=SYN> <-- SYN-SENT
        4. ... <SEQ=100><CTL=SYN> --> SYN-RECEIVED
        5. SYN-RECEIVED --> <SEQ=100><ACK=301><CTL=SYN,ACK> ...
        6. ESTABLISHED <-- <SEQ=300><ACK=101><CTL=SYN,ACK> <-- SYN-RECEIVED
        7. ... <SEQ=100><ACK=301><CTL=SYN,ACK> --> ESTABLISHED
    """,
    "fig8": """
        1. CLOSED LISTEN
        2. SYN-SENT --> <SEQ=100><CTL=SYN> ...
        3. (duplicate) ... <SEQ=90><CTL=SYN> --> SYN-RECEIVED
        4. SYN-SENT <-- <SEQ=300><ACK=91><CTL=SYN,ACK> <-- SYN-RECEIVED
        5. SYN-SENT --> <SEQ=91><CTL=RST> --> LISTEN
        6. ... <SEQ=100><CTL=SYN> --> SYN-RECEIVED
        7. ESTABLISHED <-- <SEQ=400><ACK=101><CTL=SYN,ACK> <-- SYN-RECEIVED
        8. ESTABLISHED --> <SEQ=101><ACK=401><CTL=ACK> --> ESTABLISHED
    """,
    "fig9": """
        1. (REBOOT) (send 300,receive 100)
        2. CLOSED ESTABLISHED
        3. SYN-SENT --> <SEQ=400><CTL=SYN> --> (??)
        4. (!!) <-- <SEQ=300><ACK=100><CTL=ACK> <-- ESTABLISHED
        5. SYN-SENT --> <SEQ=100><CTL=RST> --> (Abort!!)
        6. SYN-SENT CLOSED
        7. SYN-SENT --> <SEQ=400><CTL=SYN> -->
    """,
    "fig10": """
        1. (REBOOT) (send 300,receive 100)
        2. (??) <-- <SEQ=300><ACK=100><DATA=10><CTL=ACK> <-- ESTABLISHED
        3. --> <SEQ=100><CTL=RST> --> (ABORT!!)
    """,
    "fig11": """
        1. LISTEN LISTEN
        2. ... <SEQ=Z><CTL=SYN> --> SYN-RECEIVED
        3. (??) <-- <SEQ=X><ACK=Z+1><CTL=SYN,ACK> <-- SYN-RECEIVED
        4. --> <SEQ=Z+1><CTL=RST> --> (return to LISTEN!)
        5. LISTEN LISTEN
    """,
}
MODELS = {name: scenario.read(name).models[0] for name in FIGURES}


def numbered(text: str) -> list[str]:
    """Return the lines that begin with a number and a point, with the blanks in a row made one."""
    return [" ".join(line.split()) for line in text.splitlines() if re.match(r" *\d+\. ", line)]


# -- replayed --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_line_by_line(ask: Ask, name: str) -> None:
    """What is printed is the RFC's figure: states of both sides, segments with all their fields, comments, order."""
    answer = ask("scenario", name)
    assert (answer.code, answer.err) == (0, "")
    assert numbered(answer.out) == numbered(FIGURES[name])
    assert max(map(len, answer.out.splitlines())) <= 80
    assert f"{MODELS[name]}: no step violates a claim." in answer.out


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_the_columns_of_the_rfc(ask: Ask, name: str) -> None:
    """The segments stand under each other, and so do the states on each side."""
    lines = [line for line in ask("scenario", name).out.splitlines() if re.match(r" *\d+\. ", line)]
    assert len({line.index("<SEQ") for line in lines if "<SEQ" in line}) == 1
    far = [re.sub(r".*(-->|<--|\.\.\.) ?|.* {3}", "", line) for line in lines]
    assert len({len(line) - len(right) for line, right in zip(lines, far, strict=True) if right}) == 1


@pytest.mark.parametrize("seq_check", ["exact", "window", "none"])
@pytest.mark.parametrize("name", FIGURES)
def test_the_figures_do_not_depend_on_how_strictly_numbers_are_checked(name: str, seq_check: str) -> None:
    run = play(scenario.read(name), SPECIFICATIONS[MODELS[name]], Assumptions(seq_check=seq_check))
    assert len(run.lines) == len(numbered(FIGURES[name]))


def test_figure_9_needs_rfc_5961_or_a_window_without_400(ask: Ask) -> None:
    """By RFC 793 a SYN inside B's window is answered by a reset; the window begins at 100, so that 400 is in one of 301."""
    rfc793 = ("scenario", "fig9", "--seq-check", "window", "--no-rfc5961", "--rcv-wnd")
    assert numbered(ask(*rfc793, "300").out) == numbered(FIGURES["fig9"])
    refused = ask(*rfc793, "301")
    assert refused.code == 1
    assert "<SEQ=0><ACK=401><CTL=RST,ACK>" in refused.out  # the run up to there
    assert "line 3 of fig9 comes out differently" in refused.err


RENUMBERED = {
    ("fig6", "A=7,B=9"): ["2. SYN-SENT --> <SEQ=7><CTL=SYN> --> SYN-RECEIVED", "<SEQ=9><ACK=8><CTL=SYN,ACK>"],
    ("fig7", "A=4294967295,B=0"): ["6. ESTABLISHED <-- <SEQ=0><ACK=0><CTL=SYN,ACK> <-- SYN-RECEIVED", "<SEQ=4294967295>"],
    ("fig8", "A=1000"): ["3. (duplicate) ... <SEQ=990><CTL=SYN> --> SYN-RECEIVED", "<SEQ=991><CTL=RST>", "<ACK=1001>"],
    ("fig8", "A=5000:1000,B=7:70"): ["3. (duplicate) ... <SEQ=5000><CTL=SYN> --> SYN-RECEIVED", "<SEQ=70><ACK=1001>"],
    ("fig9", "B=999"): ["1. (REBOOT) (send 1000,receive 100)", "4. (!!) <-- <SEQ=1000><ACK=100><CTL=ACK> <-- ESTABLISHED"],
    ("fig10", "A=49,B=69"): ["2. (??) <-- <SEQ=70><ACK=50><DATA=10><CTL=ACK> <-- ESTABLISHED", "<SEQ=50><CTL=RST>"],
    ("fig11", "A=5"): ["3. (??) <-- <SEQ=300><ACK=6><CTL=SYN,ACK> <-- SYN-RECEIVED", "<SEQ=6><CTL=RST>"],
}


@pytest.mark.parametrize(("name", "isns"), RENUMBERED)
def test_a_figure_can_be_renumbered(ask: Ask, name: str, isns: str) -> None:
    answer = ask("scenario", name, "--isn", isns)
    assert (answer.code, answer.err) == (0, "")
    assert len(numbered(answer.out)) == len(numbered(FIGURES[name]))
    assert [part for part in RENUMBERED[name, isns] if part not in "\n".join(numbered(answer.out))] == []


@pytest.mark.parametrize(
    ("isns", "said"),
    [
        ("A", "write --isn A=N,B=N"),
        ("C=3", "write --isn A=N,B=N"),
        ("A=1,A=2", "write --isn A=N,B=N"),
        ("A=4294967296", "below 2^32"),
        ("A=x", "as in --isn A=1000"),
    ],
)
def test_numbers_that_are_none_are_refused(ask: Ask, isns: str, said: str) -> None:
    answer = ask("scenario", "fig8", "--isn", isns)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_a_scenario_renumbers_only_what_it_has(ask: Ask) -> None:
    wrong = {
        ("fig8", "A=1:2:3"): "A has 2 ISNs in fig8: write one, or all, as in --isn A=90:100",
        ("fig7", "A=1:2"): "A has one ISN in fig7",
        ("blocked-syns", "A=1"): "does not say which ISNs A has",
        ("fig8", "A=5:6"): "not spaced",
        ("fig8", "A=5:5"): "gives A the same ISN twice",
    }
    for (name, isns), said in wrong.items():
        answer = ask("scenario", name, "--isn", isns)
        assert (answer.code, answer.out) == (2, "")
        assert said in answer.err
    twice = ask("scenario", "fig7", "--isn", "A=1", "--isn", "A=2")
    assert twice.code == 2
    assert "--isn gives A twice" in twice.err
    assert "<SEQ=2><ACK=2><CTL=SYN,ACK>" in ask("scenario", "fig7", "--isn", "A=1", "--isn", "B=2").out


# -- failed by other models ------------------------------------------------------------------------------------------------


class KeepsTheSynItHas(ThreeWay):
    """The acceptability test of §3.4 taken literally: the SYN,ACK of a simultaneous open lies before RCV.NXT."""

    name = "keeps-the-syn-it-has"

    def syn_received(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().syn_received(tcb, segment).without("receives_ack_with_the_syn_it_has")


class AbortsWhenReset(ThreeWay):
    """A listener that does not remember that it was one (note 1 of the state diagram)."""

    name = "aborts-when-reset"

    def syn_received(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        closes = Response("is_reset_in_syn_received", "is reset.").end(tcb)
        return super().syn_received(tcb, segment).replacing("is_reset_in_syn_received", closes)


class DropsWrongAck(ThreeWay):
    """A client that does not answer what acknowledges something it did not send."""

    name = "drops-wrong-ack"

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        drops = Response("resets_wrong_ack", "drops it.")
        return super().syn_sent(tcb, segment).replacing("resets_wrong_ack", drops)


class ResetsFromZero(ThreeWay):
    """A closed host whose RST does not take its number from the segment that it answers."""

    name = "resets-from-zero"

    def closed(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        wrong = Response("resets_ack_when_closed", "resets.").send(tcb.segment("RST", seq=0))
        return super().closed(tcb, segment).replacing("resets_ack_when_closed", wrong)


class NeverReset(ThreeWay):
    """An ESTABLISHED endpoint that takes no RST."""

    name = "never-reset"

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        ignores = Response("is_reset", "ignores a RST.")
        return super().established(tcb, segment).replacing("is_reset", ignores)


@dataclass(frozen=True)
class Fails:
    figure: str
    handshake: type[Handshake]
    line: int | None
    """The line that comes out differently; None where the run does not even get to a line."""
    shown: str


FAILURES = (
    Fails("fig6", EstablishesOnSyn, 2, "SYN-SENT --> <SEQ=100><CTL=SYN> --> ESTABLISHED"),
    Fails("fig7", KeepsTheSynItHas, 6, "SYN-RECEIVED <-- <SEQ=300><ACK=101><CTL=SYN,ACK> <-- SYN-RECEIVED"),
    Fails("fig8", IgnoresRst, 5, "SYN-SENT --> <SEQ=91><CTL=RST> --> SYN-RECEIVED"),
    Fails("fig8", AbortsWhenReset, 5, "SYN-SENT --> <SEQ=91><CTL=RST> --> CLOSED"),
    Fails("fig8", DropsWrongAck, None, "no segment in flight has ctl RST"),
    Fails("fig9", DropsWrongAck, None, "no segment in flight has ctl RST"),
    Fails("fig9", NeverReset, 5, "SYN-SENT --> <SEQ=100><CTL=RST> --> ESTABLISHED"),
    Fails("fig10", ResetsFromZero, 3, "<SEQ=0><CTL=RST>"),
    Fails("fig10", NeverReset, 3, "<SEQ=100><CTL=RST> --> ESTABLISHED"),
    Fails("fig11", AbortsWhenReset, 4, "<SEQ=101><CTL=RST> --> CLOSED"),
)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda f: f"{f.figure} {f.handshake.name}")
def test_one_wrong_rule_makes_the_figure_fail(failure: Fails) -> None:
    composition = COMPOSITIONS[MODELS[failure.figure].partition("/")[2]]
    with pytest.raises(NotPossibleError) as raised:
        play(scenario.read(failure.figure), specification(failure.handshake, composition), Assumptions())
    said = str(raised.value)
    assert failure.shown in said
    if failure.line is not None:
        assert said.startswith(f"line {failure.line} of {failure.figure} comes out differently in {failure.handshake.name}")


def test_a_line_that_differs_fails_the_run(ask: Ask) -> None:
    answer = ask("scenario", "fig6", "two-way")
    assert answer.code == 1
    assert answer.out.startswith("fig6: ")  # the run up to there
    assert "<CTL=SYN,ACK>" in answer.out
    assert "(lines 4" not in answer.out
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED", "SYN-SENT --> <SEQ=101><CTL=SYN> --> SYN-RECEIVED"),
        ("SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED", "SYN-SENT --> <SEQ=100><ACK=0><CTL=SYN> --> SYN-RECEIVED"),
        ("SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED", "CLOSED --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED"),
        ("SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED", "SYN-SENT --> <SEQ=100><CTL=SYN> ..."),
        ("SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED", "SYN-SENT --> <SEQ=100><CTL=SYN> --> (??)"),
        ("SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED", "SYN-SENT <-- <SEQ=100><CTL=SYN> <-- SYN-RECEIVED"),
        ("CLOSED | LISTEN", "CLOSED | CLOSED"),
        ("CLOSED | LISTEN", "(REBOOT) | LISTEN"),
        ("CLOSED | LISTEN", "CLOSED | (send 0,receive 1)"),
    ],
)
def test_every_part_of_a_line_counts(tmp_path_factory: pytest.TempPathFactory, line: str, other: str) -> None:
    text = (scenario.FOLDER / "fig6.json").read_text(encoding="utf-8")
    assert text.count(f'"{line}"') == 1
    path = tmp_path_factory.mktemp("figure") / "own.json"
    path.write_text(text.replace(f'"{line}"', f'"{other}"'), encoding="utf-8")
    with pytest.raises(NotPossibleError, match="comes out differently"):
        play(scenario.read(str(path)), SPECIFICATIONS["three-way"], Assumptions())


def test_a_comment_means_something() -> None:
    """Each of the RFC's comments, put where it is not what happens, is not shown."""
    run = play(scenario.read("fig6"), SPECIFICATIONS["three-way"], Assumptions())
    for comment in ("(REBOOT)", "(??)", "(!!)", "(Abort!!)", "(ABORT!!)", "(return to LISTEN!)", "(duplicate)"):
        wrong = parse(f"{comment} --> <SEQ=100><CTL=SYN> --> {comment}", str)
        with pytest.raises(DifferentLineError, match="the run shows 'SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED'"):
            list(shown(run.trace, [(1, parse("CLOSED | LISTEN", str)), (3, wrong)]))  # after so many steps
    with pytest.raises(NotationError, match="did you mean"):
        parse("(reboot) | CLOSED", str)


# -- found -----------------------------------------------------------------------------------------------------------------


def arrivals(lines: Sequence[str]) -> list[str]:
    """Return the controls of the segments in the order in which they arrive, of lines as the RFC writes them."""
    found = [parse(line.partition(". ")[2], lambda number: number) for line in lines if "<" in line]
    return [dict(line.fields)["CTL"] for line in found if line.arrives]


@pytest.mark.parametrize("name", FIGURES)
def test_the_end_of_a_figure_is_found(name: str) -> None:
    """Asked for the end alone, the search comes to it through the segments of the figure, in the figure's order.

    What goes before the figure (an attempt given up, a connection made) and what is left out of it may come in another order.
    """
    spec = SPECIFICATIONS[MODELS[name]]
    claim = spec.claim[f"figure-{name.removeprefix('fig')}"]
    scope = scope_named("default,attempts=2,answers=1") if name == "fig11" else SCOPES["default"]
    (verdict,) = decide(spec, [claim], Setting(scope))
    assert (verdict.outcome, verdict.exercised) == (Outcome.HOLDS, True)
    assert verdict.trace is not None
    received = [str(step.received.cells["ctl"]) for step in verdict.trace.steps if step.received is not None]
    figure = arrivals(numbered(FIGURES[name]))
    if name == "fig6":
        figure.remove("ACK")  # line 4 may never arrive: the data of line 5 acknowledges as much
    elif name == "fig9":
        del figure[-1]  # line 7 begins another handshake
    elif name == "fig7":
        assert sorted(received) == sorted(figure)
        return
    assert received[-len(figure) :] == figure


class DropsAckInListen(ThreeWay):
    """A listener that does not answer an ACK."""

    name = "drops-ack-in-listen"

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        drops = Response("resets_ack", "drops it.")
        return super().listen(tcb, segment).replacing("resets_ack", drops)


@pytest.mark.parametrize(
    ("handshake", "composition", "figure"),
    [(DropsWrongAck, "", "figure-8"), (DropsAckInListen, "listeners", "figure-11"), (DropsWrongAck, "crash", "figure-9")],
)
def test_an_end_is_not_found_where_a_rule_of_the_figure_is_missing(
    handshake: type[Handshake], composition: str, figure: str
) -> None:
    """A CLOSED host would send the same RST; it is not the one of the figure."""
    spec = specification(handshake, COMPOSITIONS[composition])
    scope = scope_named("default,attempts=2,answers=1") if composition == "listeners" else SCOPES["default"]
    (verdict,) = decide(spec, [spec.claim[figure]], Setting(scope))
    assert (verdict.outcome, verdict.exercised) == (Outcome.VIOLATED, True)


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_which_handshakes_come_to_the_ends_of_the_figures(handshake: str) -> None:
    """Two-way's listener is ESTABLISHED at once and never returns to LISTEN; four-way cannot be opened from both sides."""
    missed = {"two-way": {"figure-11"}, "three-way": set[str](), "four-way": {"figure-7"}}[handshake]
    for composition in COMPOSITIONS.values():
        spec = SPECIFICATIONS[composition.of(handshake)]
        figures = [claim for claim in spec.claims if claim.name.startswith("figure")]
        verdicts = decide(
            spec,
            figures,
            Setting(scope_named("default,attempts=2,answers=1") if composition.name == "listeners" else SCOPES["default"]),
        )
        assert {v.question.claim.name for v in verdicts if v.outcome is not Outcome.HOLDS} == missed & {c.name for c in figures}


def test_a_figure_may_begin_with_a_segment(ask: Ask, tmp_path: Path) -> None:
    """Then it begins with the run. Numbers that belong to both sides cannot be told apart when it is renumbered."""
    steps = [
        '{"action": "server_listens"}',
        '{"action": "client_opens"}',
        '{"deliver": {"seq": 100}}',
        '{"line": "SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED"}',
    ]
    path = tmp_path / "own.json"
    path.write_text(f'{{"isns": {{"A": [100], "B": [101]}}, "steps": [{", ".join(steps)}]}}', encoding="utf-8")
    answer = ask("scenario", str(path), "three-way")
    assert (answer.code, numbered(answer.out)) == (0, ["1. SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED"])
    both = ask("scenario", str(path), "three-way", "--isn", "A=5,B=6")
    assert numbered(both.out) == ["1. SYN-SENT --> <SEQ=5><CTL=SYN> --> SYN-RECEIVED"]
    apart = ask("scenario", str(path), "three-way", "--isn", "A=5")
    assert apart.code == 2
    assert "101 belongs to two ISNs" in apart.err


@pytest.mark.parametrize("name", FIGURES)
def test_long_numbers_fit_a_terminal(ask: Ask, name: str) -> None:
    """What is on the right then stands on a row of its own; all that a line says is there."""
    out = ask("scenario", name, "--isn", "A=4294967200,B=4294967200").out
    assert max(map(len, out.splitlines())) <= 80
    rows = " ".join(out.split())
    states = [word for line in numbered(FIGURES[name]) for word in line.split() if word.isupper() and "<" not in word]
    assert [word for word in states if word not in rows] == []


CHANGES = {
    # the figure, a line of its, what it is changed to (nothing: it is left out), and a part of what is said
    "no segment to be puzzled about": ("fig6", "CLOSED | LISTEN", "(??) | LISTEN", "the run shows 'CLOSED | LISTEN'"),
    "listens for the first time": (
        "fig6",
        "CLOSED | LISTEN",
        "CLOSED | (return to LISTEN!)",
        "the run shows 'CLOSED | LISTEN'",
    ),
    "no numbers yet": (
        "fig7",
        "CLOSED | CLOSED",
        "(send 101,receive 301) | CLOSED",
        "the run shows '(send 0,receive 0) | CLOSED'",
    ),
    "no crash yet": ("fig7", "CLOSED | CLOSED", "(REBOOT) | CLOSED", "the run shows 'CLOSED | CLOSED'"),
    "a crash is no reset": ("fig9", "(REBOOT) | (send", "(Abort!!) | (send", "the run shows 'CLOSED | (send"),
    "what it sends does not puzzle it": (
        "fig9",
        'SYN-SENT --> <SEQ=400><CTL=SYN> -->"',
        '(??) --> <SEQ=400><CTL=SYN> -->"',
        "shows",
    ),
    "the sender's attempt is over": (
        "fig8",
        "<SEQ=90><CTL=SYN> --> SYN-RECEIVED",
        "<SEQ=90><CTL=SYN> --> (duplicate)",
        "shows",
    ),
    **{
        f"line {number} is left out": ("fig8", line.partition(". ")[2], "", "")
        for number, line in enumerate(numbered(FIGURES["fig8"])[1:], 2)
    },
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_other_line_will_do(ask: Ask, tmp_path: Path, change: str) -> None:
    """Each change makes the figure fail: a comment that is not borne out, a segment that no line shows."""
    name, line, other, said = CHANGES[change]
    rows = (scenario.FOLDER / f"{name}.json").read_text(encoding="utf-8").splitlines()
    (number,) = [n for n, row in enumerate(rows) if '"line": "' in row and line in row]
    rows[number] = rows[number].replace(line, other) if other else ""
    text = re.sub(r",(\s*)\]\n\}", r"\1]\n}", "\n".join(rows) + "\n")
    path = tmp_path / "own.json"
    path.write_text(text, encoding="utf-8")
    answer = ask("scenario", str(path))
    assert answer.code == 1
    assert "1." not in answer.out
    assert "comes out differently" in answer.err
    assert said in answer.err


def test_a_segment_whose_sender_has_gone_on_does_not_leave_late(ask: Ask, tmp_path: Path) -> None:
    steps = [
        '{"action": "server_listens"}',
        '{"line": "CLOSED | LISTEN"}',
        '{"action": "client_opens"}',
        '{"action": "client_closes"}',
        '{"deliver": {"ctl": "SYN"}}',
        '{"line": "SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED"}',
    ]
    path = tmp_path / "own.json"
    path.write_text(f'{{"steps": [{", ".join(steps)}]}}', encoding="utf-8")
    answer = ask("scenario", str(path), "three-way")
    assert answer.code == 1
    assert "the run shows '... <SEQ=100><CTL=SYN> --> SYN-RECEIVED'" in answer.err


@pytest.mark.parametrize("first", ["(??) | CLOSED", "(REBOOT) | CLOSED", "(send 1,receive 1) | CLOSED"])
@pytest.mark.parametrize("model", ["three-way/crash", "model/tutorials/alternating_bit.py:reordering"])
def test_a_line_before_any_step(ask: Ask, tmp_path: Path, first: str, model: str) -> None:
    path = tmp_path / "own.json"
    path.write_text(f'{{"steps": [{{"line": "{first}"}}]}}', encoding="utf-8")
    answer = ask("scenario", str(path), model)
    assert answer.code == 1
    assert "1." not in answer.out
    assert "comes out differently" in answer.err
