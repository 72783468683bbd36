"""Runs played on running stacks: Linux where the host lets this user make a network namespace, and lwIP.

What a stack is held to comes from the model, and that it is found where it is broken is shown by breaking it: shims of lwIP in
which one thing is otherwise.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from checker.cli.replay import non_properties
from checker.conformance.capture_files import Capture
from checker.conformance.host import Host, Sent
from checker.conformance.table import table
from checker.runs.trace import Trace
from checker.scenarios import scenario as scenarios
from checker.scenarios.player import play as played_by_the_model
from checker.stacks import adapters
from checker.stacks.adapters import ADAPTERS, Adapter
from checker.stacks.comparing import Numbers, without_repeats
from checker.stacks.deeds import Deed, of_answer, of_trace, ways
from checker.stacks.deviations import COOKIES, FAST_OPEN, GVISOR, LWIP, SLIRP, SMOLTCP, Standing
from checker.stacks.explaining import Explained, endpoint
from checker.stacks.playing import Differs, Verdict, play, ports
from checker.stacks.playing import Played as Outcomes
from checker.stacks.replaying import Found, replayed
from checker.stacks.runs import TABLE, Run, of_run, of_table
from checker.stacks.stack import HERE, Observed, Passed, Stack, StackError, checksum
from checker.verdict import Outcome
from model.tcp.assumptions import Assumptions
from model.tcp.handshakes import STACKS
from model.tcp.handshakes.facing import FacingAssumptions, facing
from properties.specification import built_in
from reports import replays
from reports.consequences import CONSEQUENCES, Consequence, page, shown
from reports.gallery import stacks
from reports.gallery.stacks import LANGUAGES
from reports.language.catalogue import language
from tests.command_line import Ask
from tests.test_records import RECORDS

FIGURES = [f"fig{number}" for number in range(6, 12)]
GALLERY = Path(stacks.__file__).parent
ASSUMED = FacingAssumptions()


def trace(name: str) -> Trace:
    scenario = scenarios.read(name)
    model = next(model for model in scenario.models if model.startswith("three-way"))
    return played_by_the_model(scenario, built_in(model), Assumptions.of({"seq_check": "window"})).trace


def all_of(stack: Stack, adapter: Adapter, *names: str) -> Mapping[tuple[str, str], Found]:
    runs = [one for name in names for run in [trace(name)] for one in of_run(name, run, run.roles)]
    return {(one.run.name, one.run.side): one for one in replayed(stack, adapter, runs, ports(), ASSUMED)}


@pytest.fixture
def kernel() -> Iterator[Stack]:
    try:
        with ADAPTERS["linux"].running() as stack:
            yield stack
    except StackError as error:
        pytest.skip(f"this host runs no stack of its own: {error}")


@pytest.fixture
def lwip() -> Iterator[Stack]:
    with ADAPTERS["lwip"].running() as stack:
        yield stack


@pytest.fixture
def slirp() -> Iterator[Stack]:
    with ADAPTERS["slirp"].running() as stack:
        yield stack


def test_numbers_count_from_the_isn_that_is_nearest() -> None:
    numbers = Numbers().learnt(300, 7_000_000).learnt(400, 9)
    assert numbers.of_stack(301) == 7_000_001
    assert numbers.of_stack(399) == 8
    assert numbers.of_run(2**32 - 1) == 390
    assert numbers.of_run(7_000_011) == 311
    assert Numbers().of_stack(5) == 5


def test_a_run_is_what_is_done_to_one_endpoint() -> None:
    deeds = list(of_trace(trace("fig8"), "server"))
    assert [deed.call or (deed.arrives and deed.arrives.ctl) for deed in deeds] == ["listens", "SYN", "RST", "SYN", "ACK"]
    assert [deed.state for deed in deeds] == ["LISTEN", "SYN-RECEIVED", "LISTEN", "SYN-RECEIVED", "ESTABLISHED"]
    assert deeds[1].expected == (Sent("SYN,ACK", 300, 91),)


def test_a_release_is_an_exchange_of_fins() -> None:
    *_, fin, close, ack = of_trace(trace("lost-syn"), "server")
    assert (fin.arrives, fin.state) == (Sent("FIN,ACK", 102, 301), "CLOSE-WAIT")
    assert (close.call, close.expected) == ("closes_after_the_other", (Sent("FIN,ACK", 301, 103),))
    assert (ack.arrives, ack.state) == (Sent("ACK", 103, 302), "CLOSED")


def test_who_listens_from_the_beginning_is_told_to(ask: Ask, lwip: Stack, kernel: Stack) -> None:
    """Where an attacker is between them, the server of the model listens at first; it goes on, and a stack's does not."""
    for run in ("three-way/replay:connection-possible", "three-way/replay:figure-8"):
        assert "server: conforms" in ask("replay", run, "--on", "lwip").out
    ends = ask("replay", "cookies/replay:no-replayed-request", "--on", "linux-cookies", "--as", "server")
    assert "could not be played (step 5): its listener takes one connection" in " ".join(ends.out.split())


def test_a_run_of_another_handshake_is_explained_by_rfc_9293(ask: Ask, lwip: Stack) -> None:
    """Not by how SEG.SEQ is checked: a SYN in LISTEN is answered, and leads to SYN-RECEIVED, whatever is assumed of that."""
    assert "server: deviates (step 3): three-way\n" in ask("replay", "two-way:agreement", "--on", "lwip").out


@pytest.mark.needs("gcc", "slirp")
def test_a_run_with_cookies_is_explained_by_rfc_9293(ask: Ask, lwip: Stack) -> None:
    """Its TCB has no ISS when the SYN is answered: what that stands for is the SYN,ACK's."""
    answer = ask("replay", "cookies/replay:no-replayed-request", "--on", "lwip", "--on", "slirp", "--as", "server")
    assert (answer.code, answer.out.count("server: deviates (step 2): three-way\n")) == (0, 2)


def test_what_is_sent_again_is_no_answer() -> None:
    """A SYN is, and an ACK is not: of an ACK each copy answers something."""
    syn, ack, reset = Sent("SYN", 5, 0), Sent("ACK", 6, 9), Sent("RST", 9, 0)
    seen = Observed((reset, syn, ack), "SYN-SENT", 65535)
    assert without_repeats(seen, (syn, ack)).sent == (reset, ack)
    assert without_repeats(seen, ()).sent == (reset, syn, ack)


def test_what_stacks_do_otherwise_is_said_in_chinese() -> None:
    told = language("zh").sentences
    said = {
        text
        for one in (*COOKIES, *FAST_OPEN, *LWIP, *SLIRP, *GVISOR, *SMOLTCP)
        for text in (one.stimulus, one.answer, one.section, one.standing.value)
    }
    for handshake in STACKS.values():
        system = facing(handshake).alone((100,), 1, ASSUMED).system()
        said |= {re.sub(r"^The (host|peer)", "It", action.doc) for action in system.actions}
    assert sorted(text for text in said if " " in text and text not in told) == []


def test_linux_conforms_in_the_figures_but_for_what_has_a_name(kernel: Stack) -> None:
    """The RFC's Figure 7 has no ACK of the SYN,ACK that completes a simultaneous open, and its Table 6 does."""
    found = all_of(kernel, ADAPTERS["linux"], *FIGURES)
    deviating = {run: one.names for run, one in found.items() if one.played.verdict is not Verdict.CONFORMS}
    assert deviating == dict.fromkeys([("fig7", "A"), ("fig7", "B")], ("acks-syn-ack-it-met",))
    assert len(found) == 2 * len(FIGURES)


def test_the_same_verdict_ten_times(kernel: Stack) -> None:
    runs = [(name, side, list(of_trace(trace(name), side))) for name, side in (("fig9", "server"), ("fig7", "A"))]
    at = ports()
    for name, side, deeds in runs:
        outcomes = {(one.verdict, one.number, one.state) for one in (play(kernel, deeds, at) for _ in range(10))}
        assert len(outcomes) == 1, (name, side, outcomes)


@pytest.mark.needs("gcc", "lwip")
def test_time_wait_is_waited_for_where_that_takes_no_time(lwip: Stack) -> None:
    """In Figure 12 A waits for two segment lifetimes."""
    waited = all_of(lwip, ADAPTERS["lwip"], "fig12")["fig12", "client"].played
    assert (waited.verdict, waited.state) == (Verdict.CONFORMS, "CLOSED")


def test_linux_ends_time_wait_when_it_is_asked_to(kernel: Stack) -> None:
    """On Linux that is a minute of everybody's time; SOCK_DESTROY ends it as the timer does, and nothing is sent."""
    ended = all_of(kernel, ADAPTERS["linux"], "fig12")["fig12", "client"].played
    assert (ended.verdict, ended.state, ended.why) == (Verdict.CONFORMS, "CLOSED", "")
    assert [one.segment.ctl for one in ended.wire][-3:] == ["ACK", "FIN,ACK", "ACK"]  # as Figure 12 ends


def test_linux_is_asked_for_that_in_no_other_state(kernel: Stack) -> None:
    """Elsewhere SOCK_DESTROY sends a RST, which no time-out does."""
    play(kernel, list(of_trace(trace("fig6"), "client")), ports())
    observed = kernel.does("expire")
    assert (observed.sent, observed.state) == ((), "ESTABLISHED")
    assert observed.cannot == "no time-out is brought about in ESTABLISHED: SOCK_DESTROY would abort the connection"


def test_a_kernel_that_ends_no_time_wait_is_said(kernel: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel without CONFIG_INET_DIAG_DESTROY does not know the message, as none knows another number."""
    assert kernel.version
    with broken(
        tmp_path, monkeypatch, "linux", "BY_FAMILY, DESTROY = 20, 21", "BY_FAMILY, DESTROY = 20, 22"
    ).running() as stack:
        skipped = all_of(stack, ADAPTERS["linux"], "fig12")["fig12", "client"].played
    assert (skipped.verdict, skipped.state) == (Verdict.UNPLAYED, "TIME-WAIT")
    assert skipped.why.startswith("TIME-WAIT takes its time there, and nothing shortens it: ")
    assert skipped.why.endswith(" by SOCK_DESTROY, which a kernel has by CONFIG_INET_DIAG_DESTROY")


@pytest.mark.needs("gcc", "lwip")
def test_lwip_opens_never_simultaneously_and_always_resets_with_an_ack(lwip: Stack) -> None:
    found = all_of(lwip, ADAPTERS["lwip"], "fig6", "fig7", "fig11", "old-syn-in-window")
    assert found["fig6", "client"].played.verdict is found["fig6", "server"].played.verdict is Verdict.CONFORMS
    assert found["fig7", "A"].names == ("meets-no-syn",)
    assert found["fig11", "A"].names == ("resets-with-ack",)
    assert found["old-syn-in-window", "server"].names == ("checks-no-seq-in-syn-received",)
    assert all(one.named for one in found.values())


@pytest.mark.long
@pytest.mark.needs("gcc", "slirp")
def test_slirp_ends_a_connection_by_a_syn(slirp: Stack) -> None:
    """As 4.4BSD does, in Figure 9 where RFC 9293 has an ACK."""
    found = all_of(slirp, ADAPTERS["slirp"], "fig6", "fig7", "fig9")
    assert found["fig6", "client"].played.verdict is found["fig6", "server"].played.verdict is Verdict.CONFORMS
    assert found["fig7", "A"].names == ("acks-syn-ack-it-met",)
    assert (found["fig9", "server"].names, found["fig9", "server"].played.state) == (("ends-by-any-syn",), "CLOSED")
    assert found["fig9", "client"].played.why == "a proxy loses no connection without a word"


@pytest.mark.long
@pytest.mark.needs("gvisor")
def test_gvisor_opens_never_simultaneously_with_its_like() -> None:
    """Its time stands still where nothing waits, but not between two connections: their ISNs differ, as in Figure 8."""
    with ADAPTERS["gvisor"].running() as stack:
        found = all_of(stack, ADAPTERS["gvisor"], *FIGURES)
    deviating = {run: one.names for run, one in found.items() if one.played.verdict is not Verdict.CONFORMS}
    assert deviating == dict.fromkeys([("fig7", "A"), ("fig7", "B")], ("takes-no-syn-ack-it-met",))
    assert len(found) == 2 * len(FIGURES)


def test_smoltcp_is_a_server_that_does_the_same_ten_times() -> None:
    """That it is asked for its state changes nothing."""
    runs = [(name, list(of_trace(trace(name), "server"))) for name in ("fig6", "fig8", "fig9", "lost-syn")]
    with built("smoltcp").running() as stack:
        at = ports()
        for name, deeds in runs:
            played = [play(stack, deeds, at) for _ in range(10)]
            seen = {(one.verdict, one.number, one.state, *(sent.ctl for _, sent in one.exchanged)) for one in played}
            assert len(seen) == 1, (name, seen)
            assert played[0].verdict in (Verdict.CONFORMS, Verdict.DEVIATES)
        client = play(stack, of_trace(trace("fig6"), "client"), at)
        server = play(stack, of_trace(trace("fig6"), "server"), at)
    assert (client.verdict, client.why) == (Verdict.UNPLAYED, "mitmproxy_rs opens no connection by smoltcp")
    assert (server.verdict, server.state) == (Verdict.CONFORMS, "ESTABLISHED")


def test_smoltcp_that_is_not_there_is_named() -> None:
    """The package that has it is an extra."""
    run = "runpy.run_module('smoltcp', run_name='__main__', alter_sys=True)"
    code = f"import runpy, sys; sys.modules['mitmproxy_rs.tun'] = None; sys.path.insert(0, sys.argv[1]); {run}"
    folder = str(Path(adapters.__file__).parent)
    done = subprocess.run([sys.executable, "-I", "-c", code, folder], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.startswith("cannot mitmproxy_rs is not installed: install synproof with its extra, synproof[smoltcp]")


def test_smoltcp_counts_no_fin_in_the_length_of_a_segment() -> None:
    """A FIN behind an old octet is next to RFC 9293, and outside the window to smoltcp, which answers it by an ACK."""
    host = Host(ASSUMED)
    come_to = next(ways(host, "ESTABLISHED", passive=True))
    answer = host.does(host.read("FIN,ACK seq=rcv.nxt-1 data=1"), host.come_to("ESTABLISHED", passive=True))
    run = Run("old-octet-and-fin", "server", (*come_to, of_answer(len(come_to) + 1, answer)))
    with built("smoltcp").running() as stack:
        (found,) = replayed(stack, ADAPTERS["smoltcp"], [run], ports(), ASSUMED)
    assert (found.names, found.played.state) == (("judges-by-text",), "ESTABLISHED")


@pytest.mark.long
@pytest.mark.needs("gcc", "lwip")
def test_what_a_stack_does_otherwise_does_not_end_a_run_that_goes_on(lwip: Stack) -> None:
    """In Figure 8 lwIP's client resets with an ACK, and repeats its SYN; it is ESTABLISHED in the end as in the figure."""
    one = all_of(lwip, ADAPTERS["lwip"], "fig8")["fig8", "client"]
    assert (one.played.verdict, one.played.state) == (Verdict.DEVIATES, "ESTABLISHED")
    assert one.names == ("resets-with-ack", "repeats-syn-after-reset")


def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stack: str, where: str, what: str) -> Adapter:
    """Return a stack whose program has something else where it is that."""
    program = Path(adapters.__file__).parent / ADAPTERS[stack].program
    if program.is_dir():
        shutil.copytree(program, tmp_path / program.name, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(program, tmp_path)
    copy = tmp_path / program.name
    sources = {path: path.read_text(encoding="utf-8") for path in (copy.glob("*.py") if copy.is_dir() else [copy])}
    ((path, source),) = ((path, source) for path, source in sources.items() if where in source)
    assert source.count(where) == 1
    path.write_text(source.replace(where, what), encoding="utf-8")
    monkeypatch.setattr(adapters, "_FOLDER", tmp_path)
    return ADAPTERS[stack]


SENDS = '  printf("out ");'
BROKEN = {
    "a wrong ACK": ("if (octets[33] == 0x12) octets[31]++;", "fig6", "server"),
    "no RST": ("if ((octets[33] & 4) && octets[21] != 9) return ERR_OK;", "fig8", "client"),
    "a SYN,ACK without the ACK bit": ("if (octets[33] == 0x12) octets[33] = 2;", "fig6", "server"),
    "no third segment": ("if (octets[21] != 9 && octets[33] == 0x10) return ERR_OK;", "fig6", "client"),
    "each segment twice": (
        'if (octets[21] != 9) { printf("out "); for (int i = 0; i < length; i++) printf("%02x", octets[i]); printf("\\n"); }',
        "fig6",
        "client",
    ),
}
"""What is broken in a shim before it sends: C, and a run that finds it."""


@pytest.mark.needs("gcc", "lwip")
@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_stack_is_found(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    what, run, side = BROKEN[fault]
    with broken(tmp_path, monkeypatch, "lwip", SENDS, what + SENDS).running() as stack:
        one = all_of(stack, ADAPTERS["lwip"], run)[run, side]
    assert one.played.verdict is Verdict.DEVIATES
    assert not one.named


BROKEN_LATER = {
    "a wrong ACK": ("lwip", SENDS, "if (octets[21] != 9 && octets[33] == 0x10) octets[31]++;" + SENDS, "CLOSE-WAIT"),
    "no RST of a closed host": ("lwip", SENDS, "if (octets[21] != 9 && (octets[33] & 4)) return ERR_OK;" + SENDS, "CLOSED"),
    "no ACK of a FIN": ("slirp", SENDS, "if (frame[47] == 0x11) return length;" + SENDS, "LAST-ACK"),
    "a wrong state": ("lwip", "return STATES[pcb->state];", "return STATES[pcb->state == 10 ? 6 : pcb->state];", "CLOSING"),
    "a wrong state of smoltcp's": ("smoltcp", '"CLOSE-WAIT")[ended]', '"LAST-ACK")[ended]', "CLOSE-WAIT"),
    "no ACK of smoltcp's": ("smoltcp", "self.out.append(octets)", "self.out += [octets] * (octets[33] != 16)", "CLOSING"),
    "another wrong state": ("linux", '"CLOSE-WAIT"),\n    *("LAST-ACK"', '"LAST-ACK"),\n    *("CLOSE-WAIT"', "CLOSE-WAIT"),
}
"""What is broken where a connection is closed: the stack, what is elsewhere in its program, and the state that finds it."""


@pytest.mark.needs("gcc", "lwip", "slirp")
@pytest.mark.parametrize("fault", BROKEN_LATER)
def test_a_stack_that_is_broken_where_it_closes_is_found(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many names there are, none of them is for this."""
    name, where, what, state = BROKEN_LATER[fault]
    built(name)
    with broken(tmp_path, monkeypatch, name, where, what).running() as stack:
        rows = of_table(stack, ASSUMED, at := ports(), [state])
        assert any(not one.named for one in replayed(stack, ADAPTERS[name], rows, at, ASSUMED))


FIRST = 'static int dead; if (port && strlen(hex) > 48 && strncmp(hex + 40, "0009", 4)) dead = 1; if (dead) {{ {fault} }}'
ARRIVES = {
    "linux": (
        "        self.wire.arrives(datagram)",
        '        self.dead = getattr(self, "dead", 0) or octets[40:44] != "0009"\n        if self.dead:\n            {fault}\n',
        {"dies": "os.abort()", "is deaf": "return", "hangs": "import time; time.sleep(30)"},
    ),
    "lwip": (
        "  unsigned value;\n  int length = 0;",
        FIRST,
        {"dies": "abort();", "is deaf": "return;", "hangs": "for (;;);"},
    ),
    "slirp": (
        "  unsigned value;\n  int length = ETHERNET;",
        FIRST,
        {"dies": "abort();", "is deaf": "return;", "hangs": "for (;;);"},
    ),
}
"""Where a program takes what arrives, and what it does there from the first segment to a connection on: it answered before."""
WHY = {"dies": "it has ended, by signal 6", "is deaf": "it answers nothing any more", "hangs": "it does nothing any more"}


@pytest.mark.needs("gcc", "lwip", "slirp")
@pytest.mark.parametrize("fault", WHY)
@pytest.mark.parametrize("name", ARRIVES)
def test_a_stack_that_dies_or_answers_nothing_is_lost(
    name: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checker.stacks.stack._PATIENCE", 0.5)
    built(name)
    where, what, does = ARRIVES[name]
    changed = what.format(fault=does[fault])
    with broken(tmp_path, monkeypatch, name, where, changed + where).running() as stack:
        found = all_of(stack, ADAPTERS[name], "fig6", "fig8")
    last = list(found.values())[-1].played
    assert (last.verdict, last.why.startswith(WHY[fault])) == (Verdict.LOST, True), last
    assert len(found) < 4, "nothing is played on a stack that was lost"


def test_nothing_is_left_when_who_drives_a_stack_is_killed(kernel: Stack, tmp_path: Path) -> None:
    """The namespace, and the device in it, end with the process that made them. No file is there by then."""
    assert kernel.version
    code = (
        "import time; from checker.stacks.adapters import ADAPTERS\n"
        "with ADAPTERS['linux'].running() as s: print(s.program.pid, flush=True); time.sleep(60)"
    )
    driver = subprocess.Popen(  # noqa: S603  # our own words
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    assert driver.stdout is not None
    child = int(driver.stdout.readline())
    assert Path(f"/proc/{child}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()
    assert list(tmp_path.iterdir()) == []
    driver.send_signal(signal.SIGKILL)
    driver.communicate()
    ends = time.monotonic() + 5
    while Path(f"/proc/{child}").exists() and time.monotonic() < ends:
        time.sleep(0.01)
    assert not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text(encoding="ascii").split()[2]


def test_nothing_is_left_when_who_compiles_a_stack_is_killed(tmp_path: Path) -> None:
    """Neither the folder nor what is in it: the compiler here has written, and goes on for a while after the kill."""
    there, tools = tmp_path / "there", tmp_path / "tools"
    there.mkdir()
    tools.mkdir()
    (tools / "cc").write_text('#!/bin/sh\necho part > "$3"\nexec sleep 0.5\n', encoding="ascii")
    (tools / "cc").chmod(0o755)
    paths = {"TMPDIR": str(there), "PATH": f"{tools}:{os.environ['PATH']}"}
    code = "from checker.stacks.adapters import ADAPTERS\nwith ADAPTERS['lwip'].running(): pass"
    driver = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, **paths})  # noqa: S603  # our own words
    ends = time.monotonic() + 10
    while not list(there.glob("synproof-*/lwip")):
        assert time.monotonic() < ends, "it compiles"
        time.sleep(0.01)
    driver.kill()
    driver.wait()
    while list(there.iterdir()):
        assert time.monotonic() < ends, list(there.rglob("*"))
        time.sleep(0.01)


NO_TUN = "linux", 'TUN = "/dev/net/tun"', 'TUN = "/dev/net/none"'


def test_the_figures_come_out_the_same_over_a_veth_pair(kernel: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no TUN device; checksums are right there as well, so that captures are."""
    by_tun = all_of(kernel, ADAPTERS["linux"], *FIGURES)
    with broken(tmp_path, monkeypatch, *NO_TUN).running() as stack:
        by_veth = all_of(stack, ADAPTERS["linux"], *FIGURES)
    told = [{run: (one.played.verdict, one.names) for run, one in found.items()} for found in (by_tun, by_veth)]
    assert told[0] == told[1]
    octets = [passed.octets for one in by_veth.values() for passed in one.played.wire if passed.outgoing]
    assert len(octets) > len(by_veth)
    assert {checksum(one[12:20] + struct.pack("!HH", 6, len(one) - 20) + one[20:]) for one in octets} == {0}  # §3.1


def test_a_device_that_cannot_be_had_is_said(kernel: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernel.version
    broken(tmp_path, monkeypatch, *NO_TUN)
    made = tmp_path / "linux" / "wire.py"
    made.write_text(made.read_text(encoding="utf-8").replace('b"veth"', 'b"none"'), encoding="utf-8")
    told = r"/dev/net/none cannot be opened \(No such file.*nor a veth pair be made \(Operation not supp.*run it as root"
    with pytest.raises(StackError, match=told), ADAPTERS["linux"].running():
        pass


def test_a_stack_that_cannot_be_compiled_is_said(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    answer = ask("replay", "fig6", "--on", "lwip")
    assert (answer.code, answer.err) == (
        20,
        "synproof: lwip is compiled when it is used, and there is no cc: install a C compiler\n",
    )


def test_whatever_drives_a_stack_is_short() -> None:
    """Who wants to know how a stack is driven reads less than 200 lines at a time."""
    programs = {Path(adapters.__file__).parent / adapter.program for adapter in ADAPTERS.values()}
    files = [file for program in programs for file in (program.glob("*.py") if program.is_dir() else [program])]
    assert len(files) > len(programs)
    assert [file.name for file in files if len(file.read_text(encoding="utf-8").splitlines()) >= 200] == []


def test_no_stack_plays_before_all_are_had(ask: Ask, kernel: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """All that is absent is named at once, and nothing was played that would be thrown away."""
    assert kernel.version
    monkeypatch.setenv("PATH", "")
    answer = ask("replay", "fig6", "--on", "linux", "--on", "lwip", "--on", "gvisor", "-o", str(tmp_path))
    assert (answer.code, answer.out, list(tmp_path.iterdir())) == (20, "", [])
    assert answer.err == (
        "synproof: lwip is compiled when it is used, and there is no cc: install a C compiler; "
        "gvisor is compiled when it is used, and there is no go: install the Debian package golang-go; "
        "or leave out what is absent by --skip-absent\n"
    )


def test_an_absent_stack_is_left_out_by_request(
    ask: Ask, kernel: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The answer, the pages and the records name it; those that are there are played."""
    assert kernel.version
    monkeypatch.setenv("PATH", "")
    asked = ["replay", "fig6", "--on", "lwip", "--on", "linux", "--skip-absent"]
    why = "lwip is compiled when it is used, and there is no cc: install a C compiler"
    answer = ask(*asked, "-o", str(tmp_path))
    assert (answer.code, f"left out: {why}" in " ".join(answer.out.split())) == (0, True)
    assert "fig6, server: conforms" in answer.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "linux.md"]
    assert f"left out: {why}\n" in (tmp_path / "README.md").read_text(encoding="utf-8")
    records = json.loads(ask(*asked, "--json").out)
    RECORDS.validate(records)
    assert [(record["stack"], record["verdict"]) for record in records] == [
        *[("linux", "conforms")] * 2,
        ("lwip", "absent"),
    ]
    assert records[-1]["why"] == why
    assert ask("replay", "fig6", "--on", "lwip", "--skip-absent").code == 20, "nothing is left that plays"


def test_the_pages_of_a_stack_are_written_as_it_ends(
    ask: Ask, kernel: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the first has shown is there already when the second begins to play."""
    assert kernel.version
    there: list[list[str]] = []

    def begins(*given: object) -> Iterator[Found]:
        there.append(sorted(path.name for path in tmp_path.iterdir()))
        return replayed(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("checker.cli.replay.replayed", begins)
    assert ask("replay", "fig6", "--on", "linux", "--on", "linux-cookies", "-o", str(tmp_path)).code == 0
    assert [names for names in there if "linux-cookies.md" in names] == []
    assert ["README.md" in names and "linux.md" in names for names in there] == [False, True]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("answer-table --as server", "answer-table has the stack open in both ways: leave out --as"),
        ("fig6 answer-table --as X", "answer-table has the stack open in both ways: leave out --as"),
        ("--all --as client", "answer-table has the stack open in both ways: leave out --as"),
        ("--walk 1 --as client", "--walk has the stack open in both ways: leave out --as"),
        ("fig6 --seed 1", "--seed is of walks: write --walk N as well"),
        ("fig6 --against three-way", "--against is of walks: write --walk N as well"),
    ],
)
def test_options_that_would_change_nothing_are_refused(words: str, told: str, ask: Ask) -> None:
    answer = ask("replay", *words.split())
    assert (answer.code, answer.out, answer.err) == (2, "", f"synproof: {told}\n")


LIMITED = {
    "net": "exec {program}",
    "user": "exec setpriv --bounding-set=-all --inh-caps=-all {program}",
}
"""How the kernel's stack is run in a user namespace whose limit of namespaces is 0, so that it meets that limit itself."""


@pytest.mark.parametrize("kind", LIMITED)
def test_a_limit_of_namespaces_is_said_by_its_name(kind: str) -> None:
    """The kernel says "No space left on device" of it, which would have a disk emptied."""
    with contextlib.ExitStack() as held:
        program = LIMITED[kind].format(program=shlex.join(ADAPTERS["linux"]._command(held)))  # noqa: SLF001  # as it is run
    limits = f"echo 0 > /proc/sys/user/max_{kind}_namespaces && {program}"
    done = subprocess.run(  # noqa: S603  # our own words
        ["unshare", "--user", "--map-root-user", "sh", "-c", limits],  # noqa: S607  # wherever it is
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout:
        pytest.skip(f"this host lets no limit be set: {done.stderr}")
    assert done.stdout.startswith("cannot a limit of namespaces is reached ("), done
    assert f"user.max_{kind}_namespaces = 0" in done.stdout
    assert "space" not in done.stdout.replace("namespaces", "")


def test_a_host_without_namespaces_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of the same kind says why it cannot begin, and that is what is told."""
    says = "print('cannot this host lets this user make none', '\\n.', flush=True)"
    monkeypatch.setattr(Adapter, "_command", lambda *_: [sys.executable, "-c", says])
    with pytest.raises(StackError, match="lets this user make none"), ADAPTERS["linux"].running():
        pass


EVERY = tuple(dict.fromkeys((*COOKIES, *FAST_OPEN, *LWIP, *SLIRP, *GVISOR, *SMOLTCP)))


def test_a_contradiction_is_shown_by_both_places() -> None:
    """One place is what the stack does otherwise, the other is what it does."""
    places = {
        one.name: {*re.findall(r"§[\d.]*\d|Figure \d", f"{one.section} {one.answer}")}
        for one in EVERY
        if one.standing is Standing.CONTRADICTED
    }
    assert {"acks-syn-ack-it-met", "takes-no-syn-ack-it-met"} <= set(places)
    assert [name for name, found in places.items() if len(found) == 1] == []


FOLLOWED = ("takes-fin-again", "keeps-text-of-syn")
"""What follows the words of its sentence, where the model has something else."""


def test_a_standing_is_by_the_words_of_requirement_of_its_sentence() -> None:
    """What RFC 5961 recommends is no MUST of RFC 9293, whatever words it has; a step without such a word is none either."""
    words = {
        r"\b(SHOULD|should|recommends)\b": Standing.ADVISED,
        r"\bMUST\b": Standing.FORBIDDEN,
        r"\b(MAY|could)\b": Standing.ALLOWED,
        "": Standing.OTHERWISE,
    }
    said = {one: next(standing for word, standing in words.items() if re.search(word, one.sentence)) for one in EVERY}
    by_places = (Standing.CONTRADICTED, Standing.SILENT)
    assert [
        (one.name, one.standing, standing)
        for one, standing in said.items()
        if one.standing not in (standing, *by_places) and one.name not in FOLLOWED
    ] == []
    assert {one.standing for one in EVERY} == set(Standing)


def test_no_sentence_breaks_off_before_what_must_be_done() -> None:
    """“TCP endpoints MUST send” says nothing without what."""
    assert [one.name for one in EVERY if re.search(r"\b(MUST|SHOULD|MAY|should|may)( \w+)?$", one.sentence)] == []


OF_WALKS = ("keeps-text-of-syn", "blocks-behind-text-of-syn", "resets-text-after-both", "owes-ack")


@pytest.mark.long
def test_each_deviation_makes_an_endpoint_that_answers_otherwise() -> None:
    """A deviation with rules that change nothing would explain nothing."""
    host = Host(ASSUMED)
    rows = list(table(host, ["LISTEN", "SYN-SENT", "SYN-RECEIVED", "CLOSE-WAIT", "CLOSING", "TIME-WAIT", "ESTABLISHED"]))
    asked = [row.answer for row in rows]
    text = [replace(one.took, data=1) for one in asked if one.took is not None and one.before["host.state"] == "SYN-SENT"]
    asked += [host.receives(segment, host.come_to("SYN-SENT")) for segment in text]
    for known in dict.fromkeys((*COOKIES, *LWIP, *SLIRP, *GVISOR, *SMOLTCP)):
        if known.name in ("aborts-with-ack", "puts-off-close", *OF_WALKS):
            continue  # of a call, or of what was before, which tests/test_walks.py is about
        other = endpoint(known.rules, ASSUMED, 1)
        assert any(
            one.took and other.receives(one.took, {**other.initial(), **one.before}).observed != one.observed for one in asked
        ), known.name


def test_records_are_as_the_schema_says(ask: Ask, kernel: Stack) -> None:
    assert kernel.version
    records = json.loads(ask("replay", "fig7", "fig12", "--json").out)
    RECORDS.validate(records)
    assert [record["verdict"] for record in records] == ["deviates", "deviates", "conforms", "conforms"]


OTHERS = {
    "linux": {"aborts-with-ack", "leaves-text-after-syn", "puts-off-close"},
    "lwip": {"leaves-text-after-syn"},
    "slirp": {"puts-off-close", *OF_WALKS},
    "gvisor": {"leaves-text-after-syn"},
    "smoltcp": {"judges-by-text"},
}
"""Those of a stack that nothing of the table, the scenarios and the counterexamples asks for."""
LEAST = {"smoltcp": (2100, 11)}
"""How many rows, and other runs that conform, there are at least on a stack that is a server alone; else 2400 and 12."""


def built(stack: str) -> Adapter:
    """Return a stack that is asked for by name: whatever the host lacks for it is said where a test is left out."""
    try:
        with ADAPTERS[stack].running():
            return ADAPTERS[stack]
    except StackError as error:
        pytest.skip(f"{stack} was not run: {error}")


@pytest.mark.needs("gcc", "lwip", "slirp")
@pytest.mark.parametrize(
    "stack",
    [
        *("linux", "lwip", "slirp"),
        pytest.param("gvisor", marks=(pytest.mark.long, pytest.mark.needs("gvisor"))),
        pytest.param("smoltcp", marks=pytest.mark.long),
    ],
)
def test_everything_conforms_or_deviates_by_a_name(stack: str, ask: Ask, tmp_path: Path) -> None:
    """All scenarios, a run of each claim about three-way that is not asserted, and all that RFC 9293 says to one segment."""
    built(stack)
    records = json.loads(ask("replay", "--all", "--on", stack, "--json", "--scope", "small", "-o", str(tmp_path)).out)
    RECORDS.validate(records)
    rows = [record for record in records if record["run"] == TABLE]
    assert {record["run"] for record in records} == {*scenarios.names(), *non_properties(), TABLE}
    assert [record for record in records if record["verdict"] == Verdict.LOST.value] == []
    differences = [(record["run"], record["as"], one) for record in records for one in record["differences"]]
    assert [one for one in differences if not (one[2]["deviations"] or one[2]["otherwise"])] == []
    least, conforming = LEAST.get(stack, (2400, 12))
    assert len(rows) > least
    seen = {one["name"] for *_, difference in differences for one in difference["deviations"]}
    known = {one.name for one in ADAPTERS[stack].known}
    assert known - OTHERS[stack] <= seen <= known
    assert sum(record["verdict"] == "conforms" for record in records if record["run"] != TABLE) >= conforming
    page = (tmp_path / f"{stack}.md").read_text(encoding="utf-8")
    assert [name for name in seen if f"### {name}\n" not in page] == []


def test_a_deviation_that_is_not_known_has_no_name(lwip: Stack) -> None:
    """As it was before it was found: what only that rule explains is explained by nothing else."""
    left = tuple(one for one in LWIP if one.name != "has-room-for-the-fin")
    rows = of_table(lwip, ASSUMED, at := ports(), ["CLOSE-WAIT"])
    unnamed = {
        str(one.run) for one in replayed(lwip, replace(ADAPTERS["lwip"], known=left), rows, at, ASSUMED) if not one.named
    }
    assert unnamed
    assert [run for run in unnamed if "seq=rcv.nxt+rcv.wnd" not in run] == []


PREDICTED = (
    ("linux-cookies", "linux-cookies:one-connection-per-attempt", "server"),
    ("linux-cookies", "linux-cookies:no-stale-establishment", "server"),
)
"""What breaks by SYN cookies besides, which are several deviations: the claim, and in whose place the stack shows it."""


@pytest.mark.long
@pytest.mark.parametrize(("stack", "run", "side"), PREDICTED, ids=[run for _, run, _ in PREDICTED])
def test_what_the_model_predicts_of_a_stack_happens_on_it(stack: str, run: str, side: str, ask: Ask, kernel: Stack) -> None:
    """The claim holds of three-way, and is violated with the stack's rules; its run is played on the stack to the end."""
    assert kernel.version
    handshake, _, claim = run.partition(":")
    options = ["--seq-check", "window", "--scope", "default,data=0"]
    assert ask("check", handshake.replace(stack, "three-way"), claim, *options).code == 0
    assert ask("check", handshake, claim, *options).code == 12
    answer = ask("replay", run, "--on", stack, "--as", side, *options)
    assert (answer.code, f"{run}, {side}: conforms" in answer.out) == (0, True)


@pytest.mark.needs("gcc", "lwip", "slirp")
@pytest.mark.parametrize("of", CONSEQUENCES, ids=[of.name for of in CONSEQUENCES])
def test_what_follows_of_a_deviation_happens_on_the_stack(of: Consequence) -> None:
    """The claim holds of RFC 9293, not with that deviation, and its run is played to the end; the gallery says so."""
    built(of.stack)
    (one,) = shown([of])
    assert (one.before.outcome, one.after.outcome) == (Outcome.HOLDS, Outcome.VIOLATED)
    assert [verdict.outcome for verdict in one.between] == [Outcome.HOLDS] * bool(of.besides)
    assert (one.played.verdict, one.played.why) == (Verdict.CONFORMS, "")
    for end, spoken in LANGUAGES.items():
        committed = (GALLERY / f"{of.name}{end}.md").read_text(encoding="utf-8")
        assert page(one, end, spoken) == committed
    kept = [(outgoing, segment.ctl, segment.data) for outgoing, segment in in_capture(GALLERY / f"{of.name}.pcapng")]
    assert kept == [(outgoing, segment.ctl, segment.data) for outgoing, segment in one.played.exchanged]


def in_capture(path: Path) -> Iterator[tuple[bool, Sent]]:
    """Yield what a capture of a stack has, each with whether the stack sent it."""
    with path.open("rb") as file:
        for frame in Capture(file):
            outgoing = frame.octets[12:16] == socket.inet_aton(HERE)
            yield outgoing, Passed(frame.octets, 0, outgoing).segment


def test_the_table_of_deviations_is_in_the_order_of_the_sections() -> None:
    """Checks stand in the order of their numbers, several behind the first of them alone, and all of a section last."""
    ordered = [
        *("§3.5", "§3.5.2", "§3.10.5", "§3.10.7.1 and §3.10.7.2", "§3.10.7.2, first", "§3.10.7.2, third"),
        *("§3.10.7.3, first", "§3.10.7.3, first and fifth", "§3.10.7.3, fourth", "§3.10.7.4, first"),
        *("§3.10.7.4, first and fifth", "§3.10.7.4, second", "§3.10.7.4, second and fifth", "§3.10.7.4, fifth"),
        *("§3.10.7.4, eighth", "§3.10.7.4"),
    ]
    known = tuple(replace(LWIP[0], name=f"of {section}", section=section) for section in sorted(ordered))
    differs = Differs(Deed(1, "aborts", None, (), "CLOSED", {"iss": 0, "irs": 0}, 0, "", ""), (), "LISTEN", 0)
    found = Found(Run("fig6", "server", ()), Outcomes(Verdict.DEVIATES, (differs,)), ((differs, Explained(known)),))
    told = replays.table([replays.Played(replace(ADAPTERS["lwip"], known=known), "", (found,))], {}, language("en"))
    assert re.findall(r"^\| (§[^|]+) \|", told, re.MULTILINE) == ordered


def test_pages_have_each_stack_and_the_packets(ask: Ask, kernel: Stack, tmp_path: Path) -> None:
    assert kernel.version
    answer = ask("replay", "fig6", "fig7", "-o", str(tmp_path))
    assert answer.code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("README.md", "linux-fig7-A.pcapng", "linux-fig7-B.pcapng", "linux.md")
    ]
    assert "| `acks-syn-ack-it-met` | 2 |" in (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "RFC 9293 contradicts itself" in (tmp_path / "linux.md").read_text(encoding="utf-8")
