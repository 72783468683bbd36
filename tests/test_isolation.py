"""Files of strangers: none gets out, none gets what it has not, and none stops the next."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from checker.files.mistakes import ModelFileError
from checker.isolation.sandbox import Confines, IsolationError, StoppedError, isolated
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from properties.data import document
from properties.specification import SPECIFICATIONS
from tests.command_line import Ask
from tests.hostile_files import ATTEMPTS, GOOD
from tests.models import TUTORIALS, model

pytestmark = pytest.mark.needs("bwrap")
SMALL = SCOPES["small"]
ALWAYS = ("reads the answer key", "writes outside", "opens a socket to the host", "forks without end", "hands in a pickle")
"""What is tried in each run of the tests; the others are long."""
CONFINES = Confines(seconds=3)
ROOT = Path(__file__).parents[1]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mapping[str, object]]:
    """Give what a file may want of the host: a secret, a directory, a process, two servers."""
    (tmp_path / "key.txt").write_text("the answers", encoding="utf-8")
    (tmp_path / "others").mkdir()
    monkeypatch.setenv("SYNPROOF_SECRET", "a secret")
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as unix:
        abstract = f"synproof-{os.getpid()}"
        unix.bind(f"\0{abstract}")
        unix.listen()
        yield {
            "secret": tmp_path / "key.txt",
            "mine": tmp_path / "others",
            "pid": os.getpid(),
            "port": server.getsockname()[1],
            "abstract": abstract,
        }


def written(where: Path) -> dict[str, str]:
    """Return all that stands below a directory."""
    return {str(path): path.read_text(encoding="utf-8") for path in sorted(where.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("what", [what if what in ALWAYS else pytest.param(what, marks=pytest.mark.long) for what in ATTEMPTS])
def test_nothing_gets_out(what: str, host: Mapping[str, object], tmp_path: Path) -> None:
    attempt = ATTEMPTS[what]
    file = tmp_path / "mine.py"
    file.write_text(attempt.source(**host), encoding="utf-8")
    before = written(tmp_path)
    start = time.monotonic()
    with pytest.raises(ModelFileError, match=f"(?s)({attempt.said})") as refused:
        isolated(str(file), SMALL, Assumptions(), CONFINES)
    assert time.monotonic() - start < CONFINES.seconds + 10
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 1_000
    assert written(tmp_path) == before
    assert not Path("/written").exists()


@pytest.mark.long
@pytest.mark.parametrize("what", [what for what, attempt in ATTEMPTS.items() if attempt.outside])
def test_without_walls_it_works(what: str, host: Mapping[str, object], tmp_path: Path) -> None:
    """What is refused within succeeds without: the walls are the reason."""
    file = tmp_path / "mine.py"
    file.write_text(ATTEMPTS[what].source(**host), encoding="utf-8")
    reads = f"from checker.files import model_file; print(model_file.read({str(file)!r}).name)"
    names = {"SYNPROOF_SECRET": "a secret", "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    ran = subprocess.run([sys.executable, "-c", reads], capture_output=True, text=True, timeout=60, check=False, env=names)  # noqa: S603  # what is under test
    assert ran.stdout.endswith("broke-out\n"), ran.stderr


def test_the_next_one_is_read_after_each_kind_of_end(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import os\nos._exit(1)", encoding="utf-8")
    (tmp_path / "good.py").write_text(GOOD, encoding="utf-8")
    for _ in range(2):
        with pytest.raises(ModelFileError):
            isolated(str(tmp_path / "bad.py"), SMALL, Assumptions(), CONFINES)
        assert isolated(str(tmp_path / "good.py"), SMALL, Assumptions(), CONFINES).name == "mine"


@pytest.mark.parametrize("name", ["credulous.py", "alternating_bit.py:in-order", "mutual_exclusion.py", "sctp.py"])
def test_a_model_comes_out_as_it_is(name: str) -> None:
    out = isolated(f"{TUTORIALS}/{name}", SMALL, Assumptions())
    assert document(out, SMALL, Assumptions()) == document(model(name), SMALL, Assumptions())


def test_a_composition_and_a_setting_go_in(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(GOOD, encoding="utf-8")
    assumptions = Assumptions.of({"seq_check": "window"})
    out = isolated(f"{tmp_path}/mine.py/simultaneous", SMALL, assumptions)
    assert out.name == "mine/simultaneous"
    ours = SPECIFICATIONS["three-way/simultaneous"].build(SMALL, assumptions)
    assert [a.guard.key for a in out.build(SMALL, assumptions).actions] == [a.guard.key for a in ours.actions]


def test_a_link_and_what_is_no_file_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(GOOD, encoding="utf-8")
    (tmp_path / "link.py").symlink_to(tmp_path / "good.py")
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "long.py").write_text("#" * (CONFINES.source + 1), encoding="utf-8")
    for name, said in (
        ("link", "it is a link: hand in the file itself"),
        ("pipe", "no ordinary file"),
        ("folder", "no ordinary file"),
        ("long", "make it shorter"),
        ("none", "No such file"),
    ):
        with pytest.raises(ModelFileError, match=said):
            isolated(str(tmp_path / f"{name}.py"), SMALL, Assumptions(), CONFINES)


def test_the_clock_is_told_apart_from_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("while True: pass", encoding="utf-8")
    with pytest.raises(StoppedError, match="still ran after 1 seconds"):
        isolated(str(tmp_path / "slow.py"), SMALL, Assumptions(), Confines(seconds=1))


def test_a_host_that_cannot_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = tmp_path / "ran"
    (tmp_path / "mine.py").write_text(f"open({str(ran)!r}, 'w')\n{GOOD}", encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(IsolationError, match="bwrap is not installed: install Debian's package bubblewrap"):
        isolated(str(tmp_path / "mine.py"), SMALL, Assumptions())
    (tmp_path / "bwrap").write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\nexit 1\n", encoding="utf-8"
    )
    (tmp_path / "bwrap").chmod(0o755)
    with pytest.raises(IsolationError, match=r"refuses namespaces to bwrap .*No permissions"):
        isolated(str(tmp_path / "mine.py"), SMALL, Assumptions())
    assert not ran.exists()


@pytest.mark.skipif(os.geteuid() != 0 or sys.version_info[:2] != (3, 11), reason="only root can become somebody else")
def test_whoever_has_no_rights_can_isolate() -> None:
    tried = (
        "import sys; sys.path[:0] = [sys.argv[1]]; from checker.isolation import sandbox; "
        "sandbox._PYTHON = '/usr/bin/python3'; print(sandbox.cannot())"
    )
    words = ["/usr/bin/python3", "-c", tried, str(ROOT)]
    ran = subprocess.run(  # noqa: S603  # our own words
        words, user=65534, group=65534, extra_groups=(), capture_output=True, text=True, check=False
    )
    assert ran.stdout == "\n", ran.stdout + ran.stderr


def test_check_and_trace_run_a_file_within_walls(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(f"import os\nassert not os.path.exists({str(tmp_path)!r})\n{GOOD}", encoding="utf-8")
    file = str(tmp_path / "mine.py")
    assert ask("check", file, "agreement", "--scope", "small").code == 65
    answer = ask("check", "--isolated", file, "agreement", "--scope", "small")
    assert answer.code == 0
    assert "agreement" in answer.out
    assert "holds" in answer.out
    wrong = ask("check", file, "--isolated", "--assume", "loss=false")
    assert wrong.code == 2
    assert "--isolated takes no --assume" in wrong.err
    ours = ask("check", "two-way", "--isolated")
    assert ours.code == 2
    assert "two-way comes with synproof" in ours.err


def test_the_command_that_shows_a_run_keeps_the_walls(ask: Ask) -> None:
    answer = ask("check", "--isolated", f"{TUTORIALS}/credulous.py", "own-numbers")
    assert "CLAIM --isolated" in answer.out
    assert ask("trace", "--isolated", f"{TUTORIALS}/credulous.py", "own-numbers").code == 0
