"""How much the covering search saves, beside the plain search and beside SPIN with its own reductions: ``make bench``.

All take turns in one run. Of each command, from the start of its process to the answer, there are the seconds that passed, the
seconds that processors worked, which a busy machine changes less, and the most memory.

- The same questions with ``--engine bfs``, where that ends.
- SPIN on the export of the same question, with its partial order reduction and ``-DCOLLAPSE``: ``spin``, ``gcc`` and ``pan``
  from the start, and beside it what ``pan`` calls its elapsed time and the covering search its own.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "import sys; from checker.cli import main; sys.exit(main())")
DECIDED = (0, 12)
"""The exit codes of a command that decided what it was asked."""


@dataclass(frozen=True)
class Took:
    """What a process took: seconds that passed, seconds that processors worked, bytes at its peak; and what it printed."""

    seconds: float
    worked: float
    memory: int
    printed: str

    def __str__(self) -> str:
        return f"{self.seconds:7.1f} s passed, {self.worked:7.1f} s worked, {self.memory / 2**20:6.0f} MiB"


QUESTIONS: dict[str, tuple[str, ...]] = {
    "compare": ("compare",),
    "check two-way": ("check", "two-way"),
    "check three-way": ("check", "three-way"),
    "check four-way": ("check", "four-way"),
    "check four-way, large": ("check", "four-way", "--scope", "large"),
    "check three-way, 4 and 4": ("check", "three-way", "--scope", "default,attempts=4,answers=4"),
    "check three-way/listeners, large": ("check", "three-way/listeners", "--scope", "large"),
    "check three-way, 5 and 5": ("check", "three-way", "--scope", "default,attempts=5,answers=5"),
}
"""What is asked, from what takes a second to what takes minutes."""
PLAINLY = ("check two-way", "check three-way", "check four-way")
"""What the plain search is asked as well."""


def run(command: tuple[str, ...], folder: Path = ROOT) -> Took:
    """Run a command and return what it took, with all processes that it started."""
    with tempfile.TemporaryFile() as printed:
        before, started = os.times(), time.perf_counter()
        child = os.posix_spawnp(
            command[0],
            command,
            {**os.environ, "PYTHONPATH": str(ROOT), "PWD": str(folder)},
            file_actions=[(os.POSIX_SPAWN_DUP2, printed.fileno(), 1)],
        )
        _, status, usage = os.wait4(child, 0)
        seconds, after = time.perf_counter() - started, os.times()
        code = os.waitstatus_to_exitcode(status)
        if code not in DECIDED:
            raise SystemExit(f"{' '.join(command)} exited with {code}")
        printed.seek(0)
        worked = after.children_user + after.children_system - before.children_user - before.children_system
        return Took(seconds, worked, usage.ru_maxrss * 1024, printed.read().decode())


def asked(words: tuple[str, ...]) -> Took:
    """Run a command of synproof."""
    return run((*COMMAND, *words))


def own_seconds(took: Took) -> float:
    """Return how long the search of a command took that printed records, without what comes before it."""
    return max(float(json.loads(line)["seconds"]) for line in took.printed.splitlines())


def spin(model: str, folder: Path) -> tuple[Took, float, int]:
    """Return what SPIN takes for all claims in the default scope, of that the seconds of the search, and its states."""
    asked(("export", model, "--to", "promela", "--claims", "all", "-o", str(folder / "model.pml")))
    made = " && ".join(
        (
            f"cd {folder}",
            "spin -o2 -a model.pml",
            "gcc -O3 -w -DSAFETY -DCOLLAPSE -DMEMLIM=12000 -o pan pan.c",
            "./pan -c0 -m1000000 -w25",
        )
    )
    took = run(("sh", "-c", made))
    elapsed, states = (re.search(p, took.printed) for p in (r"elapsed time ([\d.]+) seconds", r"([\d.e+]+) states, stored"))
    if elapsed is None or states is None:
        raise SystemExit(f"pan printed no figures:\n{took.printed}")
    return took, float(elapsed[1]), int(float(states[1]))


def main() -> None:
    """Ask all of it, or one question."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=[*QUESTIONS, "spin"])
    wanted = parser.parse_args()
    for name, words in QUESTIONS.items():
        if wanted.only in (None, name):
            for _ in range(wanted.rounds if name in PLAINLY else 1):
                mine = asked(words)
                print(f"{name:<34}covering {mine}", flush=True)
                if name in PLAINLY:
                    plain = asked((*words, "--engine", "bfs"))
                    ratios = f"{plain.seconds / mine.seconds:.1f} and {plain.worked / mine.worked:.1f} times"
                    print(f"{'':<34}bfs      {plain}  {ratios}", flush=True)
    if wanted.only in (None, "spin"):
        with tempfile.TemporaryDirectory() as folder:
            theirs, elapsed, states = spin("three-way", Path(folder))
        mine = asked(("check", "three-way", "--json"))
        print(f"{'three-way, all claims':<34}covering {mine}; the search {own_seconds(mine):.2f} s")
        print(f"{'':<34}SPIN     {theirs}; the search {elapsed:.2f} s, {states:,} states")
        print(
            f"{'':<34}{elapsed / own_seconds(mine):.0f} times in the search, {theirs.seconds / mine.seconds:.0f} times in all"
        )


if __name__ == "__main__":
    main()
