"""A relation without columns, whose one row has nothing in it."""

from model import Action, Nat, Relation, TransitionSystem, Variable, draw
from properties import invariant, specify

r = Variable("r", Relation(()), frozenset())
n = Variable("n", Nat(3), 0)
d = draw("d", r.value)
C = specify(
    TransitionSystem(
        "no-columns",
        (r, n),
        (Action("a", updates={"r": r.value.add()}), Action("b", n.value < 3, {"n": n.value + 1}, (d,))),
    ),
    claims=(invariant("not-3", n.value != 3, trigger=n.value > 0, when="it counted"),),
)
