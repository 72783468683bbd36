"""Exit codes, after TLC's, and the BSD convention of ``sysexits.h`` for what is no answer.

Of several verdicts the smallest code counts that applies to one of them: a violation is more than what was left open, and one
of safety more than one of liveness. :func:`of_verdicts` and :func:`declared` are all there is of that rule. A goal that
a scope is too small for is as good as unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checker.simulation.relating import Related
    from checker.verdict import Verdict

OK, NOTHING_TO_SHOW, USAGE, VIOLATED, NOT_LIVE, UNKNOWN = 0, 1, 2, 12, 13, 20
BAD_FILE, BAD_CHECKPOINT, FAULT, INPUT_OUTPUT = 65, 66, 70, 74
INTERRUPTED, NOBODY_READS = 130, 141
"""Those that a shell gives to what SIGINT or SIGPIPE has ended."""


def smallest(codes: Iterable[int]) -> int:
    """Return the smallest of several codes that is not :data:`OK`, which is what remains where there is no other."""
    return min((code for code in codes if code != OK), default=OK)


def of_verdicts(verdicts: Iterable[Verdict | Related]) -> int:
    """Return how a command exits that was asked whether claims, or relations, hold."""
    return smallest(map(_code, verdicts))


def declared(verdicts: Iterable[Verdict]) -> int:
    """Return how a command exits that was asked whether verdicts are those that are declared.

    That a declared violation is gone is no success: it is as much as one that was not declared.
    """
    return smallest(_code(verdict) or VIOLATED for verdict in verdicts if not verdict.as_declared)


def differing(pairs: Iterable[tuple[Verdict, Verdict]]) -> int:
    """Return how a command exits that was asked in what two models differ, of the verdicts in which they do."""
    return smallest(smallest(map(_code, pair)) or VIOLATED for pair in pairs)


def _code(verdict: Verdict | Related) -> int:
    from checker.verdict import Outcome, Verdict
    from properties.claim import Kind

    if isinstance(verdict, Verdict) and verdict.not_reached:
        return UNKNOWN
    liveness = isinstance(verdict, Verdict) and verdict.question.claim.kind is Kind.LIVENESS
    return {Outcome.HOLDS: OK, Outcome.UNKNOWN: UNKNOWN, Outcome.VIOLATED: NOT_LIVE if liveness else VIOLATED}[verdict.outcome]
