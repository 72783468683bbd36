"""What a class earned, in the forms that people and programs read."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from html import escape
from typing import Any

from checker.grading.assignment import Assignment
from checker.grading.grade import Graded
from checker.grading.marks import NOT_GRADED, Mark
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.width import line_width
from reports.wrapping import wrapped

_ENGLISH = language(ENGLISH)


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
        lines += wrapped(f"{mark.task}: {earned}", width, "  ")
        for why in _why(mark, spoken):
            lines += wrapped(why, width, "    ", 2)
    return "\n".join(lines)


def _why(mark: Mark, spoken: Language = _ENGLISH) -> Iterator[str]:
    """Yield for what points were not given, and what to look at next."""
    yield from map(spoken.tell, mark.lost)
    for number, hint in enumerate(mark.hints):
        yield spoken.tell(hint) if number else spoken.tell("next: {hint}", hint=hint)


def gradescope(assignment: Assignment, result: Graded) -> dict[str, Any]:
    """Return what Gradescope reads as ``results.json``; what was not graded has no score, nor has the whole then."""
    tests = []
    for mark in result.marks:
        output = "\n".join(_why(mark))
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


def otter(assignment: Assignment, results: Sequence[Graded]) -> str:
    """Return a class as otter-grader's ``final_grades.csv``: the points that there are, then a row for each submission.

    What was not graded has no points there, and says so in ``grading_status``.
    """
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(
        [*(task.name for task in assignment.tasks), "percent_correct", "total_points_earned", "file", "grading_status"]
    )
    whole = [points(task.points) for task in assignment.tasks]
    rows.writerow([*whole, "1", points(assignment.points), "points-per-question", "--"])
    for result in results:
        cells = ["" if mark.status == NOT_GRADED else points(mark.earned) for mark in result.marks]
        share = f"{float(result.earned / assignment.points):.4f}" if result.complete else ""
        total = points(result.earned) if result.complete else ""
        rows.writerow([*cells, share, total, _safe(result.name), "Completed" if result.complete else "Not graded"])
    return out.getvalue()


def junit(assignment: Assignment, results: Sequence[Graded]) -> str:
    """Return a class as JUnit's XML: a suite for each submission, in which a task that lost points is a failure.

    What was not graded is an error there.
    """
    suites = ET.Element("testsuites", name=assignment.title)
    for result in results:
        failed = sum(mark.status != NOT_GRADED and mark.earned < Fraction(mark.of) for mark in result.marks)
        errors = sum(mark.status == NOT_GRADED for mark in result.marks)
        numbers = {"tests": str(len(result.marks)), "failures": str(failed), "errors": str(errors)}
        suite = ET.SubElement(suites, "testsuite", {"name": _printable(result.name), **numbers})
        for mark in result.marks:
            case = ET.SubElement(suite, "testcase", classname=_printable(result.name), name=mark.task)
            if mark.status != NOT_GRADED and mark.earned == Fraction(mark.of):
                continue
            said = f"{points(mark.earned)}/{points(Fraction(mark.of))}"
            kind, message = ("error", NOT_GRADED) if mark.status == NOT_GRADED else ("failure", said)
            ET.SubElement(case, kind, message=message).text = _printable("\n".join(_why(mark)))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _printable(text: str) -> str:
    """Return a text without what XML has no way to write."""
    return "".join(sign if sign in "\t\n" or sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


_STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 }
caption { text-align: left; font-weight: bold; padding: .3rem 0 }
th, td { border: 1px solid #8888; padding: .3rem .7rem; text-align: right }
th[scope=row], td.name { text-align: left }
td.whole { background: #2a82 } td.part { background: #c802 } td.none { background: #c222 }
div { overflow-x: auto }
"""


def page(assignment: Assignment, results: Sequence[Graded], spoken: Language) -> str:
    """Return a class as a page: what each earned, how each task went, and which claims and faulty models most fell on.

    It is the teacher's: hidden claims are named in it.
    """
    title = escape(assignment.title)
    head = "".join(f'<th scope="col">{escape(task.name)}</th>' for task in assignment.tasks)
    parts = [
        f'<!DOCTYPE html>\n<html lang="{spoken.tag}"><head><meta charset="utf-8"><title>{title}</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>",
        f"<div><table><caption>{spoken.tell('what each earned')}</caption>",
        f'<tr><th scope="col">{spoken.tell("submission")}</th>{head}<th scope="col">{spoken.tell("points")}</th></tr>',
    ]
    parts += [_row(assignment, result, spoken) for result in results]
    means = [
        _mean([result.marks[number].earned for result in results if result.marks[number].status != NOT_GRADED])
        for number in range(len(assignment.tasks))
    ]
    means.append(_mean([result.earned for result in results if result.complete]))
    parts.append(f'<tr><th scope="row">{spoken.tell("on average")}</th>' + "".join(f"<td>{mean}</td>" for mean in means))
    parts.append("</tr></table></div>")
    for number, task in enumerate(assignment.tasks):
        fell = Counter(name for result in results for name in result.marks[number].fell)
        if fell:
            parts.append(f"<div><table><caption>{spoken.tell('{task}: what most fell on', task=escape(task.name))}</caption>")
            parts += [f'<tr><th scope="row">{escape(name)}</th><td>{count}</td></tr>' for name, count in fell.most_common()]
            parts.append("</table></div>")
    return "".join([*parts, "</body></html>\n"])


def _row(assignment: Assignment, result: Graded, spoken: Language) -> str:
    cells = [f'<tr><th scope="row">{escape(result.name)}</th>']
    for mark in result.marks:
        if mark.status == NOT_GRADED:
            cells.append(f"<td>{spoken.tell(NOT_GRADED)}</td>")
            continue
        kind = "whole" if mark.earned == Fraction(mark.of) else "part" if mark.earned else "none"
        cells.append(f'<td class="{kind}">{points(mark.earned)}</td>')
    whole = f"{points(result.earned)}/{points(assignment.points)}" if result.complete else spoken.tell(NOT_GRADED)
    return "".join([*cells, f"<td>{whole}</td></tr>"])


def _mean(earned: Sequence[Fraction]) -> str:
    return points(sum(earned, Fraction(0)) / len(earned)) if earned else ""
