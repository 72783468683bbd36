"""One name for two parameters of different sorts, and for a parameter and a variable of different sorts.

``n`` counts to 2 at most: ``a`` gives it less than 2, and ``c`` asks for less than 2 and gives it one more. So it is never 3.
"""

from model import BOOL, Action, Nat, TransitionSystem, Variable, choose
from properties import invariant, specify

n = Variable("n", Nat(3), 0)
b = Variable("b", BOOL, False)
number, truth, like_n = choose("k", Nat(3)), choose("k", BOOL), choose("n", BOOL)
C = specify(
    TransitionSystem(
        "two-sorts",
        (n, b),
        (
            Action("a", guard=number.value < 2, updates={"n": number.value}, parameters=(number,)),
            Action("c", guard=truth.value & (n.value < 2), updates={"b": truth.value}, parameters=(truth,)),
            Action("d", guard=like_n.value & (n.value < 2), updates={"n": n.value + 1}, parameters=(like_n,)),
        ),
    ),
    claims=(invariant("not-3", n.value != 3, trigger=n.value > 0, when="it counted"),),
)
