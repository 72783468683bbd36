"""A machine that misbehaves: processes that are killed, a cache that is not what was written, little memory, endless choices.

Each ends in a sentence and the right code, or in the right answer all the same; nothing is left behind. Where a test waits for
something to happen, how long that takes decides nothing.
"""

from __future__ import annotations

import errno
import faulthandler
import importlib.util
import itertools
import mmap
import os
import random
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import pytest
from numba.core import caching as numba_caching

from checker.decide import Setting
from checker.explicit import caching, pace
from checker.explicit import search as explicit_search
from checker.explicit.explorer import Explorer
from checker.explicit.search import search
from checker.explicit.several import counterexamples
from checker.host.forks import Parent, Processes, race, shared
from checker.host.limits import LimitReachedError, Limits, Strategy
from checker.host.machine import resident, sensible
from checker.liveness.search import find_lasso
from checker.proof.samples import reachable
from checker.proof.solvers import SOLVERS
from checker.runs.simulate import simulate
from checker.studies.parallel import at_once
from checker.symbolic.bmc import bounded_search
from checker.verdict import Outcome, Verdict
from model import Action, Nat, TransitionSystem, Variable, choose
from model.notation.interpreter import Interpreter
from model.notation.network import connect
from model.notation.sorts import NotationError
from model.tcp.scope import SCOPES
from properties import eventually, invariant
from properties.claim import Claim, monitored
from properties.observe import Monitored
from properties.specification import SPECIFICATIONS
from tests.command_line import Ask
from tests.models import COUNTER
from tests.processes import started

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="where processes come from is read from /proc")


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


# --- processes


def test_a_race_brings_what_each_came_to() -> None:
    """Catches a task that is killed, or raises, and takes others with it; and results too long for a pipe to hold."""

    class Odd(Exception):  # noqa: N818  # one that pickle cannot make anew
        def __init__(self, one: int, other: int) -> None:
            super().__init__(one + other)

    def fails(error: Exception) -> None:
        raise error

    tasks: list[Callable[[], object]] = [
        killed,
        lambda: b"x" * 10_000_000,
        lambda: fails(ValueError("no")),
        lambda: fails(Odd(1, 2)),
        lambda: lambda: None,
        lambda: [type(answer) for _, answer in race([killed, lambda: 1])],
    ]
    ended = dict(race(tasks))
    assert isinstance(ended[0], ChildProcessError)
    assert "SIGKILL" in str(ended[0])
    assert ended[1] == b"x" * 10_000_000
    assert isinstance(ended[2], ValueError)
    assert isinstance(ended[3], ChildProcessError)
    assert isinstance(ended[4], ChildProcessError)
    assert sorted(map(str, ended[5])) == sorted(map(str, (ChildProcessError, int)))  # type: ignore[call-overload]


@LINUX
def test_who_stops_listening_ends_all_tasks_and_theirs(tmp_path: Path) -> None:
    """Catches processes that go on for nobody, and those that have ended and are never asked for."""

    def endless() -> None:
        (tmp_path / str(os.getpid())).touch()
        time.sleep(1e6)

    def both() -> list[object]:
        return list(race([endless, endless]))

    def begun() -> int:
        while len(list(tmp_path.iterdir())) < 3:
            time.sleep(0.01)
        return 7

    with closing(race([endless, both, begun])) as ended:
        assert next(ended) == (2, 7)
    waited = time.monotonic()
    while any(Path("/proc", path.name).exists() for path in tmp_path.iterdir()):
        assert time.monotonic() < waited + 60
        time.sleep(0.01)
    with pytest.raises(ChildProcessError):  # of those of this process, none is left to be asked for
        os.waitpid(-1, os.WNOHANG)


def test_a_deadline_ends_a_race() -> None:
    until = time.monotonic() + 0.05
    assert list(race([lambda: time.sleep(1e6)], lambda: until)) == []


@pytest.mark.parametrize("missing", ["fork", "Pipe"])
def test_what_gets_no_process_is_done_here(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a user who may not have more processes or files, and gets a traceback."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr("os.fork" if missing == "fork" else "checker.host.forks.Pipe", refuse)
    here = os.getpid()
    assert list(race([os.getpid, lambda: "second"])) == [(0, here), (1, "second")]


def test_tasks_are_told_to_stop_and_tell_how_far_they_are() -> None:
    def until_told(parent: Parent) -> str:
        parent.tell("begun")
        while not parent.stopped():
            time.sleep(0.001)
        return "stopped"

    with Processes([until_told]) as processes:
        said = processes.said()
        assert next(said)[1].message == "begun"
        processes.ask_to_stop()
        assert list(said) == [(0, "stopped")]


def test_no_more_tasks_are_there_at_once_than_are_asked_for(tmp_path: Path) -> None:
    """Catches a process for each of a thousand questions; and questions that are begun when somebody has pressed Ctrl-C."""

    def here(number: int, _: Parent) -> int:
        mine = tmp_path / str(number)
        mine.touch()
        while number < 2 and len(list(tmp_path.iterdir())) < 2:  # the first two meet
            time.sleep(0.001)
        there = len(list(tmp_path.iterdir()))
        if number < 2:
            time.sleep(0.05)
        mine.unlink()
        return there

    with Processes([partial(here, number) for number in range(8)], at_once=2) as processes:
        said = dict(processes.said())
    assert sorted(said) == [*range(8)]
    assert set(said.values()) <= {1, 2}

    def until_told(parent: Parent) -> str:
        parent.tell("begun")
        while not parent.stopped():
            time.sleep(0.001)
        return "stopped"

    with Processes([until_told] * 3, at_once=1) as processes:
        answers = processes.said()
        assert next(answers)[1].message == "begun"
        processes.ask_to_stop()
        assert list(answers) == [(0, "stopped")]


def test_shared_work_says_that_it_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)

    def work(part: Any) -> list[int]:  # noqa: ANN401
        if 3 in part:
            killed()
        return list(part)

    assert shared(work, [1, 2]) == [1, 2]
    with pytest.raises(ChildProcessError, match="SIGKILL"):
        shared(work, [1, 2, 3])


def test_a_search_that_is_killed_leaves_its_claims_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches one search that takes the answers of all others with it."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    spec = SPECIFICATIONS["two-way"]
    claims = list(spec.asserted[:2])
    setting = Setting(SCOPES["small"])

    def decided(given: Setting) -> list[Verdict]:
        from checker.decide import decide  # noqa: PLC0415

        return decide(spec, claims, given)

    def killed_unless_at_a_glance(given: Setting) -> list[Verdict]:
        if given.limits.seconds is None:
            killed()
        return decided(given)

    alone = at_once([(decided, claims)], setting)[0]
    first, second = at_once([(decided, claims), (killed_unless_at_a_glance, claims)], setting)
    assert [v.outcome for v in first] == [v.outcome for v in alone]
    assert [v.question.claim for v in second] == claims
    assert any(v.outcome is Outcome.UNKNOWN and "SIGKILL" in v.reason for v in second)
    assert all(v.outcome is w.outcome for v, w in zip(second, alone, strict=True) if v.outcome is not Outcome.UNKNOWN)


def test_a_solver_that_is_killed_ends_in_a_sentence(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches EOFError, which is all that is heard of a process that the system has ended for want of memory."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    model, certificate = tmp_path / "counter.py", tmp_path / "certificate"
    (tmp_path / "invariant").write_text("n < 3\n")
    model.write_text(COUNTER)
    model.with_name("invariant").write_text("n < 3\n")
    prove = ("prove", str(model), "low", "--invariant", str(tmp_path / "invariant"), "-o", str(certificate))
    assert ask(*prove).code == 0
    here = os.getpid()

    def ends(*_: object) -> str:
        assert os.getpid() != here, "a solver is to work in a process of its own"
        killed()
        return "unsat"

    for solver in SOLVERS:
        monkeypatch.setitem(SOLVERS, solver, ends)
    for words in (("recheck", str(certificate), "--model", str(model)), prove):
        answer = ask(*words)
        assert answer.code == 20, answer
        said = answer.out if words is prove else answer.err  # a claim that is unknown, and why; or a refusal
        assert "SIGKILL" in said
        assert answer.err.count("\n") == (words is not prove)
        assert "Traceback" not in answer.err


# --- signals


ENDLESS = ("compare", "two-way", "three-way", "--scope", "large", "--no-reduction")


@LINUX
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_who_ends_the_command_ends_all_of_it(number: signal.Signals) -> None:
    """Catches workers that go on without anybody to hear them, or wait for ever to be heard."""

    def as_in_a_terminal() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it is ignored, as it should be

    with started(*ENDLESS, confine=as_in_a_terminal) as command:
        command.children()
        os.kill(command.process.pid, number)
        code, out, err = command.ended()
    if number is signal.SIGKILL:
        assert code == -number
    else:
        assert (code, out, err) == (128 + number, "", f"synproof: ended by {number.name}\n")


@LINUX
def test_a_worker_that_is_killed_leaves_the_others_their_answers() -> None:
    with started("compare", "two-way", "three-way", "--max-states", "100000", "--no-reduction") as command:
        os.kill(command.children()[0], signal.SIGKILL)
        code, out, err = command.ended()
    assert code == 20
    assert "SIGKILL" in out or "SIGKILL" in err
    assert "Traceback" not in out + err


@LINUX
@pytest.mark.long
@pytest.mark.parametrize("seed", range(50))
def test_workers_are_killed_at_any_time(seed: int) -> None:
    """Catches a moment at which the end of a worker is not noticed."""
    choose = random.Random(seed)  # noqa: S311  # chance, not secrecy
    with started("compare", "two-way", "three-way", "--max-states", "20000") as command:
        victims = command.children()
        time.sleep(choose.random() * 4)
        with suppress(ProcessLookupError):  # it had ended
            os.kill(choose.choice(victims), signal.SIGKILL)
        code, out, err = command.ended()
    assert code in {12, 20}
    assert "Traceback" not in out + err


# --- machine code that is kept

KERNEL = """
from checker.explicit.caching import kernel
@kernel
def twice(x):
    return 2 * x + 40
"""


class Kept:
    """A function whose machine code is kept in a directory; each :meth:`call` is as in a new process."""

    def __init__(self, directory: Path) -> None:
        self.source = directory / "kernel_of_a_test.py"
        self.source.write_text(KERNEL)
        self.directory = directory / "cache"

    def call(self, argument: float = 1) -> tuple[float, int]:
        """Return what the function says and how often its machine code was found."""
        module = self._module()
        return module.twice(argument), sum(module.twice.stats.cache_hits.values())

    def _module(self) -> ModuleType:
        spec = importlib.util.spec_from_file_location("kernel_of_a_test", self.source)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def files(self) -> list[Path]:
        return sorted(path for path in self.directory.rglob("*") if path.suffix in {".nbi", ".nbc"})


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    return Kept(tmp_path)


def test_machine_code_is_kept(kept: Kept) -> None:
    assert kept.call() == (42, 0)
    assert kept.call() == (42, 1)


def mutations(content: bytes, seed: int, number: int) -> Iterator[bytes]:
    """Yield what may become of a file: it is emptied, cut short, longer, or some of it is changed."""
    choose = random.Random(seed)  # noqa: S311  # chance, not secrecy
    yield from (b"", content[:-1], content + b"\0", b"\0" * len(content))
    for _ in range(number):
        changed = bytearray(content)
        changed[choose.randrange(len(content))] ^= 1 << choose.randrange(8)
        yield bytes(changed)
        yield content[: choose.randrange(len(content))]


def check_healing(kept: Kept, number: int) -> None:
    kept.call()
    for path, seed in zip(kept.files(), itertools.count()):
        content = path.read_bytes()
        for changed in mutations(content, seed, number):
            path.write_bytes(changed)
            assert kept.call() == (42, 0)  # the right answer, and not by what was changed
            assert kept.call() == (42, 1)  # it was written anew


def test_kept_machine_code_that_was_changed_is_made_anew(kept: Kept) -> None:
    check_healing(kept, 3)


@pytest.mark.long
def test_kept_machine_code_that_was_changed_in_many_ways_is_made_anew(kept: Kept) -> None:
    check_healing(kept, 100)


def test_without_digests_changed_machine_code_is_believed(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant of the mend: that Numba's files are read as they are is noticed by the test above."""
    kept.call()
    monkeypatch.setattr(caching, "_is_whole", lambda path: Path(path).is_file())
    (path,) = (path for path in kept.files() if path.suffix == ".nbc")
    content = path.read_bytes()

    def call() -> object:
        faulthandler.disable()  # it may crash, and then says so at length
        return kept.call()

    def is_believed(changed: bytes) -> bool:
        path.write_bytes(changed)
        ((_, answer),) = race([call])
        return answer not in [(42, 0), (42, 1)]

    assert any(map(is_believed, mutations(content, 1, 40)))


def test_machine_code_kept_for_other_arguments_is_not_taken(kept: Kept) -> None:
    """Catches two processes that write at once, one the index and the other the file: numbers are not read as fractions."""
    kept.call(1)
    kept.call(1.5)
    whole, fraction = (path for path in kept.files() if path.suffix == ".nbc")
    one, other = whole.read_bytes(), fraction.read_bytes()
    whole.write_bytes(other)
    fraction.write_bytes(one)
    assert kept.call(1) == (42, 0)
    assert kept.call(1.5) == (43.0, 0)
    assert kept.call(1) == (42, 1)
    assert kept.call(1.5) == (43.0, 1)


def test_a_directory_in_the_place_of_a_file_is_done_without(kept: Kept) -> None:
    kept.call()
    for path in kept.files():
        path.unlink()
        path.mkdir()
    assert kept.call() == (42, 0)
    assert kept.call() == (42, 0)


def test_a_full_disk_is_done_without(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(numba_caching.IndexDataCacheFile, "_open_for_write", full)
    assert kept.call() == (42, 0)
    assert kept.files() == []


def test_no_place_to_keep_anything_is_done_without(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(numba_caching.os, "makedirs", forbidden)
    assert kept.call() == (42, 0)


@pytest.mark.long
def test_the_kernels_of_the_search_heal(tmp_path: Path) -> None:
    """Catches a cache that only functions of a test go through: the search itself, with each of its files changed."""
    code = (
        "from checker.explicit.search import search; from checker.host.limits import Strategy;"
        "from model.notation.network import connect; from model.tcp.scope import SCOPES;"
        "from model.tcp.assumptions import Assumptions; from properties.observe import Monitored;"
        "from properties.specification import SPECIFICATIONS as S;"
        "f = search(Monitored(connect(S['three-way'].build(SCOPES['small'], Assumptions())), ()),"
        "strategy=Strategy(handover=500));"
        "print(f.counts.states, f.counts.transitions, f.counts.depth)"
    )

    def answer() -> tuple[int, str, str]:
        with started(code=code, environment={"NUMBA_CACHE_DIR": str(tmp_path)}) as run:
            return run.ended()

    right = answer()
    assert right[0] == 0
    files = [path for path in tmp_path.rglob("*") if path.suffix in {".nbi", ".nbc"}]
    assert files
    for path, seed in zip(files, itertools.count()):
        content = path.read_bytes()
        for changed in itertools.islice(mutations(content, seed, 8), 12):
            path.write_bytes(changed)
            assert answer() == right
            assert path.read_bytes() != changed


# --- choices without end


def counting(sort: Nat, guard: Any, **more: Any) -> TransitionSystem:  # noqa: ANN401
    n, k = Variable("n", sort, 0), choose("k", sort)
    return TransitionSystem(
        "counting", (n,), (Action("a", guard=guard(n.value, k.value), updates={"n": k.value}, parameters=(k,), **more),)
    )


SLOW = counting(Nat(10**9), lambda n, k: (k == n + 7) | ((n == 0) & (k < 600)))
"""In each of its states 10^9 values are tried."""


def below(system: TransitionSystem, limit: int) -> Claim:
    n = system.variables[0].value
    return invariant("low", n < limit, trigger=n > 0, when="something was counted")


class Watch:
    """Something that is asked whether to go on: not for ever."""

    def __init__(self, times: int) -> None:
        self.left = times

    def over(self) -> bool:
        self.left -= 1
        return self.left < 0

    def goes_on(self) -> bool:
        return not self.over()

    def look(self) -> None:
        if self.over():
            raise LimitReachedError


def test_limits_are_looked_at_within_a_state() -> None:
    """Catches an engine that is not to be stopped before all choices of a state were tried: that would take minutes here."""
    never = below(SLOW, 999)
    watched = monitored(SLOW, [never])
    limits = Limits(interrupted=Watch(3).over)
    found = search(watched, limits)
    assert (found.reason, found.complete, found.counts.states) == ("interrupted", False, 1)
    assert search(watched, Limits(seconds=0.0)).reason == "the time limit of 0 s was reached"
    assert search(watched, Limits(memory=0)).reason.startswith("the memory limit of ")
    assert not counterexamples(watched, 1, Limits(seconds=0.0)).every
    with pytest.raises(KeyboardInterrupt):
        find_lasso(monitored(SLOW, [eventually("up", SLOW.variables[0].value > 0)]), Limits(interrupted=Watch(3).over))
    assert simulate(SLOW, seed=1, steps=3, runs=2, goes_on=Watch(5).goes_on).interrupted
    with pytest.raises(LimitReachedError):
        reachable(lambda _: SLOW, [never], [SCOPES["small"]], runs=1, steps=3, look=Watch(5).look)
    assert bounded_search(watched, Limits(seconds=0.0)).reason == "the time limit of 0 s was reached"


def test_so_much_is_done_between_two_looks() -> None:
    """Catches loops that nobody counts: whatever loops are nested, the looks are as many as the values tried demand."""
    looks = 0

    def look() -> None:
        nonlocal looks
        looks += 1

    paced = pace.Pace(look)
    assert sum(1 for _ in paced.below(3 * pace.EVERY)) == 3 * pace.EVERY
    assert looks in {2, 3}
    looks = 0
    assert sum(1 for _ in paced.over(range(300)) for _ in paced.over((1,) * 300) for _ in paced.below(10)) == 900_000
    assert 900_000 // pace.EVERY <= looks <= 1_200_000 // pace.EVERY
    looks = 0
    values = tuple(range(10_000))
    assert tuple(paced.over(values)) == values
    assert next(iter(paced.below(2**70))) == 0


def test_a_value_that_a_condition_names_is_tried_alone() -> None:
    """Catches 10^9 values tried one after another, and as many numbers in memory. Who counts up by one is at 3 in 3 steps."""
    system = counting(Nat(10**9), lambda n, k: k == n + 1)
    never = Watch(0)
    found = search(monitored(system, [below(system, 3)]), Limits(interrupted=never.over))
    assert found.reason == "interrupted"  # asked once, after a slice of states, and not within one
    found = search(monitored(system, [below(system, 3)]))
    assert [len(schedule) for schedule in found.schedules.values()] == [3]


@pytest.mark.parametrize("seed", range(40))
def test_steps_and_their_order_are_those_of_the_reference(seed: int) -> None:
    """Catches a value left out where a condition names one, on either side of it, among others, or out of the sort."""
    choose_ = random.Random(seed)  # noqa: S311  # chance, not secrecy
    n, m = Variable("n", Nat(4), 0), Variable("m", Nat(7), choose_.randrange(8))
    k, j = choose("k", Nat(4)), choose("j", Nat(4))
    sides = [n.value, n.value + 1, n.value - 1, k.value, j.value, j.value + 1]
    parts = [choose_.choice((k, j)).value == choose_.choice(sides) for _ in range(choose_.randrange(1, 3))]
    parts += [choose_.choice(sides) == choose_.choice((k, j)).value]
    guard = parts[0]
    for part in parts[1:]:
        guard = guard & part if choose_.random() < 0.5 else guard | part
    action = Action("a", guard=guard, updates={"n": k.value, "m": m.value + 1}, parameters=(k, j))
    system = TransitionSystem("random", (n, m), (action,))
    explorer, interpreter = Explorer(Monitored(system, ())), Interpreter(system)
    state = interpreter.initial()
    control, pool = explorer.initial
    explorer.grow(control, pool)
    taken = [explorer.named(step)[1] for step in explorer.moves[control]]
    idle = [dict(zip(("k", "j"), arguments, strict=True)) for _, _, arguments in explorer.idlers[control]]
    steps = [(dict(step.arguments), step.state == state) for step in interpreter.steps(state)]
    assert taken == [arguments for arguments, same in steps if not same]
    assert sorted(map(str, idle)) == sorted(str(arguments) for arguments, same in steps if same)


def test_sorts_of_any_size_are_not_listed() -> None:
    huge = Nat(2**70)
    assert huge.values()[2**69] == 2**69
    with pytest.raises(NotationError, match="more than 10,000"):
        huge.listed()
    system = counting(huge, lambda n, k: k == n + 1)
    assert next(Interpreter(system).choices(system.actions[0], {"n": 0})) == {"k": 0}


# --- memory


def confined(**limits: int) -> Callable[[], None]:
    def confine() -> None:
        for name, size in limits.items():
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (size, size))

    return confine


@LINUX
@pytest.mark.parametrize("megabytes", [40, 60])
def test_too_little_memory_is_a_sentence(megabytes: int) -> None:
    with started("check", "three-way", "--engine", "bmc", "--max-depth", "2", confine=confined(AS=megabytes << 20)) as command:
        code, _, err = command.ended()
    assert code == 20
    assert err.splitlines()[-1].startswith("synproof: there is not enough memory")
    assert "Traceback" not in err


@LINUX
def test_little_memory_is_enough_for_what_needs_little() -> None:
    """Catches a search that takes what there is for its table, and leaves its libraries none: they end the process."""
    asked = ("check", "two-way", "--max-states", "3000", "--json")
    with started(*asked) as free, started(*asked, confine=confined(AS=1 << 30)) as command:
        right, found = free.ended(), command.ended()
    assert found[0] == right[0]
    assert found[2] == right[2] == ""
    assert found[1].count('"verdict"') == right[1].count('"verdict"')


def test_what_a_search_takes_fits_into_its_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.host.machine.room", lambda: 1 << 20)
    assert sensible() <= 1 << 20
    assert sensible(1 << 40) <= 1 << 20
    monkeypatch.setattr("checker.host.machine.room", lambda: None)
    assert sensible(1 << 40) == 1 << 40


def test_python_goes_on_where_there_is_no_room_for_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Monitored(connect(SPECIFICATIONS["two-way"].build(SCOPES["small"], Setting(SCOPES["small"]).assumptions)), ())
    right = search(asked, strategy=Strategy(handover=None))
    monkeypatch.setattr(explicit_search, "room", lambda: 1 << 20)
    found = search(asked, strategy=Strategy(handover=1))
    assert found == right
    assert found.counts.workers == 0


def test_memory_that_gives_out_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_memory(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Explorer, "grow", out_of_memory)
    found = search(monitored(SLOW, [below(SLOW, 999)]))
    assert (found.complete, found.reason) == (False, "the system gave no more memory")


# --- what else a machine may refuse


@pytest.mark.parametrize("more", [0, 1])
def test_threads_that_are_not_to_be_had_are_done_without(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a traceback where a user may have no more processes, and work that is given to a thread that never runs."""
    asked = Monitored(connect(SPECIFICATIONS["two-way"].build(SCOPES["small"], Setting(SCOPES["small"]).assumptions)), ())
    right = search(asked, strategy=Strategy(3, handover=1))
    assert right.counts.workers == 3
    start, most = threading.Thread.start, threading.active_count() + more

    def few(thread: threading.Thread) -> None:
        if threading.active_count() >= most:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", few)
    found = search(asked, strategy=Strategy(3, handover=1))
    assert found.counts.workers == 1 + more
    assert (found.counts.states, found.counts.transitions, found.complete) == (
        right.counts.states,
        right.counts.transitions,
        True,
    )
    system = counting(Nat(9), lambda n, k: k == n + 1)
    assert bounded_search(monitored(system, [below(system, 2)]), Limits(depth=3)).counts.depth == 2  # 0, 1, 2


@LINUX
def test_few_files_and_no_input() -> None:
    """Catches a command that opens more than it needs, or counts on an input, or on writing where it is."""
    short = ("--max-states", "100")
    for words, limits in (
        (("compare", "two-way", "three-way", *short), {"NOFILE": 12}),
        (("check", "two-way", *short), {"NOFILE": 6}),
        (("check", "two-way", *short), {"FSIZE": 0}),
    ):
        with started(*words, confine=confined(**limits)) as command:
            code, out, err = command.ended()
        assert code in {12, 20}, err
        assert "Traceback" not in out + err


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system tells the most only that there has been")
def test_memory_is_what_the_process_has_and_not_what_it_once_had() -> None:
    """Catches a search that takes as much as an earlier one had before anybody notices."""
    taken = mmap.mmap(-1, 2**28)
    taken.write(b"1" * 2**28)
    before = resident()
    taken.close()
    assert resident() < before - 2**27
