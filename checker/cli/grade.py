"""The command that grades coursework: grade."""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from checker.cli import values
from checker.cli.exits import OK, UNKNOWN
from checker.grading import assignment as assignments
from checker.grading.assignment import Assignment
from checker.grading.grade import Graded, graded, handed_in
from checker.grading.marks import NOT_GRADED
from checker.host.writing import write
from reports.language.catalogue import Language, language
from reports.width import line_width
from reports.wrapping import wrapped


def grade(arguments: argparse.Namespace) -> int:
    """Grade one submission, or those of a folder."""
    assignment = assignments.read(arguments.assignment)
    files = handed_in(arguments.submission)
    if arguments.gradescope and len(files) > 1:
        raise values.UsageError("--gradescope is for one submission: name its file, and not a folder")
    results = graded(assignment, files, trust=arguments.trust, told=_progress(len(files)))
    if arguments.gradescope:
        write({Path(arguments.gradescope): json.dumps(gradescope(assignment, results[0]), indent=1)})
    if arguments.csv:
        write({Path(arguments.csv): table(assignment, results)})
    if arguments.json:
        print(json.dumps([result.as_record() for result in results], indent=1))
    else:
        print("\n\n".join(told(assignment, result, language(arguments.lang)) for result in results))
    return OK if all(result.complete for result in results) else UNKNOWN


def _progress(number: int) -> Callable[[int], None]:
    """Return what shows on a terminal how many are graded."""

    def show(done: int) -> None:
        if sys.stderr.isatty() and number > 1:
            width = 30 * done // number
            end = "\r\x1b[K" if done == number else ""
            print(f"\r{'#' * width}{'.' * (30 - width)} {done}/{number}{end}", end="", file=sys.stderr, flush=True)

    return show


def points(number: Fraction) -> str:
    """Return points with two digits at most after the point."""
    return f"{float(number):.2f}".rstrip("0").rstrip(".")


def told(assignment: Assignment, result: Graded, spoken: Language) -> str:
    """Return what one submission earned as text."""
    total = spoken.tell("{points} of {all} points", points=points(result.earned), all=points(assignment.points))
    width = line_width()
    lines = wrapped(f"{result.name}: {total}", width)
    for mark in result.marks:
        earned = (
            spoken.tell("not graded") if mark.status == NOT_GRADED else f"{points(mark.earned)}/{points(Fraction(mark.of))}"
        )
        hints = [spoken.tell("next: {hint}", hint=mark.hint)] if mark.hint else []
        lines += wrapped(f"{mark.task}: {earned}", width, "  ")
        for why in (*map(spoken.tell, mark.lost), *hints):
            lines += wrapped(why, width, "    ", 2)
    return "\n".join(lines)


def gradescope(assignment: Assignment, result: Graded) -> dict[str, Any]:
    """Return what Gradescope reads as ``results.json``; what was not graded has no score, nor has the whole then."""
    tests = []
    for mark in result.marks:
        output = "\n".join([*mark.lost, *([f"next: {mark.hint}"] if mark.hint else [])])
        test: dict[str, Any] = {"name": mark.task, "max_score": float(Fraction(mark.of)), "output": output}
        tests.append(test if mark.status == NOT_GRADED else {**test, "score": float(mark.earned)})
    whole = {"score": float(result.earned)} if result.complete else {"output": "not graded: a teacher has to look at it"}
    return {
        **whole,
        "output_format": "text",
        "visibility": "visible",
        "tests": tests,
        "extra_data": {"assignment": assignment.title},
    }


def table(assignment: Assignment, results: Sequence[Graded]) -> str:
    """Return a class as CSV: a row for each submission, and how many lost points in each task."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["submission", *(task.name for task in assignment.tasks), "points", "of"])
    for result in results:
        cells = ["" if mark.status == NOT_GRADED else points(mark.earned) for mark in result.marks]
        rows.writerow([_safe(result.name), *cells, points(result.earned) if result.complete else "", points(assignment.points)])
    return out.getvalue()


def _safe(name: str) -> str:
    """Return a name that no spreadsheet takes for a formula."""
    return f"'{name}" if name[:1] in "=+-@\t" else name
