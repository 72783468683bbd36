"""The way in: what a fresh machine shows to those who come to it, and how long they wait for help.

The long tests play the first hour of four people where nothing is there but what a login brings: no environment, an empty home,
a copy of the tree. Pip is used as it is set up. The others look at the same with what is installed already.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest

from checker.cli import main
from checker.cli.answering import CODES
from checker.cli.commands import COMMANDS, parsers, synopsis
from checker.cli.completion import PLACES
from checker.cli.new import LESSONS, lessons, origins
from checker.decide import Setting, decide
from checker.files import model_file
from model.tcp.assumptions import Assumptions
from model.tcp.handshakes import HANDSHAKES
from model.tcp.scope import SCOPES
from properties.specification import SPECIFICATIONS
from reports.wrapping import columns
from tests.command_line import Ask

ROOT = Path(__file__).parents[1]
PACKAGES = ("model", "properties", "checker", "reports")
LEFT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "build", "dist", "*.egg-info")


# -- help ----------------------------------------------------------------------------------------------------------------


LOADED = """
import sys
from checker.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print("\\0", *sorted(sys.modules))
"""


def loaded(*words: str) -> set[str]:
    """Return the modules that a command line loads, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", LOADED, *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.partition("\0")[2].split())


def test_help_loads_no_model() -> None:
    """A count of modules is the same on every machine, where a time is not: ``make bench`` has the times."""
    found = loaded("--help")
    assert {name for name in found if name.partition(".")[0] in {"model", "properties", "reports"}} <= {
        "reports",
        "reports.language",
        "reports.width",
        "reports.wrapping",
    }
    assert len(found) <= 110  # a bare interpreter has some 30, and argparse brings as many


def test_help_for_a_command_loads_what_is_declared_and_nothing_that_decides() -> None:
    """Assumptions, scopes, engines and formats say what can be typed; no formula, claim or handshake does."""
    found = loaded("check", "--help")
    assert {"model.tcp.assumptions", "model.tcp.scope", "checker.engines", "reports.traces.formats"} <= found
    assert {"model.notation.expr", "model.tcp.handshakes", "properties.claim", "reports.traces.account"} & found == set()


HEAVY = {"z3", "cvc5", "numba", "numpy", "networkx", "jinja2", "pygal", "markdown_it"}


@pytest.mark.parametrize(
    ("typed", "also"),
    [
        ("check --help", ()),
        ("list", ()),
        ("show three-way server_receives_syn", ()),
        ("check two-way agreement --scope small", ()),
        ("graph two-way --scope small", ("networkx", "numpy")),
    ],
)
def test_a_command_loads_what_it_needs(typed: str, also: tuple[str, ...]) -> None:
    assert loaded(*typed.split()) & HEAVY <= {*also}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_a_command_does_shows_it_and_repeats_nothing(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    _, usage, about, *_, example = (part.split("\n", 1)[0] for part in re.split(r"(?:\A|\n\n)", said))
    assert usage.startswith(f"usage: synproof {name}")
    assert COMMANDS[name].summary.split()[0].lower() in about.lower()
    assert example == "example:"
    assert re.search(rf"synproof {name}\b", said.partition("example:")[2])
    options = Counter(re.findall(r"^  (?:-\w(?: \w+)?, )?(--[a-z0-9-]+)", said, re.MULTILINE))
    assert set(options.values()) == {1}
    assert [line for line in said.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "write a command: synproof tutorial says where to begin, and synproof --help what there is"),
        (
            "assumptions three-way",
            "synproof assumptions needs CLAIM: write synproof assumptions HANDSHAKE CLAIM [OPTION ...]; "  # noqa: ISC004
            "synproof assumptions --help says more",
        ),
    ],
)
def test_who_leaves_something_out_is_told_what_to_write(typed: str, said: str, ask: Ask) -> None:
    answer = ask(*typed.split())
    assert (answer.code, answer.out, answer.err) == (2, "", f"synproof: {said}\n")


def test_each_command_has_a_parser_and_a_function() -> None:
    _, commands = parsers()
    assert list(commands) == list(COMMANDS)
    for name, command in COMMANDS.items():
        module, _, function = command.run.partition(".")
        assert callable(getattr(import_module(f"checker.cli.{module}"), function)), name
    assert synopsis(commands["export"]) == "synproof export HANDSHAKE --to promela|tla [OPTION ...]"


def test_whatever_may_go_wrong_is_an_exception_that_there_is() -> None:
    """They are known by name, so that none of them has to be loaded before it is raised."""
    assert all(issubclass(getattr(import_module(module), name), Exception) for module, name in CODES)


# -- a file to begin with ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", HANDSHAKES)
def test_a_handshake_to_begin_with_decides_as_it_declares(
    base: str, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the steps of the handshake that it begins as, and declares the same: nothing is changed yet."""
    monkeypatch.chdir(tmp_path)
    made = ask("new", "mine.py", "--from", base)
    assert (made.code, made.err) == (0, "")
    assert made.out == f"mine.py is written. Go on with:  synproof compare mine.py {base}\n"
    specs = (model_file.read("mine.py"), SPECIFICATIONS[base])
    mine, theirs = (list(map(repr, spec.build(SCOPES["default"], Assumptions()).actions)) for spec in specs)
    assert mine == theirs
    declared = [[spec.declared(claim, SCOPES["default"], Assumptions()) for claim in spec.claim] for spec in specs]
    assert declared[0] == declared[1]
    assert "holds" in declared[0]


def test_the_change_that_the_file_suggests_is_noticed(tmp_path: Path) -> None:
    """A client that does not check what is acknowledged believes an answer to another attempt (tutorial 1)."""
    path = changed(begun(tmp_path))
    spec = model_file.read(str(path))
    (verdict,) = decide(spec, [spec.claim["client-agreement"]], Setting(SCOPES["default"]))
    assert (verdict.outcome.value, verdict.as_declared) == ("violated", False)


def begun(folder: Path) -> Path:
    path = folder / "mine.py"
    assert main(["new", str(path)]) == 0
    return path


def changed(path: Path) -> Path:
    """Do in a file what it says itself can be tried."""
    text = path.read_text(encoding="utf-8")
    (tried,) = re.findall(r"Try: (return .*)", text)
    path.write_text(text.replace("        return super().syn_sent(tcb, segment)\n", f"        {tried}\n"), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text
    return path


@pytest.mark.parametrize("origin", [name for name in origins() if name not in HANDSHAKES])
def test_a_file_to_learn_from_speaks_of_where_it_is(
    origin: str, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (typed,) = [file["run"] for file in lessons()["files"] if file["run"].endswith(f" --from {origin}")]
    assert ask(*typed.split()[1:]).code == 0
    (path,) = tmp_path.iterdir()
    text = path.read_text(encoding="utf-8")
    assert "model/tutorials/" not in text
    if path.suffix == ".py":
        assert f"synproof {'compare' if origin == 'credulous' else 'check'} {path.name}" in text
    else:
        assert json.loads(text)["nbformat"] == 4


@pytest.mark.parametrize(
    ("name", "mine", "called"),
    [
        ("mine.py", "Mine", "mine"),
        ("My first one.py", "MyFirstOne", "my-first-one"),
        ("three-way.py", "MyThreeWay", "my-three-way"),
        ("2way.py", "My2way", "2way"),
        ("握手.py", "Mine", "mine"),
    ],
)
def test_a_handshake_is_called_as_its_file(name: str, mine: str, called: str, ask: Ask, tmp_path: Path) -> None:
    assert ask("new", str(tmp_path / name)).code == 0
    assert f"class {mine}(ThreeWay):" in (tmp_path / name).read_text(encoding="utf-8")
    assert model_file.read(str(tmp_path / name)).name == called


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mine.py", "--from", "tree-way"), "there is nothing called 'tree-way' to begin with; did you mean 'three-way'?"),
        (("mine",), "what is written is Python: name a file as in mine.py"),
        (("mine.py", "--from", "break_the_handshake"), "what is written is a notebook: name a file as in mine.ipynb"),
        (("there.py",), "there.py is there already, and stays as it is: name another file"),
        (("no/such/mine.py",), "no/such/mine.py cannot be written: No such file or directory; name another file"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_in_a_sentence(
    words: Sequence[str], said: str, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.py").write_text("mine", encoding="utf-8")
    answer = ask("new", *words)
    code = 74 if "cannot be written" in said else 2
    assert (answer.code, answer.out, answer.err) == (code, "", f"synproof: {said}\n")
    assert Path("there.py").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize("width", [40, 80])
def test_the_tutorial_fits_a_terminal(code: str, width: int, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.cli.new.of_output", lambda: (width, None))
    said = ask("tutorial", "--lang", code).out
    texts = [line for line in said.splitlines() if "synproof" not in line]
    assert max(map(columns, texts)) <= width
    assert re.findall(r"^ *(?:\d\. )?(synproof .*)$", said, re.MULTILINE) == [
        step["run"] for step in (*lessons()["steps"], *lessons()["files"])
    ]


# -- completion ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", PLACES)
def test_a_shell_is_told_every_command_and_name(shell: str, ask: Ask) -> None:
    answer = ask("completion", shell)
    assert (answer.code, answer.err) == (0, "")
    assert f"# Write this to {PLACES[shell]}." in answer.out
    assert [name for name in (*COMMANDS, "--seq-check", "four-way/crash", "stale-syn") if name not in answer.out] == []


COMPLETES = """
source completion
COMP_WORDS=({words} '') COMP_CWORD={at}
_shtab_synproof
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("synproof check", ("three-way", "four-way/crash")),
        ("synproof trace three-way", ("client-agreement", "figure-7")),
        ("synproof scenario", ("stale-syn", "fig9")),
        ("synproof trace three-way agreement --lang", ("en", "zh")),
        ("synproof new mine.py --from", ("two-way", "credulous", "break_the_handshake")),
    ],
)
def test_bash_offers_what_can_follow(typed: str, offered: tuple[str, ...], ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "completion").write_text(ask("completion", "bash").out, encoding="utf-8")
    script = COMPLETES.format(words=typed, at=len(typed.split()))
    done = subprocess.run(["/bin/bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert {*offered} <= set(done.stdout.split())


# -- outside the tree ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel that was built from the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    (made,) = folder.glob("synproof-*.whl")
    return made


def test_a_wheel_has_all_that_the_packages_have(wheel: Path) -> None:
    files = (path for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file())
    wanted = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    wanted = {name for name in wanted if not name.startswith("reports/gallery/explorer/")}  # made by make gallery, and not kept
    assert wanted - set(zipfile.ZipFile(wheel).namelist()) == set()


OUTSIDE = """
import os, sys
sys.path.insert(0, sys.argv[1])
from checker.cli import main
import model, reports
assert model.__file__.startswith(sys.argv[1]), model.__file__
for line in sys.argv[2:]:
    print("$", line, flush=True)
    try:
        code = main(line.split())
    except SystemExit as end:
        code = end.code
    print("=", code, flush=True)
"""


def test_a_wheel_works_outside_the_tree(wheel: Path, tmp_path: Path) -> None:
    site, home = tmp_path / "site", tmp_path / "home"
    zipfile.ZipFile(wheel).extractall(site)
    home.mkdir()
    typed = [
        "tutorial",
        "tutorial --lang zh",
        *(f"new {name}{'.ipynb' if (LESSONS / f'{name}.ipynb').exists() else '.py'} --from {name}" for name in origins()),
        "show two-way.py server_receives_syn",
        "scenario fig6 three-way",
        "trace two-way agreement -o run.html",
        "list",
        "new --help",
    ]
    code = ["-c", OUTSIDE, str(site), *typed]
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, *code], cwd=home, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall(r"^= (.*)$", done.stdout, re.MULTILINE) == ["0"] * len(typed)


# -- the first hour ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine as it is after a login: an empty home, the system's programs, and a copy of the tree in the home."""

    home: Path

    @property
    def tree(self) -> Path:
        return self.home / "synproof"

    def typed(self, line: str, *, code: int | tuple[int, ...] = 0, at: str = "", venv: str = "") -> str:
        """Return what a line prints, on both streams, that is typed in a directory of the home; ``venv`` is activated before.

        It has to end with this code, or one of these, and with no traceback.
        """
        activated = f". {venv}/bin/activate\n{line}" if venv else line
        kept = {
            name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_")) or name.endswith("_proxy")
        }
        path = os.pathsep.join(["/usr/local/bin", "/usr/bin", "/bin", str(Path(sys.base_prefix) / "bin")])
        environment = {**kept, "HOME": str(self.home), "PATH": path, "LANG": "C.UTF-8", "TERM": "dumb"}
        where = self.home / at
        where.mkdir(parents=True, exist_ok=True)
        words = ["/bin/bash", "--noprofile", "--norc", "-c", activated]
        done = subprocess.run(
            words,
            check=False,
            cwd=where,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode in (code if isinstance(code, tuple) else (code,)), f"{line}: {done.returncode}\n{done.stdout}"
        assert "Traceback" not in done.stdout, f"{line}\n{done.stdout}"
        return done.stdout


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    machine = Machine(tmp_path_factory.mktemp("home"))
    shutil.copytree(ROOT, machine.tree, ignore=LEFT)
    return machine


@pytest.fixture(scope="module")
def installed(machine: Machine) -> str:
    """Return an environment into which pip has installed the tree, which is then out of sight."""
    machine.typed("python3 -m venv env && env/bin/python -m pip install -q ./synproof")
    return "~/env"


def lines_of(printed: str, those: str) -> Iterable[str]:
    return re.findall(rf"^ *(?:\d+\. )?({those}.*)$", printed, re.MULTILINE)


@pytest.mark.long
def test_the_first_hour_of_a_student(machine: Machine) -> None:
    """Types make, and then whatever is said next, to the end of the tutorial; then does what the file says can be tried."""
    made = machine.typed("make", at="synproof")
    assert "no-stale-establishment       violated (4)     holds            holds" in made
    (onwards,) = re.findall(r"Go on with:  (.*)", made)
    (activating,) = re.findall(r"first:  source (.*)/bin/activate", made)
    packages = machine.typed(f"{activating}/bin/python -m pip list", at="synproof")
    assert re.search(r"^z3-solver ", packages, re.MULTILINE)
    assert not re.search(r"^pytest ", packages, re.MULTILINE)  # running needs no tests
    told = machine.typed(onwards, at="synproof")
    commands = [*lines_of(told, "synproof ")]
    assert len(commands) >= 8
    venv = f"~/synproof/{activating}"
    for line in commands:
        machine.typed(line, at="course", venv=venv)
    changed(machine.home / "course" / "mine.py")
    broken = machine.typed("synproof compare mine.py three-way", code=12, at="course", venv=venv)
    assert "client-agreement: mine violated, three-way holds" in broken
    for file in (machine.home / "course").glob("*.py"):
        for line in re.findall(r"^    (synproof (?!.* CLAIM).*?)(?:  .*)?$", file.read_text(encoding="utf-8"), re.MULTILINE):
            machine.typed(line, code=(0, 12, 20), at="course", venv=venv)  # violated as declared; or bounded, and so unknown


@pytest.mark.long
def test_the_first_hour_of_a_teacher(machine: Machine, installed: str) -> None:
    """Looks for what to show: pages, pictures, Chinese, a notebook with exercises."""
    typed = partial(machine.typed, at="lecture", venv=installed)
    assert "旧的 SYN" in typed("synproof tutorial --lang zh")
    assert "握手" in typed("synproof list --lang zh")
    typed("synproof trace two-way no-stale-establishment -o old-syn.html")
    typed("synproof scenario stale-syn --format svg -o pictures")
    typed("synproof new lesson.ipynb --from break_the_handshake")
    folder = machine.home / "lecture"
    assert (folder / "old-syn.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert {path.stem for path in (folder / "pictures").glob("*.svg")} == {"two-way", "three-way"}
    assert (folder / "lesson.ipynb").exists()


@pytest.mark.long
def test_the_first_hour_of_a_researcher(machine: Machine, installed: str) -> None:
    """Asks how far a verdict goes: a proof that another solver checks, records, an export, the same from Python."""
    typed = partial(machine.typed, at="study", venv=installed)
    typed("synproof new peterson.py --from mutual_exclusion")
    typed("synproof prove peterson.py -o certificate")
    assert "peterson.py: mutual-exclusion: accepted" in typed("synproof recheck certificate --model peterson.py")
    (record,) = json.loads(typed("synproof check four-way client-agreement --json", code=12))
    assert record["trace_length"] == 11
    typed("synproof export three-way --to promela --scope small -o model.pml")
    assert (machine.home / "study" / "model.pml").read_text(encoding="utf-8").startswith("/*")
    asks = "from checker.decide import Setting, decide; from properties.specification import SPECIFICATIONS as S; "
    asks += "from model.tcp.scope import SCOPES; spec = S['two-way']; "
    asks += "print(decide(spec, [spec.claim['agreement']], Setting(SCOPES['default']))[0].outcome.value)"
    assert typed(f'python -c "{asks}"') == "violated\n"


@pytest.mark.long
def test_the_first_hour_of_an_engineer(machine: Machine, installed: str) -> None:
    """Checks a change to a handshake: what it breaks, in a script, with a capture; and has words completed."""
    typed = partial(machine.typed, at="change", venv=installed)
    typed("synproof new change.py")
    typed("synproof compare change.py three-way")
    changed(machine.home / "change" / "change.py")
    assert "client-agreement: change violated, three-way holds" in typed("synproof compare change.py three-way", code=12)
    broken = json.loads(typed("synproof check change.py --json", code=12))
    assert "client-agreement" in {record["claim"] for record in broken if record["verdict"] == "violated"}
    typed("synproof trace change.py client-agreement -o change.pcapng")
    assert (machine.home / "change" / "change.pcapng").read_bytes().startswith(b"\x0a\x0d\x0d\x0a")
    assert "synproof" in typed("synproof completion bash > words && source words && complete -p synproof")
    (machine.home / "change" / "broken.py").write_text("class Broken(", encoding="utf-8")
    assert "broken.py, line 1: this is not Python" in typed("synproof check broken.py", code=65)
