"""Claims go by the events that actions declare. Here the events are held against the states."""

from __future__ import annotations

import pytest

from checker.explicit.search import search
from model.analysis import substitute
from model.assumptions import Assumptions
from model.endpoint import Response, Tcb
from model.expr import Expr, conj, disj, negate
from model.handshakes import HANDSHAKES, Handshake, TwoWay
from model.network import keeping_everything
from model.scope import SCOPES
from model.segment import Segment
from model.system import Action, EventKind, TransitionSystem
from properties.observe import Check, Monitored


class Forgetful(TwoWay):
    """A handshake whose server enters ESTABLISHED and does not say so: to the claims it never does."""

    name = "forgetful"

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        response = super().answer_syn(tcb, segment)
        return Response(
            response.name,
            response.doc,
            response.when,
            response.updates,
            response.sends,
            tuple(kind for kind in response.events if kind is not EventKind.ESTABLISHES),
            response.parameters,
        )


def disagreement(system: TransitionSystem, action: Action) -> Expr:
    """Return that a step enters ESTABLISHED, or ends a connection, and its events do not say so, or the other way round."""
    wrong: list[Expr] = []
    for role, view in system.views.items():
        enters = negate(view.established) & substitute(view.established, action.updates)
        wrong.append(negate(enters) if action.does(EventKind.ESTABLISHES, role) else enters)
        vanishes = view.exists & negate(substitute(view.exists, action.updates))
        wrong.append(negate(view.exists) if action.does(EventKind.ENDS, role) else vanishes)
    return disj(*wrong)


def undeclared(handshake: type[Handshake]) -> list[str]:
    """Return the actions of shortest runs into a step whose events are wrong."""
    system = keeping_everything(handshake(SCOPES["default"], Assumptions(seq_check="window")).system())
    check = Check("events", {action.name: conj(disagreement(system, action)) for action in system.actions})
    return [action for action, _ in search(Monitored(system, (check,))).schedules.get("events", ())]


@pytest.mark.parametrize("handshake", HANDSHAKES.values(), ids=HANDSHAKES)
def test_events_are_what_happens(handshake: type[Handshake]) -> None:
    """Catches a rule that enters ESTABLISHED, or deletes a TCB, behind the backs of the claims."""
    assert undeclared(handshake) == []


def test_a_forgotten_event_is_noticed() -> None:
    """The test above can fail."""
    assert undeclared(Forgetful)[-1] == "server_receives_syn"
