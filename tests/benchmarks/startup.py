"""How long a command takes before it does anything, in times of a bare interpreter: ``make bench``.

Times of a processor, the least of several runs that take turns: what else the machine does makes a run longer, never shorter.
``tests/test_first_hour.py`` counts the modules that are loaded, which is the same everywhere.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = 9
MOST = 12
"""How many times as long as a bare interpreter help may take."""
BARE = "a bare interpreter"
COMMAND = "import sys; from checker.cli import main; sys.exit(main())"
LINES = ("--help", "check --help", "list", "show three-way server_receives_syn", "check two-way agreement --scope small")


def seconds(words: list[str]) -> float:
    """Return how long a process takes of a processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print a line for each command line; complain where help takes too long."""
    asked = {BARE: ["-c", "pass"]} | {f"synproof {line}": ["-c", COMMAND, *line.split()] for line in LINES}
    runs = [{name: seconds(words) for name, words in asked.items()} for _ in range(RUNS)]
    least = {name: min(run[name] for run in runs) for name in asked}
    for name, took in least.items():
        print(f"{name:<50} {took * 1000:6.0f} ms {took / least[BARE]:6.1f}")
    slow = [name for name, took in least.items() if name.endswith("--help") and took > MOST * least[BARE]]
    assert not slow, f"help loads more than it needs: {slow}"


if __name__ == "__main__":
    main()
