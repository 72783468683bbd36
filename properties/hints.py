"""Invariants that a person wrote down: with what a proof begins, and of which it believes nothing before it is shown.

Of the opening alone the prover finds invariants itself, and what is kept of those is what it found. Where connections are
closed as well there are four times as many actions, and the numbers of two FINs and two texts; there it is quicker for a
person to say why a claim holds than for a program to find it. What was written is in ``properties/invariants``, in a
directory for the composition, a file for each claim of a handshake: a formula to a line, with the reason above.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from model.notation.expr import Expr
from model.notation.system import TransitionSystem
from properties.claim import Claim
from properties.inference import CLAIMS, alike
from properties.specification import Specification

MADE: Mapping[str, Callable[[TransitionSystem], tuple[Expr, ...]]] = {claim.name: alike for claim in CLAIMS}
"""Invariants that are made of the rules, by the claims that they are to show: of two runs there is one for all handshakes."""
INVARIANTS = Path(__file__).parent / "invariants"


def hint(spec: Specification, claim: Claim) -> tuple[str, ...]:
    """Return the formulas that were written for a claim about a specification, none where nothing was."""
    if spec.handshake is None or spec.composition is None or not spec.composition.name:
        return ()
    file = INVARIANTS / spec.composition.name / f"{spec.handshake.name}-{claim.name}.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return tuple(line for line in lines if line.strip() and not line.startswith("#"))


def made(claim: Claim, system: TransitionSystem) -> tuple[Expr, ...]:
    """Return the formulas that are made of a system for a claim about it, none where nobody has said how."""
    return MADE[claim.name](system) if claim.name in MADE else ()
