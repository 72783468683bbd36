"""A parameter that is called like a variable.

By the interpreter: the counter ticks to its end, and then any value of the parameter goes into ``n``. So the claim is violated
in one step more than there are ticks. Who takes the two for one thing sees ``n`` become what it was.
"""

from model import Action, Nat, TransitionSystem, Variable, choose
from properties import invariant, specify

TICKS = 5
count = Variable("count", Nat(TICKS), 0)
n = Variable("n", Nat(3), 0)
k = choose("n", Nat(3))
C = specify(
    TransitionSystem(
        "collide",
        (count, n),
        (
            Action("ticks", guard=count.value < TICKS, updates={"count": count.value + 1}),
            Action("sets", guard=count.value == TICKS, updates={"n": k.value}, parameters=(k,)),
        ),
    ),
    claims=(invariant("n-is-0", n.value == 0, trigger=count.value > 0, when="it ticked"),),
)
