"""TLC counts what the search counts, on what is exported to TLA+: states, steps, depth, and the steps of a shortest trace.

TLC reads the text alone. With one worker its search is breadth first to the last state, so that its depth and the first error
that it meets are those of the nearest.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest

from checker.explicit.search import search
from checker.export.tla import configuration, tla
from model.notation.network import connect, keeping_everything
from model.tcp.assumptions import Assumptions
from model.tcp.scope import scope_named
from properties.claim import monitored
from properties.observe import Monitored
from properties.specification import built_in
from tests import tools

needs_tlc = pytest.mark.needs("java", tools.TLC)
NAME = "Model"


@dataclass(frozen=True)
class Counted:
    """What was counted; ``first`` is how many steps the nearest violation has, None where there is none."""

    states: int
    transitions: int
    depth: int
    first: int | None


def printed(watched: Monitored, folder: Path, *words: str) -> str:
    """Run TLC on a system; return what it says."""
    (folder / f"{NAME}.tla").write_text(tla(watched, NAME, ["a test"]), encoding="utf-8")
    (folder / f"{NAME}.cfg").write_text(configuration(watched), encoding="utf-8")
    machine = (tools.program("java"), "-XX:+UseSerialGC", "-Xmx1g", "-cp", str(tools.tlc()), "tlc2.TLC")
    whole = (*machine, "-nowarning", "-deadlock", "-workers", "1", *words, f"{NAME}.tla")
    return subprocess.run(whole, cwd=folder, capture_output=True, text=True, check=False).stdout


def steps_of_the_first_trace(said: str) -> int | None:
    """Return how many states the first trace has that TLC shows: the steps of a violation, which the last of them allows."""
    shown = [int(number) for number in re.findall(r"^State (\d+): ", said, re.MULTILINE)]
    return next((number for number, after in pairwise([*shown, 1]) if after == 1), None)


def tlc(watched: Monitored, folder: Path) -> Counted:
    """Run TLC to the end, over all errors; the first that it shows is of the nearest."""
    said = printed(watched, folder, "-continue")
    counted = re.search(r"(\d+) states generated, (\d+) distinct states found, 0 states left on queue", said)
    deepest = re.search(r"The depth of the complete state graph search is (\d+)", said)
    assert counted is not None, said
    assert deepest is not None, said
    return Counted(int(counted[2]), int(counted[1]) - 1, int(deepest[1]) - 1, steps_of_the_first_trace(said))


def ours(watched: Monitored) -> Counted:
    """Search the same system."""
    found = search(watched, exhaust=True)
    assert found.complete
    states, transitions, depth = found.counts.states, found.counts.transitions, found.counts.depth
    assert states is not None
    assert transitions is not None
    assert depth is not None
    return Counted(states, transitions, depth, min(map(len, found.schedules.values()), default=None))


def exported(name: str, scope: str, claims: Sequence[str], time_wait: str = "2msl", *, kept: bool = False) -> Monitored:
    """Return a model with some claims, its network written out, or every segment of it ``kept``."""
    spec = built_in(name)
    system = spec.build(scope_named(scope), Assumptions(time_wait=time_wait))
    watched = monitored(system, [spec.claim[claim] for claim in claims])
    return replace(watched, system=(keeping_everything if kept else connect)(watched.system))


def agrees(watched: Monitored, folder: Path) -> Counted:
    """Hold what TLC counts against the search; return it."""
    theirs = tlc(watched, folder)
    assert theirs == ours(watched)
    return theirs


@needs_tlc
def test_tlc_counts_a_handshake_and_finds_a_shortest_trace(tmp_path: Path) -> None:
    found = agrees(exported("three-way", "small,data=0", ["established-together"]), tmp_path)
    assert found.first is not None


@pytest.mark.long
@needs_tlc
@pytest.mark.parametrize(
    ("name", "scope", "claims", "kept"),
    [
        ("two-way", "small", ["agreement"], False),
        ("three-way", "small", [], False),
        ("three-way", "wrap,data=0", ["connection-possible"], True),
        ("four-way", "small,data=0", ["client-agreement"], False),
        ("three-way/simultaneous", "small", ["isn-paired"], False),
        ("three-way/crash", "small,data=0", ["figure-9"], False),
        ("three-way/ports-2", "small,data=0", [], True),
    ],
)
def test_tlc_counts_what_opens_a_connection(name: str, scope: str, claims: list[str], kept: bool, tmp_path: Path) -> None:
    agrees(exported(name, scope, claims, kept=kept), tmp_path)


@pytest.mark.long
@needs_tlc
@pytest.mark.parametrize("claim", ["", "fin-is-numbered", "close-is-agreed"])
@pytest.mark.parametrize("time_wait", ["2msl", "none"])
def test_tlc_counts_the_whole_of_a_connection(claim: str, time_wait: str, tmp_path: Path) -> None:
    agrees(exported("three-way/lifecycle", "small,data=0", [claim] if claim else [], time_wait, kept=True), tmp_path)


@pytest.mark.long
@needs_tlc
def test_tlc_finds_a_shortest_trace_of_a_whole_connection(tmp_path: Path) -> None:
    watched = exported("three-way/lifecycle", "default", ["no-octet-from-the-dead"], kept=True)
    steps = min(map(len, search(watched).schedules.values()))
    assert steps_of_the_first_trace(printed(watched, tmp_path)) == steps
