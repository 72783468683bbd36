"""Proving claims: from a specification and a claim to an invariant of which every obligation has been shown.

A proof is about the system without bounds (:data:`model.tcp.scope.UNBOUNDED`): any number of attempts, answers and segments,
ISNs from everywhere. It has two parts: what the claim rests on (:mod:`checker.proof.grounds`), and the claim itself
(:mod:`checker.proof.finding`). Counterexamples are looked for beside it by :mod:`checker.studies.proving`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from checker.engine import Setting
from checker.proof.covers import covered
from checker.proof.finding import Finding
from checker.proof.grounds import grounded
from checker.proof.reading import read_formula
from checker.proof.steps import Steps, UndecidedError, arguments_of
from checker.proof.subject import EVENTS, Shown, Subject
from checker.proof.terms import BITS, UNBOUNDED, WIDTHS, Width
from checker.proof.verifying import verified
from checker.runs.trace import Trace, run_from
from model.notation.expr import Expr
from model.notation.interpreter import Interpreter, evaluate
from model.notation.sorts import NotationError
from properties.claim import Claim
from properties.hints import hint, made
from properties.specification import Specification

Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Findings:
    """What came of a proof that was looked for in a process of its own; as :class:`~checker.proof.subject.Attempt` says it."""

    shown: Mapping[str, Shown]
    reasons: Mapping[str, str]
    covers: tuple[tuple[str, str | bool], ...] = ()
    ks: Mapping[str, int] = field(default_factory=dict)
    fault: Broken | Trace | None = None
    """What stands in the way of a proof, where that can be shown."""

    @property
    def conclusive(self) -> bool:
        """Whether the claim is proved at every width."""
        return self.shown.keys() == WIDTHS.keys()


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


def sought(spec: Specification, claim: Claim, setting: Setting) -> Subject:
    """Return what is to be proved where no invariant is given: a claim, and those whose observers may help."""
    return Subject(spec, claim, tuple(c for c in spec.asserted if c.auxiliary and c is not claim), setting)


def by_finding(subject: Subject, deadline: float, log: Log = lambda _: None, *, cover: bool = False) -> Findings:
    """Find an invariant that proves a claim at both widths; with ``cover``, say which other assumptions the proof covers.

    One that a person wrote down (:mod:`properties.hints`) is tried before any is looked for, and believed no more than others.
    """
    finding: list[Finding] = []  # it runs the system in many scopes, for which there is not always need
    written = _written(subject, log)

    def learned(width: Width, known: Sequence[Expr]) -> tuple[Sequence[Expr], Mapping[str, str]]:
        at_once = _no_state_violates(subject, width, deadline)
        given = () if at_once else tuple(known or written)
        if at_once or given:
            scripts, missing = verified(subject.trimmed(given), given, width, deadline)
            if not missing:
                return given, scripts
            log(f"what was known, of {len(given)} conjuncts, does not prove it ({width.name}): {missing}")
        if not finding:
            finding.append(Finding(subject, deadline, log))
        return finding[0].invariant(width, known)

    found = at_each_width(subject, learned, deadline, log)
    if not cover or BITS.name not in found.shown:
        return found
    return replace(found, covers=covered(subject, found.shown[BITS.name].invariants, deadline))


def _written(subject: Subject, log: Log) -> tuple[Expr, ...]:
    """Return the invariant that a person wrote down for the claim, or nothing: none, or one that is about another system."""
    system = subject.watched.system
    try:
        return tuple(read_formula(line, system) for line in hint(subject.spec, subject.claim)) or made(subject.claim, system)
    except NotationError as error:  # assumptions may leave out what it speaks of
        log(f"what is kept of {subject.claim.name} is not of {system.name}: {error}")
        return ()


def _no_state_violates(subject: Subject, width: Width, deadline: float) -> bool:
    """Return whether no state whatever, be it reached or not, allows a step that violates the claim."""
    steps = Steps(subject.exact, width, deadline)
    return steps.meeting(subject.check(subject.exact).stop, ())[0] is None


def by_invariant(subject: Subject, conjuncts: Sequence[Expr], deadline: float, log: Log = lambda _: None) -> Findings:
    """Return what an invariant that was given proves; where it proves nothing at 32 bits, why."""
    failed: set[Width] = set()

    def given(width: Width, _: Sequence[Expr]) -> tuple[Sequence[Expr], Mapping[str, str]]:
        scripts, missing = verified(subject, conjuncts, width, deadline)
        if missing:
            failed.add(width)
            raise UndecidedError(f"the invariant does not prove it: {missing} fails")
        return conjuncts, scripts

    found = at_each_width(subject, given, deadline, log)
    return replace(found, fault=first_fault(subject, conjuncts, BITS)) if BITS in failed else found


Proving = Callable[[Width, Sequence[Expr]], tuple[Sequence[Expr], Mapping[str, str]]]
"""Returns an invariant that proves the claim at a width, and its obligations, given the one at the width before; or raises."""


def at_each_width(subject: Subject, prove_at: Proving, deadline: float, log: Log) -> Findings:
    """Return what is shown at each width: what the claim rests on, and the claim itself by ``prove_at``."""
    shown: dict[str, Shown] = {}
    reasons: dict[str, str] = {}
    known: Sequence[Expr] = ()
    grounds: Sequence[Expr] = ()
    for width in (UNBOUNDED, BITS):
        invariants: dict[str, tuple[Expr, ...]] = {}
        scripts: dict[str, str] = {}
        try:
            if subject.ground is not None:
                third = time.monotonic() + (deadline - time.monotonic()) / 3
                grounds, obligations = grounded(subject.ground, width, grounds, third, log, learn=not reasons)
                invariants[EVENTS] = tuple(grounds)
                scripts |= {f"{EVENTS}/{name}": text for name, text in obligations.items()}
            known, more = prove_at(width, known)
        except (UndecidedError, NotationError, ChildProcessError) as error:  # what proofs cannot take, or who was ended
            reasons[width.name] = str(error)
        else:
            shown[width.name] = Shown({"": tuple(known), **invariants}, {**more, **scripts})
    return Findings(shown, reasons)
