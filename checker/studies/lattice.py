"""Which assumptions a claim needs: it is decided under each of the sets that can be made of two of them, from weak to strong.

How ISNs are chosen and how SEG.SEQ is checked are varied, everything else is as given. A set is *below* another if neither
of its two is stronger and one is weaker. The order of the ways to choose ISNs is one of meaning:

- Each of ``arbitrary``, ``unacknowledged``, ``unpaired`` and ``unmentioned`` allows what the next one allows, and more. So
  where a safety claim holds under one of them, it holds under the next, which is then not searched. For the same reason
  ``clock`` follows from ``fresh``.
- ``fresh`` ISNs that are spaced are unmentioned as well, while their side remembers which it used. They are searched all the
  same.

The checks of SEG.SEQ have no such order, although each lets fewer segments pass than the one before: what does not pass is
answered otherwise, and not less. So that a claim holds under one says nothing of the next, and each is searched.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from checker.decide import InterruptedSearchError, Setting, decide
from checker.studies.parallel import at_once
from checker.verdict import Outcome, Verdict
from model.tcp.assumptions import Assumptions
from properties.claim import Claim, Kind
from properties.specification import Specification

ISN = ("arbitrary", "unacknowledged", "unpaired", "unmentioned", "fresh", "clock")
"""How ISNs are chosen, from the weakest assumption to the strongest."""
SEQ_CHECK = ("none", "window", "exact")
"""How SEG.SEQ is checked, from the weakest check to the strongest."""
_FOLLOWS = {"unacknowledged": "arbitrary", "unpaired": "unacknowledged", "unmentioned": "unpaired", "clock": "fresh"}
"""From which weaker way of choosing ISNs each follows, where it does."""

Place = tuple[int, int]
"""A set of assumptions: the places of its two in their orders."""


@dataclass(frozen=True, slots=True)
class Combination:
    """A set of assumptions and what a claim is under it, and why; ``verdict`` is None where that follows from another."""

    assumptions: Assumptions
    outcome: Outcome
    verdict: Verdict | None
    because: str = ""

    @property
    def place(self) -> Place:
        """Its place in both orders."""
        return ISN.index(self.assumptions.isn), SEQ_CHECK.index(self.assumptions.seq_check)

    def below(self, other: Combination) -> bool:
        """Return whether it assumes less than another and nothing more."""
        return self.place != other.place and all(a <= b for a, b in zip(self.place, other.place, strict=True))


@dataclass(frozen=True, slots=True)
class Lattice:
    """What a claim about a model is under each set of assumptions."""

    spec: Specification
    claim: Claim
    setting: Setting
    cells: tuple[Combination, ...]

    @property
    def minimal(self) -> tuple[Combination, ...]:
        """The sets under which the claim holds, and below which it holds under none."""
        holds = [cell for cell in self.cells if cell.outcome is Outcome.HOLDS]
        return tuple(cell for cell in holds if not any(other.below(cell) for other in holds))

    def just_below(self, cell: Combination) -> tuple[Combination, ...]:
        """Return the sets in which one of the two is one step weaker."""
        isn, check = cell.place
        at = {other.place: other for other in self.cells}
        return tuple(at[place] for place in ((isn - 1, check), (isn, check - 1)) if place in at)

    @property
    def unsettled(self) -> tuple[Combination, ...]:
        """The sets under which the claim was not decided."""
        return tuple(cell for cell in self.cells if cell.outcome is Outcome.UNKNOWN)

    @property
    def exceptions(self) -> tuple[tuple[Combination, Combination], ...]:
        """Sets under which the claim fails although it holds under a set below."""
        return tuple(
            (cell, lower)
            for cell in self.cells
            if cell.outcome is Outcome.VIOLATED
            for lower in self.minimal
            if lower.below(cell)
        )

    def as_record(self) -> dict[str, Any]:
        """Return it as the record that ``--json`` prints (see JSON.md)."""
        return {
            "handshake": self.spec.name,
            "claim": self.claim.name,
            "scope": self.setting.scope.within(self.spec.composition) if self.spec.composition else "",
            "sets": [
                {
                    "isn": cell.assumptions.isn,
                    "seq_check": cell.assumptions.seq_check,
                    "verdict": cell.outcome.value,
                    "because": cell.because,
                    "minimal": cell in self.minimal,
                    **({} if cell.verdict is None else {"decided": cell.verdict.as_record()}),
                }
                for cell in self.cells
            ],
            "below": [
                {
                    "minimal": {"isn": cell.assumptions.isn, "seq_check": cell.assumptions.seq_check},
                    "isn": lower.assumptions.isn,
                    "seq_check": lower.assumptions.seq_check,
                    "command": command(self.spec, self.claim, lower.assumptions, self.setting),
                }
                for cell in self.minimal
                for lower in self.just_below(cell)
            ],
        }


def lattice(spec: Specification, claim: Claim, setting: Setting) -> Lattice:
    """Decide a claim under every set; in a scope whose ISNs do not only go ahead there is no clock.

    Each check of SEG.SEQ is a process. Raises :class:`~checker.decide.InterruptedSearchError` when Ctrl-C ends them.
    """
    ways = [isn for isn in ISN if isn != "clock" or setting.scope.only_ahead]
    tasks = [(partial(_column, spec, claim, ways, check), [claim] * len(ways)) for check in SEQ_CHECK]
    found = {
        (v.question.assumptions["isn"], v.question.assumptions["seq_check"]): v
        for verdicts in at_once(tasks, setting)
        for v in verdicts
    }
    cells: dict[tuple[str, str], Combination] = {}
    for isn in ways:
        for check in SEQ_CHECK:
            assumed = replace(setting.assumptions, isn=isn, seq_check=check)
            if (isn, check) in found:
                verdict = found[isn, check]
                cells[isn, check] = Combination(assumed, verdict.outcome, verdict, verdict.reason)
            else:
                weaker = cells[_FOLLOWS[isn], check]
                cells[isn, check] = Combination(assumed, weaker.outcome, None, f"It follows from {weaker.assumptions.isn}")
    return Lattice(spec, claim, setting, tuple(cells.values()))


def _column(spec: Specification, claim: Claim, ways: list[str], check: str, setting: Setting) -> list[Verdict]:
    """Decide a claim under one check of SEG.SEQ, however ISNs are chosen, but where that follows."""
    verdicts: list[Verdict] = []
    hold: set[str] = set()
    for isn in ways:
        if claim.kind is Kind.SAFETY and _FOLLOWS.get(isn) in hold:
            hold.add(isn)
            continue
        assumed = replace(setting.assumptions, isn=isn, seq_check=check)
        try:
            verdicts += decide(spec, [claim], replace(setting, assumptions=assumed))
        except InterruptedSearchError as interrupted:
            raise InterruptedSearchError([*verdicts, *interrupted.verdicts]) from None
        if verdicts[-1].outcome is Outcome.HOLDS:
            hold.add(isn)
    return verdicts


def command(spec: Specification, claim: Claim, assumptions: Assumptions, setting: Setting) -> str:
    """Return the command that shows the trace of a claim under some assumptions."""
    words = [
        "synproof",
        "trace",
        spec.reference,
        claim.name,
        *_options(assumptions),
        *spec.asked_again,
        "--scope",
        setting.scope.name,
    ]
    return shlex.join([*words, *([] if setting.reduction else ["--no-reduction"])])


def _options(assumptions: Assumptions) -> Iterator[str]:
    usual = Assumptions().as_dict()
    for name, value in assumptions.as_dict().items():
        option = name.replace("_", "-")
        if value == usual[name]:
            continue
        if isinstance(value, bool):
            yield f"--{'' if value else 'no-'}{option}"
        else:
            yield from (f"--{option}", str(value))
