"""A number that counts round the circle, and so comes to 0 after 2^32-1 steps, where integers without end never do."""

from model import SEQ, Action, TransitionSystem, Variable
from properties import invariant, specify

x = Variable("x", SEQ, 1)
z = Variable("z", SEQ, 0)
C = specify(
    TransitionSystem("wrap", (x, z), (Action("ticks", updates={"x": x.value + 1}),)),
    claims=(invariant("not-0", x.value != z.value, trigger=x.value == 2, when="it ticked"),),
)
