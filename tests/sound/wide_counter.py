"""A counter of more than 32 bits that is added to a sequence number: 0, 0, 1, 3, 6, 10 are what ``x`` comes to.

So it is 6 after four steps, and never 77.
"""

from model import SEQ, Action, Nat, TransitionSystem, Variable
from properties import invariant, specify

x = Variable("x", SEQ, 0)
n = Variable("n", Nat(2**40), 0)
C = specify(
    TransitionSystem("wide-counter", (x, n), (Action("a", n.value < 5, {"x": x.value + n.value, "n": n.value + 1}),)),
    claims=(
        invariant("not-6", x.value != 6, trigger=n.value > 0, when="it counted"),
        invariant("not-77", x.value != 77, trigger=n.value > 0, when="it counted"),
    ),
)
