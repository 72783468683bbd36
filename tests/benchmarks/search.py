"""How fast the explicit search is, beside its peers: ``make bench``.

Ours and the peers take turns in one run, since machines are noisy and ratios are what lasts. The network is not reduced, every
asserted claim is checked, and the counts of all have to agree before a figure is printed.

- Ours: the search in a fresh process, once machine code is loaded, as SPIN's own rate leaves out ``spin`` and ``gcc``; and
  beside it the whole command, from the start of the process to the answer.
- SPIN: the exported Promela with the same claims, ``spin -o2``, pan with ``-O3 -DSAFETY -DNOREDUCE``; depth first and breadth
  first, of which the quicker counts.
- minicheck, a checker in Python: it is given the successors that our own search computes in Python, and one invariant.

A round is each of them once. On the largest scope SPIN is only run depth first, which was the quicker order on all others.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MODEL = "three-way"
ROOT = Path(__file__).parents[2]
MINICHECK_LIMIT = 1_000_000


@dataclass(frozen=True)
class Case:
    """A scope, the least number of words of a state, and who takes part."""

    name: str
    scope: str
    words: int = 1
    minicheck: bool = False
    orders: tuple[str, ...] = ("dfs", "bfs")


CASES = (
    Case("small enough for Python's checkers", "default,attempts=2,answers=1", minicheck=True),
    Case("millions of states, one word", "default,attempts=4,answers=1,data=2"),
    Case("millions of states, two words", "default,attempts=4,answers=1,data=2", words=2),
    Case("the default scope", "default"),
    Case("tens of millions of states, one word", "default,data=2", orders=("dfs",)),
)


@dataclass(frozen=True)
class Run:
    """What one run of one checker came to: counts, seconds of the search and of everything, bytes at the peak."""

    states: int
    transitions: int
    seconds: float
    whole: float
    memory: int

    @property
    def rate(self) -> float:
        """Distinct states a second."""
        return self.states / self.seconds


def ours(case: Case, workers: int) -> Run:
    """Run our search in a process of its own, and the command in another."""
    inside = json.loads(_output([sys.executable, __file__, "--inside", case.scope, str(workers), str(case.words)]))
    started = time.perf_counter()
    command = ["check", MODEL, "--scope", case.scope, "--no-reduction", "--keep-going", "--workers", str(workers), "--json"]
    _output([sys.executable, "-c", "import sys; from checker.cli import main; sys.exit(main())", *command])
    return Run(inside["states"], inside["transitions"], inside["seconds"], time.perf_counter() - started, inside["memory"])


def inside(scope: str, workers: int, words: int) -> None:
    """Print what our search comes to in this process, machine code having been loaded."""
    sys.path.insert(0, str(ROOT))
    from checker.explicit.search import search
    from checker.host.limits import Strategy

    strategy = Strategy(workers, handover=1, words=words)
    search(_watched("small"), exhaust=True, strategy=strategy)
    watched = _watched(scope)
    peak = _peak()
    started = time.perf_counter()
    found = search(watched, exhaust=True, strategy=strategy)
    seconds = time.perf_counter() - started
    memory = peak()
    assert found.complete
    print(
        json.dumps(
            {"states": found.counts.states, "transitions": found.counts.transitions, "seconds": seconds, "memory": memory}
        )
    )


def _peak() -> Callable[[], int]:
    """Return what says by how many bytes the process has grown at its peak since now (Linux)."""
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    reset.write_text("5", encoding="ascii")  # from here on the peak is counted anew
    before = int(_found(r"VmRSS:\s+(\d+) kB", status.read_text(encoding="ascii")))
    return lambda: (int(_found(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))) - before) * 1024


def _watched(scope: str):  # type: ignore[no-untyped-def]  # noqa: ANN202  # imported only where it is needed
    from model.notation.network import connect
    from model.tcp.assumptions import Assumptions
    from model.tcp.scope import scope_named
    from properties.claim import monitored
    from properties.observe import Monitored
    from properties.specification import SPECIFICATIONS

    spec = SPECIFICATIONS[MODEL]
    watched = monitored(spec.build(scope_named(scope), Assumptions()), spec.asserted)
    return Monitored(connect(watched.system), watched.checks)


@dataclass
class Spin:
    """SPIN on the export of one case, compiled once; ``prepared`` is how many seconds ``spin`` and ``gcc`` took."""

    folder: Path
    prepared: float = 0.0

    @classmethod
    def of(cls, case: Case, folder: Path) -> Spin:
        """Export the model and make pan, depth first and breadth first."""
        folder.mkdir()
        export = ["export", MODEL, "--to", "promela", "--claims", "all", "--scope", case.scope, "-o", str(folder / "model.pml")]
        _output([sys.executable, "-c", "import sys; from checker.cli import main; sys.exit(main())", *export])
        started = time.perf_counter()
        _output(["spin", "-o2", "-a", "model.pml"], folder)
        flags = ["-O3", "-w", "-DSAFETY", "-DNOREDUCE"]
        _output(["gcc", *flags, "-o", "dfs", "pan.c"], folder)
        prepared = time.perf_counter() - started
        _output(["gcc", *flags, "-DBFS", "-o", "bfs", "pan.c"], folder)
        return cls(folder, prepared)

    def run(self, order: str, states: int) -> Run:
        """Run pan; its table of hashes is given the size that fits the number of states."""
        options = ["-c0", f"-w{max(20, states.bit_length() + 1)}"] + (["-m1000000"] if order == "dfs" else [])
        started = time.perf_counter()
        printed = _output([f"./{order}", *options], self.folder)
        whole = time.perf_counter() - started
        return Run(
            int(float(_found(r"([\d.e+]+) states, stored", printed))),
            int(float(_found(r"([\d.e+]+) transitions", printed))) - 1,
            float(_found(r"elapsed time ([\d.]+) seconds", printed)) or whole,
            self.prepared + whole,
            int(float(_found(r"([\d.]+)\ttotal actual memory", printed)) * 2**20),
        )


def minicheck(case: Case) -> Run:
    """Run minicheck in a process of its own."""
    started = time.perf_counter()
    printed = json.loads(_output([sys.executable, __file__, "--minicheck", case.scope]))
    return Run(printed["states"], printed["transitions"], printed["seconds"], time.perf_counter() - started, printed["memory"])


def inside_minicheck(scope: str) -> None:
    """Print what minicheck comes to in this process, with the successors that our own search computes in Python."""
    sys.path.insert(0, str(ROOT))
    from minicheck import Protocol, check_safety  # type: ignore[import-untyped]

    from checker.explicit.explorer import Explorer

    explorer = Explorer(_watched(scope))
    transitions = 0

    def steps(state: tuple[int, int]) -> list[tuple[str, tuple[int, int]]]:
        nonlocal transitions
        control, pool = state
        if explorer.lacks(control, pool):
            explorer.grow(control, pool)
        after = [("", (s.control, pool & s.keep | s.add)) for s in explorer.moves[control] if s.possible(pool)]
        idle = sum(count for need, count in explorer.idle[control].items() if pool & need == need)
        transitions += len(after) + idle
        return after

    peak = _peak()
    protocol = Protocol(
        name=MODEL,
        candidate=False,
        fields=("control", "pool"),
        initial=explorer.initial,
        transitions=steps,
        invariants={"bounded": lambda state: state["pool"] >= 0},
    )
    started = time.perf_counter()
    found = check_safety(protocol, max_states=MINICHECK_LIMIT)
    seconds = time.perf_counter() - started
    memory = peak()
    print(json.dumps({"states": found["reachable_states"], "transitions": transitions, "seconds": seconds, "memory": memory}))


def measure(case: Case, rounds: int, folder: Path) -> None:
    """Measure one case and print its figures."""
    print(f"\n{case.name}: {MODEL}, scope {case.scope}, {case.words} word{'s' * (case.words > 1)} at least", flush=True)
    reference = ours(case, 1)
    print(f"{reference.states:,} states, {reference.transitions:,} transitions", flush=True)
    spin = Spin.of(case, folder)
    order = case.orders[0]
    if len(case.orders) > 1:
        order = max(case.orders, key=lambda order: spin.run(order, reference.states).rate)
    checkers: dict[str, Callable[[], Run]] = {
        "ours, 1 worker": lambda: ours(case, 1),
        "ours, 2 workers": lambda: ours(case, 2),
        f"SPIN, {order}": lambda: spin.run(order, reference.states),
    }
    if case.minicheck:
        checkers["minicheck"] = lambda: minicheck(case)
    runs: dict[str, list[Run]] = {name: [] for name in checkers}
    for _ in range(rounds):
        for name, run in checkers.items():
            result = run()
            if (result.states, result.transitions) != (reference.states, reference.transitions) and result.states < 10**6:
                raise AssertionError(f"{name} counts {result}, and not {reference}")
            runs[name].append(result)
    print(f"{'':<18}{'states/s':>12}{'transitions/s':>15}{'bytes/state':>13}{'whole, s':>10}{'1 worker is':>14}")
    base = runs["ours, 1 worker"]
    for name, of in runs.items():
        rate = statistics.median(run.rate for run in of)
        per_state = statistics.median(run.memory / run.states for run in of)
        whole = statistics.median(run.whole for run in of)
        ratios = sorted(one.rate / other.rate for one, other in zip(base, of, strict=True))
        factor = reference.transitions / reference.states
        spread = f"{statistics.median(ratios):.2f} x ({ratios[0]:.2f}-{ratios[-1]:.2f})"
        print(f"{name:<18}{rate:>12,.0f}{rate * factor:>15,.0f}{per_state:>13.1f}{whole:>10.2f}  {spread}", flush=True)


def start_up(rounds: int) -> None:
    """Measure how long it takes to begin: with no machine code in the cache, and with it."""
    print("\nfrom the start of the process to the answer")
    check = [sys.executable, "-c", "import sys; from checker.cli import main; sys.exit(main())", "check", MODEL, "--json"]
    loads = [sys.executable, __file__, "--loads"]
    for name, command, empty in (
        ("default scope, as it is asked by default, empty caches", check, True),
        ("default scope, as it is asked by default", check, False),
        ("machine code compiled", loads, True),
        ("machine code from the cache", loads, False),
    ):
        seconds = []
        with tempfile.TemporaryDirectory() as cache:
            if not empty:
                _output(command, environment={"NUMBA_CACHE_DIR": cache})
            for i in range(rounds):
                environment = {"NUMBA_CACHE_DIR": f"{cache}/{i}" if empty else cache}
                started = time.perf_counter()
                printed = _output(command, environment=environment)
                whole = time.perf_counter() - started
                seconds.append(float(printed) if command is loads else whole)
        print(f"{name:<56}{statistics.median(seconds):>6.2f} s  ({min(seconds):.2f}-{max(seconds):.2f})", flush=True)


def inside_loads() -> None:
    """Print how many seconds it takes until machine code has searched a small scope."""
    sys.path.insert(0, str(ROOT))
    from checker.explicit.search import search
    from checker.host.limits import Strategy

    watched = _watched("default,attempts=2,answers=1")
    started = time.perf_counter()
    search(watched, exhaust=True, strategy=Strategy(handover=1))
    print(time.perf_counter() - started)


def _output(command: list[str], folder: Path = ROOT, environment: dict[str, str] | None = None) -> str:
    inherited = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
    done = subprocess.run(command, cwd=folder, env=inherited, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 12):
        raise SystemExit(f"{' '.join(command)} exited with {done.returncode}:\n{done.stderr}")
    return done.stdout


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise SystemExit(f"SPIN printed nothing like {pattern}:\n{text}")
    return match[1]


def main() -> None:
    """Run the cases asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", type=int, help="only the case of this number, from 1")
    parser.add_argument("--inside", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--minicheck", help=argparse.SUPPRESS)
    parser.add_argument("--loads", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        inside(asked.inside[0], int(asked.inside[1]), int(asked.inside[2]))
    elif asked.minicheck:
        inside_minicheck(asked.minicheck)
    elif asked.loads:
        inside_loads()
    else:
        print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
        start_up(asked.rounds)
        with tempfile.TemporaryDirectory() as folder:
            for number, case in enumerate(CASES, 1):
                if asked.only in (None, number):
                    measure(case, asked.rounds, Path(folder) / str(number))


if __name__ == "__main__":
    main()
