"""Having obligations shown: each is written as SMT-LIB text, and both solvers have to answer it by unsat."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from checker.host.forks import shared
from checker.proof.obligations import Obligation
from checker.proof.solvers import SOLVERS, UNSAT
from checker.proof.subject import Subject
from checker.proof.terms import Width
from model.notation.expr import Expr
from properties.observe import Check


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
