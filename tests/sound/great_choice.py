"""A choice among 10^9 values, of which the guard allows one: ``n`` is 3 after three steps."""

from model import Action, Nat, TransitionSystem, Variable, choose
from properties import invariant, specify

n = Variable("n", Nat(10**9), 0)
k = choose("k", Nat(10**9))
C = specify(
    TransitionSystem("great-choice", (n,), (Action("a", k.value == n.value + 1, {"n": k.value}, (k,)),)),
    claims=(invariant("below-3", n.value < 3, trigger=n.value > 0, when="it counted"),),
)
