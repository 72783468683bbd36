"""Proofs as engines: by an inductive invariant that is found, and by k-induction."""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from checker.engine import KEEPING, Answer, Counts, Engine, Events, Option, Problem, Range, Reasons
from checker.host.forks import within
from checker.host.limits import INTERRUPTED, Limits, out_of_time
from properties.kind import Kind

if TYPE_CHECKING:
    from checker.proof.prove import Findings
    from checker.proof.subject import Subject

SECONDS = 120.0
"""How long a proof of a claim is looked for unless told otherwise."""
PATIENCE = 1.0
"""For how many seconds after its time a proof may say what it lacks."""


class ProofEngine(Engine):
    """A claim of safety shown of runs without bounds, at both widths of numbers; it finds no run, and sees no trigger."""

    kinds = frozenset({Kind.SAFETY})
    range = Range.UNBOUNDED
    finds_runs = exhausts = False
    exact = "each loss and each copy is a step that a proof looks at"
    events = Events.PROVED
    why_not: ClassVar[Reasons] = {
        Kind.REACHABILITY: "shows what no step does, and not that some run does it",
        Kind.LIVENESS: "shows what no step does, and not what happens in the end",
        **dict.fromkeys((Option.STATES, Option.MEMORY, Option.NO_CLAIMS), "explores no states"),
        **dict.fromkeys((Option.WORKERS, Option.COMPACTION, Option.SYMMETRY, *KEEPING), "explores no states"),
        **dict.fromkeys((Option.KEEP_GOING, Option.TRACES), "finds no runs"),
    }

    def search(self, problem: Problem) -> Answer:
        """Prove the one claim, within the seconds allowed."""
        from checker.proof.prove import sought
        from checker.proof.terms import WIDTHS

        (claim,) = problem.claims
        limits = problem.setting.limits
        seconds = SECONDS if limits.seconds is None else limits.seconds
        deadline = time.monotonic() + seconds
        subject = sought(problem.spec, claim, problem.setting)
        try:
            found = within(seconds + PATIENCE, lambda _: self._findings(subject, limits, deadline))
        except KeyboardInterrupt:
            return Answer(reason=INTERRUPTED, counts=Counts(depth=None))
        if found is None:
            return Answer(reason=out_of_time(seconds), counts=Counts(depth=None))
        titles = ", and for ".join(WIDTHS[width].title for width in found.shown)
        return Answer(
            complete=found.conclusive,
            ground=f"Proved for {titles}, {self._how(found)}" if found.conclusive else "",
            reason="; ".join(f"not proved for {WIDTHS[width].title}: {why}" for width, why in found.reasons.items()),
            counts=Counts(depth=None),
        )

    @abstractmethod
    def _findings(self, subject: Subject, limits: Limits, deadline: float) -> Findings:
        """Return what came of the proof."""

    @abstractmethod
    def _how(self, found: Findings) -> str:
        """Return in words by what it was proved."""


class InductiveInvariant(ProofEngine):
    """An invariant, found and shown by two solvers (:mod:`checker.proof.prove`)."""

    name = "proof"
    title = "proof by an inductive invariant"
    summary = "no bounds; never says violated"
    options = frozenset({Option.SECONDS})
    usual = Limits(seconds=SECONDS)
    why_not: ClassVar[Reasons] = {**ProofEngine.why_not, Option.DEPTH: "looks at one step from any state"}

    def _findings(self, subject: Subject, limits: Limits, deadline: float) -> Findings:  # noqa: ARG002  # it takes no other
        from checker.proof.prove import by_finding

        return by_finding(subject, deadline)

    def _how(self, found: Findings) -> str:
        sizes = sorted({len(shown.invariants[""]) for shown in found.shown.values()})
        if sizes == [0]:
            return "since no state whatever allows a step that violates it"
        return f"by an invariant of {' or '.join(map(str, sizes))} conjunct{'' if sizes == [1] else 's'}"


class KInduction(ProofEngine):
    """No violation in the first k steps, and none after k steps without one (:mod:`checker.proof.kinduction`)."""

    name = "k-induction"
    title = "k-induction"
    summary = "no bounds, for small systems; never says violated"
    options = frozenset({Option.SECONDS, Option.DEPTH})
    usual = Limits(depth=4, seconds=SECONDS)
    """Deeper there are thousands of paths, even of small systems."""

    def _findings(self, subject: Subject, limits: Limits, deadline: float) -> Findings:
        from checker.proof.kinduction import by_k_induction

        most = self.usual.depth if limits.depth is None else limits.depth
        assert most is not None
        return by_k_induction(subject, (), most, deadline)

    def _how(self, found: Findings) -> str:
        return f"by k-induction with k = {max(found.ks.values())}"
