"""Claims that read the network: they see what a step sends, takes out of it, and loses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from checker.decide import Setting, decide
from checker.host.limits import Limits
from checker.verdict import Outcome
from model import BOOL, FALSE, TRUE, Action, Expr, Nat, Network, Relation, TransitionSystem, Variable, draw
from model.notation.network import KEPT, LOSES
from model.tcp.scope import SCOPES
from properties import Claim, Kind, Seen, Specification, Step, invariant, reachable, specify

SEGMENTS = Relation((("n", Nat(1)),))
IN_FLIGHT = Variable("in_flight", SEGMENTS, frozenset())
SENT, TAKEN = Variable("sent", BOOL, False), Variable("taken", BOOL, False)
ARRIVING = draw("segment", IN_FLIGHT.value)
EMPTY = IN_FLIGHT.value.forall(lambda row: row.n != row.n)


def postbox(claim: Claim, *, loss: bool = True, duplication: bool = True) -> Specification:
    """Return a system that sends one segment and takes it, and a claim about it."""
    actions = (
        Action("sends", guard=~SENT.value, updates={"sent": True}, sends=((1,),)),
        Action("takes", updates={"taken": True}, parameters=(ARRIVING,), receives="segment"),
    )
    network = Network("in_flight", loss=loss, duplication=duplication)
    return specify(TransitionSystem("postbox", (SENT, TAKEN, IN_FLIGHT), actions, network=network), [claim])


def empty_again(step: Step) -> Seen:
    """Remember that something was in flight."""
    step.set("before", step["before"] | step.after(IN_FLIGHT.value.has(1)))
    return Seen(stop=step.after(step["before"]) & step.after(EMPTY), trigger=TRUE)


CLAIMS = {
    # a claim, whether loss and duplication are on, the length of a shortest run that decides it
    "a step that sends fills it": (invariant("empty", EMPTY, trigger=SENT.value, when="it sent"), True, True, 1),
    "a segment can be there": (reachable("there", IN_FLIGHT.value.has(1)), True, True, 1),
    "a loss is seen": (reachable("lost", EMPTY & SENT.value & ~TAKEN.value), True, True, 2),
    "without loss there is none": (reachable("lost", EMPTY & SENT.value & ~TAKEN.value), False, True, None),
    "what was taken may be there still": (reachable("copy", TAKEN.value & IN_FLIGHT.value.has(1)), True, True, 2),
    "and is not without duplication": (reachable("copy", TAKEN.value & IN_FLIGHT.value.has(1)), True, False, None),
    "what is remembered may be about it": (
        Claim(
            "again",
            Kind.REACHABILITY,
            brief="",
            statement="Something was in flight and is not any more.",
            formula="",
            why="",
            when_stopped="nothing was in flight",
            trigger="a step was taken",
            roles=(),
            watch=empty_again,
            observers=(Variable("before", BOOL, False),),
        ),
        True,
        True,
        2,
    ),
}


def watching(name: str, stop: Callable[[Step], Expr]) -> Claim:
    return replace(invariant(name, TRUE, trigger=TRUE, when="a step was taken"), watch=lambda step: Seen(stop(step), TRUE))


@pytest.mark.parametrize(
    ("claim", "steps"),
    [
        (watching("loses-nothing", lambda step: TRUE if step.action.name == LOSES else FALSE), 2),
        (watching("keeps-nothing", lambda step: next((p.value for p in step.action.parameters if p.name == KEPT), FALSE)), 2),
        (watching("takes-nothing", lambda step: TRUE if step.action.name == "takes" else FALSE), 2),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_claim_may_look_at_what_the_network_does(claim: Claim, steps: int) -> None:
    """The network is written out where a claim looks at losses and copies, and only there."""
    (verdict,) = decide(postbox(claim), [claim], Setting(SCOPES["default"]))
    assert verdict.trace is not None
    assert len(verdict.trace) == steps
    assert ("about the network" in verdict.counts.network) is (claim.name != "takes-nothing")


@pytest.mark.parametrize("engine", ["bfs", "bmc"])
@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_may_read_the_network(engine: str, name: str) -> None:
    """Worked out by hand: the network is empty, then has the one segment, until it is lost or taken and not kept."""
    claim, loss, duplication, steps = CLAIMS[name]
    spec = postbox(claim, loss=loss, duplication=duplication)
    (verdict,) = decide(spec, [claim], Setting(SCOPES["default"], engine=engine, limits=Limits(depth=6)))
    assert (None if verdict.trace is None else len(verdict.trace)) == steps
    if engine == "bfs" and steps is None:
        assert verdict.outcome is Outcome.VIOLATED  # nothing reaches it
    assert "the claim is about the network" in verdict.counts.network
    if verdict.trace is not None:
        assert str(verdict.trace.steps[0].sent[0]) == "<N=1>"
