"""Proving claims: from a specification and a claim to an invariant of which every obligation has been shown, or to a trace.

A counterexample is looked for first, by the explicit search in a scope: what is violated is then said with its shortest
trace. A proof is about the system without bounds (:data:`model.scope.UNBOUNDED`): any number of attempts, answers and
segments, ISNs from everywhere. The invariant is learned over the integers, where solvers are quick, in a network that keeps
every segment; then it has to stand over the exact network, at each width, in obligations that are made anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from checker.decide import Setting, decide
from checker.forks import shared
from checker.limits import Limits
from checker.proof.learning import Learner
from checker.proof.obligations import Obligation, Proof
from checker.proof.samples import APART, Sample, close, reachable
from checker.proof.solvers import SOLVERS, UNSAT
from checker.proof.steps import Steps, UndecidedError, arguments_of
from checker.proof.terms import BITS, UNBOUNDED, Width
from checker.proof.vocabulary import Rows, Vocabulary
from checker.trace import Trace, run_from
from checker.verdict import Outcome, Verdict
from model.analysis import structure
from model.assumptions import CHOICES
from model.expr import Expr
from model.interpreter import Interpreter, State, evaluate
from model.network import connect, keeping_everything
from model.scope import UNBOUNDED as WITHOUT_BOUNDS
from model.scope import Scope
from model.sorts import NotationError
from model.system import Action
from properties.claim import Claim, monitored
from properties.observe import Check, Monitored
from properties.specification import Specification

Log = Callable[[str], None]
REFUTING = Limits(states=300_000, seconds=20.0)
"""How long a counterexample is looked for before a proof."""


@dataclass(frozen=True)
class Subject:
    """What is proved: a claim about a specification under assumptions, watched together with claims whose observers help."""

    spec: Specification
    claim: Claim
    helpers: tuple[Claim, ...]
    setting: Setting

    @cached_property
    def watched(self) -> Monitored:
        """The system without bounds, with the observers of the claim and of its helpers, its network not written out yet."""
        scope = WITHOUT_BOUNDS if self.spec.scoped else self.setting.scope
        return monitored(self.spec.build(scope, self.setting.assumptions), [self.claim, *self.helpers])

    def check(self, watched: Monitored) -> Check:
        """Return what to look for on behalf of the claim."""
        return next(check for check in watched.checks if check.name == self.claim.name)

    def proof(self, conjuncts: Iterable[Expr], width: Width) -> Proof:
        """Return what an invariant has to show, over the exact network."""
        watched = self.watched
        exact = replace(watched, system=connect(watched.system))
        return Proof(exact, self.check(watched), tuple(conjuncts), width)


@dataclass(frozen=True)
class Attempt:
    """What came of an attempt to prove: a violation, or for each width an invariant or the reason why there is none."""

    subject: Subject
    seconds: float
    violated: Verdict | None
    invariants: Mapping[str, tuple[Expr, ...]]
    reasons: Mapping[str, str]
    scripts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The obligations that were shown, by width and name, as SMT-LIB."""
    covers: tuple[tuple[str, str | bool], ...] = ()
    """Assumptions, by name and value, any one of which may take the place of the one made: the 32-bit proof is the same."""
    ks: Mapping[str, int] = field(default_factory=dict)
    """By width the k of a proof by k-induction, from states that meet the invariant."""

    @property
    def outcome(self) -> Outcome:
        """Holds, if it was proved at every width; violated; or unknown."""
        if self.violated is not None:
            return Outcome.VIOLATED
        return Outcome.UNKNOWN if self.reasons else Outcome.HOLDS


def prove(  # noqa: PLR0913  # what is asked, for how long, and what else is wanted
    spec: Specification, claim: Claim, setting: Setting, seconds: float, log: Log = lambda _: None, *, cover: bool = False
) -> Attempt:
    """Refute a safety claim, or prove it at both widths within so many seconds.

    With ``cover`` it is also found out which other assumptions the proof covers.
    """
    started = time.monotonic()
    subject = Subject(spec, claim, (), setting)
    violated = refuted(subject)
    if violated is not None:
        return Attempt(subject, time.monotonic() - started, violated, {}, {})
    helpers = tuple(c for c in spec.asserted if c.auxiliary and c is not claim)
    subject = replace(subject, helpers=helpers)
    invariants: dict[str, tuple[Expr, ...]] = {}
    reasons: dict[str, str] = {}
    scripts: dict[str, Mapping[str, str]] = {}
    known: Sequence[Expr] = ()
    try:
        learning = _Learning(subject, started + seconds, log)
        for width in (UNBOUNDED, BITS):
            try:
                known, scripts[width.name] = learning.invariant(width, known)
                invariants[width.name] = tuple(known)
            except (UndecidedError, ChildProcessError) as error:
                reasons[width.name] = str(error)
    except (NotationError, UndecidedError, ChildProcessError) as error:  # what proofs cannot take, or nothing to learn from
        reasons = {width.name: str(error) for width in (UNBOUNDED, BITS)}
    subject = _trimmed(subject, invariants)
    covers = _covered(subject, invariants[BITS.name], started + seconds) if cover and BITS.name in invariants else ()
    return Attempt(subject, time.monotonic() - started, None, invariants, reasons, scripts, covers)


def refuted(subject: Subject) -> Verdict | None:
    """Return the verdict of a short search of the scope where it finds a counterexample."""
    setting = replace(subject.setting, engine="bfs", limits=REFUTING)
    (verdict,) = decide(subject.spec, [subject.claim], setting)
    return verdict if verdict.outcome is Outcome.VIOLATED else None


VARIED: tuple[tuple[str, str | bool], ...] = (
    *(("seq_check", value) for value in CHOICES["seq_check"]),
    *(("rfc5961", value) for value in (True, False)),
    *(("closed_host", value) for value in CHOICES["closed_host"]),
)
"""Assumptions about what endpoints do with a segment: a proof that does not need one covers the others."""


def _covered(subject: Subject, conjuncts: Sequence[Expr], deadline: float) -> tuple[tuple[str, str | bool], ...]:
    """Return which other assumptions the same invariant proves the claim under. What actions have in common is shown once."""
    if not subject.spec.scoped:
        return ()
    known: set[Hashable] = {_written(action, subject) for action in _actions(subject)}
    chosen = subject.setting.assumptions.as_dict()
    found = []
    for name, value in VARIED:
        if chosen[name] == value:
            continue
        varied = replace(subject.setting.assumptions, **{name: value})  # type: ignore[arg-type]
        other = replace(subject, setting=replace(subject.setting, assumptions=varied))
        changed = {action.name for action in _actions(other) if _written(action, other) not in known}
        if all(answered(o.smt2(), deadline) for o in other.proof(conjuncts, BITS).obligations(changed)):
            found.append((name, value))
            known |= {_written(action, other) for action in _actions(other)}
    return tuple(found)


def _actions(subject: Subject) -> tuple[Action, ...]:
    return subject.watched.system.actions


def _written(action: Action, subject: Subject) -> Hashable:
    """Return what an action and what is watched in it share with another where they are written alike."""
    stop = subject.check(subject.watched).stop.get(action.name)
    updates = tuple((name, structure(e)) for name, e in sorted(action.updates.items()))
    sends = tuple(tuple(map(structure, cells)) for cells in action.sends)
    return structure(action.guard), updates, sends, None if stop is None else structure(stop)


def _trimmed(subject: Subject, invariants: Mapping[str, Sequence[Expr]]) -> Subject:
    """Return the subject without the helpers that no invariant mentions."""
    said = " ".join(str(c) for conjuncts in invariants.values() for c in conjuncts)
    return replace(subject, helpers=tuple(h for h in subject.helpers if f"{h.name}." in said))


FIRST, MOST = 40, 5
"""In how many scopes the system is run at first, and how often scopes are added."""
PATIENCE = 6
"""For how many rounds lemmas are looked for before more states are, the first time, and for how many more each time after."""


class _Learning:
    """Samples, the vocabulary, and what has been learned at one width and may help at the other."""

    def __init__(self, subject: Subject, deadline: float, log: Log) -> None:
        self.subject, self.deadline, self.log = subject, deadline, log
        watched = subject.watched
        self.watched = replace(watched, system=keeping_everything(watched.system))
        self.vocabulary = Vocabulary(self.watched)
        spec, assumptions = subject.spec, subject.setting.assumptions
        claims = (subject.claim, *subject.helpers)

        def look() -> None:
            if time.monotonic() > deadline:
                raise UndecidedError("the time is over")

        def sampled(scopes: Iterable[Scope], runs: int) -> list[Sample]:
            return reachable(lambda scope: spec.build(scope, assumptions), claims, scopes, runs=runs, steps=40, look=look)

        self._sampled = sampled
        self._gap = 1 if assumptions.isn_spacing == "adjacent" else subject.setting.scope.spacing
        self._rounds = 0
        apart = sampled([APART], 200) if spec.scoped else []
        if apart:
            self.vocabulary.keep_related(*_split(apart))
        self.reached, self.without = self._vectors(apart)
        self.sample()

    def sample(self) -> None:
        """Run the system in scopes in which it was not run yet: twice as many as the last time."""
        scopes = [self.subject.setting.scope]
        if self.subject.spec.scoped:
            scopes = list(close(range(FIRST * (2**self._rounds - 1), FIRST * (2 ** (self._rounds + 1) - 1)), self._gap))
        self._rounds += 1
        runs = 30 if self.subject.spec.scoped else 400 * self._rounds
        for vectors in shared(lambda part: [self._vectors(self._sampled(part, runs))], scopes):
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
        """Return an invariant that proves the claim at a width: ``known``, where that is one, or a new one.

        Return also the obligations that were shown, by name. They speak only of what the invariant mentions.
        """
        if known:
            scripts, missing = verified(_trimmed(self.subject, {"": known}), known, width, self.deadline)
            if not missing:
                return list(known), scripts
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
        scripts, missing = verified(_trimmed(self.subject, {"": conjuncts}), conjuncts, width, self.deadline)
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


def verified(
    subject: Subject, conjuncts: Sequence[Expr], width: Width, deadline: float, check: Check | None = None
) -> tuple[dict[str, str], str]:
    """Return the obligations of an invariant by name, and the name of the first that is not shown, or "".

    It is to prove the subject's claim, or another ``check``.
    """
    proof = subject.proof(conjuncts, width)
    proof = proof if check is None else replace(proof, check=check)
    answers = shared(lambda part: list(_answers(part, deadline)), list(proof.obligations()))
    return {name: script for name, script, _ in answers}, next((name for name, _, shown in answers if not shown), "")


def _answers(obligations: Iterable[Obligation], deadline: float) -> Iterator[tuple[str, str, bool]]:
    """Yield name, script, and whether it is shown, of obligations up to the first that is not."""
    for obligation in obligations:
        script = obligation.smt2()
        shown = answered(script, deadline)
        yield obligation.name, script, shown
        if not shown:
            return


def answered(script: str, deadline: float) -> bool:
    """Return whether a fresh Z3 and cvc5 both answer unsat before the deadline."""
    remaining = deadline - time.monotonic()
    return remaining > 0 and all(ask(script, remaining) == UNSAT for ask in SOLVERS.values())


@dataclass(frozen=True)
class Broken:
    """Why an invariant proves nothing: ``conjunct`` is not true at the start, or a step breaks it, or violates the claim.

    ``trace`` is that step, from a state in which all conjuncts are true; None where the initial state is the fault. Where
    ``conjunct`` is None the step violates the claim.
    """

    conjunct: Expr | None
    trace: Trace | None


def first_fault(subject: Subject, conjuncts: Sequence[Expr], width: Width) -> Broken | None:
    """Return the first thing that keeps an invariant from proving a claim, or None where there is none."""
    proof = subject.proof(conjuncts, width)
    initial = Interpreter(proof.system).initial()
    at_start = next((conjunct for conjunct in conjuncts if evaluate(conjunct, initial) is not True), None)
    if at_start is not None:
        return Broken(at_start, None)
    steps = Steps(proof.monitored, width)
    for conjunct in (None, *conjuncts):
        asked = steps.meeting(proof.check.stop, conjuncts) if conjunct is None else steps.broken_by(conjunct, conjuncts)
        induction = asked[0]
        if induction is not None:
            arguments = arguments_of(proof.system.action[induction.action], induction.parameters)
            return Broken(conjunct, run_from(subject.watched, induction.state, ((induction.action, arguments),)))
    return None


def check_invariant(subject: Subject, conjuncts: Sequence[Expr], seconds: float) -> tuple[Attempt, Broken | None]:
    """Return what an invariant that was given proves, and where it proves nothing at 32 bits why; or the claim's violation."""
    started = time.monotonic()
    violated = refuted(subject)
    if violated is not None:
        return Attempt(subject, time.monotonic() - started, violated, {}, {}), None
    invariants: dict[str, tuple[Expr, ...]] = {}
    scripts: dict[str, Mapping[str, str]] = {}
    reasons: dict[str, str] = {}
    for width in (BITS, UNBOUNDED):
        texts, missing = verified(subject, conjuncts, width, started + seconds)
        if missing:
            reasons[width.name] = f"the invariant does not prove it: {missing} fails"
        else:
            invariants[width.name], scripts[width.name] = tuple(conjuncts), texts
    fault = first_fault(subject, conjuncts, BITS) if BITS.name in reasons else None
    return Attempt(subject, time.monotonic() - started, None, invariants, reasons, scripts), fault
