"""Tutorial 3: mutual exclusion, after Peterson. No network, no sequence numbers: any transition system can be checked.

Two processes want to be in their critical sections, never both at once. Each says that it wants to, lets the other go first,
and waits until the other does not want to or has let it go first in turn. (G. L. Peterson, Information Processing Letters
12(3), 1981.)

    synproof check model/tutorials/mutual_exclusion.py
    synproof graph model/tutorials/mutual_exclusion.py --no-quotient -o peterson.svg
    synproof explain model/tutorials/mutual_exclusion.py right_enters
    synproof trace model/tutorials/mutual_exclusion.py who-waits-enters --unfair steps

A family is a variable for each value of a finite sort, here for each process.

The last claim is one of liveness: who waits enters in the end, as long as each process takes the steps that it can always take.
That is weak fairness, and a process may stay idle for ever all the same. Without it a run may stop wherever it likes.

Exercise: let a process take its turn before it says that it wants to. Which claim notices, and after how many steps? And who
waits for ever where nobody lets the other go first, and everybody waits until the other does not want to?
"""

from __future__ import annotations

from model import BOOL, Action, Enum, TransitionSystem, Variable, View, family
from properties import invariant, leads_to, reachable, specify, weakly

PROCESS = Enum("Process", ("left", "right"))
PLACE = Enum("Place", ("idle", "interested", "waiting", "critical"))

place = family("place", PROCESS, PLACE)
wants = family("wants", PROCESS, BOOL)
first = Variable("first", PROCESS, "left")
"""Who may go first when both want to."""


def actions_of(me: str, other: str) -> tuple[Action, ...]:
    """Return what one process does."""
    return (
        Action(
            f"{me}_is_interested",
            guard=place[me] == "idle",
            updates=place.set(me, "interested") | wants.set(me, True),
            by=me,
            doc=f"The {me} process says that it wants to enter.",
        ),
        Action(
            f"{me}_lets_the_other_go_first",
            guard=place[me] == "interested",
            updates=place.set(me, "waiting") | {"first": other},
            by=me,
            doc=f"The {me} process lets the other go first.",
        ),
        Action(
            f"{me}_enters",
            guard=(place[me] == "waiting") & (~wants[other] | (first.value == me)),
            updates=place.set(me, "critical"),
            by=me,
            doc=f"The {me} process enters its critical section.",
        ),
        Action(
            f"{me}_leaves",
            guard=place[me] == "critical",
            updates=place.set(me, "idle") | wants.set(me, False),
            by=me,
            doc=f"The {me} process leaves its critical section.",
        ),
    )


PETERSON = specify(
    TransitionSystem(
        "peterson",
        variables=(*place.variables("idle"), *wants.variables(initial=False), first),
        actions=(*actions_of("left", "right"), *actions_of("right", "left")),
        views={process: View(place[process]) for process in PROCESS.members},
    ),
    claims=(
        invariant(
            "mutual-exclusion",
            ~((place["left"] == "critical") & (place["right"] == "critical")),
            trigger=(place["left"] == "critical") & (place["right"] == "waiting"),
            when="one waited while the other was in its critical section",
            statement="The two are never in their critical sections at once.",
        ),
        reachable("right-enters", place["right"] == "critical", statement="The right process can enter."),
        leads_to(
            "who-waits-enters",
            place["left"] == "waiting",
            place["left"] == "critical",
            fairness=(
                weakly(
                    *(f"{me}_{does}" for me in PROCESS.members for does in ("lets_the_other_go_first", "enters", "leaves")),
                    each=True,
                    name="steps",
                    statement="each process takes the steps that it can always take, except that it may stay idle",
                ),
            ),
            when="the left process waited",
            statement="When the left process waits, it enters in the end.",
        ),
    ),
    expects={"mutual-exclusion": "holds", "right-enters": "holds", "who-waits-enters": "holds"},
    summary="mutual exclusion of two processes, after Peterson",
)
