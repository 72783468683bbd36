"""What it costs to search on a cluster, beside threads of one process on the same machine: ``make bench``.

Ray is started here for so many processes as there are threads, so both have the same processors. The ways take turns. Of each,
from the start of the process to the answer, there are the seconds that passed and those that processors worked, which a busy
machine changes less: of Ray, those of all processes that were started. The counts have to agree. Of the cluster there are also
the bytes that owners of states sent each other for a state, and what that makes of many machines is computed from them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.covering import Took, asked, run

NETWORK = 10e9 / 8
"""Bytes a second that a machine sends, and receives: of 10 Gbit/s."""
ROUND = 2**20
"""For how many successors owners have room in a round (:mod:`checker.explicit.cluster.owner`)."""
CALLS = 10_000
"""How many calls and results a second Ray's driver hands out: of the order that Ray's own benchmarks have."""


def worked() -> float:
    """Return the seconds that this process and all below it have worked."""
    children, seconds = dict[int, list[int]](), dict[int, float]()
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text(encoding="ascii").rsplit(")", 1)[1].split() if entry.name.isdigit() else []
        except OSError:
            continue
        if fields:
            children.setdefault(int(fields[1]), []).append(int(entry.name))
            seconds[int(entry.name)] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    waiting, all_ = [os.getpid()], 0.0
    while waiting:
        process = waiting.pop()
        all_ += seconds.get(process, 0.0)
        waiting += children.get(process, [])
    return all_


def on_cluster(number: int, model: str, scope: str) -> None:
    """Search in this process, and print a record of what that took and found."""
    from checker.decide import Setting, state_space
    from checker.host.cluster import connected
    from checker.host.limits import Strategy
    from model.tcp.scope import scope_named
    from properties.specification import SPECIFICATIONS

    started = time.monotonic()
    with connected(f"local:{number}"):
        from checker.explicit.cluster.driver import ClusterSearch

        searches = list[ClusterSearch]()
        ended = ClusterSearch._tell  # noqa: SLF001  # where the figures of a search are

        def tell(search: ClusterSearch, *how: object) -> None:
            if search not in searches:
                searches.append(search)
            ended(search, *how)  # type: ignore[arg-type]

        ClusterSearch._tell = tell  # type: ignore[method-assign, assignment]  # noqa: SLF001
        space = state_space(SPECIFICATIONS[model], Setting(scope_named(scope), strategy=Strategy(cluster=f"local:{number}")))
        record = {**space.as_record(), "worked": worked(), "sent": sum(search.sent for search in searches)}
    print(json.dumps({**record, "passed": time.monotonic() - started}))


def beyond(states: float, seconds: float, sent: float, number: int) -> Iterator[str]:
    """Yield what many machines with two owners each would take, by what was measured with ``number`` owners.

    A state costs its owner ``seconds``, and sends ``sent`` bytes where one in ``number`` of its successors stays.
    """
    found = sent * number / (number - 1)
    yield f"{'machines':>8} {'owners':>6} {'compute':>9} {'network':>9} {'calls':>9}   seconds for {states:,.0f} states"
    for machines in (1, 2, 4, 8, 16, 32, 64):
        owners = 2 * machines
        compute = states * seconds / owners
        network = states * found * (machines - 1) / machines / machines / NETWORK
        rounds = states * found / 8 / owners / ROUND
        calls = rounds * owners * owners / CALLS
        yield f"{machines:8} {owners:6} {compute:9.0f} {network:9.0f} {calls:9.0f}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--model", default="three-way")
    options.add_argument("--scope", default="default,data=2")
    options.add_argument("--number", type=int, default=2)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--here", action="store_true", help="search on a cluster in this process, and print a record")
    given = options.parse_args()
    if given.here:
        on_cluster(given.number, given.model, given.scope)
        return
    own = (sys.executable, __file__, "--here", "--number", str(given.number), "--model", given.model, "--scope", given.scope)
    words = ("check", given.model, "--claims", "none", "--scope", given.scope, "--json", "--workers", str(given.number))
    results: list[tuple[Took, float, float]] = []
    for _ in range(given.rounds):
        threads, cluster = asked(words), run(own)
        one, other = json.loads(threads.printed), json.loads(cluster.printed)
        if any(one[name] != other[name] for name in ("complete", "states", "transitions", "depth")):
            raise SystemExit(f"they do not agree: {one}, {other}")
        states, sent = other["states"], other["sent"] / other["states"]
        print(f"  threads  {threads}")
        print(f"  cluster  {other['passed']:7.1f} s passed, {other['worked']:7.1f} s worked, {sent:6.1f} bytes sent a state")
        results.append((threads, other["worked"], sent))
    base, took = median(threads.worked for threads, _, _ in results), median(worked for _, worked, _ in results)
    print(f"{states:,} states: the cluster does {took / base:.2f} times the work")
    print("\n".join(beyond(1e9, took / states, median(sent for _, _, sent in results), given.number)))


if __name__ == "__main__":
    main()
