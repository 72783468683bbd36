"""Larger and larger scopes, until they show nothing new: evidence that no larger one would, and never a proof.

What is new is another verdict, another length of a shortest run, or a trigger that was not met before. Attempts and answers are
raised together, from one of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from checker.covering.engine import CoveringSearch
from checker.decide import decide
from checker.engine import CannotDecideError, Setting
from checker.verdict import Outcome, Verdict
from model.tcp.scope import LARGEST, easy_to_read
from properties.claim import Claim
from properties.specification import Specification

CUTOFF = "cutoff"
"""What is written for the scope."""
QUIET = 2
"""In how many rounds after each other nothing new is seen before that is said."""


@dataclass(frozen=True, slots=True)
class Cutoff:
    """The verdicts of each scope, from one attempt and one answer on; the last is that at which nobody looked further."""

    rounds: tuple[tuple[Verdict, ...], ...]

    @property
    def last_new(self) -> int:
        """With how many attempts and answers something new was seen last."""
        seen = [_seen(verdicts) for verdicts in self.rounds]
        return next((n for n in range(len(seen), 1, -1) if seen[n - 1] != seen[n - 2]), 1)

    @property
    def settled(self) -> bool:
        """Whether the last scopes showed nothing new, with nothing left open in them."""
        return len(self.rounds) - self.last_new >= QUIET and not _open(self.rounds[-1])


def cutoff(spec: Specification, claims: Sequence[Claim], setting: Setting) -> Cutoff:
    """Decide claims in larger and larger scopes, until they show nothing new, leave something open, or there is no larger one.

    A limit of time is for each scope. Raises :class:`~checker.engine.CannotDecideError` where the covering search does not
    decide a claim: any other would not get far.
    """
    rounds: list[tuple[Verdict, ...]] = []
    for verdicts in _decided(spec, claims, setting):
        rounds.append(verdicts)
        if Cutoff(tuple(rounds)).settled or _open(verdicts):
            break
    return Cutoff(tuple(rounds))


def _decided(spec: Specification, claims: Sequence[Claim], setting: Setting) -> Iterator[tuple[Verdict, ...]]:
    for number in range(1, LARGEST + 1):
        scope = easy_to_read(f"default,attempts={number},answers={number}", number, number)
        verdicts = tuple(decide(spec, claims, replace(setting, scope=scope)))
        other = next((v for v in verdicts if v.question.engine != CoveringSearch.name), None)
        if other is not None:
            why = f"{other.question.claim.name} is asked of {other.question.engine} (network {other.counts.network})"
            raise CannotDecideError(f"--scope {CUTOFF} is for what the covering search decides: {why}")
        yield verdicts


def _seen(verdicts: Sequence[Verdict]) -> list[object]:
    return [(v.outcome, None if v.trace is None else len(v.trace), v.exercised is True) for v in verdicts]


def _open(verdicts: Sequence[Verdict]) -> bool:
    return any(v.outcome is Outcome.UNKNOWN for v in verdicts)
