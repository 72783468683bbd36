"""Scenarios: what each shows, on every handshake it is meant for, and what is said of a step that is not possible."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from checker.files.mistakes import ModelFileError
from checker.runs.trace import Header
from checker.scenarios import scenario
from checker.scenarios.player import NotPossibleError, Played, play
from model.notation.pretty import segment_text
from model.tcp.assumptions import Assumptions
from model.tcp.handshakes import HANDSHAKES
from properties.specification import SPECIFICATIONS, built_in
from reports.figure import figure_lines, played, side_by_side
from tests.command_line import Ask

BUILT_IN = scenario.names()
PAIRS = [(name, model) for name in BUILT_IN for model in scenario.read(name).models]


def played_on(name: str, model: str, assumptions: Assumptions | None = None) -> Played:
    spec = built_in(model)
    return play(scenario.read(name), spec, assumptions or Assumptions(), spec.safety)


def written(tmp_path: Path, **content: object) -> scenario.Scenario:
    """Return the scenario that a file with this content is."""
    path = tmp_path / "own.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return scenario.read(str(path))


def states(run: Played, number: int) -> tuple[str, str]:
    """Return the states of client and server after a step, -1 being the last."""
    after = run.trace.steps[number].states
    return after["client"], after["server"]


def in_flight(run: Played) -> list[str]:
    rows = run.trace.end[run.trace.network]
    assert isinstance(rows, frozenset)
    return sorted(segment_text(dict(zip(run.trace.columns, row, strict=True)), run.trace.format) for row in rows)


def test_the_scenarios_of_the_textbook_are_there() -> None:
    assert set(BUILT_IN) == {
        *(
            "lost-syn",
            "stale-syn",
            "stale-syn-early",
            "stale-syn-after-fins",
            "blocked-syns",
            "lost-third-ack",
            "old-syn-in-window",
        ),
        *("fig6", "fig7", "fig8", "fig9", "fig10", "fig11", "fig12", "fig13"),
    }


@pytest.mark.parametrize(("name", "model"), PAIRS)
def test_every_scenario_can_be_played_where_it_says(name: str, model: str) -> None:
    run = played_on(name, model)
    assert run.trace.steps
    assert run.phases[-1].end == len(run.trace)


# -- what each of them shows -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", HANDSHAKES)
def test_lost_syn(model: str) -> None:
    """The first SYN is lost, its retransmission connects, data flows, release, and no SYN is left."""
    run = played_on("lost-syn", model)
    actions = [step.action for step in run.trace.steps]
    lost = actions.index("network_loses")
    assert str(run.trace.steps[lost].lost) == "<SEQ=100><CTL=SYN>"
    assert actions.index("client_retransmits_syn") > lost
    both = [i for i in range(len(run.trace)) if states(run, i) == ("ESTABLISHED", "ESTABLISHED")]
    data = [i for i, step in enumerate(run.trace.steps) if step.received is not None and step.received.cells["data"] == 1]
    assert both[0] <= data[0] < actions.index("release")
    assert states(run, -1) == ("CLOSED", "CLOSED")
    assert in_flight(run) == []


def test_a_syn_that_outlives_two_fins_costs_the_server_a_half_open_connection_while_the_client_waits() -> None:
    """Under the three-way handshake it is never ESTABLISHED for it; and after two lifetimes nothing is in flight."""
    run = played_on("stale-syn-after-fins", "three-way/lifecycle")
    since = next(i for i, step in enumerate(run.trace.steps) if step.states["client"] == "TIME-WAIT")
    seen = [step.states["server"] for step in run.trace.steps[since:]]
    assert "SYN-RECEIVED" in seen
    assert "ESTABLISHED" not in seen
    assert in_flight(run) == []
    assert not run.violated


@pytest.mark.parametrize("name", ["stale-syn", "stale-syn-early"])
@pytest.mark.parametrize(("model", "deceived"), [("two-way", True), ("three-way", False), ("four-way", False)])
def test_stale_syn(name: str, model: str, deceived: bool) -> None:
    """Two-way's server is ESTABLISHED by a SYN whose attempt is over, in the very step in which it arrives; no other's is."""
    run = played_on(name, model)
    (arrival,) = [i for i, step in enumerate(run.trace.steps) if step.received is not None and step.received.old and step.sent]
    assert str(run.trace.steps[arrival].received) == "<SEQ=100><CTL=SYN>"
    assert states(run, arrival)[0] == "CLOSED"
    after = {states(run, i)[1] for i in range(arrival, len(run.trace))}
    assert ("ESTABLISHED" in after) is deceived
    assert run.violated.get("no-stale-establishment") == ((arrival + 1,) if deceived else None)


def test_without_a_reset_the_deceived_server_stays(tmp_path: Path) -> None:
    """The textbook's silent client: nobody ever tells the two-way server."""
    run = played_on("stale-syn", "two-way", Assumptions(closed_host="silent"))
    assert states(run, -1) == ("CLOSED", "ESTABLISHED")
    assert states(played_on("stale-syn", "three-way", Assumptions(closed_host="silent")), -1) == ("CLOSED", "SYN-RECEIVED")


@pytest.mark.parametrize("syns", [1, 2, 5])
@pytest.mark.parametrize(("model", "established"), [("two-way", True), ("three-way", False), ("four-way", False)])
def test_blocked_syns(syns: int, model: str, established: bool) -> None:
    """N SYNs of N attempts arrive one after the other: two-way's server enters ESTABLISHED N times, three-way's never."""
    spec = built_in(model)
    run = play(scenario.read("blocked-syns", {"syns": syns}), spec, Assumptions(), spec.claims)
    old = [step for step in run.trace.steps if step.received is not None and step.received.old and step.action.endswith("_syn")]
    arrived = [step for step in old if step.received is not None and step.received.source == "client"]
    assert [step.received.cells["seq"] for step in arrived if step.received] == [100 * (i + 1) for i in range(syns)]
    assert [step.states["server"] == "ESTABLISHED" for step in arrived] == [established] * syns


def test_lost_third_ack() -> None:
    run = played_on("lost-third-ack", "three-way")
    lost = next(i for i, step in enumerate(run.trace.steps) if step.lost is not None)
    assert str(run.trace.steps[lost].lost) == "<SEQ=101><ACK=301><CTL=ACK>"
    assert states(run, lost) == ("ESTABLISHED", "SYN-RECEIVED")
    assert states(run, -1) == ("ESTABLISHED", "ESTABLISHED")


# -- pictures --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in BUILT_IN if scenario.read(name).models[0] in HANDSHAKES])
@pytest.mark.parametrize("models", [("three-way",), ("two-way", "three-way"), ("two-way", "three-way", "four-way")])
@pytest.mark.parametrize("width", [80, 130])
def test_no_picture_is_wider_than_it_may_be(name: str, models: tuple[str, ...], width: int) -> None:
    runs: list[Played] = []
    for model in models:
        try:
            runs.append(played_on(name, model))
        except NotPossibleError:
            continue
    picture = played(scenario.read(name), runs, width)
    assert [line for line in picture.splitlines() if len(line) > width] == []
    assert all(run.spec.name in picture for run in runs)


def test_an_old_syn_in_the_window_splits_a_connection_until_it_is_found_out() -> None:
    """§3.10.7.4, fourth, sends the server back to LISTEN behind the client; §3.10.7.2, second, tells the client."""
    run = played_on("old-syn-in-window", "three-way", Assumptions(seq_check="window"))
    fallen = next(i for i, step in enumerate(run.trace.steps) if step.action == "server_returns_to_listen")
    assert states(run, fallen) == ("ESTABLISHED", "LISTEN")
    assert run.violated == {"old-syn-drops-nothing": (fallen + 1,)}
    assert [step.action for step in run.trace.steps[fallen + 1 :]] == ["server_resets_ack", "client_is_reset"]
    assert states(run, -1) == ("CLOSED", "LISTEN")
    exact = played_on("old-syn-in-window", "three-way")
    assert states(exact, -1) == ("ESTABLISHED", "ESTABLISHED")
    assert exact.violated == {}


def test_numbers_of_ten_digits_are_not_wider(tmp_path: Path) -> None:
    content = json.loads((scenario.FOLDER / "stale-syn.json").read_text(encoding="utf-8"))
    own = written(tmp_path, **{**content, "isns": {"A": [4294967294], "B": [4294967290, 4294967200]}})
    for models in (("two-way",), ("two-way", "three-way")):
        picture = played(own, [play(own, built_in(model), Assumptions()) for model in models])
        assert [line for line in picture.splitlines() if len(line) > 80] == []
        assert "<SEQ=4294967294><CTL=SYN>" in picture


def test_every_violation_is_marked() -> None:
    """Three old SYNs make two-way's server ESTABLISHED three times."""
    run = played_on("blocked-syns", "two-way")
    assert len(run.violated["no-stale-establishment"]) == 3
    assert played(scenario.read("blocked-syns"), [run]).count("^ no-stale-establishment violated") == 3


def test_side_by_side_puts_each_phase_beside_itself() -> None:
    runs = [played_on("stale-syn", "two-way"), played_on("stale-syn", "three-way")]
    rows = side_by_side(runs).splitlines()
    (begin,) = [i for i, row in enumerate(rows) if row.startswith("Now the SYN that was held up")]
    assert rows[begin + 1].count("<SEQ=100><CTL=SYN> (old duplicate)") == 2
    assert rows[begin + 2].split()[-1] == "SYN-RECEIVED"
    assert rows[begin + 3].split()[:3] == ["^", "no-stale-establishment", "violated"]
    assert "violated" not in "".join(row[42:] for row in rows)


def test_every_segment_of_a_run_is_in_its_figure() -> None:
    """Each that was sent leaves, each that was received arrives, each that was lost is marked."""
    for name, model in PAIRS:
        trace = played_on(name, model).trace
        lines = figure_lines(trace)
        sent = [header for step in trace.steps for header in step.sent]
        received = [step.received for step in trace.steps if step.received is not None]
        lost = [step.lost for step in trace.steps if step.lost is not None]

        def rows(headers: list[Header]) -> list[tuple[Any, ...]]:
            return [header.row for header in headers]

        assert rows([line.segment for line in lines if line.leaves and line.segment]) == rows(sent)
        assert sorted(rows([line.segment for line in lines if line.arrives and line.segment])) == sorted(rows(received))
        assert rows([line.segment for line in lines if line.note == "lost" and line.segment]) == rows(lost)


# -- scenarios of one's own ------------------------------------------------------------------------------------------------


def test_one_of_ones_own(tmp_path: Path) -> None:
    """Repetition, numbers, ISNs, arguments, what is held back, and what is done only where it is possible."""
    own = written(
        tmp_path,
        models=["three-way"],
        isns={"A": [7, 70], "B": [4294967295]},
        numbers={"again": 2},
        steps=[
            {"action": "server_listens"},
            {"action": "client_opens"},
            {"repeat": "again", "steps": [{"action": "client_retransmits_syn"}]},
            {"action": "server_frobnicates", "if_possible": True},
            {"deliver": {"ctl": "SYN"}, "kept": True},
            {"deliver": {"ctl": "SYN,ACK"}, "with_data": True},
            {"deliver": "all"},
            {"says": "the copy that stayed was held back"},
            {"deliver": {"ctl": "SYN"}},
            {"deliver": "all"},
            {"absent": {"source": "client"}},
        ],
    )
    run = play(own, SPECIFICATIONS["three-way"], Assumptions())
    actions = [step.action for step in run.trace.steps]
    assert actions.count("client_retransmits_syn") == 2
    assert "<SEQ=8><ACK=0><CTL=ACK><DATA=1>" in [str(h) for step in run.trace.steps for h in step.sent]
    assert next(step.received.cells["seq"] for step in run.trace.steps[run.phases[1].begin :] if step.received) == 7
    assert states(run, -1) == ("ESTABLISHED", "ESTABLISHED")
    again = play(scenario.read(str(tmp_path / "own.json"), {"again": 0}), SPECIFICATIONS["three-way"], Assumptions())
    assert len(again.trace) == len(run.trace) - 2


def test_the_oldest_segment_that_matches_is_delivered(tmp_path: Path) -> None:
    opens = [{"action": "client_opens"}, {"action": "client_closes"}]
    steps = [*opens, *opens, {"action": "server_listens"}, {"deliver": {"ctl": "SYN"}}]
    run = play(written(tmp_path, isns={"A": [900, 5]}, steps=steps), SPECIFICATIONS["two-way"], Assumptions())
    received = run.trace.steps[-1].received
    assert received is not None
    assert received.cells["seq"] == 900


IMPOSSIBLE: list[tuple[list[dict[str, Any]], str]] = [
    (
        [{"action": "client_sends_data"}],
        r"step 1 of .* is not possible in three-way: .*_data is not enabled: client.state == ESTABLISHED is false \(.*CLOSED\)",
    ),
    ([{"deliver": {"ctl": "SYN"}}], r"no segment in flight has ctl SYN; in flight: none"),
    (
        [{"action": "client_opens"}, {"lose": {"ctl": "RST"}}],
        r"step 2 .*no segment in flight has ctl RST; in flight: <SEQ=100><CTL=SYN>",
    ),
    ([{"action": "client_opens"}, {"absent": {"ctl": "SYN"}}], r"step 2 .*<SEQ=100><CTL=SYN> is in flight, and should not be"),
    (
        [{"action": "client_opens", "isn": 100}, {"action": "client_closes"}, {"action": "client_opens", "isn": 101}],
        r"step 3 .*client_opens is not enabled: isn - 100 >= 3 is false \(isn = 101\)",
    ),
    (
        [{"action": "server_receives_syn", "segment": ["client", "server", 1, 0, "SYN", 0]}],
        r"server_receives_syn cannot take \('client', 'server', 1, 0, 'SYN', 0\), which is not in network",
    ),
    ([{"action": "server_receives_syn"}], r"network is empty, so there is no segment to take from it"),
]


@pytest.mark.parametrize(("steps", "message"), IMPOSSIBLE)
def test_a_step_that_is_not_possible_says_why(tmp_path: Path, steps: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(NotPossibleError, match=message):
        play(written(tmp_path, steps=steps), SPECIFICATIONS["three-way"], Assumptions())


def test_a_network_that_loses_nothing_says_so(tmp_path: Path) -> None:
    own = written(tmp_path, steps=[{"action": "client_opens"}, {"lose": {"ctl": "SYN"}}])
    with pytest.raises(NotPossibleError, match="its network loses nothing"):
        play(own, SPECIFICATIONS["three-way"], Assumptions(loss=False))


def test_a_trace_is_a_scenario_that_plays_alike(tmp_path: Path) -> None:
    """What ``--json`` writes is read again to the same states."""
    for name, model in PAIRS:
        trace = play(scenario.read(name), built_in(model), Assumptions()).trace
        own = written(tmp_path, **scenario.as_record(trace, model, "again", scenario.read(name).scope.octets))
        again = play(own, built_in(model), Assumptions()).trace
        assert [step.state for step in again.steps] == [step.state for step in trace.steps]


def test_an_unknown_number_is_refused() -> None:
    with pytest.raises(ModelFileError, match="it has no number 'syn'; did you mean 'syns'"):
        scenario.read("blocked-syns", {"syn": 3})
    with pytest.raises(ModelFileError, match="it has none to set"):
        scenario.read("fig6", {"syns": 3})


# -- segments that nobody sent ---------------------------------------------------------------------------------------------

_OPEN: list[dict[str, object]] = [{"action": "server_listens"}, {"action": "client_opens"}, {"deliver": "all"}]


def injecting(tmp_path: Path, *steps: dict[str, object]) -> scenario.Scenario:
    return written(tmp_path, isns={"A": [100], "B": [500]}, steps=[*_OPEN, *steps])


def test_an_injected_segment_meets_the_rules_like_any_other(tmp_path: Path) -> None:
    """A RST in the window that no endpoint sent: a challenge ACK by RFC 5961, an end without (RFC 9293 §3.10.7.4, second)."""
    asked = injecting(tmp_path, {"inject": {"source": "client", "ctl": "RST", "seq": 105}}, {"deliver": {"ctl": "RST"}})
    three_way = SPECIFICATIONS["three-way"]
    challenged = play(asked, three_way, Assumptions(seq_check="window"), three_way.safety)
    assert states(challenged, -1) == ("ESTABLISHED", "ESTABLISHED")
    assert in_flight(challenged) == ["<SEQ=501><ACK=101><CTL=ACK>"]
    ended = play(asked, three_way, Assumptions(seq_check="window", rfc5961=False), three_way.safety)
    assert states(ended, -1) == ("ESTABLISHED", "CLOSED")


def test_claims_about_who_sends_what_leave_injected_segments_out(tmp_path: Path) -> None:
    """An injected SYN has no attempt of the client's behind it; the same SYN by an action of an endpoint would be malformed."""
    asked = injecting(tmp_path, {"inject": {"source": "client", "ctl": "SYN", "seq": 7, "data": 3}})
    three_way = SPECIFICATIONS["three-way"]
    assert play(asked, three_way, Assumptions(), three_way.safety).violated == {}


def test_a_run_with_injected_segments_can_be_written_and_played_again(tmp_path: Path) -> None:
    asked = injecting(tmp_path, {"inject": {"source": "server", "ctl": "RST,ACK", "seq": 501, "ack": 101}}, {"deliver": "all"})
    three_way = SPECIFICATIONS["three-way"]
    run = play(asked, three_way, Assumptions(), three_way.safety)
    assert states(run, -1)[0] == "CLOSED"
    again = written(tmp_path, **scenario.as_record(run.trace, "three-way"))
    assert play(again, three_way, Assumptions(), three_way.safety).trace.steps == run.trace.steps


@pytest.mark.parametrize(
    ("segment", "says"),
    [
        ({"source": "client", "ctl": "RST"}, "says its seq"),
        ({"ctl": "RST", "seq": 5}, "says its source"),
        ({"source": "client", "ctl": "RTS", "seq": 5}, "did you mean 'RST'"),
        ({"source": "client", "ctl": "RST", "sec": 5}, "no 'sec'"),
        ({"source": "client", "ctl": "RST", "seq": -1}, "whole number"),
    ],
)
def test_what_cannot_be_injected_is_said(tmp_path: Path, segment: dict[str, object], says: str) -> None:
    asked = injecting(tmp_path, {"inject": segment})
    with pytest.raises(ModelFileError, match=says):
        play(asked, SPECIFICATIONS["three-way"], Assumptions())


def test_a_scenario_about_several_ports_is_played_on_them_and_on_no_others(tmp_path: Path, ask: Ask) -> None:
    """Compositions of as many ports are one, however often they are put together."""
    file = tmp_path / "ports.json"
    written = {"summary": "", "models": ["three-way/ports-2"], "steps": [{"action": "client2_opens"}]}
    file.write_text(json.dumps(written), encoding="utf-8")
    assert ask("scenario", str(file)).code == 0
    refused = ask("scenario", str(file), "three-way/ports-3")
    assert refused.code == 2
    assert "three-way/ports-3 has other endpoints" in refused.err
