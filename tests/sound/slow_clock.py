"""States of which each has a million choices to be tried, so that few are explored in a second."""

from model import Action, Nat, TransitionSystem, Variable, choose
from properties import invariant, specify

n = Variable("n", Nat(10**6), 0)
k = choose("k", Nat(10**6))
C = specify(
    TransitionSystem(
        "slow-clock",
        (n,),
        (Action("a", (k.value == n.value + 7) | ((n.value == 0) & (k.value < 600)), {"n": k.value}, (k,)),),
    ),
    claims=(invariant("never-the-last", n.value < 999_999, trigger=n.value > 0, when="it counted"),),
)
