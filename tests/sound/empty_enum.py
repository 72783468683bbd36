"""A sort without a value, of which nothing can be chosen."""

from model import Action, Enum, Nat, TransitionSystem, Variable, choose
from properties import invariant, specify

n = Variable("n", Nat(3), 0)
k = choose("k", Enum("Nobody", ()))
C = specify(
    TransitionSystem("empty-enum", (n,), (Action("a", updates={"n": 3}, parameters=(k,)),)),
    claims=(invariant("not-3", n.value != 3, trigger=n.value > 0, when="it counted"),),
)
