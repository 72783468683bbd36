"""A view that reads the network: whether its role exists depends on what was lost.

No segment has 2 in it, so the role is always there. Each send and each receipt counts: two sends and one receipt make 3.
"""

from model import Action, Nat, Network, Relation, TransitionSystem, Variable, View, draw
from properties import invariant, reachable, specify

net = Variable("net", Relation((("n", Nat(2)),)), frozenset())
n = Variable("n", Nat(3), 0)
m = draw("m", net.value)
A = specify(
    TransitionSystem(
        "seen-network",
        (net, n),
        (
            Action("sends", n.value < 2, {"n": n.value + 1}, sends=((1,),), by="a"),
            Action("gets", updates={"n": n.value + 1}, parameters=(m,), receives="m", by="a"),
        ),
        views={"a": View(n.value, exists=~net.value.exists(lambda row: row.n == 2))},
        network=Network("net"),
    ),
    claims=(invariant("small", n.value < 3, trigger=n.value > 0, when="it counted"), reachable("two", n.value == 2)),
)
