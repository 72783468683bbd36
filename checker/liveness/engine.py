"""The search for fair cycles as an engine."""

from __future__ import annotations

from typing import ClassVar

from checker.engine import KEEPING, LIMITS, Answer, Engine, Option, Problem, Reasons
from checker.host.interrupt import giving_up
from checker.host.limits import INTERRUPTED
from properties.kind import Kind


class FairComponents(Engine):
    """The strongly connected components of the states in which an obligation is open (:mod:`checker.liveness.search`)."""

    name = "scc"
    title = "strongly connected components"
    summary = "claims of liveness, each on a state graph of its own"
    kinds = frozenset({Kind.LIVENESS})
    options = frozenset({*LIMITS, Option.WORKERS, Option.KEEP_GOING})
    exact = "what is lost is what a claim of liveness is about"
    unconstrained = "the constraint cuts runs off, and a run that is cut off does not show what comes later or never"
    why_not: ClassVar[Reasons] = {
        Kind.SAFETY: "looks for runs that go on for ever",
        Kind.REACHABILITY: "looks for runs that go on for ever",
        Option.SYMMETRY: "looks for cycles, and a cycle of renamed states need not be one of the states themselves",
        Option.COMPACTION: "looks for cycles, and a cycle is one of whole states",
        Option.TRACES: "finds one run",
        Option.NO_CLAIMS: "makes the graph of an obligation",
        **dict.fromkeys(KEEPING, "compares the states of a graph, which is in memory"),
    }

    def search(self, problem: Problem) -> Answer:
        """Look for a run that leaves the obligation of the one check open for ever."""
        from checker.liveness.search import find_lasso

        try:
            with giving_up():  # a graph is compiled and compared without looking up, and half of one says nothing
                return find_lasso(problem.connected, problem.setting.limits, problem.setting.strategy)
        except KeyboardInterrupt:
            return Answer(reason=INTERRUPTED)
