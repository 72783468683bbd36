"""Bounded model checking as an engine."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from checker.engine import KEEPING, Answer, Engine, Events, Option, Problem, Range, Reasons
from checker.host.limits import INTERRUPTED, Limits
from model.notation.said import said
from properties.kind import Kind


class BoundedModelChecking(Engine):
    """Runs of 1, 2, 3, ... steps, asked of Z3 (:mod:`checker.symbolic.bmc`)."""

    name = "bmc"
    title = "bounded model checking"
    summary = "Z3, ISNs from all 2^32; never says holds"
    kinds = frozenset({Kind.SAFETY, Kind.REACHABILITY})
    options = frozenset({Option.DEPTH, Option.SECONDS})
    range = Range.EVERY_ISN
    concludes = exhausts = False
    events = Events.SEARCHED_WITH
    usual = Limits(depth=8)
    """Each further step takes two to five times as long."""
    why_not: ClassVar[Reasons] = {
        Kind.LIVENESS: "looks at runs that end",
        Option.STATES: "counts no states",
        Option.MEMORY: "keeps no states",
        Option.WORKERS: "keeps no states",
        Option.COMPACTION: "keeps no states",
        Option.SYMMETRY: "keeps no states",
        Option.KEEP_GOING: "takes claims one by one, and decides each of them anyhow",
        Option.TRACES: "finds one counterexample",
        Option.NO_CLAIMS: "explores no states",
        **dict.fromkeys(KEEPING, "keeps no states"),
    }

    def search(self, problem: Problem) -> Answer:
        """Look for a shortest run that decides the check."""
        from checker.symbolic.bmc import bounded_search  # Z3 takes a while to load, and most questions do not need it

        found = bounded_search(problem.connected, problem.setting.limits)
        if not found.reason or found.reason == INTERRUPTED:
            return found
        return replace(
            found, reason=said("no violation or witness up to depth {depth}: {why}", depth=found.counts.depth, why=found.reason)
        )
