"""A run that is asked for is found on the explorer's page: what the page writes is handed in as it is, and earns all points."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from checker.cli.manual.pages import COURSE
from checker.grading import assignment_file
from checker.grading.grade import graded
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from reports.explorer.page import page
from reports.explorer.subject import Subject
from tests.browser import Browser, chromium
from tests.models import model

pytestmark = [pytest.mark.long, pytest.mark.needs("chromium")]
EXERCISES = ("02-old-syn", "04-both-numbers", "05-crossing-syns", "06-half-open")
ASKED = [
    (exercise, task.name)
    for exercise in EXERCISES
    for task in assignment_file.read(str(COURSE / exercise)).tasks
    if task.kind == "run"
]
PATIENCE = 60
"""How many seconds the page may search."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.mark.parametrize(("exercise", "name"), ASKED)
def test_the_run_that_the_page_shows_earns_all(exercise: str, name: str, browser: Browser, tmp_path: Path) -> None:
    assignment = assignment_file.read(str(COURSE / exercise))
    (task,) = [task for task in assignment.tasks if task.name == name]
    about = model(task.models[0])
    (tmp_path / "page.html").write_text(
        page(Subject(about, about.build(SCOPES["default"], Assumptions()), "default")), encoding="utf-8"
    )
    browser.load((tmp_path / "page.html").as_uri())
    browser.run("document.getElementById('bound').value = '200000'")
    browser.run(f"document.getElementById('goal').value = 'claim:{task.claims[0]}'")
    browser.run("document.getElementById('search').click()")
    until = time.monotonic() + PATIENCE
    while not browser.run("explorer.at().depth") and time.monotonic() < until:
        time.sleep(0.2)
    handed = tmp_path / task.file
    handed.write_text(browser.run("explorer.writers['scenario.json']()"), encoding="utf-8")
    (result,) = graded(replace(assignment, tasks=(task,)), [str(handed)], trust=True)
    assert [(mark.points, mark.lost) for mark in result.marks] == [(str(task.points), ())]
