"""Who waits is told for how long, and not kept waiting longer than was asked, whatever is done meanwhile."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from checker.cli import progress
from checker.decide import Setting
from checker.host.forks import Parent, within
from checker.proof.engine import PATIENCE
from checker.proof.prove import Findings
from checker.proof.subject import Subject
from checker.studies.proving import attempted
from checker.verdict import Outcome
from model.tcp.scope import SCOPES
from tests.command_line import Ask
from tests.models import model

LONG = 60.0
"""Longer than any of these tests waits, in seconds."""
SOON = 20.0
"""What nothing takes here, however busy the machine is."""


def sleeps(_: object) -> Findings:
    """Look at no clock, as a solver does."""
    time.sleep(LONG)
    return Findings({}, {})


def test_a_task_that_takes_too_long_is_ended() -> None:
    started = time.monotonic()
    assert within(0.1, sleeps) is None
    assert time.monotonic() - started < SOON


def test_a_task_hands_over_what_it_comes_to_and_tells_what_it_does() -> None:
    def task(parent: Parent) -> int:
        parent.tell("half")
        return 7

    said: list[str] = []
    assert within(None, task, said.append) == 7
    assert said == ["half"]

    def fails(_: Parent) -> int:
        raise ValueError("as it is")

    with pytest.raises(ValueError, match="as it is"):
        within(SOON, fails)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_line_says_for_how_long(terminal: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On a terminal, and gone in the end; in a file there is nothing of it."""
    reads, writes = os.openpty() if terminal else os.pipe()
    monkeypatch.setattr(progress, "_PATIENCE", 0.01)
    with os.fdopen(writes, "w") as stderr:
        monkeypatch.setattr("sys.stderr", stderr)
        with progress.waiting("a proof") as say:
            time.sleep(0.05)
            say("3 of 7")
            time.sleep(0.05)
        stderr.write(".")
        stderr.flush()
        written = ""
        while not written.endswith("."):  # a terminal hands over some of it at a time
            written += os.read(reads, 10_000).decode()
    os.close(reads)
    lines = written.split("\x1b[K")
    if not terminal:
        assert written == "."
        return
    assert lines[0] == "\ra proof, 0 s"
    assert "\ra proof, 3 of 7, 0 s" in lines
    assert lines[-2:] == ["\r", "."]


def test_a_proof_that_looks_at_no_clock_is_ended_with_its_time() -> None:
    spec = model("mutual_exclusion.py")
    subject = Subject(spec, spec.claim["mutual-exclusion"], (), Setting(SCOPES["default"]))
    started = time.monotonic()
    attempt, fault = attempted(subject, sleeps, 0.2, lambda _: None)
    assert PATIENCE <= time.monotonic() - started < SOON
    assert (attempt.outcome, fault) == (Outcome.UNKNOWN, None)
    assert set(attempt.reasons.values()) == {"the time limit of 0.2 s was reached"}


def test_the_family_is_left_undecided_when_its_time_is_over(ask: Ask) -> None:
    started = time.monotonic()
    answer = ask("minimal", "--messages", "4", "--timeout", "0.2")
    assert time.monotonic() - started < SOON
    assert (answer.code, answer.out) == (20, "")
    assert answer.err == "synproof: the time limit of 0.2 s was reached: the family is not decided\n"
