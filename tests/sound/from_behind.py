"""A number that reaches an ISN from behind: it is not that ISN's, and to rename it with that loses what happens.

``z`` is 98, and 100 after two steps. Where 100 was chosen they meet, three steps from the start; where 200 was, they do not.
"""

from model import SEQ, Action, Nat, TransitionSystem, Variable, choose
from properties import Specification, invariant, specify

x = Variable("x", SEQ, 0)
z = Variable("z", SEQ, 98)
t = Variable("t", Nat(3), 0)


def choosing(name: str, among: tuple[int, ...]) -> Specification:
    isn = choose("isn", SEQ, among=among)
    opens = Action("opens", guard=x.value == 0, updates={"x": isn.value}, parameters=(isn,))
    ticks = Action("ticks", (t.value < 3) & (x.value != 0), {"z": z.value + 1, "t": t.value + 1})
    meet = invariant("never-meet", z.value != x.value, trigger=x.value != 0, when="it opened")
    return specify(TransitionSystem(name, (x, z, t), (opens, ticks)), claims=(meet,))


A = choosing("upwards", (100, 200))
B = choosing("downwards", (200, 100))
