"""How much the covering search saves, beside the plain search and beside SPIN with its own reductions: ``make bench``.

All take turns in one run. Of each command, from the start of its process to the answer, there are the seconds that passed, the
seconds that processors worked, which a busy machine changes less, and the most memory.

- The same questions with ``--engine bfs``, where that ends.
- ``compare`` as it was before the covering search, in a work tree of its own, where the history has that commit. It decides
  seven claims fewer, so what is said of the ratio is too little.
- SPIN on the export of the same question, with its partial order reduction and ``-DCOLLAPSE``: ``spin``, ``gcc`` and ``pan``
  from the start, and beside it what ``pan`` calls its elapsed time and the covering search its own. It is ended after a
  thousand times as long as the covering search took, in seconds that the processor worked: that is a bound then.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-P", "-c", "import sys; from checker.cli import main; sys.exit(main())")
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
    "check two-way": ("check", "two-way"),
    "check three-way": ("check", "three-way"),
    "check four-way": ("check", "four-way"),
    "check four-way, large": ("check", "four-way", "--scope", "large"),
    "check three-way, 4 and 4": ("check", "three-way", "--scope", "default,attempts=4,answers=4"),
    "check three-way/listeners, large": ("check", "three-way/listeners", "--scope", "large"),
    "check three-way, 5 and 5": ("check", "three-way", "--scope", "default,attempts=5,answers=5"),
}
"""What is asked, from what takes a second to what takes minutes."""
BEFORE = "89f2799"
"""The last commit without the covering search."""
TIMES = 1000
"""How many times as long as the covering search SPIN may search."""
PLAINLY = ("check two-way", "check three-way", "check four-way")
"""What the plain search is asked as well."""


def run(command: tuple[str, ...], folder: Path = ROOT) -> Took:
    """Run a command, with the modules of a folder, and return what it took, with all processes that it started."""
    with tempfile.TemporaryFile() as printed:
        before, started = os.times(), time.perf_counter()
        child = os.posix_spawnp(
            command[0],
            command,
            {**os.environ, "PYTHONPATH": str(folder)},
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


def then_and_now(rounds: int) -> Iterator[str]:
    """Yield what ``compare`` takes now and took before the covering search, in turns, and how many times as fast it is."""
    with tempfile.TemporaryDirectory() as folder:
        tree = str(Path(folder) / "before")
        git = ("git", "-C", str(ROOT), "worktree")
        if subprocess.run((*git, "add", "--detach", tree, BEFORE), capture_output=True, check=False).returncode:
            yield f"compare before: left out, since the history does not have commit {BEFORE}"
            return
        try:
            run((*COMMAND, "--version"), Path(tree))  # what Python makes of the modules is kept
            both = [(asked(("compare",)), run((*COMMAND, "compare"), Path(tree))) for _ in range(rounds)]
        finally:
            subprocess.run((*git, "remove", "--force", tree), check=True)
    for now, then in both:
        yield f"{'compare':<34}covering {now}"
        yield f"{'':<34}before   {then}"
    passed = median(then.seconds / now.seconds for now, then in both)
    worked = median(then.worked / now.worked for now, then in both)
    yield f"{'':<34}{passed:.1f} and {worked:.1f} times (medians)"


def spin(model: str, folder: Path, most: float) -> tuple[Took, float, str]:
    """Return what SPIN takes for all claims in the default scope, of that the seconds of the search, and what it came to.

    The search is ended when the processor has worked for ``most`` seconds.
    """
    asked(("export", model, "--to", "promela", "--claims", "all", "-o", str(folder / "model.pml")))
    made = " && ".join(
        (
            f"cd {folder}",
            "spin -o2 -a model.pml",
            "gcc -O0 -w -DSAFETY -DCOLLAPSE -DMEMLIM=12000 -o pan pan.c",  # with -O1 it takes minutes, with -O3 more
        )
    )
    search = f"cd {folder} && ulimit -t {math.ceil(most)} && ./pan -c0 -m1000000 -w25"
    before = run(("sh", "-c", made))
    found = run(("sh", "-c", f"({search}) | grep -v ^pan: || true"))  # it names every step that violates a claim: millions
    took = Took(before.seconds + found.seconds, before.worked + found.worked, max(before.memory, found.memory), found.printed)
    elapsed = re.search(r"elapsed time ([\d.]+) seconds", found.printed)
    states = re.search(r"([\d.e+]+) states, stored", found.printed)
    if elapsed is not None and states is not None:
        return took, float(elapsed[1]), f"{int(float(states[1])):,} states"
    if found.worked < most:
        raise SystemExit(f"pan printed no figures:\n{found.printed}")
    return took, found.worked, "not finished then"


def main() -> None:
    """Ask all of it, or one question."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=[*QUESTIONS, "before", "spin"])
    wanted = parser.parse_args()
    if wanted.only in (None, "before"):
        for line in then_and_now(wanted.rounds):
            print(line, flush=True)
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
        mine = asked(("check", "three-way", "--json"))
        own = own_seconds(mine)
        with tempfile.TemporaryDirectory() as folder:
            theirs, elapsed, end = spin("three-way", Path(folder), TIMES * own)
        print(f"{'three-way, all claims':<34}covering {mine}; the search {own:.2f} s")
        print(f"{'':<34}SPIN     {theirs}; the search {elapsed:.2f} s, {end}")
        print(f"{'':<34}{elapsed / own:.0f} times in the search, {theirs.seconds / mine.seconds:.0f} times in all")


if __name__ == "__main__":
    main()
