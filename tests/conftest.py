"""What several tests are given, and which of the three tiers a test belongs to.

``quick`` is for the inner loop, ``long`` for the full numbers; ``make test`` runs what is not ``long``. A test that is long by
what it is about says so itself, with the marker. Those that turned out to be long, and those worth having in the inner loop,
are listed in ``tiers.toml``.

A test that runs another program says so with the marker ``needs``. It is left out where that is not installed, or fails where
:data:`tests.tools.ALL` is set, as in the continuous integration.
"""

from __future__ import annotations

import os
import random
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from checker.cli import main
from checker.isolation import sandbox
from tests import tools
from tests.command_line import Answer, Ask

TIERS: Mapping[str, Mapping[str, float]] = tomllib.loads((Path(__file__).parent / "tiers.toml").read_text(encoding="utf-8"))


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("tiers")
    group.addoption("--sample", type=int, metavar="N", help="run N of the tests that are chosen, drawn at random")
    group.addoption("--seed", type=int, default=0, metavar="N", help="what --sample draws by: the same seed, the same tests")


def listed(tier: str) -> list[re.Pattern[str]]:
    """Return what the list of a tier has, each as a pattern of the tests that it names."""
    return [re.compile(".*".join(map(re.escape, name.split("*")))) for name in TIERS[tier]]


def names_of(node: str) -> tuple[str, str, str]:
    """Return what a test may be listed as: itself, its function, or its file."""
    itself = node.partition("tests/")[2] or node
    function = itself.partition("[")[0]
    return itself, function, function.partition("::")[0]


def drawn(among: int, number: int, seed: int) -> set[int]:
    """Return ``number`` of the numbers below ``among``, or all where there are not so many: for a seed always the same."""
    return set(random.Random(seed).sample(range(among), min(number, among)))  # noqa: S311  # no secret


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Give each test its marker before ``-m`` chooses by them, and draw the sample from what it chose."""
    for tier in ("long", "quick"):
        patterns = listed(tier)
        for item in items:
            if item.get_closest_marker("long") is None and any(p.fullmatch(n) for n in names_of(item.nodeid) for p in patterns):
                item.add_marker(tier)
    yield
    number = config.getoption("--sample")
    if number is not None:
        kept = drawn(len(items), number, config.getoption("--seed"))
        config.hook.pytest_deselected(items=[item for i, item in enumerate(items) if i not in kept])
        items[:] = [item for i, item in enumerate(items) if i in kept]


_LEFT_OUT = "left out for want of"
"""The property of a report that names a program."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave a test out before anything is done for it, where a program is missing that it says it needs."""
    needed = [name for marker in item.iter_markers("needs") for name in marker.args]
    os.environ[tools.SAID] = " ".join(needed)
    missing = tools.missing(needed)
    if not missing:
        if "bwrap" in needed and (forbidden := sandbox.cannot()):
            pytest.skip(f"this host lets no process be isolated: {forbidden}")
        return
    why = f"needs {' and '.join(missing)}, which `make tools` installs"
    if os.environ.get(tools.ALL):
        pytest.fail(f"{why}; {tools.ALL} says that no test is left out", pytrace=False)
    item.user_properties += [(_LEFT_OUT, name) for name in missing]
    pytest.skip(why)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say in one line what was left out, and how to get what it needs."""
    yield
    reports = terminalreporter.getreports("skipped")
    names = [[name for what, name in report.user_properties if what == _LEFT_OUT] for report in reports]
    without = Counter(name for of in names for name in of)
    if without:
        each = ", ".join(f"{name} ({number})" for name, number in sorted(without.items()))
        get = f"`make tools` installs them (Debian's packages {tools.packages(without)})"
        terminalreporter.write_line(f"Left out: {sum(map(bool, names))} tests that need {each}; {get}", yellow=True)


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run a command line in this process."""

    def run(*words: str) -> Answer:
        code = main(words)
        printed = capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    return run
