"""Whatever is registered as an engine is held to what it declares, on systems whose answers were worked out by hand.

A new engine is held to it by being registered. What these tests are worth is shown by engines that answer wrongly.
"""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from checker.cli import main
from checker.decide import Setting, decide
from checker.engine import Answer, CannotDecideError, Counts, Engine, Events, Option, Problem
from checker.engines import ENGINES, able
from checker.explicit.engine import BreadthFirstSearch
from checker.host.limits import Limits, Schedule
from checker.liveness.engine import FairComponents
from checker.runs.trace import ReplayError
from checker.verdict import Outcome, Verdict
from model.notation.expr import FALSE
from model.notation.interpreter import Interpreter, State, cells, evaluate, key
from model.notation.system import TransitionSystem
from model.tcp.scope import SCOPES
from properties import CLAIMS
from properties.claim import Claim, Kind
from properties.observe import Seen
from properties.specification import specify
from tests import liveness_toys, toy_networks, toys
from tests.command_line import Ask

ROOT = Path(__file__).parents[1]
TUTORIAL = ROOT / "model" / "tutorials" / "mutual_exclusion.py"


@dataclass(frozen=True)
class Case:
    """A claim about a system, what it is, and why: by a run of so many ``steps``, or by none.

    Of the whole state space there are so many ``states``; ``triggered`` says whether the trigger of the claim is ever met. Both
    are None where nobody has worked that out. Of a claim of liveness ``steps`` are those of a lasso.
    """

    name: str
    system: TransitionSystem
    claim: Claim
    outcome: Outcome
    steps: int | None
    states: int | None = None
    triggered: bool | None = None


def _claim(kind: Kind, toy: toys.Toy, *, goal: bool) -> Claim:
    stop, trigger = toy.check.stop if goal else {}, toy.check.trigger
    return Claim(
        "goal" if goal else "never",
        kind,
        *("it is as the toy says",) * 6,
        roles=(),
        watch=lambda step: Seen(stop.get(step.action.name, FALSE), trigger.get(step.action.name, FALSE)),
    )


def _of_steps(toy: toys.Toy) -> Iterator[Case]:
    """Yield what is known of a toy: of the step that it looks for, and of one that nothing is."""
    for kind, by_a_run, by_none in (
        (Kind.SAFETY, Outcome.VIOLATED, Outcome.HOLDS),
        (Kind.REACHABILITY, Outcome.HOLDS, Outcome.VIOLATED),
    ):
        for goal in (True, False):
            steps = toy.stop if goal else None
            outcome = by_none if steps is None else by_a_run
            never = (toy.states, toy.triggered) if steps is None else (None, None)
            name = f"{toy.name}, {kind.value}, {'goal' if goal else 'never'}"
            yield Case(name, toy.monitored.system, _claim(kind, toy, goal=goal), outcome, steps, *never)


CASES = (
    *(case for toy in (*toys.TOYS, *toy_networks.TOYS) for case in _of_steps(toy)),
    *(
        Case(
            toy.name,
            toy.system,
            toy.claim,
            Outcome.HOLDS if toy.lasso is None else Outcome.VIOLATED,
            None if toy.lasso is None else sum(toy.lasso),
        )
        for toy in liveness_toys.TOYS
    ),
)
FEW = ("truth_values", "counters", "drawn_rows")
"""The toys that engines are asked about every day that take long: a proof that is not found takes all the time it has."""


def cases(engine: Engine, kind: Kind, *, every: bool = True) -> list[Case]:
    """Return the cases of a kind that an engine is asked."""
    few = [c for c in CASES if c.claim.kind is kind]
    return few if every or engine.exhausts else [c for c in few if c.name.partition(",")[0] in FEW]


LATE = 30.0
"""How many seconds an engine may take beyond those that it was given, on a machine that has much to do."""


def asked(engine: Engine, case: Case) -> Verdict:
    """Return what an engine makes of a case; one that cannot conclude, or goes on for ever, gets a limit to keep."""
    bounded = Option.DEPTH in engine.options and not engine.exhausts
    limits = Limits(depth=(case.steps or 3) if bounded else None, seconds=0.5 if case.steps and not engine.finds_runs else 20)
    spec = specify(case.system, [case.claim])
    (verdict,) = decide(spec, [case.claim], Setting(SCOPES["small"], engine=engine.name, limits=limits))
    assert verdict.counts.seconds < (limits.seconds or 0) + LATE, case.name
    return verdict


def hold(engine: Engine, case: Case) -> Verdict:
    """Raise where an engine's verdict is wrong, or less than it declares; :class:`ReplayError` for a run that is none."""
    verdict = asked(engine, case)
    assert verdict.question.engine in (engine.name, engine.stand_in)
    assert verdict.outcome in (case.outcome, Outcome.UNKNOWN), case.name
    found = verdict.lasso is not None or (verdict.trace is not None and case.claim.kind is not Kind.LIVENESS)
    assert found <= engine.finds_runs, case.name
    if case.steps is not None and engine.finds_runs:
        assert found, case.name
        assert verdict.trace is not None
        assert len(verdict.trace) == case.steps or not engine.shortest, case.name
    if case.steps is None and engine.exhausts:
        assert verdict.outcome is case.outcome, case.name
        assert case.states in (None, verdict.counts.states), case.name
        assert case.triggered in (None, verdict.exercised), case.name
    if not (engine.concludes or found):
        assert verdict.outcome is Outcome.UNKNOWN, case.name
    assert bool(verdict.reason), case.name
    return verdict


def hold_to_all(engine: Engine, kind: Kind, *, every: bool) -> None:
    """Hold an engine to the cases of a kind; it has to decide some of those that it says it can."""
    verdicts = [hold(engine, case) for case in cases(engine, kind, every=every)]
    by_run = {(v.trace is not None, v.outcome) for v in verdicts if v.outcome is not Outcome.UNKNOWN}
    expected = {(True, Outcome.HOLDS if kind is Kind.REACHABILITY else Outcome.VIOLATED)} if engine.finds_runs else set()
    assert by_run >= expected
    assert any(v.outcome is not Outcome.UNKNOWN for v in verdicts)


DECIDED = [
    pytest.param(engine, kind, id=f"{engine.name}, {kind.value}")
    for engine in ENGINES.values()
    for kind in Kind
    if kind in engine.kinds
]


@pytest.mark.parametrize(("engine", "kind"), DECIDED)
def test_an_engine_does_what_it_declares(engine: Engine, kind: Kind) -> None:
    hold_to_all(engine, kind, every=False)


@pytest.mark.long
@pytest.mark.parametrize(("engine", "kind"), DECIDED)
def test_an_engine_does_what_it_declares_on_every_toy(engine: Engine, kind: Kind) -> None:
    hold_to_all(engine, kind, every=True)


# -- a new engine: a class, and a line where it is registered ----------------------------------------------------------------


class Naive(Engine):
    """Breadth-first search by the interpreter."""

    name = "naive"
    title = "the interpreter"
    summary = "each state in turn"
    kinds = frozenset({Kind.SAFETY})
    options = frozenset({Option.DEPTH})

    def search(self, problem: Problem) -> Answer:
        """Search until the one check is decided, or to the end."""
        monitored = problem.connected
        (check,) = monitored.checks
        interpreter = Interpreter(monitored.system)
        first = interpreter.initial()
        seen, queue = {key(first)}, deque[tuple[State, Schedule]]([(first, ())])
        triggered: set[str] = set()
        deciding: list[Schedule] = []
        while queue and not self.enough(deciding):
            state, run = queue.popleft()
            for step in interpreter.steps(state):
                then = (*run, (step.action, step.arguments))
                chosen = cells(monitored.system.action[step.action], step.arguments)
                if evaluate(check.trigger.get(step.action, FALSE), state, chosen) is True:
                    triggered.add(check.name)
                if evaluate(check.stop.get(step.action, FALSE), state, chosen) is True:
                    deciding.append(then)
                if key(step.state) not in seen:
                    seen.add(key(step.state))
                    queue.append((step.state, then))
        return Answer(
            schedules={check.name: deciding[-1]} if deciding else {},
            triggered=frozenset(triggered),
            complete=not queue,
            ground="" if queue else "Every state was looked at",
            counts=Counts(states=len(seen), transitions=0),
        )

    def enough(self, deciding: Sequence[Schedule]) -> bool:
        """Return whether to look no further."""
        return bool(deciding)


SILENT = """
from dataclasses import replace

from model.tcp.handshakes.two_way import TwoWay


class Silent(TwoWay):
    name = "silent"

    def system(self):
        system = super().system()
        actions = [replace(a, events=()) if a.name == "client_opens" else a for a in system.actions]
        return replace(system, actions=tuple(actions))
"""
"""A handshake whose client opens without saying so."""


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param(engine, marks=[pytest.mark.long] if engine.events is Events.PROVED else [], id=engine.name)
        for engine in ENGINES.values()
    ],
)
def test_no_engine_goes_by_events_that_do_not_happen(engine: Engine, ask: Ask, tmp_path: Path) -> None:
    """Where the engine itself shows what it goes by, nothing comes of it; else the command says what is wrong, and where."""
    (tmp_path / "silent.py").write_text(SILENT, encoding="utf-8")
    claim = OF_KIND[next(kind for kind in Kind if kind in engine.kinds)]
    words = ("--engine", engine.name, "--scope", "small", "--timeout", "20")
    answer = ask("check", str(tmp_path / "silent.py"), claim, *words)
    if engine.events is Events.PROVED:
        assert answer.code == 20
    else:
        assert answer.code == 65
        assert "silent.py, line 12: action 'client_opens' is not what its events say" in answer.err


# -- engines that answer wrongly ---------------------------------------------------------------------------------------------


class Hasty(BreadthFirstSearch):
    """It has seen everything without looking."""

    def search(self, problem: Problem) -> Answer:
        found = super().search(problem)
        return replace(found, schedules={}, complete=True, ground="I know")


class Misled(BreadthFirstSearch):
    """Its runs end one step too soon."""

    def search(self, problem: Problem) -> Answer:
        found = super().search(problem)
        return replace(found, schedules={name: run[:-1] for name, run in found.schedules.items() if len(run) > 1})


class Roundabout(Naive):
    """It goes on when it has found a run, and takes the last, which need not be a shortest one."""

    def enough(self, deciding: Sequence[Schedule]) -> bool:  # noqa: ARG002
        return False


class Miscounting(BreadthFirstSearch):
    """It counts a state twice."""

    def search(self, problem: Problem) -> Answer:
        found = super().search(problem)
        return replace(found, counts=replace(found.counts, states=(found.counts.states or 0) + 1))


class Blind(BreadthFirstSearch):
    """It sees no trigger."""

    def search(self, problem: Problem) -> Answer:
        return replace(super().search(problem), triggered=frozenset())


class Timid(BreadthFirstSearch):
    """It declares that it comes to an end, and never does."""

    def search(self, problem: Problem) -> Answer:
        return replace(super().search(problem), complete=False, reason="I dare not")


class Optimistic(FairComponents):
    """It finds no cycle fair."""

    def search(self, problem: Problem) -> Answer:
        return replace(super().search(problem), schedules={}, loop=None)


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        *((wrong, Kind.SAFETY) for wrong in (Hasty, Misled, Roundabout, Miscounting, Blind, Timid)),
        (Hasty, Kind.REACHABILITY),
        (Optimistic, Kind.LIVENESS),
    ],
)
def test_an_engine_that_answers_wrongly_is_found_out(wrong: type[Engine], kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = wrong()
    monkeypatch.setitem(ENGINES, engine.name, engine)
    with pytest.raises((AssertionError, ReplayError)):
        hold_to_all(engine, kind, every=True)


# -- what a new engine is given ----------------------------------------------------------------------------------------------


@pytest.fixture
def naive(monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Naive()
    monkeypatch.setitem(ENGINES, engine.name, engine)
    return engine


def test_a_new_engine_is_asked_and_held_to_what_it_declares(naive: Engine) -> None:
    hold_to_all(naive, Kind.SAFETY, every=True)


def test_a_new_engine_is_offered(naive: Engine, ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    records = {e: ask("check", str(TUTORIAL), "mutual-exclusion", "--engine", e, "--json").records[0] for e in ("naive", "bfs")}
    same = ("verdict", "states", "trace_length", "exercised", "scope", "expected")
    assert [records["naive"][field] for field in same] == [records["bfs"][field] for field in same]
    assert records["naive"]["engine"] == "naive"
    assert "did you mean 'naive'?" in ask("check", "two-way", "--engine", "naif").err
    assert f"{naive.title}: {naive.summary}" in ask("list").out
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    assert ", naive; default:" in " ".join(capsys.readouterr().out.split())


def test_engines_are_declared_without_being_loaded() -> None:
    """Whoever asks for help does not wait for solvers and compilers."""
    heavy = "{'z3', 'cvc5', 'numba', 'numpy', 'networkx'} & set(sys.modules)"
    words = [sys.executable, "-c", f"import sys, checker.engines, checker.cli.options; print({heavy})"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  # Python, on words of this test
    assert done.stdout == "set()\n"


def test_the_page_of_limits_says_what_each_engine_declares() -> None:
    lines = (ROOT / "checker/LIMITS.md").read_text(encoding="utf-8").splitlines()
    begin = lines.index("| `--engine` | what it is | claims of | runs with |") + 2
    for engine, line in zip(ENGINES.values(), lines[begin:], strict=False):
        kinds = ", ".join(kind.value for kind in Kind if kind in engine.kinds)
        assert line == f"| `{engine.name}` | {engine.title}: {engine.summary} | {kinds} | {engine.range.value} |"
    assert not lines[begin + len(ENGINES)]


# -- what is refused ---------------------------------------------------------------------------------------------------------


TYPED = {
    Option.STATES: ("--max-states", "9"),
    Option.DEPTH: ("--max-depth", "9"),
    Option.SECONDS: ("--timeout", "9"),
    Option.MEMORY: ("--memory", "1G"),
    Option.WORKERS: ("--workers", "1"),
    Option.COMPACTION: ("--hash-compaction",),
    Option.SYMMETRY: ("--symmetry",),
    Option.KEEP_GOING: ("--keep-going",),
    Option.TRACES: ("--traces", "2"),
    Option.NO_CLAIMS: ("--claims", "none"),
    Option.CHECKPOINT: ("--checkpoint", "no-directory"),
    Option.RESUME: ("--resume", "no-directory"),
    Option.SPILL: ("--spill", "no-directory"),
    Option.CLUSTER: ("--cluster", "local:2"),
}
OF_KIND = {Kind.SAFETY: "agreement", Kind.REACHABILITY: "connection-possible", Kind.LIVENESS: "half-open-is-released"}


def refuses(answer_err: str, code: int, engines: Sequence[Engine]) -> bool:
    """Return whether a command was refused in one sentence that names the engines which would do."""
    return code == 2 and answer_err.count("\n") == 1 and all(engine.name in answer_err for engine in engines)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=lambda engine: engine.name)
def test_an_option_that_an_engine_does_not_declare_is_refused(engine: Engine, ask: Ask) -> None:
    assert TYPED.keys() == set(Option)
    for option in set(Option) - engine.options:
        claim = () if option is Option.NO_CLAIMS else (OF_KIND[next(kind for kind in Kind if kind in engine.kinds)],)
        command = "trace" if option is Option.TRACES else "check"
        answer = ask(command, "two-way", *claim, "--engine", engine.name, *TYPED[option])
        assert refuses(answer.err, answer.code, able(option)), answer.err
        assert engine.why_not[option] in answer.err


@pytest.mark.parametrize("engine", ENGINES.values(), ids=lambda engine: engine.name)
def test_a_kind_that_an_engine_does_not_declare_is_refused(engine: Engine, ask: Ask) -> None:
    assert OF_KIND.keys() == set(Kind)
    for kind in set(Kind) - engine.kinds:
        assert CLAIMS[OF_KIND[kind]].kind is kind
        answer = ask("check", "two-way", OF_KIND[kind], "--engine", engine.name, "--scope", "small")
        assert refuses(answer.err, answer.code, able(kind)), answer.err
        assert engine.why_not[kind] in answer.err


def test_there_is_an_engine_for_each_kind_and_each_option() -> None:
    assert all(able(what) for what in (*Kind, *Option))


def test_an_engine_that_there_is_not_is_answered_with_the_nearest() -> None:
    toy = toys.TOYS[0]
    claim = _claim(Kind.SAFETY, toy, goal=True)
    with pytest.raises(CannotDecideError, match="did you mean 'bfs'"):
        decide(specify(toy.monitored.system, [claim]), [claim], Setting(SCOPES["small"], engine="bsf"))


# -- proofs as engines -------------------------------------------------------------------------------------------------------


def test_check_takes_a_proof_for_a_verdict(ask: Ask) -> None:
    """Without bounds, and without a word on whether the trigger ever happens; by k-induction where k steps are enough."""
    (record,) = ask("check", str(TUTORIAL), "mutual-exclusion", "--engine", "proof", "--json").records
    assert (record["verdict"], record["engine"], record["exercised"], record["trace"]) == ("holds", "proof", None, None)
    assert (record["states"], record["transitions"], record["depth"]) == (None, None, None)
    assert ", by an invariant of " in record["reason"]
