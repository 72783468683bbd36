"""Events that a model's author declares, held against what happened in a run.

Claims go by events, so what is declared has to be what the states show (:mod:`properties.events`). Who has a run says so here;
that a step's events are wrong is raised as a mistake in the model, and :mod:`checker.files.model_file` says where in its file.
"""

from __future__ import annotations

from collections.abc import Iterable

from checker.runs.trace import Trace, arguments, decisive_steps
from model.notation.sorts import NotationError
from model.notation.system import TransitionSystem
from properties import events
from properties.claim import Claim, monitored
from properties.observe import Monitored
from properties.specification import Specification


def has_own_events(spec: Specification, system: TransitionSystem) -> bool:
    """Return whether a model says what its events are, and nobody but its author has checked them."""
    return bool(spec.file and system.views)


def watched(spec: Specification, system: TransitionSystem, claims: Iterable[Claim]) -> Monitored:
    """Return what to watch in a run: the claims, and in a model from a file, that its events are what happens."""
    own = (events.events_claim(system),) if has_own_events(spec, system) else ()
    return monitored(system, (*claims, *own))


def check_events(watched: Monitored, trace: Trace) -> None:
    """Raise :class:`~model.notation.sorts.NotationError` for a run with a step whose events are not what happened."""
    wrong_steps = decisive_steps(watched, trace).get(events.NAME)
    if wrong_steps is None:
        return
    number = wrong_steps[0]
    action, before = trace.steps[number - 1].action, trace.before(number - 1)
    wrong = events.wrong(watched.system, action, before, arguments(watched, trace, number - 1))
    raise NotationError(f"action {action!r} is not what its events say: {wrong}", action)
