"""Two hosts and one baton: who has it may work, and hands it over when it has done."""

from model import BOOL, Action, Enum, TransitionSystem, Variable, View
from properties import invariant, specify

PLACE = Enum("Place", ("left", "to-right", "right", "to-left"))
baton = Variable("baton", PLACE, "left")
works = {host: Variable(f"{host}.works", BOOL, False) for host in ("left", "right")}


def actions_of(me, other):
    """Return what a host does."""
    mine = works[me].value
    return (
        Action(
            f"{me}_begins", guard=baton.value == me, updates={f"{me}.works": True}, by=me, doc="It has the baton, and works."
        ),
        Action(f"{me}_stops", guard=mine, updates={f"{me}.works": False}, by=me, doc="It has done its work."),
        Action(
            f"{me}_hands_over",
            guard=(baton.value == me) & ~mine,
            updates={"baton": f"to-{other}"},
            by=me,
            doc="It hands the baton over, and does not work any more.",
        ),
        Action(f"{me}_receives", guard=baton.value == f"to-{me}", updates={"baton": me}, by=me, doc="The baton arrives."),
    )


BATON = specify(
    TransitionSystem(
        "baton",
        variables=(baton, *works.values()),
        actions=(*actions_of("left", "right"), *actions_of("right", "left")),
        views={host: View(work.value) for host, work in works.items()},
    ),
    claims=(
        invariant(
            "one-works",
            ~(works["left"].value & works["right"].value),
            trigger=works["right"].value,
            when="the right one worked",
            statement="The two never work at the same time.",
        ),
    ),
    expects={"one-works": "holds"},
    summary="who has the baton may work",
)
