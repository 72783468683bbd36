"""A row that is added and removed in one step: the relation is what it was, and the export must not assert otherwise."""

from model import Action, Nat, Relation, TransitionSystem, Variable
from properties import invariant, specify

r = Variable("r", Relation((("n", Nat(1)),)), frozenset())
n = Variable("n", Nat(1), 0)
C = specify(
    TransitionSystem("add-and-remove", (r, n), (Action("a", updates={"r": r.value.add(1).remove(1), "n": 1}),)),
    claims=(invariant("still-none", ~r.value.has(1), trigger=n.value == 1, when="it was done"),),
)
