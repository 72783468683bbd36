"""What is plausible and wrong in the exercises 07 to 12 earns what it should: all of the other tasks, and of its own its share.

The shares are not read off the program: a repair has a part for each claim that it was to win, less one for each that it loses;
a run that is too long has half; what proves nothing, or does something else, has none.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from checker.grading import assignment_file as assignments
from checker.grading.grade import graded

ROOT = Path(__file__).parents[1]
SOLUTIONS = ROOT / "tests" / "course"
MARKS: dict[str, tuple[str, str]] = {
    "07-alternating-bit/acks-have-no-bit": ("the protocol", "3"),  # one of two claims: an old ACK still counts for the next
    "07-alternating-bit/duplicates-are-not-answered": ("the protocol", "3"),  # both are won, and one that held is lost
    "07-alternating-bit/reads-the-sender": ("the protocol", "0"),  # all claims would hold, by looking at the other end
    "08-syn-flood/clients-stay": ("the table is full", "0"),  # the connections that fill the table are wanted
    "08-syn-flood/one-step-more": ("the table is full", "3/2"),
    "08-syn-flood/resets-instead": ("a server that gives up", "0"),  # it tells the client, which RFC 9293's time-out does not
    "09-time-wait/no-copy-stays": ("the wait is cut short", "0"),  # nothing is left that could draw the RST
    "09-time-wait/one-step-more": ("nobody waits", "2"),
    "09-time-wait/the-other-end": ("a wait that lasts", "0"),  # TIME-WAIT ends as before
    "10-find-the-invariant/of-three-way": ("the client's pair", "0"),  # it says nothing of who repeats an answer
    "10-find-the-invariant/one-side": ("one works", "0"),
    "10-find-the-invariant/the-claim-again": ("the client's pair", "0"),  # true, and not kept by a step
    "11-the-same-rule/believes-none": ("SYN-SENT", "0"),
    "11-the-same-rule/resets-a-reset": ("LISTEN", "0"),
    "12-four-or-three/fin-has-no-number": ("close in three", "0"),  # the one claim is won, and one about FINs is lost
    "12-four-or-three/server-alone": ("open in three", "2"),  # the client's pair is the server's, and two claims are not won
    "12-four-or-three/two-segments": ("close in three", "0"),  # that is four messages
}


def test_every_mistake_has_its_marks() -> None:
    folders = [path for number in range(7, 13) for path in SOLUTIONS.glob(f"{number:02}-*/*") if path.is_dir()]
    assert sorted(f"{path.parent.name}/{path.name}" for path in folders) == sorted(MARKS)
    assert all(sum(name.startswith(f"{number:02}-") for name in MARKS) > 1 for number in range(7, 13))


@pytest.mark.long
@pytest.mark.parametrize("mistake", MARKS)
def test_a_mistake_costs_its_own_task_alone(mistake: str, tmp_path: Path) -> None:
    exercise, _, name = mistake.partition("/")
    solution, handed = SOLUTIONS / exercise, tmp_path / "handed"
    handed.mkdir()
    for path in (*solution.iterdir(), *(solution / name).iterdir()):
        if path.is_file():
            shutil.copy(path, handed)
    assignment = assignments.read(str(ROOT / "reports" / "lessons" / "course" / exercise))
    (result,) = graded(assignment, [str(handed)], trust=True)
    task, points = MARKS[mistake]
    assert [(mark.task, mark.points, bool(mark.lost)) for mark in result.marks] == [
        (mark.task, points if mark.task == task else mark.of, mark.task == task) for mark in result.marks
    ]
    assert task in {mark.task for mark in result.marks}
