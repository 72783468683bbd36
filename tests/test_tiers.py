"""The tiers of tests: that the lists are of tests that there are, that the inner loop notices faults, and what is left out."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests import tools
from tests.conftest import TIERS, drawn, listed, names_of, pytest_runtest_setup
from tests.mutants import CAUGHT

ROOT = Path(__file__).parents[1]
NOTICED = 0.9
"""The part of the faults that the inner loop has to notice."""
WITH_A_FAULT = """
import sys, pytest
from tests.mutants import CAUGHT, put_in_place
put_in_place(next(m.handshake for m in CAUGHT if m.name == sys.argv[1]))
sys.exit(pytest.main(["-m", "quick", "-x", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist"]))
"""


COLLECTING = """
import sys, pytest
class Listing:
    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        for item in session.items:
            print("TEST", item.nodeid, *sorted(m.name for m in item.iter_markers() if m.name in ("quick", "long")), sep="\\t")
sys.exit(pytest.main(["--collect-only", "-qq", "-m", "", "-p", "no:xdist", "-p", "no:cacheprovider"], [Listing()]))
"""


def python(code: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, "-c", code, *words], cwd=ROOT, env=inherited, capture_output=True, text=True, check=False
    )


@cache
def collected() -> dict[str, tuple[str, ...]]:
    """Return each test that there is, with its tiers."""
    said = python(COLLECTING)
    assert said.returncode == 0, said.stdout + said.stderr
    lines = [line.split("\t") for line in said.stdout.splitlines() if line.startswith("TEST\t")]
    return {node: tuple(tiers) for _, node, *tiers in lines}


def test_what_is_listed_is_there() -> None:
    """A test that is called something else now, or is gone, would silently come back to another tier."""
    known = {name for node in collected() for name in names_of(node)}
    patterns = [pattern for tier in TIERS for pattern in listed(tier)]
    assert [pattern.pattern for pattern in patterns if not any(map(pattern.fullmatch, known))] == []


def test_no_test_is_of_two_tiers() -> None:
    tiers = [set(tiers) for tiers in collected().values()]
    assert {"quick"} in tiers
    assert {"long"} in tiers
    assert set() in tiers
    assert {"quick", "long"} not in tiers


def test_a_sample_is_drawn_by_its_seed() -> None:
    assert drawn(100, 5, 1) == drawn(100, 5, 1) != drawn(100, 5, 2)
    assert len(drawn(100, 5, 1)) == 5
    assert drawn(3, 5, 1) == {0, 1, 2}


@pytest.mark.long
def test_the_inner_loop_notices_nine_of_ten_faults() -> None:
    """Each fault stands in place of the rule that it is a fault of, everywhere, and the tests of the inner loop are run."""
    faults = sorted({mutant.name for mutant in CAUGHT})
    missed = [name for name in faults if python(WITH_A_FAULT, name).returncode != 1]
    assert len(missed) <= (1 - NOTICED) * len(faults), missed


# -- programs that may be missing ----------------------------------------------------------------------------------------


NEEDY = """
import pytest

@pytest.mark.needs("gcc", "spin")
def test_one(): ...

@pytest.mark.needs("dot")
def test_two(): ...

def test_three(): ...
"""


def test_a_run_ends_with_what_was_left_out_and_how_to_get_it(tmp_path: Path) -> None:
    path = tmp_path / "test_needy.py"
    path.write_text(NEEDY, encoding="utf-8")
    run = "import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))"
    words = ("-q", "-n", "1", "-p", "tests.conftest", f"--rootdir={ROOT}", str(path))
    said = python(run, *words, PATH=str(tmp_path), **{tools.ALL: ""})
    *_, line, closing = said.stdout.splitlines()
    assert line == (
        "Left out: 2 tests that need spin (1), gcc (1), dot (1); "
        "`make tools` installs them (Debian's packages spin gcc libc6-dev graphviz)"
    )
    assert closing.startswith("1 passed, 2 skipped")


def test_where_nothing_may_be_left_out_a_missing_program_is_a_failure(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(tools.ALL, raising=False)
    request.node.add_marker(pytest.mark.needs("tshark"))
    with pytest.raises(pytest.skip.Exception, match="needs tshark"):
        pytest_runtest_setup(request.node)
    monkeypatch.setenv(tools.ALL, "1")
    with pytest.raises(pytest.fail.Exception, match=r"needs tshark.*no test is left out"):
        pytest_runtest_setup(request.node)


def test_a_test_cannot_run_a_program_without_saying_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would fail where that is missing, which is not noticed where it is not."""
    with pytest.raises(AssertionError, match=r"mark it with needs\('spin'\)"):
        tools.program("spin")
