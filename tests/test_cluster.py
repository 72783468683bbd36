"""A search by many owners of states, on real Ray at 127.0.0.1, beside the search by one process: all that is found is the same.

What one process finds ``test_compiled`` holds against Python's search, and others that against the naive search and the oracle.
Ray is started once for all tests of this file, with more processors than any of them asks for.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checker.decide import Setting, decide
from checker.engine import Answer
from checker.explicit import quotients
from checker.explicit.packing import Packing
from checker.explicit.search import search
from checker.files.model_file import read
from checker.host.cluster import Cluster, ClusterError, connected
from checker.host.limits import Keep, Limits, Progress, Strategy
from model.tcp.assumptions import Assumptions
from model.tcp.scope import scope_named
from properties.claim import monitored
from properties.observe import Monitored
from properties.specification import SPECIFICATIONS
from tests.command_line import Ask
from tests.processes import started
from tests.test_compiled import MODELS, watched
from tests.test_going_on import ASKED, SOON
from tests.test_looking import MODELS as LOOKING
from tests.test_looking import handshake, model_of
from tests.test_spilling import counts, tight

ROOT = Path(__file__).parents[1]
ONE = Strategy(handover=1)
PROCESSORS = 4


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[Cluster]:
    import_module("ray")  # as where one of elsewhere was connected before
    with connected(f"local:{PROCESSORS}") as found:
        yield found


@cache
def asked_of(model: str) -> Monitored:
    return watched(model)


@cache
def alone(model: str) -> Answer:
    """Return what one process finds."""
    return search(asked_of(model), exhaust=True, strategy=ONE)


def together(  # noqa: PLR0913  # as a search can be asked
    asked: Monitored,
    number: int = 2,
    words: int = 1,
    *,
    limits: Limits | None = None,
    handover: int = 1,
    keep: Keep | None = None,
) -> Answer:
    strategy = Strategy(handover=handover, words=words, cluster=f"local:{number}", keep=keep)
    return search(asked, limits, exhaust=True, strategy=strategy)


WAYS = ((2, 1), (4, 2), (4, 1), (2, 2))


def unlike(one: Answer, other: Answer) -> bool:
    return (counts(one), one.counts.levels) != (counts(other), other.counts.levels)


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("two-way", "small,data=0"),
        *(
            pytest.param(name, "small", marks=pytest.mark.long)
            for name in ("two-way", "three-way", "four-way", "two-way/crash")
        ),
    ],
)
def test_models_whose_guards_look_into_the_network(name: str, scope: str) -> None:
    """Catches a state that is expanded before all its steps are known, and steps that owners number in another order."""
    asked = handshake(name, scope)
    one = search(asked, exhaust=True, strategy=ONE)
    assert one.schedules
    for way in WAYS[: 1 if scope == "small,data=0" else 2]:
        assert not unlike(together(asked, *way), one)


@pytest.mark.long
@pytest.mark.parametrize("name", LOOKING)
def test_each_way_to_look_into_the_network(name: str) -> None:
    """Catches a way to look that owners answer otherwise than one process, which is held against the interpreter elsewhere."""
    asked = model_of(LOOKING[name], loss=True, duplication=True)
    assert not unlike(together(asked), search(asked, exhaust=True, strategy=ONE))


@pytest.mark.parametrize(
    "asked",
    [handshake("two-way", "small,data=0"), model_of(LOOKING["one must be there"], loss=True, duplication=True)],
    ids=["rows", "gaps"],
)
def test_a_state_whose_steps_are_not_known_is_not_expanded(asked: Monitored, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches counts that are too small, in silence, where steps are computed of each control for one state alone."""
    from checker.explicit.cluster.driver import ClusterSearch

    met = ClusterSearch._met  # noqa: SLF001  # what owners are told

    def once(search: ClusterSearch, since: int) -> object:
        monkeypatch.setattr(search.explorer, "lacks", lambda control, _: search.explorer.known(control) < 0)
        return met(search, since)

    monkeypatch.setattr(ClusterSearch, "_met", once)
    with pytest.raises(AssertionError, match="whose steps nobody has computed"):
        together(asked)


def test_a_model_whose_guards_look_goes_on_from_a_checkpoint(tmp_path: Path) -> None:
    """Catches steps that depend on how many rows there were, where whoever goes on knows them all from the beginning."""
    asked, place = handshake("two-way", "small"), tmp_path / "kept"
    for limits, keep in ((Limits(states=5000), Keep(place, saves=True, every=0.0)), (Limits(), Keep(place, resumes=True))):
        found = together(asked, limits=limits, keep=keep)
    assert not unlike(found, search(asked, exhaust=True, strategy=ONE))


QUICK = {("four-way", (2, 1)), ("three-way/crash", (4, 2))}


@pytest.mark.parametrize(
    ("model", "way"),
    [
        pytest.param(model, way, marks=[] if (model, way) in QUICK else pytest.mark.long, id=f"{model}-{way[0]}-{way[1]}")
        for model in MODELS
        for way in WAYS
    ],
)
def test_counts_verdicts_and_traces_are_those_of_one_process(model: str, way: tuple[int, int]) -> None:
    """Catches a state that nobody owns or two do, a step that is lost on the way, and a trace that depends on who was first."""
    found = together(asked_of(model), *way)
    assert counts(found) == counts(alone(model))
    assert found.counts.workers == way[0]


def test_a_message_that_is_lost_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that the comparison above can fail: nobody takes what the first owner has found."""
    from checker.explicit.cluster.driver import ClusterSearch

    taken = ClusterSearch._taken  # noqa: SLF001  # what is on the way

    def lose(search: ClusterSearch, sent: list[list[object]]) -> list[object]:
        import ray

        nothing = ray.put(np.empty(0, np.uint64))
        return taken(search, [[nothing] * len(rows) if i == 0 else rows for i, rows in enumerate(sent)])

    monkeypatch.setattr(ClusterSearch, "_taken", lose)
    found, whole = together(watched("three-way", claims=False)), alone("three-way")
    assert 0 < (found.counts.states or 0) < (whole.counts.states or 0)


def test_what_python_has_begun_goes_on() -> None:
    """Catches states of the level in which owners take over that are expanded twice or not at all."""
    asked = asked_of("four-way")
    assert counts(together(asked, handover=5000)) == counts(alone("four-way"))


def test_states_that_outgrow_their_packing_are_packed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches states that are lost or changed where all owners pack theirs anew, and ranks that do not go with them."""
    packings: list[Packing] = []
    monkeypatch.setattr(Packing, "of", tight(packings))
    assert counts(together(asked_of("three-way"))) == counts(alone("three-way"))
    assert len(packings) > 3


def test_a_model_of_a_file_goes_to_processes_that_do_not_have_it() -> None:
    """Catches functions of a user's file that are sent by a name which only this process knows."""
    spec = read(str(ROOT / "model/tutorials/sctp.py"))
    woven = monitored(spec.build(scope_named("small"), Assumptions()), spec.claims)
    asked, limits = replace(woven, system=woven.exact), Limits(depth=6)
    one = search(asked, limits, exhaust=True, strategy=ONE)
    assert counts(together(asked, limits=limits)) == counts(one)
    assert (one.counts.states or 0) > 1000


def test_verdicts_of_many_are_those_of_one() -> None:
    """Through all of ``decide``: each run is replayed, and a search that is not exhaustive stops as well."""
    spec = SPECIFICATIONS["two-way"]
    setting = Setting(scope_named("default"), engine="bfs", strategy=replace(ONE, handover=1000))
    many = replace(setting, strategy=replace(setting.strategy, cluster="local:2"))
    for one, other in zip(*(decide(spec, spec.claims, of) for of in (setting, many)), strict=True):
        assert (one.outcome, one.trace) == (other.outcome, other.trace)


@pytest.mark.parametrize("limit", [Limits(states=20_000), Limits(depth=6), Limits(seconds=0.0), Limits(memory=2**24)], ids=str)
def test_a_limit_ends_it(limit: Limits) -> None:
    """Catches *holds* from a search that a limit has ended."""
    asked = watched("three-way", "default", claims=False) if limit.memory else asked_of("four-way")
    found = together(asked, limits=limit)
    assert not found.complete
    assert " limit of " in found.reason
    if limit.depth is not None:
        levels = alone("four-way").counts.levels
        assert found.counts.levels == levels[: limit.depth + 1]


@pytest.mark.long
def test_an_owner_takes_each_state_once_also_where_lines_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a state that is lost, or passed on twice, where it finds no place in a table of lines and that has to grow."""
    from checker.explicit.cluster.kernels import SHARES
    from checker.explicit.cluster.owner import Met, Owner
    from checker.explicit.explorer import Explorer
    from checker.explicit.table import StateTable

    monkeypatch.setattr("checker.explicit.table._LARGE", 2**16)
    monkeypatch.setattr("checker.explicit.table._lines_filled", lambda _: 0.95)  # more than there are bits for
    crowded, grow = [0], StateTable.grow

    def noted(table: StateTable) -> bool:
        crowded[0] += table.crowded
        return grow(table)

    monkeypatch.setattr(StateTable, "grow", noted)
    asked = watched("three-way", claims=False)
    owner = Owner(asked, 0, Met(Explorer(asked, looking=True).learnt(), (), Packing(20, 1)))
    owner.begin(np.zeros(SHARES, np.int64), 2**28, 1)
    states = np.random.default_rng(1).integers(1, 2**64, 2_800_000, np.uint64)
    for part in (*np.array_split(states, 9), states[::7].copy()):
        figures = owner.take(part)
    assert crowded[0]
    assert (figures.states, figures.following, figures.reason) == (len(np.unique(states)), len(np.unique(states)), "")
    everything = np.concatenate(owner._following)  # noqa: SLF001  # what it passes on
    assert np.array_equal(np.sort(everything), np.unique(states))
    _, given, *_ = owner.leave(np.ones(SHARES, np.int64), [1])
    assert isinstance(given, np.ndarray)
    assert np.array_equal(np.sort(given), np.unique(states))


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, cluster: Cluster) -> Iterator[None]:
    """Have owners' tables become tables of lines when they have few states, in processes that do nothing else."""
    import ray

    from checker.explicit.cluster.driver import ClusterSearch
    from checker.explicit.cluster.ordered import OrderedOwner, OrderedSearch
    from checker.explicit.cluster.owner import Owner

    def divided(kind: type[Owner]) -> type[Owner]:
        def begin(owner: Owner, *how: Any) -> object:  # noqa: ANN401  # as it is begun
            from checker.explicit import table

            table._SMALLEST = table._LARGE = 2**12  # noqa: SLF001  # tests are for this
            return kind.begin(owner, *how)

        return type(kind.__name__, (kind,), {"begin": begin, "__module__": "__main__"})

    monkeypatch.setattr(ClusterSearch, "owner", divided(Owner))
    monkeypatch.setattr(OrderedSearch, "owner", divided(OrderedOwner))
    yield
    while cluster.kept:
        ray.kill(cluster.kept.pop())


@pytest.mark.long
@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize("number", [2, 4])
@pytest.mark.parametrize("model", ["three-way", "four-way", "two-way/crash"])
def test_owners_with_tables_of_lines_find_the_same(model: str, number: int) -> None:
    """Catches a state that is lost or found twice in lines, in either search, and one that gets lost as owners join."""
    found = together(asked_of(model), number)
    assert counts(found) == counts(alone(model))
    assert found.counts.memory > number * 64 * quotients.LEAST  # which is more than everything else has


class Killer:
    """Kills a process of the cluster when so many states were found, as often as it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, states: int, times: int = 1) -> None:
        from checker.explicit.cluster.driver import ClusterSearch

        self.killed = 0
        look = ClusterSearch._look  # noqa: SLF001  # where the driver looks up

        def kill(search: ClusterSearch, watch: Callable[[], str]) -> None:
            look(search, watch)
            if search.states >= states and self.killed < times and not search.owner.ordered:
                import ray

                self.killed += 1
                pids = [ray.get(owner.process.remote()) for owner in search._owners]  # noqa: SLF001  # whom to kill
                os.kill(pids[-1], signal.SIGKILL)

        monkeypatch.setattr(ClusterSearch, "_look", kill)


@pytest.mark.parametrize("kept", [True, False], ids=["checkpoints", "nothing kept"])
def test_a_process_that_is_killed_is_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str], *, kept: bool
) -> None:
    """Catches a search that ends, hangs, or finds something else where an owner of states is gone in the middle of it."""
    killer = Killer(monkeypatch, 20_000)
    keep = Keep(tmp_path / "kept", saves=True, every=0.0) if kept else None
    found = together(asked_of("four-way"), keep=keep)
    assert (killer.killed, found.reason) == (1, "")
    assert counts(found) == counts(alone("four-way"))
    assert capfd.readouterr() == ("", "")


def test_a_search_whose_processes_are_killed_again_and_again_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches *holds* from a search that is given up, and one that never is."""
    killer = Killer(monkeypatch, 20_000, times=100)
    found = together(asked_of("four-way"))
    assert killer.killed == 2
    assert not found.complete
    assert "and again from depth" in found.reason


@pytest.mark.parametrize("words", [1, 2])
def test_processors_that_join_have_a_part_of_the_states(monkeypatch: pytest.MonkeyPatch, words: int) -> None:
    """Catches states that are lost, or are two owners', when others own them from a level on."""
    there = chain([2] * 6, repeat(4))
    monkeypatch.setattr(Cluster, "processors", property(lambda _: next(there)))
    found = together(asked_of("four-way"), words=words)
    assert (found.reason, found.counts.workers) == ("", 4)
    assert counts(found) == counts(alone("four-way"))


def test_a_search_goes_on_with_the_processors_that_are_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Catches a search that waits for a machine that is lost, or loses what that had owned."""
    killer = Killer(monkeypatch, 20_000)
    monkeypatch.setattr(Cluster, "processors", property(lambda _: 2 if killer.killed else 3))
    found = together(asked_of("four-way"), keep=Keep(tmp_path / "kept", saves=True, every=0.0))
    assert (killer.killed, found.counts.workers) == (1, 2)
    assert counts(found) == counts(alone("four-way"))


@pytest.mark.parametrize(("first", "then"), [("local:2", None), (None, "local:4"), ("local:2", "local:4")])
def test_a_checkpoint_is_gone_on_with_by_one_or_by_many(first: str | None, then: str | None, tmp_path: Path) -> None:
    """Catches files that mean something else to whoever goes on: what many have kept one goes on with, and the other way."""
    asked, place = asked_of("four-way"), tmp_path / "kept"
    halves = (Limits(states=30_000), Limits())
    ways = (Keep(place, saves=True, every=0.0), Keep(place, resumes=True))
    for limits, keep, by in zip(halves, ways, (first, then), strict=True):
        found = search(asked, limits, exhaust=True, strategy=Strategy(handover=1000, keep=keep, cluster=by))
        assert found.complete == (limits.states is None), found.reason
    assert counts(found) == counts(alone("four-way"))


def test_progress_is_told_and_an_interrupt_is_heard() -> None:
    """Catches a search of which nobody knows how far it is, and one that Ctrl-C does not end."""
    told: list[Progress] = []
    limits = Limits(progress=told.append, interrupted=lambda: bool(told) and told[-1].states > 1000)
    found = together(watched("three-way", "default", claims=False), limits=limits)
    assert (found.complete, found.reason) == (False, "interrupted")
    assert told[-1].memory > 0


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("--cluster", "local:0"), "write local:N for N processes here, up to 999, or HOST:PORT", 2),
        (("--cluster", "local:1000"), "up to 999", 2),
        (("--cluster", "127.0.0.1:1"), "there is no Ray cluster at 127.0.0.1:1", 74),
        (("--cluster", "local:2", "--symmetry"), "leave out --symmetry, or --cluster", 2),
        (("--cluster", "local:2", "--hash-compaction"), "leave out --hash-compaction, or --cluster", 2),
        (("--cluster", "local:2", "--workers", "2"), "leave out --workers, or --cluster", 2),
        (("--cluster", "local:2", "--spill", "somewhere"), "leave out --spill, or --cluster", 2),
    ],
    ids=str,
)
def test_what_does_not_go_together_is_refused_in_a_sentence(words: tuple[str, ...], said: str, code: int, ask: Ask) -> None:
    answer = ask("check", "three-way", "--engine", "bfs", *words)
    assert answer.code == code
    assert answer.err.startswith("synproof: ")
    assert answer.err.count("\n") == 1
    assert said in answer.err


@pytest.mark.parametrize("token", ["another", None])
def test_a_token_that_is_not_the_clusters_is_named(token: str | None, tmp_path: Path) -> None:
    """Catches a traceback, a process that ends without a word, and a connection that anybody has."""
    import ray

    address = str(ray.get_runtime_context().gcs_address)
    named = {"RAY_AUTH_TOKEN": token or ""}
    alone = {"RAY_AUTH_MODE": "token", "HOME": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path)}
    with started("check", *ASKED[:-1], "--cluster", address, code=SOON, environment={**alone, **named}) as run:
        code, out, err = run.ended()
    assert (code, out) == (74, "")
    assert err.startswith(f"synproof: the cluster at {address} does not take the token that is here")
    assert err.count("\n") == 1


def test_ray_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.host.cluster.importlib.util.find_spec", lambda _: None)
    with pytest.raises(ClusterError, match=r"pip install 'synproof\[cluster\]'"), connected("local:2"):
        pass


def test_what_is_started_here_listens_on_this_machine_alone(cluster: Cluster) -> None:
    """Catches a cluster of one machine that others can reach."""
    import ray

    assert cluster.processors == PROCESSORS
    assert str(ray.get_runtime_context().gcs_address).startswith("127.0.0.1:")
    assert [node["NodeManagerAddress"] for node in ray.nodes()] == ["127.0.0.1"]
