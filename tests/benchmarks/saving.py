"""What it costs to keep a search on disk, beside the same search in memory: ``make bench``.

The ways take turns. Of each, from the start of the process to the answer, there are the seconds that passed, the seconds that
processors worked, which a busy machine changes less, the most memory and the most disk; the counts of all have to agree.

- in memory, without a limit that matters;
- with a checkpoint every minute, and with one every second, which is more than anybody wants;
- spilled, with so little memory that most states are on disk.

``--scope`` and ``--memory`` ask for another search: of hundreds of millions of states with 2 GiB, say.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.covering import Took, asked

COUNTED = ("complete", "states", "transitions", "depth")


@contextmanager
def watched(directory: Path) -> Iterator[list[int]]:
    """Yield a list with the most bytes that files in a directory took while this lasted."""
    most, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(0.2):
            sizes = [path.lstat().st_size for path in directory.rglob("*") if path.exists()]
            most[0] = max(most[0], sum(sizes))

    watch = threading.Thread(target=look)
    watch.start()
    try:
        yield most
    finally:
        over.set()
        watch.join()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--model", default="three-way")
    options.add_argument("--scope", default="default,data=2")
    options.add_argument("--memory", default="64M")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--ways", nargs="*", default=["memory", "minute", "second", "spill"])
    given = options.parse_args()
    words = ("check", given.model, "--claims", "none", "--scope", given.scope, "--json")
    ways = {
        "memory": (),
        "minute": ("--checkpoint", "{}"),
        "second": ("--checkpoint", "{}", "--every", "1"),
        "spill": ("--spill", "{}", "--memory", given.memory),
    }
    results: dict[str, list[tuple[Took, int]]] = {way: [] for way in given.ways}
    counts = set[tuple[object, ...]]()
    for _ in range(given.rounds):
        for way in given.ways:
            directory = Path(tempfile.mkdtemp(prefix="saving-"))
            try:
                with watched(directory) as most:
                    one = asked((*words, *(word.format(directory / "kept") for word in ways[way])))
            finally:
                shutil.rmtree(directory)
            record = json.loads(one.printed)
            counts.add(tuple(record[name] for name in COUNTED))
            results[way].append((one, most[0]))
            print(f"  {way:8} {one}, {most[0] / 2**20:7.0f} MiB on disk, {record['states']:,} states", flush=True)
    if len(counts) != 1:
        raise SystemExit(f"they do not agree: {sorted(counts, key=str)}")
    base = median(one.worked for one, _ in results[given.ways[0]])
    passed = median(one.seconds for one, _ in results[given.ways[0]])
    for way, found in results.items():
        worked, seconds = median(one.worked for one, _ in found), median(one.seconds for one, _ in found)
        print(f"{way:8} {worked / base:5.2f} times the work, {seconds / passed:5.2f} times the time of {given.ways[0]}")


if __name__ == "__main__":
    main()
