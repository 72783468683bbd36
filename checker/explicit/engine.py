"""Breadth-first search as an engine."""

from __future__ import annotations

from typing import ClassVar

from checker.engine import KEEPING, LIMITS, Answer, CannotDecideError, Engine, Events, Option, Problem, Reasons, Several
from properties.kind import Kind


class BreadthFirstSearch(Engine):
    """Every state of the scope, nearest first (:mod:`checker.explicit.search`)."""

    name = "bfs"
    title = "breadth-first search"
    summary = "shortest counterexamples, or the whole scope"
    kinds = frozenset({Kind.SAFETY, Kind.REACHABILITY})
    options = frozenset(
        {
            *LIMITS,
            Option.WORKERS,
            Option.COMPACTION,
            Option.SYMMETRY,
            Option.KEEP_GOING,
            Option.TRACES,
            Option.NO_CLAIMS,
            *KEEPING,
        }
    )
    several = True
    events = Events.SEARCHED_WITH
    why_not: ClassVar[Reasons] = {Kind.LIVENESS: "looks at steps, and not at runs that go on for ever"}

    def answering(self, problem: Problem) -> tuple[Engine, str]:
        """Return this engine; raise where states are to be kept elsewhere and machine code cannot search them."""
        strategy = problem.setting.strategy
        if strategy.keep is not None or strategy.cluster is not None:
            from checker.explicit.looking import translated

            if not translated(problem.connected, looking=True).pool:
                why = "no network, or takes it as a whole, as a step does that copies it; so Python searches it, and in memory"
                leave = ", ".join(option.typed for option in KEEPING[:-1]) + f" and {KEEPING[-1].typed}"
                raise CannotDecideError(f"{problem.spec.name} has {why}: leave out {leave}; --max-states bounds it")
        return super().answering(problem)

    def search(self, problem: Problem) -> Answer:
        """Search until all checks are decided, or to the end of the scope."""
        from checker.explicit.search import search

        setting = problem.setting
        return search(problem.connected, setting.limits, exhaust=setting.keep_going, strategy=setting.strategy)

    def counterexamples(self, problem: Problem, number: int) -> Several:
        """Return runs that differ in what is done in them (:mod:`checker.explicit.several`)."""
        from checker.explicit.several import counterexamples

        return counterexamples(problem.connected, number, problem.setting.limits)
