"""A goal that is never reached, which an invariant shows; of the claim that it can be it shows the contrary."""

from model import Action, Nat, TransitionSystem, Variable
from properties import reachable, specify

n = Variable("n", Nat(3), 0)
R = specify(
    TransitionSystem("reach", (n,), (Action("ticks", guard=n.value < 2, updates={"n": n.value + 1}),)),
    claims=(reachable("gets-to-3", n.value == 3),),
)
