"""What a repository wants of its models: in pytest, by ``synproof check`` without a model, and in continuous integration."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import venv
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.command_line import Ask
from tests.models import TUTORIALS

_THERE = any(e.value == "checker.pytest_plugin" for e in importlib.metadata.entry_points(group="pytest11"))
ROOT = Path(__file__).parents[1]
EXPECTED = """\
scope = "default,data=0"

[[holds]]
model = "mine.py"
claims = ["agreement", "client-agreement"]

[[violates]]
model = "two-way"
claim = "agreement"
steps = 3

[[same-verdicts]]
models = ["mine.py", "three-way"]
claims = ["agreement", "client-agreement"]
"""
"""``mine.py`` is the tutorial in which a client takes any SYN,ACK: ``client-agreement`` is violated."""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with a model in it, in which this process is."""
    shutil.copy(TUTORIALS / "credulous.py", tmp_path / "mine.py")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(folder: Path, *words: str) -> tuple[int, str]:
    """Run pytest in a folder, with the plugin and without what this repository sets."""
    plugin = () if _THERE else ("-p", "checker.pytest_plugin")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def outcomes(report: Path) -> dict[str, bool]:
    """Return the tests of a report in JUnit's format, and whether each passed."""
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314  # pytest has just written it
    return {str(case.get("name")): case.find("failure") is None for case in cases}


def test_a_test_asks_models(repository: Path) -> None:
    """What holds and what does not are told apart, in each of the ways to ask; JUnit's report is pytest's own."""
    (repository / "test_mine.py").write_text("""
import pytest

def test_holds(synproof):
    synproof.holds("mine.py", "agreement", scope="default,data=0")

def test_does_not_hold(synproof):
    synproof.holds("mine.py", "client-agreement", scope="default,data=0")

def test_is_violated(synproof):
    synproof.violates("two-way", "agreement", steps=3, scope="default,data=0")

def test_is_violated_in_more(synproof):
    synproof.violates("two-way", "agreement", steps=4, scope="default,data=0")

def test_is_not_violated(synproof):
    synproof.violates("three-way", "agreement", scope="default,data=0")

def test_is_never_put_to_the_test(synproof):
    synproof.holds("three-way", "data-is-delivered-once", scope="small,data=0")

def test_are_alike(synproof):
    synproof.same_verdicts("mine.py", "three-way", "agreement", scope="default,data=0")

def test_are_not_alike(synproof):
    synproof.same_verdicts("mine.py", "three-way", "client-agreement", scope="default,data=0")

@pytest.mark.synproof(models=["two-way", "three-way"], claims=["agreement", "no-stale-establishment"])
def test_each(synproof, model, claim):
    synproof.holds(model, claim, scope="default,data=0")
""")
    report = repository / "report.xml"
    code, out = run(repository, "test_mine.py", f"--junitxml={report}")
    assert code == 1
    found = outcomes(report)
    failing = {
        "test_does_not_hold",
        "test_is_violated_in_more",
        "test_is_not_violated",
        "test_is_never_put_to_the_test",
        "test_are_not_alike",
        "test_each[two-way-agreement]",
        "test_each[two-way-no-stale-establishment]",
    }
    assert {name for name, passed in found.items() if not passed} == failing
    assert {
        "test_holds",
        "test_is_violated",
        "test_are_alike",
        "test_each[three-way-agreement]",
        "test_each[three-way-no-stale-establishment]",
    } <= set(found) - failing
    assert "<SEQ=100><CTL=SYN>" in out, "a failure shows the run"
    assert "Traceback" not in out


@pytest.mark.parametrize("name", ["synproof.toml", "pyproject.toml"])
def test_pytest_asks_what_the_file_expects(repository: Path, name: str) -> None:
    """Without arguments, also where the tests are elsewhere; what is expected wrongly fails and shows the run."""
    told = EXPECTED
    if name == "pyproject.toml":
        told = told.replace("[[", "[[tool.synproof.").replace(
            'scope = "default,data=0"', '[tool.synproof]\nscope = "default,data=0"'
        )
        told += '\n[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'
    (repository / name).write_text(told)
    (repository / "tests").mkdir()
    (repository / "tests" / "test_other.py").write_text("def test_other(): pass")
    report = repository / "report.xml"
    code, out = run(repository, f"--junitxml={report}")
    assert code == 1
    assert outcomes(report) == {
        "test_other": True,
        "holds mine.py agreement": True,
        "holds mine.py client-agreement": False,
        "violates two-way agreement in 3": True,
        "same-verdicts mine.py three-way agreement": True,
        "same-verdicts mine.py three-way client-agreement": False,
    }
    assert "not so: mine.py: client-agreement holds" in out
    code, out = run(repository, "tests")
    assert (code, "1 passed" in out) == (0, True), "whoever names what to run gets that"


def test_no_model_is_loaded_before_it_is_asked(repository: Path) -> None:
    """Nor is a file of the user's run when tests are collected."""
    (repository / "mine.py").write_text("raise ValueError('it was run')")
    (repository / "synproof.toml").write_text(EXPECTED)
    (repository / "conftest.py").write_text("""
import sys
def pytest_collection_finish(session):
    print("loaded:", sorted({"model.tcp", "properties.claim", "z3", "numba", "jinja2"} & set(sys.modules)))
""")
    (repository / "test_one.py").write_text("def test_one(synproof): pass")
    code, out = run(repository, "-s")
    assert "loaded: []" in out
    assert "it was run" in out, "when it is asked it is run, and says so"
    assert code == 1
    code, out = run(repository, "test_one.py", "--collect-only")
    assert (code, "it was run" in out) == (0, False)


MISTAKES = {
    "[[hold]]\nmodel = 'three-way'": "the file has no 'hold'; did you mean 'holds'?",
    "[holds]\nmodel = 'three-way'": "write [[holds]] with two brackets",
    "holds = [3]": "holds 1 is 3: write [[holds]]",
    "[[holds]]\nclaims = ['agreement']": "holds 1 needs model",
    "[[violates]]\nmodel = 'two-way'": "violates 1 needs claim",
    "[[violates]]\nmodel = 'two-way'\nclaim = 'agreement'\nsteps = -1": "steps of violates 1 is -1: write a whole number",
    "[[violates]]\nmodel = 'two-way'\nclaim = 'agreement'\nstep = 1": "violates 1 has no 'step'; did you mean 'steps'?",
    "[[same-verdicts]]\nmodels = ['two-way']": "same-verdicts 1 compares two models",
    "[[holds]]\nmodel = 'three-way'\nclaims = 'agreement'": "write a list of names",
    "[[holds]]\nmodel = 'three-way'\nassume = 3": "assume of holds 1 is 3",
    "scope = 'small'": "expects nothing: write [[holds]]",
    "[[holds]": "this is not TOML",
}


@pytest.mark.parametrize("content", MISTAKES)
def test_a_mistake_in_the_file_is_a_sentence(repository: Path, ask: Ask, content: str) -> None:
    (repository / "synproof.toml").write_text(content)
    asked = ask("check")
    assert asked.code == 65
    assert MISTAKES[content] in asked.err
    assert asked.err.startswith("synproof: ")
    assert asked.err.count("\n") == 1


def test_check_without_a_model_asks_the_same(repository: Path, ask: Ask) -> None:
    (repository / "synproof.toml").write_text(EXPECTED)
    asked = ask("check")
    assert asked.code == 12
    assert [line for line in asked.out.splitlines() if line.startswith(("met: ", "not met: "))] == [
        "met: mine.py: agreement holds",
        "not met: mine.py: client-agreement holds",
        "met: two-way: agreement is violated in 3 steps",
        "met: agreement: the same verdict for mine.py and three-way",
        "not met: client-agreement: the same verdict for mine.py and three-way",
    ]
    assert asked.out.endswith("3 of 5 expectations are met.\n")
    asked = ask("check", "--json")
    assert [record["met"] for record in asked.records] == [True, False, True, True, True, False, False]


def test_check_says_what_is_wrong_in_one_expectation_and_asks_the_others(repository: Path, ask: Ask) -> None:
    (repository / "synproof.toml").write_text(EXPECTED.replace('"two-way"', '"tow-way"'))
    asked = ask("check")
    assert "there is no handshake 'tow-way'" in asked.err
    assert asked.code == 2
    assert asked.out.endswith("2 of 5 expectations are met.\n")


def test_check_without_a_model_and_without_a_file_says_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ask("check")
    assert asked.code == 2
    assert "write synproof check HANDSHAKE" in asked.err
    (tmp_path / "synproof.toml").write_text("[[holds]]\nmodel = 'three-way'")
    asked = ask("check", "--scope", "default,data=0")
    assert (asked.code, "--scope is for a model that is named" in asked.err) == (2, True)


@pytest.mark.long
@pytest.mark.parametrize("page", ["PYTEST.md", "PYTEST.zh-CN.md"])
def test_the_example_for_continuous_integration_runs_as_written(repository: Path, page: str) -> None:
    """Each command of it, in an environment that has what it needs from elsewhere, since there is no network here."""
    (repository / "synproof.toml").write_text(EXPECTED)
    wheels = repository / "wheels"
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=300)
    venv.create(repository / "env", with_pip=True)
    (site,) = (repository / "env").glob("lib/python3*/site-packages")
    elsewhere = [path for path in sys.path if path.endswith("site-packages")]
    (site / "elsewhere.pth").write_text("\n".join(elsewhere))
    (yaml,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "checker" / page).read_text(encoding="utf-8"), re.DOTALL)
    commands = re.findall(r"^ *- run: (.*)$", yaml, re.MULTILINE)
    assert len(commands) == 2
    environment = {**os.environ, "PATH": f"{repository}/env/bin:{os.environ['PATH']}", "PIP_NO_INDEX": "1"}
    codes = [
        subprocess.run(command, shell=True, cwd=repository, env=environment, check=False, timeout=300).returncode  # noqa: S602
        for command in commands
    ]
    assert codes == [0, 1], "pytest says that something is not as it is expected"
    assert outcomes(repository / "report.xml")["holds mine.py agreement"]
    assert not outcomes(repository / "report.xml")["holds mine.py client-agreement"]
