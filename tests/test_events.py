"""Claims go by the events that actions declare. Here the events are held against the states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from checker.explicit.search import search
from checker.runs.trace import arguments, replay
from model.notation.expr import Expr
from model.notation.network import keeping_everything
from model.notation.system import Happening, TransitionSystem
from model.tcp.assumptions import Assumptions
from model.tcp.endpoint import EventKind, Response, Tcb
from model.tcp.handshakes import HANDSHAKES, Handshake, TwoWay
from model.tcp.scope import SCOPES
from model.tcp.segment import Segment
from properties import events
from properties.claim import monitored
from properties.observe import Monitored


class Forgetful(TwoWay):
    """A handshake whose server enters ESTABLISHED and does not say so: to the claims it never does."""

    name = "forgetful"

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        response = super().answer_syn(tcb, segment)
        return replace(response, events=tuple(kind for kind in response.events if kind is not EventKind.ESTABLISHES))


class Silent(TwoWay):
    """A handshake whose endpoints delete a TCB and do not say so: to the claims the attempt goes on."""

    name = "silent"

    def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        for section, condition, response in super().calls(tcb):
            yield section, condition, replace(response, events=()) if response.name == "times_out" else response


class Unasked(TwoWay):
    """A handshake whose server is ESTABLISHED without having answered anybody."""

    name = "unasked"

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        response = super().answer_syn(tcb, segment)
        return replace(response, events=tuple(kind for kind in response.events if kind is not EventKind.ANSWERS))


class Boastful(TwoWay):
    """A handshake whose client says that it is ESTABLISHED when it opens."""

    name = "boastful"

    def open(self, tcb: Tcb) -> Response:
        response = super().open(tcb)
        return response if tcb.listens else response.event(EventKind.ESTABLISHES)


def undeclared(handshake: type[Handshake]) -> tuple[str, str]:
    """Return the action of a shortest run whose events are wrong, and what is wrong with them; nothing where none is."""
    system = handshake(SCOPES["default"], Assumptions(seq_check="window")).system()
    watched = monitored(system, [events.events_claim(system)])
    found = search(Monitored(keeping_everything(watched.system), watched.checks))
    if events.NAME not in found.schedules:
        assert found.complete
        return "", ""
    trace = replay(watched, watched.checks[0], found.schedules[events.NAME], kept_everything=True)
    number = len(trace) - 1
    action = trace.steps[number].action
    return action, events.wrong(watched.system, action, trace.before(number), arguments(watched, trace, number))


@pytest.mark.parametrize("handshake", HANDSHAKES.values(), ids=HANDSHAKES)
def test_events_are_what_happens(handshake: type[Handshake]) -> None:
    """Catches a rule that enters ESTABLISHED, or deletes a TCB, behind the backs of the claims."""
    assert undeclared(handshake) == ("", "")


def unnoticed(system: TransitionSystem) -> Iterator[tuple[str, Happening]]:
    """Yield each event that could be left out of a system without a run in which that shows, though its action is taken."""
    for action in system.actions:
        for event in action.events:
            rest = replace(action, events=tuple(other for other in action.events if other != event))
            other = replace(system, actions=tuple(rest if one is action else one for one in system.actions))
            watched = monitored(other, [events.events_claim(other)])
            found = search(Monitored(keeping_everything(watched.system), watched.checks))
            if events.NAME not in found.schedules and action.name not in found.counts.never_taken:
                yield action.name, event.kind


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_no_event_can_be_left_out(handshake: str) -> None:
    """But for the acceptance of an ACK by a server that has sent nothing since its SYN: the ACK is old and changes nothing."""
    system = HANDSHAKES[handshake](SCOPES["small"], Assumptions(seq_check="window")).system()
    left = set(unnoticed(system))
    assert left <= {("server_takes_ack", EventKind.ACCEPTS)}
    assert system.action["server_takes_ack"].updates.keys() <= {"server.snd_una"}


@pytest.mark.parametrize(
    ("handshake", "action", "wrong"),
    [
        (Forgetful, "server_receives_syn", "the server enters ESTABLISHED in it, and it does not say so"),
        (Silent, "client_times_out", "it deletes the client's TCB, and does not say so"),
        (Unasked, "server_receives_syn", "the server becomes ESTABLISHED and neither opened nor answered before"),
        (Boastful, "client_opens", "it says that the client enters ESTABLISHED, and the client does not"),
    ],
)
def test_events_that_are_not_what_happens_are_noticed(handshake: type[Handshake], action: str, wrong: str) -> None:
    found, said = undeclared(handshake)
    assert found == action
    assert wrong in said
