"""The command that grades coursework: grade."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from checker.cli import progress, values
from checker.cli.exits import OK, UNKNOWN
from checker.grading import assignment_file
from checker.grading.grade import graded, handed_in
from checker.host.writing import write
from reports import grades
from reports.language.catalogue import language


def grade(arguments: argparse.Namespace) -> int:
    """Grade one submission, or those of a folder."""
    assignment = assignment_file.read(arguments.assignment)
    files = handed_in(arguments.submission, assignment.files)
    if arguments.gradescope and len(files) > 1:
        raise values.UsageError("--gradescope is for one submission: name its file, and not a folder")
    with progress.waiting("grading", log=arguments.log) as say:
        results = graded(assignment, files, trust=arguments.trust, told=lambda done: say(f"{done}/{len(files)} done"))
    spoken = language(arguments.lang)
    made: dict[str | None, Callable[[], str]] = {
        arguments.gradescope: lambda: json.dumps(grades.gradescope(assignment, results[0]), indent=1),
        arguments.csv: lambda: grades.table(assignment, results),
        arguments.otter: lambda: grades.otter(assignment, results),
        arguments.junit: lambda: grades.junit(assignment, results),
        arguments.html: lambda: grades.page(assignment, results, spoken),
    }
    write({Path(file): text() for file, text in made.items() if file})
    if arguments.json:
        print(json.dumps([result.as_record() for result in results], indent=1))
    else:
        print("\n\n".join(grades.told(assignment, result, spoken) for result in results))
    return OK if all(result.complete for result in results) else UNKNOWN
