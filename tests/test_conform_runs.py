"""The explanation of a capture as a run of the model: what it has to show, in every format, and up to where."""

from __future__ import annotations

import io
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from checker.conformance.captures import judged
from checker.conformance.profiles import PROFILES
from checker.conformance.running import Run
from checker.conformance.verdicts import Judged, Outcome
from checker.runs.trace import Trace, run
from properties.observe import Monitored
from reports.traces.formats import FORMATS, Rendering
from tests.captures.situations import SITUATIONS
from tests.captures.writing import SCALED, Tcp, conversation, pcap, stamp, timed
from tests.command_line import Ask

AGREES, DEVIATES = Outcome.AGREES, Outcome.DEVIATES
X, Y = 1000, 500_000
ISNS = ((X, Y), (2**32 - 50, 2**32 - 300), (0, 2**31))


def of(segments: Iterable[Tcp], side: str = "server") -> Judged:
    (one,) = judged(io.BytesIO(pcap(timed(segments))), "file", side, PROFILES["rfc9293"], traced=True)
    return one


def run_of(one: Judged) -> Run:
    assert one.run is not None
    return one.run


def segments_of(trace: Trace) -> list[tuple[str, int, int, str, int]]:
    """Return what is sent in a run, by whom, in its order."""
    rows = [header.cells for step in trace.steps for header in step.sent]
    return [(str(c["source"]), int(c["seq"]), int(c["ack"]), str(c["ctl"]), int(c["data"])) for c in rows]  # type: ignore[arg-type]


def captured(segments: Iterable[Tcp], host: str) -> list[tuple[str, int, int, str, int]]:
    """Return the same of a capture; PSH is no business of the model's."""
    return [
        (
            "host" if one.by == host else "peer",
            one.seq % 2**32,
            one.ack % 2**32 if "ACK" in one.ctl else 0,
            one.ctl.removesuffix(",PSH"),
            one.data,
        )
        for one in segments
    ]


@pytest.mark.parametrize("isns", ISNS)
@pytest.mark.parametrize(("side", "host"), [("server", "S"), ("client", "C")])
def test_a_run_has_the_packets_of_the_capture_in_their_order(side: str, host: str, isns: tuple[int, int]) -> None:
    """Each with its own numbers and no other, and after the last of them the endpoint is in the state of the RFC."""
    segments = conversation(*isns)
    found = run_of(of(segments, side))
    assert segments_of(found.trace) == captured(segments, host)
    assert found.trace.steps[-1].states["host"] == {"server": "CLOSED", "client": "TIME-WAIT"}[side]
    assert found.whole
    numbers = [step.arguments["packet"] for step in found.trace.steps if step.sent]
    assert numbers == list(range(1, len(segments) + 1))


@pytest.mark.parametrize("side", ["server", "client"])
def test_a_run_is_one_of_its_system(side: str) -> None:
    """Played again by the interpreter it is the same; and so is the one whose choices can be listed."""
    found = run_of(of(conversation(), side))
    for one in (found, found.listed()):
        again = run(Monitored(one.system), one.trace.schedule)
        assert [step.state for step in again.steps] == [step.state for step in one.trace.steps]
    listed = found.listed()
    assert [step.states for step in listed.trace.steps] == [step.states for step in found.trace.steps]
    assert segments_of(listed.trace) == segments_of(found.trace)


def actions(one: Judged) -> list[str]:
    return [step.action for step in run_of(one).trace.steps]


def test_what_nobody_saw_is_in_it() -> None:
    """A call, a loss after the tap, a time-out, and an end without a word after a pause."""
    whole = conversation()
    assert actions(of(whole))[:3] == ["peer_sends", "host_listens", "host_receives_syn"]
    lost = of([*whole, whole[9].but(after=2 * 10**9), whole[10]])
    assert actions(lost)[-4:] == ["network_loses", "host_retransmits_fin", "peer_sends", "host_is_released"]
    assert [step.action for step in run_of(lost).listed().trace.steps] == actions(lost)
    again = Tcp("C", "ACK", X + 101, Y + 1, 10, window=500, after=2 * 10**9)
    ended = of([*whole[:6], again, Tcp("S", "RST", Y + 1)])
    assert "host_times_out" in actions(ended)
    assert run_of(ended).trace.steps[-1].states["host"] == "CLOSED"


def test_what_is_held_is_taken_twice_and_what_is_put_off_is_not_sent() -> None:
    text = Tcp("C", "ACK", X + 1, Y + 1, 100)
    late = [
        *conversation()[:3],
        text.but(seq=X + 101),
        Tcp("S", "ACK", Y + 1, X + 1),
        text,
        Tcp("S", "ACK", Y + 1, X + 201),
    ]
    found = run_of(of(late)).trace
    assert segments_of(found) == captured(late, "S")
    second = [step for step in found.steps if step.received and step.received.cells["seq"] == X + 101]
    assert [step.kept for step in second] == [True, False]
    assert found.end["host.rcv_nxt"] == X + 201
    assert any(step.action == "host_receives_data_unseen" and not step.sent for step in found.steps)


def test_of_what_deviates_it_goes_up_to_the_deviation() -> None:
    segments = conversation()
    segments[4] = segments[4].but(ack=7777)
    one = of(segments)
    assert (one.outcome, one.place) == (DEVIATES, "packet 5")
    found = run_of(one).trace
    assert segments_of(found) == captured(segments[:4], "S")
    assert found.steps[-1].states["host"] == "ESTABLISHED"
    at_once = run_of(of([Tcp("C", "SYN,RST", X)], "client"))
    assert len(at_once.trace) == 0


def test_timestamps_are_in_it() -> None:
    segments = [
        Tcp("C", "SYN", X, options=SCALED + stamp(50)),
        Tcp("S", "SYN,ACK", Y, X + 1, options=SCALED + stamp(7, 50)),
        Tcp("C", "ACK", X + 1, Y + 1, options=stamp(60, 7)),
        Tcp("C", "ACK", X + 1, Y + 1, 9, options=stamp(55, 7)),
        Tcp("S", "ACK", Y + 1, X + 1, options=stamp(8, 60)),
    ]
    found = run_of(of(segments)).trace
    assert [step.state["host.ts_recent"] for step in found.steps if step.received] == [50, 60, 60]
    assert found.steps[-1].action == "host_acks_old_timestamp"


def test_a_long_connection_has_its_beginning() -> None:
    """A thousand steps and no more, and it says so."""
    sent = [Tcp("C", "ACK", X + 1 + n, Y + 1, 1) for n in range(1100)]
    text = [one for n, seg in enumerate(sent) for one in (seg, Tcp("S", "ACK", Y + 1, X + 2 + n))]
    found = run_of(of([*conversation()[:3], *text]))
    assert not found.whole
    assert 1000 <= len(found.trace) <= 2000
    assert segments_of(found.trace) == captured([*conversation()[:3], *text], "S")[: len(segments_of(found.trace))]


@pytest.fixture(scope="session")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture of one connection, ``one.pcap``, and of one that deviates, ``wrong.pcap``."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "one.pcap").write_bytes(pcap(timed(conversation())))
    wrong = [*conversation()[:4], Tcp("S", "ACK", Y + 1, 7777)]
    (folder / "wrong.pcap").write_bytes(pcap(timed(wrong)))
    return folder


@pytest.mark.parametrize(
    "made", [pytest.param(made, id=name, marks=pytest.mark.long if made.explored else ()) for name, made in FORMATS.items()]
)
def test_the_command_writes_it_in_every_format(two: Path, ask: Ask, tmp_path: Path, made: Rendering) -> None:
    """To a directory each end of each connection; and of what deviates too, with the exit code of what deviates."""
    name, suffix = made.name, made.suffix
    out = tmp_path / "runs"
    asked = ask("conform", str(two / "one.pcap"), str(two / "wrong.pcap"), "--as", "middle", "--format", name, "-o", str(out))
    assert asked.code == 12
    names = ["one-1-client", "one-1-server", "wrong-1-client", "wrong-1-server"]
    assert sorted(path.name for path in out.iterdir()) == [one + suffix for one in names]
    assert all(f"{one}{suffix}: {name}, " in asked.out for one in names)
    assert all(path.stat().st_size > 300 for path in out.iterdir())


def test_what_is_written_is_read_back(two: Path, ask: Ask, tmp_path: Path) -> None:
    """As a script of packetdrill's, and as a capture, it is the connection that it was."""
    for suffix in (".pkt", ".pcapng"):
        file = tmp_path / f"again{suffix}"
        assert ask("conform", str(two / "one.pcap"), "-o", str(file)).code == 0
        asked = ask("conform", str(file))
        assert (asked.code, "agrees" in asked.out) == (0, True), asked.out


def test_a_run_as_data_says_which_packet_is_what(two: Path, ask: Ask) -> None:
    asked = ask("conform", str(two / "wrong.pcap"), "--format", "json")
    assert asked.code == 12
    record = json.loads(asked.out)
    assert [step["arguments"].get("packet") for step in record["steps"] if step["sent"]] == [1, 2, 3, 4]
    assert record["ends"][0].startswith("packet 5: <SEQ=")


def test_a_page_opens_at_the_run_and_computes_the_rest(two: Path, ask: Ask, tmp_path: Path) -> None:
    """Its engine takes the steps of the run, and lists what else could happen: a peer's packet at any time."""
    file = tmp_path / "one.html"
    assert ask("conform", str(two / "one.pcap"), "-o", str(file)).code == 0
    html = file.read_text(encoding="utf-8")
    assert "host_receives_syn" in html
    assert re.search(r'"schedule":\[\["peer_sends",\{"packet":\[1,1000,0,"SYN",0\]\}\]', html)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("one.pcap", "--as", "middle", "-o", "x.svg"), "there are 2 runs: write -o DIR"),
        (("one.pcap", "--json", "-o", "x.svg"), "--json prints a record of its own"),
        (("one.pcap", "-o", "x.png"), "x.png says no format"),
    ],
)
def test_what_cannot_be_written_is_said(two: Path, ask: Ask, tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    asked = ask("conform", str(two / words[0]), *words[1:-1], str(tmp_path / words[-1]))
    assert asked.code == 2
    assert says in asked.out + asked.err


def test_a_script_has_no_run(ask: Ask, tmp_path: Path) -> None:
    script = tmp_path / "t.pkt"
    script.write_text("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n")
    asked = ask("conform", str(script), "--format", "svg")
    assert (asked.code, "only connections of captures have runs" in asked.err) == (2, True)


@pytest.mark.long
@pytest.mark.parametrize("side", ["server", "client"])
def test_every_real_capture_is_played(side: str, tmp_path: Path) -> None:
    """Whatever explanation the search has for what real programs did, the interpreter plays it."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("there is no unshare")
    made = subprocess.run(  # noqa: S603
        [unshare, "-rn", sys.executable, "-m", "tests.captures.situations", str(tmp_path)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no network can be made here")
    for name in SITUATIONS:
        file = tmp_path / f"{name}.pcap"
        for one in judged(io.BytesIO(file.read_bytes()), name, side, traced=True) if file.exists() else ():
            assert run_of(one).trace.steps or one.outcome is not AGREES


EDITS: tuple[Callable[[random.Random, Tcp], Tcp], ...] = (
    lambda choose, one: one.but(seq=one.seq + choose.choice([1, -1, 50, -100, 100_000, 2**31])),
    lambda choose, one: one.but(ack=one.ack + choose.choice([1, -1, 50, -100, 100_000, 2**31])),
    lambda choose, one: one.but(ctl=choose.choice(["SYN", "SYN,ACK", "ACK", "FIN,ACK", "RST", "RST,ACK", "none", "FIN"])),
    lambda choose, one: one.but(data=choose.choice([0, 1, 20, 600])),
    lambda choose, one: one.but(after=choose.choice([1000, 2 * 10**8, 2 * 10**9, 90 * 10**9])),
    lambda choose, one: one.but(sums=choose.choice(["wrong", "partial"])),
    lambda choose, one: one.but(options=(SCALED if "SYN" in one.ctl else b"") + stamp(choose.randint(90, 110))),
)


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(4, 300))])
def test_whatever_the_search_explains_the_interpreter_plays(seed: int) -> None:
    """Conversations with stamps and checksums in which anything was changed: an explanation that is none would raise."""
    choose = random.Random(seed)  # noqa: S311  # no secret
    segments = conversation(*choose.choice(ISNS))
    if choose.random() < 0.5:
        segments = [EDITS[-1](choose, one).but(sums="right") for one in segments]
    for _ in range(choose.randint(1, 4)):
        place = choose.randrange(len(segments))
        segments[place] = choose.choice(EDITS)(choose, segments[place])
        if choose.random() < 0.3:
            segments.insert(choose.randrange(len(segments)), segments.pop(place))
    name = choose.choice(list(PROFILES))
    for one in judged(io.BytesIO(pcap(timed(segments))), "file", "middle", PROFILES[name], traced=True):
        found = run_of(one)
        assert [step.states for step in found.listed().trace.steps] == [step.states for step in found.trace.steps]
