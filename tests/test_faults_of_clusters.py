"""A cluster whose processes are killed: owners of states at any moment, and the driver, which is gone on with; and full disks.

By a seed it is drawn which moment that is. An owner is killed as the driver waits for answers, so a moment is the number of a
wait, and all that a search does has its share of them: the beginning, a round, a file, the search for the runs that decide.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checker.engine import Answer
from checker.explicit.checkpoint import MANIFEST
from checker.explicit.search import search
from checker.host.cluster import Cluster, connected
from checker.host.limits import Keep, Strategy
from tests.processes import started
from tests.test_cluster import alone, asked_of
from tests.test_going_on import ASKED, SIGNALS, SOON, counted, undisturbed, wait_for
from tests.test_spilling import counts

pytest.importorskip("ray")

ADDRESS = "local:2"
QUESTIONS = ("four-way", "three-way/crash", "two-way/crash")
PATIENCE = 500.0
"""For how many seconds a command is waited for that starts Ray, where others are at work on this machine."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with connected(ADDRESS) as found:
        yield found


class Killer:
    """Kills owners of a search as its driver waits for answers: whenever it has waited as often as the next of ``moments``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, moments: Sequence[int], draw: random.Random) -> None:
        from checker.explicit.cluster.driver import ClusterSearch

        self.waits = self.killed = 0
        self._moments = list(moments)
        self._draw = draw
        answers, made = ClusterSearch._answers, ClusterSearch._made  # noqa: SLF001  # where the driver waits
        pids: list[int] = []

        def known(search: ClusterSearch, number: int) -> bool:
            import ray

            done = made(search, number)
            pids[:] = ray.get([owner.process.remote() for owner in search._owners])  # noqa: SLF001  # whom to kill
            return done

        def wait(search: ClusterSearch, *how: Any, **more: Any) -> list[Any]:  # noqa: ANN401  # as the driver does
            self.waits += 1
            if pids and self._moments and self.waits >= self._moments[0]:
                self._moments.pop(0)
                self._kill(self._draw.choice(pids))
            return answers(search, *how, **more)

        monkeypatch.setattr(ClusterSearch, "_made", known)
        monkeypatch.setattr(ClusterSearch, "_answers", wait)

    def _kill(self, pid: int) -> None:
        """Kill a process now, or a moment later, when it may have answered."""
        self.killed += 1

        def kill() -> None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

        threading.Timer(self._draw.choice((0.0, 0.002, 0.02)), kill).start()


@cache
def waits_of(model: str, *, saves: bool, directory: Path) -> int:
    """Return how often the driver waits where nobody is killed."""
    with pytest.MonkeyPatch.context() as patch:
        killer = Killer(patch, (), random.Random(0))  # noqa: S311  # nothing is drawn
        found = search(
            asked_of(model), exhaust=True, strategy=strategy(Keep(directory, saves=True, every=0.0) if saves else None)
        )
    assert counts(found) == counts(alone(model))
    return killer.waits


def strategy(keep: Keep | None) -> Strategy:
    return Strategy(handover=1, cluster=ADDRESS, keep=keep)


def have_owners(monkeypatch: pytest.MonkeyPatch, most: int | None, *, lines: bool) -> None:
    """Have owners that write files of ``most`` bytes, as on a disk that is full, or whose small tables are tables of lines."""
    from checker.explicit.cluster.driver import ClusterSearch
    from checker.explicit.cluster.ordered import OrderedOwner, OrderedSearch
    from checker.explicit.cluster.owner import Owner

    def of(kind: type[Owner]) -> type[Owner]:
        def begin(owner: Owner, *how: Any) -> object:  # noqa: ANN401  # as it is begun
            from checker.explicit import table

            table._LARGE = 2**16 if lines else 2**23  # noqa: SLF001  # tests are for this
            return kind.begin(owner, *how)

        def save(owner: Owner, *how: Any) -> object:  # noqa: ANN401  # as it saves
            import resource

            before = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (before[0] if most is None else most, before[1]))
            try:
                return kind.save(owner, *how)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, before)

        return type(kind.__name__, (kind,), {"begin": begin, "save": save, "__module__": "__main__"})

    monkeypatch.setattr(ClusterSearch, "owner", of(Owner))
    monkeypatch.setattr(OrderedSearch, "owner", of(OrderedOwner))


def check_part(found: Answer, whole: Answer) -> None:
    """Hold what a search that was cut short says against what there is: nothing but a part of it."""
    assert "a process of the cluster ended" in found.reason
    assert (found.counts.states or 0) <= (whole.counts.states or 0)
    assert found.triggered <= whole.triggered
    assert all(whole.schedules[name] == schedule for name, schedule in found.schedules.items())
    assert whole.counts.levels[: len(found.counts.levels)] == found.counts.levels


@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 35))])
@pytest.mark.usefixtures("cluster")
def test_owners_are_killed_at_any_moment(
    seed: int, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a count, a verdict or a run that is lost or wrong after a kill, a wait without end, and *holds* from a part."""
    draw = random.Random(seed)  # noqa: S311  # the same on every run
    model, saves = draw.choice(QUESTIONS), draw.random() < 0.6
    waits = waits_of(model, saves=saves, directory=tmp_path_factory.mktemp("undisturbed") / "kept")
    kills = draw.choice((1, 1, 2, 3))
    moments = sorted(draw.randrange(1, waits) for _ in range(kills))
    most = draw.randrange(1, 400_000) if saves and draw.random() < 0.3 else None
    have_owners(monkeypatch, most, lines=seed % 2 == 1)
    place = tmp_path / "kept"
    killer = Killer(monkeypatch, moments, draw)
    found = search(asked_of(model), exhaust=True, strategy=strategy(Keep(place, saves=True, every=0.0) if saves else None))
    assert killer.killed
    whole = alone(model)
    if not found.complete:
        assert killer.killed > 1, found.reason
        check_part(found, whole)
        monkeypatch.undo()
        again = Keep(place, resumes=True) if (place / MANIFEST).exists() else None
        found = search(asked_of(model), exhaust=True, strategy=strategy(again))
    assert counts(found) == counts(whole)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 15))])
def test_a_driver_that_is_killed_is_gone_on_with(seed: int, tmp_path: Path) -> None:
    """Catches processes of a cluster that outlive their driver, and what is lost as one goes on, with a cluster or without."""
    draw = random.Random(seed)  # noqa: S311  # the same on every run
    directory = tmp_path / "kept"
    killed, kills, attempts = 0, draw.choice((1, 1, 2)), 0
    while True:
        attempts += 1
        assert attempts < 6, "it never came to its end"
        begun, last = (directory / MANIFEST).exists(), killed == kills
        place = ("--resume" if begun else "--checkpoint", str(directory), "--every", "0.05")
        on = () if last and draw.random() < 0.5 else ("--engine", "bfs", "--cluster", ADDRESS)
        with started("check", *ASKED, *place, *on, code=SOON) as run:
            if not last:
                if draw.random() < 0.75:
                    wait_for((directory / MANIFEST).exists, run)
                time.sleep(draw.uniform(0, 0.6))
                run.process.send_signal(number := draw.choice((*SIGNALS, signal.SIGKILL)))
            code, out, err = run.ended(PATIENCE)
        if code == 0:
            assert counted(out) == undisturbed(*ASKED)
            return
        assert not last, err
        killed += 1
        assert code in {-number, 128 + number} or "Fatal Python error: init" in err, err
