"""Questions that do not depend on each other, answered by a cluster on real Ray at 127.0.0.1 as they are answered here.

Ray is started once for all tests of this file.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from checker.host.cluster import Cluster, connected
from checker.host.crew import answered_by, answers
from checker.host.forks import Message, Parent
from tests.command_line import Ask

ADDRESS = "local:2"
CREDULOUS = "model/tutorials/credulous.py"


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[Cluster]:
    with connected(ADDRESS) as found:
        yield found


def alike(record: Any) -> Any:  # noqa: ANN401  # whatever JSON has
    """Return a record without what differs from one time to the next: how long it took, and by which command."""
    if isinstance(record, dict):
        return {k: alike(v) for k, v in record.items() if k not in {"seconds", "memory", "provenance"}}
    return [alike(each) for each in record] if isinstance(record, list) else record


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("compare", CREDULOUS, "three-way", "--only", "figures", "--only", "wrap"), id="battery"),
        pytest.param(("compare", "two-way", "three-way", "--scope", "small"), id="compare"),
        pytest.param(("assumptions", CREDULOUS, "own-numbers", "--scope", "small"), id="assumptions"),
        pytest.param(("mutants", "three-way", "--sample", "3", "--quick"), id="mutants", marks=pytest.mark.long),
        pytest.param(("prove", "two-way", "no-stale-establishment", "agreement"), id="prove"),
    ],
)
def test_a_cluster_finds_what_is_found_here(ask: Ask, words: tuple[str, ...]) -> None:
    """Catches models of files that cannot be sent, answers in the order in which they come, and questions that nobody asks."""
    here, there = (ask(*words, "--json", *more) for more in ((), ("--cluster", ADDRESS)))
    assert (there.code, there.err) == (here.code, here.err)
    assert alike(json.loads(there.out)) == alike(json.loads(here.out))


def test_what_is_handed_in_is_graded_by_a_cluster(ask: Ask) -> None:
    """Catches marks that go to somebody else, and walls that do not stand there."""
    words = ("grade", "reports/lessons/course/01-missing-rule", "tests/course/01-missing-rule", "--json")
    here, there = ask(*words), ask(*words, "--cluster", ADDRESS)
    assert (there.code, there.err) == (here.code, here.err)
    assert alike(json.loads(there.out)) == alike(json.loads(here.out))


def ends(times: Path, _: Parent) -> str:
    """End this process, and so many of those that do the task anew."""
    left = int(times.read_text())
    times.write_text(str(left - 1))
    if left > 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


@pytest.mark.parametrize(("times", "comes"), [(1, "done"), (2, "ended from outside")])
def test_a_question_is_asked_again_where_a_process_ends(tmp_path: Path, cluster: Cluster, times: int, comes: str) -> None:
    """Catches a machine that is lost and takes a question with it; and one question that ends all processes there are."""
    left = tmp_path / "left"
    left.write_text(str(times))
    with answered_by(cluster), answers([partial(ends, left), lambda _: "other"]) as asked:
        found = dict(asked.said())
    assert int(left.read_text()) == times - 2, "it is to be done twice"
    assert found[1] == "other"
    assert comes in str(found[0])
    assert isinstance(found[0], ChildProcessError) == (times == 2)


def until_told(parent: Parent) -> str:
    parent.tell("begun")
    while not parent.stopped():
        time.sleep(0.01)
    return "stopped"


def test_a_cluster_is_asked_to_stop(cluster: Cluster) -> None:
    """Catches Ctrl-C that nobody hears there, and what had been found until then and is lost."""
    with answered_by(cluster), answers([until_told, until_told]) as asked:
        said = asked.said()
        first, message = next(said)
        assert message == Message("begun")
        asked.ask_to_stop()
        rest = dict(said)
    assert first in rest
    assert {number: answer for number, answer in rest.items() if answer != Message("begun")} == {0: "stopped", 1: "stopped"}
