"""The weakest attacker that breaks a claim: by degrees, from one that only repeats to one that sees everything.

What a weaker one breaks a stronger one is not asked about: its run is there. What no degree breaks holds in the scope of each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from checker.decide import Setting
from checker.studies.parallel import decide_each
from checker.verdict import Outcome, Verdict
from model.tcp.attackers import OFF_PATH, ON_PATH, REPLAY, Attacker
from model.tcp.composition import ATTACKED
from model.tcp.scope import scope_named
from properties import hints
from properties.claim import Claim
from properties.specification import Specification


@dataclass(frozen=True, slots=True)
class Degree:
    """An attacker, and how many right guesses it has."""

    name: str
    attacker: Attacker
    guesses: int = 0

    def setting(self, setting: Setting) -> Setting:
        """Return what it is asked in: the scope that is usual for the attacker, and its guesses."""
        assumptions = replace(setting.assumptions, guesses=self.guesses)
        return replace(setting, scope=scope_named(self.attacker.scope), assumptions=assumptions)

    def has_proof(self, attacked: Specification, claim: Claim) -> bool:
        """Return whether an invariant is kept by which a claim is proved where this attacker attacks; none is of guesses."""
        return not self.guesses and bool(hints.hint(attacked, claim))


DEGREES = (
    Degree(REPLAY.name, REPLAY),
    Degree(OFF_PATH.name, OFF_PATH),
    Degree("one guess", OFF_PATH, guesses=1),
    Degree(ON_PATH.name, ON_PATH),
)
"""The attackers, from the weakest on."""


@dataclass(frozen=True, slots=True)
class Weakest:
    """What came of a claim about a handshake: by degree the verdicts, up to the first that is violated.

    Of the attackers that are named in ``invariants`` it is kept why they do not break it.
    """

    handshake: str
    claim: Claim
    verdicts: Mapping[str, Verdict]
    invariants: frozenset[str] = frozenset()

    @property
    def breaks(self) -> tuple[str, Verdict] | None:
        """The weakest attacker that breaks the claim, and its verdict; None where none does."""
        return next(((name, v) for name, v in self.verdicts.items() if v.outcome is Outcome.VIOLATED), None)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The attackers of which it was not decided whether they break it."""
        return tuple(name for name, v in self.verdicts.items() if v.outcome is Outcome.UNKNOWN)

    @property
    def proved(self) -> bool:
        """Whether of each attacker that does not break it there is a proof, without bounds."""
        unbroken = {name for name, verdict in self.verdicts.items() if verdict.outcome is Outcome.HOLDS}
        return bool(unbroken) and unbroken <= self.invariants

    @property
    def vacuous(self) -> bool:
        """Whether what the claim is about never happened, whoever attacked."""
        return all(verdict.vacuous for verdict in self.verdicts.values())


def weakest(specs: Sequence[Specification], setting: Setting) -> list[list[Weakest]]:
    """Return, for each handshake, what came of each claim about attackers, in their order.

    Raises what :func:`checker.studies.parallel.decide_each` raises.
    """
    found: dict[tuple[str, str], dict[str, Verdict]] = {}
    proofs: dict[tuple[str, str], set[str]] = {}
    for degree in DEGREES:
        asked = []
        for spec in specs:
            assert spec.composed is not None
            attacked = spec.composed(ATTACKED[degree.attacker.name])
            claims = [claim for claim in attacked.claims if degree.attacker.name in claim.within]
            left = [c for c in claims if not _broken(found.get((spec.name, c.name), {}))]
            asked.append((spec, attacked, left))
        some = [(spec, attacked, left) for spec, attacked, left in asked if left]
        results = decide_each([(attacked, left) for _, attacked, left in some], degree.setting(setting))
        for (spec, attacked, _), verdicts in zip(some, results, strict=True):
            for verdict in verdicts:
                claim = verdict.question.claim
                found.setdefault((spec.name, claim.name), {})[degree.name] = verdict
                proofs.setdefault((spec.name, claim.name), set()).update(
                    {degree.name} if degree.has_proof(attacked, claim) else ()
                )
    return [
        [
            Weakest(key[0], v[_first(v)].question.claim, v, frozenset(proofs[key]))
            for key, v in found.items()
            if key[0] == spec.name
        ]
        for spec in specs
    ]


def _broken(verdicts: Mapping[str, Verdict]) -> bool:
    return any(verdict.outcome is Outcome.VIOLATED for verdict in verdicts.values())


def _first(verdicts: Mapping[str, Verdict]) -> str:
    return next(iter(verdicts))
