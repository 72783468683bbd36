"""What CLUSTER.md says of a lab's machines and of a batch system is done, word by word, on machines that are namespaces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import Ask

ROOT = Path(__file__).parents[1]
SCOPE = "default,answers=1"
SAME = ("states", "transitions", "depth", "complete", "never_taken")

pytestmark = [
    pytest.mark.needs("ip"),
    pytest.mark.skipif(sys.platform != "linux", reason="machines are namespaces of Linux"),
]


def done(what: str, folder: Path) -> Mapping[str, Any]:
    """Return what came of it."""
    walls = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.getuid():
        walls.insert(1, "--map-root-user")
    program = [*walls, sys.executable, "-m", "tests.lab", what, str(folder), SCOPE]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ended = subprocess.run(  # noqa: S603
        program,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
    )
    if "unshare failed" in ended.stderr:
        pytest.skip(f"there is no namespace: {ended.stderr}")
    assert ended.returncode == 0, ended.stderr
    result: Mapping[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return result


def expected(ask: Ask) -> list[Any]:
    """Return what one process finds."""
    words = ("check", "four-way", "--no-reduction", "--claims", "none", "--scope", SCOPE, "--json")
    return found(json.loads(ask(*words).out))


def found(record: Mapping[str, Any]) -> list[Any]:
    return [record[name] for name in SAME]


def test_three_machines_search_as_one_and_go_on_when_one_ends(ask: Ask, tmp_path: Path) -> None:
    came = done("steps", tmp_path)
    assert came["was_at_it"]
    assert found(came["answer"]) == found(came["after"]) == expected(ask)
    assert came["answer"]["workers"] > came["after"]["workers"] > 0


def test_the_script_of_slurm_is_submitted_until_the_search_is_done(ask: Ask, tmp_path: Path) -> None:
    came = done("slurm", tmp_path)
    assert came["cut"] == came["begun"] == [1, 2, 3, 4]
    assert found(came["answer"]) == expected(ask)
    assert came["answer"]["workers"] == 4  # a processor of each
