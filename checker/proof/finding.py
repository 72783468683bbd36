"""Finding the invariant of a claim: the states to learn from, the network to learn over, and what to try when that fails.

The invariant is learned over the integers, where solvers are quick, in a network that keeps every segment; then it has to stand
over the exact network, at each width, in obligations that are made anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from checker.host.forks import shared
from checker.proof.atoms import Atoms, Rows
from checker.proof.learning import Learner
from checker.proof.samples import Sample, reachable
from checker.proof.steps import UndecidedError
from checker.proof.subject import Subject
from checker.proof.terms import Width
from checker.proof.verifying import verified
from model.notation.expr import Expr
from model.notation.interpreter import State
from model.notation.network import keeping_everything
from properties.observe import Check

Log = Callable[[str], None]

FIRST, MOST = 40, 5
"""In how many scopes the system is run at first, and how often scopes are added."""
PATIENCE = 6
"""For how many rounds lemmas are looked for before more states are, the first time, and for how many more each time after."""


class Finding:
    """Samples, the vocabulary, and what has been learned at one width and may help at the other."""

    def __init__(self, subject: Subject, deadline: float, log: Log) -> None:
        self.subject, self.deadline, self.log = subject, deadline, log
        watched = subject.watched
        self.watched = replace(watched, system=keeping_everything(watched.system))
        self.vocabulary = Atoms(self.watched)
        spec, assumptions = subject.spec, subject.setting.assumptions
        claims = (subject.claim, *subject.helpers)

        def look() -> None:
            if time.monotonic() > deadline:
                raise UndecidedError("the time is over")

        def sampled(seeds: Iterable[int] | None, runs: int) -> list[Sample]:
            scopes = spec.to_learn_from(assumptions, subject.setting.scope, seeds)
            return reachable(lambda scope: spec.build(scope, assumptions), claims, scopes, runs=runs, steps=40, look=look)

        self._sampled = sampled
        self._rounds = 0
        apart = sampled(None, 200)
        if apart:
            self.vocabulary.keep_related(*_split(apart))
        self.reached, self.without = self._vectors(apart)
        self.sample()

    def sample(self) -> None:
        """Run the system in scopes in which it was not run yet: twice as many as the last time."""
        seeds = range(FIRST * (2**self._rounds - 1), FIRST * (2 ** (self._rounds + 1) - 1)) if self.subject.spec.scoped else [0]
        self._rounds += 1
        runs = 30 if self.subject.spec.scoped else 400 * self._rounds
        for vectors in shared(lambda part: [self._vectors(self._sampled(part, runs))], seeds):
            self._add(*vectors)
        self.log(f"{len(self.vocabulary.atoms)} atoms, {len(self.reached)} different vectors of states that are reached")

    def _vectors(self, samples: Sequence[Sample]) -> tuple[np.ndarray, np.ndarray]:
        """Return the different vectors of what is reached, of states with each row of their networks and without."""
        states, rows = _split(samples)
        without: list[Rows] = [[None]] * len(states)
        return _distinct(self.vocabulary.vectors(states, rows)), _distinct(self.vocabulary.vectors(states, without))

    def _add(self, reached: np.ndarray, without: np.ndarray) -> None:
        self.reached = _distinct(np.vstack([self.reached, reached]))
        self.without = _distinct(np.vstack([self.without, without]))

    def invariant(self, width: Width, known: Sequence[Expr]) -> tuple[list[Expr], Mapping[str, str]]:
        """Return an invariant that proves the claim at a width, looked for from what is ``known`` to prove it at another.

        Return also the obligations that were shown, by name. They speak only of what the invariant mentions.
        """
        check = self.subject.check(self.watched)
        learner = Learner(self.watched, width, self.vocabulary, self.reached, self.without, self.deadline, self.log)
        while True:
            try:
                learner.suggest(known)
                self._learn(learner, check)
                break
            except UndecidedError as error:  # lemmas that are wrong may have looked right for want of states
                if time.monotonic() > self.deadline or self._rounds >= MOST:
                    raise
                self.log(f"once more: {error}")
                self.sample()
                learner.learn_from(self.reached, self.without, last=self._rounds >= MOST)
        conjuncts = learner.needed(check)
        scripts, missing = verified(self.subject.trimmed(conjuncts), conjuncts, width, self.deadline)
        if missing and time.monotonic() > self.deadline:
            raise UndecidedError("the time is over")
        if missing:
            raise UndecidedError(f"what was learned does not stand over the exact network: {missing}")
        return conjuncts, scripts

    def _learn(self, learner: Learner, check: Check) -> None:
        """Learn what proves a check, with what helps when that alone is not found."""
        last = PATIENCE * (self._rounds + 1)
        helping = [watching for watching in self.watched.checks if watching is not check]
        for wanted, patience in [(check, 3), *((helper, last - 1) for helper in helping), (check, last)]:
            try:
                learner.prove(wanted, patience, helping if wanted is check else ())
            except UndecidedError as error:  # a lemma for another claim may be what is missing
                if patience == last or time.monotonic() > self.deadline:
                    raise
                self.log(f"{wanted.name}: {error}")
            else:
                if wanted is check:
                    return


def _distinct(vectors: np.ndarray) -> np.ndarray:
    """Return the rows of a table of truth values, each once, in a fixed order."""
    packed = np.ascontiguousarray(np.packbits(vectors, axis=1))
    _, first = np.unique(packed.view(np.dtype((np.void, packed.shape[1]))).ravel(), return_index=True)
    return vectors[first]


def _split(samples: Sequence[Sample]) -> tuple[list[State], list[Rows]]:
    return [state for state, _ in samples], [rows for _, rows in samples]
