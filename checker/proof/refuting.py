"""Looking for a counterexample beside a proof, so that what is violated is said with a run, and nobody waits for a proof of it.

Two engines can refute. The explicit search is quick in a scope, and its runs are the shortest there. Bounded model checking
ranges over all 2^32 numbers: it finds what only some of them show, such as an ISN of 2^32-1. Each works in a process of its
own, and so does the proof. Which of them ends first may differ from run to run. Of two runs the search's is told, and that of
bounded model checking only when the search has ended without one. Where there is no proof, how deep that looks depends on the
time it has: a claim may be *unknown* on a slow machine that a quick one refutes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeVar

from checker.decide import decide
from checker.forks import race
from checker.limits import Limits
from checker.proof.subject import Subject
from checker.verdict import Outcome, Verdict

Result = TypeVar("Result")
STATES, SECONDS = 300_000, 20.0
"""How many states the search explores at most, and for how long."""
_SEARCH, _PROOF, _BOUNDED = range(3)
"""The tasks. Where there are no processes they are done in this order."""
_NAMES = ("the search", "the proof", "bounded model checking")


@dataclass(frozen=True, slots=True)
class _Proof(Generic[Result]):
    """What came of the proof."""

    result: Result


def refuted_or(
    subject: Subject,
    proof: Callable[[], Result],
    conclusive: Callable[[Result], bool],
    seconds: float,
    log: Callable[[str], None] = lambda _: None,
) -> Verdict | Result:
    """Return the verdict of an engine that refutes the claim, or what ``proof`` returns.

    A ``conclusive`` proof ends the others. After one that is not the search goes on to its end, and bounded model checking for
    as long again as the proof took, within so many ``seconds`` in all. Raises what the search raises, and where nothing is
    refuted what the proof raises: :class:`ChildProcessError` where that was ended from outside.
    """
    started = time.monotonic()
    until = started + seconds

    def prove() -> _Proof[Result]:
        return _Proof(proof())

    def search(engine: str) -> Verdict:
        remaining = max(0.0, started + seconds - time.monotonic())
        limits = Limits(states=STATES, seconds=min(SECONDS, remaining)) if engine == "bfs" else Limits(seconds=remaining)
        (verdict,) = decide(subject.spec, [subject.claim], replace(subject.setting, engine=engine, limits=limits))
        return replace(verdict, question=replace(verdict.question, claim=None))  # type: ignore[arg-type]  # it has functions

    proved: _Proof[Result] | Exception | None = None
    refuted: Verdict | None = None
    searched = False
    tasks: list[Callable[[], Verdict | _Proof[Result]]] = [partial(search, "bfs"), prove, partial(search, "bmc")]
    with closing(race(tasks, lambda: until if searched and proved is not None else None)) as ended:
        for task, answer in ended:
            searched = searched or task == _SEARCH
            if task == _PROOF:
                if isinstance(answer, _Proof) and conclusive(answer.result):
                    return answer.result
                proved = answer  # type: ignore[assignment]  # what a task returns
                until = min(until, 2 * time.monotonic() - started)
            elif isinstance(answer, Exception):
                if task == _SEARCH and not isinstance(answer, ChildProcessError):
                    raise answer
                log(f"{_NAMES[task]}: {answer}")  # the others may decide it without
            elif isinstance(answer, Verdict) and answer.outcome is Outcome.VIOLATED:
                refuted = answer
            if searched and refuted is not None:
                break
    if refuted is not None:
        return replace(refuted, question=replace(refuted.question, claim=subject.claim))
    assert proved is not None  # every task has ended
    if isinstance(proved, Exception):
        raise proved
    return proved.result
