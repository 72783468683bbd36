"""How long `check` takes of each handshake with each attacker, in the scope that is searched where none is named.

    python -m tests.benchmarks.attackers [HANDSHAKE ...] [--attacker NAME ...] [-- OPTION ...]

Seconds of processors, which do not depend on what else a machine does: on two processors that nobody else uses a search takes
no less than half of them, and no more than all. What is written after `--` is given to `check`, as `--guesses 1`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence

from model.tcp.composition import ATTACKED, BESIEGED, INFERENCE
from model.tcp.handshakes import HANDSHAKES, LIMITING, LISTED

COMPOSITIONS = (*ATTACKED, *(one.name for by_attacker in BESIEGED.values() for one in by_attacker.values()), INFERENCE.name)
_CHECK = "import sys; from checker.cli import main; sys.exit(main(sys.argv[1:]))"


def seconds(words: Sequence[str]) -> tuple[float, int]:
    """Return how many seconds of processors a command takes, those of its processes with it, and its exit code."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([sys.executable, "-c", _CHECK, *words], stdout=quiet, stderr=quiet)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime, process.returncode


def pairs(handshakes: Sequence[str], compositions: Sequence[str]) -> list[str]:
    """Return the models: each handshake in each composition with an attacker, and those with a limit where one infers."""
    chosen = handshakes or (*HANDSHAKES, *LISTED)
    named = [f"{handshake}/{name}" for handshake in chosen for name in compositions or COMPOSITIONS]
    infers = {f"{handshake}/{INFERENCE.name}" for handshake in (*HANDSHAKES, *LIMITING)}
    return [name for name in named if not name.endswith(INFERENCE.name) or name in infers]


def main() -> None:
    """Print a line for each pair, and the slowest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("handshakes", nargs="*", choices=[[], *HANDSHAKES, *LISTED], metavar="HANDSHAKE")
    parser.add_argument("--attacker", action="append", choices=COMPOSITIONS, metavar="NAME", default=[])
    words = sys.argv[1:]
    own, options = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, [])
    arguments = parser.parse_args(own)
    found: list[tuple[float, str]] = []
    for name in pairs(arguments.handshakes, arguments.attacker):
        took, code = seconds(["check", name, *options])
        found.append((took, name))
        print(f"{took:7.1f} s of processors  exit {code}  {name}", flush=True)
    print(f"\nthe slowest of {len(found)}: {max(found)[1]}, {max(found)[0]:.1f} s of processors")


if __name__ == "__main__":
    main()
