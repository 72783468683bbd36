"""The covering search as an engine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from checker.engine import Answer, Engine, Events, Option, Problem, Reasons, Several
from checker.explicit.engine import BreadthFirstSearch
from model.notation.said import said

if TYPE_CHECKING:
    from properties.observe import Monitored

PLAIN = BreadthFirstSearch()
"""The engine that answers where this one would be wrong."""
COVERED = (
    "every segment was kept for ever, and of the states that are otherwise the same only those with the most segments were "
    "explored, which decides the same claims in as many steps (checker/covering)"
)
"""How the network was searched where the plain search did not come to its end at once."""


class CoveringSearch(Engine):
    """Only the richest networks forwards, and the fewest needs backwards (:mod:`checker.covering`)."""

    name = "covering"
    title = "covering search"
    summary = "the answers of bfs from far fewer states, where that is sound"
    kinds = PLAIN.kinds
    options = PLAIN.options - {Option.NO_CLAIMS}
    several = True
    events = Events.SEARCHED_WITH
    stand_in = PLAIN.name
    why_not: ClassVar[Reasons] = {
        **PLAIN.why_not,
        Option.NO_CLAIMS: "explores some states in place of all",
    }

    def answering(self, problem: Problem) -> tuple[Engine, str]:
        """Return this engine, or the plain search where this one might be wrong, and then why."""
        plain, how = PLAIN.answering(problem) if problem.setting.searching else (PLAIN, problem.network.reason)
        if not problem.network.kept_everything:
            return plain, how
        given = [*problem.setting.searching, *([Option.DEPTH] if problem.setting.limits.depth is not None else [])]
        why = (
            said("{option} is about states one by one", option=given[0].typed) if given else why_not_covered(problem.connected)
        )
        return (plain, said("{how}; every state was explored, because {why}", how=how, why=why)) if why else (self, how)

    def search(self, problem: Problem) -> Answer:
        """Search until all checks are decided, or to the end of the scope."""
        from checker.covering.search import search

        if why_not_covered(problem.connected):  # for what is looked for beside the claims
            return PLAIN.search(problem)
        setting = problem.setting
        found = search(problem.connected, setting.limits, exhaust=setting.keep_going, strategy=setting.strategy)
        return replace(found, counts=replace(found.counts, network=COVERED)) if found.counts.richest else found

    def counterexamples(self, problem: Problem, number: int) -> Several:
        """Return runs that differ in what is done in them, as the plain search does."""
        return PLAIN.counterexamples(problem, number)


def why_not_covered(connected: Monitored) -> str:
    """Return why a system, whose network keeps every segment, cannot be searched by its richest networks; "" where it can."""
    from model.notation.pool import drawn_from, is_pool

    system, network = connected.system, connected.system.network
    assert network is not None
    read = (*connected.formulas, *(e for view in system.views.values() for e in view.formulas))
    if is_pool(network.variable, system.actions, read, growing=True, emptied=True):
        receives = any(drawn_from(action, network.variable) is not None for action in system.actions)
        return "" if receives else said("no action receives a segment")
    other = next(
        (action.name for action in system.actions if not is_pool(network.variable, [action], growing=True, emptied=True)), ""
    )
    return (
        said("action {name} does more to the network than send", name=other)
        if other
        else said("what is looked for reads the network")
    )
