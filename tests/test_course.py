"""The course can be taken: each exercise has what it promises; its solution earns all points, and its beginning does not."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from checker.cli.manual import course
from checker.cli.manual.course import Exercise
from checker.cli.manual.pages import COURSE, ROOT
from checker.files import model_file
from checker.grading import assignment_file
from checker.grading.assignment import Assignment, Task
from checker.grading.grade import Graded, graded
from checker.grading.handed import Submission
from checker.grading.marks import marks
from model.notation.expr import FALSE, TRUE, Expr, negate
from properties.claim import Claim, invariant
from properties.specification import Specification
from reports.language import CODES, ENGLISH

SOLUTIONS = Path(__file__).parent / "course"
FOLDERS = course.folders()
QUICK = {"00-first-look"}
"""What is graded in the ordinary tests; the others take seconds each."""
SHORTEST, LONGEST = 15, 60
FEWEST_CHAFFS = 10
EACH = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
GRADED = pytest.mark.parametrize(
    "folder", [pytest.param(one, marks=[] if one.name in QUICK else pytest.mark.long, id=one.name) for one in FOLDERS]
)


def asked(folder: Path) -> Assignment:
    return assignment_file.read(str(folder))


def earned(folder: Path, *handed: Path, trust: bool = True) -> list[Graded]:
    return graded(asked(folder), [str(one) for one in handed], trust=trust)


# -- what there is -------------------------------------------------------------------------------------------------------------


def test_each_exercise_has_a_solution_and_each_solution_an_exercise() -> None:
    assert [folder.name for folder in FOLDERS] == sorted(path.name for path in SOLUTIONS.iterdir())
    assert [folder.name[:2] for folder in FOLDERS] == [f"{number:02}" for number in range(len(FOLDERS))]


@EACH
def test_an_exercise_has_what_it_is_begun_with_and_no_solution(folder: Path) -> None:
    """Each task names its file; it is there to begin with, and the solution is elsewhere and another."""
    assignment, solution = asked(folder), SOLUTIONS / folder.name
    assert all(task.file for task in assignment.tasks)
    assert sorted(path.name for path in solution.iterdir() if path.is_file()) == sorted(assignment.files)
    for file in assignment.files:
        assert (folder / file).read_text(encoding="utf-8") != (solution / file).read_text(encoding="utf-8")


@EACH
@pytest.mark.parametrize("code", CODES)
def test_a_page_says_how_long_it_takes_and_what_for(folder: Path, code: str) -> None:
    exercise = course.read(folder, code)
    assert SHORTEST <= exercise.minutes <= LONGEST
    assert exercise.minutes == course.read(folder, ENGLISH).minutes
    assert exercise.title.startswith(f"{folder.name[:2]}. ")
    assert 0 < len(re.findall(r"[.。]", exercise.goal)) <= 3
    assert exercise.parts["Questions"].startswith("1. ")
    assert "synproof explore " in exercise.parts["On the explorer's page"]
    assert "synproof grade --trust . ." in exercise.parts["What to hand in"]


def test_a_page_with_other_headings_is_noticed(tmp_path: Path) -> None:
    """Catches a reader of pages that takes any."""
    page = (FOLDERS[0] / "README.md").read_text(encoding="utf-8")
    (tmp_path / "README.md").write_text(page.replace("## Time", "## Times"), encoding="utf-8")
    with pytest.raises(ValueError, match="Times"):
        course.read(tmp_path, ENGLISH)


# -- what it earns -------------------------------------------------------------------------------------------------------------


@GRADED
def test_the_solution_earns_all_and_what_one_begins_with_does_not(folder: Path) -> None:
    """Twice, in either order; and whoever has not all is told why, and what to look at next."""
    solution = SOLUTIONS / folder.name
    first, begun = earned(folder, solution, folder)
    begun_again, second = earned(folder, folder, solution)
    assert (first, begun) == (second, begun_again)
    assert [(mark.points, mark.lost, mark.status) for mark in first.marks] == [(mark.of, (), "graded") for mark in first.marks]
    assert begun.complete
    assert begun.earned < first.earned
    assert [mark.task for mark in begun.marks if mark.points != mark.of and not mark.lost] == []


WRONG = [path for folder in FOLDERS for path in sorted((SOLUTIONS / folder.name).iterdir()) if path.is_dir()]


@pytest.mark.long
@pytest.mark.parametrize("wrong", WRONG, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_is_plausible_and_wrong_does_not_earn_all(wrong: Path, tmp_path: Path) -> None:
    """The solution, with one of its files as somebody might have written it who was mistaken."""
    handed = tmp_path / "handed"
    shutil.copytree(wrong.parent, handed, ignore=lambda _, names: [name for name in names if "." not in name])
    shutil.copytree(wrong, handed, dirs_exist_ok=True)
    (result,) = earned(COURSE / wrong.parent.name, handed)
    assert result.complete
    assert result.earned < asked(COURSE / wrong.parent.name).points
    assert [mark.task for mark in result.marks if mark.points != mark.of and not mark.lost] == []


@pytest.mark.long
@pytest.mark.needs("bwrap")
@EACH
def test_within_walls_it_earns_the_same(folder: Path) -> None:
    """What a teacher has graded is what a student has seen."""
    solution = SOLUTIONS / folder.name
    assert earned(folder, solution, folder, trust=False) == earned(folder, solution, folder)


OF_CLAIMS = [(folder, task) for folder in FOLDERS for task in asked(folder).tasks if task.kind == "claim"]
TRIVIAL: dict[str, Callable[[Expr], Expr]] = {
    "always-true": lambda _: TRUE,
    "always-false": lambda _: FALSE,
    "true-in-disguise": lambda formula: formula | ~formula,
    "false-in-disguise": lambda formula: formula & ~formula,
}
"""Formulas that say nothing, made of one that does."""


def named(value: object) -> str:
    return value.name if isinstance(value, Path | Task) else str(value)


@pytest.mark.parametrize(("folder", "task"), OF_CLAIMS, ids=named)
def test_a_claim_is_held_against_ten_faults(folder: Path, task: Task) -> None:
    assert len(set(task.chaffs)) >= FEWEST_CHAFFS


@pytest.mark.long
@pytest.mark.parametrize("how", TRIVIAL)
@pytest.mark.parametrize(("folder", "task"), OF_CLAIMS, ids=named)
def test_a_trivial_claim_earns_nothing(folder: Path, task: Task, how: str) -> None:
    """The solution's own claim, with a formula that is always true or always false in its place."""
    assignment = replace(asked(folder), tasks=(task,))

    def path(one: Task) -> str:
        return str(SOLUTIONS / folder.name / one.file)

    def reads(file: str, composition: str) -> Specification:
        spec = model_file.composed(model_file.read(file), composition)
        claim = spec.claim[task.claims[0]]
        return replace(spec, claims=(trivial(claim, TRIVIAL[how]),), liveness=())

    (mark,) = marks(assignment, Submission(path, reads))
    assert (mark.points, bool(mark.lost)) == ("0", True)


def trivial(claim: Claim, made: Callable[[Expr], Expr]) -> Claim:
    return invariant(claim.name, made(negate(claim.at_start)), trigger=TRUE, when="always")


# -- its notebook --------------------------------------------------------------------------------------------------------------


def played(exercise: Exercise, files: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Run a notebook in a copy of its folder, with what is handed in from ``files``; return each cell and what it prints."""
    shutil.copytree(exercise.folder, folder)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.reads(course.written(exercise), as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        if cell.source.startswith("%%writefile "):
            line = cell.source.partition("\n")[0]
            cell.source = f"{line}\n{(files / line.split()[1]).read_text(encoding='utf-8')}"
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [(cell.source, "".join(out.get("text", "") or "shown" for out in cell.outputs)) for cell in code]


@pytest.mark.long
@EACH
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("solved", [False, True], ids=["begun", "solved"])
def test_a_notebook_runs_and_says_what_was_earned(
    folder: Path, code: str, solved: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From top to bottom, with what one begins with, and with the solution in the cells that are changed."""
    files = SOLUTIONS / folder.name if solved else folder
    printed = played(course.read(folder, code), files, tmp_path / folder.name, monkeypatch)
    assert [source for source, said in printed if source.startswith(("!", "%%")) and not said] == []
    lines = "".join(said for _, said in printed).splitlines()
    assert [line for line in lines if line.startswith(("synproof: ", "Traceback"))] == []
    (line,) = [line for line in lines if line.startswith(f"{folder.name}: ")]
    points = asked(folder).points
    assert line.endswith(f"{points} points" if code == ENGLISH else f"/{points} 分")
    assert (f" {points} of " in line if code == ENGLISH else f" {points}/" in line) == solved


def test_a_notebook_is_what_its_page_is() -> None:
    """Each command is a cell's, without what it prints; the file that is handed in stands after the task."""
    exercise = course.read(COURSE / "00-first-look", ENGLISH)
    cells = nbformat.reads(course.written(exercise), as_version=4).cells  # type: ignore[no-untyped-call]
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    assert code[1:] == [
        "%%writefile run.json\n" + (exercise.folder / "run.json").read_text(encoding="utf-8").rstrip(),
        "!synproof scenario run.json",
        "!synproof explain two-way --after run.json\n!synproof explain no-stale-establishment",
        "!synproof explore two-way --after run.json -o two-way.html",
        "!synproof grade --trust . .",
    ]
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert [f"## {name}" in prose for name in course.PARTS[ENGLISH]] == [True] * 7
    assert "(00-first-look.zh-CN.ipynb)" in prose
