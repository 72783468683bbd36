"""The command as a process of its own, to be killed, confined and looked after: what it leaves behind is found by a marker."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 120.0
"""After how many seconds a test gives up on something that has to happen: no verdict depends on it."""
_COMMAND = "import sys; from checker.cli import main; sys.exit(main())"


class Marked:
    """A process, and all that come from it: they have its marker in their environment."""

    def __init__(self, process: subprocess.Popen[str], marker: str) -> None:
        self.process = process
        self.marker = marker

    def alive(self) -> list[int]:
        """Return the processes that there are, those that have ended and are not asked for left out."""
        return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and self._is_marked(path)]

    def _is_marked(self, path: Path) -> bool:
        try:
            return self.marker.encode() in (path / "environ").read_bytes()
        except OSError:
            return False

    def when(self, condition: Callable[[list[int]], bool]) -> list[int]:
        """Wait until what is alive is as wanted, and return it."""
        end = time.monotonic() + PATIENCE
        while not condition(found := self.alive()):
            assert time.monotonic() < end, found
            time.sleep(0.02)
        return found

    def children(self, number: int = 1) -> list[int]:
        """Wait until there are so many children, and return them."""
        return [p for p in self.when(lambda found: len(found) > number) if p != self.process.pid]

    def ended(self, patience: float = PATIENCE) -> tuple[int, str, str]:
        """Return exit code, output and complaints, when it has ended and nothing is left of it."""
        out, err = self.process.communicate(timeout=patience)
        self.when(lambda found: not found)
        return self.process.returncode, out, err


@contextmanager
def started(
    *words: str, code: str = _COMMAND, confine: Callable[[], object] | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[Marked]:
    """Start the command, or other ``code``, as a process; ``confine`` is called in it before anything else."""
    marker = f"marker-{uuid.uuid4().hex}"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *words],
        env={**os.environ, **(environment or {}), "SYNPROOF_TEST": marker},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=confine,
    )
    marked = Marked(process, marker)
    try:
        yield marked
    finally:
        process.kill()
        process.communicate()
