"""The command: its exit codes, what it prints where, and how it takes mistakes, closed pipes and Ctrl-C.

Most tests call ``main`` in this process. Those about signals, pipes and several searches at once start the command as a user
does, each in a session of its own, so that nothing it starts goes unnoticed.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from itertools import product
from pathlib import Path
from typing import ClassVar, NamedTuple

import pytest

import checker.explicit.search
from checker.cli import main
from checker.engine import Answer as Found
from checker.engines import ENGINES, able
from checker.explicit.search import search
from checker.host.limits import Limits, Strategy
from checker.scenarios import scenario
from model.notation.expr import Expr
from model.tcp.assumptions import CHOICES, Assumptions
from model.tcp.attackers import ATTACKERS, FLOODS
from model.tcp.composition import COMPOSITIONS
from model.tcp.endpoint import Response, Tcb
from model.tcp.handshakes import BACKLOGS, DEFENCES, HANDSHAKES, LIMITING, WITHOUT
from model.tcp.handshakes.handshake import Expectation, expect
from model.tcp.handshakes.two_way import TwoWay
from model.tcp.scope import SCOPES
from properties import CLAIMS
from properties.observe import Monitored
from properties.relations import RELATIONS
from properties.specification import SPECIFICATIONS, specification
from tests.command_line import Answer, Ask

ROOT = Path(__file__).parents[1]
COMMAND = "import sys; from checker.cli import main; sys.exit(main())"
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"} | {"PYTHONPATH": str(ROOT)}
"""Without the variable that would write each line at once: output that waits in a buffer is what meets a closed pipe."""

PATIENCE = 60.0
"""How many seconds to wait for what should take one or two. Nothing is concluded from how long it took."""

SMALL = ("--scope", "small")
CLAIMED = tuple(claim.name for claim in SPECIFICATIONS["two-way"].claims)
"""What is asked of a client and a server unless it is said: claims that a step decides, and not those of liveness."""
STALE = ("two-way", "no-stale-establishment")
STALE_STEPS = 4
"""The server listens, the client opens and gives up, its SYN arrives: none of these can be left out."""
AGREEMENT_STEPS = 3
"""The server listens, the client opens, the SYN arrives: the server is ESTABLISHED, and the client has no answer yet."""


@contextmanager
def started(*words: str, program: str = COMMAND, pass_fds: Sequence[int] = ()) -> Iterator[subprocess.Popen[str]]:
    """Start a command line as the leader of a session, and leave nothing of it behind."""
    with subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-c", program, *words],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        pass_fds=pass_fds,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
            for left in session(process.pid):
                with suppress(ProcessLookupError):
                    os.kill(left.pid, signal.SIGKILL)


class Process(NamedTuple):
    """A process that has not ended: the time that it has worked, in ticks, and the memory that it takes, in octets."""

    pid: int
    ticks: int
    octets: int


def session(leader: int) -> list[Process]:
    """Return the processes of a session: what ``leader`` started, and what these started, even if it has ended."""
    found: list[Process] = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            state, *numbers = entry.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(numbers[2]) == leader and state not in "ZX":
                found.append(Process(int(entry.parent.name), int(numbers[10]), int(numbers[20]) * os.sysconf("SC_PAGE_SIZE")))
    return found


def finished(process: subprocess.Popen[str]) -> Answer:
    out, err = process.communicate(timeout=PATIENCE)
    return Answer(process.returncode, out, err)


# -- check -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("three-way", "no-stale-establishment", *SMALL), 0),
        (("three-way", "connection-possible", *SMALL), 0),
        ((*STALE, *SMALL), 12),
        ((*STALE, *SMALL, "--max-depth", str(STALE_STEPS)), 12),
        ((*STALE, *SMALL, "--max-depth", str(STALE_STEPS - 1)), 20),
        ((*STALE, "--max-states", "1"), 20),
        (("three-way", "agreement", "--timeout", "1e-9"), 20),
        ((*STALE, *SMALL, "--engine", "bmc"), 12),
        ((*STALE, *SMALL, "--engine", "bmc", "--max-depth", str(STALE_STEPS - 1)), 20),
        (("three-way", "no-stale-establishment", *SMALL, "--engine", "bmc", "--max-depth", "1"), 20),
        (("two-way", "agreement", "numbering", *SMALL), 12),
        (("two-way", "agreement", "isn-paired", "--max-depth", str(AGREEMENT_STEPS)), 12),
        (("two-way", "agreement", "--scope", "adjacent", "--isn-spacing", "adjacent"), 12),
    ],
)
def test_check_exits_with_the_smallest_code_that_applies(ask: Ask, words: Sequence[str], code: int) -> None:
    """Catches a code for the wrong outcome, a limit off by one, and unknown hiding a violation found before the limit."""
    answer = ask("check", *words)
    assert (answer.code, answer.err) == (code, "")
    assert {0: "holds", 12: "violated", 20: "unknown"}[code] in answer.out


def test_check_decides_every_asserted_claim_unless_told_which(ask: Ask) -> None:
    """established-together is there to be violated; whoever asks whether a handshake is sound does not ask that."""
    answer = ask("check", "three-way", "--json")
    assert {record["claim"] for record in answer.records} == {*CLAIMED} - {"established-together"}
    assert answer.code == 0
    assert ask("check", "three-way", "established-together", *SMALL).code == 12


def test_claims_may_stand_between_options_and_are_answered_in_their_order(ask: Ask) -> None:
    answer = ask("check", *SMALL, "three-way", "numbering", "--json", "agreement")
    assert [record["claim"] for record in answer.records] == ["numbering", "agreement"]


def test_an_unreachable_goal_is_a_violation(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that never listens: nobody is connected, and there is no run to show for it."""

    class Absent(TwoWay):
        def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
            return (call for call in super().calls(tcb) if call[2].name != "listens")

    monkeypatch.setitem(SPECIFICATIONS, "two-way", specification(Absent))
    (record,) = ask("check", "two-way", "connection-possible", "--json").records
    assert (record["verdict"], record["trace_length"], record["trace"]) == ("violated", None, None)
    assert ask("check", "two-way", "connection-possible").code == 12
    answer = ask("trace", "two-way", "connection-possible")
    assert (answer.code, answer.out) == (12, "No run comes near: no step that could be the last makes any part of it true.\n")
    assert is_one_sentence(answer.err)
    assert ask("check", "two-way", "connection-possible", *SMALL).code == 20  # so small a scope might hide it


def test_a_claim_that_holds_for_nothing_says_so(ask: Ask) -> None:
    """A server that answers once cannot be asked to answer the same attempt again."""
    (record,) = ask("check", "three-way", "one-connection-per-attempt", *SMALL, "--json").records
    assert (record["verdict"], record["exercised"]) == ("holds", False)
    assert "Vacuous" in ask("check", "three-way", "one-connection-per-attempt", *SMALL).out
    assert "Vacuous" not in ask("check", "three-way", "agreement", *SMALL).out


# -- JSON --------------------------------------------------------------------------------------------------------------------

LIMITS = {"--max-states", "--max-depth", "--timeout", "--memory"}

WORD, COUNT, WORDS = (str,), (int,), (list,)
KEYS: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("handshake", "claim", "kind", "verdict", "engine", "scope", "reason", "network"), WORD),
    "expected": (str, type(None)),
    "assumptions": (dict,),
    "depth": COUNT,
    "fairness": (dict,),
    "trace_length": (int, type(None)),
    "loop": (int, type(None)),
    "exercised": (bool, type(None)),
    "seconds": (float,),
    "workers": COUNT,
    "memory": COUNT,
    "never_taken": WORDS,
    "trace": (list, type(None)),
}


@pytest.mark.parametrize(
    ("engine", "claims"),
    [("bfs", CLAIMED), ("bmc", ("no-stale-establishment", "numbering", "connection-possible"))],
)
def test_a_record_has_every_key_and_values_of_its_type(ask: Ask, engine: str, claims: tuple[str, ...]) -> None:
    words = ("check", "two-way", *claims, *SMALL, "--json", "--engine", engine, "--max-depth", "40" if engine == "bfs" else "4")
    answer = ask(*words)
    assert answer.err == ""
    assert [record["claim"] for record in answer.records] == [*claims]
    for record in answer.records:
        assert {key: type(record[key]) for key, types in KEYS.items() if type(record[key]) not in types} == {}
        counted = (int, int) if engine == "bfs" else (type(None), type(None))
        assert (type(record["states"]), type(record["transitions"])) == counted
        assert record["kind"] == CLAIMS[record["claim"]].kind.value
        assert (record["handshake"], record["engine"]) == ("two-way", engine)
        assert record["scope"].startswith("small")
        assert record["assumptions"] == {f.name: f.default for f in fields(Assumptions)}
        shown = record["verdict"] == ("holds" if record["kind"] == "reachability" else "violated")
        assert (record["trace"] is not None) == shown
        assert record["trace_length"] == (len(record["trace"]) if shown else None)


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        *((("--" + n.replace("_", "-"), v), n, v) for n, values in CHOICES.items() for v in values),
        (("--no-loss",), "loss", False),
        (("--no-duplication",), "duplication", False),
    ],
)
def test_a_record_says_what_was_assumed(ask: Ask, words: Sequence[str], name: str, value: str | bool) -> None:
    """Catches an option that is read and then not used: each changes its own assumption and no other."""
    (record,) = ask("check", *STALE, *SMALL, "--json", *words).records
    assert record["assumptions"] == {f.name: f.default for f in fields(Assumptions)} | {name: value}


@pytest.mark.parametrize(("claim", "steps"), [("no-stale-establishment", STALE_STEPS), ("agreement", AGREEMENT_STEPS)])
def test_engines_that_find_runs_find_a_shortest_counterexample(ask: Ask, claim: str, steps: int) -> None:
    engines = [engine.name for engine in able(CLAIMS[claim].kind) if engine.finds_runs]
    found = {engine: ask("check", "two-way", claim, "--engine", engine, "--json").records[0] for engine in engines}
    assert len(found) > 1
    assert {engine: (record["verdict"], record["trace_length"]) for engine, record in found.items()} == dict.fromkeys(
        engines, ("violated", steps)
    )


# -- compare -----------------------------------------------------------------------------------------------------------------


class Mistaken(TwoWay):
    """Declares what its authors might have hoped."""

    expects: ClassVar[tuple[Expectation, ...]] = (expect("holds", "no-stale-establishment", "one-connection-per-attempt"),)


class Modest(TwoWay):
    """Declares to be worse than it is."""

    expects: ClassVar[tuple[Expectation, ...]] = (expect("violated", "client-agreement"),)


def cells(table: str, claim: str) -> str:
    """Return what the table of ``compare`` has beside a claim."""
    (row,) = (line for line in table.splitlines() if line.startswith(claim + " "))
    return row.removeprefix(claim).strip(" *")


def test_compare_is_content_where_each_verdict_is_declared(ask: Ask) -> None:
    """Two-way violates five claims and says so itself, for all ten: no surprise."""
    answer = ask("compare", "two-way", "--json")
    assert [record["claim"] for record in answer.records] == [*CLAIMED]
    assert [record["claim"] for record in answer.records if record["expected"] != record["verdict"]] == []
    assert (answer.code, answer.err) == (0, "")


@pytest.mark.parametrize(
    ("handshake", "claim", "found"),
    [
        (Mistaken, "no-stale-establishment", f"violated ({STALE_STEPS})"),
        (Modest, "client-agreement", "holds"),
    ],
)
def test_compare_is_loud_about_a_surprise(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, handshake: type[TwoWay], claim: str, found: str
) -> None:
    monkeypatch.setitem(SPECIFICATIONS, "two-way", specification(handshake))
    answer = ask("compare", "two-way")
    assert cells(answer.out, claim) == f"{found} !"
    assert "!    not the verdict that the handshake declares" in answer.out
    assert cells(answer.out, "numbering") == "holds"  # about which neither declares anything
    assert answer.code in {12, 20}


def test_compare_is_not_content_with_unknown(ask: Ask) -> None:
    """A verdict was declared and is not there."""
    answer = ask("compare", "two-way", "--max-depth", "1")
    assert answer.code == 20
    assert [cells(answer.out, claim).split()[0] for claim in CLAIMED] == ["unknown"] * len(CLAIMED)


def test_check_is_loud_about_a_surprise(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SPECIFICATIONS, "two-way", specification(Mistaken))
    answer = ask("check", "two-way", "no-stale-establishment", "agreement")
    (loud,) = (line for line in answer.out.splitlines() if "!!" in line)
    assert loud.startswith("two-way: no-stale-establishment: violated")
    assert "declares: holds" in loud


def test_a_surprise_fits_a_terminal(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SPECIFICATIONS, "two-way", specification(Mistaken))
    assert too_wide(ask("check", "two-way", "one-connection-per-attempt").out) == []


def test_compare_ends_with_the_trace_of_the_stale_syn(ask: Ask) -> None:
    table, heading, picture = ask("compare", "two-way", *SMALL).out.partition("two-way: no-stale-establishment violated")
    assert heading
    assert cells(table, "no-stale-establishment") == f"violated ({STALE_STEPS})"
    numbers = [int(n) for n in re.findall(r"^ ?(\d+)\. \w+(?: \(isn = \d+\))?$", picture, re.MULTILINE)]
    assert numbers == [*range(1, STALE_STEPS + 1)]
    assert re.search(r"<CTL=SYN> old -*>  ESTABLISHED$", picture, re.MULTILINE)
    assert ask("trace", *STALE, *SMALL).out.startswith(heading + picture)


def test_compare_answers_for_every_handshake_and_claim() -> None:
    """Searches in several processes come back complete, in the order of the tables, and alone on standard output."""
    with started("compare", *SMALL, "--json") as process:
        answer = finished(process)
    assert (answer.code, answer.err) == (0, "")
    assert [(record["handshake"], record["claim"]) for record in answer.records] == [*product(HANDSHAKES, CLAIMED)]


def test_compare_gives_each_handshake_its_own_column() -> None:
    """In the order asked for, and each once; no-stale-establishment tells them apart even in the small scope."""
    with started("compare", "three-way", "two-way", "three-way", *SMALL) as process:
        answer = finished(process)
    assert (answer.code, answer.err) == (0, "")
    assert cells(answer.out, "claim").split() == ["three-way", "two-way"]
    assert cells(answer.out, "no-stale-establishment").split() == ["holds", "violated", f"({STALE_STEPS})"]
    assert too_wide(answer.out) == []


# -- trace and list ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("three-way", "no-stale-establishment", *SMALL), 1),
        ((*STALE, *SMALL, "--max-depth", str(STALE_STEPS - 1)), 20),
        ((*STALE, *SMALL, "--engine", "bmc", "--max-depth", "1"), 20),
    ],
)
def test_trace_says_why_there_is_none(ask: Ask, words: Sequence[str], code: int) -> None:
    answer = ask("trace", *words)
    assert (answer.code, answer.out) == (code, "")
    assert is_one_sentence(answer.err)


@pytest.mark.parametrize("words", [STALE, ("three-way", "connection-possible")])
def test_trace_writes_one_where_there_is_one(ask: Ask, words: Sequence[str]) -> None:
    answer = ask("trace", *words, *SMALL)
    assert (answer.code, answer.err) == (0, "")
    assert " 1. server_listens" in answer.out
    assert "ESTABLISHED" in answer.out


def test_list_has_a_line_for_each_name(ask: Ask) -> None:
    answer = ask("list")
    assert (answer.code, answer.err) == (0, "")
    named = [line.split()[0] for line in answer.out.splitlines() if re.match("  [a-zH]", line)]
    compositions = [f"HANDSHAKE{c.of('')}" for c in COMPOSITIONS.values()] + [
        "HANDSHAKE/r2",
        "HANDSHAKE/lifecycle",
        "HANDSHAKE/lifecycle-crash",
        *(f"HANDSHAKE/{name}" for name in (*ATTACKERS, *FLOODS)),
        "HANDSHAKE/lifecycle-replay",
        "HANDSHAKE/lifecycle-off-path",
        "HANDSHAKE/simultaneous-replay",
        "HANDSHAKE/simultaneous-off-path",
        "HANDSHAKE/inference",
        "HANDSHAKE/inference-slots-1",
        "HANDSHAKE/inference-seq",
        "HANDSHAKE/inference-ack",
        "HANDSHAKE/ports-N",
    ]
    assert named == [
        *HANDSHAKES,
        *WITHOUT,
        *DEFENCES,
        *BACKLOGS,
        *LIMITING,
        *compositions,
        *CLAIMS,
        *RELATIONS,
        *scenario.names(),
        *ENGINES,
        *SCOPES,
        *(f.name for f in fields(Assumptions)),
    ]


def too_wide(text: str) -> list[str]:
    """Return the lines that do not fit a terminal."""
    return [line for line in text.splitlines() if len(line) > 80]


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("check", "two-way", *SMALL),
        ("check", "three-way", "--max-depth", "1", "--scope", "wrap"),
        ("check", "three-way", "numbering", "--engine", "bmc", "--max-depth", "1", "--no-loss"),
        ("check", "four-way", "four-way-merges", "four-way-merges-halfway"),
        ("compare", "four-way", "--max-states", "1"),
        ("trace", "two-way", "one-connection-per-attempt", "--scope", "wrap"),  # numbers of ten digits
        ("trace", "two-way", "agreement", "--engine", "bmc"),
    ],
)
def test_everything_fits_a_terminal(ask: Ask, words: Sequence[str]) -> None:
    answer = ask(*words)
    assert answer.out
    assert too_wide(answer.out) == []


def help_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main((*words, "--help"))
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("command", ["compare", "check", "trace"])
def test_help_names_every_assumption_and_limit(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """An assumption without an option could not be changed, and nobody would notice."""
    text = help_of(capsys, command)
    switches = {"--no-loss", "--no-duplication", "--no-rfc5961", "--rcv-wnd", "--no-abort-established", "--no-quiet-time"}
    switches |= {"--no-close-early", "--half-duplex", "--keep-alive", "--text-on-syn", "--rfc1337", "--guesses"}
    switches |= {"--interval", "--tries"}
    named = {"--" + name.replace("_", "-") for name in CHOICES} | switches | LIMITS | {"--workers", "--hash-compaction"}
    assert {option for option in named if option not in text} == set()
    assert len(CHOICES) + len(switches) == len(fields(Assumptions))


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    deciding = {"compare", "check", "trace", "prove", "recheck", "minimal", "assumptions", "waste", "report"}
    commands = deciding | {
        "answer",
        "conform",
        "grade",
        "guesses",
        "mutants",
        "replay",
        "scenario",
        "simulate",
        "explain",
        "explore",
        "show",
        "graph",
        "export",
        "list",
        "new",
        "tutorial",
        "completion",
    }
    listed = help_of(capsys).partition("commands:")[2]
    assert set(re.findall(r"^  ([a-z]+)(?: |$)", listed, re.MULTILINE)) == commands


# -- mistakes ----------------------------------------------------------------------------------------------------------------


def is_one_sentence(err: str) -> bool:
    return err.startswith("synproof: ") and err.endswith("\n") and err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        (("chek", "two-way"), "check"),
        (("check", "tow-way"), "two-way"),
        (("compare", "two-way", "four"), "four-way"),
        (("trace", "two-way", "agrement"), "agreement"),
        (("check", "two-way", "--scope", "smal"), "small"),
        (("check", "two-way", "--scope", "default,anwers=2"), "answers"),
        (("trace", "two-way", "agreement", "--engine", "bmcc"), "bmc"),
        (("check", "two-way", "--seq-check", "windwo"), "window"),
        (("check", "two-way", "--isn-spacing", "adjacnt"), "adjacent"),
        (("compare", "--closed-host", "silnt"), "silent"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(ask: Ask, words: Sequence[str], nearest: str) -> None:
    """And with no other: whoever mistypes a name need not read a list."""
    answer = ask(*words)
    assert (answer.code, answer.out) == (2, "")
    assert is_one_sentence(answer.err)
    assert re.findall(r"'(\S+)'", answer.err)[1:] == [nearest]


def test_an_unknown_name_that_is_near_to_none_is_answered_with_all(ask: Ask) -> None:
    assert [name for name in HANDSHAKES if repr(name) not in ask("check", "zzz").err] == []


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("frobnicate",),
        ("check",),
        ("check", ""),
        ("check", "two\nway"),
        ("check", "100%"),
        ("trace",),
        ("trace", "two-way", "--json"),
        ("trace", "two-way", "agreement", "numbering"),
        ("list", "two-way"),
        ("compare", "--engine", "bmc"),
        ("check", "two-way", "--frobnicate"),
        ("check", "two-way", "--engine"),
        *(
            ("check", "two-way", "--scope", scope)
            for scope in (
                "",
                "default,",
                "default,answers",
                "default,answers=0",
                "default,answers=99",
                "default,answers=x",
                "default,data=-1",
                "default,foo=1",
                "wrap,answers=3",
                "adjacent",
                "adjacent,data=0",
            )
        ),
        *(
            ("check", "two-way", f"{limit}={value}")
            for limit in sorted(LIMITS | {"--workers"})
            for value in ("", "abc", "0", "-1", "nan", "inf", "1e999")
        ),
        ("check", "two-way", "--max-depth", "1.5"),
        ("check", "two-way", "--memory", "1K"),
        ("check", "two-way", "--workers", "257"),
        ("check", "two-way", "agreement", "--claims", "none"),
        ("check", "two-way", "--claims", "agreement"),
        *(
            ("check", "two-way", "--engine", "bmc", *option)
            for option in (("--workers", "2"), ("--memory", "1G"), ("--hash-compaction",), ("--claims", "none"))
        ),
    ],
)
def test_a_mistake_is_answered_in_one_sentence(ask: Ask, words: Sequence[str]) -> None:
    answer = ask(*words)
    assert answer.code == 2
    assert json.loads(answer.out)["exit_code"] == 2 if "--json" in words else answer.out == ""
    assert is_one_sentence(answer.err)


@pytest.mark.parametrize("words", [("compare",), ("trace", "two-way", "agreement")])
def test_neighbouring_isns_must_be_assumed(ask: Ask, words: Sequence[str]) -> None:
    """The message says which option is missing."""
    answer = ask(*words, "--scope", "adjacent")
    assert (answer.code, answer.out) == (2, "")
    assert "--isn-spacing adjacent" in answer.err


def test_an_absurd_number_is_a_mistake_like_any_other(ask: Ask) -> None:
    answer = ask("check", "two-way", "--scope", "default,answers=" + "9" * 5000)
    assert (answer.code, answer.out) == (2, "")
    assert is_one_sentence(answer.err)


# -- pipes -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("check", "two-way", *SMALL),
        ("trace", *STALE),
        ("check", "two-way", *SMALL, "--json"),  # more than a buffer holds
    ],
)
def test_a_closed_pipe_is_no_complaint(words: Sequence[str]) -> None:
    """As in ``synproof list | true``: nobody reads what is written."""
    with started(*words) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""


# -- Ctrl-C ------------------------------------------------------------------------------------------------------------------

LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at other processes through /proc")
SEVERAL = pytest.mark.skipif((os.cpu_count() or 1) == 1, reason="handshakes are searched one after the other")
PLAINLY = ("--no-reduction",)
"""What makes a search of the large scope one of so many states that it can be interrupted at leisure."""
SEARCHING = 160 * 2**20
"""How many octets of memory show that a search is well on its way: it keeps all that it has seen, and needs half before."""


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def interrupted_in_search(*words: str, terminal: bool) -> Answer:
    """Interrupt a command when some process of it is in the midst of a search.

    A ``terminal`` sends Ctrl-C to all of them, ``kill -INT`` to one.
    """
    with started(*words) as process:
        assert eventually(lambda: max((p.octets for p in session(process.pid)), default=SEARCHING) >= SEARCHING)
        assert process.poll() is None, process.communicate()
        (os.killpg if terminal else os.kill)(process.pid, signal.SIGINT)
        answer = finished(process)
        assert eventually(lambda: not session(process.pid)), "it left processes behind"
    return answer


def assert_interrupted(answer: Answer) -> None:
    assert "Traceback" not in answer.out + answer.err
    assert is_one_sentence(answer.err)
    assert "interrupted" in answer.err
    assert answer.code == 130


@LINUX
@pytest.mark.parametrize(
    ("words", "handshakes", "terminal"),
    [
        (("check", "four-way", *PLAINLY), ["four-way"], True),
        pytest.param(("compare", *PLAINLY), [*HANDSHAKES], True, marks=SEVERAL),
        pytest.param(("compare", *PLAINLY), [*HANDSHAKES], False, marks=SEVERAL),
    ],
)
def test_what_was_found_before_ctrl_c_is_printed_as_json(words: Sequence[str], handshakes: list[str], terminal: bool) -> None:
    """No safety claim holds yet, since not all states were seen; a violation seen so far stays one."""
    answer = interrupted_in_search(*words, "--scope", "large", "--json", terminal=terminal)
    assert_interrupted(answer)
    claims = [name for name in CLAIMED if CLAIMS[name].asserted or words[0] == "compare"]
    assert [(record["handshake"], record["claim"]) for record in answer.records] == [*product(handshakes, claims)]
    assert {record["verdict"] for record in answer.records if record["kind"] == "safety"} <= {"unknown", "violated"}
    assert {record["reason"] for record in answer.records if record["verdict"] == "unknown"} == {"interrupted"}
    assert min(record["depth"] for record in answer.records) >= 1
    assert min(record["states"] for record in answer.records) > 1


@LINUX
@pytest.mark.parametrize(
    ("words", "terminal"),
    [(("check", "four-way", *PLAINLY), False), pytest.param(("compare", *PLAINLY), True, marks=SEVERAL)],
)
def test_what_was_found_before_ctrl_c_is_printed(words: Sequence[str], terminal: bool) -> None:
    answer = interrupted_in_search(*words, "--scope", "large", terminal=terminal)
    assert_interrupted(answer)
    assert "four-way: agreement: unknown" in answer.out
    assert re.search(r"^search .* distinct states, depth \d+", answer.out, re.MULTILINE)


@LINUX
def test_ctrl_c_ends_the_search_for_a_trace() -> None:
    """There is no trace to show yet, but what was searched is said."""
    answer = interrupted_in_search("trace", "three-way", "agreement", *PLAINLY, "--scope", "large", terminal=True)
    assert_interrupted(answer)
    assert re.search(r"^search .* distinct states, depth \d+", answer.out, re.MULTILINE)


ANNOUNCED = """
import os, z3
check = z3.Solver.check
def announced(*arguments):
    os.write({announcements}, b".")
    return check(*arguments)
z3.Solver.check = announced
"""


@LINUX
def test_ctrl_c_ends_bounded_model_checking() -> None:
    """The questions to Z3 take longer and longer; the tenth is interrupted when it has kept Z3 busy for a little."""
    announcements, announcing = os.pipe()
    words = ("check", "three-way", "agreement", "--engine", "bmc", "--max-depth", "40", "--json")
    with started(*words, program=ANNOUNCED.format(announcements=announcing) + COMMAND, pass_fds=(announcing,)) as process:
        os.close(announcing)
        with open(announcements, "rb", buffering=0) as questions:  # noqa: PTH123  # a pipe has no path
            assert all(questions.read(1) for _ in range(10)), process.communicate()
            worked = sum(p.ticks for p in session(process.pid))
            assert eventually(lambda: sum(p.ticks for p in session(process.pid)) > worked + 10)
            os.killpg(process.pid, signal.SIGINT)
            answer = finished(process)
    assert_interrupted(answer)
    (record,) = answer.records
    assert (record["verdict"], record["reason"], record["states"]) == ("unknown", "interrupted", None)
    assert record["depth"] >= 1


def test_ctrl_c_keeps_the_handshakes_decided_before(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is one processor, handshakes are searched one after the other. Here the second is interrupted."""

    def search_until_three_way(monitored: Monitored, limits: Limits, *, exhaust: bool, strategy: Strategy) -> Found:
        assert (exhaust, strategy.compaction) == (False, False)
        return search(monitored, replace(limits, interrupted=lambda: monitored.system.name == "three-way"))

    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    monkeypatch.setattr(checker.explicit.search, "search", search_until_three_way)
    answer = ask("compare", "two-way", "three-way", "four-way", *SMALL, "--json")
    assert_interrupted(answer)
    found = {(record["handshake"], record["claim"]): record["verdict"] for record in answer.records}
    assert found["two-way", "numbering"] == "holds"
    assert found["three-way", "numbering"] == "unknown"


@LINUX
@SEVERAL
def test_ctrl_c_while_searches_start_leaves_none_of_them() -> None:
    """Half of the processes may be there, and none of them searching yet."""
    with started("compare", *PLAINLY, "--scope", "large", "--json") as process:
        assert eventually(lambda: len(session(process.pid)) > 1)
        os.killpg(process.pid, signal.SIGINT)
        answer = finished(process)
        assert eventually(lambda: not session(process.pid))
    assert_interrupted(answer)
    assert len(answer.records) == len(HANDSHAKES) * len(CLAIMED)


@LINUX
@SEVERAL
def test_searches_end_with_the_command_that_started_them() -> None:
    """As with ``timeout 60 synproof compare``: a search left alone would take all memory there is."""
    with started("compare", *PLAINLY, "--scope", "large") as process:
        assert eventually(lambda: max((p.octets for p in session(process.pid)), default=SEARCHING) >= SEARCHING)
        process.terminate()
        process.wait()
        assert eventually(lambda: not session(process.pid))
